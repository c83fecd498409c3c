-- SPDX-License-Identifier: Apache-2.0
-- The language in which a person is written to (BCP 47); NULL: that of whoever causes the mail.
ALTER TABLE users ADD COLUMN locale TEXT COLLATE "C";
