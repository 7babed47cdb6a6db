//! The evidence bundle: one file with everything that a verdict about an election rests on, which anybody can check without this
//! program. `FORMAT.md` here tells it to the byte, and lies in every bundle.
//!
//! * [`container`]: the ZIP file;
//! * [`stage`]: its files before they are put together;
//! * [`tables`], [`chains`], [`counts`]: what is in them; [`incident`]: the bundle of an incident;
//! * [`verify`], [`recount`]: the check of a finished bundle; `check.py` makes the same without this program.

mod chains;
mod container;
mod counts;
mod incident;
mod recount;
mod stage;
mod tables;
mod verify;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use domain::report::{AuditReport, ElectionReport};
use domain::{EvidenceFile, FileId, Job};
use importers::inputs::InputSet;
use serde_json::{Value, json};

use self::stage::Stage;
pub use self::verify::{BundleCheck, check_bundle};
use crate::export::write_through;
use crate::identity::Identity;
use crate::{Case, Error};

/// Name of the form.
const SCHEMA: &str = "scrutineer/bundle/1";
const MANIFEST: &str = "MANIFEST";
const RAW_SIGNATURE: &str = "MANIFEST.sig";
const MINISIG: &str = "MANIFEST.minisig";
const SIGNER_PEM: &str = "signer.pem";
const SIGNER_MINISIGN: &str = "signer.pub";

/// What is to be put into a bundle.
#[derive(Clone, Debug, Default)]
pub struct BundleRequest {
    /// Election; `None` for an export that names none, such as the log of an installation.
    pub election_id: Option<String>,
    /// Files and folders with originals that the case keeps by their digests only.
    pub originals: Vec<PathBuf>,
    /// Leaves out originals that are found nowhere; they are named with their digests.
    pub without_originals: bool,
}

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BundleWritten {
    /// The file.
    pub path: PathBuf,
    /// Files in it.
    pub files: usize,
    /// Who signed, in words.
    pub signer: String,
    /// SHA-256 of its manifest: what the signature covers.
    pub manifest_sha256: String,
    /// Inputs that are in it by their digest only.
    pub missing: u64,
}

impl Case {
    /// Writes the evidence bundle of an election and records it. The same case and identity give the same bytes.
    ///
    /// # Errors
    /// [`Error::NotYet`] before the first verification, [`Error::NoElection`], [`Error::Refused`] where originals are missing,
    /// [`Error::Output`] where the file cannot be written.
    pub fn write_bundle(
        &mut self,
        request: &BundleRequest,
        identity: &Identity,
        destination: &Path,
        job: &dyn Job,
    ) -> Result<BundleWritten, Error> {
        if let Some(id) = request.election_id.as_deref().filter(|id| self.runs_election(id)) {
            return self.write_own_bundle(id, request, identity, destination, job);
        }
        let report = self.latest_report()?.ok_or_else(|| Error::NotYet {
            message: "nothing was verified in this case yet; verify it first".to_owned(),
        })?;
        let report = about_one(report, request.election_id.as_deref())?;
        job.begin("Putting the bundle together", None);
        let mut stage = Stage::new()?;
        let left = self.bundle_inputs(&mut stage, request, &report)?;
        if !left.missing.is_empty() && !request.without_originals {
            return Err(Error::refused(format!(
                "the case keeps these files by their digest only: {}; name the folder where they lie (--originals), or leave them out (--without-originals)",
                left.missing.join(", ")
            )));
        }
        cancelled(job)?;
        self.bundle_contents(self, &mut stage, &report, identity, left.all, job)?;
        let about = json!({"election": request.election_id});
        self.finish_bundle(&mut stage, about, identity, left.all, destination)
    }

    /// The bundle of an election that is run in this case: what was published, examined like any other export, and this ledger.
    fn write_own_bundle(
        &mut self,
        id: &str,
        request: &BundleRequest,
        identity: &Identity,
        destination: &Path,
        job: &dyn Job,
    ) -> Result<BundleWritten, Error> {
        let folder = tempfile::tempdir()?;
        self.publish_again(id, folder.path())?;
        let inputs = [folder.path().to_owned()];
        let examined = crate::audit_inputs(&inputs, None, &domain::KeyRing::default(), None, None, job)?;
        let report = about_one(examined.report, Some(id))?;
        let mut stage = Stage::new()?;
        let request = BundleRequest { originals: inputs.to_vec(), ..request.clone() };
        let left = examined.case.bundle_inputs(&mut stage, &request, &report)?;
        examined.case.bundle_contents(self, &mut stage, &report, identity, left.all, job)?;
        self.finish_bundle(&mut stage, json!({"election": id}), identity, left.all, destination)
    }

