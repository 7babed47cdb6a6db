//! A desk at which tests play incidents: the test owns the clock, every record goes through JSON once.

use std::sync::LazyLock;

use domain::incident::{GuardedAct, IncidentCategory, IncidentId, IncidentSeverity, IncidentStatus, StepState};
use domain::{Instant, Lock};
use incidents::incident::event::{
    Confirmation, Declaration, ElectionRef, EvidenceLink, FrozenPlaybook, MessageDraft, PlaybookChoice, StepChange,
};
use incidents::incident::{Applied, Refusal};
use incidents::locks::{ElectionFacts, locks};
use incidents::{Clock, ClockFigures, Incident, IncidentEvent, IncidentRecord, Library};

/// When every test incident is declared.
pub(crate) const DECLARED: &str = "2026-02-10T14:30:00Z";

pub(crate) fn at(text: &str) -> Instant {
    Instant::parse(text).expect("a time of a test")
}

pub(crate) fn plus(from: Instant, seconds: i64) -> Instant {
    Instant { micros: from.micros + seconds * 1_000_000 }
}

/// The shipped set, read once for all tests.
pub(crate) fn library() -> &'static Library {
    static LIBRARY: LazyLock<Library> = LazyLock::new(Library::shipped);
    &LIBRARY
}

pub(crate) struct Desk {
    pub(crate) playbooks: &'static Library,
    pub(crate) incident: Incident,
    pub(crate) records: Vec<IncidentRecord>,
    pub(crate) now: Instant,
    counter: u32,
}

pub(crate) fn declaration(library: &Library, playbook: Option<&str>, severity: IncidentSeverity) -> Declaration {
    let file = playbook.map(|id| library.playbook(id).expect(id));
    Declaration {
        title: file.map_or("Something is wrong".to_owned(), |file| file.playbook.title.clone()),
        description: "Seen at the desk.".to_owned(),
        elections: vec![ElectionRef { id: "e1".to_owned(), name: "Officers 2026".to_owned() }],
        category: file.map_or(IncidentCategory::Operations, |file| file.playbook.category),
        severity,
        scale: "ps".to_owned(),
        label: String::new(),
        provisional: false,
        playbook: file.map(FrozenPlaybook::from),
        lead: Some("Ada".to_owned()),
        reported_at: at(DECLARED),
        detected_at: None,
        figures: ClockFigures::from_library(library, None).expect("the usual figures"),
        is_drill: false,
        system: "electra".to_owned(),
    }
}

impl Desk {
    pub(crate) fn declare(playbook: Option<&str>, severity: IncidentSeverity) -> Self {
        Self::declare_with(playbook, severity, |_| {})
    }

    pub(crate) fn declare_with(
        playbook: Option<&str>,
        severity: IncidentSeverity,
        change: impl FnOnce(&mut Declaration),
    ) -> Self {
        let library = library();
        let mut declaration = declaration(library, playbook, severity);
        change(&mut declaration);
        let now = at(DECLARED);
        let id = IncidentId::new(now, 1);
        let record = IncidentRecord::now(&id, now, "Ada", IncidentEvent::Declared(Box::new(declaration)));
        let incident = Incident::open(&through_json(&record)).expect("a declaration");
        Self { playbooks: library, incident, records: vec![record], now, counter: 0 }
    }

    pub(crate) fn wait(&mut self, seconds: i64) -> &mut Self {
        self.now = plus(self.now, seconds);
        self
    }

    pub(crate) fn record(&self, by: &str, event: IncidentEvent) -> IncidentRecord {
        IncidentRecord::now(&self.incident.id, self.now, by, event)
    }

    pub(crate) fn act(&mut self, by: &str, event: IncidentEvent) -> Applied {
        let record = through_json(&self.record(by, event));
        let applied = self.incident.apply(&record).unwrap_or_else(|refusal| panic!("{refusal}: {record:?}"));
        self.records.push(record);
        applied
    }

    /// The record must be refused and change nothing.
    pub(crate) fn refused(&mut self, by: &str, event: IncidentEvent) -> Refusal {
        let before = self.incident.clone();
        let record = self.record(by, event);
        let refusal = match self.incident.apply(&record) {
            Err(refusal) => refusal,
            Ok(_) => panic!("this should have been refused: {record:?}"),
        };
        assert_eq!(self.incident, before, "a refused record leaves no trace");
        assert!(!refusal.why.is_empty() && !refusal.instead.is_empty(), "{refusal:?}");
        refusal
    }

