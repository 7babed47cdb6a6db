//! Typed views of the rows that the checks need. They keep every text as it came: a hash covers the digits on the page.

use domain::{Place, Sha256Digest, TableRow};

use super::rules::{self, BallotBody};

fn field(row: &TableRow, name: &str) -> Option<String> {
    row.fields.iter().find(|(field, _)| field == name).and_then(|(_, value)| value.clone())
}

/// Members that a row has and its form does not know, in the order of the row.
fn unknown(row: &TableRow) -> Vec<String> {
    let known = super::tables::columns(&row.table);
    row.fields.iter().map(|(name, _)| name.clone()).filter(|name| !known.contains(&name.as_str())).collect()
}

/// A published ballot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BallotRow {
    /// Where it stands.
    pub place: Place,
    /// Place in the chain, as stated; `None` where it is no number.
    pub position: Option<u64>,
    /// Ballot hash, as stated.
    pub hash: String,
    /// Chain hash before, as stated.
    pub previous: String,
    /// Chain hash, as stated.
    pub chain: String,
    /// Signature, as stated.
    pub signature: Option<String>,
    /// Why and when it was excluded: JSON text; `None` where it was not.
    pub excluded: Option<String>,
    /// Content in the full form: JSON text as it stands in the file.
    pub body: Option<String>,
    /// Who voted, in the sealed form.
    pub voter: Option<String>,
    /// Members that the form does not know.
    pub unknown: Vec<String>,
}

impl BallotRow {
    /// Reads a row.
    pub fn from_row(row: &TableRow) -> Self {
        Self {
            place: row.place,
            position: field(row, "position").and_then(|text| text.parse().ok()),
            hash: field(row, "ballot_hash").unwrap_or_default(),
            previous: field(row, "previous_chain_hash").unwrap_or_default(),
            chain: field(row, "chain_hash").unwrap_or_default(),
            signature: field(row, "signature"),
            excluded: field(row, "excluded"),
            body: field(row, "body"),
            voter: field(row, "voter"),
            unknown: unknown(row),
        }
    }

    /// How findings name it.
    pub fn subject(&self) -> String {
        format!("ballot:{}", self.hash)
    }

    /// What the ballot says, and whether its text is exactly the text that is hashed: the members in their order and nothing
    /// beside them. `None` where it cannot be read.
    pub fn content(&self) -> Option<(BallotBody, bool)> {
        let text = self.body.as_deref()?;
        let body: BallotBody = serde_json::from_str(text).ok()?;
        let is_exact = compact(text) == body.text();
        Some((body, is_exact))
    }

    /// The hash that the content gives.
    pub fn computed_hash(&self) -> Option<Sha256Digest> {
        self.body.as_deref().map(|text| rules::sha256(&compact(text)))
    }

    /// The chain hash that follows from the two hashes that it is made of; `None` where one of them is no hash.
    pub fn computed_chain(&self) -> Option<Sha256Digest> {
        Some(rules::link(Sha256Digest::from_hex(&self.previous)?, Sha256Digest::from_hex(&self.hash)?))
    }
}

/// A published ledger entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryRow {
    /// Where it stands.
    pub place: Place,
    /// Number, as stated; `None` where it is no number.
    pub number: Option<u64>,
    /// Hash of the entry before, as stated.
    pub previous: String,
    /// Hash, as stated.
    pub hash: String,
    /// Why the content is withheld: `voting`, `other_matter`; `None` where it is there, or no reason is stated.
    pub withheld: Option<String>,
    /// Content; `None` where it is withheld.
    pub content: Option<EntryContent>,
    /// Members that the form does not know.
    pub unknown: Vec<String>,
}

/// What an entry says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryContent {
    /// When.
    pub at: String,
    /// Who.
    pub actor: String,
    /// What.
    pub act: String,
    /// Particulars: the JSON text that is hashed.
    pub detail: String,
}

impl EntryRow {
    /// Reads a row.
    pub fn from_row(row: &TableRow) -> Self {
        let content = field(row, "act").map(|act| EntryContent {
            at: field(row, "at").unwrap_or_default(),
            actor: field(row, "actor").unwrap_or_default(),
            act,
            detail: field(row, "detail").unwrap_or_default(),
        });
        Self {
            place: row.place,
            number: field(row, "number").and_then(|text| text.parse().ok()),
            previous: field(row, "previous").unwrap_or_default(),
            hash: field(row, "hash").unwrap_or_default(),
            withheld: field(row, "withheld"),
            content,
            unknown: unknown(row),
        }
    }

    /// How findings name it.
    pub fn subject(&self) -> String {
        self.number.map_or_else(|| format!("audit:{}", self.hash), |number| format!("audit:{number}"))
    }

    /// The hash that the content gives; `None` where it is withheld.
    pub fn computed_hash(&self) -> Option<String> {
        let content = self.content.as_ref()?;
        let number = self.number?;
        let text =
            rules::entry_text(number, &content.at, &content.actor, &content.act, &content.detail, &self.previous);
        Some(rules::sha256(&text).to_hex())
    }
}

/// JSON text without the white space between its parts.
pub fn compact(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut is_within, mut is_escaped) = (false, false);
    for letter in text.chars() {
        if is_within {
            out.push(letter);
            match letter {
                _ if is_escaped => is_escaped = false,
                '\\' => is_escaped = true,
                '"' => is_within = false,
                _ => {}
            }
        } else if !matches!(letter, ' ' | '\t' | '\r' | '\n') {
            is_within = letter == '"';
            out.push(letter);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use domain::FileId;

    use super::*;

    #[test]
    fn white_space_goes_between_parts_and_stays_within_texts() {
        assert_eq!(compact("{\n  \"a b\": [ 1,\t\"x \\\" y \\\\\" , null ]\r\n}"), r#"{"a b":[1,"x \" y \\",null]}"#);
    }

    /// Two members of one name, or members in another order, are read by others in another way: the text itself must be the one
    /// that is hashed.
    #[test]
    fn a_body_is_exact_only_in_its_one_form() {
        let ballot = |body: &str| BallotRow {
            place: Place { file: FileId(1), row: 1 },
            position: Some(1),
            hash: String::new(),
            previous: String::new(),
            chain: String::new(),
            signature: None,
            excluded: None,
            body: Some(body.to_owned()),
            voter: None,
            unknown: Vec::new(),
        };
        let exact = r#"{"batch": null, "choices": {"c": ["a"]}, "election": "e", "nonce": "n", "reopened": false, "voter": null, "weight": 1}"#;
        assert!(ballot(exact).content().expect("readable").1);
        let twice = exact.replace(r#"{"c": ["a"]}"#, r#"{"c": ["b"], "c": ["a"]}"#);
        assert!(ballot(&twice).content().is_none_or(|(_, is_exact)| !is_exact));
        assert!(ballot(&exact.replace("\"weight\": 1", "\"weight\": 1, \"more\": 1")).content().is_none());
    }
}
