//! What all playbooks share: severities and clocks, functions, commands, message templates, checklists, contacts,
//! triggers, report layouts, document control. One file of the folder `_common` for each.

pub mod checklists;
pub mod commands;
pub mod contacts;
pub mod control;
pub mod functions;
pub mod reports;
pub mod severity;
pub mod templates;
pub mod triggers;
