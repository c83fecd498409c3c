/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/password_stored.h"

#include "base/codec.h"
#include "base/random.h"
#include "base/text.h"
#include "crypto/password.h"

#include <string.h>

enum {
    TIME_MAX = 16,
    LANES_MAX = 16,
    SALT_MAX = 64,
    HASH_MIN = 16,
    HASH_MAX = 64,
    BCRYPT_CHARS = 60,
    BCRYPT_COST_MIN = 4,
    BCRYPT_COST_MAX = 14,
    BCRYPT_HASH_CHARS = 31,
    BCRYPT_PASSWORD_MAX = 72,
    SHA_ROUNDS_MIN = 1000,
    SHA_ROUNDS_MAX = 1000000,
    SHA_SALT_MAX = 16,
    SHA256_CHARS = 43,
    SHA512_CHARS = 86,
    SCRYPT_LN_MAX = 20,
    SCRYPT_RP_MAX = 32,
    SCRYPT_WORK_MAX = 1 << 22, /* n * r * p: four times what OWASP recommends */
    SCRYPT_BLOCK = 128,        /* bytes of memory per n and r */
    PBKDF2_MAX = 2000000
};

static const char crypt_alphabet[] =
    "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

static const char unknown[] = "The form of the hash is not one that is known here.";
static const char damaged[] = "The hash is cut off or damaged.";
static const char too_dear[] = "The costs of the hash are out of bounds.";

static bool take(const char **at, const char *literal)
{
    size_t n = strlen(literal);
    if (strncmp(*at, literal, n) != 0)
        return false;
    *at += n;
    return true;
}

/* A decimal number of at most nine digits without leading zeros. */
static bool take_number(const char **at, int64_t *out)
{
    enum { DIGITS_MAX = 9 };
    size_t n = strspn(*at, "0123456789");
    if (n == 0 || n > DIGITS_MAX || ((*at)[0] == '0' && n > 1))
        return false;
    *out = 0;
    for (size_t i = 0; i < n; i++)
        *out = *out * 10 + ((*at)[i] - '0');
    *at += n;
    return true;
}

/* What stands before the next `end`, which is taken too. */
static bool take_until(const char **at, char end, struct bytes *out)
{
    const char *to = strchr(*at, end);
    if (to == NULL)
        return false;
    *out = (struct bytes){ (const uint8_t *)*at, (size_t)(to - *at) };
    *at = end == '\0' ? to : to + 1;
    return true;
}

static bool is_crypt_text(struct bytes text)
{
    for (size_t i = 0; i < text.n; i++) {
        if (strchr(crypt_alphabet, text.at[i]) == NULL)
            return false;
    }
    return true;
}

static bool is_hash_size(const struct stored_password *s)
{
    return s->salt.n >= 1 && s->salt.n <= SALT_MAX && s->hash.n >= HASH_MIN &&
           s->hash.n <= HASH_MAX;
}

/* "salt$hash" at the end, both in base64 without padding. */
static bool read_salt_and_hash(struct arena *a, const char *at, struct stored_password *out)
{
    struct bytes salt, hash;
    return take_until(&at, '$', &salt) && take_until(&at, '\0', &hash) &&
           base64_decode(a, salt, false, &out->salt) && base64_decode(a, hash, false, &out->hash) &&
           is_hash_size(out);
}

/* A reader gets the text behind its prefix; it says why the text is refused, or NULL. */
typedef const char *reader(struct arena *a, const char *at, struct stored_password *out);

/* "v=19$m=65536,t=3,p=4$salt$hash" (the PHC string format). */
static const char *read_argon2id(struct arena *a, const char *at, struct stored_password *out)
{
    int64_t m, t, p;
    if (!take(&at, "v=19$m="))
        return "Argon2id is known here in version 19 only, with m, t and p in this order.";
    if (!take_number(&at, &m) || !take(&at, ",t=") || !take_number(&at, &t) || !take(&at, ",p=") ||
        !take_number(&at, &p) || !take(&at, "$"))
        return damaged;
    if (t < 1 || t > TIME_MAX || p < 1 || p > LANES_MAX || m < ARGON2_MEMORY_MIN_PER_LANE * p ||
        m > out->memory_max_kib)
        return too_dear;
    out->kind = STORED_ARGON2ID;
    out->argon2 = (struct argon2_costs){ (uint32_t)t, (uint32_t)m, (uint32_t)p };
    if (!read_salt_and_hash(a, at, out) || out->salt.n < ARGON2_SALT_MIN)
        return damaged;
    return NULL;
}

