/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_BASE_CODEC_H
#define UAUTH_BASE_CODEC_H

/*
 * Strict codecs.  Decoders refuse whatever an encoder would not have written: there is one text for
 * each value.
 */

#include "base/text.h"

/* base64url without padding (RFC 4648 5, RFC 7515 2). */
const char *base64url_encode(struct arena *a, struct bytes in) __attribute__((returns_nonnull));

/* How many characters that is for `n` bytes; and writes them at `out`, without a NUL, returning
 * their end. */
size_t base64url_size(size_t n);
char *base64url_put(char *out, struct bytes in) __attribute__((returns_nonnull));

/* Refuses padding, other alphabets, white space, a length of 1 mod 4, and non-zero trailing bits.
 */
bool base64url_decode(struct arena *a, struct bytes text, struct bytes *out);

/* base64 with padding (RFC 4648 4), as strict: for Basic credentials, PEM-less keys and PHC
 * (without padding: pad=false). */
const char *base64_encode(struct arena *a, struct bytes in, bool pad)
    __attribute__((returns_nonnull));
bool base64_decode(struct arena *a, struct bytes text, bool pad, struct bytes *out);

/* Lower-case hexadecimal; the decoder takes either case and an even length only. */
const char *hex_encode(struct arena *a, struct bytes in) __attribute__((returns_nonnull));
bool hex_decode(struct arena *a, struct bytes text, struct bytes *out);

/* RFC 4648 6 base32 without padding: for TOTP secrets. */
const char *base32_encode(struct arena *a, struct bytes in) __attribute__((returns_nonnull));
bool base32_decode(struct arena *a, struct bytes text, struct bytes *out);

/* Everything but the unreserved set of RFC 3986 2.3 becomes %XX. */
const char *percent_encode(struct arena *a, const char *text) __attribute__((returns_nonnull));

/* Decodes once.  Refuses a bad escape, %00, a raw NUL and a result that is not UTF-8. '+' stays
 * '+'. */
bool percent_decode(struct arena *a, struct bytes in, const char **out);

/* One name and value of a form or query. */
struct form_field {
    const char *name, *value;
};
struct form {
    const struct form_field *at;
    size_t n;
};

enum { FORM_FIELDS_MAX = 128 };

/*
 * application/x-www-form-urlencoded, also queries: '+' is a space, escapes as percent_decode, empty
 * pairs
 * ("&&") are skipped, a name may not be empty, at most FORM_FIELDS_MAX pairs.  Repeated names are
 * kept: form_get refuses them.
 */
bool form_decode(struct arena *a, struct bytes in, struct form *out);

/* The value of `name`: false if it stands more than once; *out is NULL if it is absent. */
bool form_get(const struct form *form, const char *name, const char **out);

/* Whether `name` stands in it, with whatever value, once or more. */
bool form_has(const struct form *form, const char *name);

/* The form as text, each name and value percent-encoded. */
const char *form_encode(struct arena *a, const struct form *form) __attribute__((returns_nonnull));

#endif
