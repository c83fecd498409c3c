/* SPDX-License-Identifier: Apache-2.0 */
/* Moving everything from SQLite, a file of its own, to PostgreSQL, which is the world. */
#include "store/move.h"

#include "base/config.h"
#include "db/migrate.h"
#include "life.h"
#include "store/meta.h"
#include "store/roles.h"
#include "store/tables.h"
#include "store/whereabouts.h"

#include <signal.h>
#include <sys/wait.h>

enum { MANY = 2600 };
static const char sql_some_event[] =
    "INSERT INTO events (id, name, at, outcome, leaf_hash) VALUES ('1', 'login', 0, 'done', '')";
static const char sql_large_letter[] =
    "INSERT INTO outbox (id, kind, recipient, subject, sealed, attempts, created_at)\n"
    "VALUES ($1, 'mail', '', '', $2, 0, 0)";

struct both {
    struct world *w; /* the target */
    char file[96];
    struct database *source;
    struct ctx *from;
};

static void source_open(struct both *b)
{
    struct ctx *c = worker_begin(NULL);
    char url[128];
    (void)snprintf(url, sizeof url, "sqlite:%s", b->file);
    OK(database_open(c, url, DB_COMMAND, &b->source));
    worker_end(c);
    b->from = worker_begin(b->source);
    b->from->config = b->w->c->config;
}

static void source_close(struct both *b)
{
    worker_end(b->from);
    database_close(b->source);
}

/* Rows enough for several batches, and a text of each unpleasant kind. */
static RESULT fill(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    (void)arg;
    static const char *const texts[] = { "",      "NULL",  "a \"b\" \\c",
                                         "{x,y}", "\n\t'", "Zoë 中 \U0001f511",
                                         "zz\x7f" };
    for (int i = 0; i < MANY; i++)
        TRY(DB_RUN(c, "INSERT INTO seen (purpose, issuer, id, expires_at) VALUES ($1, $2, $3, $4)",
                   NULL, P_TEXT(texts[i % 7]), P_TEXT(texts[i % 5]),
                   P_TEXT(text_printf(c->arena, "%d", i)), P_INT(INT64_MAX - i)));
    return ok();
}

static int set_up_both(void **state)
{
    struct both *b = calloc(1, sizeof *b);
    assert_non_null(b);
    struct world *w = world_new();
    world_open(w, DB_SERVER);
    struct ctx *c = w->c;
    struct config *config = ARENA_NEW(c->arena, struct config);
    struct config_sources sources;
    OK(config_load(c, &(struct config_input){ 0 }, config, &sources));
    c->config = config;
    b->w = w;
    (void)snprintf(b->file, sizeof b->file, "%s/uauth.db", w->folder);
    source_open(b);
    c = b->from;
    OK(migrate_run(c, store_schema(), NULL));
    OK(meta_set(c, META_SEAL_CHECK, "the seal of the source"));
    OK(meta_set(c, META_GENERATION, "3"));
    (void)life_begin(c, "alice");
    (void)life_begin(c, "bob");
    OK(db_atomically(c, fill, NULL));
    *state = b;
    return 0;
}

static int tear_down_both(void **state)
{
    struct both *b = *state;
    source_close(b);
    world_free(b->w);
    free(b);
    return 0;
}

#define BOTH_TEST(name) cmocka_unit_test_setup_teardown(name, set_up_both, tear_down_both)

static void tell(void *arg, int64_t done, int64_t of)
{
    assert_true(done >= *(int64_t *)arg && done <= of);
    *(int64_t *)arg = done;
}

static void tell_nobody(void *arg, int64_t done, int64_t of)
{
    (void)arg;
    (void)done;
    (void)of;
}

static void find_none(void *arg, int64_t rows)
{
    (void)arg;
    (void)rows;
}

static struct move move_of(struct both *b)
{
    return (struct move){ .from = b->from->db,
                          .to = b->w->c->db,
                          .origin = "/var/lib/uauth.db",
                          .place = "postgres://db/uauth",
                          .watch = { tell_nobody, find_none, tell_nobody, NULL } };
}

static struct moved moved_all(struct both *b)
{
    struct ctx *c = b->w->c;
    const struct move move = move_of(b);
    struct moved out;
    OK(move_all(c, &move, &out));
    return out;
}

