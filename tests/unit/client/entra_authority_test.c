/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Authorities of Entra ID in their forms and clouds (entra.md 3.6, 1.22, 1.23; 6.1 test_authority
 * canonicalize, test_path_less_authority, test_authority_with_path; 6.3
 * TestTenantDiscoveryValidateIssuer, TestWithPortAuthority).
 */
#include "client/entra_authority.h"

#include "tests/unit/base/testing.h"

static void each_form_is_read(void **state)
{
    struct ctx *c = *state;
    static const struct {
        const char *text, *url;
        enum entra_kind kind;
        bool known;
    } rows[] = {
        { "https://login.microsoftonline.com/common", "https://login.microsoftonline.com/common",
          ENTRA_COMMON, true },
        { "https://LOGIN.microsoftonline.com/Organizations/",
          "https://login.microsoftonline.com/organizations", ENTRA_ORGANIZATIONS, true },
        { "https://login.windows.net/consumers", "https://login.windows.net/consumers",
          ENTRA_CONSUMERS, true },
        { "https://login.microsoftonline.us/T-1/more/path?x=y",
          "https://login.microsoftonline.us/t-1", ENTRA_TENANT, true },
        { "https://login.microsoftonline.com/contoso.example#x",
          "https://login.microsoftonline.com/contoso.example", ENTRA_TENANT, true },
        { "https://login.partner.microsoftonline.cn/t",
          "https://login.partner.microsoftonline.cn/t", ENTRA_TENANT, true },
        { "https://login.example:8443/t", "https://login.example:8443/t", ENTRA_TENANT, false },
        { "https://contoso.b2clogin.com/contoso.onmicrosoft.com/B2C_1_SignIn",
          "https://contoso.b2clogin.com/contoso.onmicrosoft.com/b2c_1_signin", ENTRA_B2C, false },
        { "https://contoso.b2clogin.com/tfp/contoso.onmicrosoft.com/p/",
          "https://contoso.b2clogin.com/contoso.onmicrosoft.com/p", ENTRA_B2C, false },
        { "https://contoso.ciamlogin.com", "https://contoso.ciamlogin.com/contoso.onmicrosoft.com",
          ENTRA_CIAM, false },
        { "https://contoso.ciamlogin.com/", "https://contoso.ciamlogin.com/contoso.onmicrosoft.com",
          ENTRA_CIAM, false },
        { "https://contoso.ciamlogin.com/t-1", "https://contoso.ciamlogin.com/t-1", ENTRA_CIAM,
          false },
        { "https://FS.example/ADFS/", "https://fs.example/adfs", ENTRA_ADFS, false },
        { "https://fs.example/adfs/ls?x=y", "https://fs.example/adfs", ENTRA_ADFS, false },
        { "https://login.microsoftonline.com/adfs", "https://login.microsoftonline.com/adfs",
          ENTRA_TENANT, true },
        { "http://127.0.0.1:8081/t", "http://127.0.0.1:8081/t", ENTRA_TENANT, false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct entra_authority a = { 0 };
        assert_int_equal(entra_authority_read(c, c->arena, rows[i].text, &a).code, ERR_OK);
        assert_string_equal(entra_authority_url(c->arena, &a, ""), rows[i].url);
        assert_int_equal(a.kind, rows[i].kind);
        assert_int_equal(a.known, rows[i].known);
    }
}

static void what_is_none_is_refused(void **state)
{
    struct ctx *c = *state;
    static const char *const bad[] = { "",
                                       "login.microsoftonline.com/common",
                                       "http://login.microsoftonline.com/common",
                                       "https://login.microsoftonline.com",
                                       "https://login.microsoftonline.com/",
                                       "https://login.microsoftonline.com//",
                                       "https://login.microsoftonline.com/a b",
                                       "https://login.microsoftonline.com/a%2fb",
                                       "https://user@login.microsoftonline.com/t",
                                       "https://login.microsoftonline.com/../t",
                                       "https://contoso.b2clogin.com/contoso.onmicrosoft.com",
                                       "https://contoso.b2clogin.com/tfp/contoso",
                                       "ftp://login.microsoftonline.com/t" };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct entra_authority a = { 0 };
        fault_clear(c);
        assert_int_equal(entra_authority_read(c, c->arena, bad[i], &a).code, ERR_INVALID_REQUEST);
    }
}

