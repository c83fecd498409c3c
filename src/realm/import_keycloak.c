/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The users of an export of Keycloak.
 */
#include "base/json.h"
#include "realm/keycloak.h"
#include "realm/skim.h"

#include <string.h>

struct keycloak_credential {
    const char *type, *secretData, *credentialData;
};
LOCAL_SHAPE_OPEN(keycloak_credential, FIELD(keycloak_credential, type, OPTIONAL, 0, 64, "Its kind"),
                 FIELD(keycloak_credential, secretData, OPTIONAL, 0, 4096, "JSON"),
                 FIELD(keycloak_credential, credentialData, OPTIONAL, 0, 4096, "JSON"));

struct keycloak_identity {
    const char *identityProvider;
};
LOCAL_SHAPE_OPEN(keycloak_identity,
                 FIELD(keycloak_identity, identityProvider, OPTIONAL, 0, 255, "With whom"));

struct keycloak_user {
    const char *username, *email, *firstName, *lastName, *serviceAccountClientId;
    bool emailVerified, enabled;
    struct items credentials, federatedIdentities;
    struct texts realmRoles, requiredActions, groups;
    struct bytes clientRoles, attributes;
};
/* clang-format off */
LOCAL_SHAPE_OPEN(keycloak_user,
    FIELD(keycloak_user, username, OPTIONAL, 0, 255, "Name of the account"),
    FIELD(keycloak_user, email, OPTIONAL, 0, 254, "Address"),
    FIELD(keycloak_user, firstName, OPTIONAL, 0, 255, "First name"),
    FIELD(keycloak_user, lastName, OPTIONAL, 0, 255, "Last name"),
    FIELD(keycloak_user, serviceAccountClientId, OPTIONAL, 0, 255, "The client that this is"),
    FIELD(keycloak_user, emailVerified, OPTIONAL, 0, 0, "Whether the address is verified"),
    FIELD(keycloak_user, enabled, OPTIONAL, 0, 0, "Whether they may sign in"),
    FIELD_OF(keycloak_user, credentials, OPTIONAL, 0, 16, &keycloak_credential_shape, "How they prove who they are"),
    FIELD_OF(keycloak_user, federatedIdentities, OPTIONAL, 0, 16, &keycloak_identity_shape, "Who they are elsewhere"),
    FIELD(keycloak_user, realmRoles, OPTIONAL, 0, KEYCLOAK_LIST_MAX, "Roles of the realm"),
    FIELD(keycloak_user, requiredActions, OPTIONAL, 0, 32, "What they have to do first"),
    FIELD(keycloak_user, groups, OPTIONAL, 0, KEYCLOAK_LIST_MAX, "Groups"),
    FIELD(keycloak_user, clientRoles, OPTIONAL, 0, 32 * 1024, "Roles of clients"),
    FIELD(keycloak_user, attributes, OPTIONAL, 0, 32 * 1024, "Whatever else"));
/* clang-format on */

/* ---- finding them ---- */

static bool is_called(struct bytes name, const char *text)
{
    return name.n == strlen(text) && memcmp(name.at, text, name.n) == 0;
}

/* All of it is looked at first, so that a file that was cut off is refused as a whole. */
static bool open_users(struct ctx *c, struct import_file *file)
{
    const uint8_t *end = file->bytes.at + file->bytes.n;
    struct skim all = { file->bytes.at, end, false };
    struct bytes name, value;
    (void)c;
    file->at = end;
    bool object = skim_enter(&all, '{');
    while (object && skim_member(&all, &name, &value))
        if (is_called(name, "users") && value.n > 0 && value.at[0] == '[')
            file->at = value.at + 1;
    if (all.wrong)
        file->wrong = "This is no whole export of a realm of Keycloak";
    return !all.wrong;
}

static bool next_user(struct import_file *file, struct bytes *record)
{
    struct skim rest = { file->at, file->bytes.at + file->bytes.n, false };
    if (rest.at == rest.end)
        return false;
    bool found = skim_item(&rest, record);
    /* What follows the list is of no interest. */
    file->at = found ? rest.at : rest.end;
    if (rest.wrong)
        file->wrong = "The list of users is no JSON";
    return found;
}

/* ---- what they may ---- */

static void add_role(const struct import_file *file, const char *name, struct import_person *person,
                     struct import_notes *notes)
{
    const struct keycloak_roles *roles = file->also;
    if (name != NULL && texts_sorted_hold(roles->known, name) && person->roles.n < IMPORT_ROLES_MAX)
        person->roles.at[person->roles.n++] = name;
    else if (name == NULL || !texts_sorted_hold(roles->pretended, name))
        import_note(notes, "role",
                    name == NULL
                        ? "A role has no name that it could have here."
                        : text_printf(notes->arena,
                                      "There is no role %s here that this could give.", name));
}

