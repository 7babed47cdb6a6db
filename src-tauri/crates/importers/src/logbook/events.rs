//! What The Logbook's audit entries say: the event's content as facts, and the severity and category that each event type
//! carries.

use domain::{AuditRecord, Instant};

use crate::json::Json;

/// Category of every event of the election module.
pub const CATEGORY: &str = "elections";

/// What an entry says, as far as the checks use it.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// An election was created.
    Created { title: Option<String>, method: Option<String>, is_anonymous: Option<bool> },
    /// Fields of an election were changed.
    Updated { fields: Vec<String> },
    /// Voting was opened.
    Opened { candidates: Option<i64>, roll: Option<i64>, was_start_moved: bool },
    /// Voting was closed.
    Closed,
    /// The state was rolled back.
    RolledBack { from: Option<String>, to: Option<String>, reason: Option<String> },
    /// A candidate was put on the ballot or deleted from it.
    CandidateCreated { id: String, name: Option<String>, position: Option<String> },
    /// A member was nominated; the name follows from the member.
    CandidateNominated { id: String, position: Option<String> },
    /// A candidate's fields were changed.
    CandidateUpdated { id: String, name: Option<String>, fields: Vec<String> },
    /// A candidate was removed.
    CandidateDeleted { id: String },
    /// Write-ins were merged.
    WriteInsMerged { target: String, merged: Vec<String> },
    /// One vote was cast.
    VoteCast { vote_id: String, by_token: bool, position: Option<String> },
    /// A ballot with several votes was cast by token; the votes are not named.
    BallotSubmitted { votes: i64 },
    /// A second vote was refused.
    SecondVoteRefused,
    /// A vote was excluded.
    VoteExcluded { vote_id: String, reason: Option<String> },
    /// Paper votes were recorded.
    PaperRecorded { batch_id: String, total: Option<i64>, breakdown: Vec<(String, i64)>, required: Option<i64> },
    /// A paper batch was attested.
    PaperAttested { batch_id: String, is_confirmed: bool },
    /// A paper batch was voided.
    PaperVoided { batch_id: String },
    /// The members of a ballot mailing.
    BallotsMailed { recipients: Option<i64> },
    /// A reminder went out.
    Reminded,
    /// An integrity check or report was run.
    CheckRun,
    /// A member was allowed to vote by override.
    OverrideGranted,
    /// A proxy was authorized.
    ProxyGranted,
    /// Anything else.
    Other,
}

/// Reads an entry's content.
pub fn event(entry: &AuditRecord) -> Event {
    event_of(entry, entry.event_data.as_deref().and_then(data_of).as_ref())
}

/// [`event`] with the content read already.
pub fn event_of(entry: &AuditRecord, data: Option<&Json>) -> Event {
    let Some(data) = data else { return Event::Other };
    let text = |name: &str| data.get(name).and_then(Json::as_text).map(str::to_owned);
    let integer = |name: &str| data.get(name).and_then(Json::as_integer);
    let texts = |name: &str| -> Vec<String> {
        let items = data.get(name).and_then(Json::as_array).unwrap_or(&[]);
        items.iter().filter_map(|item| item.as_text().map(str::to_owned)).collect()
    };
    match entry.event_type.as_str() {
        "election_created" => Event::Created {
            title: text("title"),
            method: text("voting_method"),
            is_anonymous: data.get("anonymous").and_then(Json::as_bool),
        },
        "election_updated" => Event::Updated { fields: texts("updated_fields") },
        "election_opened" | "election_auto_opened" => Event::Opened {
            candidates: integer("candidate_count"),
            roll: integer("roster_frozen_count"),
            was_start_moved: data.get("start_adjusted_to_open_time").and_then(Json::as_bool).unwrap_or(false),
        },
        "election_closed" | "election_auto_closed" => Event::Closed,
        "election_rollback" => {
            Event::RolledBack { from: text("from_status"), to: text("to_status"), reason: text("reason") }
        }
        "candidate_created" => match text("candidate_id") {
            Some(id) => Event::CandidateCreated { id, name: text("candidate_name"), position: text("position") },
            None => Event::Other,
        },
        "candidate_nominated" => match text("candidate_id") {
            Some(id) => Event::CandidateNominated { id, position: text("position") },
            None => Event::Other,
        },
        "candidate_updated" => match text("candidate_id") {
            Some(id) => Event::CandidateUpdated { id, name: text("candidate_name"), fields: texts("updated_fields") },
            None => Event::Other,
        },
        "candidate_deleted" | "nomination_declined" => match text("candidate_id") {
            Some(id) => Event::CandidateDeleted { id },
            None => Event::Other,
        },
        "election_write_ins_merged" => match text("target_candidate_id") {
            Some(target) => Event::WriteInsMerged { target, merged: texts("merged_candidate_ids") },
            None => Event::Other,
        },
        "vote_cast" | "vote_cast_token" | "proxy_vote_cast" => match text("vote_id") {
            Some(vote_id) => {
                Event::VoteCast { vote_id, by_token: entry.event_type == "vote_cast_token", position: text("position") }
            }
            None => Event::Other,
        },
        "ballot_submitted_token" => Event::BallotSubmitted { votes: integer("votes_cast").unwrap_or(0) },
        "vote_double_attempt" | "vote_double_attempt_token" | "proxy_vote_double_attempt" => Event::SecondVoteRefused,
        "vote_soft_deleted" => match text("vote_id") {
            Some(vote_id) => Event::VoteExcluded { vote_id, reason: text("reason") },
            None => Event::Other,
        },
        "election_manual_ballots_recorded" => match text("batch_id") {
            Some(batch_id) => {
                let lines = data.get("breakdown").and_then(Json::as_array).unwrap_or(&[]);
                let breakdown = lines
                    .iter()
                    .filter_map(|line| {
                        Some((line.get("candidate")?.as_text()?.to_owned(), line.get("count")?.as_integer()?))
                    })
                    .collect();
                Event::PaperRecorded {
                    batch_id,
                    total: integer("total"),
                    breakdown,
                    required: integer("required_attestations"),
                }
            }
            None => Event::Other,
        },
        "election_manual_ballots_attested" => match text("batch_id") {
            Some(batch_id) => Event::PaperAttested {
                batch_id,
                is_confirmed: data.get("confirmed").and_then(Json::as_bool).unwrap_or(false),
            },
            None => Event::Other,
        },
        "election_manual_ballots_voided" => match text("batch_id") {
            Some(batch_id) => Event::PaperVoided { batch_id },
            None => Event::Other,
        },
        "ballot_emails_sent" => Event::BallotsMailed { recipients: integer("recipients") },
        "election_reminder_sent" => Event::Reminded,
        "vote_integrity_check" | "forensics_report_generated" => Event::CheckRun,
        "voter_override_granted" | "bulk_voter_override_granted" => Event::OverrideGranted,
        "proxy_authorization_granted" => Event::ProxyGranted,
        _ => Event::Other,
    }
}

