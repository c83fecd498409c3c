/* SPDX-License-Identifier: Apache-2.0 */
#include "web/explanation.h"

#include "base/time.h"
#include "web/problems.h"

#include <string.h>

static const char *kept(struct arena *a, const char *text)
{
    return text[0] == '\0' ? NULL : text_copy(a, text, strlen(text));
}

struct explanation explanation_of(struct arena *a, const struct refusal *from)
{
    struct explanation e = {
        .request_id = kept(a, from->request_id),
        .time = time_rfc3339(a, from->at),
        .method = from->method,
        .route = from->route[0] == '\0' ? NULL : from->route,
        .status = from->status,
        .peer = kept(a, from->peer),
        .client_id = kept(a, from->client_id),
        .user_id = kept(a, from->user_id),
        .error = from->error == ERR_OK ? NULL : err_slug(from->error),
        .rule = from->rule == RULE_NONE ? NULL : rule_row(from->rule)->slug,
        .expected = kept(a, from->expected),
        .got = kept(a, from->got),
        .why = kept(a, from->why),
        .config_version = kept(a, from->config_version),
    };
    explanation_complete(a, &e);
    return e;
}

/* Whether it can be typed into a shell as it is; it comes from whoever asked. */
static bool is_plain(const char *client_id)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                  "0123456789._~-";
    return client_id != NULL && *client_id != '\0' && *client_id != '-' &&
           client_id[strspn(client_id, letters)] == '\0';
}

/* `fix` with the client where it stands. */
static const char *fill(struct arena *a, const char *fix, const char *client_id)
{
    static const char name[] = "{client_id}";
    struct text_buffer out = text_buffer(a);
    for (const char *at = strstr(fix, name); at != NULL; at = strstr(fix, name)) {
        text_add_bytes(&out, fix, (size_t)(at - fix));
        text_add(&out, is_plain(client_id) ? client_id : "CLIENT");
        fix = at + strlen(name);
    }
    text_add(&out, fix);
    return text_of(&out);
}

void explanation_complete(struct arena *a, struct explanation *e)
{
    enum rule rule = e->rule == NULL ? RULE_NONE : rule_from_slug(e->rule);
    enum err_code error = e->error == NULL ? ERR_OK : err_from_slug(e->error);
    if (rule != RULE_NONE) {
        const struct rule_row *row = rule_row(rule);
        e->clause = row->clause[0] == '\0' ? NULL : row->clause;
        e->cause = row->cause;
        e->matters = row->matters;
        e->fix = fill(a, row->fix, e->client_id);
    } else if (error != ERR_OK) {
        e->cause = problem_of(error)->meaning;
        e->fix = problem_of(error)->developer;
    }
}
