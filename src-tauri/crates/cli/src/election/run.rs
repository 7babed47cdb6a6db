//! What each election command does: sign in, one use case, the answer.

use std::collections::BTreeMap;
use std::io::BufRead;
use std::path::Path;

use serde::Deserialize;
use serde_json::{Value, json};
use workflow::domain::Instant;
use workflow::domain::election::setup::{CandidateSetup, ContestSetup};
use workflow::domain::election::{Choices, Role, Setup, Standing};
use workflow::election::{
    Batch, CONTEST_METHODS, CloseRequest, Closed, PaperBallots, Passphrase, PublicForm, RollColumns, read_json_as,
    read_roll,
};
use workflow::{Case, Error};

use super::acting::{Office, Passphrases};
use super::arguments::{
    Acting, ActingOn, AnswerName, ElectionCommand, FormName, Looking, NoticeCommand, PaperCommand, RoleName,
};
use crate::run::{CONTRADICTED, DONE, REFUSED, UNREADABLE, answer, say, tell};

/// A ballot of a file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cast {
    credential: String,
    choices: Choices,
}

fn role(name: RoleName) -> Role {
    match name {
        RoleName::Administrator => Role::Administrator,
        RoleName::Clerk => Role::Clerk,
        RoleName::Auditor => Role::Auditor,
        RoleName::Witness => Role::Witness,
    }
}

fn instant(text: &str) -> Result<Instant, Error> {
    Instant::parse(text).ok_or_else(|| Error::Refused {
        message: format!("`{text}` is no time; write it as 2026-11-21T18:00:00+01:00"),
    })
}

/// An example to begin with: two contests, everything that can be said.
fn example() -> Setup {
    let candidate =
        |id: &str, name: &str| CandidateSetup { id: id.into(), name: name.into(), ..CandidateSetup::default() };
    Setup {
        title: "Board election".into(),
        description: "The board for the next two years".into(),
        time_zone: "Europe/Vienna".into(),
        ends_at: Instant::parse("2027-01-31T18:00:00+01:00"),
        contact: "the office, +00 0000 000".into(),
        place: "the hall, 10:00 to 18:00".into(),
        leadership: vec!["board@example.org".into()],
        contests: vec![
            ContestSetup {
                id: "chair".into(),
                title: "Chair".into(),
                seats: 1,
                method: "plurality".into(),
                candidates: vec![candidate("ash", "Ash"), candidate("birch", "Birch")],
                ..ContestSetup::default()
            },
            ContestSetup {
                id: "board".into(),
                title: "Three board members".into(),
                seats: 3,
                method: "scotland".into(),
                candidates: vec![
                    candidate("cedar", "Cedar"),
                    candidate("elm", "Elm"),
                    candidate("fir", "Fir"),
                    candidate("hazel", "Hazel"),
                ],
                ..ContestSetup::default()
            },
        ],
        ..Setup::default()
    }
}

/// One document, or lines for people.
fn told(is_json: bool, value: &Value, lines: &str) -> u8 {
    if is_json {
        answer(value);
    } else {
        tell(lines);
    }
    DONE
}

