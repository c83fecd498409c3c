/* SPDX-License-Identifier: Apache-2.0 */
#include "audit_testing.h"

#include "base/codec.h"
#include "store/events.h"
#include "store/sweep.h"

enum { NODES = 4, WRITERS = 4, EVENTS = 60 };

static void events_get_their_places_in_a_signed_tree(void **state)
{
    struct ctx *c = ctx_of(state);
    bool again = true;
    OK(audit_sequence(c, &again));
    assert_false(again);
    assert_int_equal(counted(c, "SELECT count(*) FROM audit_heads"), 0);
    happen(c, 5);
    sequence(c);
    tree_is_whole(c);
    struct audit_head head = head_now(c);
    assert_string_equal(head.iss, token_issuer(c));
    assert_int_equal(head.at, c->now);
    assert_null(head.previous_log);
    /* Nothing happened: nothing is signed. */
    sequence(c);
    assert_int_equal(counted(c, "SELECT count(*) FROM audit_heads"), 1);
    happen(c, 1);
    sequence(c);
    assert_int_equal(head_now(c).tree.size, 6);
}

/* More than a batch, and nodes of the eighth level: proofs from the database hold. */
static void proofs_are_made_from_what_is_kept(void **state)
{
    struct ctx *c = ctx_of(state);
    happen(c, 3 * AUDIT_TILE + 77);
    sequence(c);
    tree_is_whole(c);
    assert_int_equal(counted(c, "SELECT count(*) FROM audit_nodes"), 3);
    struct merkle_head head = head_now(c).tree;
    struct audit_tile *tile = ARENA_NEW(c->arena, struct audit_tile);
    struct merkle_source source = audit_tree_source(tile);
    static const int64_t places[] = { 0, 1, 255, 256, 511, 512, 700, 767, 768, 844 };
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        const struct merkle_place place = { places[i], head.size };
        struct merkle_hash leaf = leaf_at(c, places[i]);
        struct merkle_path path;
        struct merkle_head first = { .size = places[i] + 1 };
        OK(merkle_prove_inclusion(c, &source, place, &path));
        assert_true(merkle_included(&leaf, place, &path, &head.root));
        OK(merkle_hash_of(c, &source, 0, first.size, &first.root));
        OK(merkle_prove_consistency(c, &source, first.size, head.size, &path));
        assert_true(merkle_consistent(&first, &head, &path));
    }
}

/* ---- several nodes ---- */

struct racing {
    struct ctx *like;
    _Atomic size_t writing;
};

/* The first ones write events, as requests do; the others give places, as the job of each node. */
static void race(struct ctx *c, struct crowd *crowd, size_t number)
{
    struct racing *racing = crowd->arg;
    bool again = false;
    node_settle(c, racing->like);
    if (number < WRITERS) {
        happen(c, EVENTS);
        racing->writing--;
        return;
    }
    do {
        struct arena_mark mark = arena_mark(c->arena);
        OK(audit_sequence(c, &again));
        arena_rewind(c->arena, mark);
    } while (again || racing->writing > 0);
}

/* Two nodes at once, while transactions commit out of order: a single winner, and no gap. */
static void any_number_of_nodes_may_sequence_at_once(void **state)
{
    struct world *w = world_of(state);
    struct racing racing = { .like = w->c, .writing = WRITERS };
    (void)crowd_run(w, WRITERS + NODES, race, &racing);
    sequence(w->c);
    assert_int_equal(counted(w->c, "SELECT count(*) FROM events"), WRITERS * EVENTS);
    assert_int_equal(counted(w->c, "SELECT count(*) FROM audit_logs"), 1);
    assert_int_equal(counted(w->c, "SELECT count(*) FROM audit_signers"), 1);
    tree_is_whole(w->c);
}

/* ---- faults ---- */

/* Ended after the event, and after the leaf: the next turn goes on. */
static void whoever_was_ended_between_two_steps_loses_nothing(void **state)
{
    struct ctx *c = ctx_of(state);
    int64_t given = 0;
    happen(c, 3);
    OK(audit_log_begin(c, random_uuid(c)));
    OK(audit_tree_grow(c, &given));
    assert_int_equal(given, 3);
    assert_int_equal(counted(c, "SELECT count(*) FROM audit_heads"), 0);
    happen(c, 2);
    sequence(c);
    tree_is_whole(c);
}

