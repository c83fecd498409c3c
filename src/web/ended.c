/* SPDX-License-Identifier: Apache-2.0 */
#include "web/ended.h"

#include "token/revoke.h"

RESULT ended(struct req *r)
{
    return revocations_read(r->c, r->c->revoked);
}
