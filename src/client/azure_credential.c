/* SPDX-License-Identifier: Apache-2.0 */
#include "client/azure_source.h"

#include "client/entra_claims.h"
#include "client/flights.h"
#include "net/url.h"

#include <string.h>

/* The chain, in its order: those for servers, then those for developers. */
static const struct azure_source *const all[] = { &azure_environment, &azure_workload,
                                                  &azure_managed, &azure_cli };
enum { SOURCES = sizeof all / sizeof all[0], SUFFIX = sizeof "/.default" - 1 };

struct texts azure_sources(struct arena *a)
{
    struct texts names = { ARENA_NEWS(a, const char *, SOURCES), SOURCES };
    for (size_t i = 0; i < SOURCES; i++)
        names.at[i] = all[i]->name;
    return names;
}

bool azure_is_tenant(const char *text)
{
    size_t n = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-.");
    return n > 0 && text[n] == '\0' && n < 256;
}

/* ---- making one ---- */

static bool is_meant(const struct azure_source *s, const char *which)
{
    return which == NULL || text_equal_nocase(which, s->name) ||
           text_equal_nocase(which, s->title) ||
           (text_equal_nocase(which, "prod") && !s->is_for_developers) ||
           (text_equal_nocase(which, "dev") && s->is_for_developers);
}

static RESULT choose(struct ctx *c, struct azure_credential *a)
{
    const char *variable = azure_variable(&a->platform, "AZURE_TOKEN_CREDENTIALS");
    const char *which = a->options.credential;
    if (which == NULL && variable != NULL)
        which = text_trim(c->arena, variable);
    const struct azure_source **at = ARENA_NEWS(a->arena, const struct azure_source *, SOURCES);
    for (size_t i = 0; i < SOURCES; i++)
        if (is_meant(all[i], which))
            at[a->sources_n++] = all[i];
    if (a->sources_n == 0)
        return fail(c, INVALID_REQUEST,
                    "there is no credential called %s: it is prod, dev, or one of %s", which,
                    text_join(c->arena, azure_sources(c->arena), ", "));
    a->sources = at;
    a->alone = a->sources_n == 1 && !text_equal_nocase(which, "dev");
    return ok();
}

static RESULT check(struct ctx *c, const struct azure_credential *a)
{
    const struct azure_options *o = &a->options;
    for (size_t i = 0; i < o->required.n; i++)
        if (azure_variable(&a->platform, o->required.at[i]) == NULL)
            return fail(c, INVALID_REQUEST, "the variable %s is required and not set",
                        o->required.at[i]);
    if ((o->client_id != NULL) + (o->object_id != NULL) + (o->resource_id != NULL) > 1)
        return fail(c, INVALID_REQUEST,
                    "an identity is chosen by client id, object id or resource id: one of them");
    if (o->tenant_id != NULL && !azure_is_tenant(o->tenant_id))
        return fail(c, INVALID_REQUEST, "this is no tenant: letters, digits, '-' and '.'");
    return ok();
}

static struct azure_options keep_options(struct arena *a, const struct azure_options *o)
{
    return (struct azure_options){
        .credential = text_keep(a, o->credential),
        .tenant_id = text_keep(a, o->tenant_id),
        .client_id = text_keep(a, o->client_id),
        .object_id = text_keep(a, o->object_id),
        .resource_id = text_keep(a, o->resource_id),
        .subscription = text_keep(a, o->subscription),
        .allowed_tenants = texts_keep(a, o->allowed_tenants),
        .required = texts_keep(a, o->required),
        .capabilities = texts_keep(a, o->capabilities),
        .federated_token_file = text_keep(a, o->federated_token_file),
    };
}

