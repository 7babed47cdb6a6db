//! Every reader on a small file of its own, the same contest each time: three candidates, write-ins, four ballots.
//!
//! 1. A, then B. 2. A and B together, then C. 3. Nobody, then a write-in. 4. Nobody at all.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use domain::contest::{Contest, Mark};
use domain::rctab::{RctabRules, SliceKind, TieRule, WinnerMode};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{CvrError, read, read_configured};

fn configuration(source: Value) -> Value {
    json!({
        "tabulatorVersion": "TEST",
        "outputSettings": { "contestName": "Town council", "contestDate": "2026-01-01", "tabulateByPrecinct": false },
        "cvrFileSources": [source],
        "candidates": [
            { "name": "Ada Ash", "aliases": ["A", "1"], "excluded": false },
            { "name": "Ben Birch", "aliases": ["B", "2"], "excluded": false },
            { "name": "Cid Cedar", "aliases": ["C", "3"], "excluded": true },
        ],
        "rules": {
            "tiebreakMode": "random", "randomSeed": "0", "overvoteRule": "exhaustImmediately",
            "winnerElectionMode": "singleWinnerMajority", "numberOfWinners": "1",
            "decimalPlacesForVoteArithmetic": "4", "minimumVoteThreshold": "0", "maxSkippedRanksAllowed": "1",
            "maxRankingsAllowed": "2",
        },
    })
}

struct Files(TempDir);

