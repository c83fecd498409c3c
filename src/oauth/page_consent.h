/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_OAUTH_PAGE_CONSENT_H
#define UAUTH_OAUTH_PAGE_CONSENT_H

/*
 * The pages on which a user answers to what an application asks for: whether it may, and as whom.
 * Both belong to a request that waits in this browser (oauth/interaction.h); without one they are
 * failures.
 */

#include "base/shape.h"
#include "web/req.h"

/* GET /consent?request= */
RESULT get_consent(struct req *r);

struct consent_form {
    const char *csrf_token, *request, *answer;
};
SHAPE(consent_form, FIELD(consent_form, csrf_token, SECRET, 0, 64, "CSRF token of the page"),
      FIELD(consent_form, request, OPTIONAL, 0, 512, "Handle of the request that waits"),
      FIELD(consent_form, answer, OPTIONAL, 0, 16, "allow; anything else refuses"));
RESULT post_consent(struct req *r);

/* GET /select-account?request= */
RESULT get_select_account(struct req *r);

struct select_form {
    const char *csrf_token, *request;
};
SHAPE(select_form, FIELD(select_form, csrf_token, SECRET, 0, 64, "CSRF token of the page"),
      FIELD(select_form, request, OPTIONAL, 0, 512, "Handle of the request that waits"));
RESULT post_select_account(struct req *r);

#endif
