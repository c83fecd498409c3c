/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"

#include "base/json_scan.h"
#include "base/result.h"

#include <string.h>

/*
 * A name whose trait no earlier one of the object has is new.  Another is compared with the earlier
 * ones, up to this many; beyond that the names are sorted when the object ends.  So no choice of
 * names costs more than n log n.
 */
enum { NAMES_AT_ONCE = 16, TRAIT_WORDS = TEXT_TRAITS / 64 };

/* Levels there is room for at first, the one around the root among them: few texts go deeper. */
enum { LEVELS_FIRST = 4 };

struct json_name {
    const char *at;
    size_t n;
};

/* The container at one depth; what an earlier container at this depth needed is used again. */
struct json_level {
    const uint8_t *begin, *end; /* `end`: once it has been left */
    struct json_name *names;
    size_t room;
    size_t n;          /* members or items so far */
    bool array, doubt; /* `doubt`: a name may stand twice, which the end of the object tells */
    uint64_t traits[TRAIT_WORDS]; /* a bit for each that a name so far has */
};

static bool refuse(struct json *j, const char *why)
{
    if (j->why == NULL)
        j->why = why;
    return false;
}

struct json json_open(struct arena *a, struct bytes in)
{
    struct json j = { .arena = a, .begin = in.at, .at = in.at, .tokens_max = JSON_TOKENS_MAX };
    j.end = in.n == 0 ? in.at : in.at + in.n;
    j.levels = LEVELS_FIRST;
    j.level = ARENA_NEWS(a, struct json_level, LEVELS_FIRST);
    return j;
}

