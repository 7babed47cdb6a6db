//! The audit log: one keyed chain over all elections, in version 3 of its hash.
//!
//! Written from the published format alone, as the votes are.

use std::io;

use domain::digest::encode_hex;
use sha2::{Digest, Sha256};

use super::Options;
use super::output::{Layout, TableFile};
use super::plan::{CANDIDATES, Election, Kind, POSITIONS, Plan, Planted, WINDOW_SECONDS};
use super::votes::{BEGINNING, Cast, Keyed, clock};

const COLUMNS: [&str; 18] = [
    "id",
    "timestamp",
    "timestamp_nanos",
    "event_type",
    "event_category",
    "severity",
    "user_id",
    "username",
    "session_id",
    "organization_id",
    "ip_address",
    "user_agent",
    "geo_location",
    "event_data",
    "previous_hash",
    "current_hash",
    "hash_version",
    "created_at",
];

/// The audit log while it is written.
pub(super) struct Log<'a> {
    plan: &'a Plan,
    layout: Layout,
    table: TableFile,
    key: Keyed,
    head: String,
    newest_id: u64,
    planted: Vec<Planted>,
}

/// SHA-256 of a text, hex.
pub(super) fn hash_of(text: &str) -> String {
    encode_hex(&Sha256::digest(text))
}

impl<'a> Log<'a> {
    pub(super) fn create(plan: &'a Plan, options: &Options, layout: Layout) -> io::Result<Self> {
        Ok(Self {
            plan,
            layout,
            table: TableFile::create(options, layout, "audit_logs", &COLUMNS)?,
            key: Keyed::new(&plan.audit_key),
            head: "0".repeat(64),
            newest_id: 0,
            planted: Vec::new(),
        })
    }

    pub(super) fn opened(&mut self, election: &Election) -> io::Result<()> {
        let data = format!(
            "{{\"candidate_count\": {}, \"election_id\": \"{}\", \"roster_frozen_count\": {}, \"start_adjusted_to_open_time\": false, \"title\": \"{}\"}}",
            POSITIONS.len() * CANDIDATES,
            election.id,
            election.votes.div_ceil(POSITIONS.len() as u64),
            election.title
        );
        self.entry(election, 0, "election_opened", &data, None)
    }

    /// `number` counts the votes of the election.
    pub(super) fn cast(&mut self, election: &Election, number: u64, vote: &Cast) -> io::Result<()> {
        let data = format!(
            "{{\"election_id\": \"{}\", \"position\": \"{}\", \"vote_id\": \"{}\"}}",
            election.id, POSITIONS[vote.contest], vote.id
        );
        let change = self.plan.changes.get(&(election.first + number)).copied().filter(|kind| kind.is_of_log());
        self.entry(election, vote.second, "vote_cast_token", &data, change)
    }

    pub(super) fn closed(&mut self, election: &Election) -> io::Result<()> {
        let data = format!(
            "{{\"anonymity_salt_destroyed\": true, \"election_id\": \"{}\", \"ip_metadata_purged\": true, \"title\": \"{}\"}}",
            election.id, election.title
        );
        self.entry(election, WINDOW_SECONDS, "election_closed", &data, None)
    }

    /// Appends an entry to the chain, and to the file unless it was taken out or edited afterwards.
    fn entry(
        &mut self,
        election: &Election,
        second: u64,
        event: &str,
        data: &str,
        change: Option<Kind>,
    ) -> io::Result<()> {
        self.newest_id += 1;
        let id = self.newest_id;
        let time = clock(second);
        let nanos = (BEGINNING + second) * 1_000_000_000 + id * 7919 % 1_000_000_000;
        // Token votes, openings and closings have no user, hence no organization, and no address here.
        let hash = self.key.hex(&format!("{time}.000000+00:00|{nanos}|{event}|None|None|None|{data}|{}", self.head));
        let previous = std::mem::replace(&mut self.head, hash.clone());
        let edited;
        let data = match change {
            Some(Kind::EntryEdited) => {
                edited = data.replacen('{', "{\"altered\": true, ", 1);
                &edited
            }
            _ => data,
        };
        if change != Some(Kind::EntryDeleted) {
            let time = time.replace('T', " ");
            let line = match self.layout {
                Layout::Csv => format!(
                    "{id},{time},{nanos},{event},elections,info,,,,,,,,\"{}\",{previous},{hash},3,{time}",
                    data.replace('"', "\"\"")
                ),
                Layout::Json => format!(
                    "{{\"id\":{id},\"timestamp\":\"{time}\",\"timestamp_nanos\":{nanos},\"event_type\":\"{event}\",\"event_category\":\"elections\",\"severity\":\"info\",\"user_id\":null,\"username\":null,\"session_id\":null,\"organization_id\":null,\"ip_address\":null,\"user_agent\":null,\"geo_location\":null,\"event_data\":{data},\"previous_hash\":\"{previous}\",\"current_hash\":\"{hash}\",\"hash_version\":3,\"created_at\":\"{time}\"}}"
                ),
            };
            self.table.row(line.as_bytes())?;
        }
        if let Some(kind) = change {
            let row = (kind != Kind::EntryDeleted).then_some(self.table.rows);
            self.planted.push(Planted { id: id.to_string(), kind, election_id: election.id.clone(), row });
        }
        Ok(())
    }

    pub(super) fn finish(self) -> io::Result<Vec<Planted>> {
        self.table.finish()?;
        Ok(self.planted)
    }
}
