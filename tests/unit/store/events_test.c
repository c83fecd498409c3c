/* SPDX-License-Identifier: Apache-2.0 */
#include "store/events.h"

#include "base/random.h"
#include "grants_testing.h"

/* One of now, with what is not given filled in; yields its id. */
static const char *event_made(struct ctx *c, struct event_row event)
{
    event.id = random_uuid(c);
    event.name = event.name == NULL ? "login" : event.name;
    event.outcome = "done";
    event.leaf_hash = "leaf";
    OK(event_append(c, &event));
    return event.id;
}

static struct event_rows found(struct ctx *c, struct event_filter filter)
{
    struct event_rows rows;
    OK(events_page(c, &filter, (struct page){ .limit = 10 }, &rows));
    return rows;
}

static void what_happened_is_told_as_it_was_written(void **state)
{
    struct ctx *c = ctx_of(state);
    const struct event_row event = { .id = random_uuid(c),
                                     .name = "login",
                                     .at = 1,
                                     .outcome = "refused",
                                     .tenant_id = "tenant",
                                     .user_id = "user",
                                     .actor_id = "actor",
                                     .client_id = "client",
                                     .session_id = "session",
                                     .request_id = "request",
                                     .correlation_id = "correlation",
                                     .detail = "{}",
                                     .sealed = "sealed",
                                     .leaf_hash = "leaf" };
    OK(event_append(c, &event));
    struct event_rows rows = found(c, (struct event_filter){ 0 });
    assert_int_equal(rows.n, 1);
    const struct event_row *row = rows.at;
    assert_string_equal(row->id, event.id);
    assert_string_equal(row->name, "login");
    assert_int_equal(row->at, c->now);
    assert_string_equal(row->outcome, "refused");
    assert_string_equal(row->tenant_id, "tenant");
    assert_string_equal(row->user_id, "user");
    assert_string_equal(row->actor_id, "actor");
    assert_string_equal(row->client_id, "client");
    assert_string_equal(row->session_id, "session");
    assert_string_equal(row->request_id, "request");
    assert_string_equal(row->correlation_id, "correlation");
    assert_string_equal(row->detail, "{}");
    assert_string_equal(row->sealed, "sealed");
    assert_string_equal(row->leaf_hash, "leaf");
    REFUSED(event_append(c, &event), CONFLICT);
}

static void what_is_unknown_is_null(void **state)
{
    struct ctx *c = ctx_of(state);
    (void)event_made(c, (struct event_row){ 0 });
    const struct event_row *row = found(c, (struct event_filter){ 0 }).at;
    assert_null(row->tenant_id);
    assert_null(row->user_id);
    assert_null(row->sealed);
    assert_null(row->detail);
}

static void a_filter_narrows(void **state)
{
    struct ctx *c = ctx_of(state);
    int64_t begun = c->now;
    (void)event_made(c, (struct event_row){ .user_id = "ada", .tenant_id = "acme" });
    c->now++;
    (void)event_made(c, (struct event_row){ .user_id = "ada", .tenant_id = "home" });
    c->now++;
    (void)event_made(c, (struct event_row){ .user_id = "bob", .tenant_id = "acme" });
    c->now++;
    (void)event_made(c, (struct event_row){ .name = "start" });
    assert_int_equal(found(c, (struct event_filter){ 0 }).n, 4);
    assert_int_equal(found(c, (struct event_filter){ .user_id = "ada" }).n, 2);
    assert_int_equal(found(c, (struct event_filter){ .tenant_id = "acme" }).n, 2);
    assert_int_equal(found(c, (struct event_filter){ .user_id = "ada", .tenant_id = "acme" }).n, 1);
    assert_int_equal(found(c, (struct event_filter){ .name = "start" }).n, 1);
    assert_int_equal(found(c, (struct event_filter){ .user_id = "bob", .name = "start" }).n, 0);
    assert_int_equal(found(c, (struct event_filter){ .tenant_id = "acme", .name = "login" }).n, 2);
    assert_int_equal(found(c, (struct event_filter){ .since = begun + 2 }).n, 2);
    assert_int_equal(found(c, (struct event_filter){ .until = begun }).n, 1);
    assert_int_equal(found(c, (struct event_filter){ .since = begun + 1, .until = begun + 1 }).n,
                     1);
    assert_int_equal(found(c, (struct event_filter){ .user_id = "nobody" }).n, 0);
}

