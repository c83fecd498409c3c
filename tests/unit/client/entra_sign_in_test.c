/* SPDX-License-Identifier: Apache-2.0 */
/*
 * People who sign in at an application, with a browser or at a device.  Of entra.md:
 *
 *   7.3 5, 6   somebody_signs_in_at_a_browser, what_comes_back_is_looked_at
 *   7.3 8      somebody_signs_in_at_a_device
 *   7.3 9      with_many_tenants_the_token_says_which
 *   6.2 DeviceCodeClient.spec, AuthorizationCodeClient.spec
 */
#include "entra_testing.h"

static const struct entra_options secret = { .secret = "CANARY~.+&" };

static const char *in_query(struct world *w, const char *url, const char *name)
{
    struct form form;
    const char *value = NULL;
    assert_true(form_decode(w->arena, bytes_of(strchr(url, '?') + 1), &form));
    assert_true(form_get(&form, name, &value));
    return value;
}

static struct entra_begun begin(struct entra_world *e, const struct entra_sign_in *more)
{
    struct entra_sign_in wanted = more == NULL ? (struct entra_sign_in){ 0 } : *more;
    struct entra_begun begun;
    wanted.asked = entra_asked();
    wanted.redirect_uri = "https://app.example/cb";
    fault_clear(&e->w->c);
    assert_int_equal(entra_sign_in_begin(&e->w->c, e->app, &wanted, &begun).code, ERR_OK);
    return begun;
}

static enum err_code finish(struct entra_world *e, const struct entra_begun *begun,
                            const char *answer)
{
    fault_clear(&e->w->c);
    return entra_sign_in_finish(&e->w->c, e->app, begun->kept, bytes_of(answer), &e->result,
                                &e->error)
        .code;
}

static void somebody_signs_in_at_a_browser(void **state)
{
    struct entra_world e = entra_world(state);
    assert_int_equal(entra_open(&e, TENANT, &secret), ERR_OK);
    struct entra_begun begun = begin(&e, NULL);
    assert_true(text_starts(
        begun.url, text_printf(e.w->arena, "%s/" TENANT "/oauth2/v2.0/authorize?", e.w->url)));
    assert_string_equal(in_query(e.w, begun.url, "state"), begun.state);
    assert_string_equal(in_query(e.w, begun.url, "code_challenge_method"), "S256");
    assert_string_equal(in_query(e.w, begun.url, "response_type"), "code");
    assert_string_equal(in_query(e.w, begun.url, "client_info"), "1");
    assert_string_equal(in_query(e.w, begun.url, "scope"),
                        "User.Read openid profile offline_access");
    assert_true(strlen(begun.state) == RANDOM_TOKEN_CHARS);
    const char *nonce = in_query(e.w, begun.url, "nonce");
    const char *body = entra_answer(&e, "at-1", entra_id_token(&e, TENANT, nonce), HOUR);
    SCRIPT(e.w, { TOKEN,
                  "grant_type=authorization_code&code=c%21%2A%24&redirect_uri=https%3A%2F%2F"
                  "app.example%2Fcb&code_verifier=",
                  FINE, body });
    const char *answer =
        text_printf(e.w->arena, "code=c!*$&state=%s&session_state=x&client_info=y", begun.state);
    assert_int_equal(finish(&e, &begun, answer), ERR_OK);
    assert_string_equal(e.result.account.home_account_id, HOME);
    assert_int_equal(entra_quietly(&e, NULL), ERR_OK);
    assert_true(e.result.from_cache);
    peer_script_done(e.w);
    entra_app_free(e.app);
}

