//! What the store keeps in a shorter form comes back byte for byte: votes with any texts in their columns, written to a
//! file, imported, and read again.

use std::fs;
use std::path::Path;

use domain::Unwatched;
use domain::vote::VOTE_COLUMNS;
use serde_json::{Map, Value};
use workflow::Case;

/// The election of all votes.
const ELECTION: &str = "66791b8b-e79b-48df-a10e-5ca161927411";

/// Texts for the columns of one vote, in the order of the table; none is NULL. Id and election are given here.
pub type Texts = Vec<Option<String>>;

/// Votes come back from a case as they stood in the file.
///
/// # Panics
/// Where a column comes back as another text.
pub fn votes_come_back(votes: &[Texts], folder: &Path) {
    let rows: Vec<Map<String, Value>> = (1u64..).zip(votes).map(|(number, texts)| row(number, texts)).collect();
    let file = folder.join("votes.json");
    fs::write(&file, serde_json::to_vec(&rows).expect("JSON")).expect("written");
    let path = folder.join("case.scrutineer");
    for suffix in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(folder.join(format!("case.scrutineer{suffix}")));
    }
    let mut case = Case::create(&path, "round trip").expect("a case");
    let plan = case.import(&[file], None, &Unwatched).expect("an import");
    assert_eq!((plan.rejects.len(), plan.rows_known), (0, 0), "{:?}", plan.rejects);
    let found = case.votes_page(ELECTION, 0, 5000).expect("a page").rows;
    assert_eq!(found.len(), rows.len());
    for (vote, row) in found.iter().zip(&rows) {
        for column in VOTE_COLUMNS {
            assert_eq!(vote.column(column), row[column].as_str(), "{column}");
        }
    }
}

fn row(number: u64, texts: &Texts) -> Map<String, Value> {
    VOTE_COLUMNS
        .iter()
        .enumerate()
        .map(|(index, column)| {
            let drawn = texts.get(index).cloned().flatten();
            let text = match *column {
                "id" => Some(match drawn.filter(|text| !text.is_empty()) {
                    // Another id for each vote: what is drawn stands before the number.
                    Some(text) if number.is_multiple_of(2) => format!("{text}{number}"),
                    _ => format!("0a1b2c3d-0000-4fff-8abc-{number:012x}"),
                }),
                "election_id" => Some(ELECTION.to_owned()),
                "candidate_id" => Some(drawn.filter(|text| !text.is_empty()).unwrap_or_else(|| "c".to_owned())),
                _ => drawn,
            };
            ((*column).to_owned(), text.map_or(Value::Null, Value::String))
        })
        .collect()
}
