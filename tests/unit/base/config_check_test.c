/* SPDX-License-Identifier: Apache-2.0 */
#include "config_testing.h"

/* SU-07: what is for tests stays on loopback. */
static void rate_limits_are_off_only_on_loopback(void **state)
{
    struct ctx *c = *state;
    static const char *const local[] = {
        "127.0.0.1:0",  "127.8.9.10:80",    "[::1]:80",
        "localhost:80", "unix:/run/x.sock", "127.0.0.1:80,[::1]:80"
    };
    static const char *const open[] = { "0.0.0.0:80",
                                        "[::]:80",
                                        "10.0.0.1:80",
                                        "example.com:80",
                                        "127.0.0.1.example.com:80",
                                        "127.0.0.1:80,0.0.0.0:81",
                                        "localhost.evil.com:80" };
    for (size_t i = 0; i < sizeof local / sizeof local[0]; i++)
        assert_taken(c, text_printf(c->arena, "AUTH_RATE_LIMIT=off AUTH_LISTEN=%s", local[i]));
    for (size_t i = 0; i < sizeof open / sizeof open[0]; i++) {
        const char *set =
            text_printf(c->arena, "AUTH_PUBLIC_URL=https://x.example AUTH_LISTEN=%s", open[i]);
        assert_taken(c, set);
        assert_refused(c, text_printf(c->arena, "AUTH_RATE_LIMIT=off %s", set), "rate_limit",
                       "loopback");
    }
}

/* SU-05, SU-07 */
static void plain_http_is_for_one_machine(void **state)
{
    struct ctx *c = *state;
    assert_taken(c, "AUTH_PUBLIC_URL=http://127.0.0.1:9");
    assert_taken(c, "AUTH_PUBLIC_URL=http://[::1]:9");
    assert_taken(c, "AUTH_PUBLIC_URL=https://login.example.com");
    assert_taken(c, "AUTH_PUBLIC_URL=https://login.example.com AUTH_LISTEN=0.0.0.0:80");
    assert_refused(c, "AUTH_PUBLIC_URL=http://login.example.com AUTH_TRUSTED_PROXIES=10.0.0.0/8",
                   "public_url", "use https");
    assert_refused(c, "AUTH_LISTEN=0.0.0.0:80", "listen", "public_url");
    assert_refused(c, "AUTH_LISTEN=127.0.0.1:80,10.0.0.1:81", "listen", "public_url");
    assert_refused(c, "AUTH_PUBLIC_URL=http://login.example.com", "public_url", "use https");
    assert_refused(c, "AUTH_PUBLIC_URL=http://localhost.example.com", "public_url", "use https");
}

