//! The count of an election that was run with this program, from its public files: contest by contest, by the rule that each names.

use domain::Job;
use store::Reader;

use super::{CountRequest, Counted, count_contest};
use crate::Error;
use crate::audit::scrutineer::{Countable, countable};
use crate::election::counting;

/// Counts one contest of an election; nothing where the case has no such election. The id may name the contest behind a stroke
/// (`ID/chair`); without, the first one is counted, and the title tells how the others are. The member `result` is the whole result.
pub(super) fn count_case(
    reader: &Reader,
    election_id: &str,
    rule: Option<&str>,
    job: &dyn Job,
) -> Result<Option<Counted>, Error> {
    let (id, wanted) = match election_id.split_once('/') {
        Some((id, contest)) => (id, Some(contest)),
        None => (election_id, None),
    };
    let Some(Countable { title, setup, contests, result }) = countable(reader, id, job)? else { return Ok(None) };
    let names: Vec<String> = setup.contests.iter().map(|contest| format!("{id}/{}", contest.id)).collect();
    let place = match wanted {
        None => Some(0),
        Some(wanted) => setup.contests.iter().position(|contest| contest.id == wanted),
    };
    let found = place.and_then(|place| Some((setup.contests.get(place)?, contests.get(place)?)));
    let Some((rules, contest)) = found else {
        return Err(Error::NoElection { id: election_id.to_owned(), known: names.join(", ") });
    };
    let mut counted = match rule.filter(|rule| *rule != rules.method) {
        None => counting::count(rules, contest)?,
        Some(rule) => {
            let request = CountRequest { rule: rule.to_owned(), seats: Some(rules.seats), ..CountRequest::default() };
            let mut counted = count_contest(contest, &request)?;
            counted.what_if = Some(format!(
                "{} is decided by {}; here its ballots are counted by {rule} instead.",
                rules.title, rules.method
            ));
            counted
        }
    };
    counted.result = result;
    counted.title = format!("{title}: {}", rules.title);
    if wanted.is_none() && names.len() > 1 {
        counted.title.push_str(&format!(
            " (the first of {} contests; count the others by their names: {})",
            names.len(),
            names[1..].join(", ")
        ));
    }
    Ok(Some(counted))
}
