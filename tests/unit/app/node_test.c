/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opening a data folder: what a first start makes, and what every start refuses before it writes.
 */
#include "app/data_folder.h"
#include "app/node.h"
#include "base/random.h"
#include "crypto/seal.h"
#include "store/schema.h"
#include "tests/unit/base/testing.h"
#include "token/keyring.h"

#include <dirent.h>
#include <sys/stat.h>

struct place {
    struct ctx c;
    char folder[32];
    struct config config;
};

static int place_set_up(void **state)
{
    struct place *p = calloc(1, sizeof *p);
    struct config_sources sources;
    static const char *const settings[] = { "AUTH_JWT_ALGORITHM=ES256", NULL };
    struct config_input input = { .environment = settings };
    assert_non_null(p);
    p->c.arena = arena_new(64 << 20);
    p->c.random = random_system(p->c.arena);
    p->c.now = 1795529167;
    (void)snprintf(p->folder, sizeof p->folder, "/tmp/uauth-node-XXXXXX");
    assert_non_null(mkdtemp(p->folder));
    assert_int_equal(config_load(&p->c, &input, &p->config, &sources).code, ERR_OK);
    p->config.data_dir = p->folder;
    *state = p;
    return 0;
}

static int place_tear_down(void **state)
{
    struct place *p = *state;
    DIR *open = opendir(p->folder);
    assert_non_null(open);
    for (struct dirent *at = readdir(open); at != NULL; at = readdir(open))
        if (at->d_name[0] != '.')
            (void)unlinkat(dirfd(open), at->d_name, 0);
    (void)closedir(open);
    assert_int_equal(rmdir(p->folder), 0);
    arena_end(p->c.arena);
    free(p);
    return 0;
}

#define PLACE(name) cmocka_unit_test_setup_teardown(name, place_set_up, place_tear_down)

static struct node *opened(struct place *p, enum db_use use, bool make)
{
    struct node *node = NULL;
    const struct node_plan plan = { .config = &p->config, .use = use, .make = make, .rows = 1 };
    if (node_open(&p->c, &plan, &node).code != ERR_OK)
        fail_msg("%s", p->c.fault.text);
    return node;
}

