//! Bringing evidence in, all or nothing.
//!
//! The first import into an empty case goes into a fresh file beside it, without a journal, which takes the place of the
//! case once it is complete and on the disk. Later imports are one transaction.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};

use domain::evidence::{Conflict, Reject};
use domain::vote::{PROTECTED_VOTE_COLUMNS, VOTE_COLUMNS, flag};
use domain::{AuditRecord, AuditSource, FileId, Instant, ReadFile, Record, VoteRecord};
use rusqlite::{Connection, params};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::tables::ballot::BallotBatch;
use crate::tables::evidence::DigestRule;
use crate::tables::vote::{Terms, VoteBatch};
use crate::tables::{audit, ballot, evidence, ledger, source_row, vote};
use crate::{Act, CaseFile, Reader, StoreError};

/// Originals up to this size are kept in the case.
pub(crate) const KEPT_BYTES: u64 = 64 << 20;

/// What an import brought.
#[derive(Clone, Debug, Default)]
pub struct ImportTotals {
    /// Files with what they held.
    pub files: Vec<ReadFile>,
    /// Rows per table that are new to the case.
    pub tables: BTreeMap<String, u64>,
    /// Rows that were there already, with the same content.
    pub rows_known: u64,
    /// Rows that could not be read.
    pub rejects: Vec<Reject>,
    /// Newest instant in the evidence.
    pub newest: Option<Instant>,
}

/// A running import. Dropping it without [`Import::finish`] leaves the case as it was.
pub struct Import {
    connection: Connection,
    case_path: PathBuf,
    part: Option<PathBuf>,
    is_finished: bool,
    terms: Terms,
    next_vote: i64,
    next_file: i64,
    counts: BTreeMap<i64, (i64, i64)>,
    tables_before: HashSet<String>,
    tables_in_file: BTreeSet<String>,
    /// How deep the file lay that first held a table: only files as near may add rows to it, deeper ones are copies.
    depth_of_table: HashMap<String, usize>,
    depth: usize,
    has_vote_index: bool,
    /// Last numbers of the evidence tables when the import began.
    rows_before: [i64; evidence::EVIDENCE_TABLES.len()],
    next_ballot: i64,
    ambiguous: Vec<i64>,
    current_is_ambiguous: bool,
    keep_all: bool,
    brought_by: String,
    brought_at: String,
    /// Over the digests of all new votes.
    votes_digest: Sha256,
    totals: ImportTotals,
}

impl CaseFile {
    /// Begins an import by a person at a time (both empty where a one-shot audit knows neither). The case is closed until [`Import::finish`] or [`Import::abandon`] gives it back.
    ///
    /// # Errors
    /// [`StoreError::Locked`] where somebody else writes.
    pub fn begin_import(self, keep_all: bool, brought_by: &str, brought_at: &str) -> Result<Import, StoreError> {
        let (brought_by, brought_at) = (brought_by.to_owned(), brought_at.to_owned());
        let path = self.path().to_owned();
        let begin = move || -> Result<Import, StoreError> {
            let case_path = self.path().to_owned();
            let is_empty: bool =
                self.connection.query_row("SELECT NOT EXISTS (SELECT 1 FROM evidence_file)", [], |row| row.get(0))?;
            let (connection, part) = if is_empty {
                let part = case_path.with_extension("scrutineer-part");
                let _ = std::fs::remove_file(&part);
                let mut copy = Connection::open(&part)?;
                rusqlite::backup::Backup::new(&self.connection, &mut copy)?.run_to_completion(
                    4096,
                    std::time::Duration::ZERO,
                    None,
                )?;
                drop(self);
                // The file is worthless until it is complete, so it needs no journal.
                copy.pragma_update(None, "journal_mode", "off")?;
                copy.pragma_update(None, "synchronous", "off")?;
                copy.pragma_update(None, "cache_size", -8192)?;
                copy.execute_batch("BEGIN")?;
                (copy, Some(part))
            } else {
                self.connection.execute_batch("BEGIN IMMEDIATE")?;
                (self.connection, None)
            };
            let terms = Terms::load(&connection)?;
            let next_vote = vote::last_number(&connection)? + 1;
            let next_file: i64 =
                connection.query_row("SELECT coalesce(max(id), 0) + 1 FROM evidence_file", [], |row| row.get(0))?;
            let mut tables_before: HashSet<String> =
                source_row::tables(&connection)?.into_iter().map(|(name, _)| name).collect();
            if next_vote > 1 {
                tables_before.insert("votes".to_owned());
            }
            if audit::count(&connection)? > 0 {
                tables_before.insert("audit_logs".to_owned());
            }
            let ambiguous = evidence::ambiguous_files(&connection)?;
            let next_ballot = ballot::last_number(&connection)? + 1;
            let mut rows_before = [0i64; evidence::EVIDENCE_TABLES.len()];
            for (last, table) in rows_before.iter_mut().zip(evidence::EVIDENCE_TABLES) {
                *last = connection
                    .query_row(&format!("SELECT coalesce(max(number), 0) FROM {table}"), [], |row| row.get(0))?;
            }
            Ok(Import {
                connection,
                case_path,
                part,
                is_finished: false,
                terms,
                next_vote,
                next_file,
                counts: BTreeMap::new(),
                tables_before,
                tables_in_file: BTreeSet::new(),
                depth_of_table: HashMap::new(),
                depth: 0,
                has_vote_index: false,
                rows_before,
                next_ballot,
                ambiguous,
                current_is_ambiguous: false,
                keep_all,
                brought_by,
                brought_at,
                votes_digest: Sha256::new(),
                totals: ImportTotals::default(),
            })
        };
        begin().map_err(|error| error.explain(&path))
    }
}

