/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_APP_DOCTOR_PROBE_H
#define UAUTH_APP_DOCTOR_PROBE_H

/* How uauth doctor asks others: one call, without following or keeping anything. */

#include "net/http_client.h"

enum { DOCTOR_LIMIT_MS = 5000, DOCTOR_ANSWER_MAX = 256 * 1024, DOCTOR_CLOCK_SECONDS = 60 };

/* GET `url`, which the operator has configured.  `token`: an access token to show, or NULL. */
RESULT doctor_ask(struct ctx *c, const char *url, const char *token, struct http_answer *out);

/* The clock against that of the answer.  UNAVAILABLE: they are more than DOCTOR_CLOCK_SECONDS
 * apart. `found`: how far, or that the answer does not say. */
RESULT doctor_compare_clock(struct ctx *c, const struct http_answer *answer, const char **found);

/* When the certificate that is shown at `url` (https) ends.  UPSTREAM: it is not valid, or nobody
 * answers. */
RESULT doctor_certificate_end(struct ctx *c, const char *url, int64_t *end);

/* A mail server is greeted and taken leave of.  As mail_send. */
RESULT doctor_greet_mail(struct ctx *c, const char *smtp_url);

#endif
