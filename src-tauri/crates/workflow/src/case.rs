//! An open case and everything that can be done with it.

use std::path::{Path, PathBuf};

use domain::report::{AuditChain, AuditReport};
use domain::{EvidenceFile, Instant, Job, KeyRing, VoteRecord};
use serde_json::json;
use sha2::{Digest, Sha256};
use store::tables::vote::Page;
use store::{Act, CaseFile, LedgerEntry, Reader, StoreError};

use crate::error::reject_line;
use crate::import::{self, ImportPlan, SignaturesRead};
use crate::{Error, audit};

/// Tells the time and who acts, so that tests and one-shot audits own both.
pub trait Clock: Send + Sync {
    /// Now, ISO text.
    fn now(&self) -> String;
    /// Who acts.
    fn actor(&self) -> String;
}

/// The machine's clock and user.
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> String {
        let micros = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .map_or(0, |since| i64::try_from(since.as_micros()).unwrap_or(0));
        Instant { micros }.to_iso()
    }

    fn actor(&self) -> String {
        ["USER", "USERNAME", "LOGNAME"]
            .iter()
            .find_map(|name| std::env::var(name).ok())
            .unwrap_or_else(|| "unknown".to_owned())
    }
}

/// A clock that stands still, and nobody who acts: one-shot audits take the newest instant in the evidence.
#[derive(Default)]
pub struct FixedClock {
    /// ISO text.
    pub at: String,
}

impl Clock for FixedClock {
    fn now(&self) -> String {
        self.at.clone()
    }

    fn actor(&self) -> String {
        String::new()
    }
}

/// An open case.
pub struct Case {
    file: Option<CaseFile>,
    path: PathBuf,
    clock: Box<dyn Clock>,
    /// What was checked while the votes were read, and under which keys; holds until something else is brought in.
    read: Option<(KeyRing, SignaturesRead)>,
}

/// What a case holds, at a glance.
#[derive(Clone, Debug)]
pub struct CaseInfo {
    /// Title.
    pub title: String,
    /// File.
    pub path: PathBuf,
    /// When it was made.
    pub created_at: String,
    /// Newest ledger hash, hex.
    pub ledger_head: String,
    /// Ledger entries.
    pub ledger_entries: u64,
    /// Evidence files.
    pub evidence_files: u64,
    /// Votes.
    pub votes: u64,
    /// Audit entries.
    pub audit_entries: u64,
    /// Elections: id and title.
    pub elections: Vec<(String, String)>,
    /// True once a verification was concluded.
    pub has_report: bool,
}

/// What the second look on opening found.
#[derive(Clone, Debug, Default)]
pub struct Recheck {
    /// Breaks, in sentences; empty where all is well.
    pub problems: Vec<String>,
    /// Files whose kept bytes were hashed again, items of the evidence locker among them.
    pub files_checked: u64,
}

/// A page of votes.
#[derive(Clone, Debug)]
pub struct VotesPage {
    /// Rows in the order of the export.
    pub rows: Vec<VoteRecord>,
    /// Votes of the election in all.
    pub total: u64,
}

/// A page of audit entries.
#[derive(Clone, Debug)]
pub struct AuditPage {
    /// Rows by the origin's number.
    pub rows: Vec<domain::AuditRecord>,
    /// Entries in all.
    pub total: u64,
}

/// Reports that the origin system itself gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OriginAnswer {
    /// Its integrity check.
    Integrity,
    /// Its statistics.
    Stats,
    /// Its results.
    Results,
    /// Its forensics report, with what it cuts under `extra`.
    Forensics,
}

impl Case {
    /// Makes a new case.
    ///
    /// # Errors
    /// Where the file exists or cannot be written.
    pub fn create(path: &Path, title: &str) -> Result<Self, Error> {
        Self::create_with(path, title, Box::new(SystemClock))
    }

