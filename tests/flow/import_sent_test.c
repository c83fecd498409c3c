/* SPDX-License-Identifier: Apache-2.0 */
/*
 * People of other systems who are sent to the service unit by unit: each unit is taken over once or
 * not at all, and nobody gives by it what they do not have.
 */
#include "import_story.h"

#define IMPORTS "/admin/users/import?import=0123456789abcdef"

/* Somebody who operates the service. */
static struct client operator_of(struct world *w)
{
    (void)admin_person(w, TENANT_DEFAULT_ID, "operator@example.com", "admin");
    return admin_client_of(w, "operator@example.com");
}

/* A member of `t` with a role of their own that holds `permissions`. */
static struct client member_who_may(struct world *w, const struct admin_tenant *t,
                                    const char *permissions)
{
    admin_role_add(w, t->id, "importer", permissions);
    (void)admin_person(w, t->id, "importer@example.com", "importer");
    return admin_client_of(w, "importer@example.com");
}

/* What is done of the import, "1 0" if one is taken over and none left out; or the failure. */
static const char *counted(struct answer a)
{
    if (a.status != 200)
        return text_printf(a.w->arena, "%d %s", a.status, a.body);
    return text_printf(a.w->arena, "%s %s", answer_text(&a, "added"), answer_text(&a, "left_out"));
}

static struct answer begin(struct client *c, const char *more)
{
    struct answer a = client_post(c, text_printf(c->w->arena, IMPORTS "%s", more), "{}");
    assert_status(a, 200);
    return a;
}

static struct answer unit(struct client *c, int from, int to, const char *people)
{
    const char *target = text_printf(c->w->arena, IMPORTS "&from=%d&to=%d", from, to);
    return client_post(c, target, story_json(c->w, "{'people':[%s]}", people));
}

/* ---- units ---- */

static void a_unit_that_is_sent_twice_is_taken_over_once(void **state)
{
    struct world *w = *state;
    struct client c = operator_of(w);
    struct answer begun = begin(&c, "");
    assert_string_equal(answer_text(&begun, "position"), "0");
    const char *people = "{'email':'one@example.com'},{'email':'no address'}";
    struct answer first = unit(&c, 0, 40, people);
    assert_string_equal(counted(first), "1 1");
    struct answer again = unit(&c, 0, 40, people);
    assert_string_equal(again.body, first.body);
    assert_non_null(strstr(first.body, "record 2"));
    /* Neither a unit that leaves something out, nor one of before. */
    assert_problem(unit(&c, 50, 60, "{'email':'two@example.com'}"), 409, "conflict");
    assert_string_equal(counted(unit(&c, 40, 60, "{'email':'two@example.com'}")), "2 1");
    assert_problem(unit(&c, 0, 40, people), 409, "conflict");
    /* Who begins again is told where to go on. */
    struct answer on = begin(&c, "");
    assert_string_equal(answer_text(&on, "position"), "60");
    assert_string_equal(answer_text(&on, "records"), "3");
    assert_string_equal(answer_text(&on, "tail"), "");
}

static void a_unit_that_fails_leaves_nobody(void **state)
{
    struct world *w = *state;
    struct client c = operator_of(w);
    const char *people = "{'email':'one@example.com'},{'email':'two@example.com'}";
    assert_problem(unit(&c, 0, 10, people), 409, "conflict"); /* it has not begun */
    (void)begin(&c, "");
    story_does(w, db_run(world_ctx(w), "ALTER TABLE events RENAME TO away", NULL, 0, NULL));
    assert_int_equal(unit(&c, 0, 10, people).status / 100, 5);
    story_does(w, db_run(world_ctx(w), "ALTER TABLE away RENAME TO events", NULL, 0, NULL));
    assert_false(is_there(w, "one@example.com"));
    assert_status(client_post(&c, IMPORTS "&last=true", "{}"), 200);
    /* The import is over: what had been taken over before that was found is undone. */
    assert_problem(unit(&c, 0, 10, people), 409, "conflict");
    assert_false(is_there(w, "one@example.com"));
    (void)begin(&c, "");
    assert_string_equal(counted(unit(&c, 0, 10, people)), "2 0");
    assert_true(is_there(w, "two@example.com"));
}

