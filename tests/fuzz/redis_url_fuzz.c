/* SPDX-License-Identifier: Apache-2.0 */
/*
 * URLs of Redis: what is taken is within bounds, and a refusal shows nothing of what was given.
 */
#include "base/text.h"
#include "db/redis_url.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect_bounds(const struct redis_url *url)
{
    must((url->path == NULL) != (url->host == NULL));
    must(url->path == NULL || (url->path[0] == '/' && strlen(url->path) <= REDIS_PATH_MAX));
    must(url->host == NULL || (url->host[0] != '\0' && url->port > 0));
    must(url->host == NULL || strpbrk(url->host, "@/%?#, []") == NULL);
    must(url->user == NULL || url->password != NULL);
    must(url->password == NULL || url->password[0] != '\0');
    must(url->database >= 0 && url->database <= REDIS_DATABASE_MAX);
    must(!url->tls || url->path == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (memchr(data, '\0', size) != NULL)
        return -1;
    struct arena *a = arena_new(ARENA_REQUEST_CEILING);
    struct ctx c = { .arena = a };
    struct redis_url url;
    if (redis_url_read(&c, text_copy(a, (const char *)data, size), &url).code == ERR_OK) {
        expect_bounds(&url);
        (void)redis_url_is_here(&url);
    } else {
        must(c.fault.code == ERR_INVALID_FIELD && text_equal(c.fault.field, "redis_url"));
    }
    arena_end(a);
    return 0;
}
