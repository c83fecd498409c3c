/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signs somebody in where there is no browser (RFC 8628), with tokens that are bound to a key, gets
 * new ones and ends them.     device ISSUER CLIENT_ID     With uauth as the server:
 *
 *     uauth client create --id my-device --type public --grant refresh_token \
 *         --grant urn:ietf:params:oauth:grant-type:device_code
 */
#include <stdio.h>
#include <uauth/uauth.h>

static int failed(struct uauth_error *error)
{
    const char *words = uauth_error_description(error);
    (void)fprintf(stderr, "%s: %s\n", uauth_result_name(uauth_error_result(error)),
                  words == NULL ? uauth_error_text(error) : words);
    uauth_error_free(error);
    return 1;
}

/* What was given is renewed once, as after a while it has to be; then it is of no more use. */
static int go_on(const struct uauth_client *client, const struct uauth_tokens *tokens)
{
    const char *sub = uauth_token_text(uauth_tokens_id(tokens), "sub");
    const struct uauth_refresh_options options = { .size = sizeof options,
                                                   .refresh_token = uauth_tokens_refresh(tokens),
                                                   .sub = sub };
    struct uauth_tokens *newer = NULL;
    struct uauth_error *error = NULL;
    (void)printf("Signed in as %s, with a %s token.\n", sub, uauth_tokens_type(tokens));
    if (uauth_refresh(client, &options, &newer, &error) != UAUTH_OK)
        return failed(error);
    enum uauth_result ended =
        uauth_revoke(client, uauth_tokens_refresh(newer), "refresh_token", &error);
    uauth_tokens_free(newer);
    if (ended != UAUTH_OK)
        return failed(error);
    (void)printf("Renewed, and ended.\n");
    return 0;
}

static int sign_in(const struct uauth_client *client)
{
    const struct uauth_wanted wanted = { .size = sizeof wanted, .scope = "openid offline_access" };
    struct uauth_device *device = NULL;
    struct uauth_tokens *tokens = NULL;
    struct uauth_error *error = NULL;
    if (uauth_device_begin(client, &wanted, &device, &error) != UAUTH_OK)
        return failed(error);
    (void)printf("Open %s and type %s.\n", uauth_device_uri(device),
                 uauth_device_user_code(device));
    (void)fflush(stdout);
    int status = uauth_device_wait(device, NULL, NULL, &tokens, &error) == UAUTH_OK
                     ? go_on(client, tokens)
                     : failed(error);
    uauth_tokens_free(tokens);
    uauth_device_free(device);
    return status;
}

int main(int argc, char **argv)
{
    struct uauth_options options = { .size = sizeof options, .insecure_loopback = true };
    struct uauth_client_options wanted = { .size = sizeof wanted, .dpop = true };
    struct uauth *uauth = NULL;
    struct uauth_client *client = NULL;
    struct uauth_error *error = NULL;
    if (argc != 3) {
        (void)fprintf(stderr, "usage: device ISSUER CLIENT_ID\n");
        return 2;
    }
    wanted.issuer = argv[1];
    wanted.client_id = argv[2];
    int status = uauth_new(&options, &uauth, &error) == UAUTH_OK &&
                         uauth_client_new(uauth, &wanted, &client, &error) == UAUTH_OK
                     ? sign_in(client)
                     : failed(error);
    uauth_client_free(client);
    uauth_free(uauth);
    return status;
}
