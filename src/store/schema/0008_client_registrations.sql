-- SPDX-License-Identifier: Apache-2.0
-- Clients that have registered themselves (RFC 7591), and the tokens that let them.

-- What an operator hands out (RFC 7591 1.2, initial access token).  uses: how often it is still good.
CREATE TABLE registration_tokens (
    hash        TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    label       TEXT COLLATE "C" NOT NULL,
    uses        BIGINT NOT NULL,
    created_at  BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL
);
CREATE INDEX registration_tokens_expired ON registration_tokens (expires_at);

-- hash: of the registration access token (RFC 7592).  expires_at: when the client goes if no user has allowed it
-- anything; NULL: it stays.
CREATE TABLE client_registrations (
    client_id   TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES clients (id) ON DELETE CASCADE,
    kind        TEXT COLLATE "C" NOT NULL CHECK (kind IN ('open', 'token', 'document')),
    hash        TEXT COLLATE "C" UNIQUE,
    created_at  BIGINT NOT NULL,
    expires_at  BIGINT
);
CREATE INDEX client_registrations_expired ON client_registrations (expires_at);
CREATE INDEX consents_of_client ON consents (client_id);
