/* SPDX-License-Identifier: Apache-2.0 */
#include "store/events.h"

#include "base/time.h"
#include "store/hot_queries.h"

#include <string.h>

static const char sql_add[] =
    "INSERT INTO events (id, name, at, outcome, tenant_id, user_id, actor_id, client_id,\n"
    "                    session_id, request_id, correlation_id, detail, sealed, leaf_hash)\n"
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";

#define AFTER_ALL_IDS "~"
#define LAST_SECOND   (((int64_t)1 << 48) / 1000 - 1) /* of those that an id can have */

#define EVENT_COLUMNS                                                                              \
    "id, name, at, outcome, tenant_id, user_id, actor_id, client_id, session_id,\n"                \
    "       request_id, correlation_id, detail, sealed, leaf_hash, coalesce(leaf_index, -1)\n"

/* One statement for each index; what else is asked narrows the rows it gives.  $3, $4: ids begin
 * with the time, and so say where a time begins and ends. */
#define EVENTS_PAGE(which, named)                                                                  \
    "SELECT " EVENT_COLUMNS "FROM events\n"                                                        \
    "WHERE " which "\n"                                                                            \
    "  AND id < $3\n"                                                                              \
    "  AND id >= $4\n"                                                                             \
    "  AND " named "\n"                                                                            \
    "ORDER BY id DESC\n"                                                                           \
    "LIMIT $6"
#define BY_ANY_NAME "($5 = '' OR name = $5)"
/* As the indexes of names have it. */
#define BY_RARE_NAME "name = $5 AND name <> 'login.succeeded' AND name <> 'token.refreshed'"

const char sql_events_of_user[] =
    EVENTS_PAGE("user_id = $1 AND ($2 = '' OR tenant_id = $2)", BY_ANY_NAME);
const char sql_events_of_tenant[] = EVENTS_PAGE("tenant_id = $2 AND $1 = ''", BY_ANY_NAME);
const char sql_events_of_tenant_named[] = EVENTS_PAGE("tenant_id = $2 AND $1 = ''", BY_RARE_NAME);
const char sql_events_of_all[] = EVENTS_PAGE("$1 = '' AND $2 = ''", BY_ANY_NAME);
const char sql_events_of_all_named[] = EVENTS_PAGE("$1 = '' AND $2 = ''", BY_RARE_NAME);

const char sql_events_of_tree[] = "SELECT " EVENT_COLUMNS "FROM events\n"
                                  "WHERE leaf_index >= $1\n"
                                  "ORDER BY leaf_index\n"
                                  "LIMIT $2";

static const char sql_find[] = "SELECT " EVENT_COLUMNS "FROM events\n"
                               "WHERE id = $1";

static const char sql_find_key[] = "SELECT sealed FROM audit_keys WHERE user_id = $1";

static const char sql_add_key[] = "INSERT INTO audit_keys (user_id, sealed, created_at)\n"
                                  "SELECT u.id, $2, $3\n"
                                  "FROM users u\n"
                                  "WHERE u.id = $1\n"
                                  "  AND u.status <> 'deleted'\n"
                                  "ON CONFLICT (user_id) DO NOTHING";

RESULT event_append(struct ctx *c, const struct event_row *event)
{
    return DB_RUN(c, sql_add, NULL, P_TEXT(event->id), P_TEXT(event->name), P_INT(c->now),
                  P_TEXT(event->outcome), P_TEXT(event->tenant_id), P_TEXT(event->user_id),
                  P_TEXT(event->actor_id), P_TEXT(event->client_id), P_TEXT(event->session_id),
                  P_TEXT(event->request_id), P_TEXT(event->correlation_id), P_TEXT(event->detail),
                  P_TEXT(event->sealed), P_TEXT(event->leaf_hash));
}

static struct event_row event_read(const struct table *t, size_t row)
{
    return (struct event_row){ .id = table_text(t, row, 0),
                               .name = table_text(t, row, 1),
                               .at = table_int(t, row, 2),
                               .outcome = table_text(t, row, 3),
                               .tenant_id = table_text(t, row, 4),
                               .user_id = table_text(t, row, 5),
                               .actor_id = table_text(t, row, 6),
                               .client_id = table_text(t, row, 7),
                               .session_id = table_text(t, row, 8),
                               .request_id = table_text(t, row, 9),
                               .correlation_id = table_text(t, row, 10),
                               .detail = table_text(t, row, 11),
                               .sealed = table_text(t, row, 12),
                               .leaf_hash = table_text(t, row, 13),
                               .leaf_index = table_int(t, row, 14) };
}

