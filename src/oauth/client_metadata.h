/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_OAUTH_CLIENT_METADATA_H
#define UAUTH_OAUTH_CLIENT_METADATA_H

/*
 * What a client registers: names of RFC 7591 2 and OpenID Connect Registration 1.0 2, and a few of
 * our own.  The same object is the body of registration, of `uauth client create`, and what is
 * stored with the client.  Members that are not known are left out (RFC 7591 2).
 *
 * A client that registers itself sets some of them (oauth/registration_rules.h): what gives it
 * power over others is for the operator.
 */

#include "base/shape.h"
#include "crypto/certificate.h"

enum {
    REDIRECT_URIS_MAX = 32,
    CLIENT_LIST_MAX = 32,
    FOREIGN_URLS_MAX = REDIRECT_URIS_MAX + 3, /* request_uris, jwks_uri, ... */
    CLIENT_SCOPE_MAX = 999 /* one line */,
    ASSERTION_ISSUERS_MAX = 8,
    CLIENT_JWKS_MAX = 16 * 1024,
    CLIENT_STATEMENT_MAX = 4096,
    CLIENT_MAX_AGE_MAX = 31536000
};

/* Whose assertions are taken as grants (RFC 7523 2.1), for whom: names of our own. */
struct assertion_issuer {
    const char *issuer;    /* iss, exact */
    struct bytes jwks;     /* its public keys, raw JSON */
    const char *sub_is;    /* client, user_id or email: what sub says */
    struct texts subjects; /* the values of sub that are taken; "*": every user */
};

/* clang-format off */
SHAPE(assertion_issuer,
    FIELD(assertion_issuer, issuer, REQUIRED, 1, 900, "iss of its assertions"),
    FIELD(assertion_issuer, jwks, REQUIRED, 2, CLIENT_JWKS_MAX, "Its public keys (RFC 7517)"),
    FIELD(assertion_issuer, sub_is, REQUIRED, 1, 16, "What sub is: client (the client itself is given the token), user_id or email"),
    FIELD(assertion_issuer, subjects, REQUIRED, 1, CLIENT_LIST_MAX, "The values of sub that are taken; * is every user"));
/* clang-format on */

struct client_metadata {
    const char *client_name;
    struct texts redirect_uris;
    struct texts post_logout_redirect_uris;
    struct texts grant_types;
    struct texts response_types;
    const char *token_endpoint_auth_method;
    const char *token_endpoint_auth_signing_alg; /* NULL: any that the keys are good for */
    const char *id_token_signed_response_alg;    /* also of logout tokens; NULL: the service's */
    const char *id_token_encrypted_response_alg, *id_token_encrypted_response_enc;
    const char *userinfo_signed_response_alg; /* NULL: it gets plain JSON */
    const char *userinfo_encrypted_response_alg, *userinfo_encrypted_response_enc;
    const char *introspection_signed_response_alg; /* RFC 9701 6 */
    const char *introspection_encrypted_response_alg, *introspection_encrypted_response_enc;
    const char *authorization_signed_response_alg; /* JARM */
    const char *authorization_encrypted_response_alg, *authorization_encrypted_response_enc;
    const char *request_object_signing_alg;    /* the only one; NULL: any of its keys */
    struct texts request_uris;                 /* where its request objects may be */
    bool require_signed_request_object;        /* takes no plain request (RFC 9101 10.5) */
    const char *backchannel_logout_uri;        /* where ended sessions are told; or NULL */
    const char *frontchannel_logout_uri;       /* what a browser loads then; or NULL */
    bool frontchannel_logout_session_required; /* iss and sid come along: they always do */
    bool backchannel_logout_session_required;  /* sid comes along: it always does */
    const char *scope;       /* what it may ask for, separated by spaces; "" is nothing */
    struct bytes jwks;       /* its public keys, raw JSON; n is 0 without */
    const char *jwks_uri;    /* or where they are; NULL without */
    int64_t default_max_age; /* seconds; 0: none */
    bool require_pushed_authorization_requests;
    bool dpop_bound_access_tokens; /* none is given without a proof (RFC 9449 5.2) */
    bool tls_client_certificate_bound_access_tokens; /* each is (RFC 8705 3.4) */
    /* The one name of its certificate, for tls_client_auth (RFC 8705 2.1.2). */
    const char *tls_client_auth_subject_dn, *tls_client_auth_san_dns, *tls_client_auth_san_uri;
    const char *tls_client_auth_san_ip, *tls_client_auth_san_email;
    const char *client_uri, *logo_uri, *policy_uri, *tos_uri;
    struct texts contacts;
    const char *software_id, *software_version;
    const char *software_statement; /* with which it registered (RFC 7591 2.3) */

