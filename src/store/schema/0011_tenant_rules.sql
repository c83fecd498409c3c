-- SPDX-License-Identifier: Apache-2.0
-- What a tenant asks of its members, and who is invited to be one.

-- allowed_domains: of addresses that are invited or made, separated by spaces; '': any.
ALTER TABLE tenants ADD COLUMN require_mfa BIGINT NOT NULL DEFAULT 0;
ALTER TABLE tenants ADD COLUMN allowed_domains TEXT COLLATE "C" NOT NULL DEFAULT '';

-- invited_in: the tenant in which whoever invited acted, and whose rights bound what is given; NULL: a command.
CREATE TABLE invitations (
    id            TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    tenant_id     TEXT COLLATE "C" NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    email         TEXT COLLATE "C" NOT NULL,
    email_entered TEXT COLLATE "C" NOT NULL,
    roles         TEXT COLLATE "C" NOT NULL,
    invited_by    TEXT COLLATE "C" REFERENCES users (id) ON DELETE CASCADE,
    invited_in    TEXT COLLATE "C",
    created_at    BIGINT NOT NULL,
    expires_at    BIGINT NOT NULL,
    UNIQUE (tenant_id, email)
);
CREATE INDEX invitations_of_tenant ON invitations (tenant_id, id);
CREATE INDEX invitations_expired ON invitations (expires_at);
CREATE INDEX invitations_by ON invitations (invited_by);
