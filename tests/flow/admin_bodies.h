/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_TESTS_FLOW_ADMIN_BODIES_H
#define UAUTH_TESTS_FLOW_ADMIN_BODIES_H

/* A body for each shape that rows under /admin take. */

#include "admin_story.h"

static const struct {
    const char *shape, *body;
} bodies[] = {
    { "no_input", "{}" },
    { "admin_user_new", "{'email':'new@acme.example','full_name':'New'}" },
    { "admin_import", "{'people':[]}" },
    { "admin_user_patch", "{'full_name':'Changed'}" },
    { "impersonate", "{'reason':'Ticket 4711'}" },
    { "admin_role_new", "{'name':'new','permissions':[]}" },
    { "admin_role_put", "{'permissions':[]}" },
    { "admin_client_new", "{'metadata':{'redirect_uris':['https://app.example/cb']}}" },
    { "client_metadata", "{'redirect_uris':['https://app.example/cb']}" },
    { "admin_client_rotate", "{}" },
    { "admin_api_key_new", "{'name':'A service','permissions':['users:read'],'expires_at':"
                           "'2027-01-01T00:00:00Z'}" },
    { "admin_key_rotate", "{}" },
    { "admin_registration_token_new", "{'uses':2}" },
    { "admin_provider_new", "{'id':'new','kind':'openid','client_secret':'s','metadata':{'issuer':"
                            "'https://a.example','client_id':'u'}}" },
    { "admin_provider_put", "{'metadata':{'issuer':'https://a.example','client_id':'u'}}" },
    { "admin_tenant_put", "{'slug':'changed','name':'Changed'}" },
    { "admin_logo_put", "{'picture':'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAA'}" },
    { "tenant_settings", "{'session_idle_minutes':5}" },
    { "admin_member_put", "{'roles':[]}" },
    { "admin_keycloak", "{'realm':'acme'}" },
    { "admin_realm", "{}" },
    { "admin_resource", "{'resource':'https://api.example'}" },
    { "admin_invitation_new", "{'email':'invited@acme.example'}" },
};

static inline const char *body_of(struct world *w, const struct route *row)
{
    if (!route_has_body(row))
        return NULL;
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++)
        if (text_equal(bodies[i].shape, row->in->name))
            return story_json(w, "%s", bodies[i].body);
    fail_msg("%s %s: no body of the shape %s here", row->method, row->path, row->in->name);
    return NULL;
}

#endif
