-- SPDX-License-Identifier: Apache-2.0
-- A tenant is removed in steps (store/tenant_removal.h).

-- Since when what is left of it is being removed; NULL: it is there.
ALTER TABLE tenants ADD COLUMN removing_at BIGINT;
CREATE INDEX tenants_removing ON tenants (removing_at, id) WHERE removing_at IS NOT NULL;

-- Keys that a node made for a tenant while another one removed it.
DELETE FROM keys
WHERE tenant_id <> ''
  AND tenant_id NOT IN (SELECT id FROM tenants);
