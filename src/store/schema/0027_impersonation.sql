-- SPDX-License-Identifier: Apache-2.0
-- A session in which somebody else acts as its user (identity/impersonation.h).

-- Who that is, and the session of theirs that it ends with; NULL: nobody but the user.
ALTER TABLE sessions ADD COLUMN actor_id TEXT COLLATE "C";
ALTER TABLE sessions ADD COLUMN actor_session_id TEXT COLLATE "C";

-- When the audit was told of its end; NULL: not yet.
ALTER TABLE sessions ADD COLUMN actor_told_at BIGINT;

CREATE INDEX sessions_of_actor ON sessions (actor_id, id) WHERE actor_id IS NOT NULL;
