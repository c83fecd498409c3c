/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"
#include "base/shape.h"
#include "base/time.h"

#include <string.h>

/* A page of two hundred things with all that is known of them, or a plan, is what we asked for. */
enum { ANSWER_TOKENS_MAX = 1 << 20 };
enum { FIELDS_MAX = 96, NAME_SHOWN_MAX = 64, NOT_IN_A_LIST = -1 };

/* Where in the body a value stands; a chain from the inside out, on the stack. */
struct place {
    const struct place *outer;
    const char *name;
    int64_t index; /* in the list called `name` */
};

/* One reading.  Only the first refusal is told; reading goes on, because malformed JSON outranks
 * it. */
struct reader {
    struct ctx *c;
    struct json json;
    const char *field, *say;
    bool open; /* what is not known is left out */
};

static void add_place(struct text_buffer *b, const struct place *at)
{
    if (at->outer != NULL) {
        add_place(b, at->outer);
        text_add(b, ".");
    }
    /* A name nobody knows may be anything; long and invisible ones are not repeated. */
    bool harmless = strlen(at->name) <= NAME_SHOWN_MAX && !text_has_control(at->name);
    text_add(b, harmless ? at->name : "?");
    if (at->index != NOT_IN_A_LIST)
        text_addf(b, "[%lld]", (long long)at->index);
}

static void refuse(struct reader *r, const struct place *at, const char *say)
{
    if (r->field != NULL)
        return;
    struct text_buffer b = text_buffer(r->c->arena);
    add_place(&b, at);
    r->field = text_of(&b);
    r->say = say;
}

/* "This must have 8 to 128 characters." */
static void refuse_bounds(struct reader *r, const struct place *at, const struct shape_field *field,
                          const char *verb, const char *unit)
{
    long long low = (long long)field->low;
    long long high = (long long)field->high;
    struct arena *a = r->c->arena;
    refuse(r, at,
           low == high ? text_printf(a, "This must %s %lld%s.", verb, low, unit)
                       : text_printf(a, "This must %s %lld to %lld%s.", verb, low, high, unit));
}

static bool within(const struct shape_field *field, int64_t value)
{
    return value >= field->low && value <= field->high;
}

static void read_text(struct reader *r, const struct place *at, const struct shape_field *field,
                      const char *text, const char **out)
{
    bool lines = field->high >= SHAPE_LINES_FROM;
    if (!within(field, (int64_t)text_code_points(text)))
        refuse_bounds(r, at, field, "have", " characters");
    else if (lines ? text_has_control_but_lines(text) : text_has_control(text))
        refuse(r, at, "This must not contain control characters.");
    else
        *out = text;
}

static void read_time(struct reader *r, const struct place *at, const struct shape_field *field,
                      const char *text, int64_t *out)
{
    int64_t time = 0;
    if (text == NULL || !time_parse(text, &time))
        refuse(r, at, "This must be a time such as 2026-11-24T14:06:07Z.");
    else if (field->low < field->high && !within(field, time))
        refuse(r, at, "This time is out of bounds.");
    else
        *out = time;
}

static void read_texts(struct reader *r, const struct place *at, const struct shape_field *field,
                       struct json_value *list, struct texts *out)
{
    static const struct shape_field entry = { .low = 1, .high = SHAPE_ENTRY_MAX };
    if (list->kind != JSON_ARRAY) {
        refuse(r, at, "This must be a list of texts.");
        return;
    }
    struct texts found = { ARENA_NEWS(r->c->arena, const char *, (size_t)field->high), 0 };
    int64_t n = 0;
    for (struct json_value v; json_item(&r->json, &v); n++) {
        struct place inner = { at->outer, at->name, n };
        const char *text = NULL;
        if (v.kind != JSON_TEXT)
            refuse(r, &inner, "This must be text.");
        else if (n < field->high)
            read_text(r, &inner, &entry, v.text, &text);
        if (text != NULL)
            found.at[found.n++] = text;
        (void)json_skip(&r->json, &v);
    }
    if (!within(field, n))
        refuse_bounds(r, at, field, "have", " entries");
    *out = found;
}

static void read_object(struct reader *r, const struct place *outer, const struct shape *shape,
                        void *out);

static void read_items(struct reader *r, const struct place *at, const struct shape_field *field,
                       struct json_value *list, struct items *out)
{
    if (list->kind != JSON_ARRAY) {
        refuse(r, at, "This must be a list of objects.");
        return;
    }
    size_t size = field->of->size;
    uint8_t *items = arena_array(r->c->arena, (size_t)field->high, size);
    int64_t n = 0;
    for (struct json_value v; json_item(&r->json, &v); n++) {
        struct place inner = { at->outer, at->name, n };
        if (v.kind != JSON_OBJECT)
            refuse(r, &inner, "This must be an object.");
        else if (n < field->high)
            read_object(r, &inner, field->of, items + (size_t)n * size);
        (void)json_skip(&r->json, &v);
    }
    if (!within(field, n))
        refuse_bounds(r, at, field, "have", " entries");
    *out = (struct items){ items, (size_t)n };
}

