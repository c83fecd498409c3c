/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A server that speaks PostgreSQL's protocol well at first, and then says whatever it likes: the
 * call fails in its time, or brings a table that can be read; nothing breaks.
 */
#include "base/text.h"
#include "base/time.h"
#include "db/db_postgres.h"
#include "tests/unit/db/db_testing.h"

#include <arpa/inet.h>
#include <stdatomic.h>
#include <sys/socket.h>

enum { SAID_MAX = 1 << 16, LATE_MS = POSTGRES_CALL_MS + 2000 };

/* Bytes being put together. */
struct said {
    uint8_t at[SAID_MAX];
    size_t n;
};

enum stage { AT_ONCE, AFTER_LOGIN, AT_STATEMENT };

struct hostile {
    int listener;
    unsigned port;
    enum stage stage;
    const struct said *answer;
    bool stays; /* does not close behind its answer */
    atomic_bool over;
    pthread_t thread;
};

static void say(struct said *s, const void *at, size_t n)
{
    assert_true(s->n + n <= sizeof s->at);
    memcpy(s->at + s->n, at, n);
    s->n += n;
}

static void say_int(struct said *s, uint32_t number)
{
    uint8_t at[4] = { (uint8_t)(number >> 24), (uint8_t)(number >> 16), (uint8_t)(number >> 8),
                      (uint8_t)number };
    say(s, at, sizeof at);
}

/* One message: its kind, its length, its bytes. */
static void say_message(struct said *s, char kind, const void *at, size_t n)
{
    say(s, &kind, 1);
    say_int(s, (uint32_t)n + 4);
    say(s, at, n);
}

#define SAY(s, kind, literal) say_message((s), (kind), (literal), sizeof(literal) - 1)

static void greet(struct said *s)
{
    SAY(s, 'R', "\0\0\0\0");
    SAY(s, 'S',
        "server_version\0"
        "15.4\0");
    SAY(s, 'S', "server_encoding\0UTF8\0");
    SAY(s, 'S', "client_encoding\0UTF8\0");
    SAY(s, 'S', "standard_conforming_strings\0on\0");
    SAY(s, 'S', "default_transaction_read_only\0off\0");
    SAY(s, 'S', "in_hot_standby\0off\0");
    SAY(s, 'K', "\0\0\0\1\0\0\0\2");
    SAY(s, 'Z', "I");
}

static const char one_column[] = "\0\1a\0\0\0\0\0\0\0\0\0\0\x19\xff\xff\xff\xff\xff\xff\0\0";
#define ONE_COLUMN one_column, sizeof one_column - 1

/* What a well-meaning server would say to a SELECT that finds one row. */
static void say_row(struct said *s)
{
    SAY(s, '1', "");
    SAY(s, '2', "");
    say_message(s, 'T', ONE_COLUMN);
    SAY(s, 'D', "\0\1\0\0\0\2hi");
    SAY(s, 'C', "SELECT 1\0");
    SAY(s, 'Z', "I");
}

/* ---- the server ---- */

static void send_all(int fd, const struct said *s)
{
    (void)!send(fd, s->at, s->n, MSG_NOSIGNAL);
}

static void linger(const struct hostile *h, int fd)
{
    uint8_t heard[4096];
    while (h->stays && !h->over && recv(fd, heard, sizeof heard, MSG_DONTWAIT) != 0)
        (void)usleep(2000);
}

static void talk(const struct hostile *h, int fd)
{
    struct said *well = calloc(1, sizeof *well);
    uint8_t heard[8192];
    bool greeted = false;
    while (recv(fd, heard, sizeof heard, 0) > 0) {
        enum stage stage = !greeted ? AT_ONCE : heard[0] == 'Q' ? AFTER_LOGIN : AT_STATEMENT;
        if (stage >= h->stage) {
            send_all(fd, h->answer);
            linger(h, fd);
            break;
        }
        well->n = 0;
        if (!greeted)
            greet(well);
        else
            SAY(well, 'C', "SET\0");
        if (greeted)
            SAY(well, 'Z', "I");
        greeted = true;
        send_all(fd, well);
    }
    free(well);
}

