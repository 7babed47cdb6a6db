//! A case file: creating, opening with all its refusals, the one way to write, read handles, backup.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, TransactionBehavior};

use crate::tables::vote::Terms;
use crate::tables::{conclusion, evidence, ledger};
use crate::{LedgerEntry, StoreError, medium, migrate};

/// `SCRU` in ASCII: what tells a case from any other SQLite database.
const APPLICATION_ID: i32 = 0x5343_5255;

/// An act to be written into the ledger.
#[derive(Clone, Debug)]
pub struct Act<'a> {
    /// When, ISO text.
    pub at: &'a str,
    /// Who.
    pub actor: &'a str,
    /// What.
    pub act: &'a str,
    /// Particulars.
    pub detail: serde_json::Value,
}

/// An open case with the right to write.
pub struct CaseFile {
    pub(crate) connection: Connection,
    path: PathBuf,
    is_read_only: bool,
    /// Number of the handle within the process.
    pub(crate) handle: u64,
    is_discreet: bool,
}

/// Handles that were opened so far.
static HANDLES: AtomicU64 = AtomicU64::new(0);

/// A handle that can only read; for jobs beside the writer.
pub struct Reader {
    path: PathBuf,
    connection: Connection,
    terms: Terms,
    ambiguous: Vec<i64>,
}

/// Handles on one case, lent to threads one by one.
pub struct Readers {
    path: PathBuf,
    spare: Mutex<Vec<Reader>>,
}

/// What a second look at stored evidence found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Integrity {
    /// Files whose kept bytes were hashed.
    pub files_checked: u64,
    /// What does not fit, in sentences.
    pub problems: Vec<String>,
}

fn configure(connection: &Connection) -> Result<(), StoreError> {
    connection.busy_timeout(Duration::from_secs(3))?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // What is deleted is overwritten.
    connection.pragma_update(None, "secure_delete", true)?;
    connection.set_prepared_statement_cache_capacity(64);
    // Plans hang on the statement alone: otherwise SQLite prepares some cached statements anew for each use.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.pragma_update(None, "cache_size", -8192)?;
    Ok(())
}

/// Largest case whose every page is looked at on opening; [`Reader::recheck_evidence`] looks at every row of any case.
const CHECKED_ON_OPENING: i64 = 64 << 20;

/// Refuses a file that is cut off or whose pages do not hang together.
fn check_pages(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let damaged = |reason: String| StoreError::Damaged { path: path.to_owned(), reason };
    let number = |pragma: &str| -> Result<i64, StoreError> {
        connection.query_row(pragma, [], |row| row.get(0)).map_err(|error| damaged(error.to_string()))
    };
    let size = number("PRAGMA page_size")? * number("PRAGMA page_count")?;
    if size > CHECKED_ON_OPENING {
        // The first reads of every table fail where the file is shorter than it says; rows are proved by their digests.
        for table in ["case_info", "ledger", "evidence_file", "vote", "audit_entry", "source_row", "conclusion"] {
            number(&format!("SELECT count(*) FROM (SELECT rowid FROM {table} ORDER BY rowid DESC LIMIT 1)"))?;
        }
        return Ok(());
    }
    let check: String = connection
        .query_row("PRAGMA quick_check(1)", [], |row| row.get(0))
        .map_err(|error| damaged(error.to_string()))?;
    let told = check.trim_start_matches("*** in database main ***").trim().replace('\n', "; ");
    if check == "ok" { Ok(()) } else { Err(damaged(told)) }
}

impl CaseFile {
    fn around(connection: Connection, path: &Path, is_read_only: bool) -> Self {
        let handle = HANDLES.fetch_add(1, Ordering::Relaxed);
        Self { connection, path: path.to_owned(), is_read_only, handle, is_discreet: false }
    }

    /// From now on what a change sets aside while it runs never goes to a temporary file.
    pub(crate) fn set_aside_in_memory(&mut self) -> Result<(), StoreError> {
        if !self.is_discreet {
            self.connection.pragma_update(None, "temp_store", "memory")?;
            self.is_discreet = true;
        }
        Ok(())
    }