/// The content of an entry; JSON kept as text within JSON is opened.
pub fn data_of(text: &str) -> Option<Json> {
    opened(Json::parse(text)?)
}

/// A value, or the one that stands as text within it.
pub fn opened(value: Json) -> Option<Json> {
    match value {
        Json::Text(inner) => Json::parse(&inner),
        value => Some(value),
    }
}

/// The election that an entry names as its own (`election_id`).
pub fn election_of(data: Option<&Json>) -> Option<String> {
    data?.get("election_id").and_then(Json::as_text).map(str::to_owned)
}

/// When the entry was written.
pub fn time_of(entry: &AuditRecord) -> Option<Instant> {
    Instant::parse(entry.timestamp.as_deref()?)
}

/// Severities that an event of the election module may carry; empty for events of other modules.
pub fn expected_severities(entry: &AuditRecord, data: Option<&Json>) -> &'static [&'static str] {
    const INFO: &[&str] = &["info"];
    const WARNING: &[&str] = &["warning"];
    const CRITICAL: &[&str] = &["critical"];
    let says = |name: &str| data.and_then(|data| data.get(name)).and_then(Json::as_bool).unwrap_or(false);
    match entry.event_type.as_str() {
        "election_rollback"
        | "election_deleted"
        | "candidate_deleted"
        | "vote_double_attempt"
        | "vote_double_attempt_token"
        | "proxy_authorization_granted"
        | "proxy_vote_double_attempt"
        | "vote_soft_deleted"
        | "election_manual_ballots_voided"
        | "election_manual_ballots_unattested_at_close"
        | "election_tie_detected"
        | "voter_override_granted"
        | "bulk_voter_override_granted" => WARNING,
        "election_deleted_critical" => CRITICAL,
        "election_manual_ballots_recorded" => {
            if says("over_count_override") {
                WARNING
            } else {
                INFO
            }
        }
        "vote_integrity_check" => {
            let status = data.and_then(|data| data.get("integrity_status")).and_then(Json::as_text);
            if status == Some("PASS") { INFO } else { CRITICAL }
        }
        "election_created"
        | "election_updated"
        | "election_opened"
        | "election_auto_opened"
        | "election_auto_closed"
        | "nominations_auto_closed"
        | "election_closed"
        | "election_cloned"
        | "election_settings_updated"
        | "ballot_template_created"
        | "ballot_template_deleted"
        | "candidate_created"
        | "candidate_updated"
        | "nominations_opened"
        | "nominations_closed"
        | "candidate_nominated"
        | "nomination_accepted"
        | "nomination_declined"
        | "vote_cast"
        | "vote_cast_token"
        | "ballot_submitted_token"
        | "proxy_authorization_revoked"
        | "proxy_vote_cast"
        | "forensics_report_generated"
        | "ballot_emails_sent"
        | "election_reminder_sent"
        | "election_manual_ballots_attested"
        | "runoff_election_created"
        | "election_write_ins_merged"
        | "election_package_result_synced"
        | "meeting_attendee_checked_in"
        | "meeting_attendee_removed"
        | "meeting_attendees_imported"
        | "voter_override_removed"
        | "printable_ballot_downloaded"
        | "certified_results_downloaded"
        | "pre_meeting_package_downloaded"
        | "pre_meeting_package_sent" => INFO,
        _ => &[],
    }
}
