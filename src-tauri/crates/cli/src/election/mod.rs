//! `scrutineer election`: elections that are run on this machine.

mod acting;
pub(crate) mod arguments;
mod run;

pub(crate) use run::run;
