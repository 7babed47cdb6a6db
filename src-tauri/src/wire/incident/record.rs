//! What a person may write into the journal of an incident, one kind of record each. What only the program can know (a check
//! that ran, evidence that was taken, an override) has commands of its own.

use serde::Deserialize;
use ts_rs::TS;
use workflow::domain::Instant;
use workflow::domain::incident::{EntryKind, GuardedAct, IncidentId, IncidentStatus};
use workflow::incident::Responders;
use workflow::incident::incidents::IncidentEvent;
use workflow::incident::incidents::incident::event::{
    Condition, Confirmation, CustodyAct, CustodyEntry, IncidentTime, OwnChoice, OwnOption,
};

use super::GravityWord;
use crate::wire::error::{ErrorCode, ErrorView};

/// A record that a person writes. Times are ISO texts, words those of the domain.
#[derive(Clone, Debug, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub enum RecordAsked {
    /// The first responder answers.
    Acknowledge,
    /// An entry of the timeline.
    Note {
        /// Word of its kind.
        entry: String,
        /// What it tells.
        text: String,
    },
    /// An entry is corrected; it stays as it was.
    Correct {
        /// Number of the entry.
        entry: u64,
        /// What is right.
        text: String,
    },
    /// Another severity.
    Severity {
        /// To what.
        to: GravityWord,
        /// Scale of the label.
        scale: String,
        /// Label in that scale.
        label: String,
        /// True while it is a precaution.
        is_provisional: bool,
        /// Why.
        reason: String,
    },
    /// Another status.
    Status {
        /// To what.
        to: String,
        /// Why.
        reason: String,
    },
    /// It is about the same as another one, and ends.
    Duplicate {
        /// The other one.
        incident: String,
        /// Why.
        reason: String,
    },
    /// Another one has to do with it.
    Related {
        /// The other one.
        incident: String,
        /// How.
        how: String,
    },
    /// The cause is known.
    Cause {
        /// What it is.
        text: String,
    },
    /// How long it may still take.
    Estimate {
        /// In words.
        text: String,
    },
    /// An update was given by voice.
    Update {
        /// What was told.
        text: String,
    },
    /// When something was.
    Time {
        /// Word of the time.
        time: String,
        /// When.
        at: String,
    },
    /// A circumstance that guards look at.
    Condition {
        /// Word.
        condition: String,
        /// Whether it is so.
        holds: bool,
        /// How it is known.
        reason: String,
    },
    /// A decision that no playbook asks for.
    Decision {
        /// The question.
        question: String,
        /// What could be chosen, with what follows from each.
        options: Vec<(String, String)>,
        /// Place of the chosen one.
        chosen: usize,
        /// True where it cannot be taken back.
        is_irreversible: bool,
        /// Why.
        reason: String,
        /// Id or name of the election, as typed.
        typed: String,
        /// True where the consequence was read and accepted.
        is_accepted: bool,
    },
    /// A hold or guard is lifted by two people.
    Release {
        /// Which.
        guard: String,
        /// Why.
        reason: String,
    },
    /// Why required evidence is missing.
    Missing {
        /// `PLAYBOOK/ITEM`.
        item: String,
        /// Why.
        reason: String,
    },
    /// An item of evidence was handed over.
    HandOver {
        /// Which.
        evidence: String,
        /// From whom.
        from: String,
        /// To whom.
        to: String,
        /// Why and how.
        why: String,
    },
    /// A message will not be sent.
    Withdraw {
        /// Which.
        message: String,
        /// Why.
        reason: String,
    },
    /// Somebody of the ladder took it.
    CallTaken {
        /// Level.
        level: u32,
        /// Who.
        person: String,
    },
    /// An alarm was judged.
    Judge {
        /// The run.
        run: String,
        /// True where it was false.
        is_false: bool,
        /// Why.
        reason: String,
    },
    /// A sentence under which it may be closed is true.
    CloseCondition {
        /// Playbook.
        playbook: String,
        /// Place in its list, from 1.
        condition: usize,
        /// A word about it.
        note: String,
    },
    /// A figure was read.
    Figure {
        /// Which.
        watch: String,
        /// What it showed.
        value: String,
    },
    /// A text of a report.
    Section {
        /// Report.
        report: String,
        /// Section.
        section: String,
        /// Text.
        text: String,
    },
    /// The review has a date.
    ReviewPlanned {
        /// When.
        at: String,
    },
    /// The review was held.
    ReviewHeld {
        /// Who took part.
        participants: Vec<String>,
    },
    /// The one who is signed in signs the review.
    ReviewSigned {
        /// As what.
        role: String,
    },
    /// An action item is done.
    ActionDone {
        /// Which.
        action: String,
        /// What shows it.
        proof: String,
    },
    /// An action item is given up.
    ActionDropped {
        /// Which.
        action: String,
        /// Why.
        reason: String,
    },
    /// Only these people may see and change it.
    Restrict {
        /// Who; empty for everybody.
        people: Vec<String>,
        /// Why.
        reason: String,
    },
    /// A person is part of the matter.
    Conflict {
        /// Who.
        person: String,
        /// Why.
        reason: String,
    },
    /// That was cleared by two people.
    ConflictLifted {
        /// Whose.
        person: String,
        /// Why.
        reason: String,
    },
    /// The notice to the authority, or a deadline with a name of its own, begins.
    ClockStart {
        /// `authority_notice`, or a name.
        clock: String,
        /// What it is about.
        title: String,
        /// From when.
        start: String,
        /// Until when; null for the authority notice.
        due: Option<String>,
    },
    /// A clock pauses.
    ClockPause {
        /// Which.
        clock: String,
        /// Why.
        reason: String,
    },
    /// A clock goes on.
    ClockResume {
        /// Which.
        clock: String,
    },
    /// The authority notice or a named clock is met.
    ClockStop {
        /// Which.
        clock: String,
        /// By what.
        outcome: String,
    },
}

