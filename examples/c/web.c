/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A web application for one thread: people sign in, by query or form, and sign out, here, there, or
 * because the server says so.     web ISSUER CLIENT_ID SECRET_FILE PORT [form_post]     With uauth:
 *
 *     uauth client create --id my-web --type confidential --redirect-uri
 * http://127.0.0.1:9000/callback \
 *         --post-logout-redirect-uri http://127.0.0.1:9000/ \
 *         --backchannel-logout-uri http://127.0.0.1:9000/backchannel
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <uauth/uauth.h>
#include <unistd.h>

enum { SESSIONS = 16, HEAD = 8192, ID = 33, SUB = 256, HINT = 2048 };

struct session {
    char id[ID], sub[SUB], sid[SUB], hint[HINT]; /* free: id is empty */
};

struct site {
    struct uauth_client *client;
    const char *mode;
    char home[64], callback[64];
    struct session sessions[SESSIONS];
    size_t next;
};

struct request {
    char text[HEAD];
    const char *method, *path, *query, *body;
    char session[ID], kept[2048];
};

/* ---- answers ---- */

static void answer(int fd, const char *status, const char *body)
{
    (void)dprintf(fd,
                  "HTTP/1.1 %s\r\nContent-Type: text/html; charset=utf-8\r\nConnection: close\r\n"
                  "Cache-Control: no-store\r\n\r\n%s",
                  status, body);
}

/* `cookie` may be "". */
static void redirect(int fd, const char *to, const char *cookie)
{
    (void)dprintf(fd,
                  "HTTP/1.1 303 See Other\r\nConnection: close\r\nCache-Control: no-store\r\n"
                  "Location: %s\r\n%s%s%s\r\n",
                  to, *cookie == '\0' ? "" : "Set-Cookie: ", cookie, *cookie == '\0' ? "" : "\r\n");
}

/* What went wrong is for the log; it may hold what a browser brought. */
static void refuse(int fd, struct uauth_error *error)
{
    (void)fprintf(stderr, "refused: %s\n", uauth_error_text(error));
    uauth_error_free(error);
    answer(fd, "400 Bad Request", "That did not work.\n");
}

/* ---- sessions ---- */

static struct session *session_of(struct site *site, const char *id)
{
    for (size_t i = 0; *id != '\0' && i < SESSIONS; i++)
        if (strcmp(site->sessions[i].id, id) == 0)
            return &site->sessions[i];
    return NULL;
}

static void copy(char *to, size_t size, const char *from)
{
    (void)snprintf(to, size, "%s", from == NULL ? "" : from);
}

static struct session *begin_session(struct site *site, const struct uauth_tokens *tokens)
{
    struct session *s = &site->sessions[site->next++ % SESSIONS];
    unsigned char bits[(ID - 1) / 2];
    if (getrandom(bits, sizeof bits, 0) != (ssize_t)sizeof bits)
        abort();
    for (size_t i = 0; i < sizeof bits; i++)
        (void)snprintf(s->id + 2 * i, 3, "%02x", bits[i]);
    copy(s->sub, sizeof s->sub, uauth_token_text(uauth_tokens_id(tokens), "sub"));
    copy(s->sid, sizeof s->sid, uauth_token_text(uauth_tokens_id(tokens), "sid"));
    copy(s->hint, sizeof s->hint, uauth_tokens_id_token(tokens));
    return s;
}

/* ---- what can be done ---- */

static void get_home(struct site *site, const struct request *r, int fd)
{
    const struct session *s = session_of(site, r->session);
    char page[1024];
    /* A sub is letters of the server's choice: not to be trusted with markup. */
    if (s == NULL || strpbrk(s->sub, "<>&\"'") != NULL)
        (void)snprintf(page, sizeof page, "Nobody is signed in. <a href=\"/login\">Sign in</a>\n");
    else
        (void)snprintf(page, sizeof page,
                       "Signed in as %s. <form method=\"post\" action=\"/logout\">"
                       "<button>Sign out</button></form>\n",
                       s->sub);
    answer(fd, "200 OK", page);
}

