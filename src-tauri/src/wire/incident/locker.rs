//! Evidence of an incident: items with their hashes, what happened to each, log files.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use workflow::domain::Instant;
use workflow::incident::{
    About, CustodyLine, CustodySheet, EvidenceCheck, EvidenceItem, LogPage, LogQuery, TakenAlerts,
};

use super::{iso, word};

/// What happened to an item.
#[derive(Clone, Debug, Serialize, TS)]
pub struct AccessLine {
    /// When.
    pub at: String,
    /// Who.
    pub by: String,
    /// Word of what was done.
    pub act: String,
    /// From whom or where.
    pub from: String,
    /// To whom or where.
    pub to: String,
    /// Why.
    pub why: String,
    /// Whether the hash agreed, where it was checked.
    pub agreed: Option<bool>,
}

impl From<&CustodyLine> for AccessLine {
    fn from(line: &CustodyLine) -> Self {
        Self {
            at: line.at.to_iso(),
            by: line.by.clone(),
            act: word(&line.entry.act),
            from: line.entry.from.clone(),
            to: line.entry.to.clone(),
            why: line.entry.why.clone(),
            agreed: line.entry.hash_agreed,
        }
    }
}

/// An item of the locker.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct LockerLine {
    /// Id.
    pub id: String,
    /// Name as given.
    pub name: String,
    /// What it is.
    pub what: String,
    /// Why it is kept.
    pub why: String,
    /// Person, system or command that it comes from.
    pub source: String,
    /// SHA-256, hex.
    pub sha256: String,
    /// Size.
    pub bytes: u64,
    /// By what its first bytes show.
    pub media_type: String,
    /// Word of its sensitivity.
    pub sensitivity: String,
    /// When it was taken, ISO text.
    pub captured_at: String,
    /// By whom.
    pub captured_by: String,
    /// Items that it was made from.
    pub derived_from: Vec<String>,
    /// Item of a playbook that it is.
    pub fulfils: Option<String>,
    /// True where it can be searched as text.
    pub is_text: bool,
    /// What happened to it, the oldest first.
    pub custody: Vec<AccessLine>,
}

impl LockerLine {
    fn new(item: EvidenceItem, custody: &[CustodyLine]) -> Self {
        let is_text = matches!(item.about.media_type.as_str(), "text/plain" | "application/json");
        Self {
            id: item.id,
            name: item.name,
            what: item.about.what,
            why: item.about.why,
            source: item.about.source,
            sha256: item.sha256,
            bytes: item.bytes,
            media_type: item.about.media_type,
            sensitivity: item.about.sensitivity,
            captured_at: item.captured_at,
            captured_by: item.captured_by,
            derived_from: item.about.derived_from,
            fulfils: item.about.fulfils,
            is_text,
            custody: custody.iter().map(AccessLine::from).collect(),
        }
    }
}

/// The locker of an incident.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct LockerView {
    /// The items.
    pub items: Vec<LockerLine>,
    /// Hash of the newest record of the journal.
    pub journal_head: String,
}

impl From<CustodySheet> for LockerView {
    fn from(sheet: CustodySheet) -> Self {
        let items = sheet.items.into_iter().map(|(item, lines)| LockerLine::new(item, &lines));
        Self { items: items.collect(), journal_head: sheet.journal_head }
    }
}

/// What is said of evidence when it is taken in.
#[derive(Clone, Debug, Default, Deserialize, TS)]
pub struct AboutAsked {
    /// What it is.
    pub what: String,
    /// Why it is kept.
    pub why: String,
    /// Where it comes from.
    pub source: String,
    /// Word of its sensitivity.
    pub sensitivity: String,
    /// Item of a playbook that it is.
    pub fulfils: Option<String>,
}

impl From<AboutAsked> for About {
    fn from(asked: AboutAsked) -> Self {
        Self {
            what: asked.what.trim().to_owned(),
            why: asked.why.trim().to_owned(),
            source: asked.source.trim().to_owned(),
            sensitivity: asked.sensitivity,
            fulfils: asked.fulfils.filter(|item| !item.is_empty()),
            ..Self::default()
        }
    }
}

/// What a second look at an item found.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct LookedAgain {
    /// Item.
    pub id: String,
    /// Its name.
    pub name: String,
    /// True where every byte is as it came.
    pub is_whole: bool,
    /// What is wrong, in sentences.
    pub problems: Vec<String>,
}

impl From<EvidenceCheck> for LookedAgain {
    fn from(check: EvidenceCheck) -> Self {
        Self { id: check.id, name: check.name, is_whole: check.is_whole, problems: check.problems }
    }
}

/// What is looked for in a log.
#[derive(Clone, Debug, Deserialize, TS)]
pub struct LogAsked {
    /// Text that a line holds; empty for all.
    pub text: String,
    /// Seconds since 1970; not before.
    pub from: Option<i64>,
    /// Not after.
    pub to: Option<i64>,
    /// Only lines behind this number.
    pub after: u64,
}

impl From<LogAsked> for LogQuery {
    fn from(asked: LogAsked) -> Self {
        let at = |seconds: Option<i64>| seconds.map(Instant::from_seconds);
        Self { text: asked.text, from: at(asked.from), to: at(asked.to), after: asked.after, limit: 0 }
    }
}

/// A line of a log.
#[derive(Clone, Debug, Serialize, TS)]
pub struct LogRow {
    /// From 1.
    pub number: u64,
    /// Its time.
    pub at: Option<String>,
    /// Its text.
    pub text: String,
}

/// Lines that were found.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct LogView {
    /// The lines.
    pub lines: Vec<LogRow>,
    /// Lines that were looked at.
    pub looked_at: u64,
    /// False where there may be more.
    pub is_complete: bool,
}

impl From<LogPage> for LogView {
    fn from(page: LogPage) -> Self {
        let lines = page.lines.into_iter();
        Self {
            lines: lines.map(|line| LogRow { number: line.number, at: iso(line.at), text: line.text }).collect(),
            looked_at: page.looked_at,
            is_complete: page.is_complete,
        }
    }
}

/// What became of a monitoring export.
#[derive(Clone, Debug, Serialize, TS)]
pub struct AlertsView {
    /// The file as evidence.
    pub evidence: String,
    /// New entries of the timeline.
    pub entries: u64,
    /// Rows that stand in the timeline already.
    pub known: u64,
    /// Playbooks that the alerts offer: id, title, why.
    pub proposals: Vec<(String, String, String)>,
}

impl From<TakenAlerts> for AlertsView {
    fn from(taken: TakenAlerts) -> Self {
        let proposals = taken.proposals.into_iter();
        Self {
            evidence: taken.evidence.id,
            entries: crate::wire::count(taken.entries),
            known: crate::wire::count(taken.known),
            proposals: proposals.map(|one| (one.playbook, one.title, one.because)).collect(),
        }
    }
}
