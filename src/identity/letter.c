/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/letter.h"

#include "base/config.h"
#include "base/random.h"
#include "base/time.h"
#include "crypto/seal.h"
#include "identity/letter_words.h"

#include <string.h>

enum { MINUTE = 60, HOUR = 3600, DAY = 86400 };

/* "30 minutes", "24 hours", "7 days". */
static const char *span(struct arena *a, int64_t seconds)
{
    if (seconds % DAY == 0 && seconds > DAY)
        return text_printf(a, "%lld days", (long long)(seconds / DAY));
    if (seconds == HOUR)
        return "1 hour";
    if (seconds % HOUR == 0)
        return text_printf(a, "%lld hours", (long long)(seconds / HOUR));
    return text_printf(a, "%lld minutes", (long long)(seconds / MINUTE));
}

/* HH-01: the address comes from the settings, never from a request. */
static const char *home(struct ctx *c)
{
    const char *url = c->config->public_url;
    size_t n = strlen(url);
    while (n > 0 && url[n - 1] == '/')
        n--;
    return text_copy(c->arena, url, n);
}

static void add_link(struct ctx *c, struct text_buffer *out, const char *page,
                     const struct letter *letter)
{
    must(letter->token != NULL && letter->ttl > 0);
    text_addf(out, "\n    %s%s?token=%s\n\nThe link works once, and for %s.\n", home(c), page,
              letter->token, span(c->arena, letter->ttl));
}

static void add_place(struct ctx *c, struct text_buffer *out)
{
    text_addf(out, "\n    When:  %s\n", time_rfc3339(c->arena, c->now));
    if (c->origin.address != NULL)
        text_addf(out, "    From:  %s\n", c->origin.address);
}

static const char *text_for(struct ctx *c, const struct letter *letter,
                            const struct letter_words *words)
{
    struct text_buffer out = text_buffer(c->arena);
    if (letter->full_name != NULL)
        text_addf(&out, "Hello %s,\n\n", letter->full_name);
    else
        text_add(&out, "Hello,\n\n");
    text_addf(&out, "%s\n", words->before);
    if (words->about && letter->about != NULL)
        text_addf(&out, "\n    %s\n", letter->about);
    if (words->page != NULL)
        add_link(c, &out, words->page, letter);
    if (words->place)
        add_place(c, &out);
    text_addf(&out, "\n%s\n\n-- \nSent by %s\n", words->after, home(c));
    return text_of(&out);
}

static const char *row_name(struct ctx *c, const char *id)
{
    return text_printf(c->arena, "outbox %s", id);
}

static RESULT write_row(struct ctx *c, const struct letter *letter, struct outbox_row *row)
{
    const struct letter_words *words = letter_words(letter->kind);
    *row = (struct outbox_row){
        .id = random_uuid(c),
        .kind = OUTBOX_MAIL,
        .user_id = letter->user_id,
        .recipient = letter->to,
        .subject = words->subject,
    };
    struct bytes text = bytes_of(text_for(c, letter, words));
    return seal_bytes(c, "outbox text", row_name(c, row->id), text, &row->sealed);
}

RESULT letter_post(struct ctx *c, const struct letter *letter)
{
    struct outbox_row row;
    TRY(write_row(c, letter, &row));
    return outbox_add(c, &row);
}

RESULT letter_rehearse(struct ctx *c, const struct letter *letter)
{
    struct outbox_row row;
    return write_row(c, letter, &row);
}

RESULT letter_open(struct ctx *c, const struct outbox_row *row, const char **text)
{
    struct bytes plain;
    if (row->sealed == NULL)
        return fail(c, INTERNAL, "the mail %s has no text any more", row->id);
    TRY(seal_open(c, "outbox text", row_name(c, row->id), row->sealed, &plain));
    *text = text_copy(c->arena, (const char *)plain.at, plain.n);
    return ok();
}
