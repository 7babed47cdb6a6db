//! Tables of an Electra election for reports and the window: tokens, sealed votes, delivered files, breaks of the log. None of
//! them ties a voter to a vote.

use domain::report::ReportTable;
use importers::electra::rows::{ExportRecord, Time};

use super::keys::Signed;
use super::log::Log;
use super::tokens::{CheckedToken, TokenState};
use super::votes::CheckedVote;

/// Rows of one table; all rows stand in the case.
const ROWS: usize = 10_000;

fn table(name: &str, title: &str, note: &str, columns: &[&str], all: usize, rows: Vec<Vec<String>>) -> ReportTable {
    let more = all.saturating_sub(rows.len());
    let note = match more {
        0 => note.to_owned(),
        _ => format!("{note} {more} more rows stand in the case.").trim_start().to_owned(),
    };
    ReportTable {
        name: name.to_owned(),
        title: title.to_owned(),
        note,
        columns: columns.iter().map(|column| (*column).to_owned()).collect(),
        rows,
    }
}

fn shown(time: &Time) -> String {
    time.instant.map_or_else(|| time.text.clone(), |instant| plain(&instant.to_display()))
}

/// The columns say that times are UTC.
fn plain(time: &str) -> String {
    time.trim_end_matches(" UTC").to_owned()
}

fn token_word(state: &TokenState) -> String {
    match state {
        TokenState::Valid => "valid".to_owned(),
        TokenState::Restored => "valid, cut microseconds restored".to_owned(),
        TokenState::Drifted { micros } => format!("valid, signed {micros} \u{b5}s before the stored time"),
        TokenState::ExpiryAltered { signed } => format!("another expiry was signed: {}", signed.to_display()),
        TokenState::OtherText => "made over another text".to_owned(),
        TokenState::Foreign => "made with none of the keys".to_owned(),
        TokenState::NotSearched => "cannot tell, the search was cut short".to_owned(),
        TokenState::Unsigned => "none".to_owned(),
        TokenState::Unchecked => "not checked, no key was given".to_owned(),
    }
}

fn signed_word(signed: &Signed) -> &'static str {
    match signed {
        Signed::Valid(_) => "valid",
        Signed::OtherText(..) => "made over another text",
        Signed::Foreign => "made with none of the keys",
        Signed::Unsigned => "none",
        Signed::Unchecked => "not checked, no key was given",
    }
}

/// Tokens with their state and signature.
pub(super) fn tokens(tokens: &[&CheckedToken]) -> ReportTable {
    let row = |checked: &&CheckedToken| {
        let token = &checked.token;
        vec![
            token.id.clone(),
            token.status.clone(),
            shown(&token.issued_at),
            shown(&token.expires_at),
            token_word(&checked.state),
        ]
    };
    let rows = tokens.iter().take(ROWS).map(row).collect();
    let columns = ["Token", "Status", "Issued at (UTC)", "Expires at (UTC)", "Signature"];
    table("tokens", "Ballot tokens", "The status stands outside the signature.", &columns, tokens.len(), rows)
}

/// Sealed votes with their signature and whether a token stands behind them.
pub(super) fn votes(votes: &[&CheckedVote], has_tokens: bool) -> ReportTable {
    let row = |checked: &&CheckedVote| {
        let vote = &checked.vote;
        let token = match (checked.token(), has_tokens) {
            (Some(_), _) => "one token, by both derivations",
            (None, false) => "no token table in the export",
            (None, true) if checked.by_vote_token.is_some() || checked.by_token_hash.is_some() => {
                "only one derivation fits"
            }
            (None, true) => "none",
        };
        vec![
            vote.id.clone(),
            vote.status.clone(),
            shown(&vote.submitted_at),
            signed_word(&checked.signed).to_owned(),
            token.to_owned(),
        ]
    };
    let rows = votes.iter().take(ROWS).map(row).collect();
    let note = "Choices are sealed with keys that the server does not hold. Status and time stand outside the signature. Which token it is \
                is not printed.";
    let columns = ["Vote", "Status", "Submitted at (UTC)", "Signature", "Token behind it"];
    table("sealed_votes", "Sealed votes", note, &columns, votes.len(), rows)
}

/// Records of delivered analytics files.
pub(super) fn exports(records: &[ExportRecord]) -> ReportTable {
    let row = |record: &ExportRecord| {
        vec![
            record.filename.clone(),
            record.export_type.clone(),
            shown(&record.created_at),
            record.file_size.map(|size| size.to_string()).unwrap_or_default(),
            record.content_hash.clone(),
        ]
    };
    let rows = records.iter().take(ROWS).map(row).collect();
    let columns = ["File", "Kind", "Delivered at (UTC)", "Bytes#", "SHA-256"];
    let note = "Of the whole installation. The findings tell which files and records do not fit.";
    table("delivered_files", "Delivered analytics files", note, &columns, records.len(), rows)
}

/// Entries of the audit log that speak of an election.
pub(super) fn entries(log: &Log, election_id: &str) -> ReportTable {
    let of_election = log.entries.iter().filter(|checked| checked.entry.election_id.as_deref() == Some(election_id));
    let all = of_election.clone().count();
    let rows = of_election.take(ROWS).map(|checked| {
        let entry = &checked.entry;
        vec![
            entry.chain_position.to_string(),
            checked.time.map_or_else(|| shown(&entry.timestamp), |time| plain(&time.to_display())),
            entry.action_type.clone(),
            entry.outcome.clone(),
            if checked.hash_fits { "fits" } else { "does not fit" }.to_owned(),
            signed_word(&checked.signed).to_owned(),
        ]
    });
    let columns = ["Position#", "At (UTC)", "What", "Outcome", "Hash", "Signature"];
    let note = "Entries that name this election. The chain runs over all entries of the installation.";
    table("log_entries", "Entries of the signed log", note, &columns, all, rows.collect())
}