    /// Makes a new case. The ledger stays empty until the first act is written.
    ///
    /// # Errors
    /// [`StoreError::Exists`] where there is a file already.
    pub fn create(path: &Path, title: &str, created_at: &str) -> Result<Self, StoreError> {
        if path.exists() {
            return Err(StoreError::Exists { path: path.to_owned() });
        }
        let made = || -> Result<Self, StoreError> {
            let mut connection = Connection::open(path)?;
            configure(&connection)?;
            // Rows of about 210 bytes leave less unused room in larger pages.
            connection.pragma_update(None, "page_size", 16384)?;
            connection.pragma_update(None, "application_id", APPLICATION_ID)?;
            connection.pragma_update(None, "journal_mode", "wal")?;
            connection.pragma_update(None, "synchronous", "full")?;
            migrate::migrate(&mut connection)?;
            connection.execute(
                "INSERT INTO case_info (id, title, created_at, program) VALUES (1, ?1, ?2, ?3)",
                [title, created_at, domain::PROGRAM_VERSION],
            )?;
            Ok(Self::around(connection, path, false))
        };
        made().map_err(|error| {
            let error = error.explain(path);
            // Half a case would stand in the way of the next attempt.
            medium::discard(path);
            error
        })
    }

    /// Opens a case: refuses what is foreign, newer, damaged, locked, or has a broken ledger. A case on a medium that takes no
    /// writes is opened for reading.
    ///
    /// # Errors
    /// One variant of [`StoreError`] for each refusal.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        Self::open_checked(path).map_err(|error| error.explain(path))
    }

    fn open_checked(path: &Path) -> Result<Self, StoreError> {
        if !path.is_file() {
            return Err(StoreError::Missing { path: path.to_owned() });
        }
        let foreign = || StoreError::Foreign { path: path.to_owned() };
        let mut header = [0u8; 32];
        let read = std::fs::File::open(path).and_then(|mut file| std::io::Read::read(&mut file, &mut header));
        match read {
            Ok(_) if header.starts_with(b"SQLite format 3\0") => {}
            Ok(_) => return Err(foreign()),
            Err(source) => return Err(StoreError::Io { path: path.to_owned(), source }),
        }
        if let Some(missing) = medium::missing_bytes(path, &header) {
            let reason = format!("the file is cut off: {missing} bytes are missing at its end");
            return Err(StoreError::Damaged { path: path.to_owned(), reason });
        }
        let (mut connection, is_read_only) = medium::open(path)?;
        configure(&connection)?;
        let id: i32 = connection.query_row("PRAGMA application_id", [], |row| row.get(0))?;
        if id != APPLICATION_ID {
            return Err(foreign());
        }
        let found: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        if found > migrate::newest() {
            return Err(StoreError::Newer { path: path.to_owned(), found, known: migrate::newest() });
        }
        if !is_read_only {
            connection.pragma_update(None, "journal_mode", "wal")?;
            connection.pragma_update(None, "synchronous", "full")?;
        }
        check_pages(&connection, path)?;
        if !is_read_only {
            migrate::migrate(&mut connection)?;
        } else if found < migrate::newest() {
            return Err(StoreError::ReadOnly { path: path.to_owned() });
        }
        let case = Self::around(connection, path, is_read_only);
        if let Some((number, reason)) = ledger::first_break(&ledger::all(&case.connection)?) {
            return Err(StoreError::LedgerBroken { path: path.to_owned(), number, reason });
        }
        Ok(case)
    }

    /// Where the case lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// True before anything was brought in and before anybody was to act here.
    ///
    /// # Errors
    /// The database's.
    pub fn is_empty(&self) -> Result<bool, StoreError> {
        Ok(self.connection.query_row(
            "SELECT NOT EXISTS (SELECT 1 FROM evidence_file) AND NOT EXISTS (SELECT 1 FROM person)",
            [],
            |row| row.get(0),
        )?)
    }

    /// True where the case lies on a medium that takes no writes.
    pub fn is_read_only(&self) -> bool {
        self.is_read_only
    }

    /// Says before any work is done that the case cannot be written.
    ///
    /// # Errors
    /// [`StoreError::ReadOnly`] on a medium that takes no writes.
    pub fn must_be_writable(&self) -> Result<(), StoreError> {
        if self.is_read_only { Err(StoreError::ReadOnly { path: self.path.clone() }) } else { Ok(()) }
    }

    /// Title and time of making.
    ///
    /// # Errors
    /// The database's.
    pub fn title(&self) -> Result<(String, String), StoreError> {
        Ok(self
            .connection
            .query_row("SELECT title, created_at FROM case_info", [], |row| Ok((row.get(0)?, row.get(1)?)))?)
    }

    /// Runs a change and writes its act in the same transaction.
    ///
    /// # Errors
    /// What the change answers; then neither the change nor the act is there.
    pub fn write<T>(
        &mut self,
        act: &Act<'_>,
        change: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.must_be_writable()?;
        let path = self.path.clone();
        let run = || -> Result<T, StoreError> {
            let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let value = change(&transaction)?;
            ledger::append(&transaction, act.at, act.actor, act.act, &act.detail)?;
            transaction.commit()?;
            Ok(value)
        };
        run().map_err(|error| error.explain(&path))
    }

    /// Gives a finding a mark, with its act.
    ///
    /// # Errors
    /// The database's.
    pub fn mark(&mut self, act: &Act<'_>, mark: &crate::tables::review::ReviewMark) -> Result<(), StoreError> {
        self.write(act, |connection| crate::tables::review::put(connection, mark))
    }

    /// Takes a finding's mark back, with its act.
    ///
    /// # Errors
    /// The database's.
    pub fn unmark(&mut self, act: &Act<'_>, finding: &domain::review::MarkedFinding) -> Result<(), StoreError> {
        self.write(act, |connection| crate::tables::review::remove(connection, finding))
    }

    /// Keeps what a person said about an election, with its act.
    ///
    /// # Errors
    /// The database's.
    pub fn assume(
        &mut self,
        act: &Act<'_>,
        assumption: &crate::tables::assumption::Assumption,
    ) -> Result<(), StoreError> {
        let (at, actor) = (act.at.to_owned(), act.actor.to_owned());
        self.write(act, |connection| crate::tables::assumption::add(connection, &at, &actor, assumption))
    }

    /// Stores a conclusion with its act.
    ///
    /// # Errors
    /// The database's.
    pub fn conclude(&mut self, act: &Act<'_>, body: &str) -> Result<(), StoreError> {
        let at = act.at.to_owned();
        self.write(act, |connection| conclusion::insert(connection, &at, body))
    }

    /// A handle for reading beside the writer.
    ///
    /// # Errors
    /// The database's.
    pub fn reader(&self) -> Result<Reader, StoreError> {
        Reader::open(&self.path)
    }

    /// All acts in order.
    ///
    /// # Errors
    /// The database's.
    pub fn ledger(&self) -> Result<Vec<LedgerEntry>, StoreError> {
        ledger::all(&self.connection)
    }

    /// The ledger head that reports print.
    ///
    /// # Errors
    /// The database's.
    pub fn printed_head(&self) -> Result<Option<LedgerEntry>, StoreError> {
        ledger::newest_change(&self.connection)
    }

    /// Copies the case to a new file, complete and consistent, while it stays open.
    ///
    /// # Errors
    /// [`StoreError::Exists`] where there is a file already.
    pub fn backup(&self, destination: &Path) -> Result<(), StoreError> {
        if destination.exists() {
            return Err(StoreError::Exists { path: destination.to_owned() });
        }
        let part = medium::side_file(destination, ".part");
        // What an interrupted backup left behind is no part of this one.
        medium::discard(&part);
        let copied = || -> Result<(), StoreError> {
            let mut copy = Connection::open(&part)?;
            rusqlite::backup::Backup::new(&self.connection, &mut copy)?.run_to_completion(
                4096,
                Duration::ZERO,
                None,
            )?;
            copy.pragma_update(None, "journal_mode", "delete")?;
            copy.close().map_err(|(_, error)| error)?;
            std::fs::File::open(&part)
                .and_then(|file| file.sync_all())
                .and_then(|()| std::fs::rename(&part, destination))
                .map_err(|source| StoreError::Io { path: destination.to_owned(), source })
        };
        copied().map_err(|error| {
            let error = error.explain(destination);
            medium::discard(&part);
            error
        })
    }
}

