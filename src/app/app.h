/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_APP_APP_H
#define UAUTH_APP_APP_H

/*
 * What one state of the settings is: immutable once made, counted, and swapped as a whole when the
 * settings are read anew (decision 27).  Requests that run keep the one that they began with.
 */

#include "app/node.h"
#include "net/http_server.h"
#include "net/mail.h"
#include "web/door.h"

struct app {
    struct node *node;
    struct arena *arena;
    const struct config *config;
    struct log log; /* with the level of these settings */
    struct door *door;
    struct mailer mailer;
    struct cidrs trusted;
    SSL_CTX *tls; /* NULL: none */
    _Atomic unsigned references;
};

/* By what number a request says which listener it came in by. */
enum { LISTENER_SERVICE, LISTENER_METRICS };

/* Makes one for `config`, which outlives it, with one reference.  INVALID_FIELD, INTERNAL as
 * door_new, cidrs_parse and tls_server_new. */
RESULT app_new(struct ctx *c, struct node *node, const struct config *config, struct app **out);

/*
 * Reads the settings anew and makes one for them.  Settings that only a start can change keep the
 * value that the node has; those that differ are named in the log.
 */
RESULT app_load(struct ctx *c, struct node *node, const struct config_input *input,
                struct app **out);

struct app *app_hold(struct app *app);
void app_release(struct app *app); /* the last one ends it; NULL is fine */

/* For the server; it takes the caller's reference over once it has taken it. */
struct http_application app_application(struct app *app);

/* The means of the server's threads: a connection to the database for each worker.  `arg` is the
 * node. */
struct http_threads app_threads(struct node *node);

/* Answers one request: what the server calls, and what a test calls.  `work->worker` is of
 * app_threads. */
void app_handle(void *app, const struct http_work *work, struct http_response *response);

/* Writes the figures of the process (GET /metrics of the listener LISTENER_METRICS). */
RESULT app_metrics(struct ctx *c, const struct app *app, const char **text);

#endif
