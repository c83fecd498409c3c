/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The head of a request: the outcome is the same whole, byte by byte and in parts, and what is
 * taken keeps the promises of http_message.h.
 */
#include "base/result.h"
#include "net/http_parser.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct outcome {
    enum http_step step;
    struct http_refusal refusal;
    struct http_head head;
    size_t head_n;
};

/* Feeds prefixes that grow by `step` bytes, each in memory of its own size. */
static struct outcome feed(struct bytes in, size_t step)
{
    struct outcome o = { .step = HTTP_MORE };
    struct http_scan scan = { 0 };
    for (size_t n = step < in.n ? step : in.n; o.step == HTTP_MORE; n += step) {
        size_t part = n < in.n ? n : in.n;
        uint8_t *exact = malloc(part);
        if (part > 0)
            memcpy(exact, in.at, part);
        o.step =
            http_head_read(&scan, (struct bytes){ exact, part }, &o.head, &o.head_n, &o.refusal);
        free(exact);
        if (part == in.n)
            break;
    }
    return o;
}

static void expect_same(const struct outcome *a, const struct outcome *b)
{
    must(a->step == b->step);
    if (a->step == HTTP_REFUSED)
        must(a->refusal.status == b->refusal.status && a->refusal.why == b->refusal.why);
    if (a->step == HTTP_READY)
        /* Both are zeroed first, so padding is the same, too.
         * NOLINTNEXTLINE(bugprone-suspicious-memory-comparison,cert-exp42-c,cert-flp37-c) */
        must(a->head_n == b->head_n && memcmp(&a->head, &b->head, sizeof a->head) == 0);
}

static void expect_path(const char *path)
{
    must(path[0] == '/' && strstr(path, "//") == NULL && strchr(path, '\\') == NULL);
    must(strstr(path, "/../") == NULL && strstr(path, "/./") == NULL);
    must(!text_ends(path, "/..") && !text_ends(path, "/."));
    must(text_is_utf8(bytes_of(path)));
    for (; *path != '\0'; path++)
        must((unsigned char)*path >= ' ' && *path != 0x7f);
}

static size_t count(const struct http_request *request, const char *name)
{
    size_t n = 0;
    for (size_t i = 0; i < request->headers_n; i++)
        n += text_equal(request->headers[i].name, name);
    return n;
}

static void expect_request(const struct http_request *request, const struct http_head *head)
{
    expect_path(request->path);
    must(request->host[0] != '\0' && count(request, "host") == 1);
    must(count(request, "content-length") + count(request, "transfer-encoding") <= 1);
    must(head->chunked == (count(request, "transfer-encoding") == 1));
    must(head->length == 0 || count(request, "content-length") == 1);
    must(request->headers_n <= HTTP_FIELDS_MAX);
    for (size_t i = 0; i < request->headers_n; i++) {
        const struct http_header *h = &request->headers[i];
        must(h->name[0] != '\0' && strpbrk(h->name, "_ \t:\r\n") == NULL);
        must(strpbrk(h->name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == NULL);
        must(strpbrk(h->value, "\r\n") == NULL && text_is_utf8(bytes_of(h->value)));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes in = { data, size };
    struct outcome whole = feed(in, size == 0 ? 1 : size);
    size_t part = size == 0 ? 1 : 1 + data[size / 2] % (size < 64 ? size : 64);
    struct outcome parts = feed(in, part);
    expect_same(&whole, &parts);
    if (size <= 512) {
        struct outcome bytes = feed(in, 1);
        expect_same(&whole, &bytes);
    }
    if (whole.step != HTTP_READY)
        return 0;
    struct arena *a = arena_new(ARENA_REQUEST_CEILING);
    must(whole.head_n <= size && whole.head_n <= HTTP_HEAD_MAX + 2);
    expect_request(http_request_new(a, &whole.head, (struct bytes){ data, whole.head_n }),
                   &whole.head);
    arena_end(a);
    return 0;
}
