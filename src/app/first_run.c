/* SPDX-License-Identifier: Apache-2.0 */
#include "app/first_run.h"

#include "app/data_folder.h"
#include "base/config.h"
#include "base/log.h"
#include "base/text.h"
#include "identity/first_admin.h"

#include <stdio.h>
#include <unistd.h>

static const char in_person_text[] =
    "\n"
    "There is no administrator yet.  Make one on this machine:\n"
    "\n"
    "    uauth user create --role admin --email you@example.com --name \"Your Name\"\n"
    "\n"
    "or from elsewhere, within an hour:\n"
    "\n"
    "    curl %s/auth/setup -H 'Content-Type: application/json' -d '{\n"
    "      \"setup_code\": \"%s\",\n"
    "      \"email\": \"you@example.com\", \"password\": \"...\", \"full_name\": \"Your Name\"}'\n"
    "\n";

static RESULT write_code(struct ctx *c, const char *code)
{
    const char *path = data_path(c, c->config->data_dir, DATA_SETUP_CODE);
    TRY(data_file_write(c, path, code));
    LOG_LINE(c->log, c, LOG_INFO,
             "there is no administrator yet: run uauth user create --role admin, or send the code "
             "in this file to POST /auth/setup within an hour",
             { "path", .text = path });
    return ok();
}

RESULT first_run_tell(struct ctx *c, bool in_person)
{
    const char *code = NULL;
    TRY(first_admin_code(c, &code));
    if (code == NULL) {
        (void)unlink(data_path(c, c->config->data_dir, DATA_SETUP_CODE));
        return ok();
    }
    if (!in_person)
        return write_code(c, code);
    (void)printf(in_person_text, c->config->public_url, code);
    (void)fflush(stdout);
    return ok();
}
