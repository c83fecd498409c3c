/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_OAUTH_STATUS_LIST_H
#define UAUTH_OAUTH_STATUS_LIST_H

/* Where status lists are fetched (Token Status List, draft 21, 8.1, 8.2, 9.3). */

#include "web/req.h"

struct status_list_uris {
    struct texts status_lists;
};

SHAPE(status_list_uris,
      FIELD(status_list_uris, status_lists, REQUIRED, 0, 0, "Where the lists are found"));

/* One list, signed; NOT_FOUND. */
RESULT get_status_list(struct req *r);

/* All of them: an aggregation. */
RESULT get_status_lists(struct req *r);

#endif
