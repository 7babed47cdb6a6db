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
    Method {
        name: "scotland",
        version: "1",
        title: "Scottish council elections, SSI 2007/42: weighted inclusive Gregory",
    },
    Method { name: "wigm", version: "1", title: "Weighted inclusive Gregory method in general" },
    Method { name: "wigm-prf", version: "1", title: "PR Foundation reference WIGM, one exclusion at a time" },
    Method { name: "wigm-prf-batch", version: "1", title: "PR Foundation reference WIGM, sure losers together" },
    Method { name: "meek", version: "1", title: "Meek's method in general" },
    Method { name: "meek-prf", version: "1", title: "PR Foundation reference Meek" },
    Method { name: "warren", version: "1", title: "Warren's method in general" },
    Method { name: "cfer", version: "1", title: "Californians for Electoral Reform, one exclusion at a time" },
    Method { name: "cfer-batch", version: "1", title: "Californians for Electoral Reform, sure losers together" },
    Method { name: "mpls", version: "1", title: "Minneapolis, several seats: code of ordinances 167.70" },
    Method { name: "ers97", version: "1", title: "Electoral Reform Society, rules of 1997" },
    Method { name: "wright", version: "1", title: "Wright's system: counted anew after every exclusion" },
    Method {
        name: "dublin",
        version: "1",
        title: "Irish elections, Electoral Act 1992: whole ballots of the last parcel",
    },
    Method { name: "qpq", version: "1", title: "Quota preferential by quotient" },
    Method { name: "gregory-weighted", version: "1", title: "Weighted inclusive Gregory with a quota of choice" },
    Method { name: "gregory-inclusive", version: "1", title: "Inclusive Gregory, unweighted, with a quota of choice" },
    Method { name: "gregory-last-parcel", version: "1", title: "Gregory on the last parcel with a quota of choice" },
    Method { name: "plurality", version: "1", title: "Most first choices" },
    Method { name: "approval", version: "1", title: "Most choices, as many per ballot as one likes" },
    Method { name: "score", version: "1", title: "Largest sum of scores" },
    Method { name: "star", version: "1", title: "Scores, then a run-off of the two best" },
    Method { name: "borda", version: "1", title: "Points by rank, none for the unranked" },
    Method { name: "schulze", version: "1", title: "Condorcet after Schulze, winning votes" },
    Method { name: "ranked-pairs", version: "1", title: "Condorcet by ranked pairs, winning votes" },
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