    /* Our own. */
    bool first_party;          /* its users are not asked for consent */
    bool require_pkce;         /* also where AUTH_REQUIRE_PKCE is public */
    bool legacy_assertion_aud; /* takes the token endpoint as aud of assertions (decision 12) */
    bool reuse_refresh_tokens; /* they do not rotate (RFC 9700 2.2.2, FAPI 2.0 5.3.2.1) */
    const char *profile;       /* oauth/fapi.h; NULL: none */
    const char *access_token_signed_response_alg; /* NULL: the service's */
    struct texts authorization_details_types;     /* that it may ask for (RFC 9396 10) */
    struct texts resources; /* the only ones it may ask for (RFC 8707); none: every registered */
    struct texts audiences; /* for which it is the resource server: whose tokens it introspects */
    /* Token exchange (oauth/grant_token_exchange.c): what is not named is refused. */
    struct texts token_exchange_subjects;  /* clients whose tokens it may exchange, beside its own
                                              and those for its `audiences` */
    struct texts token_exchange_providers; /* providers (federation/provider.h) whose ID tokens it
                                              may exchange */
    struct texts token_exchange_audiences; /* what the tokens that it gets may be for */
    bool token_exchange_impersonation;     /* they need not say who acts */
    struct items assertion_issuers;        /* struct assertion_issuer: oauth/grant_jwt_bearer.c */
    const char *subject_type;              /* NULL or public, pairwise: oauth/client_sector.h */
    const char *sector_identifier_uri;     /* lists the redirect URIs of a sector, whose name is its
                                              host; or NULL */
    const char *access_token_format;       /* jwt, or opaque: to be asked about (RFC 7662) */
    const char *may_act; /* the one that may act for users of its tokens (RFC 8693 4.4); or NULL */
    struct texts allowed_origins; /* that may call from a browser, beside those of redirect URIs */
    struct texts foreign_urls;    /* of its URLs those that no operator has named: a call to them is
                                     no call to internal_hosts (oauth/client_url.h) */
};

