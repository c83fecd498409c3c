/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/audit.h"

#include "base/codec.h"
#include "crypto/digest.h"
#include "tests/unit/identity/identity_testing.h"

static struct ctx *ctx_of(void **state)
{
    return ((struct house *)*state)->c;
}

static struct audit_personal opened(struct ctx *c, const struct event_row *row)
{
    struct audit_personal personal;
    OK(audit_open(c, row, &personal));
    return personal;
}

static void an_event_tells_what_happened_to_whom(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *id = person(c, EMAIL);
    const char *actor = person(c, "actor@example.com");
    c->origin.client_id = "client";
    c->origin.correlation_id = "trace";
    OK(audit_add(c, &(struct audit){ .event = AUDIT_LOGIN_FAILED,
                                     .refused = true,
                                     .user_id = id,
                                     .actor_id = actor,
                                     .tenant_id = "tenant",
                                     .session_id = "session",
                                     .details = { { "method", "pwd" }, { "none", NULL } },
                                     .personal = { { "email", EMAIL } } }));
    const struct event_row *row = event_called(c, "login.failed");
    assert_string_equal(row->outcome, "refused");
    assert_string_equal(row->user_id, id);
    assert_string_equal(row->actor_id, actor);
    assert_string_equal(row->tenant_id, "tenant");
    assert_string_equal(row->session_id, "session");
    assert_string_equal(row->client_id, "client");
    assert_string_equal(row->correlation_id, "trace");
    assert_string_equal(row->request_id, c->request_id);
    assert_int_equal(row->at, c->now);
    assert_string_equal(row->detail, "{\"method\":\"pwd\"}");
    struct audit_personal personal = opened(c, row);
    assert_string_equal(personal.address, "192.0.2.7");
    assert_string_equal(personal.user_agent, "Mozilla/5.0 (test)");
    assert_string_equal(personal.more, "{\"email\":\"" EMAIL "\"}");
    assert_false(personal.erased);
}

static void what_tells_about_a_person_is_sealed(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *ids[] = { person(c, EMAIL), NULL };
    for (size_t i = 0; i < 2; i++) {
        OK(audit_add(c, &(struct audit){ .event = AUDIT_LOGOUT, .user_id = ids[i] }));
        const struct event_row *row = &events_called(c, "logout").at[0];
        assert_null(strstr(row->sealed, "192.0.2.7"));
        assert_null(row->detail);
        assert_string_equal(opened(c, row).address, "192.0.2.7");
    }
}

static void an_event_without_anything_personal_seals_nothing(void **state)
{
    struct ctx *c = ctx_of(state);
    c->origin = (struct origin){ 0 };
    OK(audit_add(c, &(struct audit){ .event = AUDIT_KEY_ROTATED }));
    const struct event_row *row = event_called(c, "key.rotated");
    assert_null(row->sealed);
    assert_null(opened(c, row).address);
    assert_string_equal(row->outcome, "done");
}

static void sealed_fields_do_not_open_in_another_event(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *id = person(c, EMAIL);
    OK(audit_add(c, &(struct audit){ .event = AUDIT_LOGOUT, .user_id = id }));
    OK(audit_add(c, &(struct audit){ .event = AUDIT_LOGOUT_ALL, .user_id = id }));
    struct event_row row = *event_called(c, "logout");
    struct audit_personal personal;
    row.sealed = event_called(c, "logout.all")->sealed;
    REFUSED(audit_open(c, &row, &personal), INTERNAL);
}

/* decision 35: erasing a user destroys the key, and the leaf stays true */
static void erasure_makes_them_unreadable_and_the_leaf_stays_true(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *id = person(c, EMAIL);
    bool found = false;
    OK(audit_add(c, &(struct audit){ .event = AUDIT_LOGOUT, .user_id = id }));
    OK(user_delete(c, id, &found));
    assert_true(found);
    struct audit_personal personal = opened(c, event_called(c, "logout"));
    assert_true(personal.erased);
    assert_null(personal.address);
    /* A later event of the erased user makes no new key. */
    OK(audit_add(c, &(struct audit){ .event = AUDIT_LOGOUT_ALL, .user_id = id }));
    assert_null(event_called(c, "logout.all")->sealed);
}

