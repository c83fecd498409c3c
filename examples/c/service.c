/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A service that gets tokens for itself: eight threads, of which each asks ten times; the server is
 * asked once.     service ISSUER CLIENT_ID SECRET_FILE [SCOPE]     With uauth as the server:
 *
 *     uauth client create --id my-job --type confidential --grant client_credentials
 */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <uauth/uauth.h>

enum { THREADS = 8, TIMES = 10 };

struct work {
    const struct uauth_client *client;
    struct uauth_wanted wanted;
    int failures;
};

/* Where a real one calls an API with the token: Authorization: Bearer ... */
static bool call_api(const struct uauth_tokens *tokens)
{
    return uauth_tokens_access(tokens)[0] != '\0';
}

static void *run(void *arg)
{
    struct work *work = arg;
    for (int i = 0; i < TIMES; i++) {
        struct uauth_tokens *tokens = NULL;
        struct uauth_error *error = NULL;
        if (uauth_client_credentials(work->client, &work->wanted, &tokens, &error) != UAUTH_OK) {
            (void)fprintf(stderr, "no token: %s: %s\n",
                          uauth_result_name(uauth_error_result(error)), uauth_error_text(error));
            uauth_error_free(error);
            work->failures++;
            continue;
        }
        work->failures += call_api(tokens) ? 0 : 1;
        uauth_tokens_free(tokens);
    }
    return NULL;
}

static bool read_line(const char *path, char *out, size_t size)
{
    FILE *file = fopen(path, "re");
    bool read = file != NULL && fgets(out, (int)size, file) != NULL;
    if (file != NULL)
        (void)fclose(file);
    out[read ? strcspn(out, "\n") : 0] = '\0';
    return read;
}

static int work_all(const struct uauth_client *client, const char *scope)
{
    pthread_t threads[THREADS];
    struct work work[THREADS];
    int failures = 0;
    for (int i = 0; i < THREADS; i++) {
        work[i] = (struct work){ client, { .size = sizeof work[i].wanted, .scope = scope }, 0 };
        if (pthread_create(&threads[i], NULL, run, &work[i]) != 0)
            return 1;
    }
    for (int i = 0; i < THREADS; i++) {
        (void)pthread_join(threads[i], NULL);
        failures += work[i].failures;
    }
    (void)printf("%d calls, %d without a token.\n", THREADS * TIMES, failures);
    return failures == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
    struct uauth_options options = { .size = sizeof options, .insecure_loopback = true };
    struct uauth_client_options wanted = { .size = sizeof wanted };
    struct uauth *uauth = NULL;
    struct uauth_client *client = NULL;
    struct uauth_error *error = NULL;
    char secret[512];
    if (argc < 4 || !read_line(argv[3], secret, sizeof secret)) {
        (void)fprintf(stderr, "usage: service ISSUER CLIENT_ID SECRET_FILE [SCOPE]\n");
        return 2;
    }
    wanted.issuer = argv[1];
    wanted.client_id = argv[2];
    wanted.client_secret = secret;
    int status = 1;
    if (uauth_new(&options, &uauth, &error) != UAUTH_OK ||
        uauth_client_new(uauth, &wanted, &client, &error) != UAUTH_OK)
        (void)fprintf(stderr, "%s\n", uauth_error_text(error));
    else
        status = work_all(client, argc > 4 ? argv[4] : NULL);
    uauth_error_free(error);
    uauth_client_free(client);
    uauth_free(uauth);
    return status;
}
