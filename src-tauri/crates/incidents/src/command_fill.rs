//! Fills commands for copying. The program runs none of them.
//!
//! * Every placeholder is filled or the command is refused.
//! * A value holds letters, digits and `_ . / : @ = % + , -` only. A placeholder marked `quote` takes any text without
//!   control characters except line breaks and tabs, and is inserted as one single-quoted shell word.
//! * A value never becomes an option of its own: it does not begin with `-`.
//! * The text of a destructive command is given out only to who says that its warning was read.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::common::commands::{Command, CommandSet, Effect, Placeholder, Shell};
use crate::common::contacts::{Channel, Contact, Contacts, Service};
use crate::common::control::Control;
use crate::placeholders::{Piece, pieces};
use domain::{Instant, ProcedureControl};

/// The values of one installation, kept by the office.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnvironmentProfile {
    /// Its name, for example the installation.
    pub name: String,
    /// Values by placeholder.
    pub values: BTreeMap<String, String>,
    /// True where the values of the example installation stand in for those that are missing.
    pub use_examples: bool,
}

/// Values that the program knows by itself: `incident_id`, `incident_stamp`, `election_id`, `message_text`, ...
pub type KnownValues = BTreeMap<String, String>;

/// `YYYYMMDD-HHMM` of an instant in UTC, for `incident_stamp`.
pub fn incident_stamp(at: Instant) -> String {
    let digits: Vec<char> = at.to_utc().date_and_time('T').chars().filter(char::is_ascii_digit).collect();
    let part = |range: std::ops::Range<usize>| digits.get(range).unwrap_or_default().iter().collect::<String>();
    format!("{}-{}", part(0..8), part(8..12))
}

/// Why a command was not filled.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize)]
#[non_exhaustive]
pub enum FillError {
    /// There is no command of this id.
    #[error("There is no command \"{id}\"; name one of commands.toml")]
    Unknown {
        /// The id.
        id: String,
    },
    /// A value is missing.
    #[error("The command \"{command}\" needs a value for \"{placeholder}\" ({meaning}); fill it in in the profile")]
    Missing {
        /// The command.
        command: String,
        /// The placeholder.
        placeholder: String,
        /// What it stands for.
        meaning: String,
    },
    /// A value breaks the quoting rules.
    #[error("The value of \"{placeholder}\" {reason}; {advice}")]
    Value {
        /// The placeholder.
        placeholder: String,
        /// What is wrong with it.
        reason: String,
        /// What is allowed.
        advice: String,
    },
}

/// A filled command. The text of a destructive one comes out only against [`WarningRead`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilledCommand {
    /// Id.
    pub id: String,
    /// What it is for.
    pub title: String,
    /// What it does to the system.
    pub effect: Effect,
    /// Where it is typed.
    pub shell: Shell,
    /// What to know before.
    pub note: Option<String>,
    /// Names of values that come from the example installation.
    pub examples: Vec<String>,
    text: String,
}

/// Says that a person has read the warning of a destructive command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WarningRead;

impl FilledCommand {
    /// The text of a command that can be copied at once; `None` for a destructive one.
    pub fn text(&self) -> Option<&str> {
        (self.effect != Effect::Destructive).then_some(self.text.as_str())
    }

    /// The text of any command, once its warning was read.
    pub fn text_after(&self, _read: WarningRead) -> &str {
        &self.text
    }

    /// The warning to read first; `None` for a command that destroys nothing.
    pub fn warning(&self) -> Option<&str> {
        let usual = "This cannot be undone, or it overwrites data. Let a second person look at it.";
        (self.effect == Effect::Destructive).then(|| self.note.as_deref().unwrap_or(usual))
    }
}

/// Fills one command.
///
/// # Errors
/// The first placeholder that is missing or whose value breaks the rules.
pub fn fill(
    set: &CommandSet,
    id: &str,
    profile: &EnvironmentProfile,
    known: &KnownValues,
) -> Result<FilledCommand, FillError> {
    let command = set.command(id).ok_or_else(|| FillError::Unknown { id: id.to_owned() })?;
    let mut text = String::with_capacity(command.text.len());
    let mut examples = Vec::new();
    for piece in pieces(&command.text) {
        match piece {
            Piece::Text(plain) => text.push_str(plain),
            Piece::Name(name) => {
                let (value, is_example) = value_of(set, command, name, profile, known)?;
                if is_example && !examples.contains(&name.to_owned()) {
                    examples.push(name.to_owned());
                }
                text.push_str(&value);
            }
        }
    }
    Ok(FilledCommand {
        id: command.id.clone(),
        title: command.title.clone(),
        effect: command.effect,
        shell: command.shell,
        note: command.note.clone(),
        examples,
        text,
    })
}

