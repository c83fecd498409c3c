/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_BASE_CONFIG_H
#define UAUTH_BASE_CONFIG_H

/*
 * The settings, from one table (base/config.def).  A flag beats the environment beats a .env file in the working
 * directory beats the configuration file beats the default.  An unknown AUTH_* variable, flag or key is an
 * error that names the nearest setting; a value out of bounds is an error that says the bounds.
 */

#include "base/ctx.h"
#include "base/text.h"

enum config_kind { CONFIG_TEXT, CONFIG_SECRET, CONFIG_INT, CONFIG_BOOL, CONFIG_CHOICE, CONFIG_LIST, CONFIG_PATH, CONFIG_URL };

/* One member per row of config.def, named as the row.  CONFIG_INT, CONFIG_BOOL: int64_t, bool; CONFIG_LIST:
 * struct texts (comma separated); CONFIG_CHOICE: int64_t, the index of the choice; the others const char *,
 * "" where not set. */
struct config {
#define TEXT(name, fallback, summary)                  const char *name;
#define SECRET_TEXT(name, summary)                     const char *name;
#define PATH(name, fallback, summary)                  const char *name;
#define URL(name, fallback, summary)                   const char *name;
#define LIST(name, fallback, summary)                  struct texts name;
#define INT(name, fallback, low, high, summary)        int64_t name;
#define FLAG(name, fallback, summary)                  bool name;
#define CHOICE(name, fallback, choices, summary)       int64_t name;
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
    const char *name;      /* "jwt_access_expire_minutes" */
    const char *variable;  /* "AUTH_JWT_ACCESS_EXPIRE_MINUTES" */
    const char *flag;      /* "--jwt-access-expire-minutes" */
    const char *fallback;
    const char *choices;   /* "on|off", or NULL */
    const char *summary;
    enum config_kind kind;
    int64_t low, high;
    size_t offset;
};
const struct config_row *config_rows(size_t *n);

/* Where each value came from, index by row: "default", "environment AUTH_X", "file uauth.conf:3", "flag --x". */
struct config_sources {
    const char **from;
};

/* What config_load reads; all may be NULL.  `flags`: pairs name, value as given on the command line, "--x" and text. */
struct config_input {
    const char *const *environment; /* "NAME=value", NULL at the end */
    const char *dotenv_path;        /* read if it exists */
    const char *file_path;          /* must exist if given */
    const char *const *flags;
    size_t flags_n;
};

/*
 * Fills `out` and `sources` (in c->arena).  INVALID_FIELD: `field` is the variable, flag or file line, `say` what
 * is wrong and what to do.  AUTH_SERVICE_*, AUTH_PORT and AUTH_PORT_* (put there by Kubernetes) are left out.
 * NAME_FILE variants of any TEXT, SECRET or URL row read the value from a file without its last line break.
 */
RESULT config_load(struct ctx *c, const struct config_input *in, struct config *out,
                   struct config_sources *sources);

/* The value of a row as text; secrets as "[redacted]" if set. */
const char *config_show(struct arena *a, const struct config *config, const struct config_row *row);

#endif
