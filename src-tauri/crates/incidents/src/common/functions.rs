//! `functions.toml`: every function of the program that a step may name.

use serde::Serialize;

use crate::fields::Fields;

/// What a function is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FunctionKind {
    /// Finds something out.
    Check,
    /// Does something.
    Act,
}

impl FunctionKind {
    /// Both.
    pub const ALL: &'static [FunctionKind] = &[Self::Check, Self::Act];

    /// The word of a file.
    pub fn word(self) -> &'static str {
        match self {
            Self::Check => "check",
            Self::Act => "act",
        }
    }
}

/// One function.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Function {
    /// `check.NAME` or `act.NAME`.
    pub id: String,
    /// Check or act.
    pub kind: FunctionKind,
    /// What it does.
    pub does: String,
    /// Where it can be used, in words.
    pub applies_to: String,
}

pub(crate) fn read(root: &Fields<'_>) -> Vec<Function> {
    root.schema_1();
    let mut functions = Vec::new();
    for fields in root.tables("function") {
        let id = fields.text("id");
        let kind = fields.word("kind", FunctionKind::ALL, FunctionKind::word).unwrap_or(FunctionKind::Check);
        if !id.starts_with(&format!("{}.", kind.word())) {
            fields.problem("id", format!("a {} is called {}.NAME", kind.word(), kind.word()), "change id or kind");
        }
        functions.push(Function { id, kind, does: fields.text("does"), applies_to: fields.text("applies_to") });
    }
    root.ids_once("function", &functions.iter().map(|function| function.id.clone()).collect::<Vec<_>>());
    functions
}
