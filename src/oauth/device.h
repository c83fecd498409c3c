/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_OAUTH_DEVICE_H
#define UAUTH_OAUTH_DEVICE_H

/*
 * Devices without a browser (RFC 8628): they ask for a code, show it, and poll the token endpoint
 * while their user types it on a page of ours.  A client has to be registered for the grant; a
 * person has to have signed in lately, type the code, see whose it is, and say so by a button
 * (DV-01): verification_uri_complete only fills the field.
 */

#include "oauth/grant.h"

#define GRANT_DEVICE_CODE "urn:ietf:params:oauth:grant-type:device_code"

enum {
    DEVICE_SECONDS = 600,      /* that the codes live */
    DEVICE_WAIT = 5,           /* seconds between two questions of a device, at first */
    DEVICE_LETTERS = 8,        /* of a user code (decision 13) */
    DEVICE_WAITING_MAX = 10000 /* codes of one client at a time (DV-07) */
};

struct device_request {
    const char *scope;
    struct texts resource;
    const char *authorization_details;
    const char *client_id, *client_secret, *client_assertion_type, *client_assertion;
};

/* clang-format off */
SHAPE_OPEN(device_request,
    FIELD(device_request, scope, OPTIONAL, 1, GRANT_TEXT_MAX, "Scopes, separated by spaces"),
    FIELD(device_request, resource, OPTIONAL, 0, GRANT_RESOURCES_MAX, "The APIs that tokens are for (RFC 8707)"),
    FIELD(device_request, authorization_details, OPTIONAL, 1, AUTHORIZATION_DETAILS_BYTES_MAX, "Refused: devices have scopes only"),
    FIELD(device_request, client_id, OPTIONAL, 1, 255, "The client"),
    FIELD(device_request, client_secret, OPTIONAL | SECRET, 1, GRANT_TEXT_MAX, "Its secret (client_secret_post)"),
    FIELD(device_request, client_assertion_type, OPTIONAL, 1, 128, "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
    FIELD(device_request, client_assertion, OPTIONAL | SECRET, 1, GRANT_ASSERTION_MAX, "Its assertion (RFC 7523)"));

struct device_response {
    const char *device_code, *user_code, *verification_uri, *verification_uri_complete;
    int64_t expires_in, interval;
};
SHAPE(device_response,
    FIELD(device_response, device_code, REQUIRED | SECRET, 0, 0, "With which the device polls the token endpoint"),
    FIELD(device_response, user_code, REQUIRED, 0, 0, "What its user types"),
    FIELD(device_response, verification_uri, REQUIRED, 0, 0, "Where"),
    FIELD(device_response, verification_uri_complete, REQUIRED, 0, 0, "The same with the code, for a QR code"),
    FIELD(device_response, expires_in, REQUIRED, 0, 0, "Seconds that the codes live"),
    FIELD(device_response, interval, REQUIRED, 0, 0, "Seconds to wait between two questions"));
/* clang-format on */

/* UNAUTHORIZED_CLIENT; RATE_LIMITED if too many of the client's codes wait. */
RESULT post_device_authorization(struct req *r);

/*
 * DV-01: whether the grant is off for what a device would get in the tenant `tenant_id` (or NULL)
 * from `user_id`: by the rule of that tenant or of the user's home.  A NULL user is nobody yet.
 */
RESULT device_is_refused(struct ctx *c, const char *tenant_id, const char *user_id, bool *refused);

/* ---- pages ---- */

/* GET /device?user_code= */
RESULT get_device(struct req *r);

struct user_code_form {
    const char *csrf_token, *user_code;
};
SHAPE(user_code_form, FIELD(user_code_form, csrf_token, SECRET, 0, 64, "CSRF token of the page"),
      FIELD(user_code_form, user_code, OPTIONAL, 0, 64, "The code that the device shows"));
RESULT post_device(struct req *r);

struct user_code_answer_form {
    const char *csrf_token, *user_code, *answer;
};
SHAPE(user_code_answer_form,
      FIELD(user_code_answer_form, csrf_token, SECRET, 0, 64, "CSRF token of the page"),
      FIELD(user_code_answer_form, user_code, OPTIONAL, 0, 64, "The code that the device shows"),
      FIELD(user_code_answer_form, answer, OPTIONAL, 0, 16, "allow; anything else refuses"));
RESULT post_device_answer(struct req *r);

#endif
