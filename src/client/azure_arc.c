/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Azure Arc (entra.md 2.4).  The agent challenges with the name of a file that only members of its
 * group can read, and whose content answers the challenge.  Anybody may listen at its port, so
 * only a file of the agent's own folder is ever read, and never through a link.
 */
#include "client/azure_managed.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { KEY_BYTES_MAX = 4096, UNAUTHORIZED = 401 };

static const char endpoint[] = "http://127.0.0.1:40342/metadata/identity/oauth2/token";
static const char folder[] = "/var/opt/azcmagent/tokens/";
static const char *const agents[] = { "/opt/azcmagent/bin/himds", "/var/opt/azcmagent/bin/himds" };

static bool has_agent(struct ctx *c, const struct azure_platform *p)
{
    for (size_t i = 0; i < sizeof agents / sizeof agents[0]; i++)
        if (access(text_printf(c->arena, "%s%s", p->root, agents[i]), F_OK) == 0)
            return true;
    return false;
}

static bool is_here(struct ctx *c, const struct azure_platform *p)
{
    bool says = azure_variable(p, "IDENTITY_ENDPOINT") != NULL &&
                azure_variable(p, "IMDS_ENDPOINT") != NULL;
    return says || has_agent(c, p);
}

/* ---- the challenge ---- */

/* The file that the answer names, or a failure: in this order, and before anything is opened. */
static RESULT read_challenge(struct ctx *c, const struct http_answer *answer, const char **path)
{
    static const char before[] = "Basic realm=";
    const char *header = http_answer_header(answer, "www-authenticate");
    if (answer->status != UNAUTHORIZED)
        return fail(c, UPSTREAM, "Azure Arc answered with status %d instead of its challenge",
                    answer->status);
    const char *at = header == NULL ? NULL : strstr(header, before);
    if (at == NULL)
        return fail(c, UPSTREAM, "Azure Arc has no challenge that is known");
    at += strlen(before);
    const char *name = at + strlen(folder);
    if (text_has_control(at) || !text_ends(at, ".key"))
        return fail(c, FORBIDDEN, "Azure Arc names a file that is no key");
    if (!text_starts(at, folder) || strchr(name, '/') != NULL || strstr(name, "..") != NULL ||
        text_equal(name, ".key"))
        return fail(c, FORBIDDEN, "Azure Arc names a file outside of %s", folder);
    *path = at;
    return ok();
}

static RESULT read_open(struct ctx *c, int fd, const char *path, const char **out)
{
    struct stat st;
    char *text = arena_alloc(c->arena, KEY_BYTES_MAX + 1);
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size > KEY_BYTES_MAX)
        return fail(c, FORBIDDEN, "%s is no file of at most %d bytes", path, KEY_BYTES_MAX);
    ssize_t n = read(fd, text, KEY_BYTES_MAX);
    while (n > 0 && (text[n - 1] == '\n' || text[n - 1] == '\r'))
        text[--n] = '\0';
    if (n <= 0 || strlen(text) != (size_t)n || text_has_control(text))
        return fail(c, FORBIDDEN, "%s holds no key", path);
    *out = text;
    return ok();
}

static RESULT read_key(struct ctx *c, const struct azure_platform *p, const char *path,
                       const char **out)
{
    const char *whole = text_printf(c->arena, "%s%s", p->root, path);
    int fd = open(whole, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK);
    if (fd < 0 && errno == EACCES)
        return fail(c, FORBIDDEN,
                    "%s cannot be read: add the user of this process to the group "
                    "himds",
                    path);
    if (fd < 0)
        return fail(c, FORBIDDEN, "%s cannot be read: %s", path, strerrordesc_np(errno));
    err e = read_open(c, fd, path, out);
    (void)close(fd);
    return e;
}

/* ---- asking ---- */

/* Agents of before do not know of identities that are chosen, and would answer for their own. */
static RESULT check_echo(struct ctx *c, const struct managed_identity *id,
                         const struct http_answer *answer)
{
    struct {
        const char *due, *name, *other;
    } const rows[] = { { id->client_id, "client_id", "client_id" },
                       { id->object_id, "object_id", "object_id" },
                       { id->resource_id, "msi_res_id", "mi_res_id" } };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].due == NULL)
            continue;
        const char *echo = managed_said(c, answer->body, rows[i].name);
        if (echo == NULL)
            echo = managed_said(c, answer->body, rows[i].other);
        if (!text_equal_nocase(echo, rows[i].due))
            return fail(
                c, UPSTREAM,
                "this agent of Azure Arc does not know user-assigned identities: update it");
    }
    return ok();
}

static RESULT get(struct ctx *c, struct azure_credential *a, const struct azure_wanted *wanted,
                  const struct managed_identity *id, struct azure_token *out)
{
    static const struct managed_names names = { "client_id", "object_id", "msi_res_id" };
    const struct azure_platform *p = &a->platform;
    const char *query = NULL;
    const char *path = NULL;
    const char *key = NULL;
    struct managed_request request = { .method = "GET",
                                       .headers = { "Metadata: true" },
                                       .headers_n = 1,
                                       .retry = &managed_retry_plain };
    struct http_answer *answer = ARENA_NEW(c->arena, struct http_answer);
    TRY(managed_query(c, "2020-06-01", wanted->resource, id, &names, &query));
    if (azure_variable(p, "IDENTITY_ENDPOINT") != NULL)
        TRY(managed_url(c, p, "IDENTITY_ENDPOINT", query, &request.url));
    else
        request.url = text_printf(c->arena, "%s?%s", endpoint, query);
    TRY(managed_ask(c, a, &request, answer));
    TRY(read_challenge(c, answer, &path));
    TRY(read_key(c, p, path, &key));
    request.headers[request.headers_n++] = text_printf(c->arena, "Authorization: Basic %s", key);
    TRY(managed_ask(c, a, &request, answer));
    TRY(managed_token(c, "Azure Arc", answer, out));
    return check_echo(c, id, answer);
}

const struct managed_place managed_arc = { "azure-arc", is_here, get };
