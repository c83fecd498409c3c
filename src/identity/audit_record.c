/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/audit_record.h"

#include "base/shape.h"
#include "crypto/merkle.h"

#include <string.h>

enum { ID_MAX = 64, TEXT_MAX = 2048, SEALED_MAX = 64 * 1024, KEYS_MAX_CHARS = 87 };

/* As it stands in the line. */
struct audit_line {
    int64_t index;
    const char *id, *name;
    int64_t at;
    const char *outcome, *tenant_id, *user_id, *actor_id, *client_id, *session_id, *request_id;
    const char *correlation_id;
    struct bytes detail;
    const char *sealed;
    struct bytes personal;
    const char *personal_key;
    struct texts path;
};
LOCAL_SHAPE(audit_line, FIELD(audit_line, index, REQUIRED, 0, INT64_MAX - 1, "Place in the tree"),
            FIELD(audit_line, id, REQUIRED, 1, ID_MAX, "Id of the event"),
            FIELD(audit_line, name, REQUIRED, 1, ID_MAX, "What happened"),
            FIELD(audit_line, at, REQUIRED, INT64_MIN, INT64_MAX, "When, in Unix seconds"),
            FIELD(audit_line, outcome, REQUIRED, 1, ID_MAX, "done or refused"),
            FIELD(audit_line, tenant_id, OPTIONAL, 0, TEXT_MAX, "In which tenant"),
            FIELD(audit_line, user_id, OPTIONAL, 0, TEXT_MAX, "Whom it is about"),
            FIELD(audit_line, actor_id, OPTIONAL, 0, TEXT_MAX, "Who did it"),
            FIELD(audit_line, client_id, OPTIONAL, 0, TEXT_MAX, "By which client"),
            FIELD(audit_line, session_id, OPTIONAL, 0, TEXT_MAX, "In which session"),
            FIELD(audit_line, request_id, OPTIONAL, 0, TEXT_MAX, "By which request"),
            FIELD(audit_line, correlation_id, OPTIONAL, 0, TEXT_MAX, "Trace id of the caller"),
            FIELD(audit_line, detail, OPTIONAL, 0, SEALED_MAX, "More of it, by the kind of event"),
            FIELD(audit_line, sealed, OPTIONAL, 0, SEALED_MAX, "What tells about a person, sealed"),
            FIELD(audit_line, personal, OPTIONAL, 0, SEALED_MAX, "The same, opened"),
            FIELD(audit_line, personal_key, OPTIONAL, 0, KEYS_MAX_CHARS, "The key that opens it"),
            FIELD(audit_line, path, REQUIRED, 0, MERKLE_PATH_MAX, "What shows its place"));

static struct bytes raw_of(const char *text)
{
    if (text == NULL)
        return (struct bytes){ 0 };
    return bytes_of(text);
}

const char *audit_record_write(struct arena *a, const struct audit_record *record)
{
    const struct event_row *row = &record->row;
    const struct audit_line line = { .index = row->leaf_index,
                                     .id = row->id,
                                     .name = row->name,
                                     .at = row->at,
                                     .outcome = row->outcome,
                                     .tenant_id = row->tenant_id,
                                     .user_id = row->user_id,
                                     .actor_id = row->actor_id,
                                     .client_id = row->client_id,
                                     .session_id = row->session_id,
                                     .request_id = row->request_id,
                                     .correlation_id = row->correlation_id,
                                     .detail = raw_of(row->detail),
                                     .sealed = row->sealed,
                                     .personal = raw_of(record->personal),
                                     .personal_key = record->personal_key,
                                     .path = record->path };
    struct json_writer w = json_writer(a);
    shape_write(&w, NULL, &audit_line_shape, &line);
    return json_written(&w);
}

static const char *text_of_raw(struct arena *a, struct bytes raw)
{
    return raw.at == NULL ? NULL : text_copy(a, (const char *)raw.at, raw.n);
}

static void record_of(struct arena *a, const struct audit_line *line, struct audit_record *out)
{
    *out = (struct audit_record){ .row = { .id = line->id,
                                           .name = line->name,
                                           .at = line->at,
                                           .outcome = line->outcome,
                                           .tenant_id = line->tenant_id,
                                           .user_id = line->user_id,
                                           .actor_id = line->actor_id,
                                           .client_id = line->client_id,
                                           .session_id = line->session_id,
                                           .request_id = line->request_id,
                                           .correlation_id = line->correlation_id,
                                           .detail = text_of_raw(a, line->detail),
                                           .sealed = line->sealed,
                                           .leaf_index = line->index },
                                  .personal = text_of_raw(a, line->personal),
                                  .personal_key = line->personal_key,
                                  .path = line->path };
    out->row.leaf_hash = audit_leaf(a, &out->row);
}

static RESULT check_personal(struct ctx *c, const struct audit_record *record)
{
    const char *plain = NULL;
    if (record->personal == NULL && record->personal_key == NULL)
        return ok();
    if (record->personal == NULL || record->personal_key == NULL)
        return fail(c, INVALID_REQUEST, "what is opened and its key do not go together");
    TRY(audit_open_disclosed(c, &record->row, record->personal_key, &plain));
    if (!text_equal(plain, record->personal))
        return fail(c, INVALID_REQUEST, "what is shown as opened is not what was sealed");
    return ok();
}

RESULT audit_record_read(struct ctx *c, struct bytes line, struct audit_record *out)
{
    struct audit_line read;
    if (shape_read_json(c, &audit_line_shape, line, &read).code != ERR_OK) {
        const char *why = text_printf(c->arena, "the line is no record: %s",
                                      c->fault.field != NULL ? c->fault.field : c->fault.text);
        fault_clear(c);
        return fail(c, INVALID_REQUEST, "%s", why);
    }
    record_of(c->arena, &read, out);
    struct bytes again = bytes_of(audit_record_write(c->arena, out));
    if (again.n != line.n || memcmp(again.at, line.at, line.n) != 0)
        return fail(c, INVALID_REQUEST, "the line is not as it was written");
    return check_personal(c, out);
}
