-- SPDX-License-Identifier: Apache-2.0
-- How a tenant presents itself on the pages for its applications and members.

-- accent: "#3046c5"; NULL: that of the service.
ALTER TABLE tenants ADD COLUMN accent TEXT COLLATE "C";

-- name: made of the bytes; content: base64.
CREATE TABLE tenant_logos (
    tenant_id TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES tenants (id) ON DELETE CASCADE,
    name      TEXT COLLATE "C" NOT NULL,
    content   TEXT COLLATE "C" NOT NULL
);
CREATE INDEX tenant_logos_named ON tenant_logos (name);
