/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_CLIENT_KEY_VAULT_INSIDE_H
#define UAUTH_CLIENT_KEY_VAULT_INSIDE_H

/* What the files about key vaults share: how one is called, and how its answers are read. */

#include "client/key_vault.h"
#include "net/http_client.h"

enum { VAULT_ANSWER_MAX = 256 * 1024 };

struct vault_request {
    const char *method; /* "GET", "POST" */
    const char *url;
    const char *body; /* JSON, or NULL */
};

/* Asks the vault, as often as there is time; its answer is of status 200, or this fails. */
RESULT key_vault_ask(struct ctx *c, struct key_vault *v, const struct vault_request *request,
                     struct http_answer *out);

/* Whether what is behind an answer of this status may pass: it was slow, wants less, or is in
 * trouble. */
bool key_vault_may_pass(int status);

/* The failure that an answer of another status is. */
RESULT key_vault_refusal(struct ctx *c, const char *vault, const struct http_answer *answer);

/* "https://kv1.vault.azure.net", and its host for people. */
const char *key_vault_url(const struct key_vault *v);
const char *key_vault_host(const struct key_vault *v);

#endif
