/* SPDX-License-Identifier: Apache-2.0 */
#include "world.h"

#include "app/routes.h"
#include "base/random.h"
#include "identity/letter.h"
#include "store/outbox.h"
#include "tests/unit/db/db_place.h"

enum { WORLD_CEILING = 128 << 20, SEED = 20261125, SETTINGS_MAX = 64 };

static int64_t story_clock(void *arg)
{
    return ((const struct world *)arg)->now;
}

static void succeeds(struct ctx *c, err done)
{
    if (done.code != ERR_OK)
        fail_msg("%s: %s", err_slug(done.code),
                 c->fault.say != NULL ? c->fault.say : c->fault.text);
}

/* ---- building ---- */

static bool is_given(const char *const *given, const char *setting)
{
    size_t name = (size_t)(strchr(setting, '=') - setting) + 1;
    for (size_t i = 0; given != NULL && given[i] != NULL; i++)
        if (strncmp(given[i], setting, name) == 0)
            return true;
    return false;
}

static const char *const *settings_of(struct world *w, const char *const *given)
{
    static const char *const defaults[] = { "AUTH_JWT_ALGORITHM=ES256", "AUTH_RATE_LIMIT=off",
                                            "AUTH_CHALLENGE=off" };
    const char **out = ARENA_NEWS(w->arena, const char *, SETTINGS_MAX);
    size_t n = 0;
    for (size_t i = 0; given != NULL && given[i] != NULL; i++)
        out[n++] = given[i];
    for (size_t i = 0; i < sizeof defaults / sizeof defaults[0]; i++)
        if (!is_given(given, defaults[i]))
            out[n++] = defaults[i];
    assert_true(n < SETTINGS_MAX);
    return out;
}

/* What no setting may say: a database in memory, a hash that is good for nothing but a story. */
static void load_settings(struct world *w, const char *const *given)
{
    struct config_sources sources;
    w->input = (struct config_input){ .environment = settings_of(w, given) };
    w->config = ARENA_NEW(w->arena, struct config);
    succeeds(&w->c, config_load(&w->c, &w->input, w->config, &sources));
    char *url = arena_alloc(w->arena, PLACE_URL_BYTES);
    place_make(url, "sqlite::memory:");
    w->config->database_url = url;
    w->config->log_level = LOG_ERROR;
    w->config->argon2_memory_kib = 32;
    w->config->argon2_time = 1;
    w->config->argon2_lanes = 1;
}

static void open_node(struct world *w)
{
    size_t rows = 0;
    (void)routes(&rows);
    const struct node_plan plan = { .config = w->config,
                                    .use = DB_SERVER,
                                    .make = true,
                                    .rows = rows,
                                    .in_tests = true,
                                    .random = w->c.random,
                                    .clock = story_clock,
                                    .clock_arg = w };
    succeeds(&w->c, node_open(&w->c, &plan, &w->node));
    succeeds(&w->c, node_open_keys(&w->c, w->node));
}

int world_set_up(void **state)
{
    struct arena *arena = arena_new(WORLD_CEILING);
    assert_non_null(arena);
    struct world *w = ARENA_NEW(arena, struct world);
    w->arena = arena;
    w->within = arena_new(ARENA_REQUEST_CEILING);
    w->now = STORY_NOW;
    w->c = (struct ctx){ .arena = arena, .random = random_seeded(arena, SEED), .now = STORY_NOW };
    load_settings(w, *state);
    open_node(w);
    succeeds(&w->c, app_new(&w->c, w->node, w->config, &w->app));
    w->threads = app_threads(w->node);
    succeeds(&w->c, w->threads.open_worker(&w->c, w->node, HTTP_PLAIN, &w->worker));
    *state = w;
    return 0;
}

int world_tear_down(void **state)
{
    struct world *w = *state;
    w->threads.close_worker(w->node, w->worker);
    app_release(w->app);
    node_close(w->node);
    place_drop(w->config->database_url);
    arena_end(w->within);
    arena_end(w->arena);
    return 0;
}

void world_pass(struct world *w, int64_t seconds)
{
    w->now += seconds;
}

struct ctx *world_ctx(struct world *w)
{
    w->c = node_ctx(w->node, w->arena, w->config, w->node->db);
    return &w->c;
}

/* ---- mails ---- */

static void take_mails(struct world *w)
{
    struct ctx *c = world_ctx(w);
    struct outbox_rows rows;
    succeeds(c, outbox_claim(c, STORY_MAILS_MAX, 60, &rows));
    for (size_t i = 0; i < rows.n; i++) {
        struct story_mail *mail = &w->mails[w->mails_n++];
        assert_true(w->mails_n < STORY_MAILS_MAX);
        mail->to = rows.at[i].recipient;
        mail->subject = rows.at[i].subject;
        succeeds(c, letter_open(c, &rows.at[i], &mail->text));
        succeeds(c, outbox_done(c, rows.at[i].id));
    }
}

const struct story_mail *world_mail(struct world *w, const char *to)
{
    take_mails(w);
    for (size_t i = w->mails_n; i > 0; i--)
        if (text_equal(w->mails[i - 1].to, to))
            return &w->mails[i - 1];
    return NULL;
}

size_t world_mails(struct world *w)
{
    take_mails(w);
    return w->mails_n;
}

const char *world_link_token(struct world *w, const char *to)
{
    static const char before[] = "token=";
    const struct story_mail *mail = world_mail(w, to);
    assert_non_null(mail);
    const char *at = strstr(mail->text, before);
    assert_non_null(at);
    at += strlen(before);
    return text_copy(w->arena, at,
                     strspn(at, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                "0123456789-_"));
}
