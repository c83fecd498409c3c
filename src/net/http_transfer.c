/* SPDX-License-Identifier: Apache-2.0 */
#include "net/http_transfer.h"

#include "net/http_connection.h"

enum http_go http_transfer_close(struct http_connection *k)
{
    http_connection_close(k);
    return HTTP_GO_GONE;
}

/* A connection between requests, or whose bytes are all taken, holds no buffer. */
static void release_empty(struct http_connection *k)
{
    if (k->in == NULL || k->in->n > 0)
        return;
    buffer_give(&k->io->pool, k->in);
    k->in = NULL;
}

enum http_go http_transfer_took(struct http_connection *k, ssize_t got)
{
    if (got > 0) {
        k->in->n += (size_t)got;
        return HTTP_GO_ON;
    }
    if (got != HTTP_STREAM_WAIT)
        return http_transfer_close(k);
    release_empty(k);
    return HTTP_GO_WAIT;
}

enum http_go http_transfer_fill(struct http_connection *k, size_t most)
{
    if (!k->readable || (k->drained && k->in == NULL))
        return http_transfer_took(k, HTTP_STREAM_WAIT);
    if (k->in == NULL)
        k->in = buffer_take(&k->io->pool, BUFFER_ROOM);
    if (k->in == NULL)
        return http_transfer_close(k);
    size_t room = k->in->room - k->in->n;
    return http_transfer_took(k,
                              http_stream_read(k, k->in->at + k->in->n, most < room ? most : room));
}

enum http_go http_transfer_flush(struct http_connection *k)
{
    struct buffer *out = k->out;
    if (out == NULL)
        return HTTP_GO_ON;
    while (out->from < out->n) {
        if (!k->writable)
            return HTTP_GO_WAIT;
        ssize_t put = http_stream_write(k, out->at + out->from, out->n - out->from);
        if (put == HTTP_STREAM_WAIT)
            return HTTP_GO_WAIT;
        if (put == HTTP_STREAM_BROKEN)
            return http_transfer_close(k);
        out->from += (size_t)put;
    }
    buffer_give(&k->io->pool, out);
    k->out = NULL;
    return HTTP_GO_ON;
}
