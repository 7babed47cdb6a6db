//! Receipts as voters hold them: one or many as JSON, a CSV, or the text of the receipt message.

use crate::json::Json;

/// What a voter holds. `None` where the form that it came in does not carry it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Receipt {
    /// Receipt code, as given.
    pub ballot_hash: String,
    /// Random value of the submission.
    pub nonce: Option<String>,
    /// Election.
    pub election_id: Option<i64>,
    /// Credential.
    pub credential: Option<String>,
    /// Choice by candidate ids.
    pub ranking_ids: Option<Vec<i64>>,
    /// Choice by candidate names.
    pub ranking_names: Option<Vec<String>>,
    /// Weight.
    pub weight: Option<i64>,
    /// Chain hash before the ballot.
    pub previous_chain_hash: Option<String>,
    /// Chain hash of the ballot.
    pub chain_hash: Option<String>,
    /// Place in the chain, from 1, where the receipt names it.
    pub position: Option<u64>,
    /// Choices by contest as JSON text, where the voter gives them.
    pub choices: Option<String>,
}

/// Why a text holds no receipt.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{reason}", if *row == 0 { String::new() } else { format!("receipt {row}: ") })]
pub struct ReceiptError {
    /// Receipt, from 1; 0 where it concerns the whole text.
    pub row: u64,
    /// What was expected.
    pub reason: String,
}

/// Reads receipts in whatever form they come.
///
/// # Errors
/// [`ReceiptError`] where none can be found, with the place.
pub fn read(text: &str) -> Result<Vec<Receipt>, ReceiptError> {
    let text = text.trim_start_matches('\u{feff}').trim();
    let failed = |row: u64, reason: &str| ReceiptError { row, reason: reason.to_owned() };
    if text.is_empty() {
        return Err(failed(0, "the text is empty; a receipt code, a receipt message, JSON or CSV was expected"));
    }
    if text.starts_with(['{', '[']) {
        let json = Json::parse(text).ok_or_else(|| failed(0, "the text begins like JSON, but it is broken"))?;
        let items: Vec<&Json> = match &json {
            Json::Array(items) => items.iter().collect(),
            one => vec![one.get("receipts").unwrap_or(one)],
        };
        let items: Vec<&Json> = items
            .into_iter()
            .flat_map(|item| item.as_array().map_or_else(|| vec![item], |list| list.iter().collect()))
            .collect();
        if items.is_empty() {
            return Err(failed(0, "the list holds no receipt"));
        }
        return (1..)
            .zip(items)
            .map(|(row, item)| of_json(item).ok_or_else(|| failed(row, "the member ballot_hash was expected")))
            .collect();
    }
    if is_message(text) {
        return of_message(text)
            .map(|receipt| vec![receipt])
            .ok_or_else(|| failed(0, "the message holds no ballot receipt code"));
    }
    if let Some(header) = text.lines().next()
        && header.to_ascii_lowercase().contains("ballot_hash")
    {
        return of_csv(text);
    }
    // Nothing but codes: one a line.
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    if lines.iter().all(|line| !line.contains(char::is_whitespace)) {
        return Ok(lines
            .into_iter()
            .map(|line| Receipt { ballot_hash: line.to_owned(), ..Receipt::default() })
            .collect());
    }
    Err(failed(0, "neither a receipt code, a receipt message, JSON nor a CSV with a column ballot_hash"))
}

fn of_json(item: &Json) -> Option<Receipt> {
    let item = item.get("receipt").unwrap_or(item);
    let text = |names: &[&str]| names.iter().find_map(|name| item.get(name).and_then(Json::as_text)).map(str::to_owned);
    let list = |names: &[&str]| names.iter().find_map(|name| item.get(name).and_then(Json::as_array));
    let ids = list(&["ranking_ids", "ranking"]).and_then(|items| {
        items.iter().map(|id| matches!(id, Json::Number(_)).then(|| id.as_integer()).flatten()).collect()
    });
    let names = list(&["ranking_usernames", "ranking_names", "ranking"])
        .and_then(|items| items.iter().map(|name| name.as_text().map(str::to_owned)).collect());
    Some(Receipt {
        ballot_hash: text(&["ballot_hash", "receipt", "receipt_hash"])?,
        nonce: text(&["nonce"]),
        election_id: item.get("election_id").and_then(Json::as_integer),
        credential: text(&["voting_credential", "credential_public_id", "credential"]),
        ranking_ids: ids,
        ranking_names: names,
        weight: item.get("weight").and_then(Json::as_integer),
        previous_chain_hash: text(&["previous_chain_hash"]),
        chain_hash: text(&["chain_hash"]),
        position: item.get("position").and_then(Json::as_integer).and_then(|place| u64::try_from(place).ok()),
        choices: item.get("choices").map(Json::canonical_compact),
    })
}

