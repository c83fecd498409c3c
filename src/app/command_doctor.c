/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uauth doctor: looks at settings, the machine and the servers around, and says what is wrong and
 * what to do.
 */
#include "app/command_outbound.h"
#include "app/commands.h"
#include "app/doctor.h"
#include "base/text.h"

#include <stdio.h>

/* ---- showing ---- */

/* In the order of enum doctor_verdict. */
static const char *const colours[] = { "\033[32m", "\033[33m", "\033[1;31m", "\033[2m" };

/* What others have answered must not drive the terminal. */
static const char *tame(struct arena *a, const char *text)
{
    struct text_buffer out = text_buffer(a);
    for (const char *at = text; *at != '\0'; at++)
        text_add_bytes(&out, (unsigned char)*at < 0x20 || *at == 0x7F ? "?" : at, 1);
    return text_of(&out);
}

static void say(struct ctx *c, const struct command_line *line, const struct doctor_finding *f)
{
    const char *subject = f->subject == NULL ? "" : f->subject;
    command_say(line, "%s%-9s%s %s%s%s: %s\n", command_colour(line, colours[f->verdict]),
                doctor_verdict_name(f->verdict), command_colour(line, "\033[0m"), f->check,
                f->subject == NULL ? "" : " ", subject, tame(c->arena, f->found));
    if (f->fix != NULL)
        command_say(line, "%-9s fix: %s\n", "", tame(c->arena, f->fix));
}

static void write(struct json_writer *w, const struct doctor_finding *f)
{
    json_object(w, NULL);
    json_text(w, "check", f->check);
    json_text(w, "subject", f->subject);
    json_text(w, "verdict", doctor_verdict_name(f->verdict));
    json_text(w, "found", f->found);
    json_text(w, "fix", f->fix);
    json_object_end(w);
}

static void show(struct ctx *c, const struct command_line *line, const struct doctor *d)
{
    struct json_writer w = json_writer(c->arena);
    size_t wrong = 0;
    json_object(&w, NULL);
    json_bool(&w, "well", !d->wrong);
    json_array(&w, "checks");
    for (size_t i = 0; i < d->n; i++) {
        say(c, line, &d->at[i]);
        write(&w, &d->at[i]);
        wrong += d->at[i].verdict == DOCTOR_WRONG;
    }
    json_array_end(&w);
    json_object_end(&w);
    command_show(line, &w);
    if (wrong == 0)
        command_say(line, "Nothing is wrong.\n");
    else
        command_say(line, "%zu of %zu checks found something wrong.\n", wrong, d->n);
}

/* ---- looking ---- */

static void look_at_service(struct ctx *c, struct doctor *d)
{
    size_t n = 0;
    const struct doctor_check *rows = doctor_service_checks(&n);
    for (size_t i = 0; i < n; i++)
        doctor_look(c, d, &rows[i], NULL);
}

/* Entra is asked with what the database has of the registration, and perhaps a key of ours. */
static RESULT look_at_entra(struct ctx *c, struct doctor *d, const char *only)
{
    TRY(node_open(c, &(struct node_plan){ .config = c->config, .use = DB_COMMAND }, &d->node));
    TRY(node_open_keys(c, d->node));
    return doctor_look_at_entra(c, d, only);
}

static RESULT look(struct ctx *c, const struct command_line *line, void *arg)
{
    struct doctor *d = arg;
    size_t n = line->arguments.n;
    if (n > 2 || (n > 0 && !text_equal(line->arguments.at[0], "entra")))
        return fail(c, INVALID_REQUEST, "this looks at the service, or at entra and a provider");
    if (n > 0)
        return look_at_entra(c, d, n == 2 ? line->arguments.at[1] : NULL);
    look_at_service(c, d);
    return ok();
}

static RESULT run_doctor(struct ctx *c, const struct command_line *line)
{
    struct doctor *d = ARENA_NEW(c->arena, struct doctor);
    err looked = command_with_upstreams(c, line, look, d);
    if (d->node != NULL)
        node_close(d->node);
    TRY(looked);
    show(c, line, d);
    *line->exit_status = d->wrong ? 1 : 0;
    return ok();
}

const struct command command_doctor = {
    .name = "doctor",
    .summary = "Look for what is wrong with the service or its registration at Entra ID",
    .arguments = "[entra [PROVIDER]]",
    .details = "Without an argument: the data folder, the database, keys, Redis, certificates, the "
               "issuer at\nits public URL, the clock, and the mail server.  With entra: the "
               "registrations at Microsoft\nEntra ID, or the one that PROVIDER has: authority, "
               "tenants, issuer, keys, clock, redirect URI,\ncredential, consent, groups.\n\n"
               "Each finding says what to do, for Entra where in its admin center.  Nothing is "
               "changed.  Ends\nwith 0 if nothing is wrong, else with 1.",
    .here = "it looks from the machine that it is about",
    .run = run_doctor,
};
