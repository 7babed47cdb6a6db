//! What the papers of an incident are made of, read once, and the small words that all of them use.

use domain::incident::{GuardedAct, IncidentSeverity, IncidentStatus};
use domain::paper::{ColumnKind, Paper, PaperColumn, PaperPart, PaperTable, Weight};
use domain::report::Claim;
use domain::{Instant, Lock};
use incidents::incident::event::{CustodyAct, IncidentTime};
use incidents::{Incident, Library, metrics};

use super::super::{CustodySheet, EvidenceCheck, IncidentView};
use super::LEDGER_HEAD;

/// Everything that is known about an incident when a paper is made of it.
pub(super) struct Known<'a> {
    pub(super) library: &'a Library,
    pub(super) view: IncidentView,
    pub(super) sheet: CustodySheet,
    /// What hashing the evidence again gave, where the paper lists evidence.
    pub(super) hashed: Vec<EvidenceCheck>,
    /// Claims of the newest verification about the elections of the incident, by election.
    pub(super) claims: Vec<(String, Claim)>,
}

impl Known<'_> {
    pub(super) fn incident(&self) -> &Incident {
        &self.view.incident
    }

    /// A text that staff wrote under one of these `REPORT/SECTION`, the first that is not empty.
    pub(super) fn written(&self, names: &[&str]) -> Option<String> {
        let texts = names.iter().filter_map(|name| self.incident().sections.get(*name));
        texts.map(|text| text.trim()).find(|text| !text.is_empty()).map(str::to_owned)
    }

    pub(super) fn role_title(&self, id: &str) -> String {
        let role = self.library.contacts.roles.iter().find(|role| role.id == id);
        role.map_or_else(|| id.replace('_', " "), |role| role.title.clone())
    }

    /// The lead, or that nobody was named.
    pub(super) fn lead(&self) -> String {
        self.incident().roles.get("lead").cloned().unwrap_or_else(|| "nobody named yet".to_owned())
    }

    /// Elections with their ids.
    pub(super) fn elections(&self) -> String {
        let elections: Vec<String> =
            self.incident().elections.iter().map(|one| format!("{} ({})", one.name, one.id)).collect();
        if elections.is_empty() {
            "none named: all of the case may be concerned".to_owned()
        } else {
            elections.join("\n")
        }
    }

    /// What is held back now, with the election.
    pub(super) fn locks(&self) -> Vec<(String, &Lock)> {
        let mut all = Vec::new();
        for guard in &self.view.guards {
            let election = guard.election.as_ref().map_or_else(|| "every election".to_owned(), |one| one.name.clone());
            all.extend(guard.locks.iter().map(|lock| (election.clone(), lock)));
        }
        all
    }

    /// The head of a paper about the incident: heading, state, sources; sections are added by the caller.
    pub(super) fn paper(&self, id: &str, title: &str) -> Paper {
        let incident = self.incident();
        let last = incident.statuses.last();
        let status = incident.status();
        let drill = if incident.is_drill { "Exercise. " } else { "" };
        let since = last.map_or_else(String::new, |last| format!(" since {}", last.at.to_display()));
        let severity = if self.view.severity_label.is_empty() {
            "severity not set".to_owned()
        } else {
            format!("severity {}", self.view.severity_label)
        };
        Paper {
            id: id.to_owned(),
            title: title.to_owned(),
            heading: incident.title.clone(),
            state: words(status.word()),
            weight: weight_of(status, incident.severity()),
            sentence: format!("{drill}{}, {severity}, {}{since}.", incident.id, words(status.word())),
            control: self.library.control.marks(self.view.now),
            made_from: vec![
                ("Printed".to_owned(), self.view.now.to_display()),
                ("Records in the journal".to_owned(), self.view.records.to_string()),
                ("Journal head".to_owned(), self.view.journal_head.clone()),
                (LEDGER_HEAD.to_owned(), self.sheet.ledger_head.clone()),
            ],
            ..Paper::default()
        }
    }
}

/// How heavy a status is: an open incident weighs as much as its severity.
fn weight_of(status: IncidentStatus, severity: Option<IncidentSeverity>) -> Weight {
    match (status, severity) {
        (IncidentStatus::Resolved | IncidentStatus::Reviewed | IncidentStatus::Closed, _) => Weight::Good,
        (IncidentStatus::FalseAlarm | IncidentStatus::Duplicate, _) => Weight::Neutral,
        (_, Some(IncidentSeverity::Critical)) => Weight::Critical,
        (_, Some(IncidentSeverity::High)) | (_, None) => Weight::Major,
        (_, Some(IncidentSeverity::Medium)) => Weight::Minor,
        (_, Some(IncidentSeverity::Low)) => Weight::Info,
    }
}

