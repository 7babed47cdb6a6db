-- What reviewers say about findings. A finding is named by what it is: election (empty for the whole case), code, and
-- the SHA-256 over its subjects; so a mark outlives a new verification that finds the same. Each change of a mark is an
-- entry of the ledger in the same transaction, which keeps what was said before.
CREATE TABLE review_mark (
    election TEXT NOT NULL,
    code TEXT NOT NULL,
    subjects BLOB NOT NULL,
    mark TEXT NOT NULL CHECK (mark IN ('explained', 'confirmed')),
    reason TEXT NOT NULL,
    marked_by TEXT NOT NULL,
    marked_at TEXT NOT NULL,
    PRIMARY KEY (election, code, subjects)
) STRICT, WITHOUT ROWID;
