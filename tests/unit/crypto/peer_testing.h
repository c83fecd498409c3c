/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_TESTS_UNIT_CRYPTO_PEER_TESTING_H
#define UAUTH_TESTS_UNIT_CRYPTO_PEER_TESTING_H

/* Asking a program that does the same with a library of others. */

#include "vectors.h"

/* The status with which a program says that its library is not installed. */
enum { PEER_NOT_INSTALLED = 77 };

/* What `program` answers to `input` when it runs `script` of tests/unit/crypto, for vectors_close;
 * NULL if it cannot run here. */
static inline struct vector *ask_peer(struct ctx *c, const char *program, const char *script,
                                      const char *input)
{
    enum { ROOM = 64 * 1024 };
    char path[] = "/tmp/uauth-peer-XXXXXX";
    if (access(program, X_OK) != 0)
        return NULL;
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, input, strlen(input)), strlen(input));
    assert_int_equal(close(fd), 0);
    FILE *answer = popen(text_printf(c->arena, "%s %s/tests/unit/crypto/%s < %s", program,
                                     SOURCE_ROOT, script, path),
                         "r");
    assert_non_null(answer);
    char *text = arena_alloc(c->arena, ROOM);
    size_t n = fread(text, 1, ROOM - 1, answer);
    int status = pclose(answer);
    assert_int_equal(unlink(path), 0);
    if (WIFEXITED(status) && WEXITSTATUS(status) == PEER_NOT_INSTALLED)
        return NULL;
    assert_int_equal(status, 0);
    return vectors_parse(text, n);
}

#endif
