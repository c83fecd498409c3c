/* SPDX-License-Identifier: Apache-2.0 */
#include "web/metrics.h"

#include "base/text.h"

#include <stdatomic.h>

enum { CLASSES = 6 }; /* of status: 1xx to 5xx by their first digit; 0 is not used */

/* Upper bounds of the histogram, in milliseconds. */
static const int64_t bounds_ms[] = { 1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000 };
enum { BOUNDS = sizeof bounds_ms / sizeof *bounds_ms };

struct row_counts {
    _Atomic uint64_t answers[CLASSES];
};

struct metrics {
    struct row_counts *rows; /* routes_n, and one for what matched none */
    size_t routes_n;
    _Atomic uint64_t buckets[BOUNDS + 1]; /* each alone; the text adds them up */
    _Atomic uint64_t took_ms;
    _Atomic uint64_t limited, challenged;
    _Atomic uint64_t errors[ERR_CODES];
};

struct metrics *metrics_new(struct arena *a, size_t routes_n)
{
    struct metrics *m = ARENA_NEW(a, struct metrics);
    m->rows = ARENA_NEWS(a, struct row_counts, routes_n + 1);
    m->routes_n = routes_n;
    return m;
}

static void add(_Atomic uint64_t *counter, uint64_t n)
{
    (void)atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

static uint64_t read(const _Atomic uint64_t *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

void metrics_count(struct metrics *m, size_t row, int status, int64_t took_ms)
{
    must(row <= m->routes_n);
    int class = status / 100;
    size_t bucket = 0;
    while (bucket < BOUNDS && took_ms > bounds_ms[bucket])
        bucket++;
    add(&m->rows[row].answers[class < 1 || class >= CLASSES ? 0 : class], 1);
    add(&m->buckets[bucket], 1);
    if (took_ms > 0)
        add(&m->took_ms, (uint64_t)took_ms);
}

void metrics_count_error(struct metrics *m, enum err_code code)
{
    must(code > ERR_OK && code < ERR_CODES);
    add(&m->errors[code], 1);
}

void metrics_count_limited(struct metrics *m)
{
    add(&m->limited, 1);
}

void metrics_count_challenged(struct metrics *m)
{
    add(&m->challenged, 1);
}

/* ---- the text ---- */

static void head(struct text_buffer *b, const char *name, const char *type, const char *help)
{
    text_addf(b, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* Label values of the text format: backslash, quote and line feed are escaped. */
static void add_label(struct text_buffer *b, const char *name, const char *value)
{
    text_addf(b, "%s=\"", name);
    for (; *value != '\0'; value++) {
        if (*value == '\n')
            text_add(b, "\\n");
        else if (*value == '"' || *value == '\\')
            text_addf(b, "\\%c", *value);
        else
            text_add_bytes(b, value, 1);
    }
    text_add(b, "\"");
}

static void add_row(struct text_buffer *b, const struct metrics *m, const struct route *rows,
                    size_t row)
{
    for (unsigned class = 1; class < CLASSES; class ++) {
        uint64_t n = read(&m->rows[row].answers[class]);
        if (n == 0)
            continue;
        text_add(b, "uauth_http_requests_total{");
        add_label(b, "method", row < m->routes_n ? rows[row].method : "");
        text_add(b, ",");
        add_label(b, "route", row < m->routes_n ? rows[row].path : "");
        text_addf(b, ",status=\"%uxx\"} %llu\n", class, (unsigned long long)n);
    }
}

static void add_histogram(struct text_buffer *b, const struct metrics *m)
{
    static const char name[] = "uauth_http_request_duration_seconds";
    uint64_t sum = 0;
    head(b, name, "histogram", "Time from the head of a request to its answer.");
    for (size_t i = 0; i < BOUNDS; i++) {
        sum += read(&m->buckets[i]);
        text_addf(b, "%s_bucket{le=\"%g\"} %llu\n", name, (double)bounds_ms[i] / 1000,
                  (unsigned long long)sum);
    }
    sum += read(&m->buckets[BOUNDS]);
    text_addf(b, "%s_bucket{le=\"+Inf\"} %llu\n", name, (unsigned long long)sum);
    text_addf(b, "%s_sum %.3f\n%s_count %llu\n", name, (double)read(&m->took_ms) / 1000, name,
              (unsigned long long)sum);
}

/* Each of them from the start: what appears only with its first failure has no rate. */
static void add_errors(struct text_buffer *b, const struct metrics *m)
{
    head(b, "uauth_errors_total", "counter", "Answered failures by the type of their problem.");
    for (int code = ERR_OK + 1; code < ERR_CODES; code++)
        text_addf(b, "uauth_errors_total{error=\"%s\"} %llu\n", err_slug((enum err_code)code),
                  (unsigned long long)read(&m->errors[code]));
}

static void add_counter(struct text_buffer *b, const char *name, const char *help,
                        const _Atomic uint64_t *counter)
{
    head(b, name, "counter", help);
    text_addf(b, "%s %llu\n", name, (unsigned long long)read(counter));
}

static void add_source(struct text_buffer *b, const struct metric_source *source, bool first)
{
    if (first)
        head(b, source->name, source->counter ? "counter" : "gauge", source->help);
    text_add(b, source->name);
    if (source->labels[0] != '\0')
        text_addf(b, "{%s}", source->labels);
    text_addf(b, " %lld\n", (long long)source->read(source->arg));
}

const char *metrics_text(struct ctx *c, const struct metrics *m, const struct route *rows,
                         const struct metric_source *sources, size_t n)
{
    struct text_buffer b = text_buffer(c->arena);
    head(&b, "uauth_http_requests_total", "counter", "Answered requests.");
    for (size_t row = 0; row <= m->routes_n; row++)
        add_row(&b, m, rows, row);
    add_histogram(&b, m);
    add_errors(&b, m);
    add_counter(&b, "uauth_rate_limited_total", "Requests refused by a limit.", &m->limited);
    add_counter(&b, "uauth_challenged_total", "Requests that were asked for a proof of work.",
                &m->challenged);
    for (size_t i = 0; i < n; i++)
        add_source(&b, &sources[i], i == 0 || !text_equal(sources[i].name, sources[i - 1].name));
    return text_of(&b);
}
