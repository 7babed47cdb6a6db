//! Messages, evidence, escalation, checks, action items, deadlines: what each record needs before it is taken.

use domain::Instant;

use super::event::{ActionDraft, CheckRun, CustodyEntry, EvidenceLink, IncidentRecord, MessageDraft};
use super::{
    ActionItem, ActionState, CheckRecord, CustodyRecord, EscalationRecord, EvidenceRecord, Incident, MessageRecord,
    MessageState, NamedClock, Refusal, RefusalCode,
};
use crate::clocks::{AUTHORITY_NOTICE, Pause, after_minutes};

impl Incident {
    pub(super) fn prepare_message(&mut self, record: &IncidentRecord, draft: &MessageDraft) -> Result<(), Refusal> {
        if draft.message.trim().is_empty() || self.message(&draft.message).is_some() {
            return Err(Refusal::repeated("message", &draft.message));
        }
        if draft.subject.trim().is_empty() || draft.body.trim().is_empty() {
            return Err(Refusal::new(
                RefusalCode::ReasonMissing,
                "the message has no subject or no text",
                "write both before it is prepared",
            ));
        }
        if draft.secret && !draft.values.is_empty() {
            return Err(Refusal::new(
                RefusalCode::Record,
                "a secret message would write its credential into the journal",
                "record it without values; the filled text stays in the outbox",
            ));
        }
        self.messages.push(MessageRecord {
            draft: draft.clone(),
            state: MessageState::Prepared,
            prepared_by: record.by.clone(),
            prepared_at: record.happened_at,
            approved_by: None,
            approved_at: None,
            sent_by: None,
            sent_at: None,
            sent_channel: String::new(),
        });
        Ok(())
    }

    fn message_in(&mut self, id: &str, wanted: &[MessageState], instead: &str) -> Result<&mut MessageRecord, Refusal> {
        let known: Vec<String> = self.messages.iter().map(|message| message.draft.message.clone()).collect();
        let Some(message) = self.messages.iter_mut().find(|message| message.draft.message == id) else {
            return Err(Refusal::unknown("message", id, &known));
        };
        if wanted.contains(&message.state) {
            return Ok(message);
        }
        let state = match message.state {
            MessageState::Prepared => "prepared and not approved",
            MessageState::Approved => "approved",
            MessageState::Sent => "sent",
            MessageState::Withdrawn => "withdrawn",
        };
        Err(Refusal::new(RefusalCode::Status, format!("the message \"{id}\" is {state}"), instead))
    }

    pub(super) fn approve_message(&mut self, record: &IncidentRecord, id: &str) -> Result<(), Refusal> {
        self.check_is_person(record, "an approval")?;
        let message = self.message_in(id, &[MessageState::Prepared], "prepare a new message")?;
        message.state = MessageState::Approved;
        message.approved_by = Some(record.by.clone());
        message.approved_at = Some(record.happened_at);
        Ok(())
    }

    pub(super) fn confirm_sent(
        &mut self,
        record: &IncidentRecord,
        id: &str,
        channel: &str,
        is_update: bool,
    ) -> Result<(), Refusal> {
        self.check_is_person(record, "the word that a message went out")?;
        let message = self.message_in(id, &[MessageState::Approved], "have it approved, or prepare a new one")?;
        message.state = MessageState::Sent;
        message.sent_by = Some(record.by.clone());
        message.sent_at = Some(record.happened_at);
        message.sent_channel = channel.to_owned();
        let is_authority_notice = message.draft.template == "data-breach-authority";
        if is_update {
            self.updates.push(record.happened_at);
        }
        if is_authority_notice {
            self.meet_named(AUTHORITY_NOTICE, record.happened_at, "The notice was sent");
        }
        Ok(())
    }

    pub(super) fn withdraw_message(&mut self, id: &str, reason: &str) -> Result<(), Refusal> {
        if reason.trim().is_empty() {
            return Err(Refusal::reason("withdrawing a message"));
        }
        let allowed = [MessageState::Prepared, MessageState::Approved];
        let message = self.message_in(id, &allowed, "send a correction instead")?;
        message.state = MessageState::Withdrawn;
        Ok(())
    }

    pub(super) fn link_evidence(&mut self, record: &IncidentRecord, link: &EvidenceLink) -> Result<(), Refusal> {
        if link.evidence.trim().is_empty() {
            return Err(Refusal::repeated("evidence", &link.evidence));
        }
        if let Some(item) = &link.fulfils {
            self.check_evidence_item(item)?;
        }
        let same = self.evidence.iter().find(|known| known.id == link.evidence);
        if same.is_some_and(|known| known.sha256 != link.sha256) {
            let why = format!("the evidence \"{}\" is known here with another hash", link.evidence);
            return Err(Refusal::new(RefusalCode::Record, why, "open the playbook evidence-integrity"));
        }
        if self.evidence.iter().any(|known| known.id == link.evidence && known.fulfils == link.fulfils) {
            return Err(Refusal::repeated("evidence", &link.evidence));
        }
        self.evidence.push(EvidenceRecord {
            id: link.evidence.clone(),
            what: link.what.clone(),
            sha256: link.sha256,
            fulfils: link.fulfils.clone(),
            by: record.by.clone(),
            at: record.happened_at,
        });
        Ok(())
    }

