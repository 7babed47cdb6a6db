//! `scrutineer statistics`: the self-test of the tests of times and addresses, as a table or JSON.

use serde_json::{Value, json};
use workflow::Error;
use workflow::statistics::family::LEVEL;
use workflow::statistics::self_test::{Flagged, Outcome, self_test};
use workflow::statistics::simulate::Attack;

use crate::arguments::StatisticsCommand;
use crate::progress::Progress;
use crate::run::{CONTRADICTED, DONE, answer, tell};

/// Runs a command and answers its exit code: 1 where honest elections are flagged more often than the level allows.
pub(crate) fn run(command: &StatisticsCommand, progress: &Progress) -> Result<u8, Error> {
    let StatisticsCommand::SelfTest { elections, seed, json } = command;
    let outcome = self_test(*elections, *seed, progress).ok_or(Error::Cancelled)?;
    progress.end();
    if *json {
        answer(&contract(&outcome));
    } else {
        tell(&table(&outcome));
    }
    Ok(if outcome.holds() { DONE } else { CONTRADICTED })
}

/// The attack in words, and its name in JSON.
fn words(attack: Attack) -> (String, String) {
    match attack {
        Attack::Stuffing { minutes } => {
            (format!("stuffed within {minutes} minutes"), format!("stuffing_{minutes}_minutes"))
        }
        Attack::Script => ("scripted on one address".to_owned(), "script".to_owned()),
        Attack::OneAddress => ("spread over days, one address".to_owned(), "one_address".to_owned()),
        Attack::Excluding => ("left out of the leading choice".to_owned(), "excluding".to_owned()),
    }
}

fn percent(part: u64, all: u64) -> String {
    // Rounded to a tenth, half up.
    let tenths = (part * 2000 + all) / (2 * all.max(1));
    format!("{}.{} %", tenths / 10, tenths % 10)
}

fn table(outcome: &Outcome) -> String {
    let (honest, untold) = (&outcome.honest, &outcome.untold);
    let (low, high) = honest.interval();
    let mut lines = vec![
        format!(
            "{} honest elections, seed {}: {} flagged ({}, 95 % interval {:.1} % to {:.1} %; at most {:.0} % is stated).",
            honest.elections,
            outcome.seed,
            honest.any,
            percent(honest.any, honest.elections),
            low * 100.0,
            high * 100.0,
            LEVEL * 100.0,
        ),
        format!(
            "  by a burst {}, many votes of an address {}, regular gaps {}, order of choices {}, exclusions {}, openings {}.",
            honest.burst, honest.concentration, honest.rhythm, honest.order, honest.excluded, honest.openings
        ),
        format!(
            "{} of them without known events and shared addresses told: {} flagged.",
            untold.elections,
            percent(untold.any, untold.elections)
        ),
        String::new(),
        "| Planted | Votes | Found | as a burst | by number on an address | by regular gaps | by the order of choices | as exclusions |"
            .to_owned(),
        "| --- | --- | --- | --- | --- | --- | --- | --- |".to_owned(),
    ];
    for power in &outcome.power {
        let share = |part: u64| percent(part, power.found.elections);
        lines.push(format!(
            "| {} | {} | {} | {} | {} | {} | {} | {} |",
            words(power.attack).0,
            power.votes,
            share(power.found.any),
            share(power.found.burst),
            share(power.found.concentration),
            share(power.found.rhythm),
            share(power.found.order),
            share(power.found.excluded),
        ));
    }
    let verdict = if outcome.holds() {
        "The stated level holds."
    } else {
        "Honest elections are flagged more often than stated: do not rely on A501 to A507 of this program."
    };
    lines.extend([String::new(), verdict.to_owned()]);
    lines.join("\n")
}

fn contract(outcome: &Outcome) -> Value {
    let flagged = |flagged: &Flagged| {
        let (low, high) = flagged.interval();
        json!({
            "elections": flagged.elections,
            "flagged": flagged.any,
            "interval_95": [low, high],
            "burst": flagged.burst,
            "concentration": flagged.concentration,
            "rhythm": flagged.rhythm,
            "order": flagged.order,
            "excluded": flagged.excluded,
            "openings": flagged.openings,
        })
    };
    let power = outcome.power.iter().map(|power| {
        let mut row = flagged(&power.found);
        row["attack"] = words(power.attack).1.into();
        row["votes"] = power.votes.into();
        row
    });
    json!({
        "schema": "scrutineer/statistics-self-test/1",
        "seed": outcome.seed,
        "level": LEVEL,
        "holds": outcome.holds(),
        "honest": flagged(&outcome.honest),
        "untold": flagged(&outcome.untold),
        "power": power.collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_rounded_to_a_tenth() {
        assert_eq!(percent(1, 3), "33.3 %");
        assert_eq!(percent(2, 3), "66.7 %");
        assert_eq!(percent(200, 200), "100.0 %");
        assert_eq!(percent(0, 7), "0.0 %");
    }
}
