-- SPDX-License-Identifier: Apache-2.0
-- What applications registered, their secrets, and what is asked for and given between them, a browser and a user.

-- metadata: one JSON object, oauth/client_metadata.h; checked before it is stored.
ALTER TABLE clients ADD COLUMN metadata TEXT COLLATE "C" NOT NULL DEFAULT '{}';

-- sealed: the secret itself, only where it has to be known to check an HMAC (client_secret_jwt).
CREATE TABLE client_secrets (
    client_id   TEXT COLLATE "C" NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    hash        TEXT COLLATE "C" NOT NULL,
    sealed      TEXT COLLATE "C",
    created_at  BIGINT NOT NULL,
    expires_at  BIGINT,
    PRIMARY KEY (client_id, hash)
);

-- resources: the audiences that its tokens may have beside `audience`.  claims: the parameter of OpenID Connect.
ALTER TABLE authorizations ADD COLUMN resources TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE authorizations ADD COLUMN claims TEXT COLLATE "C";

-- session_id: whose answers `answered` (bits of store/authorization_requests.h) are.
-- browser: the hash of the cookie that has to come along.
CREATE TABLE authorization_requests (
    hash        TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    kind        TEXT COLLATE "C" NOT NULL CHECK (kind IN ('pushed', 'waiting')),
    client_id   TEXT COLLATE "C" NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    params      TEXT COLLATE "C" NOT NULL,
    pushed_hash TEXT COLLATE "C",
    browser     TEXT COLLATE "C",
    session_id  TEXT COLLATE "C" REFERENCES sessions (id) ON DELETE CASCADE,
    answered    BIGINT NOT NULL,
    created_at  BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL,
    used_at     BIGINT
);
CREATE INDEX authorization_requests_expired ON authorization_requests (expires_at);
CREATE INDEX authorization_requests_of_session ON authorization_requests (session_id);

-- ends_at: how long the authorization lives from the moment in which the code is redeemed; until then it ends with it.
CREATE TABLE codes (
    hash             TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    authorization_id TEXT COLLATE "C" NOT NULL REFERENCES authorizations (id) ON DELETE CASCADE,
    session_id       TEXT COLLATE "C" REFERENCES sessions (id) ON DELETE CASCADE,
    redirect_uri     TEXT COLLATE "C" NOT NULL,
    code_challenge   TEXT COLLATE "C",
    nonce            TEXT COLLATE "C",
    created_at       BIGINT NOT NULL,
    expires_at       BIGINT NOT NULL,
    ends_at          BIGINT NOT NULL,
    used_at          BIGINT
);
CREATE INDEX codes_expired ON codes (expires_at);
CREATE INDEX codes_of_authorization ON codes (authorization_id);
CREATE INDEX codes_of_session ON codes (session_id);

CREATE TABLE consents (
    user_id     TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    client_id   TEXT COLLATE "C" NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    scopes      TEXT COLLATE "C" NOT NULL,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL,
    PRIMARY KEY (user_id, client_id)
);

-- The applications that a user has signed in to during a session, of those that want to know when it ends.
-- backchannel: whether its server is told; else only its pages are.
CREATE TABLE session_clients (
    session_id  TEXT COLLATE "C" NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    client_id   TEXT COLLATE "C" NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    backchannel BIGINT NOT NULL,
    PRIMARY KEY (session_id, client_id)
);
CREATE INDEX session_clients_of_client ON session_clients (client_id);

-- What tokens are for (RFC 8707): an API, by its URI.
CREATE TABLE resources (
    uri         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    name        TEXT COLLATE "C" NOT NULL,
    scopes      TEXT COLLATE "C" NOT NULL,
    metadata    TEXT COLLATE "C" NOT NULL,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL
);
