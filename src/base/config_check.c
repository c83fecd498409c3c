/* SPDX-License-Identifier: Apache-2.0 */
#include "base/config_source.h"
#include "base/database_url.h"

#include <string.h>

/* A refusal that names a setting which really exists. */
#define REFUSE(c, name, say)                                                                       \
    fail_field((c), INVALID_FIELD, sizeof(((struct config *)0)->name) > 0 ? #name : "", (say))

static bool is_set(const char *value)
{
    return value[0] != '\0';
}

static RESULT check_listen(struct ctx *c, const struct config *config)
{
    struct texts listen = text_split(c->arena, config->listen, ',');
    const char *host = NULL;
    int64_t port = 0;
    for (size_t i = 0; i < listen.n; i++) {
        const char *address = text_trim(c->arena, listen.at[i]);
        if (text_starts(address, "unix:/") || config_split_address(c->arena, address, &host, &port))
            continue;
        return REFUSE(
            c, listen,
            "must be addresses such as 127.0.0.1:8080, [::1]:8080 or unix:/run/uauth.sock");
    }
    if (listen.n == 0)
        return REFUSE(c, listen, "must have at least one address, such as 127.0.0.1:8080");
    if (is_set(config->metrics_listen) &&
        !config_split_address(c->arena, config->metrics_listen, &host, &port))
        return REFUSE(c, metrics_listen, "must be an address such as 127.0.0.1:9090");
    return ok();
}

/* Plain http is for one machine: wherever else, passwords would travel in the open. */
static RESULT check_public_url(struct ctx *c, const struct config *config)
{
    if (text_starts(config->public_url, "https://"))
        return ok();
    if (!config_is_loopback(config_url_host(c->arena, config->public_url)))
        return REFUSE(c, public_url,
                      "plain http would carry passwords in the open: use https, with tls_cert and "
                      "tls_key or a proxy in front that is named in trusted_proxies");
    if (!config_is_local(c, config))
        return REFUSE(c, listen,
                      "is reached from other machines while public_url is plain http: set "
                      "public_url to the https address that people use");
    return ok();
}

static RESULT check_issuer(struct ctx *c, const struct config *config)
{
    if (text_ends(config->jwt_issuer, "/"))
        return REFUSE(c, jwt_issuer, "must not end in a slash");
    return ok();
}

static RESULT check_tls(struct ctx *c, const struct config *config)
{
    if (is_set(config->tls_cert) && !is_set(config->tls_key))
        return REFUSE(c, tls_key, "is missing: tls_cert needs its private key");
    if (is_set(config->tls_key) && !is_set(config->tls_cert))
        return REFUSE(c, tls_cert, "is missing: tls_key needs its certificate");
    return ok();
}

static RESULT check_proxies(struct ctx *c, const struct config *config)
{
    for (size_t i = 0; i < config->trusted_proxies.n; i++) {
        if (!config_is_range(c->arena, config->trusted_proxies.at[i]))
            return REFUSE(c, trusted_proxies,
                          text_printf(c->arena,
                                      "%s is not an address or CIDR range such as 10.0.0.0/8 (all "
                                      "addresses, /0, cannot be trusted)",
                                      config->trusted_proxies.at[i]));
    }
    if (config->proxy_protocol && config->trusted_proxies.n == 0)
        return REFUSE(c, proxy_protocol, "needs the proxies' addresses in trusted_proxies");
    return ok();
}

/* An address as public_url has it, but never plain. */
static bool is_https_origin(struct arena *a, const char *url)
{
    return text_starts(url, "https://") && config_is_host(config_url_host(a, url)) &&
           strpbrk(url + strlen("https://"), "/?#@ ") == NULL;
}

static RESULT check_certificates(struct ctx *c, const struct config *config)
{
    bool any = config_takes_certificates(config);
    if (config->tls_client_certs != 0 && !is_set(config->tls_cert))
        return REFUSE(c, tls_client_certs, "needs TLS: set tls_cert and tls_key");
    if (config->client_cert_header && config->trusted_proxies.n == 0)
        return REFUSE(c, client_cert_header, "needs the proxies' addresses in trusted_proxies");
    if (is_set(config->tls_client_ca) && !any)
        return REFUSE(c, tls_client_ca,
                      "is for certificates of clients, which nobody takes: set tls_client_certs or "
                      "client_cert_header");
    if (is_set(config->mtls_url) && !any)
        return REFUSE(c, mtls_url,
                      "is for certificates of clients, which nobody takes: set tls_client_certs or "
                      "client_cert_header");
    if (is_set(config->mtls_url) && !is_https_origin(c->arena, config->mtls_url))
        return REFUSE(c, mtls_url,
                      "must be https://, a host and perhaps a port, and nothing behind it");
    return ok();
}

static RESULT check_hosts(struct ctx *c, struct texts hosts, const char *setting)
{
    for (size_t i = 0; i < hosts.n; i++) {
        const char *host = hosts.at[i];
        if (!config_is_host(text_starts(host, "*.") ? host + 2 : host))
            return fail_field(c, INVALID_FIELD, setting,
                              text_printf(c->arena,
                                          "%s is not a host name; write it as login.example.com or "
                                          "*.example.com",
                                          host));
    }
    return ok();
}

static RESULT check_origins(struct ctx *c, const struct config *config)
{
    for (size_t i = 0; i < config->allowed_origins.n; i++) {
        const char *origin = config->allowed_origins.at[i];
        const char *host = strstr(origin, "://");
        bool plain =
            host != NULL && host > origin && host[3] != '\0' && strpbrk(host + 3, "/?#@* ") == NULL;
        if (!plain)
            return REFUSE(c, allowed_origins,
                          text_printf(c->arena,
                                      "%s is not one origin; write it as https://app.example.com, "
                                      "without path or wildcard",
                                      origin));
    }
    return ok();
}

static RESULT check_cookie_domain(struct ctx *c, const struct config *config)
{
    const char *domain = config->cookie_domain;
    if (!is_set(domain))
        return ok();
    const char *host = config_url_host(c->arena, config->public_url);
    bool inside = text_equal_nocase(host, domain) ||
                  text_ends(text_lower(c->arena, host),
                            text_lower(c->arena, text_printf(c->arena, ".%s", domain)));
    if (!config_is_host(domain) || strchr(domain, '.') == NULL || !inside)
        return REFUSE(c, cookie_domain,
                      "must be the host of public_url or a domain above it, such as example.com");
    return ok();
}

static RESULT check_scheme(struct ctx *c, const char *url, const char *schemes, const char *setting)
{
    bool is_file = false;
    if (config_may_refer(config_find(setting, &is_file)) && config_is_reference(url))
        return ok();
    struct texts known = text_split(c->arena, schemes, ' ');
    for (size_t i = 0; i < known.n; i++) {
        if (!is_set(url) || (text_starts(url, known.at[i]) && is_set(url + strlen(known.at[i]))))
            return ok();
    }
    return fail_field(
        c, INVALID_FIELD, setting,
        text_printf(c->arena, "must begin with %s", text_join(c->arena, known, " or ")));
}

/* What a client of Sentinel or Cluster would be given. */
static RESULT check_redis(struct ctx *c, const struct config *config)
{
    const char *url = config->redis_url;
    const char *end = strstr(url, "://");
    const char *scheme =
        text_lower(c->arena, end == NULL ? "" : text_copy(c->arena, url, (size_t)(end - url)));
    if (strstr(scheme, "sentinel") != NULL || strstr(scheme, "cluster") != NULL)
        return REFUSE(c, redis_url,
                      "Redis Sentinel and Cluster are not spoken: name one server, or a proxy that "
                      "follows the primary, as redis://host:6379");
    if (is_set(config->redis_cert) != is_set(config->redis_key))
        return REFUSE(c, redis_key, "and redis_cert go together: one of them is missing");
    return check_scheme(c, url, "redis:// rediss:// unix:// redis+unix://", "redis_url");
}

static RESULT check_algorithms(struct ctx *c, const struct config *config)
{
    const char *names[] = { "RS256", "PS256", "ES256", "ES384", "EdDSA" };
    const struct texts known = { names, sizeof names / sizeof names[0] };
    for (size_t i = 0; i < config->jwt_more_algorithms.n; i++)
        if (!texts_hold(known, config->jwt_more_algorithms.at[i]))
            return REFUSE(c, jwt_more_algorithms, "may hold RS256, PS256, ES256, ES384 and EdDSA");
    return ok();
}

enum { EDDSA = 4 }; /* the place in the choices of jwt_algorithm */

static RESULT check_vault_key(struct ctx *c, const struct config *config)
{
    if (!is_set(config->jwt_key_vault_key))
        return ok();
    if (!config_is_reference(config->jwt_key_vault_key))
        return REFUSE(c, jwt_key_vault_key, "must be as keyvault://VAULT/KEY");
    if (is_set(config->jwt_private_key_path))
        return REFUSE(c, jwt_key_vault_key,
                      "and jwt_private_key_path both name the key that signs: leave one out");
    if (config->jwt_algorithm == EDDSA)
        return REFUSE(c, jwt_algorithm,
                      "is EdDSA, which no key vault signs with: it may be RS256, PS256, ES256 or "
                      "ES384");
    return ok();
}

static RESULT check_keys(struct ctx *c, const struct config *config)
{
    TRY(check_algorithms(c, config));
    TRY(check_vault_key(c, config));
    if (is_set(config->jwt_public_key_path) && !is_set(config->jwt_private_key_path))
        return REFUSE(c, jwt_private_key_path,
                      "is missing: jwt_public_key_path only makes sense with it");
    if (is_set(config->session_secret) && text_equal(config->session_secret, config->csrf_secret))
        return REFUSE(c, csrf_secret, "must differ from session_secret");
    return ok();
}

static RESULT check_lives(struct ctx *c, const struct config *config)
{
    if (config->session_idle_minutes > config->session_absolute_hours * 60)
        return REFUSE(c, session_idle_minutes, "is longer than session_absolute_hours allows");
    if (config->jwt_refresh_expire_days > config->refresh_absolute_days)
        return REFUSE(c, jwt_refresh_expire_days, "is longer than refresh_absolute_days allows");
    if (config->password_min_length > config->password_max_length)
        return REFUSE(c, password_min_length, "is greater than password_max_length");
    return ok();
}

static RESULT check_entra(struct ctx *c, const struct config *config)
{
    bool open = text_equal(config->azure_tenant_id, "organizations") ||
                text_equal(config->azure_tenant_id, "common");
    if (is_set(config->azure_client_id) && open && config->azure_allowed_tenants.n == 0)
        return REFUSE(c, azure_allowed_tenants,
                      "is empty: list the tenants whose users may sign in, or put one tenant id "
                      "into azure_tenant_id");
    if (config->azure_credential == 1 && !is_set(config->azure_client_certificate_path))
        return REFUSE(c, azure_client_certificate_path,
                      "is empty: azure_credential is certificate");
    if (config->azure_credential == 2 && !is_set(config->azure_federated_token_file))
        return REFUSE(c, azure_federated_token_file,
                      "is empty: azure_credential is federated_file");
    return ok();
}

static RESULT check_limits(struct ctx *c, const struct config *config)
{
    if (!config->rate_limit && !config_is_local(c, config))
        return REFUSE(c, rate_limit,
                      "can be off only while listen is on loopback: it is for tests");
    return ok();
}

RESULT config_check(struct ctx *c, const struct config *config)
{
    TRY(check_listen(c, config));
    TRY(check_limits(c, config));
    TRY(check_public_url(c, config));
    TRY(check_issuer(c, config));
    TRY(check_tls(c, config));
    TRY(check_proxies(c, config));
    TRY(check_certificates(c, config));
    TRY(check_hosts(c, config->trusted_hosts, "trusted_hosts"));
    TRY(check_hosts(c, config->return_hosts, "return_hosts"));
    TRY(check_hosts(c, config->internal_hosts, "internal_hosts"));
    TRY(check_hosts(c, config->client_document_hosts, "client_document_hosts"));
    TRY(check_origins(c, config));
    TRY(check_cookie_domain(c, config));
    TRY(check_scheme(c, config->database_url, database_beginnings(c->arena), "database_url"));
    TRY(check_redis(c, config));
    TRY(check_scheme(c, config->smtp_url, "smtp:// smtps://", "smtp_url"));
    TRY(check_scheme(c, config->audit_heads_url, "https:// http://", "audit_heads_url"));
    TRY(check_keys(c, config));
    TRY(check_lives(c, config));
    return check_entra(c, config);
}

int64_t config_workers(const struct config *config)
{
    enum { WITH_SQLITE = 48, WITH_POSTGRES = 16 };
    if (config->workers > 0)
        return config->workers;
    bool is_postgres = database_kind_of(config->database_url, NULL) == DATABASE_POSTGRES;
    return is_postgres ? WITH_POSTGRES : WITH_SQLITE;
}

int64_t config_workers_share(const struct config *config, int64_t one_in)
{
    int64_t share = config_workers(config) / one_in;
    return share < 1 ? 1 : share;
}
