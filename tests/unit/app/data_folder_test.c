/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The data folder: who may touch it, the master key, and files that are whole or not there.
 */
#include "app/data_folder.h"
#include "base/random.h"
#include "crypto/seal.h"
#include "tests/unit/base/testing.h"

#include <dirent.h>
#include <sys/stat.h>

struct place {
    struct ctx c;
    char above[32];
    const char *folder;
};

static int place_set_up(void **state)
{
    struct place *p = calloc(1, sizeof *p);
    assert_non_null(p);
    p->c.arena = arena_new(ARENA_REQUEST_CEILING);
    p->c.random = random_system(p->c.arena);
    (void)snprintf(p->above, sizeof p->above, "/tmp/uauth-data-XXXXXX");
    assert_non_null(mkdtemp(p->above));
    p->folder = text_printf(p->c.arena, "%s/data", p->above);
    *state = p;
    return 0;
}

static void empty(const char *folder)
{
    DIR *open = opendir(folder);
    if (open == NULL)
        return;
    for (struct dirent *at = readdir(open); at != NULL; at = readdir(open))
        if (!text_equal(at->d_name, ".") && !text_equal(at->d_name, ".."))
            (void)unlinkat(dirfd(open), at->d_name, 0);
    (void)closedir(open);
}

static int place_tear_down(void **state)
{
    struct place *p = *state;
    empty(p->folder);
    (void)rmdir(p->folder);
    empty(p->above);
    assert_int_equal(rmdir(p->above), 0);
    arena_end(p->c.arena);
    free(p);
    return 0;
}

#define PLACE(name) cmocka_unit_test_setup_teardown(name, place_set_up, place_tear_down)

static void succeeds(struct ctx *c, err done)
{
    if (done.code != ERR_OK)
        fail_msg("%s: %s", err_slug(done.code), c->fault.text);
}
#define OK(call) succeeds(&p->c, (call))

static void refuses(struct ctx *c, err done, const char *why)
{
    assert_int_equal(done.code, ERR_UNAVAILABLE);
    if (strstr(c->fault.text, why) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", c->fault.text, why);
    fault_clear(c);
}
#define REFUSED(call, why) refuses(&p->c, (call), (why))

static const char *key_path(struct place *p)
{
    return data_path(&p->c, p->folder, DATA_MASTER_KEY);
}

static size_t entries(const char *folder)
{
    size_t n = 0;
    DIR *open = opendir(folder);
    assert_non_null(open);
    for (struct dirent *at = readdir(open); at != NULL; at = readdir(open))
        n += at->d_name[0] != '.';
    (void)closedir(open);
    return n;
}

static void a_missing_folder_is_made_for_its_owner_alone(void **state)
{
    struct place *p = *state;
    struct stat st;
    REFUSED(data_folder_check(&p->c, p->folder, false), "uauth init");
    (void)umask(0);
    OK(data_folder_check(&p->c, p->folder, true));
    assert_int_equal(stat(p->folder, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0700);
    OK(data_folder_check(&p->c, p->folder, false));
}

/* CR-05: a folder that others can read or write is refused. */
static void a_folder_that_others_can_enter_is_refused(void **state)
{
    struct place *p = *state;
    OK(data_folder_check(&p->c, p->folder, true));
    static const mode_t modes[] = { 0755, 0770, 0701, 0720, 0704 };
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        assert_int_equal(chmod(p->folder, modes[i]), 0);
        REFUSED(data_folder_check(&p->c, p->folder, true), "chmod 700");
    }
    assert_int_equal(chmod(p->folder, 0700), 0);
    OK(data_folder_check(&p->c, p->folder, true));
}

static void what_is_no_folder_is_refused(void **state)
{
    struct place *p = *state;
    const char *below = text_printf(p->c.arena, "%s/none/data", p->above);
    REFUSED(data_folder_check(&p->c, below, true), "cannot be made");
    const char *file = text_printf(p->c.arena, "%s/file", p->above);
    OK(data_file_write(&p->c, file, "x"));
    REFUSED(data_folder_check(&p->c, file, true), "is not a folder");
}

/* CR-07: two installations have different keys, and a second start finds the first one's. */
static void a_master_key_is_made_once(void **state)
{
    struct place *p = *state;
    struct bytes first, again;
    struct stat st;
    OK(data_folder_check(&p->c, p->folder, true));
    OK(data_master_read(&p->c, p->folder, &first));
    assert_int_equal(first.n, 0);
    (void)umask(0);
    OK(data_master_make(&p->c, p->folder, &first));
    OK(data_master_make(&p->c, p->folder, &again));
    assert_int_equal(first.n, SEAL_MASTER_BYTES);
    assert_memory_equal(first.at, again.at, SEAL_MASTER_BYTES);
    assert_int_equal(stat(key_path(p), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(entries(p->folder), 1);
    assert_int_equal(unlink(key_path(p)), 0);
    OK(data_master_make(&p->c, p->folder, &again));
    assert_memory_not_equal(first.at, again.at, SEAL_MASTER_BYTES);
}

/* CR-05: a key file that others can read, or that is a link, is refused. */
static void a_master_key_that_others_can_read_is_refused(void **state)
{
    struct place *p = *state;
    struct bytes key;
    OK(data_folder_check(&p->c, p->folder, true));
    OK(data_master_make(&p->c, p->folder, &key));
    assert_int_equal(chmod(key_path(p), 0640), 0);
    REFUSED(data_master_make(&p->c, p->folder, &key), "chmod 600");
    assert_int_equal(chmod(key_path(p), 0600), 0);
    const char *elsewhere = text_printf(p->c.arena, "%s/key", p->above);
    assert_int_equal(rename(key_path(p), elsewhere), 0);
    assert_int_equal(symlink(elsewhere, key_path(p)), 0);
    REFUSED(data_master_make(&p->c, p->folder, &key), "is a link");
}

/* CR-15: what is not exactly a key is refused, not mended. */
static void a_master_key_that_is_none_is_refused(void **state)
{
    struct place *p = *state;
    struct bytes key;
    static const char *const wrong[] = {
        "",
        "00",
        "changeme",
        "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde",
        "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0",
        " 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        "0000000000000000000000000000000000000000000000000000000000000000",
    };
    OK(data_folder_check(&p->c, p->folder, true));
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        OK(data_file_write(&p->c, key_path(p), wrong[i]));
        REFUSED(data_master_make(&p->c, p->folder, &key), DATA_MASTER_KEY);
    }
}

static void a_file_is_replaced_as_a_whole(void **state)
{
    struct place *p = *state;
    char got[16] = "";
    struct stat st;
    OK(data_folder_check(&p->c, p->folder, true));
    const char *path = data_path(&p->c, p->folder, DATA_SETUP_CODE);
    OK(data_file_write(&p->c, path, "first"));
    OK(data_file_write(&p->c, path, "second"));
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_non_null(fgets(got, sizeof got, file));
    (void)fclose(file);
    assert_string_equal(got, "second\n");
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(entries(p->folder), 1);
    REFUSED(data_file_write(&p->c, data_path(&p->c, p->folder, "none/x"), "x"),
            "cannot be written");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PLACE(a_missing_folder_is_made_for_its_owner_alone),
        PLACE(a_folder_that_others_can_enter_is_refused),
        PLACE(what_is_no_folder_is_refused),
        PLACE(a_master_key_is_made_once),
        PLACE(a_master_key_that_others_can_read_is_refused),
        PLACE(a_master_key_that_is_none_is_refused),
        PLACE(a_file_is_replaced_as_a_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
