/* SPDX-License-Identifier: Apache-2.0 */
/* What a client says of itself at its client_id: what is taken is about that URL, has no secret,
 * and gives no power over others. */
#include "oauth/client_document.h"
#include "oauth/registration_rules.h"

#include "base/config.h"
#include "jose_fuzzing.h"

#define CLIENT_URL "https://app.test/client.json"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct config config = { .internal_hosts = { 0 } };
    struct ctx c = fuzz_context();
    struct client_metadata read;
    struct bytes body = { data, size };
    c.config = &config;
    if (client_document_read(&c, body, CLIENT_URL, &read).code == ERR_OK) {
        must(text_equal(read.token_endpoint_auth_method, "none") ||
             text_equal(read.token_endpoint_auth_method, "private_key_jwt"));
        must(read.client_name != NULL);
        if (registration_bound(&c, REGISTERED_BY_DOCUMENT, NULL, &read).code == ERR_OK)
            must(!read.first_party && read.audiences.n == 0 && *read.scope == '\0');
    }
    arena_end(c.arena);
    return 0;
}