    /// Signs and writes what was put together, and records it.
    fn finish_bundle(
        &mut self,
        stage: &mut Stage,
        mut about: Value,
        identity: &Identity,
        missing: usize,
        destination: &Path,
    ) -> Result<BundleWritten, Error> {
        sign(stage, identity);
        write_through(destination, |out| {
            let mut file = tempfile::tempfile()?;
            stage.finish(BufWriter::new(&mut file)).map_err(|error| Error::Output {
                path: destination.display().to_string(),
                reason: error.to_string(),
            })?;
            std::io::Seek::rewind(&mut file)?;
            std::io::copy(&mut file, out)?;
            Ok(())
        })?;
        let manifest_sha256 =
            domain::digest::encode_hex(&<sha2::Sha256 as sha2::Digest>::digest(stage.signed_manifest()));
        let written = BundleWritten {
            path: destination.to_owned(),
            files: stage.len(),
            signer: identity.words(),
            manifest_sha256,
            missing: u64::try_from(missing).unwrap_or(u64::MAX),
        };
        let name = destination.file_name().map(|name| name.to_string_lossy().into_owned());
        about["files"] = json!([name]);
        about["bundle_manifest_sha256"] = json!(written.manifest_sha256);
        about["signer"] = json!(written.signer);
        self.record("report.export", about)?;
        Ok(written)
    }

    /// Adds the examined files. Answers which of them are not in the bundle.
    fn bundle_inputs(&self, stage: &mut Stage, request: &BundleRequest, report: &AuditReport) -> Result<Left, Error> {
        let reader = self.reader()?;
        let evidence = reader.evidence()?;
        let offered = Offered::gather(&request.originals)?;
        let mut lines = String::new();
        let mut left = Left::default();
        for input in &report.inputs {
            let path = stage.free_path(&input.path);
            let file = evidence.iter().find(|file| file.path == input.path && file.sha256.to_hex() == input.sha256);
            let is_kept = file.is_some_and(|file| file.is_kept);
            // What is no evidence stays out: it may be a file of keys that lay beside.
            let is_evidence = input.kind != "ignored";
            let is_here = match file.filter(|_| is_kept) {
                _ if !is_evidence => false,
                Some(file) => kept(&reader, stage, &path, file)?,
                None => offered.copy(stage, &path, &input.path, &input.sha256, input.bytes)?,
            };
            left.all += usize::from(!is_here);
            if !is_here && is_evidence {
                left.missing.push(input.path.clone());
            }
            let line = json!({
                "path": input.path,
                "sha256": input.sha256,
                "bytes": input.bytes,
                "system": input.system,
                "kind": input.kind,
                "rows": input.rows,
                "bundled": is_here.then_some(&path),
            });
            lines.push_str(&line.to_string());
            lines.push('\n');
        }
        stage.add("inputs.jsonl", lines.into_bytes());
        Ok(left)
    }

    /// True for an election that is run in this case.
    fn runs_election(&self, id: &str) -> bool {
        self.own_elections().is_ok_and(|own| own.iter().any(|election| election.id == id))
    }

    /// Adds everything else but the signatures, with the ledger of a case.
    fn bundle_contents(
        &self,
        ledger_of: &Case,
        stage: &mut Stage,
        report: &AuditReport,
        identity: &Identity,
        missing: usize,
        job: &dyn Job,
    ) -> Result<(), Error> {
        let whole = without_election(report);
        let election = report.elections.first().unwrap_or(&whole);
        let election_id = report.elections.first().map(|election| election.election_id.as_str());
        let reader = self.reader()?;
        let files: BTreeMap<FileId, String> =
            reader.evidence()?.into_iter().map(|file: EvidenceFile| (file.id, file.path)).collect();
        let (tables, verdicts) = tables::write(&reader, stage, report, election, &files)?;
        cancelled(job)?;
        let chains = chains::write(&reader, stage, election)?;
        cancelled(job)?;
        let counts = counts::write(self, stage, election, job)?;
        self.bundle_report(stage, report, election_id, identity)?;
        let instant = reports::documents::forensics::newest_instant(report);
        let subject = Subject {
            election_id,
            incident_id: None,
            title: &election.title,
            system: &election.system,
            verdict: election.verdict.word(),
            newest_instant: &instant.to_iso(),
        };
        let contents = Contents {
            tables: tables
                .iter()
                .map(|table| json!({"path": table.path, "table": table.name, "rows": table.rows}))
                .collect(),
            verdicts,
            chains,
            counts,
            missing,
        };
        ledger_of.describe_bundle(stage, &subject, contents, identity)
    }

