/* SPDX-License-Identifier: Apache-2.0 */
#include "db/sqlite_facts.h"

#include "base/result.h"

#include <stdatomic.h>
#include <stdlib.h>

/* From the place of a statement on, the first that is its own or free.  A place is taken once. */
struct sqlite_facts {
    _Atomic(struct sqlite_fact *) at[SQLITE_STATEMENTS_MAX];
};

size_t sqlite_statement_place(const char *sql)
{
    return (size_t)(((uintptr_t)sql >> 4) * UINT64_C(0x9e3779b97f4a7c15) >> 40);
}

struct sqlite_facts *sqlite_facts_new(void)
{
    return calloc(1, sizeof(struct sqlite_facts));
}

void sqlite_facts_free(struct sqlite_facts *f)
{
    for (size_t i = 0; f != NULL && i < SQLITE_STATEMENTS_MAX; i++)
        free(atomic_load(&f->at[i]));
    free(f);
}

bool sqlite_facts_find(struct sqlite_facts *f, const char *sql, struct sqlite_fact *out)
{
    size_t first = sqlite_statement_place(sql);
    for (size_t i = 0; i < SQLITE_STATEMENTS_MAX; i++) {
        const struct sqlite_fact *at = atomic_load(&f->at[(first + i) % SQLITE_STATEMENTS_MAX]);
        if (at == NULL)
            return false;
        if (at->sql == sql) {
            *out = *at;
            return true;
        }
    }
    return false;
}

/* Two that tell of one statement at once tell the same. */
void sqlite_facts_tell(struct sqlite_facts *f, const struct sqlite_fact *fact)
{
    size_t first = sqlite_statement_place(fact->sql);
    struct sqlite_fact *made = malloc(sizeof *made);
    if (made == NULL)
        return;
    *made = *fact;
    for (size_t i = 0; i < SQLITE_STATEMENTS_MAX; i++) {
        struct sqlite_fact *there = NULL;
        if (atomic_compare_exchange_strong(&f->at[(first + i) % SQLITE_STATEMENTS_MAX], &there,
                                           made))
            return;
        if (there->sql == fact->sql)
            break;
    }
    free(made);
}