static void *serve(void *arg)
{
    struct hostile *h = arg;
    for (;;) {
        int fd = accept(h->listener, NULL, NULL);
        if (fd < 0)
            return NULL;
        talk(h, fd);
        (void)close(fd);
    }
}

static void hostile_start(struct hostile *h)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t n = sizeof at;
    h->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(h->listener, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(h->listener, 16), 0);
    assert_int_equal(getsockname(h->listener, (struct sockaddr *)&at, &n), 0);
    h->port = ntohs(at.sin_port);
    assert_int_equal(pthread_create(&h->thread, NULL, serve, h), 0);
}

static void hostile_end(struct hostile *h)
{
    h->over = true;
    (void)shutdown(h->listener, SHUT_RDWR);
    assert_int_equal(pthread_join(h->thread, NULL), 0);
    (void)close(h->listener);
}

/* ---- the client ---- */

static void look_at(const struct table *t)
{
    for (size_t row = 0; row < t->rows; row++)
        for (size_t column = 0; column < t->columns; column++) {
            const char *text = table_text(t, row, column);
            assert_true(text == NULL || strlen(text) < SAID_MAX);
        }
}

static RESULT ask(struct ctx *c, unsigned port, struct table *t)
{
    struct database *d = NULL;
    TRY(database_open(c,
                      text_printf(c->arena, "postgres://u@127.0.0.1:%u/db?sslmode=disable", port),
                      DB_COMMAND, &d));
    err done = db_open(c, d, &c->db);
    if (done.code == ERR_OK)
        done = db_run(c, "SELECT a FROM things", NULL, 0, t);
    if (done.code == ERR_OK)
        look_at(t);
    db_close(c->db);
    c->db = NULL;
    database_close(d);
    return done;
}

/* How a call ends of a server that says `answer` from `stage` on. */
static err call(enum stage stage, const struct said *answer, bool stays)
{
    struct hostile h = { .stage = stage, .answer = answer, .stays = stays };
    struct ctx *c = worker_begin(NULL);
    struct table t = { 0 };
    hostile_start(&h);
    int64_t begun = time_monotonic_ms();
    err done = ask(c, h.port, &t);
    assert_true(time_monotonic_ms() - begun < LATE_MS);
    assert_true(done.code == ERR_OK || done.code == c->fault.code);
    hostile_end(&h);
    worker_end(c);
    return done;
}

static int set_up_said(void **state)
{
    *state = calloc(1, sizeof(struct said));
    return *state == NULL;
}

static int tear_down_said(void **state)
{
    free(*state);
    return 0;
}
#define HOSTILE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up_said, tear_down_said)

static void a_server_that_means_well_is_understood(void **state)
{
    struct said *s = *state;
    say_row(s);
    assert_int_equal(call(AT_STATEMENT, s, true).code, ERR_OK);
}

/* ME-17 */
static void what_is_no_protocol_is_a_failure(void **state)
{
    struct said *s = *state;
    struct ctx *c = worker_begin(NULL);
    struct random *random = random_seeded(c->arena, 17);
    for (int i = 0; i < 60; i++) {
        s->n = 1 + random_below(random, 4096);
        random_fill(random, s->at, s->n);
        assert_int_not_equal(call((enum stage)(i % 3), s, false).code, ERR_OK);
    }
    worker_end(c);
}

static void say_lengths(struct said *s, char kind, uint32_t length)
{
    say(s, &kind, 1);
    say_int(s, length);
    SAY(s, 'Z', "I");
}

/* ME-17, ME-01: lengths that lie, of messages of every kind; 4 and 5 may be true */
static void a_message_whose_length_lies_is_a_failure(void **state)
{
    static const char kinds[] = "RSKZ12TDCEN tnsAGHWIcdv";
    static const uint32_t lengths[] = { 0, 1, 3, 4, 5, 0x7fffffff, 0x80000000, 0xffffffff };
    struct said *s = *state;
    for (size_t i = 0; i < sizeof kinds - 1; i++)
        for (size_t k = 0; k < sizeof lengths / sizeof lengths[0]; k++) {
            s->n = 0;
            say_lengths(s, kinds[i], lengths[k]);
            err done = call((enum stage)((i + k) % 3), s, false);
            assert_true(done.code != ERR_OK || lengths[k] == 4 || lengths[k] == 5);
        }
}

