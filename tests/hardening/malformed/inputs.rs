//! Files that are brought in: cut off, of the wrong types, in other encodings, too deep, too long, or no files at all.

use std::fs;
use std::io::Write;
use std::path::Path;

use serde_json::{Map, Value};

use super::{Bad, Must, fixture};

pub(crate) fn all() -> Vec<Bad> {
    let mut all = truncated();
    all.extend(wrong_types());
    all.extend(encodings());
    all.extend(doubled_and_missing());
    all.extend(deep_and_huge());
    all.extend(empty_and_foreign());
    all.extend(texts());
    all.extend(long());
    all.extend(no_files());
    all
}

/// Files that end too early, in every container.
fn truncated() -> Vec<Bad> {
    let mut all = Vec::new();
    let files = [
        ("votes.json", "votes.json"),
        ("audit_logs.json", "audit_logs.json"),
        ("elections.json", "elections.json"),
        ("audit_export.json", "audit_export.json"),
        ("forensics.json", "forensics.json"),
        ("audit_shipping.jsonl", "audit_shipping.jsonl"),
        ("votes.csv", "votes.csv"),
        ("audit_logs.csv", "audit_logs.csv"),
        ("variants/dump.sql", "dump.sql"),
        ("variants/votes.tsv", "votes.tsv"),
        ("variants/votes.outfile.csv", "votes.outfile.csv"),
    ];
    for (source, name) in files {
        let bytes = fixture(source);
        for part in 1..=7 {
            // Uneven shares, so that cuts fall into keys, values and between rows alike.
            let cut = bytes.len() * part / 7 - part * 3 - 1;
            // A list, a document and a dump say when they end; lines do not.
            let must = match name {
                "audit_shipping.jsonl" => Must::EndWell,
                // Its few rows are long: a cut may leave nothing to tell the table by.
                "elections.json" => Must::Refuse,
                name if name.ends_with(".json") => Must::RefuseAt("row"),
                _ => Must::EndWell,
            };
            all.push(Bad::file(format!("{name} cut after {cut} bytes"), must, name, bytes[..cut].to_owned()));
        }
    }
    all
}

/// The first rows of a JSON table.
fn rows(name: &str, most: usize) -> Vec<Map<String, Value>> {
    let Ok(Value::Array(rows)) = serde_json::from_slice(&fixture(name)) else { panic!("{name} holds a list") };
    rows.into_iter().take(most).filter_map(|row| if let Value::Object(row) = row { Some(row) } else { None }).collect()
}

/// Rows as JSON, one value of the first replaced by `raw` as it stands.
fn with_raw(rows: &[Map<String, Value>], column: &str, raw: &str) -> Vec<u8> {
    let mut out = String::from("[");
    for (number, row) in rows.iter().enumerate() {
        out.push_str(if number > 0 { ",\n{" } else { "\n{" });
        let members: Vec<String> = row
            .iter()
            .map(|(name, value)| {
                let value = if number == 0 && name == column { raw.to_owned() } else { value.to_string() };
                format!("{name:?}: {value}")
            })
            .collect();
        out.push_str(&members.join(", "));
        out.push('}');
    }
    out.push_str("\n]\n");
    out.into_bytes()
}

