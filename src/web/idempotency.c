/* SPDX-License-Identifier: Apache-2.0 */
#include "web/idempotency.h"

#include "base/codec.h"
#include "base/shape.h"
#include "crypto/digest.h"
#include "crypto/seal.h"
#include "store/kept_replies.h"
#include "web/reply.h"

#include <string.h>

/* Answers may be longer than requests; a row of the database holds more than one, sealed.  The
 * longest one in JSON takes some 34 MiB on its way there. */
enum { ROOM = 48 << 20 };

/* An answer as it is kept; `body` is NULL of one that is too long. */
struct kept {
    int64_t status;
    const char *content_type, *location, *etag, *body;
};
LOCAL_SHAPE(kept, FIELD(kept, status, REQUIRED, 200, 299, "Status"),
            FIELD(kept, content_type, OPTIONAL, 0, 255, "Content-Type"),
            FIELD(kept, location, OPTIONAL, 0, 2048, "Location"),
            FIELD(kept, etag, OPTIONAL, 0, 255, "ETag"),
            FIELD(kept, body, SECRET, 0, IDEMPOTENCY_BODY_MAX, "The body"));

static const char purpose[] = "kept reply";

static bool is_key(const char *key)
{
    size_t n = 0;
    while (key[n] > ' ' && key[n] <= '~')
        n++;
    return n >= 1 && n <= IDEMPOTENCY_KEY_MAX && key[n] == '\0';
}

/* What the row is found by.  A service that acts by an API key names its requests for itself; a
 * name has no spaces. */
static const char *hash_of(struct req *r, const char *name)
{
    if (r->who.api_key_id != NULL)
        name = text_printf(r->c->arena, "%s %s", name, r->who.api_key_id);
    return seal_mac(r->c, "idempotency key", bytes_of(name));
}

/* Whatever makes it another request; a MAC, because a body may hold a password. */
static const char *request_of(struct req *r)
{
    struct framed f = framed(r->c->arena);
    framed_add_text(&f, http_method_name(r->http->method));
    framed_add_text(&f, r->http->path);
    framed_add_text(&f, r->http->query);
    framed_add_text(&f, r->who.tenant_id);
    framed_add_text(&f, req_header(r, "if-match"));
    framed_add(&f, r->http->body);
    return seal_mac(r->c, "idempotent request", framed_bytes(&f));
}

static const char *row_of(const struct req *r, const struct kept_reply *key)
{
    return text_printf(r->c->arena, "%s %s", key->owner, key->hash);
}

static const char *header_of(const struct req *r, const char *name)
{
    for (size_t i = 0; i < r->reply->headers_n; i++)
        if (text_equal_nocase(r->reply->headers[i].name, name))
            return r->reply->headers[i].value;
    return NULL;
}

/* ---- the first one ---- */

struct keeping {
    const struct kept_reply *key;
    bool whole; /* with the body */
};

static RESULT keep(struct req *r, void *arg)
{
    const struct keeping *k = arg;
    struct bytes body = r->reply->body;
    struct json_writer w = json_writer(r->c->arena);
    const char *sealed = NULL;
    const struct kept kept = { .status = r->reply->status,
                               .content_type = header_of(r, "Content-Type"),
                               .location = header_of(r, "Location"),
                               .etag = header_of(r, "ETag"),
                               .body = k->whole
                                           ? text_copy(r->c->arena, (const char *)body.at, body.n)
                                           : NULL };
    shape_write(&w, NULL, &kept_shape, &kept);
    TRY(seal_bytes(r->c, purpose, row_of(r, k->key), bytes_of(json_written(&w)), &sealed));
    return strlen(sealed) <= KEPT_SEALED_MAX
               ? kept_reply_finish(r->c, k->key, sealed)
               : fail(r->c, BODY_TOO_LARGE, "an answer is too long to be kept");
}