pub(crate) fn run(command: ElectionCommand) -> Result<u8, Error> {
    use ElectionCommand as C;
    match command {
        C::Account { acting, name, role: wanted, off } => account(&acting, name.as_deref(), role(wanted), !off),
        C::List { case, json } => {
            let elections = Case::open(&case)?.own_elections()?;
            let lines: Vec<String> =
                elections.iter().map(|one| format!("{}  {}  {}", one.id, one.phase.word(), one.title)).collect();
            Ok(told(json, &json!({"elections": elections}), &lines.join("\n")))
        }
        C::Template => {
            answer(&json!(example()));
            Ok(DONE)
        }
        C::Methods => {
            for (name, title) in workflow::rules().into_iter().filter(|(name, _)| CONTEST_METHODS.contains(name)) {
                tell(&format!("{name:22} {title}"));
            }
            Ok(DONE)
        }
        C::New { acting, title, setup } => {
            let setup = match (setup, title) {
                (Some(path), title) => {
                    let setup: Setup = read_json_as(&path, "description of an election")?;
                    Setup { title: title.unwrap_or(setup.title.clone()), ..setup }
                }
                (None, title) => Setup { title: title.unwrap_or_default(), ..Setup::default() },
            };
            let mut office = Office::open(&acting)?;
            let id = office.case.new_election(&office.person(), setup)?;
            Ok(told(acting.json, &json!({"election_id": id}), &id))
        }
        C::Set { on, setup } => {
            let setup: Setup = read_json_as(&setup, "description of an election")?;
            let mut office = Office::open(&on.acting)?;
            let changed = office.case.set_election(&office.person(), &on.election, setup)?;
            Ok(told(on.acting.json, &json!({"updated_fields": changed}), &format!("Changed: {}", changed.join(", "))))
        }
        C::Setup(look) => {
            answer(&json!(Case::open(&look.case)?.election_setup(&look.election)?));
            Ok(DONE)
        }
        C::Roll { on, csv, columns, dry_run } => roll(&on, &csv, &columns, dry_run),
        C::Check(look) => check(&look),
        C::Nominations { on, end } => {
            let mut office = Office::open(&on.acting)?;
            office.case.nominations(&office.person(), &on.election, !end)?;
            let text = if end { "Nominations are closed." } else { "Nominations are open." };
            Ok(told(on.acting.json, &json!({"message": text}), text))
        }
        C::Nominate { on, contest, id, name, voter, by } => {
            let mut office = Office::open(&on.acting)?;
            let candidate = CandidateSetup { id, name, voter, nominated_by: by, ..CandidateSetup::default() };
            let text = format!("{} is named for {contest}.", candidate.name);
            office.case.nominate(&office.person(), &on.election, &contest, candidate)?;
            Ok(told(on.acting.json, &json!({"message": text}), &text))
        }
        C::Answer { on, candidate, answer: given } => {
            let mut office = Office::open(&on.acting)?;
            let standing = match given {
                AnswerName::Accepted => Standing::Accepted,
                AnswerName::Declined => Standing::Declined,
                AnswerName::Withdrawn => Standing::Withdrawn,
            };
            office.case.answer_nomination(&office.person(), &on.election, &candidate, standing)?;
            let text = format!("The answer of {candidate} is recorded.");
            Ok(told(on.acting.json, &json!({"message": text}), &text))
        }
        C::Proxy { on, voter, proxy, reason, revoke } => {
            let mut office = Office::open(&on.acting)?;
            let person = office.person();
            let (number, text) = match revoke {
                Some(number) => {
                    office.case.revoke_proxy(&person, &on.election, number)?;
                    (number, format!("Proxy {number} is revoked."))
                }
                None => {
                    let [voter, proxy, reason] = [voter, proxy, reason].map(Option::unwrap_or_default);
                    let number = office.case.grant_proxy(&person, &on.election, &voter, &proxy, &reason)?;
                    (number, format!("Proxy {number}: {proxy} votes for {voter}."))
                }
            };
            Ok(told(on.acting.json, &json!({"proxy": number, "message": text}), &text))
        }
        C::Open(on) => {
            let mut office = Office::open(&on.acting)?;
            let key = office.key()?;
            let credentials = office.case.open_election(&office.by, &key, &on.election)?;
            let text = format!(
                "The election is open. {credentials} credentials were issued; print them with `election letters`."
            );
            Ok(told(on.acting.json, &json!({"credentials": credentials, "message": text}), &text))
        }
        C::Letters { on, pdf, csv, eml } => {
            let mut office = Office::open(&on.acting)?;
            let key = office.key()?;
            let person = office.person();
            let targets = workflow::election::LetterTargets { pdf, csv, eml };
            let (letters, written) = office.case.write_letters(&person, &key, &on.election, &targets)?;
            let names: Vec<String> = written.iter().map(|path| path.display().to_string()).collect();
            let text = format!("{letters} letters. Written: {}", names.join(", "));
            Ok(told(on.acting.json, &json!({"letters": letters, "files": names}), &text))
        }
        C::Reissue { on, voter } => {
            let mut office = Office::open(&on.acting)?;
            let key = office.key()?;
            let letter = office.case.reissue_credential(&office.person(), &key, &on.election, &voter)?;
            let value = json!({"voter": letter.voter.voter, "credential": letter.code.as_str()});
            Ok(told(
                on.acting.json,
                &value,
                &format!("New credential of {}: {}", letter.voter.name, letter.code.as_str()),
            ))
        }
        C::Cast { on, ballots } => cast(&on, &ballots),
        C::Paper { command } => paper(command),
        C::Extend { on, end, reason } => {
            let end = instant(&end)?;
            let mut office = Office::open(&on.acting)?;
            let extension = office.case.extend_election(&office.by, &on.election, end, &reason)?;
            let text = format!("Voting now ends {}.", extension.to.to_display());
            Ok(told(on.acting.json, &json!({"from": extension.from, "to": extension.to, "message": text}), &text))
        }
        C::ExcludeVote { on, vote, reason } => {
            let mut office = Office::open(&on.acting)?;
            let vote_id = office.case.exclude_vote(&office.by, &on.election, &vote, &reason)?;
            let text = "The vote is excluded from the count; it is kept and shown in every report. Leadership must be told: the notice lies in the outbox.";
            Ok(told(on.acting.json, &json!({"message": text, "vote_id": vote_id}), text))
        }
        C::MergeWriteIns { on, contest, name, into } => {
            let mut office = Office::open(&on.acting)?;
            office.case.merge_write_ins(&office.person(), &on.election, &contest, &name, &into)?;
            let text = format!("{name} now counts for {into}.");
            Ok(told(on.acting.json, &json!({"message": text}), &text))
        }
        C::Integrity(on) => {
            let mut office = Office::open(&on.acting)?;
            let key = office.key()?;
            let found = office.case.check_election(&office.person(), &key, &on.election)?;
            let text = format!(
                "{} ballots, {} with a signature that fits; chain {}; {}",
                found.total_votes,
                found.valid_signatures,
                if found.chain_verified { "unbroken" } else { "broken" },
                found.integrity_status
            );
            told(on.acting.json, &json!(found), &text);
            Ok(if found.integrity_status == "PASS" { DONE } else { CONTRADICTED })
        }
        C::Forensics(on) => {
            let mut office = Office::open(&on.acting)?;
            let key = office.key()?;
            let report = office.case.election_forensics(&office.person(), &key, &on.election)?;
            answer(&json!(report));
            Ok(if report.integrity.integrity_status == "PASS" { DONE } else { CONTRADICTED })
        }
        C::PreClose { look, pdf } => {
            if let Some(pdf) = pdf {
                Case::open(&look.case)?.print_pre_close(&look.election, &pdf)?;
            }
            pre_close(&look)
        }
        C::Close { on, confirm, early_reason, count } => {
            let mut office = Office::open(&on.acting)?;
            let key = office.key()?;
            let title = office.case.election_setup(&on.election)?.title;
            let request = CloseRequest { confirm, early_reason, count_now: count, by_clock: false };
            let closed = office.case.close_election(&office.by, &key, &on.election, &request)?;
            Ok(closing(on.acting.json, &closed, &title, &office.case, &on.election)?)
        }
        C::Count(on) => {
            let mut office = Office::open(&on.acting)?;
            let key = office.key()?;
            let result = office.case.count_election(&office.by, &key, &on.election)?;
            Ok(told(on.acting.json, &json!(result), &result_lines(&json!(result))))
        }
        C::Result { look, pdf, csv } => {
            let mut case = Case::open(&look.case)?;
            let Some(result) = case.election_result(&look.election)? else {
                return Err(Error::Refused { message: "this election is not counted yet; count it first".into() });
            };
            if pdf.is_some() || csv.is_some() {
                case.print_result(&look.election, pdf.as_deref(), csv.as_deref())?;
            }
            Ok(told(look.json, &json!(result), &result_lines(&json!(result))))
        }
        C::Ballot { look, pdf } => {
            Case::open(&look.case)?.print_ballot(&look.election, &pdf)?;
            let shown = pdf.display().to_string();
            Ok(told(look.json, &json!({"file": shown}), &shown))
        }
        C::Certify { on, pdf } => {
            let mut office = Office::open(&on.acting)?;
            let key = office.key()?;
            let certificate = office.case.certify_election(&office.by, &key, &on.election)?;
            if let Some(pdf) = pdf {
                office.case.print_certificate(&on.election, &pdf)?;
            }
            let names: Vec<&str> = certificate.signed_by.iter().map(|(name, _)| name.as_str()).collect();
            let text = format!("Certified by {}. Result {}", names.join(" and "), certificate.result_sha256);
            Ok(told(on.acting.json, &json!(certificate), &text))
        }
        C::RevealKey(on) => {
            let mut office = Office::open(&on.acting)?;
            let key = office.key()?;
            let revealed = office.case.reveal_key(&office.by, &key, &on.election)?;
            let text = "The signing key is public from now on; it goes out with the public files.";
            Ok(told(on.acting.json, &json!({"message": text, "signing_key": revealed}), text))
        }
        C::PrivacyGuard(look) => {
            let guard = Case::open(&look.case)?.privacy_guard(&look.election)?;
            let mut lines: Vec<String> = guard.risks.iter().map(|risk| risk.text.clone()).collect();
            lines.push(match guard.advised {
                PublicForm::Full => "Every ballot can be published with its choices.".into(),
                PublicForm::Sealed => "Advised: the sealed form, codes and choices apart.".into(),
            });
            Ok(told(look.json, &json!(guard), &lines.join("\n")))
        }
        C::Publish { on, out, form, accept_risks } => {
            let mut office = Office::open(&on.acting)?;
            let form = form.map(|form| match form {
                FormName::Full => PublicForm::Full,
                FormName::Sealed => PublicForm::Sealed,
            });
            let published = office.case.publish_election(&office.by, &on.election, &out, form, accept_risks)?;
            let names: Vec<String> = published.files.iter().map(|path| path.display().to_string()).collect();
            let value = json!({"form": published.form, "files": names, "sha256sums": published.digest});
            Ok(told(
                on.acting.json,
                &value,
                &format!("Published into {}. SHA256SUMS {}", out.display(), published.digest),
            ))
        }
        C::RollBack { on, reason, end } => {
            let end = end.as_deref().map(instant).transpose()?;
            let mut office = Office::open(&on.acting)?;
            let phase = office.case.roll_back_election(&office.by, &on.election, &reason, end)?;
            let text = format!(
                "The election is set back to {}. Leadership must be told: the notice lies in the outbox.",
                phase.word()
            );
            Ok(told(on.acting.json, &json!({"phase": phase, "message": text}), &text))
        }
        C::Cancel { on, reason } => {
            let mut office = Office::open(&on.acting)?;
            let key = office.key()?;
            office.case.cancel_election(&office.by, &key, &on.election, &reason)?;
            let text = "The election is cancelled. Its ballots stay in the case.";
            Ok(told(on.acting.json, &json!({"message": text}), text))
        }
        C::Delete(on) => {
            let mut office = Office::open(&on.acting)?;
            office.case.delete_election(&office.person(), &on.election)?;
            let text = "The draft is deleted; that there was one stays in the ledger.";
            Ok(told(on.acting.json, &json!({"message": text}), text))
        }
        C::Clone { on, title } => {
            let mut office = Office::open(&on.acting)?;
            let id = office.case.clone_election(&office.person(), &on.election, title.as_deref())?;
            Ok(told(on.acting.json, &json!({"election_id": id}), &id))
        }
        C::Notice { command } => notice(command),
        C::Status(look) => status(&look),
        C::Advance { acting, dry_run } => advance(&acting, dry_run),
    }
}

