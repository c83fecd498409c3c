/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/password_policy.h"

#include "base/config.h"
#include "crypto/password_text.h"
#include "identity/known_passwords.h"
#include "identity/tenant_settings.h"

#include <string.h>
#include <utf8proc.h>

enum {
    FINAL_MAX = 6,   /* characters at the end that may be an afterthought: a year, "123!" */
    OWN_WORD_MIN = 3 /* characters of a name that is looked for */
};

/* ---- common passwords ---- */

/* `text` without up to FINAL_MAX digits and signs at its end. */
static const char *without_end(struct arena *a, const char *text)
{
    size_t n = strlen(text);
    size_t least = n > FINAL_MAX ? n - FINAL_MAX : 0;
    while (n > least && (unsigned char)text[n - 1] < 0x80 &&
           !(text[n - 1] >= 'a' && text[n - 1] <= 'z'))
        n--;
    return text_copy(a, text, n);
}

/* `text` with the usual digits and signs turned back into letters; `one` is what a 1 stands for. */
static const char *with_letters(struct arena *a, const char *text, char one)
{
    static const char signs[] = "0134578@$!";
    const char letters[] = { 'o', one, 'e', 'a', 's', 't', 'b', 'a', 's', 'i' };
    char *out = arena_copy(a, text, strlen(text) + 1);
    for (char *at = out; *at != '\0'; at++) {
        const char *sign = strchr(signs, *at);
        if (sign != NULL)
            *at = letters[sign - signs];
    }
    return out;
}

bool password_is_common(struct arena *a, const char *password)
{
    const char *whole = text_lower(a, password);
    const char *forms[] = { whole, without_end(a, whole) };
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        if (password_is_known(forms[i]) || password_is_known(with_letters(a, forms[i], 'l')) ||
            password_is_known(with_letters(a, forms[i], 'i')))
            return true;
    }
    return false;
}

/* ---- kinds of characters ---- */

struct kinds {
    bool upper, lower, digit, special;
};

static struct kinds kinds_of(const char *nfc)
{
    struct kinds found = { 0 };
    utf8proc_int32_t point = 0;
    for (const utf8proc_uint8_t *at = (const utf8proc_uint8_t *)nfc; *at != 0;) {
        at += utf8proc_iterate(at, -1, &point);
        const char *category = utf8proc_category_string(point);
        found.upper = found.upper || text_equal(category, "Lu") || text_equal(category, "Lt");
        found.lower = found.lower || text_equal(category, "Ll");
        found.digit = found.digit || text_equal(category, "Nd");
        found.special = found.special || (category[0] != 'L' && !text_equal(category, "Nd"));
    }
    return found;
}

/* What is missing, as a sentence; or NULL. */
static const char *missing_kind(const struct config *config, const char *nfc)
{
    struct kinds kinds = kinds_of(nfc);
    if (config->password_require_uppercase && !kinds.upper)
        return "The password needs an upper-case letter.";
    if (config->password_require_lowercase && !kinds.lower)
        return "The password needs a lower-case letter.";
    if (config->password_require_digit && !kinds.digit)
        return "The password needs a digit.";
    if (config->password_require_special && !kinds.special)
        return "The password needs a character that is neither a letter nor a digit.";
    return NULL;
}

/* ---- words of the owner ---- */

/* Whether `lower` is little more than `word`: without it, too little is left. */
static bool leans_on(struct ctx *c, const char *lower, const char *word)
{
    const char *own = text_lower(c->arena, word);
    size_t n = text_code_points(own);
    if (n < OWN_WORD_MIN || strstr(lower, own) == NULL)
        return false;
    return text_code_points(lower) - n < (size_t)c->config->password_min_length;
}

static bool leans_on_any(struct ctx *c, const char *lower, struct texts words)
{
    for (size_t i = 0; i < words.n; i++) {
        if (leans_on(c, lower, words.at[i]))
            return true;
    }
    return false;
}

static bool leans_on_owner(struct ctx *c, const char *lower, struct password_owner owner)
{
    if (owner.full_name != NULL &&
        leans_on_any(c, lower, text_split(c->arena, owner.full_name, ' ')))
        return true;
    if (owner.email == NULL)
        return false;
    const char *local = text_copy(c->arena, owner.email, strcspn(owner.email, "@"));
    return leans_on(c, lower, owner.email) || leans_on(c, lower, local) ||
           leans_on_any(c, lower, text_split(c->arena, local, '.'));
}

static bool has_context_word(struct ctx *c, const char *lower)
{
    struct texts words = c->config->password_context_words;
    for (size_t i = 0; i < words.n; i++) {
        if (strstr(lower, text_lower(c->arena, words.at[i])) != NULL)
            return true;
    }
    return false;
}

/* ---- the policy ---- */

/* What is wrong with its length, as a sentence; or NULL. */
static const char *length_fault(struct ctx *c, const char *nfc, int64_t least)
{
    int64_t n = (int64_t)text_code_points(nfc);
    if (n < least)
        return text_printf(c->arena, "The password needs at least %lld characters.",
                           (long long)least);
    if (n > c->config->password_max_length)
        return text_printf(c->arena, "The password may have at most %lld characters.",
                           (long long)c->config->password_max_length);
    return NULL;
}

static const char *guess_fault(struct ctx *c, const char *nfc, struct password_owner owner)
{
    const char *lower = text_lower(c->arena, nfc);
    if (has_context_word(c, lower))
        return "The password contains a word that everybody would try here. Leave it out.";
    if (!c->config->password_check_common)
        return NULL;
    if (password_is_common(c->arena, nfc))
        return "The password is one of those that are tried first. Take several words that have "
               "nothing to do with each other.";
    if (leans_on_owner(c, lower, owner))
        return "The password is little more than the name or the e-mail address of its owner. Add "
               "words that have nothing to do with them.";
    return NULL;
}

RESULT password_policy_check(struct ctx *c, const char *field, const char *password,
                             struct password_owner owner)
{
    const char *nfc = NULL;
    const struct tenant_settings *policy = NULL;
    TRY(tenant_policy_of(c, owner.tenant_id, &policy));
    err read = password_text(c, password, &nfc);
    if (read.code != ERR_OK) {
        c->fault.field = field;
        return read;
    }
    const char *fault = length_fault(c, nfc, policy->password_min_length);
    if (fault == NULL)
        fault = missing_kind(c->config, nfc);
    if (fault == NULL)
        fault = guess_fault(c, nfc, owner);
    if (fault != NULL)
        return because(c, PASSWORD_POLICY, fault, NULL, fail_field(c, WEAK_PASSWORD, field, fault));
    return ok();
}
