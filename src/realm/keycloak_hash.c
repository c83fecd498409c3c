/* SPDX-License-Identifier: Apache-2.0 */
#include "realm/keycloak.h"

#include "base/codec.h"

#include <string.h>

enum { ITERATIONS_MAX = 10000000, ENCODED_MAX = 512, PARAMETER_MAX = 4 };

/* secretData. */
struct keycloak_secret {
    const char *value, *salt;
};
LOCAL_SHAPE_OPEN(keycloak_secret,
                 FIELD(keycloak_secret, value, REQUIRED, 1, ENCODED_MAX, "The hash"),
                 FIELD(keycloak_secret, salt, OPTIONAL, 0, ENCODED_MAX, "The salt"));

/* credentialData. */
struct keycloak_costs {
    struct texts memory, parallelism, type, version;
};
LOCAL_SHAPE_OPEN(keycloak_costs, FIELD(keycloak_costs, memory, OPTIONAL, 0, PARAMETER_MAX, "KiB"),
                 FIELD(keycloak_costs, parallelism, OPTIONAL, 0, PARAMETER_MAX, "Lanes"),
                 FIELD(keycloak_costs, type, OPTIONAL, 0, PARAMETER_MAX, "Of Argon2"),
                 FIELD(keycloak_costs, version, OPTIONAL, 0, PARAMETER_MAX, "Of Argon2"));
struct keycloak_how {
    const char *algorithm;
    int64_t hashIterations;
    const void *additionalParameters;
};
LOCAL_SHAPE_OPEN(keycloak_how, FIELD(keycloak_how, algorithm, REQUIRED, 1, 64, "Of the hash"),
                 FIELD(keycloak_how, hashIterations, OPTIONAL, 0, ITERATIONS_MAX, "Its costs"),
                 FIELD_OF(keycloak_how, additionalParameters, OPTIONAL, 0, 0, &keycloak_costs_shape,
                          "More of its costs"));

static RESULT refuse(struct ctx *c, const char *say)
{
    return fail_field(c, INVALID_FIELD, "credentials", say);
}

/* Keycloak pads its base64, the PHC format does not. */
static RESULT unpadded(struct ctx *c, const char *text, const char **out)
{
    struct bytes plain;
    if (text == NULL || !base64_decode(c->arena, bytes_of(text), true, &plain))
        return refuse(c, "Its hash or its salt is not base64.");
    *out = base64_encode(c->arena, plain, false);
    return ok();
}

static const char *first(struct texts list)
{
    return list.n > 0 ? list.at[0] : "";
}

static RESULT argon2(struct ctx *c, const struct keycloak_how *how, const char *salt,
                     const char *value, const char **hash)
{
    static const struct keycloak_costs none = { .memory = { NULL, 0 } };
    const struct keycloak_costs *costs =
        how->additionalParameters == NULL ? &none : how->additionalParameters;
    int64_t memory = 0;
    int64_t lanes = 0;
    if (!text_equal(first(costs->type), "id") || !text_equal(first(costs->version), "1.3"))
        return refuse(c, "Of Argon2 only the variant id in version 1.3 is known here.");
    if (!text_int(first(costs->memory), 1, INT32_MAX, &memory) ||
        !text_int(first(costs->parallelism), 1, INT32_MAX, &lanes))
        return refuse(c, "The costs of its Argon2 are missing.");
    *hash = text_printf(c->arena, "$argon2id$v=19$m=%lld,t=%lld,p=%lld$%s$%s", (long long)memory,
                        (long long)how->hashIterations, (long long)lanes, salt, value);
    return ok();
}

static const char *digest_of(const char *algorithm)
{
    static const char *const names[][2] = { { "pbkdf2", "sha1" },
                                            { "pbkdf2-sha256", "sha256" },
                                            { "pbkdf2-sha512", "sha512" } };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (text_equal(names[i][0], algorithm))
            return names[i][1];
    return NULL;
}

RESULT keycloak_hash(struct ctx *c, const char *secret, const char *how, const char **hash)
{
    struct keycloak_secret kept;
    struct keycloak_how made;
    const char *salt = NULL;
    const char *value = NULL;
    if (secret == NULL || how == NULL)
        return refuse(c, "It has no hash: exports of the console leave it out.");
    TRY(shape_read_json(c, &keycloak_secret_shape, bytes_of(secret), &kept));
    TRY(shape_read_json(c, &keycloak_how_shape, bytes_of(how), &made));
    if (text_equal(made.algorithm, "bcrypt")) {
        *hash = kept.value;
        return ok();
    }
    TRY(unpadded(c, kept.salt, &salt));
    TRY(unpadded(c, kept.value, &value));
    if (text_equal(made.algorithm, "argon2"))
        return argon2(c, &made, salt, value, hash);
    const char *digest = digest_of(made.algorithm);
    if (digest == NULL)
        return refuse(c,
                      text_printf(c->arena, "The algorithm %s is not known here.", made.algorithm));
    *hash = text_printf(c->arena, "$pbkdf2-%s$i=%lld$%s$%s", digest, (long long)made.hashIterations,
                        salt, value);
    return ok();
}
