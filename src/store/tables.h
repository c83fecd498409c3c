/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_STORE_TABLES_H
#define UAUTH_STORE_TABLES_H

/*
 * The tables as the database itself lists them, so that no list of ours can miss a new one.
 */

#include "store/schema.h"

/* The names of all tables, in byte order; that of the migrations is one of them. */
RESULT tables_list(struct ctx *c, struct texts *out);

#endif
