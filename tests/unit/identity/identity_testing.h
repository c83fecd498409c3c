/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_TESTS_UNIT_IDENTITY_IDENTITY_TESTING_H
#define UAUTH_TESTS_UNIT_IDENTITY_IDENTITY_TESTING_H

/*
 * A whole identity for each test: a migrated database in memory, sealing keys, the default settings
 * with hashes that cost next to nothing, allowances, a hash gate; and what many tests ask for: a
 * person, the mails that wait, the events that were written.
 */

#include "base/config.h"
#include "crypto/hash_gate.h"
#include "crypto/password.h"
#include "crypto/seal.h"
#include "db/kv_memory.h"
#include "identity/audit.h"
#include "identity/invitation.h"
#include "identity/letter.h"
#include "store/credentials.h"
#include "store/outbox.h"
#include "store/roles.h"
#include "store/sessions.h"
#include "store/tenants.h"
#include "store/users.h"
#include "tests/unit/db/db_testing.h"

#define PASSWORD       "Correct-horse-7-battery"
#define OTHER_PASSWORD "Another-horse-8-staple"
#define EMAIL          "ada@example.com"

struct house {
    struct world world; /* its database only; for crowds */
    struct arena *arena;
    struct config *config; /* every context of the house has it */
    struct kv *kv;
    struct seal *seal;
    struct hash_gate *hashes;
    struct ctx *c; /* of the test's own thread */
};

/* What every context of the house has besides its database. */
static inline void house_furnish(const struct house *h, struct ctx *c)
{
    c->config = h->config;
    c->kv = h->kv;
    c->seal = h->seal;
    c->hashes = h->hashes;
    c->request_id = "01test00000000000000000000";
    c->origin = (struct origin){ .address = "192.0.2.7", .user_agent = "Mozilla/5.0 (test)" };
}

static inline void house_build(struct house *h, struct ctx *c)
{
    static const uint8_t master[SEAL_MASTER_BYTES] = { 7, 1, 4 };
    struct config_input nothing = { 0 };
    struct config_sources sources;
    h->config = ARENA_NEW(h->arena, struct config);
    OK(config_load(c, &nothing, h->config, &sources));
    h->config->argon2_time = 1;
    h->config->argon2_memory_kib = 32;
    h->config->argon2_lanes = 1;
    OK(kv_memory_open(c, 4 << 20, &h->kv));
    OK(seal_new(c, h->arena, &(struct bytes){ master, sizeof master }, 1, &h->seal));
    OK(hash_gate_new(c, h->arena, 4, HASH_WAIT_MS, &h->hashes));
}

static inline int house_set_up(void **state)
{
    struct house *h = calloc(1, sizeof *h);
    assert_non_null(h);
    h->arena = arena_new(ARENA_REQUEST_CEILING);
    place_make(h->world.url, "sqlite::memory:");
    world_open(&h->world, DB_SERVER);
    h->c = h->world.c;
    struct ctx on_house = { .arena = h->arena, .random = random_system(h->arena) };
    house_build(h, &on_house);
    house_furnish(h, h->c);
    succeeds(h->c, migrate_run(h->c, store_schema(), NULL));
    *state = h;
    return 0;
}

static inline int house_tear_down(void **state)
{
    struct house *h = *state;
    world_close(&h->world);
    place_drop(h->world.url);
    kv_close(h->kv);
    arena_end(h->arena);
    free(h);
    return 0;
}

#define HOUSE_TEST(name) cmocka_unit_test_setup_teardown(name, house_set_up, house_tear_down)

/* ---- crowds ---- */

/* What each of a crowd does; true counts as a win. */
typedef bool house_work(struct ctx *c, void *arg);

struct house_crowd {
    const struct house *house;
    house_work *work;
    void *arg;
};

static inline void house_member(struct ctx *c, struct crowd *crowd, size_t number)
{
    (void)number;
    const struct house_crowd *all = crowd->arg;
    house_furnish(all->house, c);
    if (all->work(c, all->arg))
        crowd->wins++;
}

/* Lets `threads` threads do `work` at once; how many of them won. */
static inline size_t house_crowd_run(struct house *h, size_t threads, house_work *work, void *arg)
{
    struct house_crowd all = { .house = h, .work = work, .arg = arg };
    return crowd_run(&h->world, threads, house_member, &all);
}

/* ---- people ---- */