/* Each move is a command of its own, whose memory goes with it. */
static void refused(struct both *b, const char *why)
{
    struct ctx *c = b->w->c;
    const struct arena_mark mark = arena_mark(c->arena);
    const struct move move = move_of(b);
    assert_int_equal(move_all(c, &move, &(struct moved){ 0 }).code, ERR_UNAVAILABLE);
    if (strstr(c->fault.text, why) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", c->fault.text, why);
    fault_clear(c);
    arena_rewind(c->arena, mark);
}

/* Every row of every table, asked for in the plainest way. */
static void all_is_there(struct both *b)
{
    struct texts tables;
    struct ctx *c = b->from;
    OK(tables_list(c, &tables));
    assert_true(tables.n > 20);
    for (size_t i = 0; i < tables.n; i++) {
        const char *count = text_printf(b->w->c->arena, "SELECT count(*) FROM %s", tables.at[i]);
        if (!text_equal(tables.at[i], "meta"))
            assert_int_equal(counted(b->w->c, count), counted(b->from, count));
    }
}

/* ---- the whole way ---- */

static void everything_is_moved_as_it_is(void **state)
{
    struct both *b = *state;
    struct moved out = moved_all(b);
    assert_false(out.before || out.resumed || out.anew);
    assert_true(out.rows > MANY);
    all_is_there(b);
    struct ctx *c = b->w->c;
    static const char sql[] = "SELECT purpose, issuer, id, expires_at FROM seen\n"
                              "WHERE id IN ('0', '1', '2', '3', '4', '5', '6') ORDER BY id";
    struct table here = asked(b->from, sql);
    struct table there = asked(c, sql);
    assert_int_equal(there.rows, 7);
    for (size_t i = 0; i < 7 * 4; i++)
        assert_string_equal(there.cells[i], here.cells[i]);
    const char *value = NULL;
    OK(meta_get(c, META_GENERATION, &value));
    assert_string_equal(value, "3");
    OK(meta_get(c, META_SEAL_CHECK, &value));
    assert_string_equal(value, "the seal of the source");
    OK(whereabouts_check(c));
    const struct user_row *user = NULL;
    OK(user_find_email(c, "alice@example.org", &user));
    assert_non_null(user);
    assert_int_equal(counted(c, "SELECT count(*) FROM sessions WHERE acr IS NULL"), 4);
}

static void the_source_is_not_served_any_more(void **state)
{
    struct both *b = *state;
    (void)moved_all(b);
    struct ctx *c = b->from;
    REFUSED(whereabouts_check(c), UNAVAILABLE);
    assert_true(moved_all(b).before);
    struct move elsewhere = move_of(b);
    elsewhere.place = "postgres://other/uauth";
    c = b->w->c;
    REFUSED(move_all(c, &elsewhere, &(struct moved){ 0 }), UNAVAILABLE);
}

static void progress_never_goes_back_and_ends_with_all(void **state)
{
    struct both *b = *state;
    struct ctx *c = b->w->c;
    int64_t last = 0;
    struct move move = move_of(b);
    move.watch = (struct move_watch){ tell, find_none, tell_nobody, &last };
    struct moved out;
    OK(move_all(c, &move, &out));
    assert_int_equal(last, out.rows);
}

/* The test's arena has 1 MiB, and 500 of these rows more than ten times that. */
static void rows_that_are_large_are_taken_a_few_at_a_time(void **state)
{
    struct both *b = *state;
    struct ctx *c = b->from;
    char *large = memset(arena_alloc(c->arena, 30001), 'x', 30000);
    for (int i = 0; i < 510; i++)
        OK(DB_RUN(c, sql_large_letter, NULL, P_TEXT(random_uuid(c)), P_TEXT(large)));
    (void)moved_all(b);
    all_is_there(b);
}

/* ---- refusals ---- */

/* killed before it says whose half the target is; then somebody lists its users. */
static void a_target_that_was_only_looked_into_is_filled(void **state)
{
    struct both *b = *state;
    struct ctx *c = b->w->c;
    OK(migrate_run(c, store_schema(), NULL));
    OK(meta_set(c, META_SEAL_CHECK, "the seal of the source"));
    (void)moved_all(b);
    all_is_there(b);
}

static void a_target_in_use_is_left_alone(void **state)
{
    struct both *b = *state;
    struct ctx *c = b->w->c;
    OK(db_run(c, "CREATE TABLE other (x BIGINT)", NULL, 0, NULL));
    refused(b, "holds the table other of something else");
    OK(db_run(c, "DROP TABLE other", NULL, 0, NULL));
    OK(migrate_run(c, store_schema(), NULL));
    (void)person(c, "carol@example.org");
    OK(db_run(c, sql_some_event, NULL, 0, NULL));
    OK(meta_set(c, META_SEAL_CHECK, "of another service"));
    refused(b, "is in use: an empty database is needed");
    OK(meta_set(c, META_SEAL_CHECK, "the seal of the source"));
    refused(b, "is in use"); /* the same master key is not the same database */
    assert_int_equal(counted(c, "SELECT count(*) FROM users"), 1);
    OK(meta_set(c, META_MOVING, "/else/uauth.db (another seal)"));
    refused(b, "the half of another move, from /else/uauth.db");
    c = b->from;
    OK(whereabouts_check(c));
}

static void a_source_that_is_not_the_database_is_refused(void **state)
{
    struct both *b = *state;
    struct ctx *c = b->from;
    OK(meta_set(c, META_BACKUP, "2026"));
    refused(b, "is a backup");
    OK(meta_remove(c, META_BACKUP));
    OK(meta_remove(c, META_SEAL_CHECK));
    refused(b, "was never used");
    OK(meta_set(c, META_SEAL_CHECK, "the seal of the source"));
    OK(meta_set(c, META_MOVED, "postgres://db/uauth"));
    refused(b, "is not there any more");
    OK(meta_remove(c, META_MOVED));
    OK(db_run(c, "DELETE FROM migrations WHERE number = (SELECT MAX(number) FROM migrations)", NULL,
              0, NULL));
    refused(b, "uauth migrate");
}

/* ---- cut off ---- */

static bool is_moving(struct both *b)
{
    struct ctx *c = b->w->c;
    struct texts tables;
    const char *moving = NULL;
    OK(tables_list(c, &tables));
    if (texts_hold(tables, "meta"))
        OK(meta_get(c, META_MOVING, &moving));
    return moving != NULL;
}

/* Starts, and kills, a process that moves.  Connections do not outlive a fork: both are its own. */
static void kill_one(struct both *b, int64_t after_ms)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct world other = *b->w;
        source_open(b);
        world_open(&other, DB_COMMAND);
        other.c->config = b->w->c->config;
        struct move move = move_of(b);
        move.to = other.c->db;
        struct moved out;
        _exit(move_all(other.c, &move, &out).code == ERR_OK ? 0 : 1);
    }
    (void)usleep((unsigned)after_ms * 1000);
    (void)kill(child, SIGKILL);
    assert_int_equal(waitpid(child, NULL, 0), child);
}

