/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_API_ADMIN_AUDIT_H
#define UAUTH_API_ADMIN_AUDIT_H

/*
 * The audit, newest first: of the caller's tenant; for operators of the whole service (AU-06).
 * What an erased user's key had sealed is gone.
 */

#include "api/admin.h"

struct admin_event {
    const char *id, *name, *outcome;
    int64_t at;
    const char *tenant_id, *user_id, *actor_id, *client_id, *session_id, *request_id;
    const char *correlation_id, *address, *user_agent;
    struct bytes detail, personal;
};
SHAPE(admin_event, FIELD(admin_event, id, REQUIRED, 36, 36, "Id of the event"),
      FIELD(admin_event, name, REQUIRED, 1, 64, "What happened"),
      FIELD(admin_event, outcome, REQUIRED, 4, 7, "done or refused"),
      FIELD(admin_event, at, REQUIRED | TIME, 0, INT64_MAX, "When"),
      FIELD(admin_event, tenant_id, OPTIONAL, 36, 36, "In which tenant"),
      FIELD(admin_event, user_id, OPTIONAL, 36, 36, "Whom it is about"),
      FIELD(admin_event, actor_id, OPTIONAL, 36, 36, "Who did it, if somebody else"),
      FIELD(admin_event, client_id, OPTIONAL, 1, 256, "By which client"),
      FIELD(admin_event, session_id, OPTIONAL, 36, 36, "In which session"),
      FIELD(admin_event, request_id, OPTIONAL, 1, 64, "By which request"),
      FIELD(admin_event, correlation_id, OPTIONAL, 1, 64, "Trace id of the caller"),
      FIELD(admin_event, address, OPTIONAL, 0, 64, "Network address of the caller"),
      FIELD(admin_event, user_agent, OPTIONAL, 0, 512, "Program of the caller"),
      FIELD(admin_event, detail, OPTIONAL, 2, 65536, "More of it, by the kind of event"),
      FIELD(admin_event, personal, OPTIONAL, 2, 65536, "What tells about a person"));

struct admin_audit_query {
    const char *after, *name, *user_id, *tenant_id, *since, *until;
    int64_t limit;
};
SHAPE(admin_audit_query,
      FIELD(admin_audit_query, after, OPTIONAL, 1, CURSOR_MAX,
            "The member next of the page before"),
      FIELD(admin_audit_query, limit, OPTIONAL, 1, PAGE_MAX,
            "Entries of a page; 50 if it is not given"),
      FIELD(admin_audit_query, name, OPTIONAL, 1, 64, "Only events of this name"),
      FIELD(admin_audit_query, user_id, OPTIONAL, 36, 36, "Only what is about this user"),
      FIELD(admin_audit_query, tenant_id, OPTIONAL, 36, 36,
            "Only of this tenant: for operators, who see all"),
      FIELD(admin_audit_query, since, OPTIONAL, 10, 40, "From this time on (RFC 3339)"),
      FIELD(admin_audit_query, until, OPTIONAL, 10, 40, "Until this time (RFC 3339)"));
struct admin_event_list {
    struct items events;
    const char *next;
};
SHAPE(admin_event_list,
      FIELD_OF(admin_event_list, events, REQUIRED, 0, PAGE_MAX, &admin_event_shape, "The events"),
      FIELD(admin_event_list, next, OPTIONAL, 1, CURSOR_MAX, "There are older ones, after this"));
RESULT get_admin_audit(struct req *r);

#endif
