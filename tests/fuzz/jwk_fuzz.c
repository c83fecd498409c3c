/* SPDX-License-Identifier: Apache-2.0 */
/* JWKs and JWK Sets: what is read is written and read again as the same. */
#include "crypto/encryption_key.h"
#include "jose_fuzzing.h"

static void check_key(struct ctx *c, struct bytes in, bool private_allowed)
{
    const struct key *key = NULL, *again = NULL;
    if (key_read_jwk(c, c->arena, in, private_allowed, &key).code == ERR_OK) {
        struct json_writer w = json_writer(c->arena);
        must(private_allowed || !key->is_private);
        if (key->is_private)
            key_write_private_jwk(&w, key);
        else
            key_write_jwk(&w, key);
        must(key_read_jwk(c, c->arena, bytes_of(json_written(&w)), key->is_private, &again).code ==
             ERR_OK);
        must(text_equal(again->kid, key->kid) && again->algs == key->algs);
    }
    fault_clear(c);
}

static void check_encryption_key(struct ctx *c, struct bytes in)
{
    const struct encryption_key *key = NULL, *again = NULL;
    if (encryption_key_read_jwk(c, c->arena, in, true, &key).code == ERR_OK) {
        struct json_writer w = json_writer(c->arena);
        if (key->is_private)
            encryption_key_write_private_jwk(&w, key);
        else
            encryption_key_write_jwk(&w, key);
        struct bytes json = bytes_of(json_written(&w));
        must(encryption_key_read_jwk(c, c->arena, json, key->is_private, &again).code == ERR_OK);
        must(text_equal(again->kid, key->kid) && again->algs == key->algs);
    }
    fault_clear(c);
}

static void check_set(struct ctx *c, struct bytes in)
{
    struct key_set set = { 0 }, again = { 0 };
    if (key_set_read(c, c->arena, in, &set).code == ERR_OK) {
        const char *json = key_set_write(c->arena, &set);
        must(key_set_read(c, c->arena, bytes_of(json), &again).code == ERR_OK);
        must(again.n == set.n && again.left_out == 0);
    }
    fault_clear(c);
}

/* Both readers find the same set, and differ only in which keys they leave out. */
static void check_encryption_set(struct ctx *c, struct bytes in)
{
    struct encryption_keys keys = { 0 };
    struct key_set set = { 0 };
    err e = encryption_keys_read(c, c->arena, in, &keys);
    fault_clear(c);
    if (e.code == ERR_OK && key_set_read(c, c->arena, in, &set).code == ERR_OK)
        must(keys.n + keys.left_out == set.n + set.left_out);
    fault_clear(c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > JWKS_BYTES_MAX + 16)
        return -1;
    struct ctx c = fuzz_context();
    check_key(&c, (struct bytes){ data, size }, false);
    check_key(&c, (struct bytes){ data, size }, true);
    check_encryption_key(&c, (struct bytes){ data, size });
    check_set(&c, (struct bytes){ data, size });
    check_encryption_set(&c, (struct bytes){ data, size });
    arena_end(c.arena);
    return 0;
}
