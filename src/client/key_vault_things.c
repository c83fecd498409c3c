/* SPDX-License-Identifier: Apache-2.0 */
/* What is in a key vault, as it tells of it (entra.md 4.1). */
#include "client/key_vault_inside.h"

#include "base/shape.h"
#include "client/oauth_call.h"
#include "net/url.h"

#include <string.h>

/* With the first of them all that is used here is answered alike. */
#define API_VERSION "api-version=7.4"

enum { PAGES_MAX = 16, PAGE = 25, ID_MAX = 1024, MESSAGE_MAX = 300, TEXT_MAX = 4096 };

/* ---- refusals ---- */

struct vault_inner {
    const char *code;
};
LOCAL_SHAPE_OPEN(vault_inner, FIELD(vault_inner, code, OPTIONAL, 0, ID_MAX, "What is wrong"));

struct vault_error {
    const char *code, *message;
    const void *innererror;
};
LOCAL_SHAPE_OPEN(vault_error, FIELD(vault_error, code, OPTIONAL, 0, ID_MAX, "What is wrong"),
                 FIELD(vault_error, message, OPTIONAL, 0, TEXT_MAX, "In words"),
                 FIELD_OF(vault_error, innererror, OPTIONAL, 0, 0, &vault_inner_shape,
                          "More of it"));

struct vault_refused {
    const void *error;
};
LOCAL_SHAPE_OPEN(vault_refused, FIELD_OF(vault_refused, error, REQUIRED, 0, 0, &vault_error_shape,
                                         "What is wrong"));

/* What the vault says of itself, on one line. */
static const char *reason(struct ctx *c, struct bytes body)
{
    struct vault_refused refused = { 0 };
    const struct fault before = c->fault;
    bool said = shape_read_json(c, &vault_refused_shape, body, &refused).code == ERR_OK;
    c->fault = before;
    if (!said || refused.error == NULL)
        return "(no reason that can be shown)";
    const struct vault_error *e = refused.error;
    const struct vault_inner *inner = e->innererror;
    const char *why =
        text_printf(c->arena, "%s%s%s%s: %.*s", e->code == NULL ? "(no code)" : e->code,
                    inner != NULL && inner->code != NULL ? " (" : "",
                    inner != NULL && inner->code != NULL ? inner->code : "",
                    inner != NULL && inner->code != NULL ? ")" : "", MESSAGE_MAX,
                    e->message == NULL ? "" : e->message);
    return text_has_control(why) || !text_is_utf8(bytes_of(why)) ? "(no reason that can be shown)"
                                                                 : why;
}

static RESULT busy(struct ctx *c, const char *vault, const struct http_answer *answer)
{
    err failed = fail(c, UNAVAILABLE, "the key vault %s answered with status %d: %s", vault,
                      answer->status, reason(c, answer->body));
    c->fault.retry_after = oauth_retry_after(c, answer);
    return failed;
}

RESULT key_vault_refusal(struct ctx *c, const char *vault, const struct http_answer *answer)
{
    int status = answer->status;
    if (key_vault_may_pass(status))
        return busy(c, vault, answer);
    const char *why = reason(c, answer->body);
    if (status == 404)
        return fail(c, NOT_FOUND, "the key vault %s has none: %s", vault, why);
    if (status == 400)
        return fail(c, INVALID_REQUEST, "the key vault %s does not take this: %s", vault, why);
    if (status == 401 || status == 403)
        return fail(c, ACCESS_DENIED,
                    "the key vault %s refuses with status %d: %s; the identity needs the role Key "
                    "Vault Secrets User for secrets, Key Vault Crypto User for keys",
                    vault, status, why);
    return fail(c, UPSTREAM, "the key vault %s answered with status %d: %s", vault, status, why);
}

/* ---- what they have in common ---- */

struct vault_attributes {
    bool enabled;
    int64_t nbf, exp, created;
};
LOCAL_SHAPE_OPEN(vault_attributes, FIELD(vault_attributes, enabled, OPTIONAL, 0, 0, "May be used"),
                 FIELD(vault_attributes, nbf, OPTIONAL, 0, INT64_MAX, "From when on"),
                 FIELD(vault_attributes, exp, OPTIONAL, 0, INT64_MAX, "Until when"),
                 FIELD(vault_attributes, created, OPTIONAL, 0, INT64_MAX, "When it was made"));

