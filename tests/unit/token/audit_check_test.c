/* SPDX-License-Identifier: Apache-2.0 */
#include "audit_export_testing.h"

enum { MUTATIONS = 4000 };

static void what_was_exported_is_proven_offline(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *bob = live(c);
    const struct asking asking = { .keys = trusted(c) };
    struct lines sealed = exported(c, (struct audit_export){ .form = AUDIT_JSON_LINES });
    assert_int_equal(sealed.n, 1 + RECORDS);
    is_good(c, &sealed, &asking);
    struct lines open = exported(c, (struct audit_export){ .open = true });
    is_good(c, &open, &asking);
    /* Sealed, it can be read by nobody; open, it can, but for who was erased. */
    for (size_t i = 1; i < sealed.n; i++) {
        assert_null(strstr(sealed.at[i], "192.0.2.7"));
        bool erased = strstr(open.at[i], bob) != NULL;
        assert_true((strstr(open.at[i], "192.0.2.7") == NULL) == erased);
    }
    for (int64_t from = 0; from <= RECORDS; from++) {
        struct arena_mark mark = arena_mark(c->arena);
        struct lines part = exported(c, (struct audit_export){ .from = from });
        assert_int_equal(part.n, 1 + RECORDS - from);
        is_good(c, &part, &(struct asking){ .keys = asking.keys, .from = from });
        arena_rewind(c->arena, mark);
    }
    struct audit_export beyond = { .from = RECORDS + 1 };
    const char *first = NULL;
    REFUSED(audit_export_begin(c, &beyond, &first), INVALID_FIELD);
}

/* ---- any change is found, and the first bad record named ---- */

/* What somebody does who knows the form: the field and what depends on it fit each other. */
static const char *rewritten(struct ctx *c, const char *line)
{
    struct audit_record record;
    struct audit_record other;
    if (audit_record_read(c, bytes_of(line), &record).code != ERR_OK) {
        fault_clear(c); /* an earlier mutation has met it */
        return with_byte(c, line);
    }
    other = record;
    switch (random_below(c->random, 7)) {
    case 0:
        other.row.at++;
        break;
    case 1:
        other.row.outcome = text_equal(record.row.outcome, "done") ? "refused" : "done";
        break;
    case 2:
        other.row.actor_id = "00000000-0000-7000-8000-00000000000a";
        break;
    case 3:
        other.row.detail = "{}";
        break;
    case 4:
        other.row.sealed = other.personal = other.personal_key = NULL;
        other.row.tenant_id = "";
        break;
    case 5:
        other.row.leaf_index++;
        break;
    default:
        other.path.n = other.path.n > 0 ? other.path.n - 1 : 0;
        other.row.name = "login.failed";
    }
    return audit_record_write(c->arena, &other);
}

static void shift(struct lines *lines, size_t from, int by)
{
    if (by > 0) {
        memmove(&lines->at[from + 1], &lines->at[from], (lines->n - from) * sizeof *lines->at);
        lines->n++;
    } else {
        lines->n--;
        memmove(&lines->at[from], &lines->at[from + 1], (lines->n - from) * sizeof *lines->at);
    }
}

/* Changes, drops, adds or moves records, not the first line. */
static void mutate(struct ctx *c, struct lines *lines)
{
    size_t i = 1 + random_below(c->random, (uint32_t)lines->n - 1);
    size_t j = 1 + random_below(c->random, (uint32_t)lines->n - 1);
    const char *line = lines->at[i];
    switch (random_below(c->random, 7)) {
    case 0:
        lines->at[i] = with_byte(c, line);
        break;
    case 1:
        lines->at[i] = rewritten(c, line);
        break;
    case 2:
        shift(lines, i, -1);
        break;
    case 3:
        shift(lines, j, 1);
        lines->at[j] = line;
        break;
    case 4:
        lines->at[i] = lines->at[j];
        lines->at[j] = line;
        break;
    case 5:
        shift(lines, j, 1);
        lines->at[j] = rewritten(c, line);
        break;
    default:
        lines->n = i;
    }
}

static size_t first_difference(const struct lines *a, const struct lines *b)
{
    size_t i = 0;
    while (i < a->n && i < b->n && strcmp(a->at[i], b->at[i]) == 0)
        i++;
    return i;
}

static void mutated_and_found(struct ctx *c, const struct lines *whole, const struct asking *asking)
{
    struct lines lines = *whole;
    for (uint32_t i = 0, n = 1 + random_below(c->random, 3); i < n && lines.n > 1; i++)
        mutate(c, &lines);
    size_t bad = first_difference(whole, &lines);
    if (bad == whole->n && bad == lines.n)
        return;
    struct verdict verdict = checked(c, &lines, asking);
    assert_int_equal(verdict.code, ERR_INVALID_TOKEN);
    /* Line 0 is the first one. */
    assert_int_equal(verdict.next, asking->from + (int64_t)bad - 1);
    assert_non_null(strstr(verdict.why, "ecord "));
}

static void whatever_is_changed_the_first_bad_record_is_named(void **state)
{
    struct ctx *c = ctx_of(state);
    (void)live(c);
    struct asking asking = { .keys = trusted(c) };
    static const struct audit_export exports[] = {
        { .open = false }, { .open = true }, { .from = 5 }, { .from = 13, .open = true }
    };
    for (size_t e = 0; e < sizeof exports / sizeof *exports; e++) {
        struct arena_mark kept = arena_mark(c->arena);
        struct lines whole = exported(c, exports[e]);
        asking.from = exports[e].from;
        is_good(c, &whole, &asking);
        for (int i = 0; i < MUTATIONS / 4; i++) {
            struct arena_mark mark = arena_mark(c->arena);
            mutated_and_found(c, &whole, &asking);
            arena_rewind(c->arena, mark);
        }
        arena_rewind(c->arena, kept);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BARE_TEST(what_was_exported_is_proven_offline),
        BARE_TEST(whatever_is_changed_the_first_bad_record_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