/* A verified user with PASSWORD and the role `user` in the default tenant. */
static inline const char *person(struct ctx *c, const char *email)
{
    const char *id = NULL;
    const char *hash = NULL;
    enum role_outcome how = ROLE_UNKNOWN;
    OK(password_hash(c, PASSWORD, &hash));
    OK(user_add(c,
                &(struct user_new){ .email = email,
                                    .email_entered = email,
                                    .full_name = "Ada Lovelace",
                                    .password_hash = hash,
                                    .verified = true,
                                    .tenant_id = TENANT_DEFAULT_ID },
                &id));
    assert_non_null(id);
    OK(role_give(c, TENANT_DEFAULT_ID, id, "user", &how));
    assert_int_equal(how, ROLE_GIVEN);
    return id;
}

/* Whether `password` is the user's. */
static inline bool has_password(struct ctx *c, const char *user_id, const char *password)
{
    struct password_row row;
    bool matches = false;
    const char *rehash = NULL;
    OK(password_find(c, user_id, &row));
    if (row.hash != NULL)
        OK(password_verify(c, row.hash, password, &matches, &rehash));
    return matches;
}

static inline const struct user_row *user_called(struct ctx *c, const char *email)
{
    const struct user_row *user = NULL;
    OK(user_find_email(c, email, &user));
    return user;
}

/* A live session of the user, as a login makes them. */
static inline const char *session_of(struct ctx *c, const char *user_id)
{
    const char *sid = NULL;
    const char *amr[] = { "pwd" };
    OK(session_add(c,
                   &(struct session_new){ .user_id = user_id,
                                          .tenant_id = TENANT_DEFAULT_ID,
                                          .mode = SESSION_TOKEN,
                                          .idle = 3600,
                                          .absolute = 86400,
                                          .amr = { amr, 1 },
                                          .max = 100 },
                   &sid));
    return sid;
}

static inline bool session_lives(struct ctx *c, const char *sid)
{
    enum session_state found = SESSION_UNKNOWN;
    const struct session_row *row = NULL;
    OK(session_find_id(c, sid, &found, &row));
    return found == SESSION_LIVE;
}

/* ---- mails ---- */

/* Takes the mails that wait, oldest first. */
static inline struct outbox_rows mails_taken(struct ctx *c)
{
    struct outbox_rows rows;
    OK(outbox_claim(c, 100, 3600, &rows));
    for (size_t i = 0; i < rows.n; i++)
        OK(outbox_done(c, rows.at[i].id));
    return rows;
}

/* Takes the one mail that waits, to `recipient`; its text. */
static inline const char *mail_taken(struct ctx *c, const char *recipient)
{
    struct outbox_rows rows = mails_taken(c);
    const char *text = NULL;
    assert_int_equal(rows.n, 1);
    assert_string_equal(rows.at[0].recipient, recipient);
    OK(letter_open(c, &rows.at[0], &text));
    /* A copy, because gcc takes a text that came by way of its address for that address. */
    return text_copy(c->arena, text, strlen(text));
}

static inline size_t mails_waiting(struct ctx *c)
{
    int64_t waiting = 0;
    int64_t oldest = 0;
    OK(outbox_waiting(c, &waiting, &oldest));
    return (size_t)waiting;
}

/* The token of the link in the text of a mail. */
static inline const char *token_in(struct ctx *c, const char *text)
{
    const char *at = strstr(text, "?token=");
    assert_non_null(at);
    at += strlen("?token=");
    return text_copy(c->arena, at, strcspn(at, "\n"));
}

static inline const char *mailed_token(struct ctx *c, const char *recipient)
{
    return token_in(c, mail_taken(c, recipient));
}

/* An invitation into the default tenant; `actor_id` NULL: of a command. */
static inline RESULT invites(struct ctx *c, const char *email, const char *actor_id)
{
    const char *permissions[] = { "users:read" };
    const struct actor actor = { .user_id = actor_id,
                                 .tenant_id = TENANT_DEFAULT_ID,
                                 .permissions = { permissions, 1 },
                                 .permission = permissions[0] };
    const struct invitation_row *made = NULL;
    return invitation_make(c,
                           &(struct invitation_new){ .actor = actor_id == NULL ? NULL : &actor,
                                                     .tenant_id = TENANT_DEFAULT_ID,
                                                     .email = email },
                           &made);
}

/* ---- events ---- */

/* The events called `name`, newest first. */
static inline struct event_rows events_called(struct ctx *c, const char *name)
{
    struct event_rows rows;
    struct event_filter filter = { .name = name };
    OK(events_page(c, &filter, (struct page){ .limit = PAGE_MAX }, &rows));
    return rows;
}

/* The one event called `name`. */
static inline const struct event_row *event_called(struct ctx *c, const char *name)
{
    struct event_rows rows = events_called(c, name);
    assert_int_equal(rows.n, 1);
    assert_string_equal(rows.at[0].leaf_hash, audit_leaf(c->arena, &rows.at[0]));
    return &rows.at[0];
}

#endif