/// Something else in every column of the tables that the checks read.
fn wrong_types() -> Vec<Bad> {
    let digits = "9".repeat(400);
    let mut all = Vec::new();
    for (name, values) in [
        ("votes.json", &["{\"x\": [1]}", "[]", "true", "1e400", &digits, "\"\\u0000\""][..]),
        ("audit_logs.json", &["{\"x\": null}", "[[]]", "false", &digits][..]),
        ("elections.json", &["{\"x\": 1}", "[1]", "-1e999"][..]),
        ("candidates.json", &["{}", "17"][..]),
        ("voting_tokens.json", &["{}", "1.5"][..]),
    ] {
        let rows = rows(name, 4);
        for column in rows[0].keys() {
            for value in values {
                let shown: String = value.chars().take(12).collect();
                let what = format!("{name}: {column} is {shown}");
                all.push(Bad::file(what, Must::EndWell, name, with_raw(&rows, column, value)));
            }
        }
    }
    for column in ["id", "timestamp_nanos", "hash_version", "event_data"] {
        let rows = rows("audit_logs.json", 3);
        for value in ["-0", "1.0", "0x10", "NaN", "Infinity", "01", "+1", "1_000", ".5", "1.", "nul", "\"1\" 2"] {
            let is_json = matches!(value, "-0" | "1.0");
            let must = if is_json { Must::EndWell } else { Must::RefuseAt("row 1") };
            let what = format!("audit_logs.json: {column} is {value}");
            all.push(Bad::file(what, must, "audit_logs.json", with_raw(&rows, column, value)));
        }
    }
    // Typed columns of delimited text.
    let text = String::from_utf8(fixture("audit_logs.csv")).expect("text");
    let (header, body) = text.split_once('\n').expect("lines");
    for (what, id) in [("a word", "seven"), ("a fraction", "1.5"), ("beyond bounds", &digits), ("nothing", "")] {
        let first = body.split_once(',').expect("fields").1;
        let bytes = format!("{header}\n{id},{first}").into_bytes();
        all.push(Bad::file(format!("audit_logs.csv: the number is {what}"), Must::Reject, "audit_logs.csv", bytes));
    }
    all
}

fn utf16(text: &[u8], is_little: bool, has_mark: bool) -> Vec<u8> {
    let text = std::str::from_utf8(text).expect("text");
    let units = has_mark.then_some(0xfeff).into_iter().chain(text.encode_utf16());
    units.flat_map(|unit| if is_little { unit.to_le_bytes() } else { unit.to_be_bytes() }).collect()
}

fn encodings() -> Vec<Bad> {
    let mut all = Vec::new();
    for (source, name) in [
        ("votes.json", "votes.json"),
        ("votes.csv", "votes.csv"),
        ("variants/dump.sql", "dump.sql"),
        ("variants/votes.tsv", "votes.tsv"),
        ("audit_shipping.jsonl", "audit_shipping.jsonl"),
    ] {
        let bytes = fixture(source);
        for (is_little, has_mark) in [(true, true), (true, false), (false, true), (false, false)] {
            let what = format!("{name} in UTF-16, little end first {is_little}, with its mark {has_mark}");
            all.push(Bad::file(what, Must::RefuseAt("UTF-16"), name, utf16(&bytes, is_little, has_mark)));
        }
        let marked = [&b"\xef\xbb\xbf"[..], &bytes].concat();
        all.push(Bad::file(format!("{name} with a UTF-8 mark"), Must::Read, name, marked));
        for at in [bytes.len() / 3, bytes.len() / 2, bytes.len() * 4 / 5] {
            let mut bytes = bytes.clone();
            // A letter within some text is no UTF-8 any more.
            let place = bytes[at..].iter().position(u8::is_ascii_lowercase).map_or(at, |more| at + more);
            bytes[place] = 0xff;
            all.push(Bad::file(format!("{name}: byte {place} is no UTF-8"), Must::EndWell, name, bytes));
        }
        let latin = String::from_utf8(bytes).expect("text").replacen("Seat", "Si\u{0}ge", 1);
        let latin: Vec<u8> = latin.bytes().map(|byte| if byte == 0 { 0xe8 } else { byte }).collect();
        all.push(Bad::file(format!("{name} in Latin-1"), Must::EndWell, name, latin));
    }
    all
}

