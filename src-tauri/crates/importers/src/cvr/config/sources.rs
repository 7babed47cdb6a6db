//! The member `cvrFileSources` of a configuration.

use super::members::Members;

/// Who made the records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provider {
    /// ES&S: a workbook or CSV, one row for each ballot, one column for each rank.
    Ess,
    /// Dominion: a folder of JSON files, or a CSV.
    Dominion,
    /// Hart Verity: a folder or archive with one XML file for each ballot.
    Hart,
    /// Clear Ballot: a CSV with one column for each candidate and rank.
    ClearBallot,
    /// NIST SP 1500-103, JSON or XML.
    Cdf,
    /// A CSV with one column for each candidate and ranks in the cells.
    GenericCsv,
}

const PROVIDERS: &[(&[&str], Provider)] = &[
    (&["ess", "ES&S"], Provider::Ess),
    (&["dominion", "Dominion"], Provider::Dominion),
    (&["hart", "Hart"], Provider::Hart),
    (&["clearBallot", "Clear Ballot"], Provider::ClearBallot),
    (&["cdf", "CDF"], Provider::Cdf),
    (&["genericCsv", "CSV", "csv"], Provider::GenericCsv),
];

/// One file or folder with records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Path as written, relative to the configuration.
    pub path: String,
    /// Who made it.
    pub provider: Provider,
    /// Id or name of the contest in the file; empty where it holds one only.
    pub contest: String,
    /// Column of the first rank or candidate, from 0.
    pub first_column: usize,
    /// Row of the first record, from 0.
    pub first_row: u64,
    /// Column of the record's id, from 0.
    pub id_column: Option<usize>,
    /// Column of the batch, from 0.
    pub batch_column: Option<usize>,
    /// Column of the precinct, from 0.
    pub precinct_column: Option<usize>,
    /// What stands between several candidates of one rank; empty where that does not occur.
    pub overvote_delimiter: String,
    /// The word for an overvoted rank; empty where there is none.
    pub overvote_label: String,
    /// The word for a skipped rank; empty where there is none.
    pub skipped_label: String,
    /// The word or id for a write-in that was not declared; empty where there is none.
    pub write_in_label: String,
    /// Whether an empty cell is a write-in, not a skipped rank.
    pub is_blank_a_write_in: bool,
    /// Whether a row without any mark is a ballot without this contest, and a picture a write-in: how ES&S says its
    /// exports of several contests are to be read, and how RCTab reads them since its configurations name no skipped
    /// ranks any more.
    pub is_blank_elsewhere: bool,
}

impl Source {
    /// Whether a text is one of the words that are no candidates.
    pub(super) fn has_label(&self, text: &str) -> bool {
        let labels = [&self.overvote_label, &self.skipped_label, &self.write_in_label];
        labels.iter().any(|label| !label.is_empty() && label.eq_ignore_ascii_case(text))
    }
}

pub(super) fn read(root: &Members<'_>, problems: &mut Vec<String>) -> Vec<Source> {
    let list = root.list("cvrFileSources", problems);
    if list.is_empty() && root.has("cvrFileSources") {
        problems.push("cvrFileSources: at least one source is needed".to_owned());
    }
    let sources: Vec<Source> = list.iter().map(|members| source(members, problems)).collect();
    for (number, one) in sources.iter().enumerate() {
        let is_twice = sources[..number].iter().any(|other| !one.path.is_empty() && other.path == one.path);
        if is_twice {
            problems.push(format!("{}: {} is named twice", list[number].at("filePath"), one.path));
        }
    }
    sources
}

fn source(members: &Members<'_>, problems: &mut Vec<String>) -> Source {
    let path = members.text("filePath", problems);
    if path.trim().is_empty() {
        problems.push(format!("{}: missing; every source needs a file or folder", members.at("filePath")));
    }
    let provider = members.option("provider", PROVIDERS, problems);
    let has_columns = matches!(provider, Provider::Ess | Provider::GenericCsv);
    let place = |number: i64| usize::try_from(number - 1).unwrap_or(0);
    let (mut first_column, mut first_row) = (0, 0);
    if has_columns {
        first_column = place(members.needed("firstVoteColumnIndex", 1, 1000, problems));
        first_row = u64::try_from(members.needed("firstVoteRowIndex", 1, 100_000, problems) - 1).unwrap_or(0);
    }
    let mut column = |member: &str| members.number(member, 1, 1000, problems).map(place);
    let (id_column, batch_column, precinct_column) =
        (column("idColumnIndex"), column("batchColumnIndex"), column("precinctColumnIndex"));
    let is_blank_elsewhere = provider == Provider::Ess
        && !["skippedRankLabel", "undervoteLabel", "treatBlankAsUndeclaredWriteIn"]
            .iter()
            .any(|name| members.has(name));
    let mut write_in_label = members.text("undeclaredWriteInLabel", problems);
    if is_blank_elsewhere && !members.has("undeclaredWriteInLabel") {
        "Write-in".clone_into(&mut write_in_label);
    }
    // The word for a skipped rank had another name once, and newest configurations leave it to the maker's own.
    let skipped_label = if members.has("skippedRankLabel") {
        members.text("skippedRankLabel", problems)
    } else if members.has("undervoteLabel") {
        members.text("undervoteLabel", problems)
    } else {
        "undervote".to_owned()
    };
    let source = Source {
        path,
        provider,
        contest: members.text("contestId", problems),
        first_column,
        first_row,
        id_column,
        batch_column,
        precinct_column,
        overvote_delimiter: members.text("overvoteDelimiter", problems),
        overvote_label: members.text("overvoteLabel", problems),
        skipped_label,
        write_in_label,
        is_blank_a_write_in: members.flag("treatBlankAsUndeclaredWriteIn", problems),
        is_blank_elsewhere,
    };
    check(&source, members, problems);
    source
}

fn check(source: &Source, members: &Members<'_>, problems: &mut Vec<String>) {
    let mut refuse = |member: &str, why: &str| problems.push(format!("{}: {why}", members.at(member)));
    let holds_several = !matches!(source.provider, Provider::Ess | Provider::GenericCsv);
    if holds_several && source.contest.trim().is_empty() {
        refuse("contestId", "missing; the records of this maker hold several contests");
    }
    if !source.overvote_delimiter.is_empty() {
        let is_harmless = |letter: char| letter.is_ascii_alphanumeric() || ".',-\" \t".contains(letter);
        if source.overvote_delimiter.contains('\\') || source.overvote_delimiter.chars().all(is_harmless) {
            refuse("overvoteDelimiter", "must hold a sign that cannot stand in a name, and no backslash");
        }
        if !source.overvote_label.is_empty() {
            refuse("overvoteLabel", "cannot be used together with overvoteDelimiter");
        }
    }
    if source.is_blank_a_write_in && source.provider != Provider::Ess {
        refuse("treatBlankAsUndeclaredWriteIn", "belongs to ES&S records");
    }
    let labels = [
        ("overvoteLabel", &source.overvote_label),
        ("skippedRankLabel", &source.skipped_label),
        ("undeclaredWriteInLabel", &source.write_in_label),
    ];
    for (number, (member, label)) in labels.iter().enumerate() {
        let is_taken = |(_, other): &&(&str, &String)| other.eq_ignore_ascii_case(label);
        if !label.is_empty() && labels[..number].iter().any(|other| is_taken(&other)) {
            refuse(member, "the same word stands for something else in this source");
        }
    }
}
