-- SPDX-License-Identifier: Apache-2.0
-- Slugs that are, or were, in the name of an issuer (store/issuer_slugs.h), and whose that was: also a tenant that is
-- gone, since who trusted the issuer may still do.
CREATE TABLE issuer_slugs (
    slug      TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    tenant_id TEXT COLLATE "C" NOT NULL
);

INSERT INTO issuer_slugs (slug, tenant_id)
SELECT slug, id
FROM tenants
WHERE removing_at IS NULL
  AND settings LIKE '%"issuer":"own"%';
