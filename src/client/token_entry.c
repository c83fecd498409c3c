/* SPDX-License-Identifier: Apache-2.0 */
#include "client/token_entry.h"

#include "crypto/digest.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* clang-format off */
/* The members of entries; `in` has a bit for each kind that has it. */
#define IN(kind) (1u << (kind))
enum {
    CREDENTIALS = IN(TOKEN_ACCESS) | IN(TOKEN_REFRESH) | IN(TOKEN_ID),
    ALL = CREDENTIALS | IN(TOKEN_ACCOUNT) | IN(TOKEN_APP),
    WITH_REALM = IN(TOKEN_ACCESS) | IN(TOKEN_ID) | IN(TOKEN_ACCOUNT)
};
struct member {
    const char *name;
    size_t offset;
    unsigned in;
    bool time; /* int64_t, a text when written */
};
#define AT(name) offsetof(struct token_entry, name)
static const struct member members[] = {
    { "home_account_id",        AT(home_account_id),        CREDENTIALS | IN(TOKEN_ACCOUNT), false },
    { "environment",            AT(environment),            ALL,                             false },
    { "client_id",              AT(client_id),              CREDENTIALS | IN(TOKEN_APP),     false },
    { "secret",                 AT(secret),                 CREDENTIALS,                     false },
    { "realm",                  AT(realm),                  WITH_REALM,                      false },
    { "target",                 AT(target),                 IN(TOKEN_ACCESS) | IN(TOKEN_REFRESH), false },
    { "token_type",             AT(token_type),             IN(TOKEN_ACCESS),                false },
    { "cached_at",              AT(cached_at),              IN(TOKEN_ACCESS),                true },
    { "expires_on",             AT(expires_on),             IN(TOKEN_ACCESS),                true },
    { "extended_expires_on",    AT(extended_expires_on),    IN(TOKEN_ACCESS),                true },
    { "refresh_on",             AT(refresh_on),             IN(TOKEN_ACCESS),                true },
    { "key_id",                 AT(key_id),                 IN(TOKEN_ACCESS),                false },
    { "user_assertion_hash",    AT(user_assertion_hash),    CREDENTIALS,                     false },
    /* MSAL for Node.js has another name for it, and does not know the first. */
    { "userAssertionHash",      AT(user_assertion_hash),    IN(TOKEN_ACCESS),                false },
    { "family_id",              AT(family_id),              IN(TOKEN_REFRESH) | IN(TOKEN_APP), false },
    { "last_modification_time", AT(last_modification_time), IN(TOKEN_REFRESH),               true },
    { "local_account_id",       AT(local_account_id),       IN(TOKEN_ACCOUNT),               false },
    { "username",               AT(username),               IN(TOKEN_ACCOUNT),               false },
    { "name",                   AT(name),                   IN(TOKEN_ACCOUNT),               false },
    { "authority_type",         AT(authority_type),         IN(TOKEN_ACCOUNT),               false },
    { "client_info",            AT(client_info),            IN(TOKEN_ACCOUNT),               false },
};
/* clang-format on */
enum { MEMBERS = sizeof members / sizeof members[0] };

static const char *const kind_names[TOKEN_KINDS] = { "AccessToken", "RefreshToken", "IdToken",
                                                     "Account", "AppMetadata" };

const char *token_kind_name(enum token_kind kind)
{
    return kind_names[kind];
}

bool token_kind_find(const char *name, enum token_kind *out)
{
    for (int i = 0; i < TOKEN_KINDS; i++) {
        if (!text_equal(kind_names[i], name))
            continue;
        *out = (enum token_kind)i;
        return true;
    }
    return false;
}

static const char **text_at(struct token_entry *entry, const struct member *m)
{
    return (const char **)(void *)((char *)entry + m->offset);
}

static const char *text_in(const struct token_entry *entry, const struct member *m)
{
    return *(const char *const *)(const void *)((const char *)entry + m->offset);
}

static int64_t *time_at(struct token_entry *entry, const struct member *m)
{
    return (int64_t *)(void *)((char *)entry + m->offset);
}

static int64_t time_in(const struct token_entry *entry, const struct member *m)
{
    return *(const int64_t *)(const void *)((const char *)entry + m->offset);
}

/* ---- entries in memory of their own ---- */

static size_t text_size(const char *text)
{
    return text == NULL ? 0 : strlen(text) + 1;
}

static const char *put_text(char **to, const char *text)
{
    size_t n = text_size(text);
    if (n == 0)
        return NULL;
    char *at = memcpy(*to, text, n);
    *to += n;
    return at;
}

static size_t texts_size(const struct token_entry *entry)
{
    size_t n = text_size(entry->more);
    for (size_t i = 0; i < MEMBERS; i++)
        n += members[i].time ? 0 : text_size(text_in(entry, &members[i]));
    return n;
}

