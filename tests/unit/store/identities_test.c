/* SPDX-License-Identifier: Apache-2.0 */
#include "store/identities.h"

#include "store_testing.h"

static const char *add(struct ctx *c, const char *user_id, const char *issuer, const char *subject)
{
    const char *id = NULL;
    OK(identity_add(
        c,
        &(struct identity_row){
            .provider = "entra", .issuer = issuer, .subject = subject, .user_id = user_id },
        &id));
    return id;
}

static const struct identity_row *used(struct ctx *c, const char *provider, const char *issuer,
                                       const char *subject)
{
    const struct identity_row *identity = NULL;
    OK(identity_use(c, provider, issuer, subject, &identity));
    return identity;
}

static void an_identity_leads_to_its_user(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *user_id = person(c, "alice@example.org");
    const char *id = add(c, user_id, "https://issuer.example", "subject");
    c->now += 5;
    const struct identity_row *i = used(c, "entra", "https://issuer.example", "subject");
    assert_string_equal(i->id, id);
    assert_string_equal(i->user_id, user_id);
    assert_string_equal(i->provider, "entra");
    assert_string_equal(i->issuer, "https://issuer.example");
    assert_string_equal(i->subject, "subject");
    assert_int_equal(i->created_at, WORLD_NOW);
    assert_int_equal(i->last_used_at, WORLD_NOW + 5);
}

/* AT-01: provider, issuer and subject together are the key, byte for byte. */
static void an_identity_is_found_by_all_three_parts_only(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *alice = person(c, "alice@example.org");
    const char *bob = person(c, "bob@example.org");
    (void)add(c, alice, "https://one.example", "subject");
    (void)add(c, bob, "https://two.example", "subject");
    assert_string_equal(used(c, "entra", "https://one.example", "subject")->user_id, alice);
    assert_string_equal(used(c, "entra", "https://two.example", "subject")->user_id, bob);
    assert_null(used(c, "openid", "https://one.example", "subject"));
    assert_null(used(c, "entra", "https://three.example", "subject"));
    assert_null(used(c, "entra", "https://one.example", "Subject"));
    assert_null(used(c, "entra", "https://one.example", "alice@example.org"));
}

static void a_linked_identity_is_not_linked_again(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *alice = person(c, "alice@example.org");
    const char *bob = person(c, "bob@example.org");
    assert_non_null(add(c, alice, "https://issuer.example", "subject"));
    assert_null(add(c, bob, "https://issuer.example", "subject"));
    assert_null(add(c, alice, "https://issuer.example", "subject"));
    assert_string_equal(used(c, "entra", "https://issuer.example", "subject")->user_id, alice);
}

static void an_identity_is_listed_and_unlinked_by_its_user(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *alice = person(c, "alice@example.org");
    const char *bob = person(c, "bob@example.org");
    const char *id = add(c, alice, "https://issuer.example", "one");
    (void)add(c, alice, "https://issuer.example", "two");
    (void)add(c, bob, "https://issuer.example", "three");
    bool removed = true;
    OK(identity_remove(c, bob, id, &removed));
    assert_false(removed);
    OK(identity_remove(c, alice, id, &removed));
    assert_true(removed);
    OK(identity_remove(c, alice, id, &removed));
    assert_false(removed);
    assert_null(used(c, "entra", "https://issuer.example", "one"));
    struct identity_rows identities;
    OK(identities_of(c, alice, &identities));
    assert_int_equal(identities.n, 1);
    assert_string_equal(identities.at[0].subject, "two");
}

static void link_at_once(struct ctx *c, struct crowd *crowd, size_t number)
{
    (void)number;
    crowd->wins += add(c, crowd->arg, "https://issuer.example", "subject") != NULL;
}

static void of_a_crowd_linking_one_identity_one_links(void **state)
{
    struct world *w = world_of(state);
    char user_id[64];
    (void)snprintf(user_id, sizeof user_id, "%s", person(w->c, "alice@example.org"));
    assert_int_equal(crowd_run(w, 32, link_at_once, user_id), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(an_identity_leads_to_its_user),
        STORE_TEST(an_identity_is_found_by_all_three_parts_only),
        STORE_TEST(a_linked_identity_is_not_linked_again),
        STORE_TEST(an_identity_is_listed_and_unlinked_by_its_user),
        STORE_TEST(of_a_crowd_linking_one_identity_one_links),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
