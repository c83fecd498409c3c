/* SPDX-License-Identifier: Apache-2.0 */
#include "app/token_client.h"

#include "app/command_outbound.h"
#include "app/data_folder.h"
#include "base/config_source.h"
#include "base/time.h"
#include "client/client_key.h"
#include "crypto/secret_file.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- keys ---- */

static RESULT make_key(struct ctx *c, const char *path, const struct key **out)
{
    struct json_writer w = json_writer(c->arena);
    TRY(key_generate(c, c->arena, ALG_ES256, 0, out));
    key_write_private_jwk(&w, *out);
    return data_file_write(c, path, json_written(&w));
}

static void forget_dpop(void *dpop)
{
    dpop_key_free(dpop);
}

static RESULT read_dpop(struct ctx *c, const char *path, struct dpop_key **out)
{
    const struct key *key = NULL;
    if (access(path, F_OK) == 0)
        TRY(client_key_read(c, path, 0, &key));
    else
        TRY(make_key(c, path, &key));
    TRY(client_key_named(c, key, NULL, &key));
    *out = dpop_key_new(key);
    if (*out == NULL)
        return fail(c, OUT_OF_MEMORY, "no memory for a key");
    arena_own(c->arena, forget_dpop, *out);
    return ok();
}

/* ---- who we are ---- */

static RESULT read_certificate(struct ctx *c, const struct command_line *line,
                               struct oauth_client *client)
{
    const char *path = command_value(line, "--cert");
    const char *key = command_value(line, "--cert-key");
    struct bytes pem;
    if (path == NULL && key != NULL)
        return fail_field(c, INVALID_FIELD, "--cert", "This goes with --cert-key.");
    if (path == NULL)
        return ok();
    TRY(config_read_file(c, "--cert", path, &client->certificate));
    TRY(secret_file_read(c, key == NULL ? path : key, JWK_BYTES_MAX, &pem));
    client->certificate_key = text_copy(c->arena, (const char *)pem.at, pem.n);
    return ok();
}

static RESULT choose_auth(struct ctx *c, const struct command_line *line, struct oauth_client *to)
{
    const char *method = command_value(line, "--auth-method");
    if (to->secret != NULL && to->key != NULL)
        return fail_field(c, INVALID_FIELD, "--key", "This or a secret, not both.");
    to->auth = to->secret != NULL        ? OAUTH_AUTH_BASIC
               : to->key != NULL         ? OAUTH_AUTH_PRIVATE_KEY
               : to->certificate != NULL ? OAUTH_AUTH_TLS
                                         : OAUTH_AUTH_NONE;
    if (method == NULL)
        return ok();
    bool known = text_equal(method, "client_secret_basic") ||
                 (text_equal(method, "client_secret_post") && oauth_auth_find(method, &to->auth));
    if (to->secret == NULL || !known)
        return fail_field(c, INVALID_FIELD, "--auth-method",
                          "This is client_secret_basic or client_secret_post, with a secret.");
    return ok();
}

static RESULT read_client(struct ctx *c, const struct command_line *line,
                          const struct issuer *issuer, struct oauth_client *out)
{
    const char *key = command_value(line, "--key");
    const char *dpop = command_value(line, "--dpop");
    *out = (struct oauth_client){ .client_id = command_value(line, "--client-id"),
                                  .assertion_aud = issuer->issuer };
    TRY(command_secret(c, line, "--client-secret", &out->secret));
    if (key != NULL) {
        TRY(client_key_read(c, key, issuer->m->auth_algs, &out->key));
        TRY(client_key_named(c, out->key, command_value(line, "--key-id"), &out->key));
    }
    TRY(read_certificate(c, line, out));
    if (dpop != NULL)
        TRY(read_dpop(c, dpop, &out->dpop));
    return choose_auth(c, line, out);
}

static RESULT with_client(struct ctx *c, const struct command_line *line, void *arg)
{
    token_client_work **work = arg;
    struct token_client t = { 0 };
    struct texts scopes = command_values(c->arena, line, "--scope");
    TRY(issuer_open(c, command_value(line, "--issuer"), &t.issuer));
    TRY(read_client(c, line, &t.issuer, &t.client));
    t.wanted = (struct oauth_wanted){
        .scope = scopes.n == 0 ? NULL : text_join(c->arena, scopes, " "),
        .resources = command_values(c->arena, line, "--resource"),
        .audiences = command_values(c->arena, line, "--audience"),
    };
    return (*work)(c, line, &t);
}

RESULT token_client_run(struct ctx *c, const struct command_line *line, token_client_work *work)
{
    return command_with_upstreams(c, line, with_client, (void *)&work);
}

/* ---- what came of it ---- */

/* A text for a terminal, with nothing in it that drives one. */
static const char *shown(struct arena *a, const char *text)
{
    char *copy = arena_copy(a, text, strlen(text) + 1);
    for (char *at = copy; *at != '\0'; at++)
        if (*at == '\n' || *at == '\r' || *at == '\t')
            *at = ' ';
    return text_has_control(copy) ? "(not shown)" : copy;
}

RESULT token_client_told(struct ctx *c, err result, const struct oauth_answer *answer)
{
    if (result.code == ERR_OK || answer->error == NULL)
        return result;
    const char *words = answer->description == NULL ? "" : shown(c->arena, answer->description);
    c->fault.say = text_printf(c->arena, "%s%s%s", shown(c->arena, answer->error),
                               *words == '\0' ? "" : ": ", words);
    return result;
}

void token_client_show(struct ctx *c, const struct command_line *line,
                       const struct oauth_tokens *tokens)
{
    if (!line->json) {
        (void)printf("%s\n", tokens->access_token);
        return;
    }
    struct json_writer w = json_writer(c->arena);
    json_object(&w, NULL);
    json_text(&w, "access_token", tokens->access_token);
    json_text_if(&w, "token_type", tokens->token_type);
    json_text_if(&w, "issued_token_type", tokens->issued_token_type);
    if (tokens->expires_in > 0) {
        json_number(&w, "expires_in", tokens->expires_in);
        json_text(&w, "expires_at", time_rfc3339(c->arena, time_add(c->now, tokens->expires_in)));
    }
    json_text_if(&w, "scope", tokens->scope);
    json_text_if(&w, "refresh_token", tokens->refresh_token);
    json_text_if(&w, "id_token", tokens->id_token);
    json_object_end(&w);
    command_show(line, &w);
}
