-- SPDX-License-Identifier: Apache-2.0
-- Whether the API has named URLs of a provider, and not only this machine: then they are called as strangers' are.  Of
-- those that are there nobody knows, and they go on as they did.
ALTER TABLE providers ADD COLUMN foreign_urls BIGINT NOT NULL DEFAULT 0;