/* "12$" and 22 characters of salt and 31 of hash. */
static const char *read_bcrypt(struct arena *a, const char *at, struct stored_password *out)
{
    (void)a;
    if (strlen(out->text) != BCRYPT_CHARS || strspn(at, "0123456789") != 2 || at[2] != '$' ||
        !is_crypt_text(bytes_of(at + 3)))
        return damaged;
    int cost = (at[0] - '0') * 10 + (at[1] - '0');
    if (cost < BCRYPT_COST_MIN || cost > BCRYPT_COST_MAX)
        return too_dear;
    out->kind = STORED_CRYPT;
    out->hash =
        (struct bytes){ (const uint8_t *)at + strlen(at) - BCRYPT_HASH_CHARS, BCRYPT_HASH_CHARS };
    out->password_max = BCRYPT_PASSWORD_MAX;
    return NULL;
}

/* "rounds=656000$salt$hash" or "salt$hash". */
static const char *read_sha_crypt(struct arena *a, const char *at, struct stored_password *out)
{
    (void)a;
    int64_t rounds = SHA_ROUNDS_MIN;
    struct bytes salt, hash;
    if (take(&at, "rounds=") && (!take_number(&at, &rounds) || !take(&at, "$")))
        return damaged;
    if (rounds < SHA_ROUNDS_MIN || rounds > SHA_ROUNDS_MAX)
        return too_dear;
    if (!take_until(&at, '$', &salt) || salt.n > SHA_SALT_MAX || !is_crypt_text(salt) ||
        !take_until(&at, '\0', &hash) || !is_crypt_text(hash) ||
        hash.n != (out->text[1] == '5' ? SHA256_CHARS : SHA512_CHARS))
        return damaged;
    out->kind = STORED_CRYPT;
    out->hash = hash;
    return NULL;
}

/* "ln=17,r=8,p=1$salt$hash". */
static const char *read_scrypt(struct arena *a, const char *at, struct stored_password *out)
{
    int64_t ln;
    if (!take(&at, "ln=") || !take_number(&at, &ln) || !take(&at, ",r=") ||
        !take_number(&at, &out->r) || !take(&at, ",p=") || !take_number(&at, &out->p) ||
        !take(&at, "$"))
        return damaged;
    if (ln < 1 || ln > SCRYPT_LN_MAX || out->r < 1 || out->r > SCRYPT_RP_MAX || out->p < 1 ||
        out->p > SCRYPT_RP_MAX)
        return too_dear;
    out->n = INT64_C(1) << ln;
    if (out->n * out->r > PASSWORD_IMPORT_MEMORY_KIB * INT64_C(1024) / SCRYPT_BLOCK ||
        out->n * out->r * out->p > SCRYPT_WORK_MAX)
        return too_dear;
    out->kind = STORED_SCRYPT;
    return read_salt_and_hash(a, at, out) ? NULL : damaged;
}

/* The rest of "pbkdf2-sha256" or "pbkdf2_sha256" and `end`. */
static bool take_digest(const char **at, char end, const char **digest)
{
    static const char *const names[][2] = { { "sha256", "SHA256" },
                                            { "sha512", "SHA512" },
                                            { "sha1", "SHA1" } };
    struct bytes name;
    if (!take_until(at, end, &name))
        return false;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (name.n == strlen(names[i][0]) && memcmp(name.at, names[i][0], name.n) == 0) {
            *digest = names[i][1];
            return true;
        }
    }
    return false;
}

/* passlib writes '.' where base64 has '+'. */
static const char *dots_to_plus(struct arena *a, const char *text)
{
    char *copy = arena_copy(a, text, strlen(text) + 1);
    for (char *at = copy; *at != '\0'; at++)
        *at = *at == '.' ? '+' : *at;
    return copy;
}

