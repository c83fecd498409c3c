/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_BASE_SHAPE_H
#define UAUTH_BASE_SHAPE_H

/*
 * A request or reply body is a plain struct and, right under it, its fields as data:
 *
 *     struct login_request { const char *email, *password, *mfa_code; };
 *     SHAPE(login_request,
 *         FIELD(login_request, email,    REQUIRED, 3, 254, "Email address of the account"),
 *         FIELD(login_request, password, REQUIRED | SECRET, 1, 128, "Password"),
 *         FIELD(login_request, mfa_code, OPTIONAL, 6, 32,  "One-time or recovery code"));
 *
 * The one list reads and bounds JSON or a form, refuses unknown fields, names the offending field,
 * writes replies, and is the schema in OpenAPI.  The kind comes from the C type, so list and struct
 * cannot disagree. What is not in the shape cannot come in and cannot leak out (OWASP API3).
 */

#include "base/codec.h"
#include "base/ctx.h"
#include "base/json_writer.h"

enum shape_kind {
    SHAPE_TEXT,
    SHAPE_INT,
    SHAPE_BOOL,
    SHAPE_TEXTS,
    SHAPE_OBJECT,
    SHAPE_ITEMS,
    SHAPE_RAW /* an object whose members are somebody else's business: its JSON, in the arena */
};

enum shape_flag {
    OPTIONAL = 0,
    REQUIRED = 1 << 0,
    SECRET = 1 << 1,   /* never logged; "format": "password" in OpenAPI */
    TIME = 1 << 2,     /* int64 Unix seconds inside, RFC 3339 text outside; 0 is null */
    NULLABLE = 1 << 3, /* a reply writes null where others leave the member out */
    EMAIL = 1 << 4,    /* "format": "email" in OpenAPI; the grammar is checked by identity */
    LISTED = 1 << 5,   /* of what is raw, in a reply: it is an array instead of an object */
    CLEARED = 1 << 6   /* null is not as good as left out (RFC 7396): it reads as SHAPE_CLEARED_INT,
                          or as the empty text, and a number of 0 is written as null */
};
#define SHAPE_CLEARED_INT INT64_MIN

/* A list of structs, described by the field's `of`. */
struct items {
    const void *at;
    size_t n;
};

struct shape;

struct shape_field {
    const char *name;
    const char *summary;
    uint8_t kind;  /* enum shape_kind */
    uint8_t flags; /* enum shape_flag */
    uint16_t offset;
    int64_t low, high;      /* code points of a text, value of an int, count of texts or items,
                               bytes of what is raw */
    const struct shape *of; /* SHAPE_OBJECT, SHAPE_ITEMS */
};

struct shape {
    const char *name;
    const struct shape_field *fields;
    uint32_t size; /* of the struct */
    uint16_t n;    /* of fields */
    bool open;     /* members that are not known are left out, not refused */
};

/* The kind of a member, by its C type.  A `const void *` member is a nested struct, or NULL. */
#define SHAPE_KIND(member)                                                                         \
    _Generic((member),                                                                             \
        const char *: SHAPE_TEXT,                                                                  \
        int64_t: SHAPE_INT,                                                                        \
        bool: SHAPE_BOOL,                                                                          \
        struct texts: SHAPE_TEXTS,                                                                 \
        const void *: SHAPE_OBJECT,                                                                \
        struct items: SHAPE_ITEMS,                                                                 \
        struct bytes: SHAPE_RAW)

#define FIELD_OF(tag, member, flags_, low_, high_, of_, summary_)                                  \
    {                                                                                              \
        .name = #member, .summary = summary_, .kind = SHAPE_KIND(((struct tag *)0)->member),       \
        .flags = (flags_), .offset = offsetof(struct tag, member), .low = (low_), .high = (high_), \
        .of = (of_)                                                                                \
    }
#define FIELD(tag, member, flags, low, high, summary)                                              \
    FIELD_OF(tag, member, flags, low, high, NULL, summary)

#define SHAPE_FIELDS(tag, ...) static const struct shape_field tag##_fields[] = { __VA_ARGS__ }
#define SHAPE_IS(tag, name_, of_, less, open_)                                                     \
    const struct shape tag##_shape = { name_, of_##_fields, sizeof(struct of_),                    \
                                       sizeof(of_##_fields) / sizeof(of_##_fields[0]) - (less),    \
                                       open_ }