/* The order is that of the tree; a clock that jumps back changes nothing that was signed. */
static void a_clock_that_jumps_moves_no_event(void **state)
{
    struct ctx *c = ctx_of(state);
    static const int64_t jumps[] = { 0, 86400 * 3650, -86400 * 3650, 60 };
    struct merkle_head before = { .size = 0 };
    for (size_t i = 0; i < sizeof jumps / sizeof *jumps; i++) {
        struct merkle_path path;
        struct audit_tile *tile = ARENA_NEW(c->arena, struct audit_tile);
        struct merkle_source source = audit_tree_source(tile);
        c->now = WORLD_NOW + jumps[i];
        happen(c, 3);
        sequence(c);
        tree_is_whole(c);
        struct merkle_head now = head_now(c).tree;
        assert_int_equal(now.size, before.size + 3);
        OK(merkle_prove_consistency(c, &source, before.size, now.size, &path));
        assert_true(i == 0 || merkle_consistent(&before, &now, &path));
        before = now;
    }
}

static const char sql_take_place[] = "UPDATE events SET leaf_index = NULL WHERE leaf_index = $1";

/* A row that somebody has changed is no reason to sign something else. */
static void a_tree_that_was_tampered_with_does_not_grow(void **state)
{
    struct ctx *c = ctx_of(state);
    happen(c, 4);
    sequence(c);
    happen(c, 1);
    bool again = false;
    OK(db_run(c, "UPDATE audit_logs SET size = 3", NULL, 0, NULL));
    REFUSED(audit_sequence(c, &again), INTERNAL); /* as many roots as bits */
    OK(db_run(c, "UPDATE audit_logs SET size = 2", NULL, 0, NULL));
    REFUSED(audit_sequence(c, &again), CONFLICT); /* the place is taken */
    OK(db_run(c, "UPDATE audit_logs SET size = 4", NULL, 0, NULL));
    sequence(c);
    OK(DB_RUN(c, sql_take_place, NULL, P_INT(2)));
    sequence(c);
    struct audit_tile *tile = ARENA_NEW(c->arena, struct audit_tile);
    struct merkle_source source = audit_tree_source(tile);
    struct merkle_path path;
    REFUSED(merkle_prove_inclusion(c, &source, (struct merkle_place){ 0, 5 }, &path), INTERNAL);
}

/* ---- the schema before ---- */

static size_t number_of_tree(const struct migrations *all)
{
    size_t i = 0;
    while (i < all->n && strstr(all->at[i].name, "audit_tree") == NULL)
        i++;
    assert_true(i < all->n);
    return i;
}

static const char sql_old_event[] =
    "INSERT INTO events (id, name, at, outcome, leaf_hash) VALUES ($1, $2, $3, $4, $5)";

/* What a version without the tree has written, before and while this one runs. */
static void happened_before(struct ctx *c)
{
    struct event_row row = { .id = random_uuid(c), .name = "logout", .at = 7, .outcome = "done" };
    row.leaf_hash = audit_leaf(c->arena, &row);
    OK(DB_RUN(c, sql_old_event, NULL, P_TEXT(row.id), P_TEXT(row.name), P_INT(row.at),
              P_TEXT(row.outcome), P_TEXT(row.leaf_hash)));
}

/* SU-12: an upgrade gives what has happened before its places, too. */
static void events_of_the_schema_before_get_their_places(void **state)
{
    struct world *w = world_new();
    world_open(w, DB_SERVER);
    struct ctx *c = w->c;
    const struct migrations *all = store_schema();
    struct migrations before = *all;
    before.n = number_of_tree(all);
    OK(migrate_run(c, &before, NULL));
    for (int i = 0; i < AUDIT_BATCH + 44; i++) {
        struct arena_mark mark = arena_mark(c->arena);
        happened_before(c);
        arena_rewind(c->arena, mark);
    }
    OK(migrate_run(c, all, NULL));
    c->config = ctx_of(state)->config;
    c->seal = seal_of(c, MASTER);
    sequence(c);
    tree_is_whole(c);
    happened_before(c);
    happen(c, 1);
    sequence(c);
    assert_int_equal(head_now(c).tree.size, AUDIT_BATCH + 46);
    tree_is_whole(c);
    world_free(w);
}

/* ---- heads that are kept ---- */

