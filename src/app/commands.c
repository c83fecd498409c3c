/* SPDX-License-Identifier: Apache-2.0 */
#include "app/commands.h"

static const struct command *const rows[] = {
    &command_init,
    &command_serve,
    &command_migrate,
    &command_config,
    &command_health,
    &command_user_create,
    &command_user_list,
    &command_user_show,
    &command_user_password,
    &command_user_role,
    &command_user_sessions,
    &command_user_disable,
    &command_user_enable,
    &command_user_unlock,
    &command_user_mfa,
    &command_user_delete,
    &command_user_invite,
    &command_backup,
    &command_restore,
    &command_client_create,
    &command_client_list,
    &command_client_show_one,
    &command_client_update,
    &command_client_rotate_secret,
    &command_client_disable,
    &command_client_enable,
    &command_client_delete,
    &command_client_registration_token,
    &command_provider_create,
    &command_provider_list,
    &command_provider_show,
    &command_provider_update,
    &command_provider_delete,
    &command_resource_set,
    &command_resource_list,
    &command_resource_remove,
    &command_key_list,
    &command_key_rotate,
    &command_token_verify,
    &command_token_inspect,
    &command_explain,
    &command_describe,
    &command_completion,
    &command_man,
};

const struct command *const *commands(size_t *n)
{
    *n = sizeof rows / sizeof rows[0];
    return rows;
}
