/* SPDX-License-Identifier: Apache-2.0 */
#include "net/http_handover.h"

#include "net/http_io.h"
#include "net/http_stream.h"

/* All of it; false if some is left, or job->output is NULL because nobody can read it. */
static bool send_output(struct http_job *job)
{
    struct buffer *out = job->output;
    while (out != NULL && out->from < out->n) {
        ssize_t put = http_stream_put(job->ssl, job->fd, out->at + out->from, out->n - out->from);
        if (put == HTTP_STREAM_WAIT)
            return false;
        if (put == HTTP_STREAM_BROKEN) {
            buffer_give(NULL, out);
            job->output = NULL;
            return false;
        }
        http_count(&job->io->totals.bytes_out, (uint64_t)put);
        out->from += (size_t)put;
    }
    return out != NULL;
}

/* Each job brings a buffer and leaves one: what it brought, or what held its reply, holds the next.
 */
static void keep_buffer(struct http_job *job, struct buffer_pool *spare)
{
    struct buffer **which = job->sent ? &job->output : &job->input;
    buffer_give(spare->n == 0 ? spare : NULL, *which);
    *which = NULL;
}

void http_handover(struct http_job *job, struct buffer_pool *spare)
{
    struct http_io *io = job->io;
    int running = HTTP_JOB_RUNNING;
    /* It may lie in the inbox for a while, with somebody's password. */
    buffer_wipe(job->input);
    if (!atomic_compare_exchange_strong(&job->state, &running, HTTP_JOB_SENDING)) {
        http_count(&io->totals.dropped, 1);
        keep_buffer(job, spare);
        http_job_free(job);
        return;
    }
    /* Whoever sees the reply finds it counted. */
    http_count(&io->totals.responses[job->status / 100], 1);
    job->sent = send_output(job);
    keep_buffer(job, spare);
    http_inbox_done(&io->inbox, job, !job->sent || job->close);
}
