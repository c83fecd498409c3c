/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_NET_HTTP_HANDOVER_H
#define UAUTH_NET_HTTP_HANDOVER_H

/*
 * The end of a request in its worker, which sends the reply itself, so that in most cases the I/O
 * thread has nothing to do for it.
 *
 * While a worker sends, the connection is the worker's: state HTTP_JOB_SENDING is taken from
 * HTTP_JOB_RUNNING, and so is HTTP_JOB_ABANDONED, by which the I/O thread gives a request up before
 * it answers in another way or closes.  Only one of both comes about.  So the descriptor of a
 * connection that is being written to is open and no other's, and one thread at a time uses its SSL
 * object.  The I/O thread has both back when it finds the job in its inbox.
 */

#include "net/http_queue.h"

/*
 * Sends as much of job->output as can be without waiting and hands the job back; one that was given
 * up is freed.  Keeps one of its buffers, which are wiped, in `spare` if that has none.
 */
void http_handover(struct http_job *job, struct buffer_pool *spare);

#endif
