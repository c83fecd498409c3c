/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_BASE_CONFIG_SOURCE_H
#define UAUTH_BASE_CONFIG_SOURCE_H

/* What the files of the settings share: from the places where settings stand to the members of
 * struct config. */

#include "base/config.h"

/* One setting as somebody has given it. */
struct config_given {
    const char *name; /* "session_secret", "session_secret_file" */
    const char *value;
    const char *label; /* how its giver knows it: "AUTH_SESSION_SECRET", "--session-secret",
                          "uauth.conf:3" */
    const char *from;  /* "environment AUTH_SESSION_SECRET" */
};

struct config_givens {
    const struct config_given *at;
    size_t n;
};

/*
 * Reads settings from the lines of a file.  A line is empty, a comment ("# ...") or "name = value";
 * the value may stand in quotes of either kind, else it ends at its last character before " #".
 * `dotenv`: names are AUTH_NAME, may follow "export ", and lines about anything else are left out.
 * INVALID_FIELD names the line.
 */
RESULT config_read_lines(struct ctx *c, const char *path, bool dotenv, struct config_givens *out);

/* The whole of a small file as text.  INVALID_FIELD, `label` being its field: unreadable, too
 * large, not text. */
RESULT config_read_file(struct ctx *c, const char *label, const char *path, const char **out);

/* Reads `given` into the member of `row`, checking its form and bounds.  INVALID_FIELD. */
RESULT config_set(struct ctx *c, const struct config_row *row, const struct config_given *given,
                  struct config *out);

/* Whether `host` is 127.0.0.0/8, ::1 or localhost. */
bool config_is_loopback(const char *host);

/* Whether `host` looks like a host name or is an address. */
bool config_is_host(const char *host);

/* Takes "host:port" or "[address]:port" apart; port 0 lets the system choose. */
bool config_split_address(struct arena *a, const char *text, const char **host, int64_t *port);

/* The host of an http or https URL, without brackets. */
const char *config_url_host(struct arena *a, const char *url);

/* Whether `range` is an address or a CIDR range smaller than everything. */
bool config_is_range(struct arena *a, const char *range);

#endif
