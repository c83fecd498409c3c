/* SPDX-License-Identifier: Apache-2.0 */
#include "token/issuer.h"

const char *issuer_path(const struct ctx *c)
{
    return c->issuer == NULL ? "" : c->issuer->path;
}
