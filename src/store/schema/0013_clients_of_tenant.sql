-- SPDX-License-Identifier: Apache-2.0
-- A client is looked for by its id, and by this index only where a tenant is asked for.
DROP INDEX clients_of_tenant;
CREATE INDEX clients_of_tenant ON clients (tenant_id, id) WHERE tenant_id IS NOT NULL;
