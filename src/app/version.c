/* SPDX-License-Identifier: Apache-2.0 */
#include "app/version.h"

#include "app/libraries.h"
#include "base/json_writer.h"
#include "base/text.h"
#include "version_commit.h"
#include "version_data.h"

const char *version_text(struct arena *a)
{
    return text_printf(a, "uauth %s (%s)", UAUTH_VERSION, UAUTH_COMMIT);
}

static void put_libraries(struct json_writer *w, struct arena *a)
{
    size_t n = 0;
    const struct library *all = libraries(&n);
    json_object(w, "libraries");
    for (size_t i = 0; i < n; i++)
        json_text(w, all[i].name, library_version_text(a, all[i].loaded()));
    json_object_end(w);
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
    put_libraries(&w, a);
    json_raw(&w, "sbom", UAUTH_SBOM);
    json_object_end(&w);
    return json_written(&w);
}