fn account(acting: &Acting, name: Option<&str>, role: Role, is_active: bool) -> Result<u8, Error> {
    let passphrases = Passphrases::of(acting)?;
    let mut case = Case::open(&acting.case)?;
    if case.accounts()?.is_empty() {
        let own = passphrases.get(&acting.person, &acting.person)?;
        let person = case.found_office(&acting.person, &own, &passphrases.of_case()?)?;
        let text = format!("{} is the first administrator of this case.", person.name());
        return Ok(told(acting.json, &json!({"name": person.name(), "role": "administrator"}), &text));
    }
    let by = case.sign_in(&acting.person, &passphrases.get(&acting.person, &acting.person)?)?;
    let Some(name) = name else {
        return Err(Error::Refused {
            message: "say whose account it is with --name; the first one is there already".into(),
        });
    };
    let passphrase: Option<Passphrase> = if is_active { Some(passphrases.get(name, name)?) } else { None };
    case.put_account(&by, name, role, passphrase.as_ref(), is_active)?;
    let text = format!("{name} has the role {}.", role.word());
    Ok(told(acting.json, &json!({"name": name, "role": role, "active": is_active}), &text))
}

fn roll(on: &ActingOn, csv: &Path, columns: &[String], is_dry_run: bool) -> Result<u8, Error> {
    let mut chosen = RollColumns::default();
    for column in columns {
        let (what, name) = column.split_once('=').unwrap_or((column, ""));
        let field = match what {
            "voter" => &mut chosen.voter,
            "name" => &mut chosen.name,
            "email" => &mut chosen.email,
            "address" => &mut chosen.address,
            "weight" => &mut chosen.weight,
            "groups" => &mut chosen.groups,
            _ => {
                let message = format!(
                    "`{column}` says no column; write voter=, name=, email=, address=, weight= or groups= and a column"
                );
                return Err(Error::Refused { message });
            }
        };
        *field = Some(name.to_owned());
    }
    let (entries, problems) = read_roll(csv, &chosen)?;
    let votes: u64 = entries.iter().map(|entry| entry.weight).sum();
    for problem in &problems {
        say(&format!("{}, row {}, column {}: {}", csv.display(), problem.row, problem.column, problem.reason));
    }
    let listed: Vec<Value> = problems
        .iter()
        .map(|problem| json!({"row": problem.row, "column": problem.column, "reason": problem.reason}))
        .collect();
    let value = json!({"voters": entries.len(), "votes": votes, "problems": listed, "imported": problems.is_empty() && !is_dry_run});
    if !problems.is_empty() {
        if on.acting.json {
            answer(&value);
        }
        say(&format!("{} problems; nothing was brought in. Correct the rows and try again.", problems.len()));
        return Ok(UNREADABLE);
    }
    if !is_dry_run {
        let mut office = Office::open(&on.acting)?;
        office.case.put_roll(&office.person(), &on.election, &entries)?;
    }
    let text = if is_dry_run { "would come onto the roll" } else { "are on the roll" };
    Ok(told(on.acting.json, &value, &format!("{} voters with {votes} votes {text}.", entries.len())))
}

