/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_TESTS_FLOW_IMPORT_STORY_H
#define UAUTH_TESTS_FLOW_IMPORT_STORY_H

/* Files of people, what was taken over of them, and the report. */

#include "admin_story.h"

#include "identity/people.h"
#include "realm/import.h"
#include "store/credentials.h"

#include <sys/stat.h>
#include <unistd.h>

/* ---- files ---- */

static inline struct bytes data_file(struct world *w, const char *name)
{
    char *at = arena_alloc(w->arena, 1 << 18);
    const char *path = text_printf(w->arena, "%s/tests/data/%s", SOURCE_ROOT, name);
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    size_t n = fread(at, 1, 1 << 18, file);
    (void)fclose(file);
    return (struct bytes){ (uint8_t *)at, n };
}

/* A report in a file of no name. */
static inline int report_new(struct world *w)
{
    char *path = arena_alloc(w->arena, 64);
    (void)snprintf(path, 64, "/tmp/uauth-import-XXXXXX");
    int file = mkstemp(path);
    assert_true(file >= 0);
    (void)unlink(path);
    return file;
}

static inline const char *report_text(struct world *w, int file)
{
    struct stat about;
    assert_int_equal(fstat(file, &about), 0);
    char *text = arena_alloc(w->arena, (size_t)about.st_size + 1);
    assert_int_equal(pread(file, text, (size_t)about.st_size, 0), about.st_size);
    return text;
}

static inline struct import_outcome import(struct world *w, struct import_order order)
{
    struct import_outcome out = { 0 };
    story_does(w, import_people(world_ctx(w), &order, &out));
    return out;
}

static inline struct import_order lines(struct world *w, const char *text)
{
    return (struct import_order){ .format = &import_json_lines,
                                  .bytes = bytes_of(story_json(w, "%s", text)),
                                  .report = -1 };
}

static inline bool is_there(struct world *w, const char *email)
{
    const struct user_row *user = NULL;
    story_does(w, user_find_email(world_ctx(w), email, &user));
    return user != NULL;
}

static inline const char *stored_hash(struct world *w, const char *email)
{
    const struct user_row *user = NULL;
    struct password_row row;
    story_does(w, user_find_email(world_ctx(w), email, &user));
    story_does(w, password_find(world_ctx(w), user->id, &row));
    return row.hash;
}

/* Signs in as before, twice; the hash is ours after the first time. */
static inline void signs_in(struct world *w, const char *email)
{
    struct client c = client_new(w);
    const char *before = stored_hash(w, email);
    assert_status(story_login(&c, email, ""), 200);
    const char *after = stored_hash(w, email);
    assert_string_not_equal(before, after);
    assert_true(text_starts(after, "$argon2id$v=19$"));
    assert_status(story_login(&c, email, ""), 200);
    assert_string_equal(stored_hash(w, email), after);
    assert_problem(
        story_post(&c, "/auth/login", "{'email':'%s','password':'Wrong-horse-7'}", email), 401,
        "invalid-credentials");
}

#endif