impl Import {
    /// Number that the next file will get.
    pub fn next_file(&self) -> i64 {
        self.next_file
    }

    /// Newest instant in the evidence so far.
    pub fn newest(&self) -> Option<Instant> {
        self.totals.newest
    }

    /// Systems that the files read so far come from.
    pub fn systems(&self) -> BTreeSet<&str> {
        self.totals.files.iter().map(|file| file.system.as_str()).filter(|system| !system.is_empty()).collect()
    }

    /// Looks at what was brought so far, before it is final. The reader has no other handles: it must not be shared out.
    ///
    /// # Errors
    /// The database's.
    pub fn look<T>(&mut self, read: impl FnOnce(&Reader) -> T) -> Result<T, StoreError> {
        let terms = Terms::load(&self.connection)?;
        let spare = Connection::open_in_memory()?;
        let connection = std::mem::replace(&mut self.connection, spare);
        let reader = Reader::over(connection, &self.case_path, terms, self.ambiguous.clone());
        let answer = read(&reader);
        self.connection = reader.give_back();
        Ok(answer)
    }

    /// Votes of the current file, in order.
    ///
    /// # Errors
    /// The database's.
    pub fn votes(&mut self, batch: VoteBatch) -> Result<(), StoreError> {
        if batch.is_empty() {
            return Ok(());
        }
        self.totals.newest = self.totals.newest.max(batch.newest());
        self.tables_in_file.insert("votes".to_owned());
        if !self.tables_before.contains("votes") {
            return self.new_votes(batch);
        }
        if !self.has_vote_index {
            vote::index_by_id(&self.connection)?;
            self.has_vote_index = true;
        }
        for mut vote in batch.records()? {
            if let Some(known) = vote::by_id(&self.connection, &self.terms, &self.ambiguous, &vote.id)? {
                vote.has_ambiguous_nulls = self.current_is_ambiguous;
                self.compare_votes(&known, &vote)?;
            } else if self.is_copy("votes") {
                self.conflict("votes", &vote.id, "", true, None, Some("the row"), vote.place)?;
            } else {
                let mut one = VoteBatch::with_capacity(1);
                one.push(&vote.view());
                self.new_votes(one)?;
            }
        }
        Ok(())
    }

    fn new_votes(&mut self, batch: VoteBatch) -> Result<(), StoreError> {
        self.votes_digest.update(batch.digests());
        let (first, count) = (self.next_vote, batch.len());
        for (election, votes, first) in batch.write(&self.connection, &mut self.terms, first)? {
            self.counts.entry(election).or_insert((0, first)).0 += votes;
        }
        self.next_vote += i64::try_from(count).unwrap_or(i64::MAX);
        *self.totals.tables.entry("votes".to_owned()).or_default() += u64::try_from(count).unwrap_or(0);
        Ok(())
    }