/* "sha256$i=600000$salt$hash", or as passlib writes it "sha256$29000$salt$hash". */
static const char *read_pbkdf2(struct arena *a, const char *at, struct stored_password *out)
{
    if (!take_digest(&at, '$', &out->digest))
        return unknown;
    bool passlib = !take(&at, "i=");
    if (!take_number(&at, &out->iterations) || !take(&at, "$"))
        return damaged;
    if (out->iterations < 1 || out->iterations > PBKDF2_MAX)
        return too_dear;
    out->kind = STORED_PBKDF2;
    return read_salt_and_hash(a, passlib ? dots_to_plus(a, at) : at, out) ? NULL : damaged;
}

/* "sha256$600000$salt$hash": Django's salt is text, and its hash has padding. */
static const char *read_django(struct arena *a, const char *at, struct stored_password *out)
{
    struct bytes hash;
    if (!take_digest(&at, '$', &out->digest))
        return unknown;
    if (!take_number(&at, &out->iterations) || !take(&at, "$"))
        return damaged;
    if (out->iterations < 1 || out->iterations > PBKDF2_MAX)
        return too_dear;
    if (!take_until(&at, '$', &out->salt) || !take_until(&at, '\0', &hash) ||
        !base64_decode(a, hash, true, &out->hash) || !is_hash_size(out))
        return damaged;
    out->kind = STORED_PBKDF2;
    return NULL;
}

/* clang-format off */
static const struct stored_form {
    const char *prefix;
    reader *read;
} forms[] = {
    { "$argon2id$", read_argon2id  },
    { "$2a$",       read_bcrypt    },
    { "$2b$",       read_bcrypt    },
    { "$2y$",       read_bcrypt    },
    { "$5$",        read_sha_crypt },
    { "$6$",        read_sha_crypt },
    { "$scrypt$",   read_scrypt    },
    { "$pbkdf2-",   read_pbkdf2    },
    { "pbkdf2_",    read_django    },
};
/* clang-format on */

const char *stored_password_read(struct arena *a, const char *text, int64_t memory_kib,
                                 struct stored_password *out)
{
    if (strnlen(text, PASSWORD_STORED_MAX + 1) > PASSWORD_STORED_MAX)
        return "The hash is too long.";
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        if (!text_starts(text, forms[i].prefix))
            continue;
        struct stored_password read = { .text = text,
                                        .memory_max_kib = memory_kib > PASSWORD_IMPORT_MEMORY_KIB
                                                              ? memory_kib
                                                              : PASSWORD_IMPORT_MEMORY_KIB,
                                        .password_max = PASSWORD_BYTES_MAX };
        const char *why = forms[i].read(a, text + strlen(forms[i].prefix), &read);
        if (why == NULL)
            *out = read;
        /* cppcheck-suppress returnDanglingLifetime ; a fixed text, not a part of `read` */
        return why;
    }
    return unknown;
}

const char *stored_password_write(struct arena *a, const struct argon2_costs *costs,
                                  struct bytes salt, struct bytes hash)
{
    return text_printf(a, "$argon2id$v=19$m=%u,t=%u,p=%u$%s$%s", costs->memory_kib, costs->time,
                       costs->lanes, base64_encode(a, salt, false), base64_encode(a, hash, false));
}

const char *stored_password_dummy(struct ctx *c, const struct stored_password *stored)
{
    uint8_t *hash = arena_alloc(c->arena, stored->hash.n);
    random_fill(c->random, hash, stored->hash.n);
    if (stored->kind == STORED_CRYPT) {
        for (size_t i = 0; i < stored->hash.n; i++)
            hash[i] = (uint8_t)crypt_alphabet[hash[i] % 64];
        size_t before = strlen(stored->text) - stored->hash.n;
        return text_printf(c->arena, "%.*s%.*s", (int)before, stored->text, (int)stored->hash.n,
                           (const char *)hash);
    }
    /* Only Django's form has no '$' at the beginning, and padding at the end. */
    bool pad = stored->text[0] != '$';
    size_t before = (size_t)(strrchr(stored->text, '$') + 1 - stored->text);
    const char *text = base64_encode(c->arena, (struct bytes){ hash, stored->hash.n }, pad);
    return text_printf(c->arena, "%.*s%s", (int)before, stored->text, text);
}
