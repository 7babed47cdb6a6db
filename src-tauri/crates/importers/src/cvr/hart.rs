//! Hart Verity: a folder or archive with one XML file for each ballot.
//!
//! In a ranked contest the value of an option has one digit for each rank, `0100` for the second. An option whose id is
//! the label of undeclared write-ins, or that has no name, is somebody whom the voter wrote in.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use super::sink::Record;
use super::xml::{self, Element};
use super::{Config, CvrError, Provider, Reading, locate};
use crate::formats::ReadError;
use crate::inputs::{InputSet, InputSource};

pub(super) fn read(reading: &mut Reading<'_>) -> Result<(), CvrError> {
    let set = InputSet::gather(std::slice::from_ref(&reading.at))?;
    let mut has_any = false;
    for file in &set.files {
        let name = file.path.to_lowercase();
        if !name.ends_with(".xml") || name.ends_with(".sig.xml") {
            continue;
        }
        has_any = true;
        let shown = reading.at.join(&file.path);
        let open = File::open(&file.location).map_err(|error| CvrError::file(&shown, error))?;
        let broken = |reason: String| CvrError::file(Path::new(&shown), ReadError::broken(1, "", reason));
        let cvr = xml::document(BufReader::new(open)).map_err(broken)?;
        take(reading, &Element { children: cvr, ..Element::default() }).map_err(broken)?;
    }
    if has_any {
        Ok(())
    } else {
        Err(reading.broken(0, "", "there is no XML file in it; one for each ballot was expected"))
    }
}

/// One record of Hart's with the signature beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedRecord {
    /// Path within the folder or archive.
    pub path: String,
    /// Its bytes.
    pub record: Vec<u8>,
    /// Text of `file.xml.sig.xml`, where there is one.
    pub signature: Option<String>,
}

/// Hands every record of the Hart sources that a contest configuration names to `each`, with its signature. Answers whether
/// there is such a source. `path` as for [`super::read`]; absent: at the places that the configuration names.
///
/// # Errors
/// As [`super::read`].
pub fn each_record(path: Option<&Path>, config: &Path, each: &mut dyn FnMut(SignedRecord)) -> Result<bool, CvrError> {
    let config = Config::load(config)?;
    let mut has_any = false;
    for source in config.sources.iter().filter(|source| source.provider == Provider::Hart) {
        has_any = true;
        let set = InputSet::gather(&[locate(path, &config, source)])?;
        let by_path: BTreeMap<String, &InputSource> =
            set.files.iter().map(|file| (file.path.to_lowercase(), file)).collect();
        let bytes = |file: &InputSource| {
            std::fs::read(&file.location).map_err(|error| CvrError::file(Path::new(&file.path), error))
        };
        for (name, file) in by_path.iter().filter(|(name, _)| name.ends_with(".xml") && !name.ends_with(".sig.xml")) {
            let signature = by_path.get(&format!("{name}.sig.xml")).map(|file| bytes(file)).transpose()?;
            let signature = signature.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
            each(SignedRecord { path: file.path.clone(), record: bytes(file)?, signature });
        }
    }
    Ok(has_any)
}

fn take(reading: &mut Reading<'_>, cvr: &Element) -> Result<(), String> {
    let contests = cvr.child("Contests").ok_or("there is no element Contests in it")?;
    let precinct = cvr.child("PrecinctSplit");
    for contest in contests.all("Contest") {
        if contest.text_of("Id") != Some(reading.source.contest.as_str()) {
            continue;
        }
        for option in contest.child("Options").iter().flat_map(|options| options.all("Option")) {
            let label = option.text_of("Id").ok_or("an option has no Id")?;
            let is_known = reading.config.candidate(label).is_some() || label == reading.source.write_in_label;
            // Configurations may know candidates by their names instead of ids.
            let name = option.text_of("Name").filter(|name| !is_known && reading.config.candidate(name).is_some());
            for (digit, rank) in option.text_of("Value").unwrap_or_default().chars().zip(1u64..) {
                match digit {
                    '1' => reading.mark(rank, name.unwrap_or(label))?,
                    '0' => {}
                    other => {
                        return Err(format!("the value of option {label} has {other:?}, and only 0 and 1 are known"));
                    }
                }
            }
        }
        reading.finish(Record {
            id: cvr.text_of("CvrGuid"),
            batch: cvr.text_of("BatchNumber"),
            precinct: precinct.and_then(|split| split.text_of("Name")),
            portion: precinct.and_then(|split| split.text_of("Id")),
            ..Record::default()
        })?;
    }
    Ok(())
}
