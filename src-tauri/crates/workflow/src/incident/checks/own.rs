//! Checks of elections that are run in this case, over ballots, credentials, notices and the ledger.

use std::collections::BTreeMap;

use domain::Instant;
use domain::election::Phase;
use domain::incident::CheckResult;
use incidents::incident::event::CheckInput;
use serde_json::Value;
use store::LedgerEntry;
use store::tables::ledger::first_break;

use super::Said;
use crate::election::{BallotChain, CaseKey};
use crate::{Case, Error};

/// Events of one election in the ledger.
struct Events<'a> {
    entries: Vec<(&'a LedgerEntry, Value)>,
}

impl<'a> Events<'a> {
    fn of(ledger: &'a [LedgerEntry], election: &str) -> Self {
        let entries = ledger
            .iter()
            .filter_map(|entry| Some((entry, serde_json::from_str::<Value>(&entry.detail).ok()?)))
            .filter(|(_, detail)| detail["election_id"].as_str() == Some(election))
            .collect();
        Self { entries }
    }

    fn count(&self, act: &str) -> usize {
        self.entries.iter().filter(|(entry, _)| entry.act == act).count()
    }

    fn times(&self, acts: &[&str]) -> Vec<Instant> {
        let wanted = self.entries.iter().filter(|(entry, _)| acts.contains(&entry.act.as_str()));
        wanted.filter_map(|(entry, _)| Instant::parse(&entry.at)).collect()
    }
}

/// Acts by which a voter's ballot came in.
const CAST: [&str; 2] = ["ballot_submitted_token", "proxy_vote_cast"];

const HOUR: i64 = 3600 * 1_000_000;
const MINUTE: i64 = 60 * 1_000_000;

/// The fullest span of a length that begins with a whole one, and how many fall into it.
fn fullest(times: &[Instant], span: i64) -> (usize, Option<Instant>) {
    let mut by_span: BTreeMap<i64, usize> = BTreeMap::new();
    for time in times {
        *by_span.entry(time.micros.div_euclid(span)).or_default() += 1;
    }
    let most = by_span.iter().max_by_key(|(at, count)| (**count, std::cmp::Reverse(**at)));
    most.map_or((0, None), |(at, count)| (*count, Some(Instant { micros: at.saturating_mul(span) })))
}

/// True where a minute holds more than five ballots and more than the mean of the others and four standard deviations. In whole
/// numbers: `(n * most - sum)` against four times the root of the variance, squared on both sides.
fn is_burst(times: &[Instant]) -> bool {
    let mut by_minute: BTreeMap<i64, i128> = BTreeMap::new();
    for time in times {
        *by_minute.entry(time.micros.div_euclid(MINUTE)).or_default() += 1;
    }
    let (Some(first), Some(last)) = (by_minute.keys().next(), by_minute.keys().last()) else { return false };
    let Some(most) = by_minute.values().copied().max().filter(|most| *most > 5) else { return false };
    let others = i128::from(last - first);
    if others < 1 {
        return false;
    }
    let sum: i128 = by_minute.values().sum::<i128>() - most;
    let squares: i128 = by_minute.values().map(|count| count * count).sum::<i128>() - most * most;
    let over = others * most - sum;
    let variance = others * squares - sum * sum;
    over > 0 && over * over > 16 * variance
}

