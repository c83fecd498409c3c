/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules of base/rules.def, planted as the one fault of a request that works without it.
 */
#include "plants.h"

#include "web/door.h"
#include "web/refusals.h"

static struct plants (*const all[])(void) = {
    plants_authorize,
    plants_client,
    plants_registration,
};
enum { ALL = sizeof all / sizeof all[0] };

/* What is kept of the request that `answer` is for; false: nothing. */
static bool kept_of(const struct answer *answer, struct refusal *out)
{
    const char *id = answer_header(answer, "x-request-id");
    assert_non_null(id);
    return refusals_find(answer->w->app->door->refusals, id, out);
}

static const char *name_of(enum rule rule)
{
    return rule == RULE_NONE ? "(none)" : rule_row(rule)->slug;
}

/* Makes one, and says whether the rule that was broken is the one that is named. */
static bool is_named(const struct plant *plant)
{
    void *state = (void *)(uintptr_t)plant->settings;
    (void)world_set_up(&state);
    struct world *w = state;
    struct refusal kept = { 0 };
    struct answer a = plant->make(w, plant->fault);
    bool refused = kept_of(&a, &kept);
    bool right = kept.rule == plant->rule && refused == (plant->rule != RULE_NONE);
    if (plant->rule == RULE_NONE && a.status >= 400)
        right = false;
    if (!right)
        print_error("%s: \"%s\" is explained as %s (%s, expected %s, got %s); %d %s\n",
                    name_of(plant->rule), plant->fault, name_of(kept.rule), kept.why, kept.expected,
                    kept.got, a.status, a.body);
    (void)world_tear_down(&state);
    return right;
}

static void the_cause_that_was_planted_is_the_one_that_is_named(void **state)
{
    (void)state;
    size_t n = 0, wrong = 0;
    for (size_t i = 0; i < ALL; i++) {
        const struct plants plants = all[i]();
        for (size_t k = 0; k < plants.n; k++, n++)
            wrong += !is_named(&plants.at[k]);
    }
    assert_int_equal(wrong, 0);
    assert_true(n >= 60);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_cause_that_was_planted_is_the_one_that_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