fn doubled_and_missing() -> Vec<Bad> {
    let mut all = Vec::new();
    let votes = rows("votes.json", 3);
    for column in ["id", "election_id", "vote_signature", "voted_at"] {
        let value = &votes[0][column];
        let doubled = with_raw(&votes, column, &format!("{value}, {column:?}: {value}"));
        all.push(Bad::file(format!("votes.json names {column} twice in a row"), Must::Reject, "votes.json", doubled));
        let mut missing = votes.clone();
        for row in &mut missing {
            row.remove(column);
        }
        let bytes = serde_json::to_vec(&missing).expect("JSON");
        all.push(Bad::file(format!("votes.json without {column}"), Must::EndWell, "votes.json", bytes));
    }
    for (source, name, delimiter) in [("votes.csv", "votes.csv", ','), ("variants/votes.tsv", "votes.tsv", '\t')] {
        let text = String::from_utf8(fixture(source)).expect("text");
        let (header, body) = text.split_once('\n').expect("lines");
        for column in ["id", "election_id", "voted_at", "is_test"] {
            let other = if column == "id" { "candidate_id" } else { "id" };
            let mut names: Vec<&str> = header.split(delimiter).collect();
            let at = names.iter().position(|name| name.trim() == column).expect("a column");
            names[at] = other;
            let doubled = format!("{}\n{body}", names.join(&delimiter.to_string()));
            let what = format!("{name} names {other} twice in its header");
            all.push(Bad::file(what, Must::EndWell, name, doubled.into_bytes()));
            names[at] = "something_else";
            let missing = format!("{}\n{body}", names.join(&delimiter.to_string()));
            all.push(Bad::file(format!("{name} without {column}"), Must::EndWell, name, missing.into_bytes()));
        }
        let wide = format!("{header}{delimiter}{}\n{body}", ["x"; 3].join(&delimiter.to_string()));
        all.push(Bad::file(format!("{name}: x three times"), Must::RefuseAt("x"), name, wide.into_bytes()));
        let many: String = (0..50_000).map(|number| format!("{delimiter}c{number}")).collect();
        let many = format!("{header}{many}\n{body}");
        all.push(Bad::file(format!("{name} with 50,000 columns"), Must::EndWell, name, many.into_bytes()));
    }
    let members: String = (0..50_000).map(|number| format!("\"c{number}\": {number}, ")).collect();
    let row = serde_json::to_string(&votes[0]).expect("JSON");
    let wide = format!("[{{{members}{}]", row.trim_start_matches('{'));
    all.push(Bad::file("votes.json: a row of 50,000 fields", Must::EndWell, "votes.json", wide.into_bytes()));
    let entry = rows("audit_logs.json", 1);
    let data = format!("{{{}\"z\": 1}}", members);
    all.push(Bad::file(
        "audit_logs.json: event data of 50,000 members",
        Must::Read,
        "audit_logs.json",
        with_raw(&entry, "event_data", &data),
    ));
    all
}

fn deep_and_huge() -> Vec<Bad> {
    let mut all = Vec::new();
    let (votes, entries) = (rows("votes.json", 2), rows("audit_logs.json", 2));
    for depth in [200, 10_000, 300_000] {
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            let deep = format!("{}1{}", open.repeat(depth), close.repeat(depth));
            let cut = format!("{}1", open.repeat(depth));
            let what = |where_: &str| format!("{where_}: {depth} levels of {open}");
            let inside = with_raw(&entries, "event_data", &deep);
            all.push(Bad::file(what("event data"), Must::EndWell, "audit_logs.json", inside));
            let inside = with_raw(&votes, "deletion_reason", &deep);
            all.push(Bad::file(what("a vote"), Must::EndWell, "votes.json", inside));
            all.push(Bad::file(what("votes.json itself"), Must::Refuse, "votes.json", deep.into_bytes()));
            all.push(Bad::file(what("an unfinished file"), Must::Refuse, "votes.json", cut.into_bytes()));
        }
        let quoted = "[".repeat(depth);
        let text = String::from_utf8(fixture("audit_logs.csv")).expect("text");
        let (header, _) = text.split_once('\n').expect("lines");
        let row = format!("{header}\n1,2026-02-10 10:00:00,1,vote_cast,elections,info,,,,,,,,\"{quoted}\",,,3,\n");
        all.push(Bad::file(
            format!("event data in CSV: {depth} brackets"),
            Must::EndWell,
            "audit_logs.csv",
            row.into_bytes(),
        ));
        let dump = format!("INSERT INTO `votes` (`id`) VALUES {}", "(".repeat(depth));
        all.push(Bad::file(format!("dump.sql: {depth} brackets"), Must::Refuse, "dump.sql", dump.into_bytes()));
    }
    all
}

