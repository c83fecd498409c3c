-- SPDX-License-Identifier: Apache-2.0
-- Places in status lists, which say offline what has been revoked.  A place refers to no row: it stays until no token
-- that names it can be alive, whatever has become of the authorization.  authorization_id: NULL where it is of a
-- client's own tokens.  revoked_at: when one token of those that share the place was revoked.

CREATE TABLE status_entries (
    list             TEXT COLLATE "C" NOT NULL,
    idx              BIGINT NOT NULL,
    authorization_id TEXT COLLATE "C",
    client_id        TEXT COLLATE "C" NOT NULL,
    created_at       BIGINT NOT NULL,
    expires_at       BIGINT NOT NULL,
    revoked_at       BIGINT,
    PRIMARY KEY (list, idx)
);
CREATE INDEX status_entries_of_client ON status_entries (client_id, expires_at) WHERE authorization_id IS NULL;
CREATE INDEX status_entries_expired ON status_entries (expires_at);

ALTER TABLE authorizations ADD COLUMN status_list TEXT COLLATE "C";
ALTER TABLE authorizations ADD COLUMN status_idx BIGINT;
