//! Playbooks, commands to copy, and alert rules: what needs no case.

use std::path::Path;

use serde_json::json;
use workflow::Error;
use workflow::incident::incidents::command_fill::{EnvironmentProfile, KnownValues, WarningRead, fill};
use workflow::incident::incidents::triggers::prometheus_rules;
use workflow::incident::read_library;

use super::arguments::PlaybookCommand;
use super::kinds::refused;
use crate::run::{DONE, UNREADABLE, answer, say, tell};

pub(super) fn run(command: PlaybookCommand) -> Result<u8, Error> {
    match command {
        PlaybookCommand::List { playbooks, json } => {
            let library = read_library(playbooks.as_deref())?;
            for problem in library.left_out.iter().flat_map(|left| &left.problems) {
                say(&format!("Left out: {problem}"));
            }
            if json {
                let all: Vec<_> = library
                    .playbooks
                    .iter()
                    .map(|file| {
                        json!({"id": file.playbook.id, "title": file.playbook.title, "version": file.playbook.version,
                               "severity": file.playbook.default_severity, "category": file.playbook.category,
                               "origin": file.origin, "sha256": file.sha256.to_hex()})
                    })
                    .collect();
                answer(&json!({"schema": "scrutineer/playbooks/1", "playbooks": all, "left_out": library.left_out}));
            } else {
                for file in &library.playbooks {
                    let playbook = &file.playbook;
                    tell(&format!("{:30} {:8} {}", playbook.id, playbook.default_severity.word(), playbook.title));
                }
            }
            Ok(DONE)
        }
        PlaybookCommand::Show { playbook, playbooks, json } => {
            let library = read_library(playbooks.as_deref())?;
            let Some(file) = library.playbook(&playbook) else {
                return Err(refused(format!(
                    "there is no playbook \"{playbook}\"; `incident playbooks list` shows them"
                )));
            };
            if json {
                answer(&json!(file));
            } else {
                tell(file.text.trim_end());
            }
            Ok(DONE)
        }
        PlaybookCommand::Check { folder, json } => {
            let library = read_library(Some(&folder))?;
            let problems: Vec<_> = library.left_out.iter().flat_map(|left| &left.problems).collect();
            if json {
                answer(&json!({"schema": "scrutineer/playbooks-check/1", "left_out": library.left_out,
                               "used": library.files}));
            } else if problems.is_empty() {
                tell("Every file of the folder loads.");
            } else {
                for problem in &problems {
                    tell(&problem.to_string());
                }
            }
            Ok(if problems.is_empty() { DONE } else { UNREADABLE })
        }
    }
}

pub(super) fn read_profile(path: &Path) -> Result<EnvironmentProfile, Error> {
    let failed = |reason: String| Error::Input {
        path: path.display().to_string(),
        row: 0,
        column: String::new(),
        message: format!("{}: {reason}", path.display()),
    };
    let text = std::fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
    serde_json::from_str(&text).map_err(|error| failed(format!("this is no profile: {error}")))
}

pub(super) fn commands(
    command: Option<&str>,
    profile: Option<&Path>,
    values: Vec<(String, String)>,
    warning_read: bool,
    playbooks: Option<&Path>,
    is_json: bool,
) -> Result<u8, Error> {
    let library = read_library(playbooks)?;
    let Some(id) = command else {
        if is_json {
            answer(&json!({"schema": "scrutineer/commands/1", "commands": library.commands.commands}));
        } else {
            for command in &library.commands.commands {
                tell(&format!("{:28} {}", command.id, command.title));
            }
        }
        return Ok(DONE);
    };
    let profile = profile.map(read_profile).transpose()?.unwrap_or_default();
    let known: KnownValues = values.into_iter().collect();
    let filled = fill(&library.commands, id, &profile, &known).map_err(|error| refused(error.to_string()))?;
    if let Some(warning) = filled.warning() {
        say(&format!("Warning: {warning}"));
        if !warning_read {
            return Err(refused(format!(
                "\"{id}\" destroys or overwrites something; read the warning, then add --warning-read"
            )));
        }
    }
    if !filled.examples.is_empty() {
        say(&format!("Note: example values stand for {}.", filled.examples.join(", ")));
    }
    let text = filled.text().unwrap_or_else(|| filled.text_after(WarningRead));
    if is_json {
        answer(&json!({"id": filled.id, "title": filled.title, "note": filled.note, "warning": filled.warning(),
                       "examples": filled.examples, "text": text}));
    } else {
        tell(text);
    }
    Ok(DONE)
}

pub(super) fn rules(out: Option<&Path>, playbooks: Option<&Path>) -> Result<u8, Error> {
    let text = prometheus_rules(&read_library(playbooks)?);
    match out {
        Some(path) => std::fs::write(path, &text)
            .map_err(|error| Error::Output { path: path.display().to_string(), reason: error.to_string() })?,
        None => tell(text.trim_end()),
    }
    Ok(DONE)
}
