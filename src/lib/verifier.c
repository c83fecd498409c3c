/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/verifier.h"

#include "base/random.h"
#include "client/dpop.h"
#include "client/resource_document.h"
#include "client/tenant_issuer.h"

#include <uauth/uauth.h>

#include <stdio.h>
#include <string.h>

/* ---- what a program says ---- */

static RESULT read_algorithms(struct ctx *c, const char *names, unsigned *out)
{
    struct texts list = lib_words(c->arena, names);
    unsigned algs = names == NULL ? (unsigned)ALGS_ASYMMETRIC : 0U;
    for (size_t i = 0; i < list.n; i++) {
        enum jws_alg alg = alg_from_name(list.at[i]);
        if (((unsigned)alg & (unsigned)ALGS_ASYMMETRIC) == 0)
            return fail(c, INVALID_REQUEST, "the algorithm %.32s is not known", list.at[i]);
        algs |= (unsigned)alg;
    }
    if (algs == 0)
        return fail(c, INVALID_REQUEST, "no algorithm is allowed");
    *out = algs;
    return ok();
}

static RESULT read_file(struct call *k, const char *path, struct bytes *out)
{
    FILE *file = fopen(path, "re");
    uint8_t *at = arena_alloc(k->c.arena, JWKS_BYTES_MAX + 1);
    size_t n = file == NULL ? 0 : fread(at, 1, JWKS_BYTES_MAX + 1, file);
    bool failed = file == NULL || ferror(file) != 0;
    if (file != NULL)
        (void)fclose(file);
    k->told.result = UAUTH_IO;
    if (failed)
        return fail(&k->c, NOT_FOUND, "%s cannot be read", path);
    k->told.result = UAUTH_OK;
    *out = (struct bytes){ at, n };
    return ok();
}

static RESULT read_keys(struct call *k, const struct uauth_verifier_options *o, struct verifier *v)
{
    struct ctx *c = &k->c;
    struct upstream_keys *keys = ARENA_NEW(c->arena, struct upstream_keys);
    struct bytes json = { 0 };
    if (o->jwks == NULL && o->jwks_file == NULL)
        return ok();
    if (o->jwks != NULL)
        json = bytes_of(o->jwks);
    else
        TRY(read_file(k, o->jwks_file, &json));
    TRY(upstream_keys_read(c, json, keys));
    if (keys->set.n == 0)
        return fail(c, INVALID_REQUEST, "the key set has no key that is accepted here");
    v->keys = keys;
    return ok();
}

/* AT-17: no tenant is let in that nobody has named. */
static RESULT check_tenants(struct ctx *c, const struct uauth_verifier_options *o)
{
    bool template = strstr(o->issuer, TENANT_PLACE) != NULL;
    if (template != (o->tenants_n > 0))
        return fail(c, INVALID_REQUEST,
                    "tenants go with an issuer that has " TENANT_PLACE " in it, and it with them");
    for (size_t i = 0; i < o->tenants_n; i++)
        if (!tenant_is_guid(o->tenants[i]))
            return fail(c, INVALID_REQUEST, "a tenant is listed by its id");
    if (template && o->metadata_url == NULL && o->jwks_uri == NULL && o->jwks == NULL &&
        o->jwks_file == NULL)
        return fail(c, INVALID_REQUEST, "of an issuer with many tenants say metadata_url, too");
    return ok();
}

static RESULT check_options(struct ctx *c, const struct uauth_verifier_options *o)
{
    /* JOSE-26 */
    if (o->issuer == NULL || *o->issuer == '\0' || o->audiences_n == 0 || o->audiences == NULL)
        return fail(c, INVALID_REQUEST, "a verifier needs issuer and audiences");
    for (size_t i = 0; i < o->audiences_n; i++)
        if (o->audiences[i] == NULL || *o->audiences[i] == '\0')
            return fail(c, INVALID_REQUEST, "an audience is empty");
    if (o->leeway < 0 || o->leeway > VERIFIER_LEEWAY_MAX)
        return fail(c, INVALID_REQUEST, "leeway is 0 to %d seconds", VERIFIER_LEEWAY_MAX);
    if ((unsigned)o->kind > UAUTH_ID_TOKEN)
        return fail(c, INVALID_REQUEST, "kind is not one");
    if (o->kind == UAUTH_ID_TOKEN && o->audiences_n != 1)
        return fail(c, INVALID_REQUEST, "the one audience of an ID token is the client_id");
    if (o->resource != NULL && resource_document_url(c->arena, o->resource) == NULL)
        return fail(c, INVALID_REQUEST, "resource is a URL without fragment");
    return check_tenants(c, o);
}

static uint64_t new_serial(struct ctx *c)
{
    uint64_t serial = 0;
    while (serial == 0)
        random_fill(c->random, &serial, sizeof serial);
    return serial;
}