impl Case {
    /// What an election that is run here says to a check.
    pub(super) fn say_of_own(&self, id: &str, function: &str, key: Option<&CaseKey>) -> Result<Said, Error> {
        let status = self.election_status(id)?;
        let setup = self.election_setup(id)?;
        let ledger = self.ledger()?;
        let events = Events::of(&ledger, id);
        let elections = self.file()?.elections();
        let is_over = status.closed_at.is_some();
        let is_held = status.opened_at.is_some();
        let not_open = || Said::none("Voting has not begun, so there is nothing to look at.");
        Ok(match function {
            "check.election_status" => {
                let now = self.instant();
                let end = status.ends_at.as_deref().and_then(Instant::parse);
                let is_overdue = status.phase == Phase::Open && end.is_some_and(|end| end <= now);
                let ends =
                    end.map_or_else(|| "no end is set".to_owned(), |end| format!("voting ends {}", end.to_display()));
                let late = if is_overdue { " The end has passed and it is still open." } else { "" };
                Said::pass_if(!is_overdue, format!("It is {}; {ends}.{late}", status.phase.word()))
            }
            "check.status_changes" => {
                let acts = [
                    "election_opened",
                    "election_extended",
                    "election_closed",
                    "election_rollback",
                    "election_cancelled",
                    "election_counted",
                    "election_certified",
                    "election_published",
                    "election_lock_overridden",
                ];
                let told: Vec<String> = acts
                    .iter()
                    .filter(|act| events.count(act) > 0)
                    .map(|act| {
                        format!("{} {}", act.trim_start_matches("election_").replace('_', " "), events.count(act))
                    })
                    .collect();
                let unusual = events.count("election_rollback") + events.count("election_lock_overridden");
                let told = if told.is_empty() { "none".to_owned() } else { told.join(", ") };
                Said::pass_if(unusual == 0, format!("Changes in the ledger, each with its person: {told}."))
            }
            "check.election_config" => {
                if !is_held {
                    return Ok(not_open());
                }
                let now = sha256_of(&serde_json::to_string(&setup.public()).unwrap_or_default());
                let opened = events.entries.iter().rev().find(|(entry, _)| entry.act == "election_opened");
                let frozen = opened.and_then(|(_, detail)| detail["setup_sha256"].as_str());
                match frozen {
                    Some(frozen) if frozen == now => {
                        Said::pass("The rules are those that were frozen and written into the ledger at opening.")
                    }
                    Some(_) => Said::fail("The rules are not those that were frozen at opening."),
                    None => Said::none("The ledger holds no digest of the rules."),
                }
            }
            "check.audit_chain" => match first_break(&ledger) {
                None => {
                    let head =
                        ledger.last().map(|entry| CheckInput { name: "ledger head".to_owned(), sha256: entry.hash });
                    let mut said = Said::pass(format!(
                        "The ledger verifies: {} entries, {} of this election.",
                        ledger.len(),
                        events.entries.len()
                    ));
                    said.inputs.extend(head);
                    said
                }
                Some((number, reason)) => {
                    Said::fail(format!("The ledger does not verify at entry {number}: {reason}."))
                }
            },
            "check.anchor_truncation" => {
                if !is_held {
                    return Ok(not_open());
                }
                let chain = self.ballot_chain(id, None)?;
                let mut problems = chain_ends(&chain);
                if let Some(certificate) = self.certificate(id)? {
                    if certificate.ballots != chain.ballots {
                        problems.push(format!(
                            "The certificate names {} ballots, there are {}.",
                            certificate.ballots, chain.ballots
                        ));
                    }
                    if !ledger.iter().any(|entry| entry.hash.to_hex() == certificate.ledger_head) {
                        problems.push("The ledger head on the certificate is not in the ledger.".to_owned());
                    }
                }
                told(problems, "Ballots, chain and ledger end where closing and certificate say.")
            }
            "check.vote_signatures" => {
                if !is_held {
                    return Ok(not_open());
                }
                let chain = self.ballot_chain(id, key)?;
                let mut problems = chain.problems.clone();
                problems.extend(chain_ends(&chain));
                let signed = if chain.signatures_checked {
                    "every signature fits"
                } else {
                    "the signatures were not checked: give the passphrase of the case"
                };
                let well = format!("{} ballots: hashes and chain fit; {signed}.", chain.ballots);
                match (problems.is_empty(), chain.signatures_checked) {
                    (false, _) => Said::fail(problems.join(" ")),
                    (true, true) => Said::pass(well),
                    (true, false) => Said::new(CheckResult::Warn, well),
                }
            }
            "check.vote_token_links" | "check.token_usage" => {
                if !is_held {
                    return Ok(not_open());
                }
                let credentials = elections.credentials(id)?;
                let uses: u64 = credentials.iter().map(|credential| credential.uses).sum();
                let used = credentials.iter().filter(|credential| credential.uses > 0).count();
                let withdrawn = credentials.iter().filter(|credential| !credential.is_valid).count();
                let paper = self.ballot_chain(id, None)?.paper;
                let desk = status.turnout.ballots.saturating_sub(paper);
                let text = format!(
                    "{} credentials, {used} used, {withdrawn} withdrawn; {uses} uses for {desk} ballots cast with a credential, {paper} ballots on paper.",
                    credentials.len()
                );
                if uses == desk { Said::pass(text) } else { Said::fail(text) }
            }
            "check.double_votes" => {
                let refused = events.count("vote_double_attempt_token");
                let extra = status.turnout.voters > status.turnout.eligible_voters;
                let text = format!(
                    "{refused} second attempts were refused, {} ballots were replaced by a later one of the same voter; no voter counts twice.",
                    status.turnout.replaced
                );
                if extra {
                    Said::fail("More ballots count than there are voters.")
                } else {
                    Said::pass_if(refused == 0, text)
                }
            }
            "check.deleted_votes" => {
                let excluded = elections.exclusions(id)?;
                Said::pass_if(
                    excluded.is_empty(),
                    if excluded.is_empty() {
                        "No ballot was excluded; ballots are never deleted.".to_owned()
                    } else {
                        let told: Vec<String> = excluded
                            .iter()
                            .map(|row| {
                                format!(
                                    "ballot {} by {} and {} ({})",
                                    row.position, row.excluded_by, row.second, row.reason
                                )
                            })
                            .collect();
                        format!("Excluded: {}.", told.join("; "))
                    },
                )
            }
            "check.rollbacks" => {
                let count = events.count("election_rollback");
                let after = self.ballot_chain(id, None)?.reopened;
                Said::pass_if(count == 0, format!("Set back {count} times; {after} ballots were cast after that."))
            }
            "check.voting_window" => {
                let Some(opened) = status.opened_at.as_deref().and_then(Instant::parse) else { return Ok(not_open()) };
                // Times of secret ballots are kept to the hour.
                let from = if status.is_secret { opened.micros.div_euclid(HOUR) * HOUR } else { opened.micros };
                let to = status.closed_at.as_deref().and_then(Instant::parse).map_or(i64::MAX, |at| at.micros);
                let times = events.times(&CAST);
                let outside = times.iter().filter(|at| at.micros < from || at.micros > to).count();
                let text = format!("{} ballots in the ledger, {outside} outside the time of voting.", times.len());
                if outside == 0 { Said::pass(text) } else { Said::fail(text) }
            }
            "check.ballot_rate" => {
                if !is_held {
                    return Ok(not_open());
                }
                let times = events.times(&CAST);
                let (hour, at) = fullest(&times, HOUR);
                let at = at.map_or_else(String::new, |at| format!(" from {}", at.to_display()));
                if status.is_secret {
                    Said::pass(format!(
                        "At most {hour} ballots in an hour{at}; minutes are not kept in a secret election."
                    ))
                } else {
                    let (minute, _) = fullest(&times, MINUTE);
                    let text = format!("At most {minute} ballots in a minute and {hour} in an hour{at}.");
                    Said::pass_if(!is_burst(&times), text)
                }
            }
            "check.ballot_replacements" => {
                let replaced = status.turnout.replaced;
                let may = setup.second_ballot == domain::election::SecondBallot::Replace;
                let text = format!("{replaced} ballots were replaced by a later one of the same voter.");
                if !may && replaced > 0 { Said::fail(text) } else { Said::pass(text) }
            }
            "check.ip_clusters" => Said::none("Ballots cast at this desk carry no address."),
            "check.turnout_quorum" => {
                let turnout = &status.turnout;
                let text = format!(
                    "{} of {} voters took part with {} of {} votes; the quorum asks for {}.",
                    turnout.voters,
                    turnout.eligible_voters,
                    turnout.votes,
                    turnout.eligible_votes,
                    turnout.quorum_required
                );
                if turnout.voters > turnout.eligible_voters && turnout.eligible_voters > 0 {
                    Said::fail(text)
                } else {
                    Said::pass_if(turnout.quorum_met, text)
                }
            }
            "check.login_failures" => {
                let refused: Vec<&LedgerEntry> =
                    ledger.iter().filter(|entry| entry.act == "person.sign_in_refused").collect();
                let mut by_name: BTreeMap<String, usize> = BTreeMap::new();
                for entry in &refused {
                    let detail: Value = serde_json::from_str(&entry.detail).unwrap_or_default();
                    *by_name.entry(detail["name"].as_str().unwrap_or("?").to_owned()).or_default() += 1;
                }
                let told: Vec<String> = by_name.iter().map(|(name, count)| format!("{name} {count}")).collect();
                let told = if told.is_empty() { "none".to_owned() } else { told.join(", ") };
                Said::pass_if(by_name.values().all(|count| *count < 5), format!("Refused sign-ins by name: {told}."))
            }
            "check.credential_mail_counts" => {
                let notices = elections.notices(id)?;
                let mails: Vec<_> = notices.iter().filter(|notice| notice.template == "voter-credential").collect();
                if mails.is_empty() {
                    Said::none("No credentials were sent by mail; letters were printed or handed over.")
                } else {
                    let (mut sent, mut failed) = (0, 0);
                    for (out, bad, skipped) in mails.iter().filter_map(|notice| notice.outcome) {
                        sent += out;
                        failed += bad + skipped;
                    }
                    let wanted: u64 = mails.iter().map(|notice| notice.recipients).sum();
                    let voters = status.turnout.eligible_voters;
                    Said::pass_if(
                        failed == 0 && sent == wanted,
                        format!(
                            "{voters} voters on the roll, {wanted} messages prepared, {sent} sent, {failed} failed or skipped."
                        ),
                    )
                }
            }
            "check.admin_actions" => {
                let mut by_person: BTreeMap<&str, usize> = BTreeMap::new();
                let acts = events.entries.iter().filter(|(entry, _)| !CAST.contains(&entry.act.as_str()));
                for (entry, _) in acts {
                    *by_person.entry(&entry.actor).or_default() += 1;
                }
                let told: Vec<String> = by_person.iter().map(|(name, count)| format!("{name} {count}")).collect();
                Said::pass(format!("Acts by person: {}; the ledger lists each.", told.join(", ")))
            }
            "check.cross_tables" => {
                let chain = self.ballot_chain(id, None)?;
                let mut problems = chain.problems.clone();
                let orphans = elections.exclusions(id)?.iter().filter(|row| row.position > chain.ballots).count();
                if orphans > 0 {
                    problems.push(format!("{orphans} exclusions point to ballots that are not there."));
                }
                let cast = events.times(&CAST).len();
                let desk = chain.ballots.saturating_sub(chain.paper);
                if u64::try_from(cast).ok() != Some(desk) {
                    problems
                        .push(format!("The ledger tells of {cast} ballots cast with a credential, there are {desk}."));
                }
                told(problems, "Ballots, exclusions and ledger belong together, one to one.")
            }
            "check.totals" => match self.election_result(id)? {
                None => Said::none("The election is not counted yet."),
                Some(result) => {
                    let mut problems = Vec::new();
                    let turnout = &status.turnout;
                    if result.ballots != result.ballots_counted + result.ballots_replaced + result.ballots_excluded {
                        problems
                            .push("Counted, replaced and excluded ballots do not add up to all ballots.".to_owned());
                    }
                    if (result.ballots, result.voters) != (turnout.ballots, turnout.voters) {
                        problems.push("The result names other figures than the ballots give now.".to_owned());
                    }
                    told(
                        problems,
                        "Counted, replaced and excluded ballots add up, and agree with the ballots as they are.",
                    )
                }
            },
            "check.recount" => match (self.election_result(id)?, key) {
                (None, _) => Said::none("The election is not counted yet."),
                (Some(_), None) => Said::none("The order that cuts ties is sealed; give the passphrase of the case."),
                (Some(result), Some(key)) => {
                    let again = self.count_again(id, key, &result.counted_at)?;
                    if again == result.sha256() {
                        Said::pass(format!("Counting the ballots again gives the same result, SHA-256 {again}."))
                    } else {
                        Said::fail("Counting the ballots again gives another result than the one that is kept.")
                    }
                }
            },
            "check.privacy_links" => {
                if !status.is_secret {
                    return Ok(Said::none("Ballots of this election are identified by its own rules."));
                }
                if !is_over {
                    return Ok(Said::pass(
                        "While voting runs, sealed links let a voter replace a ballot; closing destroys them.",
                    ));
                }
                let linked = elections.credentials(id)?.iter().filter(|credential| credential.link.is_some()).count();
                let is_scrubbed = !self.own_elections()?.iter().any(|one| one.id == id && one.is_scrubbing);
                if linked == 0 && is_scrubbed {
                    Said::pass("No link between voter and ballot is left, and the file was searched for it.")
                } else {
                    Said::fail(format!(
                        "{linked} credentials still name their voter, or closing has not finished destroying."
                    ))
                }
            }
            _ => Said::none("This check looks at imported evidence."),
        })
    }
}

