/* SPDX-License-Identifier: Apache-2.0 */
/* What Entra ID and resources answer: tokens, errors, claims, challenges. */
#include "client/entra_call.h"
#include "client/entra_claims.h"

#include "jose_fuzzing.h"

#include <string.h>

/* Claims that are taken can be merged, and once more with nothing new. */
static void merge(struct ctx *c, const char *text)
{
    const char *capability = "cp1";
    const char *out = NULL;
    const char *again = NULL;
    fault_clear(c);
    if (entra_claims_merge(c, (struct texts){ &capability, 1 }, text, &out).code != ERR_OK)
        return;
    must(out != NULL && strstr(out, "cp1") != NULL);
    fault_clear(c);
    if (entra_claims_join(c, out, NULL, &again).code == ERR_OK)
        must(text_equal(out, again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ctx c = fuzz_context();
    const struct bytes body = { data, size };
    struct entra_tokens tokens;
    struct entra_error error;
    if (entra_tokens_read(&c, body, &tokens).code == ERR_OK)
        must(*tokens.access_token != '\0' && tokens.expires_in >= 0);
    entra_error_read(&c, 400, body, &error);
    must(error.codes_n <= ENTRA_CODES_MAX);
    fault_clear(&c);
    must(entra_error_fail(&c, &error).code != ERR_OK && !text_has_control(c.fault.text));
    if (size > 0 && memchr(data, '\0', size) == NULL) {
        const char *text = text_copy(c.arena, (const char *)data, size);
        merge(&c, text);
        const char *claims = entra_challenge_claims(c.arena, text);
        must(claims == NULL || claims[0] != '\0');
    }
    arena_end(c.arena);
    return 0;
}
