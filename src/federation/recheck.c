/* SPDX-License-Identifier: Apache-2.0 */
#include "federation/recheck.h"

#include "base/log.h"
#include "base/time.h"
#include "federation/finish.h"
#include "federation/kept.h"
#include "identity/audit.h"

enum { RETRY_SECONDS = 300 };

/* Who it is for: the person is the one who signed in, else nothing of it is believed. */
static RESULT renew(struct ctx *c, const struct provider *p, const struct upstream_session *session,
                    const struct brought *b)
{
    struct person person = { 0 };
    struct federated_person now;
    if (b->id_token == NULL)
        return ok();
    TRY(p->kind->identify(c, p, b, &person));
    if (!text_equal(person.subject, session->subject) ||
        !text_equal(person.issuer, session->issuer))
        return fail(c, INVALID_TOKEN, "%s answers for somebody else", p->id);
    finish_person(c, p, &person, &now);
    return federated_renew(c, session->user_id, &now);
}

static RESULT ask(struct ctx *c, const struct provider *p, const struct upstream_session *session,
                  struct kept *kept)
{
    struct provider_place place;
    struct oauth_client client;
    struct oauth_tokens tokens;
    struct oauth_answer answer;
    TRY(p->kind->open(c, p, &place));
    TRY(provider_client(c, p, &place, &client));
    TRY(oauth_refresh(c, &client, &place.token,
                      &(struct token_refresh){ .refresh_token = kept->refresh_token }, &tokens,
                      &answer));
    const struct brought b = { .place = &place,
                               .no_nonce = true,
                               .id_token = tokens.id_token,
                               .access_token = tokens.access_token,
                               .refresh_token = tokens.refresh_token };
    TRY(renew(c, p, session, &b));
    const struct person same = { .subject = session->subject, .login_hint = kept->login_hint };
    const struct brought keep = { .refresh_token = tokens.refresh_token,
                                  .id_token =
                                      tokens.id_token != NULL ? tokens.id_token : kept->id_token };
    const char *sealed = NULL;
    TRY(kept_seal(c, p, &same, &keep, &sealed));
    return upstream_session_keep(c, session->session_id, sealed, kept_check_at(c, p, sealed));
}

/* Who is not let in there any more, or whose account is gone, is not here either. */
static RESULT end(struct ctx *c, const struct upstream_session *session)
{
    TRY(audit_add(c, &(struct audit){ .event = AUDIT_FEDERATION_ENDED,
                                      .user_id = session->user_id,
                                      .session_id = session->session_id,
                                      .details = { { "provider", session->provider } } }));
    return logout(c, session->user_id, session->session_id, false);
}

static RESULT recheck(struct ctx *c, const struct upstream_session *session)
{
    const struct provider *p = NULL;
    struct kept kept;
    err found = provider_find(c, session->provider, &p);
    if (found.code == ERR_NOT_FOUND) {
        fault_clear(c);
        return upstream_session_keep(c, session->session_id, NULL, 0);
    }
    TRY(found);
    TRY(kept_open(c, p, session->subject, session->sealed, &kept));
    if (kept.refresh_token == NULL)
        return upstream_session_keep(c, session->session_id, session->sealed, 0);
    err asked = ask(c, p, session, &kept);
    if (asked.code != ERR_INVALID_GRANT && asked.code != ERR_FORBIDDEN &&
        asked.code != ERR_ACCESS_DENIED)
        return asked;
    fault_note(c);
    return end(c, session);
}

RESULT recheck_one(struct ctx *c, bool *again)
{
    const struct upstream_session *session = NULL;
    TRY(upstream_session_take_due(c, time_add(c->now, RETRY_SECONDS), &session));
    if (session == NULL)
        return ok();
    *again = true;
    return recheck(c, session);
}
