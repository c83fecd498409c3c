/* SPDX-License-Identifier: Apache-2.0 */
#include "client/status_list.h"

#include "base/codec.h"
#include "base/shape.h"
#include "base/time.h"
#include "client/upstreams.h"
#include "net/url.h"

#include <stdatomic.h>
#include <string.h>
#include <zlib.h>

/* A list that was fetched, its signature not looked at. */
struct list {
    const char *token;
    struct bytes bytes;
    unsigned bits; /* of one status */
    int64_t fetched_at;
    int64_t fresh_until, good_until;
    _Atomic uint64_t verified_for; /* the serial of a trust; 0: nobody's */
};

/* ---- the claim of a token ---- */

struct place {
    const char *uri;
    int64_t idx;
};
LOCAL_SHAPE_OPEN(place, FIELD(place, uri, REQUIRED, 1, URL_MAX, "Where the list is"),
                 FIELD(place, idx, REQUIRED, 0, INT32_MAX, "The place in it"));
struct status {
    const void *status_list;
};
LOCAL_SHAPE_OPEN(status, FIELD_OF(status, status_list, REQUIRED, 0, 0, &place_shape, "A place"));

RESULT status_ref_read(struct ctx *c, const struct jwt *jwt, struct status_ref *out)
{
    const struct jwt_claim *claim = jwt_claim(jwt, "status");
    struct status status;
    *out = (struct status_ref){ 0 };
    if (claim == NULL)
        return ok();
    if (claim->value.kind != JSON_OBJECT ||
        shape_read_json(c, &status_shape, claim->value.raw, &status).code != ERR_OK) {
        fault_clear(c);
        return because(c, TOKEN_CLAIM, "status", NULL,
                       fail(c, INVALID_TOKEN, "the status of a token is none that is known here"));
    }
    const struct place *place = status.status_list;
    *out = (struct status_ref){ place->uri, place->idx };
    return ok();
}

/* ---- reading a list ---- */

struct listed {
    int64_t bits;
    const char *lst;
};
LOCAL_SHAPE_OPEN(listed, FIELD(listed, bits, REQUIRED, 1, 8, "Of one status"),
                 FIELD(listed, lst, REQUIRED, 1, STATUS_LIST_BYTES_MAX, "The list, compressed"));

/* 4.1: the ZLIB format, to its end and not beyond what a list may have. */
static RESULT inflate_list(struct ctx *c, struct bytes in, struct bytes *out)
{
    uint8_t *at = arena_alloc(c->arena, STATUS_LIST_BYTES_MAX);
    uLongf n = STATUS_LIST_BYTES_MAX;
    uLong taken = (uLong)in.n;
    if (uncompress2(at, &n, in.at, &taken) != Z_OK || taken != in.n)
        return fail(c, UPSTREAM, "a status list is not compressed as it should be, or too long");
    *out = (struct bytes){ at, n };
    return ok();
}

static RESULT read_bits(struct ctx *c, const struct jwt *jwt, struct list *out)
{
    const struct jwt_claim *claim = jwt_claim(jwt, "status_list");
    struct listed in;
    struct bytes compressed;
    if (claim == NULL || claim->value.kind != JSON_OBJECT)
        return fail(c, UPSTREAM, "a status list token has no list");
    TRY(shape_read_json(c, &listed_shape, claim->value.raw, &in));
    if (in.bits != 1 && in.bits != 2 && in.bits != 4 && in.bits != 8)
        return fail(c, UPSTREAM, "a status list has %lld bits for each", (long long)in.bits);
    if (!base64url_decode(c->arena, bytes_of(in.lst), &compressed))
        return fail(c, UPSTREAM, "a status list is not base64url");
    out->bits = (unsigned)in.bits;
    return inflate_list(c, compressed, &out->bytes);
}

/* 5.1: exp and ttl. */
static RESULT read_times(struct ctx *c, const struct jwt *jwt, struct list *out)
{
    int64_t ttl = 0;
    TRY(jwt_int(c, jwt, "ttl", &ttl));
    if (ttl <= 0)
        ttl = STATUS_LIST_TTL;
    if (ttl > STATUS_LIST_TTL_MAX)
        ttl = STATUS_LIST_TTL_MAX;
    out->fetched_at = c->now;
    out->fresh_until = time_add(c->now, ttl);
    out->good_until = jwt->exp != 0 ? jwt->exp - 1 : time_add(out->fresh_until, ttl);
    return ok();
}

