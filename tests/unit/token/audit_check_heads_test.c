/* SPDX-License-Identifier: Apache-2.0 */
#include "audit_export_testing.h"

/* ---- keys and heads ---- */

static void an_export_under_another_key_is_refused(void **state)
{
    struct ctx *c = ctx_of(state);
    const struct key *other = NULL;
    const char *forged = NULL;
    (void)live(c);
    struct key_set keys = trusted(c);
    struct lines lines = exported(c, (struct audit_export){ .open = false });
    OK(key_generate(c, c->arena, ALG_EDDSA, 0, &other));
    is_bad(c, &lines, &(struct asking){ .keys = { &other, 1, 0 } }, "no key that is trusted");
    is_bad(c, &lines, &(struct asking){ .keys = { NULL, 0, 0 } }, "no key that is trusted");
    is_bad(c, &lines, &(struct asking){ .keys = keys, .from = 1 }, "is asked to begin with 1");
    /* Somebody who signs what they like with a key of their own. */
    OK(jwt_sign(c, other, AUDIT_HEAD_TYP, "{\"log\":\"x\",\"size\":0,\"root\":\"x\"}", &forged));
    lines.at[0] =
        text_printf(c->arena, "{\"uauth_audit\":1,\"from\":0,\"head\":\"%s\",\"keys\":[]}", forged);
    is_bad(c, &lines, &(struct asking){ .keys = keys }, "no key that is trusted");
    lines.at[0] = "{}";
    is_bad(c, &lines, &(struct asking){ .keys = keys }, "line 1 is not");
    lines.n = 0;
    is_bad(c, &lines, &(struct asking){ .keys = keys }, "no line");
}

/* Who trusts the first key alone checks what three keys have signed. */
static void keys_that_were_endorsed_are_trusted(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *kid = NULL;
    (void)live(c);
    struct asking asking = { .keys = trusted(c) };
    assert_int_equal(asking.keys.n, 1);
    OK(audit_key_rotate(c, &kid));
    OK(audit_key_rotate(c, &kid));
    sequence(c);
    struct lines lines = exported(c, (struct audit_export){ .open = false });
    is_good(c, &lines, &asking);
    /* But not once the chain is broken. */
    const char *at = strstr(lines.at[0], "\"endorsement\":\"ey");
    assert_non_null(at);
    char *broken = arena_copy(c->arena, lines.at[0], strlen(lines.at[0]) + 1);
    broken[at - lines.at[0] + 40] ^= 1;
    lines.at[0] = broken;
    is_bad(c, &lines, &asking, "no key that is trusted");
}

static const char *newest_head(struct ctx *c)
{
    const struct audit_head_row *row = NULL;
    OK(audit_head_newest(c, &row));
    return row->token;
}

static void heads_that_were_kept_agree_or_it_is_told(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *kept[3];
    for (size_t i = 0; i < 3; i++) {
        happen(c, 4);
        sequence(c);
        kept[i] = newest_head(c);
    }
    struct asking asking = { .keys = trusted(c), .kept = { kept, 3 } };
    struct lines lines = exported(c, (struct audit_export){ .open = false });
    is_good(c, &lines, &asking);
    assert_int_equal(checked(c, &lines, &asking).agreed, 3);
    asking.from = 8;
    struct lines part = exported(c, (struct audit_export){ .from = 8 });
    assert_int_equal(checked(c, &part, &asking).agreed, 2);
    /* An older export than the head. */
    happen(c, 1);
    sequence(c);
    const char *newer = newest_head(c);
    asking = (struct asking){ .keys = asking.keys, .kept = { &newer, 1 } };
    is_bad(c, &lines, &asking, "has 13 records, and the export ends after 12");
    const char *nonsense = "x";
    asking.kept = (struct texts){ &nonsense, 1 };
    is_bad(c, &lines, &asking, "head 1 of those that were kept");
}

/* Whoever has the key and the database writes another past: who kept a head sees it. */
static void an_audit_that_was_written_anew_is_found_by_a_head(void **state)
{
    struct ctx *c = ctx_of(state);
    happen(c, 6);
    sequence(c);
    const char *kept = newest_head(c);
    OK(db_run(c, "DELETE FROM events", NULL, 0, NULL));
    OK(db_run(c, "DELETE FROM audit_heads", NULL, 0, NULL));
    OK(db_run(c, "UPDATE audit_logs SET size = 0, roots = ''", NULL, 0, NULL));
    happen(c, 7);
    sequence(c);
    struct lines lines = exported(c, (struct audit_export){ .open = false });
    struct asking asking = { .keys = trusted(c) };
    is_good(c, &lines, &asking);
    asking.kept = (struct texts){ &kept, 1 };
    is_bad(c, &lines, &asking, "written anew");
}

