/* SPDX-License-Identifier: Apache-2.0 */
#include "app/audit_heads.h"

#include "base/config.h"
#include "base/text.h"
#include "net/http_client.h"
#include "store/meta.h"
#include "token/audit_head.h"
#include "token/audit_key.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 16 * 1024, POST_MS = 5000, ANSWER_MAX = 16 * 1024 };

/* Whether `newest` is to be passed on after one of the time `last_at` (0: none yet).  A clock that
 * was put back holds nothing up. */
static bool is_due(const struct ctx *c, int64_t last_at)
{
    return last_at == 0 || c->now < last_at || c->now - last_at >= c->config->audit_heads_seconds;
}

/* ---- the file ---- */

static RESULT cannot(struct ctx *c, const char *what, int why)
{
    return fail(c, UNAVAILABLE, "the file of heads %s cannot be %s: %s",
                c->config->audit_heads_file, what, strerrordesc_np(why));
}

/* The last whole line, or NULL; *cut: something stands after it. */
static RESULT last_line(struct ctx *c, int fd, const char **line, bool *cut)
{
    char *text = arena_alloc(c->arena, LINE_MAX_BYTES + 1);
    off_t size = lseek(fd, 0, SEEK_END);
    off_t from = size > LINE_MAX_BYTES ? size - LINE_MAX_BYTES : 0;
    ssize_t n = size < 0 ? -1 : pread(fd, text, LINE_MAX_BYTES, from);
    if (n < 0)
        return cannot(c, "read", errno);
    text[n] = '\0';
    *line = NULL;
    char *end = memrchr(text, '\n', (size_t)n);
    *cut = n > 0 && end != text + n - 1;
    if (end == NULL)
        return ok();
    *end = '\0';
    char *begin = strrchr(text, '\n');
    *line = begin == NULL ? text : begin + 1;
    return ok();
}

/* What the last line says.  One that is none of ours, or under a key that is not ours, says
 * nothing. */
static RESULT last_head(struct ctx *c, const char *line, struct audit_head *out)
{
    const char *jwks = NULL;
    struct key_set keys;
    *out = (struct audit_head){ .log = NULL };
    if (line == NULL)
        return ok();
    TRY(audit_keys_jwks(c, &jwks));
    TRY(key_set_read(c, c->arena, bytes_of(jwks), &keys));
    if (audit_head_read(c, line, &keys, out).code != ERR_OK) {
        fault_clear(c);
        *out = (struct audit_head){ .log = NULL };
    }
    return ok();
}

static RESULT check_age(struct ctx *c, const struct audit_head *last)
{
    const struct audit_log *log = NULL;
    TRY(audit_log_current(c, &log));
    if (last->log == NULL || log == NULL || !text_equal(log->log, last->log) ||
        last->tree.size <= log->range.n)
        return ok();
    return fail(c, UNAVAILABLE,
                "the audit has %lld records, and a head of %lld stands in %s: the database is an "
                "older one that was put back; uauth restore --in-place says so in the audit",
                (long long)log->range.n, (long long)last->tree.size, c->config->audit_heads_file);
}

static RESULT append(struct ctx *c, int fd, const char *token, bool cut)
{
    const char *line = text_printf(c->arena, "%s%s\n", cut ? "\n" : "", token);
    size_t n = strlen(line);
    errno = ENOSPC; /* where less was written than was asked for */
    return write(fd, line, n) == (ssize_t)n && fsync(fd) == 0 ? ok() : cannot(c, "written", errno);
}

static RESULT write_to(struct ctx *c, int fd)
{
    const struct audit_head_row *newest = NULL;
    const char *line = NULL;
    bool cut = false;
    struct audit_head last;
    TRY(audit_head_newest(c, &newest));
    TRY(last_line(c, fd, &line, &cut));
    TRY(last_head(c, line, &last));
    TRY(check_age(c, &last));
    if (newest == NULL || (line != NULL && text_equal(line, newest->token)) || !is_due(c, last.at))
        return ok();
    return append(c, fd, newest->token, cut);
}

RESULT audit_heads_write(struct ctx *c)
{
    if (c->config->audit_heads_file[0] == '\0')
        return ok();
    int fd = open(c->config->audit_heads_file, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
                  0600);
    if (fd < 0)
        return cannot(c, "opened", errno);
    err done = write_to(c, fd);
    (void)close(fd);
    return done;
}

/* ---- the address ---- */

/* Which head was taken last, on whatever node: log, size and time. */
struct taken {
    int64_t number, size, at;
};

static RESULT read_taken(struct ctx *c, struct taken *out)
{
    const char *text = NULL;
    *out = (struct taken){ 0 };
    TRY(meta_get(c, META_AUDIT_POSTED, &text));
    struct texts parts = text_split(c->arena, text == NULL ? "" : text, ' ');
    if (parts.n != 3 || !text_int(parts.at[0], 0, INT64_MAX, &out->number) ||
        !text_int(parts.at[1], 0, INT64_MAX, &out->size) ||
        !text_int(parts.at[2], 0, INT64_MAX, &out->at))
        *out = (struct taken){ 0 };
    return ok();
}

static RESULT post(struct ctx *c, struct resolver *resolver, const char *token)
{
    const char *secret = c->config->audit_heads_token;
    const char *headers[] = { "Content-Type: application/jwt",
                              text_printf(c->arena, "Authorization: Bearer %s", secret) };
    struct http_answer *answer = ARENA_NEW(c->arena, struct http_answer);
    const struct http_call call = {
        .method = "POST",
        .url = c->config->audit_heads_url,
        .origin = OUTBOUND_CONFIGURED,
        .headers = headers,
        .headers_n = secret[0] == '\0' ? 1 : 2,
        .body = bytes_of(token),
        .answer_max = ANSWER_MAX,
        .limit_ms = POST_MS,
    };
    TRY(http_call(c, resolver, &call, answer));
    if (answer->status / 100 != 2)
        return fail(c, UPSTREAM, "a head of the audit was answered with %d", answer->status);
    return ok();
}

RESULT audit_heads_post(struct ctx *c, struct resolver *resolver)
{
    const struct audit_head_row *newest = NULL;
    struct taken taken;
    if (c->config->audit_heads_url[0] == '\0')
        return ok();
    TRY(audit_head_newest(c, &newest));
    TRY(read_taken(c, &taken));
    bool known = newest == NULL || (newest->number == taken.number && newest->size == taken.size);
    if (known || !is_due(c, taken.at))
        return ok();
    TRY(post(c, resolver, newest->token));
    return meta_set(c, META_AUDIT_POSTED,
                    text_printf(c->arena, "%lld %lld %lld", (long long)newest->number,
                                (long long)newest->size, (long long)c->now));
}