    /// The incident as the journal alone tells it.
    pub(crate) fn replayed(&self) -> Incident {
        let records: Vec<IncidentRecord> = self.records.iter().map(through_json).collect();
        Incident::replay(&records).expect("the journal is whole")
    }

    pub(crate) fn status(&mut self, to: IncidentStatus) -> Applied {
        self.act("Ada", IncidentEvent::StatusChanged { to, reason: String::new() })
    }

    pub(crate) fn severity(&mut self, to: IncidentSeverity, reason: &str) -> Applied {
        self.act("Ada", severity_change(to, reason))
    }

    pub(crate) fn clocks(&self) -> Vec<Clock> {
        self.incident.clocks(self.now)
    }

    pub(crate) fn clock(&self, id: &str) -> Clock {
        self.clocks().into_iter().rfind(|clock| clock.id == id).unwrap_or_else(|| panic!("no clock {id}"))
    }

    pub(crate) fn locks(&self, facts: &ElectionFacts) -> Vec<Lock> {
        locks([&self.incident], facts)
    }

    /// Acts that the incident itself holds back on its election.
    pub(crate) fn held(&self) -> Vec<GuardedAct> {
        let mut acts: Vec<GuardedAct> = self
            .locks(&election())
            .into_iter()
            .filter(|lock| lock.incident.is_some())
            .flat_map(|lock| lock.blocks)
            .collect();
        acts.sort();
        acts.dedup();
        acts
    }

    pub(crate) fn next_id(&mut self, what: &str) -> String {
        self.counter += 1;
        format!("{what}-{}", self.counter)
    }

    pub(crate) fn evidence(&mut self, fulfils: Option<&str>) -> String {
        let id = self.next_id("ev");
        let link = EvidenceLink {
            evidence: id.clone(),
            what: "A screenshot".to_owned(),
            sha256: domain::Sha256Digest([7; 32]),
            fulfils: fulfils.map(str::to_owned),
        };
        self.act("Bo", IncidentEvent::EvidenceLinked(link));
        id
    }

    /// Fills a template with something in every field, has it approved and sent.
    pub(crate) fn send(&mut self, template: &str) -> String {
        let template = self.playbooks.template(template).expect(template).clone();
        let values = template.placeholders.iter().map(|name| (name.clone(), format!("the {name}"))).collect();
        let filled = incidents::messages::fill(&template, &values).expect("every value is there");
        let id = self.next_id("msg");
        let draft = MessageDraft {
            message: id.clone(),
            template: template.id.clone(),
            template_sha256: self.playbooks.digest_of("templates.toml"),
            values: if filled.secret { Default::default() } else { values },
            subject: if filled.secret { template.subject.clone() } else { filled.subject },
            body: if filled.secret { template.body.clone() } else { filled.body },
            audience: filled.audience,
            channel: "mail".to_owned(),
            secret: filled.secret,
        };
        self.act("Bo", IncidentEvent::MessagePrepared(draft));
        self.act("Cy", IncidentEvent::MessageApproved { message: id.clone() });
        let is_update = filled.is_update;
        self.act("Bo", IncidentEvent::MessageSent { message: id.clone(), channel: "mail".to_owned(), is_update });
        id
    }

    pub(crate) fn done(&mut self, playbook: &str, step: &str, result: &str) -> Applied {
        self.act("Bo", IncidentEvent::StepChanged(StepChange::new(playbook, step, StepState::Done, result)))
    }
}

pub(crate) fn severity_change(to: IncidentSeverity, reason: &str) -> IncidentEvent {
    IncidentEvent::SeverityChanged {
        to,
        scale: String::new(),
        label: String::new(),
        provisional: false,
        reason: reason.to_owned(),
    }
}

pub(crate) fn election() -> ElectionFacts {
    ElectionFacts { id: "e1".to_owned(), ..ElectionFacts::default() }
}

pub(crate) fn choice(playbook: &str, decision: &str, option: &str, irreversible: bool) -> PlaybookChoice {
    PlaybookChoice {
        playbook: playbook.to_owned(),
        decision: decision.to_owned(),
        option: option.to_owned(),
        reason: "It follows from what was found.".to_owned(),
        evidence: Vec::new(),
        confirmation: Confirmation {
            second_person: irreversible.then(|| "Cy".to_owned()),
            typed: irreversible.then(|| "Officers 2026".to_owned()),
            consequence_accepted: irreversible,
        },
    }
}

/// What the store does with a record.
pub(crate) fn through_json(record: &IncidentRecord) -> IncidentRecord {
    let json = serde_json::to_string(record).expect("records are JSON");
    let read: IncidentRecord = serde_json::from_str(&json).expect("records come back");
    assert_eq!(read, *record);
    read
}
