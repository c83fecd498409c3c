/* SPDX-License-Identifier: Apache-2.0 */
#include "token/status_list.h"

#include "base/codec.h"
#include "base/config.h"
#include "base/json.h"
#include "base/time.h"
#include "crypto/digest.h"
#include "store/generation.h"
#include "store/revocations.h"
#include "token/keyring.h"
#include "token/status_bits.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum {
    NAME_BYTES = 48,
    BYTES = STATUS_LIST_PLACES / 8,
    ROOM = 4 << 20, /* what making one takes, whoever waits for it */
    PAGE = 10000
};

static const char typ[] = "statuslist+jwt";
static const char folder[] = "/oauth2/status-lists/";

struct slot {
    char name[NAME_BYTES]; /* "" is nobody's */
    char *token;           /* malloc */
    int64_t made_at, until;
};

struct status_lists {
    pthread_mutex_t lock;
    /* A list of an earlier generation, whatever names are asked for, displaces none of now. */
    struct slot present[STATUS_LISTS_MAX], former[STATUS_LISTS_MAX];
};

bool status_list_is_on(const struct ctx *c)
{
    return c->config->status_list_seconds > 0 && c->issuer == NULL;
}

struct status_lists *status_lists_new(struct arena *a)
{
    struct status_lists *lists = ARENA_NEW(a, struct status_lists);
    return pthread_mutex_init(&lists->lock, NULL) == 0 ? lists : NULL;
}

void status_lists_free(struct status_lists *lists)
{
    if (lists == NULL)
        return;
    for (size_t i = 0; i < STATUS_LISTS_MAX; i++) {
        free(lists->present[i].token);
        free(lists->former[i].token);
    }
    (void)pthread_mutex_destroy(&lists->lock);
}

/* ---- making one ---- */

/* "3-17" is the list 17 of generation 3, and "03-17" no other. */
struct named {
    const char *name;
    int64_t generation, number;
    bool former; /* found out by find_named */
};

static bool read_name(struct arena *a, const char *name, struct named *out)
{
    const char *dash = strchr(name, '-');
    *out = (struct named){ .name = name };
    return strlen(name) < NAME_BYTES && dash != NULL &&
           text_int(text_copy(a, name, (size_t)(dash - name)), 0, INT64_MAX, &out->generation) &&
           text_int(dash + 1, 0, STATUS_LISTS_MAX - 1, &out->number) &&
           text_equal(name, text_printf(a, "%lld-%lld", (long long)out->generation,
                                        (long long)out->number));
}

/* NOT_FOUND if no token names it: nothing is made then. */
static RESULT find_named(struct ctx *c, struct named *list)
{
    int64_t generation = 0;
    bool used = false;
    TRY(generation_read(c, &generation));
    list->former = list->generation < generation;
    if (list->generation == generation)
        TRY(status_list_is_used(c, list->name, &used));
    return used || list->former ? ok()
                                : fail(c, NOT_FOUND, "there is no status list %s", list->name);
}

static RESULT read_bits(struct ctx *c, const char *name, uint8_t *bits)
{
    /* Whatever ended before has no token left that is alive. */
    int64_t since = c->now - (revocation_expiry(c) - c->now);
    int64_t last = -1;
    struct status_places page = { .n = PAGE };
    while (page.n == PAGE) {
        struct arena_mark mark = arena_mark(c->arena);
        TRY(status_list_revoked(c, name, since, last, PAGE, &page));
        for (size_t i = 0; i < page.n; i++)
            status_bits_set(bits, page.at[i]);
        last = page.n == 0 ? last : page.at[page.n - 1];
        arena_rewind(c->arena, mark);
    }
    return ok();
}

static RESULT write_payload(struct ctx *c, const struct named *list, const char *lst,
                            const char **payload)
{
    int64_t seconds = c->config->status_list_seconds;
    struct json_writer w = json_writer(c->arena);
    json_object(&w, NULL);
    json_text(&w, "sub", status_list_uri(c, list->name));
    json_number(&w, "iat", c->now);
    json_number(&w, "exp", time_add(c->now, seconds));
    json_number(&w, "ttl", seconds - seconds / 2);
    json_object(&w, "status_list");
    json_number(&w, "bits", 1);
    json_text(&w, "lst", lst);
    json_object_end(&w);
    json_object_end(&w);
    *payload = json_written(&w);
    return ok();
}

static RESULT make(struct ctx *c, const struct named *list, const char **token)
{
    uint8_t *bits = arena_alloc(c->arena, BYTES);
    const char *lst = NULL;
    const char *payload = NULL;
    if (list->former)
        memset(bits, 0xff, BYTES);
    else
        TRY(read_bits(c, list->name, bits));
    TRY(status_bits_encode(c, bits, BYTES, &lst));
    TRY(write_payload(c, list, lst, &payload));
    return keyring_sign(c, c->keys, typ, payload, token);
}

/* ---- giving one out ---- */

