/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/password_imported.h"

#include "base/text.h"
#include "crypto/digest.h"
#include "crypto/password.h"

#include <crypt.h>
#include <openssl/evp.h>
#include <string.h>

/* Beside the memory that the form asks for, OpenSSL counts a few blocks of its own. */
static const uint64_t scrypt_memory_max =
    (uint64_t)(PASSWORD_IMPORT_MEMORY_KIB + 1024) * UINT64_C(1024);

/* crypt_rn is crypt_r that says NULL when it fails. */
static bool crypt_matches(struct ctx *c, const char *stored, const char *password)
{
    struct crypt_data *data = ARENA_NEW(c->arena, struct crypt_data);
    const char *made = crypt_rn(password, stored, data, (int)sizeof *data);
    return made != NULL && ct_equal(bytes_of(made), bytes_of(stored));
}

static bool derive_scrypt(const struct stored_password *s, struct bytes password, uint8_t *out)
{
    return EVP_PBE_scrypt((const char *)password.at, password.n, s->salt.at, s->salt.n,
                          (uint64_t)s->n, (uint64_t)s->r, (uint64_t)s->p, scrypt_memory_max, out,
                          s->hash.n) == 1;
}

static bool derive_pbkdf2(const struct stored_password *s, struct bytes password, uint8_t *out)
{
    const EVP_MD *digest = EVP_get_digestbyname(s->digest);
    return PKCS5_PBKDF2_HMAC((const char *)password.at, (int)password.n, s->salt.at, (int)s->salt.n,
                             (int)s->iterations, digest, (int)s->hash.n, out) == 1;
}

RESULT password_imported_matches(struct ctx *c, const struct stored_password *stored,
                                 const char *password, bool *matches)
{
    struct bytes typed = bytes_of(password);
    bool whole = typed.n <= stored->password_max;
    if (stored->kind == STORED_CRYPT) {
        *matches = crypt_matches(c, stored->text, password) && whole;
        return ok();
    }
    uint8_t *made = arena_alloc(c->arena, stored->hash.n);
    bool done = stored->kind == STORED_SCRYPT ? derive_scrypt(stored, typed, made)
                                              : derive_pbkdf2(stored, typed, made);
    if (!done)
        return fail(c, UNAVAILABLE, "an imported password could not be computed");
    *matches = ct_equal((struct bytes){ made, stored->hash.n }, stored->hash) && whole;
    return ok();
}
