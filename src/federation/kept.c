/* SPDX-License-Identifier: Apache-2.0 */
#include "federation/kept.h"

#include "base/time.h"
#include "crypto/seal.h"

enum { MINUTE = 60 };

static const char seal_purpose[] = "upstream session";

LOCAL_SHAPE(kept, FIELD(kept, refresh_token, SECRET, 0, KEPT_TEXT_MAX, "Refresh token"),
            FIELD(kept, id_token, SECRET, 0, KEPT_TEXT_MAX, "ID token"),
            FIELD(kept, login_hint, OPTIONAL, 0, KEPT_TEXT_MAX, "Who it is there"));

/* Of this person at this provider: what stands in another row does not open. */
static const char *place_of(struct ctx *c, const struct provider *p, const char *subject)
{
    return text_printf(c->arena, "%s %s", p->id, subject);
}

RESULT kept_seal(struct ctx *c, const struct provider *p, const struct person *person,
                 const struct brought *b, const char **sealed)
{
    struct kept kept = { .refresh_token = p->m.recheck_minutes > 0 ? b->refresh_token : NULL };
    *sealed = NULL;
    if (p->m.sign_out)
        kept.login_hint = person->login_hint;
    if (p->m.sign_out && kept.login_hint == NULL)
        kept.id_token = b->id_token;
    if (kept.refresh_token == NULL && kept.login_hint == NULL && kept.id_token == NULL)
        return ok();
    struct json_writer w = json_writer(c->arena);
    shape_write(&w, NULL, &kept_shape, &kept);
    return seal_bytes(c, seal_purpose, place_of(c, p, person->subject), bytes_of(json_written(&w)),
                      sealed);
}

RESULT kept_open(struct ctx *c, const struct provider *p, const char *subject, const char *sealed,
                 struct kept *out)
{
    struct bytes json;
    *out = (struct kept){ 0 };
    if (sealed == NULL)
        return ok();
    TRY(seal_open(c, seal_purpose, place_of(c, p, subject), sealed, &json));
    return shape_read_json(c, &kept_shape, json, out);
}

int64_t kept_check_at(const struct ctx *c, const struct provider *p, const char *sealed)
{
    if (sealed == NULL || p->m.recheck_minutes == 0)
        return 0;
    return time_add(c->now, p->m.recheck_minutes * MINUTE);
}