/* ME-17: counts of columns and of bytes that lie */
static void a_row_that_lies_is_a_failure(void **state)
{
    static const struct {
        const char *at;
        size_t n;
    } rows[] = {
        { "\xff\xff\0\0\0\2hi", 8 },
        { "\0\1\x7f\xff\xff\xffhi", 8 },
        { "\0\1\x80\0\0\0hi", 8 },
        { "\0\2\0\0\0\2hi", 8 },
        { "\0\0", 2 },
        { "\0\1", 2 },
        { "\0\1\0\0\0\0\0\0\0\0\0\0\0", 13 },
    };
    struct said *s = *state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        s->n = 0;
        SAY(s, '1', "");
        SAY(s, '2', "");
        say_message(s, 'T', ONE_COLUMN);
        say_message(s, 'D', rows[i].at, rows[i].n);
        SAY(s, 'C', "SELECT 1\0");
        SAY(s, 'Z', "I");
        assert_int_not_equal(call(AT_STATEMENT, s, false).code, ERR_OK);
    }
}

/* ME-17: a table as large as a few bytes can claim, and a text with a NUL inside */
static void a_table_that_no_arena_holds_is_a_failure(void **state)
{
    struct said *s = *state;
    enum { COLUMNS = 1600 };
    static uint8_t description[2 + COLUMNS * 20], row[2 + COLUMNS * 4];
    memset(row, 0xff, sizeof row);
    row[0] = description[0] = COLUMNS >> 8;
    row[1] = description[1] = COLUMNS & 255;
    for (size_t i = 0; i < COLUMNS; i++)
        memcpy(description + 2 + i * 20, one_column + 2, 20);
    SAY(s, '1', "");
    SAY(s, '2', "");
    say_message(s, 'T', description, sizeof description);
    say_message(s, 'D', row, sizeof row);
    SAY(s, 'C', "SELECT 1\0");
    SAY(s, 'Z', "I");
    (void)call(AT_STATEMENT, s, false);
    s->n = 0;
    say_row(s);
    for (size_t i = 0; i + 1 < s->n; i++)
        if (s->at[i] == 'h' && s->at[i + 1] == 'i')
            s->at[i + 1] = 0;
    assert_int_not_equal(call(AT_STATEMENT, s, false).code, ERR_OK);
}

/* ME-17: a good answer in which some bytes are others */
static void an_answer_that_was_spoilt_breaks_nothing(void **state)
{
    struct said *s = *state;
    struct ctx *c = worker_begin(NULL);
    struct random *random = random_seeded(c->arena, 71);
    for (int i = 0; i < 150; i++) {
        s->n = 0;
        say_row(s);
        for (size_t k = 0; k <= random_below(random, 4); k++)
            s->at[random_below(random, (uint32_t)s->n)] ^= (uint8_t)(1U << random_below(random, 8));
        (void)call(AT_STATEMENT, s, false);
    }
    worker_end(c);
}

/* ME-17: it offers to copy, which nobody asked for, and waits for what it is sent */
static void a_copy_that_nobody_asked_for_is_a_failure(void **state)
{
    struct said *s = *state;
    static const char kinds[] = "GHW";
    for (size_t i = 0; i < sizeof kinds - 1; i++)
        for (int stage = AFTER_LOGIN; stage <= AT_STATEMENT; stage++) {
            s->n = 0;
            if (stage == AT_STATEMENT) {
                SAY(s, '1', "");
                SAY(s, '2', "");
            }
            say_message(s, kinds[i], "\0\0\1\0\0", 5);
            assert_int_not_equal(call((enum stage)stage, s, false).code, ERR_OK);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HOSTILE_TEST(a_server_that_means_well_is_understood),
        HOSTILE_TEST(what_is_no_protocol_is_a_failure),
        HOSTILE_TEST(a_message_whose_length_lies_is_a_failure),
        HOSTILE_TEST(a_row_that_lies_is_a_failure),
        HOSTILE_TEST(a_table_that_no_arena_holds_is_a_failure),
        HOSTILE_TEST(an_answer_that_was_spoilt_breaks_nothing),
        HOSTILE_TEST(a_copy_that_nobody_asked_for_is_a_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
