-- SPDX-License-Identifier: Apache-2.0
-- The audit as one Merkle tree.  leaf_index: the place of the event in it, given once; NULL until then.
ALTER TABLE events ADD COLUMN leaf_index BIGINT;
CREATE INDEX events_without_leaf ON events (id) WHERE leaf_index IS NULL;
CREATE UNIQUE INDEX events_of_leaf ON events (leaf_index) WHERE leaf_index IS NOT NULL;

-- The newest row is the log that grows.  When an older state of the database is put back another begins, at the size
-- that the tree has then (previous_size): what was in the log before beyond that is lost.  roots: of the complete trees
-- that the leaves fall into.
CREATE TABLE audit_logs (
    number        BIGINT NOT NULL PRIMARY KEY,
    log           TEXT COLLATE "C" NOT NULL,
    generation    BIGINT NOT NULL,
    size          BIGINT NOT NULL,
    roots         TEXT COLLATE "C" NOT NULL,
    previous_log  TEXT COLLATE "C",
    previous_size BIGINT,
    previous_root TEXT COLLATE "C",
    created_at    BIGINT NOT NULL
);

-- The roots of complete trees of 2^level leaves, of each eighth level.
CREATE TABLE audit_nodes (
    level BIGINT NOT NULL,
    at    BIGINT NOT NULL,
    hash  TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (level, at)
);

-- What was signed of each log.
CREATE TABLE audit_heads (
    number BIGINT NOT NULL,
    size   BIGINT NOT NULL,
    at     BIGINT NOT NULL,
    root   TEXT COLLATE "C" NOT NULL,
    token  TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (number, size)
);
CREATE INDEX audit_heads_at ON audit_heads (at);

-- Keys that sign heads; the newest signs.  endorsement: by the one before it.
CREATE TABLE audit_signers (
    number         BIGINT NOT NULL PRIMARY KEY,
    kid            TEXT COLLATE "C" NOT NULL,
    public_jwk     TEXT COLLATE "C" NOT NULL,
    sealed_private TEXT COLLATE "C",
    endorsement    TEXT COLLATE "C",
    created_at     BIGINT NOT NULL
);
