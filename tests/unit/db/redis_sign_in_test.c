/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who a node says it is to a Redis server, who the server has to be, and which servers are none to
 * use.
 */
#include "redis_testing.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

/* Why the server of `url` is not used. */
static const char *refused(struct redis *r, const char *url)
{
    struct ctx *c = r->c;
    node_open_url(r, url);
    assert_int_equal(kv_check(c).code, ERR_INVALID_FIELD);
    assert_string_equal(c->fault.field, "redis_url");
    const char *why = c->fault.say;
    fault_clear(c);
    /* The service works all the same. */
    assert_int_equal(passed(c, "a", (struct kv_rate){ 4, LONG }, 9), 2);
    assert_null(strstr(why, "CANARY"));
    return why;
}

static void accepted(struct redis *r, const char *url)
{
    struct ctx *c = r->c;
    bool added = false;
    const char *value = NULL;
    node_open_url(r, url);
    OK(kv_check(c));
    assert_int_equal(passed(c, url, (struct kv_rate){ 4, LONG }, 9), 4);
    OK(kv_add(c, KV_KEY(c, KV_DPOP_JTI, url), "1", 100, &added));
    OK(kv_add(c, KV_KEY(c, KV_SESSION, url), "1", 100, &added));
    OK(kv_set(c, KV_KEY(c, KV_SESSION, url), "1", 100));
    OK(kv_get(c, KV_KEY(c, KV_SESSION, url), &value));
    OK(kv_remove(c, KV_KEY(c, KV_SESSION, url)));
    assert_int_equal(figures_of(r).failures, 0);
}

static const char *tcp(const struct redis *r, const char *user)
{
    return text_printf(r->c->arena, "redis://%s127.0.0.1:%ld", user, redis_port(r));
}

/* ---- passwords ---- */

static void a_password_is_needed_where_one_is_set(void **state)
{
    struct redis *r = redis_of(state);
    redis_stop(r);
    redis_start(r, "requirepass=CANARY-right");
    accepted(r, tcp(r, ":CANARY-right@"));
    accepted(r, tcp(r, "default:CANARY-right@"));
    assert_non_null(strstr(refused(r, tcp(r, "")), "NOAUTH"));
    assert_non_null(strstr(refused(r, tcp(r, ":CANARY-wrong@")), "AUTH"));
    assert_non_null(strstr(refused(r, tcp(r, "nobody:CANARY-right@")), "AUTH"));
}

static void a_password_that_nobody_asks_for_is_told(void **state)
{
    struct redis *r = redis_of(state);
    assert_non_null(strstr(refused(r, tcp(r, ":CANARY@")), "AUTH"));
}

/* What docs/guide/scaling.md says a user of the server has to be allowed. */
static void a_user_with_the_least_rights_is_enough(void **state)
{
    struct redis *r = redis_of(state);
    redis_do(r, "acl setuser uauth on '>p@ss/word' '~uauth:*' +get +set +del +eval +evalsha +echo "
                "+info +ping +time +select");
    accepted(r, tcp(r, "uauth:p%40ss%2Fword@"));
    redis_do(r, "acl setuser uauth -set");
    node_open_url(r, tcp(r, "uauth:p%40ss%2Fword@"));
    assert_int_equal(passed(r->c, "a", (struct kv_rate){ 4, LONG }, 9), 2);
    redis_do(r, "acl setuser uauth -info");
    assert_non_null(strstr(refused(r, tcp(r, "uauth:p%40ss%2Fword@")), "INFO"));
}

/* R-12: a password that changes while the service runs. */
static void who_is_no_longer_let_in_goes_on_alone(void **state)
{
    struct redis *r = redis_of(state);
    struct ctx *c = r->c;
    redis_do(r, "acl setuser uauth on '>one' '~*' +@all");
    accepted(r, tcp(r, "uauth:one@"));
    redis_do(r, "acl setuser uauth '<one' '>two'");
    redis_do(r, "client kill user uauth");
    assert_int_equal(passed(c, "after", (struct kv_rate){ 4, LONG }, 9), 2);
    redis_do(r, "acl setuser uauth '>one'");
    assert_true(until_back(c) < BACK_WITHIN_MS);
}

static void a_database_is_chosen_by_its_number(void **state)
{
    struct redis *r = redis_of(state);
    accepted(r, text_printf(r->c->arena, "unix://%s/socket?db=7", r->folder));
    redis_do(r, "-n 7 exists uauth:born | grep -q 1");
    redis_do(r, "exists uauth:born | grep -q 0");
    assert_non_null(strstr(refused(r, text_printf(r->c->arena, "%s/99", tcp(r, ""))), "SELECT"));
}

