/* SPDX-License-Identifier: Apache-2.0 */
/* Faults of clients that register themselves, and of those whose client_id is a document. */
#include "plants.h"

#include "crypto/digest.h"
#include "store/client_registrations.h"

#define REGISTER "/oauth2/register"
#define URIS     "{'redirect_uris':['https://app.test/cb']%s}"

static const char *const by_token[] = { "AUTH_CLIENT_REGISTRATION=token", NULL };
static const char *const everybody[] = { "AUTH_CLIENT_REGISTRATION=open", NULL };
static const char *const documents[] = { "AUTH_CLIENT_ID_METADATA_DOCUMENTS=on", NULL };

/* Comes with a token that is not good. */
static struct answer with_token(struct world *w, const char *fault)
{
    const struct registration_token_row row = {
        .hash = token_hash(w->arena, "good"), .label = "", .uses = 1, .expires_at = w->now + HOURS
    };
    story_does(w, registration_token_add(world_ctx(w), &row));
    struct client c = story_bearer(w, *fault == '\0' ? NULL : fault);
    return story_post(&c, REGISTER, URIS, "");
}

static struct answer says(struct world *w, const char *fault)
{
    struct client c = client_new(w);
    return story_post(&c, REGISTER, URIS, fault);
}

/* Reads what another client has registered. */
static struct answer reads(struct world *w, const char *fault)
{
    struct answer one = says(w, "");
    struct answer two = says(w, "");
    const struct answer *whose = *fault == '\0' ? &one : &two;
    struct client c = story_bearer(w, answer_text(&one, "registration_access_token"));
    return client_get(&c, text_printf(w->arena, REGISTER "/%s", answer_text(whose, "client_id")));
}

static struct answer begins(struct world *w, const char *fault)
{
    struct client b = oauth_ada(w);
    oauth_app(w);
    return oauth_authorize(&b, fault);
}

/* clang-format off */
static const struct plant rows[] = {
    { RULE_CLIENT_REGISTRATION, says,       "" },
    { RULE_NONE,                with_token, "good", by_token },
    { RULE_CLIENT_REGISTRATION, with_token, "",     by_token },
    { RULE_CLIENT_REGISTRATION, with_token, "bad",  by_token },
    { RULE_NONE,                reads,      "", everybody },
    { RULE_REGISTRATION_TOKEN,  reads,      "another", everybody },
    { RULE_NONE,                says,       "", everybody },
    { RULE_SOFTWARE_STATEMENT,  says,       ",'software_statement':'x'", everybody },
    { RULE_NONE,                begins,     "", documents },
    { RULE_CLIENT_DOCUMENT,     begins,     "client_id=https%3A%2F%2F127.0.0.1%2Fclient.json", documents },
    { RULE_CLIENT_DOCUMENT,     begins,     "client_id=https%3A%2F%2Fapp.test%3A8443%2Fclient.json", documents },
};
/* clang-format on */

struct plants plants_registration(void)
{
    return PLANTS(rows);
}
