/* SPDX-License-Identifier: Apache-2.0 */
/* What becomes of tokens that came: the ID token is verified, entries are written (entra.md 3.1).
 */
#include "client/entra_inside.h"

#include "base/json.h"
#include "base/json_writer.h"
#include "base/log.h"
#include "client/id_token.h"
#include "client/tenant_issuer.h"
#include "crypto/digest.h"

#include <string.h>

enum { CHANGES_MAX = 8 };

/* ---- the ID token ---- */

/* Of B2C the policy is part of what was asked for: a weaker one is no sign-in (1.22). */
static RESULT check_policy(struct ctx *c, const struct entra_authority *authority,
                           const struct jwt *id)
{
    const char *policy = NULL;
    if (authority->kind != ENTRA_B2C)
        return ok();
    TRY(jwt_text(c, id, "tfp", &policy));
    if (policy == NULL)
        TRY(jwt_text(c, id, "acr", &policy));
    if (!text_equal_nocase(policy, authority->policy))
        return fail(c, INVALID_TOKEN, "an ID token is of another policy");
    return ok();
}

/* One issuer, whoever signs in: that of ADFS, and of B2C where tokens name no tenant. */
static bool has_one_issuer(const struct entra_authority *authority, const char *tid)
{
    return authority->kind == ENTRA_ADFS || (authority->kind == ENTRA_B2C && tid == NULL);
}

/* With a template the tenant says which issuer it is; the template itself is none (1.4). */
static RESULT check_issuer(struct ctx *c, const struct entra_authority *authority,
                           const char *issuer, const struct jwt *id)
{
    const char *tid = NULL;
    TRY(jwt_text(c, id, "tid", &tid));
    if (has_one_issuer(authority, tid)) {
        if (!text_equal(id->iss, issuer))
            return fail(c, INVALID_TOKEN, "an ID token is of %.256s, due is %s", id->iss, issuer);
        return check_policy(c, authority, id);
    }
    const struct texts any = { &tid, 1 };
    TRY(tenant_issuer_check(c, issuer, any, id));
    return check_policy(c, authority, id);
}

static RESULT verify(struct ctx *c, const struct entra_app *app, const struct entra_grant *grant,
                     const struct entra_tokens *tokens, struct jwt *out)
{
    const struct metadata *m = NULL;
    const struct upstream_keys *keys = NULL;
    const struct upstream_url *at = &grant->place->metadata_at;
    const struct id_token_due due = { .client_id = app->options.client_id,
                                      .nonce = grant->nonce,
                                      .no_nonce = grant->nonce == NULL,
                                      .algs = ALG_RS256,
                                      .access_token = tokens->access_token };
    TRY(metadata_get(c, at, &m));
    TRY(metadata_keys(c, at, m->jwks_uri, tokens->id_token, &keys));
    TRY(id_token_check(c, tokens->id_token, &keys->set, &due, out));
    TRY(check_issuer(c, &grant->place->authority, m->issuer, out));
    return tenant_key_check(c, out, keys, m->cloud_instance_name);
}

/* ---- who it is ---- */

/* "uid.utid" of client_info; one of them alone is not enough to be found by again. */
static const char *home_of(struct ctx *c, const char *client_info, const char *sub)
{
    struct bytes json;
    const char *uid = NULL;
    const char *utid = NULL;
    struct json_value v;
    if (client_info == NULL || !base64url_decode(c->arena, bytes_of(client_info), &json))
        return sub;
    struct json j = json_open(c->arena, json);
    bool is_object = json_value(&j, &v) && v.kind == JSON_OBJECT;
    for (const char *name; is_object && json_member(&j, &name, &v);) {
        if (v.kind == JSON_TEXT && text_equal(name, "uid"))
            uid = v.text;
        else if (v.kind == JSON_TEXT && text_equal(name, "utid"))
            utid = v.text;
        if (!json_skip(&j, &v))
            break;
    }
    if (!is_object || !json_done(&j) || uid == NULL || *uid == '\0')
        return sub;
    return text_printf(c->arena, "%s.%s", uid, utid == NULL || *utid == '\0' ? uid : utid);
}

static RESULT account_of(struct ctx *c, const struct entra_grant *grant,
                         const struct entra_tokens *tokens, const struct jwt *id,
                         struct entra_account *out)
{
    struct entra_account a = { .environment = grant->place->authority.environment };
    TRY(jwt_text(c, id, "oid", &a.local_account_id));
    TRY(jwt_text(c, id, "preferred_username", &a.username));
    TRY(jwt_text(c, id, "name", &a.name));
    if (grant->place->authority.kind != ENTRA_ADFS)
        TRY(jwt_text(c, id, "tid", &a.tenant_id));
    if (a.username == NULL)
        TRY(jwt_text(c, id, "upn", &a.username));
    if (a.local_account_id == NULL)
        a.local_account_id = id->sub;
    if (a.tenant_id == NULL)
        a.tenant_id = grant->place->authority.tenant;
    a.home_account_id = home_of(c, tokens->client_info, id->sub);
    *out = a;
    return ok();
}

