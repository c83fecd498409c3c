/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/token.h"

#include "client/claims.h"

#include <uauth/uauth.h>

/*
 * What a name has led to.  There are as many of them as names that lead to something, so that a
 * program may ask as often as it likes.
 */
struct token_memo {
    struct token_memo *next;
    const char *name;
    struct json_value value;
    struct texts words;
    const char *json;
    bool has_words;
};

struct uauth_token *token_new(struct call *k, const struct verifier *v)
{
    struct arena *a = k->c.arena;
    struct uauth_token *token = ARENA_NEW(a, struct uauth_token);
    (void)pthread_mutex_init(&token->lock, NULL);
    /* The verifier may go before the token does. */
    token->claims = (struct verifier_claims){ .scope = text_keep(a, v->claims.scope),
                                              .roles = text_keep(a, v->claims.roles),
                                              .permissions = text_keep(a, v->claims.permissions),
                                              .tenant = text_keep(a, v->claims.tenant) };
    return token;
}

/* With the lock held; NULL: there is no such claim. */
static struct token_memo *find(struct uauth_token *token, const char *name)
{
    struct arena *a = token->held.arena;
    struct json_value value;
    for (struct token_memo *m = token->memos; m != NULL; m = m->next)
        if (text_equal(m->name, name))
            return m;
    struct arena_mark mark = arena_mark(a);
    if (!claim_find(a, &token->verified.jwt, name, &value)) {
        arena_rewind(a, mark);
        return NULL;
    }
    struct token_memo *made = ARENA_NEW(a, struct token_memo);
    *made = (struct token_memo){ .next = token->memos, .name = text_keep(a, name), .value = value };
    token->memos = made;
    return made;
}

/* The token is const outside: what it says never changes. */
static struct uauth_token *lock(const struct uauth_token *token)
{
    struct uauth_token *own = (struct uauth_token *)(uintptr_t)token;
    (void)pthread_mutex_lock(&own->lock);
    return own;
}

/* The value of `name`; of a kind of its own if there is none. */
static struct json_value value_of(const struct uauth_token *token, const char *name)
{
    struct uauth_token *own = lock(token);
    const struct token_memo *memo = find(own, name);
    struct json_value value = { .kind = JSON_NULL };
    if (memo != NULL)
        value = memo->value;
    (void)pthread_mutex_unlock(&own->lock);
    return value;
}

static struct texts words_of(const struct uauth_token *token, const char *name)
{
    struct uauth_token *own = lock(token);
    struct token_memo *memo = find(own, name);
    struct texts words = { 0 };
    if (memo != NULL && !memo->has_words) {
        memo->words = claim_words(own->held.arena, &own->verified.jwt, name);
        memo->has_words = true;
    }
    if (memo != NULL)
        words = memo->words;
    (void)pthread_mutex_unlock(&own->lock);
    return words;
}

const char *uauth_token_text(const struct uauth_token *token, const char *name)
{
    struct json_value value = value_of(token, name);
    return value.kind == JSON_TEXT ? value.text : NULL;
}

bool uauth_token_integer(const struct uauth_token *token, const char *name, int64_t *out)
{
    struct json_value value = value_of(token, name);
    if (value.kind != JSON_NUMBER)
        return false;
    *out = json_int_saturated(&value);
    return true;
}

bool uauth_token_boolean(const struct uauth_token *token, const char *name, bool *out)
{
    struct json_value value = value_of(token, name);
    if (value.kind != JSON_BOOL)
        return false;
    *out = value.truth;
    return true;
}

size_t uauth_token_count(const struct uauth_token *token, const char *name)
{
    return value_of(token, name).kind == JSON_ARRAY ? words_of(token, name).n : 0;
}

const char *uauth_token_item(const struct uauth_token *token, const char *name, size_t index)
{
    if (value_of(token, name).kind != JSON_ARRAY)
        return NULL;
    struct texts words = words_of(token, name);
    return index < words.n ? words.at[index] : NULL;
}

const char *uauth_token_json(const struct uauth_token *token, const char *name)
{
    struct uauth_token *own = lock(token);
    struct token_memo *memo = find(own, name);
    const char *json = NULL;
    if (memo != NULL && memo->json == NULL)
        memo->json =
            text_copy(own->held.arena, (const char *)memo->value.raw.at, memo->value.raw.n);
    if (memo != NULL)
        json = memo->json;
    (void)pthread_mutex_unlock(&own->lock);
    return json;
}

const char *uauth_token_payload(const struct uauth_token *token)
{
    struct uauth_token *own = lock(token);
    const struct bytes *payload = &own->verified.jwt.signature.payload;
    if (own->payload == NULL)
        own->payload = text_copy(own->held.arena, (const char *)payload->at, payload->n);
    const char *json = own->payload;
    (void)pthread_mutex_unlock(&own->lock);
    return json;
}

bool uauth_token_has_scope(const struct uauth_token *token, const char *scope)
{
    return texts_hold(token->verified.scopes, scope);
}

bool uauth_token_has_role(const struct uauth_token *token, const char *role)
{
    const char *name = token->claims.roles != NULL ? token->claims.roles : "roles";
    return texts_hold(words_of(token, name), role);
}

bool uauth_token_has_permission(const struct uauth_token *token, const char *permission)
{
    const char *name =
        token->claims.permissions != NULL ? token->claims.permissions : "permissions";
    return texts_hold(words_of(token, name), permission);
}

const char *uauth_token_key(const struct uauth_token *token)
{
    return token->verified.jkt;
}

const char *uauth_token_nonce(const struct uauth_token *token)
{
    return token->nonce;
}

void uauth_token_free(struct uauth_token *token)
{
    if (token == NULL)
        return;
    (void)pthread_mutex_destroy(&token->lock);
    held_free(&token->held);
}
