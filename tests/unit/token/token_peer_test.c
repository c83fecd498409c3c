/* SPDX-License-Identifier: Apache-2.0 */
/* PyJWT takes our access tokens (token_peer.py). */
#include "token_testing.h"

#include "base/time.h"

enum { NOT_INSTALLED = 77, ANSWER_MAX = 256 };

/* What the script says of the token, or NULL if it cannot run here. */
static const char *ask(struct world *w, const char *input)
{
    struct ctx *c = w->c;
    const char *path = text_printf(c->arena, "%s/peer.json", w->folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(input, file) >= 0);
    assert_int_equal(fclose(file), 0);
    if (access("/usr/bin/python3", X_OK) != 0)
        return NULL;
    FILE *answer =
        popen(text_printf(c->arena, "/usr/bin/python3 %s/tests/unit/token/token_peer.py < %s",
                          SOURCE_ROOT, path),
              "r");
    assert_non_null(answer);
    char *text = arena_alloc(c->arena, ANSWER_MAX);
    (void)fread(text, 1, ANSWER_MAX - 1, answer);
    int status = pclose(answer);
    if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_INSTALLED)
        return NULL;
    assert_int_equal(status, 0);
    return text;
}

static void pyjwt_takes_a_token_of_each_algorithm(void **state)
{
    struct world *w = world_of(state);
    struct ctx *c = w->c;
    c->now = time_now(); /* the peer looks at the clock */
    for (int64_t i = ALGORITHM_RS256; i <= ALGORITHM_EDDSA; i++) {
        struct grant_facts facts = some_facts(c);
        struct bytes jwks;
        const char *etag = NULL;
        settings(c)->jwt_algorithm = i;
        struct keyring *k = open_keys(c);
        OK(keyring_rotate(c, k, true)); /* so that the new algorithm signs at once */
        OK(keyring_jwks(c, k, &jwks, &etag));
        struct json_writer j = json_writer(c->arena);
        json_object(&j, NULL);
        json_raw(&j, "jwks", text_copy(c->arena, (const char *)jwks.at, jwks.n));
        json_text(&j, "token", a_token(c, &facts));
        json_text(&j, "issuer", token_issuer(c));
        json_object_end(&j);
        const char *answer = ask(w, json_written(&j));
        keyring_close(k);
        if (answer == NULL)
            skip();
        assert_string_equal(answer, "user-1 users:read users:write\n");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BARE_TEST(pyjwt_takes_a_token_of_each_algorithm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
