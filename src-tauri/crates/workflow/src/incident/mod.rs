//! Incidents: declared, worked on step by step, closed, and kept as a journal that nobody can rewrite.
//!
//! All rules are in the crate `incidents`, where an incident is a fold over its records. Here each act reads the journal,
//! lets the rules judge one more record, and writes the record with its ledger entry, all in one transaction.
//!
//! * `people` and `journal`: who acts, how records are read, judged and written;
//! * `library`, `declare`, `acts`, `view`: playbooks of the office, and what is done and looked at;
//! * `locks`: what open incidents hold back in elections that are run here, and how two people go on all the same;
//! * `locker`, `log`, `capture`, `monitoring`: evidence, its custody, and what is read from it;
//! * `checks`: functions that a step of a playbook may run;
//! * `notice`: messages; `metrics`: figures over incidents of one or several cases.

mod acts;
mod capture;
mod checks;
mod declare;
mod journal;
mod library;
mod locker;
pub(crate) mod locks;
mod log;
mod metrics;
mod monitoring;
mod notice;
mod people;
mod print;
mod view;

pub use incidents;

pub use self::acts::{EscalationCall, StepReport, TickedItem};
pub use self::capture::Preserved;
pub use self::checks::CheckAsked;
pub use self::declare::NewIncident;
pub use self::journal::Recorded;
pub(crate) use self::journal::{journal_problems, locker_problems};
pub use self::library::read_library;
pub use self::locker::{About, CustodyLine, CustodySheet, EvidenceCheck, EvidenceItem, Manifest, ManifestItem};
pub use self::log::{LogLine, LogPage, LogQuery};
pub use self::metrics::{CaseMetrics, metrics_csv, metrics_of_cases};
pub use self::monitoring::TakenAlerts;
pub use self::notice::{NoticeFiles, NoticeText};
pub use self::people::Responders;
pub use self::print::{
    IncidentDocument, PrintRequest, Printed, RedactedKind, Redaction, incident_documents, print_metrics,
};
pub use self::view::{ClockView, GuardView, IncidentSummary, IncidentView};
