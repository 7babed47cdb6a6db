//! An election of 200 voters from the first account to the audit of its publication, command by command, as a script runs it.
//! Its figures are counted by hand from the ballots below.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use testkit::program::scrutineer;

const VOTERS: usize = 200;
const AT_THE_DESK: usize = 130;
const REPLACED: usize = 5;
const ON_PAPER: u64 = 20;
const TITLE: &str = "Board of the rowing club";
const REASON: &str = "Everybody present has voted";

struct Club {
    folder: tempfile::TempDir,
    election: String,
}

impl Club {
    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) -> String {
        let path = self.path(name);
        fs::write(&path, text).expect("a file");
        path.display().to_string()
    }

    /// `election ACT CASE [--as WHO] [--election ID] ARGUMENTS --json`, with its answer; `code` is how it must end.
    fn run(&self, who: Option<&str>, act: &[&str], arguments: &[&str], code: i32) -> Value {
        let case = self.path("club.scrutineer").display().to_string();
        let passphrases = self.path("passphrases.env").display().to_string();
        let mut all = vec!["--quiet", "election"];
        all.extend(act);
        all.push(&case);
        if let Some(who) = who {
            all.extend(["--as", who, "--passphrases", &passphrases]);
        }
        if !self.election.is_empty() {
            all.extend(["--election", &self.election]);
        }
        all.extend(arguments);
        all.push("--json");
        let ended = scrutineer(all).end().expect(code);
        if ended.out.trim().is_empty() { json!(ended.err) } else { ended.json() }
    }

    fn anna(&self, act: &[&str], arguments: &[&str]) -> Value {
        self.run(Some("Anna"), act, arguments, 0)
    }

    /// Anna, with Ben as the second person.
    fn both(&self, act: &[&str], arguments: &[&str]) -> Value {
        self.run(Some("Anna"), act, &[arguments, &["--second", "Ben"]].concat(), 0)
    }

    fn refused(&self, who: &str, act: &[&str], arguments: &[&str]) -> String {
        let answer = self.run(Some(who), act, arguments, 4);
        answer["message"].as_str().map_or_else(|| answer.to_string(), str::to_owned)
    }
}

fn setup() -> Value {
    let candidates =
        |ids: &[&str]| -> Value { ids.iter().map(|id| json!({"id": id, "name": id.to_uppercase()})).collect() };
    json!({
        "title": TITLE, "time_zone": "Europe/Vienna", "ends_at": "2099-01-01T00:00:00+00:00", "ballots": "secret",
        "second_ballot": "replace", "quorum": {"percentage": 50}, "paper_attestations": 1,
        "leadership": ["chair@example.org"],
        "contests": [
            {"id": "chair", "title": "Chair", "seats": 1, "method": "plurality", "write_ins": true, "candidates": candidates(&["ash", "birch"])},
            {"id": "board", "title": "Board", "seats": 2, "method": "scotland", "candidates": candidates(&["cedar", "elm", "fir"])},
            {"id": "motion", "title": "Motion", "seats": 1, "method": "approval", "candidates": candidates(&["yes", "no"])},
        ],
    })
}

/// Ballot of the voter at a place of the list: 70 for Ash, 55 for Birch, 5 for somebody written in.
fn choices(place: usize) -> Value {
    let chair = match place {
        0..70 => "ash",
        70..125 => "birch",
        _ => "=Jo Doe",
    };
    let board = if place.is_multiple_of(2) { ["cedar", "elm"] } else { ["elm", "fir"] };
    json!({"chair": [chair], "board": board, "motion": [if place < 80 { "yes" } else { "no" }]})
}

fn credentials(path: &Path) -> Vec<String> {
    let mut table = csv::Reader::from_path(path).expect("the table of the letters");
    let at = table.headers().expect("a header").iter().position(|name| name == "credential").expect("the credentials");
    table.records().map(|row| row.expect("a row")[at].to_owned()).collect()
}

