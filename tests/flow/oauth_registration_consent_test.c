/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What users allow a client that registered itself, and where it goes.
 */
#include "oauth_story.h"
#include "page_story.h"

#include "crypto/digest.h"
#include "store/client_registrations.h"

#define REGISTER "/oauth2/register"
#define KNOWN    "https://known.test/cb"
#define OTHER    "https://mallory.test/cb"

static const char *const by_token[] = { "AUTH_CLIENT_REGISTRATION=token", NULL };
static const char *const everybody[] = { "AUTH_CLIENT_REGISTRATION=open", NULL };

static struct answer registered(struct world *w, const char *uris)
{
    struct client c = client_new(w);
    struct answer a = client_post(
        &c, REGISTER,
        story_json(
            w, "{'client_name':'Known','token_endpoint_auth_method':'none','redirect_uris':[%s]}",
            uris));
    assert_status(a, 201);
    return a;
}

/* The authorization endpoint, for a client that is sent back to `uri`. */
static struct answer asks(struct client *b, const char *id, const char *uri, const char *more)
{
    return oauth_authorize(b, text_printf(b->w->arena, "client_id=%s&redirect_uri=%s%s", id,
                                          percent_encode(b->w->arena, uri), more));
}

static void assert_asked(struct answer a)
{
    assert_status(a, 303);
    assert_true(text_starts(answer_header(&a, "location"), "/consent?"));
}

/* The user reads where it goes, and allows it. */
static void allows(struct client *b, const char *id, const char *uri)
{
    struct world *w = b->w;
    struct answer a = asks(b, id, uri, "");
    assert_asked(a);
    const char *page = answer_header(&a, "location");
    struct answer shown = client_get(b, page);
    const char *fields =
        text_printf(w->arena, "request=%s&answer=allow", page_hidden(&shown, "request"));
    assert_status(page_post(b, "/consent", page_hidden(&shown, "csrf_token"), fields), 303);
}

/* CD-17, CL-11: what was allowed to go to one place goes to no other. */
static void what_was_allowed_goes_to_one_place(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w);
    struct answer a = registered(w, "'" KNOWN "','" OTHER "'");
    const char *id = answer_text(&a, "client_id");
    allows(&b, id, KNOWN);
    assert_asked(asks(&b, id, OTHER, ""));
    assert_redirected_error(asks(&b, id, OTHER, "&prompt=none"), OTHER, "consent_required");
    assert_asked(asks(&b, id, KNOWN, ""));
}

/* Of one place it is remembered, until the registration changes (CL-12). */
static void what_was_allowed_ends_with_a_new_address(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w), c = client_new(w);
    struct answer a = registered(w, "'" KNOWN "','https://known.test/two'");
    const char *id = answer_text(&a, "client_id");
    allows(&b, id, KNOWN);
    struct answer again = asks(&b, id, "https://known.test/two", "&prompt=none");
    assert_non_null(oauth_param(&again, "code"));
    world_pass(w, 1);
    c = story_bearer(w, answer_text(&a, "registration_access_token"));
    struct answer put = client_send(
        &c, &(struct sent){ .method = HTTP_PUT,
                            .target = text_printf(w->arena, REGISTER "/%s", id),
                            .json = story_json(w,
                                               "{'client_id':'%s','client_name':'Known',"
                                               "'token_endpoint_auth_method':'none',"
                                               "'redirect_uris':['" OTHER "']}",
                                               id) });
    assert_status(put, 200);
    assert_redirected_error(asks(&b, id, OTHER, "&prompt=none"), OTHER, "consent_required");
    assert_asked(asks(&b, id, OTHER, ""));
    world_pass(w, 1);
    allows(&b, id, OTHER);
    again = asks(&b, id, OTHER, "&prompt=none");
    assert_non_null(oauth_param(&again, "code"));
}

/* CD-17, DV-01: whoever allows a device of it has read no address, and allows none. */
static void what_a_device_was_allowed_goes_nowhere(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w), c = story_bearer(w, "initial");
    const struct registration_token_row row = { .hash = token_hash(w->arena, "initial"),
                                                .label = "",
                                                .uses = 1,
                                                .expires_at = w->now + HOURS };
    story_does(w, registration_token_add(world_ctx(w), &row));
    struct answer a = client_post(&c, REGISTER,
                                  story_json(w, "{'client_name':'Known','redirect_uris':['" OTHER
                                                "'],'token_endpoint_auth_method':'none',"
                                                "'grant_types':['authorization_code','urn:ietf:"
                                                "params:oauth:grant-type:device_code']}"));
    assert_status(a, 201);
    const char *id = answer_text(&a, "client_id");
    world_pass(w, 1);
    struct answer d =
        oauth_post(w, "/oauth2/device_authorization", id, NULL,
                   text_printf(w->arena, "client_id=%s&scope=openid+profile+email", id));
    assert_status(d, 200);
    assert_status(
        page_post(&b, "/device/answer", page_token(&b, "/device"),
                  text_printf(w->arena, "user_code=%s&answer=allow", answer_text(&d, "user_code"))),
        200);
    struct answer list = client_get(&b, "/auth/me/consents");
    assert_true(answer_holds(&list, id));
    assert_redirected_error(asks(&b, id, OTHER, "&prompt=none"), OTHER, "consent_required");
    allows(&b, id, OTHER);
    struct answer again = asks(&b, id, OTHER, "&prompt=none");
    assert_non_null(oauth_param(&again, "code"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY_WITH(what_was_allowed_goes_to_one_place, everybody),
        STORY_WITH(what_was_allowed_ends_with_a_new_address, everybody),
        STORY_WITH(what_a_device_was_allowed_goes_nowhere, by_token),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
