//! Audit entries of source systems.

use std::collections::HashMap;

use domain::{AuditRecord, AuditSource};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row, params};

use super::short;
use super::vote::Terms;
use crate::StoreError;

/// Writes an entry.
pub fn insert(connection: &Connection, terms: &mut Terms, entry: &AuditRecord) -> Result<(), StoreError> {
    let mut rest = serde_json::Map::new();
    for (name, value) in
        [("username", &entry.username), ("session_id", &entry.session_id), ("user_agent", &entry.user_agent)]
    {
        if let Some(text) = value {
            rest.insert(name.to_owned(), text.as_str().into());
        }
    }
    let rest = if rest.is_empty() { None } else { Some(serde_json::Value::Object(rest).to_string()) };
    let event_type = terms.number(connection, &entry.event_type)?;
    let mut optional = |text: &Option<String>| -> Result<Option<i64>, StoreError> {
        text.as_deref().map(|text| terms.number(connection, text)).transpose()
    };
    let (category, severity, organization) =
        (optional(&entry.event_category)?, optional(&entry.severity)?, optional(&entry.organization_id)?);
    connection
        .prepare_cached(
            "INSERT INTO audit_entry (file_id, row, source, log_id, timestamp, timestamp_nanos, event_type, event_category, severity, \
             user_id, organization_id, ip_address, event_data, previous_hash, current_hash, hash_version, rest) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)",
        )?
        .execute(params![
            entry.place.file.0,
            i64::try_from(entry.place.row).unwrap_or(i64::MAX),
            entry.source.number(),
            entry.id,
            short::time(entry.timestamp.as_deref()),
            short::number(entry.timestamp_nanos.as_deref()),
            event_type,
            category,
            severity,
            short::id(entry.user_id.as_deref()),
            organization,
            entry.ip_address,
            entry.event_data,
            short::hash(entry.previous_hash.as_deref()),
            short::hash(entry.current_hash.as_deref()),
            entry.hash_version,
            rest,
        ])?;
    Ok(())
}

fn decode(row: &Row<'_>, terms: &Terms) -> Result<AuditRecord, StoreError> {
    let mut rest: HashMap<String, String> = match row.get_ref("rest")? {
        ValueRef::Text(bytes) => serde_json::from_slice(bytes)
            .map_err(|error| StoreError::Value { table: "audit_entry", reason: error.to_string() })?,
        _ => HashMap::new(),
    };
    let term = |name: &str| -> rusqlite::Result<Option<String>> {
        Ok(row.get::<_, Option<i64>>(name)?.map(|number| terms.text(number).to_owned()))
    };
    let source = AuditSource::from_number(row.get("source")?)
        .ok_or(StoreError::Value { table: "audit_entry", reason: "unknown kind of export".to_owned() })?;
    Ok(AuditRecord {
        place: super::evidence::place(row)?,
        source,
        id: row.get("log_id")?,
        timestamp: short::time_text(row.get_ref("timestamp")?),
        timestamp_nanos: short::plain_text(row.get_ref("timestamp_nanos")?),
        event_type: term("event_type")?.unwrap_or_default(),
        event_category: term("event_category")?,
        severity: term("severity")?,
        user_id: short::id_text(row.get_ref("user_id")?),
        username: rest.remove("username"),
        session_id: rest.remove("session_id"),
        organization_id: term("organization_id")?,
        ip_address: row.get("ip_address")?,
        user_agent: rest.remove("user_agent"),
        event_data: row.get("event_data")?,
        previous_hash: short::hash_text(row.get_ref("previous_hash")?),
        current_hash: short::hash_text(row.get_ref("current_hash")?),
        hash_version: row.get("hash_version")?,
    })
}

/// Entries in the order of the origin's numbers, behind `after` (number, position in the case).
pub fn page(
    connection: &Connection,
    terms: &Terms,
    after: (i64, i64),
    limit: u32,
) -> Result<Vec<(i64, AuditRecord)>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT * FROM audit_entry WHERE (log_id, number) > (?1, ?2) ORDER BY log_id, number LIMIT ?3",
    )?;
    let mut rows = statement.query(params![after.0, after.1, limit])?;
    let mut entries = Vec::new();
    while let Some(row) = rows.next()? {
        entries.push((row.get("number")?, decode(row, terms)?));
    }
    Ok(entries)
}

/// Ranges of the origin's numbers that hold about `size` entries each: (behind, up to).
pub fn blocks(connection: &Connection, size: usize) -> Result<Vec<(i64, i64)>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT log_id FROM audit_entry ORDER BY log_id")?;
    let mut rows = statement.query([])?;
    let (mut blocks, mut count, mut behind, mut last) = (Vec::new(), 0usize, None, None);
    while let Some(row) = rows.next()? {
        let id: i64 = row.get(0)?;
        let before = *behind.get_or_insert(id.saturating_sub(1));
        if let Some(end) = last.filter(|end| count >= size && *end != id) {
            blocks.push((before, end));
            (behind, count) = (Some(end), 0);
        }
        count += 1;
        last = Some(id);
    }
    if let (Some(before), Some(end)) = (behind, last) {
        blocks.push((before, end));
    }
    Ok(blocks)
}

/// Entries of a range of the origin's numbers, in order, with their positions in the case.
pub fn range(
    connection: &Connection,
    terms: &Terms,
    (after, up_to): (i64, i64),
    each: &mut dyn FnMut(i64, AuditRecord) -> bool,
) -> Result<(), StoreError> {
    let mut statement = connection
        .prepare_cached("SELECT * FROM audit_entry WHERE log_id > ?1 AND log_id <= ?2 ORDER BY log_id, number")?;
    let mut rows = statement.query([after, up_to])?;
    while let Some(row) = rows.next()? {
        if !each(row.get("number")?, decode(row, terms)?) {
            break;
        }
    }
    Ok(())
}

/// For each kind of export its entries: how many, the smallest and the largest of the origin's numbers.
pub fn sources(connection: &Connection) -> Result<Vec<(AuditSource, u64, i64, i64)>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT source, count(*), min(log_id), max(log_id) FROM audit_entry GROUP BY source ORDER BY source",
    )?;
    let mut rows = statement.query([])?;
    let mut sources = Vec::new();
    while let Some(row) = rows.next()? {
        if let Some(source) = AuditSource::from_number(row.get(0)?) {
            sources.push((source, u64::try_from(row.get::<_, i64>(1)?).unwrap_or(0), row.get(2)?, row.get(3)?));
        }
    }
    Ok(sources)
}

/// The entries at these positions in the case.
pub fn by_numbers(connection: &Connection, terms: &Terms, numbers: &[i64]) -> Result<Vec<AuditRecord>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT * FROM audit_entry WHERE number = ?1")?;
    let mut entries = Vec::with_capacity(numbers.len());
    for number in numbers {
        let mut rows = statement.query([number])?;
        if let Some(row) = rows.next()? {
            entries.push(decode(row, terms)?);
        }
    }
    Ok(entries)
}

/// Entries with one of the origin's numbers.
pub fn by_log_id(connection: &Connection, terms: &Terms, log_id: i64) -> Result<Vec<AuditRecord>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT * FROM audit_entry WHERE log_id = ?1 ORDER BY number")?;
    let mut rows = statement.query([log_id])?;
    let mut entries = Vec::new();
    while let Some(row) = rows.next()? {
        entries.push(decode(row, terms)?);
    }
    Ok(entries)
}

/// Number of entries.
pub fn count(connection: &Connection) -> Result<i64, StoreError> {
    Ok(connection.query_row("SELECT count(*) FROM audit_entry", [], |row| row.get(0))?)
}
