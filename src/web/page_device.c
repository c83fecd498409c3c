/* SPDX-License-Identifier: Apache-2.0 */
#include "web/page_device.h"

RESULT page_device_entry(struct req *r, const struct device_entry_page *page)
{
    struct sheet *s = sheet_new(r, "/device");
    sheet_put(s, "user_code", page->user_code);
    if (page->wait > 0)
        sheet_trouble(s, sheet_wait(s, page->wait), 429);
    if (page->unknown)
        sheet_mistake(s, "user_code", sheet_text(s, MESSAGE_device_unknown));
    if (!s->mistaken)
        sheet_put(s, "focus_user_code", "yes");
    return sheet_reply(s, "device", MESSAGE_device_title);
}

RESULT page_device_ask(struct req *r, const struct device_ask_page *page)
{
    struct sheet *s = sheet_new(r, NULL);
    sheet_put(s, "user_code", page->user_code);
    sheet_put(s, "client_name", page->client_name);
    TRY(sheet_brand(s, page->tenant_id));
    sheet_put(s, "address", page->address);
    sheet_put(s, "email", page->email);
    sheet_put_scopes(s, page->scopes);
    return sheet_reply(s, "device_ask", MESSAGE_device_ask_title);
}

RESULT page_device_done(struct req *r, bool allowed)
{
    struct sheet *s = sheet_new(r, NULL);
    enum message title = allowed ? MESSAGE_device_allowed_title : MESSAGE_device_refused_title;
    sheet_put(s, "heading", sheet_text(s, title));
    sheet_put(s, "lead",
              sheet_text(s, allowed ? MESSAGE_device_allowed_lead : MESSAGE_device_refused_lead));
    return sheet_show(s, "device_done", title);
}
