//! `scrutineer incident`: options, who acts, and what each command does.

pub(crate) mod arguments;
mod evidence;
mod kinds;
mod notice;
mod office;
mod playbooks;
pub(crate) mod print;
mod run;
mod show;

pub(crate) use run::run;