/* Copies what `from` points to behind `to`, and lets `entry` point there. */
static void put_texts(struct token_entry *entry, const struct token_entry *from, char *to)
{
    *entry = *from;
    entry->more = put_text(&to, from->more);
    for (size_t i = 0; i < MEMBERS; i++)
        if (!members[i].time)
            *text_at(entry, &members[i]) = put_text(&to, text_in(from, &members[i]));
}

struct held_entry *held_entry_new(const struct token_entry *entry, const char *key)
{
    size_t key_size = strlen(key) + 1;
    size_t size = sizeof(struct held_entry) + key_size + texts_size(entry);
    struct held_entry *held = calloc(1, size);
    if (held == NULL)
        return NULL;
    char *to = (char *)(held + 1);
    held->size = size;
    held->key = put_text(&to, key);
    put_texts(&held->entry, entry, to);
    return held;
}

void held_entry_free(struct held_entry *held)
{
    if (held == NULL)
        return;
    OPENSSL_cleanse(held, held->size);
    free(held);
}

struct token_entry token_entry_copy(struct arena *a, const struct token_entry *entry)
{
    struct token_entry out;
    put_texts(&out, entry, arena_alloc(a, texts_size(entry)));
    return out;
}

/* ---- as JSON ---- */

static const struct member *find_member(enum token_kind kind, const char *name)
{
    for (size_t i = 0; i < MEMBERS; i++)
        if ((members[i].in & IN(kind)) != 0 && text_equal(members[i].name, name))
            return &members[i];
    return NULL;
}

static void take(struct token_entry *entry, const struct member *m, const struct json_value *v)
{
    if (m->time && v->kind == JSON_NUMBER)
        *time_at(entry, m) = json_int_saturated(v);
    else if (m->time && v->kind == JSON_TEXT)
        (void)text_int(v->text, 0, INT64_MAX, time_at(entry, m));
    else if (!m->time && v->kind == JSON_TEXT)
        *text_at(entry, m) = v->text;
}

bool token_entry_read(struct json *j, enum token_kind kind, struct token_entry *out)
{
    struct json_value v;
    struct json_writer more = json_writer(j->arena);
    *out = (struct token_entry){ .kind = kind };
    json_object(&more, NULL);
    for (const char *name; json_member(j, &name, &v);) {
        const struct member *m = find_member(kind, name);
        if (!json_skip(j, &v))
            return false;
        /* One of a known name and another type is of no use to anybody. */
        if (m != NULL)
            take(out, m, &v);
        if (m != NULL || text_equal(name, "credential_type"))
            continue;
        json_raw(&more, name, text_copy(j->arena, (const char *)v.raw.at, v.raw.n));
    }
    json_object_end(&more);
    const char *text = json_written(&more);
    size_t n = strlen(text);
    if (n > 2)
        out->more = text_copy(j->arena, text + 1, n - 2);
    return j->why == NULL;
}

void token_entry_write(struct json_writer *w, const char *key, const struct token_entry *entry)
{
    struct json_writer own = json_writer(w->out.arena);
    json_object(&own, NULL);
    if ((CREDENTIALS & IN(entry->kind)) != 0)
        json_text(&own, "credential_type", kind_names[entry->kind]);
    for (size_t i = 0; i < MEMBERS; i++) {
        const struct member *m = &members[i];
        if ((m->in & IN(entry->kind)) == 0)
            continue;
        if (!m->time)
            json_text_if(&own, m->name, text_in(entry, m));
        else if (time_in(entry, m) != 0)
            json_text(&own, m->name,
                      text_printf(own.out.arena, "%lld", (long long)time_in(entry, m)));
    }
    json_object_end(&own);
    const char *text = json_written(&own);
    if (entry->more != NULL)
        text = text_printf(own.out.arena, "%.*s%s%s}", (int)(strlen(text) - 1), text,
                           text[1] == '}' ? "" : ",", entry->more);
    json_raw(w, key, text);
}

const char *token_key(struct arena *a, const struct token_entry *e)
{
    static const char none[] = "";
    const char *home = e->home_account_id == NULL ? none : e->home_account_id;
    const char *environment = e->environment == NULL ? none : e->environment;
    const char *client = e->client_id == NULL ? none : e->client_id;
    const char *realm = e->realm == NULL ? none : e->realm;
    const char *target = e->target == NULL ? none : e->target;
    const char *key = none;
    switch (e->kind) {
    case TOKEN_ACCESS:
        key =
            text_printf(a, "%s-%s-accesstoken-%s-%s-%s", home, environment, client, realm, target);
        if (e->user_assertion_hash != NULL)
            key = text_printf(a, "%s-%s", key, e->user_assertion_hash);
        break;
    case TOKEN_REFRESH:
        key = text_printf(a, "%s-%s-refreshtoken-%s--%s", home, environment, client, target);
        break;
    case TOKEN_ID:
        key = text_printf(a, "%s-%s-idtoken-%s-%s-", home, environment, client, realm);
        break;
    case TOKEN_ACCOUNT:
        key = text_printf(a, "%s-%s-%s", home, environment, realm);
        break;
    case TOKEN_APP:
        key = text_printf(a, "appmetadata-%s-%s", environment, client);
        break;
    }
    return text_lower(a, key);
}

