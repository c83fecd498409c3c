/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_API_MFA_H
#define UAUTH_API_MFA_H

/* One's own second factor: enrolment, removal, recovery codes (MF-04, MF-10). */

#include "base/shape.h"
#include "web/req.h"

struct totp_response {
    const char *secret, *otpauth_uri, *qr_svg;
};
SHAPE(totp_response,
      FIELD(totp_response, secret, REQUIRED | SECRET, 16, 128,
            "The secret in base32; shown this once"),
      FIELD(totp_response, otpauth_uri, REQUIRED | SECRET, 1, 2048, "What authenticator apps read"),
      FIELD(totp_response, qr_svg, REQUIRED | SECRET, 1, 65536, "The same as a QR code, an SVG"));

/* A body of no fields: what an empty request may say. */
struct no_input {
    bool unused;
};
static const struct shape no_input_shape = { "no_input", NULL, sizeof(struct no_input), 0, false };

RESULT post_totp(struct req *r);

struct totp_confirm_request {
    const char *code;
};
SHAPE(totp_confirm_request, FIELD(totp_confirm_request, code, REQUIRED | SECRET, 1, 32,
                                  "The code that the app shows now"));
struct recovery_codes_response {
    struct texts recovery_codes;
};
SHAPE(recovery_codes_response,
      FIELD(recovery_codes_response, recovery_codes, REQUIRED | SECRET, 0, 10,
            "Each works once instead of a code of the app; shown this once"));
RESULT post_totp_confirm(struct req *r);
RESULT delete_totp(struct req *r);

struct recovery_state {
    int64_t remaining;
};
SHAPE(recovery_state, FIELD(recovery_state, remaining, REQUIRED, 0, 10, "How many are unused"));
RESULT get_recovery_codes(struct req *r);
RESULT post_recovery_codes(struct req *r);

#endif