/* clang-format off */
SHAPE_OPEN(client_metadata,
    FIELD(client_metadata, client_name, OPTIONAL, 1, 100, "Name that users see"),
    FIELD(client_metadata, redirect_uris, OPTIONAL, 0, REDIRECT_URIS_MAX, "Where codes may be sent; compared as exact text"),
    FIELD(client_metadata, post_logout_redirect_uris, OPTIONAL, 0, REDIRECT_URIS_MAX, "Where browsers may be sent after signing out; compared as exact text"),
    FIELD(client_metadata, backchannel_logout_uri, OPTIONAL, 1, 900, "Where logout tokens are posted when a session ends (OpenID Connect Back-Channel Logout)"),
    FIELD(client_metadata, backchannel_logout_session_required, OPTIONAL, 0, 0, "Its logout tokens have a sid: they always do"),
    FIELD(client_metadata, frontchannel_logout_uri, OPTIONAL, 1, 900, "What the browser loads in a frame when a session ends (OpenID Connect Front-Channel Logout)"),
    FIELD(client_metadata, frontchannel_logout_session_required, OPTIONAL, 0, 0, "It is loaded with iss and sid: it always is"),
    FIELD(client_metadata, grant_types, OPTIONAL, 1, CLIENT_LIST_MAX, "authorization_code, refresh_token, client_credentials"),
    FIELD(client_metadata, response_types, OPTIONAL, 0, CLIENT_LIST_MAX, "code"),
    FIELD(client_metadata, token_endpoint_auth_method, OPTIONAL, 1, 64, "none, client_secret_basic, client_secret_post, client_secret_jwt, private_key_jwt, tls_client_auth, self_signed_tls_client_auth"),
    FIELD(client_metadata, token_endpoint_auth_signing_alg, OPTIONAL, 1, 16, "The only algorithm of its assertions"),
    FIELD(client_metadata, id_token_signed_response_alg, OPTIONAL, 1, 16, "Algorithm of its ID tokens and logout tokens"),
    FIELD(client_metadata, access_token_signed_response_alg, OPTIONAL, 1, 16, "Algorithm of its access tokens"),
    FIELD(client_metadata, id_token_encrypted_response_alg, OPTIONAL, 1, 32, "How the key of encrypted ID tokens gets to it: RSA-OAEP-256, ECDH-ES, ECDH-ES+A256KW"),
    FIELD(client_metadata, id_token_encrypted_response_enc, OPTIONAL, 1, 32, "How their content is encrypted: A128CBC-HS256, A256GCM"),
    FIELD(client_metadata, userinfo_signed_response_alg, OPTIONAL, 1, 16, "Give it userinfo as a JWT, signed so"),
    FIELD(client_metadata, userinfo_encrypted_response_alg, OPTIONAL, 1, 32, "How the key of encrypted userinfo gets to it"),
    FIELD(client_metadata, userinfo_encrypted_response_enc, OPTIONAL, 1, 32, "How its content is encrypted"),
    FIELD(client_metadata, introspection_signed_response_alg, OPTIONAL, 1, 16, "Algorithm of signed introspection (RFC 9701)"),
    FIELD(client_metadata, introspection_encrypted_response_alg, OPTIONAL, 1, 32, "How the key of encrypted introspection gets to it"),
    FIELD(client_metadata, introspection_encrypted_response_enc, OPTIONAL, 1, 32, "How its content is encrypted"),
    FIELD(client_metadata, authorization_signed_response_alg, OPTIONAL, 1, 16, "Algorithm of its authorization responses, where they are signed (JARM)"),
    FIELD(client_metadata, authorization_encrypted_response_alg, OPTIONAL, 1, 32, "How the key of encrypted authorization responses gets to it"),
    FIELD(client_metadata, authorization_encrypted_response_enc, OPTIONAL, 1, 32, "How their content is encrypted"),
    FIELD(client_metadata, request_object_signing_alg, OPTIONAL, 1, 16, "The only algorithm of its request objects (RFC 9101)"),
    FIELD(client_metadata, request_uris, OPTIONAL, 0, REDIRECT_URIS_MAX, "Where its request objects may be fetched; compared as exact text"),
    FIELD(client_metadata, require_signed_request_object, OPTIONAL, 0, 0, "Take its requests only as signed request objects (RFC 9101)"),
    FIELD(client_metadata, scope, OPTIONAL, 0, CLIENT_SCOPE_MAX, "Scopes that it may ask for"),
    FIELD(client_metadata, jwks, OPTIONAL, 2, CLIENT_JWKS_MAX, "Its public keys (RFC 7517)"),
    FIELD(client_metadata, jwks_uri, OPTIONAL, 1, 900, "Where its public keys are, instead of jwks"),
    FIELD(client_metadata, default_max_age, OPTIONAL, 0, CLIENT_MAX_AGE_MAX, "Seconds after which a sign-in is too old for it"),
    FIELD(client_metadata, require_pushed_authorization_requests, OPTIONAL, 0, 0, "Take its requests only when they were pushed (RFC 9126)"),
    FIELD(client_metadata, dpop_bound_access_tokens, OPTIONAL, 0, 0, "Give it no token that is not bound to a key (RFC 9449)"),
    FIELD(client_metadata, tls_client_certificate_bound_access_tokens, OPTIONAL, 0, 0, "Bind its tokens to its certificate (RFC 8705)"),
    FIELD(client_metadata, tls_client_auth_subject_dn, OPTIONAL, 1, CERTIFICATE_NAME_MAX, "Subject of its certificate (RFC 4514), for tls_client_auth"),
    FIELD(client_metadata, tls_client_auth_san_dns, OPTIONAL, 1, CERTIFICATE_NAME_MAX, "... or a dNSName in it"),
    FIELD(client_metadata, tls_client_auth_san_uri, OPTIONAL, 1, CERTIFICATE_NAME_MAX, "... or a URI in it"),
    FIELD(client_metadata, tls_client_auth_san_ip, OPTIONAL, 1, 64, "... or an IP address in it"),
    FIELD(client_metadata, tls_client_auth_san_email, OPTIONAL, 1, CERTIFICATE_NAME_MAX, "... or an address of mail in it"),
    FIELD(client_metadata, client_uri, OPTIONAL, 1, 900, "Its home page"),
    FIELD(client_metadata, logo_uri, OPTIONAL, 1, 900, "Its logo"),
    FIELD(client_metadata, policy_uri, OPTIONAL, 1, 900, "Its privacy policy"),
    FIELD(client_metadata, tos_uri, OPTIONAL, 1, 900, "Its terms of service"),
    FIELD(client_metadata, contacts, OPTIONAL, 0, CLIENT_LIST_MAX, "Who answers for it"),
    FIELD(client_metadata, software_id, OPTIONAL, 1, 255, "The software that it is an instance of"),
    FIELD(client_metadata, software_version, OPTIONAL, 1, 255, "Its version"),
    FIELD(client_metadata, software_statement, OPTIONAL, 1, CLIENT_STATEMENT_MAX, "What the publisher of the software has signed about it (RFC 7591 2.3)"),
    FIELD(client_metadata, first_party, OPTIONAL, 0, 0, "Do not ask users for consent"),
    FIELD(client_metadata, require_pkce, OPTIONAL, 0, 0, "Ask for PKCE whatever AUTH_REQUIRE_PKCE says"),
    FIELD(client_metadata, legacy_assertion_aud, OPTIONAL, 0, 0, "Take the token endpoint as audience of assertions, too"),
    FIELD(client_metadata, reuse_refresh_tokens, OPTIONAL, 0, 0, "Its refresh tokens stay as they are; for clients that authenticate, or bind them"),
    FIELD(client_metadata, profile, OPTIONAL, 1, 32, "fapi2 or fapi2_message_signing: nothing weaker is taken from it, or given to it"),
    FIELD(client_metadata, authorization_details_types, OPTIONAL, 0, CLIENT_LIST_MAX, "Types of authorization details that it may ask for (RFC 9396)"),
    FIELD(client_metadata, resources, OPTIONAL, 0, CLIENT_LIST_MAX, "The only APIs that it may ask tokens for (RFC 8707)"),
    FIELD(client_metadata, audiences, OPTIONAL, 0, CLIENT_LIST_MAX, "Audiences whose tokens it may introspect"),
    FIELD(client_metadata, token_exchange_subjects, OPTIONAL, 0, CLIENT_LIST_MAX, "Clients whose tokens it may exchange (RFC 8693), beside its own and those for its audiences"),
    FIELD(client_metadata, token_exchange_providers, OPTIONAL, 0, CLIENT_LIST_MAX, "Providers, by id, whose ID tokens it may exchange, for users whose accounts are linked there"),
    FIELD(client_metadata, token_exchange_audiences, OPTIONAL, 0, CLIENT_LIST_MAX, "What the tokens that it gets in exchange may be for"),
    FIELD(client_metadata, token_exchange_impersonation, OPTIONAL, 0, 0, "These tokens need not say who acts"),
    FIELD_OF(client_metadata, assertion_issuers, OPTIONAL, 0, ASSERTION_ISSUERS_MAX, &assertion_issuer_shape, "Whose assertions it may bring as grants (RFC 7523 2.1)"),
    FIELD(client_metadata, subject_type, OPTIONAL, 1, 16, "public, or pairwise: it knows users by names that others do not know (OpenID Connect Core 8)"),
    FIELD(client_metadata, sector_identifier_uri, OPTIONAL, 1, 900, "Lists the redirect URIs of all clients that know users by the same names"),
    FIELD(client_metadata, access_token_format, OPTIONAL, 1, 16, "jwt, or opaque: its access tokens say nothing themselves"),
    FIELD(client_metadata, may_act, OPTIONAL, 1, 255, "The client that may act for the users of its tokens"),
    FIELD(client_metadata, allowed_origins, OPTIONAL, 0, CLIENT_LIST_MAX, "Origins that may call from a browser"),
    FIELD(client_metadata, foreign_urls, OPTIONAL, 0, FOREIGN_URLS_MAX, "Of its URLs those that no operator has named: they are not called at AUTH_INTERNAL_HOSTS"));