/* ---- comparing ---- */

/* Whether `word`, of `n` bytes, is one of the words of `target`. */
static bool holds_word(const char *target, const char *word, size_t n)
{
    for (const char *at = target; *at != '\0';) {
        size_t length = strcspn(at, " ");
        if (length == n && strncasecmp(at, word, n) == 0)
            return true;
        at += length + (at[length] == ' ');
    }
    return false;
}

static bool is_oidc_scope(const char *scope)
{
    return text_equal_nocase(scope, "openid") || text_equal_nocase(scope, "profile") ||
           text_equal_nocase(scope, "email") || text_equal_nocase(scope, "offline_access");
}

bool token_scopes_cover(const char *target, struct texts asked)
{
    bool only_oidc = true;
    for (size_t i = 0; i < asked.n; i++)
        only_oidc = only_oidc && is_oidc_scope(asked.at[i]);
    for (size_t i = 0; i < asked.n; i++)
        if ((only_oidc || !is_oidc_scope(asked.at[i])) &&
            !holds_word(target == NULL ? "" : target, asked.at[i], strlen(asked.at[i])))
            return false;
    return true;
}

/* Whether both are the same text, or both NULL: in a time that says nothing of where they differ.
 */
static bool is_secretly_same(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : ct_equal(bytes_of(a), bytes_of(b));
}

static bool is_due(const char *value, const char *due)
{
    return due == NULL || text_equal_nocase(value == NULL ? "" : value, due);
}

static bool is_in(struct texts hosts, const char *host)
{
    for (size_t i = 0; i < hosts.n; i++)
        if (text_equal_nocase(hosts.at[i], host))
            return true;
    return hosts.n == 0;
}

/* Tokens that are bound to a key, or got for a part of an application (fmi_path), are no plain
 * bearer tokens whatever their type says. */
static bool is_plain(const struct token_entry *e)
{
    return e->key_id == NULL &&
           (e->more == NULL || strstr(e->more, "\"additionalCacheKeyComponents\"") == NULL);
}

bool token_entry_matches(const struct token_entry *e, const struct token_query *q)
{
    return e->kind == q->kind && (q->token_type == NULL || is_plain(e)) &&
           is_due(e->home_account_id, q->home_account_id) && is_due(e->realm, q->realm) &&
           is_due(e->client_id, q->client_id) && is_in(q->environments, e->environment) &&
           is_due(e->family_id, q->family_id) &&
           (q->user_assertion_hash == NULL || *q->user_assertion_hash == '\0' ||
            is_secretly_same(e->user_assertion_hash, q->user_assertion_hash)) &&
           (q->user_assertion_hash == NULL || *q->user_assertion_hash != '\0' ||
            e->user_assertion_hash == NULL) &&
           is_due(e->token_type == NULL ? "Bearer" : e->token_type, q->token_type) &&
           (q->scopes.n == 0 || token_scopes_cover(e->target, q->scopes));
}

static bool is_same(const char *a, const char *b)
{
    return text_equal_nocase(a == NULL ? "" : a, b == NULL ? "" : b);
}

/* Whether each scope of `old` is one of `fresh`. */
static bool covers(const char *fresh, const char *old)
{
    for (const char *at = old == NULL ? "" : old; *at != '\0';) {
        size_t n = strcspn(at, " ");
        if (n > 0 && !holds_word(fresh == NULL ? "" : fresh, at, n))
            return false;
        at += n + (at[n] == ' ');
    }
    return true;
}

bool token_entry_replaces(const struct token_entry *fresh, const struct token_entry *old)
{
    if (fresh->kind != old->kind || !is_same(fresh->home_account_id, old->home_account_id) ||
        !is_same(fresh->environment, old->environment) ||
        !is_same(fresh->client_id, old->client_id))
        return false;
    if (fresh->kind != TOKEN_REFRESH && !is_same(fresh->realm, old->realm))
        return false;
    bool same_assertion = is_secretly_same(fresh->user_assertion_hash, old->user_assertion_hash);
    if (fresh->kind == TOKEN_REFRESH)
        return same_assertion && is_same(fresh->family_id, old->family_id);
    if (fresh->kind != TOKEN_ACCESS)
        return true;
    return same_assertion && text_equal(fresh->key_id, old->key_id) &&
           is_same(fresh->token_type, old->token_type) && covers(fresh->target, old->target);
}
