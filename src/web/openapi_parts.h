/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_WEB_OPENAPI_PARTS_H
#define UAUTH_WEB_OPENAPI_PARTS_H

/*
 * What the files that write the OpenAPI document share (web/openapi.h).
 */

#include "base/json_writer.h"
#include "web/openapi.h"

/* Whether the document tells of `route`: not of pages, which are for people. */
bool openapi_tells(const struct route *route);

/* The path of a row as OpenAPI writes it: a last "*" is "{path}". */
const char *openapi_path(struct arena *a, const struct route *route)
    __attribute__((returns_nonnull));

/* The operation of `route` for `method` ("get"), under that name. */
void openapi_operation(struct json_writer *w, const struct route *route, const char *method);

/* The responses of an operation: its success and each failure that its row brings about. */
void openapi_responses(struct json_writer *w, const struct route *route);

/* The component responses that openapi_responses refers to, for the styles that `rows` have. */
void openapi_failures(struct json_writer *w, const struct route *rows, size_t n);

/* The component schemas: every shape that `rows` name, and those that these name. */
void openapi_schemas(struct json_writer *w, const struct route *rows, size_t n);

#endif