/* It has happened: an answer that cannot be kept is no reason to say otherwise.  If not even that
 * can be kept, whoever asks again learns that nobody knows. */
static void keep_what_can_be_kept(struct req *r, const struct kept_reply *key)
{
    struct keeping whole = { key, r->reply->body.n <= IDEMPOTENCY_BODY_MAX };
    struct keeping rest = { key, false };
    if (req_with_room(r, ROOM, keep, &whole).code == ERR_OK)
        return;
    fault_clear(r->c);
    if (req_with_room(r, ROOM, keep, &rest).code != ERR_OK)
        fault_clear(r->c);
}

static RESULT carry_out(struct req *r, struct kept_reply *key)
{
    err done = r->route->handler(r);
    if (done.code != ERR_OK) {
        /* What may have happened is not carried out again.  The failure stays the one that is told.
         */
        if (!r->c->fault.unsure)
            (void)kept_reply_forget(r->c, key).code;
        return done;
    }
    keep_what_can_be_kept(r, key);
    return ok();
}

/* ---- the ones after it ---- */

struct beginning {
    const char *name;
    struct kept_reply key;
    enum kept_outcome how;
    const char *sealed;
};

static RESULT replay(struct req *r, void *arg)
{
    const struct beginning *b = arg;
    struct bytes plain;
    struct kept kept;
    TRY(seal_open(r->c, purpose, row_of(r, &b->key), b->sealed, &plain));
    TRY(shape_read_json(r->c, &kept_shape, plain, &kept));
    if (kept.body == NULL)
        return fail_say(r->c, CONFLICT,
                        "This has been carried out, and its answer is too long to be given again.",
                        "an idempotency key whose answer was too long");
    r->reply->status = (int)kept.status;
    r->reply->body = bytes_of(kept.body);
    if (kept.content_type != NULL)
        reply_header(r, "Content-Type", kept.content_type);
    if (kept.location != NULL)
        reply_header(r, "Location", kept.location);
    if (kept.etag != NULL)
        reply_header(r, "ETag", kept.etag);
    reply_header(r, "Idempotency-Replayed", "true");
    return ok();
}

static RESULT begin(struct req *r, void *arg)
{
    struct beginning *b = arg;
    b->key = (struct kept_reply){ .owner = r->who.user_id,
                                  .hash = hash_of(r, b->name),
                                  .request = request_of(r) };
    return kept_reply_begin(r->c, &b->key, IDEMPOTENCY_LEASE, IDEMPOTENCY_SECONDS, &b->how,
                            &b->sealed);
}

static RESULT follow(struct req *r, struct beginning *b)
{
    switch (b->how) {
    case KEPT_BEGUN:
        return carry_out(r, &b->key);
    case KEPT_RUNNING:
        return fail_say(r->c, CONFLICT, "The first request of this Idempotency-Key is running.",
                        "an idempotency key that is in use");
    case KEPT_LOST:
        return fail_say(r->c, CONFLICT,
                        "The first request of this Idempotency-Key was cut off and may have been "
                        "carried out: look whether it was, and then use another key.",
                        "an idempotency key whose request was cut off");
    case KEPT_OTHER:
        return fail_say(r->c, CONFLICT, "This Idempotency-Key was used for another request.",
                        "an idempotency key with another request");
    case KEPT_DONE:
        break;
    }
    return req_with_room(r, ROOM, replay, b);
}

RESULT idempotency_run(struct req *r)
{
    const char *name = req_header(r, "idempotency-key");
    if (name == NULL)
        return r->route->handler(r);
    if (!is_key(name))
        return because(r->c, FIELD, "Idempotency-Key", NULL,
                       fail_say(r->c, INVALID_REQUEST,
                                "Idempotency-Key is 1 to 255 visible characters of ASCII.",
                                "a malformed idempotency key"));
    struct beginning b = { .name = name };
    TRY(req_with_room(r, ROOM, begin, &b));
    return follow(r, &b);
}
