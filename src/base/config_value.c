/* SPDX-License-Identifier: Apache-2.0 */
#include "base/config_source.h"

#include <string.h>

enum { SECRET_MIN = 32, SECRET_DISTINCT_MIN = 8, LIST_MAX = 256 };

static RESULT refuse(struct ctx *c, const struct config_given *given, const char *say)
{
    return fail_field(c, INVALID_FIELD, given->label, say);
}

/* The place of `value` among "a|b|c". */
static bool choice_of(struct arena *a, const char *choices, const char *value, int64_t *out)
{
    struct texts known = text_split(a, choices, '|');
    for (size_t i = 0; i < known.n; i++) {
        if (!text_equal(known.at[i], value))
            continue;
        *out = (int64_t)i;
        return true;
    }
    return false;
}

/* Whether emptying the setting may mean what leaving it out means. */
static bool may_be_empty(const struct config_row *row)
{
    bool kind = row->kind == CONFIG_TEXT || row->kind == CONFIG_PATH || row->kind == CONFIG_LIST;
    return kind && row->fallback[0] == '\0';
}

static bool is_default(const struct config_given *given)
{
    return text_equal(given->from, "default");
}

/* What every value must be before its row is asked. */
static RESULT check_text(struct ctx *c, const struct config_row *row,
                         const struct config_given *given)
{
    const char *value = given->value;
    if (value[0] == '\0')
        return may_be_empty(row) || is_default(given)
                   ? ok()
                   : refuse(c, given, "is empty; give a value, or leave it out");
    if (!text_is_utf8(bytes_of(value)))
        return refuse(c, given, "is not UTF-8");
    if (text_has_control(value))
        return refuse(c, given, "must not contain control characters or line breaks");
    if (!text_equal(value, text_trim(c->arena, value)))
        return refuse(c, given, "has white space around it");
    return ok();
}

/* "[SESSION_SECRET_KEY]", "<secret>", "${SECRET}", "{{ secret }}": something that was to be filled
 * in. */
static bool is_template(const char *value)
{
    return (text_starts(value, "[") && text_ends(value, "]") && strchr(value, ':') == NULL) ||
           (text_starts(value, "<") && text_ends(value, ">")) ||
           (text_starts(value, "${") && text_ends(value, "}")) ||
           (text_starts(value, "{{") && text_ends(value, "}}"));
}

/* CR-07: what examples say in place of a secret, wherever it stands in the value. */
static bool is_placeholder(struct arena *a, const char *value)
{
    static const char *const known[] = { "changeme",    "change-me",   "change_me",
                                         "change me",   "your-secret", "your_secret",
                                         "replace-me",  "replace_me",  "replaceme",
                                         "placeholder", "insert-your", "example-secret" };
    const char *lower = text_lower(a, value);
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strstr(lower, known[i]) != NULL)
            return true;
    }
    return is_template(value) || text_equal(lower, "secret") || text_equal(lower, "password");
}

static size_t distinct_bytes(const char *value)
{
    bool seen[256] = { false };
    size_t n = 0;
    for (const uint8_t *at = (const uint8_t *)value; *at != '\0'; at++) {
        n += !seen[*at];
        seen[*at] = true;
    }
    return n;
}

static RESULT check_secret(struct ctx *c, const struct config_row *row,
                           const struct config_given *given)
{
    bool is_key = text_equal(row->name, "session_secret") || text_equal(row->name, "csrf_secret");
    if (given->value[0] == '\0')
        return ok();
    if (is_placeholder(c->arena, given->value))
        return refuse(c, given, "is a placeholder; put a secret of your own there");
    if (is_key && strlen(given->value) < SECRET_MIN)
        return refuse(c, given,
                      "is shorter than 32 bytes; use for example: openssl rand -base64 48");
    if (is_key && distinct_bytes(given->value) < SECRET_DISTINCT_MIN)
        return refuse(c, given, "is too simple; use for example: openssl rand -base64 48");
    return ok();
}

static RESULT set_text(struct ctx *c, const struct config_row *row,
                       const struct config_given *given, const char **out)
{
    bool refers = config_may_refer(row) && config_is_reference(given->value);
    if (row->kind == CONFIG_SECRET && !refers)
        TRY(check_secret(c, row, given));
    if (is_template(given->value))
        return refuse(c, given, "is a placeholder; put the real value there");
    *out = given->value;
    return ok();
}

/* Whether `rest` is what may follow "https://": a host and perhaps a port. */
static bool is_authority(const char *rest)
{
    size_t host = rest[0] == '[' ? strcspn(rest, "]") + 1
                                 : strspn(rest, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                                "abcdefghijklmnopqrstuvwxyz0123456789.-");
    if (host == 0 || host > strlen(rest) || rest[0] == '.' || rest[0] == '-')
        return false;
    int64_t port = 0;
    return rest[host] == '\0' || (rest[host] == ':' && text_int(rest + host + 1, 1, 65535, &port));
}

static RESULT set_url(struct ctx *c, const struct config_given *given, const char **out)
{
    const char *url = given->value;
    const char *rest = strstr(url, "://");
    if (!(text_starts(url, "https://") || text_starts(url, "http://")) || !is_authority(rest + 3))
        return refuse(c, given,
                      "must be http:// or https://, a host and perhaps a port, and nothing behind "
                      "it, as in https://login.example.com");
    *out = url;
    return ok();
}

static RESULT set_list(struct ctx *c, const struct config_given *given, struct texts *out)
{
    struct texts parts = text_split(c->arena, given->value, ',');
    struct texts kept = { ARENA_NEWS(c->arena, const char *, parts.n), 0 };
    for (size_t i = 0; i < parts.n; i++) {
        const char *part = text_trim(c->arena, parts.at[i]);
        if (part[0] != '\0')
            kept.at[kept.n++] = part;
    }
    if (kept.n > LIST_MAX)
        return refuse(c, given, "has more than 256 entries");
    *out = kept;
    return ok();
}

static RESULT set_int(struct ctx *c, const struct config_row *row, const struct config_given *given,
                      int64_t *out)
{
    if (text_int(given->value, row->low, row->high, out))
        return ok();
    return refuse(c, given,
                  text_printf(c->arena, "must be a whole number from %lld to %lld",
                              (long long)row->low, (long long)row->high));
}

static RESULT set_choice(struct ctx *c, const struct config_row *row,
                         const struct config_given *given, int64_t *out)
{
    if (choice_of(c->arena, row->choices, given->value, out))
        return ok();
    const char *known = text_join(c->arena, text_split(c->arena, row->choices, '|'), ", ");
    return refuse(c, given, text_printf(c->arena, "must be one of: %s", known));
}

static RESULT set_bool(struct ctx *c, const struct config_row *row,
                       const struct config_given *given, bool *out)
{
    int64_t choice = 0;
    TRY(set_choice(c, row, given, &choice));
    *out = choice == 1;
    return ok();
}

RESULT config_set(struct ctx *c, const struct config_row *row, const struct config_given *given,
                  struct config *out)
{
    void *to = (uint8_t *)out + row->offset;
    TRY(check_text(c, row, given));
    switch (row->kind) {
    case CONFIG_TEXT:
    case CONFIG_SECRET:
    case CONFIG_PATH:
        return set_text(c, row, given, to);
    case CONFIG_URL:
        return set_url(c, given, to);
    case CONFIG_LIST:
        return set_list(c, given, to);
    case CONFIG_INT:
        return set_int(c, row, given, to);
    case CONFIG_BOOL:
        return set_bool(c, row, given, to);
    case CONFIG_CHOICE:
        return set_choice(c, row, given, to);
    }
    must(false);
    return ok();
}
