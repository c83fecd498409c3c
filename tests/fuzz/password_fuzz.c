/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A stored hash, and behind the first line break a password: whatever stands there is read or
 * refused, what is read is written again as it was, and what costs little is computed.
 */
#include "base/config.h"
#include "base/random.h"
#include "base/text.h"
#include "crypto/hash_gate.h"
#include "crypto/password.h"
#include "crypto/password_stored.h"
#include "crypto/password_text.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { TIME = 1, MEMORY_KIB = 16, LANES = 2, WORK_MAX = 2048 };

/* Whether libcrypt computes it in a few milliseconds; the cost stands in the text. */
static bool is_cheap_crypt(const char *text)
{
    enum { DIGITS = 4 };
    const char *rounds = strstr(text, "rounds=");
    if (text[1] == '2')
        return strncmp(text + 4, "04", 2) == 0;
    return rounds == NULL || strspn(rounds + strlen("rounds="), "0123456789") <= DIGITS;
}

/* What may be computed here many times a second. */
static bool is_cheap(const struct stored_password *s)
{
    switch (s->kind) {
    case STORED_ARGON2ID:
        return (int64_t)s->argon2.time * s->argon2.memory_kib <= WORK_MAX;
    case STORED_CRYPT:
        return is_cheap_crypt(s->text);
    case STORED_SCRYPT:
        return s->n * s->r * s->p <= WORK_MAX;
    case STORED_PBKDF2:
        return s->iterations <= WORK_MAX;
    }
    return false;
}

static void check_text(struct ctx *c, const char *typed)
{
    const char *nfc = NULL, *again = NULL;
    if (password_text(c, typed, &nfc).code != ERR_OK) {
        fault_clear(c);
        return;
    }
    must(text_is_utf8(bytes_of(nfc)));
    if (strlen(nfc) <= PASSWORD_BYTES_MAX)
        must(password_text(c, nfc, &again).code == ERR_OK && text_equal(nfc, again));
}

static void check_stored(struct ctx *c, const char *text, const struct stored_password *s)
{
    struct stored_password dummy;
    if (s->kind == STORED_ARGON2ID)
        must(text_equal(stored_password_write(c->arena, &s->argon2, s->salt, s->hash), text));
    const char *other = stored_password_dummy(c, s);
    must(stored_password_read(c->arena, other, MEMORY_KIB, &dummy) == NULL);
    must(dummy.kind == s->kind && dummy.hash.n == s->hash.n);
}

static void check_password(struct ctx *c, const char *stored, const char *typed)
{
    bool matches = false;
    const char *rehash = NULL;
    if (password_verify(c, stored, typed, &matches, &rehash).code != ERR_OK || rehash == NULL)
        return;
    must(matches);
    must(password_verify(c, rehash, typed, &matches, &rehash).code == ERR_OK);
    must(matches && rehash == NULL);
}

static void run(struct ctx *c, const char *stored, const char *typed)
{
    struct stored_password s;
    const char *why = stored_password_read(c->arena, stored, MEMORY_KIB, &s);
    must((why == NULL) == (password_import_check(c, stored).code == ERR_OK));
    fault_clear(c);
    check_text(c, typed);
    if (why != NULL)
        return;
    check_stored(c, stored, &s);
    if (is_cheap(&s))
        check_password(c, stored, typed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct config config = { .argon2_time = TIME,
                                   .argon2_memory_kib = MEMORY_KIB,
                                   .argon2_lanes = LANES };
    if (memchr(data, '\0', size) != NULL)
        return -1;
    struct ctx c = { .arena = arena_new(ARENA_REQUEST_CEILING), .config = &config };
    c.random = random_seeded(c.arena, 1);
    must(hash_gate_new(&c, c.arena, 1, HASH_WAIT_MS, &c.hashes).code == ERR_OK);
    char *text = arena_alloc(c.arena, size + 1), *line = NULL;
    if (size > 0)
        memcpy(text, data, size);
    line = strchr(text, '\n');
    if (line != NULL)
        *line++ = '\0';
    run(&c, text, line == NULL ? "" : line);
    arena_end(c.arena);
    return 0;
}
