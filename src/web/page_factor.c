/* SPDX-License-Identifier: Apache-2.0 */
#include "web/page_factor.h"

#include "crypto/totp.h"
#include "identity/mfa.h"
#include "web/browser.h"
#include "web/ended.h"
#include "web/reply.h"
#include "web/sheet.h"
#include "web/step_up.h"

RESULT page_put_factor(struct sheet *s)
{
    bool has = false;
    int64_t left = 0;
    TRY(mfa_state(s->r->c, s->r->who.user_id, &has, &left));
    sheet_put(s, "has_factor", has ? "yes" : NULL);
    sheet_put(s, "codes_left",
              sheet_count(s, left == 1 ? MESSAGE_codes_left_one : MESSAGE_codes_left, left));
    return ok();
}

/* Past a page that asks who they are once more, too, which leads back here by a name alone. */
static RESULT carry(struct sheet *s)
{
    const char *request = req_query(s->r, "request");
    const char *then = req_query(s->r, "then");
    if (request == NULL && then == NULL)
        return sheet_carry_kept(s);
    TRY(sheet_carry(s, request, then));
    sheet_keep(s);
    return ok();
}

RESULT get_factor(struct req *r)
{
    struct sheet *s = sheet_new(r, "/account/factor");
    TRY(carry(s));
    TRY(page_put_factor(s));
    return sheet_reply(s, "account_factor", MESSAGE_factor);
}

static RESULT show_enrolment(struct sheet *s)
{
    sheet_put(s, "focus_code", "yes");
    return sheet_reply(s, "account_factor_enrol", MESSAGE_enrol_title);
}

/* In groups of four, as people type it. */
static const char *in_groups(struct arena *a, const char *secret)
{
    struct text_buffer b = text_buffer(a);
    for (size_t i = 0; secret[i] != '\0'; i++)
        text_addf(&b, "%s%c", i > 0 && i % 4 == 0 ? " " : "", secret[i]);
    return text_of(&b);
}

RESULT post_factor(struct req *r)
{
    struct sheet *s = sheet_new(r, NULL);
    struct totp_enrolment enrolment;
    struct totp_qr qr;
    TRY(sheet_carry_kept(s));
    TRY(mfa_enrol(r->c, r->who.user_id, &enrolment));
    TRY(totp_qr(r->c, enrolment.otpauth_uri, &qr));
    sheet_put(s, "secret", in_groups(r->c->arena, enrolment.secret));
    sheet_put(s, "qr_side", text_printf(r->c->arena, "%d", qr.side));
    sheet_put(s, "qr_path", qr.path);
    return show_enrolment(s);
}

/* The one time that they are seen. */
static RESULT show_codes(struct sheet *s, struct texts codes)
{
    struct arena *a = s->r->c->arena;
    struct page_values *rows = ARENA_NEWS(a, struct page_values, codes.n);
    for (size_t i = 0; i < codes.n; i++) {
        struct page_value *cell = ARENA_NEW(a, struct page_value);
        *cell = (struct page_value){ .name = "code", .value = codes.at[i] };
        rows[i] = (struct page_values){ cell, 1 };
    }
    sheet_put_rows(s, "codes", rows, codes.n);
    sheet_put(s, "next", s->carry[0] == '\0' ? "/account?done=factor" : sheet_next(s));
    return sheet_reply(s, "account_codes", MESSAGE_codes_title);
}

RESULT post_factor_confirm(struct req *r)
{
    struct sheet *s = sheet_new(r, NULL);
    struct texts codes = { NULL, 0 };
    const struct mfa_confirm confirm = { .user_id = r->who.user_id,
                                         .sid = r->who.sid,
                                         .code = REQ_IN(r, factor_code_form)->code };
    TRY(sheet_carry_kept(s));
    if (!sheet_needs(s, "code", confirm.code))
        return show_enrolment(s);
    err result = mfa_confirm(r->c, &confirm, &codes);
    if (result.code != ERR_OK && !sheet_explains(s, result, MESSAGE_mistake_code, "code"))
        return result;
    if (result.code != ERR_OK)
        return show_enrolment(s);
    TRY(ended(r));
    TRY(browser_renew_session(r));
    TRY(waiting_forget(r));
    return show_codes(s, codes);
}

RESULT post_factor_remove(struct req *r)
{
    TRY(step_up_to_factor(r));
    TRY(mfa_remove(r->c, r->who.user_id, r->who.user_id));
    return reply_redirect(r, "/account?done=factor-off");
}

RESULT post_factor_codes(struct req *r)
{
    struct texts codes = { NULL, 0 };
    TRY(step_up_to_factor(r));
    TRY(mfa_recovery_codes(r->c, r->who.user_id, &codes));
    return show_codes(sheet_new(r, NULL), codes);
}
