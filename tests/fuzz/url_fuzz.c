/* SPDX-License-Identifier: Apache-2.0 */
/*
 * URLs: what is taken is ASCII without controls, and writing and reading it again changes nothing.
 */
#include "base/result.h"
#include "net/url.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect_host(const struct url *url)
{
    if (url->host_is == URL_HOST_NONE) {
        must(url->host == NULL && url->path[0] == '/');
        return;
    }
    must(url->host[0] != '\0' && strpbrk(url->host, "@/\\%?# []") == NULL);
    must((strchr(url->host, ':') != NULL) == (url->host_is == URL_HOST_IPV6) ||
         url->host_is == URL_HOST_IPV6);
    must(url->host_is != URL_HOST_NAME || host_is_name(bytes_of(url->host)));
    must(host_matches(url->host, url->host));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new(ARENA_REQUEST_CEILING);
    struct url url;
    struct url again;
    if (url_parse(a, (struct bytes){ data, size }, &url)) {
        must(size <= URL_MAX);
        for (size_t i = 0; i < size; i++)
            must(data[i] > ' ' && data[i] < 0x7f && data[i] != '\\');
        expect_host(&url);
        const char *text = url_write(a, &url);
        must(url_parse(a, bytes_of(text), &again));
        must(text_equal(url_write(a, &again), text));
        must(text_equal(again.host, url.host) && url_port(&again) == url_port(&url));
        must(text_equal(again.path, url.path) && text_equal(again.query, url.query));
        must(text_equal(url_origin(a, &again), url_origin(a, &url)));
        must(url_is_loopback(&again) == url_is_loopback(&url));
    }
    arena_end(a);
    return 0;
}
