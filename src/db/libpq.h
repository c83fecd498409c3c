/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_DB_LIBPQ_H
#define UAUTH_DB_LIBPQ_H

/*
 * libpq, which is opened with a database of PostgreSQL: a service with SQLite does without it, and
 * without what it brings.
 */

#include "base/library.h"

#include <libpq-fe.h>

/* The functions that are used, without "PQ". */
#define LIBPQ_FUNCTIONS                                                                            \
    X(clear)                                                                                       \
    X(cmdTuples)                                                                                   \
    X(conndefaults)                                                                                \
    X(connectPoll)                                                                                 \
    X(connectStartParams)                                                                          \
    X(conninfoFree)                                                                                \
    X(conninfoParse)                                                                               \
    X(consumeInput)                                                                                \
    X(enterPipelineMode)                                                                           \
    X(errorMessage)                                                                                \
    X(exitPipelineMode)                                                                            \
    X(finish)                                                                                      \
    X(flush)                                                                                       \
    X(freemem)                                                                                     \
    X(ftype)                                                                                       \
    X(getResult)                                                                                   \
    X(getisnull)                                                                                   \
    X(getlength)                                                                                   \
    X(getvalue)                                                                                    \
    X(host)                                                                                        \
    X(isBusy)                                                                                      \
    X(libVersion)                                                                                  \
    X(nfields)                                                                                     \
    X(ntuples)                                                                                     \
    X(parameterStatus)                                                                             \
    X(pipelineSync)                                                                                \
    X(port)                                                                                        \
    X(resultErrorField)                                                                            \
    X(resultStatus)                                                                                \
    X(sendPrepare)                                                                                 \
    X(sendQuery)                                                                                   \
    X(sendQueryParams)                                                                             \
    X(sendQueryPrepared)                                                                           \
    X(serverVersion)                                                                               \
    X(setNoticeReceiver)                                                                           \
    X(setnonblocking)                                                                              \
    X(socket)                                                                                      \
    X(status)

/* Each with the type that its header says. */
struct libpq {
#define X(name) __typeof__(PQ##name) *name;
    LIBPQ_FUNCTIONS
#undef X
};

/* UNAVAILABLE, naming Debian's package, if it is not there or too old. */
RESULT libpq_open(struct ctx *c, struct libpq *out);

struct library_version libpq_version(const struct libpq *pq);

#endif