impl Files {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn put(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    fn read(&self, config: &Value) -> Result<(Contest, RctabRules), CvrError> {
        read_configured(&self.put("config.json", &config.to_string()))
    }
}

fn marks(list: &[(u16, u16)]) -> Vec<Mark> {
    list.iter().map(|(candidate, value)| Mark { candidate: *candidate, value: *value }).collect()
}

fn ballots(contest: &Contest) -> Vec<(u64, Vec<Mark>)> {
    contest.ballots.iter().map(|ballot| (ballot.votes, ballot.marks.to_vec())).collect()
}

/// The four ballots; an overvote that names nobody where the maker writes none down.
fn expected(overvote: &[(u16, u16)]) -> Vec<(u64, Vec<Mark>)> {
    let mut second = marks(overvote);
    second.extend(marks(&[(2, 2)]));
    vec![(1, marks(&[(0, 1), (1, 2)])), (1, second), (1, marks(&[(3, 2)])), (1, Vec::new())]
}

const ESS: &str =
    "id,precinct,first,second,Count\n1,North,A,B,x\n2,North,overvote,C,x\n3,South,undervote,UWI,x\n4,,,,x\n";

fn ess() -> Value {
    json!({
        "provider": "ess", "filePath": "cvr.csv", "firstVoteColumnIndex": "3", "firstVoteRowIndex": "2",
        "idColumnIndex": "1", "precinctColumnIndex": 2, "overvoteLabel": "overvote", "skippedRankLabel": "undervote",
        "undeclaredWriteInLabel": "UWI",
    })
}

#[test]
fn a_row_of_ess_holds_one_rank_a_column() {
    let files = Files::new();
    files.put("cvr.csv", ESS);
    let (contest, rules) = files.read(&configuration(ess())).unwrap();
    assert_eq!(ballots(&contest), expected(&[(Mark::OVERVOTE, 1)]));
    assert_eq!(rules.write_ins, Some(3));
    assert_eq!((rules.mode, rules.ties, rules.seed), (WinnerMode::SingleWinner, TieRule::Random, Some(0)));
    let names: Vec<_> = contest.candidates.iter().map(|one| (one.name.as_str(), one.withdrawn)).collect();
    assert_eq!(names, [("Ada Ash", false), ("Ben Birch", false), ("Cid Cedar", true), ("Undeclared Write-ins", false)]);
    let mut config = configuration(ess());
    config["outputSettings"]["tabulateByPrecinct"] = json!(true);
    let (contest, rules) = files.read(&config).unwrap();
    assert_eq!(contest.ballots.slices(), ["North", "South", "missing_precinct_id"]);
    assert_eq!(rules.slices, [SliceKind::Precinct]);
}

#[test]
fn several_names_in_a_cell_are_an_overvote_and_blanks_can_be_write_ins() {
    let files = Files::new();
    files.put("cvr.csv", "id,p,r1,r2\n1,x,A|B,C\n2,x,,B\n");
    let mut source = ess();
    source["overvoteLabel"] = json!("");
    source["overvoteDelimiter"] = json!("|");
    source["treatBlankAsUndeclaredWriteIn"] = json!(true);
    let (contest, _) = files.read(&configuration(source.clone())).unwrap();
    assert_eq!(ballots(&contest)[0].1, marks(&[(0, 1), (1, 1), (2, 2)]));
    assert_eq!(ballots(&contest)[1].1, marks(&[(3, 1), (1, 2)]));
    files.put("cvr.csv", "id,p,r1,r2\n1,x,A|,C\n");
    let error = files.read(&configuration(source)).unwrap_err().to_string();
    assert!(error.contains("row 2, column C") && error.contains("A|"), "{error}");
}

#[test]
fn an_empty_row_is_a_ballot_without_the_contest_where_the_configuration_names_no_skipped_ranks() {
    let files = Files::new();
    files.put("cvr.csv", &(ESS.replace("UWI", "Write-in") + "5,North,undervote,undervote,x\n"));
    let mut source = ess();
    source.as_object_mut().unwrap().remove("skippedRankLabel");
    source.as_object_mut().unwrap().remove("undeclaredWriteInLabel");
    let (contest, _) = files.read(&configuration(source)).unwrap();
    assert_eq!(
        ballots(&contest),
        expected(&[(Mark::OVERVOTE, 1)]),
        "the fourth row is left out, the fifth ranks nobody"
    );
    assert_eq!(contest.ballots.votes(), 4);
}

#[test]
fn a_name_that_nobody_has_is_told_with_its_place() {
    let files = Files::new();
    files.put("cvr.csv", &ESS.replace("1,North,A,B", "1,North,A,Dan"));
    let error = files.read(&configuration(ess())).unwrap_err().to_string();
    assert!(error.contains("cvr.csv: row 2, column D: \"Dan\" is no candidate"), "{error}");
    files.put("cvr.csv", &ESS.replace("2,North", ",North"));
    let error = files.read(&configuration(ess())).unwrap_err().to_string();
    assert!(error.contains("row 3, column A"), "{error}");
}

const DOMINION: &str = r#"{"Version": "5", "Sessions": [
 {"TabulatorId": 1, "BatchId": 2, "RecordId": 1, "Original": {"PrecinctPortionId": 1, "IsCurrent": true, "Cards": [
  {"Contests": [{"Id": 7, "Marks": [{"CandidateId": 1, "Rank": 1, "IsAmbiguous": false}, {"CandidateId": 2, "Rank": 2, "IsAmbiguous": false},
   {"CandidateId": 3, "Rank": 2, "IsAmbiguous": true}]}, {"Id": 8, "Marks": [{"CandidateId": 99, "Rank": 1}]}]}]}},
 {"TabulatorId": 1, "BatchId": 2, "RecordId": "2", "Original": {"IsCurrent": false, "Contests": []}, "Modified": {"IsCurrent": true,
  "Contests": [{"Id": 7, "Marks": [{"CandidateId": 1, "Rank": 1}, {"CandidateId": 2, "Rank": 1}, {"CandidateId": 3, "Rank": 2}]}]}},
 {"TabulatorId": 1, "BatchId": 3, "RecordId": 3, "Original": {"IsCurrent": true, "Contests": [{"Id": 7, "Marks": [{"CandidateId": 12, "Rank": 2}]}]}},
 {"TabulatorId": 1, "BatchId": 3, "RecordId": 4, "Original": {"IsCurrent": true, "Contests": [{"Id": 7, "Marks": []}]}},
 {"TabulatorId": 1, "BatchId": 3, "RecordId": 5, "Original": {"IsCurrent": false}}]}"#;

