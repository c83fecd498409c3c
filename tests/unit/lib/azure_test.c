/* SPDX-License-Identifier: Apache-2.0 */
/* Credentials of Azure and applications at Entra ID, as programs meet them in the library. */
#include <uauth/uauth.h>

#include "tests/unit/client/entra_testing.h"

#include "base/time.h"

/* A context that calls the peer. */
static struct uauth *context(void)
{
    struct uauth *u = NULL;
    const struct uauth_options options = { .size = sizeof options, .insecure_loopback = true };
    assert_int_equal(uauth_new(&options, &u, NULL), UAUTH_OK);
    return u;
}

/* ---- credentials ---- */

static void a_managed_identity_gives_a_token(void **state)
{
    struct world *w = *state;
    struct uauth *u = context();
    struct uauth_azure *azure = NULL;
    struct uauth_azure_token *token = NULL;
    const struct uauth_azure_options options = { .size = sizeof options,
                                                 .credential = "managed-identity" };
    const struct uauth_azure_wanted wanted = { .size = sizeof wanted, .scope = VAULT_SCOPE };
    assert_int_equal(setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", w->url, 1), 0);
    SCRIPT(w, { IMDS " ", "Metadata: true\r\n", FINE,
                "{\"access_token\":\"at\",\"expires_in\":\"3600\"}" });
    assert_int_equal(uauth_azure_new(u, &options, &azure, NULL), UAUTH_OK);
    /* It was read when the credential was made. */
    assert_int_equal(unsetenv("AZURE_POD_IDENTITY_AUTHORITY_HOST"), 0);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(uauth_azure_token(azure, &wanted, &token, NULL), UAUTH_OK);
        assert_string_equal(uauth_azure_token_text(token), "at");
        assert_string_equal(uauth_azure_token_source(token), "managed-identity");
        assert_true(uauth_azure_token_expires_at(token) > time_now() + 3500);
        uauth_azure_token_free(token);
    }
    peer_script_done(w);
    uauth_azure_free(azure);
    uauth_free(u);
}

static void what_is_missing_is_said(void **state)
{
    (void)state;
    struct uauth *u = context();
    struct uauth_azure *azure = NULL;
    struct uauth_azure_token *token = NULL;
    struct uauth_error *error = NULL;
    struct uauth_azure_options options = { .size = sizeof options, .credential = "environment" };
    const struct uauth_azure_wanted wanted = { .size = sizeof wanted, .scope = VAULT_SCOPE };
    assert_int_equal(uauth_azure_new(u, &options, &azure, &error), UAUTH_OK);
    assert_int_equal(uauth_azure_token(azure, &wanted, &token, &error), UAUTH_NOT_FOUND);
    assert_null(token);
    assert_non_null(strstr(uauth_error_text(error), "AZURE_TENANT_ID"));
    uauth_error_free(error);
    assert_int_equal(uauth_azure_token(azure, NULL, &token, &error), UAUTH_ARGUMENT);
    uauth_error_free(error);
    uauth_azure_free(azure);
    options.credential = "nobody";
    assert_int_equal(uauth_azure_new(u, &options, &azure, &error), UAUTH_ARGUMENT);
    assert_null(azure);
    uauth_error_free(error);
    uauth_azure_free(NULL);
    uauth_azure_token_free(NULL);
    uauth_free(u);
}

/* ---- applications ---- */

struct scene {
    struct entra_world e;
    struct uauth *u;
    struct uauth_entra *app;
};

static struct scene open_scene(void **state, const char *secret)
{
    struct scene s = { .e = entra_world(state), .u = context() };
    struct uauth_entra_options options = { .size = sizeof options,
                                           .client_id = CLIENT,
                                           .client_secret = secret };
    s.e.w->c.now = time_now();
    options.authority = text_printf(s.e.w->arena, "%s/" TENANT, s.e.w->url);
    options.known_authorities = strstr(s.e.w->url, "://") + 3;
    assert_int_equal(uauth_entra_new(s.u, &options, &s.app, NULL), UAUTH_OK);
    return s;
}

