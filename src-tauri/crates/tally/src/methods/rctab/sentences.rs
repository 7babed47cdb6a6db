//! What each round decided and why, in plain sentences.

use domain::rctab::{RctabRules, WinnerMode};

use super::amount::Amount;
use super::ballots::{Cause, Target};
use super::eliminations::Why;
use super::rounds::Round;

/// The sentences of a round. `pass`: number of the pass and of the round in it, where there is one pass for each seat.
pub(super) fn sentence(
    rules: &RctabRules,
    names: &[String],
    round: &Round,
    next: Option<&Round>,
    pass: Option<(usize, usize)>,
) -> String {
    let name = |place: &u16| names[usize::from(*place)].as_str();
    let listed = |places: &[u16]| list(&places.iter().map(name).collect::<Vec<_>>());
    let with_votes = |place: &u16| format!("{} with {}", name(place), votes(round.whole.of(*place)));
    let mut parts = Vec::new();
    if let Some((pass, number)) = pass {
        parts.push(format!("Count for seat {pass}, round {number}."));
    }
    let threshold = plain(round.threshold);
    if !round.elected.is_empty() {
        let reached = round.elected.iter().all(|place| round.whole.of(*place) >= round.threshold);
        let who = list(&round.elected.iter().map(with_votes).collect::<Vec<_>>().each());
        let verb = if round.elected.len() > 1 { "are elected" } else { "is elected" };
        // Where several seats are filled, only their number elects below the threshold, unless that is kept from round 1.
        let is_for_seats = rules.winners > 1 && rules.mode != WinnerMode::MultiPass && !rules.is_first_threshold_kept;
        let why = match (rules.mode, reached) {
            (WinnerMode::BottomsUpPercentage, _) => format!("all who are left have more than {threshold} votes"),
            (WinnerMode::BottomsUp, _) => "no more candidates are left than seats".to_owned(),
            (_, true) => format!("the threshold is {threshold}"),
            (_, false) if is_for_seats || round.whole.votes.iter().flatten().count() <= round.elected.len() => {
                "no more candidates are left than seats".to_owned()
            }
            (_, false) => format!("nobody can reach the threshold of {threshold} any more, and most votes decide"),
        };
        parts.push(ended(format!("{who} {verb}: {why}")));
    } else if round.eliminated.is_empty() {
        parts.push("Nobody is elected or eliminated; the round shows where the last votes went.".to_owned());
    } else {
        let who = listed(&round.eliminated);
        let is_plural = round.eliminated.len() > 1 || round.why == Why::WriteIns;
        let verb = if is_plural { "are eliminated" } else { "is eliminated" };
        let why = match round.why {
            Why::WriteIns => "votes for write-ins that were not declared go to the next choice".to_owned(),
            Why::Minimum => format!("below the minimum of {} votes", rules.minimum_votes),
            Why::Cutoff => format!("below the threshold of {threshold} votes at which the first elimination cuts off"),
            Why::Batch => {
                "together they have fewer votes than the next candidate, so that none of them can catch up".to_owned()
            }
            Why::Fewest | Why::Nothing => {
                let fewest = round.eliminated.first().map_or(Amount::ZERO, |place| round.whole.of(*place));
                format!("fewest votes ({})", plain(fewest))
            }
        };
        parts.extend(open(rules, round, &threshold));
        parts.push(ended(format!("{who} {verb}: {why}")));
    }
    if let Some(cut) = &round.tie {
        parts.push(format!(
            "{} were level at {}; {} was picked by {}.",
            listed(&cut.level),
            votes(cut.votes),
            name(&cut.picked),
            cut.how
        ));
    }
    if let Some(next) = next {
        parts.extend(moves(names, round, next));
    }
    let blank = round.whole.inactive_for(Cause::Blank);
    if blank.is_positive() && pass.is_none_or(|(_, number)| number == 1) && round.whole.transfers.is_empty() {
        let one = blank == Amount::ONE;
        parts.push(format!("{} {} nobody.", plain(blank), if one { "ballot ranks" } else { "ballots rank" }));
    }
    parts.join(" ")
}

/// Why nobody is elected in a round that eliminates.
fn open(rules: &RctabRules, round: &Round, threshold: &str) -> Option<String> {
    let is_reached = round.whole.votes.iter().flatten().any(|votes| *votes >= round.threshold);
    let elects_one = rules.winners == 1 || rules.mode == WinnerMode::MultiPass;
    Some(match rules.mode {
        WinnerMode::BottomsUpPercentage => format!("Not all who are left have more than {threshold} votes."),
        WinnerMode::BottomsUp => "More candidates are left than seats.".to_owned(),
        _ if round.why == Why::WriteIns => return None,
        _ if is_reached && elects_one => "The winner is known, and rounds go on until two are left.".to_owned(),
        _ if is_reached => format!("Nobody else reaches the threshold of {threshold}."),
        _ => format!("Nobody reaches the threshold of {threshold}."),
    })
}

/// Where the votes of those went who were elected or eliminated: to candidates, and to nobody.
fn moves(names: &[String], round: &Round, next: &Round) -> Vec<String> {
    let decided = round.elected.iter().chain(&round.eliminated);
    decided
        .filter_map(|from| {
            let of = || next.whole.transfers.iter().filter(move |((giver, _), _)| giver == from);
            let mut told: Vec<String> = Vec::new();
            let mut to_nobody = Amount::ZERO;
            for ((_, to), votes) in of() {
                match to {
                    Target::Candidate(place) => {
                        told.push(format!("{} to {}", plain(*votes), names[usize::from(*place)]));
                    }
                    Target::Exhausted => to_nobody = to_nobody.plus(*votes),
                    Target::Residual => told.push(format!("{} lost by cutting decimals", plain(*votes))),
                }
            }
            if to_nobody.is_positive() {
                told.push(format!("{} to nobody", plain(to_nobody)));
            }
            let name = &names[usize::from(*from)];
            (!told.is_empty()).then(|| ended(format!("From {name} go {}", list(&told.each()))))
        })
        .collect()
}

/// A sentence with its point; a name may have ended it already.
fn ended(mut text: String) -> String {
    if !text.ends_with('.') {
        text.push('.');
    }
    text
}

fn votes(votes: Amount) -> String {
    format!("{} {}", plain(votes), if votes == Amount::ONE { "vote" } else { "votes" })
}

/// Votes without zeros at the end.
fn plain(votes: Amount) -> String {
    let text = votes.to_string();
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

fn list(items: &[&str]) -> String {
    match items {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// Borrowed texts of a list.
trait Each {
    fn each(&self) -> Vec<&str>;
}

impl Each for Vec<String> {
    fn each(&self) -> Vec<&str> {
        self.iter().map(String::as_str).collect()
    }
}