bool vault_version_is_good(const struct vault_version *is, int64_t now)
{
    return is->enabled && is->not_before <= now && (is->expires_at == 0 || is->expires_at > now);
}

static RESULT no_answer(struct ctx *c, const struct key_vault *v)
{
    const char *why = c->fault.say == NULL ? "" : c->fault.say;
    const char *field = c->fault.field == NULL ? "" : c->fault.field;
    fault_clear(c);
    return fail(c, UPSTREAM, "the key vault %s did not answer properly: %s %s", key_vault_host(v),
                field, why);
}

/* "https://.../keys/NAME/VERSION" says the version of what was asked for, and nothing else. */
static RESULT read_version(struct ctx *c, const struct key_vault *v, const char *id,
                           const char *asked, const char **out)
{
    const char *slash = strrchr(id, '/');
    if (slash == NULL || !vault_is_version(slash + 1) ||
        (asked != NULL && !text_equal(asked, slash + 1)))
        return fail(c, UPSTREAM, "the key vault %s answered about another version",
                    key_vault_host(v));
    *out = slash + 1;
    return ok();
}

static struct vault_version described(const char *version, const struct vault_attributes *a)
{
    struct vault_version out = { .version = version };
    if (a != NULL) {
        out.enabled = a->enabled;
        out.created_at = a->created;
        out.not_before = a->nbf;
        out.expires_at = a->exp;
    }
    return out;
}

/* "https://kv1.vault.azure.net/keys/NAME[/VERSION]", checked. */
static RESULT url_of(struct ctx *c, const struct key_vault *v, const char *kind, const char *name,
                     const char *version, const char **out)
{
    if (name == NULL || !vault_is_name(name))
        return fail(c, INVALID_REQUEST,
                    "what is in a key vault is named by letters, digits and '-', at most %d",
                    VAULT_NAME_MAX);
    if (version != NULL && !vault_is_version(version))
        return fail(c, INVALID_REQUEST, "a version has %d hexadecimal digits", VAULT_VERSION_CHARS);
    *out = text_printf(c->arena, "%s/%s/%s%s%s", key_vault_url(v), kind, name,
                       version == NULL ? "" : "/", version == NULL ? "" : version);
    return ok();
}

static RESULT get(struct ctx *c, struct key_vault *v, const char *url, const struct shape *shape,
                  void *out)
{
    const struct vault_request request = { .method = "GET", .url = url };
    struct http_answer *answer = ARENA_NEW(c->arena, struct http_answer);
    TRY(key_vault_ask(c, v, &request, answer));
    return shape_read_json(c, shape, answer->body, out).code == ERR_OK ? ok() : no_answer(c, v);
}

/* ---- secrets ---- */

struct vault_secret_answer {
    const char *value, *id, *contentType;
    const void *attributes;
};
LOCAL_SHAPE_OPEN(vault_secret_answer,
                 FIELD(vault_secret_answer, value, REQUIRED | SECRET, 0, VAULT_SECRET_MAX,
                       "The secret"),
                 FIELD(vault_secret_answer, id, REQUIRED, 1, ID_MAX, "Which one"),
                 FIELD(vault_secret_answer, contentType, OPTIONAL, 0, ID_MAX, "What it is"),
                 FIELD_OF(vault_secret_answer, attributes, OPTIONAL, 0, 0, &vault_attributes_shape,
                          "When it is good"));

RESULT key_vault_secret(struct ctx *c, struct key_vault *v, const char *name, const char *version,
                        struct vault_secret *out)
{
    struct vault_secret_answer answer;
    const char *url = NULL;
    const char *got = NULL;
    TRY(url_of(c, v, "secrets", name, version, &url));
    url = text_printf(c->arena, "%s?" API_VERSION, url);
    TRY(get(c, v, url, &vault_secret_answer_shape, &answer));
    TRY(read_version(c, v, answer.id, version, &got));
    *out = (struct vault_secret){ .value = answer.value,
                                  .content_type = answer.contentType,
                                  .is = described(got, answer.attributes) };
    return ok();
}

/* ---- keys ---- */

