/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every row under /admin, by every role and with every object of somebody else: the table says who
 * is let in, and what belongs to others is absent.  A new shape of a body needs a line here.
 */
#include "admin_bodies.h"

#include "app/routes.h"
#include "base/random.h"
#include "identity/access.h"
#include "identity/api_key.h"
#include "identity/invitation.h"
#include "identity/role_rules.h"
#include "oauth/client_change.h"
#include "store/clients.h"
#include "store/roles.h"
#include "store/sessions.h"
#include "web/guard.h"

static bool is_admin(const struct route *row)
{
    return text_starts(row->path, "/admin/");
}

/* ---- objects ---- */

/* One of each kind, of one tenant. */
struct objects {
    const char *user, *sid, *client, *role, *tenant, *invitation, *api_key;
};

static struct objects objects_of(struct world *w, const char *tenant)
{
    const char *unique = random_uuid(world_ctx(w));
    struct objects o = { .tenant = tenant };
    struct client_made made;
    const char *email = text_printf(w->arena, "%s@objects.example", unique);
    o.user = admin_person(w, tenant, email, NULL);
    struct client c = admin_client_of(w, email);
    struct answer claims = story_claims(w, c.token);
    o.sid = answer_text(&claims, "sid");
    o.role = text_printf(w->arena, "role-%s", unique);
    admin_role_add(w, tenant, o.role, "");
    story_does(w, client_create(world_ctx(w),
                                &(struct client_new){
                                    .tenant_id = tenant,
                                    .metadata = { .redirect_uris = text_split(
                                                      w->arena, "https://app.example/cb", ' ') } },
                                &made));
    o.client = made.row->id;
    const struct invitation_row *invitation = NULL;
    story_does(
        w, invitation_make(world_ctx(w),
                           &(struct invitation_new){ .tenant_id = tenant,
                                                     .email = text_printf(w->arena, "i%s", email) },
                           &invitation));
    o.invitation = invitation->id;
    (void)admin_api_key(w, tenant, o.user, "users:read", &o.api_key);
    return o;
}

/* What stands for the parameter at `at` of the row's path. */
static const char *object_for(const struct route *row, const char *at, const struct objects *o)
{
    if (text_starts(at, "{sid}"))
        return o->sid;
    if (text_starts(at, "{role}") || text_starts(at, "{name}"))
        return o->role;
    if (text_starts(at, "{invitation_id}"))
        return o->invitation;
    if (text_starts(at, "{user_id}"))
        return o->user;
    if (text_starts(row->path, "/admin/clients/"))
        return o->client;
    if (text_starts(row->path, "/admin/api-keys/"))
        return o->api_key;
    if (text_starts(row->path, "/admin/tenants/"))
        return o->tenant;
    return o->user;
}

/* The path of the row; its parameter number `foreign` is of `theirs`, the others of `ours`. */
static const char *path_with(struct world *w, const struct route *row, const struct objects *ours,
                             const struct objects *theirs, size_t foreign)
{
    struct text_buffer b = text_buffer(w->arena);
    size_t n = 0;
    for (const char *at = row->path; *at != '\0';) {
        size_t literal = strcspn(at, "{");
        text_add_bytes(&b, at, literal);
        at += literal;
        if (*at == '\0')
            break;
        text_add(&b, object_for(row, at, n++ == foreign ? theirs : ours));
        at += strcspn(at, "}") + 1;
    }
    return text_of(&b);
}

static size_t parameters_of(const struct route *row)
{
    size_t n = 0;
    for (const char *at = strchr(row->path, '{'); at != NULL; at = strchr(at + 1, '{'))
        n++;
    return n;
}

static struct answer call(struct client *c, const struct route *row, const char *path)
{
    struct sent sent = { .method = story_method(row->method),
                         .target = path,
                         .json = body_of(c->w, row),
                         .headers = { { "if-match", "*" } } };
    return client_send(c, &sent);
}

static void fail_row(const struct route *row, const char *what, struct answer a)
{
    fail_msg("%s %s, %s: %d %s", row->method, row->path, what, a.status, a.body);
}

/* ---- every row × every role ---- */

struct caller {
    const char *role;
    const char *tenant; /* NULL: the scene's */
    const char *permissions;
    bool by_key; /* by an API key with these */
};

/* Whether the row is for this caller, by the table alone. */
static bool is_for(struct world *w, const struct route *row, const struct caller *caller)
{
    bool operates = text_equal(caller->tenant, TENANT_DEFAULT_ID);
    struct texts held = text_split(w->arena, caller->permissions, ' ');
    bool recent = (row->flags & RECENT) != 0;
    return permissions_cover(held, row->permission) && ((row->flags & OPERATOR) == 0 || operates) &&
           !(recent && caller->by_key);
}