fn told(problems: Vec<String>, well: &str) -> Said {
    if problems.is_empty() { Said::pass(well) } else { Said::fail(problems.join(" ")) }
}

fn chain_ends(chain: &BallotChain) -> Vec<String> {
    if chain.is_whole {
        return Vec::new();
    }
    vec![format!(
        "The chain ends after {} ballots and does not hold all that the election and the ledger tell of.",
        chain.ballots
    )]
}

fn sha256_of(text: &str) -> String {
    use sha2::Digest as _;
    domain::digest::encode_hex(&sha2::Sha256::digest(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_more_than_five_in_a_minute_and_far_above_the_others() {
        let at = |minute: i64| Instant { micros: minute * MINUTE };
        let steady: Vec<Instant> = (0..60).map(at).collect();
        assert!(!is_burst(&steady));
        let mut burst = steady.clone();
        burst.extend(std::iter::repeat_n(at(30), 5));
        assert!(is_burst(&burst), "six in a minute where every other has one: no spread at all");
        let mut five = steady;
        five.extend(std::iter::repeat_n(at(30), 4));
        assert!(!is_burst(&five), "five are not more than five");
        // 59 others alternate 0 and 8: mean about 4, deviation about 4, so the line lies near 20.
        let wavy: Vec<Instant> =
            (0..60).filter(|minute| minute % 2 == 0).flat_map(|minute| std::iter::repeat_n(at(minute), 8)).collect();
        let with = |more: usize| wavy.iter().copied().chain(std::iter::repeat_n(at(61), more)).collect::<Vec<_>>();
        assert!(!is_burst(&with(19)));
        assert!(is_burst(&with(22)));
        assert_eq!(fullest(&wavy, HOUR), (240, Some(at(0))));
    }
}
