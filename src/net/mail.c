/* SPDX-License-Identifier: Apache-2.0 */
#include "net/mail.h"

#include "base/codec.h"
#include "base/text.h"
#include "base/time.h"
#include "net/outbound.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    SEND_MS = 30000,
    ADDRESS_BYTES = 320,
    SUBJECT_BYTES = 512,
    LINE_BYTES = 76,
    WORD_BYTES = 39
};

static bool is_one_line(const char *text, size_t bytes_max)
{
    return text[0] != '\0' && strlen(text) <= bytes_max && !text_has_control(text);
}

static bool is_id(const char *id)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-";
    return id[0] != '\0' && strspn(id, allowed) == strlen(id);
}

/* The address inside "Name <address>", or the whole. */
static const char *bare_address(struct arena *a, const char *mailbox)
{
    const char *open = strrchr(mailbox, '<');
    size_t n = strlen(mailbox);
    if (open == NULL || mailbox[n - 1] != '>')
        return mailbox;
    size_t from = (size_t)(open + 1 - mailbox);
    return text_copy(a, open + 1, n - 1 - from);
}

/* One address and nothing that SMTP or a header could take for more than that. */
static bool is_address(const char *address)
{
    const char *at = strchr(address, '@');
    return is_one_line(address, ADDRESS_BYTES) && at != NULL && at != address && at[1] != '\0' &&
           strpbrk(address, " <>,;:\"()[]\\") == NULL && strchr(at + 1, '@') == NULL;
}

static bool is_ascii(const char *text)
{
    for (; *text != '\0'; text++)
        if ((unsigned char)*text > 126)
            return false;
    return true;
}

/* RFC 2047 2, 5: encoded words of at most 39 bytes of text each, so that no line is longer than 76
 * with the name of the field; cut between characters. */
static const char *encode_words(struct arena *a, const char *text)
{
    if (is_ascii(text))
        return text;
    struct text_buffer out = text_buffer(a);
    size_t n = strlen(text);
    for (size_t from = 0; from < n;) {
        size_t to = n - from > WORD_BYTES ? from + WORD_BYTES : n;
        while (to < n && ((unsigned char)text[to] & 0xc0) == 0x80)
            to--;
        struct bytes part = { (const uint8_t *)text + from, to - from };
        text_addf(&out, "%s=?utf-8?B?%s?=", from == 0 ? "" : "\r\n ", base64_encode(a, part, true));
        from = to;
    }
    return text_of(&out);
}

/* RFC 2047 5 (3): the name before an address is encoded, and without its quotes; an address never
 * is. */
static const char *encode_mailbox(struct arena *a, const char *mailbox)
{
    const char *address = bare_address(a, mailbox);
    if (is_ascii(mailbox) || address == mailbox)
        return mailbox;
    size_t n = strlen(mailbox) - strlen(address) - 2;
    const char *name = text_trim(a, text_copy(a, mailbox, n));
    size_t length = strlen(name);
    if (length > 1 && name[0] == '"' && name[length - 1] == '"')
        name = text_copy(a, name + 1, length - 2);
    return text_printf(a, "%s <%s>", encode_words(a, name), address);
}

/* The body in base64 lines: whatever it holds cannot end the message or begin a header. */
static void add_body(struct text_buffer *out, struct arena *a, const char *text)
{
    const char *encoded = base64_encode(a, bytes_of(text), true);
    size_t n = strlen(encoded);
    for (size_t at = 0; at < n; at += LINE_BYTES) {
        text_add_bytes(out, encoded + at, n - at > LINE_BYTES ? LINE_BYTES : n - at);
        text_add(out, "\r\n");
    }
}

static const char *with_crlf(struct arena *a, const char *text)
{
    struct text_buffer out = text_buffer(a);
    for (const char *line = text; *line != '\0';) {
        size_t n = strcspn(line, "\n");
        text_add_bytes(&out, line, n);
        text_add(&out, "\r\n");
        line += line[n] == '\n' ? n + 1 : n;
    }
    return text_of(&out);
}

RESULT mail_format(struct ctx *c, const char *from, const struct mail *mail, struct bytes *out)
{
    const char *sender = bare_address(c->arena, from);
    if (!is_address(mail->to) || !is_address(sender) || !is_one_line(from, ADDRESS_BYTES))
        return fail(c, INVALID_REQUEST,
                    "a mail has one sender and one recipient, both plain addresses");
    if (!is_one_line(mail->subject, SUBJECT_BYTES) || !is_id(mail->id))
        return fail(c, INVALID_REQUEST,
                    "a mail's subject is one line; its id is letters, digits and dashes");
    struct text_buffer message = text_buffer(c->arena);
    /* RFC 5322 3.6; RFC 3834 5: nothing should answer this by itself. */
    text_addf(
        &message,
        "Date: %s\r\nFrom: %s\r\nTo: <%s>\r\nSubject: %s\r\nMessage-ID: <%s@%s>\r\n"
        "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"
        "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n",
        time_http(c->arena, c->now), encode_mailbox(c->arena, from), mail->to,
        encode_words(c->arena, mail->subject), mail->id, strchr(sender, '@') + 1);
    add_body(&message, c->arena, with_crlf(c->arena, mail->text));
    *out = bytes_of(text_of(&message));
    return ok();
}

