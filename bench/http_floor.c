/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The server of net/http_server.h with one fixed answer: what HTTP itself costs here (P1, P11).
 *
 *     http_floor ADDRESS BYTES [IO_THREADS [CERT KEY]]    until SIGTERM or SIGINT; prints the
 * address
 */
#include "net/http_server.h"
#include "net/tls.h"

#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fixed {
    char *at;
    size_t n;
};

static enum http_cost classify(void *it, const struct http_request *head, size_t *body_max)
{
    (void)it;
    (void)body_max;
    return text_equal(head->path, "/plain") ? HTTP_PLAIN : HTTP_INLINE;
}

static void handle(void *it, const struct http_work *work, struct http_response *response)
{
    const struct fixed *fixed = it;
    (void)work;
    http_response_header(response, "Content-Type", "application/json");
    http_response_header(response, "Cache-Control", "public, max-age=300");
    response->body = (struct bytes){ (const uint8_t *)fixed->at, fixed->n };
}

int main(int argc, char **argv)
{
    int64_t n = 0;
    int64_t threads = 1;
    if (argc < 3 || !text_int(argv[2], 1, 1 << 20, &n) ||
        (argc > 3 && !text_int(argv[3], 1, 64, &threads))) {
        (void)fprintf(stderr, "usage: http_floor ADDRESS BYTES [IO_THREADS [CERT KEY]]\n");
        return EXIT_FAILURE;
    }
    http_server_block_signals();
    struct ctx c = { .arena = arena_new(ARENA_REQUEST_CEILING) };
    if (c.arena == NULL)
        return EXIT_FAILURE;
    struct fixed fixed = { arena_alloc(c.arena, (size_t)n), (size_t)n };
    memset(fixed.at, 'a', fixed.n);
    struct http_listener listener = { .address = argv[1] };
    struct http_plan plan = { .listeners = &listener,
                              .listeners_n = 1,
                              .io_threads = (unsigned)threads,
                              .address_connections_max = 20000,
                              .application = {
                                  .it = &fixed, .classify = classify, .handle = handle } };
    struct http_server *server = NULL;
    if ((argc > 5 && tls_server_new(&c, argv[4], argv[5], &plan.application.tls).code != ERR_OK) ||
        http_server_start(&c, &plan, &server).code != ERR_OK) {
        (void)fprintf(stderr, "%s\n", c.fault.text);
        return EXIT_FAILURE;
    }
    (void)printf("%s\n", http_server_address(server, 0));
    (void)fflush(stdout);
    while (http_server_wait())
        continue;
    http_server_stop(server, 1000);
    SSL_CTX_free(plan.application.tls);
    arena_end(c.arena);
    return EXIT_SUCCESS;
}
