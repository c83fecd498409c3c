-- SPDX-License-Identifier: Apache-2.0
-- Clients, sessions, what was granted, tokens, keys, and what is told to others.

-- disabled_at: when it was disabled last; what was granted to it by then stays dead.
CREATE TABLE clients (
    id           TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    tenant_id    TEXT COLLATE "C" REFERENCES tenants (id),
    name         TEXT COLLATE "C" NOT NULL,
    status       TEXT COLLATE "C" NOT NULL CHECK (status IN ('active', 'disabled')),
    disabled_at  BIGINT,
    confidential BIGINT NOT NULL,
    created_at   BIGINT NOT NULL,
    updated_at   BIGINT NOT NULL
);
INSERT INTO clients (id, tenant_id, name, status, confidential, created_at, updated_at)
VALUES ('first-party', NULL, 'The first-party API', 'active', 0, 0, 0);

CREATE TABLE sessions (
    id              TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    hash            TEXT COLLATE "C" UNIQUE,
    user_id         TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    tenant_id       TEXT COLLATE "C" REFERENCES tenants (id),
    mode            TEXT COLLATE "C" NOT NULL CHECK (mode IN ('session', 'token', 'spa')),
    created_at      BIGINT NOT NULL,
    last_seen_at    BIGINT NOT NULL,
    idle_expires_at BIGINT NOT NULL,
    expires_at      BIGINT NOT NULL,
    auth_time       BIGINT NOT NULL,
    amr             TEXT COLLATE "C" NOT NULL,
    acr             TEXT COLLATE "C",
    address         TEXT COLLATE "C",
    user_agent      TEXT COLLATE "C",
    ended_at        BIGINT
);
CREATE INDEX sessions_of_user ON sessions (user_id, id);
CREATE INDEX sessions_expired ON sessions (expires_at);

CREATE TABLE authorizations (
    id         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    user_id    TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    client_id  TEXT COLLATE "C" NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    session_id TEXT COLLATE "C" REFERENCES sessions (id) ON DELETE CASCADE,
    tenant_id  TEXT COLLATE "C" REFERENCES tenants (id),
    scopes     TEXT COLLATE "C" NOT NULL,
    audience   TEXT COLLATE "C",
    jkt        TEXT COLLATE "C",
    auth_time  BIGINT NOT NULL,
    amr        TEXT COLLATE "C" NOT NULL,
    acr        TEXT COLLATE "C",
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT
);
CREATE INDEX authorizations_of_user ON authorizations (user_id, id);
CREATE INDEX authorizations_of_session ON authorizations (session_id);
CREATE INDEX authorizations_expired ON authorizations (expires_at);

-- sealed: this token, under a key that only a holder of the one before it has; NULL once it is
-- used, or its window is over.
CREATE TABLE refresh_tokens (
    hash             TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    authorization_id TEXT COLLATE "C" NOT NULL REFERENCES authorizations (id) ON DELETE CASCADE,
    successor_hash   TEXT COLLATE "C",
    sealed           TEXT COLLATE "C",
    created_at       BIGINT NOT NULL,
    expires_at       BIGINT NOT NULL,
    used_at          BIGINT
);
CREATE INDEX refresh_tokens_of_authorization ON refresh_tokens (authorization_id);
CREATE INDEX refresh_tokens_expired ON refresh_tokens (expires_at);
CREATE INDEX refresh_tokens_sealed ON refresh_tokens (created_at) WHERE sealed IS NOT NULL;

CREATE TABLE one_time_tokens (
    kind       TEXT COLLATE "C" NOT NULL,
    hash       TEXT COLLATE "C" NOT NULL,
    user_id    TEXT COLLATE "C" REFERENCES users (id) ON DELETE CASCADE,
    about      TEXT COLLATE "C" NOT NULL,
    payload    TEXT COLLATE "C",
    tries      BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at    BIGINT,
    PRIMARY KEY (kind, hash)
);
CREATE INDEX one_time_tokens_of_user ON one_time_tokens (user_id, kind, about);
CREATE INDEX one_time_tokens_about ON one_time_tokens (about, kind);
CREATE INDEX one_time_tokens_expired ON one_time_tokens (expires_at);

CREATE TABLE seen (
    purpose    TEXT COLLATE "C" NOT NULL,
    issuer     TEXT COLLATE "C" NOT NULL,
    id         TEXT COLLATE "C" NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (purpose, issuer, id)
);
CREATE INDEX seen_expired ON seen (expires_at);

CREATE TABLE revocations (
    kind       TEXT COLLATE "C" NOT NULL,
    id         TEXT COLLATE "C" NOT NULL,
    at         BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (kind, id)
);
CREATE INDEX revocations_at ON revocations (at, kind, id);
CREATE INDEX revocations_expired ON revocations (expires_at);

CREATE TABLE keys (
    kid            TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    alg            TEXT COLLATE "C" NOT NULL,
    state          TEXT COLLATE "C" NOT NULL CHECK (state IN ('next', 'current', 'retired')),
    sealed_private TEXT COLLATE "C",
    public_jwk     TEXT COLLATE "C" NOT NULL,
    created_at     BIGINT NOT NULL,
    activates_at   BIGINT NOT NULL,
    retires_at     BIGINT NOT NULL,
    expires_at     BIGINT
);
CREATE UNIQUE INDEX keys_in_turn ON keys (alg, state) WHERE state <> 'retired';

-- Neither audit nor its keys refer to the rows they tell of: these may go, the audit stays.
CREATE TABLE events (
    id             TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    name           TEXT COLLATE "C" NOT NULL,
    at             BIGINT NOT NULL,
    outcome        TEXT COLLATE "C" NOT NULL,
    tenant_id      TEXT COLLATE "C",
    user_id        TEXT COLLATE "C",
    actor_id       TEXT COLLATE "C",
    client_id      TEXT COLLATE "C",
    session_id     TEXT COLLATE "C",
    request_id     TEXT COLLATE "C",
    correlation_id TEXT COLLATE "C",
    detail         TEXT COLLATE "C",
    sealed         TEXT COLLATE "C",
    leaf_hash      TEXT COLLATE "C" NOT NULL
);
CREATE INDEX events_of_user ON events (user_id, id);
CREATE INDEX events_of_tenant ON events (tenant_id, id);
CREATE TABLE audit_keys (
    user_id    TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    sealed     TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL
);

-- next_at is NULL once a row is done or given up.
CREATE TABLE outbox (
    id         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    kind       TEXT COLLATE "C" NOT NULL CHECK (kind IN ('mail', 'backchannel', 'webhook')),
    user_id    TEXT COLLATE "C" REFERENCES users (id) ON DELETE CASCADE,
    recipient  TEXT COLLATE "C" NOT NULL,
    subject    TEXT COLLATE "C" NOT NULL,
    sealed     TEXT COLLATE "C",
    attempts   BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    next_at    BIGINT,
    done_at    BIGINT,
    why        TEXT COLLATE "C"
);
CREATE INDEX outbox_due ON outbox (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX outbox_of_user ON outbox (user_id);
CREATE INDEX outbox_done ON outbox (done_at) WHERE next_at IS NULL;