/* { "client": ["role"] } */
static RESULT add_client_roles(struct ctx *c, const struct import_file *file, struct bytes json,
                               struct import_person *person, struct import_notes *notes)
{
    struct json j = json_open(c->arena, json);
    struct json_value v;
    const char *client = NULL;
    if (json.n == 0)
        return ok();
    bool object = json_value(&j, &v) && v.kind == JSON_OBJECT;
    while (object && json_member(&j, &client, &v)) {
        bool ours = v.kind == JSON_ARRAY && !keycloak_is_own_client(client);
        if (!ours && !json_skip(&j, &v))
            break;
        while (ours && json_item(&j, &v))
            add_role(file,
                     v.kind != JSON_TEXT ? NULL : keycloak_role_name(c->arena, client, v.text),
                     person, notes);
    }
    return json_done(&j) ? ok()
                         : fail_field(c, INVALID_FIELD, "clientRoles", "This is no JSON object.");
}

static RESULT add_roles(struct ctx *c, const struct import_file *file,
                        const struct keycloak_user *user, struct import_person *person,
                        struct import_notes *notes)
{
    person->roles.at = ARENA_NEWS(c->arena, const char *, IMPORT_ROLES_MAX);
    for (size_t i = 0; i < user->realmRoles.n; i++)
        if (!keycloak_is_own_role(user->realmRoles.at[i]))
            add_role(file, keycloak_role_name(c->arena, NULL, user->realmRoles.at[i]), person,
                     notes);
    return add_client_roles(c, file, user->clientRoles, person, notes);
}

/* ---- how they prove who they are ---- */

static RESULT add_password(struct ctx *c, const struct keycloak_credential *credential,
                           struct import_person *person)
{
    err done = keycloak_hash(c, credential->secretData, credential->credentialData,
                             &person->password_hash);
    if (done.code != ERR_INVALID_FIELD && done.code != ERR_INVALID_JSON)
        return done;
    person->bad_hash = c->fault.say;
    fault_clear(c);
    return ok();
}

static RESULT add_credentials(struct ctx *c, const struct keycloak_user *user,
                              struct import_person *person, struct import_notes *notes)
{
    const struct keycloak_credential *all = user->credentials.at;
    for (size_t i = 0; i < user->credentials.n; i++) {
        if (text_equal(all[i].type, "password"))
            TRY(add_password(c, &all[i], person));
        else
            import_note(notes, "second factor",
                        text_printf(c->arena, "Of the kind %s: it is enrolled anew.",
                                    all[i].type == NULL ? "that is not said" : all[i].type));
    }
    return ok();
}

/* ---- who they are ---- */

static const char *name_of(struct arena *a, const struct keycloak_user *user)
{
    const char *first = user->firstName == NULL ? "" : user->firstName;
    const char *last = user->lastName == NULL ? "" : user->lastName;
    const char *both = text_trim(a, text_printf(a, "%s %s", first, last));
    return both[0] != '\0' ? both : user->username;
}

static void note_rest(const struct keycloak_user *user, struct import_notes *notes)
{
    const struct keycloak_identity *all = user->federatedIdentities.at;
    for (size_t i = 0; i < user->federatedIdentities.n; i++)
        import_note(
            notes, "identity",
            text_printf(notes->arena, "The sign-in with %s is linked anew.",
                        all[i].identityProvider == NULL ? "somebody" : all[i].identityProvider));
    if (user->groups.n > 0)
        import_note(notes, "groups", "There are none here: roles say who may what.");
    if (user->attributes.n > strlen("{}"))
        import_note(notes, "attributes", "There is no place for them.");
}

static RESULT read_user(struct ctx *c, const struct import_file *file, struct bytes record,
                        struct import_person *person, struct import_notes *notes, bool *skip)
{
    struct keycloak_user user;
    TRY(shape_read_json(c, &keycloak_user_shape, record, &user));
    *skip = user.serviceAccountClientId != NULL;
    if (*skip)
        return ok();
    if (user.email == NULL)
        return fail_field(c, INVALID_FIELD, "email", "Nobody signs in here without an address.");
    *person = (struct import_person){
        .email = user.email,
        .full_name = name_of(c->arena, &user),
        .unverified = !user.emailVerified,
        .disabled = !user.enabled,
        .must_change = texts_hold(user.requiredActions, "UPDATE_PASSWORD"),
    };
    TRY(add_credentials(c, &user, person, notes));
    TRY(add_roles(c, file, &user, person, notes));
    note_rest(&user, notes);
    return import_person_check(c, person);
}

const struct import_format import_keycloak = {
    .name = "keycloak",
    .record = "users",
    .open = open_users,
    .next = next_user,
    .read = read_user,
};
