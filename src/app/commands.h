/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_APP_COMMANDS_H
#define UAUTH_APP_COMMANDS_H

/* The commands, each of a file of its own or of one with its kin. */

#include "app/command.h"

extern const struct command command_init, command_serve, command_migrate, command_config,
    command_health, command_user_create, command_user_list, command_user_show,
    command_user_password, command_user_role, command_user_sessions, command_user_impersonate,
    command_user_disable, command_user_enable, command_user_unlock, command_user_mfa,
    command_user_delete, command_user_invite, command_backup, command_restore,
    command_client_create, command_client_list, command_client_show_one, command_client_update,
    command_client_rotate_secret, command_client_disable, command_client_enable,
    command_client_delete, command_client_registration_token, command_resource_set,
    command_resource_list, command_resource_remove, command_tenant_list, command_tenant_create,
    command_tenant_update, command_tenant_disable, command_tenant_enable, command_tenant_delete,
    command_tenant_members, command_tenant_member, command_tenant_invite,
    command_tenant_invitations, command_tenant_uninvite, command_tenant_export,
    command_permission_list, command_role_list, command_role_create, command_role_update,
    command_role_delete, command_audit_list, command_audit_export, command_audit_verify,
    command_audit_prove, command_audit_heads, command_audit_key, command_audit_rotate_key,
    command_key_list, command_key_rotate, command_token_verify, command_provider_create,
    command_provider_list, command_provider_show, command_provider_update, command_provider_delete,
    command_token_inspect, command_token_client_credentials, command_token_device,
    command_token_exchange, command_token_azure, command_api_key_create, command_api_key_list,
    command_api_key_show, command_api_key_revoke, command_export, command_user_import,
    command_import_keycloak, command_import_auth0, command_apply, command_explain, command_doctor,
    command_describe, command_completion, command_man;

#endif