#[test]
fn an_election_is_run_by_commands_and_its_publication_is_proved() {
    let mut club = Club { folder: tempfile::tempdir().expect("a folder"), election: String::new() };
    let case = club.path("club.scrutineer").display().to_string();
    scrutineer(["case", "new", &case]).end().expect(0);
    club.write(
        "passphrases.env",
        "case=the case passphrase\nAnna=anna long pass\nBen=ben long pass\nCleo=cleo long pass\nDora=dora long pass\n",
    );
    club.anna(&["account"], &[]);
    for (name, role) in [("Ben", "witness"), ("Cleo", "clerk"), ("Dora", "auditor")] {
        club.anna(&["account"], &["--name", name, "--role", role]);
    }
    let rules = club.write("setup.json", &setup().to_string());
    let made = club.anna(&["new"], &["--setup", &rules]);
    club.election = made["election_id"].as_str().expect("an id").to_owned();
    let roll: String =
        (0..VOTERS).map(|place| format!("V{place:03},Voter {place:03},v{place}@example.org\n")).collect();
    let roll = club.write("roll.csv", &format!("Number,Name,E-Mail\n{roll}"));
    club.anna(&["roll"], &["--csv", &roll]);
    club.anna(&["open"], &[]);
    let letters = club.path("letters.csv").display().to_string();
    club.anna(&["letters"], &["--csv", &letters]);
    let codes = credentials(&club.path("letters.csv"));
    assert_eq!(codes.len(), VOTERS);

    // The desk: 130 ballots, five of them replaced by their voters with Birch for Ash.
    let line = |code: &str, choices: Value| format!("{}\n", json!({"credential": code, "choices": choices}));
    let mut desk: String = (0..AT_THE_DESK).map(|place| line(&codes[place], choices(place))).collect();
    for (place, code) in codes.iter().enumerate().take(REPLACED) {
        let mut again = choices(place);
        again["chair"] = json!(["birch"]);
        desk.push_str(&line(code, again));
    }
    let desk = club.write("desk.jsonl", &desk);
    let cast = club.run(Some("Cleo"), &["cast"], &["--ballots", &desk], 0);
    assert_eq!((&cast["cast"], &cast["refused"]), (&json!(135), &json!(0)));
    let receipt = |at: usize| cast["receipts"][at]["ballot_hash"].as_str().expect("a code").to_owned();

    // Paper for one more voter each; whoever got paper cannot vote at the desk.
    for place in VOTERS - usize::try_from(ON_PAPER).expect("few")..VOTERS {
        club.anna(&["paper", "hand-out"], &["--voter", &format!("V{place:03}")]);
    }
    let twice = club.write("twice.jsonl", &line(&codes[VOTERS - 1], choices(0)));
    let refused = club.run(Some("Cleo"), &["cast"], &["--ballots", &twice], 4);
    assert!(refused.to_string().contains("withdrawn"), "{refused}");
    let batch = |count: u64| json!([{"choices": {"chair": ["ash"], "board": ["cedar", "elm"], "motion": ["yes"]}, "count": count}]);
    let (first, other) =
        (club.write("first.json", &batch(ON_PAPER).to_string()), club.write("other.json", &batch(19).to_string()));
    club.run(Some("Cleo"), &["paper", "enter"], &["--ballots", &first, "--label", "Box 1"], 0);
    let differs = club.anna(&["paper", "enter"], &["--ballots", &other, "--batch", "1"]);
    assert_ne!(differs["differences"], json!([]), "19 are not 20");
    club.anna(&["paper", "enter"], &["--ballots", &first, "--batch", "1"]);
    let attested = club.run(Some("Ben"), &["paper", "attest"], &["--batch", "1"], 0);
    assert_eq!(attested["state"], "counted");

    // The last of the five written in is excluded; voting is extended; closing needs its words, its people and a reason.
    club.both(&["exclude-vote"], &["--vote", &receipt(AT_THE_DESK - 1), "--reason", "The letter was stolen"]);
    club.both(&["extend"], &["--end", "2099-02-01T00:00:00+00:00", "--reason", "The hall was locked until noon"]);
    club.refused("Anna", &["close"], &["--confirm", TITLE, "--early-reason", REASON]);
    club.refused("Anna", &["close"], &["--second", "Ben", "--confirm", "wrong", "--early-reason", REASON]);
    club.refused("Anna", &["close"], &["--second", "Ben", "--confirm", TITLE]);
    club.refused("Anna", &["count"], &["--second", "Ben"]);
    let closed = club.both(&["close"], &["--confirm", TITLE, "--early-reason", REASON, "--count"]);
    assert_eq!((&closed["outcome"], &closed["scrub"]["found"]), (&json!("closed_and_counted"), &json!(0)), "{closed}");
    club.refused("Cleo", &["cast"], &["--ballots", &twice]);

    let result = club.run(None, &["result"], &[], 0);
    let figures = ["ballots", "ballots_replaced", "ballots_excluded", "ballots_paper"].map(|name| result[name].clone());
    assert_eq!(figures, [json!(155), json!(5), json!(1), json!(20)], "{result}");
    // Ash 70 - 5 + 20, Birch 55 + 5. Cedar first on 65 + 20 and Elm on 64 of 149: both reach the quota of 50.
    let elected: Vec<Value> =
        result["contests"].as_array().expect("contests").iter().map(|contest| contest["elected"].clone()).collect();
    assert_eq!(json!(elected), json!([["ash"], ["cedar", "elm"], ["yes"]]), "{result}");
    club.refused("Anna", &["certify"], &[]);
    club.both(&["certify"], &["--pdf", &club.path("certificate.pdf").display().to_string()]);
    let public = club.path("public").display().to_string();
    let published = club.both(&["publish"], &["--out", &public, "--form", "full", "--accept-risks"]);
    assert!(published["files"].as_array().is_some_and(|files| files.len() > 5), "{published}");

    // What everybody may read tells nobody's address, and no letter leads to a ballot any more.
    let everything: Vec<u8> = fs::read_dir(&public)
        .expect("the public files")
        .flat_map(|file| fs::read(file.expect("a file").path()).expect("bytes"))
        .chain(fs::read(&case).expect("the case"))
        .collect();
    for code in &codes {
        assert!(!contains(&everything, code) && !contains(&everything, &code.replace('-', "")), "a credential is left");
    }
    let election = fs::read(club.path("public").join("election.json")).expect("the election file");
    assert!(!contains(&election, "chair@example.org"), "the addresses of leadership are nobody's business");

    // An auditor with nothing but the public files, and the key from another hand.
    club.both(&["reveal-key"], &[]);
    let again = club.path("again").display().to_string();
    club.both(&["publish"], &["--out", &again, "--form", "full", "--accept-risks"]);
    let keys = club.path("again").join("signing-key.json").display().to_string();
    let audit = scrutineer(["--quiet", "audit", &public, "--keys", &keys, "--json"]).end();
    let answer = audit.json();
    let claims = answer["elections"][0]["claims"].as_array().expect("claims");
    let proved = claims.iter().filter(|claim| claim["verdict"] == "proved").count();
    assert!(claims.iter().all(|claim| claim["verdict"] != "contradicted"), "{answer:#}");
    assert!(proved >= 12, "{proved} of {} claims are proved: {answer:#}", claims.len());
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}
