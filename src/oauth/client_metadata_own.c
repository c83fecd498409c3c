/* SPDX-License-Identifier: Apache-2.0 */
#include "oauth/client_metadata_own.h"

#include "crypto/key.h"
#include "oauth/client_sector.h"
#include "oauth/grant.h"

static RESULT refuse(struct ctx *c, const char *member, const char *say)
{
    return fail_field(c, INVALID_CLIENT_METADATA, member, say);
}

/* RFC 8693 2.1: who exchanges has proven who it is, and for what. */
static RESULT check_exchange(struct ctx *c, const struct client_metadata *m)
{
    if (!client_metadata_is_confidential(m))
        return refuse(c, "grant_types", "Token exchange is for clients that authenticate.");
    if (m->token_exchange_audiences.n == 0)
        return refuse(c, "token_exchange_audiences",
                      "Token exchange needs the audiences that its tokens may be for.");
    return ok();
}

static RESULT check_issuer(struct ctx *c, const struct assertion_issuer *issuer)
{
    struct key_set set = { 0 };
    bool of_client = text_equal(issuer->sub_is, ASSERTION_SUB_CLIENT);
    err read = key_set_read(c, c->arena, issuer->jwks, &set);
    if (read.code == ERR_OK && set.n == 0)
        return refuse(c, "assertion_issuers", "None of the keys can be used for signatures.");
    if (read.code == ERR_INVALID_REQUEST) {
        fault_clear(c);
        return refuse(c, "assertion_issuers", "A jwks is no JWK Set of public keys.");
    }
    TRY(read);
    if (!of_client && !text_equal(issuer->sub_is, ASSERTION_SUB_USER_ID) &&
        !text_equal(issuer->sub_is, ASSERTION_SUB_EMAIL))
        return refuse(c, "assertion_issuers", "sub_is is one of client, user_id and email.");
    if (of_client && texts_hold(issuer->subjects, ASSERTION_SUB_ANY))
        return refuse(c, "assertion_issuers", "Where sub is the client, each one is named.");
    return ok();
}

/* RFC 7523 2.1: nobody is trusted who is not named, with their keys. */
static RESULT check_issuers(struct ctx *c, const struct client_metadata *m)
{
    const struct assertion_issuer *at = m->assertion_issuers.at;
    bool grants = texts_hold(m->grant_types, GRANT_JWT_BEARER);
    if (grants && !client_metadata_is_confidential(m))
        return refuse(c, "grant_types", "The grant jwt-bearer is for clients that authenticate.");
    if (grants && m->assertion_issuers.n == 0)
        return refuse(c, "assertion_issuers", "The grant jwt-bearer needs one.");
    for (size_t i = 0; i < m->assertion_issuers.n; i++) {
        TRY(check_issuer(c, &at[i]));
        for (size_t k = 0; k < i; k++)
            if (text_equal(at[i].issuer, at[k].issuer))
                return refuse(c, "assertion_issuers", "An issuer stands once.");
    }
    return ok();
}

static RESULT check_format(struct ctx *c, const struct client_metadata *m)
{
    const char *format = m->access_token_format;
    if (format != NULL && !text_equal(format, TOKEN_FORMAT_JWT) &&
        !text_equal(format, TOKEN_FORMAT_OPAQUE))
        return refuse(c, "access_token_format", "The formats are jwt and opaque.");
    return ok();
}

RESULT client_metadata_check_own(struct ctx *c, const struct client_metadata *metadata)
{
    if (texts_hold(metadata->grant_types, GRANT_TOKEN_EXCHANGE))
        TRY(check_exchange(c, metadata));
    TRY(check_issuers(c, metadata));
    TRY(check_format(c, metadata));
    return client_sector_check(c, metadata);
}