    /// Ranked ballots of the current file, in order. Copies in several files are all kept: which of them counts is for the
    /// verification to say, since a chain shows it.
    ///
    /// # Errors
    /// The database's.
    pub fn ballots(&mut self, batch: BallotBatch) -> Result<(), StoreError> {
        let count = batch.len();
        if count == 0 {
            return Ok(());
        }
        self.totals.newest = self.totals.newest.max(batch.newest());
        batch.write(&self.connection, self.next_ballot)?;
        self.next_ballot += i64::try_from(count).unwrap_or(i64::MAX);
        *self.totals.tables.entry("ballots".to_owned()).or_default() += u64::try_from(count).unwrap_or(0);
        Ok(())
    }

    /// True where a nearer file of this import holds the table.
    fn is_copy(&self, table: &str) -> bool {
        self.depth_of_table.get(table).is_some_and(|depth| *depth < self.depth)
    }

    fn compare_votes(&mut self, known: &VoteRecord, other: &VoteRecord) -> Result<(), StoreError> {
        let mut is_same = true;
        for column in &VOTE_COLUMNS[1..] {
            // Addresses are purged at closing; a file from before and one from after may both be right.
            if matches!(*column, "ip_address" | "user_agent") {
                continue;
            }
            let (left, right) = (known.column(column), other.column(column));
            let are_nulls_alike = known.has_ambiguous_nulls || other.has_ambiguous_nulls;
            if means_the_same(column, left, right, are_nulls_alike) {
                continue;
            }
            is_same = false;
            self.conflict(
                "votes",
                &known.id,
                column,
                PROTECTED_VOTE_COLUMNS.contains(column),
                left,
                right,
                other.place,
            )?;
        }
        self.totals.rows_known += u64::from(is_same);
        Ok(())
    }

    #[allow(clippy::too_many_arguments, reason = "the columns of one table row")]
    fn conflict(
        &mut self,
        table: &str,
        key: &str,
        column: &str,
        is_protected: bool,
        kept: Option<&str>,
        other: Option<&str>,
        place: Option<domain::Place>,
    ) -> Result<(), StoreError> {
        let shown = |text: Option<&str>| text.map_or_else(|| "NULL".to_owned(), str::to_owned);
        evidence::add_conflict(
            &self.connection,
            &Conflict {
                table: table.to_owned(),
                key: key.to_owned(),
                column: column.to_owned(),
                is_protected,
                kept: shown(kept),
                other: shown(other),
                place: place.unwrap_or(domain::Place { file: FileId(0), row: 0 }),
            },
        )
    }

    fn add_audit(&mut self, entry: &AuditRecord) -> Result<(), StoreError> {
        if let Some(instant) = entry.timestamp.as_deref().and_then(Instant::parse) {
            self.totals.newest = self.totals.newest.max(Some(instant));
        }
        self.tables_in_file.insert("audit_logs".to_owned());
        if self.tables_before.contains("audit_logs") {
            let known = audit::by_log_id(&self.connection, &self.terms, entry.id)?;
            // An archive holds what the table gave away: both may hold a number only with the same content.
            if let Some(known) = known.first() {
                return self.compare_audit(known, entry);
            }
            if self.is_copy("audit_logs") && entry.source == AuditSource::Table {
                return self.conflict(
                    "audit_logs",
                    &entry.id.to_string(),
                    "",
                    true,
                    None,
                    Some("the row"),
                    Some(entry.place),
                );
            }
        }
        audit::insert(&self.connection, &mut self.terms, entry)?;
        let table = match entry.source {
            AuditSource::Table => "audit_logs",
            AuditSource::Shipped => "audit_shipping",
            AuditSource::Archive => "audit_archive",
            AuditSource::Export => "audit_export",
            AuditSource::List => "audit_list",
        };
        *self.totals.tables.entry(table.to_owned()).or_default() += 1;
        Ok(())
    }

