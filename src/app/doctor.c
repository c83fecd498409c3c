/* SPDX-License-Identifier: Apache-2.0 */
#include "app/doctor.h"

#include "base/text.h"

static const char *const verdicts[] = { "ok", "doubtful", "wrong", "skipped" };

const char *doctor_verdict_name(enum doctor_verdict verdict)
{
    return verdicts[verdict];
}

RESULT doctor_skip(struct ctx *c, struct doctor_finding *out, const char *why)
{
    (void)c;
    out->verdict = DOCTOR_SKIPPED;
    out->found = why;
    return ok();
}

/* A field's failure has its words in `say`. */
static const char *why_of(struct ctx *c)
{
    const struct fault *f = &c->fault;
    if (f->field != NULL && f->say != NULL)
        return text_printf(c->arena, "%s: %s", f->field, f->say);
    return f->text != NULL && *f->text != '\0' ? f->text : err_row(f->code)->title;
}

void doctor_look(struct ctx *c, struct doctor *d, const struct doctor_check *check,
                 const char *subject)
{
    if (d->n == DOCTOR_FINDINGS_MAX)
        return;
    struct doctor_finding *f = &d->at[d->n++];
    *f = (struct doctor_finding){ .check = check->id, .subject = subject };
    err looked = check->run(c, d, f);
    if (looked.code != ERR_OK) {
        f->verdict = DOCTOR_WRONG;
        f->found = why_of(c);
    }
    fault_clear(c);
    bool trouble = f->verdict == DOCTOR_WRONG || f->verdict == DOCTOR_DOUBTFUL;
    if (!trouble)
        f->fix = NULL;
    else if (f->fix == NULL)
        f->fix = check->fix;
    d->wrong = d->wrong || f->verdict == DOCTOR_WRONG;
}
