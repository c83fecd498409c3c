-- SPDX-License-Identifier: Apache-2.0
-- Signing in with others: who they are, and sign-ins that are on their way there and back.

CREATE TABLE providers (
    id         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    kind       TEXT COLLATE "C" NOT NULL,
    name       TEXT COLLATE "C" NOT NULL,
    status     TEXT COLLATE "C" NOT NULL CHECK (status IN ('active', 'disabled')),
    metadata   TEXT COLLATE "C" NOT NULL,
    sealed     TEXT COLLATE "C",
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

-- `hash` is that of `state`, or of the handle of a program; `browser` that of a browser's cookie,
-- NULL for a program.  `session_id` is whose account an identity is linked to.
CREATE TABLE sign_in_attempts (
    hash       TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    provider   TEXT COLLATE "C" NOT NULL,
    browser    TEXT COLLATE "C",
    session_id TEXT COLLATE "C" REFERENCES sessions (id) ON DELETE CASCADE,
    sealed     TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at    BIGINT
);
CREATE INDEX sign_in_attempts_expired ON sign_in_attempts (expires_at);
CREATE INDEX sign_in_attempts_of_session ON sign_in_attempts (session_id);
CREATE INDEX identities_of_provider ON identities (provider);
