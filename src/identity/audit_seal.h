/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_IDENTITY_AUDIT_SEAL_H
#define UAUTH_IDENTITY_AUDIT_SEAL_H

/*
 * What an event tells about people, sealed: for identity/audit.c alone.  Under the key of whom the
 * event is about; where somebody else did it, what tells of their call (address and program) is a
 * second part, after a space, under a key of theirs, so that what is personal goes with whose it
 * is.  A part that is not there is "-".
 */

#include "base/json_writer.h"
#include "identity/audit.h"

/* *sealed is NULL if there is nothing personal, or if those whom it tells of are erased. */
RESULT audit_seal(struct ctx *c, const struct audit *event, const struct event_row *row,
                  const char **sealed);

/* Whether any detail has a value; and writes those that have. */
bool audit_details_any(const struct audit_detail *details);
void audit_details_write(struct ctx *c, struct json_writer *w, const struct audit_detail *details);

#endif