fn wrong(what: &str, text: &str) -> ErrorView {
    ErrorView::new(ErrorCode::Refused, format!("`{text}` is no {what}."), "Choose or write it again.")
}

fn instant(text: &str) -> Result<Instant, ErrorView> {
    Instant::parse(text).ok_or_else(|| wrong("time", text))
}

fn other(text: &str) -> Result<IncidentId, ErrorView> {
    IncidentId::parse(text.trim()).ok_or_else(|| wrong("number of an incident", text))
}

/// A word of the domain whose type has no reader of its own.
fn from_word<T: serde::de::DeserializeOwned>(what: &str, text: &str) -> Result<T, ErrorView> {
    serde_json::from_value(serde_json::Value::from(text)).map_err(|_| wrong(what, text))
}

/// Acts that are held back, read from their words.
pub(crate) fn acts(words: &[String]) -> Result<Vec<GuardedAct>, ErrorView> {
    words.iter().map(|word| GuardedAct::from_word(word).ok_or_else(|| wrong("act", word))).collect()
}

/// The record with its words and times read; the second person's name comes with the act.
///
/// # Errors
/// A word or time that is none.
pub(crate) fn read(asked: RecordAsked) -> Result<impl FnOnce(&Responders) -> IncidentEvent + Send, ErrorView> {
    use RecordAsked as R;
    let event = match asked {
        R::Acknowledge => IncidentEvent::Acknowledged {},
        R::Note { entry, text } => {
            let kind = EntryKind::from_word(&entry).ok_or_else(|| wrong("kind of entry", &entry))?;
            IncidentEvent::Noted { kind, text, links: Vec::new() }
        }
        R::Correct { entry, text } => IncidentEvent::Corrected { entry, text },
        R::Severity { to, scale, label, is_provisional, reason } => {
            IncidentEvent::SeverityChanged { to: to.into(), scale, label, provisional: is_provisional, reason }
        }
        R::Status { to, reason } => {
            let to = IncidentStatus::from_word(&to).ok_or_else(|| wrong("status", &to))?;
            IncidentEvent::StatusChanged { to, reason }
        }
        R::Duplicate { incident, reason } => IncidentEvent::DuplicateOf { incident: other(&incident)?, reason },
        R::Related { incident, how } => IncidentEvent::Related { incident: other(&incident)?, how },
        R::Cause { text } => IncidentEvent::CauseFound { text },
        R::Estimate { text } => IncidentEvent::EstimateGiven { text, until: None },
        R::Update { text } => IncidentEvent::UpdateGiven { text },
        R::Time { time, at } => {
            let time: IncidentTime = from_word("time of an incident", &time)?;
            IncidentEvent::TimeEntered { time, at: instant(&at)?, latest: None }
        }
        R::Condition { condition, holds, reason } => {
            let condition: Condition = from_word("circumstance", &condition)?;
            IncidentEvent::ConditionSet { condition, holds, reason }
        }
        R::Decision { question, options, chosen, is_irreversible, reason, typed, is_accepted } => {
            let options = options.into_iter().map(|(label, consequence)| OwnOption { label, consequence }).collect();
            IncidentEvent::OwnDecisionTaken(OwnChoice {
                question,
                options,
                chosen,
                irreversible: is_irreversible,
                reason,
                evidence: Vec::new(),
                confirmation: Confirmation {
                    second_person: None,
                    typed: Some(typed).filter(|typed| !typed.is_empty()),
                    consequence_accepted: is_accepted,
                },
            })
        }
        R::Release { guard, reason } => IncidentEvent::HoldReleased { guard, second_person: String::new(), reason },
        R::Missing { item, reason } => IncidentEvent::EvidenceExplained { item, reason },
        R::HandOver { evidence, from, to, why } => IncidentEvent::CustodyEntered(CustodyEntry {
            evidence,
            act: CustodyAct::Transferred,
            from,
            to,
            why,
            hash_agreed: None,
        }),
        R::Withdraw { message, reason } => IncidentEvent::MessageWithdrawn { message, reason },
        R::CallTaken { level, person } => IncidentEvent::EscalationAcknowledged { level, person },
        R::Judge { run, is_false, reason } => IncidentEvent::AlarmJudged { run, is_false, reason },
        R::CloseCondition { playbook, condition, note } => {
            IncidentEvent::CloseConditionConfirmed { playbook, condition, note }
        }
        R::Figure { watch, value } => IncidentEvent::FigureNoted { watch, value },
        R::Section { report, section, text } => IncidentEvent::SectionWritten { report, section, text },
        R::ReviewPlanned { at } => IncidentEvent::ReviewScheduled { planned_for: instant(&at)? },
        R::ReviewHeld { participants } => IncidentEvent::ReviewHeld { participants },
        R::ReviewSigned { role } => IncidentEvent::ReviewSigned { role },
        R::ActionDone { action, proof } => IncidentEvent::ActionDone { action, proof },
        R::ActionDropped { action, reason } => IncidentEvent::ActionDropped { action, reason },
        R::Restrict { people, reason } => IncidentEvent::AccessRestricted { people, reason },
        R::Conflict { person, reason } => IncidentEvent::ConflictMarked { person, reason },
        R::ConflictLifted { person, reason } => {
            IncidentEvent::ConflictLifted { person, second_person: String::new(), reason }
        }
        R::ClockStart { clock, title, start, due } => IncidentEvent::ClockStarted {
            clock,
            title,
            start: instant(&start)?,
            due: due.as_deref().map(instant).transpose()?,
        },
        R::ClockPause { clock, reason } => IncidentEvent::ClockPaused { clock, reason },
        R::ClockResume { clock } => IncidentEvent::ClockResumed { clock },
        R::ClockStop { clock, outcome } => IncidentEvent::ClockStopped { clock, outcome },
    };
    Ok(move |by: &Responders| with_second(event, by.second()))
}

