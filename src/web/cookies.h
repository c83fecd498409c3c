/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_WEB_COOKIES_H
#define UAUTH_WEB_COOKIES_H

/*
 * Our cookies, by kind; their names and attributes are one table in cookies.c.  With an https
 * public URL they have the __Host- prefix (or __Secure- where a path or domain is needed); on
 * http://localhost plain names without Secure. Cookies of other programs on the host are skipped
 * whatever they look like.
 */

#include "web/req.h"

enum cookie_kind {
    COOKIE_SESSION, /* __Host-session: HttpOnly, SameSite=Lax; __Secure-session with
                       AUTH_COOKIE_DOMAIN */
    COOKIE_CSRF,    /* __Host-csrf: for the application's scripts to read, SameSite=Lax */
    COOKIE_REFRESH, /* __Secure-refresh: HttpOnly, Path=/auth, SameSite=Strict (mode spa) */
    COOKIE_DEVICE,  /* __Host-device: HttpOnly, SameSite=Lax: known device */
    COOKIE_BROWSER, /* __Host-browser: HttpOnly, SameSite=Lax: a browser in which nobody has signed
                       in yet; what forms and waiting requests are bound to */
    COOKIE_SECOND, /* __Host-second: HttpOnly, SameSite=Lax: the handle between password and code */
    COOKIE_ENDED,  /* __Secure-ended: HttpOnly, Path=/signed-out, SameSite=Lax: the session that has
                      just ended here */
    COOKIE_ACTOR,  /* __Host-actor: HttpOnly, SameSite=Lax: the session of who acts as somebody else
                      here, until they have it back (web/acting.h) */
    COOKIE_LANG,   /* __Host-lang: HttpOnly, SameSite=Lax: the language that was chosen */
    COOKIE_WAITING, /* __Host-waiting: HttpOnly, SameSite=Lax: see waiting_keep (web/waiting.h) */
    COOKIE_FEDERATION, /* __Host-federation: HttpOnly, SameSite=None: a browser that is on its way
                          to a provider and back; form_post comes from another site (decision 20) */
    COOKIE_KINDS
};

/*
 * The value of our cookie, or NULL if it is not there or empty.  INVALID_REQUEST if it came more
 * than once: somebody else planted one (SS-05).  At most COOKIE_VALUE_MAX characters of RFC
 * 6265 4.1.1, else it counts as not there.
 */
RESULT cookie_get(struct req *r, enum cookie_kind kind, const char **value);
enum { COOKIE_VALUE_MAX = 1024 };

/* Sets it; `max_age` in seconds, 0: until the browser ends.  `value` holds cookie-octets only:
 * must(). */
void cookie_set(struct req *r, enum cookie_kind kind, const char *value, int64_t max_age);

/* Takes it away. */
void cookie_clear(struct req *r, enum cookie_kind kind);

/* The name under which it is sent here: for documentation and OpenAPI. */
const char *cookie_name(const struct door *door, enum cookie_kind kind);

/*
 * Finds `name` in the value of a Cookie field: how often it stands there, and its first value.  For
 * the function above and for fuzzing.
 */
size_t cookie_find(struct bytes field, const char *name, struct bytes *value);

#endif