impl Readers {
    /// Lends a handle that nobody else uses meanwhile.
    ///
    /// # Errors
    /// What `read` answers, or the database's where a new handle cannot be opened.
    pub fn lend<T, E: From<StoreError>>(&self, read: impl FnOnce(&Reader) -> Result<T, E>) -> Result<T, E> {
        let spare = self.spare.lock().ok().and_then(|mut spare| spare.pop());
        let reader = match spare {
            Some(reader) => reader,
            None => Reader::open(&self.path)?,
        };
        let answer = read(&reader);
        if let Ok(mut spare) = self.spare.lock() {
            spare.push(reader);
        }
        answer
    }
}

impl Reader {
    /// Opens a case for reading only.
    ///
    /// # Errors
    /// The database's.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let connection = medium::open_for_reading(path).map_err(|error| error.explain(path))?;
        connection.set_prepared_statement_cache_capacity(64);
        let terms = Terms::load(&connection)?;
        let ambiguous = evidence::ambiguous_files(&connection)?;
        Ok(Self { path: path.to_owned(), connection, terms, ambiguous })
    }

    /// A reader over a connection that is lent to it, see [`Reader::give_back`].
    pub(crate) fn over(connection: Connection, path: &Path, terms: Terms, ambiguous: Vec<i64>) -> Self {
        Self { path: path.to_owned(), connection, terms, ambiguous }
    }

    /// The connection of [`Reader::over`].
    pub(crate) fn give_back(self) -> Connection {
        self.connection
    }

    /// What a listing reads with.
    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Numbers of all such texts that fit, in order.
    pub(crate) fn terms_like(&self, fits: &dyn Fn(&str) -> bool) -> Vec<i64> {
        let last = self.last_number_of("term", "id").unwrap_or(0);
        (1..=last).filter(|number| fits(self.terms.text(*number))).collect()
    }

    /// Largest number of a table; 0 where it is empty.
    pub(crate) fn last_number(&self, table: &str) -> Result<i64, StoreError> {
        self.last_number_of(table, "number")
    }

    fn last_number_of(&self, table: &str, column: &str) -> Result<i64, StoreError> {
        let sql = format!("SELECT coalesce(max({column}), 0) FROM {table}");
        Ok(self.connection.prepare_cached(&sql)?.query_row([], |row| row.get(0))?)
    }

    /// Indexes for searching that the case has.
    ///
    /// # Errors
    /// The database's.
    pub fn indexes(&self) -> Result<Vec<crate::browse::Index>, StoreError> {
        let mut found = Vec::new();
        for index in crate::browse::Index::ALL {
            if index.is_there(&self.connection)? {
                found.push(index);
            }
        }
        Ok(found)
    }

    /// Goes on with a listing until `wanted` rows are known or the time is up.
    ///
    /// # Errors
    /// The database's.
    pub fn advance(
        &self,
        listing: &mut crate::browse::Listing,
        wanted: u64,
        until: std::time::Instant,
    ) -> Result<(), StoreError> {
        listing.advance(&self.connection, wanted, until)
    }

    /// The place of a row in a listing, by its number in the case.
    ///
    /// # Errors
    /// The database's.
    pub fn place_of(&self, listing: &crate::browse::Listing, number: i64) -> Result<Option<u64>, StoreError> {
        listing.place_of(&self.connection, number)
    }

    /// Marks that reviewers gave to findings.
    ///
    /// # Errors
    /// The database's.
    pub fn review_marks(&self) -> Result<Vec<crate::tables::review::ReviewMark>, StoreError> {
        crate::tables::review::all(&self.connection)
    }

    /// What people said about elections because the evidence lacks it, oldest first.
    ///
    /// # Errors
    /// The database's.
    pub fn assumptions(&self) -> Result<Vec<crate::tables::assumption::Assumption>, StoreError> {
        crate::tables::assumption::all(&self.connection)
    }

    /// Ranked ballots that stand together: of one file and of one election as named there.
    ///
    /// # Errors
    /// The database's.
    pub fn ballot_runs(&self) -> Result<Vec<crate::tables::ballot::BallotRun>, StoreError> {
        crate::tables::ballot::runs(&self.connection)
    }

    /// Goes over the ranked ballots of a number range, in order, until `each` answers false.
    ///
    /// # Errors
    /// The database's.
    pub fn scan_ballots(
        &self,
        range: (i64, i64),
        each: &mut dyn FnMut(domain::BallotRecord) -> bool,
    ) -> Result<(), StoreError> {
        crate::tables::ballot::scan(&self.connection, range, each)
    }

    /// The ranked ballots with these numbers, in the order given.
    ///
    /// # Errors
    /// The database's.
    pub fn ballots_by_number(&self, numbers: &[i64]) -> Result<Vec<domain::BallotRecord>, StoreError> {
        crate::tables::ballot::by_numbers(&self.connection, numbers)
    }

    /// Ranked ballots with a hash.
    ///
    /// # Errors
    /// The database's.
    pub fn ballots_by_hash(&self, hash: &str) -> Result<Vec<domain::BallotRecord>, StoreError> {
        crate::tables::ballot::by_hash(&self.connection, hash)
    }

    /// Goes over the rows of a table in the order of the export, until `each` answers false.
    ///
    /// # Errors
    /// The database's.
    pub fn scan_rows(&self, table: &str, each: &mut dyn FnMut(domain::TableRow) -> bool) -> Result<(), StoreError> {
        crate::tables::source_row::scan(&self.connection, table, each)
    }

    /// Votes by number range.
    ///
    /// # Errors
    /// The database's.
    pub fn votes(&self, page: crate::tables::vote::Page<'_>) -> Result<Vec<domain::VoteRecord>, StoreError> {
        crate::tables::vote::page(&self.connection, &self.terms, &self.ambiguous, page)
    }

    /// Goes over the votes of a number range, in order, until `each` answers false.
    ///
    /// # Errors
    /// The database's.
    pub fn scan_votes(
        &self,
        (after, up_to): (i64, i64),
        each: &mut dyn FnMut(&domain::VoteView<'_>, crate::tables::vote::VoteTerms) -> bool,
    ) -> Result<(), StoreError> {
        crate::tables::vote::scan(&self.connection, &self.terms, &self.ambiguous, (after, up_to), each)
    }

    /// The votes with these numbers, in the order given.
    ///
    /// # Errors
    /// The database's.
    pub fn votes_by_number(&self, numbers: &[i64]) -> Result<Vec<domain::VoteRecord>, StoreError> {
        crate::tables::vote::by_numbers(&self.connection, &self.terms, &self.ambiguous, numbers)
    }

    /// The vote with an id; the first where several share it.
    ///
    /// # Errors
    /// The database's.
    pub fn vote_by_id(&self, id: &str) -> Result<Option<domain::VoteRecord>, StoreError> {
        crate::tables::vote::by_id(&self.connection, &self.terms, &self.ambiguous, id)
    }

    /// The text of a term; empty for an unknown number.
    pub fn term(&self, number: i64) -> &str {
        self.terms.text(number)
    }

    /// The number of a text that stands in votes or entries.
    pub fn term_number(&self, text: &str) -> Option<i64> {
        self.terms.find(text)
    }

    /// Largest vote number; 0 without votes.
    ///
    /// # Errors
    /// The database's.
    pub fn last_vote_number(&self) -> Result<i64, StoreError> {
        crate::tables::vote::last_number(&self.connection)
    }

    /// Votes of each election, with the number of the first one.
    ///
    /// # Errors
    /// The database's.
    pub fn vote_counts(&self) -> Result<Vec<(String, u64, i64)>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT election, total, first_number FROM row_count WHERE tbl = 'vote' ORDER BY election",
        )?;
        let found = statement
            .query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get::<_, i64>(2)?)))?
            .collect::<Result<Vec<_>, _>>()?;
        Ok(found
            .into_iter()
            .map(|(election, total, first)| {
                (self.terms.text(election).to_owned(), u64::try_from(total).unwrap_or(0), first)
            })
            .collect())
    }

    /// Audit entries behind `after` (origin's number, position in the case).
    ///
    /// # Errors
    /// The database's.
    pub fn audit_entries(&self, after: (i64, i64), limit: u32) -> Result<Vec<(i64, domain::AuditRecord)>, StoreError> {
        crate::tables::audit::page(&self.connection, &self.terms, after, limit)
    }

    /// Ranges of the origin's numbers that hold about `size` entries each: (behind, up to).
    ///
    /// # Errors
    /// The database's.
    pub fn audit_blocks(&self, size: usize) -> Result<Vec<(i64, i64)>, StoreError> {
        crate::tables::audit::blocks(&self.connection, size)
    }

    /// Entries of a range of the origin's numbers, in order, with their positions in the case, until `each` answers false.
    ///
    /// # Errors
    /// The database's.
    pub fn scan_audit(
        &self,
        range: (i64, i64),
        each: &mut dyn FnMut(i64, domain::AuditRecord) -> bool,
    ) -> Result<(), StoreError> {
        crate::tables::audit::range(&self.connection, &self.terms, range, each)
    }

    /// For each kind of export its entries: how many, the smallest and the largest of the origin's numbers.
    ///
    /// # Errors
    /// The database's.
    pub fn audit_sources(&self) -> Result<Vec<(domain::AuditSource, u64, i64, i64)>, StoreError> {
        crate::tables::audit::sources(&self.connection)
    }

    /// The entries at these positions in the case.
    ///
    /// # Errors
    /// The database's.
    pub fn audit_by_position(&self, numbers: &[i64]) -> Result<Vec<domain::AuditRecord>, StoreError> {
        crate::tables::audit::by_numbers(&self.connection, &self.terms, numbers)
    }

    /// Handles on the same case for other threads.
    pub fn others(&self) -> Readers {
        Readers { path: self.path.clone(), spare: Mutex::default() }
    }

    /// Number of audit entries.
    ///
    /// # Errors
    /// The database's.
    pub fn audit_count(&self) -> Result<u64, StoreError> {
        // Numbers run from 1 without a gap and no row is ever deleted, so the largest is the count; counting reads all.
        Ok(u64::try_from(self.last_number("audit_entry")?).unwrap_or(0))
    }

    /// All rows of a smaller table.
    ///
    /// # Errors
    /// The database's.
    pub fn rows(&self, table: &str) -> Result<Vec<domain::TableRow>, StoreError> {
        crate::tables::source_row::of_table(&self.connection, table)
    }

    /// Ranked ballots in the case.
    ///
    /// # Errors
    /// The database's.
    pub fn ballot_count(&self) -> Result<i64, StoreError> {
        if crate::tables::is_there(&self.connection, "ballot")? { self.last_number("ballot") } else { Ok(0) }
    }

    /// Smaller tables that hold rows.
    ///
    /// # Errors
    /// The database's.
    pub fn tables(&self) -> Result<Vec<(String, i64)>, StoreError> {
        crate::tables::source_row::tables(&self.connection)
    }

    /// Evidence files.
    ///
    /// # Errors
    /// The database's.
    pub fn evidence(&self) -> Result<Vec<domain::EvidenceFile>, StoreError> {
        evidence::files(&self.connection)
    }

    /// Writes the kept bytes of an evidence file.
    ///
    /// # Errors
    /// The database's, and where nothing can be written.
    pub fn kept_bytes(&self, file: domain::FileId, out: &mut dyn std::io::Write) -> Result<(), StoreError> {
        evidence::copy_kept(&self.connection, file, out)
    }

    /// Rows that could not be read.
    ///
    /// # Errors
    /// The database's.
    pub fn rejects(&self) -> Result<Vec<domain::evidence::Reject>, StoreError> {
        evidence::rejects(&self.connection)
    }

    /// Differences between files.
    ///
    /// # Errors
    /// The database's.
    pub fn conflicts(&self) -> Result<Vec<domain::evidence::Conflict>, StoreError> {
        evidence::conflicts(&self.connection)
    }

    /// The newest conclusion, as it was stored.
    ///
    /// # Errors
    /// The database's.
    pub fn conclusion(&self) -> Result<Option<String>, StoreError> {
        conclusion::newest(&self.connection)
    }

    /// The evidence digest that the ledger recorded for each file, by number.
    ///
    /// # Errors
    /// The database's.
    pub fn ledger(&self) -> Result<Vec<LedgerEntry>, StoreError> {
        ledger::all(&self.connection)
    }

    /// Hashes the kept bytes of every evidence file and compares with its digest and with what the ledger recorded.
    ///
    /// # Errors
    /// The database's.
    pub fn recheck_evidence(&self, is_cancelled: &dyn Fn() -> bool) -> Result<Integrity, StoreError> {
        let mut integrity = Integrity::default();
        if let Some((number, reason)) = ledger::first_break(&self.ledger()?) {
            integrity.problems.push(format!("The ledger does not verify at entry {number}: {reason}."));
        }
        let recorded: Vec<String> = self
            .ledger()?
            .into_iter()
            .filter(|entry| entry.act == "evidence.import")
            .map(|entry| entry.detail)
            .collect();
        for file in self.evidence()? {
            if is_cancelled() {
                break;
            }
            if !recorded.iter().any(|detail| detail.contains(&file.sha256.to_hex())) {
                integrity.problems.push(format!("{}: its digest is not the one that the ledger recorded.", file.path));
            }
            if file.is_kept {
                integrity.files_checked += 1;
                match evidence::kept_digest(&self.connection, file.id) {
                    Ok(digest) if digest == file.sha256 => {}
                    Ok(_) => integrity.problems.push(format!("{}: the kept bytes do not fit their digest.", file.path)),
                    Err(error) => {
                        integrity.problems.push(format!("{}: the kept bytes cannot be read ({error}).", file.path))
                    }
                }
            }
        }
        for detail in &recorded {
            let Ok(detail) = serde_json::from_str::<serde_json::Value>(detail) else { continue };
            for (table, range) in detail.get("rows").and_then(serde_json::Value::as_object).into_iter().flatten() {
                if is_cancelled() {
                    break;
                }
                let number = |name: &str| range.get(name).and_then(serde_json::Value::as_i64).unwrap_or(0);
                let (after, to) = (number("after"), number("to"));
                let is_by_rows = range.get("rule").and_then(serde_json::Value::as_str) == Some("rows");
                let digest = if is_by_rows && table == "vote" {
                    crate::tables::vote::rows_digest(&self.connection, after, to)?
                } else {
                    let rule = match number("block") {
                        0 => evidence::DigestRule::Whole,
                        _ => evidence::DigestRule::Blocks,
                    };
                    evidence::rows_digest(&self.connection, table, after, to, rule)?.1
                };
                if range.get("sha256").and_then(serde_json::Value::as_str) != Some(digest.to_hex().as_str()) {
                    integrity.problems.push(format!(
                        "The stored rows of {table} are not those that the ledger recorded when they were imported."
                    ));
                }
            }
        }
        for (table, last) in self.unrecorded_rows(&recorded)? {
            integrity
                .problems
                .push(format!("Rows of {table} behind number {last} are in no import that the ledger recorded."));
        }
        Ok(integrity)
    }

    /// Evidence tables that hold more than the recorded imports brought, with the last recorded number.
    fn unrecorded_rows(&self, recorded: &[String]) -> Result<Vec<(&'static str, i64)>, StoreError> {
        let mut more = Vec::new();
        for table in evidence::EVIDENCE_TABLES {
            if !crate::tables::is_there(&self.connection, table)? {
                continue;
            }
            let last: i64 =
                self.connection
                    .query_row(&format!("SELECT coalesce(max(number), 0) FROM {table}"), [], |row| row.get(0))?;
            let known = recorded
                .iter()
                .filter_map(|detail| serde_json::from_str::<serde_json::Value>(detail).ok())
                .filter_map(|detail| detail.pointer(&format!("/rows/{table}/to")).and_then(serde_json::Value::as_i64))
                .max()
                .unwrap_or(0);
            if last > known {
                more.push((table, known));
            }
        }
        Ok(more)
    }
}

