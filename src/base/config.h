/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_BASE_CONFIG_H
#define UAUTH_BASE_CONFIG_H

/*
 * The settings, from one table (base/config.def).  A flag beats the environment beats a .env file
 * in the working directory beats the configuration file beats the default.  An unknown AUTH_*
 * variable, flag or key is an error that names the nearest setting; a value out of bounds is an
 * error that says the bounds.
 */

#include "base/ctx.h"
#include "base/text.h"

enum config_kind {
    CONFIG_TEXT,
    CONFIG_SECRET,
    CONFIG_INT,
    CONFIG_BOOL,
    CONFIG_CHOICE,
    CONFIG_LIST,
    CONFIG_PATH,
    CONFIG_URL
};

/* Whether `value` refers to a secret in a key vault ("keyvault://VAULT/SECRET"), and whether that
 * of `row` may: it is a secret, or has a password in it.  Who reads the settings puts the secret in
 * its place (client/key_vault_settings.h). */
struct config_row;
bool config_is_reference(const char *value);
bool config_may_refer(const struct config_row *row);

/* One member per row of config.def, named as the row.  CONFIG_INT, CONFIG_BOOL: int64_t, bool;
 * CONFIG_LIST: struct texts (comma separated); CONFIG_CHOICE: int64_t, the index of the choice; the
 * others const char *,
 * "" where not set. */
struct config {
#define TEXT(name, fallback, summary)            const char *name;
#define SECRET_TEXT(name, summary)               const char *name;
#define PATH(name, fallback, summary)            const char *name;
#define URL(name, fallback, summary)             const char *name;
#define LIST(name, fallback, summary)            struct texts name;
#define INT(name, fallback, low, high, summary)  int64_t name;
#define FLAG(name, fallback, summary)            bool name;
#define CHOICE(name, fallback, choices, summary) int64_t name;
#include "base/config.def"
#undef TEXT
#undef SECRET_TEXT
#undef PATH
#undef URL
#undef LIST
#undef INT
#undef FLAG
#undef CHOICE
};

/* One row, for --help, `uauth config`, documentation and completion. */
struct config_row {
    const char *name;  /* "jwt_access_expire_minutes" */
    char variable[40]; /* "AUTH_JWT_ACCESS_EXPIRE_MINUTES" */
    char flag[40];     /* "--jwt-access-expire-minutes" */
    const char *fallback;
    const char *choices; /* "on|off", or NULL */
    const char *summary;
    enum config_kind kind;
    int64_t low, high;
    size_t offset;
};
const struct config_row *config_rows(size_t *n);

/* The row called `name` ("log_level"), also by its file variant ("smtp_url_file"; *is_file says
 * so); NULL: none. */
const struct config_row *config_find(const char *name, bool *is_file);

/* Where each value came from, index by row: "default", "environment AUTH_X", "file uauth.conf:3",
 * "flag --x". */
struct config_sources {
    const char **from;
};

/* What config_load reads; all may be NULL.  `flags`: `flags_n` pairs of name and value as given on
 * the command line, "--x" and text. */
struct config_input {
    const char *const *environment; /* "NAME=value", NULL at the end */
    const char *dotenv_path;        /* read if it exists */
    const char *file_path;          /* must exist if given */
    const char *const *flags;
    size_t flags_n;
};

/*
 * Fills `out` and `sources` (in c->arena).  INVALID_FIELD: `field` is the variable, flag or file
 * line, `say` what is wrong and what to do.  AUTH_SERVICE_*, AUTH_PORT and AUTH_PORT_* (put there
 * by Kubernetes) are left out with a line in the log.  NAME_FILE variants of any TEXT, SECRET or
 * URL row (AUTH_SMTP_URL_FILE, smtp_url_file,
 * --smtp-url-file) read the value from a file without its last line break.
 *
 * A line of a file is empty, a comment ("# ...") or "name = value"; the value may stand in quotes
 * of either kind, else it ends before " #".  In .env the names are AUTH_NAME, "export " may stand
 * before them, and other names are left out. One setting twice in one source is an error.  An empty
 * value is an error, except for a TEXT, PATH or LIST whose default is empty: so emptying a variable
 * never turns a protection off.  A secret is refused as a flag, if it is a placeholder ("changeme",
 * "[SESSION_SECRET_KEY]"), and, as session_secret or csrf_secret, below 32 bytes.
 */
RESULT config_load(struct ctx *c, const struct config_input *in, struct config *out,
                   struct config_sources *sources);

/*
 * Whether the settings go together; config_load has asked.  INVALID_FIELD names one of those that
 * do not, and says what to do: rate_limit off only on loopback, plain http only on loopback or
 * behind trusted proxies, certificate with key...
 */
RESULT config_check(struct ctx *c, const struct config *config);

/* Whether all of `config->listen` is this host's loopback or a socket file. */
bool config_is_local(struct ctx *c, const struct config *config);

/* How many threads are for ordinary requests: `workers`, or what goes with the database. */
int64_t config_workers(const struct config *config);

/* How many of those may wait for others at once: one in `one_in`, and one at least. */
int64_t config_workers_share(const struct config *config, int64_t one_in);

/* Whether certificates of clients may come at all: in our own TLS, or from a proxy (RFC 8705). */
bool config_takes_certificates(const struct config *config);

/* The value of a row as text (passwords inside URLs as "[redacted]"); secrets as "[redacted]" if
 * set, and as they are written if they refer to a key vault. */
const char *config_show(struct arena *a, const struct config *config, const struct config_row *row);

#endif
