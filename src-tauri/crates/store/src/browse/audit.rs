//! Audit entries in the order of the origin's numbers, with a filter.

use domain::AuditRecord;
use rusqlite::types::Value;

use super::keys::{Kind, ranges};
use super::{Filter, Listing, Path, Segment, lower};
use crate::{Reader, StoreError};

/// Which entries are wanted; the default is all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Part of the event's name.
    pub event: String,
    /// Severity as the origin wrote it.
    pub severity: String,
    /// Beginning of the actor's id, or part of the name.
    pub actor: String,
    /// Not before, seconds.
    pub from: Option<i64>,
    /// Not after, seconds.
    pub to: Option<i64>,
    /// Part of the content, or the beginning of the number.
    pub text: String,
    /// Only entries of this number: the rows that findings name.
    pub named: Option<Vec<i64>>,
}

impl AuditFilter {
    fn filter(&self, reader: &Reader) -> Filter {
        let mut filter = Filter::default();
        let terms = |filter: &mut Filter, column: &str, numbers: Vec<i64>| {
            let list: Vec<String> = numbers.iter().map(i64::to_string).collect();
            filter.require(format!("{column} IN ({})", list.join(", ")), []);
        };
        let event = self.event.trim().to_lowercase();
        if !event.is_empty() {
            terms(&mut filter, "event_type", reader.terms_like(&|text| text.to_lowercase().contains(&event)));
        }
        let severity = self.severity.trim().to_lowercase();
        if !severity.is_empty() {
            terms(&mut filter, "severity", reader.terms_like(&|text| text.to_lowercase() == severity));
        }
        if !self.actor.trim().is_empty() {
            let ids = ranges(&self.actor, Kind::Id);
            let mut parts: Vec<String> = ids.iter().map(|_| "user_id BETWEEN ? AND ?".to_owned()).collect();
            parts.push("instr(lower(coalesce(json_extract(rest, '$.username'), '')), ?) > 0".to_owned());
            let values = ids.into_iter().flat_map(|(low, high)| [low, high]).chain([lower(&self.actor)]);
            filter.require(format!("({})", parts.join(" OR ")), values.collect::<Vec<_>>());
        }
        filter.require_time("timestamp", self.from, self.to);
        let text = self.text.trim();
        if !text.is_empty() {
            let mut parts = vec!["instr(lower(coalesce(event_data, '')), ?) > 0".to_owned()];
            let mut values = vec![lower(text)];
            if text.bytes().all(|byte| byte.is_ascii_digit()) {
                parts.push("CAST(log_id AS TEXT) LIKE ? || '%'".to_owned());
                values.push(Value::Text(text.to_owned()));
            }
            filter.require(format!("({})", parts.join(" OR ")), values);
        }
        if let Some(numbers) = &self.named {
            terms(&mut filter, "log_id", numbers.clone());
        }
        filter
    }
}

impl Listing {
    /// Audit entries.
    ///
    /// # Errors
    /// The database's.
    pub fn audit(reader: &Reader, wanted: &AuditFilter) -> Result<Self, StoreError> {
        // Numbers in the case run from 1 without a gap, and no row is ever deleted: the largest is the count.
        let last = reader.last_number("audit_entry")?;
        let segment = Segment {
            clause: "1".to_owned(),
            values: Vec::new(),
            path: Path::Sorted("audit_entry_by_log_id", "log_id"),
        };
        Ok(Self::new("audit_entry", vec![segment], wanted.filter(reader), None, super::small(last), last))
    }

    /// Entries at places `from` to `from + limit`, as far as they are known, each with its number in the case.
    ///
    /// # Errors
    /// The database's.
    pub fn read_audit(&self, reader: &Reader, from: u64, limit: u32) -> Result<Vec<(i64, AuditRecord)>, StoreError> {
        let keys = self.slice(reader.connection(), from, limit)?;
        let mut entries = Vec::with_capacity(keys.len());
        let mut at = 0;
        while let Some(first) = keys.get(at) {
            let Value::Integer(log_id) = first.order else { break };
            // Without a filter the rows behind the first are the following keys; with one they mostly are not.
            let rest = keys.len() - at;
            let limit = if self.filter.is_empty() { u32::try_from(rest).unwrap_or(u32::MAX) } else { 1 };
            let page = reader.audit_entries((log_id, first.number - 1), limit)?;
            if page.is_empty() {
                break;
            }
            at += page.len();
            entries.extend(page);
        }
        Ok(entries)
    }

    /// Number in the case of the first entry with the origin's number, or the next behind it.
    ///
    /// # Errors
    /// The database's.
    pub fn audit_number(reader: &Reader, log_id: i64) -> Result<Option<i64>, StoreError> {
        let page = reader.audit_entries((log_id.saturating_sub(1), i64::MAX), 1)?;
        Ok(page.first().map(|(number, _)| *number))
    }
}