/* clang-format on */

#define TOKEN_FORMAT_JWT    "jwt"
#define TOKEN_FORMAT_OPAQUE "opaque"

#define ASSERTION_SUB_CLIENT  "client"
#define ASSERTION_SUB_USER_ID "user_id"
#define ASSERTION_SUB_EMAIL   "email"
#define ASSERTION_SUB_ANY     "*"

/*
 * Reads and checks what somebody wants to register, and fills in what they left to us: grant
 * authorization_code, a client secret by Basic, the scopes of OpenID Connect.  INVALID_JSON,
 * INVALID_REDIRECT_URI, or INVALID_CLIENT_METADATA naming the member.
 */
RESULT client_metadata_read(struct ctx *c, struct bytes json, struct client_metadata *out);

/* Checks and completes `metadata` in place, as above. */
RESULT client_metadata_check(struct ctx *c, struct client_metadata *metadata);

/* What is stored of it; client_metadata_load reads it, and what client_metadata_write has written.
 */
const char *client_metadata_store(struct arena *a, const struct client_metadata *metadata)
    __attribute__((returns_nonnull));

RESULT client_metadata_load(struct ctx *c, const char *json, struct client_metadata *out);

/* The same of the client `id`, for a worker that keeps what it has read (base/readings.h). */
RESULT client_metadata_of(struct ctx *c, const char *id, const char *json,
                          const struct client_metadata **out);
const char *client_metadata_write(struct arena *a, const struct client_metadata *metadata)
    __attribute__((returns_nonnull));

/* Whether a client of this metadata can keep a secret. */
bool client_metadata_is_confidential(const struct client_metadata *metadata);

#endif
