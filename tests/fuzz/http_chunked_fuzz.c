/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The chunked coding: the outcome and the data are the same whole and in parts, and within bounds.
 */
#include "base/result.h"
#include "net/http_chunked.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { BODY_MAX = 300 };

struct outcome {
    enum http_step step;
    struct http_refusal refusal;
    size_t read, n;
    uint8_t data[BODY_MAX];
};

/* Reads `in`, which is given in parts of at most `most` bytes. */
static void feed(struct bytes in, size_t most, struct outcome *o)
{
    struct http_chunked chunked = { 0 };
    *o = (struct outcome){ .step = HTTP_MORE };
    while (o->step == HTTP_MORE && o->read < in.n) {
        size_t part = in.n - o->read < most ? in.n - o->read : most;
        struct http_chunk_run run = { 0 };
        uint8_t *exact = malloc(part);
        memcpy(exact, in.at + o->read, part);
        o->step =
            http_chunked_read(&chunked, (struct bytes){ exact, part }, BODY_MAX, &run, &o->refusal);
        must(run.used <= part && run.data.n <= run.used && (run.used > 0 || part == 0));
        must(o->step == HTTP_REFUSED || run.data.n <= BODY_MAX - o->n);
        if (run.data.n > 0)
            memcpy(o->data + o->n, run.data.at, run.data.n);
        o->n += run.data.n;
        o->read += run.used;
        free(exact);
    }
    must(o->step != HTTP_READY || chunked.total == o->n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct outcome whole;
    struct outcome parts;
    struct bytes in = { data, size };
    feed(in, size, &whole);
    for (size_t most = 1; most <= 7; most += 3) {
        feed(in, most, &parts);
        must(whole.step == parts.step && whole.read == parts.read && whole.n == parts.n);
        must(memcmp(whole.data, parts.data, whole.n) == 0);
        must(whole.refusal.status == parts.refusal.status &&
             whole.refusal.why == parts.refusal.why);
    }
    return 0;
}
