-- SPDX-License-Identifier: Apache-2.0
-- Access tokens that say nothing themselves, by the hash of each: what it stands for is kept here.  claims: the payload
-- that a signed one would have (token/claims.h).
CREATE TABLE opaque_tokens (
    hash       TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    client_id  TEXT COLLATE "C" NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    claims     TEXT COLLATE "C" NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX opaque_tokens_expired ON opaque_tokens (expires_at);
CREATE INDEX opaque_tokens_of_client ON opaque_tokens (client_id);
