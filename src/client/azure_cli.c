/* SPDX-License-Identifier: Apache-2.0 */
/* Whoever is signed in at the Azure CLI (entra.md 2.10): for people at their own machines. */
#include "client/azure_program.h"
#include "client/azure_source.h"

#include "base/codec.h"
#include "client/token_expiry.h"

#include <ctype.h>
#include <string.h>
#include <time.h>

enum { LIMIT_SECONDS = 10, ARGUMENTS_MAX = 12, NOT_INSTALLED = 127, ERROR_SHOWN = 300 };

/* ---- what it is told ---- */

/* Letters, digits and what of `more`; and no option of the program's. */
static bool is_plain(const char *text, const char *more)
{
    for (const char *at = text; *at != '\0'; at++)
        if (!isalnum((unsigned char)*at) && strchr(more, *at) == NULL)
            return false;
    return *text != '\0' && *text != '-';
}

static RESULT arguments(struct ctx *c, const struct azure_credential *a,
                        const struct azure_wanted *wanted, const char **argv)
{
    const char *tenant = wanted->tenant_id != NULL ? wanted->tenant_id : a->options.tenant_id;
    const char *subscription = a->options.subscription;
    const char *const first[] = { "az",       "account", "get-access-token",
                                  "--output", "json",    "--resource" };
    size_t n = sizeof first / sizeof first[0];
    if (!is_plain(wanted->resource, "-_.:/"))
        return fail(c, INVALID_REQUEST, "this scope cannot be passed to the Azure CLI");
    if (tenant != NULL && !is_plain(tenant, "-."))
        return fail(c, INVALID_REQUEST, "this tenant cannot be passed to the Azure CLI");
    if (subscription != NULL && !is_plain(subscription, "-._ "))
        return fail(c, INVALID_REQUEST, "this subscription cannot be passed to the Azure CLI");
    memcpy(argv, first, sizeof first);
    argv[n++] = wanted->resource;
    if (tenant != NULL) {
        argv[n++] = "--tenant";
        argv[n++] = tenant;
    }
    if (subscription != NULL) {
        argv[n++] = "--subscription";
        argv[n++] = subscription;
    }
    argv[n] = NULL;
    return ok();
}

/* ---- what it answers ---- */

/* "2026-01-05 12:34:56.000000" in the time of this machine, without a zone. */
static bool read_local(const char *text, int64_t *out)
{
    struct tm local = { .tm_isdst = -1 };
    const char *rest = strptime(text, "%Y-%m-%d %H:%M:%S", &local);
    time_t at = rest == NULL || (*rest != '\0' && *rest != '.') ? (time_t)-1 : mktime(&local);
    *out = at;
    return at != (time_t)-1;
}

struct answer {
    const char *token;
    int64_t expires_on, local;
};

static void take(struct ctx *c, struct answer *r, const char *name, const struct json_value *v)
{
    if (text_equal(name, "accessToken") && v->kind == JSON_TEXT)
        r->token = v->text;
    else if (text_equal(name, "expires_on") && !token_expires_on(c->arena, v, &r->expires_on))
        r->expires_on = 0;
    else if (text_equal(name, "expiresOn") && v->kind == JSON_TEXT &&
             !read_local(v->text, &r->local))
        r->local = 0;
}

static RESULT read_answer(struct ctx *c, const char *text, struct azure_token *out)
{
    struct answer r = { 0 };
    struct json j = json_open(c->arena, bytes_of(text));
    struct json_value v;
    bool is_object = json_value(&j, &v) && v.kind == JSON_OBJECT;
    for (const char *name; is_object && json_member(&j, &name, &v);) {
        take(c, &r, name, &v);
        if (!json_skip(&j, &v))
            break;
    }
    int64_t expires_on = r.expires_on != 0 ? r.expires_on : r.local;
    if (!is_object || !json_done(&j) || r.token == NULL || text_has_control(r.token) ||
        expires_on <= 0)
        return fail(c, UPSTREAM, "the Azure CLI did not answer with a token and when it ends");
    *out = (struct azure_token){ .token = r.token, .expires_on = expires_on };
    return ok();
}

/* The first line that is something like an error; what it prints as its answer may hold a token
 * and is never shown. */
static const char *error_line(struct arena *a, const char *text)
{
    const char *at = strstr(text, "ERROR:");
    if (at == NULL)
        at = text;
    size_t n = strcspn(at, "\r\n");
    const char *line = text_copy(a, at, n > ERROR_SHOWN ? ERROR_SHOWN : n);
    bool is_shown = n > 0 && !text_has_control(line) && text_is_utf8(bytes_of(line)) &&
                    strstr(line, "eyJ") == NULL;
    return is_shown ? line : "(it gave no reason that can be shown)";
}

static RESULT refusal(struct ctx *c, const struct program_said *said,
                      const struct azure_wanted *wanted)
{
    if (said->late)
        return fail(c, NOT_FOUND, "the Azure CLI did not answer within %d s", LIMIT_SECONDS);
    if (said->status == NOT_INSTALLED || strstr(said->err, "not found") != NULL ||
        strstr(said->err, "is not recognized") != NULL)
        return fail(c, NOT_FOUND, "the Azure CLI is not installed");
    if (wanted->claims != NULL)
        return fail(c, INTERACTION_REQUIRED, "run: az login --claims-challenge %s",
                    base64_encode(c->arena, bytes_of(wanted->claims), true));
    if (strstr(said->err, "az login") != NULL || strstr(said->err, "az account set") != NULL)
        return fail(c, NOT_FOUND, "nobody is signed in at the Azure CLI: run `az login`");
    return fail(c, UPSTREAM, "the Azure CLI failed: %s", error_line(c->arena, said->err));
}

static RESULT get(struct ctx *c, struct azure_credential *a, const struct azure_wanted *wanted,
                  struct azure_token *out)
{
    const char *argv[ARGUMENTS_MAX];
    struct program_said said;
    TRY(arguments(c, a, wanted, argv));
    err run = program_run(c, &a->platform, argv, "AZURE_CORE_NO_COLOR=true",
                          LIMIT_SECONDS * a->platform.second_ms, &said);
    if (run.code == ERR_NOT_FOUND) {
        fault_clear(c);
        return fail(c, NOT_FOUND, "the Azure CLI is not installed");
    }
    TRY(run);
    if (said.status != 0)
        return refusal(c, &said, wanted);
    return read_answer(c, said.out, out);
}

const struct azure_source azure_cli = { "azure-cli", "AzureCliCredential", true, get };
