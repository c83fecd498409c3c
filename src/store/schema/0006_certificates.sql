-- SPDX-License-Identifier: Apache-2.0
-- Refresh tokens of public clients that are bound to a certificate (RFC 8705 4): its x5t#S256.
ALTER TABLE authorizations ADD COLUMN x5t TEXT COLLATE "C";
