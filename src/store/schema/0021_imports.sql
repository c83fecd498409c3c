-- SPDX-License-Identifier: Apache-2.0
-- How far the import of a file has come.  id: of the file and of how it is read.  position: the byte of the file behind
-- the last record that is done.  report_bytes: how long the report is by then; tail: its end, which may not have reached
-- the disk.
CREATE TABLE imports (
    id           TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    position     BIGINT NOT NULL,
    number       BIGINT NOT NULL,
    added        BIGINT NOT NULL,
    left_out     BIGINT NOT NULL,
    report_bytes BIGINT NOT NULL,
    tail         TEXT COLLATE "C" NOT NULL,
    started_at   BIGINT NOT NULL,
    updated_at   BIGINT NOT NULL,
    done_at      BIGINT
);