    /// `PLAYBOOK/ITEM` must exist.
    fn check_evidence_item(&self, name: &str) -> Result<(), Refusal> {
        let known: Vec<String> = self
            .playbooks
            .iter()
            .flat_map(|applied| {
                let playbook = &applied.playbook;
                playbook.evidence.iter().map(move |item| format!("{}/{}", playbook.id, item.id))
            })
            .collect();
        if known.iter().any(|item| item == name) {
            Ok(())
        } else {
            Err(Refusal::unknown("evidence item", name, &known))
        }
    }

    pub(super) fn explain_evidence(&mut self, item: &str, reason: &str) -> Result<(), Refusal> {
        self.check_evidence_item(item)?;
        if reason.trim().is_empty() {
            return Err(Refusal::reason("missing evidence"));
        }
        self.evidence_explained.insert(item.to_owned(), reason.to_owned());
        Ok(())
    }

    pub(super) fn enter_custody(&mut self, record: &IncidentRecord, entry: &CustodyEntry) -> Result<(), Refusal> {
        self.check_evidence(&entry.evidence)?;
        self.custody.push(CustodyRecord { at: record.happened_at, by: record.by.clone(), entry: entry.clone() });
        Ok(())
    }

    pub(super) fn try_escalation(&mut self, escalation: EscalationRecord) -> Result<(), Refusal> {
        if self.is_conflicted(&escalation.person) {
            let why = format!("{} is marked as conflicted in {}", escalation.person, self.id);
            return Err(Refusal::new(RefusalCode::Person, why, "call the next level; go around this person"));
        }
        self.escalations.push(escalation);
        Ok(())
    }

    pub(super) fn acknowledge_escalation(&mut self, at: Instant, level: u32, person: &str) -> Result<(), Refusal> {
        let called = self.escalations.iter_mut().rev().find(|known| {
            known.level == level && known.acknowledged_at.is_none() && super::same_person(&known.person, person)
        });
        match called {
            Some(known) => {
                known.acknowledged_at = Some(at);
                Ok(())
            }
            None => Err(Refusal::new(
                RefusalCode::Unknown,
                format!("no open call to {person} on level {level} is recorded"),
                "record the call first",
            )),
        }
    }

    pub(super) fn add_check(&mut self, record: &IncidentRecord, run: &CheckRun) -> Result<(), Refusal> {
        if run.run.trim().is_empty() || self.checks.iter().any(|known| known.run.run == run.run) {
            return Err(Refusal::repeated("check run", &run.run));
        }
        self.checks.push(CheckRecord {
            run: run.clone(),
            at: record.happened_at,
            by: record.by.clone(),
            judged_false: None,
        });
        Ok(())
    }

    pub(super) fn judge_alarm(&mut self, id: &str, is_false: bool, reason: &str) -> Result<(), Refusal> {
        let known: Vec<String> = self.checks.iter().map(|check| check.run.run.clone()).collect();
        let Some(check) = self.checks.iter_mut().find(|check| check.run.run == id) else {
            return Err(Refusal::unknown("check run", id, &known));
        };
        if !check.is_alarm() {
            let why = format!("the check run \"{id}\" raised no alarm");
            return Err(Refusal::new(RefusalCode::Status, why, "only a warning or a failure can be judged"));
        }
        if reason.trim().is_empty() {
            return Err(Refusal::reason("judging an alarm"));
        }
        check.judged_false = Some((is_false, reason.to_owned()));
        Ok(())
    }

    pub(super) fn add_action(&mut self, record: &IncidentRecord, draft: &ActionDraft) -> Result<(), Refusal> {
        if draft.action.trim().is_empty() || self.actions.iter().any(|known| known.id == draft.action) {
            return Err(Refusal::repeated("action item", &draft.action));
        }
        if draft.text.trim().is_empty() || draft.owner.trim().is_empty() {
            return Err(Refusal::new(
                RefusalCode::ReasonMissing,
                "an action item needs a text and an owner",
                "write what is to be done and by whom",
            ));
        }
        let days = self.figures.as_ref().map_or(30, |figures| figures.action_days);
        let usual = after_minutes(record.happened_at, days.saturating_mul(24 * 60));
        self.actions.push(ActionItem {
            id: draft.action.clone(),
            text: draft.text.clone(),
            priority: draft.priority,
            owner: draft.owner.clone(),
            created_at: record.happened_at,
            due: draft.due.unwrap_or(usual),
            state: ActionState::Open,
        });
        Ok(())
    }