static void read_nested(struct reader *r, const struct place *at, const struct shape_field *field,
                        struct json_value *v, const void **out)
{
    if (v->kind != JSON_OBJECT) {
        refuse(r, at, "This must be an object.");
        return;
    }
    void *inner = arena_alloc(r->c->arena, field->of->size);
    read_object(r, at, field->of, inner);
    *out = inner;
}

static void read_raw(struct reader *r, const struct place *at, const struct shape_field *field,
                     struct json_value *v, struct bytes *out)
{
    if (v->kind != JSON_OBJECT) {
        refuse(r, at, "This must be an object.");
        return;
    }
    if (!json_skip(&r->json, v))
        return;
    if (!within(field, (int64_t)v->raw.n))
        refuse_bounds(r, at, field, "have", " bytes");
    *out = (struct bytes){ arena_copy(r->c->arena, v->raw.at, v->raw.n), v->raw.n };
}

static void read_value(struct reader *r, const struct place *at, const struct shape_field *field,
                       struct json_value *v, void *to)
{
    switch ((enum shape_kind)field->kind) {
    case SHAPE_TEXT:
        if (v->kind == JSON_TEXT)
            read_text(r, at, field, v->text, to);
        else
            refuse(r, at, "This must be text.");
        return;
    case SHAPE_INT:
        if ((field->flags & TIME) != 0)
            read_time(r, at, field, v->kind == JSON_TEXT ? v->text : NULL, to);
        else if (!json_int(v, field->low, field->high, to))
            refuse_bounds(r, at, field, "be a whole number:", "");
        return;
    case SHAPE_BOOL:
        if (v->kind == JSON_BOOL)
            memcpy(to, &v->truth, sizeof v->truth);
        else
            refuse(r, at, "This must be true or false.");
        return;
    case SHAPE_TEXTS:
        read_texts(r, at, field, v, to);
        return;
    case SHAPE_OBJECT:
        read_nested(r, at, field, v, to);
        return;
    case SHAPE_ITEMS:
        read_items(r, at, field, v, to);
        return;
    case SHAPE_RAW:
        read_raw(r, at, field, v, to);
        return;
    }
}

/* What null says where it is not as good as left out. */
void shape_clear(const struct shape_field *field, void *to)
{
    static const int64_t number = SHAPE_CLEARED_INT;
    static const char *const text = "";
    must(field->kind == SHAPE_INT || field->kind == SHAPE_TEXT);
    if (field->kind == SHAPE_INT)
        memcpy(to, &number, sizeof number);
    else
        memcpy(to, &text, sizeof text);
}

/* Its place; shape->n: none.  What we wrote ourselves is in the order of the shape, so the search
 * goes round from `next`, which follows the last one found. */
static size_t find(const struct shape *shape, const char *name, size_t next)
{
    size_t i = next < shape->n ? next : 0;
    for (size_t looked = 0; looked < shape->n; looked++) {
        if (strcmp(shape->fields[i].name, name) == 0)
            return i;
        i = i + 1 == shape->n ? 0 : i + 1;
    }
    return shape->n;
}

static void check_required(struct reader *r, const struct place *outer, const struct shape *shape,
                           const bool *seen)
{
    for (size_t i = 0; i < shape->n; i++) {
        const struct shape_field *field = &shape->fields[i];
        struct place at = { outer, field->name, NOT_IN_A_LIST };
        /* What we write leaves a time of 0 out. */
        bool absent = !seen[i] && !(r->open && (field->flags & TIME) != 0);
        if ((field->flags & REQUIRED) != 0 && absent)
            refuse(r, &at, "This field is required.");
    }
}

static void read_object(struct reader *r, const struct place *outer, const struct shape *shape,
                        void *out)
{
    bool seen[FIELDS_MAX] = { false };
    const char *name = NULL;
    size_t i = 0;
    must(shape->n <= FIELDS_MAX);
    for (struct json_value v; json_member(&r->json, &name, &v); i++) {
        struct place at = { outer, name, NOT_IN_A_LIST };
        i = find(shape, name, i);
        if (i == shape->n) {
            if (!shape->open && !r->open)
                refuse(r, &at, "This field is not known here.");
        } else if (v.kind != JSON_NULL) {
            seen[i] = true;
            read_value(r, &at, &shape->fields[i], &v, (uint8_t *)out + shape->fields[i].offset);
        } else if ((shape->fields[i].flags & CLEARED) != 0) {
            shape_clear(&shape->fields[i], (uint8_t *)out + shape->fields[i].offset);
        }
        (void)json_skip(&r->json, &v);
    }
    if (r->json.why == NULL)
        check_required(r, outer, shape, seen);
}

