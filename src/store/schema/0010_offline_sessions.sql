-- SPDX-License-Identifier: Apache-2.0
-- The session in which somebody granted access that outlives it: while it lives, new ID tokens name it.
ALTER TABLE authorizations ADD COLUMN sid TEXT COLLATE "C";
