/* SPDX-License-Identifier: Apache-2.0 */
#include "app/progress.h"

#include "base/text.h"
#include "base/time.h"

#include <stdio.h>
#include <unistd.h>

enum { BAR_CHARS = 30, TELL_TERMINAL_MS = 100, TELL_LINES_MS = 5000, TEXT_CEILING = 64 << 10 };

struct progress progress_begin(const struct command_line *line, const char *what, const char *unit,
                               int64_t first)
{
    int64_t now = time_monotonic_ms();
    return (struct progress){ .what = what,
                              .unit = unit,
                              .silent = line->json,
                              .terminal = isatty(STDERR_FILENO) == 1,
                              .begun_ms = now,
                              .told_ms = now,
                              .first = first };
}

void progress_restart(struct progress *p)
{
    if (p->restarted)
        return;
    p->restarted = true;
    p->begun_ms = time_monotonic_ms();
    p->told_ms = p->begun_ms;
}

static const char *bar(struct arena *a, int64_t part)
{
    struct text_buffer out = text_buffer(a);
    for (int64_t i = 0; i < BAR_CHARS; i++)
        text_add(&out, i < part ? "=" : i == part ? ">" : " ");
    return text_of(&out);
}

const char *progress_text(struct arena *a, const struct progress *p, int64_t done, int64_t of,
                          int64_t now_ms)
{
    int64_t most = of > 0 ? of : 1;
    int64_t ms = now_ms - p->begun_ms;
    int64_t rate = ms > 0 ? (done - p->first) * 1000 / ms : 0;
    struct text_buffer out = text_buffer(a);
    text_addf(&out, "[%s] %3lld%%  %lld of %lld %s", bar(a, done * BAR_CHARS / most),
              (long long)(done * 100 / most), (long long)done, (long long)of, p->unit);
    if (rate > 0)
        text_addf(&out, ", %lld/s, %lld s left", (long long)rate,
                  (long long)((of - done + rate - 1) / rate));
    return text_of(&out);
}

void progress_tell(void *progress, int64_t done, int64_t of)
{
    struct progress *p = progress;
    int64_t now = time_monotonic_ms();
    bool last = p->terminal && done == of && !p->complete;
    if (p->silent || (!last && now - p->told_ms < (p->terminal ? TELL_TERMINAL_MS : TELL_LINES_MS)))
        return;
    struct arena *arena = arena_new(TEXT_CEILING);
    if (arena == NULL)
        return;
    p->told_ms = now;
    p->complete = done == of;
    const char *text = progress_text(arena, p, done, of, now);
    (void)fprintf(stderr, p->terminal ? "\r%s %s\033[K" : "%s %s\n", p->what, text);
    (void)fflush(stderr);
    arena_end(arena);
}

void progress_end(struct progress *p)
{
    if (!p->silent && p->terminal && p->told_ms != p->begun_ms)
        (void)fprintf(stderr, "\n");
}
