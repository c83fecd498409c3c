-- SPDX-License-Identifier: Apache-2.0
-- When the user last read where a client sends them, and allowed it; NULL: never, as with devices.
ALTER TABLE consents ADD COLUMN shown_at BIGINT;
UPDATE consents SET shown_at = updated_at;
