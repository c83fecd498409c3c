/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The users of Auth0: lines of its bulk export, or of the export of password hashes that its
 * support makes, which has fewer members and the hash.
 */
#include "realm/auth0.h"

#include <stdlib.h>
#include <string.h>

struct auth0_oid {
    const char *oid;
};
static const struct shape_field auth0_oid_fields[] = {
    { .name = "$oid",
      .summary = "Its id",
      .kind = SHAPE_TEXT,
      .flags = OPTIONAL,
      .offset = offsetof(struct auth0_oid, oid),
      .low = 1,
      .high = 64 },
};
static const struct shape auth0_oid_shape = { "auth0_oid", auth0_oid_fields,
                                              sizeof(struct auth0_oid), 1, true };

struct auth0_identity {
    const char *connection;
    bool isSocial;
};
LOCAL_SHAPE_OPEN(auth0_identity, FIELD(auth0_identity, connection, OPTIONAL, 0, 255, "With whom"),
                 FIELD(auth0_identity, isSocial, OPTIONAL, 0, 0, "It is somebody else's"));

struct auth0_user {
    const char *user_id, *email, *name, *given_name, *family_name, *nickname, *passwordHash;
    bool email_verified, blocked;
    const void *_id;
    struct items identities;
    struct texts multifactor;
    struct bytes user_metadata, app_metadata;
};
/* clang-format off */
LOCAL_SHAPE_OPEN(auth0_user,
    FIELD(auth0_user, user_id, OPTIONAL, 0, 255, "Its id: auth0|..."),
    FIELD(auth0_user, email, OPTIONAL, 0, 254, "Address"),
    FIELD(auth0_user, name, OPTIONAL, 0, 300, "Name"),
    FIELD(auth0_user, given_name, OPTIONAL, 0, 150, "First name"),
    FIELD(auth0_user, family_name, OPTIONAL, 0, 150, "Last name"),
    FIELD(auth0_user, nickname, OPTIONAL, 0, 300, "Nickname"),
    FIELD(auth0_user, passwordHash, OPTIONAL | SECRET, 0, PASSWORD_STORED_MAX, "Hash of the password"),
    FIELD(auth0_user, email_verified, OPTIONAL, 0, 0, "Whether the address is verified"),
    FIELD(auth0_user, blocked, OPTIONAL, 0, 0, "Whether they cannot sign in"),
    FIELD_OF(auth0_user, _id, OPTIONAL, 0, 0, &auth0_oid_shape, "Its id in the export of hashes"),
    FIELD_OF(auth0_user, identities, OPTIONAL, 0, 16, &auth0_identity_shape, "Who they are elsewhere"),
    FIELD(auth0_user, multifactor, OPTIONAL, 0, 16, "Second factors"),
    FIELD(auth0_user, user_metadata, OPTIONAL, 0, 32 * 1024, "Whatever else"),
    FIELD(auth0_user, app_metadata, OPTIONAL, 0, 32 * 1024, "Whatever else"));
/* clang-format on */

/* ---- hashes of another file ---- */

static int by_id(const void *a, const void *b)
{
    const struct auth0_hash *left = a;
    const struct auth0_hash *right = b;
    return strcmp(left->id, right->id);
}

static RESULT read_line(struct ctx *c, struct bytes line, size_t number, struct auth0_user *user)
{
    err done = shape_read_json(c, &auth0_user_shape, line, user);
    if (done.code != ERR_INVALID_JSON && done.code != ERR_INVALID_FIELD)
        return done;
    fault_clear(c);
    return fail_field(
        c, INVALID_FIELD, "--hashes",
        text_printf(c->arena, "Record %zu is none of Auth0's export of hashes.", number));
}

