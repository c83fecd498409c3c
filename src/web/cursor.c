/* SPDX-License-Identifier: Apache-2.0 */
#include "web/cursor.h"

#include "base/codec.h"
#include "crypto/digest.h"
#include "crypto/seal.h"

static const char purpose[] = "cursor";

/* What a cursor is bound to: tenant, path, and all of the query that is not about paging. */
static const char *list_of(struct req *r)
{
    struct form query = { 0 };
    struct framed f = framed(r->c->arena);
    uint8_t digest[DIGEST_SHA256];
    framed_add_text(&f, r->who.tenant_id);
    framed_add_text(&f, r->http->path);
    if (form_decode(r->c->arena, bytes_of(r->http->query), &query))
        for (size_t i = 0; i < query.n; i++) {
            const struct form_field *field = &query.at[i];
            if (text_equal(field->name, "after") || text_equal(field->name, "limit"))
                continue;
            framed_add_text(&f, field->name);
            framed_add_text(&f, field->value);
        }
    sha256(framed_bytes(&f), digest);
    return base64url_encode(r->c->arena, (struct bytes){ digest, sizeof digest });
}

RESULT cursor_page(struct req *r, const char *after, int64_t limit, struct page *out)
{
    struct bytes plain;
    *out = (struct page){ .limit = limit == 0 ? CURSOR_LIMIT_DEFAULT : limit };
    if (after == NULL)
        return ok();
    if (seal_open(r->c, purpose, list_of(r), after, &plain).code != ERR_OK) {
        fault_clear(r->c);
        return fail_field(r->c, INVALID_FIELD, "after",
                          "This is not the next of a page of this list.");
    }
    out->after = text_copy(r->c->arena, (const char *)plain.at, plain.n);
    return ok();
}

RESULT cursor_after(struct req *r, const char *last, const char **next)
{
    return seal_bytes(r->c, purpose, list_of(r), bytes_of(last), next);
}

RESULT cursor_next(struct req *r, const struct page *page, size_t n, const char *last,
                   const char **next)
{
    *next = NULL;
    return n < (size_t)page->limit ? ok() : cursor_after(r, last, next);
}
