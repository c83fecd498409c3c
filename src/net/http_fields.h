/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_NET_HTTP_FIELDS_H
#define UAUTH_NET_HTTP_FIELDS_H

/*
 * The field section of a head (RFC 9112 5), whose bytes and line ends the scan of http_parser.c has
 * checked.
 */

#include "net/http_parser.h"

/*
 * Reads the field lines of the complete head `in` and what they say about framing, host and
 * connection into `head`, whose request line is read.
 */
enum http_step http_fields_read(struct bytes in, struct http_head *head,
                                struct http_refusal *refusal);

#endif
