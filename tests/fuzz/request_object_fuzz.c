/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Request objects: the input is the payload, which is signed here with a key that is always the
 * same, so that the reading behind the signature is reached.  What is taken is of its client, and
 * is stored and read again as it is.
 */
#include "oauth/request_object.h"

#include "base/config.h"
#include "crypto/jwt.h"
#include "jose_fuzzing.h"

#include <string.h>

/* RFC 8037 A.1, A.2. */
static const char private_text[] = "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"kid\":\"okp\","
                                   "\"d\":\"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A\","
                                   "\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}";
static const char public_text[] = "{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"kid\":\"okp\","
                                  "\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}]}";

static void check(struct ctx *c, const struct client *client, const struct request_object *read)
{
    const struct authorize_request *again = NULL;
    must(text_equal(read->in.client_id, client->id) && read->in.request == NULL &&
         read->in.request_uri == NULL && read->expires_at > c->now);
    const char *text = authorize_request_write(c->arena, &read->in);
    must(authorize_request_load(c, text, &again).code == ERR_OK);
    must(text_equal(text, authorize_request_write(c->arena, again)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 4096 || memchr(data, 0, size) != NULL)
        return -1;
    struct ctx c = fuzz_context();
    const struct config config = { .public_url = "https://issuer.test",
                                   .jwt_issuer = "",
                                   .jwt_audience = "" };
    const struct client client = { .id = "app", .metadata = { .jwks = bytes_of(public_text) } };
    const struct key *key = NULL;
    const char *token = NULL;
    struct request_object read = { 0 };
    c.config = &config;
    must(key_read_jwk(&c, c.arena, bytes_of(private_text), true, &key).code == ERR_OK);
    const char *payload = text_copy(c.arena, (const char *)data, size);
    must(jwt_sign(&c, key, "oauth-authz-req+jwt", payload, &token).code == ERR_OK);
    if (request_object_read(&c, &client, token, &read).code == ERR_OK)
        check(&c, &client, &read);
    else
        must(c.fault.code != ERR_OK && read.in.client_id == NULL);
    arena_end(c.arena);
    return 0;
}
