-- SPDX-License-Identifier: Apache-2.0
-- Whose people sign in where: each domain of addresses belongs to one provider at most.  The same list stands in the
-- metadata of the provider; here it is the key.
CREATE TABLE provider_domains (
    domain   TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    provider TEXT COLLATE "C" NOT NULL REFERENCES providers (id) ON DELETE CASCADE
);
CREATE INDEX provider_domains_of_provider ON provider_domains (provider);
