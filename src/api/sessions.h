/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_API_SESSIONS_H
#define UAUTH_API_SESSIONS_H

/*
 * One's own sessions and known devices: seeing and ending them.  What is shown are handles, never
 * what opens a session (SS-06).  Somebody else's is as absent as one that never was (EN-07).
 */

#include "base/shape.h"
#include "web/req.h"

struct page_query {
    const char *after;
    int64_t limit;
};
SHAPE(page_query, FIELD(page_query, after, OPTIONAL, 1, 64, "The member next of the page before"),
      FIELD(page_query, limit, OPTIONAL, 1, 200, "Entries of a page; 50 if it is not given"));

struct session_entry {
    const char *sid, *mode;
    int64_t created_at, last_seen_at, expires_at;
    const char *address, *user_agent, *tenant_id, *impersonator_id;
    bool current;
};
SHAPE(session_entry, FIELD(session_entry, sid, REQUIRED, 36, 36, "Handle of the session"),
      FIELD(session_entry, mode, REQUIRED, 3, 7, "session, token or spa"),
      FIELD(session_entry, created_at, REQUIRED | TIME, 0, INT64_MAX, "When it began"),
      FIELD(session_entry, last_seen_at, REQUIRED | TIME, 0, INT64_MAX,
            "When it was last used, to the minute"),
      FIELD(session_entry, expires_at, REQUIRED | TIME, 0, INT64_MAX, "When it ends in any case"),
      FIELD(session_entry, address, OPTIONAL, 0, 64, "Network address of the sign-in"),
      FIELD(session_entry, user_agent, OPTIONAL, 0, 512, "Program of the sign-in"),
      FIELD(session_entry, tenant_id, OPTIONAL, 36, 36, "Tenant of the session"),
      FIELD(session_entry, impersonator_id, OPTIONAL, 36, 36, "Who acts in it as the user"),
      FIELD(session_entry, current, REQUIRED, 0, 0, "Whether it is the one that asks"));
struct session_list {
    struct items sessions;
    const char *next;
};
SHAPE(session_list,
      FIELD_OF(session_list, sessions, REQUIRED, 0, 200, &session_entry_shape, "The sessions"),
      FIELD(session_list, next, OPTIONAL, 36, 36, "There are more, after this one"));
RESULT get_my_sessions(struct req *r);
RESULT delete_my_session(struct req *r);

struct session_application {
    const char *client_id, *client_name, *state;
};
SHAPE(session_application,
      FIELD(session_application, client_id, REQUIRED, 1, 255, "The application"),
      FIELD(session_application, client_name, REQUIRED, 1, 100, "Its name"),
      FIELD(session_application, state, REQUIRED, 4, 9,
            "signed_in while the session lives; then told, telling, failed, browser (a page that "
            "the browser loads tells it), or untold"));
struct session_applications {
    struct items applications;
};
SHAPE(session_applications,
      FIELD_OF(session_applications, applications, REQUIRED, 0, 100, &session_application_shape,
               "The applications that it was used with"));

/* Of one of one's own sessions, live or ended: which applications it was used with, and which were
 * told of its end.  NOT_FOUND. */
RESULT get_my_session_applications(struct req *r);

struct device_entry {
    const char *id, *address, *user_agent;
    int64_t created_at, last_seen_at, expires_at;
};
SHAPE(device_entry, FIELD(device_entry, id, REQUIRED, 36, 36, "Handle of the device"),
      FIELD(device_entry, address, OPTIONAL, 0, 64, "Network address of the last sign-in"),
      FIELD(device_entry, user_agent, OPTIONAL, 0, 512, "Program of the last sign-in"),
      FIELD(device_entry, created_at, REQUIRED | TIME, 0, INT64_MAX, "When it was first used"),
      FIELD(device_entry, last_seen_at, REQUIRED | TIME, 0, INT64_MAX, "The last sign-in on it"),
      FIELD(device_entry, expires_at, REQUIRED | TIME, 0, INT64_MAX, "When it is forgotten"));
struct device_list {
    struct items devices;
};
SHAPE(device_list,
      FIELD_OF(device_list, devices, REQUIRED, 0, 200, &device_entry_shape, "The devices"));
RESULT get_my_devices(struct req *r);
RESULT delete_my_device(struct req *r);

#endif
