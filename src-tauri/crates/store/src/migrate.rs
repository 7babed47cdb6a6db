//! Numbered migrations, each in one transaction with its version. Released ones are never edited (`migrations/HASHES`).

use rusqlite::Connection;

use crate::StoreError;

const MIGRATIONS: &[&str] = &[
    include_str!("../migrations/0001_case.sql"),
    include_str!("../migrations/0002_review.sql"),
    include_str!("../migrations/0003_ballots.sql"),
    include_str!("../migrations/0004_elections.sql"),
    include_str!("../migrations/0005_incidents.sql"),
    include_str!("../migrations/0006_casting.sql"),
];

/// Newest layout that this program knows.
pub(crate) fn newest() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX)
}

/// Brings a database to the newest layout.
pub(crate) fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    let current: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    for (index, sql) in MIGRATIONS.iter().enumerate() {
        let version = i64::try_from(index).unwrap_or(i64::MAX) + 1;
        if version <= current {
            continue;
        }
        let transaction = connection.transaction()?;
        transaction.execute_batch(sql)?;
        transaction.pragma_update(None, "user_version", version)?;
        transaction.commit()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::*;

    #[test]
    fn released_migrations_are_never_edited() {
        let hashes = include_str!("../migrations/HASHES");
        for (line, sql) in hashes.lines().zip(MIGRATIONS) {
            let expected = line.split_whitespace().next().expect("a hash on each line");
            assert_eq!(domain::digest::encode_hex(&Sha256::digest(sql)), expected, "{line}");
        }
        assert_eq!(hashes.lines().count(), MIGRATIONS.len(), "each migration is pinned");
    }
}