#[cfg(test)]
mod tests {
    use crate::tables::vote::VoteBatch;
    use domain::{ReadFile, Sha256Digest, VoteRecord};
    use serde_json::json;

    use super::*;

    const ACT: Act<'static> =
        Act { at: "2026-01-01T00:00:00+00:00", actor: "tester", act: "case.create", detail: serde_json::Value::Null };

    fn act(name: &'static str) -> Act<'static> {
        Act { act: name, detail: json!({}), ..ACT }
    }

    /// A case with three votes, whose file is a kept original.
    fn case_with_votes(folder: &Path) -> PathBuf {
        let path = folder.join("case.scrutineer");
        let mut case = CaseFile::create(&path, "case", ACT.at).expect("made");
        case.write(&ACT, |_| Ok(())).expect("founded");
        let original = folder.join("votes.csv");
        std::fs::write(&original, b"the original").expect("written");
        let mut import = case.begin_import(false, "tester", ACT.at).expect("begun");
        let file = import.begin_file("votes.csv");
        let mut votes = VoteBatch::default();
        for row in 1..=3u64 {
            let vote = VoteRecord {
                place: Some(domain::Place { file, row }),
                id: format!("0a1b2c3d-0000-4fff-8abc-0123456789a{row}"),
                election_id: "election".to_owned(),
                candidate_id: "candidate".to_owned(),
                is_test: Some("maybe".to_owned()),
                voted_at: Some("2026-02-10T10:00:00Z".to_owned()),
                deletion_reason: Some("odd \u{1f5f3} text".to_owned()),
                ..VoteRecord::default()
            };
            votes.push(&vote.view());
        }
        import.votes(votes).expect("taken");
        let digest = {
            use sha2::{Digest, Sha256};
            Sha256Digest(Sha256::digest(b"the original").into())
        };
        import
            .end_file(ReadFile {
                path: "votes.csv".to_owned(),
                location: original,
                sha256: digest,
                bytes: 12,
                system: "logbook".to_owned(),
                kind: "votes".to_owned(),
                rows: 3,
                has_ambiguous_nulls: true,
            })
            .expect("ended");
        import.finish(&act("evidence.import"), None).expect("finished");
        path
    }

    fn recheck(path: &Path) -> Vec<String> {
        Reader::open(path).expect("opens").recheck_evidence(&|| false).expect("looked at").problems
    }

    fn meddle(path: &Path, sql: &str) {
        Connection::open(path).expect("opens").execute_batch(sql).expect("meddled");
    }

    #[test]
    fn odd_texts_come_back_exactly_and_evidence_cannot_be_changed() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = case_with_votes(folder.path());
        assert_eq!(recheck(&path), Vec::<String>::new());
        let reader = Reader::open(&path).expect("opens");
        let page = crate::tables::vote::Page {
            election_id: Some("election"),
            after_number: 0,
            up_to_number: i64::MAX,
            limit: 10,
        };
        let votes = reader.votes(page).expect("votes");
        assert_eq!(votes.len(), 3);
        let brought: (String, String) = Connection::open(&path)
            .expect("opens")
            .query_row("SELECT brought_by, brought_at FROM evidence_file", [], |row| Ok((row.get(0)?, row.get(1)?)))
            .expect("one file");
        assert_eq!(brought, ("tester".to_owned(), ACT.at.to_owned()), "who brought it and when");
        assert_eq!(votes[0].is_test.as_deref(), Some("maybe"));
        assert_eq!(votes[0].voted_at.as_deref(), Some("2026-02-10T10:00:00Z"));
        assert_eq!(votes[0].deletion_reason.as_deref(), Some("odd \u{1f5f3} text"));
        let refused = Connection::open(&path).expect("opens").execute("UPDATE vote SET candidate = 1", []);
        assert!(refused.expect_err("refused").to_string().contains("never changed"));
    }

