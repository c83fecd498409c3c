/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_APP_SERVE_H
#define UAUTH_APP_SERVE_H

/*
 * Runs the service on an open node until a signal ends it: SIGHUP reads the settings anew, SIGTERM
 * and SIGINT drain and stop.  http_server_block_signals has been called before any thread was made.
 */

#include "app/node.h"

enum { SERVE_DRAIN_MS = 20000 };

struct serving {
    struct node *node;
    const struct config_input *settings; /* for reading them anew */
    const char *program;                 /* argv[0] */
    bool terminal;                       /* standard output is one */
};

RESULT serve(struct ctx *c, const struct serving *serving);

#endif
