/* SPDX-License-Identifier: Apache-2.0 */
#include "base/codec.h"
#include "crypto/digest.h"
#include "web/reply.h"
#include "web/reply_parts.h"

#include <string.h>

/* 128 bits of the digest are enough to tell representations apart. */
enum { ETAG_BYTES = 16 };

const char *reply_etag(struct arena *a, struct bytes bytes)
{
    uint8_t digest[DIGEST_SHA256];
    sha256(bytes, digest);
    return text_printf(a, "\"%s\"", base64url_encode(a, (struct bytes){ digest, ETAG_BYTES }));
}

/*
 * The next entity-tag of an If-None-Match list from *at on, with its quotes and without "W/"; false
 * at the end or where the list is malformed (RFC 9110 8.8.3).
 */
static bool next_tag(const char **at, struct bytes *tag)
{
    const char *from = *at + strspn(*at, " \t,");
    if (strncmp(from, "W/", 2) == 0)
        from += 2;
    const char *end = *from == '"' ? strchr(from + 1, '"') : NULL;
    if (end == NULL)
        return false;
    *tag = (struct bytes){ (const uint8_t *)from, (size_t)(end + 1 - from) };
    *at = end + 1;
    return true;
}

/* Whether the caller has the representation `etag` already (RFC 9110 13.1.2: weak comparison). */
static bool is_known(const struct req *r, const char *etag)
{
    const char *known = http_header(r->http, "if-none-match");
    if (known == NULL || etag == NULL)
        return false;
    if (text_equal(known, "*"))
        return true;
    struct bytes tag;
    while (next_tag(&known, &tag))
        if (tag.n == strlen(etag) && memcmp(tag.at, etag, tag.n) == 0)
            return true;
    return false;
}

static const char *cache_control(struct arena *a, const struct reply_fixed *fixed)
{
    if (fixed->immutable)
        return "public, max-age=31536000, immutable";
    if (fixed->max_age <= 0)
        return "no-cache";
    struct text_buffer b = text_buffer(a);
    text_add(&b, "public, max-age=");
    text_add_int(&b, fixed->max_age);
    return text_of(&b);
}

RESULT reply_fixed(struct req *r, const struct reply_fixed *fixed)
{
    reply_put(r, "Cache-Control", cache_control(r->c->arena, fixed));
    if (fixed->etag != NULL)
        reply_put(r, "ETag", fixed->etag);
    if (!is_known(r, fixed->etag)) {
        reply_body(r, 200, fixed->media, fixed->bytes);
        return ok();
    }
    r->reply->status = 304;
    r->reply->body = (struct bytes){ 0 };
    return ok();
}