fn dominion(files: &Files) -> Value {
    files.put("export/CvrExport_1.json", DOMINION);
    files
        .put("export/ContestManifest.json", r#"{"List": [{"Id": 7, "Description": "Town council", "NumOfRanks": 2}]}"#);
    let list = r#"{"List": [{"Id": 1, "ContestId": 7}, {"Id": 2, "ContestId": 7}, {"Id": 3, "ContestId": 7}, {"Id": 12, "ContestId": 7}]}"#;
    files.put("export/CandidateManifest.json", list);
    files.put("export/PrecinctPortionManifest.json", r#"{"List": [{"Id": 1, "Description": "North"}]}"#);
    json!({ "provider": "dominion", "filePath": "export", "contestId": "7", "undeclaredWriteInLabel": "12" })
}

#[test]
fn a_session_of_dominion_counts_in_its_current_version() {
    let files = Files::new();
    let source = dominion(&files);
    let (contest, _) = files.read(&configuration(source.clone())).unwrap();
    assert_eq!(ballots(&contest), expected(&[(0, 1), (1, 1)]));
    assert!(contest.repairs[0].what.starts_with("1 records"), "{:?}", contest.repairs);
    files.put("export/CvrExport_2.json", DOMINION);
    let (contest, _) = files.read(&configuration(source.clone())).unwrap();
    assert_eq!(contest.ballots.votes(), 8);
    files.put(
        "export/CvrExport_2.json",
        &DOMINION.replace("\"CandidateId\": 3, \"Rank\": 2}]", "\"CandidateId\": 4, \"Rank\": 2}]"),
    );
    let error = files.read(&configuration(source)).unwrap_err().to_string();
    assert!(error.contains("CvrExport_2.json: row 2: candidate 4"), "{error}");
}

const DOMINION_CSV: &str = "Town,5.10,,,,,,,,,,,\n\
,,,,,,,Town council (Vote For=1),Town council (Vote For=1),Town council (Vote For=1),Town council (Vote For=1),Town council (Vote For=1),Mayor (Vote For=1)\n\
,,,,,,,A(1),B(1),B(2),C(2),UWI(2),X(1)\n\
CvrNumber,TabulatorNum,BatchId,RecordId,ImprintedId,CountingGroup,PrecinctPortion,,,,,,\n\
1,1,1,\"=\"\"1\"\"\",x,Regular,North,1,0,1,0,0,1\n2,1,1,2,x,Regular,North,1,1,0,1,0,\n3,1,1,3,x,Regular,South,0,0,0,0,1,0\n4,1,1,4,x,Regular,South,0,0,0,0,0,0\n5,1,1,5,x,Regular,South,,,,,,1\n";

#[test]
fn a_column_of_dominions_csv_is_a_candidate_and_a_rank() {
    let files = Files::new();
    files.put("cvr.csv", DOMINION_CSV);
    let source = json!({ "provider": "dominion", "filePath": "cvr.csv", "contestId": "Town council", "undeclaredWriteInLabel": "UWI" });
    let (contest, _) = files.read(&configuration(source)).unwrap();
    assert_eq!(ballots(&contest), expected(&[(0, 1), (1, 1)]));
}

const CLEAR_BALLOT: &str = "RowNumber,BoxID,BoxPosition,BallotID,PrecinctID,BallotStyleID,PrecinctStyleName,ScanComputerName,Status,Remade,\
Choice_1_1:Town council:1:Vote For 1:A:Party,Choice_2_1:Town council:1:Vote For 1:B:,\"Choice_3_1:Town council:2:Vote For 1:B:\",\
Choice_4_1:Town council:2:Vote For 1:C:,Choice_5_1:Town council:2:Vote For 1:UWI:,Choice_6_1:Town council 2:1:Vote For 1:A:\n\
1,b,1,1,N,s,n,c,ok,0,1,0,1,0,0,1\n2,b,2,2,N,s,n,c,ok,0,1,1,0,1,0,0\n3,b,3,3,N,s,n,c,ok,0,0,0,0,0,1,0\n4,b,4,4,N,s,n,c,ok,0,0,0,0,0,0,0\n5,b,5,5,N,s,n,c,ok,0,,,,,,1\n";

fn clear_ballot() -> Value {
    json!({ "provider": "clearBallot", "filePath": "cvr.csv", "contestId": "Town council", "undeclaredWriteInLabel": "UWI" })
}

#[test]
fn a_column_of_clear_ballot_is_a_rank_and_a_candidate() {
    let files = Files::new();
    files.put("cvr.csv", CLEAR_BALLOT);
    let (contest, _) = files.read(&configuration(clear_ballot())).unwrap();
    assert_eq!(ballots(&contest), expected(&[(0, 1), (1, 1)]));
    files.put("cvr.csv", &CLEAR_BALLOT.replace("ok,0,1,0,1", "ok,0,1,7,1"));
    let error = files.read(&configuration(clear_ballot())).unwrap_err().to_string();
    assert!(error.contains("row 2, column 12: \"7\" is neither 0 nor 1"), "{error}");
}

#[test]
fn a_column_of_a_plain_csv_is_a_candidate() {
    let files = Files::new();
    files.put("cvr.csv", "\u{feff}id,A,B,C,UWI\n1,1,2,,\n2,1,1,2,\n3,,,,2\n4,,,,\n");
    let source = json!({ "provider": "genericCsv", "filePath": "cvr.csv", "firstVoteColumnIndex": 2, "firstVoteRowIndex": 2,
        "undeclaredWriteInLabel": "UWI" });
    let (contest, _) = files.read(&configuration(source.clone())).unwrap();
    assert_eq!(ballots(&contest), expected(&[(0, 1), (1, 1)]));
    files.put("cvr.csv", "id,A,B\n1,1,3\n");
    let error = files.read(&configuration(source)).unwrap_err().to_string();
    assert!(error.contains("row 2: rank 3 is used, and maxRankingsAllowed"), "{error}");
}

fn hart_file(number: u32, options: &str) -> String {
    format!(
        "\u{feff}<?xml version=\"1.0\"?><Cvr xmlns=\"http://tempuri.org/CVRDesign.xsd\"><Contests><Contest><Name>Town council</Name><Id>k</Id>\
         <Options>{options}</Options></Contest></Contests><BatchNumber>1</BatchNumber><PrecinctSplit><Name>N</Name><Id>n</Id></PrecinctSplit>\
         <CvrGuid>{number}</CvrGuid></Cvr>"
    )
}

fn hart(files: &Files) -> Value {
    let option = |id: &str, value: &str| format!("<Option><Name>x</Name><Id>{id}</Id><Value>{value}</Value></Option>");
    let one = option("A", "10") + &option("B", "01");
    let two = option("A", "10") + &option("B", "10") + &option("C", "01");
    for (number, options) in (1..).zip([one, two, option("UWI", "01"), String::new()]) {
        files.put(&format!("hart/{number}.xml"), &hart_file(number, &options));
    }
    files.put("hart/1.xml.sig.xml", "<Signature/>");
    json!({ "provider": "hart", "filePath": "hart", "contestId": "k", "undeclaredWriteInLabel": "UWI" })
}

#[test]
fn a_digit_of_hart_is_a_rank() {
    let files = Files::new();
    let source = hart(&files);
    let (contest, _) = files.read(&configuration(source.clone())).unwrap();
    assert_eq!(ballots(&contest), expected(&[(0, 1), (1, 1)]));
    let mut archive = zip::ZipWriter::new(fs::File::create(files.0.path().join("hart.zip")).unwrap());
    for number in 1..=4 {
        archive.start_file(format!("{number}.xml"), zip::write::SimpleFileOptions::default()).unwrap();
        archive.write_all(&fs::read(files.0.path().join(format!("hart/{number}.xml"))).unwrap()).unwrap();
    }
    archive.finish().unwrap();
    let config = files.put("config.json", &configuration(source).to_string());
    let (contest, _) = read(&files.0.path().join("hart.zip"), &config).unwrap();
    assert_eq!(ballots(&contest), expected(&[(0, 1), (1, 1)]), "an archive is as good as a folder");
}

/// A record of the JSON report, with selection, rank and whether it is allocable.
fn cdf_record(number: u32, selected: &[(&str, u16, &str)]) -> Value {
    let selections: Vec<Value> = selected
        .iter()
        .map(|(id, rank, allocable)| {
            json!({ "ContestSelectionId": id, "SelectionPosition": [
                { "HasIndication": "yes", "IsAllocable": allocable, "NumberVotes": 1, "Rank": rank }] })
        })
        .collect();
    json!({ "BallotPrePrintedId": number.to_string(), "CurrentSnapshotId": "new", "BallotStyleUnitId": "n", "CVRSnapshot": [
        { "@id": "old", "CVRContest": [] },
        { "@id": "new", "CVRContest": [{ "ContestId": "k", "CVRContestSelection": selections }] }] })
}

const SELECTED: [&[(&str, u16, &str)]; 4] = [
    &[("a", 1, "unknown"), ("b", 2, "yes"), ("c", 2, "no")],
    &[("a", 1, "yes"), ("b", 1, "yes"), ("c", 2, "yes")],
    &[("w", 2, "yes")],
    &[],
];

fn cdf_json(files: &Files) -> Value {
    let records: Vec<Value> = (1..).zip(SELECTED).map(|(number, selected)| cdf_record(number, selected)).collect();
    let selection = |id: &str, candidate: &str| json!({ "@id": id, "CandidateIds": [candidate] });
    let report = json!({
        "CVR": records,
        "Election": [{
            "@id": "e",
            "Candidate": [{ "@id": "ca", "Name": "A" }, { "@id": "cb", "Name": "Ben Birch" }, { "@id": "cc", "Name": "C" }],
            "Contest": [{ "@id": "k", "Name": "Town council", "ContestSelection": [
                selection("a", "ca"), selection("b", "cb"), selection("c", "cc"), { "@id": "w", "IsWriteIn": "true" }] }],
        }],
        "GpUnit": [{ "@id": "n", "Name": "North" }],
    });
    files.put("cvr.json", &report.to_string());
    json!({ "provider": "cdf", "filePath": "cvr.json", "contestId": "Town council", "undeclaredWriteInLabel": "UWI" })
}

fn cdf_xml(files: &Files) -> Value {
    let mut text = "<CastVoteRecordReport xmlns=\"NIST_V0_cast_vote_records.xsd\">".to_owned();
    for selected in SELECTED {
        text += "<CVR><BallotStyleUnitId>n</BallotStyleUnitId><CurrentSnapshotId>new</CurrentSnapshotId><CVRSnapshot ObjectId=\"old\"/>\
                 <CVRSnapshot ObjectId=\"new\"><CVRContest><ContestId>k</ContestId>";
        for (id, rank, allocable) in selected {
            text += &format!(
                "<CVRContestSelection><ContestSelectionId>{id}</ContestSelectionId><SelectionPosition><HasIndication>yes</HasIndication>\
                 <IsAllocable>{allocable}</IsAllocable><Rank>{rank}</Rank></SelectionPosition></CVRContestSelection>"
            );
        }
        text += "</CVRContest></CVRSnapshot></CVR>";
    }
    text += "<Election ObjectId=\"e\"><Candidate ObjectId=\"ca\"><Name>A</Name></Candidate><Candidate ObjectId=\"cb\"><Name>Ben Birch</Name></Candidate>\
             <Candidate ObjectId=\"cc\"><Name>C</Name></Candidate><Contest ObjectId=\"k\"><Name>Town council</Name>\
             <ContestSelection ObjectId=\"a\"><CandidateIds>ca</CandidateIds></ContestSelection><ContestSelection ObjectId=\"b\"><CandidateIds>cb</CandidateIds></ContestSelection>\
             <ContestSelection ObjectId=\"c\"><CandidateIds>cc</CandidateIds></ContestSelection><ContestSelection ObjectId=\"w\"><IsWriteIn>true</IsWriteIn></ContestSelection>\
             </Contest></Election><GpUnit ObjectId=\"n\"><Name>North</Name></GpUnit></CastVoteRecordReport>";
    files.put("cvr.xml", &text);
    json!({ "provider": "cdf", "filePath": "cvr.xml", "contestId": "Town council", "undeclaredWriteInLabel": "UWI" })
}

#[test]
fn the_current_snapshot_of_the_standard_counts_in_json_and_xml() {
    let files = Files::new();
    for source in [cdf_json(&files), cdf_xml(&files)] {
        let mut config = configuration(source);
        config["outputSettings"]["tabulateByPrecinct"] = json!(true);
        let (contest, _) = files.read(&config).unwrap();
        assert_eq!(ballots(&contest), expected(&[(0, 1), (1, 1)]));
        assert_eq!(contest.ballots.slices(), ["North"]);
        config["cvrFileSources"][0]["contestId"] = json!("Mayor");
        let error = files.read(&config).unwrap_err().to_string();
        assert!(error.contains("no contest is named \"Mayor\""), "{error}");
    }
}

#[test]
fn a_configuration_tells_all_its_problems_by_their_members() {
    let files = Files::new();
    let mut config = configuration(ess());
    config["rules"]["numberOfWinners"] = json!("3");
    config["rules"]["decimalPlacesForVoteArithmetic"] = json!(99);
    config["rules"]["randomSeed"] = json!("");
    config["candidates"][1]["aliases"] = json!(["A"]);
    config["cvrFileSources"][0]["overvoteDelimiter"] = json!("abc");
    let CvrError::Config { problems, .. } = files.read(&config).unwrap_err() else { panic!("another error") };
    for member in [
        "rules.winnerElectionMode: ",
        "rules.decimalPlacesForVoteArithmetic: ",
        "rules.randomSeed: ",
        "candidates[1].aliases: ",
        "cvrFileSources[0].overvoteDelimiter: ",
        "cvrFileSources[0].overvoteLabel: ",
    ] {
        assert!(problems.iter().any(|problem| problem.starts_with(member)), "{member}: {problems:?}");
    }
    assert_eq!(problems.len(), 6, "{problems:?}");
    let error = read_configured(&files.put("config.json", "no JSON")).unwrap_err().to_string();
    assert!(error.contains("config.json: no JSON"), "{error}");
    let mut config = configuration(ess());
    config["cvrFileSources"][0]["filePath"] = json!("gone.csv");
    let error = files.read(&config).unwrap_err().to_string();
    assert!(error.contains("cvrFileSources[0].filePath: gone.csv is not there"), "{error}");
}

/// Bytes cut out, turned and doubled: whatever comes, a reader answers a contest or an error.
#[test]
fn no_reader_panics_on_damaged_files() {
    let files = Files::new();
    files.put("ess/cvr.csv", ESS);
    files.put("dominion/cvr.csv", DOMINION_CSV);
    files.put("clear/cvr.csv", CLEAR_BALLOT);
    let at = |mut source: Value, path: &str| {
        source["filePath"] = json!(path);
        source
    };
    let dominion_csv = json!({ "provider": "dominion", "filePath": "dominion/cvr.csv", "contestId": "Town council" });
    let sources = [
        (at(ess(), "ess/cvr.csv"), "ess/cvr.csv"),
        (dominion_csv, "dominion/cvr.csv"),
        (at(clear_ballot(), "clear/cvr.csv"), "clear/cvr.csv"),
        (dominion(&files), "export/CvrExport_1.json"),
        (hart(&files), "hart/2.xml"),
        (cdf_json(&files), "cvr.json"),
        (cdf_xml(&files), "cvr.xml"),
    ];
    let mut state = 0x5eed_u64;
    let mut draw = |bound: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        usize::try_from(state >> 33).unwrap() % bound.max(1)
    };
    for (source, file) in sources {
        let path: &Path = &files.0.path().join(file);
        let whole = fs::read(path).unwrap();
        for _ in 0..200 {
            let mut bytes = whole.clone();
            for _ in 0..=draw(3) {
                let place = draw(bytes.len());
                match draw(4) {
                    0 => bytes.truncate(place),
                    1 => drop(bytes.drain(place..(place + draw(20)).min(bytes.len()))),
                    2 => bytes[place] ^= 1 << draw(8),
                    _ => bytes.insert(place, b"\"<>{}[],0\xff"[draw(10)]),
                }
                if bytes.is_empty() {
                    break;
                }
            }
            fs::write(path, &bytes).unwrap();
            let _ = files.read(&configuration(source.clone()));
        }
        fs::write(path, &whole).unwrap();
    }
}