static void walk_as(struct world *w, const char *tenant, const struct caller *caller,
                    const char *email, const char *user)
{
    size_t n = 0;
    const struct route *rows = routes(&n);
    const char *place = caller->tenant != NULL ? caller->tenant : tenant;
    const char *key_id = NULL;
    struct client c = admin_client_of(w, email);
    if (caller->by_key)
        c.token = admin_api_key(w, place, user, caller->permissions, &key_id);
    for (size_t i = 0; i < n; i++) {
        if (!is_admin(&rows[i]))
            continue;
        struct objects o = objects_of(w, place);
        struct answer a = call(&c, &rows[i], path_with(w, &rows[i], &o, &o, 0));
        bool refused = a.status == 403;
        if (a.status >= 500 || a.status == 401 || refused == is_for(w, &rows[i], caller))
            fail_row(&rows[i],
                     text_printf(w->arena, "by %s%s", caller->role, caller->by_key ? "'s key" : ""),
                     a);
    }
}

/* AZ-01, AZ-02: who is let in is what the table says. */
static void the_table_says_who_is_let_in(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *t = admin_tenant(w, "acme");
    static const struct caller callers[] = {
        { "user", NULL, "users:read", false },
        { "moderator", NULL, "users:read users:list users:write", false },
        { "admin", NULL, "admin:*", false },
        { "user", TENANT_DEFAULT_ID, "users:read", false },
        { "moderator", TENANT_DEFAULT_ID, "users:read users:list users:write", false },
        { "admin", TENANT_DEFAULT_ID, "admin:*", false },
        { "moderator", NULL, "users:read users:list users:write", true },
        { "admin", NULL, "admin:*", true },
        { "admin", NULL, "users:list audit:read clients:write", true },
        { "admin", TENANT_DEFAULT_ID, "admin:*", true },
    };
    for (size_t i = 0; i < sizeof callers / sizeof *callers; i++) {
        const char *place = callers[i].tenant != NULL ? callers[i].tenant : t->id;
        const char *email = text_printf(w->arena, "caller%zu@example.com", i);
        const char *user = admin_person(w, place, email, callers[i].role);
        walk_as(w, t->id, &callers[i], email, user);
    }
}

/* Every second permission: a story has so much memory. */
static void open_their_rows(struct world *w, size_t first)
{
    const struct admin_tenant *t = admin_tenant(w, "acme");
    size_t n = 0;
    const struct permission_row *rows = permission_rows(&n);
    for (size_t i = first; i < n; i += 2) {
        const char *role = text_printf(w->arena, "only%zu", i);
        const char *email = text_printf(w->arena, "only%zu@example.com", i);
        const char *held = text_printf(w->arena, "users:read %s", rows[i].text);
        if (text_equal(rows[i].text, "admin:*"))
            continue;
        admin_role_add(w, t->id, role, rows[i].text);
        const char *user = admin_person(w, t->id, email, role);
        walk_as(w, t->id, &(struct caller){ role, NULL, held, false }, email, user);
    }
}

/* AZ-02: each permission opens the rows that name it and no other. */
static void a_permission_opens_its_rows_and_no_other(void **state)
{
    open_their_rows(*state, 0);
}

static void so_does_every_other_permission(void **state)
{
    open_their_rows(*state, 1);
}

/* AZ-12: every row under /admin asks for a permission that there is, from a caller in a tenant. */
static void no_row_is_without_a_permission(void **state)
{
    struct world *w = *state;
    size_t n = 0, known = 0, walked = 0;
    const struct route *rows = routes(&n);
    const struct permission_row *permissions = permission_rows(&known);
    for (size_t i = 0; i < n; i++) {
        bool listed = false;
        if (!is_admin(&rows[i]))
            continue;
        walked++;
        for (size_t k = 0; k < known; k++)
            listed = listed || text_equal(permissions[k].text, rows[i].permission);
        /* A session is not begun again by an answer that was kept. */
        bool creates =
            text_equal(rows[i].method, "POST") && !text_ends(rows[i].path, "/impersonate");
        if (!listed || rows[i].guard != &guard_caller ||
            (rows[i].flags & (IN_TENANT | OPERATOR)) == 0 ||
            creates != ((rows[i].flags & IDEMPOTENT) != 0))
            fail_msg("%s %s", rows[i].method, rows[i].path);
    }
    assert_true(walked > 30);
    /* Nobody's token of another kind, and no token without a tenant, gets in. */
    (void)admin_tenant(w, "acme");
    struct client c = client_new(w);
    struct answer a = story_login(&c, "admin@acme.example", "'tenant_id':'none'");
    c.token = answer_text(&a, "access_token");
    assert_problem(client_get(&c, "/admin/users"), 403, "forbidden");
}

/* ---- every row × every foreign object ---- */

/* What a body says but for what differs from request to request. */
static const char *without_ids(struct world *w, const struct answer *a)
{
    const char *title = answer_text(a, "title");
    const char *detail = answer_text(a, "detail");
    return text_printf(w->arena, "%d %s %s", a->status, title == NULL ? "" : title,
                       detail == NULL ? "" : detail);
}

