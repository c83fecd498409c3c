/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rest of one's account: profile, export, erasure.
 */
#include "identity/account.h"

#include "base/json.h"
#include "identity/people.h"
#include "store/devices.h"
#include "store/identities.h"
#include "tests/unit/identity/identity_testing.h"

#define NO_ID "0190a1b2-0000-7000-8000-000000000000"

static struct house *house_of(void **state)
{
    return *state;
}

/* ---- the profile ---- */

static void a_name_is_changed(void **state)
{
    struct ctx *c = house_of(state)->c;
    const char *id = person(c, EMAIL);
    const struct user_row *user = NULL;
    OK(account_update(c, id, &(struct account_profile){ .full_name = "Ada King" }, &user));
    assert_string_equal(user->full_name, "Ada King");
    assert_string_equal(user->id, id);
    assert_string_equal(event_called(c, "user.updated")->user_id, id);
    OK(account_update(c, id, &(struct account_profile){ .full_name = NULL }, &user));
    assert_string_equal(user->full_name, "Ada King");
    assert_int_equal(events_called(c, "user.updated").n, 1);
}

static void a_bad_name_and_a_user_who_is_gone_are_refused(void **state)
{
    struct ctx *c = house_of(state)->c;
    const char *id = person(c, EMAIL);
    const struct user_row *user = NULL;
    bool found = false;
    REFUSED(account_update(c, id, &(struct account_profile){ .full_name = "" }, &user),
            INVALID_FIELD);
    REFUSED(account_update(c, id, &(struct account_profile){ .full_name = "Ada\r\nBcc: x" }, &user),
            INVALID_FIELD);
    REFUSED(account_update(c, NO_ID, &(struct account_profile){ .full_name = "Ada" }, &user),
            NOT_FOUND);
    REFUSED(account_update(c, NO_ID, &(struct account_profile){ .full_name = NULL }, &user),
            NOT_FOUND);
    REFUSED(account_find(c, NO_ID, &user), NOT_FOUND);
    OK(user_delete(c, id, &found));
    REFUSED(account_update(c, id, &(struct account_profile){ .full_name = "Ada" }, &user),
            NOT_FOUND);
    OK(account_find(c, id, &user));
    assert_int_equal(user->status, USER_DELETED);
    assert_int_equal(events_called(c, "user.updated").n, 0);
}

/* ---- export ---- */

/* Whether `json` is well formed. */
static bool is_json(struct ctx *c, const char *json)
{
    struct json j = json_open(c->arena, bytes_of(json));
    struct json_value value;
    return json_value(&j, &value) && json_skip(&j, &value) && json_done(&j);
}

static void furnish(struct ctx *c, const char *id)
{
    const char *made = NULL;
    (void)session_of(c, id);
    OK(device_add(c, id, "device hash", c->now + 1000, &made));
    OK(identity_add(c,
                    &(struct identity_row){ .provider = "entra",
                                            .issuer = "https://issuer.example",
                                            .subject = "subject-7",
                                            .user_id = id },
                    &made));
    OK(audit_add(c, &(struct audit){ .event = AUDIT_EMAIL_CHANGED,
                                     .user_id = id,
                                     .personal = { { "old", "before@example.com" } } }));
}

/* AZ-16: everything of the user's own, and nothing of anybody else's, and no secret */
static void an_export_has_everything_of_ones_own(void **state)
{
    struct ctx *c = house_of(state)->c;
    const char *id = person(c, EMAIL);
    const char *other = person(c, "bob@example.com");
    furnish(c, id);
    OK(audit_add(c, &(struct audit){ .event = AUDIT_LOGOUT, .user_id = other }));
    const char *json = NULL;
    OK(account_export(c, id, &json));
    assert_true(is_json(c, json));
    static const char *const there[] = {
        "\"email\":\"" EMAIL "\"",
        "\"full_name\":\"Ada Lovelace\"",
        "\"roles\":[\"user\"]",
        "\"permissions\":[\"users:read\"]",
        "\"sid\":",
        "\"user_agent\":\"Mozilla/5.0 (test)\"",
        "subject-7",
        "before@example.com",
        "\"user.exported\"",
        "\"address\":\"192.0.2.7\"",
        "\"events_complete\":true",
        "\"slug\":\"default\"",
    };
    for (size_t i = 0; i < sizeof there / sizeof *there; i++) {
        if (strstr(json, there[i]) == NULL)
            fail_msg("%s", there[i]);
    }
    assert_null(strstr(json, "argon2id"));
    assert_null(strstr(json, "device hash"));
    assert_null(strstr(json, "bob@example.com"));
    assert_null(strstr(json, "\"logout\""));
    REFUSED(account_export(c, NO_ID, &json), NOT_FOUND);
    assert_int_equal(events_called(c, "user.exported").n, 1);
}

