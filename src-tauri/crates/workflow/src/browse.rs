//! Looking at long tables: votes, audit entries, credentials and any other table of the export by place, with filter and order, beside the writer.
//!
//! A [`Browser`] holds one read-only handle and the listings that were asked for last. Each answer comes within some
//! forty milliseconds of searching: it says how far the search is, and asking again goes on where it stopped.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::report::{AuditReport, ReportedFinding};
use domain::{AuditRecord, BallotRecord, FileId, Job, Place, TableRow, VoteRecord};
use store::Reader;
use store::browse::{AuditFilter, Extent, Index, Listing, RowFilter, VoteFilter, VoteSort, build_index};

use crate::Error;

/// Time for searching in one answer.
const PATIENCE: Duration = Duration::from_millis(30);
/// Listings kept; the longest unused goes first.
const LISTINGS_KEPT: usize = 6;
/// Most rows of one answer.
const ROWS_MAX: u32 = 2000;
/// The source's table of credentials.
const CREDENTIALS: &str = "voting_tokens";
/// Ranked ballots, whatever table or file they came in.
const BALLOTS: &str = "ballots";
/// Rows whose fields make the columns of a table.
const ROWS_FOR_COLUMNS: u32 = 200;

/// Which votes in which order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VotesQuery {
    /// Filter; its `named` is filled in by the browser.
    pub filter: VoteFilter,
    /// Order.
    pub sort: VoteSort,
    /// Only rows that a finding names.
    pub is_named: bool,
}

/// Which credentials.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RowsQuery {
    /// Used or not.
    pub is_used: Option<bool>,
    /// Opened or not.
    pub is_opened: Option<bool>,
    /// Test or not.
    pub is_test: Option<bool>,
    /// Part of any field.
    pub text: String,
}

/// Rows of a long table at a place.
#[derive(Clone, Debug)]
pub struct Page<Row> {
    /// Rows with their numbers in the case.
    pub rows: Vec<(i64, Row)>,
    /// How far the listing is.
    pub extent: Extent,
    /// False where the order needs an index that is not there.
    pub is_sortable: bool,
}

#[derive(Clone, Debug, PartialEq)]
enum Asked {
    Votes(String, VotesQuery),
    Audit(AuditFilter, bool),
    Credentials(String, RowsQuery),
    Table(String, String),
}

/// Reads long tables of one case.
pub struct Browser {
    reader: Reader,
    listings: Vec<(Asked, Listing)>,
    report: Option<Arc<AuditReport>>,
    /// Codes of the findings that name a row, by the row's name.
    codes: BTreeMap<String, Vec<String>>,
    /// The same by file and row.
    codes_at: BTreeMap<(String, u64), Vec<String>>,
    labels: BTreeMap<String, String>,
    choices: Vec<Choice>,
    paths: BTreeMap<FileId, String>,
}

/// What can be voted for, as the evidence names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Election.
    pub election_id: String,
    /// Candidate.
    pub id: String,
    /// Name.
    pub name: String,
    /// Contest; empty where none is named.
    pub contest: String,
}

impl Browser {
    /// Opens a case for looking; `report` is the newest conclusion.
    ///
    /// # Errors
    /// The store's.
    pub fn open(path: &Path, report: Option<Arc<AuditReport>>) -> Result<Self, Error> {
        let reader = Reader::open(path)?;
        let mut codes: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for finding in report.iter().flat_map(|report| findings(report)) {
            for subject in &finding.subjects {
                let known = codes.entry(subject.clone()).or_default();
                if !known.contains(&finding.code) {
                    known.push(finding.code.clone());
                }
            }
        }
        let mut codes_at: BTreeMap<(String, u64), Vec<String>> = BTreeMap::new();
        for finding in report.iter().flat_map(|report| findings(report)) {
            for row in finding.rows.iter().filter(|row| row.row > 0) {
                let known = codes_at.entry((row.path.clone(), row.row)).or_default();
                if !known.contains(&finding.code) {
                    known.push(finding.code.clone());
                }
            }
        }
        let choices: Vec<Choice> = reader
            .rows("candidates")?
            .into_iter()
            .map(|row| {
                let field = |wanted: &str| {
                    let found = row.fields.iter().find(|(name, _)| name == wanted);
                    found.and_then(|(_, text)| text.clone()).unwrap_or_default()
                };
                Choice {
                    election_id: field("election_id"),
                    id: field("id"),
                    name: field("name"),
                    contest: field("position"),
                }
            })
            .collect();
        let labels = choices.iter().map(|choice| (choice.id.clone(), choice.name.clone())).collect();
        let paths = reader.evidence()?.into_iter().map(|file| (file.id, file.path)).collect();
        Ok(Self { reader, listings: Vec::new(), report, codes, codes_at, labels, choices, paths })
    }

