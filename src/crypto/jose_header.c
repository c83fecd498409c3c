/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/jose_header.h"

#include "base/codec.h"
#include "base/json.h"
#include "crypto/key.h"

#include <string.h>

/* RFC 7515 4.1.11, RFC 7797 3, RFC 7516 4.1.3, RFC 8725 3.10: what would change what is protected,
 * or with what. */
static bool is_forbidden(const char *name)
{
    static const char *const forbidden[] = { "crit", "b64", "zip", "jku", "x5u", "x5c" };
    for (size_t i = 0; i < sizeof forbidden / sizeof forbidden[0]; i++)
        if (text_equal(name, forbidden[i]))
            return true;
    return false;
}

/* Where the text member `name` belongs, or NULL. */
static const char **text_member(struct jose_header *h, const char *name)
{
    const struct {
        const char *name;
        const char **to;
    } members[] = { { "alg", &h->alg }, { "kid", &h->kid }, { "typ", &h->typ }, { "cty", &h->cty },
                    { "enc", &h->enc }, { "apu", &h->apu }, { "apv", &h->apv } };
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
        if (text_equal(name, members[i].name))
            return members[i].to;
    return NULL;
}

/* Takes in one member.  Returns what is wrong with it, or NULL. */
static const char *take_member(struct json *j, const char *name, struct json_value *v,
                               struct jose_header *out)
{
    if (is_forbidden(name))
        return "its header has a member that is not accepted (crit, b64, zip, jku, x5u, x5c)";
    const char **text = text_member(out, name);
    if (text != NULL && v->kind != JSON_TEXT)
        return "its alg, kid, typ, cty, enc, apu or apv is not a text";
    if (text != NULL)
        *text = v->text;
    if (!json_skip(j, v))
        return NULL; /* an error of the reader shows in json_done */
    if (text_equal(name, "jwk"))
        out->jwk = v->raw;
    if (text_equal(name, "epk"))
        out->epk = v->raw;
    return NULL;
}

const char *jose_header_read(struct arena *a, struct bytes encoded, struct jose_header *out)
{
    struct bytes json;
    if (!base64url_decode(a, encoded, &json))
        return "its header is not base64url";
    struct json j = json_open(a, json);
    struct json_value v;
    if (!json_value(&j, &v) || v.kind != JSON_OBJECT)
        return "its header is not a JSON object";
    *out = (struct jose_header){ 0 };
    const char *why = NULL;
    for (const char *name; why == NULL && json_member(&j, &name, &v);)
        why = take_member(&j, name, &v, out);
    if (why != NULL)
        return why;
    if (!json_done(&j))
        return j.why;
    if (out->alg == NULL)
        return "its header has no alg";
    if (out->kid != NULL && (*out->kid == '\0' || strlen(out->kid) > KID_MAX))
        return "its kid does not have 1 to 64 bytes";
    return NULL;
}

const char *jose_media_type(struct arena *a, const char *typ)
{
    if (typ == NULL)
        return NULL;
    const char *lower = text_lower(a, typ);
    return text_starts(lower, "application/") ? lower + strlen("application/") : lower;
}
