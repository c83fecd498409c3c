/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs the statements of standard input on an SQLite file of the service, with the collation that
 * its columns have: what sqlite3(1) cannot do.
 *     sqlite_run FILE
 */
#include "base/result.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 1 << 20 };

static int by_bytes(void *it, int a_n, const void *a, int b_n, const void *b)
{
    (void)it;
    int order = memcmp(a, b, (size_t)(a_n < b_n ? a_n : b_n));
    return order != 0 ? order : a_n - b_n;
}

int main(int argc, char **argv)
{
    sqlite3 *handle = NULL;
    char *why = NULL;
    char *text = calloc(1, TEXT_MAX);
    must(text != NULL);
    size_t n = fread(text, 1, TEXT_MAX - 1, stdin);
    if (argc != 2 || n == 0 || n == TEXT_MAX - 1) {
        (void)fprintf(stderr, "usage: sqlite_run FILE < STATEMENTS\n");
        return EXIT_FAILURE;
    }
    int code = sqlite3_open_v2(argv[1], &handle, SQLITE_OPEN_READWRITE, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_create_collation(handle, "C", SQLITE_UTF8, NULL, by_bytes);
    if (code == SQLITE_OK)
        code = sqlite3_exec(handle, text, NULL, NULL, &why);
    if (code != SQLITE_OK)
        (void)fprintf(stderr, "sqlite_run: %s\n", why != NULL ? why : sqlite3_errmsg(handle));
    sqlite3_free(why);
    (void)sqlite3_close(handle);
    free(text);
    return code == SQLITE_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
