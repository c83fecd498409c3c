/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The part of an export of Keycloak that says what is configured, for a service that runs
 * elsewhere: most of the file is people and what is not read of applications.
 */
#include "realm/keycloak.h"

#include <string.h>

static bool is_called(struct bytes name, const char *text)
{
    return name.n == strlen(text) && memcmp(name.at, text, name.n) == 0;
}

static void add(struct text_buffer *out, struct bytes bytes)
{
    if (bytes.n > 0)
        text_add_bytes(out, bytes.at, bytes.n);
}

static void add_member(struct text_buffer *out, bool *first, struct bytes name, struct bytes value)
{
    text_add(out, *first ? "\"" : ",\"");
    add(out, name);
    text_add(out, "\":");
    add(out, value);
    *first = false;
}

/* A client without what is not read of it, such as its mappers, which are most of it. */
static RESULT add_client(struct ctx *c, struct text_buffer *out, struct bytes client)
{
    struct skim all = { client.at, client.at + client.n, false };
    struct bytes name, value;
    bool first = true;
    /* What is no object is left out where it is read, and told. */
    if (!skim_enter(&all, '{')) {
        add(out, client);
        return ok();
    }
    text_add(out, "{");
    while (skim_member(&all, &name, &value))
        if (keycloak_client_reads(name))
            add_member(out, &first, name, value);
    text_add(out, "}");
    return keycloak_whole(c, &all);
}

static RESULT add_clients(struct ctx *c, struct text_buffer *out, struct bytes clients)
{
    struct skim all = { clients.at, clients.at + clients.n, false };
    struct bytes item;
    bool array = skim_enter(&all, '[');
    bool first = true;
    text_add(out, "[");
    while (array && skim_item(&all, &item)) {
        text_add(out, first ? "" : ",");
        TRY(add_client(c, out, item));
        first = false;
    }
    text_add(out, "]");
    return keycloak_whole(c, &all);
}

RESULT keycloak_configuration(struct ctx *c, struct bytes file, struct bytes *json)
{
    struct skim all = { file.at, file.at + file.n, false };
    struct text_buffer out = text_buffer(c->arena);
    struct bytes name, value;
    bool object = skim_enter(&all, '{');
    bool first = true;
    text_add(&out, "{");
    while (object && skim_member(&all, &name, &value)) {
        bool clients = is_called(name, "clients");
        if (clients || is_called(name, "roles"))
            add_member(&out, &first, name, clients ? (struct bytes){ NULL, 0 } : value);
        if (clients)
            TRY(add_clients(c, &out, value));
    }
    text_add(&out, "}");
    TRY(keycloak_whole(c, &all));
    *json = (struct bytes){ (const uint8_t *)text_of(&out), out.n };
    return ctx_check_memory(c);
}
