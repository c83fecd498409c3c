/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Power that is lost at any moment, with writes torn into sectors.  UAUTH_POWER_ROUNDS says how
 * many moments are looked at.
 */
#include "power_vfs.h"
#include "things_testing.h"

enum { ROWS = 500, ROUNDS = 100, SESSIONS = 2, KEY_BYTES = 400 };

static const char sql_last[] = "SELECT count(*), max(number) FROM things";
static const char sql_sum[] = "SELECT count(*) FROM things WHERE id > ''";

/* Keys that fall anywhere, and long enough for a log that is moved into the database now and then.
 */
static const char *key_of(struct ctx *c, int64_t number)
{
    uint64_t mixed = (uint64_t)number * UINT64_C(0x9e3779b97f4a7c15);
    char fill[KEY_BYTES + 1];
    memset(fill, 'a' + (int)(mixed % 26), KEY_BYTES);
    fill[KEY_BYTES] = '\0';
    return text_printf(c->arena, "%016llx-%s-%lld", (unsigned long long)mixed, fill,
                       (long long)number);
}

static void write_rows(struct world *w, struct power *p, int64_t from)
{
    struct ctx *c = w->c;
    for (int64_t i = from; i < from + ROWS; i++) {
        OK(add(c, key_of(c, i), i));
        power_acknowledge(p, i);
        arena_reset(c->arena);
    }
}

/* Rows are 1 to some number without a gap, at least those that were acknowledged, and the index
 * knows the same as the table. */
static void look_at(struct world *w, int64_t acknowledged)
{
    struct ctx *c = w->c;
    struct table t;
    OK(db_run(c, sql_last, NULL, 0, &t));
    int64_t rows = table_int(&t, 0, 0);
    assert_int_equal(rows, table_int(&t, 0, 1));
    assert_true(rows >= acknowledged);
    OK(db_run(c, sql_sum, NULL, 0, &t));
    assert_int_equal(table_int(&t, 0, 0), rows);
    for (int64_t i = 1; i <= rows; i += 7) {
        OK(DB_RUN(c, sql_find, &t, P_TEXT(key_of(c, i))));
        assert_int_equal(t.rows, 1);
    }
    OK(add(c, "goes on", rows + 1));
}

/* The table is made before anything is noted; then it is written to, closed, and again. */
static struct power *live(struct world *w, bool safe)
{
    char path[128];
    (void)snprintf(path, sizeof path, "%s/uauth.db", w->folder);
    world_close(w);
    struct power *p = power_begin(path, safe);
    for (int64_t session = 0; session < SESSIONS; session++) {
        world_open(w, DB_SERVER);
        write_rows(w, p, 1 + session * ROWS);
        world_close(w);
    }
    return p;
}

static void lose_power(struct world *w, bool safe)
{
    struct power *p = live(w, safe);
    const char *wanted = getenv("UAUTH_POWER_ROUNDS");
    int64_t rounds = ROUNDS;
    assert_true(wanted == NULL || text_int(wanted, 1, 1000000, &rounds));
    for (int64_t round = 0; round < rounds; round++) {
        struct world *image = world_new();
        uint64_t dice = (uint64_t)round * UINT64_C(0x2545f4914f6cdd1d) + 1;
        size_t moment = 1 + (size_t)(dice >> 20) % power_moments(p);
        int64_t acknowledged = power_lose(p, image->folder, moment, dice);
        world_open(image, DB_SERVER);
        look_at(image, acknowledged);
        world_free(image);
    }
    power_end(p);
}

/* */
static void what_was_acknowledged_survives_a_loss_of_power(void **state)
{
    lose_power(*state, true);
}

/* where SQLite writes to the log after it has synced it. */
static void it_survives_also_where_a_write_may_harm_what_is_beside_it(void **state)
{
    lose_power(*state, false);
}

static struct power *note_again(struct world *w, bool safe)
{
    char path[128];
    (void)snprintf(path, sizeof path, "%s/uauth.db", w->folder);
    world_close(w);
    struct power *p = power_begin(path, safe);
    world_open(w, DB_SERVER);
    return p;
}

enum { MANY = 400 };

static RESULT add_many(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    for (int64_t i = 1; i <= MANY; i++)
        TRY(add(c, key_of(c, i), i + *(const int64_t *)arg));
    return ok();
}

static void the_pages_of_a_commit_are_written_together(void **state)
{
    struct world *w = *state;
    struct power *p = note_again(w, true);
    struct ctx *c = w->c;
    OK(add(c, "opens the log", -1));
    size_t before = power_log_writes(p);
    OK(add(c, "one", 0));
    assert_int_equal(power_log_writes(p), before + 1);
    int64_t from = 0;
    before = power_log_writes(p);
    OK(db_atomically(c, add_many, &from));
    size_t pages = MANY * KEY_BYTES / 4096;
    assert_in_range(power_log_writes(p) - before, pages / 31, pages / 4);
    struct table t;
    OK(db_run(c, sql_last, NULL, 0, &t));
    assert_int_equal(table_int(&t, 0, 1), MANY);
    world_close(w);
    power_end(p);
    world_open(w, DB_SERVER);
}

static void they_are_not_where_a_write_may_harm_what_is_beside_it(void **state)
{
    struct world *w = *state;
    struct power *p = note_again(w, false);
    struct ctx *c = w->c;
    OK(add(c, "opens the log", -1));
    size_t before = power_log_writes(p);
    OK(add(c, "one", 0));
    assert_true(power_log_writes(p) > before + 1);
    world_close(w);
    power_end(p);
    world_open(w, DB_SERVER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(what_was_acknowledged_survives_a_loss_of_power),
        WORLD_TEST(it_survives_also_where_a_write_may_harm_what_is_beside_it),
        WORLD_TEST(the_pages_of_a_commit_are_written_together),
        WORLD_TEST(they_are_not_where_a_write_may_harm_what_is_beside_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
