/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_IDENTITY_LETTER_H
#define UAUTH_IDENTITY_LETTER_H

/*
 * The mails that the service writes: their words, and their way into the outbox.  The text is
 * sealed there, since links are secrets; whoever delivers opens it.  Links are made from public_url
 * and nothing else (HH-01).  A letter is in the language of who reads it: the account's, else that
 * of whoever causes it (struct origin), else English.
 */

#include "store/outbox.h"

enum letter_kind {
    LETTER_VERIFY_EMAIL,     /* link: verify */
    LETTER_ALREADY_HERE,     /* somebody wanted an address that has an account: no link */
    LETTER_RESET_PASSWORD,   /* link: reset */
    LETTER_CHOOSE_PASSWORD,  /* for who was made by somebody else; link: reset; `about`: where */
    LETTER_CHANGE_EMAIL,     /* to the new address; link: verify */
    LETTER_EMAIL_CHANGED,    /* to the old address */
    LETTER_PASSWORD_CHANGED, /* also after a reset */
    LETTER_NEW_SIGN_IN,      /* from a browser not seen before (AU-10) */
    LETTER_MFA_CHANGED,      /* `news` says what */
    LETTER_MFA_LOCKED,
    LETTER_IDENTITY_CHANGED, /* `news` says what */
    LETTER_API_KEY_MADE,     /* `about`: its name (AU-10) */
    LETTER_TOKEN_REUSED,     /* a stolen refresh token, perhaps */
    LETTER_INVITATION,       /* link: register; `about`: into which tenant */
    LETTER_JOIN,             /* the same to who has an account; link: join */
    LETTER_DEVICE_ALLOWED,   /* `about`: which, and from where it asks */
    LETTER_IMPERSONATED,     /* `about`: who acts as the user (AU-10) */
    LETTER_ACCOUNT_ERASED
};

enum letter_phrase {
#define PHRASE(name, en, de, fr, es, zh, ja) PHRASE_##name,
#define LETTER(kind, page, about, place, en, de, fr, es, zh, ja)
#include "identity/letters.def"
#undef LETTER
#undef PHRASE
    PHRASES
};

struct letter {
    enum letter_kind kind;
    const char *user_id;     /* whom it concerns, or NULL */
    const char *to;          /* the address as entered */
    const char *full_name;   /* of the greeting; NULL where whoever typed it may be somebody else */
    const char *token;       /* of the link, where the kind has one */
    int64_t ttl;             /* how long that is good, in seconds */
    const char *about;       /* the name of the tenant or key, where the kind asks for it */
    enum letter_phrase news; /* what was changed, where the kind asks for it */
    int64_t count;           /* the {n} of that */
    const char *locale;      /* that the reader is known to read (BCP 47); NULL: see above */
};

/* Writes it and puts it into the outbox: in the transaction of what it tells of. */
RESULT letter_post(struct ctx *c, const struct letter *letter);

/* Writes and seals it, and does not post it: so that not sending takes as long (EN-10). */
RESULT letter_rehearse(struct ctx *c, const struct letter *letter);

/* Opens what letter_post sealed: the text of the mail. */
RESULT letter_open(struct ctx *c, const struct outbox_row *row, const char **text);

#endif