    /// Adds ledger, checker, the texts that explain, and `bundle.json`.
    fn describe_bundle(
        &self,
        stage: &mut Stage,
        subject: &Subject<'_>,
        contents: Contents,
        identity: &Identity,
    ) -> Result<(), Error> {
        let ledger = self.bundle_ledger(stage)?;
        stage.add("check.py", include_bytes!("check.py").to_vec());
        stage.add("FORMAT.md", include_bytes!("FORMAT.md").to_vec());
        let public = identity.signing.public();
        let described = json!({
            "schema": SCHEMA,
            "program": {"name": "scrutineer", "version": domain::PROGRAM_VERSION},
            "election_id": subject.election_id,
            "incident_id": subject.incident_id,
            "title": subject.title,
            "system": subject.system,
            "verdict": subject.verdict,
            "case_id": ledger.first,
            "newest_instant": subject.newest_instant,
            "signer": {"words": public.words(), "key_id": public.key_number(), "public_key": public.base64()},
            "keys": ledger.keys,
            "without_originals": contents.missing,
            "ledger": {"entries": ledger.entries, "head": ledger.head},
            "tables": contents.tables,
            "verdicts": contents.verdicts,
            "chains": contents.chains,
            "counts": contents.counts,
        });
        stage.add("VERIFY.txt", how_to_verify(&described).into_bytes());
        stage.add("bundle.json", pretty(&described));
        Ok(())
    }

    /// Adds the report: JSON, PDF, tables.
    fn bundle_report(
        &self,
        stage: &mut Stage,
        report: &AuditReport,
        id: Option<&str>,
        identity: &Identity,
    ) -> Result<(), Error> {
        stage.add("report/report.json", crate::export::json_bytes(report));
        stage.add("report/report.pdf", crate::export::pdf_bytes(self, report, id, Some(&identity.words()))?);
        for table in reports::documents::forensics::tables(report, id) {
            let columns: Vec<&str> = table.columns.iter().map(String::as_str).collect();
            let bytes = reports::write_csv(&columns, &table.rows)
                .map_err(|error| Error::Output { path: table.name.clone(), reason: error.to_string() })?;
            stage.add(&format!("report/csv/{}.csv", tables::plain_name(&table.name)), bytes);
        }
        Ok(())
    }

    /// Adds the ledger up to the head that the report prints: what was only looked at, printed or bundled afterwards does not belong.
    fn bundle_ledger(&self, stage: &mut Stage) -> Result<Extract, Error> {
        let head = self.printed_head()?;
        let all = self.ledger()?;
        let end = all.iter().position(|entry| entry.hash.to_hex() == head).map_or(0, |at| at + 1);
        let verified = all.iter().rev().find(|entry| entry.act == "evidence.verify");
        let keys = verified.and_then(|entry| serde_json::from_str::<Value>(&entry.detail).ok());
        let extract = Extract {
            first: all.first().map(|entry| entry.hash.to_hex()).unwrap_or_default(),
            entries: end,
            head: if head.is_empty() { "0".repeat(64) } else { head },
            keys: keys.map_or_else(|| json!([]), |detail| detail["keys"].clone()),
        };
        stage.write("ledger.jsonl", |out| {
            for entry in &all[..end] {
                let line = json!({
                    "number": entry.number,
                    "at": entry.at,
                    "actor": entry.actor,
                    "act": entry.act,
                    "detail": entry.detail,
                    "previous": entry.previous.to_hex(),
                    "hash": entry.hash.to_hex(),
                });
                writeln!(out, "{line}")?;
            }
            Ok(())
        })?;
        Ok(extract)
    }
}

/// What a bundle is about: an election, an incident, or an export that names neither.
struct Subject<'a> {
    election_id: Option<&'a str>,
    incident_id: Option<&'a str>,
    title: &'a str,
    system: &'a str,
    /// Verdict of an election or export, status of an incident.
    verdict: &'a str,
    newest_instant: &'a str,
}

/// What lies in a bundle, as `bundle.json` tells it.
struct Contents {
    tables: Vec<Value>,
    verdicts: Value,
    chains: Vec<Value>,
    counts: Vec<Value>,
    missing: usize,
}

/// Inputs that are in the bundle by their digests only.
#[derive(Default)]
struct Left {
    /// All of them.
    all: usize,
    /// Paths of evidence that is found nowhere.
    missing: Vec<String>,
}

