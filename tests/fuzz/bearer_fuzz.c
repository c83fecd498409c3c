/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An Authorization field: one token of the characters that RFC 6750 2.1 has, or INVALID_TOKEN.
 */
#include "web/guard.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 16384 || memchr(data, 0, size) != NULL)
        return -1;
    struct arena *a = arena_new(ARENA_REQUEST_CEILING);
    must(a != NULL);
    struct ctx c = { .arena = a };
    struct http_header header = { "authorization", text_copy(a, (const char *)data, size) };
    struct http_request http = { .headers = &header, .headers_n = 1 };
    struct req r = { .c = &c, .http = &http };
    struct token_shown shown;
    err read = guard_token(&r, &shown);
    const char *token = shown.token;
    if (read.code == ERR_OK) {
        must(token != NULL && token[0] != '\0' && token[0] != '=');
        must(strlen(token) == size - strlen(shown.by_dpop ? "DPoP " : "Bearer "));
        must(strpbrk(token, " \t\r\n\",;\\") == NULL);
    } else {
        must(read.code == ERR_INVALID_TOKEN && token == NULL);
    }
    arena_end(a);
    return 0;
}
