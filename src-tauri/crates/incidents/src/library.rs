//! The whole set of playbooks and common files: the shipped ones with an office's own laid over them.
//!
//! In an office's folder a table with the same `id` takes the place of the shipped one, and a new `id` is added; a whole
//! playbook file takes the place of the shipped file of the same name. A broken file of the office is listed with its
//! problems and left out; all others still load.

use domain::Sha256Digest;
use serde::Serialize;
use sha2::{Digest, Sha256};
use toml_edit::DocumentMut;

use crate::common::checklists::{self, Checklist};
use crate::common::commands::{self, CommandSet};
use crate::common::contacts::Contacts;
use crate::common::control::Control;
use crate::common::functions::{self, Function};
use crate::common::reports::{self, ReportLayout};
use crate::common::severity::SeverityTable;
use crate::common::templates::{self, Template};
use crate::common::triggers::Triggers;
use crate::embedded::{COMMON, PLAYBOOKS};
use crate::fields::{Fields, Problem, Problems, parse_document};
use crate::overlay;
use crate::playbook::Playbook;
use crate::references::Names;

/// A file of an office's folder, as the caller read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfficeFile {
    /// Name, with or without folders before it.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl OfficeFile {
    fn base_name(&self) -> &str {
        self.name.rsplit(['/', '\\']).next().unwrap_or(&self.name)
    }
}

/// Whose a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Built into the program.
    Shipped,
    /// Of the office's folder.
    Office,
}

/// A playbook with what is frozen into an incident that uses it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PlaybookFile {
    /// What it says.
    pub playbook: Playbook,
    /// Whose it is.
    pub origin: Origin,
    /// SHA-256 of the bytes.
    pub sha256: Sha256Digest,
    /// The text itself.
    pub text: String,
}

/// A file that is in use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UsedFile {
    /// Name.
    pub name: String,
    /// `Office` where an office's file is laid over the shipped one or takes its place.
    pub origin: Origin,
    /// SHA-256 of the text that was used; of the merged text where an office's tables were laid over.
    pub sha256: Sha256Digest,
}

/// A file of the office that was left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    /// Name as given.
    pub file: String,
    /// Why, one for each field.
    pub problems: Vec<Problem>,
}

/// Everything that is known about responding to incidents.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Library {
    /// Functions of the program.
    pub functions: Vec<Function>,
    /// Severities, clocks, ladder, profiles.
    pub severity: SeverityTable,
    /// Commands and the quick reference page.
    pub commands: CommandSet,
    /// Message templates.
    pub templates: Vec<Template>,
    /// Checklists.
    pub checklists: Vec<Checklist>,
    /// Roles, contacts, channels, services.
    pub contacts: Contacts,
    /// What proposes which playbook.
    pub triggers: Triggers,
    /// Layouts of the printed reports.
    pub reports: Vec<ReportLayout>,
    /// Document control.
    pub control: Control,
    /// The playbooks, by id.
    pub playbooks: Vec<PlaybookFile>,
    /// Every file that is in use.
    pub files: Vec<UsedFile>,
    /// Files of the office that are not, and why.
    pub left_out: Vec<LeftOut>,
}

impl Library {
    /// The shipped set alone.
    pub fn shipped() -> Self {
        Self::with_office(&[])
    }