fn check(look: &Looking) -> Result<u8, Error> {
    let missing = Case::open(&look.case)?.missing_before_opening(&look.election)?;
    let is_ready = !missing.iter().any(|missing| missing.is_blocking);
    let mut lines: Vec<String> = missing
        .iter()
        .map(|missing| {
            format!("{}{}: {}", if missing.is_blocking { "Missing. " } else { "" }, missing.place, missing.text)
        })
        .collect();
    lines.push(if is_ready { "The election can open.".into() } else { "The election cannot open yet.".into() });
    told(look.json, &json!({"ready": is_ready, "missing": missing}), &lines.join("\n"));
    Ok(if is_ready { DONE } else { REFUSED })
}

fn cast(on: &ActingOn, path: &Path) -> Result<u8, Error> {
    let shown = path.display().to_string();
    let failed = |row: u64, reason: String| Error::Input {
        path: shown.clone(),
        row,
        column: String::new(),
        message: format!("{shown}, line {row}: {reason}"),
    };
    let text = if path == Path::new("-") {
        std::io::read_to_string(std::io::stdin().lock())
    } else {
        std::fs::read_to_string(path)
    };
    let text = zeroize::Zeroizing::new(text.map_err(|error| failed(0, error.to_string()))?);
    // All ballots are read before the first is cast.
    let mut ballots: Vec<(u64, Cast)> = Vec::new();
    for (line, row) in text.as_bytes().lines().zip(1..) {
        let line = line.map_err(|error| failed(row, error.to_string()))?;
        if !line.trim().is_empty() {
            let ballot =
                serde_json::from_str(&line).map_err(|error| failed(row, format!("this is no ballot: {error}")))?;
            ballots.push((row, ballot));
        }
    }
    let mut office = Office::open(&on.acting)?;
    let key = office.key()?;
    let mut booth = office.case.open_booth(&office.person(), &key, &on.election)?;
    let (mut receipts, mut refused) = (Vec::new(), 0u64);
    for (row, ballot) in &ballots {
        match office.case.cast(&mut booth, &ballot.credential, &ballot.choices) {
            Ok(receipt) => {
                if !on.acting.json {
                    tell(&format!("{}  ballot {}  nonce {}", receipt.ballot_hash, receipt.position, receipt.nonce));
                }
                receipts.push(json!(receipt));
            }
            Err(error @ Error::Refused { .. }) => {
                refused += 1;
                say(&format!("{shown}, line {row}: {error}"));
                receipts.push(json!({"line": row, "refused": error.to_string()}));
            }
            Err(error) => return Err(error),
        }
    }
    if on.acting.json {
        answer(&json!({"receipts": receipts, "cast": ballots.len() as u64 - refused, "refused": refused}));
    }
    Ok(if refused > 0 { REFUSED } else { DONE })
}

