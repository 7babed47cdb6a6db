-- A case: what it is, what was brought in, what was concluded, and the ledger of every act.

CREATE TABLE case_info (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    title TEXT NOT NULL,
    created_at TEXT NOT NULL,
    program TEXT NOT NULL
) STRICT;

-- Our own append-only chain. hash = SHA-256 over the entry's canonical text, see tables/ledger.rs.
CREATE TABLE ledger (
    number INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    actor TEXT NOT NULL,
    act TEXT NOT NULL,
    detail TEXT NOT NULL,
    previous BLOB NOT NULL,
    hash BLOB NOT NULL
) STRICT;
CREATE TRIGGER ledger_is_never_changed BEFORE UPDATE ON ledger
BEGIN SELECT RAISE(ABORT, 'ledger entries are never changed'); END;
CREATE TRIGGER ledger_is_never_deleted BEFORE DELETE ON ledger
BEGIN SELECT RAISE(ABORT, 'ledger entries are never deleted'); END;

CREATE TABLE evidence_file (
    id INTEGER PRIMARY KEY,
    path TEXT NOT NULL,
    sha256 BLOB NOT NULL,
    bytes INTEGER NOT NULL,
    system TEXT NOT NULL,
    kind TEXT NOT NULL,
    row_count INTEGER NOT NULL,
    is_kept INTEGER NOT NULL,
    has_ambiguous_nulls INTEGER NOT NULL,
    source_path TEXT NOT NULL,
    brought_by TEXT NOT NULL,
    brought_at TEXT NOT NULL
) STRICT;
CREATE TRIGGER evidence_file_is_never_changed BEFORE UPDATE ON evidence_file
BEGIN SELECT RAISE(ABORT, 'evidence is never changed'); END;
CREATE TRIGGER evidence_file_is_never_deleted BEFORE DELETE ON evidence_file
BEGIN SELECT RAISE(ABORT, 'evidence is never deleted'); END;

-- The original bytes, compressed, in pieces of 4 MiB.
CREATE TABLE evidence_chunk (
    file_id INTEGER NOT NULL REFERENCES evidence_file (id) DEFERRABLE INITIALLY DEFERRED,
    sequence INTEGER NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (file_id, sequence)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER evidence_chunk_is_never_changed BEFORE UPDATE ON evidence_chunk
BEGIN SELECT RAISE(ABORT, 'evidence is never changed'); END;
CREATE TRIGGER evidence_chunk_is_never_deleted BEFORE DELETE ON evidence_chunk
BEGIN SELECT RAISE(ABORT, 'evidence is never deleted'); END;

CREATE TABLE reject (
    id INTEGER PRIMARY KEY,
    path TEXT NOT NULL,
    row INTEGER NOT NULL,
    field TEXT NOT NULL,
    reason TEXT NOT NULL
) STRICT;

-- Two files that hold the same row with different content.
CREATE TABLE conflict (
    id INTEGER PRIMARY KEY,
    tbl TEXT NOT NULL,
    key TEXT NOT NULL,
    field TEXT NOT NULL,
    is_protected INTEGER NOT NULL,
    kept TEXT NOT NULL,
    other TEXT NOT NULL,
    file_id INTEGER NOT NULL,
    row INTEGER NOT NULL
) STRICT;

-- Texts that repeat in every row: elections, candidates, contests, event types, browsers.
CREATE TABLE term (
    id INTEGER PRIMARY KEY,
    text TEXT NOT NULL UNIQUE
) STRICT;

-- Votes, in the order of the export. A column declared ANY holds the short form (16 or 32 bytes for a canonical id or
-- hash, seconds for a canonical time) and the exact text as TEXT wherever the text is not in canonical form: what was
-- signed can always be rebuilt byte for byte.
CREATE TABLE vote (
    number INTEGER PRIMARY KEY,
    file_id INTEGER NOT NULL,
    row INTEGER NOT NULL,
    vote_id ANY NOT NULL,
    election INTEGER NOT NULL,
    candidate INTEGER NOT NULL,
    voter_id ANY,
    voter_hash ANY,
    position INTEGER,
    vote_rank ANY,
    voted_at ANY,
    signature ANY,
    dedup_hash ANY,
    chain_hash ANY,
    receipt_hash ANY,
    flags INTEGER NOT NULL,
    ip_address TEXT,
    user_agent INTEGER,
    rest TEXT
) STRICT;
CREATE TRIGGER vote_is_never_changed BEFORE UPDATE ON vote
BEGIN SELECT RAISE(ABORT, 'evidence is never changed'); END;
CREATE TRIGGER vote_is_never_deleted BEFORE DELETE ON vote
BEGIN SELECT RAISE(ABORT, 'evidence is never deleted'); END;

CREATE TABLE audit_entry (
    number INTEGER PRIMARY KEY,
    file_id INTEGER NOT NULL,
    row INTEGER NOT NULL,
    source INTEGER NOT NULL,
    log_id INTEGER NOT NULL,
    timestamp ANY,
    timestamp_nanos ANY,
    event_type INTEGER NOT NULL,
    event_category INTEGER,
    severity INTEGER,
    user_id ANY,
    organization_id INTEGER,
    ip_address TEXT,
    event_data TEXT,
    previous_hash ANY,
    current_hash ANY,
    hash_version INTEGER,
    rest TEXT
) STRICT;
CREATE INDEX audit_entry_by_log_id ON audit_entry (log_id);
CREATE TRIGGER audit_entry_is_never_changed BEFORE UPDATE ON audit_entry
BEGIN SELECT RAISE(ABORT, 'evidence is never changed'); END;
CREATE TRIGGER audit_entry_is_never_deleted BEFORE DELETE ON audit_entry
BEGIN SELECT RAISE(ABORT, 'evidence is never deleted'); END;

-- Rows of all smaller tables and whole documents, as JSON: an object of texts and nulls.
CREATE TABLE source_row (
    number INTEGER PRIMARY KEY,
    tbl TEXT NOT NULL,
    key TEXT NOT NULL,
    file_id INTEGER NOT NULL,
    row INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT;
CREATE INDEX source_row_by_key ON source_row (tbl, key);
CREATE TRIGGER source_row_is_never_changed BEFORE UPDATE ON source_row
BEGIN SELECT RAISE(ABORT, 'evidence is never changed'); END;
CREATE TRIGGER source_row_is_never_deleted BEFORE DELETE ON source_row
BEGIN SELECT RAISE(ABORT, 'evidence is never deleted'); END;

-- What a verification concluded, with the program version that concluded it.
CREATE TABLE conclusion (
    id INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    program TEXT NOT NULL,
    body TEXT NOT NULL
) STRICT;

-- Rows per table, kept with the rows so that a page never has to count them.
CREATE TABLE row_count (
    tbl TEXT NOT NULL,
    election INTEGER NOT NULL,
    total INTEGER NOT NULL,
    first_number INTEGER NOT NULL,
    PRIMARY KEY (tbl, election)
) STRICT, WITHOUT ROWID;