static void events_come_newest_first_in_pages(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *ids[5];
    for (int i = 0; i < 5; i++) {
        c->now++;
        ids[i] = event_made(c, (struct event_row){ .user_id = "ada" });
    }
    struct event_rows rows;
    const struct event_filter filter = { .user_id = "ada" };
    OK(events_page(c, &filter, (struct page){ .limit = 3 }, &rows));
    assert_int_equal(rows.n, 3);
    assert_string_equal(rows.at[0].id, ids[4]);
    assert_string_equal(rows.at[2].id, ids[2]);
    OK(events_page(c, &filter, (struct page){ .after = ids[2], .limit = 3 }, &rows));
    assert_int_equal(rows.n, 2);
    assert_string_equal(rows.at[0].id, ids[1]);
    OK(events_page(c, &filter, (struct page){ .after = ids[0], .limit = 3 }, &rows));
    assert_int_equal(rows.n, 0);
}

/* ---- with the change ---- */

static RESULT rename_and_tell(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    enum tenant_outcome how = TENANT_UNKNOWN;
    const struct tenant_row new = { .id = TENANT_DEFAULT_ID, .slug = "default", .name = "New" };
    TRY(tenant_update(c, &new, &how));
    return event_append(c, arg);
}

static const char *default_name(struct ctx *c)
{
    const struct tenant_row *row = NULL;
    OK(tenant_find(c, TENANT_DEFAULT_ID, &row));
    return row->name;
}

/* AU-04: when the audit cannot be written, what it tells of has not happened. */
static void a_change_without_its_event_does_not_happen(void **state)
{
    struct ctx *c = ctx_of(state);
    struct event_row event = { .name = "renamed", .outcome = "done", .leaf_hash = "leaf" };
    event.id = event_made(c, (struct event_row){ 0 });
    REFUSED(db_atomically(c, rename_and_tell, &event), CONFLICT);
    assert_string_equal(default_name(c), "Default");
    event.id = random_uuid(c);
    OK(db_atomically(c, rename_and_tell, &event));
    assert_string_equal(default_name(c), "New");
    assert_int_equal(found(c, (struct event_filter){ .name = "renamed" }).n, 1);
}

static RESULT rotate_and_tell(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct refresh_use_new use = use_of(c, arg, "next");
    struct refresh_use_found found;
    TRY(refresh_token_rotate(c, &use, &found));
    assert_int_equal(found.how, REFRESH_REUSED);
    return event_append(
        c, &(struct event_row){
               .id = random_uuid(c), .name = "reused", .outcome = "refused", .leaf_hash = "leaf" });
}

/* AU-04: reuse of a refresh token revokes, and is told, in one transaction. */
static void the_end_of_a_family_is_told_with_it(void **state)
{
    struct ctx *c = ctx_of(state);
    struct signed_in ada = signed_in(c, "ada@example.org");
    assert_int_equal(rotated(c, ada.token, "second"), REFRESH_DONE);
    c->now += GRACE;
    char token[80];
    (void)snprintf(token, sizeof token, "%s", ada.token);
    OK(db_atomically(c, rotate_and_tell, token));
    assert_false(is_live(c, ada.authorization_id));
    assert_int_equal(found(c, (struct event_filter){ .name = "reused" }).n, 1);
}

/* ---- keys of personal fields ---- */

static void a_user_has_one_audit_key(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *ada = user_made(c, "ada@example.org");
    const char *key = "";
    OK(audit_key_find(c, ada, &key));
    assert_null(key);
    OK(audit_key_add(c, ada, "first", &key));
    assert_string_equal(key, "first");
    OK(audit_key_add(c, ada, "second", &key));
    assert_string_equal(key, "first");
    OK(audit_key_find(c, ada, &key));
    assert_string_equal(key, "first");
}

static void an_erased_user_has_none_and_gets_none(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *ada = user_made(c, "ada@example.org");
    const char *bob = user_made(c, "bob@example.org");
    const char *key = NULL;
    bool done = false;
    OK(audit_key_add(c, ada, "first", &key));
    OK(audit_key_add(c, bob, "of bob", &key));
    OK(user_delete(c, ada, &done));
    OK(audit_key_find(c, ada, &key));
    assert_null(key);
    OK(audit_key_add(c, ada, "again", &key));
    assert_null(key);
    OK(audit_key_add(c, "nobody", "x", &key));
    assert_null(key);
    OK(audit_key_find(c, bob, &key));
    assert_string_equal(key, "of bob");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(what_happened_is_told_as_it_was_written),
        STORE_TEST(what_is_unknown_is_null),
        STORE_TEST(a_filter_narrows),
        STORE_TEST(events_come_newest_first_in_pages),
        STORE_TEST(a_change_without_its_event_does_not_happen),
        STORE_TEST(the_end_of_a_family_is_told_with_it),
        STORE_TEST(a_user_has_one_audit_key),
        STORE_TEST(an_erased_user_has_none_and_gets_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