/* All of a day, then the last of each hour: what a head says, those after it say, too. */
static void of_old_heads_the_last_of_each_hour_stays(void **state)
{
    struct ctx *c = ctx_of(state);
    int64_t removed = 0;
    bool more = false;
    int64_t day = WORLD_NOW - WORLD_NOW % 86400;
    for (int64_t minute = 0; minute < 4 * 60; minute += 20) {
        c->now = day + minute * 60;
        happen(c, 1);
        sequence(c);
    }
    assert_int_equal(counted(c, "SELECT count(*) FROM audit_heads"), 12);
    c->now = day + 86400 - 1;
    OK(sweep(c, &removed, &more));
    assert_int_equal(counted(c, "SELECT count(*) FROM audit_heads"), 12);
    c->now = day + 86400 + 2 * 3600 - 1;
    OK(sweep(c, &removed, &more));
    assert_int_equal(counted(c, "SELECT count(*) FROM audit_heads"), 8);
    c->now = day + 2 * 86400;
    OK(sweep(c, &removed, &more));
    assert_int_equal(counted(c, "SELECT count(*) FROM audit_heads"), 4);
    assert_int_equal(head_now(c).tree.size, 12);
    assert_int_equal(counted(c, "SELECT count(*) FROM audit_heads WHERE size % 3 = 0"), 4);
}

/* ---- another log, another key ---- */

/* Putting an older state back begins another log, which says where it leaves the one before. */
static void a_fork_is_told(void **state)
{
    struct ctx *c = ctx_of(state);
    happen(c, 5);
    sequence(c);
    struct audit_head before = head_now(c);
    OK(audit_log_fork(c, random_uuid(c), 7));
    happen(c, 2);
    sequence(c);
    tree_is_whole(c);
    struct audit_head after = head_now(c);
    assert_string_not_equal(after.log, before.log);
    assert_int_equal(after.generation, 7);
    assert_string_equal(after.previous_log, before.log);
    assert_int_equal(after.previous.size, 5);
    assert_true(merkle_equal(&after.previous.root, &before.tree.root));
}

static void the_key_before_endorses_the_next_and_is_destroyed(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *kid = NULL;
    struct audit_signers signers;
    happen(c, 1);
    sequence(c);
    struct key_set first = trusted(c);
    const struct audit_head_row *old = NULL;
    OK(audit_head_newest(c, &old));
    OK(audit_key_rotate(c, &kid));
    sequence(c);
    tree_is_whole(c);
    OK(audit_signers_list(c, &signers));
    assert_int_equal(signers.n, 2);
    assert_string_equal(signers.at[1].kid, kid);
    assert_null(signers.at[0].sealed_private);
    assert_int_equal(counted(c, "SELECT count(*) FROM events WHERE name = 'audit.key_rotated'"), 1);
    /* Who trusts the first one alone: */
    struct audit_head head;
    const struct key *next = NULL;
    const struct audit_head_row *new = NULL;
    OK(audit_head_newest(c, &new));
    OK(audit_head_read(c, old->token, &first, &head));
    REFUSED(audit_head_read(c, new->token, &first, &head), INVALID_TOKEN);
    OK(audit_key_endorsed(c, signers.at[1].public_jwk, signers.at[1].endorsement, &first, &next));
    OK(audit_head_read(c, new->token, &(struct key_set){ &next, 1, 0 }, &head));
    /* An endorsement is of one key, and nothing else that was signed is one. */
    REFUSED(
        audit_key_endorsed(c, signers.at[0].public_jwk, signers.at[1].endorsement, &first, &next),
        INVALID_TOKEN);
    REFUSED(audit_key_endorsed(c, signers.at[1].public_jwk, old->token, &first, &next),
            INVALID_TOKEN);
    REFUSED(audit_head_read(c, signers.at[1].endorsement, &first, &head), INVALID_TOKEN);
}

static void under_another_master_key_nothing_is_signed(void **state)
{
    struct ctx *c = ctx_of(state);
    happen(c, 1);
    sequence(c);
    happen(c, 1);
    c->seal = seal_of(c, MASTER2);
    bool again = false;
    REFUSED(audit_sequence(c, &again), UNAVAILABLE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BARE_TEST(events_get_their_places_in_a_signed_tree),
        BARE_TEST(proofs_are_made_from_what_is_kept),
        BARE_TEST(any_number_of_nodes_may_sequence_at_once),
        BARE_TEST(whoever_was_ended_between_two_steps_loses_nothing),
        BARE_TEST(a_clock_that_jumps_moves_no_event),
        BARE_TEST(a_tree_that_was_tampered_with_does_not_grow),
        BARE_TEST(events_of_the_schema_before_get_their_places),
        BARE_TEST(of_old_heads_the_last_of_each_hour_stays),
        BARE_TEST(a_fork_is_told),
        BARE_TEST(the_key_before_endorses_the_next_and_is_destroyed),
        BARE_TEST(under_another_master_key_nothing_is_signed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
