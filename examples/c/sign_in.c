/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signs somebody in from a program on their machine (RFC 8252): the browser comes back to a port of
 * this program on loopback.     sign_in ISSUER CLIENT_ID [PORT]     With uauth as the server:
 *
 *     uauth client create --id my-desktop --type public --redirect-uri http://127.0.0.1/callback
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <uauth/uauth.h>
#include <unistd.h>

static int failed(const char *what, struct uauth_error *error)
{
    const char *words = uauth_error_description(error);
    (void)fprintf(stderr, "%s: %s%s%s\n", what, uauth_error_text(error), words == NULL ? "" : ": ",
                  words == NULL ? "" : words);
    uauth_error_free(error);
    return 1;
}

/* A port of loopback that listens: `port`, or any if that is 0. */
static int listen_at(uint16_t *port)
{
    struct sockaddr_in at = { .sin_family = AF_INET,
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                              .sin_port = htons(*port) };
    socklen_t size = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&at, size) != 0 || listen(fd, 4) != 0 ||
        getsockname(fd, (struct sockaddr *)&at, &size) != 0)
        return -1;
    *port = ntohs(at.sin_port);
    return fd;
}

/* The query of the next GET of /callback; other requests, as for an icon, get nothing. */
static bool await(int listener, char *query, size_t size)
{
    static const char done[] = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close"
                               "\r\n\r\nYou may close this window.\n";
    for (;;) {
        char head[4096] = "";
        int fd = accept(listener, NULL, NULL);
        if (fd < 0)
            return false;
        size_t n = 0;
        for (ssize_t got = 1; got > 0 && strstr(head, "\r\n\r\n") == NULL && n < sizeof head - 1;) {
            got = read(fd, head + n, sizeof head - 1 - n);
            n += got > 0 ? (size_t)got : 0;
            head[n] = '\0';
        }
        char *from = strncmp(head, "GET /callback?", 14) == 0 ? head + 14 : NULL;
        (void)!write(fd, done, sizeof done - 1);
        (void)close(fd);
        if (from == NULL)
            continue;
        from[strcspn(from, " \r\n")] = '\0';
        return snprintf(query, size, "%s", from) < (int)size;
    }
}

static int greet(const struct uauth_client *client, const struct uauth_tokens *tokens)
{
    const char *sub = uauth_token_text(uauth_tokens_id(tokens), "sub");
    struct uauth_error *error = NULL;
    struct uauth_token *who = NULL;
    if (uauth_userinfo(client, uauth_tokens_access(tokens), sub, &who, &error) != UAUTH_OK)
        return failed("who it is", error);
    const char *email = uauth_token_text(who, "email");
    (void)printf("Signed in as %s.\n", email == NULL ? sub : email);
    uauth_token_free(who);
    return 0;
}

static int sign_in(const struct uauth_client *client, int listener, uint16_t port)
{
    char redirect[64];
    char query[4096];
    struct uauth_error *error = NULL;
    struct uauth_sign_in *begun = NULL;
    struct uauth_tokens *tokens = NULL;
    (void)snprintf(redirect, sizeof redirect, "http://127.0.0.1:%u/callback", port);
    const struct uauth_sign_in_options options = { .size = sizeof options,
                                                   .redirect_uri = redirect,
                                                   .scope = "openid email" };
    if (uauth_sign_in_begin(client, &options, &begun, &error) != UAUTH_OK)
        return failed("signing in", error);
    (void)printf("Open %s\n", uauth_sign_in_url(begun));
    (void)fflush(stdout);
    int status = 1;
    if (!await(listener, query, sizeof query))
        (void)fprintf(stderr, "the browser did not come back\n");
    else if (uauth_sign_in_finish(client, uauth_sign_in_kept(begun), query, &tokens, &error) !=
             UAUTH_OK)
        status = failed("signing in", error);
    else
        status = greet(client, tokens);
    uauth_tokens_free(tokens);
    uauth_sign_in_free(begun);
    return status;
}

int main(int argc, char **argv)
{
    struct uauth_options options = { .size = sizeof options, .insecure_loopback = true };
    struct uauth_client_options wanted = { .size = sizeof wanted };
    struct uauth *uauth = NULL;
    struct uauth_client *client = NULL;
    struct uauth_error *error = NULL;
    if (argc < 3) {
        (void)fprintf(stderr, "usage: sign_in ISSUER CLIENT_ID [PORT]\n");
        return 2;
    }
    wanted.issuer = argv[1];
    wanted.client_id = argv[2];
    uint16_t port = argc > 3 ? (uint16_t)strtoul(argv[3], NULL, 10) : 0;
    int listener = listen_at(&port);
    int status = 1;
    if (listener < 0)
        perror("127.0.0.1");
    else if (uauth_new(&options, &uauth, &error) != UAUTH_OK ||
             uauth_client_new(uauth, &wanted, &client, &error) != UAUTH_OK)
        status = failed("the client", error);
    else
        status = sign_in(client, listener, port);
    uauth_client_free(client);
    uauth_free(uauth);
    return status;
}