/* killed anywhere, never are both databases good, and the next run completes it. */
static void a_move_that_is_killed_is_gone_on_with(void **state)
{
    struct both *b = *state;
    bool resumed = false;
    for (int64_t after = 100; after < 900; after += 100) {
        source_close(b);
        kill_one(b, after);
        source_open(b);
        struct ctx *c = b->from;
        bool from_good = whereabouts_check(c).code == ERR_OK;
        fault_clear(c);
        bool half = is_moving(b);
        resumed = resumed || half;
        if (!half && !from_good)
            break; /* it was done */
    }
    struct moved out = moved_all(b);
    assert_int_equal(out.resumed, resumed && !out.before);
    assert_false(out.anew);
    all_is_there(b);
}

/* Whoever used the source between two runs finds all of that in the target. */
static void a_source_that_changed_meanwhile_is_copied_anew(void **state)
{
    struct both *b = *state;
    (void)moved_all(b);
    /* As if it had been cut off just before its end. */
    struct ctx *c = b->w->c;
    OK(meta_set(c, META_MOVING, "/var/lib/uauth.db (the seal of the source)"));
    c = b->from;
    OK(meta_remove(c, META_MOVED));
    OK(db_run(c, "DELETE FROM seen WHERE id = '7'", NULL, 0, NULL));
    bool found = false;
    const struct user_row *user = NULL;
    OK(user_find_email(c, "bob@example.org", &user));
    OK(user_delete(c, user->id, &found));
    (void)person(c, "bob@example.org"); /* the address is somebody else's now */
    struct moved out = moved_all(b);
    assert_true(out.resumed && out.anew);
    all_is_there(b);
    assert_int_equal(counted(b->w->c, "SELECT count(*) FROM seen WHERE id = '7'"), 0);
}

/* One row that is not as it was stops it, and the source stays good. */
static RESULT spoil(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    (void)arg;
    return db_script(c, "CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS $$\n"
                        "BEGIN NEW.full_name := 'Mallory'; RETURN NEW; END $$;\n"
                        "CREATE TRIGGER spoil BEFORE INSERT ON users\n"
                        "FOR EACH ROW EXECUTE FUNCTION spoil()");
}

static void what_is_not_the_same_is_no_move(void **state)
{
    struct both *b = *state;
    struct ctx *c = b->w->c;
    OK(migrate_run(c, store_schema(), NULL));
    OK(db_atomically(c, spoil, NULL));
    const struct move move = move_of(b);
    struct moved out;
    assert_int_equal(move_all(c, &move, &out).code, ERR_INTERNAL);
    assert_non_null(strstr(c->fault.text, "the table users is not the same"));
    fault_clear(c);
    REFUSED(whereabouts_check(c), UNAVAILABLE);
    c = b->from;
    OK(whereabouts_check(c));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOTH_TEST(everything_is_moved_as_it_is),
        BOTH_TEST(the_source_is_not_served_any_more),
        BOTH_TEST(progress_never_goes_back_and_ends_with_all),
        BOTH_TEST(rows_that_are_large_are_taken_a_few_at_a_time),
        BOTH_TEST(a_target_that_was_only_looked_into_is_filled),
        BOTH_TEST(a_target_in_use_is_left_alone),
        BOTH_TEST(a_source_that_is_not_the_database_is_refused),
        BOTH_TEST(a_move_that_is_killed_is_gone_on_with),
        BOTH_TEST(a_source_that_changed_meanwhile_is_copied_anew),
        BOTH_TEST(what_is_not_the_same_is_no_move),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