/* A refresh is for whom it was asked for (Core 12.2), whether or not it says so. */
static RESULT check_home(struct ctx *c, const struct entra_grant *grant,
                         const struct entra_tokens *tokens, struct entra_account *account)
{
    if (grant->home == NULL)
        return ok();
    if (tokens->client_info == NULL)
        account->home_account_id = grant->home;
    else if (!text_equal_nocase(account->home_account_id, grant->home))
        return fail(c, INVALID_TOKEN, "a refresh gave tokens of somebody else");
    return ok();
}

/* MSAL for Node.js lists an account by these. */
static const char *profiles_of(struct ctx *c, const struct entra_account *a)
{
    struct json_writer profile = json_writer(c->arena);
    struct json_writer w = json_writer(c->arena);
    const char *dot = strrchr(a->home_account_id, '.');
    json_object(&profile, NULL);
    json_text(&profile, "tenantId", a->tenant_id);
    json_text(&profile, "localAccountId", a->local_account_id);
    json_text_if(&profile, "name", a->name);
    json_text_if(&profile, "username", a->username);
    json_bool(&profile, "isHomeTenant", dot != NULL && text_equal_nocase(dot + 1, a->tenant_id));
    json_object_end(&profile);
    json_array(&w, NULL);
    json_text(&w, NULL, json_written(&profile));
    json_array_end(&w);
    return text_printf(c->arena, "\"tenantProfiles\":%s", json_written(&w));
}

/* ---- what is written ---- */

struct writing {
    struct token_change changes[CHANGES_MAX];
    struct token_entry entries[CHANGES_MAX];
    size_t n;
};

static void put(struct writing *w, const struct token_entry *entry)
{
    must(w->n < CHANGES_MAX);
    w->entries[w->n] = *entry;
    w->changes[w->n] = (struct token_change){ .put = &w->entries[w->n] };
    w->n++;
}

static const char *assertion_hash(struct ctx *c, const char *assertion)
{
    return assertion == NULL ? NULL : token_hash(c->arena, assertion);
}

static void put_access(struct ctx *c, const struct entra_app *app, const struct entra_grant *grant,
                       const struct entra_tokens *t, const struct entra_result *r,
                       struct writing *w)
{
    const struct token_entry entry = {
        .kind = TOKEN_ACCESS,
        .home_account_id = r->account.home_account_id == NULL ? "" : r->account.home_account_id,
        .environment = grant->place->authority.environment,
        .client_id = app->options.client_id,
        .realm = r->tenant_id,
        .target = r->scope,
        .token_type = r->token_type,
        .secret = t->access_token,
        .user_assertion_hash = assertion_hash(c, grant->assertion),
        .cached_at = c->now,
        .expires_on = r->expires_on,
        .extended_expires_on =
            c->now + (t->ext_expires_in == 0 ? t->expires_in : t->ext_expires_in),
        .refresh_on = r->refresh_on,
    };
    put(w, &entry);
}

static void put_person(struct ctx *c, const struct entra_app *app, const struct entra_grant *grant,
                       const struct entra_tokens *t, const struct entra_result *r,
                       struct writing *w)
{
    const struct entra_account *a = &r->account;
    const char *environment = grant->place->authority.environment;
    bool is_adfs = grant->place->authority.kind == ENTRA_ADFS;
    const struct token_entry account = { .kind = TOKEN_ACCOUNT,
                                         .home_account_id = a->home_account_id,
                                         .environment = environment,
                                         .realm = a->tenant_id,
                                         .local_account_id = a->local_account_id,
                                         .username = a->username == NULL ? "" : a->username,
                                         .name = a->name,
                                         .authority_type = is_adfs ? "ADFS" : "MSSTS",
                                         .client_info = t->client_info,
                                         .more = profiles_of(c, a) };
    const struct token_entry id = { .kind = TOKEN_ID,
                                    .home_account_id = a->home_account_id,
                                    .environment = environment,
                                    .client_id = app->options.client_id,
                                    .realm = a->tenant_id,
                                    .secret = t->id_token };
    put(w, &account);
    put(w, &id);
}

