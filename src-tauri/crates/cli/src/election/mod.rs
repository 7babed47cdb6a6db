//! `scrutineer election`: elections that are run on this machine.

pub(crate) mod acting;
pub(crate) mod arguments;
mod run;

pub(crate) use run::run;
