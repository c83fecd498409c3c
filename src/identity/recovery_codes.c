/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/recovery_codes.h"

#include "base/codec.h"
#include "base/random.h"
#include "crypto/password.h"
#include "identity/mfa.h"

#include <string.h>

enum { CODE_BYTES = 10, CODE_CHARACTERS = 16, GROUP = 4 };

/* A new code as it is hashed: base32 in lower case, which has no 0, 1, 8 and 9 to misread. */
static const char *code_new(struct ctx *c)
{
    uint8_t bytes[CODE_BYTES];
    random_fill(c->random, bytes, sizeof bytes);
    return text_lower(c->arena, base32_encode(c->arena, (struct bytes){ bytes, sizeof bytes }));
}

static const char *in_groups(struct arena *a, const char *plain)
{
    return text_printf(a, "%.4s-%.4s-%.4s-%.4s", plain, plain + GROUP, plain + 2 * GROUP,
                       plain + 3 * GROUP);
}

RESULT recovery_codes_make(struct ctx *c, struct texts *codes, struct recovery_set *set)
{
    const char **shown = ARENA_NEWS(c->arena, const char *, RECOVERY_CODES);
    const char **hashes = ARENA_NEWS(c->arena, const char *, RECOVERY_CODES);
    const char *salt = password_dummy(c, NULL);
    for (size_t i = 0; i < RECOVERY_CODES; i++) {
        const char *plain = code_new(c);
        TRY(password_hash_like(c, salt, plain, &hashes[i]));
        shown[i] = in_groups(c->arena, plain);
    }
    *codes = (struct texts){ shown, RECOVERY_CODES };
    *set = (struct recovery_set){ .salt = salt, .hashes = { hashes, RECOVERY_CODES } };
    return ok();
}

bool recovery_code_read(struct arena *a, const char *text, const char **plain)
{
    struct text_buffer kept = text_buffer(a);
    for (const char *at = text; *at != '\0'; at++) {
        if (*at != '-')
            text_add_bytes(&kept, at, 1);
    }
    const char *lower = text_lower(a, text_of(&kept));
    if (strlen(lower) != CODE_CHARACTERS ||
        strspn(lower, "abcdefghijklmnopqrstuvwxyz234567") != CODE_CHARACTERS)
        return false;
    *plain = lower;
    return true;
}

RESULT recovery_code_hash(struct ctx *c, const char *user_id, const char *plain, const char **hash)
{
    const char *salt = NULL;
    int64_t left = 0;
    TRY(recovery_codes_find(c, user_id == NULL ? "" : user_id, &salt, &left));
    return password_hash_like(c, salt == NULL ? password_dummy(c, NULL) : salt, plain, hash);
}
