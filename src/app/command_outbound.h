/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_APP_COMMAND_OUTBOUND_H
#define UAUTH_APP_COMMAND_OUTBOUND_H

/* Commands that call the servers of others. */

#include "app/command.h"

typedef RESULT command_outbound_work(struct ctx *c, const struct command_line *line, void *arg);

/* Lets `c` call others (client/upstreams.h) while `work` runs with `arg`. */
RESULT command_with_upstreams(struct ctx *c, const struct command_line *line,
                              command_outbound_work *work, void *arg);

#endif