static void get_login(struct site *site, int fd)
{
    const struct uauth_sign_in_options options = { .size = sizeof options,
                                                   .redirect_uri = site->callback,
                                                   .response_mode = site->mode };
    struct uauth_sign_in *begun = NULL;
    struct uauth_error *error = NULL;
    char cookie[3000];
    if (uauth_sign_in_begin(site->client, &options, &begun, &error) != UAUTH_OK) {
        refuse(fd, error);
        return;
    }
    /* With https also Secure, and with form_post SameSite=None. */
    (void)snprintf(cookie, sizeof cookie, "kept=%s; Path=/callback; HttpOnly; Max-Age=600",
                   uauth_sign_in_kept(begun));
    redirect(fd, uauth_sign_in_url(begun), cookie);
    uauth_sign_in_free(begun);
}

static void any_callback(struct site *site, const struct request *r, int fd)
{
    struct uauth_tokens *tokens = NULL;
    struct uauth_error *error = NULL;
    char cookie[128];
    const char *brought = strcmp(r->method, "POST") == 0 ? r->body : r->query;
    if (uauth_sign_in_finish(site->client, r->kept, brought, &tokens, &error) != UAUTH_OK) {
        refuse(fd, error);
        return;
    }
    (void)snprintf(cookie, sizeof cookie, "session=%s; Path=/; HttpOnly; SameSite=Lax",
                   begin_session(site, tokens)->id);
    redirect(fd, "/", cookie);
    uauth_tokens_free(tokens);
}

static void post_logout(struct site *site, const struct request *r, int fd)
{
    struct session *s = session_of(site, r->session);
    struct uauth_text *url = NULL;
    struct uauth_error *error = NULL;
    if (s == NULL) {
        redirect(fd, "/", "");
        return;
    }
    const struct uauth_sign_out_options options = { .size = sizeof options,
                                                    .id_token_hint = s->hint,
                                                    .post_logout_redirect_uri = site->home };
    if (uauth_sign_out_url(site->client, &options, &url, &error) != UAUTH_OK)
        refuse(fd, error);
    else
        redirect(fd, uauth_text(url), "");
    uauth_text_free(url);
    *s = (struct session){ .id = "" };
}

/* Back-Channel Logout 1.0: the session that is named, or all of somebody's. */
static void post_backchannel(struct site *site, const struct request *r, int fd)
{
    static const char name[] = "logout_token=";
    const char *token = strncmp(r->body, name, strlen(name)) == 0 ? r->body + strlen(name) : NULL;
    struct uauth_token *told = NULL;
    struct uauth_error *error = NULL;
    if (uauth_logout_token(site->client, token, &told, &error) != UAUTH_OK) {
        refuse(fd, error);
        return;
    }
    const char *sid = uauth_token_text(told, "sid"), *sub = uauth_token_text(told, "sub");
    for (size_t i = 0; i < SESSIONS; i++) {
        struct session *s = &site->sessions[i];
        bool meant = sid != NULL ? strcmp(s->sid, sid) == 0 : strcmp(s->sub, sub) == 0;
        if (meant)
            *s = (struct session){ .id = "" };
    }
    uauth_token_free(told);
    answer(fd, "200 OK", "");
}

/* ---- requests ---- */

/* The value of a cookie; a browser sends its name first or after "; ". */
static void read_cookie(const char *head, const char *name, char *out, size_t size)
{
    char after[32], first[32];
    (void)snprintf(after, sizeof after, "; %s=", name);
    (void)snprintf(first, sizeof first, "ookie: %s=", name);
    const char *at = strstr(head, first);
    size_t n = strlen(first);
    if (at == NULL) {
        at = strstr(head, after);
        n = strlen(after);
    }
    out[0] = '\0';
    if (at != NULL && strcspn(at + n, ";\r\n") < size)
        (void)snprintf(out, size, "%.*s", (int)strcspn(at + n, ";\r\n"), at + n);
}

/* What Content-Length says; 0: nothing. */
static size_t body_length(const char *head)
{
    static const char name[] = "\r\ncontent-length: ";
    for (const char *line = strstr(head, "\r\n"); line != NULL; line = strstr(line + 2, "\r\n"))
        if (strncasecmp(line, name, sizeof name - 1) == 0)
            return strtoul(line + sizeof name - 1, NULL, 10);
    return 0;
}