    fn compare_audit(&mut self, known: &AuditRecord, other: &AuditRecord) -> Result<(), StoreError> {
        let poorer = known.source.max(other.source);
        let version = |entry: &AuditRecord| entry.hash_version.unwrap_or(1).to_string();
        let (known_version, other_version) = (version(known), version(other));
        let mut columns: Vec<(&str, Option<&str>, Option<&str>)> = vec![
            ("timestamp", known.timestamp.as_deref(), other.timestamp.as_deref()),
            ("event_type", Some(&known.event_type), Some(&other.event_type)),
            ("user_id", known.user_id.as_deref(), other.user_id.as_deref()),
            ("ip_address", known.ip_address.as_deref(), other.ip_address.as_deref()),
            ("event_data", known.event_data.as_deref(), other.event_data.as_deref()),
        ];
        if poorer <= AuditSource::Export {
            columns.push(("timestamp_nanos", known.timestamp_nanos.as_deref(), other.timestamp_nanos.as_deref()));
            columns.push(("previous_hash", known.previous_hash.as_deref(), other.previous_hash.as_deref()));
            columns.push(("current_hash", known.current_hash.as_deref(), other.current_hash.as_deref()));
        }
        if poorer <= AuditSource::Archive {
            columns.push(("organization_id", known.organization_id.as_deref(), other.organization_id.as_deref()));
            columns.push(("hash_version", Some(&known_version), Some(&other_version)));
        }
        let mut is_same = true;
        for (column, left, right) in columns {
            if means_the_same(column, left, right, true) {
                continue;
            }
            is_same = false;
            self.conflict("audit_logs", &known.id.to_string(), column, true, left, right, Some(other.place))?;
        }
        self.totals.rows_known += u64::from(is_same);
        Ok(())
    }

    fn add_row(&mut self, row: &domain::TableRow) -> Result<(), StoreError> {
        self.tables_in_file.insert(row.table.clone());
        let is_document = row.fields.len() == 1 && row.fields[0].0 == "json";
        if self.tables_before.contains(&row.table) && !is_document {
            let known = source_row::by_key(&self.connection, &row.table, &row.key)?;
            if let Some(known) = known.first() {
                let mut is_same = true;
                for (column, value) in &row.fields {
                    let Some((_, kept)) = known.fields.iter().find(|(name, _)| name == column) else { continue };
                    if !means_the_same(column, kept.as_deref(), value.as_deref(), true) {
                        is_same = false;
                        self.conflict(
                            &row.table,
                            &row.key,
                            column,
                            false,
                            kept.as_deref(),
                            value.as_deref(),
                            Some(row.place),
                        )?;
                    }
                }
                self.totals.rows_known += u64::from(is_same);
                return Ok(());
            }
            if self.is_copy(&row.table) {
                return self.conflict(&row.table, &row.key, "", false, None, Some("the row"), Some(row.place));
            }
        }
        // Rows without a layout of their own tell their time, where they have one, in a field of this name.
        let at = row.fields.iter().find(|(name, _)| name == "at").and_then(|(_, value)| value.as_deref());
        self.totals.newest = self.totals.newest.max(at.and_then(Instant::parse));
        source_row::insert(&self.connection, row)?;
        *self.totals.tables.entry(row.table.clone()).or_default() += 1;
        Ok(())
    }

    /// Makes the import final: acts into the ledger, everything onto the disk, the case back in place.
    ///
    /// `before` is an act to write first (a case made for one audit is founded only now, when its clock is known).
    ///
    /// # Errors
    /// The database's or the medium's; the case is then as it was.
    pub fn finish(mut self, act: &Act<'_>, before: Option<&Act<'_>>) -> Result<(CaseFile, ImportTotals), StoreError> {
        let path = self.case_path.clone();
        let done = self.seal(act, before);
        match done {
            Ok(()) => {
                self.is_finished = true;
                let totals = std::mem::take(&mut self.totals);
                drop(self);
                Ok((CaseFile::open(&path)?, totals))
            }
            Err(error) => Err(error.explain(&path)),
        }
    }