static void what_comes_back_is_looked_at(void **state)
{
    struct entra_world e = entra_world(state);
    static const struct {
        const char *answer; /* %s: the state */
        enum err_code code;
        const char *nonce; /* of the ID token; NULL: nothing is exchanged */
    } rows[] = {
        { "code=c&state=other", ERR_INVALID_REQUEST, NULL },
        { "code=c", ERR_INVALID_REQUEST, NULL },
        { "state=%s", ERR_INVALID_REQUEST, NULL },
        { "code=&state=%s", ERR_INVALID_REQUEST, NULL },
        { "code=c&code=d&state=%s", ERR_INVALID_REQUEST, NULL },
        { "code=c&state=%s&state=x", ERR_INVALID_REQUEST, NULL },
        { "code=c&error=access_denied&error_subcode=cancel&state=%s", ERR_ACCESS_DENIED, NULL },
        { "error=interaction_required&state=%s", ERR_INTERACTION_REQUIRED, NULL },
        { "error=login_required&error_description=AADSTS50058&state=%s", ERR_INTERACTION_REQUIRED,
          NULL },
        { "error=access_denied&state=other", ERR_INVALID_REQUEST, NULL },
        { "%%zz&state=%s", ERR_INVALID_REQUEST, NULL },
        { "code=c&state=%s", ERR_INVALID_TOKEN, "another" },
        { "code=c&state=%s", ERR_INVALID_TOKEN, "" },
    };
    assert_int_equal(entra_open(&e, TENANT, &secret), ERR_OK);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct entra_begun begun = begin(&e, NULL);
        const char *mark = strstr(rows[i].answer, "%s");
        const char *answer = mark == NULL
                                 ? rows[i].answer
                                 : text_printf(e.w->arena, "%.*s%s%s", (int)(mark - rows[i].answer),
                                               rows[i].answer, begun.state, mark + 2);
        const char *nonce = rows[i].nonce == NULL || *rows[i].nonce == '\0' ? NULL : rows[i].nonce;
        const char *body = entra_answer(&e, "CANARY", entra_id_token(&e, TENANT, nonce), HOUR);
        SCRIPT(e.w, { TOKEN, NULL, FINE, body });
        assert_int_equal(finish(&e, &begun, answer), rows[i].code);
        assert_int_equal(peer_step(e.w), rows[i].nonce != NULL);
    }
    struct entra_begun late = begin(&e, NULL);
    e.w->c.now += 601;
    assert_int_equal(finish(&e, &late, text_printf(e.w->arena, "code=c&state=%s", late.state)),
                     ERR_INVALID_REQUEST);
    /* Nobody has signed in by any of these. */
    assert_null(strstr(token_cache_write(&e.w->c, entra_app_cache(e.app)), "CANARY"));
    entra_app_free(e.app);
}

/* AuthorizationCodeClient.spec: prompt x sid x login_hint x account.  What MSAL for Node.js puts in
 * the URL (protocol/Authorize.ts), row by row; NULL: it is not there. */
