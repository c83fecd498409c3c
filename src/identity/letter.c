/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/letter.h"

#include "base/config.h"
#include "base/random.h"
#include "base/time.h"
#include "crypto/seal.h"
#include "identity/letter_words.h"
#include "store/users.h"

#include <string.h>

enum { MINUTE = 60, HOUR = 3600, DAY = 86400 };

/* A phrase of the table, in the language of the letter. */
struct writing {
    struct ctx *c;
    const struct letter *letter;
    enum language language;
    struct text_buffer out;
};

static const char *said(const struct writing *w, enum letter_phrase phrase, const char *name,
                        const char *value)
{
    return text_fill(w->c->arena, letter_phrase(phrase, w->language), name, value);
}

static const char *counted(const struct writing *w, enum letter_phrase phrase, int64_t n)
{
    return said(w, phrase, "n", text_printf(w->c->arena, "%lld", (long long)n));
}

/* "30 minutes", "24 hours", "7 days". */
static const char *span(const struct writing *w, int64_t seconds)
{
    if (seconds % DAY == 0 && seconds > DAY)
        return counted(w, PHRASE_days, seconds / DAY);
    if (seconds % HOUR == 0)
        return counted(w, seconds == HOUR ? PHRASE_hour : PHRASE_hours, seconds / HOUR);
    return counted(w, PHRASE_minutes, seconds / MINUTE);
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

static void add_greeting(struct writing *w)
{
    const char *name = w->letter->full_name;
    text_addf(&w->out, "%s\n\n",
              name == NULL ? letter_phrase(PHRASE_hello, w->language)
                           : said(w, PHRASE_hello_name, "name", name));
}

/* What it is about: a name of somebody's choice, or what was changed. */
static void add_about(struct writing *w)
{
    const char *about = w->letter->about;
    if (about == NULL && w->letter->news != 0)
        about = counted(w, w->letter->news, w->letter->count);
    if (about != NULL)
        text_addf(&w->out, "\n    %s\n", about);
}

static void add_link(struct writing *w, const char *page)
{
    const struct letter *letter = w->letter;
    must(letter->token != NULL && letter->ttl > 0);
    text_addf(&w->out, "\n    %s%s?token=%s\n\n%s\n", home(w->c), page, letter->token,
              said(w, PHRASE_link_good, "span", span(w, letter->ttl)));
}

static void add_place(struct writing *w)
{
    text_addf(&w->out, "\n    %s\n",
              said(w, PHRASE_when, "value", time_rfc3339(w->c->arena, w->c->now)));
    if (w->c->origin.address != NULL)
        text_addf(&w->out, "    %s\n", said(w, PHRASE_from, "value", w->c->origin.address));
}

static const char *text_for(struct writing *w)
{
    const struct letter_words *words = letter_words(w->letter->kind, w->language);
    const struct letter_form *form = letter_form(w->letter->kind);
    add_greeting(w);
    text_addf(&w->out, "%s\n", words->before);
    if (form->about)
        add_about(w);
    if (form->page != NULL)
        add_link(w, form->page);
    if (form->place)
        add_place(w);
    text_addf(&w->out, "\n%s\n\n-- \n%s\n", words->after,
              said(w, PHRASE_sent_by, "value", home(w->c)));
    return text_of(&w->out);
}

/* EN-10: one read, whoever it is written to, and whether or not it is posted. */
static RESULT find_language(struct ctx *c, const struct letter *letter, enum language *out)
{
    const char *locale = letter->locale;
    *out = ENGLISH;
    if (locale == NULL)
        TRY(user_locale(c, letter->user_id == NULL ? "" : letter->user_id, &locale));
    if (locale == NULL)
        locale = c->origin.locale;
    if (locale != NULL)
        (void)language_of_tag(locale, out);
    return ok();
}

static const char *row_name(struct ctx *c, const char *id)
{
    return text_printf(c->arena, "outbox %s", id);
}

static RESULT write_row(struct ctx *c, const struct letter *letter, struct outbox_row *row)
{
    struct writing w = { .c = c, .letter = letter, .out = text_buffer(c->arena) };
    TRY(find_language(c, letter, &w.language));
    *row = (struct outbox_row){
        .id = random_uuid(c),
        .kind = OUTBOX_MAIL,
        .user_id = letter->user_id,
        .recipient = letter->to,
        .subject = letter_words(letter->kind, w.language)->subject,
    };
    struct bytes text = bytes_of(text_for(&w));
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