/* An export without records shows nothing but its head, which is held against those that were kept;
 * where none can be, the past is not known. */
static void an_export_without_records_hides_no_other_past(void **state)
{
    struct ctx *c = ctx_of(state);
    happen(c, 6);
    sequence(c);
    const char *kept[] = { newest_head(c) };
    struct asking asking = { .keys = trusted(c), .from = 6, .kept = { kept, 1 } };
    struct lines same = exported(c, (struct audit_export){ .from = 6 });
    assert_int_equal(same.n, 1);
    assert_int_equal(checked(c, &same, &asking).agreed, 1);
    is_good(c, &same, &asking);
    OK(db_run(c, "DELETE FROM events", NULL, 0, NULL));
    OK(db_run(c, "DELETE FROM audit_heads", NULL, 0, NULL));
    OK(db_run(c, "UPDATE audit_logs SET size = 0, roots = ''", NULL, 0, NULL));
    happen(c, 6);
    sequence(c);
    struct lines anew = exported(c, (struct audit_export){ .from = 6 });
    is_bad(c, &anew, &asking, "written anew");
    happen(c, 2);
    sequence(c);
    struct lines beyond = exported(c, (struct audit_export){ .from = 7 });
    asking.from = 7;
    is_bad(c, &beyond, &asking, "no head that was kept is of 7 records or more");
}

/* A restore: heads of before that the new log has are good; what is lost is named. */
static void a_head_of_before_a_restore_names_what_is_lost(void **state)
{
    struct ctx *c = ctx_of(state);
    happen(c, 5);
    sequence(c);
    const char *kept[] = { newest_head(c), NULL };
    OK(audit_log_fork(c, random_uuid(c), 1));
    happen(c, 4);
    sequence(c);
    struct lines lines = exported(c, (struct audit_export){ .open = false });
    struct asking asking = { .keys = trusted(c), .kept = { kept, 1 } };
    is_good(c, &lines, &asking);
    assert_int_equal(checked(c, &lines, &asking).agreed, 1);
    /* As if the old log had been at 9 when the state of 5 was put back. */
    OK(db_run(c, "DELETE FROM audit_heads WHERE number = 2", NULL, 0, NULL));
    OK(db_run(c, "DELETE FROM audit_logs WHERE number = 2", NULL, 0, NULL));
    OK(db_run(c, "UPDATE events SET leaf_index = NULL WHERE leaf_index > 4", NULL, 0, NULL));
    sequence(c);
    kept[0] = newest_head(c);
    is_bad(c, &lines, &asking, "records 5 to 8 of the log");
}

/* ---- proofs ---- */

static void a_proof_of_one_event_holds_for_it_alone(void **state)
{
    struct ctx *c = ctx_of(state);
    (void)live(c);
    struct asking asking = { .keys = trusted(c), .in_part = true };
    for (int64_t i = 0; i < RECORDS; i += 5) {
        struct event_rows rows;
        const char *text = NULL;
        OK(events_of_tree(c, i, 1, &rows));
        OK(audit_prove_event(c, rows.at[0].id, &text));
        struct lines proof = split(c, text);
        assert_int_equal(proof.n, 2);
        is_good(c, &proof, &asking);
        struct lines head = { .at = { proof.at[0] }, .n = 1 };
        is_bad(c, &head, &asking, "no record that it proves");
        struct lines other = proof;
        other.at[1] = with_byte(c, proof.at[1]);
        is_bad(c, &other, &asking, "record ");
        asking.in_part = false;
        is_bad(c, &proof, &asking, "");
        asking.in_part = true;
    }
    const char *text = NULL;
    REFUSED(audit_prove_event(c, "00000000-0000-7000-8000-00000000000a", &text), NOT_FOUND);
    happen(c, 1);
    struct table t = asked(c, "SELECT id FROM events WHERE leaf_index IS NULL");
    REFUSED(audit_prove_event(c, table_text(&t, 0, 0), &text), NOT_FOUND);
}

