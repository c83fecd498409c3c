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

static void put_libraries(struct json_writer *w, struct ctx *c)
{
    size_t n = 0;
    const struct library_linked *linked = libraries_linked(&n);
    json_object(w, "libraries");
    for (size_t i = 0; i < n; i++)
        json_text(w, linked[i].need.name, library_version_text(c->arena, linked[i].loaded()));
    const struct library_later *later = libraries_later(&n);
    for (size_t i = 0; i < n; i++) {
        struct library_version version = { 0 };
        /* What is not there is told when it is needed. */
        if (later[i].open(c, &version).code == ERR_OK)
            json_text(w, later[i].name, library_version_text(c->arena, version));
    }
    json_object_end(w);
}

const char *version_json(struct ctx *c)
{
    struct json_writer w = json_writer(c->arena);
    json_object(&w, NULL);
    json_text(&w, "name", "uauth");
    json_text(&w, "version", UAUTH_VERSION);
    json_text(&w, "commit", UAUTH_COMMIT);
    json_text(&w, "compiler", UAUTH_COMPILER);
    json_texts(&w, "hardening", text_split(c->arena, UAUTH_HARDENING, ' '));
    put_libraries(&w, c);
    json_raw(&w, "sbom", UAUTH_SBOM);
    json_object_end(&w);
    return json_written(&w);
}
