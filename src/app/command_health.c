/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uauth health: asks the service that runs with these settings, on this machine, whether it is
 * ready; for container platforms and scripts.
 */
#include "app/command.h"
#include "app/commands.h"
#include "base/config_source.h"
#include "base/text.h"
#include "net/libcurl.h"

#include <stdio.h>
#include <string.h>

enum { ANSWER_MAX = 4096, WAIT_MS = 3000 };

struct asked {
    const char *url;
    const char *unix_path; /* NULL: TCP */
    char answer[ANSWER_MAX];
    size_t n;
    long status;
};

static size_t take(char *at, size_t size, size_t n, void *arg)
{
    struct asked *asked = arg;
    if (size * n >= sizeof asked->answer - asked->n)
        return 0;
    memcpy(asked->answer + asked->n, at, size * n);
    asked->n += size * n;
    return size * n;
}

/* A service that listens on every address is asked on loopback. */
static const char *reachable(const char *host)
{
    if (text_equal(host, "0.0.0.0"))
        return "127.0.0.1";
    return text_equal(host, "::") ? "::1" : host;
}

/* Where the first address of `listen` is asked. */
static RESULT find_url(struct ctx *c, struct asked *asked)
{
    static const char unix_prefix[] = "unix:";
    const char *scheme = c->config->tls_cert[0] == '\0' ? "http" : "https";
    struct texts all = text_split(c->arena, c->config->listen, ',');
    const char *first = text_trim(c->arena, all.at[0]);
    const char *host = NULL;
    int64_t port = 0;
    if (text_starts(first, unix_prefix)) {
        asked->unix_path = first + strlen(unix_prefix);
        asked->url = text_printf(c->arena, "%s://localhost/readyz", scheme);
        return ok();
    }
    if (!config_split_address(c->arena, first, &host, &port))
        return fail_field(c, INVALID_FIELD, "listen", "This is not an address.");
    host = reachable(host);
    bool brackets = strchr(host, ':') != NULL;
    asked->url = text_printf(c->arena, "%s://%s%s%s:%lld/readyz", scheme, brackets ? "[" : "", host,
                             brackets ? "]" : "", (long long)port);
    return ok();
}

/* Nothing secret goes either way, and the certificate is not in the name of this address: it is not
 * looked at. */
static bool set_up(const struct libcurl *lib, CURL *curl, struct asked *asked)
{
    return lib->easy_setopt(curl, CURLOPT_URL, asked->url) == CURLE_OK &&
           lib->easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, asked->unix_path) == CURLE_OK &&
           lib->easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
           lib->easy_setopt(curl, CURLOPT_PROXY, "") == CURLE_OK &&
           lib->easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L) == CURLE_OK &&
           lib->easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L) == CURLE_OK &&
           lib->easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)WAIT_MS) == CURLE_OK &&
           lib->easy_setopt(curl, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           lib->easy_setopt(curl, CURLOPT_WRITEFUNCTION, take) == CURLE_OK &&
           lib->easy_setopt(curl, CURLOPT_WRITEDATA, asked) == CURLE_OK;
}

static RESULT ask(struct ctx *c, struct asked *asked)
{
    const struct libcurl *lib = NULL;
    TRY(libcurl_open(c, &lib));
    CURL *curl = lib->easy_init();
    if (curl == NULL)
        return fail(c, OUT_OF_MEMORY, "no memory for a request");
    CURLcode got = set_up(lib, curl, asked) ? lib->easy_perform(curl) : CURLE_FAILED_INIT;
    (void)lib->easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &asked->status);
    lib->easy_cleanup(curl);
    if (got != CURLE_OK)
        return fail(c, UNAVAILABLE, "the service does not answer: %s", lib->easy_strerror(got));
    return ok();
}

static RESULT run_health(struct ctx *c, const struct command_line *line)
{
    struct asked *asked = ARENA_NEW(c->arena, struct asked);
    if (c->config->proxy_protocol)
        return fail(c, UNAVAILABLE, "with proxy_protocol only a proxy can ask");
    TRY(find_url(c, asked));
    TRY(ask(c, asked));
    const char *answer = text_copy(c->arena, asked->answer, asked->n);
    if (asked->status != 200)
        return fail(c, UNAVAILABLE, "the service is not ready: %s", answer);
    (void)printf("%s\n", line->json ? answer : "ready");
    return ok();
}

const struct command command_health = {
    .name = "health",
    .summary = "Ask the running service whether it is ready",
    .details = "Ends with 0 if the service that runs with these settings on this machine answers "
               "at\n/readyz that it is ready, within three seconds, else with 1.",
    .as_written = true,
    .here = "it asks a service as anybody may, by the URL of the settings",
    .run = run_health,
};