fn batch_value(batch: &Batch) -> Value {
    let differences: Vec<Value> = batch
        .differences
        .iter()
        .map(|(choices, first, second)| json!({"choices": choices, "first": first, "second": second}))
        .collect();
    json!({
        "batch": batch.number,
        "label": batch.label,
        "state": batch.state,
        "ballots": batch.ballots,
        "entered_by": batch.entered_by,
        "attested_by": batch.attested_by,
        "attestations_needed": batch.attestations_needed,
        "differences": differences,
    })
}

fn batch_lines(batch: &Batch) -> String {
    let mut lines =
        vec![format!("{} (batch {}): {}, {} ballots", batch.label, batch.number, batch.state, batch.ballots)];
    for (choices, first, second) in &batch.differences {
        lines.push(format!("  {choices}: {first} in the first entry, {second} in the second"));
    }
    lines.join("\n")
}

fn paper(command: PaperCommand) -> Result<u8, Error> {
    match command {
        PaperCommand::HandOut { on, voter } => {
            let mut office = Office::open(&on.acting)?;
            let key = office.key()?;
            office.case.hand_out_paper(&office.person(), &key, &on.election, &voter)?;
            let text = format!("Voter {voter} votes on paper; the credential is withdrawn.");
            Ok(told(on.acting.json, &json!({"message": text}), &text))
        }
        PaperCommand::Enter { on, batch, label, ballots } => {
            let entry: Vec<PaperBallots> = read_json_as(&ballots, "list of paper ballots")?;
            let mut office = Office::open(&on.acting)?;
            let key = office.key()?;
            let batch = office.case.enter_paper(&office.by, &key, &on.election, batch, &label, &entry)?;
            Ok(told(on.acting.json, &batch_value(&batch), &batch_lines(&batch)))
        }
        PaperCommand::Attest { on, batch } => {
            let mut office = Office::open(&on.acting)?;
            let key = office.key()?;
            let batch = office.case.attest_paper(&office.person(), &key, &on.election, batch)?;
            Ok(told(on.acting.json, &batch_value(&batch), &batch_lines(&batch)))
        }
        PaperCommand::Void { on, batch, reason } => {
            let mut office = Office::open(&on.acting)?;
            office.case.void_paper(&office.by, &on.election, batch, &reason)?;
            let text = format!("Batch {batch} is voided.");
            Ok(told(on.acting.json, &json!({"message": text}), &text))
        }
        PaperCommand::List(look) => {
            let batches = Case::open(&look.case)?.paper_batches(&look.election)?;
            let values: Vec<Value> = batches.iter().map(batch_value).collect();
            let lines: Vec<String> = batches.iter().map(batch_lines).collect();
            Ok(told(look.json, &json!({"batches": values}), &lines.join("\n")))
        }
    }
}

