//! Incident response: playbooks as data, clocks, guards, the incident as a fold over its journal, messages, metrics.
//!
//! This crate reads no files, knows no database, starts no threads and has no clock: bytes and instants come in as
//! arguments. Everything it concludes is computed from stored instants, so that it survives a restart and is right after
//! sleep and across every change of local time.

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
