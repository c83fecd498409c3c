/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/totp.h"

#include "base/codec.h"
#include "base/random.h"
#include "crypto/digest.h"

#include <string.h>

struct bytes totp_secret(struct ctx *c)
{
    uint8_t *at = arena_alloc(c->arena, TOTP_SECRET_BYTES);
    random_fill(c->random, at, TOTP_SECRET_BYTES);
    return (struct bytes){ at, TOTP_SECRET_BYTES };
}

int64_t totp_step(int64_t now)
{
    must(now >= 0);
    return now / TOTP_PERIOD;
}

/* The MAC of a counter; returns how long it is. */
static size_t mac(enum totp_hash hash, struct bytes secret, struct bytes counter,
                  uint8_t out[static DIGEST_SHA512])
{
    switch (hash) {
    case TOTP_SHA1:
        hmac_sha1(secret, counter, out);
        return 20;
    case TOTP_SHA256:
        hmac_sha256(secret, counter, out);
        return DIGEST_SHA256;
    case TOTP_SHA512:
        hmac_sha512(secret, counter, out);
        return DIGEST_SHA512;
    }
    must(false); /* there is no other hash */
    return 0;
}

/* RFC 4226 5.3. */
const char *totp_code(struct arena *a, enum totp_hash hash, struct bytes secret, int64_t step,
                      unsigned digits)
{
    must(digits >= TOTP_DIGITS && digits <= TOTP_DIGITS_MAX);
    uint8_t counter[8], out[DIGEST_SHA512];
    for (unsigned i = 0; i < sizeof counter; i++)
        counter[i] = (uint8_t)((uint64_t)step >> (56 - 8 * i));
    size_t n = mac(hash, secret, (struct bytes){ counter, sizeof counter }, out);
    const uint8_t *at = out + (out[n - 1] & 0x0f);
    uint32_t number =
        (uint32_t)(at[0] & 0x7f) << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
    uint32_t bound = 1;
    for (unsigned i = 0; i < digits; i++)
        bound *= 10;
    return text_printf(a, "%0*u", (int)digits, (unsigned)(number % bound));
}

static bool is_code(const char *code)
{
    return strlen(code) == TOTP_DIGITS && strspn(code, "0123456789") == TOTP_DIGITS;
}

bool totp_accepts(struct ctx *c, struct bytes secret, const char *code, int64_t used, int64_t *step)
{
    if (!is_code(code))
        return false;
    int64_t present = totp_step(c->now), found = 0;
    bool accepted = false;
    for (int64_t at = present - 1; at <= present + 1; at++) {
        const char *expected = totp_code(c->arena, TOTP_SHA1, secret, at, TOTP_DIGITS);
        bool same = ct_equal(bytes_of(expected), bytes_of(code)) && at > used;
        found = same ? at : found;
        accepted |= same;
    }
    if (accepted)
        *step = found;
    return accepted;
}

const char *totp_uri(struct arena *a, const char *issuer, const char *account, struct bytes secret)
{
    const char *name = percent_encode(a, issuer);
    return text_printf(
        a, "otpauth://totp/%s:%s?secret=%s&issuer=%s&algorithm=SHA1&digits=%d&period=%d", name,
        percent_encode(a, account), base32_encode(a, secret), name, TOTP_DIGITS, TOTP_PERIOD);
}