static RESULT make_verifier(struct call *k, const struct uauth_verifier_options *options,
                            struct uauth_verifier *out)
{
    struct ctx *c = &k->c;
    struct arena *a = c->arena;
    struct uauth_verifier_options o;
    TRY(options_read(c, options, &o, sizeof o));
    TRY(check_options(c, &o));
    struct verifier *v = &out->verifier;
    *v = (struct verifier){
        .issuer = text_keep(a, o.issuer),
        .place = ARENA_NEW(a, struct verifier_place),
        .metadata_url = text_keep(a, o.metadata_url),
        .jwks_uri = text_keep(a, o.jwks_uri),
        .audiences = lib_texts(a, o.audiences, o.audiences_n),
        .tenants = lib_texts(a, o.tenants, o.tenants_n),
        .kind = (enum verifier_kind)o.kind,
        .leeway = o.leeway,
        .claims = { text_keep(a, o.scope_claim), text_keep(a, o.roles_claim),
                    text_keep(a, o.permissions_claim), text_keep(a, o.tenant_claim) },
        .bound_only = o.bound_only,
        .status_off = o.ignore_status,
        .nonce = o.nonce_always ? VERIFIER_NONCE_ALWAYS : VERIFIER_NONCE_AS_NEEDED,
        .resource = text_keep(a, o.resource),
        .realm = text_keep(a, o.realm),
        .nonces_own = !k->uauth->secret_shared,
        .serial = new_serial(c),
        .replays = replays_new(o.proofs_max, c->now),
    };
    v->place->openid_url = metadata_url(a, v->issuer);
    v->place->oauth_url = metadata_oauth_url(a, v->issuer);
    if (v->replays == NULL)
        return fail(c, OUT_OF_MEMORY, "there is no memory for a verifier");
    ARENA_OWN(a, struct replays, replays_free, v->replays);
    out->metadata_url = o.resource == NULL ? NULL : resource_document_url(a, v->resource);
    TRY(read_algorithms(c, o.algorithms, &v->algs));
    return read_keys(k, &o, v);
}

enum uauth_result uauth_verifier_new(struct uauth *u, const struct uauth_verifier_options *options,
                                     struct uauth_verifier **out, struct uauth_error **error)
{
    struct call k;
    *out = NULL;
    if (!call_open(&k, u, error))
        return UAUTH_MEMORY;
    struct uauth_verifier *made = ARENA_NEW(k.c.arena, struct uauth_verifier);
    err result = make_verifier(&k, options, made);
    return CALL_CLOSE(&k, result, made, out, error);
}

void uauth_verifier_free(struct uauth_verifier *verifier)
{
    if (verifier != NULL)
        held_free(&verifier->held);
}

bool uauth_verifier_suits(const struct uauth_verifier *verifier, const char *token)
{
    struct call k;
    if (!call_open(&k, verifier->held.uauth, NULL))
        return false;
    const struct verifier *v = &verifier->verifier;
    const char *iss = jwt_unverified_text(&k.c, token, "iss");
    const char *tid = v->tenants.n == 0 ? "" : jwt_unverified_text(&k.c, token, "tid");
    bool suits =
        iss != NULL && tid != NULL && text_equal(iss, tenant_fill(k.c.arena, v->issuer, tid));
    (void)call_close(&k, ok(), NULL, NULL);
    return suits;
}

/* ---- about this API ---- */

static RESULT write_metadata(struct ctx *c, const struct verifier *v,
                             const struct uauth_resource *about, const char **out)
{
    struct uauth_resource o;
    struct arena *a = c->arena;
    struct json_writer w = json_writer(a);
    TRY(options_read(c, about, &o, sizeof o));
    if (v->resource == NULL)
        return fail(c, INVALID_REQUEST, "the verifier has no resource");
    const struct resource_document document = {
        .resource = v->resource,
        .authorization_servers = { ARENA_NEW(a, const char *), v->tenants.n > 0 ? 0 : 1 },
        .name = text_keep(a, o.name),
        .scopes = lib_words(a, o.scopes),
        .documentation = text_keep(a, o.documentation),
        .policy = text_keep(a, o.policy),
        .terms = text_keep(a, o.terms),
        .dpop_algs = alg_names(a, DPOP_ALGS),
        .dpop_bound = v->bound_only,
    };
    document.authorization_servers.at[0] = v->issuer;
    json_object(&w, NULL);
    resource_document_write(&w, &document);
    json_object_end(&w);
    *out = json_written(&w);
    return ok();
}

enum uauth_result uauth_resource_metadata(const struct uauth_verifier *verifier,
                                          const struct uauth_resource *about,
                                          struct uauth_text **out, struct uauth_error **error)
{
    struct call k;
    *out = NULL;
    if (!call_open(&k, verifier->held.uauth, error))
        return UAUTH_MEMORY;
    struct uauth_text *made = ARENA_NEW(k.c.arena, struct uauth_text);
    err result = write_metadata(&k.c, &verifier->verifier, about, &made->text);
    return CALL_CLOSE(&k, result, made, out, error);
}

const char *uauth_verifier_metadata_url(const struct uauth_verifier *verifier)
{
    return verifier->metadata_url;
}
