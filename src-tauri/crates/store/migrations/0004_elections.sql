-- Elections that are run in this case. What an act changes and its ledger entry are one transaction.

-- People who act. The passphrase is kept as an Argon2id string only.
CREATE TABLE person (
    name TEXT PRIMARY KEY,
    role TEXT NOT NULL CHECK (role IN ('administrator', 'clerk', 'auditor', 'witness')),
    passphrase TEXT NOT NULL,
    is_active INTEGER NOT NULL
) STRICT;

-- The passphrase of the case: salt, and a known text sealed under what is derived from both.
CREATE TABLE case_lock (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    salt BLOB NOT NULL,
    proof BLOB NOT NULL
) STRICT;

CREATE TABLE native_election (
    id TEXT PRIMARY KEY,
    phase TEXT NOT NULL,
    setup TEXT NOT NULL,
    created_at TEXT NOT NULL,
    parent TEXT,
    opened_at TEXT,
    ends_at TEXT,
    closed_at TEXT,
    counted_at TEXT,
    certified_at TEXT,
    published_at TEXT,
    cancelled_at TEXT,
    ballots INTEGER NOT NULL DEFAULT 0,
    chain_head BLOB NOT NULL,
    -- Set while what closing destroys is not yet gone from the file.
    is_scrubbing INTEGER NOT NULL DEFAULT 0,
    -- Facts that are known once voting has opened or closed, JSON.
    facts TEXT NOT NULL DEFAULT '{}'
) STRICT;

-- Keys and salts, each sealed under the passphrase of the case. Salt and link key go when the election closes.
CREATE TABLE native_secret (
    election TEXT NOT NULL REFERENCES native_election (id),
    kind TEXT NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (election, kind)
) STRICT, WITHOUT ROWID;

CREATE TABLE native_roll (
    election TEXT NOT NULL REFERENCES native_election (id),
    voter TEXT NOT NULL,
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    address TEXT NOT NULL,
    weight INTEGER NOT NULL,
    groups TEXT NOT NULL,
    PRIMARY KEY (election, voter)
) STRICT, WITHOUT ROWID;

-- Keyed by a random id, so that the order of the rows tells nothing. `link` is the voter and the code, sealed; it goes when a
-- secret election closes. The row itself stays.
CREATE TABLE native_credential (
    election TEXT NOT NULL REFERENCES native_election (id),
    id BLOB NOT NULL,
    code_hash BLOB NOT NULL,
    weight INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('valid', 'withdrawn')),
    uses INTEGER NOT NULL DEFAULT 0,
    link BLOB,
    PRIMARY KEY (election, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX native_credential_by_code ON native_credential (code_hash);
CREATE TRIGGER native_credential_is_never_deleted BEFORE DELETE ON native_credential
BEGIN SELECT RAISE(ABORT, 'credentials are never deleted'); END;

-- A person who may vote with the credential of another.
CREATE TABLE native_proxy (
    id INTEGER PRIMARY KEY,
    election TEXT NOT NULL REFERENCES native_election (id),
    voter TEXT NOT NULL,
    proxy TEXT NOT NULL,
    reason TEXT NOT NULL,
    granted_by TEXT NOT NULL,
    revoked_at TEXT
) STRICT;

CREATE TABLE native_ballot (
    election TEXT NOT NULL REFERENCES native_election (id),
    position INTEGER NOT NULL,
    voter BLOB,
    body TEXT NOT NULL,
    hash BLOB NOT NULL,
    previous BLOB NOT NULL,
    chain BLOB NOT NULL,
    signature BLOB NOT NULL,
    cast_at TEXT,
    PRIMARY KEY (election, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX native_ballot_by_voter ON native_ballot (election, voter, position);
CREATE INDEX native_ballot_by_hash ON native_ballot (hash);
CREATE TRIGGER native_ballot_is_never_changed BEFORE UPDATE ON native_ballot
BEGIN SELECT RAISE(ABORT, 'ballots are never changed'); END;
CREATE TRIGGER native_ballot_is_never_deleted BEFORE DELETE ON native_ballot
BEGIN SELECT RAISE(ABORT, 'ballots are never deleted'); END;

CREATE TABLE native_exclusion (
    election TEXT NOT NULL REFERENCES native_election (id),
    position INTEGER NOT NULL,
    reason TEXT NOT NULL,
    excluded_at TEXT NOT NULL,
    excluded_by TEXT NOT NULL,
    second TEXT NOT NULL,
    PRIMARY KEY (election, position)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER native_exclusion_is_never_changed BEFORE UPDATE ON native_exclusion
BEGIN SELECT RAISE(ABORT, 'exclusions are never changed'); END;
CREATE TRIGGER native_exclusion_is_never_deleted BEFORE DELETE ON native_exclusion
BEGIN SELECT RAISE(ABORT, 'exclusions are never deleted'); END;

-- Paper ballots: what two people entered apart, then one batch.
CREATE TABLE native_batch (
    election TEXT NOT NULL REFERENCES native_election (id),
    number INTEGER NOT NULL,
    label TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('entered', 'differs', 'pending', 'counted', 'voided')),
    first_by TEXT NOT NULL,
    first TEXT NOT NULL,
    second_by TEXT,
    second TEXT,
    attested TEXT NOT NULL DEFAULT '[]',
    reason TEXT,
    PRIMARY KEY (election, number)
) STRICT, WITHOUT ROWID;

-- Messages. `is_secret`: holds or points to a credential; its text goes when the election closes.
CREATE TABLE native_notice (
    id INTEGER PRIMARY KEY,
    election TEXT NOT NULL REFERENCES native_election (id),
    template TEXT NOT NULL,
    audience TEXT NOT NULL,
    prepared_at TEXT NOT NULL,
    prepared_by TEXT NOT NULL,
    is_secret INTEGER NOT NULL,
    messages TEXT,
    recipients INTEGER NOT NULL,
    approved_by TEXT,
    sent_at TEXT,
    sent INTEGER,
    failed INTEGER,
    skipped INTEGER
) STRICT;

CREATE TABLE native_merge (
    election TEXT NOT NULL REFERENCES native_election (id),
    contest TEXT NOT NULL,
    written TEXT NOT NULL,
    target TEXT NOT NULL,
    PRIMARY KEY (election, contest, written)
) STRICT, WITHOUT ROWID;

-- Results and certificates, JSON. A later row does not replace an earlier one.
CREATE TABLE native_result (
    election TEXT NOT NULL REFERENCES native_election (id),
    number INTEGER NOT NULL,
    kind TEXT NOT NULL,
    at TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (election, number)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER native_result_is_never_changed BEFORE UPDATE ON native_result
BEGIN SELECT RAISE(ABORT, 'results are never changed'); END;
CREATE TRIGGER native_result_is_never_deleted BEFORE DELETE ON native_result
BEGIN SELECT RAISE(ABORT, 'results are never deleted'); END;
