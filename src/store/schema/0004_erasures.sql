-- SPDX-License-Identifier: Apache-2.0
-- Who was erased, so that the log of erasures beside the database can be made and checked.  It holds no
-- person, only the id that is left of one.

CREATE TABLE erasures (
    id        TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    erased_at BIGINT NOT NULL
);
CREATE INDEX erasures_in_order ON erasures (erased_at, id);

INSERT INTO erasures (id, erased_at)
SELECT id, updated_at
FROM users
WHERE status = 'deleted';