static void refused(struct place *p, enum db_use use, bool make, const char *why)
{
    struct node *node = NULL;
    const struct node_plan plan = { .config = &p->config, .use = use, .make = make, .rows = 1 };
    fault_clear(&p->c);
    assert_int_equal(node_open(&p->c, &plan, &node).code, ERR_UNAVAILABLE);
    if (strstr(p->c.fault.text, why) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", p->c.fault.text, why);
    fault_clear(&p->c);
}

static const char *path_of(struct place *p, const char *name)
{
    return data_path(&p->c, p->folder, name);
}

/* All bytes of the database and its log, to see whether anything was written. */
static struct bytes content(struct place *p, const char *name)
{
    enum { ROOM = 4 << 20 };
    uint8_t *at = arena_alloc(p->c.arena, ROOM);
    FILE *file = fopen(path_of(p, name), "r");
    size_t n = file == NULL ? 0 : fread(at, 1, ROOM, file);
    if (file != NULL)
        (void)fclose(file);
    return (struct bytes){ at, n };
}

static void assert_same(struct bytes a, struct bytes b)
{
    assert_int_equal(a.n, b.n);
    assert_memory_equal(a.at, b.at, a.n);
}

static void a_first_start_makes_all_of_it(void **state)
{
    struct place *p = *state;
    struct key_infos keys;
    static const char *const made[] = { DATA_DATABASE, DATA_MASTER_KEY };
    struct node *node = opened(p, DB_SERVER, true);
    assert_int_equal(node_open_keys(&p->c, node).code, ERR_OK);
    assert_int_equal(keyring_list(&p->c, node->keys, &keys).code, ERR_OK);
    assert_int_equal(keys.n, 1);
    node_close(node);
    for (size_t i = 0; i < sizeof made / sizeof made[0]; i++) {
        struct stat st;
        assert_int_equal(stat(path_of(p, made[i]), &st), 0);
        assert_int_equal(st.st_mode & 07777, 0600);
    }
    node = opened(p, DB_SERVER, true);
    assert_int_equal(node_open_keys(&p->c, node).code, ERR_OK);
    const char *kid = text_printf(p->c.arena, "%s", keys.at[0].kid);
    assert_int_equal(keyring_list(&p->c, node->keys, &keys).code, ERR_OK);
    assert_int_equal(keys.n, 1);
    assert_string_equal(keys.at[0].kid, kid);
    node_close(node);
}

static void a_command_makes_nothing(void **state)
{
    struct place *p = *state;
    refused(p, DB_COMMAND, false, "uauth init");
    assert_int_equal(access(path_of(p, DATA_MASTER_KEY), F_OK), -1);
}

/* CR-17: under another master key nothing sealed would open: it refuses, and writes nothing. */
static void another_master_key_is_refused_before_anything_is_written(void **state)
{
    struct place *p = *state;
    node_close(opened(p, DB_SERVER, true));
    struct bytes key = content(p, DATA_MASTER_KEY);
    struct bytes before = content(p, DATA_DATABASE);
    assert_int_equal(
        data_file_write(&p->c, path_of(p, DATA_MASTER_KEY), seal_master_new(&p->c)).code, ERR_OK);
    refused(p, DB_SERVER, true, "is not the key that the database was sealed with");
    refused(p, DB_COMMAND, false, "is not the key that the database was sealed with");
    assert_same(before, content(p, DATA_DATABASE));
    const char *right = text_copy(p->c.arena, (const char *)key.at, key.n - 1);
    assert_int_equal(data_file_write(&p->c, path_of(p, DATA_MASTER_KEY), right).code, ERR_OK);
    node_close(opened(p, DB_SERVER, true));
}

/* CR-17: a lost master key is never replaced by a new one. */
static void a_lost_master_key_is_not_made_anew(void **state)
{
    struct place *p = *state;
    node_close(opened(p, DB_SERVER, true));
    assert_int_equal(unlink(path_of(p, DATA_MASTER_KEY)), 0);
    refused(p, DB_SERVER, true, "put the file back from a backup");
    assert_int_equal(access(path_of(p, DATA_MASTER_KEY), F_OK), -1);
}

static void one_server_at_a_time_and_commands_beside_it(void **state)
{
    struct place *p = *state;
    struct node *server = opened(p, DB_SERVER, true);
    refused(p, DB_SERVER, true, "another server");
    node_close(opened(p, DB_COMMAND, false));
    node_close(server);
    node_close(opened(p, DB_SERVER, true));
}

static RESULT forget_a_migration(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    return db_script(c, arg);
}

/* SU-12: a database that a newer version made is refused, and left as it is. */
static void a_newer_database_is_refused(void **state)
{
    struct place *p = *state;
    struct node *node = opened(p, DB_SERVER, true);
    static const char sql[] = "INSERT INTO migrations (number, name, sha256, applied_at)\n"
                              "VALUES (9999, '9999_future', 'x', 0)";
    if (db_atomically(&p->c, forget_a_migration, (void *)(uintptr_t)sql).code != ERR_OK)
        fail_msg("%s", p->c.fault.text);
    node_close(node);
    refused(p, DB_SERVER, true, "newer");
    refused(p, DB_COMMAND, false, "newer");
}

static void a_folder_of_another_kind_is_refused(void **state)
{
    struct place *p = *state;
    assert_int_equal(chmod(p->folder, 0755), 0);
    refused(p, DB_SERVER, true, "chmod 700");
    assert_int_equal(chmod(p->folder, 0700), 0);
}

static void what_is_due_is_told_without_doing_it(void **state)
{
    struct place *p = *state;
    struct migrations_due due;
    const struct node_plan plan = { .config = &p->config, .use = DB_COMMAND, .make = true };
    assert_int_equal(node_plan_migrations(&p->c, &plan, &due).code, ERR_OK);
    assert_int_equal(due.n, store_schema()->n);
    assert_int_equal(node_plan_migrations(&p->c, &plan, &due).code, ERR_OK);
    assert_int_equal(due.n, store_schema()->n);
    node_close(opened(p, DB_COMMAND, true));
    assert_int_equal(node_plan_migrations(&p->c, &plan, &due).code, ERR_OK);
    assert_int_equal(due.n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PLACE(a_first_start_makes_all_of_it),
        PLACE(a_command_makes_nothing),
        PLACE(another_master_key_is_refused_before_anything_is_written),
        PLACE(a_lost_master_key_is_not_made_anew),
        PLACE(one_server_at_a_time_and_commands_beside_it),
        PLACE(a_newer_database_is_refused),
        PLACE(a_folder_of_another_kind_is_refused),
        PLACE(what_is_due_is_told_without_doing_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
