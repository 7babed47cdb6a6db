//! Elections that are run in this case, one file per table. Reads hang on [`crate::Elections`], writes on [`crate::Change`].

pub mod ballot;
pub mod credential;
pub mod election;
pub mod notice;
pub mod paper;
pub mod person;
pub mod roll;

use rusqlite::{Connection, Params, Row};

use crate::StoreError;

/// All rows of a query.
fn rows<T>(
    connection: &Connection,
    sql: &str,
    params: impl Params,
    map: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>, StoreError> {
    let mut statement = connection.prepare_cached(sql)?;
    let found = statement.query_map(params, map)?.collect::<Result<_, _>>()?;
    Ok(found)
}

/// The one row of a query, where there is one.
fn row<T>(
    connection: &Connection,
    sql: &str,
    params: impl Params,
    map: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Option<T>, StoreError> {
    Ok(rows(connection, sql, params, map)?.into_iter().next())
}

/// Runs a statement that must change exactly as many rows as it is told.
fn change_rows(connection: &Connection, sql: &str, params: impl Params) -> Result<usize, StoreError> {
    Ok(connection.prepare_cached(sql)?.execute(params)?)
}

/// Counts are never negative and fit 63 bits.
fn unsigned(value: i64) -> u64 {
    u64::try_from(value).unwrap_or(0)
}

/// As the database keeps it.
fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::native::ballot::{ExclusionRow, NativeBallot};
    use crate::tables::native::credential::CredentialRow;
    use crate::{Act, CaseFile};

    #[test]
    fn what_was_cast_issued_or_decided_cannot_be_taken_out_by_anybody() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut case = CaseFile::create(&folder.path().join("case.scrutineer"), "t", "").expect("made");
        let digest = domain::Sha256Digest([7; 32]);
        case.change::<_, StoreError>(|change| {
            change.put_election(&election::sample("E1"))?;
            change.add_credential(&CredentialRow {
                election: "E1".to_owned(),
                id: vec![1; 16],
                code_hash: vec![2; 32],
                weight: 1,
                is_valid: true,
                uses: 0,
                comes_after: false,
                link: Some(vec![3; 40]),
            })?;
            change.add_ballot(
                "E1",
                &NativeBallot {
                    position: 1,
                    voter: None,
                    body: "{}".to_owned(),
                    hash: digest,
                    previous: digest,
                    chain: digest,
                    signature: [0; 32],
                    cast_at: None,
                },
            )?;
            let exclusion = ExclusionRow {
                position: 1,
                reason: "r".to_owned(),
                excluded_at: String::new(),
                excluded_by: "a".to_owned(),
                second: String::new(),
            };
            change.add_exclusion("E1", &exclusion)?;
            change.add_result("E1", "result", "", "{}")?;
            change.record(&Act { at: "", actor: "t", act: "made", detail: serde_json::json!({}) })?;
            Ok(())
        })
        .expect("written");
        for sql in [
            "DELETE FROM native_ballot",
            "UPDATE native_ballot SET body = ''",
            "DELETE FROM native_credential",
            "DELETE FROM native_exclusion",
            "UPDATE native_exclusion SET reason = ''",
            "DELETE FROM native_result",
            "UPDATE native_result SET body = ''",
            "DELETE FROM ledger",
        ] {
            assert!(case.connection.execute_batch(sql).is_err(), "{sql}");
        }
    }
}
