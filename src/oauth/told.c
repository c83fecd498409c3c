/* SPDX-License-Identifier: Apache-2.0 */
#include "oauth/told.h"

#include "base/codec.h"
#include "oauth/client_metadata.h"
#include "store/session_clients.h"
#include "token/issuer.h"
#include "web/cors.h"

#include <string.h>

/* Front-Channel Logout 1.0 3: a query that the URI has already stays. */
static const char *frame_of(struct ctx *c, const char *uri, const char *iss, const char *sid)
{
    const struct form_field fields[] = { { "iss", iss }, { "sid", sid } };
    const struct form form = { fields, sizeof fields / sizeof fields[0] };
    return text_printf(c->arena, "%s%c%s", uri, strchr(uri, '?') == NULL ? '?' : '&',
                       form_encode(c->arena, &form));
}

static enum told_how how_of(const struct session_client_row *row, const char *frame)
{
    switch (row->notice) {
    case NOTICE_WAITS:
        return TOLD_SOON;
    case NOTICE_DELIVERED:
        return TOLD;
    case NOTICE_GIVEN_UP:
        return TOLD_FAILED;
    case NOTICE_NONE:
        break;
    }
    return frame == NULL ? TOLD_NOTHING : TOLD_BY_BROWSER;
}

static RESULT read_one(struct ctx *c, const struct session_client_row *row, const char *sid,
                       struct told *out)
{
    struct client_metadata metadata;
    const char *iss = NULL;
    TRY(client_metadata_load(c, row->metadata, &metadata));
    *out = (struct told){ .client_name = row->name };
    if (metadata.frontchannel_logout_uri != NULL) {
        TRY(issuer_url_of(c, row->tenant_id, &iss));
        out->frame = frame_of(c, metadata.frontchannel_logout_uri, iss, sid);
        out->frame_origin = cors_origin(c->arena, metadata.frontchannel_logout_uri);
    }
    out->how = how_of(row, out->frame);
    return ok();
}

RESULT told_of(struct ctx *c, const char *sid, struct told_applications *out)
{
    struct session_client_rows rows;
    TRY(session_clients_of(c, sid, &rows));
    struct told *told = ARENA_NEWS(c->arena, struct told, rows.n);
    const char **ids = ARENA_NEWS(c->arena, const char *, rows.n);
    for (size_t i = 0; i < rows.n; i++) {
        TRY(read_one(c, &rows.at[i], sid, &told[i]));
        ids[i] = rows.at[i].client_id;
    }
    *out = (struct told_applications){ told, ids, rows.n };
    return ok();
}

bool told_has_frames(const struct told_applications *told)
{
    for (size_t i = 0; i < told->n; i++)
        if (told->at[i].frame != NULL)
            return true;
    return false;
}
