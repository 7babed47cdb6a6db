//! The count of an election that was run with this program, from its public files: contest by contest, by the rule that each names.

use domain::Job;
use store::Reader;

use super::{CaseRequest, CountRequest, Counted, count_contest};
use crate::Error;
use crate::audit::scrutineer::{Countable, countable};
use crate::election::counting;

/// Counts one contest of an election; nothing where the case has no such election. The id may name the contest behind a stroke
/// (`ID/chair`); without, the first one is counted, and the title tells how the others are. The member `result` is the whole result.
pub(super) fn count_case(
    reader: &Reader,
    election_id: &str,
    request: &CaseRequest,
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
    let rule = request.rule.as_deref().unwrap_or(&rules.method);
    let seats = request.seats.unwrap_or(rules.seats);
    let is_own = rule == rules.method && seats == rules.seats && request.arithmetic.is_none();
    let mut counted = if is_own {
        counting::count(rules, contest)?
    } else {
        let asked = CountRequest {
            rule: rule.to_owned(),
            seats: Some(seats),
            arithmetic: request.arithmetic.clone(),
            ..CountRequest::default()
        };
        let mut counted = count_contest(contest.clone(), &asked)?;
        counted.what_if = Some(format!(
            "{} is decided by {} for {} seats; here its ballots are counted by {rule} for {seats} instead.",
            rules.title, rules.method, rules.seats
        ));
        counted
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
