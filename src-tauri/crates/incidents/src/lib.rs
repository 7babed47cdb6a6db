//! Incident response: playbooks as data, clocks, guards, the incident as a fold over its journal, messages, metrics.
//!
//! This crate reads no files, knows no database, starts no threads and has no clock: bytes and instants come in as
//! arguments. Everything it concludes is computed from stored instants, so that it survives a restart and is right after
//! sleep and across every change of local time.
//!
//! | Question | Answer |
//! | --- | --- |
//! | What do we know about responding? | [`Library::shipped`], [`Library::with_office`]; broken office files are in `left_out` |
//! | Change a playbook or the contacts | [`Draft`]: set fields, look at `problems`, write `text` into the office's folder |
//! | Begin an incident | an [`IncidentRecord`] with [`IncidentEvent::Declared`], given to [`Incident::open`] |
//! | Go on | [`Incident::apply`] with each further record; the store keeps the records as JSON, one line of its chain each |
//! | Read it back | [`Incident::replay`] |
//! | What is late? | [`Incident::clocks`] at an instant, [`Clock::state`]; [`Incident::escalation_proposals`] |
//! | What is next? | [`Incident::steps`], [`Incident::checklists_now`], [`Incident::obstacles`] before closing |
//! | May the election go on? | [`locks::locks`], [`locks::holding_back`]; [`locks::overrides`] for the cover of a result |
//! | What should be declared? | [`triggers`] for findings, audit entries and alerts; [`severity::proposals`] |
//! | Tell somebody | [`messages::fill`]; commands to copy: [`command_fill::fill`], for paper [`command_fill::call_list`] |
//! | Monitoring exports | [`monitoring::read`] |
//! | How did we do? | [`Incident::metric_figures`] of each, then [`metrics::metrics`] |

pub mod clocks;
pub mod command_fill;
pub mod common;
mod draft;
mod embedded;
mod fields;
pub mod incident;
mod library;
pub mod locks;
pub mod messages;
pub mod metrics;
pub mod monitoring;
mod overlay;
mod placeholders;
pub mod playbook;
mod references;
pub mod severity;
pub mod triggers;

pub use clocks::{Clock, ClockFigures, ClockState};
pub use draft::{Draft, DraftError, DraftValue};
pub use fields::Problem;
pub use incident::event::{IncidentEvent, IncidentRecord};
pub use incident::{Incident, Refusal, RefusalCode, Warning};
pub use library::{LeftOut, Library, OfficeFile, Origin, PlaybookFile, UsedFile};
pub use playbook::Playbook;
