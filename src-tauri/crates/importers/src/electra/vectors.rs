//! Worked examples of the origin against our texts and hashes.

use domain::{FileId, Instant, Place, TableRow};
use serde_json::Value;

use super::rows::{Entry, ExportRecord, Line, Token, Vote};
use super::rules;
use crate::json::Json;

macro_rules! fixture {
    ($name:literal) => {
        include_str!(concat!("../../../../../tests/fixtures/electra/", $name))
    };
}

fn expected() -> Value {
    serde_json::from_str(fixture!("expected.json")).expect("JSON")
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_else(|| panic!("{name} is a text"))
}

/// Rows of a JSON array with values as the readers hand them on.
fn rows(file: &str) -> Vec<TableRow> {
    let Some(Json::Array(rows)) = Json::parse(file) else { panic!("an array") };
    rows.iter().map(row).collect()
}

fn row(json: &Json) -> TableRow {
    let Json::Object(members) = json else { panic!("an object") };
    let fields: Vec<(String, Option<String>)> = members
        .iter()
        .map(|(name, value)| {
            let value = match value {
                Json::Null => None,
                Json::Text(text) => Some(text.clone()),
                other => Some(other.canonical()),
            };
            (name.clone(), value)
        })
        .collect();
    let key = fields.iter().find(|(name, _)| name == "id").and_then(|(_, id)| id.clone()).expect("an id");
    TableRow { table: String::new(), place: Place { file: FileId(1), row: 1 }, key, fields }
}

#[test]
fn every_entry_has_the_preimage_and_hash_that_the_origin_wrote() {
    let entries: Vec<Entry> = rows(fixture!("audit/clean.json")).iter().filter_map(Entry::from_row).collect();
    assert_eq!(entries.len(), 201);
    for entry in &entries {
        let time = rules::signed_time(&entry.timestamp.text).expect("a time");
        assert_eq!(rules::content_text(entry).sha512(&time), entry.content_hash, "{}", entry.chain_position);
    }
    for example in expected()["audit_worked_examples"].as_array().expect("examples") {
        let position = example["chain_position"].as_i64().expect("a position");
        let entry = entries.iter().find(|entry| entry.chain_position == position).expect("the entry");
        let time = rules::signed_time(&entry.timestamp.text).expect("a time");
        assert_eq!(rules::content_text(entry).with(&time), text(example, "content_preimage"));
        assert_eq!(
            rules::entry_signature_text(position, &entry.content_hash, &time),
            text(example, "signature_message")
        );
    }
}

#[test]
fn the_token_and_vote_texts_are_those_of_the_worked_examples() {
    let expected = expected();
    let example = &expected["tokens"]["worked_example"];
    let tokens: Vec<Token> = rows(fixture!("tables/ballots_ballot_token.json")).iter().map(Token::from_row).collect();
    let token = tokens.iter().find(|token| token.id == text(example, "token_id")).expect("the token");
    let times = (token.expires_at.instant.expect("a time"), token.issued_at.instant.expect("a time"));
    let ours = rules::TokenText::of(token).with(times.0, times.1);
    assert_eq!(ours, text(example, "message"));
    assert_eq!(rules::sha256_hex(ours.as_bytes()), text(example, "hash_sha256_of_message"));

    let example = &expected["votes"]["worked_example"];
    let votes: Vec<Vote> = rows(fixture!("tables/votes_vote.json")).iter().map(Vote::from_row).collect();
    let vote = votes.iter().find(|vote| vote.id == text(example, "vote_id")).expect("the vote");
    assert_eq!(rules::vote_signature_text(vote), text(example, "message"));

    // Each vote follows from exactly one token row by both derivations.
    let derived: Vec<(String, String)> = tokens
        .iter()
        .map(|token| {
            let vote_token = rules::vote_token(&token.token_uuid, &token.election_id, &token.user_id);
            (vote_token, rules::ballot_token_hash(&token.token_uuid))
        })
        .collect();
    let linked = votes.iter().filter(|vote| {
        let link = (vote.vote_token.clone(), vote.ballot_token_hash.clone());
        derived.iter().filter(|known| **known == link).count() == 1
    });
    assert_eq!(expected["crosschecks"]["votes_linked_to_a_token"], linked.count());
}

