/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_CLIENT_ENTRA_AUTHORITY_H
#define UAUTH_CLIENT_ENTRA_AUTHORITY_H

/*
 * Whom an application trusts with signing people in: an authority of Entra ID in one of its forms
 * and clouds (entra.md 1.1, 1.22, 1.23, 3.6).
 */

#include "base/ctx.h"
#include "base/text.h"

enum entra_kind {
    ENTRA_TENANT,        /* one tenant, by id or domain */
    ENTRA_ORGANIZATIONS, /* any tenant */
    ENTRA_COMMON,        /* any tenant, and personal accounts */
    ENTRA_CONSUMERS,     /* personal accounts */
    ENTRA_B2C,           /* Azure AD B2C: with a policy */
    ENTRA_CIAM,          /* External ID */
    ENTRA_ADFS           /* Active Directory Federation Services: /adfs, of one organization */
};

struct entra_authority {
    enum entra_kind kind;
    const char *origin;      /* "https://login.microsoftonline.com": scheme, host, port */
    const char *host;        /* with its port, if it is written */
    const char *environment; /* the host alone: as the cache has it */
    const char *tenant;
    const char *policy;   /* of B2C: "tfp/T/P" or "T/P" stands in the path; else NULL */
    struct texts aliases; /* hosts that are the same to the cache, this one among them */
    bool known;           /* one of Microsoft's own: its endpoints are known, too */
};

/*
 * Reads an authority: https (http on this host), lower case, first segment of the path is the
 * tenant (of B2C with its policy); what follows is dropped.  INVALID_REQUEST: it is none, or has no
 * tenant.  External ID without one gets NAME.onmicrosoft.com.  Allocated in `a`.
 */
RESULT entra_authority_read(struct ctx *c, struct arena *a, const char *text,
                            struct entra_authority *out);

/* The same authority for another tenant. */
struct entra_authority entra_authority_for(const struct entra_authority *authority,
                                           const char *tenant);

/* "https://HOST/TENANT" with `rest` behind it ("/oauth2/v2.0/token"). */
const char *entra_authority_url(struct arena *a, const struct entra_authority *authority,
                                const char *rest) __attribute__((returns_nonnull));

/* Where its metadata is. */
const char *entra_authority_metadata(struct arena *a, const struct entra_authority *authority)
    __attribute__((returns_nonnull));

/* Whether applications without a user may ask there: it names a tenant. */
bool entra_authority_has_tenant(const struct entra_authority *authority);

/*
 * Whether the issuer that metadata of `authority` names is one to believe: of the same origin, one
 * of Microsoft's hosts or a region of them, of the form of External ID, or in `known` (hosts).
 */
bool entra_issuer_is_trusted(struct arena *a, const struct entra_authority *authority,
                             const char *issuer, struct texts known);

/* Whether `host` is one of Microsoft's, and which hosts are the same; none: n is 0. */
struct texts entra_aliases(const char *host);

#endif