struct vault_jwk {
    const char *kid, *kty, *n, *e, *crv, *x, *y;
    struct texts key_ops;
};
LOCAL_SHAPE_OPEN(vault_jwk, FIELD(vault_jwk, kid, REQUIRED, 1, ID_MAX, "Which one"),
                 FIELD(vault_jwk, kty, REQUIRED, 1, ID_MAX, "Its type"),
                 FIELD(vault_jwk, n, OPTIONAL, 1, TEXT_MAX, "Of RSA"),
                 FIELD(vault_jwk, e, OPTIONAL, 1, TEXT_MAX, "Of RSA"),
                 FIELD(vault_jwk, crv, OPTIONAL, 1, ID_MAX, "Of an elliptic curve"),
                 FIELD(vault_jwk, x, OPTIONAL, 1, TEXT_MAX, "Of an elliptic curve"),
                 FIELD(vault_jwk, y, OPTIONAL, 1, TEXT_MAX, "Of an elliptic curve"),
                 FIELD(vault_jwk, key_ops, OPTIONAL, 0, 64, "What it may be used for"));

struct vault_key_answer {
    const void *key, *attributes;
};
LOCAL_SHAPE_OPEN(vault_key_answer,
                 FIELD_OF(vault_key_answer, key, REQUIRED, 0, 0, &vault_jwk_shape, "The key"),
                 FIELD_OF(vault_key_answer, attributes, OPTIONAL, 0, 0, &vault_attributes_shape,
                          "When it is good"));

/* What is in an HSM is called so. */
static const char *plain_type(const char *kty)
{
    return text_equal(kty, "RSA-HSM") ? "RSA" : text_equal(kty, "EC-HSM") ? "EC" : kty;
}

static const char *write_jwk(struct arena *a, const struct vault_jwk *jwk)
{
    struct json_writer w = json_writer(a);
    bool is_rsa = text_equal(plain_type(jwk->kty), "RSA");
    json_object(&w, NULL);
    json_text(&w, "kty", plain_type(jwk->kty));
    json_text_if(&w, "n", is_rsa ? jwk->n : NULL);
    json_text_if(&w, "e", is_rsa ? jwk->e : NULL);
    json_text_if(&w, "crv", is_rsa ? NULL : jwk->crv);
    json_text_if(&w, "x", is_rsa ? NULL : jwk->x);
    json_text_if(&w, "y", is_rsa ? NULL : jwk->y);
    json_object_end(&w);
    return json_written(&w);
}

RESULT key_vault_key(struct ctx *c, struct key_vault *v, const char *name, const char *version,
                     struct vault_key *out)
{
    struct vault_key_answer answer;
    const char *url = NULL;
    const char *got = NULL;
    TRY(url_of(c, v, "keys", name, version, &url));
    TRY(get(c, v, text_printf(c->arena, "%s?" API_VERSION, url), &vault_key_answer_shape, &answer));
    const struct vault_jwk *jwk = answer.key;
    if (jwk == NULL)
        return fail(c, UPSTREAM, "the key vault %s answered without a key", key_vault_host(v));
    TRY(read_version(c, v, jwk->kid, version, &got));
    *out = (struct vault_key){ .jwk = write_jwk(c->arena, jwk),
                               .may_sign = texts_hold(jwk->key_ops, "sign"),
                               .is = described(got, answer.attributes) };
    return ok();
}

/* ---- their versions ---- */

struct vault_listed {
    const char *kid;
    const void *attributes;
};
LOCAL_SHAPE_OPEN(vault_listed, FIELD(vault_listed, kid, REQUIRED, 1, ID_MAX, "Which one"),
                 FIELD_OF(vault_listed, attributes, OPTIONAL, 0, 0, &vault_attributes_shape,
                          "When it is good"));

struct vault_page {
    struct items value;
    const char *nextLink;
};
LOCAL_SHAPE_OPEN(vault_page,
                 FIELD_OF(vault_page, value, REQUIRED, 0, 100, &vault_listed_shape, "The versions"),
                 FIELD(vault_page, nextLink, OPTIONAL, 0, TEXT_MAX, "Where there are more"));

struct listing {
    struct vault_version *at;
    size_t n;
};

