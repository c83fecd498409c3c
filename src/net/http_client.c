/* SPDX-License-Identifier: Apache-2.0 */
#include "net/http_client.h"

#include "base/text.h"
#include "net/tls_pin.h"

#include <string.h>

/* What has come so far; `too_much` ends the transfer. */
struct receiving {
    struct ctx *c;
    struct http_answer *answer;
    struct text_buffer body;
    size_t body_max, head_bytes;
    const char *too_much;
};

static size_t take_body(char *at, size_t size, size_t count, void *arg)
{
    struct receiving *r = arg;
    size_t n = size * count;
    if (n > r->body_max - r->body.n) {
        r->too_much = "the answer's body is larger than is taken";
        return 0;
    }
    text_add_bytes(&r->body, at, n);
    return n;
}

static void add_header(struct receiving *r, const char *line, size_t n)
{
    const char *colon = memchr(line, ':', n);
    if (colon == NULL)
        return; /* the status line, or the empty one at the end */
    struct arena *a = r->c->arena;
    size_t name = (size_t)(colon - line);
    r->answer->headers[r->answer->headers_n++] = (struct http_answer_header){
        text_lower(a, text_copy(a, line, name)),
        text_trim(a, text_copy(a, colon + 1, n - name - 1)),
    };
}

static size_t take_header(char *at, size_t size, size_t count, void *arg)
{
    struct receiving *r = arg;
    size_t n = size * count, line = n;
    while (line > 0 && (at[line - 1] == '\n' || at[line - 1] == '\r'))
        line--;
    r->head_bytes += n;
    if (r->head_bytes > HTTP_ANSWER_HEAD_BYTES || r->answer->headers_n == HTTP_ANSWER_HEADERS_MAX) {
        r->too_much = "the answer's head is larger than is taken";
        return 0;
    }
    /* A 100 Continue before the answer proper: what it said is not part of the answer. */
    if (line > 5 && memcmp(at, "HTTP/", 5) == 0)
        r->answer->headers_n = 0;
    if (memchr(at, '\0', line) == NULL)
        add_header(r, at, line);
    return n;
}

static RESULT set_headers(struct ctx *c, const struct outbound *o, const struct http_call *call)
{
    struct curl_slist *list = NULL;
    for (size_t i = 0; i <= call->headers_n; i++) {
        /* Without the last a body larger than 1 KiB waits for a 100 Continue that may never come.
         */
        const char *header = i < call->headers_n ? call->headers[i] : "Expect:";
        must(!text_has_control(header));
        struct curl_slist *longer = o->lib->slist_append(list, header);
        if (longer == NULL) {
            o->lib->slist_free_all(list);
            return fail(c, UNAVAILABLE, "no memory for the headers of a call");
        }
        list = longer;
    }
    ARENA_OWN(c->arena, struct curl_slist, o->lib->slist_free_all, list);
    (void)o->lib->easy_setopt(o->curl, CURLOPT_HTTPHEADER, list);
    return ok();
}

static void set_body(const struct outbound *o, const struct http_call *call)
{
    if (call->body.n > 0 || text_equal(call->method, "POST")) {
        (void)o->lib->easy_setopt(o->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->body.n);
        (void)o->lib->easy_setopt(o->curl, CURLOPT_POSTFIELDS,
                                  call->body.n > 0 ? (const void *)call->body.at : "");
    }
    if (text_equal(call->method, "HEAD"))
        (void)o->lib->easy_setopt(o->curl, CURLOPT_NOBODY, 1L);
    else
        (void)o->lib->easy_setopt(o->curl, CURLOPT_CUSTOMREQUEST, call->method);
}

static RESULT set_certificate(struct ctx *c, const struct outbound *o, const struct http_call *call)
{
    if (call->certificate == NULL)
        return ok();
    struct bytes own = bytes_of(call->certificate), key = bytes_of(call->certificate_key);
    struct curl_blob own_blob = { arena_copy(c->arena, own.at, own.n), own.n, CURL_BLOB_NOCOPY };
    struct curl_blob key_blob = { arena_copy(c->arena, key.at, key.n), key.n, CURL_BLOB_NOCOPY };
    if (o->lib->easy_setopt(o->curl, CURLOPT_SSLCERT_BLOB, &own_blob) != CURLE_OK ||
        o->lib->easy_setopt(o->curl, CURLOPT_SSLKEY_BLOB, &key_blob) != CURLE_OK)
        return fail(c, UNAVAILABLE, "a certificate of ours cannot be used");
    return ok();
}

RESULT http_call(struct ctx *c, struct resolver *resolver, const struct http_call *call,
                 struct http_answer *out)
{
    struct outbound o;
    const struct outbound_plan plan = { call->url, call->origin, call->limit_ms, call->kept };
    must(call->pinned == NULL || call->kept == NULL);
    TRY(outbound_open(c, resolver, &plan, &o));
    struct http_answer answer = { .status = 0 };
    struct receiving r = { c, &answer, text_buffer(c->arena), call->answer_max, 0, NULL };
    TRY(set_headers(c, &o, call));
    TRY(set_certificate(c, &o, call));
    if (call->pinned != NULL)
        TRY(tls_pin(c, &o, call->pinned));
    set_body(&o, call);
    (void)o.lib->easy_setopt(o.curl, CURLOPT_WRITEFUNCTION, take_body);
    (void)o.lib->easy_setopt(o.curl, CURLOPT_WRITEDATA, &r);
    (void)o.lib->easy_setopt(o.curl, CURLOPT_HEADERFUNCTION, take_header);
    (void)o.lib->easy_setopt(o.curl, CURLOPT_HEADERDATA, &r);
    err performed = outbound_perform(c, &o);
    long status = 0;
    (void)o.lib->easy_getinfo(o.curl, CURLINFO_RESPONSE_CODE, &status);
    outbound_close(&o);
    if (r.too_much != NULL) {
        fault_clear(c);
        return fail(c, UPSTREAM, "%s: %s", o.host, r.too_much);
    }
    TRY(performed);
    answer.status = (int)status;
    answer.body = (struct bytes){ (const uint8_t *)text_of(&r.body), r.body.n };
    *out = answer;
    return ok();
}

const char *http_answer_header(const struct http_answer *answer, const char *name)
{
    for (size_t i = 0; i < answer->headers_n; i++)
        if (text_equal(answer->headers[i].name, name))
            return answer->headers[i].value;
    return NULL;
}
