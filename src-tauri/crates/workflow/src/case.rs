//! An open case and everything that can be done with it.

use std::path::{Path, PathBuf};

use domain::report::AuditReport;
use domain::{EvidenceFile, Instant, Job, KeyRing, VoteRecord};
use serde_json::json;
use store::tables::vote::Page;
use store::{Act, CaseFile, LedgerEntry, Reader};

use crate::error::reject_line;
use crate::import::{self, ImportPlan};
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
    /// Files whose kept bytes were hashed again.
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
        Ok(Self { file: Some(file), path: path.to_owned(), clock })
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
        Ok(Self { file: Some(CaseFile::open(path)?), path: path.to_owned(), clock })
    }

    /// A case whose founding act is written together with its first import.
    pub(crate) fn unfounded(path: &Path, title: &str) -> Result<Self, Error> {
        let file = CaseFile::create(path, title, "")?;
        Ok(Self { file: Some(file), path: path.to_owned(), clock: Box::new(FixedClock::default()) })
    }

    fn file(&self) -> Result<&CaseFile, Error> {
        self.file.as_ref().ok_or_else(closed)
    }

    fn file_mut(&mut self) -> Result<&mut CaseFile, Error> {
        self.file.as_mut().ok_or_else(closed)
    }

    fn reader(&self) -> Result<Reader, Error> {
        Ok(Reader::open(&self.path)?)
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
            elections: audit::logbook::election_titles(&reader)?,
            has_report: reader.conclusion()?.is_some(),
        })
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
        let at = self.clock.now();
        let is_unfounded = at.is_empty();
        let title = self.file()?.title()?.0;
        let file = self.file.take().ok_or_else(closed)?;
        let outcome =
            file.begin_import(keep_all, &self.clock.actor(), &at).map_err(Error::from).and_then(|mut import| {
                let ignored = import::read_into(inputs, system, &mut import, job)?;
                // One-shot audits know their clock only now: the newest instant in the evidence.
                let newest = import.newest().map(Instant::to_iso).unwrap_or_default();
                let at = if is_unfounded { newest } else { at };
                let actor = self.clock.actor();
                let act =
                    Act { at: &at, actor: &actor, act: "evidence.import", detail: json!({"ignored": ignored.len()}) };
                let founding = Act { at: &at, actor: &actor, act: "case.create", detail: json!({"title": title}) };
                let (file, totals) = import.finish(&act, is_unfounded.then_some(&founding))?;
                Ok((file, ImportPlan::from_totals(totals, ignored), at))
            });
        match outcome {
            Ok((file, plan, at)) => {
                self.file = Some(file);
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
        Ok(self.reader()?.evidence()?)
    }

    /// Lines about rows that could not be read.
    ///
    /// # Errors
    /// The store's.
    pub fn rejects(&self) -> Result<Vec<String>, Error> {
        Ok(self.reader()?.rejects()?.iter().map(reject_line).collect())
    }

    /// Tests every claim of the evidence and keeps the conclusion.
    ///
    /// # Errors
    /// The store's, or [`Error::Cancelled`]; then no conclusion is kept.
    pub fn verify(&mut self, keys: &KeyRing, job: &dyn Job) -> Result<AuditReport, Error> {
        let reader = self.reader()?;
        let report = audit::run(&reader, keys, job)?;
        let body = serde_json::to_string(&report)
            .map_err(|error| Error::Output { path: "conclusion".to_owned(), reason: error.to_string() })?;
        let verdicts: Vec<_> = report
            .elections
            .iter()
            .map(|election| json!({"election": election.election_id, "verdict": election.verdict.word(), "findings": election.findings.len()}))
            .collect();
        let detail = json!({"keys": keys.names(), "elections": verdicts, "findings": report.findings.len()});
        let (at, actor) = (self.clock.now(), self.clock.actor());
        let act = Act { at: &at, actor: &actor, act: "evidence.verify", detail };
        self.file_mut()?.conclude(&act, &body)?;
        Ok(report)
    }

    /// The newest conclusion.
    ///
    /// # Errors
    /// The store's.
    pub fn latest_report(&self) -> Result<Option<AuditReport>, Error> {
        match self.reader()?.conclusion()? {
            None => Ok(None),
            Some(body) => {
                let mut report = serde_json::from_str(&body).map_err(|error| Error::NotYet {
                    message: format!("the stored conclusion cannot be read ({error}); verify again"),
                })?;
                crate::review::add_marks(&mut report, self.reader()?.review_marks()?);
                Ok(Some(report))
            }
        }
    }

    /// Votes of an election behind a number.
    ///
    /// # Errors
    /// The store's.
    pub fn votes_page(&self, election_id: &str, after_number: i64, limit: u32) -> Result<VotesPage, Error> {
        let reader = self.reader()?;
        let page =
            Page { election_id: Some(election_id), after_number, up_to_number: i64::MAX, limit: limit.min(5000) };
        let total =
            reader.vote_counts()?.into_iter().find(|(id, ..)| id == election_id).map_or(0, |(_, total, _)| total);
        Ok(VotesPage { rows: reader.votes(page)?, total })
    }

    /// Audit entries behind one of the origin's numbers.
    ///
    /// # Errors
    /// The store's.
    pub fn audit_page(&self, after_id: i64, limit: u32) -> Result<AuditPage, Error> {
        let reader = self.reader()?;
        let rows = reader.audit_entries((after_id, i64::MAX), limit.min(5000))?;
        Ok(AuditPage { rows: rows.into_iter().map(|(_, entry)| entry).collect(), total: reader.audit_count()? })
    }

    /// The ledger.
    ///
    /// # Errors
    /// The store's.
    pub fn ledger(&self) -> Result<Vec<LedgerEntry>, Error> {
        Ok(self.file()?.ledger()?)
    }

    /// The ledger head that reports print.
    ///
    /// # Errors
    /// The store's.
    pub fn printed_head(&self) -> Result<String, Error> {
        Ok(self.file()?.printed_head()?.map(|entry| entry.hash.to_hex()).unwrap_or_default())
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
        let answers = audit::logbook::origin_answers(&self.reader()?, keys, election_id, job)?;
        Ok(match kind {
            OriginAnswer::Integrity => answers.integrity,
            OriginAnswer::Stats => answers.stats,
            OriginAnswer::Results => answers.results,
            OriginAnswer::Forensics => answers.forensics,
        })
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

    /// Writes an act that changed nothing in the evidence (a print, an export, a backup).
    pub(crate) fn record(&mut self, act: &str, detail: serde_json::Value) -> Result<(), Error> {
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
        let integrity = reader.recheck_evidence(&|| job.is_cancelled())?;
        let mut problems = integrity.problems;
        if let Some(before) = self.latest_report()?.and_then(|report| report.audit_chain) {
            let broken = before.errors.iter().filter(|error| error.kind == "chain_broken").count();
            if let Some((entries, now_broken)) = audit::logbook::chain_links(&reader)? {
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
        drop(reader);
        if job.is_cancelled() {
            return Err(Error::Cancelled);
        }
        if !problems.is_empty() {
            self.record("case.recheck", json!({"severity": "critical", "problems": problems}))?;
        }
        Ok(Recheck { problems, files_checked: integrity.files_checked })
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

fn closed() -> Error {
    Error::NotYet { message: "the case could not be opened again after a failed import; open it again".to_owned() }
}
