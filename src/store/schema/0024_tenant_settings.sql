-- SPDX-License-Identifier: Apache-2.0
-- What a tenant asks for beyond the service (identity/tenant_settings.h).

-- A JSON object; NULL: nothing.
ALTER TABLE tenants ADD COLUMN settings TEXT COLLATE "C";

-- The tenant that whoever follows the link joins; NULL: none but where they are.
ALTER TABLE registrations ADD COLUMN tenant_id TEXT COLLATE "C";
