/* SPDX-License-Identifier: Apache-2.0 */
#include "federation/provider_change.h"

#include "base/config.h"
#include "base/json_writer.h"
#include "crypto/certificate_key.h"
#include "db/db.h"
#include "federation/credential.h"
#include "identity/audit.h"
#include "identity/audit_changes.h"
#include "store/tenants.h"

#include <string.h>

struct change {
    struct provider_row row;
    struct texts domains;
    const char *actor_id;
    enum audit_event event;
    const struct provider_row *before; /* or NULL */
    bool done;
};

static const char *row_json(struct ctx *c, const struct provider_row *row)
{
    if (row == NULL)
        return NULL;
    struct json_writer w = json_writer(c->arena);
    json_object(&w, NULL);
    json_text(&w, "name", row->name);
    json_bool(&w, "disabled", row->disabled);
    json_bool(&w, "foreign_urls", row->foreign);
    json_text_if(&w, "sealed_secret", row->sealed);
    json_object_end(&w);
    return audit_object(c, json_written(&w), row->metadata);
}

static RESULT record(struct ctx *c, const struct change *change)
{
    bool gone = change->event == AUDIT_PROVIDER_DELETED;
    const char *changed =
        gone ? NULL : audit_changes(c, row_json(c, change->before), row_json(c, &change->row));
    return audit_add(c, &(struct audit){ .event = change->event,
                                         .actor_id = change->actor_id,
                                         .details = { { "provider", change->row.id } },
                                         .changed = changed });
}

static RESULT not_found(struct ctx *c, const char *id)
{
    return fail(c, NOT_FOUND, "there is no provider %.32s", id);
}

/* ---- reading ---- */

const char *provider_named_by(const struct provider_row *row)
{
    return row->foreign ? PROVIDER_NAMED_BY_API : PROVIDER_NAMED_BY_MACHINE;
}

RESULT provider_read(struct ctx *c, const char *id, struct provider_made *out)
{
    struct provider_made read = { 0 };
    TRY(provider_row_find(c, id, &read.row));
    if (read.row == NULL)
        return not_found(c, id);
    TRY(provider_metadata_load(c, read.row->metadata, &read.metadata));
    *out = read;
    return ok();
}

/* ---- what is acceptable ---- */

static bool is_id(const char *id)
{
    size_t n = strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-");
    return n >= 1 && n <= PROVIDER_ID_MAX && id[n] == '\0' && id[0] != '-';
}

/* What the platform vouches for, or our own key, would go to wherever an operator says: only
 * whoever is on the machine sets it up. */
static RESULT check_method(struct ctx *c, const struct provider_kind *kind,
                           const struct provider_metadata *m, const char *actor_id,
                           enum credential_secret due)
{
    if (due != CREDENTIAL_NONE || text_equal(m->token_endpoint_auth_method, "none"))
        return ok();
    if (kind != &kind_entra && kind != &kind_ciam)
        return fail_field(c, INVALID_FIELD, "token_endpoint_auth_method",
                          "Assertions of the platform are for Entra.");
    if (actor_id != NULL)
        return fail_field(c, INVALID_FIELD, "token_endpoint_auth_method",
                          "A provider with this method is set up by a command on the machine.");
    return ok();
}

static bool is_good(struct ctx *c, enum credential_secret due, const char *secret)
{
    const struct key *key = NULL;
    struct certificate_key pair;
    if (due == CREDENTIAL_JWK)
        return key_read_jwk(c, c->arena, bytes_of(secret), true, &key).code == ERR_OK &&
               key->is_private;
    return due != CREDENTIAL_CERTIFICATE ||
           certificate_key_parse(c, c->arena, bytes_of(secret), NULL, ALG_PS256, &pair).code ==
               ERR_OK;
}

