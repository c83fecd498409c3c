/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_BASE_READINGS_H
#define UAUTH_BASE_READINGS_H

/*
 * What one worker has read from texts lately, kept as it was read: a client's metadata comes with
 * each of its requests, and is the same each time.  It is found by the text itself, all of which is
 * compared, so it is never old: another text is another reading, whoever has written it and
 * whichever database it is from.  A reading may depend on nothing but its text.
 *
 * An entry that gives way to another lives until the arenas end that were handed out what is in it.
 * It belongs to one thread, like those arenas.
 */

#include "base/ctx.h"

enum {
    READINGS_MAX = 16,         /* one takes the place of another */
    READINGS_TEXT_MAX = 4096,  /* what is longer is read each time */
    READINGS_BYTES_MAX = 32768 /* and so is what takes more memory */
};

struct readings;
struct readings *readings_new(struct arena *a); /* in `a`, which ends after readings_end() */
void readings_end(struct readings *k);          /* NULL is fine */

/* How a text is read into a struct of `size` zeroed bytes. */
struct reading {
    size_t size;
    RESULT (*read)(struct ctx *c, struct bytes text, void *out);
};

/*
 * What `how` reads from `text`, for as long as the arena of `c` lives; `of` names what it is about,
 * which has one text at a time.  It is read anew where nothing is kept (c->readings or `of` is
 * NULL), and fails as `how` does: what could not be read is not kept.
 */
RESULT readings_read(struct ctx *c, const struct reading *how, const char *of, struct bytes text,
                     const void **out);

#endif
