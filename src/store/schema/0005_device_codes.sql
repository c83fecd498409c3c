-- SPDX-License-Identifier: Apache-2.0
-- Devices that ask for tokens (RFC 8628).  user_code: the hash of what their user types.  session_id: who answered.
-- wait: seconds from one question of the device to the next; asked_at: when it asked last.
CREATE TABLE device_codes (
    hash        TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    user_code   TEXT COLLATE "C" NOT NULL UNIQUE,
    client_id   TEXT COLLATE "C" NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    scopes      TEXT COLLATE "C" NOT NULL,
    resources   TEXT COLLATE "C" NOT NULL,
    address     TEXT COLLATE "C" NOT NULL,
    status      TEXT COLLATE "C" NOT NULL CHECK (status IN ('pending', 'allowed', 'refused', 'used')),
    session_id  TEXT COLLATE "C" REFERENCES sessions (id) ON DELETE CASCADE,
    wait        BIGINT NOT NULL,
    asked_at    BIGINT,
    created_at  BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL
);
CREATE INDEX device_codes_expired ON device_codes (expires_at);
CREATE INDEX device_codes_of_client ON device_codes (client_id, expires_at);
CREATE INDEX device_codes_of_session ON device_codes (session_id);