fn of_csv(text: &str) -> Result<Vec<Receipt>, ReceiptError> {
    let delimiter =
        text.lines().next().filter(|header| header.contains(';') && !header.contains(',')).map_or(b',', |_| b';');
    let mut reader =
        csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).trim(csv::Trim::All).from_reader(text.as_bytes());
    let broken = |row: u64, error: &csv::Error| ReceiptError { row, reason: error.to_string() };
    let header = reader.headers().map_err(|error| broken(0, &error))?.clone();
    let mut receipts = Vec::new();
    for (row, record) in (1..).zip(reader.records()) {
        let record = record.map_err(|error| broken(row, &error))?;
        let get = |names: &[&str]| -> Option<&str> {
            let at = header.iter().position(|column| names.iter().any(|name| column.eq_ignore_ascii_case(name)))?;
            record.get(at).map(str::trim).filter(|value| !value.is_empty())
        };
        let number = |names: &[&str]| -> Result<Option<i64>, ReceiptError> {
            get(names)
                .map(|value| {
                    value.parse().map_err(|_| ReceiptError {
                        row,
                        reason: format!("column {}: a whole number was expected, not {value:?}", names[0]),
                    })
                })
                .transpose()
        };
        let owned = |names: &[&str]| get(names).map(str::to_owned);
        let choices = |names: &[&str]| -> Option<Vec<String>> {
            let value = get(names)?.trim_matches(['[', ']']);
            let parts = value.split([',', ';', '>', ' ', '|']).map(|part| part.trim().trim_matches('"'));
            Some(parts.filter(|part| !part.is_empty()).map(str::to_owned).collect())
        };
        let any = choices(&["ranking_ids", "ranking"]);
        let ids = any.as_ref().and_then(|parts| parts.iter().map(|part| part.parse().ok()).collect());
        receipts.push(Receipt {
            ballot_hash: owned(&["ballot_hash"])
                .ok_or_else(|| ReceiptError { row, reason: "the column ballot_hash is empty".to_owned() })?,
            nonce: owned(&["nonce"]),
            election_id: number(&["election_id"])?,
            credential: owned(&["voting_credential", "credential_public_id", "credential"]),
            ranking_names: choices(&["ranking_usernames", "ranking_names"]).or_else(|| any.filter(|_| ids.is_none())),
            ranking_ids: ids,
            weight: number(&["weight"])?,
            previous_chain_hash: owned(&["previous_chain_hash"]),
            chain_hash: owned(&["chain_hash"]),
            position: number(&["position"])?.and_then(|place| u64::try_from(place).ok()),
            choices: None,
        });
    }
    if receipts.is_empty() {
        return Err(ReceiptError { row: 0, reason: "the table holds no receipt".to_owned() });
    }
    Ok(receipts)
}

const CODE: &str = "ballot receipt code";

fn is_message(text: &str) -> bool {
    text.to_lowercase().contains(CODE) && text.lines().count() > 1
}

/// The message carries its labels with marks of emphasis or list, and the values on the same line or on the next.
fn of_message(text: &str) -> Option<Receipt> {
    let lines: Vec<&str> = text.lines().map(|line| line.trim().trim_start_matches(['>', ' '])).collect();
    let value = |label: &str| -> Option<String> {
        lines.iter().enumerate().find_map(|(at, line)| {
            let plain = line.trim_matches(['*', '-', ' ', '#']);
            let rest = plain.to_lowercase().strip_prefix(label).map(|_| &plain[label.len()..])?;
            let rest = rest.strip_prefix(':').or_else(|| rest.strip_prefix(' '))?;
            let here = rest.trim_matches(['*', ':', ' ']);
            if here.is_empty() {
                lines[at + 1..]
                    .iter()
                    .map(|line| line.trim_matches(['*', '`', ' ']))
                    .find(|line| !line.is_empty())
                    .map(str::to_owned)
            } else {
                Some(here.to_owned())
            }
        })
    };
    Some(Receipt {
        ballot_hash: value(CODE)?,
        nonce: value("submission nonce"),
        weight: value("vote weight").and_then(|text| text.parse().ok()),
        previous_chain_hash: value("previous ledger hash"),
        chain_hash: value("current ledger hash"),
        ..Receipt::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_read_by_its_labels() {
        let text = include_str!("../../../../../tests/fixtures/astra/receipts/email-5.txt");
        let receipt = read(text).expect("a receipt").remove(0);
        assert!(text.contains(&format!("?receipt={}", receipt.ballot_hash)), "the code is the one of the link");
        assert_eq!(receipt.ballot_hash.len(), 64);
        assert_eq!(receipt.nonce.expect("a nonce").len(), 32);
        assert!(receipt.weight.is_some());
        assert_eq!(receipt.previous_chain_hash.expect("a hash").len(), 64);
        assert_eq!(receipt.chain_hash.expect("a hash").len(), 64);
    }

    #[test]
    fn json_csv_and_bare_codes_give_the_same() {
        let json = read(r#"[{"receipt": {"ballot_hash": "ab", "ranking_ids": [3, 1], "weight": 2, "nonce": "n"}}]"#);
        let csv = read("ballot_hash,ranking_ids,weight,nonce\nab,3 1,2,n\n");
        assert_eq!(json, csv);
        assert_eq!(json.expect("a receipt")[0].ranking_ids, Some(vec![3, 1]));
        assert_eq!(read("ab\n\ncd\n").expect("codes").len(), 2);
        assert_eq!(read("ballot_hash,weight\nab,x\n").expect_err("no number").row, 1);
        assert!(read("{\"ballot_hash\": ").is_err() && read(" ").is_err() && read("hello there").is_err());
    }
}
