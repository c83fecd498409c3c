/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_WEB_LIMIT_H
#define UAUTH_WEB_LIMIT_H

/*
 * Rate limits by the generic cell rate algorithm: `limit` requests a window, refilled evenly, all
 * of them at once if they were saved up.  A class is a row of app/limits.c; a route names one.
 * State is in kv: lost with it, halved while a shared kv is away (db/kv.h).
 *
 * An address counts as IPv4 /32 (also when written as an IPv4-mapped IPv6 address) or IPv6 /64; an
 * IPv6 /48 has LIMIT_WIDE times as much.  What was said about an account is the business of
 * identity/throttle.h: nothing here depends on whether a user exists.
 *
 * An INLINE row takes from no allowance: its answer costs no more than a refusal would, and the
 * thread that gives it may not wait for a shared kv.  That is, at the service's own issuer
 * (token/issuer.h).
 */

#include "base/config.h"

struct req;

enum limit_per {
    PER_ADDRESS,  /* stage_limit_address */
    PER_PRINCIPAL /* stage_limit_principal: the user or client; needs a guard that tells who */
};

enum { LIMIT_WIDE = 16, LIMIT_CROWD = 100 };

/* One row: { "login", PER_ADDRESS, offsetof(struct config, login_per_minute), 60, 1, "Sign-in
 * attempts" } */
struct limit_class {
    const char *name;
    enum limit_per per;
    size_t setting; /* offset of an INT row in struct config */
    int64_t window; /* seconds */
    int64_t times;  /* the setting is multiplied by this */
    const char *summary;
};

/* The class that every request of an address also takes from. */
#define LIMIT_ALL "address"

struct limits {
    const struct limit_class *at;
    size_t n;
    bool on; /* AUTH_RATE_LIMIT */
};

/* What one take left behind. */
struct limit_state {
    const struct limit_class *class;
    const char *key;     /* in kv */
    int64_t limit;       /* requests a window */
    int64_t window;      /* seconds */
    int64_t remaining;   /* 0 when refused */
    int64_t reset;       /* seconds until all of it is there again */
    int64_t retry_after; /* seconds until one is there; 0: was taken */
    bool shown;          /* whether the RateLimit fields tell it */
};

/* The class `name`, or NULL. */
const struct limit_class *limit_find(const struct limits *limits, const char *name);

/*
 * Takes one request of the route's class (and of LIMIT_ALL) for the caller's address.  RATE_LIMITED
 * with the seconds to wait in c->fault.retry_after.
 */
RESULT limit_take_address(struct req *r);

/* The same for the principal, if the class is per principal and there is one. */
RESULT limit_take_principal(struct req *r);

/*
 * Gives back what this request took from the route's class: a sign-in that succeeds costs its
 * address nothing.
 */
void limit_give_back(struct req *r);

/*
 * Whether at most a quarter of the route's class is left for this address, or for everybody
 * together, who have LIMIT_CROWD times as much and are never refused for it (RL-12).
 */
bool limit_is_near(const struct req *r);

/* RateLimit-Policy and RateLimit (draft-ietf-httpapi-ratelimit-headers), of the class that is
 * closest to its end. */
void limit_headers(struct req *r);

/* The key of `address`: "203.0.113.7", "2001:db8:0:1::/64", "unix"; `wide`: the /48 of an IPv6
 * address, else NULL. */
const char *limit_address_key(struct arena *a, const char *address, bool wide);

#endif