static enum err_code proven(struct ctx *c, const struct asking *asking, const char *line)
{
    struct ctx offline = { .arena = c->arena, .random = c->random, .now = c->now };
    struct audit_check *check = audit_check_begin(c->arena, asking->keys, 0);
    for (size_t i = 0; i < asking->kept.n; i++)
        audit_check_known(check, asking->kept.at[i]);
    err done = audit_check_consistency(&offline, check, bytes_of(line));
    return done.code == ERR_OK ? audit_check_end(&offline, check).code : done.code;
}

static void a_proof_of_consistency_holds_for_a_head_that_was_kept(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *line = NULL;
    happen(c, 7);
    sequence(c);
    const char *kept[] = { newest_head(c) };
    happen(c, 6);
    sequence(c);
    struct asking asking = { .keys = trusted(c), .kept = { kept, 1 } };
    OK(audit_prove_consistency(c, 7, &line));
    assert_int_equal(proven(c, &asking, line), ERR_OK);
    OK(audit_prove_consistency(c, 6, &line));
    assert_int_equal(proven(c, &asking, line), ERR_INVALID_TOKEN); /* none was kept of 6 */
    OK(audit_prove_consistency(c, 7, &line));
    char *changed = arena_copy(c->arena, line, strlen(line) + 1);
    changed[strlen(line) - 20] ^= 1;
    assert_int_equal(proven(c, &asking, changed), ERR_INVALID_TOKEN);
    REFUSED(audit_prove_consistency(c, 14, &line), INVALID_FIELD);
}

/* ---- CEF ---- */

/* AU-09, IN-05: what came from outside begins no field and no line.  IN-14: what a spreadsheet
 * would take for a formula stands behind a name, escaped; nothing is exported as CSV. */
static void cef_is_escaped(void **state)
{
    struct ctx *c = ctx_of(state);
    c->origin = (struct origin){ .address = "192.0.2.7",
                                 .user_agent = "a=b|c\\d\r\nCEF:0|x|y|z outcome=done\x1b[2J",
                                 .client_id = "app=1" };
    OK(audit_add(c, &(struct audit){ .event = AUDIT_LOGIN_FAILED,
                                     .refused = true,
                                     .details = { { "why", "a=b|c" }, { "name", "=1+1" } } }));
    sequence(c);
    const char *open = exported_text(c, (struct audit_export){ .form = AUDIT_CEF, .open = true });
    const char *sealed = exported_text(c, (struct audit_export){ .form = AUDIT_CEF });
    assert_true(text_starts(open, "CEF:0|uauth|uauth|"));
    assert_non_null(strstr(open, "|login.failed|A sign-in was refused: address, password or code "
                                 "wrong|6|rt=1795529167000 externalId="));
    assert_non_null(strstr(open, " outcome=refused src=192.0.2.7 requestClientApplication=a\\=b|c\\"
                                 "\\d\\r\\nCEF:0|x|y|z outcome\\=done [2J cs2Label=client "
                                 "cs2=app\\=1 "));
    assert_non_null(strstr(open, " msg={\"why\":\"a\\=b|c\",\"name\":\"\\=1+1\"}\n"));
    assert_int_equal(split(c, open).n, 1);
    assert_null(strstr(sealed, "192.0.2.7"));
}

static void nothing_signed_is_nothing_to_export(void **state)
{
    struct ctx *c = ctx_of(state);
    struct audit_export export = { .from = 0 };
    const char *first = NULL;
    REFUSED(audit_export_begin(c, &export, &first), NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BARE_TEST(an_export_under_another_key_is_refused),
        BARE_TEST(keys_that_were_endorsed_are_trusted),
        BARE_TEST(heads_that_were_kept_agree_or_it_is_told),
        BARE_TEST(an_audit_that_was_written_anew_is_found_by_a_head),
        BARE_TEST(an_export_without_records_hides_no_other_past),
        BARE_TEST(a_head_of_before_a_restore_names_what_is_lost),
        BARE_TEST(a_proof_of_one_event_holds_for_it_alone),
        BARE_TEST(a_proof_of_consistency_holds_for_a_head_that_was_kept),
        BARE_TEST(cef_is_escaped),
        BARE_TEST(nothing_signed_is_nothing_to_export),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
