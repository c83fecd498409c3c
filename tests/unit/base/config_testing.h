/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_TESTS_UNIT_BASE_CONFIG_TESTING_H
#define UAUTH_TESTS_UNIT_BASE_CONFIG_TESTING_H

/* What the tests of the settings share: a load from an environment alone, and its refusal. */

#include "base/config.h"
#include "testing.h"

/* Loads `in`; the answer's code, and what was loaded. */
static inline enum err_code load(struct ctx *c, const struct config_input *in, struct config *out)
{
    struct config_sources sources;
    fault_clear(c);
    return config_load(c, in, out, &sources).code;
}

/* "AUTH_A=1 AUTH_B=2" as an environment. */
static inline const char *const *environment(struct ctx *c, const char *text)
{
    struct texts parts = text_split(c->arena, text, ' ');
    const char **at = ARENA_NEWS(c->arena, const char *, parts.n + 1);
    for (size_t i = 0; i < parts.n; i++)
        at[i] = parts.at[i];
    return at;
}

static inline enum err_code load_environment(struct ctx *c, const char *text, struct config *out)
{
    return load(c, &(struct config_input){ .environment = environment(c, text) }, out);
}

/* Asserts that the environment is refused, naming `field`, in words that hold `word`. */
static inline void assert_refused(struct ctx *c, const char *text, const char *field,
                                  const char *word)
{
    struct config config = { .workers = 4711 };
    if (load_environment(c, text, &config) != ERR_INVALID_FIELD)
        fail_msg("taken: %s", text);
    assert_string_equal(c->fault.field, field);
    if (strstr(c->fault.say, word) == NULL)
        fail_msg("%s: \"%s\" does not say \"%s\"", text, c->fault.say, word);
    assert_int_equal(config.workers, 4711);
}

static inline void assert_taken(struct ctx *c, const char *text)
{
    struct config config;
    if (load_environment(c, text, &config) != ERR_OK)
        fail_msg("%s: %s %s", text, c->fault.field, c->fault.say);
}

#define STRONG "0123456789abcdefghijklmnopqrstuv"

/* A file of `text` in a folder of this test; gone with the process's folder. */
static inline const char *file_of(struct ctx *c, const char *text, size_t n)
{
    char *path =
        arena_copy(c->arena, "/tmp/uauth-config-XXXXXX", sizeof "/tmp/uauth-config-XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, n), n);
    assert_int_equal(close(fd), 0);
    return path;
}

#endif
