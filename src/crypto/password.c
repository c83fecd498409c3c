/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/password.h"

#include "base/config.h"
#include "base/log.h"
#include "base/random.h"
#include "crypto/argon2.h"
#include "crypto/digest.h"
#include "crypto/hash_gate.h"
#include "crypto/password_imported.h"
#include "crypto/password_stored.h"
#include "crypto/password_text.h"

#include <openssl/crypto.h>
#include <string.h>

enum { SALT_BYTES = 16, TAG_BYTES = 32 };

/* The settings' costs; argon2_memory_kib has a floor that leaves every lane its least. */
static struct argon2_costs configured(const struct ctx *c)
{
    return (struct argon2_costs){ .time = (uint32_t)c->config->argon2_time,
                                  .memory_kib = (uint32_t)c->config->argon2_memory_kib,
                                  .lanes = (uint32_t)c->config->argon2_lanes };
}

/* One Argon2id hash in the memory of `slot`. */
static RESULT compute(struct ctx *c, struct hash_slot *slot, const struct argon2_job *job)
{
    struct argon2_job mine = *job;
    size_t n = argon2_memory_bytes(&job->costs);
    TRY(hash_slot_memory(c, slot, n, &mine.memory));
    argon2id(argon2_best_path(), &mine);
    /* After one pass the first blocks that are left would let anybody try passwords for nothing. */
    if (job->costs.time == 1)
        OPENSSL_cleanse(mine.memory, n);
    return ok();
}

/* A new hash of `text` with the configured costs. */
static RESULT compute_new(struct ctx *c, struct hash_slot *slot, const char *text,
                          const char **stored)
{
    uint8_t salt[SALT_BYTES], tag[TAG_BYTES];
    random_fill(c->random, salt, sizeof salt);
    struct argon2_job job = { .costs = configured(c),
                              .password = bytes_of(text),
                              .salt = { salt, sizeof salt },
                              .tag = tag,
                              .tag_n = sizeof tag };
    TRY(compute(c, slot, &job));
    *stored =
        stored_password_write(c->arena, &job.costs, job.salt, (struct bytes){ tag, sizeof tag });
    return ok();
}

/* The hash of `text` under the salt and costs of `stored`, of the same length. */
static RESULT compute_again(struct ctx *c, struct hash_slot *slot,
                            const struct stored_password *stored, const char *text,
                            struct bytes *hash)
{
    uint8_t *tag = arena_alloc(c->arena, stored->hash.n);
    struct argon2_job job = { .costs = stored->argon2,
                              .password = bytes_of(text),
                              .salt = stored->salt,
                              .tag = tag,
                              .tag_n = stored->hash.n };
    TRY(compute(c, slot, &job));
    /* A slot keeps no more than the configured costs need. */
    if (stored->argon2.memory_kib > configured(c).memory_kib)
        hash_slot_forget(slot);
    *hash = (struct bytes){ tag, stored->hash.n };
    return ok();
}

RESULT password_hash(struct ctx *c, const char *password, const char **stored)
{
    const char *text = NULL;
    struct hash_slot *slot = NULL;
    TRY(password_text(c, password, &text));
    size_t n = text_code_points(text);
    if (n < PASSWORD_MIN)
        return fail_field(c, INVALID_FIELD, "password", "The password is too short.");
    if (n > PASSWORD_MAX)
        return fail_field(c, INVALID_FIELD, "password", "The password is too long.");
    TRY(hash_gate_take(c, &slot));
    err done = compute_new(c, slot, text, stored);
    hash_gate_release(c->hashes, slot);
    return done;
}

/* Whether a new hash would be like this one. */
static bool is_current(const struct ctx *c, const struct stored_password *stored)
{
    struct argon2_costs now = configured(c);
    return stored->kind == STORED_ARGON2ID && stored->argon2.time == now.time &&
           stored->argon2.memory_kib == now.memory_kib && stored->argon2.lanes == now.lanes &&
           stored->salt.n == SALT_BYTES && stored->hash.n == TAG_BYTES;
}

