//! `commands.toml`: commands of the source systems with placeholders, and the quick reference page.
//!
//! The program fills, shows and copies them; it runs none. Filling is in [`crate::command_fill`].

use serde::Serialize;

use crate::fields::Fields;
use crate::placeholders;

/// Everything of `commands.toml`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct CommandSet {
    /// Every placeholder with its meaning.
    pub placeholders: Vec<Placeholder>,
    /// The commands.
    pub commands: Vec<Command>,
    /// The parts of the quick reference page.
    pub quick_reference: Vec<QuickReferencePart>,
}

impl CommandSet {
    /// The command of this id.
    pub fn command(&self, id: &str) -> Option<&Command> {
        self.commands.iter().find(|command| command.id == id)
    }

    /// The placeholder of this id.
    pub fn placeholder(&self, id: &str) -> Option<&Placeholder> {
        self.placeholders.iter().find(|placeholder| placeholder.id == id)
    }
}

/// A value that an environment profile gives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Placeholder {
    /// The name between double braces.
    pub id: String,
    /// What it stands for.
    pub meaning: String,
    /// Value of the example installation; empty where there is none.
    pub default: String,
    /// True where any text is allowed: it is inserted as one single-quoted shell word.
    pub quote: bool,
}

/// What a command does to the system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Changes nothing.
    Look,
    /// Can be undone.
    Change,
    /// Cannot be undone, or overwrites data.
    Destructive,
}

impl Effect {
    /// All of them.
    pub const ALL: &'static [Effect] = &[Self::Look, Self::Change, Self::Destructive];

    /// The word of a file.
    pub fn word(self) -> &'static str {
        match self {
            Self::Look => "look",
            Self::Change => "change",
            Self::Destructive => "destructive",
        }
    }
}

/// Where a command is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Shell {
    /// A POSIX shell.
    Sh,
    /// The PostgreSQL client.
    Psql,
    /// Nowhere: it is a thing to do.
    Note,
}

impl Shell {
    /// All of them.
    pub const ALL: &'static [Shell] = &[Self::Sh, Self::Psql, Self::Note];

    /// The word of a file.
    pub fn word(self) -> &'static str {
        match self {
            Self::Sh => "sh",
            Self::Psql => "psql",
            Self::Note => "note",
        }
    }
}

/// One command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Command {
    /// Unique.
    pub id: String,
    /// What it is for.
    pub title: String,
    /// Source system, or `any`.
    pub system: String,
    /// What it does to the system.
    pub effect: Effect,
    /// Where it is typed.
    pub shell: Shell,
    /// The text with placeholders.
    pub text: String,
    /// Their names.
    pub placeholders: Vec<String>,
    /// What to know before; for a destructive one the warning.
    pub note: Option<String>,
    /// Codes of the runbooks it comes from.
    pub sources: Vec<String>,
}

/// A part of the quick reference page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct QuickReferencePart {
    /// Unique.
    pub id: String,
    /// Heading.
    pub title: String,
    /// Ids of commands.
    pub commands: Vec<String>,
}

pub(crate) fn read(root: &Fields<'_>) -> CommandSet {
    root.schema_1();
    let placeholders: Vec<Placeholder> = root
        .tables("placeholder")
        .iter()
        .map(|fields| Placeholder {
            id: fields.text("id"),
            meaning: fields.text("meaning"),
            default: fields.text_or_empty("default"),
            quote: fields.optional_flag("quote"),
        })
        .collect();
    root.ids_once("placeholder", &placeholders.iter().map(|placeholder| placeholder.id.clone()).collect::<Vec<_>>());
    let commands: Vec<Command> =
        root.tables("command").iter().map(|fields| read_command(fields, &placeholders)).collect();
    root.ids_once("command", &commands.iter().map(|command| command.id.clone()).collect::<Vec<_>>());
    let mut quick_reference = Vec::new();
    for fields in root.tables("quick_reference") {
        let part = QuickReferencePart {
            id: fields.text("id"),
            title: fields.text("title"),
            commands: fields.texts("commands"),
        };
        for id in part.commands.iter().filter(|id| !commands.iter().any(|command| command.id == **id)) {
            fields.problem("commands", format!("there is no command \"{id}\""), "name one of commands.toml");
        }
        quick_reference.push(part);
    }
    root.ids_once("quick_reference", &quick_reference.iter().map(|part| part.id.clone()).collect::<Vec<_>>());
    CommandSet { placeholders, commands, quick_reference }
}

fn read_command(fields: &Fields<'_>, declared: &[Placeholder]) -> Command {
    let effect = fields.word("effect", Effect::ALL, Effect::word).unwrap_or(Effect::Destructive);
    let command = Command {
        id: fields.text("id"),
        title: fields.text("title"),
        system: fields.text("system"),
        effect,
        shell: fields.word("shell", Shell::ALL, Shell::word).unwrap_or(Shell::Note),
        text: fields.text("text"),
        placeholders: fields.texts("placeholders"),
        note: fields.optional_text("note"),
        sources: fields.texts("sources"),
    };
    let found = placeholders::names(&command.text);
    for reason in placeholders::disagreements(&command.placeholders, &found) {
        fields.problem("placeholders", reason, "list exactly the names that stand in the text");
    }
    for name in command.placeholders.iter().filter(|name| !declared.iter().any(|known| known.id == **name)) {
        fields.problem("placeholders", format!("\"{name}\" is declared nowhere"), "add a [[placeholder]] of this id");
    }
    for name in quoted_in_quotes(&command, declared) {
        fields.problem(
            "text",
            format!("{{{{{name}}}}} becomes a quoted word of its own and stands inside quotes, or not in a shell line"),
            "write it with a space before it, outside quotes, in a command of shell sh",
        );
    }
    if command.text.contains('\n') {
        fields.problem("text", "the command has several lines", "write one line, so that it can be pasted at once");
    }
    command
}

/// Names of quoted placeholders that would not stay one word: inside quotes, after a backslash, or outside a shell line.
fn quoted_in_quotes(command: &Command, declared: &[Placeholder]) -> Vec<String> {
    let mut quote: Option<char> = None;
    let mut is_escaped = false;
    let mut found = Vec::new();
    for piece in placeholders::pieces(&command.text) {
        match piece {
            placeholders::Piece::Text(text) => {
                for letter in text.chars() {
                    match (letter, quote) {
                        _ if is_escaped => is_escaped = false,
                        ('\\', None | Some('"')) => is_escaped = true,
                        ('\'' | '"', None) => quote = Some(letter),
                        (letter, Some(open)) if letter == open => quote = None,
                        _ => {}
                    }
                }
            }
            placeholders::Piece::Name(name) => {
                let is_quoted = declared.iter().any(|known| known.id == name && known.quote);
                if is_quoted && (quote.is_some() || is_escaped || command.shell != Shell::Sh) {
                    found.push(name.to_owned());
                }
            }
        }
    }
    found
}
