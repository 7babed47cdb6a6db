//! Keys on their way in. Their values never travel back.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Which keys an audit uses. It has no `Debug`: the text holds secrets.
#[derive(Deserialize, TS)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum KeysChoice {
    /// None; keyed checks cannot tell.
    Skip,
    /// Those already held in memory.
    Held,
    /// Those of the bundled sample.
    Sample,
    /// `NAME=value` lines or JSON.
    Pasted {
        /// The text.
        text: String,
    },
}

/// Keys held in memory until the case is closed: names only.
#[derive(Debug, Default, Serialize, TS)]
pub struct KeysHeld {
    /// Each key's name and where it came from.
    pub keys: Vec<String>,
    /// Remarks about values that were not usable.
    pub warnings: Vec<String>,
}