static void close_scene(const struct scene *s)
{
    uauth_entra_free(s->app);
    uauth_free(s->u);
}

static const struct uauth_entra_wanted mail = { .size = sizeof mail, .scopes = "User.Read" };

static void a_person_signs_in_and_out(void **state)
{
    struct scene s = open_scene(state, "secret");
    struct uauth_entra_sign_in *begun = NULL;
    struct uauth_entra_token *token = NULL;
    struct uauth_entra_accounts *accounts = NULL;
    struct form form;
    const char *nonce = NULL;
    const char *sent = NULL;
    const struct uauth_entra_sign_in_options options = { .size = sizeof options,
                                                         .redirect_uri = "https://app/cb",
                                                         .scopes = "User.Read" };
    assert_int_equal(uauth_entra_sign_in_begin(s.app, &options, &begun, NULL), UAUTH_OK);
    assert_true(form_decode(s.e.w->arena, bytes_of(strchr(uauth_entra_sign_in_url(begun), '?') + 1),
                            &form));
    assert_true(form_get(&form, "nonce", &nonce) && form_get(&form, "state", &sent));
    const char *body = entra_answer(&s.e, "at-1", entra_id_token(&s.e, TENANT, nonce), HOUR);
    SCRIPT(s.e.w, { TOKEN, "code=c&", FINE, body });
    assert_int_equal(uauth_entra_sign_in_finish(s.app, uauth_entra_sign_in_kept(begun),
                                                text_printf(s.e.w->arena, "code=c&state=%s", sent),
                                                &token, NULL),
                     UAUTH_OK);
    assert_string_equal(uauth_entra_username(token), "alice@contoso.example");
    assert_string_equal(uauth_entra_account(token), HOME);
    assert_string_equal(uauth_entra_object_id(token), OID);
    uauth_entra_token_free(token);
    uauth_entra_sign_in_free(begun);
    assert_int_equal(uauth_entra_silent(s.app, HOME, &mail, &token, NULL), UAUTH_OK);
    assert_true(uauth_entra_from_cache(token));
    assert_string_equal(uauth_entra_access(token), "at-1");
    uauth_entra_token_free(token);
    assert_int_equal(uauth_entra_accounts(s.app, &accounts, NULL), UAUTH_OK);
    assert_int_equal(uauth_entra_accounts_count(accounts), 1);
    assert_string_equal(uauth_entra_accounts_account(accounts, 0), HOME);
    assert_null(uauth_entra_accounts_username(accounts, 1));
    uauth_entra_accounts_free(accounts);
    assert_int_equal(uauth_entra_account_remove(s.app, HOME, NULL), UAUTH_OK);
    assert_int_equal(uauth_entra_silent(s.app, HOME, &mail, &token, NULL), UAUTH_NOT_FOUND);
    peer_script_done(s.e.w);
    close_scene(&s);
}

static void what_entra_wants_is_handed_on(void **state)
{
    struct scene s = open_scene(state, "secret");
    struct uauth_entra_token *token = NULL;
    struct uauth_error *error = NULL;
    SCRIPT(
        s.e.w,
        { TOKEN, NULL, "400 x\r\n",
          "{\"error\":\"interaction_required\",\"claims\":\"{\\\"a\\\":1}\","
          "\"error_codes\":[50076]}" },
        { TOKEN, NULL, "401 x\r\n", "{\"error\":\"invalid_client\",\"error_codes\":[7000215]}" });
    assert_int_equal(uauth_entra_on_behalf_of(s.app, "assertion", &mail, &token, &error),
                     UAUTH_INTERACTION);
    assert_string_equal(uauth_error_claims(error), "{\"a\":1}");
    assert_string_equal(uauth_error_code(error), "interaction_required");
    uauth_error_free(error);
    assert_int_equal(uauth_entra_application(s.app, &mail, &token, &error), UAUTH_REFUSED);
    assert_non_null(strstr(uauth_error_text(error), "AADSTS7000215"));
    assert_int_equal(uauth_error_status(error), 401);
    assert_null(uauth_error_claims(error));
    uauth_error_free(error);
    struct uauth_text *claims = NULL;
    assert_int_equal(uauth_challenge_claims(s.u,
                                            "Bearer error=\"insufficient_claims\", claims=\"e30=\"",
                                            &claims, NULL),
                     UAUTH_OK);
    assert_string_equal(uauth_text(claims), "{}");
    uauth_text_free(claims);
    assert_int_equal(uauth_challenge_claims(s.u, "Bearer", &claims, NULL), UAUTH_NOT_FOUND);
    close_scene(&s);
}