    /// The shipped set with an office's files laid over it. Files are taken in the order of their names.
    pub fn with_office(office: &[OfficeFile]) -> Self {
        let mut loader = Loader { office: sorted(office), files: Vec::new(), left_out: Vec::new() };
        loader.refuse_doubles();
        let functions = loader.common("functions.toml", functions::read, |_, _| {});
        let severity = loader.common("severity.toml", SeverityTable::read, |_, _| {});
        let commands = loader.common("commands.toml", commands::read, |_, _| {});
        let templates = loader.common("templates.toml", templates::read, |_, _| {});
        let mut names = Names {
            functions: functions.iter().map(|function| function.id.clone()).collect(),
            templates: templates.iter().map(|template| template.id.clone()).collect(),
            commands: commands.commands.iter().map(|command| command.id.clone()).collect(),
            playbooks: Vec::new(),
        };
        let checklists = loader
            .common("checklists.toml", checklists::read, |lists, problems| names.check_checklists(lists, problems));
        let contacts = loader
            .common("contacts.toml", Contacts::read, |contacts, problems| names.check_contacts(contacts, problems));
        let reports = loader.common("reports.toml", reports::read, |_, _| {});
        let control = loader.common("control.toml", Control::read, |_, _| {});
        let playbooks = loader.playbooks(&mut names);
        let triggers = loader
            .common("triggers.toml", Triggers::read, |triggers, problems| names.check_triggers(triggers, problems));
        let Loader { files, mut left_out, .. } = loader;
        left_out.sort_by(|one, other| one.file.cmp(&other.file));
        Self {
            functions,
            severity,
            commands,
            templates,
            checklists,
            contacts,
            triggers,
            reports,
            control,
            playbooks,
            files,
            left_out,
        }
    }

    /// What would be wrong with a file if it lay in the office's folder beside those given.
    pub fn problems_of(file: &OfficeFile, others: &[OfficeFile]) -> Vec<Problem> {
        let mut office: Vec<OfficeFile> =
            others.iter().filter(|other| other.base_name() != file.base_name()).cloned().collect();
        office.push(file.clone());
        let left_out = Self::with_office(&office).left_out;
        left_out.into_iter().filter(|left| left.file == file.name).flat_map(|left| left.problems).collect()
    }

    /// The playbook of this id.
    pub fn playbook(&self, id: &str) -> Option<&PlaybookFile> {
        self.playbooks.iter().find(|file| file.playbook.id == id)
    }

    /// The message template of this id.
    pub fn template(&self, id: &str) -> Option<&Template> {
        self.templates.iter().find(|template| template.id == id)
    }

    /// The checklist of this id.
    pub fn checklist(&self, id: &str) -> Option<&Checklist> {
        self.checklists.iter().find(|list| list.id == id)
    }

    /// The report layout of this id.
    pub fn report(&self, id: &str) -> Option<&ReportLayout> {
        self.reports.iter().find(|layout| layout.id == id)
    }

    /// The function of this id.
    pub fn function(&self, id: &str) -> Option<&Function> {
        self.functions.iter().find(|function| function.id == id)
    }

    /// SHA-256 of the text that is in use under a file name, for example of `templates.toml`.
    pub fn digest_of(&self, name: &str) -> Option<Sha256Digest> {
        self.files.iter().find(|file| file.name == name).map(|file| file.sha256)
    }
}

/// SHA-256 of some bytes.
pub(crate) fn sha256(bytes: &[u8]) -> Sha256Digest {
    Sha256Digest(Sha256::digest(bytes).into())
}

fn sorted(office: &[OfficeFile]) -> Vec<OfficeFile> {
    let mut office: Vec<OfficeFile> =
        office.iter().filter(|file| file.base_name().ends_with(".toml")).cloned().collect();
    office.sort_by(|one, other| one.name.cmp(&other.name));
    office
}

struct Loader {
    office: Vec<OfficeFile>,
    files: Vec<UsedFile>,
    left_out: Vec<LeftOut>,
}

impl Loader {
    /// Of two files of one name only the first counts.
    fn refuse_doubles(&mut self) {
        let mut kept: Vec<OfficeFile> = Vec::new();
        for file in std::mem::take(&mut self.office) {
            match kept.iter().find(|other| other.base_name() == file.base_name()) {
                None => kept.push(file),
                Some(first) => {
                    let problem = Problem {
                        file: file.name.clone(),
                        key: String::new(),
                        reason: format!("{} has the same name and is used", first.name),
                        advice: "keep one of the two".to_owned(),
                    };
                    self.left_out.push(LeftOut { file: file.name, problems: vec![problem] });
                }
            }
        }
        self.office = kept;
    }

