/* SPDX-License-Identifier: Apache-2.0 */
#include "app/figures.h"

#include "app/jobs.h"
#include "app/version.h"
#include "base/text.h"
#include "net/tls.h"

#include <dirent.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <unistd.h>

static int64_t read_figure(void *arg)
{
    return *(const int64_t *)arg;
}

void figures_add(struct figures *f, struct figure figure, int64_t value)
{
    must(f->n < FIGURES_MAX);
    int64_t *kept = ARENA_NEW(f->arena, int64_t);
    *kept = value;
    f->at[f->n++] = (struct metric_source){ .name = figure.name,
                                            .labels = figure.labels == NULL ? "" : figure.labels,
                                            .help = figure.help,
                                            .counter = figure.counter,
                                            .read = read_figure,
                                            .arg = kept };
}

int64_t figure_of(uint64_t counter)
{
    return counter > INT64_MAX ? INT64_MAX : (int64_t)counter;
}

/* ---- the process; the first names are those that every exporter uses ---- */

/* The second number of the file is pages in memory. */
static bool resident_bytes(struct ctx *c, int64_t *out)
{
    char line[128];
    int64_t pages = 0;
    int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t n = read(fd, line, sizeof line);
    (void)close(fd);
    if (n <= 0)
        return false;
    struct texts numbers = text_split(c->arena, text_copy(c->arena, line, (size_t)n), ' ');
    if (numbers.n < 2 || !text_int(numbers.at[1], 0, INT32_MAX, &pages))
        return false;
    *out = pages * sysconf(_SC_PAGESIZE);
    return true;
}

/* Without the one that counts them. */
static bool open_descriptors(int64_t *out)
{
    int64_t n = 0;
    DIR *folder = opendir("/proc/self/fd");
    if (folder == NULL)
        return false;
    for (const struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder))
        n += entry->d_name[0] != '.';
    (void)closedir(folder);
    *out = n - 1;
    return true;
}

static int64_t milliseconds(const struct rusage *usage)
{
    return (usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) * 1000 +
           (usage->ru_utime.tv_usec + usage->ru_stime.tv_usec) / 1000;
}

static void add_descriptors(struct figures *f)
{
    struct rlimit limit;
    int64_t n = 0;
    if (open_descriptors(&n))
        figures_add(f, (struct figure){ "process_open_fds", NULL, "Open descriptors", false }, n);
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
        figures_add(f, (struct figure){ "process_max_fds", NULL, "Most of them", false },
                    figure_of(limit.rlim_cur));
}

/* What was asked for and not given back: unlike the pages in memory, it tells nothing of how the
 * allocator lays it out. */
static void add_allocated(struct figures *f)
{
    struct mallinfo2 info = mallinfo2();
    figures_add(f,
                (struct figure){ "uauth_memory_allocated_bytes", NULL,
                                 "Memory that the program holds, without hash slots", false },
                figure_of(info.uordblks + info.hblkhd));
}

static void add_use(struct ctx *c, struct figures *f)
{
    struct rusage usage;
    int64_t n = 0;
    if (resident_bytes(c, &n))
        figures_add(
            f, (struct figure){ "process_resident_memory_bytes", NULL, "Memory in use", false }, n);
    add_allocated(f);
    if (getrusage(RUSAGE_SELF, &usage) == 0)
        figures_add(
            f, (struct figure){ "uauth_cpu_milliseconds_total", NULL, "Time of processors", true },
            milliseconds(&usage));
}

/* ---- what it stands on ---- */

static void add_space(struct figures *f, const char *folder)
{
    struct statvfs st;
    if (statvfs(folder, &st) != 0)
        return;
    figures_add(f,
                (struct figure){ "uauth_data_free_bytes", NULL,
                                 "Space left where the data folder is", false },
                figure_of(st.f_bavail * st.f_frsize));
    figures_add(f,
                (struct figure){ "uauth_data_size_bytes", NULL,
                                 "All the space where the data folder is", false },
                figure_of(st.f_blocks * st.f_frsize));
}

static void add_certificate(struct ctx *c, struct figures *f, SSL_CTX *tls)
{
    int64_t end = 0;
    if (tls == NULL || !tls_certificate_end(tls, c->now, &end))
        return;
    figures_add(f,
                (struct figure){ "uauth_tls_certificate_not_after_seconds", NULL,
                                 "When the certificate ends, in Unix time", false },
                end);
}

static const char *version_label(struct ctx *c)
{
    return text_printf(c->arena, "version=\"%s\"", version_text(c->arena));
}

void figures_add_process(struct ctx *c, struct figures *f, const struct app *app)
{
    const struct node *node = app->node;
    figures_add(f, (struct figure){ "uauth_build_info", version_label(c), "Always 1", false }, 1);
    figures_add(f, (struct figure){ "process_start_time_seconds", NULL, "When it started", false },
                node->started_at);
    figures_add(f, (struct figure){ "uauth_clock_seconds", NULL, "Its own clock", false }, c->now);
    add_use(c, f);
    add_descriptors(f);
    add_space(f, node->config->data_dir);
    add_certificate(c, f, app->tls);
    figures_add(
        f, (struct figure){ "uauth_log_lines_dropped_total", NULL, "Log lines not written", true },
        figure_of(atomic_load(&node->log_dropped)));
}

/* ---- the jobs ---- */

void figures_add_jobs(struct ctx *c, struct figures *f, const struct node *node)
{
    size_t n = 0;
    const struct job *rows = jobs(&n);
    for (size_t i = 0; i < n; i++)
        figures_add(f,
                    (struct figure){ "uauth_job_done_seconds",
                                     text_printf(c->arena, "task=\"%s\"", rows[i].name),
                                     "When the job was last done, in Unix time; 0: not yet",
                                     false },
                    atomic_load(&node->jobs[i].done_at));
    for (size_t i = 0; i < n; i++)
        figures_add(f,
                    (struct figure){ "uauth_job_failures_total",
                                     text_printf(c->arena, "task=\"%s\"", rows[i].name),
                                     "Turns of the job that failed", true },
                    figure_of(atomic_load(&node->jobs[i].failures)));
}