static void the_public_url_is_an_origin(void **state)
{
    struct ctx *c = *state;
    static const char *const bad[] = {
        "login.example.com", "ftp://x",     "https://",    "https:///x",  "https://x/",
        "https://x/y",       "https://x?y", "https://x#y", "https://u@x", "https://x:0",
        "https://x:99999",   "https://x:",  "https://.x",  "https://*.x", "https://[::1",
        "https://[::1]x",    "HTTPS://x"
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_refused(c, text_printf(c->arena, "AUTH_PUBLIC_URL=%s", bad[i]), "AUTH_PUBLIC_URL",
                       "https://login.example.com");
}

static void an_issuer_does_not_end_in_a_slash(void **state)
{
    assert_taken(*state, "AUTH_JWT_ISSUER=https://login.example.com/realm");
    assert_refused(*state, "AUTH_JWT_ISSUER=https://login.example.com/", "jwt_issuer", "slash");
}

static void settings_that_need_each_other_are_given_together(void **state)
{
    struct ctx *c = *state;
    assert_refused(c, "AUTH_TLS_CERT=/c", "tls_key", "is missing");
    assert_refused(c, "AUTH_TLS_KEY=/k", "tls_cert", "is missing");
    assert_taken(c, "AUTH_TLS_KEY=/k AUTH_TLS_CERT=/c");
    assert_refused(c, "AUTH_JWT_PUBLIC_KEY_PATH=/p", "jwt_private_key_path", "is missing");
    assert_taken(c, "AUTH_JWT_PUBLIC_KEY_PATH=/p AUTH_JWT_PRIVATE_KEY_PATH=/k");
    assert_refused(c, "AUTH_PROXY_PROTOCOL=on", "proxy_protocol", "trusted_proxies");
    assert_refused(c, "AUTH_TLS_CLIENT_CERTS=optional", "tls_client_certs", "needs TLS");
    assert_taken(c, "AUTH_TLS_CLIENT_CERTS=optional AUTH_TLS_KEY=/k AUTH_TLS_CERT=/c "
                    "AUTH_TLS_CLIENT_CA=/a AUTH_MTLS_URL=https://mtls.test:8443");
    assert_refused(c, "AUTH_CLIENT_CERT_HEADER=on", "client_cert_header", "trusted_proxies");
    assert_refused(c, "AUTH_TLS_CLIENT_CA=/a", "tls_client_ca", "nobody takes");
    assert_refused(c, "AUTH_MTLS_URL=https://mtls.test", "mtls_url", "nobody takes");
#define PROXIED "AUTH_CLIENT_CERT_HEADER=on AUTH_TRUSTED_PROXIES=10.0.0.1 "
    assert_taken(c, PROXIED "AUTH_MTLS_URL=https://mtls.test");
    assert_refused(c, PROXIED "AUTH_MTLS_URL=http://mtls.test", "mtls_url", "https://");
    assert_refused(c, PROXIED "AUTH_MTLS_URL=https://mtls.test/", "mtls_url", "https://");
    assert_refused(c, PROXIED "AUTH_MTLS_URL=https://", "mtls_url", "https://");
    assert_refused(c, PROXIED "AUTH_MTLS_URL=mtls.test", "mtls_url", "https://");
    assert_refused(c, "AUTH_SESSION_IDLE_MINUTES=43200", "session_idle_minutes",
                   "session_absolute_hours");
    assert_refused(c, "AUTH_JWT_REFRESH_EXPIRE_DAYS=60", "jwt_refresh_expire_days",
                   "refresh_absolute_days");
    assert_refused(c, "AUTH_PASSWORD_MIN_LENGTH=100 AUTH_PASSWORD_MAX_LENGTH=64",
                   "password_min_length", "greater");
    assert_refused(c, "AUTH_AZURE_CLIENT_ID=x AUTH_AZURE_TENANT_ID=organizations",
                   "azure_allowed_tenants", "list the tenants");
    assert_taken(
        c,
        "AUTH_AZURE_CLIENT_ID=x AUTH_AZURE_TENANT_ID=organizations AUTH_AZURE_ALLOWED_TENANTS=y");
}

static void urls_have_a_known_scheme(void **state)
{
    struct ctx *c = *state;
    assert_taken(c, "AUTH_DATABASE_URL=sqlite:///var/lib/uauth.db");
    assert_taken(c, "AUTH_DATABASE_URL=postgres://db/uauth");
    assert_refused(c, "AUTH_DATABASE_URL=mysql://db/uauth", "database_url",
                   "must begin with sqlite:///");
    assert_refused(c, "AUTH_DATABASE_URL=/var/lib/uauth.db", "database_url", "must begin with");
    assert_refused(c, "AUTH_DATABASE_URL=sqlite:///", "database_url", "must begin with");
    assert_refused(c, "AUTH_REDIS_URL=localhost:6379", "redis_url", "redis:// or rediss://");
    assert_refused(c, "AUTH_SMTP_URL=https://mail", "smtp_url", "smtp:// or smtps://");
    assert_taken(c, "AUTH_REDIS_URL=rediss://h AUTH_SMTP_URL=smtps://h:465");
    assert_taken(c, "AUTH_REDIS_URL=unix:///run/redis.sock");
    assert_refused(c, "AUTH_REDIS_URL=redis-sentinel://a:1", "redis_url", "Sentinel and Cluster");
    assert_refused(c, "AUTH_REDIS_URL=redis+CLUSTER://a:1", "redis_url", "Sentinel and Cluster");
    assert_refused(c, "AUTH_REDIS_CERT=a.pem", "redis_key", "go together");
    assert_refused(c, "AUTH_REDIS_KEY=a.key", "redis_key", "go together");
    assert_taken(c, "AUTH_REDIS_CERT=a.pem AUTH_REDIS_KEY=a.key");
}

static void addresses_are_written_out(void **state)
{
    struct ctx *c = *state;
    static const char *const bad[] = { "8080",
                                       "localhost",
                                       "127.0.0.1:",
                                       "127.0.0.1:x",
                                       "127.0.0.1:70000",
                                       "127.0.0.1:-1",
                                       "::1:80",
                                       "[::1]",
                                       "[::1:80",
                                       "[]:80",
                                       ":80",
                                       "unix:",
                                       "unix:relative",
                                       "http://x:80",
                                       "a/b:80",
                                       "[localhost]:80",
                                       "," };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_refused(c, text_printf(c->arena, "AUTH_LISTEN=%s", bad[i]), "listen",
                       "127.0.0.1:8080");
    assert_refused(c, "AUTH_METRICS_LISTEN=9090", "metrics_listen", "127.0.0.1:9090");
}

static void lists_hold_what_they_are_for(void **state)
{
    struct ctx *c = *state;
    static const char *const ranges[] = { "x",           "10.0.0.0/33", "10.0.0.0/0",
                                          "::/0",        "10.0.0.0/",   "10.0.0/8",
                                          "10.0.0.0/8x", "::1/129",     "example.com" };
    static const char *const origins[] = { "*",          "null",        "https://*.example.com",
                                           "https://x/", "https://x/y", "example.com",
                                           "https://",   "https://u@x" };
    static const char *const hosts[] = { "*", "*.", "https://x", "x:80", "a*.b", ".x" };
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++)
        assert_refused(c, text_printf(c->arena, "AUTH_TRUSTED_PROXIES=10.0.0.1,%s", ranges[i]),
                       "trusted_proxies", "CIDR");
    for (size_t i = 0; i < sizeof origins / sizeof origins[0]; i++)
        assert_refused(c, text_printf(c->arena, "AUTH_ALLOWED_ORIGINS=%s", origins[i]),
                       "allowed_origins", "one origin");
    for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
        assert_refused(c, text_printf(c->arena, "AUTH_TRUSTED_HOSTS=%s", hosts[i]), "trusted_hosts",
                       "host name");
        assert_refused(c, text_printf(c->arena, "AUTH_RETURN_HOSTS=%s", hosts[i]), "return_hosts",
                       "host name");
    }
    assert_taken(c, "AUTH_TRUSTED_PROXIES=10.0.0.1,::1,fd00::/8 "
                    "AUTH_ALLOWED_ORIGINS=https://a.b,http://localhost:3000 "
                    "AUTH_TRUSTED_HOSTS=a.b,*.c.d,127.0.0.1,::1");
}