    /// The conclusion that it was opened with.
    pub fn report(&self) -> Option<&Arc<AuditReport>> {
        self.report.as_ref()
    }

    /// Codes of the findings that name a row (`vote:ID`).
    pub fn codes(&self, subject: &str) -> Vec<String> {
        self.codes.get(subject).cloned().unwrap_or_default()
    }

    /// Codes of the findings that name the row at a place.
    pub fn codes_at(&self, place: Place) -> Vec<String> {
        self.codes_at.get(&(self.path_of(place.file), place.row)).cloned().unwrap_or_default()
    }

    /// What could be voted for in an election, as far as the evidence says so.
    pub fn choices(&self, election_id: &str) -> Vec<Choice> {
        self.choices.iter().filter(|choice| choice.election_id == election_id).cloned().collect()
    }

    /// Path of a file.
    pub fn path_of(&self, file: FileId) -> String {
        self.paths.get(&file).cloned().unwrap_or_default()
    }

    /// Searches that need no walk through the table, and orders that are there.
    ///
    /// # Errors
    /// The store's.
    pub fn is_prepared(&self) -> Result<bool, Error> {
        Ok(self.reader.indexes()?.len() == Index::ALL.len())
    }

    /// Votes of an election at places `from` to `from + limit`. With a limit of 0 the search only goes on.
    ///
    /// # Errors
    /// The store's.
    pub fn votes(
        &mut self,
        election_id: &str,
        query: &VotesQuery,
        from: u64,
        limit: u32,
    ) -> Result<Page<VoteRecord>, Error> {
        let asked = Asked::Votes(election_id.to_owned(), query.clone());
        let Some(at) = self.listing(asked, |browser| {
            let mut filter = query.filter.clone();
            filter.named = query.is_named.then(|| Arc::new(browser.named("vote:")));
            let label = |id: &str| browser.labels.get(id).cloned().unwrap_or_else(|| id.to_owned());
            Listing::votes(&browser.reader, election_id, &filter, query.sort, &label)
        })?
        else {
            let extent = Extent { known: 0, searched: 0, total: 0, is_done: true };
            return Ok(Page { rows: Vec::new(), extent, is_sortable: false });
        };
        let limit = self.advance(at, from, limit)?;
        let listing = &self.listings[at].1;
        let rows = listing.read_votes(&self.reader, from, limit)?;
        let rows = rows.into_iter().map(|vote| (vote.number, vote)).collect();
        Ok(Page { rows, extent: listing.extent(), is_sortable: true })
    }

    /// Audit entries at places `from` to `from + limit`.
    ///
    /// # Errors
    /// The store's.
    pub fn audit(
        &mut self,
        filter: &AuditFilter,
        is_named: bool,
        from: u64,
        limit: u32,
    ) -> Result<Page<AuditRecord>, Error> {
        let at = self.listing(Asked::Audit(filter.clone(), is_named), |browser| {
            let mut filter = filter.clone();
            if is_named {
                filter.named = Some(browser.named("audit:").iter().filter_map(|id| id.parse().ok()).collect());
            }
            Listing::audit(&browser.reader, &filter).map(Some)
        })?;
        let at = at.unwrap_or(0);
        let limit = self.advance(at, from, limit)?;
        let listing = &self.listings[at].1;
        let rows = listing.read_audit(&self.reader, from, limit)?;
        Ok(Page { rows, extent: listing.extent(), is_sortable: true })
    }