    #[test]
    fn a_second_look_finds_what_was_changed_behind_our_back() {
        for (sql, wanted) in [
            (
                "DROP TRIGGER vote_is_never_changed; UPDATE vote SET candidate = candidate + 1 WHERE number = 2",
                "stored rows of vote",
            ),
            ("DROP TRIGGER vote_is_never_deleted; DELETE FROM vote WHERE number = 3", "stored rows of vote"),
            (
                "INSERT INTO vote SELECT 4, file_id, row, vote_id, election, candidate, voter_id, voter_hash, position, vote_rank, voted_at, signature, dedup_hash, chain_hash, receipt_hash, flags, ip_address, user_agent, rest FROM vote WHERE number = 1",
                "behind number 3",
            ),
            ("DROP TRIGGER evidence_chunk_is_never_changed; UPDATE evidence_chunk SET data = x'00'", "kept bytes"),
            (
                "DROP TRIGGER evidence_file_is_never_changed; UPDATE evidence_file SET sha256 = zeroblob(32)",
                "not the one that the ledger recorded",
            ),
        ] {
            let folder = tempfile::tempdir().expect("a folder");
            let path = case_with_votes(folder.path());
            meddle(&path, sql);
            let problems = recheck(&path);
            assert!(problems.iter().any(|problem| problem.contains(wanted)), "{sql}: {problems:?}");
        }
    }

