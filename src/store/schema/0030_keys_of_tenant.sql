-- SPDX-License-Identifier: Apache-2.0
-- There are as many keys as tenants with an issuer of their own, and those of each that is called are read every other
-- second.

CREATE INDEX keys_of_tenant ON keys (tenant_id, created_at, kid);
CREATE INDEX keys_expired ON keys (expires_at) WHERE state = 'retired';
