/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of an export of the audit: what is read is written as it was, and the first line of an
 * export is good under a key that nobody has for nobody. */
#include "identity/audit_record.h"
#include "jose_fuzzing.h"
#include "token/audit_check.h"

#include <string.h>

static void check_record(struct ctx *c, struct bytes in)
{
    struct audit_record record;
    if (audit_record_read(c, in, &record).code == ERR_OK) {
        const char *again = audit_record_write(c->arena, &record);
        must(strlen(again) == in.n && memcmp(again, in.at, in.n) == 0);
        const struct audit_personal none = { 0 };
        const char *cef = audit_cef_write(c, &record.row, &none);
        must(strpbrk(cef, "\r\n") == NULL);
    }
    fault_clear(c);
}

static void check_lines(struct ctx *c, struct bytes in)
{
    struct audit_check *check = audit_check_begin(c->arena, (struct key_set){ NULL, 0, 0 }, 0);
    must(audit_check_line(c, check, in).code != ERR_OK);
    fault_clear(c);
    must(audit_check_consistency(c, check, in).code != ERR_OK);
    fault_clear(c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > ARENA_REQUEST_CEILING / 16)
        return -1;
    struct ctx c = fuzz_context();
    check_record(&c, (struct bytes){ data, size });
    check_lines(&c, (struct bytes){ data, size });
    arena_end(c.arena);
    return 0;
}
