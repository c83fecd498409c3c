/* SPDX-License-Identifier: Apache-2.0 */
#include "app/explain_source.h"

#include "base/json.h"
#include "base/log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where the text member `name` of a line belongs, or NULL. */
static const char **text_member(struct explanation *e, const char *name)
{
    const struct {
        const char *name;
        const char **at;
    } members[] = {
        { "request_id", &e->request_id }, { "time", &e->time },       { "method", &e->method },
        { "route", &e->route },           { "peer", &e->peer },       { "error", &e->error },
        { "client_id", &e->client_id },   { "user_id", &e->user_id }, { "rule", &e->rule },
        { "expected", &e->expected },     { "got", &e->got },         { "why", &e->why },
        { "config", &e->config_version },
    };
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
        if (text_equal(members[i].name, name))
            return members[i].at;
    return NULL;
}

/* False if it is no line of ours, or tells of no refusal. */
static bool read_line(struct arena *a, struct bytes line, struct explanation *out)
{
    struct json j = json_open(a, line);
    struct json_value v;
    if (!json_value(&j, &v) || v.kind != JSON_OBJECT)
        return false;
    for (const char *name; json_member(&j, &name, &v);) {
        const char **text = text_member(out, name);
        if (text != NULL && v.kind == JSON_TEXT)
            *text = v.text;
        if (text_equal(name, "status") && v.kind == JSON_NUMBER)
            out->status = json_int_saturated(&v);
        if (!json_skip(&j, &v))
            return false;
    }
    return json_done(&j) && out->time != NULL && (out->error != NULL || out->rule != NULL);
}

/* The lines of `file` that hold `id`; the last good one stays in *out. */
static bool read_lines(struct ctx *c, FILE *file, const char *id, struct explanation *out)
{
    char *line = NULL;
    size_t room = 0;
    bool found = false;
    for (ssize_t n; (n = getline(&line, &room, file)) > 0;) {
        const char *begin = strstr(line, id) == NULL ? NULL : strchr(line, '{');
        size_t skipped = begin == NULL ? 0 : (size_t)(begin - line);
        size_t length = (size_t)n - skipped - (line[n - 1] == '\n');
        if (begin == NULL || length > LOG_LINE_MAX || ctx_check_memory(c).code != ERR_OK)
            continue;
        struct explanation e = { 0 };
        const char *copy = text_copy(c->arena, begin, length);
        if (!read_line(c->arena, bytes_of(copy), &e) || !text_equal(e.request_id, id))
            continue;
        *out = e;
        found = true;
    }
    free(line);
    return found;
}

RESULT explain_read_log(struct ctx *c, const char *path, const char *id, struct explanation *out)
{
    FILE *file = path == NULL ? stdin : fopen(path, "re");
    if (file == NULL)
        return fail(c, NOT_FOUND, "%s: %s", path, strerrordesc_np(errno));
    bool found = read_lines(c, file, id, out);
    if (path != NULL)
        (void)fclose(file);
    if (!found)
        return fail(
            c, NOT_FOUND,
            "no line of this log tells of a refused request %s: it was not refused, or is in "
            "the log of another node or day",
            id);
    explanation_complete(c->arena, out);
    return ok();
}
