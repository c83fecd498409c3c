/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The audit by the admin API: what was before and after a change, and what auditors take away.
 */
#include "admin_story.h"

#include "token/audit_check.h"
#include "token/audit_key.h"
#include "token/audit_sequence.h"

static struct client operator_of(struct world *w)
{
    (void)admin_person(w, TENANT_DEFAULT_ID, "op@example.com", "admin");
    return admin_client_of(w, "op@example.com");
}

/* What the job does. */
static void sequence(struct world *w)
{
    bool again = true;
    while (again)
        story_does(w, audit_sequence(world_ctx(w), &again));
}

static const char *event_detail(struct client *c, const char *name)
{
    struct answer a = client_get(c, text_printf(c->w->arena, "/admin/audit?name=%s&limit=1", name));
    assert_status(a, 200);
    return a.body;
}

static void tells(struct client *c, const char *name, const char *what)
{
    const char *body = event_detail(c, name);
    if (strstr(body, what) == NULL)
        fail_msg("%s does not tell %s: %s", name, what, body);
}

/* AU-02: an event tells what was before and after; AU-01: of a secret, that it changed. */
static void a_change_is_told_with_before_and_after(void **state)
{
    struct world *w = *state;
    struct client op = operator_of(w);
    struct answer a = story_post(&op, "/admin/tenants", "{'slug':'acme','name':'Acme'}");
    assert_status(a, 201);
    tells(&op, "tenant.created", "\"slug\":{\"after\":\"acme\"}");
    const char *tenant = text_printf(w->arena, "/admin/tenants/%s", answer_text(&a, "id"));
    assert_status(admin_change(&op, HTTP_PUT, tenant,
                               "{\"slug\":\"acme\",\"name\":\"Acme Ltd\",\"require_mfa\":true,"
                               "\"refuse_device_grant\":true}"),
                  200);
    tells(&op, "tenant.updated",
          "\"changed\":{\"name\":{\"before\":\"Acme\",\"after\":\"Acme Ltd\"},\"require_mfa\":{"
          "\"before\":false,\"after\":true},\"refuse_device_grant\":{\"before\":false,"
          "\"after\":true}}");
    a = story_post(&op, "/admin/clients",
                   "{'metadata':{'client_name':'Shop','contacts':['a@shop.example'],"
                   "'redirect_uris':['https://shop.example/cb']}}");
    assert_status(a, 201);
    tells(&op, "client.created", "\"contacts\":{}");
    const char *client = text_printf(w->arena, "/admin/clients/%s", answer_text(&a, "client_id"));
    assert_status(admin_change(&op, HTTP_PUT, client,
                               "{\"client_name\":\"Shop\",\"redirect_uris\":["
                               "\"https://evil.example/cb\"]}"),
                  200);
    tells(&op, "client.updated",
          "\"redirect_uris\":{\"before\":[\"https://shop.example/cb\"],\"after\":["
          "\"https://evil.example/cb\"]}");
    a = story_post(&op, "/admin/users",
                   "{'email':'eve@example.com','full_name':'Eve','password':'" STORY_PASSWORD "'}");
    assert_status(a, 201);
    const char *user = answer_text(&a, "id");
    assert_status(client_post(&op, text_printf(w->arena, "/admin/users/%s/disable", user), NULL),
                  204);
    tells(&op, "user.disabled", "\"status\":{\"before\":\"active\",\"after\":\"disabled\"}");
}

static void providers_and_profiles_tell_it_too(void **state)
{
    struct world *w = *state;
    struct client op = operator_of(w);
    assert_status(story_post(&op, "/admin/providers",
                             "{'id':'okta','kind':'openid','client_secret':'canary-1','metadata':{"
                             "'issuer':'https://okta.example','client_id':'us'}}"),
                  201);
    assert_status(admin_change(&op, HTTP_PUT, "/admin/providers/okta",
                               "{\"client_secret\":\"canary-2\",\"metadata\":{\"issuer\":"
                               "\"https://okta.example\",\"client_id\":\"other\"}}"),
                  200);
    tells(&op, "provider.updated", "\"sealed_secret\":{}");
    tells(&op, "provider.updated", "\"client_id\":{\"before\":\"us\",\"after\":\"other\"}");
    assert_null(strstr(event_detail(&op, "provider.updated"), "canary"));
    assert_status(client_put(&op, "/auth/me", "{\"full_name\":\"Another\"}"), 200);
    tells(
        &op, "user.updated",
        "\"personal\":{\"changed\":{\"full_name\":{\"before\":\"Somebody\",\"after\":\"Another\"");
}

/* ---- what auditors take away ---- */

