//! Hart Verity: a folder or archive with one XML file for each ballot.
//!
//! In a ranked contest the value of an option has one digit for each rank, `0100` for the second. An option whose id is
//! the label of undeclared write-ins, or that has no name, is somebody whom the voter wrote in.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use super::sink::Record;
use super::xml::{self, Element};
use super::{CvrError, Reading};
use crate::formats::ReadError;
use crate::inputs::InputSet;

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
