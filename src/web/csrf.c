/* SPDX-License-Identifier: Apache-2.0 */
#include "web/csrf.h"

#include "base/codec.h"
#include "crypto/digest.h"
#include "web/browser.h"
#include "web/door.h"

static const char say[] = "The request does not come from a page of this service, or without its "
                          "CSRF token in X-CSRF-Token.";

const char *csrf_token(struct req *r, const char *binding)
{
    must(binding != NULL);
    uint8_t mac[DIGEST_SHA256];
    struct framed parts = framed(r->c->arena);
    framed_add_text(&parts, "csrf");
    framed_add_text(&parts, binding);
    hmac_sha256((struct bytes){ r->door->csrf_key, DOOR_KEY_BYTES }, framed_bytes(&parts), mac);
    return base64url_encode(r->c->arena, (struct bytes){ mac, sizeof mac });
}

RESULT csrf_check(struct req *r, const char *binding)
{
    const char *given = req_header(r, "x-csrf-token");
    const char *wanted = csrf_token(r, binding);
    if (given == NULL)
        return because(r->c, CSRF_TOKEN, "X-CSRF-Token", NULL,
                       fail_say(r->c, CSRF_FAILED, say, "there is no X-CSRF-Token"));
    if (!ct_equal(bytes_of(given), bytes_of(wanted)))
        return because(
            r->c, CSRF_TOKEN, "that of this session", "another",
            fail_say(r->c, CSRF_FAILED, say, "X-CSRF-Token is not that of this session"));
    return ok();
}

/* What a browser says of where a request comes from, from the surest to the least sure. */
RESULT csrf_check_site(struct req *r)
{
    const struct cors *cors = &r->door->cors;
    const char *origin = req_header(r, "origin");
    const char *site = req_header(r, "sec-fetch-site");
    const char *referer = req_header(r, "referer");
    bool foreign = site != NULL && !text_equal(site, "same-origin") && !text_equal(site, "none");
    if (origin != NULL && !cors_allows(cors, origin))
        return because(r->c, CSRF_ORIGIN, cors->own, origin,
                       fail_say(r->c, CSRF_FAILED, say, "the origin %s is not allowed", origin));
    /* An allowed origin other than ours is another site, and says so. */
    if (foreign && (origin == NULL || text_equal(origin, cors->own)))
        return because(r->c, CSRF_ORIGIN, "Sec-Fetch-Site: same-origin", site,
                       fail_say(r->c, CSRF_FAILED, say, "Sec-Fetch-Site is %s", site));
    if (origin != NULL || site != NULL || referer == NULL)
        return ok();
    const char *from = cors_origin(r->c->arena, referer);
    if (from == NULL || !cors_allows(cors, from))
        return because(r->c, CSRF_ORIGIN, cors->own, from,
                       fail_say(r->c, CSRF_FAILED, say, "the referer is not allowed"));
    return ok();
}

/* ---- forms of hosted pages ---- */

static const char say_form[] =
    "The form does not come from a page of this service, or was open for "
    "too long.";

/* Apart from what tokens of sessions are bound to. */
static const char *of_browser(struct req *r, const char *binding)
{
    return csrf_token(r, text_printf(r->c->arena, "browser %s", binding));
}

RESULT csrf_form_token(struct req *r, const char **token)
{
    const char *binding = NULL;
    if (r->who.kind == PRINCIPAL_SESSION) {
        *token = csrf_token(r, r->who.csrf_binding);
        return ok();
    }
    TRY(browser_binding(r, &binding));
    *token = of_browser(r, binding);
    return ok();
}

static RESULT check_own_site(struct req *r)
{
    const char *own = r->door->cors.own;
    const char *origin = req_header(r, "origin");
    const char *site = req_header(r, "sec-fetch-site");
    const char *referer = req_header(r, "referer");
    bool same = text_equal(site, "same-origin");
    if (site != NULL && !same && !text_equal(site, "none"))
        return because(r->c, CSRF_ORIGIN, "Sec-Fetch-Site: same-origin", site,
                       fail_say(r->c, CSRF_FAILED, say_form, "Sec-Fetch-Site is %s", site));
    if (origin != NULL && !text_equal(origin, own) && !(same && text_equal(origin, "null")))
        return because(r->c, CSRF_ORIGIN, own, origin,
                       fail_say(r->c, CSRF_FAILED, say_form, "the origin %s is not ours", origin));
    if (origin != NULL || site != NULL || referer == NULL)
        return ok();
    if (!text_equal(cors_origin(r->c->arena, referer), own))
        return because(r->c, CSRF_ORIGIN, own, cors_origin(r->c->arena, referer),
                       fail_say(r->c, CSRF_FAILED, say_form, "the referer is not ours"));
    return ok();
}

static RESULT wanted_token(struct req *r, const char **wanted)
{
    const char *binding = NULL;
    if (r->who.kind == PRINCIPAL_SESSION) {
        *wanted = csrf_token(r, r->who.csrf_binding);
        return ok();
    }
    TRY(browser_binding_sent(r, &binding));
    if (binding == NULL)
        return because(
            r->c, CSRF_TOKEN, "the cookie that the form is bound to", NULL,
            fail_say(r->c, CSRF_FAILED, say_form, "there is no cookie that the form is bound to"));
    *wanted = of_browser(r, binding);
    return ok();
}

RESULT csrf_check_form(struct req *r)
{
    struct form form;
    const char *given = NULL, *wanted = NULL;
    TRY(check_own_site(r));
    TRY(wanted_token(r, &wanted));
    if (!form_decode(r->c->arena, r->http->body, &form) || !form_get(&form, "csrf_token", &given) ||
        given == NULL)
        return because(r->c, CSRF_TOKEN, "csrf_token", NULL,
                       fail_say(r->c, CSRF_FAILED, say_form, "the form has no csrf_token"));
    if (!ct_equal(bytes_of(given), bytes_of(wanted)))
        return because(
            r->c, CSRF_TOKEN, "that of this session or browser", "another",
            fail_say(r->c, CSRF_FAILED, say_form, "csrf_token is of another session or browser"));
    return ok();
}
