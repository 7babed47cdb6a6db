//! `control.toml`: document control of the procedure set, printed on incident reports and reviews.

use domain::{Instant, ProcedureControl};
use serde::Serialize;

use crate::fields::Fields;

/// How far the set is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ControlStatus {
    /// Being written.
    Draft,
    /// In force.
    Approved,
    /// No longer in force.
    Withdrawn,
}

impl ControlStatus {
    /// All of them.
    pub const ALL: &'static [ControlStatus] = &[Self::Draft, Self::Approved, Self::Withdrawn];

    /// The word of a file.
    pub fn word(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Approved => "approved",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// Document control of the whole set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Control {
    /// Name of the set.
    pub title: String,
    /// For whose eyes.
    pub classification: String,
    /// Three numbers.
    pub version: String,
    /// How far it is.
    pub status: ControlStatus,
    /// Who answers for it.
    pub owner: String,
    /// Who wrote it.
    pub author: String,
    /// What it covers.
    pub scope: String,
    /// Day of the approval, midnight UTC.
    pub approved_on: Option<Instant>,
    /// Day of the last change, midnight UTC.
    pub last_updated_on: Option<Instant>,
    /// Days between reviews.
    pub review_every_days: u32,
    /// Day of the next review as entered, midnight UTC.
    pub next_review_on: Option<Instant>,
    /// What must be there before an incident.
    pub prerequisites: Vec<String>,
}

const DAY_SECONDS: i64 = 86_400;

impl Control {
    /// The day of the next review: as entered, else the last change (or the approval) plus the cycle.
    pub fn next_review(&self) -> Option<Instant> {
        self.next_review_on.or_else(|| {
            let from = self.last_updated_on.or(self.approved_on)?;
            let days = i64::from(self.review_every_days);
            Some(Instant::from_seconds(from.seconds().saturating_add(days * DAY_SECONDS)))
        })
    }

    /// What is to be marked on `now`. The day of the review itself is not yet overdue.
    pub fn marks(&self, now: Instant) -> ProcedureControl {
        let is_draft = self.status != ControlStatus::Approved || self.approved_on.is_none();
        let next = self.next_review();
        let is_overdue = next.is_some_and(|day| now.seconds() >= day.seconds() + DAY_SECONDS);
        let day_of = |day: Instant| day.to_iso().split('T').next().unwrap_or_default().to_owned();
        let mut sentences = Vec::new();
        match self.status {
            ControlStatus::Withdrawn => sentences.push("This procedure set was withdrawn.".to_owned()),
            ControlStatus::Draft => sentences.push("This procedure set is a draft and not approved.".to_owned()),
            ControlStatus::Approved if is_draft => {
                sentences.push("This procedure set names no day of approval; it counts as a draft.".to_owned());
            }
            ControlStatus::Approved => {}
        }
        match next {
            Some(day) if is_overdue => {
                sentences.push(format!("Its review was due on {} and is overdue.", day_of(day)));
            }
            None => sentences.push("The day of its next review is not known.".to_owned()),
            Some(_) => {}
        }
        ProcedureControl {
            title: self.title.clone(),
            version: self.version.clone(),
            status: self.status.word().to_owned(),
            owner: self.owner.clone(),
            classification: self.classification.clone(),
            is_draft,
            is_overdue,
            next_review_on: next,
            marks: sentences,
        }
    }

    pub(crate) fn read(root: &Fields<'_>) -> Self {
        root.schema_1();
        Self {
            title: root.text("title"),
            classification: root.text("classification"),
            version: root.text("version"),
            status: root.word("status", ControlStatus::ALL, ControlStatus::word).unwrap_or(ControlStatus::Draft),
            owner: root.text("owner"),
            author: root.text_or_empty("author"),
            scope: root.text("scope"),
            approved_on: day(root, "approved_on"),
            last_updated_on: day(root, "last_updated_on"),
            review_every_days: root.number("review_every_days"),
            next_review_on: day(root, "next_review_on"),
            prerequisites: root.optional_texts("prerequisites"),
        }
    }
}

fn day(root: &Fields<'_>, key: &str) -> Option<Instant> {
    let text = root.text_or_empty(key);
    if text.is_empty() {
        return None;
    }
    let day = Instant::parse(&format!("{text}T00:00:00Z"));
    if day.is_none() {
        root.problem(key, format!("\"{text}\" is no day"), "write it as 2026-02-10, or leave it empty");
    }
    day
}