/// A word of a file as people read it.
pub(super) fn words(word: &str) -> String {
    word.replace('_', " ")
}

/// Acts as people read them.
pub(super) fn acts(acts: &[GuardedAct]) -> String {
    acts.iter().map(|act| words(act.word())).collect::<Vec<_>>().join(", ")
}

/// A time without its zone, for columns that name it.
pub(super) fn utc(at: Instant) -> String {
    at.to_display().trim_end_matches(" UTC").to_owned()
}

/// The same where there may be none.
pub(super) fn utc_or(at: Option<Instant>, otherwise: &str) -> String {
    at.map_or_else(|| otherwise.to_owned(), utc)
}

/// A time with its zone, or that it is not known.
pub(super) fn shown(at: Option<Instant>, otherwise: &str) -> String {
    at.map_or_else(|| otherwise.to_owned(), Instant::to_display)
}

/// A time that was kept as ISO text, for people.
pub(super) fn told_at(text: &str) -> String {
    Instant::parse(text).map_or_else(|| text.to_owned(), Instant::to_display)
}

/// Hours and minutes between two times.
pub(super) fn span(from: Instant, to: Instant) -> String {
    format!("{} h", metrics::hours_and_minutes(to.micros.saturating_sub(from.micros) / 1000))
}

/// Seconds as hours and minutes.
pub(super) fn seconds(seconds: i64) -> String {
    format!("{} h", metrics::hours_and_minutes(seconds.saturating_mul(1000)))
}

pub(super) fn yes(is_so: bool) -> String {
    if is_so { "yes" } else { "no" }.to_owned()
}

/// What happened to an item of evidence, in a word.
pub(super) fn custody_word(act: CustodyAct) -> &'static str {
    match act {
        CustodyAct::Captured => "taken in",
        CustodyAct::Viewed => "looked at",
        CustodyAct::Exported => "written out",
        CustodyAct::Verified => "hashed again",
        CustodyAct::Transferred => "handed over",
        CustodyAct::Copied => "copied",
        CustodyAct::Sealed => "sealed",
        CustodyAct::Disposed => "given up",
    }
}

/// A moment of an incident, in words.
pub(super) fn moment(time: IncidentTime) -> &'static str {
    match time {
        IncidentTime::Began => "Began",
        IncidentTime::Detected => "First sign noticed",
        IncidentTime::Reported => "Reached the office",
        IncidentTime::Acknowledged => "First responder answered",
        IncidentTime::FirstAction => "First action",
        IncidentTime::Contained => "Contained",
    }
}

/// A column of words.
pub(super) fn text(name: &str, weight: u16) -> PaperColumn {
    PaperColumn { name: name.to_owned(), kind: ColumnKind::Text, weight }
}

/// A column of numbers.
pub(super) fn number(name: &str) -> PaperColumn {
    PaperColumn { name: name.to_owned(), kind: ColumnKind::Number, weight: 5 }
}

/// A column of ids or digests.
pub(super) fn code(name: &str, weight: u16) -> PaperColumn {
    PaperColumn { name: name.to_owned(), kind: ColumnKind::Code, weight }
}

/// A table under a name, with what is printed where it has no row.
pub(super) fn table(name: &str, empty: &str, columns: Vec<PaperColumn>, rows: Vec<Vec<String>>) -> PaperTable {
    PaperTable { name: name.to_owned(), empty: empty.to_owned(), columns, rows, ..PaperTable::default() }
}

/// Names with values.
pub(super) fn facts<const N: usize>(facts: [(&str, String); N]) -> PaperPart {
    PaperPart::Facts(facts.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

/// Sentences, or that there is none.
pub(super) fn points(points: Vec<String>, nothing: &str) -> PaperPart {
    if points.is_empty() { PaperPart::Nothing(nothing.to_owned()) } else { PaperPart::Points(points) }
}

/// A text in at most so many letters.
pub(super) fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(most.saturating_sub(2)).collect();
    if let Some((whole, _)) = short.rsplit_once(char::is_whitespace)
        && whole.len() * 2 > short.len()
    {
        short = whole.to_owned();
    }
    format!("{short} …")
}