static RESULT add_page(struct ctx *c, const struct key_vault *v, const struct vault_page *page,
                       struct listing *into)
{
    const struct vault_listed *listed = page->value.at;
    for (size_t i = 0; i < page->value.n; i++) {
        const char *version = NULL;
        TRY(read_version(c, v, listed[i].kid, NULL, &version));
        if (into->n == KEY_VAULT_VERSIONS_MAX)
            return fail(c, UPSTREAM, "the key has more than %d versions in the key vault %s",
                        KEY_VAULT_VERSIONS_MAX, key_vault_host(v));
        into->at[into->n++] = described(version, listed[i].attributes);
    }
    return ok();
}

/* The vault's own, or nobody's: our token goes there (SR-02). */
static RESULT check_next(struct ctx *c, const struct key_vault *v, const char *next)
{
    struct url url;
    if (!url_parse(c->arena, bytes_of(next), &url) || url.fragment != NULL ||
        !text_equal(url_origin(c->arena, &url), key_vault_url(v)) ||
        !text_starts(url.path, "/keys/"))
        return fail(c, UPSTREAM, "the key vault %s goes on at another place", key_vault_host(v));
    return ok();
}

static void sort_newest_first(struct listing *list)
{
    for (size_t i = 1; i < list->n; i++) {
        struct vault_version moved = list->at[i];
        size_t k = i;
        for (; k > 0 && list->at[k - 1].created_at < moved.created_at; k--)
            list->at[k] = list->at[k - 1];
        list->at[k] = moved;
    }
}

RESULT key_vault_key_versions(struct ctx *c, struct key_vault *v, const char *name,
                              struct vault_versions *out)
{
    struct listing list = { ARENA_NEWS(c->arena, struct vault_version, KEY_VAULT_VERSIONS_MAX), 0 };
    struct vault_page page;
    const char *url = NULL;
    TRY(url_of(c, v, "keys", name, NULL, &url));
    url = text_printf(c->arena, "%s/versions?maxresults=%d&" API_VERSION, url, PAGE);
    for (int pages = 0; url != NULL; pages++) {
        if (pages == PAGES_MAX)
            return fail(c, UPSTREAM, "the key vault %s comes to no end", key_vault_host(v));
        TRY(get(c, v, url, &vault_page_shape, &page));
        TRY(add_page(c, v, &page, &list));
        url = page.nextLink != NULL && *page.nextLink != '\0' ? page.nextLink : NULL;
        if (url != NULL)
            TRY(check_next(c, v, url));
    }
    sort_newest_first(&list);
    *out = (struct vault_versions){ list.at, list.n };
    return ok();
}

/* ---- signatures ---- */

struct vault_signed {
    const char *kid, *value;
};
LOCAL_SHAPE_OPEN(vault_signed, FIELD(vault_signed, kid, REQUIRED, 1, ID_MAX, "By which key"),
                 FIELD(vault_signed, value, REQUIRED, 1, TEXT_MAX, "The signature"));

static const char *signing_body(struct arena *a, const struct vault_signing *signing)
{
    struct json_writer w = json_writer(a);
    json_object(&w, NULL);
    json_text(&w, "alg", alg_name(signing->alg));
    json_text(&w, "value", base64url_encode(a, signing->digest));
    json_object_end(&w);
    return json_written(&w);
}

RESULT key_vault_sign(struct ctx *c, struct key_vault *v, const struct vault_signing *signing,
                      struct bytes *out)
{
    unsigned can = ALG_RS256 | ALG_PS256 | ALG_ES256 | ALG_ES384;
    struct vault_signed done;
    struct vault_request request = { .method = "POST" };
    struct http_answer *answer = ARENA_NEW(c->arena, struct http_answer);
    const char *version = NULL;
    if ((signing->alg & can) == 0 || signing->version == NULL ||
        signing->digest.n != (signing->alg == ALG_ES384 ? 48 : 32))
        return fail(c, INVALID_REQUEST,
                    "a key vault signs a SHA-256 digest with RS256, PS256 or ES256, or a SHA-384 "
                    "digest with ES384, by a version of a key");
    TRY(url_of(c, v, "keys", signing->name, signing->version, &request.url));
    request.url = text_printf(c->arena, "%s/sign?" API_VERSION, request.url);
    request.body = signing_body(c->arena, signing);
    TRY(key_vault_ask(c, v, &request, answer));
    if (shape_read_json(c, &vault_signed_shape, answer->body, &done).code != ERR_OK ||
        !base64url_decode(c->arena, bytes_of(done.value), out))
        return no_answer(c, v);
    return read_version(c, v, done.kid, signing->version, &version);
}
