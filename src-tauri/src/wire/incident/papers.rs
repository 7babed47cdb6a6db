//! Printed documents about incidents.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A document that can be printed.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct DocumentLine {
    /// Id.
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

/// What is to be printed.
#[derive(Clone, Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PrintAsked {
    /// Document.
    pub document: String,
    /// Incident, for documents that are about one.
    pub incident: Option<String>,
    /// Playbook of a quick reference page.
    pub playbook: Option<String>,
    /// Item of a custody sheet.
    pub evidence: Option<String>,
    /// Month of the metrics, `2026-11`.
    pub month: Option<String>,
    /// Names of people are blacked out.
    pub without_names: bool,
    /// Mail addresses are.
    pub without_emails: bool,
    /// Telephone numbers are.
    pub without_phones: bool,
    /// Addresses of computers are.
    pub without_addresses: bool,
    /// The tables are written too.
    pub with_tables: bool,
}

/// A document that was printed.
#[derive(Clone, Debug, Serialize, TS)]
pub struct PrintedView {
    /// Where the PDF lies.
    pub path: String,
    /// How many tables lie beside it.
    pub tables: u64,
    /// Its SHA-256.
    pub sha256: String,
    /// What was blacked out: kind, places.
    pub redacted: Vec<(String, u64)>,
}