static struct event_rows rows_read(struct ctx *c, const struct table *t)
{
    struct event_row *rows = ARENA_NEWS(c->arena, struct event_row, t->rows);
    for (size_t i = 0; i < t->rows; i++)
        rows[i] = event_read(t, i);
    return (struct event_rows){ rows, t->rows };
}

static bool is_rare(const char *name)
{
    return name != NULL && !text_equal(name, "login.succeeded") &&
           !text_equal(name, "token.refreshed");
}

static const char *page_sql(const struct event_filter *filter)
{
    bool rare = is_rare(filter->name);
    if (filter->user_id != NULL)
        return sql_events_of_user;
    if (filter->tenant_id != NULL)
        return rare ? sql_events_of_tenant_named : sql_events_of_tenant;
    return rare ? sql_events_of_all_named : sql_events_of_all;
}

/* What the id of an event of this second, or of a later one, is not below (RFC 9562 5.7). */
static const char *id_from(struct ctx *c, int64_t at)
{
    if (at < 0 || at > LAST_SECOND)
        return at < 0 ? "" : AFTER_ALL_IDS;
    uint64_t ms = (uint64_t)at * 1000;
    return text_printf(c->arena, "%08llx-%04llx", (unsigned long long)(ms >> 16),
                       (unsigned long long)(ms & 0xffff));
}

/* The id that those of the page are below. */
static const char *id_below(struct ctx *c, const struct event_filter *filter, struct page page)
{
    const char *after = page.after != NULL ? page.after : AFTER_ALL_IDS;
    if (filter->until == 0)
        return after;
    const char *end = id_from(c, time_add(filter->until, 1));
    return strcmp(after, end) < 0 ? after : end;
}

static struct param or_any(const char *text)
{
    return P_TEXT(text != NULL ? text : "");
}

RESULT events_page(struct ctx *c, const struct event_filter *filter, struct page page,
                   struct event_rows *out)
{
    must(page.limit >= 1 && page.limit <= PAGE_MAX);
    struct table t;
    TRY(DB_RUN(c, page_sql(filter), &t, or_any(filter->user_id), or_any(filter->tenant_id),
               P_TEXT(id_below(c, filter, page)), P_TEXT(id_from(c, filter->since)),
               or_any(filter->name), P_INT(page.limit)));
    *out = rows_read(c, &t);
    return ok();
}

RESULT events_of_tree(struct ctx *c, int64_t from, int64_t limit, struct event_rows *out)
{
    must(limit >= 1 && limit <= PAGE_MAX);
    struct table t;
    TRY(DB_RUN(c, sql_events_of_tree, &t, P_INT(from), P_INT(limit)));
    *out = rows_read(c, &t);
    return ok();
}

RESULT event_find(struct ctx *c, const char *id, const struct event_row **out)
{
    struct table t;
    TRY(DB_RUN(c, sql_find, &t, P_TEXT(id)));
    *out = rows_read(c, &t).at;
    if (t.rows == 0)
        *out = NULL;
    return ok();
}

RESULT audit_key_find(struct ctx *c, const char *user_id, const char **sealed)
{
    struct table t;
    TRY(DB_RUN(c, sql_find_key, &t, P_TEXT(user_id)));
    *sealed = t.rows > 0 ? table_text(&t, 0, 0) : NULL;
    return ok();
}

struct adding {
    const char *user_id, *sealed, *found;
};

static RESULT add_key_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct adding *adding = arg;
    TRY(DB_RUN(c, sql_add_key, NULL, P_TEXT(adding->user_id), P_TEXT(adding->sealed),
               P_INT(c->now)));
    return audit_key_find(c, adding->user_id, &adding->found);
}

RESULT audit_key_add(struct ctx *c, const char *user_id, const char *sealed, const char **found)
{
    struct adding adding = { .user_id = user_id, .sealed = sealed };
    TRY(db_atomically(c, add_key_in, &adding));
    *found = adding.found;
    return ok();
}
