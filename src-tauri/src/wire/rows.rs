//! Pages of votes, audit entries and credentials, as the tables ask for them.

use domain::{AuditRecord, AuditSource, TableRow, VoteRecord, vote};
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use workflow::{AuditFilter, Browser, Choice, Extent, RowsQuery, VoteFilter, VoteSort, VotesQuery};

use super::report::PlaceView;

/// Which votes in which order. Empty texts and nulls ask for nothing.
#[derive(Clone, Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct VotesAsked {
    /// Vote id or its beginning.
    pub id: String,
    /// Hash or id of the voter, or its beginning.
    pub voter: String,
    /// Candidate chosen.
    pub candidate: String,
    /// Contest.
    pub contest: String,
    /// Not before, seconds since 1970.
    pub from: Option<i64>,
    /// Not after, seconds since 1970.
    pub to: Option<i64>,
    /// Beginning of the address.
    pub address: String,
    /// What each vote must be.
    pub marks: Vec<VoteMark>,
    /// Order.
    pub sort: VoteOrder,
}

/// What a vote may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum VoteMark {
    /// Excluded from the count.
    Excluded,
    /// A test.
    Test,
    /// Recorded from paper.
    Paper,
    /// Cast by a proxy.
    Proxy,
    /// Without a signature.
    Unsigned,
    /// Named by a finding.
    Named,
}

/// Order of votes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum VoteOrder {
    /// As they came.
    Number,
    /// By time.
    Time,
    /// By contest, then choice.
    Contest,
    /// By choice, then contest.
    Choice,
}

impl From<VotesAsked> for VotesQuery {
    fn from(asked: VotesAsked) -> Self {
        let is = |mark: VoteMark| asked.marks.contains(&mark);
        let filled = |text: String| Some(text).filter(|text| !text.is_empty());
        Self {
            is_named: is(VoteMark::Named),
            sort: match asked.sort {
                VoteOrder::Number => VoteSort::Number,
                VoteOrder::Time => VoteSort::Time,
                VoteOrder::Contest => VoteSort::Contest,
                VoteOrder::Choice => VoteSort::Choice,
            },
            filter: VoteFilter {
                is_excluded: is(VoteMark::Excluded),
                is_test: is(VoteMark::Test),
                is_paper: is(VoteMark::Paper),
                is_proxy: is(VoteMark::Proxy),
                is_unsigned: is(VoteMark::Unsigned),
                id: asked.id,
                voter: asked.voter,
                candidate: filled(asked.candidate),
                contest: filled(asked.contest),
                from: asked.from,
                to: asked.to,
                address: asked.address,
                named: None,
            },
        }
    }
}

/// Which audit entries. Empty texts and nulls ask for nothing.
#[derive(Clone, Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct AuditAsked {
    /// Part of the event's name.
    pub event: String,
    /// Severity.
    pub severity: String,
    /// Beginning of the actor's id, or part of the name.
    pub actor: String,
    /// Not before, seconds since 1970.
    pub from: Option<i64>,
    /// Not after, seconds since 1970.
    pub to: Option<i64>,
    /// Part of the content, or the beginning of the number.
    pub text: String,
    /// Only entries that a finding names.
    pub is_named: bool,
}

impl From<AuditAsked> for (AuditFilter, bool) {
    fn from(asked: AuditAsked) -> Self {
        let filter = AuditFilter {
            event: asked.event,
            severity: asked.severity,
            actor: asked.actor,
            from: asked.from,
            to: asked.to,
            text: asked.text,
            named: None,
        };
        (filter, asked.is_named)
    }
}

/// Which credentials. Nulls and empty texts ask for nothing.
#[derive(Clone, Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CredentialsAsked {
    /// Used or not.
    pub is_used: Option<bool>,
    /// Opened or not.
    pub is_opened: Option<bool>,
    /// Test or not.
    pub is_test: Option<bool>,
    /// Part of any field.
    pub text: String,
}

impl From<CredentialsAsked> for RowsQuery {
    fn from(asked: CredentialsAsked) -> Self {
        Self { is_used: asked.is_used, is_opened: asked.is_opened, is_test: asked.is_test, text: asked.text }
    }
}

/// How far a search is.
#[derive(Clone, Copy, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ExtentView {
    /// Rows that can be read now: all matches once the search is done.
    pub known: u64,
    /// Rows that were looked at.
    pub searched: u64,
    /// Rows of the table, filtered or not.
    pub total: u64,
    /// True once every match is known.
    pub is_done: bool,
}

