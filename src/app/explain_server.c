/* SPDX-License-Identifier: Apache-2.0 */
#include "app/explain_source.h"

#include "base/json.h"

#include <curl/curl.h>
#include <string.h>

enum { ANSWER_MAX = 16384, WAIT_MS = 10000 };

struct asked {
    const char *url;
    struct curl_slist *fields;
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

/* The token goes to whom the certificate says, and nowhere else: no redirect is followed. */
static bool set_up(CURL *curl, struct asked *asked)
{
    return asked->fields != NULL && curl_easy_setopt(curl, CURLOPT_URL, asked->url) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_HTTPHEADER, asked->fields) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)WAIT_MS) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_WRITEDATA, asked) == CURLE_OK;
}

static RESULT ask(struct ctx *c, struct asked *asked, const char *token)
{
    CURL *curl = curl_easy_init();
    if (curl == NULL)
        return fail(c, OUT_OF_MEMORY, "no memory for a request");
    asked->fields =
        curl_slist_append(NULL, text_printf(c->arena, "Authorization: Bearer %s", token));
    CURLcode got = set_up(curl, asked) ? curl_easy_perform(curl) : CURLE_FAILED_INIT;
    (void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &asked->status);
    curl_slist_free_all(asked->fields);
    curl_easy_cleanup(curl);
    if (got != CURLE_OK)
        return fail(c, UNAVAILABLE, "%s: %s", asked->url, curl_easy_strerror(got));
    return ok();
}

/* Plain HTTP would show the token to the network. */
static bool is_safe(const char *server)
{
    static const char *const local[] = { "http://localhost", "http://127.0.0.1", "http://[::1]" };
    for (size_t i = 0; i < sizeof local / sizeof local[0]; i++) {
        char after = text_starts(server, local[i]) ? server[strlen(local[i])] : '.';
        if (after == '\0' || after == ':' || after == '/')
            return true;
    }
    return text_starts(server, "https://");
}

static RESULT read_answer(struct ctx *c, const struct asked *asked, const char *id,
                          struct explanation *out)
{
    const char *answer = text_copy(c->arena, asked->answer, asked->n);
    if (asked->status == 404)
        return fail(
            c, NOT_FOUND,
            "no refused request %s is in the memory of the node that answered: it may be in "
            "that of another, or in the log (--log FILE)",
            id);
    if (asked->status == 401 || asked->status == 403)
        return fail(c, FORBIDDEN, "the token is not one with the permission explain:read (%ld)",
                    asked->status);
    if (asked->status != 200)
        return fail(c, UPSTREAM, "the service answered with %ld", asked->status);
    return shape_read_json(c, &explanation_shape, bytes_of(answer), out);
}

RESULT explain_ask_server(struct ctx *c, const char *server, const char *token, const char *id,
                          struct explanation *out)
{
    struct asked *asked = ARENA_NEW(c->arena, struct asked);
    size_t n = strlen(server);
    n -= n > 0 && server[n - 1] == '/';
    if (!is_safe(server))
        return fail_field(c, INVALID_FIELD, "--server",
                          "This is an https URL, or http on this machine.");
    asked->url = text_printf(c->arena, "%.*s/admin/explain/%s", (int)n, server, id);
    TRY(ask(c, asked, token));
    return read_answer(c, asked, id, out);
}
