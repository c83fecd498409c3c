/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A command line at which somebody signs in with Microsoft Entra ID: silently if they have before,
 * else with a code that they type elsewhere.  Tokens are kept in a file that is shared with MSAL.
 *     entra AUTHORITY CLIENT_ID SCOPE CACHE [sign-out]
 */
#include <stdio.h>
#include <string.h>
#include <uauth/uauth.h>

static int failed(struct uauth_error *error)
{
    (void)fprintf(stderr, "%s: %s\n", uauth_result_name(uauth_error_result(error)),
                  uauth_error_text(error));
    uauth_error_free(error);
    return 1;
}

static int show(struct uauth_entra_token *token)
{
    (void)printf("%s, %s.\n", uauth_entra_username(token),
                 uauth_entra_from_cache(token) ? "from the cache" : "fresh");
    uauth_entra_token_free(token);
    return 0;
}

/* With a page elsewhere. */
static int sign_in(const struct uauth_entra *app, const struct uauth_entra_wanted *wanted)
{
    struct uauth_entra_device *device = NULL;
    struct uauth_entra_token *token = NULL;
    struct uauth_error *error = NULL;
    if (uauth_entra_device_begin(app, wanted, &device, &error) != UAUTH_OK)
        return failed(error);
    (void)printf("%s\n", uauth_entra_device_message(device));
    (void)fflush(stdout);
    int status = uauth_entra_device_wait(device, NULL, NULL, &token, &error) == UAUTH_OK
                     ? show(token)
                     : failed(error);
    uauth_entra_device_free(device);
    return status;
}

/* Whoever signed in last; a person is asked for only if that does not do. */
static int run(const struct uauth_entra *app, const char *scope, bool out)
{
    struct uauth_entra_wanted wanted = { .size = sizeof wanted, .scopes = scope };
    struct uauth_entra_accounts *accounts = NULL;
    struct uauth_entra_token *token = NULL;
    struct uauth_error *error = NULL;
    enum uauth_result result = uauth_entra_accounts(app, &accounts, &error);
    if (result != UAUTH_OK)
        return failed(error);
    const char *account = uauth_entra_accounts_account(accounts, 0);
    if (out && account != NULL)
        result = uauth_entra_account_remove(app, account, &error);
    else if (account != NULL)
        result = uauth_entra_silent(app, account, &wanted, &token, &error);
    int status = 0;
    if (account != NULL && token != NULL)
        status = show(token);
    else if (!out &&
             (account == NULL || result == UAUTH_INTERACTION || result == UAUTH_NOT_FOUND)) {
        wanted.claims = uauth_error_claims(error);
        status = sign_in(app, &wanted);
        uauth_error_free(error);
    } else if (result != UAUTH_OK)
        status = failed(error);
    uauth_entra_accounts_free(accounts);
    return status;
}

int main(int argc, char **argv)
{
    struct uauth_options options = { .size = sizeof options, .insecure_loopback = true };
    struct uauth_entra_options wanted = { .size = sizeof wanted, .capabilities = "cp1" };
    char host[256] = "";
    struct uauth *uauth = NULL;
    struct uauth_entra *app = NULL;
    struct uauth_error *error = NULL;
    if (argc < 5 || argc > 6) {
        (void)fprintf(stderr, "usage: entra AUTHORITY CLIENT_ID SCOPE CACHE [sign-out]\n");
        return 2;
    }
    wanted.authority = argv[1];
    /* Whoever types an authority trusts it. */
    (void)sscanf(argv[1], "%*[a-z]://%255[^/]", host);
    wanted.known_authorities = host;
    wanted.client_id = argv[2];
    wanted.cache_file = argv[4];
    int status = uauth_new(&options, &uauth, &error) == UAUTH_OK &&
                         uauth_entra_new(uauth, &wanted, &app, &error) == UAUTH_OK
                     ? run(app, argv[3], argc == 6 && strcmp(argv[5], "sign-out") == 0)
                     : failed(error);
    uauth_entra_free(app);
    uauth_free(uauth);
    return status;
}
