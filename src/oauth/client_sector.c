/* SPDX-License-Identifier: Apache-2.0 */
#include "oauth/client_sector.h"

#include "base/config.h"
#include "base/json.h"
#include "client/upstreams.h"
#include "net/url.h"
#include "oauth/client_url.h"

static RESULT refuse(struct ctx *c, const char *member, const char *say)
{
    return fail_field(c, INVALID_CLIENT_METADATA, member, say);
}

static struct subject_rules rules_of(const struct client_metadata *m)
{
    return (struct subject_rules){ .subject_type = m->subject_type,
                                   .sector_identifier_uri = m->sector_identifier_uri,
                                   .redirect_uris = m->redirect_uris };
}

bool client_is_pairwise(const struct client_metadata *metadata)
{
    return text_equal(metadata->subject_type, SUBJECT_PAIRWISE);
}

RESULT client_subject(struct ctx *c, const struct client *client, const char *user_id,
                      const char **sub)
{
    const struct subject_rules rules = rules_of(&client->metadata);
    return subject_of(c, &rules, user_id, sub);
}

/* ---- registering ---- */

RESULT client_sector_check(struct ctx *c, const struct client_metadata *metadata)
{
    const struct subject_rules rules = rules_of(metadata);
    struct url url;
    if (metadata->subject_type != NULL && !client_is_pairwise(metadata) &&
        !text_equal(metadata->subject_type, SUBJECT_PUBLIC))
        return refuse(c, "subject_type", "The types are public and pairwise.");
    if (metadata->sector_identifier_uri != NULL &&
        (!url_parse(c->arena, bytes_of(metadata->sector_identifier_uri), &url) ||
         url.fragment != NULL || !upstream_is_callable(c->config->internal_hosts, &url)))
        return refuse(c, "sector_identifier_uri",
                      "This must be an https URL on port 443 of a host by its public name; for "
                      "others the host has to stand in AUTH_INTERNAL_HOSTS.");
    if (!client_is_pairwise(metadata))
        return ok();
    if (subject_sector(c->arena, &rules) == NULL)
        return refuse(c, "sector_identifier_uri",
                      "Pairwise subjects need this unless all redirect URIs have one host.");
    if (text_equal(metadata->access_token_format, TOKEN_FORMAT_JWT))
        return refuse(c, "access_token_format",
                      "Pairwise subjects go with opaque tokens: others would tell the user's id.");
    return ok();
}

static RESULT parse(struct ctx *c, struct bytes body, const char *url, const void **parsed)
{
    struct json j = json_open(c->arena, body);
    struct json_value v;
    struct texts *uris = ARENA_NEW(c->arena, struct texts);
    (void)url;
    /* An entry takes two quotes and a comma at least. */
    uris->at = ARENA_NEWS(c->arena, const char *, body.n / 3 + 1);
    bool good = json_value(&j, &v) && v.kind == JSON_ARRAY;
    while (good && json_item(&j, &v)) {
        good = v.kind == JSON_TEXT;
        uris->at[uris->n++] = good ? v.text : "";
    }
    if (!good || !json_done(&j))
        return fail(c, UPSTREAM, "what is at a sector_identifier_uri is no list of texts");
    *parsed = uris;
    return ok();
}

static const struct document_kind kind = { .name = "sector identifier",
                                           .accept = "application/json",
                                           .parse = parse };

static RESULT fetch(struct ctx *c, const struct client_metadata *metadata, const struct texts **out)
{
    const char *url = metadata->sector_identifier_uri;
    const struct document_wanted wanted = { &kind, url, client_url_origin(c, metadata, url) };
    const void *parsed = NULL;
    TRY(upstreams_get(c, &wanted, &parsed));
    *out = parsed;
    return ok();
}

RESULT client_sector_prove(struct ctx *c, const struct client_metadata *metadata)
{
    const struct texts *listed = NULL;
    if (metadata->sector_identifier_uri == NULL || c->upstreams == NULL)
        return ok();
    err done = fetch(c, metadata, &listed);
    if (done.code == ERR_FORBIDDEN || done.code == ERR_UPSTREAM) {
        fault_clear(c);
        return refuse(c, "sector_identifier_uri", "There is no list of redirect URIs to be had.");
    }
    TRY(done);
    for (size_t i = 0; i < metadata->redirect_uris.n; i++)
        if (!texts_hold(*listed, metadata->redirect_uris.at[i]))
            return refuse(c, "redirect_uris",
                          "One of these does not stand in the list at sector_identifier_uri.");
    return ok();
}
