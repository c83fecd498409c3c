/* SPDX-License-Identifier: Apache-2.0 */
#include "client/token_shown.h"

#include <string.h>
#include <strings.h>

/* b64token (RFC 6750 2.1). */
static bool is_b64token(const char *text)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                  "0123456789-._~+/";
    size_t n = strspn(text, letters);
    return n > 0 && text[n + strspn(text + n, "=")] == '\0';
}

/* What stands behind the name of the scheme and one space, or NULL.  RFC 9110 11.1: the name may be
 * in any case. */
static const char *behind(const char *field, const char *scheme)
{
    size_t n = strlen(scheme);
    return strncasecmp(field, scheme, n) == 0 && field[n] == ' ' ? field + n + 1 : NULL;
}

RESULT token_shown_read(struct ctx *c, const char *field, struct token_shown *out)
{
    *out = (struct token_shown){ 0 };
    if (field == NULL)
        return ok();
    const char *bearer = behind(field, "Bearer");
    const char *found = bearer != NULL ? bearer : behind(field, "DPoP");
    if (found == NULL)
        return because(
            c, TOKEN_SCHEME, "Bearer, DPoP", NULL,
            fail(c, INVALID_TOKEN, "Authorization is neither of the scheme Bearer nor DPoP"));
    if (!is_b64token(found))
        return because(c, TOKEN_SCHEME, "one token", NULL,
                       fail(c, INVALID_TOKEN, "Authorization does not hold one token"));
    *out = (struct token_shown){ found, bearer == NULL };
    return ok();
}

RESULT token_bound_read(struct ctx *c, const struct jwt *jwt, struct token_bound *out)
{
    const struct jwt_claim *claim = jwt_claim(jwt, "cnf");
    struct token_bound bound = { 0 };
    struct json_value v;
    *out = bound;
    if (claim == NULL)
        return ok();
    struct json j = json_open(c->arena, claim->value.raw);
    bool good = json_value(&j, &v) && v.kind == JSON_OBJECT;
    for (const char *name; good && json_member(&j, &name, &v);) {
        bool is_key = text_equal(name, "jkt");
        good = v.kind == JSON_TEXT && (is_key || text_equal(name, "x5t#S256"));
        *(is_key ? &bound.jkt : &bound.x5t) = v.text;
    }
    if (!good || !json_done(&j) || (bound.jkt == NULL && bound.x5t == NULL))
        return because(
            c, TOKEN_CLAIM, "cnf", NULL,
            fail(c, INVALID_TOKEN, "the cnf of an access token is none that is known here"));
    *out = bound;
    return ok();
}

RESULT token_scheme_check(struct ctx *c, const struct token_shown *shown,
                          const struct token_bound *bound, bool proof_given)
{
    if (shown->by_dpop && bound->jkt == NULL)
        return because(c, TOKEN_NOT_BOUND, "Bearer", "DPoP",
                       fail_say(c, INVALID_TOKEN, "The access token is not bound to a key.",
                                "a token without cnf by the scheme DPoP"));
    if (shown->by_dpop)
        return ok();
    /* RFC 9449 7.2: whoever has stolen it has no key. */
    if (bound->jkt != NULL)
        return because(c, TOKEN_BOUND, "DPoP", "Bearer",
                       fail_say(c, INVALID_TOKEN,
                                "The access token is bound to a key: send it by the scheme DPoP.",
                                "a token bound to %s without that scheme", bound->jkt));
    if (proof_given)
        return because(c, TOKEN_NOT_BOUND, "no proof", "a proof",
                       fail_say(c, INVALID_TOKEN, "A DPoP proof goes with the scheme DPoP.",
                                "a DPoP proof beside a plain bearer token"));
    return ok();
}

RESULT token_certificate_check(struct ctx *c, const struct token_bound *bound, const char *shown)
{
    if (bound->x5t == NULL || text_equal(shown, bound->x5t))
        return ok();
    return because(c, CERTIFICATE, bound->x5t, shown,
                   fail_say(c, INVALID_TOKEN,
                            "The access token is bound to a certificate: call with that "
                            "certificate.",
                            "a token of the certificate %s comes with %s", bound->x5t,
                            shown == NULL ? "none" : shown));
}
