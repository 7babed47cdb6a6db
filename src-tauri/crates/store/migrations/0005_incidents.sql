-- Incidents: each is a chain of records that is only added to. The incident itself is what its records tell.
CREATE TABLE incident_record (
    incident TEXT NOT NULL,
    number INTEGER NOT NULL,
    -- The record, JSON.
    body TEXT NOT NULL,
    previous BLOB NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY (incident, number)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER incident_record_is_never_changed BEFORE UPDATE ON incident_record
BEGIN SELECT RAISE(ABORT, 'records of incidents are never changed'); END;
CREATE TRIGGER incident_record_is_never_deleted BEFORE DELETE ON incident_record
BEGIN SELECT RAISE(ABORT, 'records of incidents are never deleted'); END;

-- The evidence locker: files of any size, kept whole in compressed pieces, each with the SHA-256 of its bytes as they came.
CREATE TABLE locker_item (
    number INTEGER PRIMARY KEY,
    incident TEXT NOT NULL,
    name TEXT NOT NULL,
    sha256 BLOB NOT NULL,
    bytes INTEGER NOT NULL,
    pieces INTEGER NOT NULL,
    captured_at TEXT NOT NULL,
    captured_by TEXT NOT NULL,
    -- What it is, why, from where, JSON.
    about TEXT NOT NULL
) STRICT;
CREATE INDEX locker_item_by_incident ON locker_item (incident, number);
CREATE TRIGGER locker_item_is_never_changed BEFORE UPDATE ON locker_item
BEGIN SELECT RAISE(ABORT, 'evidence is never changed'); END;
CREATE TRIGGER locker_item_is_never_deleted BEFORE DELETE ON locker_item
BEGIN SELECT RAISE(ABORT, 'evidence is never deleted'); END;

CREATE TABLE locker_chunk (
    item INTEGER NOT NULL REFERENCES locker_item (number) DEFERRABLE INITIALLY DEFERRED,
    sequence INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    sha256 BLOB NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (item, sequence)
) STRICT;
CREATE TRIGGER locker_chunk_is_never_changed BEFORE UPDATE ON locker_chunk
BEGIN SELECT RAISE(ABORT, 'evidence is never changed'); END;
CREATE TRIGGER locker_chunk_is_never_deleted BEFORE DELETE ON locker_chunk
BEGIN SELECT RAISE(ABORT, 'evidence is never deleted'); END;