/* URI-14: a domain is above a host only at a dot. */
static void the_cookie_domain_is_at_or_above_the_host(void **state)
{
    struct ctx *c = *state;
    const char *url = "AUTH_PUBLIC_URL=https://login.example.com";
    static const char *const bad[] = {
        "evil.com",     "xample.com",     "com", "login.example.com.evil", "a.login.example.com",
        ".example.com", "gin.example.com"
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_refused(c, text_printf(c->arena, "%s AUTH_COOKIE_DOMAIN=%s", url, bad[i]),
                       "cookie_domain", "public_url");
    assert_taken(c, text_printf(c->arena, "%s AUTH_COOKIE_DOMAIN=example.com", url));
    assert_taken(c, text_printf(c->arena, "%s AUTH_COOKIE_DOMAIN=Login.Example.com", url));
}

/* Each has a connection of PostgreSQL, and only a thread with SQLite. */
static void workers_go_with_the_database(void **state)
{
    (void)state;
    struct config config = { .database_url = "" };
    assert_int_equal(config_workers(&config), 48);
    config.database_url = "sqlite:///var/lib/uauth.db";
    assert_int_equal(config_workers(&config), 48);
    config.database_url = "postgres://db/uauth";
    assert_int_equal(config_workers(&config), 16);
    config.database_url = "postgresql://db/uauth";
    assert_int_equal(config_workers(&config), 16);
    assert_int_equal(config_workers_share(&config, 4), 4);
    /* What only looks like a scheme is none. */
    config.database_url = "postgres.db";
    assert_int_equal(config_workers(&config), 48);
    config.workers = 9;
    assert_int_equal(config_workers(&config), 9);
    assert_int_equal(config_workers_share(&config, 4), 2);
    assert_int_equal(config_workers_share(&config, 2), 4);
    config.workers = 3;
    assert_int_equal(config_workers_share(&config, 4), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(rate_limits_are_off_only_on_loopback),
        TEST(plain_http_is_for_one_machine),
        TEST(an_issuer_does_not_end_in_a_slash),
        TEST(the_public_url_is_an_origin),
        TEST(settings_that_need_each_other_are_given_together),
        TEST(urls_have_a_known_scheme),
        TEST(addresses_are_written_out),
        TEST(lists_hold_what_they_are_for),
        TEST(the_cookie_domain_is_at_or_above_the_host),
        TEST(workers_go_with_the_database),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
