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
    /// The other figures of the same elections, in the same order.
    pub shares: Vec<Share>,
    /// Day (`2026-03-03`) and votes, of a series by days.
    pub days: Vec<(String, u64)>,
}

/// Turnout of an election in percent, as published.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Share {
    /// Voters who were entitled.
    pub eligible: Option<u64>,
    /// Percent with two digits behind the point.
    pub percent: String,
    /// excellent, good, fair, critical.
    pub category: String,
}

impl Share {
    /// Percent and category that follow from the votes: two digits, half up; from 80, 60 and 40 percent on.
    pub fn of(votes: u64, eligible: u64) -> (String, &'static str) {
        let hundredths = if eligible == 0 {
            0
        } else {
            (u128::from(votes) * 1_000_000 / u128::from(eligible) + 50) / 100 // of a percent, rounded half up
        };
        let category = match hundredths {
            8000.. => "excellent",
            6000.. => "good",
            4000.. => "fair",
            _ => "critical",
        };
        (format!("{}.{:02}", hundredths / 100, hundredths % 100), category)
    }
}

impl Turnout {
    /// Of a delivered CSV file; without elections where it is of another kind.
    pub fn of_csv(text: &str) -> Self {
        let mut turnout = Self { made_at: generated_at(text), ..Self::default() };
        let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
        let mut columns = None;
        let mut shares = None;
        let is_by_day = text.lines().take(12).any(|line| line.trim_end() == "Period Type:,daily");
        let mut is_series = false;
        for record in reader.records().map_while(Result::ok) {
            if record.get(0) == Some("Total Votes Cast:") && turnout.votes_cast.is_empty() {
                turnout.total = record.get(1).and_then(|text| text.parse().ok());
            }
            let place_of = |name: &str| record.iter().position(|field| field == name);
            if let (Some(id), Some(cast)) = (place_of("Election ID"), place_of("Votes Cast")) {
                columns = Some((id, cast));
                shares = Some((place_of("Eligible Voters"), place_of("Turnout %"), place_of("Category")));
                continue;
            }
            if record.get(0) == Some("Period") && record.get(1) == Some("Vote Count") {
                is_series = is_by_day;
                continue;
            }
            if is_series {
                match (record.get(0), record.get(1).and_then(|text| text.parse().ok())) {
                    (Some(day), Some(votes)) => turnout.days.push((day.to_owned(), votes)),
                    _ => is_series = false,
                }
            }
            let Some((id, cast)) = columns else { continue };
            match (record.get(id), record.get(cast).and_then(|text| text.parse().ok())) {
                (Some(id), Some(votes)) if !id.is_empty() => {
                    turnout.votes_cast.push((id.to_owned(), votes));
                    let (eligible, percent, category) = shares.unwrap_or_default();
                    let text = |at: Option<usize>| at.and_then(|at| record.get(at)).unwrap_or_default().to_owned();
                    let eligible = text(eligible).parse().ok();
                    turnout.shares.push(Share { eligible, percent: text(percent), category: text(category) });
                }
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
            shares: Vec::new(),
            days: Vec::new(),
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
    fn shares_are_rounded_half_up() {
        assert_eq!(Share::of(68, 72), ("94.44".to_owned(), "excellent"));
        assert_eq!(Share::of(1, 32), ("3.13".to_owned(), "critical"));
        assert_eq!(Share::of(2, 5), ("40.00".to_owned(), "fair"));
        assert_eq!(Share::of(0, 0), ("0.00".to_owned(), "critical"));
    }

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