/* A password on its way through a check. */
struct check {
    const struct stored_password *stored; /* NULL: it could not be read */
    const char *typed, *text;             /* as it came, and in NFC */
    bool matches;
    const char *rehash;
};

static RESULT compare(struct ctx *c, struct hash_slot *slot, struct check *check)
{
    const struct stored_password *stored = check->stored;
    struct bytes hash;
    /* Other systems hashed what came, not its NFC. */
    if (stored->kind != STORED_ARGON2ID) {
        hash_slot_forget(slot); /* so that the two memories do not add up */
        return password_imported_matches(c, stored, check->typed, &check->matches);
    }
    TRY(compute_again(c, slot, stored, check->text, &hash));
    check->matches = ct_equal(hash, stored->hash);
    return ok();
}

/* Unless the stored hash is a current one, a new one is made in any case: see the header on time.
 */
static RESULT check_in_slot(struct ctx *c, struct hash_slot *slot, struct check *check)
{
    if (check->stored != NULL)
        TRY(compare(c, slot, check));
    if (check->stored != NULL && is_current(c, check->stored))
        return ok();
    return compute_new(c, slot, check->text, &check->rehash);
}

RESULT password_verify(struct ctx *c, const char *stored, const char *password, bool *matches,
                       const char **rehash)
{
    struct stored_password read;
    struct hash_slot *slot = NULL;
    struct check check = { .typed = password };
    TRY(password_text(c, password, &check.text));
    const char *why = stored_password_read(c->arena, stored, c->config->argon2_memory_kib, &read);
    if (why == NULL)
        check.stored = &read;
    else if (c->log != NULL)
        LOG_LINE(c->log, c, LOG_ERROR, "a stored password is refused", { "why", .text = why });
    TRY(hash_gate_take(c, &slot));
    err done = check_in_slot(c, slot, &check);
    hash_gate_release(c->hashes, slot);
    TRY(done);
    *matches = check.matches;
    *rehash = check.matches ? check.rehash : NULL;
    return ok();
}

const char *password_dummy(struct ctx *c, const char *like)
{
    struct stored_password stored;
    if (like == NULL ||
        stored_password_read(c->arena, like, c->config->argon2_memory_kib, &stored) != NULL) {
        uint8_t random[SALT_BYTES + TAG_BYTES];
        struct argon2_costs costs = configured(c);
        random_fill(c->random, random, sizeof random);
        return stored_password_write(c->arena, &costs, (struct bytes){ random, SALT_BYTES },
                                     (struct bytes){ random + SALT_BYTES, TAG_BYTES });
    }
    return stored_password_dummy(c, &stored);
}

RESULT password_hash_like(struct ctx *c, const char *like, const char *text, const char **stored)
{
    struct stored_password read;
    struct hash_slot *slot = NULL;
    const char *nfc = NULL;
    struct bytes hash;
    TRY(password_text(c, text, &nfc));
    const char *why = stored_password_read(c->arena, like, c->config->argon2_memory_kib, &read);
    if (why != NULL || read.kind != STORED_ARGON2ID)
        return fail(c, INTERNAL, "not a hash to hash like: %s", why == NULL ? "imported" : why);
    TRY(hash_gate_take(c, &slot));
    err done = compute_again(c, slot, &read, nfc, &hash);
    hash_gate_release(c->hashes, slot);
    TRY(done);
    *stored = stored_password_write(c->arena, &read.argon2, read.salt, hash);
    return ok();
}

RESULT password_import_check(struct ctx *c, const char *stored)
{
    struct stored_password read;
    const char *why = stored_password_read(c->arena, stored, c->config->argon2_memory_kib, &read);
    if (why != NULL)
        return fail_field(c, INVALID_FIELD, "password_hash", why);
    return ok();
}