fn pre_close(look: &Looking) -> Result<u8, Error> {
    let page = Case::open(&look.case)?.pre_close(&look.election)?;
    let time = |text: &str| Instant::parse(text).map(Instant::to_display).unwrap_or_default();
    let mut lines = vec![format!("{} ({})", page.title, page.election_id), format!("Now {}", time(&page.now))];
    if let Some(end) = &page.ends_at {
        let note = if page.is_early { ", which lies in the future: closing now ends voting early" } else { "" };
        lines.push(format!("Voting is to end {}{note}", time(end)));
    }
    let turnout = &page.turnout;
    lines.push(format!("{} of {} took part", turnout.voters, turnout.eligible_voters));
    if turnout.quorum_required > 0 {
        let word = if turnout.quorum_met { "met" } else { "not met" };
        lines.push(format!("Quorum of {}: {word}", turnout.quorum_required));
    }
    lines.extend(page.remarks.iter().chain(&page.incidents).cloned());
    if page.destroys.is_secret {
        lines.push(format!(
            "Closing destroys for good which of {} credentials belongs to whom, and the text of {} messages",
            page.destroys.credentials, page.destroys.messages
        ));
    }
    let value = json!({
        "election_id": page.election_id,
        "title": page.title,
        "now": page.now,
        "ends_at": page.ends_at,
        "is_early": page.is_early,
        "turnout": turnout,
        "remarks": page.remarks,
        "incidents": page.incidents,
        "early_end_notice": page.early_end_notice,
        "destroys": {"is_secret": page.destroys.is_secret, "credentials": page.destroys.credentials, "messages": page.destroys.messages},
    });
    Ok(told(look.json, &value, &lines.join("\n")))
}

