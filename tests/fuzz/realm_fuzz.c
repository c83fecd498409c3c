/* SPDX-License-Identifier: Apache-2.0 */
/* A realm file: what is taken is written, and read again it is the same. */
#include "realm/kind.h"

#include "base/config.h"
#include "jose_fuzzing.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *written(struct ctx *c, const struct realm *realm)
{
    size_t n = 0;
    const struct realm_kind *const *kinds = realm_kinds(&n);
    struct json_writer w = json_writer(c->arena);
    json_object(&w, NULL);
    for (size_t i = 0; i < n; i++) {
        json_array(&w, kinds[i]->list);
        for (size_t k = 0; k < realm->lists[i].n; k++)
            realm_thing_write(&w, NULL, kinds[i]->shape, realm->lists[i].at[k]);
        json_array_end(&w);
    }
    json_object_end(&w);
    return realm_laid_out(c->arena, json_written(&w));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct config config = { .internal_hosts = { 0 } };
    struct ctx c = fuzz_context();
    const struct realm *realm = NULL;
    c.config = &config;
    if (realm_read(&c, (struct bytes){ data, size }, &realm).code == ERR_OK) {
        const char *text = written(&c, realm);
        must(realm_read(&c, bytes_of(text), &realm).code == ERR_OK);
        must(text_equal(text, written(&c, realm)));
    }
    arena_end(c.arena);
    return 0;
}
