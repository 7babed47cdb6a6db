//! Words on the command line for the words of incidents.

use clap::builder::PossibleValuesParser;
use clap::builder::TypedValueParser as _;
use workflow::Error;
use workflow::domain::incident::{
    CheckResult, EntryKind, GuardedAct, IncidentCategory, IncidentSeverity, IncidentStatus, StepState,
};
use workflow::domain::{FindingCode, Instant};

macro_rules! parsers {
    ($($name:ident: $word:ident,)*) => {
        $(pub(super) fn $name() -> impl clap::builder::TypedValueParser<Value = $word> {
            let words: Vec<&'static str> = $word::ALL.iter().map(|one| one.word()).collect();
            PossibleValuesParser::new(words).map(|word| $word::from_word(&word).unwrap_or($word::ALL[0]))
        })*
    };
}

parsers! {
    severity: IncidentSeverity,
    category: IncidentCategory,
    status: IncidentStatus,
    step_state: StepState,
    act: GuardedAct,
    entry_kind: EntryKind,
}

/// A time such as `2026-11-21T18:00:00+01:00`.
pub(super) fn instant(text: &str) -> Result<Instant, String> {
    Instant::parse(text).ok_or_else(|| format!("`{text}` is no time; write it as 2026-11-21T18:00:00+01:00"))
}

/// A finding code such as `S101`.
pub(super) fn finding(text: &str) -> Result<FindingCode, String> {
    FindingCode::from_code(text).ok_or_else(|| format!("there is no finding `{text}`; codes look like S101"))
}

/// `NAME=TEXT`.
pub(super) fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or_else(|| format!("`{text}` is not NAME=TEXT"))?;
    Ok((name.trim().to_owned(), value.to_owned()))
}

/// `SCALE=LABEL`.
pub(super) fn label(text: &str) -> Result<(String, String), String> {
    pair(text).map_err(|_| format!("`{text}` is not SCALE=LABEL, for example electra=P1"))
}

/// `FROM-TO`.
pub(super) fn range(text: &str) -> Result<(u64, u64), String> {
    let wrong = || format!("`{text}` is no range of lines; write it as 120-180");
    let (from, to) = text.split_once('-').ok_or_else(wrong)?;
    let (from, to) = (from.trim().parse().map_err(|_| wrong())?, to.trim().parse().map_err(|_| wrong())?);
    if from == 0 || to < from { Err(wrong()) } else { Ok((from, to)) }
}

/// True where a check contradicts something.
pub(super) fn is_contradiction(result: CheckResult) -> bool {
    result == CheckResult::Fail
}

pub(super) fn refused(message: impl Into<String>) -> Error {
    Error::Refused { message: message.into() }
}