static RESULT check_secret(struct ctx *c, enum credential_secret due, const char *secret, bool has)
{
    if (due == CREDENTIAL_NONE || (secret == NULL && has))
        return ok();
    if (secret == NULL)
        return fail_field(c, INVALID_FIELD, "client_secret",
                          "A secret or key is needed to authenticate at the provider.");
    if (is_good(c, due, secret))
        return ok();
    fault_clear(c);
    return fail_field(c, INVALID_FIELD, "client_secret",
                      due == CREDENTIAL_JWK
                          ? "This is no private key as a JWK."
                          : "This is no PEM with a private key and its certificate.");
}

/* Whether a secret of before would go where it went, and as it went. */
static bool goes_as_before(const struct provider_metadata *was, const struct provider_metadata *m,
                           bool by_api)
{
    enum credential_secret was_due = CREDENTIAL_NONE;
    enum credential_secret due = CREDENTIAL_NONE;
    must(credential_find(was->token_endpoint_auth_method, &was_due));
    must(credential_find(m->token_endpoint_auth_method, &due));
    bool same_place = text_equal(was->issuer, m->issuer) &&
                      text_equal(was->authority, m->authority) &&
                      text_equal(was->token_endpoint, m->token_endpoint);
    return was_due == due && (!by_api || due != CREDENTIAL_TEXT || same_place);
}

/* What is stored, as its kind completes it.  *known is false for what a version before has taken
 * and this one does not: nobody can say where it is called, and an update mends it. */
static RESULT stored(struct ctx *c, const struct provider_kind *kind, const char *metadata,
                     struct provider_metadata *out, bool *known)
{
    TRY(provider_metadata_load(c, metadata, out));
    err checked = kind->check(c, out);
    *known = checked.code == ERR_OK;
    if (checked.code != ERR_INVALID_FIELD)
        return checked;
    fault_clear(c);
    return ok();
}

/*
 * A secret is never shown, so that who may change a provider does not have it sent to themselves,
 * nor a private key sent to anybody as if it were a password: then it is given anew.
 */
static RESULT check_kept(struct ctx *c, const struct provider_kind *kind, const char *before,
                         const struct provider_metadata *m, bool by_api)
{
    struct provider_metadata was;
    bool known = false;
    enum credential_secret due = CREDENTIAL_NONE;
    must(credential_find(m->token_endpoint_auth_method, &due));
    if (due == CREDENTIAL_NONE)
        return ok();
    TRY(stored(c, kind, before, &was, &known));
    if (known && goes_as_before(&was, m, by_api))
        return ok();
    return fail_field(c, INVALID_FIELD, "client_secret",
                      "The secret would go elsewhere or as another kind of secret: give it again.");
}

/* The URLs at which we call it. */
enum { CALLED = 6 };
static void called_of(const struct provider_metadata *m, const char *out[CALLED])
{
    const char *const all[CALLED] = { m->issuer,         m->authority,         m->graph,
                                      m->token_endpoint, m->userinfo_endpoint, m->emails_endpoint };
    memcpy(out, all, sizeof all);
}

/* SR-02: what the API names is public, or of AUTH_INTERNAL_HOSTS. */
static RESULT check_called(struct ctx *c, const struct provider_metadata *m)
{
    static const char *const names[CALLED] = {
        "issuer", "authority", "graph", "token_endpoint", "userinfo_endpoint", "emails_endpoint"
    };
    const char *called[CALLED];
    called_of(m, called);
    for (size_t i = 0; i < CALLED; i++) {
        struct url url;
        if (called[i] != NULL && (!url_parse(c->arena, bytes_of(called[i]), &url) ||
                                  !upstream_is_callable(c->config->internal_hosts, &url)))
            return fail_field(
                c, INVALID_FIELD, names[i],
                "This is https on port 443 of a public host, by its name. Others have "
                "to stand in AUTH_INTERNAL_HOSTS, or are named by a command on the "
                "machine.");
    }
    return ok();
}

