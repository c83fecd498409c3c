/* SPDX-License-Identifier: Apache-2.0 */
#include "oauth/user_code.h"

#include "base/random.h"
#include "base/text.h"
#include "crypto/digest.h"

#include <string.h>

enum { LETTERS = 8, HALF = 4 };

static const char alphabet[] = "BCDFGHJKLMNPQRSTVWXZ";

static const char *in_halves(struct arena *a, const char *letters)
{
    return text_printf(a, "%.*s-%s", HALF, letters, letters + HALF);
}

const char *user_code_new(struct ctx *c)
{
    char letters[LETTERS + 1] = "";
    for (size_t i = 0; i < LETTERS; i++)
        letters[i] = alphabet[random_below(c->random, sizeof alphabet - 1)];
    return in_halves(c->arena, letters);
}

const char *user_code_read(struct arena *a, const char *typed)
{
    char letters[LETTERS + 1] = "";
    size_t n = 0;
    for (const char *at = typed; at != NULL && *at != '\0'; at++) {
        char upper = *at >= 'a' && *at <= 'z' ? (char)(*at - 'a' + 'A') : *at;
        if (upper == ' ' || upper == '-' || upper == '.' || upper == '_')
            continue;
        if (n == LETTERS || strchr(alphabet, upper) == NULL)
            return NULL;
        letters[n++] = upper;
    }
    return n == LETTERS ? in_halves(a, letters) : NULL;
}

const char *user_code_hash(struct arena *a, const char *user_code)
{
    return token_hash(a, user_code);
}
