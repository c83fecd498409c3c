/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_LIB_ERROR_H
#define UAUTH_LIB_ERROR_H

/* What the public header calls an error: the fault of a call, as it is handed out. */

#include "lib/call.h"

struct uauth_error {
    struct held held; /* both NULL for the one that says that there is no memory */
    enum uauth_result result;
    const char *text, *code, *challenge, *nonce, *description, *uri, *claims;
    int64_t retry_after;
    int status;
};

/* What a failure of the inside is called outside. */
enum uauth_result error_result(enum err_code code);

/* In the call's arena, of its fault and of what it was told. */
struct uauth_error *error_of(struct call *k, enum err_code code) __attribute__((returns_nonnull));

/* Parts *error from its context, which ends before it; `error` may be NULL. */
void error_part(struct uauth_error **error);

/* There is no memory: static, and freeing it does nothing. */
struct uauth_error *error_no_memory(void) __attribute__((returns_nonnull));

#endif
