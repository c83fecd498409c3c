/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Clients that register with a statement which the publisher of their software has signed (RFC 7591
 * 2.3).
 */
#include "oauth_story.h"

#include "crypto/jwt.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define REGISTER "/oauth2/register"
#define URIS     "'redirect_uris':['https://app.test/cb']"

static const char *const everybody[] = { "AUTH_CLIENT_REGISTRATION=open", NULL };

/* Registers `metadata`, in which ' stands for ", with `token` or NULL. */
static struct answer registers(struct world *w, const char *token, const char *metadata)
{
    struct client c = story_bearer(w, token);
    return client_post(&c, REGISTER, story_json(w, "%s", metadata));
}

#define PUBLISHER "https://publisher.test"

/* The publisher's key, known to the service. */
static const struct key *publisher(struct world *w)
{
    const struct key *key = NULL;
    char path[] = "/tmp/uauth-statements-XXXXXX";
    story_does(w, key_generate(world_ctx(w), w->arena, ALG_ES256, RSA_BITS, &key));
    const struct key_set set = { .at = &key, .n = 1 };
    int fd = mkstemp(path);
    FILE *file = fdopen(fd, "w");
    (void)fprintf(file, "{\"https://other.test\":{\"keys\":[]},\"" PUBLISHER "\":%s}",
                  key_set_write(w->arena, &set));
    (void)fclose(file);
    w->config->software_statement_keys = text_copy(w->arena, path, strlen(path));
    return key;
}

static const char *statement(struct world *w, const struct key *key, const char *claims)
{
    const char *token = NULL;
    story_does(w, jwt_sign(world_ctx(w), key, "JWT", story_json(w, "{%s}", claims), &token));
    return token;
}

static struct answer with_statement(struct world *w, const char *token)
{
    return registers(w, NULL,
                     text_printf(w->arena,
                                 "{" URIS ",'client_name':'Mine','software_id':'mine',"
                                 "'software_statement':'%s'}",
                                 token));
}

/* RFC 7591 2.3: it counts more than what stands beside it, and comes back as it is. */
static void a_statement_counts_more(void **state)
{
    struct world *w = *state;
    const struct key *key = publisher(w);
    const char *token = statement(w, key,
                                  "'iss':'" PUBLISHER "','client_name':'Theirs','first_party':true,"
                                  "'redirect_uris':['https://theirs.test/cb'],'exp':4000000000");
    struct answer a = with_statement(w, token);
    assert_status(a, 201);
    assert_string_equal(answer_text(&a, "client_name"), "Theirs");
    assert_string_equal(answer_text(&a, "software_id"), "mine");
    assert_string_equal(answer_text(&a, "first_party"), "false");
    assert_string_equal(answer_text(&a, "software_statement"), token);
    assert_true(answer_holds(&a, "https://theirs.test/cb"));
    assert_false(answer_holds(&a, "https://app.test/cb"));
    (void)unlink(w->config->software_statement_keys);
}

/* CL-11: nobody else's, none that has ended, none that was touched. */
static void a_bad_statement_is_refused(void **state)
{
    struct world *w = *state;
    const struct key *key = publisher(w);
    const struct key *other = NULL;
    story_does(w, key_generate(world_ctx(w), w->arena, ALG_ES256, RSA_BITS, &other));
    const char *good = statement(w, key, "'iss':'" PUBLISHER "'");
    assert_status(with_statement(w, good), 201);
    const char *dot = strrchr(good, '.');
    const struct {
        const char *token, *error;
    } bad[] = {
        { statement(w, other, "'iss':'" PUBLISHER "'"), "invalid_software_statement" },
        { statement(w, key, "'iss':'https://other.test'"), "invalid_software_statement" },
        { statement(w, key, "'iss':'https://unknown.test'"), "unapproved_software_statement" },
        { statement(w, key, "'client_name':'x'"), "unapproved_software_statement" },
        { statement(w, key, "'iss':'" PUBLISHER "','exp':1"), "invalid_software_statement" },
        { statement(w, key, "'iss':'" PUBLISHER "','nbf':4000000000"),
          "invalid_software_statement" },
        { text_printf(w->arena, "%.*s.", (int)(dot - good), good), "invalid_software_statement" },
        { text_printf(w->arena, "%sx", good), "invalid_software_statement" },
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct answer a = with_statement(w, bad[i].token);
        if (a.status != 400 || !text_equal(answer_text(&a, "error"), bad[i].error))
            fail_msg("%zu: %d %s", i, a.status, a.body);
    }
    (void)unlink(w->config->software_statement_keys);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY_WITH(a_statement_counts_more, everybody),
        STORY_WITH(a_bad_statement_is_refused, everybody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