RESULT auth0_hashes_read(struct ctx *c, struct bytes bytes, struct auth0_hashes *out)
{
    struct import_file file = { .format = &import_json_lines, .bytes = bytes, .at = bytes.at };
    size_t lines = 1;
    struct bytes record;
    for (size_t i = 0; i < bytes.n; i++)
        lines += bytes.at[i] == '\n' ? 1 : 0;
    struct auth0_hash *all = ARENA_NEWS(c->arena, struct auth0_hash, lines);
    size_t n = 0;
    size_t number = 0;
    while (import_json_lines.next(&file, &record)) {
        struct arena_mark mark = arena_mark(c->arena);
        struct auth0_user user;
        TRY(read_line(c, record, ++number, &user));
        const struct auth0_oid *oid = user._id;
        char id[AUTH0_ID_MAX + 1];
        bool fits = oid != NULL && oid->oid != NULL && strlen(oid->oid) <= AUTH0_ID_MAX;
        if (fits)
            memcpy(id, oid->oid, strlen(oid->oid) + 1);
        arena_rewind(c->arena, mark);
        if (fits)
            all[n++] = (struct auth0_hash){ text_copy(c->arena, id, strlen(id)), record };
        TRY(ctx_check_memory(c));
    }
    if (n > 0)
        qsort(all, n, sizeof *all, by_id);
    *out = (struct auth0_hashes){ all, n };
    return ok();
}

static RESULT find_hash(struct ctx *c, const struct auth0_hashes *hashes, const char *user_id,
                        const char **hash)
{
    static const char prefix[] = "auth0|";
    struct auth0_user user;
    if (hashes == NULL || user_id == NULL || !text_starts(user_id, prefix))
        return ok();
    const struct auth0_hash wanted = { .id = user_id + strlen(prefix) };
    const struct auth0_hash *found =
        hashes->n == 0 ? NULL : bsearch(&wanted, hashes->at, hashes->n, sizeof wanted, by_id);
    if (found == NULL)
        return ok();
    TRY(shape_read_json(c, &auth0_user_shape, found->line, &user));
    *hash = user.passwordHash;
    return ok();
}

/* ---- people ---- */

static const char *name_of(struct arena *a, const struct auth0_user *user)
{
    const char *first = user->given_name == NULL ? "" : user->given_name;
    const char *last = user->family_name == NULL ? "" : user->family_name;
    const char *both = text_trim(a, text_printf(a, "%s %s", first, last));
    if (both[0] != '\0')
        return both;
    return user->name != NULL ? user->name : user->nickname;
}

static void note_rest(const struct auth0_user *user, struct import_notes *notes)
{
    const struct auth0_identity *all = user->identities.at;
    for (size_t i = 0; i < user->identities.n; i++)
        if (all[i].isSocial)
            import_note(notes, "identity",
                        text_printf(notes->arena, "The sign-in with %s is linked anew.",
                                    all[i].connection == NULL ? "somebody" : all[i].connection));
    if (user->multifactor.n > 0)
        import_note(notes, "second factor", "It is enrolled anew.");
    if (user->user_metadata.n > strlen("{}") || user->app_metadata.n > strlen("{}"))
        import_note(notes, "metadata", "There is no place for it.");
}

static RESULT read_user(struct ctx *c, const struct import_file *file, struct bytes record,
                        struct import_person *person, struct import_notes *notes, bool *skip)
{
    struct auth0_user user;
    (void)skip;
    TRY(shape_read_json(c, &auth0_user_shape, record, &user));
    if (user.email == NULL)
        return fail_field(c, INVALID_FIELD, "email", "Nobody signs in here without an address.");
    *person = (struct import_person){
        .email = user.email,
        .full_name = name_of(c->arena, &user),
        .password_hash = user.passwordHash,
        .unverified = !user.email_verified,
        .disabled = user.blocked,
    };
    if (person->password_hash == NULL)
        TRY(find_hash(c, file->also, user.user_id, &person->password_hash));
    note_rest(&user, notes);
    return import_person_check(c, person);
}

static bool open_lines(struct ctx *c, struct import_file *file)
{
    return import_json_lines.open(c, file);
}

static bool next_line(struct import_file *file, struct bytes *record)
{
    return import_json_lines.next(file, record);
}

const struct import_format import_auth0 = {
    .name = "auth0",
    .record = "record",
    .open = open_lines,
    .next = next_line,
    .read = read_user,
};
