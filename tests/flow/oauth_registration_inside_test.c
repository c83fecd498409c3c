/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Clients that register themselves name nothing inside: AUTH_INTERNAL_HOSTS is for what operators
 * register.
 */
#include "oauth_story.h"

#include "base/config.h"
#include "crypto/digest.h"
#include "oauth/client_change.h"
#include "oauth/client_url.h"
#include "store/client_registrations.h"

#define REGISTER "/oauth2/register"
#define URIS     "'redirect_uris':['https://app.test/cb']"

static const char *const everybody[] = { "AUTH_CLIENT_REGISTRATION=open",
                                         "AUTH_INTERNAL_HOSTS=vault.inside", NULL };

/* Registers with `members`, in which ' stands for ", with `token` or NULL. */
static struct answer registers(struct world *w, const char *token, const char *members)
{
    struct client c = story_bearer(w, token);
    return story_post(&c, REGISTER, "{" URIS ",%s}", members);
}

/* The same as an update by the client of `whose`. */
static struct answer updates(struct world *w, const struct answer *whose, const char *members)
{
    struct client c = story_bearer(w, answer_text(whose, "registration_access_token"));
    const char *id = answer_text(whose, "client_id");
    return client_send(
        &c, &(struct sent){ .method = HTTP_PUT,
                            .target = text_printf(w->arena, REGISTER "/%s", id),
                            .json = story_json(w, "{'client_id':'%s'," URIS ",%s}", id, members) });
}

static const char back[] = "'backchannel_logout_uri':'https://vault.inside/'";

static const char *const inside[] = {
    back,
    "'backchannel_logout_uri':'https://VAULT.inside:8200/'",
    "'jwks_uri':'https://vault.inside:8200/keys'",
    "'sector_identifier_uri':'https://vault.inside/list'",
    "'request_uris':['https://app.test/object','https://vault.inside/object']",
};

/* SR-02, CL-11: whoever has given the token. */
static void what_is_inside_is_not_called(void **state)
{
    struct world *w = *state;
    const struct registration_token_row row = { .hash = token_hash(w->arena, "initial"),
                                                .label = "",
                                                .uses = 9,
                                                .expires_at = w->now + HOURS };
    story_does(w, registration_token_add(world_ctx(w), &row));
    struct answer good = registers(w, "initial", "'jwks_uri':'https://app.test/keys'");
    assert_status(good, 201);
    for (size_t i = 0; i < sizeof inside / sizeof inside[0]; i++) {
        assert_oauth_error(registers(w, NULL, inside[i]), 400, "invalid_client_metadata");
        assert_oauth_error(registers(w, "initial", inside[i]), 400, "invalid_client_metadata");
        assert_oauth_error(updates(w, &good, inside[i]), 400, "invalid_client_metadata");
    }
}

static void what_an_operator_gave_stays(void **state)
{
    struct world *w = *state;
    struct client_made client;
    struct answer a = registers(w, NULL, "'client_name':'One'");
    story_does(w, client_read(world_ctx(w), answer_text(&a, "client_id"), &client));
    client.metadata.backchannel_logout_uri = "https://vault.inside/";
    story_does(w, client_change(world_ctx(w), client.row->id, &client.metadata, NULL, &client));
    a = updates(w, &a, back);
    assert_status(a, 200);
    assert_oauth_error(updates(w, &a, inside[1]), 400, "invalid_client_metadata");
}

/* Who answers for a call to `url` of client `id` once its host is listed. */
static enum outbound_origin origin_when_listed(struct world *w, const char *id, const char *url)
{
    static const char *hosts[] = { "late.example" };
    struct ctx c = *world_ctx(w);
    struct config config = *c.config;
    struct client_made client;
    config.internal_hosts = (struct texts){ hosts, 1 };
    story_does(w, client_read(world_ctx(w), id, &client));
    c.config = &config;
    return client_url_origin(&c, &client.metadata, url);
}

/* SR-02: what is listed later is not opened to whoever named it before. */
static void a_host_that_is_listed_later_stays_outside(void **state)
{
    struct world *w = *state;
    static const char keys[] = "https://late.example/keys";
    static const char logout[] = "https://late.example/out";
    struct client_made client;
    struct answer a = registers(w, NULL, "'jwks_uri':'https://late.example/keys'");
    assert_status(a, 201);
    const char *id = answer_text(&a, "client_id");
    assert_int_equal(origin_when_listed(w, id, keys), OUTBOUND_FOREIGN);
    /* What an operator adds is inside, and no update by the client makes it more. */
    story_does(w, client_read(world_ctx(w), id, &client));
    client.metadata.backchannel_logout_uri = logout;
    story_does(w, client_change(world_ctx(w), id, &client.metadata, NULL, &client));
    assert_int_equal(origin_when_listed(w, id, logout), OUTBOUND_CONFIGURED);
    assert_int_equal(origin_when_listed(w, id, keys), OUTBOUND_FOREIGN);
    assert_status(updates(w, &a,
                          "'foreign_urls':[],'jwks_uri':'https://late.example/keys',"
                          "'backchannel_logout_uri':'https://late.example/out',"
                          "'request_uris':['https://late.example/object']"),
                  200);
    assert_int_equal(origin_when_listed(w, id, logout), OUTBOUND_CONFIGURED);
    assert_int_equal(origin_when_listed(w, id, keys), OUTBOUND_FOREIGN);
    assert_int_equal(origin_when_listed(w, id, "https://late.example/object"), OUTBOUND_FOREIGN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY_WITH(what_is_inside_is_not_called, everybody),
        STORY_WITH(what_an_operator_gave_stays, everybody),
        STORY_WITH(a_host_that_is_listed_later_stays_outside, everybody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
