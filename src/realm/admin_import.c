/* SPDX-License-Identifier: Apache-2.0 */
#include "realm/admin_import.h"

#include "crypto/digest.h"
#include "identity/audit.h"
#include "realm/import_unit.h"
#include "store/tenants.h"
#include "web/reply.h"

/* A unit on its way through a transaction. */
struct sent {
    const struct admin_import_query *query;
    struct actor actor;
    struct import_unit unit;
};

/* ---- what was sent ---- */

/* The records in their order in the file: where nothing is left out stands the next of the people.
 */
static RESULT read_people(struct ctx *c, const struct admin_import *in, struct import_unit *unit)
{
    const struct import_person *people = in->people.at;
    const struct admin_import_left *left = in->left_out.at;
    size_t person = 0, out = 0;
    unit->n = in->people.n + in->left_out.n;
    if (unit->n > IMPORT_UNIT)
        return fail_field(c, INVALID_FIELD, "people", "A unit has at most 100 records.");
    for (size_t i = 0; i < unit->n; i++) {
        struct import_record record = { .notes = { .arena = c->arena } };
        if (out < in->left_out.n && left[out].place == (int64_t)i) {
            record.field = left[out].field;
            record.skip = left[out].why == NULL;
            record.why = left[out++].why;
        } else if (person < in->people.n) {
            record.person = people[person++];
        }
        unit->records[i] = record;
    }
    return out == in->left_out.n
               ? ok()
               : fail_field(c, INVALID_FIELD, "left_out", "These are places in their order.");
}

static RESULT read_records(struct ctx *c, const struct admin_import *in, struct import_unit *unit)
{
    const struct admin_import_note *notes = in->notes.at;
    TRY(read_people(c, in, unit));
    for (size_t i = 0; i < in->notes.n; i++) {
        if (notes[i].place >= (int64_t)unit->n)
            return fail_field(c, INVALID_FIELD, "notes", "These are places of the unit.");
        import_note(&unit->records[notes[i].place].notes, notes[i].what, notes[i].why);
    }
    return ok();
}

static RESULT find_home(struct ctx *c, const struct actor *actor, const char *slug, const char **id)
{
    const struct tenant_row *tenant = NULL;
    *id = actor->tenant_id;
    if (slug == NULL)
        return ok();
    TRY(tenant_find_slug(c, slug, &tenant));
    if (tenant == NULL || !authority_reaches(actor, tenant->id))
        return fail_field(c, INVALID_FIELD, "tenant", "There is no such tenant.");
    *id = tenant->id;
    return ok();
}

/* Of the file, of who sends it, and of how it is read. */
static const char *id_of(struct ctx *c, const struct sent *sent)
{
    struct framed all = framed(c->arena);
    uint8_t digest[DIGEST_SHA256];
    framed_add_text(&all, "sent");
    framed_add_text(&all, sent->query->import);
    framed_add_text(&all, sent->actor.tenant_id);
    framed_add_text(&all, sent->unit.tenant_id);
    framed_add_int(&all, sent->query->drop_bad_passwords);
    sha256(framed_bytes(&all), digest);
    return hex_encode(c->arena, (struct bytes){ digest, sizeof digest });
}

static RESULT check_order(struct ctx *c, const struct sent *sent)
{
    const struct admin_import_query *query = sent->query;
    if (query->to < query->from || (query->to == query->from && sent->unit.n > 0))
        return fail_field(c, INVALID_FIELD, "to", "A unit ends behind where it begins.");
    return ok();
}

/* ---- taking over ---- */

static RESULT record_unit(struct ctx *c, const struct sent *sent)
{
    const struct import_unit *unit = &sent->unit;
    return audit_add(
        c,
        &(struct audit){
            .event = AUDIT_USERS_IMPORTED,
            .actor_id = sent->actor.user_id,
            .tenant_id = sent->actor.tenant_id,
            .details = {
                { "import", unit->now.id },
                { "records", text_printf(c->arena, "%lld", (long long)unit->now.number) },
                { "added", text_printf(c->arena, "%lld", (long long)unit->now.added) },
                { "left_out", text_printf(c->arena, "%lld", (long long)unit->now.left_out) } } });
}

static RESULT take_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct sent *sent = arg;
    struct import_unit *unit = &sent->unit;
    const struct admin_import_query *query = sent->query;
    TRY(import_find(c, unit->before.id, &unit->before));
    unit->now = unit->before;
    if (unit->before.position != query->from && unit->before.position != query->to)
        return fail_say(
            c, CONFLICT,
            text_printf(c->arena, "The import is at %lld.", (long long)unit->before.position),
            "a unit from %lld", (long long)query->from);
    if (unit->before.position < query->to) {
        TRY(import_unit_take(c, unit, query->to));
        TRY(record_unit(c, sent));
    }
    return query->last ? import_end(c, unit->before.id) : ok();
}

static RESULT begin_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct sent *sent = arg;
    return import_begin(c, sent->unit.before.id, &sent->unit.now);
}

static RESULT try_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct sent *sent = arg;
    sent->unit.before.number = sent->query->number;
    return import_unit_try(c, &sent->unit, sent->query->to);
}

static db_unit *work_of(const struct admin_import_query *query)
{
    if (query->dry_run)
        return try_in;
    return query->to == 0 && !query->last ? begin_in : take_in;
}

static RESULT take(struct req *r, void *arg)
{
    (void)arg;
    struct admin_import in;
    struct sent *sent = ARENA_NEW(r->c->arena, struct sent);
    struct import_unit *unit = &sent->unit;
    sent->query = r->query;
    sent->actor = admin_actor(r);
    TRY(shape_read_json(r->c, &admin_import_shape, r->http->body, &in));
    TRY(read_records(r->c, &in, unit));
    TRY(check_order(r->c, sent));
    TRY(find_home(r->c, &sent->actor, sent->query->tenant, &unit->tenant_id));
    unit->record = sent->query->record == NULL ? import_json_lines.record : sent->query->record;
    unit->actor = &sent->actor;
    unit->no_bad_passwords = sent->query->drop_bad_passwords;
    unit->before = (struct import_row){ .id = id_of(r->c, sent), .tail = "" };
    TRY(import_unit_judge(r->c, unit));
    TRY(authority_act(r->c, &sent->actor, work_of(sent->query), sent));
    const struct admin_import_state state = { .position = unit->now.position,
                                              .records = unit->now.number,
                                              .added = unit->now.added,
                                              .left_out = unit->now.left_out,
                                              .report_bytes = unit->now.report_bytes,
                                              .tail = unit->now.tail };
    return reply(r, &state);
}

RESULT post_admin_users_import(struct req *r)
{
    return req_with_room(r, ADMIN_IMPORT_CEILING, take, NULL);
}