/* Steps over white space; false if nothing follows. */
static bool skip_space(struct json *j)
{
    const uint8_t *at = j->at;
    while (at < j->end && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t'))
        at++;
    j->at = at;
    return at < j->end;
}

static bool count_token(struct json *j)
{
    return ++j->tokens <= j->tokens_max || refuse(j, "there are too many values");
}

/* Reads the text whose opening quote is at hand. */
static bool take_text(struct json *j, struct json_name *out)
{
    struct json_run run;
    const char *why = json_scan_text(j->at + 1, j->end, &run);
    if (why == NULL && arena_over(j->arena))
        why = "it needs more memory than a request may use";
    if (why == NULL) {
        out->n = (size_t)(run.end - run.at);
        char *text = arena_alloc(j->arena, out->n + 1);
        out->at = text;
        if (run.escapes || run.beyond_ascii)
            why = json_decode_text(&run, text, &out->n);
        else
            memcpy(text, run.at, out->n);
    }
    j->at = run.end;
    if (why != NULL)
        return refuse(j, why);
    j->at++;
    return true;
}

static bool take_text_value(struct json *j, struct json_value *out)
{
    struct json_name text = { 0 };
    if (!take_text(j, &text))
        return false;
    out->kind = JSON_TEXT;
    out->text = text.at;
    return true;
}

static bool take_number(struct json *j, struct json_value *out)
{
    const uint8_t *end = json_scan_number(j->at, j->end);
    if (end == NULL)
        return refuse(j, "a number is malformed");
    out->kind = JSON_NUMBER;
    out->text = text_copy(j->arena, (const char *)j->at, (size_t)(end - j->at));
    j->at = end;
    return true;
}

static bool take_word(struct json *j, const char *word)
{
    size_t n = strlen(word);
    if ((size_t)(j->end - j->at) < n || memcmp(j->at, word, n) != 0)
        return refuse(j, "a value is malformed");
    j->at += n;
    return true;
}

static void make_levels(struct json *j)
{
    struct json_level *levels = ARENA_NEWS(j->arena, struct json_level, 2 * j->levels);
    memcpy(levels, j->level, j->levels * sizeof *levels);
    j->level = levels;
    j->levels *= 2;
}

static bool enter(struct json *j, struct json_value *out, bool array)
{
    if (j->depth == JSON_DEPTH_MAX)
        return refuse(j, "it is nested too deeply");
    if (j->depth + 1 == j->levels)
        make_levels(j);
    struct json_level *level = &j->level[++j->depth];
    level->begin = j->at;
    level->end = NULL;
    level->n = 0;
    level->array = array;
    level->doubt = false;
    memset(level->traits, 0, sizeof level->traits);
    out->kind = array ? JSON_ARRAY : JSON_OBJECT;
    out->depth = j->depth;
    j->at++;
    return true;
}

static bool take_value_kind(struct json *j, struct json_value *out)
{
    switch (*j->at) {
    case '"':
        return take_text_value(j, out);
    case '{':
        return enter(j, out, false);
    case '[':
        return enter(j, out, true);
    case 't':
        out->kind = JSON_BOOL;
        out->truth = true;
        return take_word(j, "true");
    case 'f':
        out->kind = JSON_BOOL;
        return take_word(j, "false");
    case 'n':
        return take_word(j, "null");
    case 0xEF:
        return refuse(j, "there is a byte order mark");
    default:
        return take_number(j, out);
    }
}

static bool take_value(struct json *j, struct json_value *out)
{
    *out = (struct json_value){ .kind = JSON_NULL };
    if (!skip_space(j))
        return refuse(j, "a value is missing at the end");
    if (!count_token(j))
        return false;
    const uint8_t *from = j->at;
    if (!take_value_kind(j, out))
        return false;
    out->raw.at = from;
    out->raw.n = out->depth > 0 ? 0 : (size_t)(j->at - from);
    return true;
}

bool json_value(struct json *j, struct json_value *out)
{
    if (j->why != NULL)
        return false;
    must(j->tokens == 0);
    return take_value(j, out);
}

static int compare_names(const struct json_name *a, const struct json_name *b)
{
    if (a->n != b->n)
        return a->n < b->n ? -1 : 1;
    return memcmp(a->at, b->at, a->n);
}

/* Lets the name at `i` sink to its place in the heap of the first `n`. */
static void sink(struct json_name *names, size_t i, size_t n)
{
    struct json_name name = names[i];
    for (size_t child = 2 * i + 1; child < n; child = 2 * i + 1) {
        if (child + 1 < n && compare_names(&names[child], &names[child + 1]) < 0)
            child++;
        if (compare_names(&name, &names[child]) >= 0)
            break;
        names[i] = names[child];
        i = child;
    }
    names[i] = name;
}

/* Heap sort: n log n whatever the names are. */
static void sort_names(struct json_name *names, size_t n)
{
    for (size_t i = n / 2; i-- > 0;)
        sink(names, i, n);
    for (size_t last = n; last-- > 1;) {
        struct json_name top = names[0];
        names[0] = names[last];
        names[last] = top;
        sink(names, 0, last);
    }
}

/* What keep_name() has left for the end of a large object. */
static void check_names(struct json *j, struct json_level *level)
{
    if (!level->doubt)
        return;
    sort_names(level->names, level->n);
    for (size_t i = 1; i < level->n; i++) {
        if (compare_names(&level->names[i - 1], &level->names[i]) == 0)
            (void)refuse(j, "a name stands twice in an object");
    }
}

static void make_room(struct json *j, struct json_level *level)
{
    if (level->n < level->room)
        return;
    size_t room = level->room == 0 ? NAMES_AT_ONCE : level->room * 2;
    struct json_name *names = ARENA_NEWS(j->arena, struct json_name, room);
    if (level->room > 0)
        memcpy(names, level->names, level->room * sizeof *names);
    level->names = names;
    level->room = room;
}

/* Whether the trait of `name` is one that no name of the object had; from now on one has it. */
static bool has_new_trait(struct json_level *level, const struct json_name *name)
{
    unsigned trait = text_trait(name->at, name->n);
    uint64_t *word = &level->traits[trait / 64];
    uint64_t bit = UINT64_C(1) << trait % 64;
    bool is_new = (*word & bit) == 0;
    *word |= bit;
    return is_new;
}

/* Whether one of the names so far is the same; of many, the end of the object tells. */
static bool stands_already(struct json_level *level, const struct json_name *name)
{
    if (level->n >= NAMES_AT_ONCE) {
        level->doubt = true;
        return false;
    }
    for (size_t i = 0; i < level->n; i++)
        if (compare_names(&level->names[i], name) == 0)
            return true;
    return false;
}

/* Keeps `name` as the newest of the object. */
static bool keep_name(struct json *j, struct json_level *level, const struct json_name *name)
{
    if (!has_new_trait(level, name) && stands_already(level, name))
        return refuse(j, "a name stands twice in an object");
    make_room(j, level);
    level->names[level->n++] = *name;
    return true;
}

/* Leaves the container if its closing mark is at hand; else steps over the comma that is due. */
static bool another(struct json *j, struct json_level *level, uint8_t closing)
{
    if (!skip_space(j))
        return refuse(j, "an object or array has no end");
    if (*j->at == closing) {
        j->at++;
        level->end = j->at;
        j->depth--;
        return false;
    }
    if (level->n == 0)
        return true;
    if (*j->at != ',')
        return refuse(j, "a comma is missing");
    j->at++;
    return true;
}

bool json_member(struct json *j, const char **name, struct json_value *out)
{
    if (j->why != NULL)
        return false;
    struct json_level *level = &j->level[j->depth];
    must(j->depth > 0 && !level->array);
    if (!another(j, level, '}')) {
        if (j->why == NULL)
            check_names(j, level);
        return false;
    }
    struct json_name taken = { 0 };
    if (!skip_space(j) || *j->at != '"')
        return refuse(j, "a name is missing in an object");
    if (!count_token(j) || !take_text(j, &taken) || !keep_name(j, level, &taken))
        return false;
    if (!skip_space(j) || *j->at != ':')
        return refuse(j, "a colon is missing in an object");
    j->at++;
    *name = taken.at;
    return take_value(j, out);
}

bool json_item(struct json *j, struct json_value *out)
{
    if (j->why != NULL)
        return false;
    struct json_level *level = &j->level[j->depth];
    must(j->depth > 0 && level->array);
    if (!another(j, level, ']'))
        return false;
    level->n++;
    return take_value(j, out);
}

bool json_skip(struct json *j, struct json_value *v)
{
    if (v->depth == 0)
        return j->why == NULL;
    while (j->why == NULL && j->depth >= v->depth) {
        const char *name = NULL;
        struct json_value inner;
        if (j->level[j->depth].array)
            (void)json_item(j, &inner);
        else
            (void)json_member(j, &name, &inner);
    }
    if (j->why != NULL)
        return false;
    const struct json_level *level = &j->level[v->depth];
    must(level->begin == v->raw.at);
    v->raw.n = (size_t)(level->end - level->begin);
    return true;
}

bool json_done(struct json *j)
{
    if (j->why != NULL)
        return false;
    if (j->tokens == 0 || j->depth > 0)
        return refuse(j, "it has not been read to its end");
    return !skip_space(j) || refuse(j, "something follows the value");
}
