/* SPDX-License-Identifier: Apache-2.0 */
#include "web/guard.h"

#include <string.h>

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

RESULT guard_token(struct req *r, struct token_shown *out)
{
    const char *field = req_header(r, "authorization");
    *out = (struct token_shown){ 0 };
    if (field == NULL)
        return ok();
    const char *bearer = behind(field, "Bearer");
    const char *found = bearer != NULL ? bearer : behind(field, "DPoP");
    if (found == NULL)
        return because(
            r->c, TOKEN_SCHEME, "Bearer, DPoP", NULL,
            fail(r->c, INVALID_TOKEN, "Authorization is neither of the scheme Bearer nor DPoP"));
    if (!is_b64token(found))
        return because(r->c, TOKEN_SCHEME, "one token", NULL,
                       fail(r->c, INVALID_TOKEN, "Authorization does not hold one token"));
    *out = (struct token_shown){ found, bearer == NULL };
    return ok();
}

static RESULT let_everybody_in(struct req *r)
{
    (void)r;
    return ok();
}

const struct guard guard_open = { "open", 0, let_everybody_in };