static void hints_go_with_the_request(void **state)
{
    static const struct {
        const char *prompt, *sid, *login_hint, *domain_hint;
        const char *account; /* claims of its ID token; NULL: none is named */
        const char *due_hint, *due_sid;
    } rows[] = {
        { NULL, NULL, NULL, NULL, NULL, NULL, NULL },
        { NULL, NULL, "a@b", NULL, NULL, "a@b", NULL },
        { "login", NULL, "a@b", "contoso.example", NULL, "a@b", NULL },
        /* A session is of use without a page only. */
        { NULL, "s-1", NULL, NULL, NULL, NULL, NULL },
        { "login", "s-1", "a@b", NULL, NULL, "a@b", NULL },
        { "none", "s-1", NULL, NULL, NULL, NULL, "s-1" },
        { "none", "s-1", "a@b", NULL, NULL, NULL, "s-1" },
        { "none", "s-1", "a@b", NULL, ",\"login_hint\":\"O.x\"", NULL, "s-1" },
        { "none", NULL, "a@b", NULL, NULL, "a@b", NULL },
        /* The picker has no hint that would pass it by. */
        { "select_account", NULL, "a@b", NULL, NULL, NULL, NULL },
        { "select_account", "s-1", NULL, NULL, NULL, NULL, NULL },
        { "select_account", NULL, NULL, NULL, ",\"login_hint\":\"O.x\",\"sid\":\"s-2\"", NULL,
          NULL },
        /* What an account says of itself goes before names. */
        { NULL, NULL, NULL, NULL, "", "alice@contoso.example", NULL },
        { NULL, NULL, "a@b", NULL, "", "a@b", NULL },
        { NULL, NULL, "a@b", NULL, ",\"login_hint\":\"O.x\"", "O.x", NULL },
        { "none", NULL, "a@b", NULL, ",\"login_hint\":\"O.x\",\"sid\":\"s-2\"", "O.x", NULL },
        { "none", NULL, "a@b", NULL, ",\"sid\":\"s-2\"", NULL, "s-2" },
        { "login", NULL, NULL, NULL, ",\"sid\":\"s-2\"", "alice@contoso.example", NULL },
        { "login", NULL, "a@b", NULL, ",\"sid\":\"s-2\"", "a@b", NULL },
        /* Beside a domain the opaque hint is not understood. */
        { NULL, NULL, NULL, "contoso.example", ",\"login_hint\":\"O.x\"", "alice@contoso.example",
          NULL },
        { "none", NULL, NULL, "contoso.example", ",\"login_hint\":\"O.x\",\"sid\":\"s-2\"", NULL,
          "s-2" },
    };
    struct entra_world e = entra_world(state);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(entra_open(&e, TENANT, &secret), ERR_OK);
        const char *id_token = text_printf(
            e.w->arena, "e30.%s.e30",
            base64url_encode(
                e.w->arena, bytes_of(text_printf(e.w->arena, "{\"tid\":\"x\"%s}",
                                                 rows[i].account == NULL ? "" : rows[i].account))));
        const char *cache = text_printf(
            e.w->arena,
            "{\"Account\":{\"a\":{\"home_account_id\":\"" HOME
            "\",\"environment\":\"127.0.0.1\",\"realm\":\"" TENANT
            "\",\"username\":\"alice@contoso.example\"}},\"IdToken\":{\"i\":{\"home_account_id\":"
            "\"" HOME "\",\"environment\":\"127.0.0.1\",\"client_id\":\"" CLIENT
            "\",\"realm\":\"" TENANT "\",\"secret\":\"%s\"}}}",
            id_token);
        assert_int_equal(token_cache_read(&e.w->c, entra_app_cache(e.app), bytes_of(cache)).code,
                         ERR_OK);
        const struct entra_sign_in wanted = {
            .prompt = rows[i].prompt,
            .sid = rows[i].sid,
            .login_hint = rows[i].login_hint,
            .domain_hint = rows[i].domain_hint,
            .home_account_id = rows[i].account == NULL ? NULL : HOME,
            .form_post = true,
        };
        struct entra_begun begun = begin(&e, &wanted);
        const char *const names[] = { "prompt", "domain_hint", "login_hint", "sid" };
        const char *const due[] = { rows[i].prompt, rows[i].domain_hint, rows[i].due_hint,
                                    rows[i].due_sid };
        for (size_t n = 0; n < sizeof names / sizeof names[0]; n++) {
            const char *got = in_query(e.w, begun.url, names[n]);
            if (!text_equal(got == NULL ? "" : got, due[n] == NULL ? "" : due[n]))
                fail_msg("row %zu: %s is %s, due is %s", i, names[n], got, due[n]);
        }
        assert_string_equal(in_query(e.w, begun.url, "response_mode"), "form_post");
        entra_app_free(e.app);
    }
}

/* ---- tenants ---- */

static void with_many_tenants_the_token_says_which(void **state)
{
    struct entra_world e = entra_world(state);
    static const struct {
        const char *tid;    /* in the token */
        const char *issuer; /* of the token: its tenant; NULL: the same */
        bool good;
    } rows[] = { { TENANT, NULL, true },        { TENANT2, NULL, true },
                 { TENANT, TENANT2, false },    { TENANT, "{tenantid}", false },
                 { "not-a-guid", NULL, false }, { "", NULL, false } };
    entra_serve(&e, "organizations", "{tenantid}");
    assert_int_equal(entra_open(&e, "organizations", &secret), ERR_OK);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct entra_begun begun = begin(&e, NULL);
        const char *token = NULL;
        const char *claims = text_printf(
            e.w->arena,
            "{\"iss\":\"%s/%s/v2.0\",\"aud\":\"" CLIENT "\",\"sub\":\"p\",\"oid\":\"" OID
            "\",\"tid\":\"%s\",\"iat\":%d,\"exp\":%d,\"nonce\":\"%s\"}",
            e.w->url, rows[i].issuer == NULL ? rows[i].tid : rows[i].issuer, rows[i].tid, NOW,
            NOW + 100, in_query(e.w, begun.url, "nonce"));
        assert_int_equal(jwt_sign(&e.w->c, e.key, "JWT", claims, &token).code, ERR_OK);
        const char *body = entra_answer(&e, "at", token, HOUR);
        SCRIPT(e.w, { "POST /organizations/oauth2/v2.0/token ", NULL, FINE, body });
        assert_int_equal(
            finish(&e, &begun, text_printf(e.w->arena, "code=c&state=%s", begun.state)),
            rows[i].good ? ERR_OK : ERR_INVALID_TOKEN);
        peer_script_done(e.w);
        if (rows[i].good)
            assert_string_equal(e.result.tenant_id, rows[i].tid);
    }
    /* Silently at the home tenant, whatever tenant the last sign-in was of. */
    assert_int_equal(entra_quietly(&e, NULL), ERR_OK);
    assert_true(e.result.from_cache);
    assert_string_equal(e.result.tenant_id, TENANT);
    entra_app_free(e.app);
}