    /// [`Case::create`] with another clock.
    ///
    /// # Errors
    /// Where the file exists or cannot be written.
    pub fn create_with(path: &Path, title: &str, clock: Box<dyn Clock>) -> Result<Self, Error> {
        let at = clock.now();
        let mut file = CaseFile::create(path, title, &at)?;
        let act = Act { at: &at, actor: &clock.actor(), act: "case.create", detail: json!({"title": title}) };
        file.write(&act, |_| Ok(()))?;
        Ok(Self { file: Some(file), path: path.to_owned(), clock, read: None })
    }

    /// Opens a case and verifies its ledger.
    ///
    /// # Errors
    /// Where the file is foreign, newer, damaged, locked or has a broken ledger.
    pub fn open(path: &Path) -> Result<Self, Error> {
        Self::open_with(path, Box::new(SystemClock))
    }

    /// [`Case::open`] with another clock.
    ///
    /// # Errors
    /// As [`Case::open`].
    pub fn open_with(path: &Path, clock: Box<dyn Clock>) -> Result<Self, Error> {
        Ok(Self { file: Some(CaseFile::open(path)?), path: path.to_owned(), clock, read: None })
    }

    /// A case whose founding act is written together with its first import.
    pub(crate) fn unfounded(path: &Path, title: &str) -> Result<Self, Error> {
        let file = CaseFile::create(path, title, "")?;
        Ok(Self { file: Some(file), path: path.to_owned(), clock: Box::new(FixedClock::default()), read: None })
    }

    pub(crate) fn file(&self) -> Result<&CaseFile, Error> {
        self.file.as_ref().ok_or_else(closed)
    }

    pub(crate) fn file_mut(&mut self) -> Result<&mut CaseFile, Error> {
        self.file.as_mut().ok_or_else(closed)
    }

    pub(crate) fn reader(&self) -> Result<Reader, Error> {
        Reader::open(&self.path).map_err(|error| Error::from(error).of_case(&self.path))
    }

    /// Where the case lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What the case holds.
    ///
    /// # Errors
    /// The store's.
    pub fn info(&self) -> Result<CaseInfo, Error> {
        let read = || {
            let (title, created_at) = self.file()?.title()?;
            let reader = self.reader()?;
            let ledger = self.file()?.ledger()?;
            let counts = reader.vote_counts()?;
            Ok(CaseInfo {
                title,
                path: self.path.clone(),
                created_at,
                ledger_head: ledger.last().map(|entry| entry.hash.to_hex()).unwrap_or_default(),
                ledger_entries: u64::try_from(ledger.len()).unwrap_or(0),
                evidence_files: u64::try_from(reader.evidence()?.len()).unwrap_or(0),
                votes: counts.iter().map(|(_, total, _)| total).sum(),
                audit_entries: reader.audit_count()?,
                elections: audit::election_titles(&reader)?,
                has_report: reader.conclusion()?.is_some(),
            })
        };
        read().map_err(|error: Error| error.of_case(&self.path))
    }

    /// Looks at inputs without changing anything: what would come in, and what cannot be read.
    ///
    /// # Errors
    /// Where an input cannot be read at all.
    pub fn plan_import(inputs: &[PathBuf], system: Option<&str>, job: &dyn Job) -> Result<ImportPlan, Error> {
        // The surest plan is the import itself, into a file that is thrown away.
        let folder = tempfile::tempdir()
            .map_err(|error| Error::Output { path: "temporary folder".to_owned(), reason: error.to_string() })?;
        let mut case = Self::unfounded(&folder.path().join("plan.scrutineer"), "plan")?;
        case.import(inputs, system, job)
    }

    /// Brings files in, all or nothing.
    ///
    /// # Errors
    /// With file, row and column where an input cannot be read; the case is then as it was.
    pub fn import(&mut self, inputs: &[PathBuf], system: Option<&str>, job: &dyn Job) -> Result<ImportPlan, Error> {
        self.import_with(inputs, system, false, job)
    }

    /// [`Case::import`], keeping originals of every size.
    ///
    /// # Errors
    /// As [`Case::import`].
    pub fn import_with(
        &mut self,
        inputs: &[PathBuf],
        system: Option<&str>,
        keep_all: bool,
        job: &dyn Job,
    ) -> Result<ImportPlan, Error> {
        self.import_checked(inputs, system, keep_all, None, job)
    }