    pub(super) fn open_action(&mut self, id: &str) -> Result<&mut ActionItem, Refusal> {
        let known: Vec<String> = self.actions.iter().map(|action| action.id.clone()).collect();
        let Some(action) = self.actions.iter_mut().find(|action| action.id == id) else {
            return Err(Refusal::unknown("action item", id, &known));
        };
        if action.state != ActionState::Open {
            let why = format!("the action item \"{id}\" is done or given up");
            return Err(Refusal::new(RefusalCode::Status, why, "add a new action item"));
        }
        Ok(action)
    }

    pub(super) fn start_clock(
        &mut self,
        id: &str,
        title: &str,
        start: Instant,
        due: Option<Instant>,
    ) -> Result<(), Refusal> {
        let is_taken = self.named_clocks.iter().any(|clock| clock.id == id) || is_reserved(id);
        if id.trim().is_empty() || is_taken {
            return Err(Refusal::repeated("clock", id));
        }
        let refuse = |why: &str, instead: &str| Err(Refusal::new(RefusalCode::Clock, why, instead));
        let due = match (id == AUTHORITY_NOTICE, due) {
            (true, None) => {
                let minutes = self
                    .figures
                    .as_ref()
                    .map_or(crate::clocks::AUTHORITY_NOTICE_MINUTES, |figures| figures.authority_notice_min);
                after_minutes(start, minutes)
            }
            (true, Some(_)) => return refuse("the span of the notice to the authority is fixed", "leave its end out"),
            (false, Some(due)) if due > start => due,
            (false, Some(_)) => return refuse("the deadline ends before it begins", "give a later end"),
            (false, None) => return refuse("a deadline needs an end", "give the time at which it ends"),
        };
        self.named_clocks.push(NamedClock {
            id: id.to_owned(),
            title: title.to_owned(),
            start,
            due,
            met_at: None,
            outcome: String::new(),
        });
        Ok(())
    }

    /// Meets a named clock that is not met yet; false where there is none.
    pub(super) fn meet_named(&mut self, id: &str, at: Instant, outcome: &str) -> bool {
        let clock = self.named_clocks.iter_mut().find(|clock| clock.id == id && clock.met_at.is_none());
        clock
            .map(|clock| {
                clock.met_at = Some(at);
                clock.outcome = outcome.to_owned();
            })
            .is_some()
    }

    pub(super) fn pause_clock(&mut self, record: &IncidentRecord, id: &str, reason: &str) -> Result<(), Refusal> {
        if id == AUTHORITY_NOTICE {
            return Err(Refusal::new(
                RefusalCode::Clock,
                "the notice to the authority cannot be paused",
                "give the notice in time, or say in it why it is late",
            ));
        }
        if reason.trim().is_empty() {
            return Err(Refusal::reason("pausing a clock"));
        }
        let known: Vec<String> = {
            let mut ids: Vec<String> = self.clocks(record.happened_at).into_iter().map(|clock| clock.id).collect();
            ids.sort();
            ids.dedup();
            ids
        };
        if !known.iter().any(|clock| clock == id) {
            return Err(Refusal::unknown("clock", id, &known));
        }
        let pauses = self.pauses.entry(id.to_owned()).or_default();
        let last_end = pauses.last().map(|pause| pause.to);
        if last_end == Some(None) {
            return Err(Refusal::new(
                RefusalCode::Clock,
                format!("the clock \"{id}\" stands still"),
                "let it go on first",
            ));
        }
        // Pauses never overlap, whatever the computer's clock did between.
        let from = last_end.flatten().map_or(record.happened_at, |end| end.max(record.happened_at));
        pauses.push(Pause { from, to: None, reason: reason.to_owned(), by: record.by.clone() });
        Ok(())
    }

    pub(super) fn resume_clock(&mut self, at: Instant, id: &str) -> Result<(), Refusal> {
        match self.pauses.get_mut(id).and_then(|pauses| pauses.last_mut()).filter(|pause| pause.to.is_none()) {
            Some(pause) => {
                pause.to = Some(at.max(pause.from));
                Ok(())
            }
            None => Err(Refusal::new(
                RefusalCode::Clock,
                format!("the clock \"{id}\" does not stand still"),
                "nothing has to be done",
            )),
        }
    }
}

/// Ids that the program gives to its own clocks.
fn is_reserved(id: &str) -> bool {
    use domain::incident::ClockKind;
    id.starts_with("step:")
        || id.starts_with("action:")
        || ClockKind::from_word(id).is_some_and(|kind| kind != ClockKind::AuthorityNotice)
}
