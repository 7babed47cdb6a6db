//! What an export lacks and a person knows: kept in the case with an act of its own, and named as an assumption by every
//! claim that uses it.

use std::path::Path;

use serde_json::{Map, Value, json};
use store::tables::assumption::Assumption;

use crate::{Case, Error, audit};

/// Largest file of such values.
const MAX_BYTES: u64 = 16 << 20;

/// Values for one election, as the person gave them.
#[derive(Clone, Debug, PartialEq)]
pub struct Assumed {
    /// Where they were taken from: a file's name, or where in the window they were typed.
    pub origin: String,
    /// Values by the origin system's own names.
    pub values: Map<String, Value>,
}

/// Reads a JSON object of values. Members that no check needs are kept and ignored.
///
/// # Errors
/// [`Error::Input`] with line and column where it is no JSON object.
pub fn read_config_file(path: &Path) -> Result<Assumed, Error> {
    let shown = path.display().to_string();
    let failed = |row: u64, message: String| Error::Input { path: shown.clone(), row, column: String::new(), message };
    let meta = std::fs::metadata(path).map_err(|error| failed(0, format!("{shown}: {error}")))?;
    if !meta.is_file() || meta.len() > MAX_BYTES {
        return Err(failed(0, format!("{shown}: a JSON file of at most 16 MiB was expected")));
    }
    let text = std::fs::read_to_string(path).map_err(|error| failed(0, format!("{shown}: {error}")))?;
    let text = text.trim_start_matches('\u{feff}');
    let values: Value = serde_json::from_str(text).map_err(|error| {
        let row = u64::try_from(error.line()).unwrap_or(0);
        failed(row, format!("{shown}, line {}, column {}: {error}", error.line(), error.column()))
    })?;
    let Value::Object(values) = values else {
        return Err(failed(1, format!("{shown}: a JSON object with what the export lacks was expected")));
    };
    let origin = path.file_name().map_or(shown, |name| name.to_string_lossy().into_owned());
    Ok(Assumed { origin, values })
}

impl Case {
    /// What counts of what was said about an election, or about none by name where nothing was said about it.
    ///
    /// # Errors
    /// The store's.
    pub fn assumed(&self, system: &str, election: &str) -> Result<Option<Assumed>, Error> {
        let said = self.reader()?.assumptions()?;
        let about = |name: &str| said.iter().rev().find(|it| it.system == system && it.election == name);
        let Some(found) = about(election).or_else(|| about("")) else { return Ok(None) };
        let Ok(Value::Object(values)) = serde_json::from_str(&found.body) else { return Ok(None) };
        Ok(Some(Assumed { origin: found.origin.clone(), values }))
    }

    /// Keeps what a person said about an election of a system. What was said later about the same election counts.
    ///
    /// # Errors
    /// [`Error::Input`] with the member that the system cannot take; the store's.
    pub fn assume(&mut self, system: &str, assumed: &Assumed) -> Result<(), Error> {
        let problem = match system {
            audit::astra::SYSTEM => audit::astra::wrong_setting(&assumed.values),
            audit::logbook::SYSTEM => audit::logbook::wrong_setting(&assumed.values),
            _ => None,
        };
        if let Some(problem) = problem {
            let message = format!("{}: {problem}", assumed.origin);
            return Err(Error::Input { path: assumed.origin.clone(), row: 0, column: String::new(), message });
        }
        let election = match assumed.values.get("election_id") {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Number(number)) => number.to_string(),
            _ => String::new(),
        };
        let assumption = Assumption {
            system: system.to_owned(),
            election: election.clone(),
            origin: assumed.origin.clone(),
            body: Value::Object(assumed.values.clone()).to_string(),
        };
        let detail = json!({
            "system": system,
            "election": election,
            "origin": assumed.origin,
            "values": assumed.values,
        });
        self.change("evidence.assume", detail, |file, act| file.assume(act, &assumption))
    }
}
