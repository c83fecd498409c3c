/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_TESTS_UNIT_TOKEN_AUDIT_EXPORT_TESTING_H
#define UAUTH_TESTS_UNIT_TOKEN_AUDIT_EXPORT_TESTING_H

/* Exports of the audit as lines, and what the check says of them. */

#include "audit_testing.h"
#include "identity/audit_record.h"
#include "token/audit_check.h"
#include "token/audit_export.h"

enum { RECORDS = 27, LINES_MAX = 2 * RECORDS + 8 };

/* The lines of an export; the first is at 0. */
struct lines {
    const char *at[LINES_MAX];
    size_t n;
};

static inline struct lines split(struct ctx *c, const char *text)
{
    struct lines lines = { .n = 0 };
    struct texts parts = text_split(c->arena, text, '\n');
    for (size_t i = 0; i < parts.n && parts.at[i][0] != '\0'; i++) {
        assert_true(lines.n < LINES_MAX);
        lines.at[lines.n++] = parts.at[i];
    }
    return lines;
}

static inline const char *exported_text(struct ctx *c, struct audit_export export)
{
    struct text_buffer out = text_buffer(c->arena);
    struct audit_tile *tile = ARENA_NEW(c->arena, struct audit_tile);
    const char *first = NULL;
    OK(audit_export_begin(c, &export, &first));
    if (export.form == AUDIT_JSON_LINES)
        text_addf(&out, "%s\n", first);
    while (export.next < export.size)
        OK(audit_export_next(c, &export, tile, 10, &out));
    return text_of(&out);
}

static inline struct lines exported(struct ctx *c, struct audit_export export)
{
    return split(c, exported_text(c, export));
}

struct verdict {
    enum err_code code;
    const char *why;
    int64_t next;
    size_t agreed;
};

struct asking {
    struct key_set keys;
    int64_t from;
    struct texts kept;
    bool in_part;
};

/* Offline: neither a database nor a master key. */
static inline struct verdict checked(struct ctx *c, const struct lines *lines,
                                     const struct asking *asking)
{
    struct ctx offline = { .arena = c->arena, .random = c->random, .now = c->now };
    struct arena *a = arena_new(ARENA_REQUEST_CEILING);
    ARENA_OWN(c->arena, struct arena, arena_end, a);
    struct audit_check *check = audit_check_begin(a, asking->keys, asking->from);
    for (size_t i = 0; i < asking->kept.n; i++)
        audit_check_known(check, asking->kept.at[i]);
    if (asking->in_part)
        audit_check_in_part(check);
    err done = ok();
    for (size_t i = 0; i < lines->n && done.code == ERR_OK; i++) {
        struct arena_mark mark = arena_mark(c->arena);
        done = audit_check_line(&offline, check, bytes_of(lines->at[i]));
        if (done.code == ERR_OK)
            arena_rewind(c->arena, mark);
    }
    if (done.code == ERR_OK)
        done = audit_check_end(&offline, check);
    return (struct verdict){ done.code, offline.fault.text, audit_check_next(check),
                             audit_check_agreed(check) };
}

static inline void is_good(struct ctx *c, const struct lines *lines, const struct asking *asking)
{
    struct verdict verdict = checked(c, lines, asking);
    if (verdict.code != ERR_OK)
        fail_msg("%s", verdict.why);
}

static inline void is_bad(struct ctx *c, const struct lines *lines, const struct asking *asking,
                          const char *why)
{
    struct verdict verdict = checked(c, lines, asking);
    assert_int_equal(verdict.code, ERR_INVALID_TOKEN);
    if (strstr(verdict.why, why) == NULL)
        fail_msg("%s: not %s", verdict.why, why);
}

/* Events of all kinds: of users, one of whom is erased later, of nobody, with and without what is
 * personal.  Who was erased. */
static inline const char *live(struct ctx *c)
{
    const char *ada = person(c, "ada@example.com");
    const char *bob = person(c, "bob@example.com");
    bool found = false;
    c->origin = (struct origin){ .address = "192.0.2.7", .user_agent = "a \"browser\" <1>" };
    c->request_id = "01J00000000000000000000000";
    for (int i = 0; i < RECORDS; i++)
        OK(audit_add(c, &(struct audit){ .event = i % 2 ? AUDIT_LOGIN_SUCCEEDED : AUDIT_LOGOUT,
                                         .refused = i % 5 == 0,
                                         .user_id = i % 3 == 0   ? ada
                                                    : i % 3 == 1 ? bob
                                                                 : NULL,
                                         .details = { { "n", text_printf(c->arena, "%d", i) } },
                                         .personal = { { "email", "x@example.com" } } }));
    OK(user_delete(c, bob, &found));
    sequence(c);
    return bob;
}

static inline const char *with_byte(struct ctx *c, const char *line)
{
    size_t n = strlen(line);
    char *copy = arena_copy(c->arena, line, n + 1);
    size_t at = random_below(c->random, (uint32_t)n);
    char was = copy[at];
    while (copy[at] == was)
        copy[at] = (char)(' ' + random_below(c->random, 95));
    return copy;
}

#endif