/// The part of the ledger that is in the bundle.
struct Extract {
    /// Hash of the first entry, which names the case.
    first: String,
    entries: usize,
    head: String,
    /// Names of the keys of the newest verification.
    keys: Value,
}

/// The report with one of its elections, or with none where it names none.
fn about_one(mut report: AuditReport, election_id: Option<&str>) -> Result<AuditReport, Error> {
    let known: Vec<String> = report.elections.iter().map(|election| election.election_id.clone()).collect();
    let Some(id) = election_id else {
        return match known.as_slice() {
            [] => Ok(report),
            many => Err(Error::refused(format!("a bundle is about one election; name it: {}", many.join(", ")))),
        };
    };
    report.elections.retain(|election| election.election_id == id);
    if report.elections.len() == 1 {
        return Ok(report);
    }
    Err(Error::NoElection { id: id.to_owned(), known: known.join(", ") })
}

/// An export that names no election, looked at like one.
fn without_election(report: &AuditReport) -> ElectionReport {
    let system = report.inputs.iter().map(|input| input.system.as_str()).find(|system| !system.is_empty());
    ElectionReport {
        election_id: String::new(),
        title: "Export without an election".to_owned(),
        system: system.unwrap_or_default().to_owned(),
        verdict: report.verdict_without_election(),
        claims: Vec::new(),
        vote_integrity: None,
        ballot_chain: None,
        tally: None,
        findings: Vec::new(),
        sentence: String::new(),
        exhibit: Value::Null,
        tables: Vec::new(),
    }
}

fn cancelled(job: &dyn Job) -> Result<(), Error> {
    if job.is_cancelled() { Err(Error::Cancelled) } else { Ok(()) }
}

fn pretty(value: &Value) -> Vec<u8> {
    let mut bytes = serde_json::to_vec_pretty(value).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}

fn kept(reader: &store::Reader, stage: &mut Stage, path: &str, file: &EvidenceFile) -> Result<bool, Error> {
    let mut failure = None;
    stage.write(path, |out| {
        failure = reader.kept_bytes(file.id, out).err();
        Ok(())
    })?;
    match failure {
        Some(error) => Err(error.into()),
        None => stage.must_be(path, &file.sha256.to_hex()),
    }
}

/// Originals that somebody has at hand.
struct Offered(Option<InputSet>);

impl Offered {
    fn gather(paths: &[PathBuf]) -> Result<Self, Error> {
        if paths.is_empty() {
            return Ok(Self(None));
        }
        InputSet::gather(paths).map(|set| Self(Some(set))).map_err(|error| Error::input(&error))
    }

    /// Copies the file with a digest: first those of the same name, then all of the same size.
    fn copy(&self, stage: &mut Stage, path: &str, name: &str, sha256: &str, bytes: u64) -> Result<bool, Error> {
        let files = || self.0.iter().flat_map(|set| &set.files);
        let of_name = files().filter(|file| file.path == name);
        let others = files().filter(|file| file.path != name);
        for file in of_name.chain(others) {
            if std::fs::metadata(&file.location).is_ok_and(|about| about.len() == bytes)
                && let Ok(mut source) = File::open(&file.location)
                && stage.copy(path, &mut source, sha256)?
            {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Adds manifest, key and signatures.
fn sign(stage: &mut Stage, identity: &Identity) {
    let public = identity.signing.public();
    stage.add(SIGNER_PEM, public.pem().into_bytes());
    stage.add(SIGNER_MINISIGN, public.minisign_key().into_bytes());
    let manifest = stage.manifest();
    let signature = identity.signing.sign(manifest.as_bytes());
    stage.add(MANIFEST, manifest.into_bytes());
    stage.add(RAW_SIGNATURE, signature.to_vec());
    stage.add(MINISIG, identity.signing.minisign(&signature).into_bytes());
}

fn how_to_verify(described: &Value) -> String {
    // A title with a line end must not look like a line of this text.
    let text = |value: &Value| value.as_str().unwrap_or_default().replace(char::is_control, " ");
    format!(
        include_str!("VERIFY.txt"),
        title = text(&described["title"]),
        subject = match (&described["election_id"], &described["incident_id"]) {
            (Value::String(id), _) => format!("election {id}"),
            (_, Value::String(id)) => format!("incident {id}"),
            _ => "an export that names no election".to_owned(),
        }
        .replace(char::is_control, " "),
        verdict = text(&described["verdict"]).replace('_', " "),
        words = text(&described["signer"]["words"]),
        version = domain::PROGRAM_VERSION,
    )
}
