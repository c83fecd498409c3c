/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_BASE_JSON_H
#define UAUTH_BASE_JSON_H

/*
 * A strict pull reader for JSON (RFC 8259) over borrowed bytes.  It builds no tree: the caller
 * walks members and items in order and takes or skips each value.
 *
 * Refused: anything after the value, a byte order mark, invalid UTF-8, lone surrogates, \u0000 and
 * raw NUL, a duplicate name in an object, more than JSON_DEPTH_MAX levels, more than
 * JSON_TOKENS_MAX tokens, NaN and Infinity, numbers with leading zeros.  No recursion.  The cost is
 * linear in the input.
 *
 *     struct json j = json_open(arena, body);
 *     struct json_value v;
 *     if (json_value(&j, &v) && v.kind == JSON_OBJECT)
 *         for (const char *name; json_member(&j, &name, &v);) ...each v taken, entered or
 * json_skip()ped if (!json_done(&j)) ...j.why says what was wrong and where
 *
 * A value counts only once json_done() has said yes: a duplicate name in an object of more than 16
 * members, for one, is found when the object ends.
 *
 * Values of containers: after json_value/json_member/json_item yields JSON_OBJECT or JSON_ARRAY the
 * reader stands inside it; json_member or json_item walk it and return false at its end; json_skip
 * leaves it.
 */

#include "base/text.h"

enum { JSON_DEPTH_MAX = 16, JSON_TOKENS_MAX = 4096 };

enum json_kind { JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_TEXT, JSON_OBJECT, JSON_ARRAY };

struct json_value {
    enum json_kind kind;
    bool truth;       /* JSON_BOOL */
    const char *text; /* JSON_TEXT: decoded, in the arena; JSON_NUMBER: its literal, in the arena */
    size_t depth;     /* of a container: 1 for the root; 0 for a scalar */
    struct bytes
        raw; /* the value's own bytes in the input; of a container once json_skip() has left it */
};

struct json {
    struct arena *arena;
    const uint8_t *begin, *at, *end;
    size_t depth, tokens;
    size_t
        tokens_max;  /* JSON_TOKENS_MAX; a caller who reads large files of its own may allow more */
    const char *why; /* NULL while all is well; else what is wrong, fixed text */
    struct json_level *level; /* `levels` of them */
    size_t levels;
};

struct json json_open(struct arena *a, struct bytes in);

/* The root value: called once, first.  False on malformed input. */
bool json_value(struct json *j, struct json_value *out);

/* The next member of the object the reader stands in; false at its end (and the object is left) or
 * on error. */
bool json_member(struct json *j, const char **name, struct json_value *out);

/* The next item of the array the reader stands in; false at its end (and the array is left) or on
 * error. */
bool json_item(struct json *j, struct json_value *out);

/*
 * Leaves the container `v`, from wherever inside it the reader stands, checking the rest of it, and
 * completes v->raw. Works also right after the container has been walked to its end.  A no-op for
 * scalars.
 */
bool json_skip(struct json *j, struct json_value *v);

/* Whether the whole input was one well-formed value and has been read to its end. */
bool json_done(struct json *j);

/*
 * The number as an int64: integers exactly; fractions cut; beyond the range saturated (RFC 7519
 * NumericDate may be any JSON number).  Takes time linear in the literal whatever its exponent.
 * must(): it is a JSON_NUMBER.
 */
int64_t json_int_saturated(const struct json_value *number);

/* Whether the value is a number and an integer literal within [low, high] ("1.0" and "1e3" are
 * not). */
bool json_int(const struct json_value *number, int64_t low, int64_t high, int64_t *out);

#endif