/* I15: however much there is, an export stays within its bounds and says what it leaves out */
static void a_long_history_is_exported_in_full(void **state)
{
    struct ctx *c = house_of(state)->c;
    const char *id = person(c, EMAIL);
    struct arena_mark mark = arena_mark(c->arena);
    for (int i = 0; i < 1200; i++) {
        OK(audit_add(c, &(struct audit){ .event = AUDIT_LOGOUT, .user_id = id }));
        arena_rewind(c->arena, mark);
    }
    const char *json = NULL;
    OK(account_export(c, id, &json));
    assert_false(arena_over(c->arena));
    assert_non_null(strstr(json, "\"events_complete\":true"));
    size_t n = 0;
    for (const char *at = strstr(json, "\"logout\""); at != NULL; at = strstr(at + 1, "\"logout\""))
        n++;
    assert_int_equal(n, 1200);
}

/* ---- erasure ---- */

static void an_erased_account_leaves_its_id_only(void **state)
{
    struct ctx *c = house_of(state)->c;
    const char *id = person(c, EMAIL);
    const char *sid = session_of(c, id);
    furnish(c, id);
    OK(account_erase(c, id, PASSWORD));
    assert_null(user_called(c, EMAIL));
    assert_false(session_lives(c, sid));
    const struct user_row *user = NULL;
    OK(account_find(c, id, &user));
    assert_int_equal(user->status, USER_DELETED);
    assert_null(user->email);
    /* The last mail is not erased with the others. */
    assert_non_null(strstr(mail_taken(c, EMAIL), "erased"));
    struct audit_personal personal;
    OK(audit_open(c, event_called(c, "user.deleted"), &personal));
    assert_true(personal.erased);
}

/* AZ-16, PR-11: with the password only */
static void erasing_needs_the_password(void **state)
{
    struct ctx *c = house_of(state)->c;
    const char *id = person(c, EMAIL);
    REFUSED(account_erase(c, id, OTHER_PASSWORD), INVALID_CREDENTIALS);
    REFUSED(account_erase(c, id, ""), INVALID_CREDENTIALS);
    REFUSED(account_erase(c, NO_ID, PASSWORD), INVALID_CREDENTIALS);
    assert_non_null(user_called(c, EMAIL));
    assert_int_equal(mails_waiting(c), 0);
    assert_int_equal(events_called(c, "user.deleted").n, 0);
}

/* AZ-15: the last administrator does not go; with another one they may */
static void the_last_administrator_stays(void **state)
{
    struct ctx *c = house_of(state)->c;
    const char *id = person(c, EMAIL);
    const char *bob = person(c, "bob@example.com");
    OK(people_give_role(c, id, "admin", NULL));
    REFUSED(account_erase(c, id, PASSWORD), CONFLICT);
    assert_non_null(user_called(c, EMAIL));
    OK(people_give_role(c, bob, "admin", NULL));
    OK(people_set_status(c, bob, USER_DISABLED, id));
    REFUSED(account_erase(c, id, PASSWORD), CONFLICT);
    OK(people_set_status(c, bob, USER_ACTIVE, id));
    OK(account_erase(c, id, PASSWORD));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HOUSE_TEST(a_name_is_changed),
        HOUSE_TEST(a_bad_name_and_a_user_who_is_gone_are_refused),
        HOUSE_TEST(an_export_has_everything_of_ones_own),
        HOUSE_TEST(a_long_history_is_exported_in_full),
        HOUSE_TEST(an_erased_account_leaves_its_id_only),
        HOUSE_TEST(erasing_needs_the_password),
        HOUSE_TEST(the_last_administrator_stays),
    };
    return cmocka_run_group_tests_name("identity/account", tests, NULL, NULL);
}
