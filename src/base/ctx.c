/* SPDX-License-Identifier: Apache-2.0 */
#include "base/ctx.h"

#include "base/text.h"

#include <stdarg.h>
#include <string.h>

static RESULT record(struct ctx *c, const struct fault *fault)
{
    if (c->fault.code == ERR_OK)
        c->fault = *fault;
    return (err){ fault->code };
}

/* Whole characters of it. */
static const char *bounded(struct ctx *c, const char *value)
{
    if (value == NULL || strnlen(value, FAULT_VALUE_MAX + 1) <= FAULT_VALUE_MAX)
        return value;
    size_t n = FAULT_VALUE_MAX - 3;
    while (n > 0 && ((uint8_t)value[n] & 0xC0) == 0x80)
        n--;
    return text_printf(c->arena, "%.*s...", (int)n, value);
}

RESULT fail_at(struct ctx *c, enum err_code code, const char *file, int line, const char *text, ...)
{
    va_list args;
    va_start(args, text);
    const char *why = text_vprintf(c->arena, text, args);
    va_end(args);
    return record(c, &(struct fault){ .code = code, .text = why, .file = file, .line = line });
}

RESULT fail_say_at(struct ctx *c, enum err_code code, const char *say, const char *file, int line,
                   const char *text, ...)
{
    va_list args;
    va_start(args, text);
    const char *why = text_vprintf(c->arena, text, args);
    va_end(args);
    return record(
        c, &(struct fault){ .code = code, .text = why, .say = say, .file = file, .line = line });
}

RESULT fail_field_at(struct ctx *c, enum err_code code, const char *field, const char *say,
                     const char *file, int line)
{
    const char *why = text_printf(c->arena, "%s: %s", field, say);
    return record(c, &(struct fault){ .code = code,
                                      .text = why,
                                      .say = say,
                                      .field = field,
                                      .file = file,
                                      .line = line,
                                      .rule = RULE_FIELD,
                                      .expected = bounded(c, say),
                                      .got = bounded(c, field) });
}

void fault_explain(struct ctx *c, enum err_code code, enum rule rule, const char *expected,
                   const char *got)
{
    struct fault *fault = &c->fault;
    if (fault->code != code || (fault->rule != RULE_NONE && fault->rule != RULE_FIELD))
        return;
    fault->rule = rule;
    fault->expected = bounded(c, expected);
    fault->got = bounded(c, got);
}

void fault_note(struct ctx *c)
{
    if (c->noted.rule == RULE_NONE)
        c->noted = c->fault;
    fault_clear(c);
}

void fault_quiet(struct ctx *c, enum rule rule, const char *expected, const char *got)
{
    if (c->noted.rule == RULE_NONE)
        c->noted = (struct fault){ .rule = rule,
                                   .expected = bounded(c, expected),
                                   .got = bounded(c, got) };
}

void fault_clear(struct ctx *c)
{
    c->fault = (struct fault){ 0 };
}

RESULT ctx_check_memory(struct ctx *c)
{
    if (arena_over(c->arena))
        return fail(c, OUT_OF_MEMORY, "%zu bytes are in use", arena_used(c->arena));
    return ok();
}