#[test]
fn lines_of_the_second_log_have_the_hash_that_the_origin_wrote() {
    let file = fixture!("audit-jsonl/audit-2026-03-03.jsonl");
    let lines: Vec<Line> = file.lines().map(|line| Line::from_row(&row(&Json::parse(line).expect("JSON")))).collect();
    assert_eq!(lines.len(), 17);
    for line in &lines {
        assert_eq!(rules::sha256_hex(rules::line_texts(line).0.as_bytes()), line.content_hash, "{}", line.id);
    }
}

#[test]
fn verification_hashes_and_footers_are_recomputed() {
    let expected = expected();
    let records: Vec<ExportRecord> =
        rows(fixture!("tables/analytics_export_verification.json")).iter().map(ExportRecord::from_row).collect();
    assert_eq!(records.len(), 6);
    for record in &records {
        let ours = rules::verification_hash(
            &record.content_hash,
            record.requested_by_id.as_deref(),
            record.request_ip.as_deref(),
        );
        assert_eq!(ours, record.verification_hash, "{}", record.filename);
    }
    let original = fixture!("exports/turnout_metrics_20260303_173235.csv").as_bytes();
    let file = &expected["exports"]["files"][0];
    let (stated, ours) = rules::csv_footer(original).expect("a footer");
    assert_eq!((stated.as_str(), ours.as_str()), (text(file, "footer_hash"), text(file, "footer_hash")));
    assert_eq!(rules::sha256_hex(original), text(file, "content_hash"));
    let footer_fits = |bytes: &[u8]| rules::csv_footer(bytes).is_some_and(|(stated, ours)| stated == ours);
    assert!(!footer_fits(fixture!("exports/tampered/turnout_figure_changed.csv").as_bytes()));
    assert!(footer_fits(fixture!("exports/tampered/turnout_figure_changed_footer_fixed.csv").as_bytes()));
    let converted = fixture!("exports/tampered/line_endings_converted.csv").as_bytes();
    assert!(!footer_fits(converted));
    assert_eq!(rules::mended(converted).into_iter().map(|(_, bytes)| bytes).collect::<Vec<_>>(), [original.to_vec()]);
}

#[test]
fn a_time_cut_to_milliseconds_is_completed_to_the_one_that_was_hashed() {
    let Some(Json::Array(objects)) = Json::parse(fixture!("audit/clean.dumpdata.json")) else { panic!("an array") };
    let expected = expected();
    let wanted = expected["dumpdata"]["first_recovered"].as_object().expect("an object");
    let mut found = 0;
    for object in &objects {
        let Some(Json::Object(mut members)) = object.get("fields").cloned() else { panic!("fields") };
        for (name, _) in &mut members {
            if matches!(name.as_str(), "user" | "election") {
                name.push_str("_id");
            }
        }
        members.push(("id".to_owned(), object.get("pk").cloned().expect("a key")));
        let entry = Entry::from_row(&row(&Json::Object(members))).expect("an entry");
        let Some(wanted) = wanted.get(&entry.chain_position.to_string()) else { continue };
        assert!(rules::may_lack_micros(&entry.timestamp.text));
        let text = rules::content_text(&entry);
        let times: Vec<String> = rules::completions(entry.timestamp.instant.expect("a time"))
            .map(Instant::to_iso)
            .filter(|time| text.sha512(time) == entry.content_hash)
            .collect();
        assert_eq!(times, [wanted.as_str().expect("a time")]);
        found += 1;
    }
    assert_eq!(found, wanted.len());
}
