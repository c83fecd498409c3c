/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_TESTS_FLOW_STATEMENTS_H
#define UAUTH_TESTS_FLOW_STATEMENTS_H

/*
 * A database that fails as told: statements, and commits.  The linker puts these functions in the
 * place of db_run and its kin (--wrap).
 */

#include "base/ctx.h"

/*
 * Whether UAUTH_STATEMENTS_FAIL asks for it: each request of a story comes first with its first
 * statement failing, then with its second, until it asks for no more (tests/flow/client.c).
 */
bool statements_should_fail(void);

/* From now on statement or commit number `n` (from 1) fails. */
void statements_fail(size_t n);

/* Before the next transaction begins, `work` is done: what somebody else does who comes first. */
typedef RESULT statements_others(struct ctx *c);
void statements_before_unit(statements_others *work);

/* None fails any more.  Whether number `n` was there to fail. */
bool statements_have_failed(void);

#endif
