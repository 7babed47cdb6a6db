//! Indexes that make searching and sorting quick. Keys in random order slow a load down severalfold, so none of these is
//! there during a load: they are made afterwards, when somebody first needs them, and can be left out altogether.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, OptionalExtension};

use crate::StoreError;

/// An index over votes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Index {
    /// Votes by id.
    VoteId,
    /// Votes by hash of the voter.
    VoterHash,
    /// Votes by id of the voter.
    VoterId,
    /// Votes by time.
    VoteTime,
    /// Votes by contest and choice.
    VoteChoice,
}

impl Index {
    /// All of them, the one most often needed first.
    pub const ALL: [Self; 5] = [Self::VoteId, Self::VoterHash, Self::VoterId, Self::VoteTime, Self::VoteChoice];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::VoteId => "vote_by_id",
            Self::VoterHash => "vote_by_voter_hash",
            Self::VoterId => "vote_by_voter_id",
            Self::VoteTime => "vote_by_time",
            Self::VoteChoice => "vote_by_choice",
        }
    }

    fn columns(self) -> &'static str {
        match self {
            Self::VoteId => "vote (vote_id)",
            Self::VoterHash => "vote (voter_hash) WHERE voter_hash IS NOT NULL",
            Self::VoterId => "vote (voter_id) WHERE voter_id IS NOT NULL",
            Self::VoteTime => "vote (election, voted_at)",
            Self::VoteChoice => "vote (election, position, candidate)",
        }
    }

    /// True where the case has it.
    ///
    /// # Errors
    /// The database's.
    pub fn is_there(self, connection: &Connection) -> Result<bool, StoreError> {
        let mut statement =
            connection.prepare_cached("SELECT 1 FROM sqlite_schema WHERE type = 'index' AND name = ?1")?;
        Ok(statement.query_row([self.name()], |_| Ok(())).optional()?.is_some())
    }
}

/// Steps of the database's machine between two looks at whether to stop.
const STEPS: u64 = 20_000;
/// Steps that making an index takes for each row, measured; only for telling how far the work is.
const STEPS_PER_ROW: u64 = 13;

/// Makes an index with a connection of its own. `advance` hears how many rows more are about done, `is_cancelled` is asked
/// many times a second; a cancelled index leaves nothing behind.
///
/// # Errors
/// The database's or the medium's; the case is then as it was.
pub fn build_index(
    path: &std::path::Path,
    index: Index,
    rows: u64,
    advance: &(dyn Fn(u64) + Sync),
    is_cancelled: &(dyn Fn() -> bool + Sync),
) -> Result<(), StoreError> {
    let mut connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)
        .map_err(|error| StoreError::from(error).explain(path))?;
    connection.busy_timeout(Duration::from_secs(3))?;
    connection.pragma_update(None, "cache_size", -16_384)?;
    let steps = Arc::new(AtomicU64::new(0));
    let stop = Arc::new(AtomicBool::new(false));
    let (counted, stopped) = (Arc::clone(&steps), Arc::clone(&stop));
    let every = i32::try_from(STEPS).unwrap_or(i32::MAX);
    connection.progress_handler(
        every,
        Some(move || {
            counted.fetch_add(STEPS, Ordering::Relaxed);
            stopped.load(Ordering::Relaxed)
        }),
    )?;
    let sql = format!("CREATE INDEX IF NOT EXISTS {} ON {}", index.name(), index.columns());
    let made = std::thread::scope(|scope| {
        let work = scope.spawn(move || connection.execute_batch(&sql));
        let mut told = 0;
        while !work.is_finished() {
            if is_cancelled() {
                stop.store(true, Ordering::Relaxed);
            }
            let done = (steps.load(Ordering::Relaxed) / STEPS_PER_ROW).min(rows);
            advance(done.saturating_sub(told));
            told = told.max(done);
            std::thread::sleep(Duration::from_millis(20));
        }
        advance(rows.saturating_sub(told));
        work.join().expect("the database does not panic")
    });
    made.map_err(|error| StoreError::from(error).explain(path))
}