    fn seal(&mut self, act: &Act<'_>, before: Option<&Act<'_>>) -> Result<(), StoreError> {
        for (election, (total, first)) in &self.counts {
            self.connection.execute(
                "INSERT INTO row_count (tbl, election, total, first_number) VALUES ('vote', ?1, ?2, ?3) \
                 ON CONFLICT (tbl, election) DO UPDATE SET total = total + excluded.total",
                params![election, total, first],
            )?;
        }
        if let Some(before) = before {
            ledger::append(&self.connection, before.at, before.actor, before.act, &before.detail)?;
        }
        let mut files: Vec<_> = self
            .totals
            .files
            .iter()
            .map(|file| json!({"path": file.path, "sha256": file.sha256.to_hex(), "bytes": file.bytes, "kind": file.kind, "rows": file.rows}))
            .collect();
        files.sort_by_key(|file| file["path"].as_str().unwrap_or_default().to_owned());
        // A file that is not the case yet may be complete before its ledger is: then its rows are hashed on all cores.
        if self.part.is_some() {
            self.connection.execute_batch("COMMIT")?;
        }
        let mut rows = serde_json::Map::new();
        let votes_before = self.rows_before[0];
        if self.next_vote - 1 > votes_before {
            let sha256 = domain::digest::encode_hex(&std::mem::take(&mut self.votes_digest).finalize());
            let range = json!({"after": votes_before, "to": self.next_vote - 1, "rule": "rows", "sha256": sha256});
            rows.insert(evidence::EVIDENCE_TABLES[0].to_owned(), range);
        }
        for (table, after) in evidence::EVIDENCE_TABLES.iter().zip(self.rows_before).skip(1) {
            let (last, digest) = match &self.part {
                Some(part) => evidence::rows_digest_side_by_side(part, table, after)?,
                None => evidence::rows_digest(&self.connection, table, after, i64::MAX, DigestRule::Blocks)?,
            };
            if last > after {
                let sha256 = digest.to_hex();
                let block = evidence::DIGEST_BLOCK;
                rows.insert((*table).to_owned(), json!({"after": after, "to": last, "block": block, "sha256": sha256}));
            }
        }
        if self.part.is_some() {
            self.connection.execute_batch("BEGIN")?;
        }
        let detail = json!({
            "files": files,
            "rows": rows,
            "tables": self.totals.tables,
            "rows_known": self.totals.rows_known,
            "rejected": self.totals.rejects.len(),
            "particulars": act.detail,
        });
        if let Some(before) = before {
            self.connection.execute("UPDATE case_info SET created_at = ?1 WHERE created_at = ''", [before.at])?;
        }
        ledger::append(&self.connection, act.at, act.actor, act.act, &detail)?;
        self.connection.execute_batch("COMMIT")?;
        if let Some(part) = self.part.clone() {
            let io = |source| StoreError::Io { path: self.case_path.clone(), source };
            // The replacement is renamed over the case, so the connection to it must be gone first.
            let connection = std::mem::replace(&mut self.connection, Connection::open_in_memory()?);
            connection.close().map_err(|(_, error)| error)?;
            std::fs::File::open(&part).and_then(|file| file.sync_all()).map_err(io)?;
            for suffix in ["-wal", "-shm"] {
                let _ = std::fs::remove_file(side_file(&self.case_path, suffix));
            }
            std::fs::rename(&part, &self.case_path).map_err(io)?;
            if let Some(folder) = self.case_path.parent()
                && let Ok(folder) = std::fs::File::open(folder)
            {
                let _ = folder.sync_all();
            }
        }
        Ok(())
    }

    /// Gives up: the case is as it was before.
    ///
    /// # Errors
    /// Where the case cannot be opened again.
    pub fn abandon(self) -> Result<CaseFile, StoreError> {
        let path = self.case_path.clone();
        drop(self);
        CaseFile::open(&path)
    }
}

impl Drop for Import {
    fn drop(&mut self) {
        if self.is_finished {
            return;
        }
        let _ = self.connection.execute_batch("ROLLBACK");
        if let Some(part) = &self.part {
            let _ = std::fs::remove_file(part);
        }
    }
}