fn empty_and_foreign() -> Vec<Bad> {
    let mut all = Vec::new();
    for name in
        ["votes.json", "votes.csv", "audit_shipping.jsonl", "dump.sql", "votes.tsv", "export.zip", "votes.json.gz"]
    {
        all.push(Bad::file(format!("{name} is empty"), Must::Refuse, name, Vec::new()));
        all.push(Bad::file(format!("{name} is white space"), Must::Refuse, name, b" \r\n\t\n ".to_vec()));
        all.push(Bad::file(format!("{name} is NUL bytes"), Must::Refuse, name, vec![0; 5000]));
        let noise: Vec<u8> = (0..5000u32).map(|number| (number.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        all.push(Bad::file(format!("{name} is noise"), Must::Refuse, name, noise));
    }
    for (name, text) in [
        ("votes.json", "null"),
        ("votes.json", "{}"),
        ("votes.json", "[[]]"),
        ("votes.json", "[null, null]"),
        ("votes.json", "\"votes\""),
        ("votes.json", "{\"votes\": 1}"),
        ("votes.json", "{\"votes\": {}}"),
        ("ballots.json", "{\"ballots\": [], \"system\": \"another\"}"),
        ("ballots.csv", "ballot,choice\n1,2\n"),
        ("letter.txt", "Dear election committee, please find enclosed nothing."),
        ("page.html", "<!DOCTYPE html><html><body>votes</body></html>"),
        ("report.pdf", "%PDF-1.4\n%\u{e2}\u{e3}\n1 0 obj\n"),
        ("program", "\u{7f}ELF\u{2}\u{1}\u{1}"),
        ("database.db", "SQLite format 3\u{0}and something"),
        ("dump.sql", "-- nothing\nSELECT 1;\n"),
        ("dump.sql", "CREATE TABLE `ballots` (`id` int);\nINSERT INTO `ballots` VALUES (1);\n"),
    ] {
        let must = if text.contains("{\"votes\"") { Must::EndWell } else { Must::Refuse };
        all.push(Bad::file(format!("{name} holds {:?}", &text[..text.len().min(24)]), must, name, text.into()));
    }
    let header = fixture("votes.csv").split(|byte| *byte == b'\n').next().unwrap_or_default().to_owned();
    all.push(Bad::file("votes.csv is its header alone", Must::Read, "votes.csv", header));
    all.push(Bad::file("votes.json is an empty list", Must::Read, "votes.json", b"[]".to_vec()));
    all
}

/// What stands within texts: NUL bytes, half surrogate pairs, quotes that never end, line ends of other systems.
fn texts() -> Vec<Bad> {
    let mut all = Vec::new();
    let votes = rows("votes.json", 3);
    for (what, raw) in [
        ("a NUL byte", "\"a\\u0000b\""),
        ("half a surrogate pair", "\"\\ud800\""),
        ("the other half", "\"\\udc00x\""),
        ("two first halves", "\"\\ud800\\ud800\""),
        ("a pair", "\"\\ud83d\\uddf3\""),
        ("an escape cut off", "\"\\u12\""),
        ("an unknown escape", "\"\\x41\""),
        ("a raw line end", "\"a\nb\""),
        ("a raw NUL byte", "\"a\u{0}b\""),
        ("a quote that never ends", "\"abc"),
        ("single quotes", "'abc'"),
        ("nothing", ""),
        ("a comment", "/* x */ null"),
    ] {
        for column in ["id", "position", "deletion_reason"] {
            let bytes = with_raw(&votes, column, raw);
            all.push(Bad::file(format!("votes.json: {column} holds {what}"), Must::EndWell, "votes.json", bytes));
        }
    }
    let entries = rows("audit_logs.json", 2);
    for raw in [
        "{\"vote_id\": \"\\ud800\"}",
        "{\"\\ud800\": 1}",
        "\"{\\\"vote_id\\\": \\\"\\\\ud800\\\"}\"",
        "\"no JSON\"",
        "[1e400]",
    ] {
        let bytes = with_raw(&entries, "event_data", raw);
        all.push(Bad::file(format!("audit_logs.json: event data {raw}"), Must::EndWell, "audit_logs.json", bytes));
    }
    for (source, name) in [
        ("votes.csv", "votes.csv"),
        ("variants/votes.outfile.csv", "votes.outfile.csv"),
        ("variants/votes.tsv", "votes.tsv"),
        ("variants/dump.sql", "dump.sql"),
        ("audit_shipping.jsonl", "audit_shipping.jsonl"),
    ] {
        let text = String::from_utf8(fixture(source)).expect("text");
        let quote = if name.ends_with(".sql") { '\'' } else { '"' };
        let middle = text.len() / 2 + text[text.len() / 2..].find([',', '\t']).unwrap_or(0) + 1;
        for (what, changed) in [
            ("a quote that never ends", format!("{}{quote}{}", &text[..middle], &text[middle..])),
            ("a NUL byte", format!("{}\0{}", &text[..middle], &text[middle..])),
            ("a backslash", format!("{}\\{}", &text[..middle], &text[middle..])),
            ("carriage returns alone", text.replace("\r\n", "\n").replace('\n', "\r")),
            ("both line ends", text.replace("\r\n", "\n").replace('\n', "\r\n")),
            ("a line end too few", text.replacen('\n', "", 3)),
            ("blank lines", text.replace('\n', "\n\n")),
            (
                "a line twice as long",
                text.replacen('\n', &format!("{0}\n", text.lines().nth(1).unwrap_or_default()), 1),
            ),
        ] {
            let must = if what == "both line ends" { Must::Read } else { Must::EndWell };
            all.push(Bad::file(format!("{name}: {what}"), must, name, changed.into_bytes()));
        }
    }
    all
}

/// One field of a hundred million bytes.
fn long() -> Vec<Bad> {
    const LENGTH: usize = 100 << 20;
    let with_filling = |what: &str, name: &'static str, before: String, filling: u8, after: &'static str| {
        Bad::new(what, Must::EndWell, move |folder: &Path| {
            let path = folder.join(name);
            let mut file = fs::File::create(&path).expect("made");
            file.write_all(before.as_bytes()).expect("written");
            let piece = vec![filling; 1 << 20];
            for _ in 0..LENGTH >> 20 {
                file.write_all(&piece).expect("written");
            }
            file.write_all(after.as_bytes()).expect("written");
            path
        })
    };
    let csv = "id,election_id,candidate_id,voted_at\n";
    vec![
        with_filling("votes.csv: a field of 100 MB", "votes.csv", format!("{csv}a,b,c,"), b'x', "\nd,e,f,g\n"),
        with_filling("votes.csv: a quoted field of 100 MB", "votes.csv", format!("{csv}a,b,c,\""), b'\n', "\"\n"),
        with_filling("votes.csv: a quote that never ends, 100 MB", "votes.csv", format!("{csv}a,b,c,\""), b'x', ""),
        with_filling("votes.csv: 100 MB of separators", "votes.csv", csv.to_owned(), b',', "\n"),
        with_filling("votes.csv: 100 MB of line ends", "votes.csv", csv.to_owned(), b'\n', ""),
        with_filling("votes.csv: a first line of 100 MB", "votes.csv", "id,election_id,".to_owned(), b'x', "\n"),
        with_filling("votes.tsv: a field of 100 MB", "votes.tsv", csv.replace(',', "\t") + "a\tb\tc\t", b'\\', "\n"),
        with_filling(
            "votes.outfile.csv: a field of 100 MB",
            "votes.outfile.csv",
            format!("{csv}\"\\N\",\""),
            b'x',
            "\"\n",
        ),
        with_filling(
            "votes.json: a text of 100 MB",
            "votes.json",
            "[{\"id\":\"a\",\"election_id\":\"b\",\"candidate_id\":\"c\",\"voted_at\":\"".to_owned(),
            b'x',
            "\"}]",
        ),
        with_filling(
            "votes.json: 100 MB of digits",
            "votes.json",
            "[{\"election_id\":\"b\",\"candidate_id\":\"c\",\"voted_at\":null,\"id\":".to_owned(),
            b'7',
            "}]",
        ),
        with_filling("votes.json: 100 MB of brackets", "votes.json", "[{\"election_id\":".to_owned(), b'[', "]"),
        with_filling("votes.json: 100 MB of white space", "votes.json", "[".to_owned(), b' ', "]"),
        with_filling(
            "dump.sql: a text of 100 MB",
            "dump.sql",
            "INSERT INTO `votes` (`id`) VALUES ('".to_owned(),
            b'x',
            "');",
        ),
        with_filling(
            "dump.sql: a comment of 100 MB",
            "dump.sql",
            "INSERT INTO `votes` /*".to_owned(),
            b'*',
            "/ VALUES (1);",
        ),
    ]
}

/// Paths that are no ordinary files.
fn no_files() -> Vec<Bad> {
    let mut all = vec![
        Bad::new("a file that is not there", Must::Refuse, |folder| folder.join("votes.json")),
        Bad::new("a folder named votes.csv", Must::Refuse, |folder| {
            let path = folder.join("votes.csv");
            fs::create_dir(&path).expect("a folder");
            path
        }),
        Bad::new("a folder with a folder named votes.csv beside votes.json", Must::Read, |folder| {
            fs::create_dir(folder.join("votes.csv")).expect("a folder");
            fs::write(folder.join("votes.json"), fixture("votes.json")).expect("written");
            folder.to_owned()
        }),
        Bad::new("folders sixty deep", Must::Refuse, |folder| {
            let deep = (0..60).fold(folder.join("top"), |path, number| path.join(format!("{number}")));
            fs::create_dir_all(&deep).expect("folders");
            fs::write(deep.join("votes.json"), fixture("votes.json")).expect("written");
            folder.join("top")
        }),
        Bad::new("a name with odd letters", Must::Read, |folder| {
            let path = folder.join("votes \u{1f5f3} 'x' %41 #1.json");
            fs::write(&path, fixture("votes.json")).expect("written");
            path
        }),
    ];
    #[cfg(unix)]
    all.extend(unix_files());
    all
}

#[cfg(unix)]
fn unix_files() -> Vec<Bad> {
    use std::os::unix::fs::symlink;
    use std::process::Command;

    let device = |name: &'static str| Bad::new(format!("the device {name}"), Must::Refuse, move |_: &Path| name.into());
    let pipe = |folder: &Path| {
        let path = folder.join("votes.csv");
        assert!(Command::new("mkfifo").arg(&path).status().expect("mkfifo starts").success());
        path
    };
    vec![
        device("/dev/null"),
        device("/dev/zero"),
        device("/dev/urandom"),
        Bad::new("a pipe", Must::Refuse, pipe),
        Bad::new("a folder with a pipe", Must::Read, move |folder| {
            pipe(folder);
            fs::write(folder.join("votes.json"), fixture("votes.json")).expect("written");
            folder.to_owned()
        }),
        Bad::new("a link to a file", Must::Read, |folder| {
            fs::write(folder.join("real.json"), fixture("votes.json")).expect("written");
            symlink(folder.join("real.json"), folder.join("votes.json")).expect("a link");
            folder.join("votes.json")
        }),
        Bad::new("a link to nothing", Must::Refuse, |folder| {
            symlink(folder.join("nothing"), folder.join("votes.json")).expect("a link");
            folder.join("votes.json")
        }),
        Bad::new("a link to itself", Must::Refuse, |folder| {
            symlink(folder.join("votes.json"), folder.join("votes.json")).expect("a link");
            folder.join("votes.json")
        }),
        Bad::new("a folder of links", Must::Refuse, |folder| {
            let links = folder.join("links");
            fs::create_dir(&links).expect("a folder");
            symlink("/etc/passwd", links.join("votes.csv")).expect("a link");
            symlink(&links, links.join("again")).expect("a link");
            links
        }),
        Bad::new("a file that may not be read", Must::EndWell, |folder| {
            use std::os::unix::fs::PermissionsExt;
            let path = folder.join("votes.json");
            fs::write(&path, fixture("votes.json")).expect("written");
            fs::set_permissions(&path, fs::Permissions::from_mode(0o0)).expect("set");
            path
        }),
        Bad::new("a name that is no UTF-8", Must::EndWell, |folder| {
            use std::os::unix::ffi::OsStrExt;
            let path = folder.join(std::ffi::OsStr::from_bytes(b"votes\xff.json"));
            fs::write(&path, fixture("votes.json")).expect("written");
            path
        }),
    ]
}