RESULT azure_credential_new(struct ctx *c, const struct azure_platform *platform,
                            const struct azure_options *options, struct azure_credential **out)
{
    struct arena *arena = arena_new(ARENA_REQUEST_CEILING);
    if (arena == NULL)
        return fail(c, UNAVAILABLE, "there is no memory for a credential");
    struct azure_credential *a = ARENA_NEW(arena, struct azure_credential);
    *a = (struct azure_credential){ .arena = arena,
                                    .platform = *platform,
                                    .options = keep_options(arena, options),
                                    .cache = token_cache_new(),
                                    .flights = flights_new(),
                                    .throttles = throttles_new() };
    err made = a->cache == NULL || a->flights == NULL || a->throttles == NULL
                   ? fail(c, UNAVAILABLE, "there is no memory for a credential")
                   : choose(c, a);
    if (made.code == ERR_OK)
        made = check(c, a);
    if (made.code != ERR_OK) {
        azure_credential_free(a);
        return made;
    }
    *out = a;
    return ok();
}

void azure_credential_free(struct azure_credential *a)
{
    if (a == NULL)
        return;
    token_cache_free(a->cache);
    flights_free(a->flights);
    throttles_free(a->throttles);
    arena_end(a->arena);
}

/* ---- asking the chain ---- */

static const char *indented(struct arena *a, const char *text)
{
    return text_join(a, text_split(a, text, '\n'), " ");
}

/* Asks in order; what is not there is passed over, and told of at the end. */
static RESULT ask_all(struct ctx *c, struct azure_credential *a, const struct azure_wanted *wanted,
                      struct azure_token *out)
{
    struct text_buffer why = text_buffer(c->arena);
    for (size_t i = 0; i < a->sources_n; i++) {
        const struct azure_source *s = a->sources[i];
        err e = s->get(c, a, wanted, out);
        if (e.code == ERR_OK) {
            out->source = s->name;
            atomic_store(&a->winner, (int)i + 1);
            return ok();
        }
        const char *text = indented(c->arena, c->fault.text);
        if (e.code != ERR_NOT_FOUND) {
            c->fault.text = text_printf(c->arena, "%s: %s", s->name, text);
            return e;
        }
        text_addf(&why, "\n  %s: %s", s->name, text);
        fault_clear(c);
    }
    return fail(c, NOT_FOUND, "no credential of Azure is there:%s", text_of(&why));
}

static RESULT ask(struct ctx *c, struct azure_credential *a, const struct azure_wanted *wanted,
                  struct azure_token *out)
{
    int winner = atomic_load(&a->winner);
    if (winner == 0)
        return ask_all(c, a, wanted, out);
    const struct azure_source *s = a->sources[winner - 1];
    err e = s->get(c, a, wanted, out);
    if (e.code == ERR_OK)
        out->source = s->name;
    else
        c->fault.text = text_printf(c->arena, "%s: %s", s->name, c->fault.text);
    return e;
}

/* ---- what is kept ---- */

static struct token_query query_of(const struct azure_wanted *wanted)
{
    return (struct token_query){ .kind = TOKEN_ACCESS,
                                 .home_account_id = "",
                                 .user_assertion_hash = "",
                                 .realm = wanted->tenant_id == NULL ? "" : wanted->tenant_id,
                                 .scopes = { (const char **)(uintptr_t)&wanted->scope, 1 } };
}

static bool find_kept(struct ctx *c, struct azure_credential *a, const struct azure_wanted *wanted,
                      int64_t leeway, struct azure_token *out)
{
    struct token_entry found;
    const struct token_query query = query_of(wanted);
    if (wanted->claims != NULL || !token_cache_hit(c, a->cache, &query, leeway, &found))
        return false;
    *out =
        (struct azure_token){ found.secret, found.expires_on, found.refresh_on, found.client_id };
    return true;
}

/* Where nothing is said, half of a long life is when to look for another. */
static void add_refresh_time(struct ctx *c, struct azure_token *t)
{
    int64_t life = t->expires_on - c->now;
    if (t->refresh_on == 0 && life >= AZURE_LONG_LIFE)
        t->refresh_on = c->now + life / 2;
}

