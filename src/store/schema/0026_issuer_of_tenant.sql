-- SPDX-License-Identifier: Apache-2.0
-- Keys of a tenant that has an issuer of its own.  tenant_id: empty of the service's own.

ALTER TABLE keys ADD COLUMN tenant_id TEXT COLLATE "C" NOT NULL DEFAULT '';

DROP INDEX keys_in_turn;
CREATE UNIQUE INDEX keys_in_turn ON keys (tenant_id, alg, state) WHERE state <> 'retired';
