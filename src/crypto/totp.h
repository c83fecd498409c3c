/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_CRYPTO_TOTP_H
#define UAUTH_CRYPTO_TOTP_H

/*
 * One-time codes from a shared secret and the time (RFC 6238, RFC 4226).  Which steps have been
 * used is stored by the caller: a step is used once, and only after all earlier ones.
 */

#include "base/ctx.h"

enum { TOTP_SECRET_BYTES = 20, TOTP_DIGITS = 6, TOTP_DIGITS_MAX = 8, TOTP_PERIOD = 30 };

/* The hash of RFC 6238 1.2.  Authenticator apps know TOTP_SHA1 for certain, so we give out that. */
enum totp_hash { TOTP_SHA1, TOTP_SHA256, TOTP_SHA512 };

/* A new secret of 160 random bits (RFC 4226 4 R6), in c->arena. */
struct bytes totp_secret(struct ctx *c);

/* The step that the second `now` is in (RFC 6238 4.2); `now` is not negative: must(). */
int64_t totp_step(int64_t now);

/* The code of one step or counter: `digits` of them, 6 to 8 (RFC 4226 5.3). */
const char *totp_code(struct arena *a, enum totp_hash hash, struct bytes secret, int64_t step,
                      unsigned digits) __attribute__((returns_nonnull));

/*
 * Whether `code` is that of the step of c->now, the one before or the one after (RFC 6238 5.2), and
 * of a step later than `used`, the last one accepted (0: none yet).  `step` is then the one to
 * store, by a statement that asks for the same condition once more.  A code is exactly TOTP_DIGITS
 * ASCII digits: nothing is trimmed, folded or normalised (MF-02).  Takes the same time whichever
 * step it is, if any.
 */
bool totp_accepts(struct ctx *c, struct bytes secret, const char *code, int64_t used,
                  int64_t *step);

/*
 * The otpauth:// URI that authenticator apps read.  `issuer` and `account` are percent-encoded, so
 * that they cannot add parameters (IN-15).
 */
const char *totp_uri(struct arena *a, const char *issuer, const char *account, struct bytes secret)
    __attribute__((returns_nonnull));

/* A QR code as a picture of `side` by `side` units: the dark modules as the path of an SVG, the
 * quiet zone included. */
struct totp_qr {
    int side;
    const char *path;
};

/* `text` (at most 1,024 bytes, else INVALID_REQUEST) as a QR code. */
RESULT totp_qr(struct ctx *c, const char *text, struct totp_qr *out);

/* The same for a terminal: two rows of modules a line, black on white, with the escape sequences of
 * ECMA-48 for both colours. */
RESULT totp_qr_terminal(struct ctx *c, const char *text, const char **out);

/* The same as an SVG document, with no script, style or text. */
RESULT totp_qr_svg(struct ctx *c, const char *text, const char **svg);

#endif