    /// Credentials of an election at places `from` to `from + limit`.
    ///
    /// # Errors
    /// The store's.
    pub fn credentials(
        &mut self,
        election_id: &str,
        query: &RowsQuery,
        from: u64,
        limit: u32,
    ) -> Result<Page<TableRow>, Error> {
        let at = self.listing(Asked::Credentials(election_id.to_owned(), query.clone()), |browser| {
            let mut filter = RowFilter { text: query.text.clone(), ..RowFilter::default() };
            if !election_id.is_empty() {
                filter.fields.push(("election_id", election_id.to_owned()));
            }
            filter.flags.extend(query.is_used.map(|is_used| ("used", is_used)));
            filter.flags.extend(query.is_test.map(|is_test| ("is_test", is_test)));
            filter.filled.extend(query.is_opened.map(|is_opened| ("first_accessed_at", is_opened)));
            Listing::rows(&browser.reader, CREDENTIALS, &filter).map(Some)
        })?;
        let at = at.unwrap_or(0);
        let limit = self.advance(at, from, limit)?;
        let listing = &self.listings[at].1;
        let rows = listing.read_rows(&self.reader, from, limit)?;
        Ok(Page { rows, extent: listing.extent(), is_sortable: true })
    }

    /// Tables that hold rows and have no screen of their own, each with its rows, ballots first.
    ///
    /// # Errors
    /// The store's.
    pub fn tables(&self) -> Result<Vec<(String, u64)>, Error> {
        let ballots = (BALLOTS.to_owned(), self.reader.ballot_count()?);
        let all = std::iter::once(ballots).chain(self.reader.tables()?);
        let filled = all.filter(|(table, rows)| *rows > 0 && table != CREDENTIALS);
        Ok(filled.map(|(table, rows)| (table, u64::try_from(rows).unwrap_or(0))).collect())
    }

    /// Names of the columns of a table, in the order in which its first rows have them.
    ///
    /// # Errors
    /// The store's.
    pub fn columns(&mut self, table: &str) -> Result<Vec<String>, Error> {
        let mut columns: Vec<String> = Vec::new();
        for (_, row) in self.table(table, "", 0, ROWS_FOR_COLUMNS)?.rows {
            for (name, _) in row.fields {
                if !columns.contains(&name) {
                    columns.push(name);
                }
            }
        }
        Ok(columns)
    }

    /// Rows of any table at places `from` to `from + limit`; with a text only those that hold it.
    ///
    /// # Errors
    /// The store's.
    pub fn table(&mut self, table: &str, text: &str, from: u64, limit: u32) -> Result<Page<TableRow>, Error> {
        let is_ballots = table == BALLOTS;
        let at = self.listing(Asked::Table(table.to_owned(), text.to_owned()), |browser| {
            if is_ballots {
                return Listing::ballots(&browser.reader, text).map(Some);
            }
            let filter = RowFilter { text: text.to_owned(), ..RowFilter::default() };
            Listing::rows(&browser.reader, table, &filter).map(Some)
        })?;
        let at = at.unwrap_or(0);
        let limit = self.advance(at, from, limit)?;
        let listing = &self.listings[at].1;
        let rows = if is_ballots {
            let ballots = listing.read_ballots(&self.reader, from, limit)?;
            ballots.into_iter().map(|ballot| (ballot.number, row_of_ballot(ballot))).collect()
        } else {
            listing.read_rows(&self.reader, from, limit)?
        };
        Ok(Page { rows, extent: listing.extent(), is_sortable: true })
    }

    /// The place of a vote in a listing that was asked for, by its number; `None` where it is not in it, or not yet.
    ///
    /// # Errors
    /// The store's.
    pub fn place_of_vote(&mut self, election_id: &str, query: &VotesQuery, number: i64) -> Result<Option<u64>, Error> {
        self.votes(election_id, query, 0, 0)?;
        let asked = Asked::Votes(election_id.to_owned(), query.clone());
        match self.listings.iter().find(|(known, _)| *known == asked) {
            None => Ok(None),
            Some((_, listing)) => Ok(self.reader.place_of(listing, number)?),
        }
    }

    /// The place of the first audit entry with the origin's number, or of the next behind it.
    ///
    /// # Errors
    /// The store's.
    pub fn place_of_audit(&mut self, filter: &AuditFilter, is_named: bool, log_id: i64) -> Result<Option<u64>, Error> {
        self.audit(filter, is_named, 0, 0)?;
        let asked = Asked::Audit(filter.clone(), is_named);
        let Some((_, listing)) = self.listings.iter().find(|(known, _)| *known == asked) else { return Ok(None) };
        match Listing::audit_number(&self.reader, log_id)? {
            None => Ok(None),
            Some(number) => Ok(self.reader.place_of(listing, number)?),
        }
    }

