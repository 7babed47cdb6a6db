-- A ballot costs the voter at the desk the writing of every page that it touches. What it touched besides itself, its act and
-- its credential goes: two indexes in random order, which a walk over the ballots replaces where somebody asks, and the row of
-- the election, which holds the chain as of the newest act that was no ballot.
DROP INDEX native_ballot_by_voter;
DROP INDEX native_ballot_by_hash;

-- Set where the voter held another credential before, and may have voted with it.
ALTER TABLE native_credential ADD COLUMN comes_after INTEGER NOT NULL DEFAULT 0;
UPDATE native_credential SET comes_after = 1
    WHERE election IN (SELECT election FROM native_credential WHERE state = 'withdrawn');
