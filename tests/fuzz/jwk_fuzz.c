/* SPDX-License-Identifier: Apache-2.0 */
/* JWKs and JWK Sets: what is read is written and read again as the same. */
#include "crypto/key.h"
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > JWKS_BYTES_MAX + 16)
        return -1;
    struct ctx c = fuzz_context();
    check_key(&c, (struct bytes){ data, size }, false);
    check_key(&c, (struct bytes){ data, size }, true);
    check_set(&c, (struct bytes){ data, size });
    arena_end(c.arena);
    return 0;
}
