-- SPDX-License-Identifier: Apache-2.0
-- What administration needs beyond people, tenants and roles.

-- Answers under an Idempotency-Key.  hash: of the key; request: a MAC of what was asked; sealed: NULL while it runs.
CREATE TABLE kept_replies (
    owner      TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    hash       TEXT COLLATE "C" NOT NULL,
    request    TEXT COLLATE "C" NOT NULL,
    sealed     TEXT COLLATE "C",
    begun_at   BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (owner, hash)
);
CREATE INDEX kept_replies_expired ON kept_replies (expires_at);

-- A client of a tenant is found by it.
CREATE INDEX clients_of_tenant ON clients (tenant_id, id);

-- Who may change users may look at them.
INSERT INTO role_permissions (tenant_id, role, permission)
VALUES ('', 'moderator', 'users:list');
