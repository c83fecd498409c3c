/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_WEB_ACCESS_LOG_H
#define UAUTH_WEB_ACCESS_LOG_H

/*
 * One line of the log for each answered request, and its place in the metrics.  The path of the row
 * stands for the path of the request, and the query is left out: both may hold secrets.
 */

#include "web/req.h"

/* `code` is ERR_OK for a success.  Successes of QUIET rows leave no line. */
void access_log(struct req *r, enum err_code code);

#endif