static void a_cache_goes_in_and_out(void **state)
{
    struct scene s = open_scene(state, NULL);
    struct uauth_entra_token *token = NULL;
    struct uauth_text *json = NULL;
    struct uauth_error *error = NULL;
    const char *body = entra_answer(&s.e, "at-1", entra_id_token(&s.e, TENANT, NULL), HOUR);
    SCRIPT(s.e.w, { TOKEN, "refresh_token=rt-0&", FINE, body });
    assert_int_equal(uauth_entra_by_refresh_token(s.app, "rt-0", &mail, &token, NULL), UAUTH_OK);
    uauth_entra_token_free(token);
    assert_true(uauth_entra_cache_changed(s.app));
    assert_int_equal(uauth_entra_cache_write(s.app, &json, NULL), UAUTH_OK);
    assert_false(uauth_entra_cache_changed(s.app));
    assert_int_equal(uauth_entra_cache_read(s.app, "{}", NULL), UAUTH_OK);
    assert_int_equal(uauth_entra_silent(s.app, HOME, &mail, &token, NULL), UAUTH_NOT_FOUND);
    assert_int_equal(uauth_entra_cache_read(s.app, uauth_text(json), NULL), UAUTH_OK);
    assert_int_equal(uauth_entra_silent(s.app, HOME, &mail, &token, NULL), UAUTH_OK);
    uauth_entra_token_free(token);
    assert_int_equal(uauth_entra_cache_read(s.app, "no", &error), UAUTH_ARGUMENT);
    uauth_error_free(error);
    uauth_text_free(json);
    close_scene(&s);
}

/* As many as may be kept: more than one call may use otherwise. */
static void a_cache_of_many_goes_in_and_out(void **state)
{
    enum { MANY = 5000, SECRET = 2000 };
    struct scene s = open_scene(state, NULL);
    struct uauth_text *json = NULL;
    struct uauth_entra_accounts *accounts = NULL;
    char *secret = calloc(1, SECRET + 1);
    char *text = calloc(1, (size_t)MANY * (SECRET + 1000));
    assert_non_null(secret);
    assert_non_null(text);
    memset(secret, 'x', SECRET);
    char *at = text + sprintf(text, "{\"RefreshToken\":{");
    for (int i = 0; i < MANY; i++)
        at += sprintf(at, "%s\"r%d\":{\"home_account_id\":\"u%d.t\",\"secret\":\"%s\"}",
                      i == 0 ? "" : ",", i, i, secret);
    at += sprintf(at, "},\"Account\":{");
    for (int i = 0; i < MANY; i++)
        at += sprintf(
            at, "%s\"a%d\":{\"home_account_id\":\"u%d.t\",\"realm\":\"t\",\"environment\":\"%s\"}",
            i == 0 ? "" : ",", i, i, strstr(s.e.w->url, "://") + 3);
    (void)sprintf(at, "}}");
    assert_int_equal(uauth_entra_cache_read(s.app, text, NULL), UAUTH_OK);
    assert_int_equal(uauth_entra_cache_write(s.app, &json, NULL), UAUTH_OK);
    assert_true(strlen(uauth_text(json)) > (size_t)MANY * SECRET);
    assert_int_equal(uauth_entra_cache_read(s.app, uauth_text(json), NULL), UAUTH_OK);
    uauth_text_free(json);
    assert_int_equal(uauth_entra_accounts(s.app, &accounts, NULL), UAUTH_OK);
    assert_int_equal(uauth_entra_accounts_count(accounts), MANY);
    uauth_entra_accounts_free(accounts);
    free(secret);
    free(text);
    close_scene(&s);
}