/* ---- which servers ---- */

static void a_part_of_a_cluster_is_none_to_use(void **state)
{
    struct redis *r = redis_of(state);
    redis_stop(r);
    redis_start(r, "cluster-enabled=yes");
    assert_non_null(strstr(refused(r, tcp(r, "")), "Cluster"));
}

static void a_replica_is_not_used_while_it_is_one(void **state)
{
    struct redis *r = redis_of(state);
    struct ctx *c = r->c;
    redis_do(r, "replicaof 127.0.0.1 1");
    assert_int_equal(passed(c, "a", (struct kv_rate){ 4, LONG }, 9), 2);
    err checked = kv_check(c);
    REFUSED(checked, UNAVAILABLE);
    redis_do(r, "replicaof no one");
    assert_true(until_back(c) < BACK_WITHIN_MS);
}

/* ---- TLS ---- */

/* A port that is free now. */
static int free_port(void)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t n = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&at, n), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &n), 0);
    (void)close(fd);
    return ntohs(at.sin_port);
}

/* NAME.pem and NAME.key, of the authority BY; for what `names` says. */
static void certify(const struct redis *r, const char *name, const char *by, const char *names)
{
    shell(
        "cd %s && { openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout %s.key "
        "-subj /CN=%s -addext '%s' -out %s.csr && openssl x509 -req -in %s.csr %s -copy_extensions "
        "copy -days 2 -out %s.pem; } 2>log.openssl",
        r->folder, name, name, names, name, name, by, name);
}

static void make_certificates(const struct redis *r)
{
    const char *by_us = "-CA ours.pem -CAkey ours.key";
    certify(r, "ours", "-signkey ours.key", "basicConstraints=critical,CA:TRUE");
    certify(r, "others", "-signkey others.key", "basicConstraints=critical,CA:TRUE");
    certify(r, "server", by_us, "subjectAltName=DNS:localhost,IP:127.0.0.1");
    certify(r, "elsewhere", by_us, "subjectAltName=DNS:redis.example.com,IP:10.0.0.1");
    certify(r, "client", by_us, "subjectAltName=DNS:uauth");
    certify(r, "stranger", "-CA others.pem -CAkey others.key", "subjectAltName=DNS:uauth");
}

static const char *file(const struct redis *r, const char *name)
{
    return text_printf(r->c->arena, "%s/%s", r->folder, name);
}

/* Starts the server with TLS on a port of its own. */
static int start_tls(const struct redis *r, const char *cert, const char *more)
{
    int port = free_port();
    redis_stop(r);
    redis_start(r, text_printf(r->c->arena,
                               "tls-port=%d tls-cert-file=%s/%s.pem tls-key-file=%s/%s.key "
                               "tls-ca-cert-file=%s/ours.pem %s",
                               port, r->folder, cert, r->folder, cert, r->folder, more));
    return port;
}

static const char *tls_url(const struct redis *r, const char *host, int port)
{
    return text_printf(r->c->arena, "rediss://%s:%d", host, port);
}

/* SR-09 */
static void by_tls_the_server_has_to_prove_its_name(void **state)
{
    struct redis *r = redis_of(state);
    make_certificates(r);
    int port = start_tls(r, "server", "tls-auth-clients=no");
    r->config.outbound_ca = file(r, "ours.pem");
    accepted(r, tls_url(r, "127.0.0.1", port));
    accepted(r, tls_url(r, "localhost", port));
    r->config.outbound_ca = file(r, "others.pem");
    assert_non_null(strstr(refused(r, tls_url(r, "127.0.0.1", port)), "certificate"));
    r->config.outbound_ca = ""; /* whom the system trusts */
    (void)refused(r, tls_url(r, "127.0.0.1", port));
    r->config.outbound_ca = file(r, "ours.pem");
    port = start_tls(r, "elsewhere", "tls-auth-clients=no");
    assert_non_null(strstr(refused(r, tls_url(r, "127.0.0.1", port)), "mismatch"));
    assert_non_null(strstr(refused(r, tls_url(r, "localhost", port)), "mismatch"));
}

