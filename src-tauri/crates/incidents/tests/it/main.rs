//! Plays incidents through the public API: clocks, locks, rules, all playbooks, metrics, commands.

mod clocks;
mod desk;
mod locks;
mod metrics;
mod play_through;
mod random;
mod rules;
mod shell;
