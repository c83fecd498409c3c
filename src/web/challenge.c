/* SPDX-License-Identifier: Apache-2.0 */
#include "web/challenge.h"

#include "base/codec.h"
#include "base/random.h"
#include "base/time.h"
#include "crypto/digest.h"
#include "db/kv.h"
#include "web/door.h"

#include <string.h>

enum { CHALLENGE_MAX = 160, RANDOM_BYTES = 16, BITS_MAX = 64 };
enum { MODE_AUTO, MODE_ALWAYS, MODE_OFF }; /* the order of AUTH_CHALLENGE in config.def */

/* "v1.expiry.difficulty.random" with what it was given for, authenticated. */
static const char *mac_of(struct req *r, const char *text)
{
    uint8_t mac[DIGEST_SHA256];
    struct framed parts = framed(r->c->arena);
    framed_add_text(&parts, text);
    framed_add_text(&parts, r->route->limit);
    framed_add_text(&parts, limit_address_key(r->c->arena, r->http->peer, false));
    hmac_sha256((struct bytes){ r->door->challenge_key, DOOR_KEY_BYTES }, framed_bytes(&parts),
                mac);
    return base64url_encode(r->c->arena, (struct bytes){ mac, sizeof mac });
}

static const char *make(struct req *r)
{
    struct arena *a = r->c->arena;
    uint8_t noise[RANDOM_BYTES];
    random_fill(r->c->random, noise, sizeof noise);
    const char *text =
        text_printf(a, "v1.%lld.%d.%s", (long long)time_add(r->c->now, CHALLENGE_SECONDS),
                    CHALLENGE_BITS, base64url_encode(a, (struct bytes){ noise, sizeof noise }));
    return text_printf(a, "%s.%s", text, mac_of(r, text));
}

bool challenge_is_solved(struct bytes answer, unsigned bits)
{
    uint8_t hash[DIGEST_SHA256];
    sha256(answer, hash);
    if (bits > 8 * sizeof hash)
        return false;
    for (unsigned i = 0; i < bits; i++) {
        if ((hash[i / 8] >> (7 - i % 8) & 1) != 0)
            return false;
    }
    return true;
}

/* An answer taken apart. */
struct answer {
    const char *text;      /* what the MAC is over */
    const char *challenge; /* the whole challenge */
    int64_t expires_at;
    int64_t bits;
};

static bool is_nonce(const char *nonce)
{
    size_t n = strspn(nonce, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789");
    return n >= 1 && n <= CHALLENGE_NONCE_MAX && nonce[n] == '\0';
}

/* Whether `given` is an answer to a challenge of ours for this class and address. */
static bool read_answer(struct req *r, const char *given, struct answer *out)
{
    struct arena *a = r->c->arena;
    const char *colon = strchr(given, ':');
    if (colon == NULL || colon - given > CHALLENGE_MAX || !is_nonce(colon + 1))
        return false;
    out->challenge = text_copy(a, given, (size_t)(colon - given));
    const char *dot = strrchr(out->challenge, '.');
    if (dot == NULL)
        return false;
    out->text = text_copy(a, out->challenge, (size_t)(dot - out->challenge));
    if (!ct_equal(bytes_of(dot + 1), bytes_of(mac_of(r, out->text))))
        return false;
    /* Ours, so its parts are what make() wrote. */
    struct texts parts = text_split(a, out->text, '.');
    return parts.n == 4 && text_int(parts.at[1], 0, INT64_MAX, &out->expires_at) &&
           text_int(parts.at[2], 1, BITS_MAX, &out->bits);
}

/* Why an answer does not do, or NULL: it does, and is used up. */
static RESULT use(struct req *r, const char *given, const char **why)
{
    struct answer answer = { 0 };
    bool added = false;
    *why = NULL;
    if (!read_answer(r, given, &answer))
        *why = "the answer is to no challenge for this caller";
    else if (answer.expires_at <= r->c->now)
        *why = "the challenge has expired";
    else if (!challenge_is_solved(bytes_of(given), (unsigned)answer.bits))
        *why = "the answer does not solve the challenge";
    if (*why != NULL)
        return ok();
    struct kv_key key = KV_KEY(r->c, KV_CHALLENGE, answer.challenge);
    TRY(kv_add(r->c, key, "used", CHALLENGE_SECONDS + 1, &added));
    *why = added ? NULL : "the challenge was used before";
    return ok();
}

static bool is_asked_for(const struct req *r)
{
    if ((r->route->flags & CHALLENGE) == 0 || r->door->config->challenge == MODE_OFF)
        return false;
    return r->door->config->challenge == MODE_ALWAYS || limit_is_near(r);
}

static RESULT demand(struct req *r, const char *why)
{
    metrics_count_challenged(r->door->metrics);
    req_problem_text(r, "challenge", make(r));
    req_problem_text(r, "algorithm", "sha256-leading-zero-bits");
    req_problem_text(r, "difficulty", text_printf(r->c->arena, "%d", CHALLENGE_BITS));
    return because(r->c, CHALLENGE, "X-Challenge-Response", why,
                   fail(r->c, CHALLENGE_REQUIRED, "%s", why));
}

RESULT challenge_demand(struct req *r)
{
    const char *given = req_header(r, "x-challenge-response");
    const char *why = "limits are near, and there is no X-Challenge-Response";
    if (!is_asked_for(r))
        return ok();
    if (given != NULL)
        TRY(use(r, given, &why));
    else
        limit_give_back(r); /* being asked is no attempt; a wrong answer is */
    return given != NULL && why == NULL ? ok() : demand(r, why);
}