static RESULT keep(struct ctx *c, struct slot *slot, const struct named *list, const char *token)
{
    char *copy = strdup(token);
    if (copy == NULL)
        return fail(c, OUT_OF_MEMORY, "no memory for a status list");
    free(slot->token);
    *slot = (struct slot){ .token = copy,
                           .made_at = c->now,
                           .until = time_add(c->now, c->config->status_list_seconds / 2) };
    memcpy(slot->name, list->name, strlen(list->name) + 1);
    return ok();
}

/* A list is larger than what a request may hold: it is made in a room of its own. */
static RESULT renew(struct ctx *c, struct slot *slot, const struct named *list)
{
    struct ctx own = *c;
    const char *token = NULL;
    own.arena = arena_new(ROOM);
    if (own.arena == NULL)
        return fail(c, OUT_OF_MEMORY, "no memory for a status list");
    err made = make(&own, list, &token);
    if (made.code == ERR_OK)
        made = keep(&own, slot, list, token);
    if (made.code != ERR_OK) {
        c->fault = own.fault;
        c->fault.text = text_printf(c->arena, "%s", own.fault.text);
        c->fault.expected = NULL; /* in the memory that ends here, as the text was */
        c->fault.got = NULL;
    }
    arena_end(own.arena);
    return made;
}

static bool is_fresh(const struct ctx *c, const struct slot *slot, const char *name)
{
    return text_equal(slot->name, name) && c->now >= slot->made_at && c->now < slot->until;
}

static struct slot *slot_of(struct status_lists *lists, const struct named *list)
{
    return list->former ? &lists->former[list->number] : &lists->present[list->number];
}

/* The lock is held. */
static RESULT give(struct ctx *c, struct status_lists *lists, struct named *list,
                   struct status_list *out)
{
    struct slot *slot = slot_of(lists, list);
    if (!is_fresh(c, slot, list->name)) {
        TRY(find_named(c, list));
        slot = slot_of(lists, list);
    }
    if (!is_fresh(c, slot, list->name))
        TRY(renew(c, slot, list));
    out->token = text_printf(c->arena, "%s", slot->token);
    out->max_age = slot->until - c->now;
    return ok();
}

RESULT status_list_get(struct ctx *c, const char *name, struct status_list *out)
{
    struct named list;
    uint8_t digest[DIGEST_SHA256];
    if (!status_list_is_on(c) || !read_name(c->arena, name, &list))
        return fail(c, NOT_FOUND, "this is no name of a status list");
    must(c->status_lists != NULL);
    (void)pthread_mutex_lock(&c->status_lists->lock);
    err given = give(c, c->status_lists, &list, out);
    (void)pthread_mutex_unlock(&c->status_lists->lock);
    TRY(given);
    sha256(bytes_of(out->token), digest);
    out->etag =
        text_printf(c->arena, "\"%s\"",
                    base64url_encode(c->arena, (struct bytes){ digest, DIGEST_SHA256 / 2 }));
    return ok();
}

const char *status_list_uri(struct ctx *c, const char *name)
{
    return text_printf(c->arena, "%s%s%s", c->config->public_url, folder, name);
}

void status_write(struct json_writer *w, struct ctx *c, const struct status_place *place)
{
    if (place->list == NULL || !status_list_is_on(c))
        return;
    json_object(w, "status");
    json_object(w, "status_list");
    json_number(w, "idx", place->idx);
    json_text(w, "uri", status_list_uri(c, place->list));
    json_object_end(w);
    json_object_end(w);
}

/* The URI of a list is status_list_uri() of its name. */
struct status_place status_place_said(const struct ctx *c, const struct status_said *said)
{
    size_t url = strlen(c->config->public_url);
    if (said->uri == NULL || strncmp(said->uri, c->config->public_url, url) != 0 ||
        !text_starts(said->uri + url, folder))
        return (struct status_place){ 0 };
    return (struct status_place){ said->uri + url + strlen(folder), said->idx };
}

/* The reader stands in the place. */
static bool read_place(struct json *j, struct status_said *out)
{
    struct json_value v;
    const char *name = NULL;
    bool good = true;
    while (good && json_member(j, &name, &v)) {
        if (text_equal(name, "idx"))
            good = v.kind == JSON_NUMBER && json_int(&v, 0, STATUS_LIST_PLACES - 1, &out->idx);
        else if (text_equal(name, "uri") && v.kind == JSON_TEXT)
            out->uri = v.text;
        good = good && json_skip(j, &v);
    }
    return good;
}

RESULT status_read(struct ctx *c, const struct jwt *jwt, struct status_said *out)
{
    const struct jwt_claim *claim = jwt_claim(jwt, "status");
    struct status_said place = { 0 };
    struct json_value v;
    const char *name = NULL;
    if (claim == NULL)
        return ok();
    struct json j = json_open(c->arena, claim->value.raw);
    bool good = json_value(&j, &v) && v.kind == JSON_OBJECT;
    while (good && json_member(&j, &name, &v)) {
        if (text_equal(name, "status_list"))
            good = v.kind == JSON_OBJECT && read_place(&j, &place);
        good = good && json_skip(&j, &v);
    }
    if (!good || !json_done(&j))
        return fail(c, INVALID_TOKEN, "the status of an access token is none of ours");
    *out = place;
    return ok();
}