    /// [`Case::import_with`], checking the signature of each vote in the same pass where keys are given. A verification
    /// under the same keys then need not check them again; [`ImportPlan::signatures`] tells what was seen.
    ///
    /// # Errors
    /// As [`Case::import`].
    pub fn import_checked(
        &mut self,
        inputs: &[PathBuf],
        system: Option<&str>,
        keep_all: bool,
        keys: Option<&KeyRing>,
        job: &dyn Job,
    ) -> Result<ImportPlan, Error> {
        let check = keys.and_then(audit::logbook::quick_check);
        self.import_under(inputs, system, keep_all, keys, check.as_ref().map(|check| check as _), job)
    }

    /// [`Case::import_checked`] that also looks for ids and voters that stand more often than once for a contest and rank, in
    /// the same pass. Answers groups of both; a verification, which knows the rules of each election, has the last word.
    ///
    /// # Errors
    /// As [`Case::import`], or the temporary folder's.
    pub fn import_looking_for_repeats(
        &mut self,
        inputs: &[PathBuf],
        system: Option<&str>,
        keys: &KeyRing,
        job: &dyn Job,
    ) -> Result<(ImportPlan, (usize, usize)), Error> {
        let repeats = audit::logbook::Repeats::default();
        let check = audit::logbook::quick_check(keys);
        let both = |vote: &domain::VoteView<'_>| {
            repeats.add(vote);
            check.as_ref().is_some_and(|check| check(vote))
        };
        let plan = self.import_under(inputs, system, false, Some(keys), Some(&both), job)?;
        Ok((plan, repeats.count()?))
    }

    fn import_under(
        &mut self,
        inputs: &[PathBuf],
        system: Option<&str>,
        keep_all: bool,
        keys: Option<&KeyRing>,
        check: Option<&import::VoteCheck<'_>>,
        job: &dyn Job,
    ) -> Result<ImportPlan, Error> {
        self.file()?.must_be_writable()?;
        self.read = None;
        let is_first = self.file()?.is_empty()?;
        let at = self.clock.now();
        let is_unfounded = at.is_empty();
        let title = self.file()?.title()?.0;
        let file = self.file.take().ok_or_else(closed)?;
        let outcome =
            file.begin_import(keep_all, &self.clock.actor(), &at).map_err(Error::from).and_then(|mut import| {
                let (ignored, signatures) = import::read_into(inputs, system, &mut import, check, job)?;
                if import.systems().contains(audit::astra::SYSTEM) {
                    import.look(audit::astra::belong_together)??;
                }
                // One-shot audits know their clock only now: the newest instant in the evidence.
                let newest = import.newest().map(Instant::to_iso).unwrap_or_default();
                let at = if is_unfounded { newest } else { at };
                let actor = self.clock.actor();
                let act =
                    Act { at: &at, actor: &actor, act: "evidence.import", detail: json!({"ignored": ignored.len()}) };
                let founding = Act { at: &at, actor: &actor, act: "case.create", detail: json!({"title": title}) };
                let (file, totals) = import.finish(&act, is_unfounded.then_some(&founding))?;
                let signatures = check.is_some().then_some(signatures);
                Ok((file, ImportPlan::from_totals(totals, ignored, signatures), at))
            });
        match outcome {
            Ok((file, plan, at)) => {
                self.file = Some(file);
                // Rows of a later import may repeat rows that are there, and then another row stands for them.
                self.read = keys.cloned().zip(plan.signatures.clone()).filter(|_| is_first && plan.rows_known == 0);
                if is_unfounded {
                    self.clock = Box::new(FixedClock { at });
                }
                Ok(plan)
            }
            Err(error) => {
                self.file = CaseFile::open(&self.path).ok();
                Err(error)
            }
        }
    }

    /// Evidence files.
    ///
    /// # Errors
    /// The store's.
    pub fn evidence(&self) -> Result<Vec<EvidenceFile>, Error> {
        let read = || Ok(self.reader()?.evidence()?);
        read().map_err(|error: Error| error.of_case(&self.path))
    }

    /// Lines about rows that could not be read.
    ///
    /// # Errors
    /// The store's.
    pub fn rejects(&self) -> Result<Vec<String>, Error> {
        let read = || Ok(self.reader()?.rejects()?.iter().map(reject_line).collect());
        read().map_err(|error: Error| error.of_case(&self.path))
    }

    /// Tests every claim of the evidence and keeps the conclusion.
    ///
    /// # Errors
    /// The store's, or [`Error::Cancelled`]; then no conclusion is kept.
    pub fn verify(&mut self, keys: &KeyRing, job: &dyn Job) -> Result<AuditReport, Error> {
        self.file()?.must_be_writable()?;
        let reader = self.reader()?;
        let read = self.read.as_ref().filter(|(known, _)| known.is_same(keys)).map(|(_, read)| read);
        let report = audit::run(&reader, keys, read, job).map_err(|error| error.of_case(&self.path))?;
        let body = serde_json::to_string(&report)
            .map_err(|error| Error::Output { path: "conclusion".to_owned(), reason: error.to_string() })?;
        let verdicts: Vec<_> = report
            .elections
            .iter()
            .map(|election| json!({"election": election.election_id, "verdict": election.verdict.word(), "findings": election.findings.len()}))
            .collect();
        let detail = json!({"keys": keys.names(), "elections": verdicts, "findings": report.findings.len(), "conclusion_sha256": sha256_hex(&body)});
        let (at, actor) = (self.clock.now(), self.clock.actor());
        let act = Act { at: &at, actor: &actor, act: "evidence.verify", detail };
        self.file_mut()?.conclude(&act, &body)?;
        Ok(report)
    }

    /// Checks the signatures of all stored votes and nothing else.
    ///
    /// # Errors
    /// The store's.
    pub fn check_signatures(&self, keys: &KeyRing, job: &dyn Job) -> Result<SignaturesRead, Error> {
        audit::logbook::count_valid(&self.reader()?, keys, job)
    }

    /// Checks the entries of the stored audit log and their links, and nothing else: entries and errors.
    ///
    /// # Errors
    /// The store's.
    pub fn check_audit_chain(&self, keys: &KeyRing, job: &dyn Job) -> Result<Option<AuditChain>, Error> {
        audit::audit_chain(&self.reader()?, keys, job)
    }

    /// Checks the signatures of votes as they stand in files, without a case.
    ///
    /// # Errors
    /// As [`Case::import`].
    pub fn check_files(
        inputs: &[PathBuf],
        system: Option<&str>,
        keys: &KeyRing,
        job: &dyn Job,
    ) -> Result<SignaturesRead, Error> {
        let Some(check) = audit::logbook::quick_check(keys) else {
            return Err(Error::NotYet { message: "no VOTE_SIGNING_KEY was given".to_owned() });
        };
        import::read_only(inputs, system, &check, job)
    }

    /// The newest conclusion.
    ///
    /// # Errors
    /// The store's, and where the conclusion is not the one that the ledger recorded.
    pub fn latest_report(&self) -> Result<Option<AuditReport>, Error> {
        let read = || {
            let Some(body) = self.reader()?.conclusion()? else { return Ok(None) };
            let damaged =
                |reason: &str| Error::Store(StoreError::Damaged { path: self.path.clone(), reason: reason.to_owned() });
            let recorded = self.ledger()?.into_iter().rev().find(|entry| entry.act == "evidence.verify");
            let recorded = recorded.and_then(|entry| serde_json::from_str::<serde_json::Value>(&entry.detail).ok());
            let digest = recorded.as_ref().and_then(|detail| detail["conclusion_sha256"].as_str());
            if digest.is_some_and(|digest| digest != sha256_hex(&body)) {
                return Err(damaged("the stored conclusion is not the one that the ledger recorded"));
            }
            let mut report =
                serde_json::from_str(&body).map_err(|_| damaged("the stored conclusion cannot be read"))?;
            crate::review::add_marks(&mut report, self.reader()?.review_marks()?);
            Ok(Some(report))
        };
        read().map_err(|error: Error| error.of_case(&self.path))
    }

    /// Votes of an election behind a number.
    ///
    /// # Errors
    /// The store's.
    pub fn votes_page(&self, election_id: &str, after_number: i64, limit: u32) -> Result<VotesPage, Error> {
        let read = || {
            let reader = self.reader()?;
            let page =
                Page { election_id: Some(election_id), after_number, up_to_number: i64::MAX, limit: limit.min(5000) };
            let total =
                reader.vote_counts()?.into_iter().find(|(id, ..)| id == election_id).map_or(0, |(_, total, _)| total);
            Ok(VotesPage { rows: reader.votes(page)?, total })
        };
        read().map_err(|error: Error| error.of_case(&self.path))
    }

    /// Audit entries behind one of the origin's numbers.
    ///
    /// # Errors
    /// The store's.
    pub fn audit_page(&self, after_id: i64, limit: u32) -> Result<AuditPage, Error> {
        let read = || {
            let reader = self.reader()?;
            let rows = reader.audit_entries((after_id, i64::MAX), limit.min(5000))?;
            Ok(AuditPage { rows: rows.into_iter().map(|(_, entry)| entry).collect(), total: reader.audit_count()? })
        };
        read().map_err(|error: Error| error.of_case(&self.path))
    }

    /// The ledger.
    ///
    /// # Errors
    /// The store's.
    pub fn ledger(&self) -> Result<Vec<LedgerEntry>, Error> {
        let read = || Ok(self.file()?.ledger()?);
        read().map_err(|error: Error| error.of_case(&self.path))
    }

    /// The ledger head that reports print.
    ///
    /// # Errors
    /// The store's.
    pub fn printed_head(&self) -> Result<String, Error> {
        Ok(self.printed_entry()?.map(|entry| entry.hash.to_hex()).unwrap_or_default())
    }

    /// The entry with that hash.
    pub(crate) fn printed_entry(&self) -> Result<Option<store::LedgerEntry>, Error> {
        let read = || Ok(self.file()?.printed_head()?);
        read().map_err(|error: Error| error.of_case(&self.path))
    }

    /// Puts the ledger entry with the hash that a document prints on its cover as a code. A hash of no entry leaves it without.
    ///
    /// # Errors
    /// The store's.
    pub(crate) fn carry_ledger_head(&self, document: &mut reports::Document, head: &str) -> Result<(), Error> {
        if let Some(entry) = self.ledger()?.iter().rev().find(|entry| entry.hash.to_hex() == head) {
            document.carry_ledger_head(entry.number, head);
        }
        Ok(())
    }

    /// What the origin's own report of a kind would say about an election, recomputed from the rows.
    ///
    /// # Errors
    /// [`Error::NoElection`], or the store's.
    pub fn origin_answer(
        &self,
        kind: OriginAnswer,
        election_id: &str,
        keys: &KeyRing,
        job: &dyn Job,
    ) -> Result<serde_json::Value, Error> {
        let read = || {
            if let Some(system) = audit::system_of(&self.reader()?, election_id)?
                && system != audit::logbook::SYSTEM
            {
                let title =
                    importers::SOURCES.iter().find(|source| source.id == system).map_or("", |source| source.title);
                return Err(Error::refused(format!(
                    "this election comes from {title}, which gives no answer of this kind; `verify` tests its claims, `report` prints them"
                )));
            }
            let answers = audit::logbook::origin_answers(&self.reader()?, keys, election_id, job)?;
            Ok(match kind {
                OriginAnswer::Integrity => answers.integrity,
                OriginAnswer::Stats => answers.stats,
                OriginAnswer::Results => answers.results,
                OriginAnswer::Forensics => answers.forensics,
            })
        };
        read().map_err(|error: Error| error.of_case(&self.path))
    }

    /// True where the case lies on a medium that takes no writes: it can be read, printed and copied, and none of these acts
    /// gets into its ledger.
    pub fn is_read_only(&self) -> bool {
        self.file.as_ref().is_some_and(CaseFile::is_read_only)
    }

    /// Runs a change of what we say about the evidence, with its act.
    pub(crate) fn change(
        &mut self,
        act: &str,
        detail: serde_json::Value,
        change: impl FnOnce(&mut CaseFile, &Act<'_>) -> Result<(), store::StoreError>,
    ) -> Result<(), Error> {
        let (at, actor) = (self.clock.now(), self.clock.actor());
        let act = Act { at: &at, actor: &actor, act, detail };
        Ok(change(self.file_mut()?, &act)?)
    }

    /// Who acts, by the clock of the case.
    pub(crate) fn actor(&self) -> String {
        self.clock.actor()
    }

    /// Now, by the clock of the case; the beginning of time where a one-shot clock does not know yet.
    pub(crate) fn instant(&self) -> Instant {
        Instant::parse(&self.clock.now()).unwrap_or(Instant { micros: 0 })
    }

    /// Now, by the clock of the case.
    pub(crate) fn now(&self) -> String {
        self.clock.now()
    }

    /// Writes an act that changed nothing in the evidence (a print, an export, a backup).
    pub(crate) fn record(&mut self, act: &str, detail: serde_json::Value) -> Result<(), Error> {
        if self.is_read_only() {
            return Ok(());
        }
        let (at, actor) = (self.clock.now(), self.clock.actor());
        let act = Act { at: &at, actor: &actor, act, detail };
        self.file_mut()?.write(&act, |_| Ok(()))?;
        Ok(())
    }

    /// Looks at the stored evidence again: kept bytes against their digests, digests against the ledger, row counts, and
    /// the stored audit chain's links. A break is written into the ledger.
    ///
    /// # Errors
    /// The store's.
    pub fn recheck(&mut self, job: &dyn Job) -> Result<Recheck, Error> {
        job.begin("Checking the stored evidence again", None);
        let reader = self.reader()?;
        let integrity =
            reader.recheck_evidence(&|| job.is_cancelled()).map_err(|error| Error::from(error).of_case(&self.path))?;
        let mut problems = integrity.problems;
        let concluded = match self.latest_report() {
            Ok(report) => report,
            Err(Error::Store(StoreError::Damaged { reason, .. })) => {
                problems.push(format!("The conclusion cannot be relied on: {reason}. Verify again."));
                None
            }
            Err(error) => return Err(error),
        };
        if let Some(before) = concluded.and_then(|report| report.audit_chain) {
            let broken = before.errors.iter().filter(|error| error.kind == "chain_broken").count();
            if let Some((entries, now_broken)) =
                audit::chain_links(&reader, job).map_err(|error| error.of_case(&self.path))?
            {
                if before.total_checked != entries {
                    problems.push(format!(
                        "The audit log holds {entries} entries, but {} were verified before.",
                        before.total_checked
                    ));
                }
                if broken != now_broken {
                    problems.push(format!(
                        "The audit chain has {now_broken} broken links, but {broken} when it was verified."
                    ));
                }
            }
        }
        problems.extend(crate::incident::journal_problems(&reader.incidents(), &reader.ledger()?)?);
        let (locker, items_checked) =
            crate::incident::locker_problems(&reader.incidents(), job).map_err(|error| error.of_case(&self.path))?;
        problems.extend(locker);
        drop(reader);
        if job.is_cancelled() {
            return Err(Error::Cancelled);
        }
        if !problems.is_empty() {
            self.record("case.recheck", json!({"severity": "critical", "problems": problems}))?;
        }
        Ok(Recheck { problems, files_checked: integrity.files_checked + items_checked })
    }

    /// Copies the case, complete and consistent.
    ///
    /// # Errors
    /// Where the destination exists or cannot be written.
    pub fn backup(&mut self, destination: &Path) -> Result<(), Error> {
        self.file()?.backup(destination)?;
        self.record("case.backup", json!({"to": destination.file_name().map(|name| name.to_string_lossy())}))
    }
}

fn sha256_hex(text: &str) -> String {
    domain::digest::encode_hex(&Sha256::digest(text))
}

fn closed() -> Error {
    Error::NotYet { message: "the case could not be opened again after a failed import; open it again".to_owned() }
}
