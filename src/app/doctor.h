/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_APP_DOCTOR_H
#define UAUTH_APP_DOCTOR_H

/*
 * What uauth doctor looks at.  A check is one row of a table: the row says what it looks at and
 * what to do if that is wrong, its function what was found.  Nothing is changed by looking, here or
 * elsewhere.
 */

#include "app/node.h"
#include "federation/provider.h"
#include "net/http_client.h"

enum doctor_verdict {
    DOCTOR_FINE,
    DOCTOR_DOUBTFUL, /* works, but will not for long, or not for everybody */
    DOCTOR_WRONG,
    DOCTOR_SKIPPED /* could not be looked at, or does not apply */
};

struct aadsts;

struct doctor_finding {
    const char *check;   /* the id of its row */
    const char *subject; /* what it was looked at: a provider, or a tenant of one; or NULL */
    enum doctor_verdict verdict;
    const char *found, *fix; /* fix: NULL where there is nothing to do */
};

/* A registration at Entra ID while it is looked at. */
struct doctor_registration {
    const char *id;              /* of the provider */
    const struct provider *p;    /* NULL until its settings have been found good */
    struct provider_place place; /* `found`: it is good */
    bool found;
    struct http_answer answer;    /* of the authority; `answered`: it is good */
    bool answered;                /* also if the answer is that there is no such tenant */
    struct texts tenants;         /* ids of those whose people may sign in */
    const char *tenant;           /* the one that is looked at */
    const struct aadsts *refused; /* how it refused to give a token; NULL: it did not */
    const char *access_token;     /* that it gave; NULL: none */
    const char *graph_token;      /* the first one of all tenants */
};

enum { DOCTOR_FINDINGS_MAX = 512 };
struct doctor {
    struct node *node; /* NULL until the database has been opened */
    bool folder;       /* the data folder is good */
    struct doctor_registration registration;
    struct doctor_finding at[DOCTOR_FINDINGS_MAX];
    size_t n;
    bool wrong; /* something is */
};

/*
 * `run` fails where something is wrong, and the failure's text is what was found; else it says so
 * in `out->found`.  It may also set the verdict, and a fix that fits better than that of the row.
 */
struct doctor_check {
    const char *id;      /* "database" */
    const char *summary; /* what it looks at */
    const char *fix;
    RESULT (*run)(struct ctx *c, struct doctor *d, struct doctor_finding *out);
    bool each_tenant; /* of a registration at Entra ID: once for each of its tenants */
};

/* Of the service, and of one registration at Entra ID, in the order in which they are made. */
const struct doctor_check *doctor_service_checks(size_t *n);
const struct doctor_check *doctor_entra_checks(size_t *n);

/* Makes one check, and records what was found. */
void doctor_look(struct ctx *c, struct doctor *d, const struct doctor_check *check,
                 const char *subject);

/* Makes those of the registration at Entra ID that the provider `only` is, or of all of them if
 * that is NULL.  NOT_FOUND: there is none. */
RESULT doctor_look_at_entra(struct ctx *c, struct doctor *d, const char *only);

/* "wrong". */
const char *doctor_verdict_name(enum doctor_verdict verdict);

/* That a check has to wait for what an earlier one found wrong. */
RESULT doctor_skip(struct ctx *c, struct doctor_finding *out, const char *why);

#endif
