//! Changes that decide while they write: what they read, what they write and the acts that tell of it are one transaction.

use std::cell::{Cell, RefCell};
use std::ops::Deref;

use rusqlite::{Connection, TransactionBehavior};

use crate::tables::ledger;
use crate::{Act, CaseFile, LedgerEntry, Reader, StoreError};

/// Reads what an election on this machine holds.
#[derive(Clone, Copy)]
pub struct Elections<'a>(pub(crate) &'a Connection);

/// Reads what the case holds about incidents.
#[derive(Clone, Copy)]
pub struct Incidents<'a>(pub(crate) &'a Connection);

/// A running change. Reads see what it wrote before.
pub struct Change<'a> {
    elections: Elections<'a>,
    acts: Cell<u32>,
    /// The newest act, once it was asked for.
    newest: RefCell<Option<LedgerEntry>>,
    handle: u64,
}

/// A state of a case as one handle sees it: as long as the mark stays the same, nobody wrote anything into the case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CaseMark {
    /// Number of the handle within the process.
    handle: u64,
    /// SQLite's counter of what other handles wrote.
    others: i64,
    /// Rows that this handle wrote.
    own: u64,
}

impl<'a> Deref for Change<'a> {
    type Target = Elections<'a>;

    fn deref(&self) -> &Self::Target {
        &self.elections
    }
}

impl Change<'_> {
    pub(crate) fn connection(&self) -> &Connection {
        self.elections.0
    }

    /// Writes an act of this change into the ledger.
    ///
    /// # Errors
    /// The database's.
    pub fn record(&self, act: &Act<'_>) -> Result<LedgerEntry, StoreError> {
        self.acts.set(self.acts.get() + 1);
        let last = self.newest_act()?;
        let entry = ledger::append_after(self.connection(), last.as_ref(), act.at, act.actor, act.act, &act.detail)?;
        *self.newest.borrow_mut() = Some(entry.clone());
        Ok(entry)
    }

    /// The newest act of the case.
    ///
    /// # Errors
    /// The database's.
    pub fn newest_act(&self) -> Result<Option<LedgerEntry>, StoreError> {
        let mut newest = self.newest.borrow_mut();
        if newest.is_none() {
            *newest = ledger::newest(self.connection())?;
        }
        Ok(newest.clone())
    }

    /// The state of the case with all that this change wrote so far. Where the change is not kept, the mark means nothing.
    ///
    /// # Errors
    /// The database's.
    pub fn mark(&self) -> Result<CaseMark, StoreError> {
        let connection = self.connection();
        let others = connection.prepare_cached("PRAGMA data_version")?.query_row([], |row| row.get(0))?;
        Ok(CaseMark { handle: self.handle, others, own: connection.total_changes() })
    }
}

impl<'a> Elections<'a> {
    /// Reads incidents with the same handle.
    pub fn incidents(&self) -> Incidents<'a> {
        Incidents(self.0)
    }

    /// The newest act of the case.
    ///
    /// # Errors
    /// The database's.
    pub fn newest_act(&self) -> Result<Option<LedgerEntry>, StoreError> {
        ledger::newest(self.0)
    }

    /// The chain hash of the newest ballot of an election that the ledger tells of.
    ///
    /// # Errors
    /// The database's.
    pub fn newest_chain_hash_told(&self, election: &str) -> Result<Option<String>, StoreError> {
        let sql = "SELECT json_extract(detail, '$.chain_hash') FROM ledger
                   WHERE json_extract(detail, '$.election_id') = ?1 AND json_extract(detail, '$.chain_hash') IS NOT NULL
                   ORDER BY number DESC LIMIT 1";
        let mut statement = self.0.prepare_cached(sql)?;
        let found = statement.query_map([election], |row| row.get(0))?.next().transpose()?;
        Ok(found)
    }
}

impl CaseFile {
    /// Runs a change. Where it answers an error, nothing of it is kept.
    ///
    /// # Errors
    /// What the change answers, or the database's.
    ///
    /// # Panics
    /// Where the change wrote no act: every change of a case is told in its ledger.
    pub fn change<T, E: From<StoreError>>(&mut self, work: impl FnOnce(&Change<'_>) -> Result<T, E>) -> Result<T, E> {
        self.must_be_writable()?;
        let path = self.path().to_owned();
        let explain = |error: rusqlite::Error| StoreError::from(error).explain(&path);
        self.set_aside_in_memory().map_err(|error| error.explain(&path))?;
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(explain)?;
        let change = Change {
            elections: Elections(&transaction),
            acts: Cell::new(0),
            newest: RefCell::default(),
            handle: self.handle,
        };
        let value = work(&change)?;
        assert!(change.acts.get() > 0, "a change of the case is told in its ledger");
        transaction.commit().map_err(explain)?;
        Ok(value)
    }

    /// Reads elections with the writer's own handle.
    pub fn elections(&self) -> Elections<'_> {
        Elections(&self.connection)
    }

    /// Reads incidents with the writer's own handle.
    pub fn incidents(&self) -> Incidents<'_> {
        Incidents(&self.connection)
    }

    /// Moves what large changes left in the journal beside the case into the case. Where somebody reads there, it stays.
    pub fn settle(&self) {
        // A journal that stays is worked in on the next opening; nothing is lost either way.
        let _ = self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
    }
}

impl Reader {
    /// Reads elections.
    pub fn elections(&self) -> Elections<'_> {
        Elections(self.connection())
    }

    /// Reads incidents.
    pub fn incidents(&self) -> Incidents<'_> {
        Incidents(self.connection())
    }
}
