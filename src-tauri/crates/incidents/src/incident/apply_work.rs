//! The second half of taking records: messages, evidence, checks, review, people, deadlines.

use domain::incident::IncidentStatus;

use super::apply::{check_reason, check_text};
use super::event::{IncidentEvent, IncidentRecord, IncidentTime};
use super::{
    ActionState, EscalationRecord, Estimate, Incident, Refusal, RefusalCode, Signature, WatchedFigure, same_person,
};

impl Incident {
    /// Takes what `take` leaves over.
    pub(super) fn take_work(&mut self, record: &IncidentRecord) -> Result<(), Refusal> {
        let at = record.happened_at;
        match &record.event {
            IncidentEvent::EvidenceLinked(link) => self.link_evidence(record, link),
            IncidentEvent::EvidenceExplained { item, reason } => self.explain_evidence(item, reason),
            IncidentEvent::CustodyEntered(entry) => self.enter_custody(record, entry),
            IncidentEvent::MessagePrepared(draft) => self.prepare_message(record, draft),
            IncidentEvent::MessageApproved { message } => self.approve_message(record, message),
            IncidentEvent::MessageSent { message, channel, is_update } => {
                self.confirm_sent(record, message, channel, *is_update)
            }
            IncidentEvent::MessageWithdrawn { message, reason } => self.withdraw_message(message, reason),
            IncidentEvent::UpdateGiven { text } => {
                check_text(text, "the update")?;
                self.updates.push(at);
                Ok(())
            }
            IncidentEvent::EscalationTried { level, role, person, method, reason } => {
                self.try_escalation(EscalationRecord {
                    level: *level,
                    role: role.clone(),
                    person: person.clone(),
                    method: method.clone(),
                    reason: reason.clone(),
                    by: record.by.clone(),
                    tried_at: at,
                    acknowledged_at: None,
                })
            }
            IncidentEvent::EscalationAcknowledged { level, person } => {
                self.acknowledge_escalation(at, *level, person)?;
                self.stamp(IncidentTime::Acknowledged, at);
                Ok(())
            }
            IncidentEvent::CheckRun(run) => self.add_check(record, run),
            IncidentEvent::AlarmJudged { run, is_false, reason } => self.judge_alarm(run, *is_false, reason),
            IncidentEvent::ActionAdded(draft) => self.add_action(record, draft),
            IncidentEvent::ActionChanged { action, owner, due, reason } => {
                check_reason(reason, "a changed action item")?;
                check_text(owner, "the owner")?;
                let item = self.open_action(action)?;
                (item.owner, item.due) = (owner.clone(), *due);
                Ok(())
            }
            IncidentEvent::ActionDone { action, proof } => {
                check_text(proof, "the proof of completion")?;
                self.open_action(action)?.state = ActionState::Done { at, proof: proof.clone() };
                Ok(())
            }
            IncidentEvent::ActionDropped { action, reason } => {
                check_reason(reason, "giving up an action item")?;
                self.open_action(action)?.state = ActionState::Dropped { at, reason: reason.clone() };
                Ok(())
            }
            IncidentEvent::ReviewScheduled { planned_for } => {
                self.review.planned_for = Some(*planned_for);
                self.review.scheduled_at.get_or_insert(at);
                Ok(())
            }
            IncidentEvent::ReviewHeld { participants } => self.hold_review(record, participants),
            IncidentEvent::ReviewSigned { role } => {
                self.check_is_person(record, "a signature")?;
                if self.review.held_at.is_none() {
                    let why = "the review was not held";
                    return Err(Refusal::new(RefusalCode::Status, why, "hold it and record who took part"));
                }
                self.review.signatures.push(Signature { person: record.by.clone(), role: role.clone(), at });
                Ok(())
            }
            IncidentEvent::SectionWritten { report, section, text } => {
                self.sections.insert(format!("{report}/{section}"), text.clone());
                Ok(())
            }
            IncidentEvent::Related { incident, how } => {
                self.check_other(incident)?;
                self.related.insert(incident.clone(), how.clone());
                Ok(())
            }
            IncidentEvent::DuplicateOf { incident, reason } => {
                self.check_other(incident)?;
                check_reason(reason, "a duplicate")?;
                self.check_is_person(record, "a duplicate")?;
                if !self.status().is_open() && self.status() != IncidentStatus::Reported {
                    let why = format!("{} is no longer open", self.id);
                    return Err(Refusal::new(RefusalCode::Status, why, "record it as related instead"));
                }
                self.duplicate_of = Some(incident.clone());
                self.enter_status(record, IncidentStatus::Duplicate, reason, false);
                Ok(())
            }
            IncidentEvent::AccessRestricted { people, reason } => self.restrict_access(record, people, reason),
            IncidentEvent::ConflictMarked { person, reason } => self.mark_conflict(record, person, reason),
            IncidentEvent::ConflictLifted { person, second_person, reason } => {
                check_reason(reason, "clearing a conflict")?;
                self.check_two(record, second_person, "clearing a conflict")?;
                let conflict = self
                    .conflicts
                    .iter_mut()
                    .find(|conflict| conflict.lifted.is_none() && same_person(&conflict.person, person));
                match conflict {
                    Some(conflict) => {
                        conflict.lifted = Some(at);
                        Ok(())
                    }
                    None => Err(Refusal::unknown("conflict of", person, &[])),
                }
            }
            IncidentEvent::ClockStarted { clock, title, start, due } => self.start_clock(clock, title, *start, *due),
            IncidentEvent::ClockPaused { clock, reason } => self.pause_clock(record, clock, reason),
            IncidentEvent::ClockResumed { clock } => self.resume_clock(at, clock),
            IncidentEvent::ClockStopped { clock, outcome } => {
                check_text(outcome, "what the clock was met by")?;
                if self.meet_named(clock, at, outcome) {
                    return Ok(());
                }
                let why = format!("no running deadline \"{clock}\" was started by name");
                let instead = "the other clocks are met by what they wait for";
                Err(Refusal::new(RefusalCode::Clock, why, instead))
            }
            IncidentEvent::CloseConditionConfirmed { playbook, condition, note } => {
                self.check_is_person(record, "the confirmation of a condition")?;
                let place = self.place_of_playbook(playbook)?;
                let count = self.playbooks[place].playbook.close_when.len();
                if *condition == 0 || *condition > count {
                    let why = format!("the playbook \"{playbook}\" has {count} conditions of closing");
                    return Err(Refusal::new(RefusalCode::Unknown, why, format!("name one from 1 to {count}")));
                }
                self.playbooks[place].confirmed.insert(*condition, note.clone());
                Ok(())
            }
            IncidentEvent::FigureNoted { watch, value } => {
                let figure = WatchedFigure { watch: watch.clone(), value: value.clone(), at, by: record.by.clone() };
                self.figures_watched.push(figure);
                Ok(())
            }
            IncidentEvent::EstimateGiven { text, until } => {
                self.estimate = Some(Estimate { text: text.clone(), until: *until, given_at: at });
                Ok(())
            }
            // A jump of the clock changes nothing but the timeline; the rest is taken elsewhere.
            _ => Ok(()),
        }
    }
}