/* Whether it is called at the URLs that are in `row`. */
static RESULT same_called(struct ctx *c, const struct provider_kind *kind,
                          const struct provider_metadata *m, const struct provider_row *row,
                          bool *same)
{
    struct provider_metadata was = { 0 };
    const char *then[CALLED];
    const char *now[CALLED];
    *same = false;
    if (row->metadata == NULL)
        return ok();
    TRY(stored(c, kind, row->metadata, &was, same));
    called_of(&was, then);
    called_of(m, now);
    for (size_t i = 0; i < CALLED; i++)
        *same = *same && text_equal(then[i], now[i]);
    return ok();
}

/*
 * Who has named the URLs of a provider.  Once the API has named one of them they are all strangers'
 * to us: a command on the machine that changes something else does not vouch for them, and one that
 * says so does.
 */
static RESULT note_foreign(struct ctx *c, const struct provider_wanted *wanted,
                           const struct provider_kind *kind, const struct provider_metadata *m,
                           struct provider_row *row)
{
    bool by_api = wanted->actor_id != NULL;
    bool same = false;
    TRY(same_called(c, kind, m, row, &same));
    bool foreign = row->foreign || (by_api && !same) ||
                   text_equal(wanted->urls_named_by, PROVIDER_NAMED_BY_API);
    bool vouched = text_equal(wanted->urls_named_by, PROVIDER_NAMED_BY_MACHINE);
    if (foreign && vouched && by_api)
        return fail_field(c, INVALID_FIELD, "urls_named_by",
                          "What the API names is not the machine's: say api or nothing, or apply "
                          "this on the machine.");
    bool was_foreign = row->foreign;
    row->foreign = foreign && !vouched;
    bool named_now = row->foreign && ((by_api && !same) || !was_foreign);
    return named_now ? check_called(c, m) : ok();
}

static RESULT check_tenant(struct ctx *c, const char *tenant_id)
{
    const struct tenant_row *tenant = NULL;
    if (tenant_id == NULL)
        return ok();
    TRY(tenant_find(c, tenant_id, &tenant));
    if (tenant == NULL)
        return fail_field(c, INVALID_FIELD, "tenant_id", "There is no tenant of this id.");
    return ok();
}

/* Fills `row` with all but its id and kind. */
static RESULT check(struct ctx *c, const struct provider_wanted *wanted, struct provider_row *row)
{
    struct provider_metadata m = wanted->metadata;
    const struct provider_kind *kind = provider_kind_find(row->kind);
    const char *before = row->sealed == NULL ? NULL : row->metadata;
    if (kind == NULL)
        return fail_field(c, INVALID_FIELD, "kind",
                          "This is openid, entra, b2c, ciam, google, apple or oauth2.");
    if (m.client_id == NULL || *m.client_id == '\0')
        return fail_field(c, INVALID_FIELD, "client_id", "The client id at the provider.");
    TRY(provider_metadata_check(c, &m));
    const char *metadata = provider_metadata_write(c->arena, &m);
    TRY(kind->check(c, &m));
    TRY(note_foreign(c, wanted, kind, &m, row));
    row->metadata = metadata;
    if (m.recheck_minutes > 0 && kind->offline == NULL)
        return fail_field(c, INVALID_FIELD, "recheck_minutes",
                          "This is for openid and entra, whose refresh tokens tell.");
    TRY(check_tenant(c, m.tenant_id));
    enum credential_secret due = CREDENTIAL_TEXT;
    must(credential_find(m.token_endpoint_auth_method, &due));
    TRY(check_method(c, kind, &m, wanted->actor_id, due));
    TRY(check_secret(c, due, wanted->secret, row->sealed != NULL));
    if (wanted->secret == NULL && before != NULL)
        TRY(check_kept(c, kind, before, &m, wanted->actor_id != NULL));
    if (wanted->secret != NULL)
        TRY(provider_seal(c, row->id, wanted->secret, &row->sealed));
    row->disabled = wanted->disabled;
    return ok();
}

