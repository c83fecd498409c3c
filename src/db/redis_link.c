/* SPDX-License-Identifier: Apache-2.0 */
#include "db/redis_link.h"

#include "base/text.h"
#include "base/time.h"

#include <hiredis/hiredis.h>
#include <stdlib.h>
#include <string.h>

enum { READ_BYTES = 8 << 10, GREETING_MAX = 3 };

/* Commands that go together. */
struct exchange {
    const struct redis_command *commands;
    size_t n;
    int64_t deadline_ms;
    const char *tag;
};

struct redis_link {
    struct redis_socket *socket;
    struct redis_reader *reader;
    _Atomic uint64_t *tag;
};

bool redis_link_is_quiet(const struct redis_link *l)
{
    return redis_reader_is_empty(l->reader) && redis_socket_is_quiet(l->socket);
}

void redis_link_close(struct redis_link *l)
{
    if (l == NULL)
        return;
    redis_socket_close(l->socket);
    redis_reader_free(l->reader);
    free(l);
}

/* ---- one round trip ---- */

static void wipe_and_free(char *text)
{
    explicit_bzero(text, strlen(text));
    redisFreeCommand(text);
}

static RESULT add_command(struct ctx *c, struct text_buffer *b, const struct redis_command *command)
{
    char *text = NULL;
    const char *words[REDIS_WORDS_MAX];
    must(command->n > 0 && command->n <= REDIS_WORDS_MAX);
    memcpy(words, command->words, sizeof words);
    int n = redisFormatCommandArgv(&text, (int)command->n, words, NULL);
    if (n < 0)
        return fail(c, UNAVAILABLE, "no memory for a command");
    text_add_bytes(b, text, (size_t)n);
    wipe_and_free(text);
    return ok();
}

/* All of them in one piece, and a number at their end. */
static RESULT send_all(struct ctx *c, struct redis_link *l, struct exchange *x)
{
    struct text_buffer all = text_buffer(c->arena);
    uint64_t number = atomic_fetch_add(l->tag, 1);
    x->tag = text_printf(c->arena, "%016llx", (unsigned long long)number);
    redis_reader_begin(l->reader);
    for (size_t i = 0; i < x->n; i++)
        TRY(add_command(c, &all, &x->commands[i]));
    TRY(add_command(c, &all, &REDIS_COMMAND("ECHO", x->tag)));
    struct bytes bytes = { (const uint8_t *)all.at, all.n };
    return redis_socket_write(c, l->socket, bytes, x->deadline_ms);
}

static RESULT receive_one(struct ctx *c, struct redis_link *l, const struct exchange *x,
                          struct redis_reply **out)
{
    *out = NULL;
    for (;;) {
        size_t n = 0;
        uint8_t came[READ_BYTES];
        TRY(redis_reader_next(c, l->reader, out));
        if (*out != NULL)
            return ok();
        TRY(redis_socket_read(c, l->socket, came, sizeof came, &n, x->deadline_ms));
        TRY(redis_reader_feed(c, l->reader, (struct bytes){ came, n }));
    }
}

/* The number comes back behind the answers, and nothing behind it. */
static RESULT receive_tag(struct ctx *c, struct redis_link *l, const struct exchange *x)
{
    struct redis_reply *echo = NULL;
    TRY(receive_one(c, l, x, &echo));
    if (echo->kind == REDIS_ERROR)
        return fail(c, UNAVAILABLE, "it does not echo: %.200s", echo->text);
    if (echo->kind != REDIS_TEXT || !text_equal(echo->text, x->tag) ||
        !redis_reader_is_empty(l->reader))
        return fail(c, UNAVAILABLE, "the answer belongs to another call");
    return ok();
}

RESULT redis_link_call(struct ctx *c, struct redis_link *l, const struct redis_command *command,
                       struct redis_reply **out)
{
    struct exchange x = { command, 1, time_monotonic_ms() + REDIS_CALL_MS, NULL };
    TRY(send_all(c, l, &x));
    TRY(receive_one(c, l, &x, out));
    return receive_tag(c, l, &x);
}

/* ---- signing in ---- */

/* What will mend by itself. */
static bool is_passing(const char *error)
{
    static const char *const passing[] = { "LOADING", "BUSY", "MASTERDOWN", "TRYAGAIN",
                                           "ERR max number of clients" };
    for (size_t i = 0; i < sizeof passing / sizeof *passing; i++) {
        if (text_starts(error, passing[i]))
            return true;
    }
    return false;
}

static RESULT judge(struct ctx *c, const char *verb, const struct redis_reply *reply)
{
    if (reply->kind != REDIS_ERROR)
        return ok();
    if (is_passing(reply->text))
        return fail(c, UNAVAILABLE, "%s: %.200s", verb, reply->text);
    return fail_field(
        c, INVALID_FIELD, "redis_url",
        text_printf(c->arena, "leads to a server that refuses %s: %.200s", verb, reply->text));
}

/* What is said first: who this is, the database, and a question who that is. */
static size_t greeting(struct ctx *c, const struct redis_url *url, struct redis_command *out)
{
    size_t n = 0;
    if (url->user != NULL)
        out[n++] = REDIS_COMMAND("AUTH", url->user, url->password);
    else if (url->password != NULL)
        out[n++] = REDIS_COMMAND("AUTH", url->password);
    if (url->database != 0)
        out[n++] = REDIS_COMMAND("SELECT", text_printf(c->arena, "%lld", (long long)url->database));
    out[n++] = REDIS_COMMAND("INFO");
    return n;
}

static RESULT greet(struct ctx *c, struct redis_link *l, const struct redis_url *url,
                    int64_t deadline_ms, struct redis_facts *facts)
{
    struct redis_command commands[GREETING_MAX];
    struct redis_reply *reply = NULL;
    struct exchange x = { commands, greeting(c, url, commands), deadline_ms, NULL };
    TRY(send_all(c, l, &x));
    for (size_t i = 0; i < x.n; i++) {
        TRY(receive_one(c, l, &x, &reply));
        TRY(judge(c, commands[i].words[0], reply));
    }
    if (reply->kind != REDIS_TEXT)
        return fail(c, UNAVAILABLE, "the server does not say what it is");
    redis_facts_read(c, reply->text, facts);
    TRY(redis_facts_check(c, facts));
    return receive_tag(c, l, &x);
}

RESULT redis_link_open(struct ctx *c, const struct redis_place *place, _Atomic uint64_t *tag,
                       struct redis_link **out, struct redis_facts *facts)
{
    int64_t deadline = time_monotonic_ms() + REDIS_OPEN_MS;
    struct redis_link *l = calloc(1, sizeof *l);
    if (l == NULL)
        return fail(c, UNAVAILABLE, "no memory for a connection");
    l->tag = tag;
    l->reader = redis_reader_new();
    err opened = l->reader == NULL ? fail(c, UNAVAILABLE, "no memory for a connection")
                                   : redis_socket_open(c, place, deadline, &l->socket);
    if (opened.code == ERR_OK)
        opened = greet(c, l, &place->url, deadline, facts);
    if (opened.code != ERR_OK)
        redis_link_close(l);
    else
        *out = l;
    return opened;
}
