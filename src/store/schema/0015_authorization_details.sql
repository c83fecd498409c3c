-- SPDX-License-Identifier: Apache-2.0
-- What exactly was granted (RFC 9396): a JSON array, or NULL.
ALTER TABLE authorizations ADD COLUMN details TEXT COLLATE "C";