static bool count_down(void *arg)
{
    int *left = arg;
    return (*left)-- > 0;
}

static void a_device_is_waited_for(void **state)
{
    struct scene s = open_scene(state, NULL);
    struct uauth_entra_device *device = NULL;
    struct uauth_entra_token *token = NULL;
    static const char begun[] = "{\"user_code\":\"F7K\",\"device_code\":\"d\",\"verification_uri\":"
                                "\"https://x\",\"interval\":0,\"message\":\"m\"}";
    const char *body = entra_answer(&s.e, "at-1", entra_id_token(&s.e, TENANT, NULL), HOUR);
    int left = 3;
    SCRIPT(s.e.w, { "POST /" TENANT "/oauth2/v2.0/devicecode ", NULL, FINE, begun },
           { TOKEN, "device_code=d&", "400 x\r\n", "{\"error\":\"authorization_pending\"}" },
           { TOKEN, "device_code=d&", FINE, body });
    assert_int_equal(uauth_entra_device_begin(s.app, &mail, &device, NULL), UAUTH_OK);
    assert_string_equal(uauth_entra_device_user_code(device), "F7K");
    assert_string_equal(uauth_entra_device_message(device), "m");
    assert_string_equal(uauth_entra_device_uri(device), "https://x");
    assert_int_equal(uauth_entra_device_wait(device, count_down, &left, &token, NULL), UAUTH_OK);
    assert_string_equal(uauth_entra_account(token), HOME);
    uauth_entra_token_free(token);
    uauth_entra_device_free(device);
    peer_script_done(s.e.w);
    close_scene(&s);
}

static bool say_nothing(void *arg, char *out, size_t room)
{
    (void)out;
    (void)room;
    return *(bool *)arg;
}

static void what_cannot_be_is_an_argument(void **state)
{
    (void)state;
    struct uauth *u = context();
    struct uauth_entra *app = NULL;
    struct uauth_entra_token *token = NULL;
    struct uauth_error *error = NULL;
    bool has = false;
    struct uauth_entra_options options = { .size = sizeof options, .client_id = "c" };
    assert_int_equal(uauth_entra_new(u, NULL, &app, NULL), UAUTH_ARGUMENT);
    assert_int_equal(uauth_entra_new(u, &options, &app, NULL), UAUTH_ARGUMENT);
    options.authority = "https://login.microsoftonline.com";
    assert_int_equal(uauth_entra_new(u, &options, &app, NULL), UAUTH_ARGUMENT);
    options.authority = "https://login.microsoftonline.com/t";
    options.assertion = say_nothing;
    options.assertion_arg = &has;
    assert_int_equal(uauth_entra_new(u, &options, &app, NULL), UAUTH_OK);
    assert_int_equal(uauth_entra_application(app, &mail, &token, &error), UAUTH_ARGUMENT);
    assert_non_null(strstr(uauth_error_text(error), "assertion"));
    uauth_error_free(error);
    assert_int_equal(uauth_entra_account_remove(app, NULL, NULL), UAUTH_ARGUMENT);
    uauth_entra_free(app);
    uauth_entra_free(NULL);
    uauth_entra_token_free(NULL);
    uauth_entra_device_free(NULL);
    uauth_entra_accounts_free(NULL);
    uauth_entra_sign_in_free(NULL);
    uauth_free(u);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(a_managed_identity_gives_a_token), WORLD_TEST(what_is_missing_is_said),
        WORLD_TEST(a_person_signs_in_and_out),        WORLD_TEST(what_entra_wants_is_handed_on),
        WORLD_TEST(a_cache_goes_in_and_out),          WORLD_TEST(a_cache_of_many_goes_in_and_out),
        WORLD_TEST(a_device_is_waited_for),           WORLD_TEST(what_cannot_be_is_an_argument),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
