/* SPDX-License-Identifier: Apache-2.0 */
/*
 * People as lines of JSON and rows of CSV: taken over whole or left out, and signing in as before.
 */
#include "import_story.h"

/* ---- lines ---- */

static void people_are_taken_over_or_left_out_as_a_whole(void **state)
{
    struct world *w = *state;
    struct import_order order =
        lines(w, "{'email':'one@example.com','full_name':'One'}\n"
                 "{'email':'two@example.com','roles':['moderator','nosuch']}\n"
                 "{'email':'One@example.com'}\n"
                 "\n"
                 "{'email':'three@example.com','password_hash':'plain'}\n"
                 "{'email':'four@example.com','tenant':'nowhere'}\n"
                 "{'email':'not an address'}\n"
                 "{'email':'five@example.com','tenant':'acme','roles':['moderator']}\n"
                 "nonsense");
    (void)admin_tenant(w, "acme");
    order.report = report_new(w);
    struct import_outcome out = import(w, order);
    assert_int_equal(out.records, 8);
    assert_int_equal(out.added, 2);
    assert_int_equal(out.left_out, 6);
    assert_true(is_there(w, "one@example.com"));
    assert_true(is_there(w, "five@example.com"));
    assert_false(is_there(w, "two@example.com"));
    assert_false(is_there(w, "three@example.com"));
    const char *report = report_text(w, order.report);
    assert_non_null(strstr(report, "{\"where\":\"record 2\",\"left_out\":\"user\""));
    assert_non_null(strstr(report, "\"field\":\"password_hash\""));
    assert_non_null(strstr(report, "record 8"));
    /* It names nobody. */
    assert_null(strstr(report, "example.com"));
    (void)close(order.report);
}

static void a_second_run_changes_nothing(void **state)
{
    struct world *w = *state;
    struct import_order order = lines(w, "{'email':'one@example.com','full_name':'One'}\n");
    assert_int_equal(import(w, order).added, 1);
    struct import_outcome out = import(w, order);
    assert_int_equal(out.added, 0);
    assert_int_equal(out.left_out, 1);
}

static void a_dry_run_leaves_nothing(void **state)
{
    struct world *w = *state;
    struct import_order order = lines(w, "{'email':'one@example.com'}\n{'email':'x'}\n");
    order.dry_run = true;
    struct import_outcome out = import(w, order);
    assert_int_equal(out.added, 1);
    assert_int_equal(out.left_out, 1);
    assert_false(is_there(w, "one@example.com"));
    order.dry_run = false;
    assert_int_equal(import(w, order).added, 1);
}

static void rows_of_csv_are_the_same(void **state)
{
    struct world *w = *state;
    struct import_order order = {
        .format = &import_csv,
        .report = -1,
        .bytes = bytes_of("email,full_name,roles,disabled\r\n"
                          "one@example.com,\"One, the \"\"first\"\"\",moderator,false\r\n"
                          "two@example.com,,,TRUE\r\n"
                          "three@example.com,,,perhaps\r\n"
                          "four@example.com\r\n")
    };
    struct import_outcome out = import(w, order);
    assert_int_equal(out.added, 2);
    assert_int_equal(out.left_out, 2);
    const struct user_row *user = NULL;
    story_does(w, people_find(world_ctx(w), "one@example.com", &user));
    assert_string_equal(user->full_name, "One, the \"first\"");
    story_does(w, people_find(world_ctx(w), "two@example.com", &user));
    assert_int_equal(user->status, USER_DISABLED);
    struct import_order bad = order;
    bad.bytes = bytes_of("mail,name\nx@example.com,X\n");
    assert_int_equal(import_people(world_ctx(w), &bad, &out).code, ERR_INVALID_REQUEST);
}

/* ---- going on ---- */

enum { MANY = 2 * IMPORT_UNIT + 10, BAD_EVERY = 20 };

/* Lines of which one in BAD_EVERY is nobody. */
static struct import_order many_lines(struct world *w)
{
    struct text_buffer file = text_buffer(w->arena);
    for (int i = 0; i < MANY; i++)
        text_addf(&file, "{'email':'user%d%s'}\n", i, i % BAD_EVERY == 0 ? "" : "@example.com");
    return lines(w, text_of(&file));
}

/* Finds no record behind those of the first unit, as if the process had ended there. */
static bool ends_early(struct import_file *file, struct bytes *record)
{
    const char *left = (const char *)file->at;
    if (text_starts(left, "{\"email\":\"user100\""))
        file->wrong = "It was ended";
    return file->wrong == NULL && import_json_lines.next(file, record);
}

static void a_run_goes_on_where_another_ended(void **state)
{
    struct world *w = *state;
    struct import_format early = import_json_lines;
    struct import_order order = many_lines(w);
    struct import_outcome out;
    order.report = report_new(w);
    order.dry_run = true;
    assert_int_equal(import(w, order).left_out, MANY / BAD_EVERY + 1);
    const char *whole = report_text(w, order.report);
    order.dry_run = false;
    early.next = ends_early;
    order.format = &early;
    assert_int_equal(import_people(world_ctx(w), &order, &out).code, ERR_INVALID_REQUEST);
    assert_true(is_there(w, "user99@example.com"));
    assert_false(is_there(w, "user101@example.com"));
    /* The lines of the last unit had not reached the disk. */
    assert_int_equal(ftruncate(order.report, 0), 0);
    order.format = &import_json_lines;
    out = import(w, order);
    assert_int_equal(out.resumed_at, IMPORT_UNIT);
    assert_int_equal(out.records, MANY);
    assert_int_equal(out.left_out, MANY / BAD_EVERY + 1);
    assert_int_equal(out.added, MANY - MANY / BAD_EVERY - 1);
    assert_string_equal(report_text(w, order.report), whole);
    (void)close(order.report);
}

/* ---- hashes ---- */

/* CR-09: what would cost too much to check is left out, or comes without a password. */
static void dear_hashes_are_left_out(void **state)
{
    struct world *w = *state;
    struct import_order order = lines(w, "{'email':'dear@example.com','password_hash':"
                                         "'$argon2id$v=19$m=4194304,t=3,p=1$c2FsdHNhbHRzYWx0$"
                                         "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'}\n");
    assert_int_equal(import(w, order).left_out, 1);
    order.no_bad_passwords = true;
    assert_int_equal(import(w, order).added, 1);
    assert_null(stored_hash(w, "dear@example.com"));
    struct client c = client_new(w);
    assert_problem(story_login(&c, "dear@example.com", ""), 401, "invalid-credentials");
}

/* An address that is not verified is not signed in with (decision 15), and no mail is sent to a
 * hundred thousand people. */
static void who_is_not_verified_verifies_first(void **state)
{
    struct world *w = *state;
    struct import_order order =
        lines(w, "{'email':'new@example.com','unverified':true,'password_hash':"
                 "'$pbkdf2-sha256$i=1000$c2FsdHNhbHRzYWx0$"
                 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'}\n");
    size_t before = world_mails(w);
    assert_int_equal(import(w, order).added, 1);
    assert_int_equal(world_mails(w), before);
    struct client c = client_new(w);
    assert_problem(story_login(&c, "new@example.com", ""), 401, "invalid-credentials");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(people_are_taken_over_or_left_out_as_a_whole),
        STORY(a_second_run_changes_nothing),
        STORY(a_dry_run_leaves_nothing),
        STORY(rows_of_csv_are_the_same),
        STORY(a_run_goes_on_where_another_ended),
        STORY(dear_hashes_are_left_out),
        STORY(who_is_not_verified_verifies_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
