/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uauth token verify, token inspect: whether an access token is good, and what any token says.
 */
#include "app/command_node.h"
#include "app/commands.h"

#include "base/codec.h"
#include "base/json.h"
#include "base/time.h"
#include "crypto/jws_parts.h"
#include "token/verify.h"

#include <stdio.h>

static RESULT read_token(struct ctx *c, const struct command_line *line, const char **token)
{
    return command_secret_from(c, command_value(line, "--file"), "--file", token);
}

/* ---- verify ---- */

static void show(struct ctx *c, const struct command_line *line, const struct access *access)
{
    const struct grant_facts *facts = &access->facts;
    struct json_writer w = json_writer(c->arena);
    json_object(&w, NULL);
    json_bool(&w, "valid", true);
    json_text(&w, "sub", facts->user_id);
    json_text(&w, "client_id", facts->client_id);
    json_text(&w, "tenant_id", facts->tenant_id);
    json_texts(&w, "scopes", facts->scopes);
    json_texts(&w, "roles", facts->roles);
    json_texts(&w, "permissions", facts->permissions);
    json_text(&w, "jti", access->jti);
    json_text(&w, "issued_at", time_rfc3339(c->arena, access->issued_at));
    json_text(&w, "expires_at", time_rfc3339(c->arena, access->expires_at));
    json_object_end(&w);
    command_show(line, &w);
    command_say(line, "The token of %s is good until %s.\n", facts->user_id,
                time_rfc3339(c->arena, access->expires_at));
}

static RESULT verify(struct ctx *c, const struct command_line *line, struct node *node)
{
    (void)node;
    const char *token = NULL;
    struct access access;
    TRY(read_token(c, line, &token));
    TRY(verify_access(c, token, command_value(line, "--audience"), &access));
    show(c, line, &access);
    return ok();
}

static RESULT run_verify(struct ctx *c, const struct command_line *line)
{
    return command_on_node(c, line, NEEDS_KEYS, verify);
}

/* ---- inspect ---- */

/* Also nothing in it drives a terminal. */
static bool is_json(struct ctx *c, struct bytes in)
{
    struct json j = json_open(c->arena, in);
    struct json_value value;
    if (!json_value(&j, &value) || value.kind != JSON_OBJECT)
        return false;
    if (!json_skip(&j, &value))
        return false;
    return json_done(&j) &&
           !text_has_control_but_lines(text_copy(c->arena, (const char *)in.at, in.n));
}

static RESULT decode(struct ctx *c, struct bytes part, const char *what, const char **json)
{
    struct bytes out;
    if (!base64url_decode(c->arena, part, &out) || !is_json(c, out))
        return fail(c, INVALID_TOKEN, "the %s of the token is not JSON in base64url", what);
    *json = text_copy(c->arena, (const char *)out.at, out.n);
    return ok();
}

static RESULT run_inspect(struct ctx *c, const struct command_line *line)
{
    const char *token = NULL;
    const char *header = NULL;
    const char *payload = NULL;
    struct jws_parts parts;
    TRY(read_token(c, line, &token));
    if (!jws_split(token, JWS_BYTES_MAX, &parts))
        return fail(c, INVALID_TOKEN, "this is not a token of three parts");
    TRY(decode(c, parts.header, "header", &header));
    TRY(decode(c, parts.payload, "payload", &payload));
    struct json_writer w = json_writer(c->arena);
    json_object(&w, NULL);
    json_bool(&w, "verified", false);
    json_raw(&w, "header", header);
    json_raw(&w, "payload", payload);
    json_object_end(&w);
    command_show(line, &w);
    command_say(line, "%s\n%s\nThis was not verified: uauth token verify does that.\n", header,
                payload);
    return ok();
}

static const struct command_option verify_options[] = {
    { "--file", "FILE", "Read the token from a file instead of standard input", false, false },
    { "--audience", "AUDIENCE", "The aud that it must have, instead of the configured one", false,
      false },
};
static const struct command_option inspect_options[] = {
    { "--file", "FILE", "Read the token from a file instead of standard input", false, false },
};

const struct command command_token_verify = {
    .name = "token verify",
    .summary = "Tell whether an access token of ours is good",
    .details = "The token is read from standard input, or a file.  A token that is not good ends "
               "with code 1\nand the reason.",
    COMMAND_OPTIONS(verify_options),
    .here = "it is a client; the token names its issuer",
    .run = run_verify,
};

const struct command command_token_inspect = {
    .name = "token inspect",
    .summary = "Print what a token says, without verifying it",
    .details = "The token is read from standard input, or a file.",
    COMMAND_OPTIONS(inspect_options),
    .quiet_setup = true,
    .here = "it is a client; nothing is asked",
    .run = run_inspect,
};
