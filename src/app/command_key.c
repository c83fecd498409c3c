/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uauth key list, key rotate: the signing keys.  A running server takes a change up within seconds.
 */
#include "api/admin_keys.h"
#include "app/command_node.h"
#include "app/command_server.h"
#include "app/commands.h"

#include "base/codec.h"
#include "base/time.h"
#include "token/issuer.h"
#include "token/keyring.h"

static const char *state_name(enum key_state state)
{
    switch (state) {
    case KEY_NEXT:
        return "next";
    case KEY_CURRENT:
        return "current";
    case KEY_RETIRED:
        return "retired";
    }
    must(false);
    return "";
}

static void write_key(struct json_writer *w, const struct key_info *key)
{
    struct arena *a = w->out.arena;
    json_object(w, NULL);
    json_text(w, "kid", key->kid);
    json_text(w, "alg", key->alg);
    json_text(w, "state", state_name(key->state));
    json_text(w, "created_at", time_rfc3339(a, key->created_at));
    json_text(w, "activates_at", time_rfc3339(a, key->activates_at));
    if (key->expires_at != 0)
        json_text(w, "expires_at", time_rfc3339(a, key->expires_at));
    json_object_end(w);
}

static void show_json(struct ctx *c, const struct command_line *line, const struct key_infos *keys)
{
    struct json_writer w = json_writer(c->arena);
    json_array(&w, NULL);
    for (size_t i = 0; i < keys->n; i++)
        write_key(&w, &keys->at[i]);
    json_array_end(&w);
    command_show(line, &w);
}

static void show_table(struct ctx *c, const struct key_infos *keys)
{
    static const char *const titles[] = { "KID", "ALG", "STATE", "MADE", "SIGNS FROM", "GOES" };
    enum { COLUMNS = sizeof titles / sizeof titles[0] };
    const char **cells = ARENA_NEWS(c->arena, const char *, keys->n *COLUMNS);
    for (size_t i = 0; i < keys->n; i++) {
        const struct key_info *key = &keys->at[i];
        const char **row = cells + i * COLUMNS;
        row[0] = key->kid;
        row[1] = key->alg;
        row[2] = state_name(key->state);
        row[3] = command_time(c->arena, key->created_at);
        row[4] = command_time(c->arena, key->activates_at);
        row[5] = command_time(c->arena, key->expires_at);
    }
    command_print_table(c->arena, titles, COLUMNS, cells, keys->n);
}

static RESULT show(struct ctx *c, const struct command_line *line, const struct key_infos *keys)
{
    if (line->json)
        show_json(c, line, keys);
    else
        show_table(c, keys);
    return ok();
}

static RESULT list(struct ctx *c, const struct command_line *line, struct node *node)
{
    struct keyring *keys = NULL;
    struct key_infos infos;
    (void)node;
    TRY(issuer_keys(c, command_value(line, "--tenant"), &keys));
    TRY(keyring_list(c, keys, &infos));
    return show(c, line, &infos);
}

static RESULT rotate(struct ctx *c, const struct command_line *line, struct node *node)
{
    struct keyring *keys = NULL;
    TRY(issuer_keys(c, command_value(line, "--tenant"), &keys));
    TRY(keyring_rotate(c, keys, command_has(line, "--emergency")));
    return list(c, line, node);
}

static enum key_state state_of(const char *name)
{
    if (text_equal(name, "next"))
        return KEY_NEXT;
    return text_equal(name, "current") ? KEY_CURRENT : KEY_RETIRED;
}

static RESULT show_there(struct ctx *c, const struct command_line *line, const struct items *found)
{
    struct key_info *keys = ARENA_NEWS(c->arena, struct key_info, found->n);
    for (size_t i = 0; i < found->n; i++) {
        const struct admin_key *key = (const struct admin_key *)found->at + i;
        keys[i] = (struct key_info){ .kid = key->kid,
                                     .alg = key->alg,
                                     .state = state_of(key->state),
                                     .created_at = key->created_at,
                                     .activates_at = key->activates_at,
                                     .retires_at = key->retires_at,
                                     .expires_at = key->expires_at };
    }
    return show(c, line, &(struct key_infos){ keys, found->n });
}

static RESULT list_there(struct ctx *c, const struct command_line *line,
                         const struct admin_server *server)
{
    struct items found = { 0 };
    const char *tenant = command_value(line, "--tenant");
    const char *path = tenant == NULL ? "/admin/keys"
                                      : text_printf(c->arena, "/admin/keys?tenant=%s",
                                                    percent_encode(c->arena, tenant));
    TRY(admin_list(c, server, &(struct admin_call){ .path = path }, &admin_key_list_shape, &found));
    return show_there(c, line, &found);
}

static RESULT rotate_there(struct ctx *c, const struct command_line *line,
                           const struct admin_server *server)
{
    struct admin_key_list list = { 0 };
    const struct admin_key_rotate rotate = { command_value(line, "--tenant"),
                                             command_has(line, "--emergency") };
    TRY(admin_send(c, server,
                   &(struct admin_call){ .method = "POST",
                                         .path = "/admin/keys/rotate",
                                         .in_shape = &admin_key_rotate_shape,
                                         .in = &rotate,
                                         .out_shape = &admin_key_list_shape,
                                         .out = &list },
                   NULL));
    return show_there(c, line, &list.keys);
}

static RESULT run_list(struct ctx *c, const struct command_line *line)
{
    return command_on_node(c, line, NEEDS_KEYS, list);
}

static RESULT run_rotate(struct ctx *c, const struct command_line *line)
{
    return command_on_node(c, line, NEEDS_KEYS, rotate);
}

#define TENANT_OPTION                                                                              \
    {                                                                                              \
        "--tenant", "SLUG", "The keys of the issuer of this tenant, not of the service", false,    \
            false                                                                                  \
    }

static const struct command_option list_options[] = {
    TENANT_OPTION,
};

static const struct command_option rotate_options[] = {
    TENANT_OPTION,
    { "--emergency", NULL, "Sign with the new key at once; refuse all that the old one signed",
      false, false },
};

const struct command command_key_list = {
    .name = "key list",
    .summary = "List the signing keys",
    COMMAND_OPTIONS(list_options),
    .run = run_list,
    .there = list_there,
};

const struct command command_key_rotate = {
    .name = "key rotate",
    .summary = "Replace the signing keys",
    .details =
        "Of each algorithm a new key is published first and signs once all who verify have seen\n"
        "it (key_publish_seconds); the old one is published until its last token has expired.",
    COMMAND_OPTIONS(rotate_options),
    .run = run_rotate,
    .there = rotate_there,
};
