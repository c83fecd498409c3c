/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/subject.h"

#include "base/codec.h"
#include "base/random.h"
#include "base/shape.h"
#include "crypto/digest.h"
#include "crypto/seal.h"
#include "net/url.h"
#include "store/meta.h"

enum { LIST_MAX = 32 };

static const char purpose[] = "pairwise subjects";

/* ---- the sector ---- */

static const char *host_of(struct arena *a, const char *uri)
{
    struct url url;
    if (!url_parse(a, bytes_of(uri), &url) || url.host == NULL || *url.host == '\0' ||
        url_is_loopback(&url))
        return NULL;
    return text_lower(a, url.host);
}

const char *subject_sector(struct arena *a, const struct subject_rules *rules)
{
    struct url url;
    const char *sector = NULL;
    if (rules->sector_identifier_uri != NULL)
        return url_parse(a, bytes_of(rules->sector_identifier_uri), &url) && url.host != NULL
                   ? text_lower(a, url.host)
                   : NULL;
    for (size_t i = 0; i < rules->redirect_uris.n; i++) {
        const char *host = host_of(a, rules->redirect_uris.at[i]);
        if (host == NULL || (sector != NULL && !text_equal(sector, host)))
            return NULL;
        sector = host;
    }
    return sector;
}

/* ---- the subject ---- */

/* Made by whoever needs it first. */
static RESULT find_key(struct ctx *c, struct bytes *out)
{
    uint8_t fresh[KEY_BYTES];
    const char *sealed = NULL;
    const char *found = NULL;
    TRY(meta_get(c, META_PAIRWISE_KEY, &found));
    if (found == NULL) {
        random_fill(c->random, fresh, sizeof fresh);
        TRY(seal_bytes(c, purpose, META_PAIRWISE_KEY, (struct bytes){ fresh, sizeof fresh },
                       &sealed));
        TRY(meta_add(c, META_PAIRWISE_KEY, sealed, &found));
    }
    return seal_open(c, purpose, META_PAIRWISE_KEY, found, out);
}

RESULT subject_of(struct ctx *c, const struct subject_rules *rules, const char *user_id,
                  const char **sub)
{
    struct bytes key;
    uint8_t mac[DIGEST_SHA256];
    *sub = user_id;
    if (!text_equal(rules->subject_type, SUBJECT_PAIRWISE))
        return ok();
    const char *sector = subject_sector(c->arena, rules);
    if (sector == NULL)
        return fail(c, INTERNAL, "a pairwise client has no sector");
    TRY(find_key(c, &key));
    /* A host has no space. */
    hmac_sha256(key, bytes_of(text_printf(c->arena, "%s %s", sector, user_id)), mac);
    *sub = base64url_encode(c->arena, (struct bytes){ mac, sizeof mac });
    return ok();
}

/* ---- of what is stored ---- */

LOCAL_SHAPE_OPEN(subject_rules,
                 FIELD(subject_rules, subject_type, OPTIONAL, 1, 16, "public or pairwise"),
                 FIELD(subject_rules, sector_identifier_uri, OPTIONAL, 1, 900, "Names the sector"),
                 FIELD(subject_rules, redirect_uris, OPTIONAL, 0, LIST_MAX,
                       "Where codes are sent"));

RESULT subject_of_stored(struct ctx *c, const char *metadata, const char *user_id, const char **sub)
{
    struct subject_rules rules;
    *sub = NULL;
    TRY(shape_read_json(c, &subject_rules_shape, bytes_of(metadata), &rules));
    if (!text_equal(rules.subject_type, SUBJECT_PAIRWISE))
        return ok();
    return subject_of(c, &rules, user_id, sub);
}
