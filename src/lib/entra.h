/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_LIB_ENTRA_H
#define UAUTH_LIB_ENTRA_H

/* An application at Entra ID as it is handed out, and how its calls run. */

#include "client/entra_app.h"
#include "lib/call.h"

#include <uauth/uauth.h>

struct uauth_entra {
    struct held held;
    struct entra_app *app;
    bool (*assertion)(void *arg, char *out, size_t room);
    void *assertion_arg;
};

struct uauth_entra_token {
    struct held held;
    struct entra_result result;
};

/* What is asked for; in the call's arena. */
RESULT entra_wanted(struct ctx *c, const struct uauth_entra_wanted *from, struct entra_asked *out);

/* `result`, with what Entra ID has said told on. */
RESULT entra_told(struct call *k, err result, const struct entra_error *error);

#endif
