//! Figures that Electra publishes: how many votes each election had when a turnout file or answer was made (Electra, "Data
//! shapes"). It counts votes of status `cast` and nothing else; there are no results.

use domain::Instant;

use crate::json::Json;

/// Published turnout.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Turnout {
    /// When it was made.
    pub made_at: Option<Instant>,
    /// Votes of all elections, as the summary states them.
    pub total: Option<u64>,
    /// Election and votes cast.
    pub votes_cast: Vec<(String, u64)>,
}

impl Turnout {
    /// Of a delivered CSV file; without elections where it is of another kind.
    pub fn of_csv(text: &str) -> Self {
        let mut turnout = Self { made_at: generated_at(text), ..Self::default() };
        let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
        let mut columns = None;
        for record in reader.records().map_while(Result::ok) {
            if record.get(0) == Some("Total Votes Cast:") && turnout.votes_cast.is_empty() {
                turnout.total = record.get(1).and_then(|text| text.parse().ok());
            }
            let place_of = |name: &str| record.iter().position(|field| field == name);
            if let (Some(id), Some(cast)) = (place_of("Election ID"), place_of("Votes Cast")) {
                columns = Some((id, cast));
                continue;
            }
            let Some((id, cast)) = columns else { continue };
            match (record.get(id), record.get(cast).and_then(|text| text.parse().ok())) {
                (Some(id), Some(votes)) if !id.is_empty() => turnout.votes_cast.push((id.to_owned(), votes)),
                // The section is over.
                _ => columns = None,
            }
        }
        turnout
    }

    /// Of an answer of the API.
    pub fn of_api(answer: &Json) -> Self {
        let made_at = answer.get("metadata").and_then(|metadata| metadata.get("calculated_at"));
        let elections = answer.get("per_election").and_then(Json::as_array).unwrap_or_default();
        let total = answer.get("summary").and_then(|summary| summary.get("total_votes_cast"));
        Self {
            total: total.and_then(Json::as_integer).and_then(|total| u64::try_from(total).ok()),
            made_at: made_at.and_then(Json::as_text).and_then(Instant::parse),
            votes_cast: elections
                .iter()
                .filter_map(|election| {
                    let id = election.get("election_id")?.as_text()?.to_owned();
                    Some((id, u64::try_from(election.get("votes_cast")?.as_integer()?).ok()?))
                })
                .collect(),
        }
    }
}

/// The time of making at the head of a CSV export.
pub fn generated_at(text: &str) -> Option<Instant> {
    let line = text.lines().take(4).find_map(|line| line.strip_prefix("# Generated:,"))?;
    Instant::parse(line.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_and_answer_tell_the_same_turnout() {
        let file = include_str!("../../../../../tests/fixtures/electra/exports/turnout_metrics_20260303_173235.csv");
        let answer = include_str!("../../../../../tests/fixtures/electra/exports/turnout_api_response.json");
        let of_file = Turnout::of_csv(file);
        assert_eq!(of_file.made_at, Instant::parse("2026-03-03T17:32:35.477088+00:00"));
        assert_eq!(of_file.votes_cast.len(), 4);
        assert!(of_file.votes_cast.contains(&("a89a553f-ccb6-472e-8a0c-49af6477d98f".to_owned(), 68)));
        let of_answer = Turnout::of_api(&Json::parse(answer).expect("JSON"));
        assert_eq!(of_answer.votes_cast, of_file.votes_cast);
        assert_eq!((of_file.total, of_answer.total), (Some(68), Some(68)));
        let series =
            include_str!("../../../../../tests/fixtures/electra/exports/time_series_daily_20260303_173249.csv");
        assert_eq!((Turnout::of_csv(series).votes_cast, Turnout::of_csv(series).total), (vec![], None));
    }
}
