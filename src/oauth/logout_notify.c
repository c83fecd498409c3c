/* SPDX-License-Identifier: Apache-2.0 */
#include "oauth/logout_notify.h"

#include "base/json_writer.h"
#include "base/time.h"
#include "net/http_client.h"
#include "oauth/client_sector.h"
#include "oauth/client_url.h"
#include "token/claims.h"
#include "token/keyring.h"

#include <string.h>

enum { ANSWER_MAX = 16 * 1024 };

static const char typ[] = "logout+jwt";
static const char event[] = "http://schemas.openid.net/event/backchannel-logout";

/* Back-Channel Logout 1.0 2.4: never a nonce, so that it is no ID token. */
static const char *write_payload(struct ctx *c, const struct outbox_row *row, const char *sub)
{
    const char *space = strchr(row->subject, ' ');
    struct json_writer w = json_writer(c->arena);
    json_object(&w, NULL);
    json_text(&w, "iss", token_issuer(c));
    json_text(&w, "sub", sub);
    json_text(&w, "aud", row->recipient);
    json_number(&w, "iat", c->now);
    json_number(&w, "exp", time_add(c->now, LOGOUT_TOKEN_SECONDS));
    json_text(&w, "jti", text_printf(c->arena, "%s.%lld", row->id, (long long)row->attempts));
    json_text(&w, "sid", text_copy(c->arena, row->subject, (size_t)(space - row->subject)));
    json_object(&w, "events");
    json_object(&w, event);
    json_object_end(&w);
    json_object_end(&w);
    json_object_end(&w);
    return json_written(&w);
}

RESULT logout_note(struct ctx *c, const struct client *client, const char *session_id, bool *live)
{
    *live = true;
    if (session_id == NULL)
        return ok();
    return session_client_note(c, session_id, client->id,
                               client->metadata.backchannel_logout_uri != NULL, live);
}

static RESULT post(struct ctx *c, struct resolver *resolver, const struct client_metadata *metadata,
                   const char *token)
{
    static const char *const headers[] = { "Content-Type: application/x-www-form-urlencoded" };
    struct http_answer answer;
    const struct http_call call = {
        .method = "POST",
        .url = metadata->backchannel_logout_uri,
        .origin = client_url_origin(c, metadata, metadata->backchannel_logout_uri),
        .headers = headers,
        .headers_n = 1,
        .body = bytes_of(text_printf(c->arena, "logout_token=%s", token)),
        .answer_max = ANSWER_MAX,
        .limit_ms = LOGOUT_NOTIFY_MS,
    };
    TRY(http_call(c, resolver, &call, &answer));
    /* Back-Channel Logout 1.0 2.8: 200; some answer 204. */
    if (answer.status / 100 != 2)
        return fail(c, UPSTREAM, "the application answered with %d", answer.status);
    return ok();
}

RESULT logout_notify(struct ctx *c, struct resolver *resolver, const struct outbox_row *row)
{
    const struct client *client = NULL;
    const char *token = NULL;
    const char *sub = NULL;
    const char *space = strchr(row->subject, ' ');
    must(space != NULL);
    TRY(client_enter(c, row->recipient, &client));
    if (client == NULL || client->metadata.backchannel_logout_uri == NULL)
        return fail(c, INVALID_REQUEST, "the client %s has no address for it any more",
                    row->recipient);
    TRY(client_subject(c, client, space + 1, &sub));
    /* Back-Channel Logout 1.0 2.4: as its ID tokens. */
    const struct keyring_use use = { .typ = typ,
                                     .alg = client->metadata.id_token_signed_response_alg };
    TRY(keyring_sign_as(c, c->keys, &use, write_payload(c, row, sub), &token));
    return post(c, resolver, &client->metadata, token);
}
