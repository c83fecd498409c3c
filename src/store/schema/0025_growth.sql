-- SPDX-License-Identifier: Apache-2.0
-- Ways to what would be looked for through a whole table where there are many people, tenants and sessions.

-- What a tenant takes with it, and what its rules shorten.
CREATE INDEX sessions_of_tenant ON sessions (tenant_id);
CREATE INDEX authorizations_of_tenant ON authorizations (tenant_id);
CREATE INDEX users_of_default_tenant ON users (default_tenant_id);
CREATE INDEX registrations_of_tenant ON registrations (tenant_id) WHERE tenant_id IS NOT NULL;
CREATE INDEX user_roles_given ON user_roles (given_in, tenant_id, role);

-- What goes with a client, a session, or what was granted.
CREATE INDEX authorizations_of_client ON authorizations (client_id);
CREATE INDEX authorization_requests_of_client ON authorization_requests (client_id);

-- Lists of who is disabled.
CREATE INDEX users_disabled ON users (id) WHERE status = 'disabled';

-- Of what happens seldom, by its name (store/events.c).  These two happen all the time: they are found without.
CREATE INDEX events_named ON events (name, id)
    WHERE name <> 'login.succeeded' AND name <> 'token.refreshed';
CREATE INDEX events_named_of_tenant ON events (tenant_id, name, id)
    WHERE name <> 'login.succeeded' AND name <> 'token.refreshed';

-- As many rows may become due at once as there are applications that are told.
DROP INDEX outbox_due;
CREATE INDEX outbox_due ON outbox (next_at, id) WHERE next_at IS NOT NULL;

-- upstream: 1: there is a row in upstream_sessions, which goes a while after the session has ended.
ALTER TABLE sessions ADD COLUMN upstream BIGINT NOT NULL DEFAULT 0;
UPDATE sessions SET upstream = 1 WHERE id IN (SELECT session_id FROM upstream_sessions);
CREATE INDEX sessions_ended_upstream ON sessions (ended_at) WHERE upstream = 1;