static const char *whole_export(struct client *c, const char *query, int *pages)
{
    struct text_buffer out = text_buffer(c->w->arena);
    const char *target = text_printf(c->w->arena, "/admin/audit/export?limit=7%s", query);
    for (*pages = 0; target != NULL; ++*pages) {
        struct answer a = client_get(c, target);
        assert_status(a, 200);
        const char *link = answer_header(&a, "link");
        text_add(&out, a.body);
        target = link == NULL ? NULL : text_copy(c->w->arena, link + 1, strcspn(link, ">") - 1);
    }
    return text_of(&out);
}

static err check(struct world *w, const char *text, int64_t *next)
{
    struct ctx *c = world_ctx(w);
    const char *jwks = NULL;
    struct key_set keys;
    story_does(w, audit_keys_jwks(c, &jwks));
    story_does(w, key_set_read(c, w->arena, bytes_of(jwks), &keys));
    struct audit_check *check = audit_check_begin(w->arena, keys, 0);
    struct texts lines = text_split(w->arena, text, '\n');
    err done = ok();
    for (size_t i = 0; i < lines.n && lines.at[i][0] != '\0' && done.code == ERR_OK; i++) {
        struct arena_mark mark = arena_mark(c->arena);
        done = audit_check_line(c, check, bytes_of(lines.at[i]));
        if (done.code == ERR_OK)
            arena_rewind(c->arena, mark);
    }
    *next = audit_check_next(check);
    return done.code == ERR_OK ? audit_check_end(c, check) : done;
}

/* Page by page, while the audit grows. */
static void an_export_by_pages_is_proven(void **state)
{
    struct world *w = *state;
    struct client op = operator_of(w);
    int pages = 0;
    int64_t next = 0;
    for (int i = 0; i < 20; i++)
        assert_status(client_post(&op, "/admin/keys/rotate", NULL), 200);
    sequence(w);
    struct answer heads = client_get(&op, "/admin/audit/heads");
    assert_status(heads, 200);
    const char *text = whole_export(&op, "", &pages);
    assert_true(pages > 3);
    story_does(w, check(w, text, &next));
    assert_non_null(strstr(heads.body, text_printf(w->arena, "\"size\":%lld", (long long)next)));
    assert_null(strstr(text, "192.0.2"));
    sequence(w);
    tells(&op, "audit.exported", "\"open\":\"false\"");
    const char *open = whole_export(&op, "&open=true", &pages);
    story_does(w, check(w, open, &next));
    assert_non_null(strstr(open, "\"address\":"));
    /* However it was asked for. */
    story_does(w, check(w, whole_export(&op, "&open=true&format=jsonl&from=0", &pages), &next));
    story_does(w, check(w, whole_export(&op, "&open=false", &pages), &next));
    const char *cef = whole_export(&op, "&format=cef", &pages);
    assert_true(text_starts(cef, "CEF:0|uauth|"));
    assert_problem(client_get(&op, "/admin/audit/export?format=xml"), 400, "invalid-field");
    assert_problem(client_get(&op, "/admin/audit/export?from=100000"), 400, "invalid-field");
    assert_problem(client_get(&op, "/admin/audit/export?after=x"), 400, "invalid-field");
}

static struct merkle_hash hash_in(struct world *w, const char *text)
{
    struct merkle_hash hash;
    assert_true(audit_hash_read(w->arena, text, &hash));
    return hash;
}

/* The text after `mark` in `body`, up to its end. */
static const char *after(struct world *w, const char *body, const char *mark, const char *end)
{
    const char *at = strstr(body, mark);
    assert_non_null(at);
    at += strlen(mark);
    return text_copy(w->arena, at, strcspn(at, end));
}

/* The id of the newest event that `query` finds. */
static const char *newest(struct client *c, const char *query)
{
    struct answer a = client_get(c, text_printf(c->w->arena, "/admin/audit?limit=1&%s", query));
    return after(c->w, a.body, "\"id\":\"", "\"");
}

