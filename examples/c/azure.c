/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program that calls Azure as itself: where it runs says who it is, and it holds no secret.
 *     azure SCOPE
 */
#include <stdio.h>
#include <uauth/uauth.h>

static int failed(struct uauth_error *error)
{
    (void)fprintf(stderr, "%s\n", uauth_error_text(error));
    uauth_error_free(error);
    return 1;
}

static int call(const struct uauth_azure *azure, const char *scope)
{
    const struct uauth_azure_wanted wanted = { .size = sizeof wanted, .scope = scope };
    struct uauth_azure_token *token = NULL;
    struct uauth_error *error = NULL;
    if (uauth_azure_token(azure, &wanted, &token, &error) != UAUTH_OK)
        return failed(error);
    /* Here the API is called with "Authorization: Bearer " and uauth_azure_token_text(token). */
    (void)printf("A token by %s.\n", uauth_azure_token_source(token));
    uauth_azure_token_free(token);
    return 0;
}

int main(int argc, char **argv)
{
    struct uauth *uauth = NULL;
    struct uauth_azure *azure = NULL;
    struct uauth_error *error = NULL;
    if (argc != 2) {
        (void)fprintf(stderr, "usage: azure SCOPE\n");
        return 2;
    }
    int status = uauth_new(NULL, &uauth, &error) == UAUTH_OK &&
                         uauth_azure_new(uauth, NULL, &azure, &error) == UAUTH_OK
                     ? call(azure, argv[1])
                     : failed(error);
    uauth_azure_free(azure);
    uauth_free(uauth);
    return status;
}
