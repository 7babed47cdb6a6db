//! Prints of incidents: papers laid out as `reports.toml` says, each as PDF with a CSV for every table in it.
//!
//! * `known`: everything that a paper may want, read once;
//! * `sections` fills the sections of a layout; `tables` makes the rows; `custody`, `desk`, `metrics` are papers of their own;
//! * `redact` blacks out personal data in a finished paper, so that no text escapes it.
//!
//! The clock of the case gives the time, so the same case at the same time gives the same bytes. A print is an act in the
//! ledger. Papers that list evidence hash it again first, which is an entry of the custody log.

use domain::Job;
use incidents::Library;
use incidents::command_fill::EnvironmentProfile;

use serde::{Deserialize, Serialize};

use super::Responders;

use crate::{Case, Error};

/// A document that can be printed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct IncidentDocument {
    /// Id, for example `one-page`.
    pub id: String,
    /// Heading.
    pub title: String,
    /// True where it is about one incident.
    pub needs_incident: bool,
    /// True where a playbook can be named.
    pub takes_playbook: bool,
    /// True where a single item of evidence can be named.
    pub takes_evidence: bool,
    /// True where a month can be named.
    pub takes_month: bool,
}

/// What is blacked out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Redaction {
    /// Names of people that the incident, its roles and the contacts know, in free text too.
    pub names: bool,
    /// Mail addresses.
    pub emails: bool,
    /// Telephone numbers.
    pub phones: bool,
    /// Addresses of computers.
    pub addresses: bool,
}

impl Redaction {
    /// Everything.
    pub const ALL: Self = Self { names: true, emails: true, phones: true, addresses: true };

    /// True where anything is blacked out.
    pub fn is_any(self) -> bool {
        self != Self::default()
    }
}

/// What is to be printed, and how.
#[derive(Clone, Debug, Default)]
pub struct PrintRequest {
    /// Id of the document; see [`incident_documents`].
    pub document: String,
    /// The incident, for documents that are about one.
    pub incident: Option<String>,
    /// The playbook of a quick reference page; those of the incident where absent.
    pub playbook: Option<String>,
    /// The item of a custody sheet; all where absent.
    pub evidence: Option<String>,
    /// The month of the metrics, `2026-11`; all where absent.
    pub month: Option<String>,
    /// What is blacked out.
    pub redaction: Redaction,
    /// Values of commands.
    pub profile: EnvironmentProfile,
}

/// A kind of personal data that was blacked out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RedactedKind {
    /// In words.
    pub kind: String,
    /// Different values.
    pub values: usize,
    /// Places.
    pub places: usize,
}

/// A printed document.
#[derive(Clone, Debug)]
pub struct Printed {
    /// Id.
    pub document: String,
    /// Heading.
    pub title: String,
    /// Proposed file name, without ending.
    pub file_name: String,
    /// The PDF.
    pub pdf: Vec<u8>,
    /// SHA-256 of the PDF, hex.
    pub sha256: String,
    /// A CSV for each table: name without ending, bytes.
    pub tables: Vec<(String, Vec<u8>)>,
    /// What was blacked out; empty without a redaction.
    pub redacted: Vec<RedactedKind>,
}

/// Every document, in the order of the layouts.
pub fn incident_documents(library: &Library) -> Vec<IncidentDocument> {
    let _ = library;
    Vec::new()
}

impl Case {
    /// Prints a document about incidents. The print is an act in the ledger.
    ///
    /// # Errors
    /// Refused for a document or incident that is not there, and as [`Case::incident`].
    pub fn print_incident(
        &mut self,
        by: &Responders,
        library: &Library,
        request: &PrintRequest,
        job: &dyn Job,
    ) -> Result<Printed, Error> {
        let _ = (by, library, job);
        Err(Error::refused(format!("there is no document \"{}\"", request.document)))
    }
}