/* What it says, before anybody has verified it: all of it is bounded. */
static RESULT parse(struct ctx *c, struct bytes body, const char *url, const void **parsed)
{
    struct list *out = ARENA_NEW(c->arena, struct list);
    struct jwt jwt;
    if (memchr(body.at, '\0', body.n) != NULL)
        return fail(c, UPSTREAM, "%s is no token", url);
    out->token = text_copy(c->arena, (const char *)body.at, body.n);
    TRY(jwt_unverified(c, out->token, STATUS_LIST_BYTES_MAX, &jwt));
    if (!text_equal(jwt.sub, url))
        return fail(c, UPSTREAM, "%s is the list of %.256s", url,
                    jwt.sub == NULL ? "nobody" : jwt.sub);
    TRY(read_times(c, &jwt, out));
    TRY(read_bits(c, &jwt, out));
    *parsed = out;
    return ok();
}

const struct document_kind status_list_kind = { .name = "status list",
                                                .accept = "application/statuslist+jwt",
                                                .parse = parse,
                                                .bytes_max = STATUS_LIST_BYTES_MAX };

/* ---- believing it ---- */

static RESULT verify(struct ctx *c, const char *uri, const struct list *list,
                     const struct status_trust *trust)
{
    struct jwt_policy policy = { .typ = "statuslist+jwt",
                                 .required = JWT_SUB | JWT_IAT,
                                 .open = JWT_ANY_ISSUER | JWT_ANY_AUDIENCE | JWT_NO_EXPIRY };
    struct jwt jwt;
    TRY(trust->keys(c, trust->arg, list->token, &policy.signature));
    policy.signature.bytes_max = STATUS_LIST_BYTES_MAX;
    policy.signature.refusal = ERR_UPSTREAM;
    TRY(jwt_verify(c, list->token, &policy, &jwt));
    if (!text_equal(jwt.sub, uri))
        return fail(c, UPSTREAM, "%s is the list of %.256s", uri, jwt.sub);
    return ok();
}

/* Verifying twice, on two threads, does no harm. */
static RESULT believe(struct ctx *c, const char *uri, const struct list *list,
                      const struct status_trust *trust)
{
    _Atomic uint64_t *verified = (_Atomic uint64_t *)(uintptr_t)&list->verified_for;
    if (c->now > list->good_until)
        return fail(c, UPSTREAM, "the status list %s is too old", uri);
    if (atomic_load(verified) == trust->serial)
        return ok();
    TRY(verify(c, uri, list, trust));
    atomic_store(verified, trust->serial);
    return ok();
}

static RESULT find(struct ctx *c, const char *uri, const struct status_trust *trust,
                   const struct list **out)
{
    const struct upstream_url configured = { trust->configured, OUTBOUND_CONFIGURED };
    const struct document_wanted wanted = { &status_list_kind, uri,
                                            upstream_origin(c, &configured, uri) };
    struct upstreams *u = NULL;
    const void *parsed = NULL;
    TRY(upstreams_of(c, &u));
    TRY(documents_get(c, u->documents, &wanted, &parsed));
    const struct list *list = parsed;
    if (c->now > list->fresh_until || c->now < list->fetched_at)
        TRY(documents_renew(c, u->documents, &wanted, parsed, &parsed));
    *out = parsed;
    return believe(c, uri, *out, trust);
}

RESULT status_check(struct ctx *c, const struct status_ref *ref, const struct status_trust *trust)
{
    const struct list *list = NULL;
    TRY(find(c, ref->uri, trust, &list));
    size_t each = 8 / list->bits;
    size_t byte = (size_t)ref->idx / each;
    if (byte >= list->bytes.n)
        return fail(c, INVALID_TOKEN, "a token has the place %lld, beyond its status list",
                    (long long)ref->idx);
    unsigned shift = (unsigned)((size_t)ref->idx % each) * list->bits;
    unsigned status = (unsigned)list->bytes.at[byte] >> shift & ((1U << list->bits) - 1);
    if (status != 0)
        return because(c, TOKEN_REVOKED, NULL, NULL,
                       fail(c, INVALID_TOKEN, "a token has the status %u", status));
    return ok();
}