static const struct event_row *reset_by_admin(struct ctx *c, const char *user, const char *admin)
{
    OK(audit_add(c, &(struct audit){ .event = AUDIT_MFA_DISABLED,
                                     .user_id = user,
                                     .actor_id = admin,
                                     .personal = { { "email", EMAIL } } }));
    return &events_called(c, "mfa.disabled").at[0];
}

/* What is personal goes with whose it is: the address of who did it is not of whom it is about. */
static void what_tells_of_the_actor_goes_with_the_actor(void **state)
{
    struct ctx *c = ctx_of(state);
    bool found = false;
    for (int erase_actor = 0; erase_actor < 2; erase_actor++) {
        const char *user = person(c, erase_actor ? "u1@example.com" : "u2@example.com");
        const char *admin = person(c, erase_actor ? "a1@example.com" : "a2@example.com");
        const struct event_row *row = reset_by_admin(c, user, admin);
        const char *plain = NULL;
        const char *key = NULL;
        const char *again = NULL;
        struct audit_personal personal = opened(c, row);
        assert_string_equal(personal.address, "192.0.2.7");
        assert_non_null(strstr(personal.more, EMAIL));
        OK(audit_disclose(c, row, &plain, &key));
        OK(audit_open_disclosed(c, row, key, &again));
        assert_string_equal(plain, again);
        OK(user_delete(c, erase_actor ? admin : user, &found));
        personal = opened(c, row);
        assert_true(personal.erased);
        assert_true((personal.address == NULL) == (erase_actor == 1));
        assert_true((personal.more == NULL) == (erase_actor == 0));
        OK(audit_disclose(c, row, &plain, &key));
        OK(audit_open_disclosed(c, row, key, &again));
        assert_string_equal(plain, again);
        c->now++;
    }
    /* Nobody is the subject: it is the actor's all the same. */
    const char *admin = person(c, "a3@example.com");
    OK(audit_add(c, &(struct audit){ .event = AUDIT_KEY_ROTATED, .actor_id = admin }));
    const struct event_row *row = event_called(c, "key.rotated");
    assert_string_equal(opened(c, row).address, "192.0.2.7");
    OK(user_delete(c, admin, &found));
    assert_null(opened(c, row).address);
}

