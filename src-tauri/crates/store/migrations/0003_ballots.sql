-- Ranked ballots of a chain, in the order of the export. A column declared ANY holds the short form (32 bytes for a canonical
-- hash, an integer for a canonical number) and the exact text as TEXT wherever the text is not in canonical form.
CREATE TABLE ballot (
    number INTEGER PRIMARY KEY,
    file_id INTEGER NOT NULL,
    row INTEGER NOT NULL,
    ballot_hash ANY,
    election TEXT,
    origin_id ANY,
    credential TEXT,
    previous_hash ANY,
    chain_hash ANY,
    ranking TEXT,
    weight ANY,
    is_counted TEXT,
    superseded_by ANY,
    created_at TEXT
) STRICT;
CREATE TRIGGER ballot_is_never_changed BEFORE UPDATE ON ballot
BEGIN SELECT RAISE(ABORT, 'evidence is never changed'); END;
CREATE TRIGGER ballot_is_never_deleted BEFORE DELETE ON ballot
BEGIN SELECT RAISE(ABORT, 'evidence is never deleted'); END;

-- What the export lacks and a person said: each row names the election, who said it and where it was taken from. The
-- newest row of an election counts.
CREATE TABLE assumption (
    number INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    actor TEXT NOT NULL,
    system TEXT NOT NULL,
    election TEXT NOT NULL,
    origin TEXT NOT NULL,
    body TEXT NOT NULL
) STRICT;
CREATE TRIGGER assumption_is_never_changed BEFORE UPDATE ON assumption
BEGIN SELECT RAISE(ABORT, 'what was assumed is never changed'); END;
CREATE TRIGGER assumption_is_never_deleted BEFORE DELETE ON assumption
BEGIN SELECT RAISE(ABORT, 'what was assumed is never deleted'); END;