static RESULT check_name(struct ctx *c, const char *name)
{
    if (name == NULL || *name == '\0' || text_code_points(name) > PROVIDER_NAME_MAX ||
        text_has_control(name))
        return fail_field(c, INVALID_FIELD, "name", "The name has 1 to 64 characters.");
    return ok();
}

/* ---- carrying it out ---- */

/* Home-realm discovery: a domain is one provider's. */
static RESULT claim_domains(struct ctx *c, const struct change *change)
{
    struct texts lower = { ARENA_NEWS(c->arena, const char *, change->domains.n), 0 };
    const char *taken = NULL;
    for (size_t i = 0; i < change->domains.n; i++) {
        const char *domain = text_lower(c->arena, change->domains.at[i]);
        if (!texts_hold(lower, domain))
            lower.at[lower.n++] = domain;
    }
    TRY(provider_domains_set(c, change->row.id, lower, &taken));
    if (taken != NULL)
        return fail_say(c, CONFLICT, "One of login_domains is that of another provider.",
                        "the domain %s is taken", taken);
    return ok();
}

static RESULT create_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct change *change = arg;
    TRY(provider_add(c, &change->row, &change->done));
    if (!change->done)
        return ok();
    TRY(claim_domains(c, change));
    return record(c, change);
}

RESULT provider_create(struct ctx *c, const struct provider_wanted *wanted,
                       struct provider_made *out)
{
    struct change change = { .row = { .id = wanted->id, .kind = wanted->kind },
                             .domains = wanted->metadata.login_domains,
                             .actor_id = wanted->actor_id,
                             .event = AUDIT_PROVIDER_CREATED };
    if (!is_id(wanted->id))
        return fail_field(c, INVALID_FIELD, "id",
                          "This has 1 to 32 characters of a-z, 0-9 and '-'.");
    change.row.name = wanted->name == NULL ? wanted->id : wanted->name;
    TRY(check_name(c, change.row.name));
    TRY(check(c, wanted, &change.row));
    bool taken = text_equal(wanted->id, PROVIDER_ENTRA) && c->config->azure_client_id[0] != '\0';
    if (!taken)
        TRY(db_atomically(c, create_in, &change));
    if (!change.done)
        return fail_say(c, CONFLICT, "There is a provider of this id already.",
                        "the provider %s exists", wanted->id);
    return provider_read(c, wanted->id, out);
}

static RESULT change_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct change *change = arg;
    TRY(provider_row_find(c, change->row.id, &change->before));
    TRY(provider_update(c, &change->row, &change->done));
    if (!change->done)
        return ok();
    TRY(claim_domains(c, change));
    return record(c, change);
}

RESULT provider_change(struct ctx *c, const struct provider_wanted *wanted,
                       struct provider_made *out)
{
    struct provider_made before;
    TRY(provider_read(c, wanted->id, &before));
    struct change change = { .row = *before.row,
                             .domains = wanted->metadata.login_domains,
                             .actor_id = wanted->actor_id,
                             .event = AUDIT_PROVIDER_UPDATED };
    if (wanted->name != NULL)
        change.row.name = wanted->name;
    TRY(check_name(c, change.row.name));
    TRY(check(c, wanted, &change.row));
    TRY(db_atomically(c, change_in, &change));
    return change.done ? provider_read(c, wanted->id, out) : not_found(c, wanted->id);
}

static RESULT erase_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct change *change = arg;
    TRY(provider_remove(c, change->row.id, &change->done));
    return change->done ? record(c, change) : ok();
}

RESULT provider_erase(struct ctx *c, const char *id, const char *actor_id)
{
    struct change change = { .row = { .id = id },
                             .actor_id = actor_id,
                             .event = AUDIT_PROVIDER_DELETED };
    TRY(db_atomically(c, erase_in, &change));
    return change.done ? ok() : not_found(c, id);
}
