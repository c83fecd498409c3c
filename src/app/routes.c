/* SPDX-License-Identifier: Apache-2.0 */
#include "app/routes.h"

#include "api/admin_audit.h"
#include "api/admin_clients.h"
#include "api/admin_keys.h"
#include "api/admin_roles.h"
#include "api/admin_sessions.h"
#include "api/admin_tenants.h"
#include "api/admin_users.h"
#include "api/consents.h"
#include "api/explain.h"
#include "api/health.h"
#include "api/identities.h"
#include "api/login.h"
#include "api/logout.h"
#include "api/me.h"
#include "api/mfa.h"
#include "api/password.h"
#include "api/refresh.h"
#include "api/register.h"
#include "api/sessions.h"
#include "api/tenants.h"
#include "api/verify.h"
#include "federation/callback.h"
#include "federation/start.h"
#include "oauth/authorize.h"
#include "oauth/client_metadata.h"
#include "oauth/device.h"
#include "oauth/discovery.h"
#include "oauth/end_session.h"
#include "oauth/guard_client.h"
#include "oauth/guard_registration.h"
#include "oauth/introspect.h"
#include "oauth/no_query.h"
#include "oauth/page_consent.h"
#include "oauth/par.h"
#include "oauth/protected_resource.h"
#include "oauth/registration.h"
#include "oauth/revoke.h"
#include "oauth/signed_out.h"
#include "oauth/token.h"
#include "oauth/userinfo.h"
#include "web/guard.h"
#include "web/openapi.h"
#include "web/page.h"
#include "web/page_account.h"
#include "web/page_factor.h"
#include "web/page_password.h"
#include "web/page_register.h"
#include "web/page_sign_in.h"