static void hosts_of_one_cloud_are_the_same(void **state)
{
    struct ctx *c = *state;
    struct entra_authority a = { 0 };
    assert_int_equal(entra_authority_read(c, c->arena, "https://login.microsoft.com/t", &a).code,
                     ERR_OK);
    assert_true(texts_hold(a.aliases, "login.windows.net"));
    assert_true(texts_hold(a.aliases, "sts.windows.net"));
    assert_false(texts_hold(a.aliases, "login.microsoftonline.us"));
    assert_int_equal(entra_aliases("evil.login.microsoftonline.com").n, 0);
    assert_int_equal(entra_aliases("login.microsoftonline.com.evil").n, 0);
    assert_int_equal(entra_authority_read(c, c->arena, "https://a.example:8443/t", &a).code,
                     ERR_OK);
    assert_true(texts_hold(a.aliases, "a.example"));
    assert_true(texts_hold(a.aliases, "a.example:8443"));
    struct entra_authority other = entra_authority_for(&a, "organizations");
    assert_false(entra_authority_has_tenant(&other));
    assert_string_equal(entra_authority_url(c->arena, &other, "/x"),
                        "https://a.example:8443/organizations/x");
}

static void an_issuer_is_of_the_authority_or_of_microsoft(void **state)
{
    struct ctx *c = *state;
#define MS   "https://login.microsoftonline.com/common"
#define OWN  "https://login.example:8443/t"
#define CIAM "https://contoso.ciamlogin.com/t"
#define GUID "11111111-2222-3333-4444-555555555555"
    static const struct {
        const char *authority, *issuer;
        bool good;
    } rows[] = {
        { MS, "https://login.microsoftonline.com/{tenantid}/v2.0", true },
        { MS, "https://login.microsoftonline.com/" GUID "/v2.0", true },
        { MS, "https://login.microsoftonline.com", true },
        { MS, "https://sts.windows.net/" GUID "/", true },
        { MS, "https://westus.login.microsoft.com/t/v2.0", true },
        { MS, "http://login.microsoftonline.com/t", false },
        { MS, "https://login.example/t/v2.0", false },
        { MS, "https://login.microsoftonline.com.evil/t", false },
        { MS, "https://evil/login.microsoftonline.com", false },
        { MS, "https://a.b.login.microsoft.com/t", false },
        { MS, "", false },
        { MS, "login.microsoftonline.com", false },
        { OWN, "https://login.example:8443/t/v2.0", true },
        { OWN, "https://login.example:8443/other", true },
        { OWN, "https://login.example/t/v2.0", false },
        { OWN, "https://login.example:8444/t", false },
        { OWN, "http://login.example:8443/t", false },
        { OWN, "https://login.microsoftonline.com/t/v2.0", true },
        { OWN, "https://trusted.example:9/x", true },
        { OWN, "https://trusted.example/x", false },
        { CIAM, "https://" GUID ".ciamlogin.com/" GUID "/v2.0", true },
        { CIAM, "https://fabrikam.ciamlogin.com/t/v2.0", false },
        { CIAM, "https://" GUID ".ciamlogin.com.evil/x", false },
        { OWN, "https://" GUID ".ciamlogin.com/x", false },
    };
    const char *known = "trusted.example:9";
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct entra_authority a = { 0 };
        assert_int_equal(entra_authority_read(c, c->arena, rows[i].authority, &a).code, ERR_OK);
        assert_int_equal(
            entra_issuer_is_trusted(c->arena, &a, rows[i].issuer, (struct texts){ &known, 1 }),
            rows[i].good);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_form_is_read),
        TEST(what_is_none_is_refused),
        TEST(hosts_of_one_cloud_are_the_same),
        TEST(an_issuer_is_of_the_authority_or_of_microsoft),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
