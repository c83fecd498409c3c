/* SPDX-License-Identifier: Apache-2.0 */
/* What a server answers a client: tokens, an error, a device's code.  What is taken can be shown
 * and stored: no controls, no place that a browser must not be sent to, times within bounds. */
#include "client/device_flow.h"

#include "jose_fuzzing.h"

static void check_tokens(struct ctx *c, const struct oauth_answer *answer)
{
    struct oauth_tokens tokens;
    if (oauth_tokens_read(c, "https://op.example/token", answer, &tokens).code == ERR_OK) {
        must(answer->error == NULL);
        must(tokens.access_token != NULL && *tokens.access_token != '\0');
        must(tokens.expires_in >= 0);
    } else {
        fault_clear(c);
    }
}

static void check_device(struct ctx *c, struct bytes body)
{
    struct device_begun begun;
    if (device_begun_read(c, "https://op.example/device", body, &begun).code == ERR_OK) {
        must(!text_has_control(begun.user_code) && !text_has_control(begun.verification_uri));
        must(begun.interval > 0 && begun.interval <= DEVICE_INTERVAL_MAX);
        must(begun.expires_at > c->now && begun.expires_at <= c->now + DEVICE_EXPIRES_MAX);
    } else {
        fault_clear(c);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ctx c = fuzz_context();
    struct http_answer *answer = ARENA_NEW(c.arena, struct http_answer);
    struct oauth_answer said;
    answer->status = 200;
    answer->body = (struct bytes){ data, size };
    oauth_answer_read(&c, answer, &said);
    must(c.fault.code == ERR_OK);
    must(said.error == NULL || !text_has_control(said.error));
    must(said.description == NULL || !text_has_control_but_lines(said.description));
    check_tokens(&c, &said);
    check_device(&c, said.body);
    arena_end(c.arena);
    return 0;
}