/* Laid out to be read as a page.  What a row leaves out is the strict choice (web/route.h). */
/* clang-format off */
static const struct route rows[] = {
    /* method    path                         guard          permission  limit     errors   in                             out                        handler           summary */

    /* --- signing in and out --- */
    { "POST",   "/auth/login",                &guard_open,   NULL, "login",    PROBLEM, &login_request_shape,           &sign_in_shape,            post_login,       "Sign in with a password",
      .cost = HASH, .flags = CHALLENGE, .event = "login.succeeded" },
    { "POST",   "/auth/token",                &guard_open,   NULL, "login",    OAUTH,   &password_form_shape,           &sign_in_shape,            post_token,       "Sign in with the password form of OAuth 2.0 (first-party only)",
      .cost = HASH, .flags = FORM | CHALLENGE | ANY_ORIGIN, .event = "login.succeeded" },
    { "POST",   "/auth/refresh",              &guard_open,   NULL, "secret",   PROBLEM, &refresh_request_shape,         &sign_in_shape,            post_refresh,     "Exchange a refresh token for its successor and an access token",
      .flags = BODY_OPTIONAL, .event = "token.refreshed" },
    { "POST",   "/auth/logout",               &guard_caller, NULL, "calls",    PROBLEM, &no_input_shape,                NULL,                      post_logout,      "End the session and its tokens",
      .flags = BODY_OPTIONAL | CHANGING, .query = &logout_query_shape, .event = "logout" },
    { "*",      "/auth/verify",               &guard_caller, NULL, "verify",   OAUTH,   NULL,                           NULL,                      any_verify,       "Forward-auth: whether the caller may, and who it is",
      .flags = READ_ONLY, .query = &verify_query_shape, .status = 200, .body_max = ROUTE_BODY_MAX },
    { "*",      "/auth/verify/*",             &guard_caller, NULL, "verify",   OAUTH,   NULL,                           NULL,                      any_verify,       "Forward-auth for proxies that append the path",
      .flags = READ_ONLY, .status = 200, .body_max = ROUTE_BODY_MAX },

    /* --- signing in with others --- */
    { "GET",    "/auth/oauth/{provider}",     &guard_open,   NULL, "authorize", PAGE,  &start_query_shape,             NULL,                      get_provider,     "Sign in with another provider: send the browser there",
      .cost = OUTBOUND, .flags = CORS_NEVER, .status = 303 },
    { "GET",    "/auth/oauth/{provider}/callback", &guard_open, NULL, "authorize", PAGE, &callback_shape,              NULL,                      any_callback,     "Where the provider sends the browser back to",
      .cost = OUTBOUND, .flags = CORS_NEVER, .status = 303, .event = "login.succeeded" },
    { "POST",   "/auth/oauth/{provider}/callback", &guard_open, NULL, "authorize", PAGE, &callback_shape,              NULL,                      any_callback,     "The same by a form of the provider's page",
      .cost = OUTBOUND, .flags = FORM | ANY_ORIGIN | CORS_NEVER, .status = 303, .event = "login.succeeded" },
    { "POST",   "/auth/oauth/{provider}/token", &guard_open, NULL, "login",    PROBLEM, &provider_token_shape,          &sign_in_shape,            post_provider_token, "Sign in with a code or ID token that a program has brought",
      .cost = OUTBOUND, .event = "login.succeeded" },
    { "GET",    "/auth/me/identities",        &guard_caller, NULL, "calls",    PROBLEM, NULL,                           &identity_list_shape,      get_my_identities, "The accounts elsewhere with which one signs in" },
    { "POST",   "/auth/me/identities",        &guard_caller, NULL, "calls",    PROBLEM, &link_request_shape,            &link_begun_shape,         post_my_identity, "Begin to link one",
      .cost = OUTBOUND, .flags = RECENT, .status = 201, .event = "identity.linked" },
    { "DELETE", "/auth/me/identities/{id}",   &guard_caller, NULL, "calls",    PROBLEM, NULL,                           NULL,                      delete_my_identity, "Unlink one",
      .flags = RECENT, .event = "identity.unlinked" },

    /* --- registering, links --- */
    { "POST",   "/auth/register",             &guard_open,   NULL, "register", PROBLEM, &register_request_shape,        &registered_shape,         post_register,    "Register; a link is sent to the address",
      .cost = HASH, .flags = CHALLENGE, .status = 201, .event = "user.registered" },
    { "POST",   "/auth/setup",                &guard_open,   NULL, "secret",   PROBLEM, &setup_request_shape,           &registered_shape,         post_setup,       "Make the first administrator with the one-time setup code",
      .cost = HASH, .status = 201, .event = "setup.completed" },
    { "POST",   "/auth/verify-email",         &guard_open,   NULL, "secret",   PROBLEM, &verify_email_request_shape,    NULL,                      post_verify_email, "Verify an address with the token of its link",
      .event = "email.verified" },
    { "POST",   "/auth/verify-email/resend",  &guard_open,   NULL, "mail",     PROBLEM, &address_only_shape,            NULL,                      post_resend_verification, "Send the verification link again",
      .flags = CHALLENGE, .status = 202 },
    { "POST",   "/auth/forgot-password",      &guard_open,   NULL, "mail",     PROBLEM, &address_only_shape,            NULL,                      post_forgot_password, "Ask for a link to reset the password",
      .flags = CHALLENGE, .status = 202, .event = "password.reset_asked" },
    { "POST",   "/auth/reset-password",       &guard_open,   NULL, "secret",   PROBLEM, &reset_password_request_shape,  NULL,                      post_reset_password, "Set a new password with the token of a link; ends all sessions",
      .cost = HASH, .event = "password.reset" },

    /* --- one's own account --- */
    { "GET",    "/auth/me",                   &guard_caller, NULL, "calls",    PROBLEM, NULL,                           &user_response_shape,      get_me,           "Who one is",
      .flags = CHANGING },
    { "PUT",    "/auth/me",                   &guard_caller, NULL, "calls",    PROBLEM, &update_me_shape,               &user_response_shape,      put_me,           "Change one's name",
      .event = "user.updated" },
    { "DELETE", "/auth/me",                   &guard_caller, NULL, "calls",    PROBLEM, &password_only_shape,           NULL,                      delete_me,        "Erase one's account, with the password",
      .cost = HASH, .flags = BODY, .event = "user.deleted" },
    { "GET",    "/auth/me/export",            &guard_caller, NULL, "calls",    PROBLEM, NULL,                           NULL,                      get_my_export,    "Everything that is known of one, as JSON",
      .flags = RECENT, .status = 200, .event = "user.exported" },
    { "POST",   "/auth/me/password",          &guard_caller, NULL, "calls",    PROBLEM, &change_password_request_shape, NULL,                      post_my_password, "Change one's password; ends the other sessions",
      .cost = HASH, .flags = CHANGING, .event = "password.changed" },
    { "POST",   "/auth/me/confirm",           &guard_caller, NULL, "calls",    PROBLEM, &confirm_request_shape,         &sign_in_shape,            post_confirm,     "Prove again who one is, for what asks for a recent sign-in",
      .cost = HASH, .event = "session.confirmed" },
    { "POST",   "/auth/change-email",         &guard_caller, NULL, "calls",    PROBLEM, &change_email_request_shape,    NULL,                      post_change_email, "Ask for another address; a link is sent to it",
      .cost = HASH, .status = 202, .event = "email.change_asked" },
    { "GET",    "/auth/me/sessions",          &guard_caller, NULL, "calls",    PROBLEM, &page_query_shape,              &session_list_shape,       get_my_sessions,  "One's live sessions" },
    { "DELETE", "/auth/me/sessions/{sid}",    &guard_caller, NULL, "calls",    PROBLEM, NULL,                           NULL,                      delete_my_session, "End one of one's sessions",
      .event = "session.ended" },
    { "GET",    "/auth/me/sessions/{sid}/applications", &guard_caller, NULL, "calls", PROBLEM, NULL,                     &session_applications_shape, get_my_session_applications, "Which applications it was used with, and which were told of its end" },
    { "GET",    "/auth/me/consents",          &guard_caller, NULL, "calls",    PROBLEM, &consent_query_shape,           &consent_list_shape,       get_my_consents,  "What one has allowed applications" },
    { "DELETE", "/auth/me/consents/{client_id}", &guard_caller, NULL, "calls", PROBLEM, NULL,                           NULL,                      delete_my_consent, "Take it back; what was granted ends",
      .event = "consent.withdrawn" },
    { "GET",    "/auth/me/devices",           &guard_caller, NULL, "calls",    PROBLEM, NULL,                           &device_list_shape,        get_my_devices,   "Browsers on which one has signed in" },
    { "DELETE", "/auth/me/devices/{id}",      &guard_caller, NULL, "calls",    PROBLEM, NULL,                           NULL,                      delete_my_device, "Forget a browser" },
    { "POST",   "/auth/me/mfa/totp",          &guard_caller, NULL, "calls",    PROBLEM, &no_input_shape,                &totp_response_shape,      post_totp,        "Begin the enrolment of a second factor",
      .flags = RECENT | BODY_OPTIONAL, .status = 201, .event = "mfa.enrolment_begun" },
    { "POST",   "/auth/me/mfa/totp/confirm",  &guard_caller, NULL, "calls",    PROBLEM, &totp_confirm_request_shape,    &recovery_codes_response_shape, post_totp_confirm, "Confirm it with its first code; gives the recovery codes",
      .cost = HASH, .flags = RECENT, .event = "mfa.enabled" },
    { "DELETE", "/auth/me/mfa/totp",          &guard_caller, NULL, "calls",    PROBLEM, NULL,                           NULL,                      delete_totp,      "Remove the second factor, shown at this sign-in",
      .flags = RECENT, .event = "mfa.disabled" },
    { "GET",    "/auth/me/recovery-codes",    &guard_caller, NULL, "calls",    PROBLEM, NULL,                           &recovery_state_shape,     get_recovery_codes, "How many recovery codes are left" },
    { "POST",   "/auth/me/recovery-codes",    &guard_caller, NULL, "calls",    PROBLEM, &no_input_shape,                &recovery_codes_response_shape, post_recovery_codes, "Make new recovery codes instead of the old",
      .cost = HASH, .flags = RECENT | BODY_OPTIONAL, .event = "mfa.recovery_codes_made" },

    { "GET",    "/auth/tenants",              &guard_caller, NULL, "calls",    PROBLEM, NULL,                           &my_tenant_list_shape,     get_my_tenants,   "The tenants that one belongs to" },
    { "POST",   "/auth/tenants/{id}/switch",  &guard_caller, NULL, "calls",    PROBLEM, &no_input_shape,                &sign_in_shape,            post_tenant_switch, "Go on in another tenant, with tokens or a session bound to it",
      .flags = BODY_OPTIONAL, .event = "tenant.switched" },
    { "POST",   "/auth/invitations/accept",   &guard_open,   NULL, "secret",   PROBLEM, &join_request_shape,            NULL,                      post_join,        "Join a tenant with the token of an invitation",
      .event = "invitation.accepted" },

    /* --- administration --- */
    { "GET",    "/admin/users",               &guard_caller, "users:list",   "calls", PROBLEM, &admin_user_query_shape,  &admin_user_list_shape,    get_admin_users,  "The members of one's tenant, page by page",
      .flags = IN_TENANT },
    { "POST",   "/admin/users",               &guard_caller, "users:write",  "calls", PROBLEM, &admin_user_new_shape,    &admin_user_shape,         post_admin_user,  "Make a user in one's tenant",
      .cost = HASH, .flags = IN_TENANT | IDEMPOTENT, .status = 201, .event = "user.created" },
    { "GET",    "/admin/users/{id}",          &guard_caller, "users:list",   "calls", PROBLEM, NULL,                     &admin_user_shape,         get_admin_user,   "A member of one's tenant",
      .flags = IN_TENANT },
    { "PATCH",  "/admin/users/{id}",          &guard_caller, "users:write",  "calls", PROBLEM, &admin_user_patch_shape,  &admin_user_shape,         patch_admin_user, "Change a user",
      .flags = IN_TENANT | IF_MATCH, .event = "user.updated" },
    { "DELETE", "/admin/users/{id}",          &guard_caller, "users:delete", "calls", PROBLEM, NULL,                     NULL,                      delete_admin_user, "Erase a user and all personal data",
      .flags = IN_TENANT | RECENT, .event = "user.deleted" },
    { "POST",   "/admin/users/{id}/disable",  &guard_caller, "users:write",  "calls", PROBLEM, &no_input_shape,          NULL,                      post_admin_user_disable, "Disable a user; sessions and tokens end at once",
      .flags = IN_TENANT | IDEMPOTENT | BODY_OPTIONAL, .event = "user.disabled" },
    { "POST",   "/admin/users/{id}/enable",   &guard_caller, "users:write",  "calls", PROBLEM, &no_input_shape,          NULL,                      post_admin_user_enable, "Let a disabled user sign in again",
      .flags = IN_TENANT | IDEMPOTENT | BODY_OPTIONAL, .event = "user.enabled" },
    { "POST",   "/admin/users/{id}/send-reset", &guard_caller, "users:write", "calls", PROBLEM, &no_input_shape,         NULL,                      post_admin_user_send_reset, "Send the user a link to choose a password",
      .flags = IN_TENANT | IDEMPOTENT | BODY_OPTIONAL, .status = 202, .event = "password.reset_asked" },
    { "POST",   "/admin/users/{id}/unlock",   &guard_caller, "users:write",  "calls", PROBLEM, &no_input_shape,          NULL,                      post_admin_user_unlock, "Give a locked second factor its attempts back",
      .flags = IN_TENANT | IDEMPOTENT | BODY_OPTIONAL | RECENT, .event = "mfa.unlocked" },
    { "DELETE", "/admin/users/{id}/mfa",      &guard_caller, "users:write",  "calls", PROBLEM, NULL,                     NULL,                      delete_admin_user_mfa, "Remove a user's second factor",
      .flags = IN_TENANT | RECENT, .event = "mfa.disabled" },
    { "PUT",    "/admin/users/{id}/roles/{role}", &guard_caller, "roles:assign", "calls", PROBLEM, NULL,                 &admin_user_shape,         put_admin_user_role, "Give a role in one's tenant",
      .flags = IN_TENANT | RECENT, .event = "role.given" },
    { "DELETE", "/admin/users/{id}/roles/{role}", &guard_caller, "roles:assign", "calls", PROBLEM, NULL,                 &admin_user_shape,         delete_admin_user_role, "Take a role away",
      .flags = IN_TENANT | RECENT, .event = "role.taken" },
    { "GET",    "/admin/users/{id}/sessions", &guard_caller, "sessions:read", "calls", PROBLEM, NULL,                    &admin_session_list_shape, get_admin_user_sessions, "The live sessions of a member",
      .flags = IN_TENANT },
    { "DELETE", "/admin/users/{id}/sessions", &guard_caller, "sessions:write", "calls", PROBLEM, NULL,                   NULL,                      delete_admin_user_sessions, "End all of them",
      .flags = IN_TENANT, .event = "session.ended" },
    { "DELETE", "/admin/users/{id}/sessions/{sid}", &guard_caller, "sessions:write", "calls", PROBLEM, NULL,             NULL,                      delete_admin_user_session, "End one",
      .flags = IN_TENANT, .event = "session.ended" },
    { "GET",    "/admin/roles",               &guard_caller, "roles:read",   "calls", PROBLEM, NULL,                     &admin_role_list_shape,    get_admin_roles,  "The roles that can be given in one's tenant",
      .flags = IN_TENANT },
    { "POST",   "/admin/roles",               &guard_caller, "roles:write",  "calls", PROBLEM, &admin_role_new_shape,    &admin_role_shape,         post_admin_role,  "Make a role",
      .flags = IN_TENANT | IDEMPOTENT, .status = 201, .event = "role.created" },
    { "GET",    "/admin/roles/{name}",        &guard_caller, "roles:read",   "calls", PROBLEM, NULL,                     &admin_role_shape,         get_admin_role,   "A role",
      .flags = IN_TENANT },
    { "PUT",    "/admin/roles/{name}",        &guard_caller, "roles:write",  "calls", PROBLEM, &admin_role_put_shape,    &admin_role_shape,         put_admin_role,   "Change what a role allows",
      .flags = IN_TENANT | IF_MATCH, .event = "role.updated" },
    { "DELETE", "/admin/roles/{name}",        &guard_caller, "roles:write",  "calls", PROBLEM, NULL,                     NULL,                      delete_admin_role, "Remove a role, from everybody who has it",
      .flags = IN_TENANT | RECENT, .event = "role.deleted" },
    { "GET",    "/admin/permissions",         &guard_caller, "roles:read",   "calls", PROBLEM, NULL,                     &admin_permission_list_shape, get_admin_permissions, "The permissions that calls of this service ask for",
      .flags = IN_TENANT },
    { "GET",    "/admin/clients",             &guard_caller, "clients:read", "calls", PROBLEM, &admin_page_query_shape,  &admin_client_list_shape,  get_admin_clients, "The applications of one's tenant, page by page",
      .flags = IN_TENANT },
    { "POST",   "/admin/clients",             &guard_caller, "clients:write", "calls", PROBLEM, &admin_client_new_shape, &admin_client_shape,       post_admin_client, "Make a client; its secret is shown this once",
      .flags = IN_TENANT | IDEMPOTENT | RECENT, .status = 201, .event = "client.created" },
    { "GET",    "/admin/clients/{id}",        &guard_caller, "clients:read", "calls", PROBLEM, NULL,                     &admin_client_shape,       get_admin_client, "A client",
      .flags = IN_TENANT },
    { "PUT",    "/admin/clients/{id}",        &guard_caller, "clients:write", "calls", PROBLEM, &client_metadata_shape,  &admin_client_shape,       put_admin_client, "Replace what a client has registered",
      .flags = IN_TENANT | IF_MATCH, .event = "client.updated" },
    { "POST",   "/admin/clients/{id}/rotate-secret", &guard_caller, "clients:write", "calls", PROBLEM, &admin_client_rotate_shape, &admin_client_shape, post_admin_client_secret, "Make another secret; it is shown this once",
      .flags = IN_TENANT | IDEMPOTENT | BODY_OPTIONAL | RECENT, .event = "client.secret_made" },
    { "POST",   "/admin/clients/{id}/disable", &guard_caller, "clients:write", "calls", PROBLEM, &no_input_shape,        NULL,                      post_admin_client_disable, "Disable a client; what was granted to it ends",
      .flags = IN_TENANT | IDEMPOTENT | BODY_OPTIONAL, .event = "client.disabled" },
    { "POST",   "/admin/clients/{id}/enable", &guard_caller, "clients:write", "calls", PROBLEM, &no_input_shape,         NULL,                      post_admin_client_enable, "Enable a client again",
      .flags = IN_TENANT | IDEMPOTENT | BODY_OPTIONAL, .event = "client.enabled" },
    { "DELETE", "/admin/clients/{id}",        &guard_caller, "clients:delete", "calls", PROBLEM, NULL,                   NULL,                      delete_admin_client, "Remove a client with all that was granted to it",
      .flags = IN_TENANT | RECENT, .event = "client.deleted" },
    { "GET",    "/admin/tenants",             &guard_caller, "tenants:read", "calls", PROBLEM, &admin_page_query_shape,  &admin_tenant_list_shape,  get_admin_tenants, "All tenants, page by page",
      .flags = OPERATOR },
    { "POST",   "/admin/tenants",             &guard_caller, "tenants:write", "calls", PROBLEM, &admin_tenant_put_shape, &admin_tenant_shape,       post_admin_tenant, "Make a tenant",
      .flags = OPERATOR | IDEMPOTENT, .status = 201, .event = "tenant.created" },
    { "GET",    "/admin/tenants/{id}",        &guard_caller, "tenants:read", "calls", PROBLEM, NULL,                     &admin_tenant_shape,       get_admin_tenant, "A tenant",
      .flags = IN_TENANT },
    { "PUT",    "/admin/tenants/{id}",        &guard_caller, "tenants:write", "calls", PROBLEM, &admin_tenant_put_shape, &admin_tenant_shape,       put_admin_tenant, "Change name and rules of a tenant",
      .flags = IN_TENANT | IF_MATCH | RECENT, .event = "tenant.updated" },
    { "POST",   "/admin/tenants/{id}/disable", &guard_caller, "tenants:write", "calls", PROBLEM, &no_input_shape,        NULL,                      post_admin_tenant_disable, "Suspend a tenant; its sessions and tokens end at once",
      .flags = OPERATOR | IDEMPOTENT | BODY_OPTIONAL | RECENT, .event = "tenant.disabled" },
    { "POST",   "/admin/tenants/{id}/enable", &guard_caller, "tenants:write", "calls", PROBLEM, &no_input_shape,         NULL,                      post_admin_tenant_enable, "Enable a tenant again",
      .flags = OPERATOR | IDEMPOTENT | BODY_OPTIONAL, .event = "tenant.enabled" },
    { "DELETE", "/admin/tenants/{id}",        &guard_caller, "tenants:delete", "calls", PROBLEM, NULL,                   NULL,                      delete_admin_tenant, "Remove a suspended tenant for ever",
      .flags = OPERATOR | RECENT, .event = "tenant.deleted" },
    { "GET",    "/admin/tenants/{id}/export", &guard_caller, "tenants:export", "calls", PROBLEM, &admin_page_query_shape, &admin_tenant_export_shape, get_admin_tenant_export, "What is known of a tenant, its members page by page",
      .flags = IN_TENANT | RECENT, .event = "tenant.exported" },
    { "GET",    "/admin/tenants/{id}/members", &guard_caller, "members:read", "calls", PROBLEM, &admin_page_query_shape, &admin_member_list_shape,  get_admin_members, "The members of a tenant, page by page",
      .flags = IN_TENANT },
    { "PUT",    "/admin/tenants/{id}/members/{user_id}", &guard_caller, "members:write", "calls", PROBLEM, &admin_member_put_shape, &admin_member_shape, put_admin_member, "Set the roles of a member; operators make one",
      .flags = IN_TENANT | RECENT, .event = "role.given" },
    { "DELETE", "/admin/tenants/{id}/members/{user_id}", &guard_caller, "members:write", "calls", PROBLEM, NULL,         NULL,                      delete_admin_member, "End a membership, with roles and sessions there",
      .flags = IN_TENANT | RECENT, .event = "member.removed" },
    { "GET",    "/admin/tenants/{id}/invitations", &guard_caller, "members:read", "calls", PROBLEM, &admin_page_query_shape, &admin_invitation_list_shape, get_admin_invitations, "Who is invited, page by page",
      .flags = IN_TENANT },
    { "POST",   "/admin/tenants/{id}/invitations", &guard_caller, "members:write", "calls", PROBLEM, &admin_invitation_new_shape, &admin_invitation_shape, post_admin_invitation, "Invite somebody by mail",
      .flags = IN_TENANT | IDEMPOTENT, .status = 201, .event = "invitation.made" },
    { "DELETE", "/admin/tenants/{id}/invitations/{invitation_id}", &guard_caller, "members:write", "calls", PROBLEM, NULL, NULL,                   delete_admin_invitation, "Take an invitation back",
      .flags = IN_TENANT, .event = "invitation.withdrawn" },
    { "GET",    "/admin/keys",                &guard_caller, "keys:read",    "calls", PROBLEM, NULL,                     &admin_key_list_shape,     get_admin_keys,   "The signing keys",
      .flags = OPERATOR },
    { "POST",   "/admin/keys/rotate",         &guard_caller, "keys:write",   "calls", PROBLEM, &admin_key_rotate_shape,  &admin_key_list_shape,     post_admin_key_rotate, "Replace the signing key",
      .flags = OPERATOR | RECENT | IDEMPOTENT | BODY_OPTIONAL, .event = "key.rotated" },
    { "GET",    "/admin/audit",               &guard_caller, "audit:read",   "calls", PROBLEM, &admin_audit_query_shape, &admin_event_list_shape,   get_admin_audit,  "What happened, newest first",
      .flags = IN_TENANT },
    { "GET",    "/admin/explain/{id}",        &guard_caller, "explain:read", "calls", PROBLEM, NULL,                   &explanation_shape,        get_explain,      "Why the request of this id was refused",
      .flags = IN_TENANT },

    /* --- hosted pages: signing in and out --- */
    { "GET",    "/",                          &guard_open,   NULL, "open",     PAGE,    NULL,                           NULL,                      get_home,         "To the account, or to the first administrator",
      .flags = HOSTED, .status = 303 },
    { "GET",    "/sign-in",                   &guard_open,   NULL, "open",     PAGE,    NULL,                           NULL,                      get_sign_in,      "Page: sign in",
      .flags = HOSTED, .status = 200 },
    { "POST",   "/sign-in",                   &guard_open,   NULL, "login",    PAGE,    &sign_in_form_shape,            NULL,                      post_sign_in,     "Form: sign in",
      .cost = HASH, .flags = HOSTED | FORM, .status = 303, .event = "login.succeeded" },
    { "GET",    "/sign-in/code",              &guard_open,   NULL, "open",     PAGE,    NULL,                           NULL,                      get_sign_in_code, "Page: the second factor",
      .flags = HOSTED, .status = 200 },
    { "POST",   "/sign-in/code",              &guard_open,   NULL, "login",    PAGE,    &sign_in_code_form_shape,       NULL,                      post_sign_in_code, "Form: the second factor",
      .cost = HASH, .flags = HOSTED | FORM, .status = 303, .event = "login.succeeded" },
    { "GET",    "/sign-out",                  &guard_session, NULL, "calls",   PAGE,    NULL,                           NULL,                      get_sign_out,     "Page: whether to sign out",
      .flags = HOSTED | CHANGING, .status = 200 },
    { "POST",   "/sign-out",                  &guard_session, NULL, "calls",   PAGE,    &token_form_shape,              NULL,                      post_sign_out,    "Form: sign out",
      .flags = HOSTED | FORM | CHANGING, .status = 303, .event = "logout" },
    { "GET",    "/signed-out",                &guard_open,   NULL, "open",     PAGE,    &signed_out_query_shape,        NULL,                      get_signed_out,   "Page: signed out",
      .flags = HOSTED, .status = 200 },

    /* --- hosted pages: becoming somebody, links of mails --- */
    { "GET",    "/setup",                     &guard_open,   NULL, "open",     PAGE,    NULL,                           NULL,                      get_setup,        "Page: the first administrator",
      .flags = HOSTED, .status = 200 },
    { "POST",   "/setup",                     &guard_open,   NULL, "secret",   PAGE,    &setup_form_shape,              NULL,                      post_setup_form,  "Form: the first administrator",
      .cost = HASH, .flags = HOSTED | FORM, .status = 303, .event = "setup.completed" },
    { "GET",    "/register",                  &guard_open,   NULL, "open",     PAGE,    NULL,                           NULL,                      get_register,     "Page: register",
      .flags = HOSTED, .status = 200 },
    { "POST",   "/register",                  &guard_open,   NULL, "register", PAGE,    &register_form_shape,           NULL,                      post_register_form, "Form: register",
      .cost = HASH, .flags = HOSTED | FORM, .status = 303, .event = "user.registered" },
    { "GET",    "/check-mail",                &guard_open,   NULL, "open",     PAGE,    NULL,                           NULL,                      get_check_mail,   "Page: a mail is on its way",
      .flags = HOSTED, .status = 200 },
    { "GET",    "/verify-email",              &guard_open,   NULL, "open",     PAGE,    NULL,                           NULL,                      get_verify_email, "Page: the link that verifies an address",
      .flags = HOSTED, .status = 200 },
    { "POST",   "/verify-email",              &guard_open,   NULL, "secret",   PAGE,    &link_form_shape,               NULL,                      post_verify_email_form, "Form: verify an address",
      .flags = HOSTED | FORM, .status = 303, .event = "email.verified" },
    { "POST",   "/verify-email/resend",       &guard_open,   NULL, "mail",     PAGE,    &address_form_shape,            NULL,                      post_resend,      "Form: send the link again",
      .flags = HOSTED | FORM, .status = 303 },
    { "GET",    "/join",                      &guard_open,   NULL, "open",     PAGE,    NULL,                           NULL,                      get_join,         "Page: the link of an invitation",
      .flags = HOSTED, .status = 200 },
    { "POST",   "/join",                      &guard_open,   NULL, "secret",   PAGE,    &link_form_shape,               NULL,                      post_join_form,   "Form: join a tenant",
      .flags = HOSTED | FORM, .status = 303, .event = "invitation.accepted" },
    { "GET",    "/forgot-password",           &guard_open,   NULL, "open",     PAGE,    NULL,                           NULL,                      get_forgot_password, "Page: ask for a link to reset the password",
      .flags = HOSTED, .status = 200 },
    { "POST",   "/forgot-password",           &guard_open,   NULL, "mail",     PAGE,    &address_form_shape,            NULL,                      post_forgot_password_form, "Form: ask for a link to reset the password",
      .flags = HOSTED | FORM, .status = 303, .event = "password.reset_asked" },
    { "GET",    "/reset-password",            &guard_open,   NULL, "open",     PAGE,    NULL,                           NULL,                      get_reset_password, "Page: choose a new password",
      .flags = HOSTED, .status = 200 },
    { "POST",   "/reset-password",            &guard_open,   NULL, "secret",   PAGE,    &reset_form_shape,              NULL,                      post_reset_password_form, "Form: choose a new password",
      .cost = HASH, .flags = HOSTED | FORM, .status = 303, .event = "password.reset" },

    /* --- hosted pages: one's own account --- */
    { "GET",     "/account",                    &guard_session, NULL, "calls",   PAGE,    NULL,                            NULL,                      get_account,       "Page: one's account",
      .flags = HOSTED, .status = 200 },
    { "POST",    "/account/profile",            &guard_session, NULL, "calls",   PAGE,    &profile_form_shape,             NULL,                      post_profile_form, "Form: change one's name",
      .flags = HOSTED | FORM, .status = 303, .event = "user.updated" },
    { "POST",    "/account/sessions/end",       &guard_session, NULL, "calls",   PAGE,    &session_form_shape,             NULL,                      post_end_session,  "Form: end a session, or all others",
      .flags = HOSTED | FORM, .status = 303, .event = "session.ended" },
    { "POST",    "/account/devices/forget",     &guard_session, NULL, "calls",   PAGE,    &device_form_shape,              NULL,                      post_forget_device, "Form: forget a browser",
      .flags = HOSTED | FORM, .status = 303 },
    { "GET",     "/account/password",           &guard_session, NULL, "calls",   PAGE,    NULL,                            NULL,                      get_account_password, "Page: change one's password",
      .flags = HOSTED | CHANGING, .status = 200 },
    { "POST",    "/account/password",           &guard_session, NULL, "calls",   PAGE,    &change_password_form_shape,     NULL,                      post_account_password, "Form: change one's password",
      .cost = HASH, .flags = HOSTED | FORM | CHANGING, .status = 303, .event = "password.changed" },
    { "GET",     "/account/email",              &guard_session, NULL, "calls",   PAGE,    NULL,                            NULL,                      get_account_email, "Page: change one's address",
      .flags = HOSTED, .status = 200 },
    { "POST",    "/account/email",              &guard_session, NULL, "calls",   PAGE,    &change_email_form_shape,        NULL,                      post_account_email, "Form: change one's address",
      .cost = HASH, .flags = HOSTED | FORM, .status = 303, .event = "email.change_asked" },
    { "GET",     "/account/confirm",            &guard_session, NULL, "calls",   PAGE,    NULL,                            NULL,                      get_account_confirm, "Page: prove again who one is",
      .flags = HOSTED, .status = 200 },
    { "POST",    "/account/confirm",            &guard_session, NULL, "calls",   PAGE,    &confirm_form_shape,             NULL,                      post_account_confirm, "Form: prove again who one is",
      .cost = HASH, .flags = HOSTED | FORM, .status = 303, .event = "session.confirmed" },
    { "GET",     "/account/factor",             &guard_session, NULL, "calls",   PAGE,    NULL,                            NULL,                      get_factor,        "Page: one's second factor",
      .flags = HOSTED, .status = 200 },
    { "POST",    "/account/factor",             &guard_session, NULL, "calls",   PAGE,    &token_form_shape,               NULL,                      post_factor,       "Form: begin the enrolment of a second factor",
      .flags = HOSTED | FORM | RECENT, .status = 200, .event = "mfa.enrolment_begun" },
    { "POST",    "/account/factor/confirm",     &guard_session, NULL, "calls",   PAGE,    &factor_code_form_shape,         NULL,                      post_factor_confirm, "Form: confirm it; shows the recovery codes",
      .cost = HASH, .flags = HOSTED | FORM | RECENT, .status = 200, .event = "mfa.enabled" },
    { "POST",    "/account/factor/remove",      &guard_session, NULL, "calls",   PAGE,    &token_form_shape,               NULL,                      post_factor_remove, "Form: remove the second factor",
      .flags = HOSTED | FORM | RECENT, .status = 303, .event = "mfa.disabled" },
    { "POST",    "/account/recovery-codes",     &guard_session, NULL, "calls",   PAGE,    &token_form_shape,               NULL,                      post_factor_codes, "Form: make new recovery codes; shows them",
      .cost = HASH, .flags = HOSTED | FORM | RECENT, .status = 200, .event = "mfa.recovery_codes_made" },
    { "POST",   "/account/applications/revoke", &guard_session, NULL, "calls", PAGE,    &application_form_shape,        NULL,                      post_revoke_application, "Form: take back what an application was allowed",
      .flags = HOSTED | FORM, .status = 303, .event = "consent.revoked" },
    { "POST",    "/account/identities/link",    &guard_session, NULL, "calls",   PAGE,    &linking_form_shape,             NULL,                      post_link_form,    "Form: link an account elsewhere",
      .cost = OUTBOUND, .flags = HOSTED | FORM | RECENT, .status = 303, .event = "identity.linked" },
    { "POST",    "/account/identities/unlink",  &guard_session, NULL, "calls",   PAGE,    &identity_form_shape,            NULL,                      post_unlink_form,  "Form: unlink it",
      .flags = HOSTED | FORM | RECENT, .status = 303, .event = "identity.unlinked" },
    { "GET",     "/account/export",             &guard_session, NULL, "calls",   PAGE,    NULL,                            NULL,                      get_account_export, "Everything that is known of one, as a file",
      .flags = HOSTED | RECENT, .status = 200, .event = "user.exported" },
    { "GET",     "/account/erase",              &guard_session, NULL, "calls",   PAGE,    NULL,                            NULL,                      get_account_erase, "Page: erase one's account",
      .flags = HOSTED, .status = 200 },
    { "POST",    "/account/erase",              &guard_session, NULL, "calls",   PAGE,    &erase_form_shape,               NULL,                      post_account_erase, "Form: erase one's account",
      .cost = HASH, .flags = HOSTED | FORM, .status = 303, .event = "user.deleted" },
    /* --- the authorization server --- */
    { "GET",    "/consent",                   &guard_session, NULL, "calls",   REDIRECT, NULL,                          NULL,                      get_consent,      "Page: what an application asks for",
      .flags = HOSTED | CORS_NEVER, .status = 200 },
    { "POST",   "/consent",                   &guard_session, NULL, "calls",   REDIRECT, &consent_form_shape,           NULL,                      post_consent,     "Form: allow or refuse it",
      .flags = HOSTED | FORM | CORS_NEVER, .status = 303, .event = "consent.given" },
    { "GET",    "/select-account",            &guard_session, NULL, "calls",   REDIRECT, NULL,                          NULL,                      get_select_account, "Page: as whom to go on",
      .flags = HOSTED | CORS_NEVER, .status = 200 },
    { "POST",   "/select-account",            &guard_session, NULL, "calls",   REDIRECT, &select_form_shape,            NULL,                      post_select_account, "Form: as whom to go on",
      .flags = HOSTED | FORM | CORS_NEVER, .status = 303 },
    { "GET",    "/oauth2/authorize",          &guard_open,   NULL, "authorize", REDIRECT, &authorize_request_shape,      NULL,                      get_authorize,    "Ask for an authorization code (RFC 6749 4.1.1)",
      .flags = CORS_NEVER, .status = 303, .event = "code.issued" },
    { "POST",   "/oauth2/authorize",          &guard_open,   NULL, "authorize", REDIRECT, &authorize_request_shape,      NULL,                      post_authorize,   "The same by a form (OpenID Connect Core 3.1.2.1)",
      .flags = FORM | ANY_ORIGIN | CORS_NEVER, .query = &no_query_shape, .status = 303 },
    { "GET",    "/oauth2/authorize/continue", &guard_open,   NULL, "authorize", REDIRECT, &continue_query_shape,         NULL,                      get_authorize_continue, "Where pages send the browser when the user is done",
      .flags = CORS_NEVER, .status = 303, .event = "code.issued" },
    { "GET",    "/oauth2/logout",             &guard_open,   NULL, "open",     PAGE,    &end_session_request_shape,     NULL,                      get_end_session,  "Sign the user out (OpenID Connect RP-Initiated Logout 1.0)",
      .flags = CORS_NEVER, .status = 303, .event = "logout" },
    { "POST",   "/oauth2/logout",             &guard_open,   NULL, "secret",   PAGE,    &end_session_request_shape,     NULL,                      post_end_session_asked, "The same by a form",
      .flags = FORM | ANY_ORIGIN | CORS_NEVER, .query = &no_query_shape, .status = 303 },
    { "POST",   "/oauth2/logout/confirm",     &guard_open,   NULL, "secret",   PAGE,    &end_session_form_shape,        NULL,                      post_end_session_confirmed, "Form: sign out as an application asks",
      .flags = HOSTED | FORM | CORS_NEVER, .status = 303, .event = "logout" },
    { "POST",   "/oauth2/par",                &guard_client_begins, NULL, "open",     OAUTH,   &authorize_request_shape,       &par_response_shape,       post_par,         "Push an authorization request (RFC 9126)",
      .flags = FORM | ANY_ORIGIN | CORS_CLIENT, .query = &no_query_shape, .status = 201 },
    { "POST",   "/oauth2/token",              &guard_client, NULL, "open",     OAUTH,   &token_request_shape,           &token_response_shape,     post_oauth_token, "Exchange a grant for tokens (RFC 6749 3.2)",
      .flags = FORM | ANY_ORIGIN | CORS_CLIENT, .query = &no_query_shape, .event = "code.redeemed" },
    { "POST",   "/oauth2/device_authorization", &guard_client_begins, NULL, "open",   OAUTH,   &device_request_shape,          &device_response_shape,    post_device_authorization, "Ask for the codes of a device (RFC 8628)",
      .flags = FORM | ANY_ORIGIN | CORS_CLIENT, .query = &no_query_shape },
    { "POST",   "/oauth2/register",           &guard_registration, NULL, "clients", OAUTH, &client_metadata_shape,         NULL,                      post_registration, "Register a client (RFC 7591)",
      .flags = OWN_SHAPE | ANY_ORIGIN | CORS_ANY, .status = 201, .event = "client.created" },
    { "GET",    "/oauth2/register/{client_id}", &guard_registered, NULL, "secret", OAUTH,  NULL,                          NULL,                      get_registration, "What a client has registered (RFC 7592)",
      .flags = ANY_ORIGIN | CORS_ANY, .status = 200 },
    { "PUT",    "/oauth2/register/{client_id}", &guard_registered, NULL, "secret", OAUTH,  &client_metadata_shape,        NULL,                      put_registration, "Replace it",
      .flags = OWN_SHAPE | ANY_ORIGIN | CORS_ANY, .status = 200, .event = "client.updated" },
    { "DELETE", "/oauth2/register/{client_id}", &guard_registered, NULL, "secret", OAUTH,  NULL,                          NULL,                      delete_registration, "Take it back, with all that was granted to the client",
      .flags = ANY_ORIGIN | CORS_ANY, .event = "client.deleted" },
    { "GET",    "/device",                    &guard_session, NULL, "calls",   PAGE,    NULL,                           NULL,                      get_device,       "Page: the code that a device shows",
      .flags = HOSTED | RECENT | CORS_NEVER, .status = 200 },
    { "POST",   "/device",                    &guard_session, NULL, "calls",   PAGE,    &user_code_form_shape,          NULL,                      post_device,      "Form: what that device asks for",
      .flags = HOSTED | FORM | RECENT | CORS_NEVER, .status = 200 },
    { "POST",   "/device/answer",             &guard_session, NULL, "calls",   PAGE,    &user_code_answer_form_shape,   NULL,                      post_device_answer, "Form: allow or refuse it",
      .flags = HOSTED | FORM | RECENT | CORS_NEVER, .status = 200, .event = "device.allowed" },
    { "POST",   "/oauth2/introspect",         &guard_client_secret, NULL, "open", OAUTH, &introspection_request_shape, NULL,                     post_introspect,  "Ask about a token (RFC 7662)",
      .flags = FORM | ANY_ORIGIN, .query = &no_query_shape, .status = 200 },
    { "POST",   "/oauth2/revoke",             &guard_client, NULL, "open",     OAUTH,   &revocation_request_shape,      NULL,                      post_revoke,      "Give a token up (RFC 7009)",
      .flags = FORM | ANY_ORIGIN | CORS_CLIENT, .query = &no_query_shape, .status = 200, .event = "token.revoked" },
    { "GET",    "/oauth2/userinfo",           &guard_userinfo, NULL, "calls",  OAUTH,   NULL,                           NULL,                      get_userinfo,     "What the bearer may know of the user (OpenID Connect Core 5.3)",
      .flags = CLIENTS | CORS_CLIENT, .query = &no_query_shape, .status = 200 },
    { "POST",   "/oauth2/userinfo",           &guard_userinfo, NULL, "calls",  OAUTH,   &userinfo_form_shape,           NULL,                      get_userinfo,     "The same with the token in a form (RFC 6750 2.2)",
      .flags = FORM | ANY_ORIGIN | CLIENTS | CORS_CLIENT, .query = &no_query_shape, .status = 200 },
    { "GET",    "/.well-known/openid-configuration", &guard_open, NULL, "open", PROBLEM, NULL,                          NULL,                      get_discovery,    "What this server can do (OpenID Connect Discovery)",
      .cost = INLINE, .flags = CORS_ANY, .status = 200 },
    { "GET",    "/.well-known/oauth-authorization-server", &guard_open, NULL, "open", PROBLEM, NULL,                    NULL,                      get_discovery,    "The same (RFC 8414)",
      .cost = INLINE, .flags = CORS_ANY, .status = 200 },

    { "GET",    "/.well-known/oauth-protected-resource/*", &guard_open, NULL, "open", PROBLEM, &resource_query_shape,   NULL,                      get_protected_resource, "Whose tokens an API takes: ours, or a registered one (RFC 9728)",
      .flags = CORS_ANY | ANY_HOST, .status = 200 },

    /* --- for programs and operators --- */
    { "GET",    "/.well-known/jwks.json",     &guard_open,   NULL, "open",     PROBLEM, NULL,                           NULL,                      get_jwks,         "The public keys that verify our tokens (RFC 7517)",
      .cost = INLINE, .flags = CORS_ANY, .status = 200 },
    { "GET",    "/openapi.json",              &guard_open,   NULL, "open",     PROBLEM, NULL,                           NULL,                      get_openapi,      "This API as an OpenAPI 3.1 document",
      .cost = INLINE, .flags = CORS_ANY, .status = 200 },
    { "GET",    "/problems",                  &guard_open,   NULL, "open",     PAGE,    NULL,                           NULL,                      get_problems,     "All types of problems",
      .cost = INLINE, .flags = CORS_ANY, .status = 200 },
    { "GET",    "/problems/{slug}",           &guard_open,   NULL, "open",     PAGE,    NULL,                           NULL,                      get_problem,      "What a type of problem means and what to do",
      .cost = INLINE, .flags = CORS_ANY, .status = 200 },
    { "GET",    "/assets/{name}",             &guard_open,   NULL, "open",     PROBLEM, NULL,                           NULL,                      get_asset,        "Style sheet and icon of our pages",
      .cost = INLINE, .flags = CORS_ANY, .status = 200 },
    { "GET",    "/healthz",                   &guard_open,   NULL, "open",     PROBLEM, NULL,                           &health_shape,             get_health,       "Whether the process answers",
      .cost = INLINE, .flags = ANY_HOST | QUIET },
    { "GET",    "/readyz",                    &guard_open,   NULL, "open",     PROBLEM, NULL,                           &readiness_shape,          get_readiness,    "Whether it can do its work, and which part cannot",
      .flags = ANY_HOST | QUIET },
};
/* clang-format on */

const struct route *routes(size_t *n)
{
    *n = sizeof rows / sizeof rows[0];
    return rows;
}