const char *mail_path(struct ctx *c, const struct mailer *mailer, const struct mail *mail)
{
    return text_printf(c->arena, "%s/%s.eml", mailer->folder, mail->id);
}

static bool write_whole(int fd, struct bytes out)
{
    while (out.n > 0) {
        ssize_t n = write(fd, out.at, out.n);
        if (n < 0 && errno != EINTR)
            return false;
        if (n > 0)
            out = (struct bytes){ out.at + n, out.n - (size_t)n };
    }
    return fsync(fd) == 0;
}

/* For people to read, so the text is not encoded; written beside and renamed, so that it is there
 * whole. */
static RESULT put_into_folder(struct ctx *c, const struct mailer *mailer, const struct mail *mail)
{
    if (mkdir(mailer->folder, 0700) != 0 && errno != EEXIST)
        return fail(c, UNAVAILABLE, "the outbox folder %s cannot be made: %s", mailer->folder,
                    strerrordesc_np(errno));
    const char *path = mail_path(c, mailer, mail);
    const char *beside = text_printf(c->arena, "%s.part", path);
    const char *message =
        text_printf(c->arena, "Date: %s\nFrom: %s\nTo: <%s>\nSubject: %s\n\n%s\n",
                    time_http(c->arena, c->now), mailer->from, mail->to, mail->subject, mail->text);
    int fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    bool written = fd >= 0 && write_whole(fd, bytes_of(message));
    if (fd >= 0)
        (void)close(fd);
    if (!written || rename(beside, path) != 0)
        return fail(c, UNAVAILABLE, "the mail %s cannot be written: %s", path,
                    strerrordesc_np(errno));
    return ok();
}

static size_t give(char *to, size_t size, size_t count, void *arg)
{
    struct bytes *left = arg;
    size_t n = size * count < left->n ? size * count : left->n;
    memcpy(to, left->at, n);
    *left = (struct bytes){ left->at + n, left->n - n };
    return n;
}

/* RFC 5321 4.2.1, 4.2.3: 550 and up, about the recipient or the message, hold for good; about the
 * sender they are a matter of settings. */
static bool is_refused_for_good(struct ctx *c, const struct outbound *to)
{
    long reply = 0;
    (void)to->lib->easy_getinfo(to->curl, CURLINFO_RESPONSE_CODE, &reply);
    return reply >= 550 && reply <= 559 && strstr(c->fault.text, "MAIL failed") == NULL;
}

static RESULT perform(struct ctx *c, struct outbound *to)
{
    err sent = outbound_perform(c, to);
    if (sent.code != ERR_UPSTREAM || !is_refused_for_good(c, to))
        return sent;
    const char *why = c->fault.text;
    fault_clear(c);
    return fail(c, INVALID_REQUEST, "%s", why);
}

/* A server that does not offer STARTTLS is refused, except on this host (SR-09). */
RESULT mail_open(struct ctx *c, struct resolver *resolver, const char *smtp_url,
                 struct outbound *out)
{
    const struct outbound_plan plan = { smtp_url, OUTBOUND_CONFIGURED, SEND_MS, NULL };
    TRY(outbound_open(c, resolver, &plan, out));
    long tls = out->loopback ? CURLUSESSL_TRY : CURLUSESSL_ALL;
    (void)out->lib->easy_setopt(out->curl, CURLOPT_USE_SSL, tls);
    return ok();
}

static RESULT put_to_server(struct ctx *c, const struct mailer *mailer, const struct mail *mail,
                            struct bytes message)
{
    struct outbound to;
    TRY(mail_open(c, mailer->resolver, mailer->smtp_url, &to));
    const char *sender = text_printf(c->arena, "<%s>", bare_address(c->arena, mailer->from));
    struct curl_slist *recipients =
        to.lib->slist_append(NULL, text_printf(c->arena, "<%s>", mail->to));
    if (recipients == NULL)
        return fail(c, UNAVAILABLE, "no memory for a mail's recipient");
    ARENA_OWN(c->arena, struct curl_slist, to.lib->slist_free_all, recipients);
    (void)to.lib->easy_setopt(to.curl, CURLOPT_MAIL_FROM, sender);
    (void)to.lib->easy_setopt(to.curl, CURLOPT_MAIL_RCPT, recipients);
    (void)to.lib->easy_setopt(to.curl, CURLOPT_UPLOAD, 1L);
    (void)to.lib->easy_setopt(to.curl, CURLOPT_READFUNCTION, give);
    (void)to.lib->easy_setopt(to.curl, CURLOPT_READDATA, &message);
    return perform(c, &to);
}

RESULT mail_send(struct ctx *c, const struct mailer *mailer, const struct mail *mail)
{
    struct bytes message;
    TRY(mail_format(c, mailer->from, mail, &message));
    return mailer->smtp_url[0] != '\0' ? put_to_server(c, mailer, mail, message)
                                       : put_into_folder(c, mailer, mail);
}
