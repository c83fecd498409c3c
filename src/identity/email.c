/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/email.h"

#include "base/text.h"

#include <string.h>

enum { LOCAL_MAX = 64, LABEL_MAX = 63 };

static bool is_letter_or_digit(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9');
}

/*
 * RFC 5322 3.2.3 atext without what other programs give a meaning of their own: '%' and '!' (relay
 * routes), '?' (encoded words, queries), '/' and '*' (gateways, patterns), '|', '`', '$', '{' and
 * '}' (shells).
 */
static bool is_atom(char byte)
{
    return is_letter_or_digit(byte) || (byte != '\0' && strchr("#&'+-=^_~", byte) != NULL);
}

/* Atoms with one dot between two of them; no dash in front, which a program may take for an option.
 */
static bool is_local(const char *at, size_t n)
{
    if (n == 0 || n > LOCAL_MAX || at[0] == '-')
        return false;
    for (size_t i = 0; i < n; i++) {
        bool dot = at[i] == '.' && i > 0 && i + 1 < n && at[i - 1] != '.';
        if (!dot && !is_atom(at[i]))
            return false;
    }
    return true;
}

/* RFC 1123 2.1: letters, digits, and dashes inside. */
static bool is_label(const char *at, size_t n)
{
    if (n == 0 || n > LABEL_MAX || at[0] == '-' || at[n - 1] == '-')
        return false;
    for (size_t i = 0; i < n; i++) {
        if (!is_letter_or_digit(at[i]) && at[i] != '-')
            return false;
    }
    return true;
}

/* At least two labels, the last of which begins with a letter, so that it is no network address. */
static bool is_domain(const char *text)
{
    if (text_equal_nocase(text, "localhost"))
        return true;
    const char *at = text;
    for (size_t n = strcspn(at, "."); at[n] == '.'; n = strcspn(at, ".")) {
        if (!is_label(at, n))
            return false;
        at += n + 1;
    }
    return at != text && is_label(at, strlen(at)) && !(at[0] >= '0' && at[0] <= '9');
}

/* What keeps `text` from being an address: a sentence; or NULL. */
static const char *fault_of(const char *text)
{
    size_t n = strnlen(text, EMAIL_MAX + 1);
    const char *at = strchr(text, '@');
    if (n == 0)
        return "An e-mail address is needed.";
    if (n > EMAIL_MAX)
        return "An e-mail address has at most 254 characters.";
    if (at == NULL)
        return "An e-mail address has an '@'.";
    if (!is_local(text, (size_t)(at - text)))
        return "The part before the '@' has to be 1 to 64 ASCII letters, digits or #&'+-=^_~, with "
               "single dots between them.";
    if (!is_domain(at + 1))
        return "The part after the '@' has to be a host name of ASCII letters, digits and dashes, "
               "such as example.com.";
    return NULL;
}

RESULT email_read(struct ctx *c, const char *field, const char *text, struct email *out)
{
    const char *fault = fault_of(text);
    if (fault != NULL)
        return fail_field(c, INVALID_FIELD, field, fault);
    *out = (struct email){ .canonical = text_lower(c->arena, text),
                           .entered = text_copy(c->arena, text, strlen(text)) };
    return ok();
}

bool email_canonical(struct arena *a, const char *text, const char **canonical)
{
    if (fault_of(text) != NULL)
        return false;
    *canonical = text_lower(a, text);
    return true;
}
