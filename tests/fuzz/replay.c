/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Feeds every file of a corpus folder, and what is left of it when it is cut off, to a fuzz target.
 * Each input lies in an allocation of exactly its size, so that the address sanitizer sees a read
 * past its end (ME-09).  Speaks TAP: a file is a test, and a folder without files is a failure.
 */
#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { CUTS = 16 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The bytes of `path`, for free(); NULL if it cannot be read.  An empty file has an allocation of
 * no bytes. */
static uint8_t *read_exactly(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return NULL;
    struct stat status;
    uint8_t *data = NULL;
    if (fstat(fileno(file), &status) == 0) {
        *size = (size_t)status.st_size;
        data = malloc(*size);
    }
    if (data != NULL && fread(data, 1, *size, file) != *size) {
        free(data);
        data = NULL;
    }
    (void)fclose(file);
    return data;
}

/* The target returns 0, or -1 for an input that it would rather not keep; anything else is a
 * failure. */
static bool feed(const uint8_t *data, size_t size)
{
    int answer = LLVMFuzzerTestOneInput(data, size);
    return answer == 0 || answer == -1;
}

/* The first `size` bytes, in an allocation of their own. */
static bool feed_cut(const uint8_t *data, size_t size)
{
    uint8_t *cut = malloc(size);
    if (cut == NULL)
        return false;
    memcpy(cut, data, size);
    bool good = feed(cut, size);
    free(cut);
    return good;
}

static bool replay(const char *path)
{
    size_t size = 0;
    uint8_t *data = read_exactly(path, &size);
    if (data == NULL)
        return false;
    bool good = feed(data, size);
    for (size_t i = 1; i < CUTS && good; i++)
        good = feed_cut(data, size * i / CUTS);
    free(data);
    return good;
}

static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

int main(int argc, char **argv)
{
    struct dirent **entries = NULL;
    int n = argc == 2 ? scandir(argv[1], &entries, is_visible, alphasort) : -1;
    if (n <= 0) {
        (void)printf("not ok 1 - %s has no seeds\n", argc == 2 ? argv[1] : "usage: replay CORPUS:");
        return EXIT_FAILURE;
    }
    (void)printf("1..%d\n", n);
    int failed = 0;
    for (int i = 0; i < n; i++) {
        char path[4096];
        (void)snprintf(path, sizeof path, "%s/%s", argv[1], entries[i]->d_name);
        bool good = replay(path);
        failed += !good;
        (void)printf("%s %d - %s\n", good ? "ok" : "not ok", i + 1, entries[i]->d_name);
        (void)fflush(stdout);
        free(entries[i]);
    }
    free(entries);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
