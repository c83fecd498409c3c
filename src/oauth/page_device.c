/* SPDX-License-Identifier: Apache-2.0 */
#include "web/page_device.h"

#include "db/db.h"
#include "db/kv.h"
#include "identity/account.h"
#include "identity/audit.h"
#include "identity/letter.h"
#include "identity/tenancy.h"
#include "oauth/consent.h"
#include "oauth/device.h"
#include "oauth/user_code.h"
#include "store/device_codes.h"

/* Wrong codes of one person, and from one address, in a quarter of an hour (DV-02). */
enum { GUESSES = 5, GUESSES_OF_ADDRESS = 20, GUESSES_WINDOW = 900 };

/* A code that was typed, and what it stands for. */
struct typed {
    const char *user_code; /* in the form that devices show, or NULL */
    const struct device_code_row *row;
    const struct client *client;
    int64_t wait; /* seconds, if there were too many guesses */
};

/* ---- guessing ---- */

static RESULT take_guess(struct req *r, int64_t cost, int64_t *wait)
{
    const struct {
        const char *what, *who;
        int64_t limit;
    } counts[] = {
        { "device guess", r->who.user_id, GUESSES },
        { "device guess address", r->http->peer, GUESSES_OF_ADDRESS },
    };
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        struct kv_taken taken = { 0 };
        TRY(kv_take(r->c, KV_KEY(r->c, KV_THROTTLE, counts[i].what, counts[i].who),
                    (struct kv_rate){ counts[i].limit, GUESSES_WINDOW }, cost, &taken));
        if (!taken.allowed)
            *wait = taken.retry_after;
    }
    return ok();
}

/* Reads the code; of wrong ones only so many are taken, right ones cost nothing. */
static RESULT find(struct req *r, const char *text, struct typed *out)
{
    *out = (struct typed){ .user_code = user_code_read(r->c->arena, text) };
    TRY(take_guess(r, 1, &out->wait));
    if (out->wait > 0 || out->user_code == NULL)
        return ok();
    TRY(device_code_find_pending(r->c, user_code_hash(r->c->arena, out->user_code), &out->row));
    if (out->row == NULL)
        return ok();
    TRY(client_enter(r->c, out->row->client_id, &out->client));
    if (out->client == NULL)
        return ok();
    return take_guess(r, -1, &out->wait);
}

static RESULT show_entry(struct req *r, const struct typed *typed, const char *text)
{
    const struct device_entry_page page = { .user_code =
                                                typed->user_code != NULL ? typed->user_code : text,
                                            .unknown = typed->wait == 0,
                                            .wait = typed->wait };
    return page_device_entry(r, &page);
}

/* ---- the pages ---- */

RESULT get_device(struct req *r)
{
    /* RFC 8628 5.4: a link fills the field, and nothing else. */
    const struct device_entry_page page = { .user_code = user_code_read(
                                                r->c->arena, req_query(r, "user_code")) };
    return page_device_entry(r, &page);
}

RESULT post_device(struct req *r)
{
    const char *text = REQ_IN(r, user_code_form)->user_code;
    const struct user_row *user = NULL;
    struct typed typed;
    TRY(find(r, text, &typed));
    if (typed.client == NULL)
        return show_entry(r, &typed, text);
    TRY(account_find(r->c, r->who.user_id, &user));
    const struct device_ask_page page = { .user_code = typed.user_code,
                                          .client_name = typed.client->name,
                                          .tenant_id = typed.client->tenant_id,
                                          .address = typed.row->address,
                                          .email = user->email_entered,
                                          .scopes = typed.row->scopes };
    return page_device_ask(r, &page);
}

/* ---- the answer ---- */

struct answering {
    const struct req *r;
    const struct typed *typed;
    bool allowed, done;
};