/* What the reading has come to. */
static RESULT outcome(struct reader *r)
{
    if (r->field != NULL)
        return fail_field(r->c, INVALID_FIELD, r->field, r->say);
    return ctx_check_memory(r->c);
}

static RESULT not_an_object(struct ctx *c)
{
    return because(
        c, BODY_SYNTAX, "a JSON object", NULL,
        fail_say(c, INVALID_JSON, "The body must be a JSON object.", "not a JSON object"));
}

static RESULT read_json(struct ctx *c, const struct shape *shape, struct bytes body, bool open,
                        void *out)
{
    struct reader r = { .c = c, .json = json_open(c->arena, body), .open = open };
    struct json_value root = { .kind = JSON_NULL };
    if (open)
        r.json.tokens_max = ANSWER_TOKENS_MAX;
    memset(out, 0, shape->size);
    bool is_object = json_value(&r.json, &root) && root.kind == JSON_OBJECT;
    if (is_object)
        read_object(&r, NULL, shape, out);
    (void)json_skip(&r.json, &root);
    if (!json_done(&r.json)) {
        TRY(ctx_check_memory(c));
        const char *say = text_printf(c->arena, "The body is not valid JSON: at byte %zu, %s.",
                                      (size_t)(r.json.at - r.json.begin), r.json.why);
        return because(c, BODY_SYNTAX, "a JSON object", say,
                       fail_say(c, INVALID_JSON, say, "%s", say));
    }
    return is_object ? outcome(&r) : not_an_object(c);
}

RESULT shape_read_json(struct ctx *c, const struct shape *shape, struct bytes body, void *out)
{
    return read_json(c, shape, body, false, out);
}

RESULT shape_read_answer(struct ctx *c, const struct shape *shape, struct bytes body, void *out)
{
    return read_json(c, shape, body, true, out);
}

static void read_literal(struct reader *r, const struct place *at, const struct shape_field *field,
                         const char *text, void *to)
{
    struct json_value v = { .kind = JSON_TEXT, .text = text };
    if (field->kind == SHAPE_BOOL && (text_equal(text, "true") || text_equal(text, "false")))
        v = (struct json_value){ .kind = JSON_BOOL, .truth = text[0] == 't' };
    else if (field->kind == SHAPE_INT && (field->flags & TIME) == 0)
        v.kind = JSON_NUMBER; /* json_int reads only digits */
    read_value(r, at, field, &v, to);
}

/* One more entry of a list that is sent as a repeated name. */
static void read_entry(struct reader *r, const struct place *at, const struct shape_field *field,
                       const char *text, struct texts *out)
{
    struct place inner = { at->outer, at->name, (int64_t)out->n };
    const char *read = NULL;
    if (out->n == 0)
        out->at = ARENA_NEWS(r->c->arena, const char *, (size_t)field->high);
    if ((int64_t)out->n == field->high)
        refuse_bounds(r, at, field, "have", " entries");
    else
        read_text(r, &inner, &(struct shape_field){ .low = 1, .high = SHAPE_ENTRY_MAX }, text,
                  &read);
    if (read != NULL)
        out->at[out->n++] = read;
}

static void read_form_field(struct reader *r, const struct shape *shape,
                            const struct form_field *given, bool *seen, void *out)
{
    struct place at = { NULL, given->name, NOT_IN_A_LIST };
    size_t i = find(shape, given->name, 0);
    if (i == shape->n) {
        if (!shape->open)
            refuse(r, &at, "This field is not known here.");
        return;
    }
    const struct shape_field *field = &shape->fields[i];
    bool list = field->kind == SHAPE_TEXTS;
    if (seen[i] && !list) {
        refuse(r, &at, "This field is given more than once.");
        return;
    }
    seen[i] = true;
    /* RFC 6749 3.1: a parameter without a value is as good as left out. */
    if (given->value[0] == '\0')
        return;
    if (list)
        read_entry(r, &at, field, given->value, (void *)((uint8_t *)out + field->offset));
    else
        read_literal(r, &at, field, given->value, (uint8_t *)out + field->offset);
}

RESULT shape_read_form(struct ctx *c, const struct shape *shape, struct bytes body, void *out)
{
    struct reader r = { .c = c };
    struct form form;
    bool seen[FIELDS_MAX] = { false };
    bool filled[FIELDS_MAX] = { false };
    must(shape->n <= FIELDS_MAX);
    memset(out, 0, shape->size);
    if (!form_decode(c->arena, body, &form))
        return because(c, BODY_SYNTAX, "a form", NULL,
                       fail_say(c, INVALID_REQUEST, "The form or query is not well formed.",
                                "malformed form of %zu bytes", body.n));
    for (size_t i = 0; i < form.n; i++) {
        read_form_field(&r, shape, &form.at[i], seen, out);
        size_t known = find(shape, form.at[i].name, 0);
        if (known < shape->n && form.at[i].value[0] != '\0')
            filled[known] = true;
    }
    check_required(&r, NULL, shape, filled);
    return outcome(&r);
}
