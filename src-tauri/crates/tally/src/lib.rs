//! Counting rules, one file per rule. Pure: counters take votes and answer results; nothing here reads files or clocks.
//!
//! Each rule is a named profile with a version; [`METHODS`] lists them.

pub mod decimal;
pub mod methods;

pub use domain::count::{self, CannotCount, Count};

/// One counting rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Method {
    /// Name on the command line and in reports.
    pub name: &'static str,
    /// Version of the rule as written here.
    pub version: &'static str,
    /// What it is, in a line.
    pub title: &'static str,
}

/// All counting rules.
pub const METHODS: &[Method] = &[
    Method { name: "logbook-plurality", version: "1", title: "The Logbook: one choice, counted per vote" },
    Method {
        name: "logbook-supermajority",
        version: "1",
        title: "The Logbook: as plurality; only the victory condition differs",
    },
    Method { name: "logbook-approval", version: "1", title: "The Logbook: several choices, percentages of voters" },
    Method {
        name: "logbook-ranked",
        version: "1",
        title: "The Logbook: ranked choice, one winner, lowest dropped by id",
    },
    Method {
        name: "astra-meek",
        version: "1.0",
        title: "Astra: transferable vote after Meek, several seats, 80 decimal digits, exclusion groups",
    },
    Method {
        name: "rctab",
        version: "2.0",
        title: "RCTab: ranked choice by the options of a contest configuration, one winner or several",
    },
];

/// The profile that a voting method of The Logbook is counted by.
pub fn logbook_profile(voting_method: &str) -> &'static Method {
    let name = match voting_method {
        "approval" => "logbook-approval",
        "supermajority" => "logbook-supermajority",
        "ranked_choice" => "logbook-ranked",
        _ => "logbook-plurality",
    };
    METHODS.iter().find(|method| method.name == name).unwrap_or(&METHODS[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn method_names_are_unique() {
        let mut names: Vec<_> = METHODS.iter().map(|method| method.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), METHODS.len());
        assert_eq!(logbook_profile("ranked_choice").name, "logbook-ranked");
    }
}
