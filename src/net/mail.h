/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_NET_MAIL_H
#define UAUTH_NET_MAIL_H

/*
 * Sends one mail: by SMTP where AUTH_SMTP_URL is set, else as a file in the outbox folder.  Mails
 * that must not be lost are rows of the outbox table first (store/outbox.h); a job hands them to
 * this with their row's id, which becomes the Message-ID, so that a mail sent twice after a crash
 * can be told to be the same.
 */

#include "base/ctx.h"

struct resolver;

struct mail {
    const char *id; /* [A-Za-z0-9-]+ */
    const char *to; /* one bare address, checked by identity/email.h; CR, LF and others are refused
                       here too */
    const char *subject; /* one line of UTF-8 */
    const char *text;    /* plain text, UTF-8, lines end in LF */
};

/* Where mails go. */
struct mailer {
    struct resolver *resolver;
    const char *smtp_url; /* smtp://[user:password@]host[:port] with STARTTLS, or smtps://; "" for
                             the folder */
    const char *from;     /* "Name <address>" or an address */
    const char *folder;   /* the outbox folder, made with mode 0700 if it is missing */
};

struct outbound;

/* Prepares what is said to the server `smtp_url`, by TLS unless it is on this host; as mail_send.
 */
RESULT mail_open(struct ctx *c, struct resolver *resolver, const char *smtp_url,
                 struct outbound *out);

/*
 * Sends `mail`; gives up after 30 s.  UPSTREAM if the server cannot be reached, has no valid
 * certificate, does not offer TLS (unless it is on loopback) or refuses; the text says which,
 * without the password.  INVALID_REQUEST if the mail itself is not acceptable, here or to the
 * server (a reply of 550 to 559 about recipient or message): trying again will not help.
 */
RESULT mail_send(struct ctx *c, const struct mailer *mailer, const struct mail *mail);

/* The mail as an RFC 5322 message with CRLF line ends. */
RESULT mail_format(struct ctx *c, const char *from, const struct mail *mail, struct bytes *out);

/* The path of `mail` in the folder. */
const char *mail_path(struct ctx *c, const struct mailer *mailer, const struct mail *mail);

#endif
