/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uauth user create: a new account, verified unless said otherwise (decision 15).
 */
#include "app/command_node.h"
#include "app/command_server.h"
#include "app/commands.h"

#include "identity/people.h"

/* A password, or the hash that another system made of one; asked for if neither is given. */
static RESULT read_secrets(struct ctx *c, const struct command_line *line, struct people_new *out)
{
    TRY(command_secret(c, line, "--password", &out->password));
    TRY(command_secret(c, line, "--password-hash", &out->password_hash));
    if (out->password != NULL && out->password_hash != NULL)
        return fail_field(c, INVALID_FIELD, "--password-hash",
                          "Give a password or a hash, not both.");
    if (out->password == NULL && out->password_hash == NULL)
        return command_ask(c, "--password", &out->password);
    return ok();
}

static void show(struct ctx *c, const struct command_line *line, const struct user_row *user,
                 struct texts roles)
{
    struct json_writer w = json_writer(c->arena);
    json_object(&w, NULL);
    command_write_user(&w, user);
    json_texts(&w, "roles", roles);
    json_object_end(&w);
    command_show(line, &w);
    command_say(line, "Made the user %s (%s).\n", user->email_entered, user->id);
}

static RESULT create(struct ctx *c, const struct command_line *line, struct node *node)
{
    (void)node;
    const struct user_row *user = NULL;
    struct people_new person = {
        .email = command_value(line, "--email"),
        .full_name = command_value(line, "--name"),
        .must_change = command_has(line, "--must-change"),
        .unverified = command_has(line, "--unverified"),
        .roles = command_values(c->arena, line, "--role"),
    };
    TRY(read_secrets(c, line, &person));
    TRY(people_add(c, &person, &user));
    show(c, line, user, person.roles);
    return ok();
}

static RESULT create_there(struct ctx *c, const struct command_line *line,
                           const struct admin_server *server)
{
    struct admin_user user;
    struct people_new person = { 0 };
    if (command_has(line, "--password-hash-stdin") || command_has(line, "--password-hash-file"))
        return fail_field(c, INVALID_FIELD, "--password-hash",
                          "A server takes hashes over by uauth user import.");
    TRY(read_secrets(c, line, &person));
    const struct admin_user_new wanted = {
        .email = command_value(line, "--email"),
        .full_name = command_value(line, "--name"),
        .password = person.password,
        .must_change = command_has(line, "--must-change"),
        .unverified = command_has(line, "--unverified"),
        .roles = command_values(c->arena, line, "--role"),
    };
    TRY(admin_send(c, server,
                   &(struct admin_call){ .method = "POST",
                                         .path = "/admin/users",
                                         .in_shape = &admin_user_new_shape,
                                         .in = &wanted,
                                         .out_shape = &admin_user_shape,
                                         .out = &user },
                   NULL));
    const struct user_row row = command_user_row(&user);
    show(c, line, &row, wanted.roles);
    return ok();
}

COMMAND_RUN(create)

static const struct command_option options[] = {
    { "--email", "ADDRESS", "Address of the user", true, false },
    { "--name", "NAME", "Full name", true, false },
    { "--role", "ROLE", "A role beside \"user\": moderator, admin", false, true },
    { "--password-stdin", NULL, "Read the password from standard input", false, false },
    { "--password-file", "FILE", "Read the password from a file", false, false },
    { "--password-hash-stdin", NULL, "Read a hash of another system from standard input", false,
      false },
    { "--password-hash-file", "FILE", "Read a hash of another system from a file", false, false },
    { "--must-change", NULL, "The password must be changed at the first sign-in", false, false },
    { "--unverified", NULL, "The address still has to be verified", false, false },
};

const struct command command_user_create = {
    .name = "user create",
    .summary = "Make a user",
    .details =
        "Without --password-stdin or --password-file the password is asked for at the terminal.\n"
        "Hashes of Argon2id, bcrypt, scrypt, PBKDF2 and SHA-crypt are taken over as they are, and\n"
        "made anew when the user signs in.",
    COMMAND_OPTIONS(options),
    .run = run_create,
    .there = create_there,
};