/* SR-09 */
static void by_tls_an_old_version_and_plain_text_are_not_spoken(void **state)
{
    struct redis *r = redis_of(state);
    struct ctx *c = r->c;
    make_certificates(r);
    r->config.outbound_ca = file(r, "ours.pem");
    int port = start_tls(r, "server",
                         "tls-auth-clients=no tls-protocols=TLSv1.1 "
                         "tls-ciphers=DEFAULT@SECLEVEL=0");
    const char *const urls[] = { tls_url(r, "127.0.0.1", port),
                                 tls_url(r, "127.0.0.1", (int)redis_port(r)) };
    for (size_t i = 0; i < 2; i++) {
        node_open_url(r, urls[i]);
        err checked = kv_check(c);
        REFUSED(checked, UNAVAILABLE);
    }
}

static void by_tls_the_server_may_ask_who_we_are(void **state)
{
    struct redis *r = redis_of(state);
    struct ctx *c = r->c;
    make_certificates(r);
    r->config.outbound_ca = file(r, "ours.pem");
    int port = start_tls(r, "server", "tls-auth-clients=yes");
    node_open_url(r, tls_url(r, "127.0.0.1", port));
    err checked = kv_check(c);
    REFUSED(checked, UNAVAILABLE);
    r->config.redis_cert = file(r, "stranger.pem");
    r->config.redis_key = file(r, "stranger.key");
    node_open_url(r, tls_url(r, "127.0.0.1", port));
    checked = kv_check(c);
    REFUSED(checked, UNAVAILABLE);
    r->config.redis_cert = file(r, "client.pem");
    r->config.redis_key = file(r, "client.key");
    accepted(r, tls_url(r, "127.0.0.1", port));
}

static void files_that_cannot_be_used_are_named(void **state)
{
    struct redis *r = redis_of(state);
    struct ctx *c = r->c;
    struct kv *kv = NULL;
    make_certificates(r);
    r->config.outbound_ca = file(r, "nothing.pem");
    err opened = kv_open(c, "rediss://127.0.0.1", &kv);
    assert_string_equal(c->fault.field, "outbound_ca");
    REFUSED(opened, INVALID_FIELD);
    r->config.outbound_ca = file(r, "ours.pem");
    r->config.redis_cert = file(r, "client.pem");
    r->config.redis_key = file(r, "stranger.key");
    opened = kv_open(c, "rediss://127.0.0.1", &kv);
    assert_string_equal(c->fault.field, "redis_key");
    REFUSED(opened, INVALID_FIELD);
}

/* The faults of a connection by TLS are those of any other. */
static void by_tls_a_server_goes_and_comes_as_well(void **state)
{
    struct redis *r = redis_of(state);
    struct ctx *c = r->c;
    make_certificates(r);
    r->config.outbound_ca = file(r, "ours.pem");
    int port = start_tls(r, "server", "tls-auth-clients=no");
    accepted(r, tls_url(r, "127.0.0.1", port));
    redis_signal(r, SIGSTOP);
    int64_t begun = time_monotonic_ms();
    assert_int_equal(passed(c, "slow", (struct kv_rate){ 4, LONG }, 9), 2);
    assert_true(time_monotonic_ms() - begun < REDIS_OPEN_MS + REDIS_CALL_MS);
    redis_signal(r, SIGCONT);
    assert_true(until_back(c) < BACK_WITHIN_MS);
    redis_do(r, "client kill type normal skipme yes");
    assert_int_equal(passed(c, "after", (struct kv_rate){ 4, LONG }, 9), 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        REDIS_TEST(a_password_is_needed_where_one_is_set),
        REDIS_TEST(a_password_that_nobody_asks_for_is_told),
        REDIS_TEST(a_user_with_the_least_rights_is_enough),
        REDIS_TEST(who_is_no_longer_let_in_goes_on_alone),
        REDIS_TEST(a_database_is_chosen_by_its_number),
        REDIS_TEST(a_part_of_a_cluster_is_none_to_use),
        REDIS_TEST(a_replica_is_not_used_while_it_is_one),
        REDIS_TEST(by_tls_the_server_has_to_prove_its_name),
        REDIS_TEST(by_tls_an_old_version_and_plain_text_are_not_spoken),
        REDIS_TEST(by_tls_the_server_may_ask_who_we_are),
        REDIS_TEST(files_that_cannot_be_used_are_named),
        REDIS_TEST(by_tls_a_server_goes_and_comes_as_well),
    };
    return redis_is_given() ? cmocka_run_group_tests(tests, NULL, NULL) : 0;
}