fn side_file(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Whether two texts of a column mean the same: a time in another notation, a flag written out, JSON with other spaces.
fn means_the_same(column: &str, left: Option<&str>, right: Option<&str>, are_nulls_alike: bool) -> bool {
    let plain = |text: Option<&str>| match text {
        Some("") if are_nulls_alike => None,
        Some("null") => None,
        other => other.map(str::to_owned),
    };
    let (left, right) = (plain(left), plain(right));
    if left == right {
        return true;
    }
    let (left, right) = (left.as_deref(), right.as_deref());
    let is_flag = column.starts_with("is_")
        || matches!(column, "used" | "accepted")
        || column.contains("allow")
        || column.contains("anonymous");
    if is_flag && flag(left).is_some() && flag(left) == flag(right) {
        return true;
    }
    let (Some(left), Some(right)) = (left, right) else { return false };
    if let (Some(left), Some(right)) = (Instant::parse(left), Instant::parse(right)) {
        // Fractions are cut in storage.
        return left.seconds() == right.seconds();
    }
    let json = |text: &str| serde_json::from_str::<serde_json::Value>(text).ok();
    match (json(left), json(right)) {
        (Some(serde_json::Value::String(inner)), Some(right)) => json(&inner).is_some_and(|left| left == right),
        (Some(left), Some(serde_json::Value::String(inner))) => json(&inner).is_some_and(|right| left == right),
        (Some(left), Some(right)) => left == right,
        _ => false,
    }
}

impl Import {
    /// A file begins; answers its number in the case.
    pub fn begin_file(&mut self, path: &str) -> FileId {
        self.depth = path.matches('/').count();
        let id = FileId(self.next_file);
        self.next_file += 1;
        self.tables_in_file.clear();
        self.current_is_ambiguous = false;
        id
    }

    /// Rows of the current file that are no votes, in order.
    ///
    /// # Errors
    /// The database's.
    pub fn take(&mut self, records: Vec<Record>) -> Result<(), StoreError> {
        for record in records {
            match record {
                Record::Audit(entry) => self.add_audit(&entry)?,
                Record::Row(row) => self.add_row(&row)?,
                Record::Ballot(ballot) => {
                    let mut one = BallotBatch::default();
                    one.push(*ballot);
                    self.ballots(one)?;
                }
                Record::Ignored => {}
            }
        }
        Ok(())
    }

    /// A row that could not be read.
    ///
    /// # Errors
    /// The database's.
    pub fn reject(&mut self, reject: Reject) -> Result<(), StoreError> {
        evidence::add_reject(&self.connection, &reject)?;
        self.totals.rejects.push(reject);
        Ok(())
    }

    /// The current file ended.
    ///
    /// # Errors
    /// The database's, or the medium's where the original cannot be kept.
    pub fn end_file(&mut self, file: ReadFile) -> Result<(), StoreError> {
        let id = FileId(self.next_file - 1);
        let is_kept = file.bytes <= KEPT_BYTES || self.keep_all;
        self.connection
            .prepare_cached(
                "INSERT INTO evidence_file (id, path, sha256, bytes, system, kind, row_count, is_kept, has_ambiguous_nulls, source_path, \
                 brought_by, brought_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
            )?
            .execute(params![
                id.0,
                file.path,
                file.sha256.0,
                i64::try_from(file.bytes).unwrap_or(i64::MAX),
                file.system,
                file.kind,
                i64::try_from(file.rows).unwrap_or(i64::MAX),
                is_kept,
                file.has_ambiguous_nulls,
                file.location.display().to_string(),
                self.brought_by,
                self.brought_at,
            ])?;
        if is_kept {
            let source = std::fs::File::open(&file.location)
                .map_err(|source| StoreError::Io { path: file.location.clone(), source })?;
            evidence::keep(&self.connection, id, source)?;
        }
        if file.has_ambiguous_nulls {
            self.ambiguous.push(id.0);
        }
        for table in std::mem::take(&mut self.tables_in_file) {
            self.depth_of_table.entry(table.clone()).or_insert(self.depth);
            self.tables_before.insert(table);
        }
        self.totals.files.push(file);
        Ok(())
    }
}