static bool read_request(int fd, struct request *r)
{
    size_t n = 0, due = SIZE_MAX;
    for (ssize_t got = 1; got > 0 && n < due && n < sizeof r->text - 1;) {
        got = read(fd, r->text + n, sizeof r->text - 1 - n);
        n += got > 0 ? (size_t)got : 0;
        r->text[n] = '\0';
        char *end = strstr(r->text, "\r\n\r\n");
        if (end != NULL)
            due = (size_t)(end + 4 - r->text) + body_length(r->text);
    }
    char *end = strstr(r->text, "\r\n\r\n");
    if (end == NULL || n < due)
        return false;
    *end = '\0';
    r->body = end + 4;
    read_cookie(r->text, "session", r->session, sizeof r->session);
    read_cookie(r->text, "kept", r->kept, sizeof r->kept);
    char *rest = NULL;
    r->method = strtok_r(r->text, " ", &rest);
    char *path = strtok_r(NULL, " ", &rest);
    if (path == NULL)
        return false;
    char *query = strchr(path, '?');
    r->query = query == NULL ? "" : query + 1;
    path[strcspn(path, "?")] = '\0';
    r->path = path;
    return true;
}

static void serve(struct site *site, int fd)
{
    struct request *r = calloc(1, sizeof *r);
    if (r == NULL || !read_request(fd, r))
        answer(fd, "400 Bad Request", "");
    else if (strcmp(r->path, "/") == 0)
        get_home(site, r, fd);
    else if (strcmp(r->path, "/login") == 0)
        get_login(site, fd);
    else if (strcmp(r->path, "/callback") == 0)
        any_callback(site, r, fd);
    else if (strcmp(r->path, "/logout") == 0 && strcmp(r->method, "POST") == 0)
        post_logout(site, r, fd);
    else if (strcmp(r->path, "/backchannel") == 0 && strcmp(r->method, "POST") == 0)
        post_backchannel(site, r, fd);
    else
        answer(fd, "404 Not Found", "");
    free(r);
}

static int listen_at(const char *port)
{
    struct sockaddr_in at = { .sin_family = AF_INET,
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                              .sin_port = htons((uint16_t)strtoul(port, NULL, 10)) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int again = 1;
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &again, sizeof again) != 0 ||
        bind(fd, (struct sockaddr *)&at, sizeof at) != 0 || listen(fd, 16) != 0)
        return -1;
    return fd;
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

int main(int argc, char **argv)
{
    static struct site site;
    struct uauth_options options = { .size = sizeof options, .insecure_loopback = true };
    struct uauth_client_options wanted = { .size = sizeof wanted };
    struct uauth *uauth = NULL;
    struct uauth_error *error = NULL;
    char secret[512];
    if (argc < 5 || !read_line(argv[3], secret, sizeof secret)) {
        (void)fprintf(stderr, "usage: web ISSUER CLIENT_ID SECRET_FILE PORT [form_post]\n");
        return 2;
    }
    wanted.issuer = argv[1];
    wanted.client_id = argv[2];
    wanted.client_secret = secret;
    site.mode = argc > 5 ? argv[5] : NULL;
    (void)snprintf(site.home, sizeof site.home, "http://127.0.0.1:%.5s/", argv[4]);
    (void)snprintf(site.callback, sizeof site.callback, "http://127.0.0.1:%.5s/callback", argv[4]);
    int listener = listen_at(argv[4]);
    if (listener < 0 || uauth_new(&options, &uauth, &error) != UAUTH_OK ||
        uauth_client_new(uauth, &wanted, &site.client, &error) != UAUTH_OK) {
        (void)fprintf(stderr, "%s: %s\n", site.home, uauth_error_text(error));
        return 1;
    }
    for (int fd = accept(listener, NULL, NULL); fd >= 0; fd = accept(listener, NULL, NULL)) {
        serve(&site, fd);
        (void)close(fd);
    }
    uauth_client_free(site.client);
    uauth_free(uauth);
    return 0;
}