    #[test]
    fn a_case_that_is_not_sound_is_refused_with_the_reason() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = case_with_votes(folder.path());
        let open = || CaseFile::open(&path).err().map(|error| error.to_string()).unwrap_or_default();
        assert_eq!(open(), "");
        meddle(
            &path,
            "DROP TRIGGER ledger_is_never_changed; UPDATE ledger SET actor = 'somebody else' WHERE number = 1",
        );
        assert!(open().contains("ledger does not verify at entry 1"), "{}", open());
        meddle(&path, "PRAGMA user_version = 99");
        assert!(open().contains("newer program"), "{}", open());
        meddle(&path, "PRAGMA application_id = 7");
        assert!(open().contains("not a Scrutineer case"), "{}", open());
    }

    #[test]
    fn a_case_that_lost_its_last_bytes_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = case_with_votes(folder.path());
        let bytes = std::fs::read(&path).expect("read");
        // The last page may belong to nothing that opening looks at.
        for lost in [1, 5000, bytes.len() / 2] {
            std::fs::write(&path, &bytes[..bytes.len() - lost]).expect("cut");
            let error = CaseFile::open(&path).err().map(|error| error.to_string()).unwrap_or_default();
            assert!(error.contains(&format!("{lost} bytes are missing")), "{lost}: {error}");
        }
    }

    #[test]
    fn a_writer_elsewhere_and_a_damaged_file_are_told_apart() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = case_with_votes(folder.path());
        let other = Connection::open(&path).expect("opens");
        other.execute_batch("BEGIN IMMEDIATE").expect("writes");
        assert!(matches!(CaseFile::open(&path), Err(StoreError::Locked { .. })));
        other.execute_batch("ROLLBACK").expect("done");
        drop(other);
        drop(CaseFile::open(&path).expect("free again"));
        let mut bytes = std::fs::read(&path).expect("read");
        let from = bytes.len() / 2;
        for byte in &mut bytes[from..] {
            *byte ^= 0x5a;
        }
        std::fs::write(&path, bytes).expect("damaged");
        assert!(matches!(
            CaseFile::open(&path),
            Err(StoreError::Damaged { .. } | StoreError::Value { .. } | StoreError::Sql(_))
        ));
    }

    #[test]
    fn an_import_that_is_dropped_leaves_the_case_as_it_was() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = case_with_votes(folder.path());
        let before = CaseFile::open(&path).expect("opens").ledger().expect("a ledger");
        let mut import = CaseFile::open(&path).expect("opens").begin_import(false, "tester", ACT.at).expect("begun");
        import.begin_file("more.csv");
        drop(import);
        let case = CaseFile::open(&path).expect("opens");
        assert_eq!(case.ledger().expect("a ledger"), before);
        drop(case);
        assert_eq!(recheck(&path), Vec::<String>::new());
        assert_eq!(
            std::fs::read_dir(folder.path())
                .expect("a folder")
                .filter(|entry| entry.as_ref().is_ok_and(|entry| entry.file_name().to_string_lossy().contains("part")))
                .count(),
            0
        );
    }
}