static void a_dry_unit_leaves_nothing(void **state)
{
    struct world *w = *state;
    struct client c = operator_of(w);
    const char *people = "{'people':[{'email':'one@example.com'},{'email':'no address'}]}";
    struct answer a = client_post(&c, IMPORTS "&from=0&to=9&dry_run=true&number=100",
                                  story_json(w, "%s", people));
    assert_string_equal(counted(a), "1 1");
    assert_non_null(strstr(a.body, "record 102"));
    assert_false(is_there(w, "one@example.com"));
    assert_problem(unit(&c, 0, 9, ""), 409, "conflict");
}

static void records_keep_their_places(void **state)
{
    struct world *w = *state;
    struct client c = operator_of(w);
    (void)begin(&c, "");
    struct answer a = client_post(
        &c, IMPORTS "&from=0&to=9",
        story_json(w, "{'people':[{'email':'one@example.com'},{'email':'no address'}],'left_out':["
                      "{'place':0,'why':'It is no JSON.'},{'place':2,'field':'emial','why':'No.'}]"
                      "}"));
    assert_string_equal(counted(a), "1 3");
    const char *tail = answer_text(&a, "tail");
    assert_non_null(strstr(tail, "{\"where\":\"record 1\",\"left_out\":\"user\",\"why\":\"It is no "
                                 "JSON.\"}\n"));
    assert_non_null(strstr(tail, "\"record 3\",\"left_out\":\"user\",\"field\":\"emial\""));
    assert_non_null(strstr(tail, "\"record 4\",\"left_out\":\"user\",\"field\":\"email\""));
    static const char *const bad[] = {
        "{'left_out':[{'place':1,'why':'No.'}]}",
        "{'left_out':[{'place':1,'why':'No.'},{'place':0,'why':'No.'}]}",
        "{'left_out':[{'place':100,'why':'No.'}]}",
        "{'people':[{'email':'a@example.com','emial':'x'}]}",
        "{'people':[{'full_name':'Nobody'}]}",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_problem(client_post(&c, IMPORTS "&from=9&to=10", story_json(w, "%s", bad[i])), 400,
                       "invalid-field");
    assert_problem(unit(&c, 9, 9, "{'email':'a@example.com'}"), 400, "invalid-field");
}

/* CR-09: as from a file, hashes are looked at; who has a good one signs in. */
/* A client that is among the users of a realm is counted, and not spoken of. */
static void what_is_noted_is_reported_of_who_is_taken_over(void **state)
{
    struct world *w = *state;
    struct client c = operator_of(w);
    (void)begin(&c, "");
    struct answer a =
        client_post(&c, IMPORTS "&to=80&record=users",
                    story_json(w, "{'people':[{'email':'one@example.com'},{'email':'no address'}],"
                                  "'left_out':[{'place':0}],"
                                  "'notes':[{'place':1,'what':'role','why':'There is none.'},"
                                  "{'place':2,'what':'groups','why':'There are none.'}]}"));
    assert_string_equal(counted(a), "1 1");
    assert_string_equal(answer_text(&a, "records"), "3");
    const char *tail = answer_text(&a, "tail");
    assert_true(text_starts(tail, "{\"where\":\"users 2\",\"left_out\":\"role\",\"why\":\"There "
                                  "is none.\"}\n{\"where\":\"users 3\",\"left_out\":\"user\""));
    assert_null(strstr(tail, "groups"));
    assert_problem(client_post(&c, IMPORTS "&from=80&to=90",
                               story_json(w, "{'people':[{'email':'two@example.com'}],'notes':["
                                             "{'place':1,'what':'role','why':'No.'}]}")),
                   400, "invalid-field");
}

static void hashes_are_judged_as_in_a_file(void **state)
{
    struct world *w = *state;
    struct client c = operator_of(w);
    const char *hash = stored_hash(w, "operator@example.com");
    const char *dear = "{'email':'dear@example.com','password_hash':"
                       "'$argon2id$v=19$m=4194304,t=3,p=1$c2FsdHNhbHRzYWx0$"
                       "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'}";
    const char *people =
        text_printf(w->arena, "{'email':'one@example.com','password_hash':'%s'},%s", hash, dear);
    (void)begin(&c, "");
    struct answer a = unit(&c, 0, 10, people);
    assert_string_equal(counted(a), "1 1");
    assert_non_null(strstr(answer_text(&a, "tail"), "\"field\":\"password_hash\""));
    struct client one = client_new(w);
    assert_status(story_login(&one, "one@example.com", ""), 200);
    assert_false(is_there(w, "dear@example.com"));
    (void)begin(&c, "&drop_bad_passwords=true");
    a = client_post(&c, IMPORTS "&from=0&to=10&drop_bad_passwords=true",
                    story_json(w, "{'people':[%s]}", dear));
    assert_string_equal(counted(a), "1 0");
    assert_null(stored_hash(w, "dear@example.com"));
}

/* What the report of a file says is what is answered for the same people. */
static void the_report_is_that_of_a_file(void **state)
{
    struct world *w = *state;
    struct client c = operator_of(w);
    struct import_order order = lines(w, "{'email':'one@example.com','roles':['nosuch']}\n"
                                         "{'email':'no address'}\n"
                                         "{'email':'operator@example.com'}\n"
                                         "{'email':'two@example.com','tenant':'nowhere'}\n"
                                         "{'email':'three@example.com','password_hash':'plain'}\n");
    order.report = report_new(w);
    order.dry_run = true;
    assert_int_equal(import(w, order).left_out, 5);
    (void)begin(&c, "");
    struct answer a = unit(&c, 0, 10,
                           "{'email':'one@example.com','roles':['nosuch']},"
                           "{'email':'no address'},"
                           "{'email':'operator@example.com'},"
                           "{'email':'two@example.com','tenant':'nowhere'},"
                           "{'email':'three@example.com','password_hash':'plain'}");
    assert_string_equal(counted(a), "0 5");
    assert_string_equal(answer_text(&a, "tail"), report_text(w, order.report));
    (void)close(order.report);
}

/* ---- who may ---- */

static void who_may_not_import_is_refused(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *t = admin_tenant(w, "acme");
    const char *id = NULL;
    (void)admin_person(w, t->id, "mod@example.com", "moderator");
    struct client c = admin_client_of(w, "mod@example.com");
    assert_problem(unit(&c, 0, 10, "{'email':'one@example.com'}"), 403, "insufficient-scope");
    c.token = admin_api_key(w, t->id, t->admin, "users:import", &id);
    assert_problem(unit(&c, 0, 10, "{'email':'one@example.com'}"), 403, "forbidden");
    c = client_new(w);
    assert_status(unit(&c, 0, 10, "{'email':'one@example.com'}"), 401);
    /* Nor does an old sign-in do. */
    c = admin_client_of(w, t->admin_email);
    (void)begin(&c, "");
    world_pass(w, RECENT_SECONDS + 1);
    assert_problem(unit(&c, 0, 10, "{'email':'one@example.com'}"), 401, "step-up-required");
    assert_false(is_there(w, "one@example.com"));
}

/* AZ-04: roles that go beyond what the sender has are given to nobody. */
static void who_would_get_more_than_the_sender_has_is_left_out(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *t = admin_tenant(w, "acme");
    struct client c = member_who_may(w, t, "users:import users:list users:write");
    (void)begin(&c, "");
    struct answer a = unit(&c, 0, 10,
                           "{'email':'one@example.com','roles':['moderator']},"
                           "{'email':'two@example.com','roles':['user']}");
    assert_string_equal(counted(a), "1 1");
    assert_non_null(
        strstr(answer_text(&a, "tail"), "what they do not have themselves: roles:assign"));
    assert_false(is_there(w, "one@example.com"));
    assert_true(is_there(w, "two@example.com"));
}

static void nor_with_the_right_to_give_roles(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *t = admin_tenant(w, "acme");
    struct client c =
        member_who_may(w, t, "users:import users:list users:write users:read roles:assign");
    (void)begin(&c, "");
    struct answer a = unit(&c, 0, 10,
                           "{'email':'one@example.com','roles':['moderator']},"
                           "{'email':'two@example.com','roles':['admin']}");
    assert_string_equal(counted(a), "1 1");
    assert_non_null(strstr(answer_text(&a, "tail"), "what they do not have themselves: admin:*"));
    assert_true(is_there(w, "one@example.com"));
    assert_false(is_there(w, "two@example.com"));
}

/* AZ-01: tenants of others are as absent as what is none. */
static void other_tenants_are_reached_by_operators_only(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *t = admin_tenant(w, "acme");
    (void)admin_tenant(w, "other");
    struct client c = admin_client_of(w, t->admin_email);
    const char *people =
        "{'email':'one@example.com','tenant':'other'},"
        "{'email':'two@example.com','tenant':'nowhere'},"
        "{'email':'three@example.com','tenant':'acme'},{'email':'four@example.com'}";
    assert_problem(client_post(&c, IMPORTS "&tenant=other", "{}"), 400, "invalid-field");
    (void)begin(&c, "");
    struct answer a = unit(&c, 0, 10, people);
    assert_string_equal(counted(a), "2 2");
    const char *tail = answer_text(&a, "tail");
    assert_non_null(strstr(tail, "record 1\",\"left_out\":\"user\",\"field\":\"tenant\",\"why\":"
                                 "\"There is no such tenant.\""));
    assert_non_null(strstr(tail, "record 2\",\"left_out\":\"user\",\"field\":\"tenant\",\"why\":"
                                 "\"There is no such tenant.\""));
    const struct user_row *user = NULL;
    story_does(w, people_find(world_ctx(w), "four@example.com", &user));
    assert_string_equal(user->default_tenant_id, t->id);
    /* The same name of another sender is another import. */
    struct client ops = operator_of(w);
    struct answer begun = begin(&ops, "");
    assert_string_equal(answer_text(&begun, "position"), "0");
    assert_string_equal(counted(unit(&ops, 0, 10, people)), "1 3");
    story_does(w, people_find(world_ctx(w), "one@example.com", &user));
    assert_string_not_equal(user->default_tenant_id, TENANT_DEFAULT_ID);
}

/* AU-01: each of the people and each unit is in the audit, with who did it. */
static void what_was_sent_is_in_the_audit(void **state)
{
    struct world *w = *state;
    struct client c = operator_of(w);
    (void)begin(&c, "");
    assert_string_equal(
        counted(unit(&c, 0, 10, "{'email':'one@example.com'},{'email':'no address'}")), "1 1");
    struct answer a = client_get(&c, "/admin/audit?name=users.imported");
    assert_non_null(strstr(a.body, "\"added\":\"1\",\"left_out\":\"1\""));
    assert_non_null(strstr(a.body, "\"actor_id\""));
    a = client_get(&c, "/admin/audit?name=user.created");
    assert_non_null(strstr(a.body, "\"actor_id\""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(a_unit_that_is_sent_twice_is_taken_over_once),
        STORY(a_unit_that_fails_leaves_nobody),
        STORY(a_dry_unit_leaves_nothing),
        STORY(records_keep_their_places),
        STORY(what_is_noted_is_reported_of_who_is_taken_over),
        STORY(hashes_are_judged_as_in_a_file),
        STORY(the_report_is_that_of_a_file),
        STORY(who_may_not_import_is_refused),
        STORY(who_would_get_more_than_the_sender_has_is_left_out),
        STORY(nor_with_the_right_to_give_roles),
        STORY(other_tenants_are_reached_by_operators_only),
        STORY(what_was_sent_is_in_the_audit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
