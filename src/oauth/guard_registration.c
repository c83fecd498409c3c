/* SPDX-License-Identifier: Apache-2.0 */
#include "oauth/guard_registration.h"

#include "base/config.h"
#include "crypto/digest.h"
#include "oauth/client.h"
#include "store/client_registrations.h"

RESULT registration_token_shown(struct req *r, const char **hash)
{
    struct token_shown shown;
    TRY(guard_token(r, &shown));
    if (shown.by_dpop)
        return because(
            r->c, TOKEN_SCHEME, "Bearer", "DPoP",
            fail(r->c, INVALID_TOKEN, "a token of registration comes by the scheme Bearer"));
    *hash = shown.token == NULL ? NULL : token_hash(r->c->arena, shown.token);
    return ok();
}

static RESULT check_registration(struct req *r)
{
    enum registration_mode mode = (enum registration_mode)r->c->config->client_registration;
    const char *hash = NULL;
    bool good = false;
    if (mode == MODE_OFF)
        return because(r->c, CLIENT_REGISTRATION, "token, open", "off",
                       fail_say(r->c, INVALID_TOKEN,
                                "Applications are registered by the operator here.",
                                "AUTH_CLIENT_REGISTRATION is off"));
    TRY(registration_token_shown(r, &hash));
    if (hash == NULL)
        return mode == MODE_OPEN
                   ? ok()
                   : because(r->c, CLIENT_REGISTRATION, "a token", "none",
                             fail(r->c, INVALID_TOKEN, "there is no initial access token"));
    /* The operator hands them out for the service's own issuer. */
    if (r->c->issuer == NULL)
        TRY(registration_token_is_good(r->c, hash, &good));
    return good ? ok()
                : because(r->c, CLIENT_REGISTRATION, "a good token", "another",
                          fail(r->c, INVALID_TOKEN, "the initial access token is not good"));
}

static RESULT check_registered(struct req *r)
{
    const struct client_registration_row *row = NULL;
    const struct client *client = NULL;
    const char *hash = NULL;
    TRY(registration_token_shown(r, &hash));
    if (hash == NULL)
        return because(r->c, REGISTRATION_TOKEN, "a token", "none",
                       fail(r->c, INVALID_TOKEN, "there is no registration access token"));
    TRY(client_registration_find(r->c, hash, &row));
    if (row != NULL)
        TRY(client_load(r->c, row->client_id, &client));
    if (client == NULL || !text_equal(row->client_id, req_param(r, "client_id")))
        return because(r->c, REGISTRATION_TOKEN, req_param(r, "client_id"),
                       row == NULL ? NULL : row->client_id,
                       fail(r->c, INVALID_TOKEN,
                            "not the registration access token of this "
                            "client"));
    r->who = (struct principal){ .kind = PRINCIPAL_CLIENT, .client_id = row->client_id };
    return ok();
}

const struct guard guard_registration = { "registration", ACCEPTS_REGISTRATION,
                                          check_registration };
const struct guard guard_registered = { "registered", ACCEPTS_REGISTRATION, check_registered };
