/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Says of requests whether an API may let them in: the field Authorization of each is one line of
 * standard input.
 *
 *     verify ISSUER AUDIENCE [SCOPE]
 *
 *     cc verify.c $(pkg-config --cflags --libs uauth) -o verify
 */
#include <uauth/uauth.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The answer to one request. */
static void answer(const struct uauth_verifier *verifier, const char *field, const char *scope)
{
    struct uauth_request request = { .size = sizeof request };
    struct uauth_token *token = NULL;
    struct uauth_error *error = NULL;
    request.authorization = *field == '\0' ? NULL : field;
    request.scopes = scope;
    if (uauth_verify(verifier, &request, &token, &error) == UAUTH_OK) {
        printf("200 %s\n", uauth_token_text(token, "sub"));
    } else {
        printf("%d %s\n", uauth_error_status(error), uauth_error_text(error));
        if (uauth_error_challenge(error) != NULL)
            printf("    WWW-Authenticate: %s\n", uauth_error_challenge(error));
    }
    uauth_token_free(token);
    uauth_error_free(error);
}

static int give_up(struct uauth *uauth, struct uauth_error *error)
{
    fprintf(stderr, "verify: %s\n", uauth_error_text(error));
    uauth_error_free(error);
    uauth_free(uauth);
    return EXIT_FAILURE;
}

int main(int argc, char **argv)
{
    struct uauth_options options = { .size = sizeof options };
    struct uauth_verifier_options wanted = { .size = sizeof wanted };
    struct uauth *uauth = NULL;
    struct uauth_verifier *verifier = NULL;
    struct uauth_error *error = NULL;
    static char line[16384];
    if (argc < 3 || argc > 4) {
        fprintf(stderr, "usage: verify ISSUER AUDIENCE [SCOPE]\n");
        return EXIT_FAILURE;
    }
    /* Without TLS only for a service on this machine. */
    options.insecure_loopback = strncmp(argv[1], "http://", 7) == 0;
    if (uauth_new(&options, &uauth, &error) != UAUTH_OK)
        return give_up(NULL, error);
    wanted.issuer = argv[1];
    wanted.audiences = (const char *const *)&argv[2];
    wanted.audiences_n = 1;
    if (uauth_verifier_new(uauth, &wanted, &verifier, &error) != UAUTH_OK)
        return give_up(uauth, error);
    while (fgets(line, sizeof line, stdin) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        answer(verifier, line, argc == 4 ? argv[3] : NULL);
    }
    uauth_verifier_free(verifier);
    uauth_free(uauth);
    return EXIT_SUCCESS;
}