static bool still_there(struct world *w, const struct objects *o)
{
    const struct user_row *user = NULL;
    const struct client_row *client = NULL;
    const struct role_row *role = NULL;
    const struct session_row *session = NULL;
    const struct invitation_row *invitation = NULL;
    const struct tenant_row *tenant = NULL;
    const struct api_key_row *key = NULL;
    enum session_state state = SESSION_UNKNOWN;
    bool member = false;
    struct ctx *c = world_ctx(w);
    story_does(w, user_find(c, o->user, &user));
    story_does(w, client_find(c, o->client, &client));
    story_does(w, role_find(c, o->tenant, o->role, &role));
    story_does(w, session_find_id(c, o->sid, &state, &session));
    story_does(w, invitation_find(c, o->invitation, &invitation));
    story_does(w, tenant_find(c, o->tenant, &tenant));
    story_does(w, membership_has(c, o->tenant, o->user, &member));
    story_does(w, api_key_load(c, o->tenant, o->api_key, &key));
    return user != NULL && user->status == USER_ACTIVE && text_equal(user->full_name, "Somebody") &&
           client != NULL && client->status == CLIENT_ACTIVE && invitation != NULL &&
           tenant != NULL && tenant->status == TENANT_ACTIVE &&
           !text_equal(tenant->slug, "changed") && role != NULL && state == SESSION_LIVE &&
           member && key != NULL;
}

static void try_foreign(struct world *w, struct client *c, const struct route *row,
                        const struct objects *ours, const struct objects *theirs)
{
    static const struct objects nobody = {
        "01900000-0000-7000-8000-0000000000ff", "01900000-0000-7000-8000-0000000000fe",
        "01900000-0000-7000-8000-0000000000fd", "nothing",
        "01900000-0000-7000-8000-0000000000fc", "01900000-0000-7000-8000-0000000000fb",
        "01900000-0000-7000-8000-0000000000fa"
    };
    for (size_t i = 0; i < parameters_of(row); i++) {
        /* A role that is not there is told by its name, which the caller said. */
        struct objects absent = nobody;
        absent.role = theirs->role;
        struct answer a = call(c, row, path_with(w, row, ours, theirs, i));
        struct answer none = call(c, row, path_with(w, row, ours, &absent, i));
        if (a.status != 404 && a.status != 403)
            fail_row(row, "with what is another tenant's", a);
        if ((row->flags & OPERATOR) == 0 && a.status != 404)
            fail_row(row, "with what is another tenant's", a);
        assert_string_equal(without_ids(w, &a), without_ids(w, &none));
    }
}

/* AZ-01, TN-02: what is another tenant's is not there, whatever is done to it, and stays as it is.
 */
static void what_is_of_others_is_not_there(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *t = admin_tenant(w, "acme");
    const struct admin_tenant *other = admin_tenant(w, "other");
    struct client c = admin_client_of(w, t->admin_email);
    struct client op = client_new(w);
    size_t n = 0, tried = 0;
    const struct route *rows = routes(&n);
    struct objects theirs = objects_of(w, other->id);
    struct objects defaults = objects_of(w, TENANT_DEFAULT_ID);
    (void)admin_person(w, TENANT_DEFAULT_ID, BOB, "admin");
    (void)story_sign_in(&op, BOB);
    for (size_t i = 0; i < n; i++) {
        if (!is_admin(&rows[i]) || parameters_of(&rows[i]) == 0)
            continue;
        struct objects ours = objects_of(w, t->id);
        try_foreign(w, &c, &rows[i], &ours, &theirs);
        try_foreign(w, &c, &rows[i], &ours, &defaults);
        /* Operators see tenants, and nothing else of other tenants but by them. */
        struct objects own = objects_of(w, TENANT_DEFAULT_ID);
        if (!text_starts(rows[i].path, "/admin/tenants/"))
            try_foreign(w, &op, &rows[i], &own, &theirs);
        tried++;
        assert_true(still_there(w, &theirs));
        assert_true(still_there(w, &defaults));
    }
    assert_true(tried > 15);
}

/* TN-01, SD-14: a token stays in its tenant, whatever the header says. */
static void a_header_chooses_no_other_tenant(void **state)
{
    struct world *w = *state;
    const struct admin_tenant *t = admin_tenant(w, "acme");
    const struct admin_tenant *other = admin_tenant(w, "other");
    struct client c = admin_client_of(w, t->admin_email);
    struct client b = story_browser(w, t->admin_email, "session");
    size_t n = 0;
    const struct route *rows = routes(&n);
    struct objects ours = objects_of(w, t->id);
    for (size_t i = 0; i < n; i++) {
        if (!is_admin(&rows[i]))
            continue;
        const char *path = path_with(w, &rows[i], &ours, &ours, 0);
        const char *json = body_of(w, &rows[i]);
        enum http_method method = story_method(rows[i].method);
        assert_problem(admin_send(&c, method, path, json, "x-tenant-id", other->id), 403,
                       "forbidden");
        assert_problem(admin_send(&b, method, path, json, "x-tenant-id", other->id), 403,
                       "forbidden");
    }
}

static const char *const whole[] = { "AUTH_IMPERSONATION=on", NULL };

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY_WITH(the_table_says_who_is_let_in, whole),
        STORY_WITH(a_permission_opens_its_rows_and_no_other, whole),
        STORY_WITH(so_does_every_other_permission, whole),
        STORY(no_row_is_without_a_permission),
        STORY_WITH(what_is_of_others_is_not_there, whole),
        STORY(a_header_chooses_no_other_tenant),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