static RESULT record(struct ctx *c, const struct answering *answering)
{
    const struct principal *who = &answering->r->who;
    const struct device_code_row *row = answering->typed->row;
    const struct audit audit = {
        .event = answering->allowed ? AUDIT_DEVICE_ALLOWED : AUDIT_DEVICE_REFUSED,
        .refused = !answering->allowed,
        .user_id = who->user_id,
        .tenant_id = who->tenant_id,
        .session_id = who->session_id,
        .details = { { "client_id", row->client_id },
                     { "scope", text_join(c->arena, row->scopes, " ") },
                     { "address", row->address } },
    };
    return audit_add(c, &audit);
}

/* AU-10: a code that somebody was talked into typing is noticed, and what it gave can be taken back
 * as any application's. */
static RESULT tell_owner(struct ctx *c, const struct answering *answering)
{
    const struct user_row *user = NULL;
    const struct typed *typed = answering->typed;
    TRY(account_find(c, answering->r->who.user_id, &user));
    TRY(consent_remember_device(c, user->id, typed->client->id, typed->row->scopes));
    return letter_post(
        c, &(struct letter){ .kind = LETTER_DEVICE_ALLOWED,
                             .user_id = user->id,
                             .to = user->email_entered,
                             .full_name = user->full_name,
                             .about = text_printf(c->arena, "%s (%s)", typed->client->name,
                                                  typed->row->address) });
}

static RESULT answer_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct answering *answering = arg;
    TRY(device_code_answer(c, answering->typed->row->user_code, answering->r->who.session_id,
                           answering->allowed, &answering->done));
    if (!answering->done)
        return ok();
    TRY(record(c, answering));
    return answering->allowed ? tell_owner(c, answering) : ok();
}

/* DV-01: a tenant may have turned this way off for its members. */
static RESULT check_refused(struct req *r, const struct client *client)
{
    bool refused = false;
    const char *tenant_id = client->tenant_id != NULL ? client->tenant_id : r->who.tenant_id;
    TRY(device_is_refused(r->c, tenant_id, r->who.user_id, &refused));
    if (!refused)
        return ok();
    return because(r->c, DEVICE_TENANT, NULL, tenant_id,
                   fail_say(r->c, FORBIDDEN, "Your organization lets no device use its accounts.",
                            "no device of client %s is let in by user %s", client->id,
                            r->who.user_id));
}

/* DV-05: who may not use the client by its other doors does not by this one. */
static RESULT check_member(struct req *r, const struct client *client)
{
    const struct tenant_row *tenant = NULL;
    if (client->tenant_id == NULL)
        return ok();
    TRY(tenant_of_member(r->c, client->tenant_id, r->who.user_id, &tenant));
    if (tenant == NULL)
        return because(r->c, TENANT, client->tenant_id, r->who.tenant_id,
                       fail(r->c, FORBIDDEN, "user %s is no member of the tenant of client %s",
                            r->who.user_id, client->id));
    /* TN-10 */
    return tenancy_admits(tenant, r->who.acr, r->who.amr)
               ? ok()
               : because(r->c, SIGN_IN_CLASS, "a second factor", r->who.acr,
                         fail_say(r->c, FORBIDDEN, "This application asks for a second factor.",
                                  "the tenant of client %s asks for a second factor", client->id));
}

RESULT post_device_answer(struct req *r)
{
    const struct user_code_answer_form *in = REQ_IN(r, user_code_answer_form);
    struct typed typed;
    TRY(find(r, in->user_code, &typed));
    if (typed.client == NULL)
        return show_entry(r, &typed, in->user_code);
    struct answering answering = { .r = r,
                                   .typed = &typed,
                                   .allowed = text_equal(in->answer, "allow") };
    if (answering.allowed) {
        TRY(check_refused(r, typed.client));
        TRY(check_member(r, typed.client));
    }
    TRY(db_atomically(r->c, answer_in, &answering));
    if (!answering.done)
        return show_entry(r, &typed, in->user_code);
    return page_device_done(r, answering.allowed);
}