static RESULT fetch(struct ctx *c, struct azure_credential *a, const struct azure_wanted *wanted,
                    struct azure_token *out)
{
    TRY(ask(c, a, wanted, out));
    add_refresh_time(c, out);
    const struct token_entry entry = { .kind = TOKEN_ACCESS,
                                       .home_account_id = "",
                                       .client_id = out->source,
                                       .realm = wanted->tenant_id == NULL ? "" : wanted->tenant_id,
                                       .target = wanted->scope,
                                       .token_type = "Bearer",
                                       .secret = out->token,
                                       .cached_at = c->now,
                                       .expires_on = out->expires_on,
                                       .refresh_on = out->refresh_on };
    const struct token_change change = { .put = &entry };
    /* One that has ended is given out, and not kept. */
    return out->expires_on > c->now ? token_cache_change(c, a->cache, &change, 1) : ok();
}

static bool is_fresh(const struct ctx *c, const struct azure_token *t)
{
    return (t->refresh_on == 0 || t->refresh_on > c->now) && t->expires_on - AZURE_LEEWAY > c->now;
}

/* One request for all who ask at once.  `old` stays good if it fails. */
static RESULT fetch_once(struct ctx *c, struct azure_credential *a,
                         const struct azure_wanted *wanted, const struct azure_token *old,
                         struct azure_token *out)
{
    const char *key = text_printf(c->arena, "%s\n%s\n%s", wanted->scope,
                                  wanted->tenant_id == NULL ? "" : wanted->tenant_id,
                                  wanted->claims == NULL ? "" : wanted->claims);
    err e = ok();
    struct azure_token kept;
    enum flight turn = flight_board(c, a->flights, key, &e);
    /* Somebody may have fetched it between our look and now; what landed just now is as fresh as
     * there is, also where it is short-lived. */
    bool is_done = turn != FLIGHT_FAILED && find_kept(c, a, wanted, 0, &kept) &&
                   (turn == FLIGHT_LANDED || is_fresh(c, &kept));
    if (is_done)
        *out = kept;
    else if (turn != FLIGHT_FAILED)
        e = fetch(c, a, wanted, out);
    if (turn == FLIGHT_OURS)
        flight_land(c, a->flights, key, e);
    if (e.code == ERR_OK || old == NULL)
        return e;
    fault_clear(c);
    atomic_store(&a->refresh_not_before, c->now + AZURE_RETRY_SECONDS);
    *out = *old;
    return ok();
}

/* ---- what is asked for ---- */

static bool holds_tenant(struct texts list, const char *tenant)
{
    for (size_t i = 0; i < list.n; i++)
        if (text_equal(list.at[i], "*") || text_equal_nocase(list.at[i], tenant))
            return true;
    return false;
}

static bool is_allowed(struct ctx *c, const struct azure_credential *a, const char *tenant)
{
    const char *more = azure_variable(&a->platform, "AZURE_ADDITIONALLY_ALLOWED_TENANTS");
    return holds_tenant(a->options.allowed_tenants, tenant) ||
           holds_tenant(text_split(c->arena, more == NULL ? "" : more, ';'), tenant);
}

static RESULT check_tenant(struct ctx *c, const struct azure_credential *a, const char *tenant,
                           struct azure_wanted *wanted)
{
    const char *own = a->options.tenant_id != NULL
                          ? a->options.tenant_id
                          : azure_variable(&a->platform, "AZURE_TENANT_ID");
    if (tenant == NULL || text_equal_nocase(tenant, own))
        return ok();
    if (!azure_is_tenant(tenant))
        return fail(c, INVALID_REQUEST, "this is no tenant: letters, digits, '-' and '.'");
    if (own != NULL && !is_allowed(c, a, tenant))
        return fail(c, INVALID_REQUEST,
                    "the credential is of tenant %s, and %s is not among its allowed tenants", own,
                    tenant);
    wanted->tenant_id = tenant;
    return ok();
}