/*
 * In a header: SHAPE; SHAPE_OPEN for what others may extend (RFC 6749 3.1, RFC 7591 2); SHAPE_LIKE
 * for the fields of `of` but for the last `less` ones.  They are in the program once, however many
 * files include them: app/shapes.c includes all of those headers and says SHAPES_DEFINED before.
 */
#ifdef SHAPES_DEFINED
#define SHAPE(tag, ...)                                                                            \
    SHAPE_FIELDS(tag, __VA_ARGS__);                                                                \
    extern const struct shape tag##_shape;                                                         \
    SHAPE_IS(tag, #tag, tag, 0, false)
#define SHAPE_OPEN(tag, ...)                                                                       \
    SHAPE_FIELDS(tag, __VA_ARGS__);                                                                \
    extern const struct shape tag##_shape;                                                         \
    SHAPE_IS(tag, #tag, tag, 0, true)
#define SHAPE_LIKE(tag, name, of, less)                                                            \
    extern const struct shape tag##_shape;                                                         \
    SHAPE_IS(tag, name, of, less, false)
#else
#define SHAPE(tag, ...)                 extern const struct shape tag##_shape
#define SHAPE_OPEN(tag, ...)            extern const struct shape tag##_shape
#define SHAPE_LIKE(tag, name, of, less) extern const struct shape tag##_shape
#endif

/* In a .c file, whose own business it is. */
#define LOCAL_SHAPE(tag, ...)                                                                      \
    SHAPE_FIELDS(tag, __VA_ARGS__);                                                                \
    static SHAPE_IS(tag, #tag, tag, 0, false)
#define LOCAL_SHAPE_OPEN(tag, ...)                                                                 \
    SHAPE_FIELDS(tag, __VA_ARGS__);                                                                \
    static SHAPE_IS(tag, #tag, tag, 0, true)

enum {
    SHAPE_LINES_FROM = 1000, /* texts that may be as long as this may have lines */
    SHAPE_ENTRY_MAX = 2048   /* code points of one text in a list; each has at least one */
};

/*
 * Reads a JSON object into `out` (a struct of the shape, zeroed first).  INVALID_JSON if it is not
 * one JSON object; INVALID_FIELD naming the field if one is missing, unknown, of another type or
 * out of bounds. A malformed body is INVALID_JSON whatever its fields are.  Texts hold no control
 * characters other than tab and line breaks in fields that allow SHAPE_LINES_FROM or more.  null
 * counts as absent.  Lists take room for `high` entries. A field inside another is named as
 * "profile.name", in a list as "members[2].role".
 */
RESULT shape_read_json(struct ctx *c, const struct shape *shape, struct bytes body, void *out);

/* The same for what another version of us wrote: what is not known is left out, at every depth; a
 * TIME that is not there is 0. */
RESULT shape_read_answer(struct ctx *c, const struct shape *shape, struct bytes body, void *out);

/* Writes to the member `to` of a field that is CLEARED what null says. */
void shape_clear(const struct shape_field *field, void *to);

/*
 * The same from a form or query; lists of texts are repeated names, other lists and objects are not
 * possible, numbers and booleans are their JSON literals, an empty value counts as absent (RFC 6749
 * 3.1), any other repeated name is refused.
 * INVALID_REQUEST if the form is malformed.
 */
RESULT shape_read_form(struct ctx *c, const struct shape *shape, struct bytes body, void *out);

/*
 * Appends `in`, a struct of the shape, as a JSON object called `name` (NULL at the root or in a
 * list).  A text or nested struct that is NULL, and a TIME of 0, are left out, or null if NULLABLE.
 */
void shape_write(struct json_writer *w, const char *name, const struct shape *shape,
                 const void *in);

/* The same for what is read again by the same shape: false, 0 and what is empty is left out, too.
 */
void shape_write_brief(struct json_writer *w, const char *name, const struct shape *shape,
                       const void *in);

/* Appends the JSON Schema (2020-12) of the shape as used by OpenAPI 3.1; nested shapes by "$ref".
 */
void shape_schema(struct json_writer *w, const char *name, const struct shape *shape);

/* The schema of one of its fields, as of a parameter of a query. */
void shape_field_schema(struct json_writer *w, const char *name, const struct shape_field *field);

#endif
