/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_WEB_TRACE_H
#define UAUTH_WEB_TRACE_H

/*
 * The names of one request: our own id, which the reply shows and the log records, and the trace it
 * belongs to.
 */

#include "base/ctx.h"
#include "base/text.h"

enum { REQUEST_ID_CHARS = 26 };

/* 48 bits of time and 80 of randomness in Crockford's base32, so that ids sort by time (ULID). */
const char *trace_request_id(struct ctx *c) __attribute__((returns_nonnull));

/*
 * The trace id (32 hexadecimal digits) of a traceparent field (W3C Trace Context 3.2), or NULL if
 * it is not valid: a caller's mistake there never fails a request.
 */
const char *trace_parent_id(struct arena *a, const char *traceparent);

#endif
