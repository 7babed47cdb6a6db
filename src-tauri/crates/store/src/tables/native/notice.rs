//! Messages that were prepared, and what became of them.

use rusqlite::params;

use super::{change_rows, row, rows, signed, unsigned};
use crate::{Change, Elections, StoreError};

/// A notice: one text for one audience, or one message for each recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeRow {
    /// Number in the case; 0 before it is stored.
    pub id: i64,
    /// Template that it was made from.
    pub template: String,
    /// Who it is for.
    pub audience: String,
    /// When.
    pub prepared_at: String,
    /// By whom.
    pub prepared_by: String,
    /// Holds or points to a credential; its text goes when the election closes.
    pub is_secret: bool,
    /// The messages, JSON; sealed in base64 where they are secret; `None` once they were scrubbed.
    pub messages: Option<String>,
    /// For how many.
    pub recipients: u64,
    /// Who confirmed that it went out; `None` before.
    pub approved_by: Option<String>,
    /// When it went out.
    pub sent_at: Option<String>,
    /// How many went out, failed, were skipped.
    pub outcome: Option<(u64, u64, u64)>,
}

fn notice(row: &rusqlite::Row<'_>) -> rusqlite::Result<NoticeRow> {
    let number = |name: &str| -> rusqlite::Result<Option<u64>> { Ok(row.get::<_, Option<i64>>(name)?.map(unsigned)) };
    let outcome = match (number("sent")?, number("failed")?, number("skipped")?) {
        (Some(sent), Some(failed), Some(skipped)) => Some((sent, failed, skipped)),
        _ => None,
    };
    Ok(NoticeRow {
        id: row.get("id")?,
        template: row.get("template")?,
        audience: row.get("audience")?,
        prepared_at: row.get("prepared_at")?,
        prepared_by: row.get("prepared_by")?,
        is_secret: row.get("is_secret")?,
        messages: row.get("messages")?,
        recipients: unsigned(row.get("recipients")?),
        approved_by: row.get("approved_by")?,
        sent_at: row.get("sent_at")?,
        outcome,
    })
}

impl Elections<'_> {
    /// All notices of an election, oldest first.
    ///
    /// # Errors
    /// The database's.
    pub fn notices(&self, election: &str) -> Result<Vec<NoticeRow>, StoreError> {
        rows(self.0, "SELECT * FROM native_notice WHERE election = ?1 ORDER BY id", [election], notice)
    }

    /// One notice of an election.
    ///
    /// # Errors
    /// The database's.
    pub fn notice(&self, election: &str, id: i64) -> Result<Option<NoticeRow>, StoreError> {
        row(self.0, "SELECT * FROM native_notice WHERE election = ?1 AND id = ?2", params![election, id], notice)
    }
}

impl Change<'_> {
    /// Puts a notice into the outbox; answers its number.
    ///
    /// # Errors
    /// The database's.
    pub fn add_notice(&self, election: &str, notice: &NoticeRow) -> Result<i64, StoreError> {
        change_rows(
            self.connection(),
            "INSERT INTO native_notice (election, template, audience, prepared_at, prepared_by, is_secret, messages, recipients)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            params![
                election,
                notice.template,
                notice.audience,
                notice.prepared_at,
                notice.prepared_by,
                notice.is_secret,
                notice.messages,
                signed(notice.recipients)
            ],
        )?;
        Ok(self.connection().last_insert_rowid())
    }

    /// Notes that a notice went out.
    ///
    /// # Errors
    /// The database's.
    pub fn confirm_notice(&self, id: i64, by: &str, at: &str, outcome: (u64, u64, u64)) -> Result<(), StoreError> {
        change_rows(
            self.connection(),
            "UPDATE native_notice SET approved_by = ?2, sent_at = ?3, sent = ?4, failed = ?5, skipped = ?6 WHERE id = ?1",
            params![id, by, at, signed(outcome.0), signed(outcome.1), signed(outcome.2)],
        )?;
        Ok(())
    }

    /// Takes the texts of secret notices away; answers how many messages they were.
    ///
    /// # Errors
    /// The database's.
    pub fn scrub_notices(&self, election: &str) -> Result<u64, StoreError> {
        let sql = "SELECT coalesce(sum(recipients), 0) FROM native_notice
                   WHERE election = ?1 AND is_secret = 1 AND messages IS NOT NULL";
        let messages: i64 = self.connection().query_row(sql, [election], |row| row.get(0))?;
        let sql = "UPDATE native_notice SET messages = NULL WHERE election = ?1 AND is_secret = 1";
        change_rows(self.connection(), sql, [election])?;
        Ok(unsigned(messages))
    }
}
