/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_WEB_PAGE_DEVICE_H
#define UAUTH_WEB_PAGE_DEVICE_H

/*
 * The pages of the device grant (RFC 8628 3.3), shown to a person who is signed in: typing the code
 * of a device, answering what it asks for, and the end.  What codes there are, and what an answer
 * does, is known to whoever calls these.
 *
 * The forms: POST /device with `user_code`; POST /device/answer with `user_code` and `answer`
 * (allow; anything else refuses).  Both carry the CSRF token of hosted pages.
 */

#include "web/sheet.h"

/* `user_code`: what was typed, or came in the address (verification_uri_complete), or NULL;
 * `unknown`: no such code waits; `wait` seconds, if there were too many tries, or 0. */
struct device_entry_page {
    const char *user_code;
    bool unknown;
    int64_t wait;
};
RESULT page_device_entry(struct req *r, const struct device_entry_page *page);

/*
 * RFC 8628 5.4: the code is shown once more, with the name and the network address of the device,
 * so that nobody allows a device that somebody else holds.
 */
struct device_ask_page {
    const char *user_code;               /* in the form that devices show: "WDJB-MJHT" */
    const char *client_name, *tenant_id; /* of the client; NULL: of all tenants */
    const char *address;                 /* from which the device asked, or NULL */
    const char *email;                   /* of the person who is asked */
    struct texts scopes;
};
RESULT page_device_ask(struct req *r, const struct device_ask_page *page);

/* The answer was taken. */
RESULT page_device_done(struct req *r, bool allowed);

#endif
