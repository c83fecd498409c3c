/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/audit_record.h"

#include "version_data.h"

#include <string.h>

enum { USUAL = 3, REFUSED = 6, GRAVE = 9 };

/* What somebody has who should not: */
static const char *const grave[] = { "token.reused", "code.reused", "mfa.locked" };

static int severity_of(const struct event_row *row)
{
    for (size_t i = 0; i < sizeof grave / sizeof *grave; i++)
        if (text_equal(row->name, grave[i]))
            return GRAVE;
    return text_equal(row->outcome, "refused") ? REFUSED : USUAL;
}

/* `stop` begins another field unless it is escaped: '|' in the head, '=' behind it.  Controls,
 * which no line has, become spaces. */
static void add_escaped(struct text_buffer *out, const char *text, char stop)
{
    for (const char *at = text; *at != '\0'; at++) {
        unsigned char byte = (unsigned char)*at;
        if (*at == '\n' || *at == '\r')
            text_add(out, *at == '\n' ? "\\n" : "\\r");
        else if (byte < ' ' || byte == 0x7f)
            text_add(out, " ");
        else
            text_addf(out, *at == stop || *at == '\\' ? "\\%c" : "%c", *at);
    }
}

static void add_field(struct text_buffer *out, const char *name, const char *value)
{
    if (value == NULL)
        return;
    text_addf(out, " %s=", name);
    add_escaped(out, value, '=');
}

static void add_labelled(struct text_buffer *out, int number, const char *label, const char *value)
{
    if (value != NULL)
        text_addf(out, " cs%dLabel=%s cs%d=", number, label, number);
    if (value != NULL)
        add_escaped(out, value, '=');
}

static const char *summary_of(const char *name)
{
    size_t n = 0;
    const struct audit_row *rows = audit_rows(&n);
    for (size_t i = 0; i < n; i++)
        if (text_equal(rows[i].text, name))
            return rows[i].summary;
    return name;
}

const char *audit_cef_write(struct ctx *c, const struct event_row *row,
                            const struct audit_personal *personal)
{
    struct text_buffer out = text_buffer(c->arena);
    text_addf(&out, "CEF:0|uauth|uauth|%s|", UAUTH_VERSION);
    add_escaped(&out, row->name, '|');
    text_add(&out, "|");
    add_escaped(&out, summary_of(row->name), '|');
    text_addf(&out, "|%d|rt=%lld", severity_of(row), (long long)row->at * 1000);
    add_field(&out, "externalId", row->id);
    add_field(&out, "outcome", row->outcome);
    add_field(&out, "suid", row->actor_id);
    add_field(&out, "duid", row->user_id);
    add_field(&out, "src", personal->address);
    add_field(&out, "requestClientApplication", personal->user_agent);
    add_labelled(&out, 1, "tenant", row->tenant_id);
    add_labelled(&out, 2, "client", row->client_id);
    add_labelled(&out, 3, "session", row->session_id);
    add_labelled(&out, 4, "request", row->request_id);
    add_labelled(&out, 5, "correlation", row->correlation_id);
    add_labelled(&out, 6, "personal", personal->more);
    add_field(&out, "msg", row->detail);
    return text_of(&out);
}
