/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_TESTS_UNIT_CLIENT_AZURE_TESTING_H
#define UAUTH_TESTS_UNIT_CLIENT_AZURE_TESTING_H

/* Credentials of Azure in a place that the test makes: its environment, its agents, its clock. */

#include "base/random.h"
#include "client/azure_credential.h"
#include "peer_testing.h"

#include <sys/stat.h>

#define VAULT       "https://vault.azure.net"
#define VAULT_SCOPE VAULT "/.default"
#define RESOURCE    "resource=https%3A%2F%2Fvault.azure.net"
#define IMDS        "GET /metadata/identity/oauth2/token?api-version=2018-02-01&" RESOURCE
#define DAY_TOKEN                                                                                  \
    "{\"access_token\":\"at-day\",\"expires_in\":\"86399\",\"expires_on\":\"1795615566\","         \
    "\"resource\":\"r\",\"token_type\":\"Bearer\",\"refresh_token\":\"\"}"
#define HOUR_TOKEN                                                                                 \
    "{\"access_token\":\"at-hour\",\"expires_on\":1795532767,\"token_type\":\"Bearer\"}"

enum { VARIABLES_MAX = 12 };

/* What a test has said of where it runs. */
struct azure_place {
    struct world *w;
    const char *environment[VARIABLES_MAX + 1];
    size_t n;
    struct azure_platform platform;
    struct azure_credential *credential;
};

static inline struct azure_place azure_place(void **state)
{
    struct world *w = *state;
    struct azure_place p = { .w = w };
    w->c.random = random_system(w->arena);
    p.platform = (struct azure_platform){ .root = "/nonexistent", .second_ms = 1, .imds = w->url };
    return p;
}

/* NAME=value; "URL" in it stands for the peer's. */
static inline void azure_set(struct azure_place *p, const char *name, const char *value)
{
    assert_true(p->n < VARIABLES_MAX);
    const char *url = strstr(value, "URL");
    const char *whole = url == NULL ? value
                                    : text_printf(p->w->arena, "%.*s%s%s", (int)(url - value),
                                                  value, p->w->url, url + 3);
    p->environment[p->n++] = text_printf(p->w->arena, "%s=%s", name, whole);
}

static inline enum err_code azure_open(struct azure_place *p, const struct azure_options *options)
{
    static const struct azure_options none = { 0 };
    p->platform.environment = p->environment;
    fault_clear(&p->w->c);
    return azure_credential_new(&p->w->c, &p->platform, options == NULL ? &none : options,
                                &p->credential)
        .code;
}

static inline enum err_code azure_ask(struct azure_place *p, struct azure_token *out)
{
    const struct azure_asked asked = { .scope = VAULT_SCOPE };
    fault_clear(&p->w->c);
    return azure_credential_get(&p->w->c, p->credential, &asked, out).code;
}

/* A fresh credential, asked once, forgotten. */
static inline enum err_code azure_once(struct azure_place *p, const struct azure_options *options,
                                       struct azure_token *out)
{
    enum err_code code = azure_open(p, options);
    if (code != ERR_OK)
        return code;
    code = azure_ask(p, out);
    azure_credential_free(p->credential);
    p->credential = NULL;
    return code;
}

static const struct azure_options managed_only = { .credential = "managed-identity" };

#define STEPS(...)                                                                                 \
    (const struct peer_step[])                                                                     \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }
#define SCRIPT(w, ...)                                                                             \
    peer_script((w), STEPS(__VA_ARGS__), sizeof(STEPS(__VA_ARGS__)) / sizeof(struct peer_step))

#endif