static void proofs_hold_by_rfc_9162(void **state)
{
    struct world *w = *state;
    struct client op = operator_of(w);
    assert_status(client_post(&op, "/admin/keys/rotate", NULL), 200);
    sequence(w);
    struct answer a = client_get(&op, text_printf(w->arena, "/admin/audit/proof?event=%s",
                                                  newest(&op, "name=login.succeeded")));
    assert_status(a, 200);
    struct merkle_hash leaf = hash_in(w, answer_text(&a, "leaf"));
    struct merkle_hash root = hash_in(w, answer_text(&a, "root"));
    struct merkle_path path = { 0 };
    struct texts hashes = text_split(w->arena, after(w, a.body, "\"path\":[", "]"), ',');
    for (; path.n < hashes.n; path.n++)
        path.at[path.n] = hash_in(w, text_copy(w->arena, hashes.at[path.n] + 1, 43));
    struct merkle_place place = { 0, 0 };
    assert_true(text_int(answer_text(&a, "index"), 0, INT64_MAX, &place.index));
    assert_true(text_int(answer_text(&a, "size"), 1, INT64_MAX, &place.size));
    assert_true(merkle_included(&leaf, place, &path, &root));
    a = client_get(&op, "/admin/audit/consistency?from=1");
    assert_status(a, 200);
    assert_null(answer_text(&a, "leaf"));
    assert_problem(client_get(&op, "/admin/audit/consistency?from=1000000"), 400, "invalid-field");
    assert_problem(client_get(&op, "/admin/audit/proof?event=00000000-0000-7000-8000-00000000000a"),
                   404, "not-found");
}

/* AU-06: heads tell of no event, a proof of one's own tenant's events only, and the export of all
 * is for operators. */
static void what_others_did_is_proven_to_nobody_else(void **state)
{
    struct world *w = *state;
    (void)admin_tenant(w, "acme");
    struct client op = operator_of(w);
    struct client acme = admin_client_of(w, "admin@acme.example");
    struct client member = admin_client_of(w, "member@acme.example");
    sequence(w);
    assert_status(client_get(&acme, "/admin/audit/heads"), 200);
    assert_status(client_get(&acme, "/admin/audit/consistency?from=1"), 200);
    assert_problem(client_get(&acme, "/admin/audit/export"), 403, "forbidden");
    const char *own =
        text_printf(w->arena, "/admin/audit/proof?event=%s", newest(&acme, "name=login.succeeded"));
    const char *theirs = NULL;
    theirs = text_printf(w->arena, "/admin/audit/proof?event=%s",
                         newest(&op, "tenant_id=" TENANT_DEFAULT_ID));
    assert_status(client_get(&acme, own), 200);
    assert_status(client_get(&op, own), 200);
    assert_status(client_get(&op, theirs), 200);
    assert_problem(client_get(&acme, theirs), 404, "not-found");
    static const char *const targets[] = { "/admin/audit/heads", "/admin/audit/consistency?from=1",
                                           "/admin/audit/export" };
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++)
        assert_status(client_get(&member, targets[i]), 403);
    assert_status(client_get(&member, own), 403);
}

/* 32 addresses of 500 characters. */
static const char *large_client(struct arena *a, const char *name)
{
    struct text_buffer out = text_buffer(a);
    text_addf(&out, "{\"client_name\":\"%s\",\"redirect_uris\":[", name);
    for (int i = 0; i < 32; i++)
        text_addf(&out, "%s\"https://%s.example/%0480d\"", i == 0 ? "" : ",", name, i);
    text_add(&out, "]}");
    return text_of(&out);
}

static size_t count_of(const char *text, const char *what)
{
    size_t n = 0;
    for (text = strstr(text, what); text != NULL; text = strstr(text + 1, what))
        n++;
    return n;
}

/* A page has what it was asked for, however large its rows are. */
static void a_page_of_large_rows_comes_whole(void **state)
{
    struct world *w = *state;
    enum { LARGE = 100 };
    struct client op = operator_of(w);
    for (int i = 0; i < LARGE; i++) {
        const char *name = text_printf(w->arena, "large-%d", i);
        struct answer a =
            client_post(&op, "/admin/clients",
                        text_printf(w->arena, "{\"metadata\":%s}", large_client(w->arena, name)));
        assert_status(a, 201);
        const char *path = text_printf(w->arena, "/admin/clients/%s", answer_text(&a, "client_id"));
        assert_status(admin_change(&op, HTTP_PUT, path, large_client(w->arena, "changed")), 200);
    }
    sequence(w);
    struct answer clients = client_get(&op, "/admin/clients?limit=100");
    assert_status(clients, 200);
    assert_true(strlen(clients.body) > (size_t)LARGE * 32 * 480);
    struct answer events = client_get(&op, "/admin/audit?name=client.updated&limit=100");
    assert_status(events, 200);
    assert_int_equal(count_of(events.body, "\"name\":\"client.updated\""), LARGE);
    assert_status(client_get(&op, "/admin/audit/export?limit=200&open=true"), 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(a_change_is_told_with_before_and_after),
        STORY(providers_and_profiles_tell_it_too),
        STORY(an_export_by_pages_is_proven),
        STORY(proofs_hold_by_rfc_9162),
        STORY(what_others_did_is_proven_to_nobody_else),
        STORY(a_page_of_large_rows_comes_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
