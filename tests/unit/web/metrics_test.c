/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/web/web_testing.h"

#include <pthread.h>

static const struct route rows[] = {
    { .method = "POST", .path = "/auth/login" },
    { .method = "GET", .path = "/users/{id}" },
};

static int64_t number(void *arg)
{
    return *(const int64_t *)arg;
}

static void has(const char *text, const char *line)
{
    const char *at = strstr(text, line);
    if (at == NULL || (at != text && at[-1] != '\n') || at[strlen(line)] != '\n')
        fail_msg("no line \"%s\" in\n%s", line, text);
}

static void answers_are_counted_by_row_and_class(void **state)
{
    struct web *w = *state;
    struct metrics *m = metrics_new(w->c->arena, 2);
    metrics_count(m, 0, 200, 3);
    metrics_count(m, 0, 201, 700);
    metrics_count(m, 0, 401, 0);
    metrics_count(m, 1, 503, 99999);
    metrics_count(m, 2, 404, 1);
    const char *text = metrics_text(w->c, m, rows, NULL, 0);
    has(text, "# TYPE uauth_http_requests_total counter");
    has(text, "uauth_http_requests_total{method=\"POST\",route=\"/auth/login\",status=\"2xx\"} 2");
    has(text, "uauth_http_requests_total{method=\"POST\",route=\"/auth/login\",status=\"4xx\"} 1");
    has(text, "uauth_http_requests_total{method=\"GET\",route=\"/users/{id}\",status=\"5xx\"} 1");
    has(text, "uauth_http_requests_total{method=\"\",route=\"\",status=\"4xx\"} 1");
    assert_null(strstr(text, "3xx"));
}

static void failures_are_counted_by_type_and_stand_there_from_the_start(void **state)
{
    struct web *w = *state;
    struct metrics *m = metrics_new(w->c->arena, 2);
    metrics_count_error(m, ERR_UNAVAILABLE);
    metrics_count_error(m, ERR_UNAVAILABLE);
    const char *text = metrics_text(w->c, m, rows, NULL, 0);
    has(text, "# TYPE uauth_errors_total counter");
    has(text, "uauth_errors_total{error=\"unavailable\"} 2");
    has(text, "uauth_errors_total{error=\"invalid-credentials\"} 0");
}

static void times_are_a_histogram(void **state)
{
    struct web *w = *state;
    struct metrics *m = metrics_new(w->c->arena, 2);
    metrics_count(m, 0, 200, 1);
    metrics_count(m, 0, 200, 2);
    metrics_count(m, 0, 200, 40);
    metrics_count(m, 0, 200, 20000);
    const char *text = metrics_text(w->c, m, rows, NULL, 0);
    has(text, "uauth_http_request_duration_seconds_bucket{le=\"0.001\"} 1");
    has(text, "uauth_http_request_duration_seconds_bucket{le=\"0.002\"} 2");
    has(text, "uauth_http_request_duration_seconds_bucket{le=\"0.05\"} 3");
    has(text, "uauth_http_request_duration_seconds_bucket{le=\"10\"} 3");
    has(text, "uauth_http_request_duration_seconds_bucket{le=\"+Inf\"} 4");
    has(text, "uauth_http_request_duration_seconds_sum 20.043");
    has(text, "uauth_http_request_duration_seconds_count 4");
}

static void figures_of_other_parts_stand_under_one_head_a_name(void **state)
{
    struct web *w = *state;
    struct metrics *m = metrics_new(w->c->arena, 2);
    int64_t seven = 7;
    int64_t nine = 9;
    const struct metric_source sources[] = {
        { "uauth_queue_length", "queue=\"plain\"", "Waiting.", false, number, &seven },
        { "uauth_queue_length", "queue=\"hash\"", "Waiting.", false, number, &nine },
        { "uauth_accepted_total", "", "Accepted.", true, number, &nine },
    };
    metrics_count_limited(m);
    metrics_count_challenged(m);
    metrics_count_challenged(m);
    const char *text = metrics_text(w->c, m, rows, sources, 3);
    has(text, "# HELP uauth_queue_length Waiting.");
    has(text, "# TYPE uauth_queue_length gauge");
    has(text, "uauth_queue_length{queue=\"plain\"} 7");
    has(text, "uauth_queue_length{queue=\"hash\"} 9");
    has(text, "# TYPE uauth_accepted_total counter");
    has(text, "uauth_accepted_total 9");
    has(text, "uauth_rate_limited_total 1");
    has(text, "uauth_challenged_total 2");
    const char *head = strstr(text, "# TYPE uauth_queue_length");
    assert_null(strstr(head + 1, "# TYPE uauth_queue_length"));
}

static void a_label_is_escaped(void **state)
{
    struct web *w = *state;
    struct metrics *m = metrics_new(w->c->arena, 1);
    const struct route odd[] = { { .method = "GET", .path = "/a\"b\\c\nd" } };
    metrics_count(m, 0, 200, 1);
    has(metrics_text(w->c, m, odd, NULL, 0),
        "uauth_http_requests_total{method=\"GET\",route=\"/a\\\"b\\\\c\\nd\",status=\"2xx\"} 1");
}

enum { THREADS = 4, ROUNDS = 10000 };

static void *count_much(void *arg)
{
    for (size_t i = 0; i < ROUNDS; i++)
        metrics_count(arg, i % 3, 200, 1);
    return NULL;
}

static void nothing_is_lost_between_threads(void **state)
{
    struct web *w = *state;
    pthread_t threads[THREADS];
    struct metrics *m = metrics_new(w->c->arena, 2);
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, count_much, m), 0);
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    has(metrics_text(w->c, m, rows, NULL, 0), "uauth_http_request_duration_seconds_count 40000");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WEB_TEST(answers_are_counted_by_row_and_class),
        WEB_TEST(failures_are_counted_by_type_and_stand_there_from_the_start),
        WEB_TEST(times_are_a_histogram),
        WEB_TEST(figures_of_other_parts_stand_under_one_head_a_name),
        WEB_TEST(a_label_is_escaped),
        WEB_TEST(nothing_is_lost_between_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
