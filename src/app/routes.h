/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_APP_ROUTES_H
#define UAUTH_APP_ROUTES_H

/*
 * The two tables of the front door: every endpoint (routes.c), and every class of limits that an
 * endpoint can name (limits.c).
 */

#include "web/limit.h"
#include "web/route.h"

const struct route *routes(size_t *n);

const struct limit_class *limit_classes(size_t *n);

#endif
