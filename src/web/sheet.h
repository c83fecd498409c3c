/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_WEB_SHEET_H
#define UAUTH_WEB_SHEET_H

/*
 * A hosted page on its way to a person: what it shows, what was wrong with the form that they sent,
 * and how it is answered.  A handler makes one, puts values in, and ends with sheet_reply.
 *
 *     struct sheet *s = sheet_new(r, "/sign-in");
 *     sheet_put(s, "email", in->email);
 *     return sheet_reply(s, "sign_in", MESSAGE_sign_in_title);
 *
 * Templates find the mistake of a field as {{FIELD_mistake}}, and focus_FIELD at the first one; the
 * mistake of the whole form as {{trouble}}.  What a form says beyond its fields is one of the texts
 * of web/messages.def: no parameter is ever shown (WB-14).
 */

#include "web/messages.h"
#include "web/page.h"
#include "web/waiting.h"

enum { SHEET_VALUES_MAX = 48 };

struct sheet {
    struct req *r;
    enum language language;
    const char *address; /* see struct html_page */
    struct page_value values[SHEET_VALUES_MAX];
    size_t n;
    int status; /* 200 until a mistake is found */
    bool mistaken;
    bool troubled;
    bool secret;                    /* the address holds one: the page sends no referrer at all */
    const char *frames;             /* see struct html_page */
    const struct page_brand *brand; /* see struct html_page */
    bool redirects;                 /* its form may end at a client (decision 21) */
    struct waiting waiting;         /* what sheet_carry has found */
    const char *then;               /* the place that it has found instead; or NULL */
    const char *carry;              /* "", or the query for links */
};

/* A sheet in the language of whoever asks.  `address`: where it is found by GET, for the choice of
 * languages; or NULL. */
struct sheet *sheet_new(struct req *r, const char *address) __attribute__((returns_nonnull));

/* A text of the table in the language of the sheet. */
const char *sheet_text(const struct sheet *s, enum message message)
    __attribute__((returns_nonnull));

/* The same with one number in place of {n}. */
const char *sheet_count(const struct sheet *s, enum message message, int64_t n);

/* How long to wait, in seconds or, past two minutes, in minutes. */
const char *sheet_wait(const struct sheet *s, int64_t seconds) __attribute__((returns_nonnull));

/* A value of the template; NULL is as none.  `name` and `value` outlive the answer. */
void sheet_put(struct sheet *s, const char *name, const char *value);
void sheet_put_rows(struct sheet *s, const char *name, const struct page_values *rows, size_t n);

/* What a new password has to be, as `rules`. */
void sheet_put_rules(struct sheet *s);

/* A scope in words where there are some, else as the application writes it. */
const char *sheet_scope(const struct sheet *s, const char *scope) __attribute__((returns_nonnull));

/* What an application asks for, as `scopes`: in `words` where there are some, else as `scope`,
 * which is how the application writes it. */
void sheet_put_scopes(struct sheet *s, struct texts scopes);

/*
 * Carries on what the person came for, through forms and links of the page: `request`, if such a
 * request waits in this browser (then also `client_name`, and the sheet has the language that the
 * application asks for unless the person has chosen one), or else `then`, a name of the table
 * below or a URL of a host of AUTH_RETURN_HOSTS (decision 22). As values `request`, `then` and
 * `carry`, the query with which links pass them on.
 */
RESULT sheet_carry(struct sheet *s, const char *request, const char *then);

/* The same for what waiting_keep has kept here: on the pages that a mail leads to. */
RESULT sheet_carry_kept(struct sheet *s);

/* Has this browser keep it, for those pages. */
void sheet_keep(const struct sheet *s);

/* `path`, which may have a query, with what is carried on and `more`: "done=reset", or NULL. */
const char *sheet_path(const struct sheet *s, const char *path, const char *more)
    __attribute__((returns_nonnull));

/* Presents the page as the tenant does, if there is one. */
RESULT sheet_brand(struct sheet *s, const char *tenant_id);

/* The first of the tags `ui_locales` (or NULL) that we have, unless the person has chosen a
 * language.
 */
void sheet_speak(struct sheet *s, const char *ui_locales);

/* What is wrong with a field, or with the form as a whole (`status` 422, 429, ...). */
void sheet_mistake(struct sheet *s, const char *field, const char *text);
void sheet_trouble(struct sheet *s, const char *text, int status);

/* Whether `value` is there; else it is a mistake that it is not. */
bool sheet_needs(struct sheet *s, const char *field, const char *value);

/*
 * Whether the failure `e` is one that the person who filled in the form can mend, and then it is
 * put beside what has to be mended: fields, a weak password, wrong credentials (`wrong` says what,
 * at `field` or, if that is NULL, on top), too many attempts, and what was said in English and is
 * in the table.  Else the handler returns `e`.
 */
bool sheet_explains(struct sheet *s, err e, enum message wrong, const char *field);

/* Answers with the template `name`, whose forms carry the CSRF token; where no application is
 * concerned it is presented as by the tenant in which the person acts. */
RESULT sheet_reply(struct sheet *s, const char *name, enum message title);

/* Answers with a page that has no form.  Reads no database, and does not fail: failures are shown
 * so.
 */
RESULT sheet_show(struct sheet *s, const char *name, enum message title);

/* Where the browser goes when this page is done: to what is carried, or to the account. */
const char *sheet_next(const struct sheet *s) __attribute__((returns_nonnull));

/* Where a person is sent after signing in or confirming: one of our own pages, by a short name of a
 * fixed table; /account for any other. */
const char *sheet_then_path(const char *then) __attribute__((returns_nonnull));

/* The name under which the page of `path` stands in that table, or NULL. */
const char *sheet_then_name(const char *path);

#endif