/* ---- a device ---- */

static void somebody_signs_in_at_a_device(void **state)
{
    struct entra_world e = entra_world(state);
    const struct entra_asked asked = entra_asked();
    struct entra_device device = { 0 };
    assert_int_equal(entra_open(&e, TENANT, NULL), ERR_OK);
    const char *body = entra_answer(&e, "at-1", entra_id_token(&e, TENANT, NULL), HOUR);
    SCRIPT(e.w,
           { "POST /" TENANT "/oauth2/v2.0/devicecode ",
             "scope=User.Read%20openid%20profile%20"
             "offline_access&",
             FINE,
             "{\"user_code\":\"F7K\",\"device_code\":\"CANARY\",\"verification_uri\":"
             "\"https://microsoft.com/devicelogin\",\"expires_in\":\"900\",\"interval\":5,"
             "\"message\":\"To sign in\"}" },
           { TOKEN, "device_code=CANARY&", "400 x\r\n", "{\"error\":\"authorization_pending\"}" },
           { TOKEN, "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code&", FINE,
             body });
    struct ctx *c = &e.w->c;
    assert_int_equal(entra_device_begin(c, e.app, &asked, &device, &e.error).code, ERR_OK);
    assert_string_equal(device.message, "To sign in");
    assert_int_equal(device.expires_at, c->now + 900);
    assert_int_equal(entra_device_ask(c, e.app, &device, &asked, &e.result, &e.error).code,
                     ERR_AUTHORIZATION_PENDING);
    fault_clear(c);
    assert_int_equal(entra_device_ask(c, e.app, &device, &asked, &e.result, &e.error).code, ERR_OK);
    assert_int_equal(entra_quietly(&e, NULL), ERR_OK);
    assert_true(e.result.from_cache);
    c->now = device.expires_at;
    assert_int_equal(entra_device_ask(c, e.app, &device, &asked, &e.result, &e.error).code,
                     ERR_EXPIRED_TOKEN);
    peer_script_done(e.w);
    entra_app_free(e.app);
}

static void an_answer_for_a_device_can_be_shown(void **state)
{
    struct entra_world e = entra_world(state);
    static const char *const bad[] = {
        "{}",
        "[]",
        "{\"device_code\":\"d\",\"user_code\":\"u\"}",
        "{\"device_code\":\"d\",\"user_code\":\"u\\u001b[2J\",\"verification_uri\":\"https://x\"}",
        "{\"device_code\":\"d\",\"user_code\":\"u\",\"verification_uri\":\"javascript:x\"}",
        "{\"user_code\":\"u\",\"verification_uri\":\"https://x\"}",
    };
    const struct entra_asked asked = entra_asked();
    assert_int_equal(entra_open(&e, TENANT, NULL), ERR_OK);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct entra_device device = { 0 };
        SCRIPT(e.w, { "POST /", NULL, FINE, bad[i] });
        fault_clear(&e.w->c);
        assert_int_equal(entra_device_begin(&e.w->c, e.app, &asked, &device, &e.error).code,
                         ERR_UPSTREAM);
    }
    entra_app_free(e.app);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(somebody_signs_in_at_a_browser),
        WORLD_TEST(what_comes_back_is_looked_at),
        WORLD_TEST(hints_go_with_the_request),
        WORLD_TEST(with_many_tenants_the_token_says_which),
        WORLD_TEST(somebody_signs_in_at_a_device),
        WORLD_TEST(an_answer_for_a_device_can_be_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
