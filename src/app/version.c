/* SPDX-License-Identifier: Apache-2.0 */
#include "app/version.h"

#include "base/json_writer.h"
#include "base/text.h"
#include "version_commit.h"
#include "version_data.h"

const char *version_number(void)
{
    return UAUTH_VERSION;
}

const char *version_text(struct arena *a)
{
    return text_printf(a, "uauth %s (%s)", UAUTH_VERSION, UAUTH_COMMIT);
}

const char *version_json(struct arena *a)
{
    struct json_writer w = json_writer(a);
    json_object(&w, NULL);
    json_text(&w, "name", "uauth");
    json_text(&w, "version", UAUTH_VERSION);
    json_text(&w, "commit", UAUTH_COMMIT);
    json_text(&w, "compiler", UAUTH_COMPILER);
    json_texts(&w, "hardening", text_split(a, UAUTH_HARDENING, ' '));
    json_raw(&w, "sbom", UAUTH_SBOM);
    json_object_end(&w);
    return json_written(&w);
}