impl From<Extent> for ExtentView {
    fn from(extent: Extent) -> Self {
        Self { known: extent.known, searched: extent.searched, total: extent.total, is_done: extent.is_done }
    }
}

/// A page of votes.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct VotesPage {
    /// Rows in the order asked for.
    pub rows: Vec<VoteRow>,
    /// How far the search is.
    pub extent: ExtentView,
    /// False where sorting so many rows must be prepared first.
    pub is_sortable: bool,
    /// True where searching and sorting are prepared.
    pub is_prepared: bool,
}

/// One vote.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct VoteRow {
    /// Position in the case, from 1.
    pub number: i64,
    /// Vote id.
    pub id: String,
    /// Contest.
    pub position: String,
    /// Candidate chosen.
    pub candidate_id: String,
    /// Rank, or empty.
    pub rank: String,
    /// When it was cast, as written.
    pub voted_at: String,
    /// Voter hash, or voter id in a named election, or empty.
    pub voter: String,
    /// Address, or empty.
    pub address: String,
    /// Signature, or empty.
    pub signature: String,
    /// Link of the vote chain, or empty.
    pub chain_hash: String,
    /// Marked as test.
    pub is_test: bool,
    /// Recorded from paper.
    pub is_paper: bool,
    /// Cast by a proxy.
    pub is_proxy: bool,
    /// When it was excluded, or empty.
    pub excluded_at: String,
    /// Who excluded it, or empty.
    pub excluded_by: String,
    /// Why it was excluded, or empty.
    pub exclusion_reason: String,
    /// Codes of the findings that name it.
    pub codes: Vec<String>,
    /// Where it stands in the evidence.
    pub place: PlaceView,
}

impl VoteRow {
    /// A vote with what else is known about it.
    pub(crate) fn new(vote: VoteRecord, browser: &Browser) -> Self {
        let is_set = |text: &Option<String>| vote::flag(text.as_deref()).unwrap_or(false);
        let (is_test, is_paper, is_proxy) =
            (is_set(&vote.is_test), is_set(&vote.is_manual), is_set(&vote.is_proxy_vote));
        let hash = vote.voter_hash.filter(|hash| !hash.is_empty());
        Self {
            codes: browser.codes(&format!("vote:{}", vote.id)),
            place: vote.place.map_or_else(PlaceView::nowhere, |place| PlaceView::of(place, browser)),
            number: vote.number,
            id: vote.id,
            position: vote.position.unwrap_or_default(),
            candidate_id: vote.candidate_id,
            rank: vote.vote_rank.unwrap_or_default(),
            voted_at: vote.voted_at.unwrap_or_default(),
            voter: hash.or(vote.voter_id).unwrap_or_default(),
            address: vote.ip_address.unwrap_or_default(),
            signature: vote.vote_signature.unwrap_or_default(),
            chain_hash: vote.chain_hash.unwrap_or_default(),
            is_test,
            is_paper,
            is_proxy,
            excluded_at: vote.deleted_at.unwrap_or_default(),
            excluded_by: vote.deleted_by.unwrap_or_default(),
            exclusion_reason: vote.deletion_reason.unwrap_or_default(),
        }
    }
}

/// A page of audit entries.
#[derive(Debug, Serialize, TS)]
pub struct AuditPage {
    /// Rows by the origin's number.
    pub rows: Vec<AuditRow>,
    /// How far the search is.
    pub extent: ExtentView,
}

/// One audit entry.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct AuditRow {
    /// Position in the case.
    pub number: i64,
    /// The origin's number.
    pub id: i64,
    /// Time, as written.
    pub timestamp: String,
    /// Event.
    pub event_type: String,
    /// Category.
    pub category: String,
    /// Severity as the origin wrote it.
    pub severity: String,
    /// Who: the name where there is one, else the id.
    pub actor: String,
    /// Address.
    pub address: String,
    /// Content, JSON text as it came.
    pub data: String,
    /// Hash of the predecessor.
    pub previous_hash: String,
    /// Hash of the entry.
    pub hash: String,
    /// Version of the hash rule.
    pub hash_version: i64,
    /// Which kind of export the row came from.
    pub source: String,
    /// Codes of the findings that name it.
    pub codes: Vec<String>,
    /// Where it stands in the evidence.
    pub place: PlaceView,
}

