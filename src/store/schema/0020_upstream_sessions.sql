-- SPDX-License-Identifier: Apache-2.0
-- What a session that began at a provider is there: it ends with it.  sid: as the provider calls it; sealed: what is needed
-- to sign out there and to ask again, a refresh token among it.  check_at: when it is asked again; NULL: it is not.
CREATE TABLE upstream_sessions (
    session_id TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES sessions (id) ON DELETE CASCADE,
    provider   TEXT COLLATE "C" NOT NULL,
    issuer     TEXT COLLATE "C" NOT NULL,
    subject    TEXT COLLATE "C" NOT NULL,
    sid        TEXT COLLATE "C",
    sealed     TEXT COLLATE "C",
    check_at   BIGINT
);
CREATE INDEX upstream_sessions_by_sid ON upstream_sessions (provider, sid) WHERE sid IS NOT NULL;
CREATE INDEX upstream_sessions_by_subject ON upstream_sessions (provider, issuer, subject);
CREATE INDEX upstream_sessions_due ON upstream_sessions (check_at) WHERE check_at IS NOT NULL;