static RESULT read_asked(struct ctx *c, const struct azure_credential *a,
                         const struct azure_asked *asked, struct azure_wanted *out)
{
    struct azure_wanted w = { .scope = asked->scope, .claims = asked->claims };
    size_t n = asked->scope == NULL ? 0 : strlen(asked->scope);
    if (n == 0 || n > AZURE_TEXT_MAX || strchr(asked->scope, ' ') != NULL ||
        text_has_control(asked->scope))
        return fail(c, INVALID_REQUEST, "a token is asked for with one scope: RESOURCE/.default");
    bool is_whole = text_ends(asked->scope, "/.default");
    w.resource = text_copy(c->arena, asked->scope, is_whole ? n - SUFFIX : n);
    if (!is_whole)
        w.scope = text_printf(c->arena, "%s/.default", asked->scope);
    TRY(check_tenant(c, a, asked->tenant_id, &w));
    *out = w;
    return ok();
}

RESULT azure_credential_get(struct ctx *c, struct azure_credential *a,
                            const struct azure_asked *asked, struct azure_token *out)
{
    struct azure_wanted wanted;
    struct azure_token kept;
    TRY(read_asked(c, a, asked, &wanted));
    bool has_kept = find_kept(c, a, &wanted, 0, &kept);
    bool is_old = has_kept && !is_fresh(c, &kept);
    /* When the last refresh has failed just now, the old one has to do for a while. */
    if (has_kept && (!is_old || atomic_load(&a->refresh_not_before) > c->now)) {
        *out = kept;
        return ok();
    }
    return fetch_once(c, a, &wanted, has_kept ? &kept : NULL, out);
}

/* ---- what sources share ---- */

RESULT azure_authority(struct ctx *c, const struct azure_credential *a, const char **out)
{
    struct url url;
    const char *said = azure_variable(&a->platform, "AZURE_AUTHORITY_HOST");
    const char *host = said == NULL ? "https://login.microsoftonline.com" : said;
    if (strstr(host, "://") == NULL)
        host = text_printf(c->arena, "https://%s", host);
    if (!url_parse(c->arena, bytes_of(host), &url) || url.host == NULL || url.query != NULL ||
        url.fragment != NULL || !(*url.path == '\0' || text_equal(url.path, "/")) ||
        !(text_equal(url.scheme, "https") || url_is_loopback(&url)))
        return fail(c, INVALID_REQUEST, "AZURE_AUTHORITY_HOST is no address of https");
    *out = url_origin(c->arena, &url);
    return ok();
}

RESULT azure_client_credentials(struct ctx *c, struct azure_credential *a,
                                const struct oauth_client *client, const char *tenant_id,
                                const struct azure_wanted *wanted, struct azure_token *out)
{
    const char *tenant = wanted->tenant_id != NULL ? wanted->tenant_id : tenant_id;
    const char *authority = NULL;
    const char *claims = NULL;
    struct entra_tokens tokens;
    struct entra_error error;
    struct oauth_form form = { .n = 0 };
    struct oauth_client who = *client;
    if (!azure_is_tenant(tenant))
        return fail(c, INVALID_REQUEST, "AZURE_TENANT_ID is no tenant");
    TRY(azure_authority(c, a, &authority));
    TRY(entra_claims_merge(c, a->options.capabilities, wanted->claims, &claims));
    const struct entra_endpoint at = {
        .url = text_printf(c->arena, "%s/%s/oauth2/v2.0/token", authority, tenant),
        .throttles = a->throttles,
        .confidential = true,
    };
    who.assertion_aud = at.url;
    oauth_form_add(&form, "grant_type", "client_credentials");
    oauth_form_add(&form, "scope", wanted->scope);
    oauth_form_add(&form, "claims", claims);
    TRY(entra_call(c, &at, &who, &form, &tokens, &error));
    *out = (struct azure_token){ .token = tokens.access_token,
                                 .expires_on = c->now + tokens.expires_in,
                                 .refresh_on =
                                     tokens.refresh_in == 0 ? 0 : c->now + tokens.refresh_in };
    return ok();
}
