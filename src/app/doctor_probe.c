/* SPDX-License-Identifier: Apache-2.0 */
#include "app/doctor_probe.h"

#include "base/text.h"
#include "base/time.h"
#include "client/upstreams.h"
#include "net/mail.h"

#include <string.h>

RESULT doctor_ask(struct ctx *c, const char *url, const char *token, struct http_answer *out)
{
    struct upstreams *u = NULL;
    const char *headers[] = { "Accept: application/json, text/html",
                              text_printf(c->arena, "Authorization: Bearer %s",
                                          token == NULL ? "" : token) };
    const struct http_call call = { .method = "GET",
                                    .url = url,
                                    .origin = OUTBOUND_CONFIGURED,
                                    .headers = headers,
                                    .headers_n = token == NULL ? 1 : 2,
                                    .answer_max = DOCTOR_ANSWER_MAX,
                                    .limit_ms = DOCTOR_LIMIT_MS };
    TRY(upstreams_of(c, &u));
    return http_call(c, u->resolver, &call, out);
}

RESULT doctor_compare_clock(struct ctx *c, const struct http_answer *answer, const char **found)
{
    const char *date = http_answer_header(answer, "date");
    int64_t theirs = 0;
    *found = "the answer does not say what time it is there";
    if (date == NULL || !time_parse_http(date, &theirs))
        return ok();
    int64_t ahead = time_now() - theirs;
    if (ahead > DOCTOR_CLOCK_SECONDS || ahead < -DOCTOR_CLOCK_SECONDS)
        return fail(c, UNAVAILABLE, "the clock here is %lld seconds %s",
                    (long long)(ahead < 0 ? -ahead : ahead), ahead < 0 ? "slow" : "fast");
    *found = text_printf(c->arena, "within %d seconds", DOCTOR_CLOCK_SECONDS);
    return ok();
}

/* ---- certificates ---- */

static const char expire_date[] = "Expire date:";

/* libcurl writes the lines of all certificates, that of the server first. */
static bool read_end(const struct outbound *to, int64_t *end)
{
    struct curl_certinfo *info = NULL;
    if (to->lib->easy_getinfo(to->curl, CURLINFO_CERTINFO, &info) != CURLE_OK || info == NULL ||
        info->num_of_certs < 1)
        return false;
    for (const struct curl_slist *line = info->certinfo[0]; line != NULL; line = line->next)
        if (text_starts(line->data, expire_date)) {
            *end = (int64_t)to->lib->getdate(line->data + strlen(expire_date), NULL);
            return *end > 0;
        }
    return false;
}

RESULT doctor_certificate_end(struct ctx *c, const char *url, int64_t *end)
{
    struct upstreams *u = NULL;
    struct outbound to;
    const struct outbound_plan plan = { url, OUTBOUND_CONFIGURED, DOCTOR_LIMIT_MS, NULL };
    TRY(upstreams_of(c, &u));
    TRY(outbound_open(c, u->resolver, &plan, &to));
    (void)to.lib->easy_setopt(to.curl, CURLOPT_CERTINFO, 1L);
    (void)to.lib->easy_setopt(to.curl, CURLOPT_NOBODY, 1L);
    TRY(outbound_perform(c, &to));
    if (!read_end(&to, end))
        return fail(c, UPSTREAM, "%s: its certificate does not say when it ends", to.host);
    return ok();
}

/* ---- mail ---- */

static size_t take_nothing(char *at, size_t size, size_t count, void *arg)
{
    (void)at;
    (void)arg;
    return size * count;
}

RESULT doctor_greet_mail(struct ctx *c, const char *smtp_url)
{
    struct upstreams *u = NULL;
    struct outbound to;
    TRY(upstreams_of(c, &u));
    TRY(mail_open(c, u->resolver, smtp_url, &to));
    (void)to.lib->easy_setopt(to.curl, CURLOPT_CUSTOMREQUEST, "NOOP");
    (void)to.lib->easy_setopt(to.curl, CURLOPT_WRITEFUNCTION, take_nothing);
    return outbound_perform(c, &to);
}
