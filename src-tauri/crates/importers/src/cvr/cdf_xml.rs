//! NIST SP 1500-103 as XML, Unisyn's exports among it. The file is read twice, once for what all records share and once
//! for the records, because the records come first.

use std::collections::HashMap;
use std::fs::File;
use std::io::BufReader;

use super::cdf::{self, Names, Position, Selected, Stated, StatedSelection};
use super::sink::Record;
use super::xml::{self, Element};
use super::{CvrError, Reading};

pub(super) fn read(reading: &mut Reading<'_>) -> Result<(), CvrError> {
    let open = |reading: &Reading<'_>| {
        let file = File::open(&reading.at).map_err(|error| CvrError::file(&reading.at, error))?;
        Ok::<_, CvrError>(BufReader::with_capacity(1 << 20, file))
    };
    let mut candidates = HashMap::new();
    let mut contests = Vec::new();
    let mut units = HashMap::new();
    let mut has_units = false;
    xml::each_child(open(reading)?, |element| {
        match element.name.as_str() {
            "Election" => {
                for candidate in element.all("Candidate") {
                    let id = id(candidate)?;
                    let name = candidate.text_of("Name").unwrap_or_default().to_owned();
                    if candidates.insert(id.clone(), name).is_some() {
                        return Err(format!("candidate {id} stands twice in the report"));
                    }
                }
                for contest in element.all("Contest") {
                    contests.push(stated(contest)?);
                }
            }
            "GpUnit" => {
                has_units = true;
                units.insert(id(&element)?, element.text_of("Name").unwrap_or_default().to_owned());
            }
            _ => {}
        }
        Ok(())
    })
    .map_err(|reason| reading.broken(0, "", reason))?;
    if !has_units {
        let reason = "there is no GpUnit in it, as in exports older than the standard's version 1.0; ask the maker for a newer one";
        return Err(reading.broken(0, "", reason));
    }
    let names = Names::find(&reading.source.contest, &contests, &candidates, units)
        .map_err(|reason| reading.broken(0, "", reason))?;
    let mut row = 0;
    let source = open(reading)?;
    let outcome = xml::each_child(source, |element| {
        if element.name != "CVR" {
            return Ok(());
        }
        row += 1;
        take(reading, &names, &element)
    });
    outcome.map_err(|reason| reading.broken(row, "", reason))
}

fn id(element: &Element) -> Result<String, String> {
    let id = element.attribute("ObjectId").map(str::to_owned);
    id.ok_or_else(|| format!("an element {} has no ObjectId", element.name))
}

fn stated(contest: &Element) -> Result<Stated, String> {
    let mut selections = Vec::new();
    for selection in contest.all("ContestSelection") {
        selections.push(StatedSelection {
            id: id(selection)?,
            // Several ids may stand in one element with spaces between them.
            candidates: selection
                .all("CandidateIds")
                .flat_map(|ids| ids.text.split_whitespace())
                .map(str::to_owned)
                .collect(),
            is_write_in: matches!(selection.text_of("IsWriteIn"), Some("true" | "yes" | "1")),
        });
    }
    Ok(Stated { id: id(contest)?, name: contest.text_of("Name").unwrap_or_default().to_owned(), selections })
}

fn take(reading: &mut Reading<'_>, names: &Names, cvr: &Element) -> Result<(), String> {
    let current = cvr.text_of("CurrentSnapshotId");
    let snapshot = cvr.all("CVRSnapshot").find(|snapshot| snapshot.attribute("ObjectId") == current);
    let is_it = |contest: &&Element| contest.text_of("ContestId") == Some(names.contest.as_str());
    let Some(contest) = snapshot.and_then(|snapshot| snapshot.all("CVRContest").find(is_it)) else {
        return Ok(());
    };
    let selected: Vec<Selected> = contest.all("CVRContestSelection").map(selected).collect();
    let record = Record {
        id: cvr.text_of("UniqueId").or_else(|| cvr.text_of("BallotPrePrintedId")),
        batch: cvr.text_of("BatchId"),
        ..Record::default()
    };
    cdf::take(reading, names, &selected, record, cvr.text_of("BallotStyleUnitId"))
}

fn selected(element: &Element) -> Selected {
    let word = |element: &Element, name: &str| element.text_of(name).unwrap_or_default().to_owned();
    let position = |position: &Element| Position {
        rank: position.text_of("Rank").map(str::to_owned),
        has_indication: word(position, "HasIndication"),
        is_allocable: word(position, "IsAllocable"),
        is_write_in: position.child("CVRWriteIn").is_some(),
    };
    Selected {
        selection: word(element, "ContestSelectionId"),
        status: word(element, "Status"),
        rank: element.text_of("Rank").map(str::to_owned),
        positions: element.all("SelectionPosition").map(position).collect(),
    }
}
