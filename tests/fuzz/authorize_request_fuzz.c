/* SPDX-License-Identifier: Apache-2.0 */
/* Authorization requests and the parameter `claims` in them: what is taken is stored, and read
 * again it is the same. */
#include "oauth/authorize_request.h"

#include "jose_fuzzing.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ctx c = fuzz_context();
    struct authorize_request in;
    const struct authorize_request *again = NULL;
    struct claims_request claims;
    if (shape_read_form(&c, &authorize_request_shape, (struct bytes){ data, size }, &in).code ==
        ERR_OK) {
        const char *text = authorize_request_write(c.arena, &in);
        must(authorize_request_load(&c, text, &again).code == ERR_OK);
        must(text_equal(text, authorize_request_write(c.arena, again)));
        if (claims_request_read(&c, in.claims, &claims).code == ERR_OK)
            must(claims.userinfo.n <= CLAIMS_REQUEST_MAX && claims.acr.n <= CLAIMS_REQUEST_MAX);
    }
    arena_end(c.arena);
    return 0;
}
