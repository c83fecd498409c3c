-- SPDX-License-Identifier: Apache-2.0
-- Sessions in which somebody acts as another and whose end nobody was told of are looked for every second, in the order
-- of their ids: without this, through all sessions.

CREATE INDEX sessions_acted ON sessions (id) WHERE actor_id IS NOT NULL AND actor_told_at IS NULL;
