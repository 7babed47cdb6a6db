//! The ledger entries of an election in the common data format for event logs, NIST SP 1500-101 version 1, JSON form.
//!
//! One device, of type `ems`; one event an entry. `Sequence` is the entry's number, `Hash` its hash in the ledger, `Id` the act,
//! `Details` the text that the hash covers. Entries that would tell when a ballot was cast are left out, as in `audit.json`.

use serde_json::{Value, json};
use store::LedgerEntry;
use store::tables::native::election::ElectionRow;

/// The log as a document. `is_shown` tells which entries may be published with their content.
pub(super) fn document(ledger: &[LedgerEntry], row: &ElectionRow, is_shown: &dyn Fn(&LedgerEntry) -> bool) -> Value {
    let events: Vec<Value> = ledger.iter().filter(|entry| is_shown(entry)).map(event).collect();
    // The time of the last entry: written again, the file is the same.
    let generated = ledger.last().map(|entry| entry.at.clone()).unwrap_or_default();
    json!({
        "@type": "EventLogging.ElectionEventLog",
        "ElectionId": row.id,
        "GeneratedTime": generated,
        "Details": "Entries that would tell when a ballot was cast, and entries of other matters, are left out; their hashes stand in audit.json.",
        "Device": [{
            "@type": "EventLogging.Device",
            "Id": "scrutineer",
            "Type": "ems",
            "Model": "Scrutineer",
            "Version": domain::PROGRAM_VERSION,
            "HashType": "sha-256",
            "Event": events,
        }],
    })
}

fn event(entry: &LedgerEntry) -> Value {
    let detail: Value = serde_json::from_str(&entry.detail).unwrap_or_default();
    let has_failed = entry.act.ends_with("_failed") || detail["found"].as_u64().is_some_and(|found| found > 0);
    json!({
        "@type": "EventLogging.Event",
        "Id": entry.act,
        "Type": detail["category"].as_str().unwrap_or("elections"),
        "Sequence": entry.number.to_string(),
        "TimeStamp": entry.at,
        "Disposition": if has_failed { "failure" } else { "success" },
        "Severity": detail["severity"].as_str().unwrap_or("info"),
        "UserId": entry.actor,
        "Details": entry.detail,
        "Hash": entry.hash.to_hex(),
    })
}