static void put_refresh(struct ctx *c, const struct entra_app *app, const struct entra_grant *grant,
                        const struct entra_tokens *t, const struct entra_result *r,
                        struct writing *w)
{
    const struct token_entry refresh = { .kind = TOKEN_REFRESH,
                                         .home_account_id = r->account.home_account_id,
                                         .environment = grant->place->authority.environment,
                                         .client_id = app->options.client_id,
                                         .target = r->scope,
                                         .secret = t->refresh_token,
                                         .family_id = t->foci,
                                         .last_modification_time = c->now };
    const struct token_entry about = { .kind = TOKEN_APP,
                                       .environment = grant->place->authority.environment,
                                       .client_id = app->options.client_id,
                                       .family_id = t->foci };
    put(w, &refresh);
    put(w, &about);
}

static bool is_signed_in(struct ctx *c, struct entra_app *app, const char *home)
{
    const struct token_query query = { .kind = TOKEN_ACCOUNT,
                                       .home_account_id = home,
                                       .environments = app->authority.aliases };
    return token_cache_find(c, app->cache, &query).n > 0;
}

static void write_all(struct ctx *c, struct entra_app *app, const struct entra_grant *grant,
                      const struct entra_tokens *t, const struct entra_result *r)
{
    struct writing *w = ARENA_NEW(c->arena, struct writing);
    bool is_person = r->account.home_account_id != NULL;
    const struct token_query used = { .kind = TOKEN_REFRESH,
                                      .home_account_id = r->account.home_account_id,
                                      .client_id = app->options.client_id };
    put_access(c, app, grant, t, r, w);
    if (is_person && grant->assertion == NULL && t->id_token != NULL)
        put_person(c, app, grant, t, r, w);
    if (is_person && grant->assertion == NULL && t->refresh_token != NULL) {
        /* The new one replaces the one that was used, under whatever alias that was kept. */
        if (grant->old_secret != NULL)
            w->changes[w->n++] =
                (struct token_change){ .removed = &used, .secret = grant->old_secret };
        put_refresh(c, app, grant, t, r, w);
    }
    if (token_cache_change(c, app->cache, w->changes, w->n).code == ERR_OK)
        return;
    /* The tokens are good, whether or not they could be kept. */
    if (c->log != NULL)
        LOG_LINE(c->log, c, LOG_WARN, "tokens could not be kept", { "why", .text = c->fault.text });
    fault_clear(c);
}

/* What was granted; RFC 6749 5.1: what is not said is as it was asked for.  Who asks for all of a
 * resource (/.default) is told what that is, and asks in the same way again. */
static const char *scope_of(struct ctx *c, const struct entra_grant *grant,
                            const struct entra_tokens *t)
{
    struct text_buffer b = text_buffer(c->arena);
    if (t->scope == NULL || *t->scope == '\0')
        return text_join(c->arena, grant->scopes, " ");
    text_add(&b, t->scope);
    for (size_t i = 0; i < grant->scopes.n; i++) {
        const struct texts one = { &grant->scopes.at[i], 1 };
        if (text_ends(one.at[0], "/.default") && !token_scopes_cover(t->scope, one))
            text_addf(&b, " %s", one.at[0]);
    }
    return text_of(&b);
}

static struct entra_result result_of(struct ctx *c, const struct entra_grant *grant,
                                     const struct entra_tokens *t)
{
    return (struct entra_result){
        .access_token = t->access_token,
        .token_type = t->token_type == NULL ? "Bearer" : t->token_type,
        .scope = scope_of(c, grant, t),
        .id_token = t->id_token,
        .expires_on = c->now + t->expires_in,
        .refresh_on = t->refresh_in == 0 ? 0 : c->now + t->refresh_in,
    };
}

/* Whether it is known whose the tokens are.  Those of nobody are the application's own: among them
 * somebody's would be found by it. */
static bool has_owner(const struct entra_grant *grant, const struct entra_result *r)
{
    return grant->own || grant->assertion != NULL || r->account.home_account_id != NULL;
}

RESULT entra_keep(struct ctx *c, struct entra_app *app, const struct entra_grant *grant,
                  const struct entra_tokens *tokens, struct entra_result *out)
{
    struct jwt id;
    struct entra_result r = result_of(c, grant, tokens);
    bool gone = false;
    if (tokens->id_token != NULL) {
        TRY(verify(c, app, grant, tokens, &id));
        TRY(account_of(c, grant, tokens, &id, &r.account));
        TRY(check_home(c, grant, tokens, &r.account));
        r.tenant_id = r.account.tenant_id;
    } else {
        r.account.home_account_id = grant->home;
        r.tenant_id = entra_realm(c, app, &grant->place->authority, grant->home);
    }
    /* Signed out meanwhile: nobody comes back by a refresh that was under way. */
    if (grant->home != NULL) {
        TRY(token_cache_sync(c, app->cache));
        gone = !is_signed_in(c, app, grant->home);
    }
    if (!gone && has_owner(grant, &r))
        write_all(c, app, grant, tokens, &r);
    *out = r;
    return ok();
}
