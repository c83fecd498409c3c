/* SPDX-License-Identifier: Apache-2.0 */
#include "app/deliver.h"

#include "base/random.h"
#include "base/text.h"
#include "base/time.h"
#include "identity/letter.h"
#include "oauth/logout_notify.h"
#include "store/outbox.h"

#include <stdio.h>

int64_t deliver_wait(struct ctx *c, int64_t attempts)
{
    int64_t wait = DELIVER_FIRST_WAIT;
    for (int64_t i = 1; i < attempts && wait < DELIVER_WAIT_MAX; i++)
        wait *= 2;
    if (wait > DELIVER_WAIT_MAX)
        wait = DELIVER_WAIT_MAX;
    int64_t quarter = wait / 4;
    return wait - quarter + (int64_t)random_below(c->random, (uint32_t)(2 * quarter + 1));
}

/* Where it went, for the log; and for whoever sits before the screen, the mail itself. */
static void tell_sent(struct ctx *c, const struct app *app, const struct mail *mail)
{
    if (app->mailer.smtp_url[0] != '\0') {
        LOG_LINE(c->log, c, LOG_INFO, "a mail was sent", { "mail", .text = mail->id });
        return;
    }
    const char *path = mail_path(c, &app->mailer, mail);
    LOG_LINE(c->log, c, LOG_INFO, "a mail was written to the outbox folder",
             { "path", .text = path });
    if (!app->node->shows_mail)
        return;
    (void)printf("\nA mail to <%s>, written to %s:\n\n  %s\n\n%s\n", mail->to, path, mail->subject,
                 mail->text);
    (void)fflush(stdout);
}

static RESULT send_mail(struct ctx *c, const struct app *app, const struct outbox_row *row)
{
    const char *text = NULL;
    TRY(letter_open(c, row, &text));
    const struct mail mail = {
        .id = row->id, .to = row->recipient, .subject = row->subject, .text = text
    };
    TRY(mail_send(c, &app->mailer, &mail));
    tell_sent(c, app, &mail);
    return ok();
}

static RESULT no_way(struct ctx *c, const struct app *app, const struct outbox_row *row)
{
    (void)app;
    return fail(c, INTERNAL, "nothing delivers %s: it is of another kind", row->id);
}

static RESULT tell_application(struct ctx *c, const struct app *app, const struct outbox_row *row)
{
    TRY(logout_notify(c, app->node->resolver, row));
    LOG_LINE(c->log, c, LOG_INFO, "an application was told that a session has ended",
             { "client_id", .text = row->recipient });
    return ok();
}

/* How each kind leaves, and what the log says when it does not. */
static const struct way {
    RESULT (*send)(struct ctx *c, const struct app *app, const struct outbox_row *row);
    const char *given_up, *again;
} ways[] = {
    [OUTBOX_MAIL] = { send_mail, "a mail was given up",
                      "a mail could not be sent and will be tried again" },
    [OUTBOX_BACKCHANNEL] = { tell_application, "a logout token was given up",
                             "a logout token could not be sent and will be tried again" },
    [OUTBOX_WEBHOOK] = { no_way, "a webhook was given up", "" },
};

/* A sealed text that does not open will not open later either. */
static bool is_final(enum err_code code, int64_t attempts)
{
    return code == ERR_INVALID_REQUEST || code == ERR_INTERNAL || code == ERR_FORBIDDEN ||
           attempts >= DELIVER_TRIES_MAX;
}

static RESULT note_failure(struct ctx *c, const struct outbox_row *row, enum err_code code)
{
    const char *why = c->fault.text == NULL ? "" : c->fault.text;
    bool final = is_final(code, row->attempts);
    int64_t next = final ? 0 : c->now + deliver_wait(c, row->attempts);
    LOG_LINE(c->log, c, final ? LOG_ERROR : LOG_WARN,
             final ? ways[row->kind].given_up : ways[row->kind].again,
             { row->kind == OUTBOX_MAIL ? "mail" : "message", .text = row->id },
             { "why", .text = why }, { "attempts", .number = row->attempts },
             { "wait", .number = final ? 0 : next - c->now });
    fault_clear(c);
    return outbox_retry(c, row->id, next, why);
}

RESULT deliver_one(struct ctx *c, const struct app *app, bool *dealt)
{
    struct outbox_rows rows;
    *dealt = false;
    TRY(outbox_claim(c, 1, DELIVER_LEASE, &rows));
    if (rows.n == 0)
        return ok();
    *dealt = true;
    const struct outbox_row *row = &rows.at[0];
    err sent = ways[row->kind].send(c, app, row);
    if (sent.code != ERR_OK)
        return note_failure(c, row, sent.code);
    return outbox_done(c, row->id);
}