/// Puts the name of the second person where the record has a place for it; without one the rules refuse what needs two.
fn with_second(mut event: IncidentEvent, second: Option<&str>) -> IncidentEvent {
    match &mut event {
        IncidentEvent::HoldReleased { second_person, .. } | IncidentEvent::ConflictLifted { second_person, .. } => {
            second.unwrap_or_default().clone_into(second_person);
        }
        IncidentEvent::OwnDecisionTaken(choice) => choice.confirmation.second_person = second.map(str::to_owned),
        _ => {}
    }
    event
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_person_is_named_by_the_act_and_never_by_the_window() {
        let lifted = IncidentEvent::HoldReleased {
            guard: "hold-1".to_owned(),
            second_person: String::new(),
            reason: "over".to_owned(),
        };
        for (second, wanted) in [(Some("Ben"), "Ben"), (None, "")] {
            let IncidentEvent::HoldReleased { second_person, .. } = with_second(lifted.clone(), second) else {
                panic!("another record");
            };
            assert_eq!(second_person, wanted);
        }
    }

    #[test]
    fn words_and_times_that_are_none_are_refused() {
        let status = RecordAsked::Status { to: "finished".to_owned(), reason: String::new() };
        let time = RecordAsked::ReviewPlanned { at: "tomorrow".to_owned() };
        let kind = RecordAsked::Note { entry: "rumour".to_owned(), text: "x".to_owned() };
        for asked in [status, time, kind] {
            assert!(read(asked).is_err());
        }
        assert!(
            read(RecordAsked::Time { time: "first_action".to_owned(), at: "2026-11-22T10:00:00Z".to_owned() }).is_ok()
        );
    }
}
