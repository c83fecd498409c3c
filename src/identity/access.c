/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/access.h"

#include "store/roles.h"

#include <string.h>

static const struct permission_row rows[] = {
#define PERMISSION(name, text, least, summary) { text, least, summary },
#include "identity/permissions.def"
#undef PERMISSION
};

const struct permission_row *permission_rows(size_t *n)
{
    *n = sizeof rows / sizeof *rows;
    return rows;
}

RESULT rights_of(struct ctx *c, const char *user_id, const char *tenant_id, struct rights *out)
{
    if (tenant_id == NULL) {
        *out = (struct rights){ 0 };
        return ok();
    }
    struct access_row found;
    TRY(access_of(c, user_id, tenant_id, &found));
    *out = (struct rights){ .roles = found.roles, .permissions = found.permissions };
    return ok();
}

/* Whether `text` is `resource:action`, both of them there. */
static bool is_permission(const char *text)
{
    const char *colon = strchr(text, ':');
    return colon != NULL && colon != text && colon[1] != '\0';
}

/* How much of `held` stands before the `*` of a wild one, its colon included; 0 if it is not wild.
 */
static size_t wild_length(const char *held)
{
    const char *colon = strchr(held, ':');
    if (colon == NULL || colon == held || !text_equal(colon, ":*"))
        return 0;
    return (size_t)(colon - held) + 1;
}

bool permission_covers(const char *held, const char *wanted)
{
    if (held == NULL || wanted == NULL || !is_permission(wanted))
        return false;
    size_t wild = wild_length(held);
    if (wild == 0)
        return text_equal(held, wanted);
    return text_equal(held, "admin:*") || strncmp(held, wanted, wild) == 0;
}

bool permissions_cover(struct texts held, const char *wanted)
{
    for (size_t i = 0; i < held.n; i++) {
        if (permission_covers(held.at[i], wanted))
            return true;
    }
    return false;
}

/* RFC 6749 3.3: the length of the scope-token at `at`. */
static size_t scope_length(const char *at)
{
    size_t n = 0;
    while (at[n] >= '!' && at[n] <= '~' && at[n] != '"' && at[n] != '\\')
        n++;
    return n;
}

RESULT scopes_read(struct ctx *c, const char *scope, struct texts *out)
{
    struct texts list = { ARENA_NEWS(c->arena, const char *, SCOPES_MAX), 0 };
    for (const char *at = scope;; at++) {
        size_t n = scope_length(at);
        if (n == 0 || (at[n] != ' ' && at[n] != '\0'))
            return because(
                c, SCOPE_SYNTAX, NULL, NULL,
                fail(c, INVALID_SCOPE, "the scope at byte %td is not well formed", at - scope));
        if (list.n == SCOPES_MAX)
            return because(c, SCOPE_SYNTAX, NULL, NULL,
                           fail(c, INVALID_SCOPE, "more than %d scopes", SCOPES_MAX));
        const char *one = text_copy(c->arena, at, n);
        if (texts_hold(list, one))
            return because(c, SCOPE_SYNTAX, "each scope once", one,
                           fail(c, INVALID_SCOPE, "a scope stands twice"));
        list.at[list.n++] = one;
        at += n;
        if (*at == '\0')
            break;
    }
    *out = list;
    return ok();
}

struct texts scopes_granted(struct arena *a, struct texts asked, struct texts permissions)
{
    if (asked.n == 0)
        return permissions;
    struct texts granted = { ARENA_NEWS(a, const char *, asked.n), 0 };
    for (size_t i = 0; i < asked.n; i++) {
        if (permissions_cover(permissions, asked.at[i]))
            granted.at[granted.n++] = asked.at[i];
    }
    return granted;
}

bool scopes_hold(struct texts granted, struct texts wanted)
{
    for (size_t i = 0; i < wanted.n; i++) {
        if (!texts_hold(granted, wanted.at[i]))
            return false;
    }
    return true;
}

static void add_covered(struct texts *to, struct texts from, struct texts covering)
{
    for (size_t i = 0; i < from.n; i++) {
        if (permissions_cover(covering, from.at[i]) && !texts_hold(*to, from.at[i]))
            to->at[to->n++] = from.at[i];
    }
}

struct texts permissions_within(struct arena *a, struct texts permissions, struct texts scopes)
{
    struct texts within = { ARENA_NEWS(a, const char *, permissions.n + scopes.n), 0 };
    add_covered(&within, permissions, scopes);
    add_covered(&within, scopes, permissions);
    texts_sort(within);
    return within;
}
