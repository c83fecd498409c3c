/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_STORE_HOT_QUERIES_H
#define UAUTH_STORE_HOT_QUERIES_H

/*
 * The statements behind most requests.  They are named here, inside store/, so that a test can look
 * at how the database answers them.
 */

extern const char sql_user_find[];      /* id */
extern const char sql_login_find[];     /* address, now */
extern const char sql_password_like[];  /* point */
extern const char sql_session_find[];   /* hash */
extern const char sql_sessions_acted[]; /* after, limit */
extern const char sql_api_key_find[];   /* id */

/* tenant, after, limit, status; then the last id, or the first and the last address */
extern const char sql_users_of_tenant[], sql_users_of_tenant_disabled[];
extern const char sql_users_of_tenant_called[], sql_users_of_few_called[];
extern const char sql_clients_of_tenant[];  /* tenant, after, limit */
extern const char sql_api_keys_of_tenant[]; /* tenant, after, limit */

extern const char sql_access_of[];               /* user, tenant */
extern const char sql_permissions_held[];        /* user */
extern const char sql_membership_is_live[];      /* tenant, user */
extern const char sql_authorization_find_live[]; /* id, now */
extern const char sql_authorization_claims[];    /* id */
extern const char sql_refresh_look[];            /* hash, now, grace */
extern const char sql_refresh_use[];             /* hash, next hash, now */
extern const char sql_refresh_touch[];           /* session, now, end */
extern const char sql_revocations_since[];       /* at, kind, id, limit, until */
extern const char sql_revocations_tally[];       /* from, until */
extern const char sql_revocation_check[];        /* jti, authorization, sid, user, client, tenant,
                                                    "tenant user", issued at, client of grant */
extern const char sql_outbox_claim[];            /* now, leased until, limit */
extern const char sql_outbox_next[];
/* user, tenant, below, from, name, limit */
extern const char sql_events_of_user[], sql_events_of_tenant[], sql_events_of_tenant_named[];
extern const char sql_events_of_all[], sql_events_of_all_named[];

extern const char sql_events_of_tree[]; /* from, limit */
extern const char sql_audit_waits[];
extern const char sql_audit_leaves[]; /* from, to */
extern const char sql_audit_nodes[];  /* level, from, to */

extern const char sql_invitations_of_tenant[]; /* tenant, after, now, limit */
extern const char sql_kept_reply_find[];       /* owner, hash */

extern const char sql_client_find[];       /* id */
extern const char sql_client_secrets_of[]; /* client */
extern const char sql_request_find[];      /* kind, hash, now */
extern const char sql_code_find[];         /* hash, now */
extern const char sql_code_use[];          /* hash, now */
extern const char sql_opaque_find[];       /* hash */
extern const char sql_consent_find[];      /* user, client */

#endif