    fn common<T>(&mut self, name: &str, read: fn(&Fields<'_>) -> T, check: impl Fn(&T, &Problems)) -> T {
        let shipped = shipped_document(name);
        let office = self.office.iter().find(|file| file.base_name() == name).cloned();
        if let Some(file) = office {
            match overlay::lay_over(&shipped, &file.name, &file.bytes) {
                Err(problems) => self.left_out.push(LeftOut { file: file.name, problems }),
                Ok(merged) => match read_whole(&file.name, &merged, read, &check) {
                    Err(problems) => self.left_out.push(LeftOut { file: file.name, problems }),
                    Ok(value) => {
                        let sha256 = sha256(merged.to_string().as_bytes());
                        self.files.push(UsedFile { name: name.to_owned(), origin: Origin::Office, sha256 });
                        return value;
                    }
                },
            }
        }
        let sha256 = sha256(shipped.to_string().as_bytes());
        self.files.push(UsedFile { name: name.to_owned(), origin: Origin::Shipped, sha256 });
        read_whole(name, &shipped, read, &check).expect("the shipped files load without a problem, as tests show")
    }

    fn playbooks(&mut self, names: &mut Names) -> Vec<PlaybookFile> {
        let mut found: Vec<PlaybookFile> = PLAYBOOKS
            .iter()
            .map(|(name, text)| read_playbook(name, text.as_bytes(), Origin::Shipped).expect("shipped playbooks load"))
            .collect();
        let mut own: Vec<(String, PlaybookFile)> = Vec::new();
        for file in self.office.iter().filter(|file| !COMMON.iter().any(|(name, _)| *name == file.base_name())) {
            match read_playbook(&file.name, &file.bytes, Origin::Office) {
                Ok(playbook) => own.push((file.name.clone(), playbook)),
                Err(problems) => self.left_out.push(LeftOut { file: file.name.clone(), problems }),
            }
        }
        // A file that is left out may be what another one names: look again until nothing changes.
        loop {
            names.playbooks =
                found.iter().chain(own.iter().map(|(_, file)| file)).map(|file| file.playbook.id.clone()).collect();
            let before = own.len();
            own.retain(|(file, playbook)| {
                let problems = Problems::new(file);
                names.check_playbook(&playbook.playbook, &problems);
                let problems = problems.into_list();
                let is_sound = problems.is_empty();
                if !is_sound {
                    self.left_out.push(LeftOut { file: file.clone(), problems });
                }
                is_sound
            });
            if own.len() == before {
                break;
            }
        }
        for (_, file) in own {
            found.retain(|other| other.playbook.id != file.playbook.id);
            found.push(file);
        }
        found.sort_by(|one, other| one.playbook.id.cmp(&other.playbook.id));
        self.files.extend(found.iter().map(|file| UsedFile {
            name: format!("{}.toml", file.playbook.id),
            origin: file.origin,
            sha256: file.sha256,
        }));
        found
    }
}

fn shipped_document(name: &str) -> DocumentMut {
    let (_, text) = COMMON.iter().find(|(known, _)| *known == name).expect("the name stands in the list");
    parse_document(name, text.as_bytes()).expect("the shipped files are TOML, as tests show")
}

fn read_whole<T>(
    file: &str,
    document: &DocumentMut,
    read: fn(&Fields<'_>) -> T,
    check: &impl Fn(&T, &Problems),
) -> Result<T, Vec<Problem>> {
    let problems = Problems::new(file);
    let value = read(&Fields::root(document.as_table(), &problems));
    check(&value, &problems);
    let problems = problems.into_list();
    if problems.is_empty() { Ok(value) } else { Err(problems) }
}

fn read_playbook(file: &str, bytes: &[u8], origin: Origin) -> Result<PlaybookFile, Vec<Problem>> {
    let playbook = Playbook::parse(file, bytes)?;
    let text = String::from_utf8_lossy(bytes).into_owned();
    Ok(PlaybookFile { playbook, origin, sha256: sha256(bytes), text })
}

#[cfg(test)]
mod tests;