impl AuditRow {
    /// An entry with what else is known about it.
    pub(crate) fn new(number: i64, entry: AuditRecord, browser: &Browser) -> Self {
        let name = entry.username.filter(|name| !name.is_empty());
        Self {
            number,
            codes: browser.codes(&format!("audit:{}", entry.id)),
            place: PlaceView::of(entry.place, browser),
            id: entry.id,
            timestamp: entry.timestamp.unwrap_or_default(),
            event_type: entry.event_type,
            category: entry.event_category.unwrap_or_default(),
            severity: entry.severity.unwrap_or_default(),
            actor: name.or(entry.user_id).unwrap_or_default(),
            address: entry.ip_address.unwrap_or_default(),
            data: entry.event_data.unwrap_or_default(),
            previous_hash: entry.previous_hash.unwrap_or_default(),
            hash: entry.current_hash.unwrap_or_default(),
            hash_version: entry.hash_version.unwrap_or(1),
            source: match entry.source {
                AuditSource::Table => "table",
                AuditSource::Shipped => "shipped log",
                AuditSource::Archive => "archive",
                AuditSource::Export => "export",
                AuditSource::List => "list",
            }
            .to_owned(),
        }
    }
}

/// A page of credentials.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CredentialsPage {
    /// Rows in the order of the export.
    pub rows: Vec<CredentialRow>,
    /// How far the search is.
    pub extent: ExtentView,
}

/// One credential.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CredentialRow {
    /// Position in the case.
    pub number: i64,
    /// Id.
    pub id: String,
    /// Hash of the credential, or empty.
    pub hash: String,
    /// Hash of the voter, or empty.
    pub voter: String,
    /// When it was made.
    pub created_at: String,
    /// When it ends.
    pub expires_at: String,
    /// When it was first opened, or empty.
    pub opened_at: String,
    /// How often it was opened, as written.
    pub opened_times: String,
    /// When it was used, or empty.
    pub used_at: String,
    /// Used.
    pub is_used: bool,
    /// A test.
    pub is_test: bool,
    /// Codes of the findings that name it.
    pub codes: Vec<String>,
    /// Where it stands in the evidence.
    pub place: PlaceView,
}

impl CredentialRow {
    /// A credential with what else is known about it.
    pub(crate) fn new(number: i64, row: TableRow, browser: &Browser) -> Self {
        let field = |wanted: &str| {
            let found = row.fields.iter().find(|(name, _)| name == wanted);
            found.and_then(|(_, text)| text.clone()).unwrap_or_default()
        };
        let is_set = |name: &str| vote::flag(Some(&field(name))).unwrap_or(true);
        Self {
            number,
            codes: browser.codes(&format!("token:{}", field("id"))),
            place: PlaceView::of(row.place, browser),
            id: field("id"),
            hash: field("token"),
            voter: field("voter_hash"),
            created_at: field("created_at"),
            expires_at: field("expires_at"),
            opened_at: field("first_accessed_at"),
            opened_times: field("access_count"),
            used_at: field("used_at"),
            is_used: is_set("used"),
            is_test: is_set("is_test"),
        }
    }
}

/// A table of the export.
#[derive(Debug, Serialize, TS)]
pub struct ExportTable {
    /// Name, as the export has it.
    pub name: String,
    /// Rows.
    pub rows: u64,
    /// Columns, as the export names them.
    pub columns: Vec<String>,
}

/// A page of rows of a table.
#[derive(Debug, Serialize, TS)]
pub struct TablePage {
    /// Rows in the order of the export.
    pub rows: Vec<TableRowView>,
    /// How far the search is.
    pub extent: ExtentView,
}

/// One row of a table.
#[derive(Debug, Serialize, TS)]
pub struct TableRowView {
    /// Position in the case.
    pub number: i64,
    /// Name and value of every field that is filled.
    pub fields: Vec<(String, String)>,
    /// Codes of the findings that name it.
    pub codes: Vec<String>,
    /// Where it stands in the evidence.
    pub place: PlaceView,
}

impl TableRowView {
    /// A row with what else is known about it.
    pub(crate) fn new(number: i64, row: TableRow, browser: &Browser) -> Self {
        let fields = row.fields.into_iter().filter_map(|(name, value)| Some((name, value?)));
        Self {
            number,
            codes: browser.codes_at(row.place),
            place: PlaceView::of(row.place, browser),
            fields: fields.collect(),
        }
    }
}

/// One thing that could be voted for.
#[derive(Debug, Serialize, TS)]
pub struct ChoiceView {
    /// Candidate.
    pub id: String,
    /// Name.
    pub name: String,
    /// Contest, or empty.
    pub contest: String,
}

impl From<Choice> for ChoiceView {
    fn from(choice: Choice) -> Self {
        Self { id: choice.id, name: choice.name, contest: choice.contest }
    }
}