/// After closing, the state is read again from the store.
fn closing(is_json: bool, closed: &Closed, title: &str, case: &Case, id: &str) -> Result<u8, Error> {
    let status = case.election_status(id)?;
    let scrubbed = closed.scrubbed();
    let text = closed.sentence(title);
    let outcome = match closed {
        Closed::Closed { .. } => "closed",
        Closed::ClosedAndCounted { .. } => "closed_and_counted",
        Closed::ClosedNotCounted { .. } => "closed_not_counted",
    };
    let mut value = json!({
        "outcome": outcome,
        "message": text,
        "phase": status.phase,
        "scrub": {"bytes_searched": scrubbed.bytes_searched, "searched_for": scrubbed.searched_for, "found": scrubbed.found},
    });
    let after = case.post_close(id)?;
    let events: Vec<_> = [&after.closed, &after.anonymized, &after.searched].into_iter().flatten().collect();
    value["post_close"] = events
        .iter()
        .map(|entry| json!({"event": entry.act, "at": entry.at, "ledger_number": entry.number, "ledger_hash": entry.hash.to_hex()}))
        .collect();
    let mut lines = vec![text];
    for entry in events {
        lines.push(format!("  {}: ledger entry {} of {}, {}", entry.act, entry.number, entry.at, entry.hash.to_hex()));
    }
    if scrubbed.searched_for > 0 {
        lines.push(format!(
            "{} bytes of the case were searched for {} secrets that were destroyed; {} were found.",
            scrubbed.bytes_searched, scrubbed.searched_for, scrubbed.found
        ));
    }
    if let Closed::ClosedAndCounted { result, .. } = closed {
        value["result"] = json!(result);
        lines.push(result_lines(&value["result"]));
    }
    if let Closed::ClosedNotCounted { error, .. } = closed {
        value["error"] = json!(error);
    }
    told(is_json, &value, &lines.join("\n"));
    Ok(if matches!(closed, Closed::ClosedNotCounted { .. }) { UNREADABLE } else { DONE })
}

fn result_lines(result: &Value) -> String {
    let mut lines = vec![format!(
        "{} of {} took part; {} ballots count.",
        result["voters"], result["eligible_voters"], result["ballots_counted"]
    )];
    for contest in result["contests"].as_array().into_iter().flatten() {
        let names: Vec<&str> =
            contest["elected_names"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let elected = if names.is_empty() { "nobody".to_owned() } else { names.join(", ") };
        lines.push(format!("{}: {elected}", contest["title"].as_str().unwrap_or_default()));
        for sentence in contest["sentences"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            lines.push(format!("  {sentence}"));
        }
    }
    lines.extend(result["remarks"].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned));
    lines.join("\n")
}