fn value_of(
    set: &CommandSet,
    command: &Command,
    name: &str,
    profile: &EnvironmentProfile,
    known: &KnownValues,
) -> Result<(String, bool), FillError> {
    let missing = |meaning: &str| FillError::Missing {
        command: command.id.clone(),
        placeholder: name.to_owned(),
        meaning: meaning.to_owned(),
    };
    let placeholder = set.placeholder(name).ok_or_else(|| missing("it is declared nowhere"))?;
    let own = known.get(name).or_else(|| profile.values.get(name)).filter(|value| !value.is_empty());
    let example = Some(&placeholder.default).filter(|value| profile.use_examples && !value.is_empty());
    let Some(value) = own.or(example) else { return Err(missing(&placeholder.meaning)) };
    let value = check_value(placeholder, value)?;
    Ok((value, own.is_none()))
}

/// Characters that mean nothing to a shell.
const PLAIN: &[u8] = b"_./:@=%+,-";

/// The value as it is inserted.
///
/// # Errors
/// The rule that it breaks.
pub fn check_value(placeholder: &Placeholder, value: &str) -> Result<String, FillError> {
    let refuse = |reason: String, advice: &str| {
        Err(FillError::Value { placeholder: placeholder.id.clone(), reason, advice: advice.to_owned() })
    };
    if placeholder.quote {
        let foreign = value.chars().find(|letter| letter.is_control() && !matches!(letter, '\n' | '\t'));
        if let Some(foreign) = foreign {
            let reason = format!("holds the control character U+{:04X}", u32::from(foreign));
            return refuse(reason, "take it out");
        }
        return Ok(quoted(value));
    }
    if placeholder.id == "query_pid" && !value.bytes().all(|byte| byte.is_ascii_digit()) {
        return refuse(format!("is \"{value}\""), "it is a number: write digits only");
    }
    let foreign = value.chars().find(|letter| {
        !letter.is_ascii_alphanumeric() && !u8::try_from(*letter).is_ok_and(|byte| PLAIN.contains(&byte))
    });
    if let Some(foreign) = foreign {
        let reason = format!("holds {foreign:?}");
        return refuse(reason, "write only letters, digits and _ . / : @ = % + , -");
    }
    if value.starts_with('-') {
        return refuse("begins with -".to_owned(), "it would be read as an option; write it without");
    }
    Ok(value.to_owned())
}

/// One single-quoted word of a POSIX shell, whatever the text.
pub fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// A part of the quick reference page, for printing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuickReference {
    /// Heading.
    pub title: String,
    /// The commands, or why one could not be filled.
    pub lines: Vec<QuickLine>,
}

/// One line of the quick reference page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuickLine {
    /// What the command is for.
    pub title: String,
    /// What it does to the system.
    pub effect: Effect,
    /// What to know before; for a destructive one the warning, which is printed above the text.
    pub note: Option<String>,
    /// The text, with the placeholders where a value is missing.
    pub text: String,
    /// What is missing; empty where the command can be typed as it stands.
    pub missing: String,
    /// True where values of the example installation are in it.
    pub has_examples: bool,
}

/// The quick reference page. On paper every command stands, a destructive one under its warning.
pub fn quick_reference(set: &CommandSet, profile: &EnvironmentProfile, known: &KnownValues) -> Vec<QuickReference> {
    let line = |command: &Command| match fill(set, &command.id, profile, known) {
        Ok(filled) => QuickLine {
            title: filled.title.clone(),
            effect: filled.effect,
            note: filled.warning().map(str::to_owned).or_else(|| filled.note.clone()),
            text: filled.text.clone(),
            missing: String::new(),
            has_examples: !filled.examples.is_empty(),
        },
        Err(error) => QuickLine {
            title: command.title.clone(),
            effect: command.effect,
            note: command.note.clone(),
            text: command.text.clone(),
            missing: error.to_string(),
            has_examples: false,
        },
    };
    set.quick_reference
        .iter()
        .map(|part| QuickReference {
            title: part.title.clone(),
            lines: part.commands.iter().filter_map(|id| set.command(id)).map(line).collect(),
        })
        .collect()
}

/// The call list, for printing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallList {
    /// The escalation ladder, the first level first.
    pub ladder: Vec<Contact>,
    /// Everybody else.
    pub others: Vec<Contact>,
    /// Where to write.
    pub channels: Vec<Channel>,
    /// Services outside.
    pub services: Vec<Service>,
    /// The quick reference commands.
    pub commands: Vec<QuickReference>,
    /// Example values that are still in place, one sentence each; printed on the list.
    pub warnings: Vec<String>,
    /// What document control says about the set.
    pub control: ProcedureControl,
}

/// The call list on `now`.
pub fn call_list(
    contacts: &Contacts,
    set: &CommandSet,
    profile: &EnvironmentProfile,
    control: &Control,
    now: Instant,
) -> CallList {
    CallList {
        ladder: contacts.ladder().into_iter().cloned().collect(),
        others: contacts.contacts.iter().filter(|contact| contact.ladder_level.is_none()).cloned().collect(),
        channels: contacts.channels.clone(),
        services: contacts.services.clone(),
        commands: quick_reference(set, profile, &KnownValues::new()),
        warnings: contacts.warnings(),
        control: control.marks(now),
    }
}