    /// Ids of rows of a kind that findings name.
    fn named(&self, kind: &str) -> BTreeSet<String> {
        self.codes.keys().filter_map(|subject| subject.strip_prefix(kind)).map(str::to_owned).collect()
    }

    /// Place of the listing among those kept, made where it is not there.
    fn listing(
        &mut self,
        asked: Asked,
        make: impl FnOnce(&Self) -> Result<Option<Listing>, store::StoreError>,
    ) -> Result<Option<usize>, Error> {
        if let Some(at) = self.listings.iter().position(|(known, _)| *known == asked) {
            let kept = self.listings.remove(at);
            self.listings.push(kept);
        } else {
            let Some(listing) = make(self)? else { return Ok(None) };
            if self.listings.len() == LISTINGS_KEPT {
                self.listings.remove(0);
            }
            self.listings.push((asked, listing));
        }
        Ok(Some(self.listings.len() - 1))
    }

    /// Goes on with a listing as far as an answer needs it, and says how many rows the answer may have.
    fn advance(&mut self, at: usize, from: u64, limit: u32) -> Result<u32, Error> {
        let limit = limit.min(ROWS_MAX);
        // An answer without rows is asked for to go on searching, so it wants everything.
        let wanted = if limit == 0 { u64::MAX } else { from.saturating_add(u64::from(limit)) };
        self.reader.advance(&mut self.listings[at].1, wanted, Instant::now() + PATIENCE)?;
        Ok(limit)
    }
}

/// A ballot with the fields that its export has, under the origin's names.
fn row_of_ballot(ballot: BallotRecord) -> TableRow {
    let place = ballot.place.unwrap_or(Place { file: FileId(0), row: 0 });
    let fields = [
        ("id", ballot.id),
        ("ballot_hash", ballot.ballot_hash),
        ("ranking", ballot.ranking),
        ("weight", ballot.weight),
        ("is_counted", ballot.is_counted),
        ("superseded_by", ballot.superseded_by),
        ("credential_public_id", ballot.credential),
        ("created_at", ballot.created_at),
        ("previous_chain_hash", ballot.previous_chain_hash),
        ("chain_hash", ballot.chain_hash),
    ];
    let fields = fields.into_iter().filter(|(_, value)| value.is_some());
    TableRow {
        table: BALLOTS.to_owned(),
        place,
        key: String::new(),
        fields: fields.map(|(name, value)| (name.to_owned(), value)).collect(),
    }
}

fn findings(report: &AuditReport) -> impl Iterator<Item = &ReportedFinding> {
    report.elections.iter().flat_map(|election| &election.findings).chain(&report.findings)
}

/// What preparing brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prepared {
    /// Indexes made.
    pub made: usize,
}

/// Makes the indexes for searching and sorting votes that are not there yet. They are no evidence and no act: they change
/// nothing that a report says, so the ledger does not speak of them.
///
/// # Errors
/// The store's, or [`Error::Cancelled`]; indexes that were finished before stay.
pub fn prepare_search(path: &Path, job: &dyn Job) -> Result<Prepared, Error> {
    let reader = Reader::open(path)?;
    let there = reader.indexes()?;
    let rows = u64::try_from(reader.last_vote_number()?).unwrap_or(0);
    drop(reader);
    let mut made = 0;
    for index in Index::ALL {
        if there.contains(&index) {
            continue;
        }
        let step = match index {
            Index::VoteId => "Sorting votes by their ids",
            Index::VoterHash | Index::VoterId => "Sorting votes by their voters",
            Index::VoteTime => "Sorting votes by time",
            Index::VoteChoice => "Sorting votes by choice",
        };
        job.begin(step, Some(rows));
        let outcome = build_index(path, index, rows, &|count| job.advance(count), &|| job.is_cancelled());
        if job.is_cancelled() {
            return Err(Error::Cancelled);
        }
        outcome?;
        made += 1;
    }
    Ok(Prepared { made })
}