fn notice(command: NoticeCommand) -> Result<u8, Error> {
    match command {
        NoticeCommand::Prepare { on, template, values } => {
            let values: BTreeMap<String, String> = values
                .iter()
                .filter_map(|value| value.split_once('='))
                .map(|(name, text)| (name.to_owned(), text.to_owned()))
                .collect();
            let mut office = Office::open(&on.acting)?;
            let needs_key = matches!(template.as_str(), "voter-credential" | "voter-reminder");
            let key = if needs_key { Some(office.key()?) } else { None };
            let person = office.person();
            let id = office.case.prepare_notice(&person, key.as_ref(), &on.election, &template, &values)?;
            let text = format!(
                "Notice {id} lies in the outbox. Write it out, send it, and confirm it with `election notice confirm`."
            );
            Ok(told(on.acting.json, &json!({"notice": id, "message": text}), &text))
        }
        NoticeCommand::Write { on, notice, out } => {
            let mut office = Office::open(&on.acting)?;
            let is_secret = office
                .case
                .notices(&on.election)?
                .iter()
                .any(|known| known.id == notice && known.is_secret && known.has_text);
            let key = if is_secret { Some(office.key()?) } else { None };
            let written = office.case.write_notice(key.as_ref(), &on.election, notice, &out)?;
            let text = format!("{written} messages written into {}", out.display());
            Ok(told(on.acting.json, &json!({"messages": written}), &text))
        }
        NoticeCommand::Confirm { on, notice, sent, failed, skipped } => {
            let mut office = Office::open(&on.acting)?;
            office.case.confirm_notice(&office.person(), &on.election, notice, (sent, failed, skipped))?;
            let text = format!("Notice {notice} went out.");
            Ok(told(on.acting.json, &json!({"message": text}), &text))
        }
        NoticeCommand::List(look) => {
            let notices = Case::open(&look.case)?.notices(&look.election)?;
            let values: Vec<Value> = notices
                .iter()
                .map(|notice| {
                    json!({
                        "notice": notice.id,
                        "template": notice.template,
                        "audience": notice.audience,
                        "prepared_at": notice.prepared_at,
                        "recipients": notice.recipients,
                        "has_text": notice.has_text,
                        "sent_at": notice.sent_at,
                    })
                })
                .collect();
            let lines: Vec<String> = notices
                .iter()
                .map(|notice| {
                    let state = notice.sent_at.as_deref().map_or("not sent yet", |_| "sent");
                    format!("{}  {}  {} recipients, {state}", notice.id, notice.template, notice.recipients)
                })
                .collect();
            Ok(told(look.json, &json!({"notices": values}), &lines.join("\n")))
        }
    }
}

fn status(look: &Looking) -> Result<u8, Error> {
    let status = Case::open(&look.case)?.election_status(&look.election)?;
    let turnout = &status.turnout;
    let mut lines = vec![
        format!("{} ({}) is {}", status.title, status.election_id, status.phase.word()),
        format!(
            "{} of {} took part; {} ballots in the chain",
            turnout.voters, turnout.eligible_voters, turnout.ballots
        ),
    ];
    if let Some(end) = status.ends_at.as_deref().and_then(Instant::parse) {
        lines.push(format!("Voting ends {}", end.to_display()));
    }
    if turnout.quorum_required > 0 {
        let word = if turnout.quorum_met { "met" } else { "not met" };
        lines.push(format!("Quorum of {}: {word}", turnout.quorum_required));
    }
    lines.extend(status.remarks.iter().cloned());
    if status.leadership_not_yet_told {
        lines.push("Leadership not yet told: confirm the notice in the outbox once it went out.".into());
    }
    let possible: Vec<&str> = status.possible.iter().map(|act| act.verb()).collect();
    lines.push(format!("Possible now: {}", possible.join(", ")));
    Ok(told(look.json, &json!(status), &lines.join("\n")))
}

fn advance(acting: &Acting, is_dry_run: bool) -> Result<u8, Error> {
    if is_dry_run {
        let due = Case::open(&acting.case)?.due()?;
        let values: Vec<Value> = due
            .iter()
            .map(|(election, act)| json!({"election_id": election.id, "title": election.title, "act": act}))
            .collect();
        let mut lines: Vec<String> = due
            .iter()
            .map(|(election, act)| format!("Would {}: {} ({})", act.verb(), election.title, election.id))
            .collect();
        if lines.is_empty() {
            lines.push("Nothing is due.".into());
        }
        return Ok(told(acting.json, &json!({"dry_run": true, "due": values}), &lines.join("\n")));
    }
    let mut office = Office::open(acting)?;
    let key = office.key()?;
    let done = office.case.advance_elections(&office.by, &key)?;
    let (mut values, mut lines, mut code) = (Vec::new(), Vec::new(), DONE);
    for (election, outcome) in &done {
        match outcome {
            Ok(closed) => {
                let text = closed.sentence(&election.title);
                if matches!(closed, Closed::ClosedNotCounted { .. }) {
                    code = UNREADABLE;
                }
                values.push(json!({"election_id": election.id, "message": text}));
                lines.push(text);
            }
            Err(error) => {
                code = REFUSED;
                values.push(json!({"election_id": election.id, "error": error.to_string()}));
                say(&format!("{} ({}): {error}", election.title, election.id));
            }
        }
    }
    if done.is_empty() {
        lines.push("Nothing is due.".into());
    }
    told(acting.json, &json!({"dry_run": false, "done": values}), &lines.join("\n"));
    Ok(code)
}