/* A part under a key that is not its own, or without one, opens nothing. */
static void disclosed_keys_open_their_own_part_only(void **state)
{
    struct ctx *c = ctx_of(state);
    const struct event_row *row = reset_by_admin(c, person(c, EMAIL), person(c, "a@example.com"));
    const char *plain = NULL;
    const char *key = NULL;
    OK(audit_disclose(c, row, &plain, &key));
    struct texts keys = text_split(c->arena, key, ' ');
    assert_int_equal(keys.n, 2);
    const char *const bad[] = {
        text_printf(c->arena, "%s %s", keys.at[1], keys.at[0]),   keys.at[0], "- -", "", "x y",
        text_printf(c->arena, "%s %s -", keys.at[0], keys.at[1]),
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        REFUSED(audit_open_disclosed(c, row, bad[i], &plain), INVALID_REQUEST);
    OK(audit_open_disclosed(c, row, text_printf(c->arena, "- %s", keys.at[1]), &plain));
    assert_null(strstr(plain, EMAIL));
}

/* AU-05: what was typed for an unknown user is there as a keyed hash only */
static void an_identifier_is_kept_as_a_keyed_hash(void **state)
{
    struct ctx *c = ctx_of(state);
    static const char *const typed[] = { "Secret-Passw0rd", "ADA@example.com", "ada@EXAMPLE.com" };
    const char *details[3];
    for (size_t i = 0; i < 3; i++) {
        OK(audit_add(c, &(struct audit){ .event = AUDIT_LOGIN_FAILED, .identifier = typed[i] }));
        const struct event_row *row = &events_called(c, "login.failed").at[0];
        details[i] = row->detail;
        assert_true(text_starts(row->detail, "{\"identifier\":\""));
        assert_null(strstr(row->detail, "Secret"));
        assert_null(strstr(row->detail, "xample"));
        c->now++;
    }
    assert_string_equal(details[1], details[2]);
    assert_string_not_equal(details[0], details[1]);
    uint8_t plain[DIGEST_SHA256];
    sha256(bytes_of("ada@example.com"), plain);
    assert_null(strstr(details[1], base64url_encode(c->arena, (struct bytes){ plain, 32 })));
}

/* AU-09, IN-05: what a browser calls itself cannot break the record, nor grow it */
static void a_strange_user_agent_is_made_readable(void **state)
{
    struct ctx *c = ctx_of(state);
    char agent[2000];
    memset(agent, 'x', sizeof agent);
    agent[0] = '\n';
    agent[1] = '\xff';
    agent[2] = '"';
    agent[sizeof agent - 1] = '\0';
    c->origin.user_agent = agent;
    OK(audit_add(c, &(struct audit){ .event = AUDIT_LOGOUT }));
    const char *kept = opened(c, event_called(c, "logout")).user_agent;
    assert_int_equal(strlen(kept), 512);
    assert_memory_equal(kept, "\n?\"xxx", 6);
}

static void the_leaf_covers_every_field(void **state)
{
    struct ctx *c = ctx_of(state);
    struct event_row row = { .id = "i",
                             .name = "n",
                             .at = 1,
                             .outcome = "done",
                             .tenant_id = "t",
                             .user_id = "u",
                             .actor_id = "a",
                             .client_id = "c",
                             .session_id = "s",
                             .request_id = "r",
                             .correlation_id = "k",
                             .detail = "d",
                             .sealed = "x",
                             .leaf_hash = "l" };
    const char *leaf = audit_leaf(c->arena, &row);
    const char **fields[] = { &row.id,         &row.name,           &row.outcome,   &row.tenant_id,
                              &row.user_id,    &row.actor_id,       &row.client_id, &row.session_id,
                              &row.request_id, &row.correlation_id, &row.detail,    &row.sealed };
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        const char *before = *fields[i];
        *fields[i] = "other";
        assert_string_not_equal(audit_leaf(c->arena, &row), leaf);
        *fields[i] = before;
    }
    row.at = 2;
    assert_string_not_equal(audit_leaf(c->arena, &row), leaf);
    row.at = 1;
    row.leaf_hash = "other";
    assert_string_equal(audit_leaf(c->arena, &row), leaf);
}

static RESULT event_then_failure(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    (void)arg;
    TRY(audit_add(c, &(struct audit){ .event = AUDIT_LOGOUT, .user_id = "u" }));
    return fail_at(c, ERR_CONFLICT, __FILE__, __LINE__, "the change was refused");
}

/* AU-04: an event goes with its change */
static void an_event_goes_with_the_transaction_of_its_change(void **state)
{
    struct ctx *c = ctx_of(state);
    REFUSED(db_atomically(c, event_then_failure, NULL), CONFLICT);
    assert_int_equal(events_called(c, "logout").n, 0);
}

/* AU-02: each event has a name of its own and says what happened */
static void every_event_has_a_name_of_its_own(void **state)
{
    (void)state;
    size_t n = 0;
    const struct audit_row *rows = audit_rows(&n);
    assert_int_equal(n, AUDIT_EVENTS);
    for (size_t i = 0; i < n; i++) {
        assert_true(strlen(rows[i].summary) > 0);
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(rows[i].text, rows[j].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HOUSE_TEST(an_event_tells_what_happened_to_whom),
        HOUSE_TEST(what_tells_about_a_person_is_sealed),
        HOUSE_TEST(an_event_without_anything_personal_seals_nothing),
        HOUSE_TEST(sealed_fields_do_not_open_in_another_event),
        HOUSE_TEST(erasure_makes_them_unreadable_and_the_leaf_stays_true),
        HOUSE_TEST(what_tells_of_the_actor_goes_with_the_actor),
        HOUSE_TEST(disclosed_keys_open_their_own_part_only),
        HOUSE_TEST(an_identifier_is_kept_as_a_keyed_hash),
        HOUSE_TEST(a_strange_user_agent_is_made_readable),
        HOUSE_TEST(the_leaf_covers_every_field),
        HOUSE_TEST(an_event_goes_with_the_transaction_of_its_change),
        HOUSE_TEST(every_event_has_a_name_of_its_own),
    };
    return cmocka_run_group_tests_name("identity/audit", tests, NULL, NULL);
}
