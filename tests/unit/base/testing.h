/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_TESTS_UNIT_BASE_TESTING_H
#define UAUTH_TESTS_UNIT_BASE_TESTING_H

/*
 * What the tests of this room share: cmocka with what it needs, an arena for each test, tables
 * compared with golden files, and calls that must abort.
 */

#include "base/ctx.h"
#include "base/text.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* *state is a context with an arena of `ARENA_REQUEST_CEILING` and nothing else. */
static inline int set_up(void **state)
{
    struct ctx *c = calloc(1, sizeof *c);
    assert_non_null(c);
    c->arena = arena_new(ARENA_REQUEST_CEILING);
    c->now = 1795529167;
    *state = c;
    return 0;
}

static inline int tear_down(void **state)
{
    struct ctx *c = *state;
    arena_end(c->arena);
    free(c);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

/* Whether `call(argument)` aborts, tried in a child process that says nothing. */
static inline bool aborts(void (*call)(void *), void *argument)
{
    (void)fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        (void)freopen("/dev/null", "w", stderr);
        (void)signal(SIGABRT, SIG_DFL);
        call(argument);
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

/* Compares `text` with tests/golden/`name`; GOLDEN_WRITE=1 in the environment writes that file
 * instead. */
static inline void assert_golden(struct arena *a, const char *name, const char *text)
{
    const char *path = text_printf(a, "%s/tests/golden/%s", SOURCE_ROOT, name);
    bool write = getenv("GOLDEN_WRITE") != NULL;
    FILE *file = fopen(path, write ? "w" : "r");
    assert_non_null(file);
    if (write) {
        assert_true(fputs(text, file) >= 0);
    } else {
        size_t n = strlen(text);
        char *golden = arena_alloc(a, n + 2);
        assert_int_equal(fread(golden, 1, n + 1, file), n);
        assert_string_equal(golden, text);
    }
    assert_int_equal(fclose(file), 0);
}

#endif
