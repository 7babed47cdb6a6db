//! The shipped set loads; an office's files are laid over it; broken ones are named and left out.

use super::*;

fn office(name: &str, text: &str) -> OfficeFile {
    OfficeFile { name: name.to_owned(), bytes: text.as_bytes().to_vec() }
}

fn shipped_text(id: &str) -> String {
    Library::shipped().playbook(id).expect("shipped").text.clone()
}

#[test]
fn the_shipped_set_loads_as_its_index_says() {
    let library = Library::shipped();
    assert!(library.left_out.is_empty());
    // Figures of the index in the README of the folder: steps and decisions of each playbook.
    let readme = include_str!("../../playbooks/README.md");
    let rows: Vec<Vec<&str>> = readme
        .lines()
        .skip_while(|line| !line.starts_with("## Scenario index"))
        .filter(|line| line.starts_with("| `"))
        .map(|line| line.split('|').map(str::trim).collect())
        .collect();
    assert_eq!(rows.len(), 32);
    assert_eq!(library.playbooks.len(), 32);
    for row in rows {
        let id = row[1].trim_matches('`');
        let playbook = &library.playbook(id).expect(id).playbook;
        assert_eq!(playbook.title, row[2], "{id}");
        let severity = match &playbook.raise {
            Some(raise) => format!("{} → {}", playbook.default_severity, raise.to),
            None => playbook.default_severity.to_string(),
        };
        assert_eq!(severity, row[3], "{id}");
        assert_eq!(playbook.steps.len().to_string(), row[4], "{id}");
        assert_eq!(playbook.decisions.len().to_string(), row[5], "{id}");
    }
    assert_eq!(library.templates.len(), 28, "the README counts the templates");
    assert_eq!(library.files.len(), 41);
}

#[test]
fn the_digest_is_that_of_the_bytes() {
    // sha256sum of the file in the folder.
    let text = include_str!("../../playbooks/tally-failure.toml");
    let library = Library::shipped();
    let file = library.playbook("tally-failure").expect("shipped");
    assert_eq!(file.sha256, sha256(text.as_bytes()));
    assert_eq!(file.text, text);
    assert_eq!(
        sha256(b"abc").to_hex(),
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "the example of FIPS 180"
    );
    assert_eq!(
        library.digest_of("severity.toml"),
        Some(sha256(include_bytes!("../../playbooks/_common/severity.toml")))
    );
}

#[test]
fn an_office_replaces_by_id_and_adds_by_id() {
    let mut own = shipped_text("minor-issue").replace("Minor problem: cosmetic", "Small things: cosmetic");
    own = own.replace("version = \"1.0.0\"", "version = \"1.1.0\"");
    let added = shipped_text("minor-issue").replace("id = \"minor-issue\"", "id = \"our-own\"");
    let contacts = "schema = 1\n[[contact]]\nid = \"primary\"\nrole = \"Duty officer\"\nladder_level = 1\nphone = \"112\"\nwhen = \"at once\"\n[[contact]]\nid = \"caretaker\"\nrole = \"Caretaker\"\nwhen = \"doors\"\n";
    let library = Library::with_office(&[
        office("minor-issue.toml", &own),
        office("our-own.toml", &added),
        office("_common/contacts.toml", contacts),
    ]);
    assert_eq!(library.left_out, []);
    assert_eq!(library.playbooks.len(), 33);
    let minor = library.playbook("minor-issue").expect("replaced");
    assert_eq!((minor.origin, minor.playbook.version.as_str()), (Origin::Office, "1.1.0"));
    assert_eq!(minor.sha256, sha256(own.as_bytes()));
    let primary = library.contacts.contacts.iter().find(|contact| contact.id == "primary").expect("primary");
    assert_eq!((primary.phone.as_str(), primary.example), ("112", false));
    assert_eq!(library.contacts.contacts.len(), Library::shipped().contacts.contacts.len() + 1);
    assert_eq!(library.contacts.roles.len(), 7, "what the office says nothing about stays");
    assert!(Library::shipped().contacts.warnings().len() == library.contacts.warnings().len() + 1);
}

#[test]
fn a_finding_code_taken_by_the_office_is_found_first() {
    let text = "schema = 1\n[[finding]]\ncodes = [\"S101\"]\nplaybook = \"disputed-election\"\n[targets]\n";
    let library = Library::with_office(&[office("triggers.toml", text)]);
    assert_eq!(library.left_out, []);
    let first = library.triggers.findings.iter().find(|trigger| trigger.codes.contains(&"S101".to_owned()));
    assert_eq!(first.expect("found").playbook, "disputed-election");
}

#[test]
fn a_single_figure_can_be_replaced() {
    let library = Library::with_office(&[office("severity.toml", "schema = 1\n[review]\nhold_within_min = 7200\n")]);
    assert_eq!(library.left_out, []);
    assert_eq!(library.severity.review.hold_within_min, 7200);
    assert_eq!(library.severity.review.schedule_within_min, 1440);
}

#[test]
fn broken_files_are_left_out_with_file_key_and_reason_and_the_rest_loads() {
    let text = shipped_text("tally-failure");
    let cases: &[(&str, &str, &str, &str)] = &[
        ("schema = 1", "schema = 2", "schema", "schema 2 is not known"),
        ("id = \"tally-failure\"", "id = \"other\"", "id", "differs from the file name"),
        ("order = 4\n", "order = 5\n", "step[status].order", "the 4. step has the number 5"),
        ("id = \"error\"\nphase", "id = \"status\"\nphase", "step[status].id", "stands twice"),
        ("auto = \"check.recount\"", "auto = \"check.recont\"", "step[local-recount].auto", "no function"),
        ("template = \"results-delayed\"", "template = \"late\"", "step[delay-notice].template", "no template"),
        ("\"internal-update\"", "\"internal-news\"", "templates", "no template"),
        ("commands = [\"astra-advance-dry\"", "commands = [\"astra-dry\"", "step[retry].commands", "no command"),
        ("after_step = \"retry\"", "after_step = \"again\"", "decision[after-retry].after_step", "no step"),
        ("default_severity = \"high\"", "default_severity = \"P1\"", "default_severity", "not known here"),
        ("while = \"step:retry done\"", "while = \"step:again done\"", "guard[one-retry-only].while", "no step"),
        ("while = \"anonymized\"", "while = \"sometimes\"", "guard[never-reopen-closed].while", "no condition"),
        ("blocks = [\"election.tally\"]", "blocks = [\"election.count\"]", "guard[one-retry-only].blocks", "no act"),
        (
            "capture_with = \"act.export_recount\"",
            "capture_with = \"act.x\"",
            "evidence[recount].capture_with",
            "no function",
        ),
        (
            "due_min = 5\nauto = \"act.open_incident\"\ndue_from = \"declared\"",
            "due_min = 5",
            "step[record-basics].due_from",
            "missing",
        ),
        ("due_min = 10", "due_min = \"ten\"", "step[describe-symptoms].due_min", "not a text"),
        ("kind = \"escalate\"", "kind = \"shout\"", "step[escalate].kind", "not known here"),
        ("irreversible = false", "", "decision[after-retry].option[yes].irreversible", "missing"),
        ("version = \"1.0.0\"", "version = \"one\"", "version", "not three numbers"),
        (
            "raise_if = \"results are due and a second attempt failed, or data looks damaged\"\n",
            "",
            "raise_if",
            "missing",
        ),
        ("summary = \"Counting does not complete.\"", "summary = \"\"", "summary", "empty"),
        ("summary = ", "summary ", "", "line 10, column"),
    ];
    for (from, to, key, reason) in cases {
        let broken = text.replacen(from, to, 1);
        assert_ne!(broken, text, "{from} stands in the file");
        let library =
            Library::with_office(&[office("tally-failure.toml", &broken), office("notes.txt", "no playbook")]);
        let [left] = library.left_out.as_slice() else { panic!("{from}: {:?}", library.left_out) };
        assert_eq!(left.file, "tally-failure.toml");
        let found = left.problems.iter().any(|problem| problem.key == *key && problem.reason.contains(reason));
        assert!(found, "{from} -> {to}: {:#?}", left.problems);
        assert!(left.problems.iter().all(|problem| !problem.advice.is_empty()));
        assert_eq!(library.playbooks.len(), 32, "the shipped one stays");
        assert_eq!(library.playbook("tally-failure").expect("shipped").origin, Origin::Shipped);
    }
}

#[test]
fn a_condition_names_decision_and_option() {
    let text = shipped_text("credential-leakage");
    for (to, reason) in [("scop=isolated", "no decision"), ("scope=alone", "no option"), ("scope", "no condition")] {
        let broken = text.replacen("when = \"scope=isolated\"", &format!("when = \"{to}\""), 1);
        let problems = Library::problems_of(&office("credential-leakage.toml", &broken), &[]);
        assert!(
            problems.iter().any(|problem| problem.key == "step[reissue-one].when" && problem.reason.contains(reason)),
            "{to}: {problems:?}"
        );
    }
}

#[test]
fn broken_common_files_are_left_out_too() {
    let cases: &[(&str, &str, &str, &str)] = &[
        (
            "templates.toml",
            "[[template]]\nid = \"t\"\naudience = \"a\"\nwhen = \"w\"\nsources = []\nplaceholders = [\"x\"]\nsubject = \"s {{y}}\"\nbody = \"b\"\n",
            "template[t].placeholders",
            "{{y}} is in the text",
        ),
        (
            "commands.toml",
            "[[command]]\nid = \"c\"\ntitle = \"t\"\nsystem = \"any\"\neffect = \"look\"\nshell = \"sh\"\ntext = \"ls {{where}}\"\nplaceholders = [\"where\"]\nsources = []\n",
            "command[c].placeholders",
            "declared nowhere",
        ),
        (
            "commands.toml",
            "[[command]]\nid = \"c\"\ntitle = \"t\"\nsystem = \"any\"\neffect = \"look\"\nshell = \"sh\"\ntext = \"echo '{{message_text}}'\"\nplaceholders = [\"message_text\"]\nsources = []\n",
            "command[c].text",
            "inside quotes",
        ),
        (
            "commands.toml",
            "[[quick_reference]]\nid = \"q\"\ntitle = \"t\"\ncommands = [\"nope\"]\n",
            "quick_reference[q].commands",
            "no command",
        ),
        (
            "triggers.toml",
            "[[finding]]\ncodes = [\"Z999\"]\nplaybook = \"minor-issue\"\n",
            "finding[1].codes",
            "no finding",
        ),
        (
            "triggers.toml",
            "[[event]]\ntype = \"x\"\nseverity = \"info\"\nplaybook = \"nope\"\n",
            "event[11].playbook",
            "no playbook",
        ),
        (
            "contacts.toml",
            "[[contact]]\nid = \"c\"\nrole = \"r\"\nwhen = \"w\"\ncommand = \"nope\"\n",
            "contact[c].command",
            "no command",
        ),
        (
            "checklists.toml",
            "[[checklist]]\nid = \"l\"\ntitle = \"t\"\nsources = []\nitem = [{ id = \"i\", text = \"t\", required = true, auto = \"act.nope\" }]\n",
            "checklist[l].item[i].auto",
            "no function",
        ),
        ("severity.toml", "[[level]]\nid = \"P0\"\n", "level[P0].id", "not known here"),
        ("control.toml", "approved_on = \"2026-02-30\"\n", "approved_on", "no day"),
        (
            "reports.toml",
            "[[report]]\nid = \"r\"\ntitle = \"t\"\nsources = []\nsection = [{ id = \"a\", title = \"t\", source = \"guess\" }]\n",
            "report[r].section[a].source",
            "not known here",
        ),
    ];
    for (file, text, key, reason) in cases {
        let problems = Library::problems_of(&office(file, &format!("schema = 1\n{text}")), &[]);
        assert!(
            problems.iter().any(|problem| problem.key == *key && problem.reason.contains(reason)),
            "{file}: {problems:#?}"
        );
        let unknown = Library::problems_of(&office(file, "schema = 7\n"), &[]);
        assert_eq!(unknown.len(), 1, "{file}");
    }
}

#[test]
fn a_file_that_names_a_broken_file_falls_with_it() {
    let first = shipped_text("minor-issue").replace("id = \"minor-issue\"", "id = \"first\"");
    let first = first.replacen("kind = \"record\"", "kind = \"link\"\nplaybook = \"second\"", 1);
    let second = shipped_text("minor-issue").replace("id = \"minor-issue\"", "id = \"second\"");
    let both = [office("first.toml", &first), office("second.toml", &second)];
    assert_eq!(Library::with_office(&both).left_out, []);
    let broken = [office("first.toml", &first), office("second.toml", &second.replace("act.open_incident", "act.no"))];
    let library = Library::with_office(&broken);
    assert_eq!(
        library.left_out.iter().map(|left| left.file.as_str()).collect::<Vec<_>>(),
        ["first.toml", "second.toml"]
    );
}

#[test]
fn of_two_files_of_one_name_the_first_is_used() {
    let text = shipped_text("minor-issue");
    let library = Library::with_office(&[office("b/minor-issue.toml", &text), office("a/minor-issue.toml", &text)]);
    assert_eq!(library.left_out.len(), 1);
    assert_eq!(library.left_out[0].file, "b/minor-issue.toml");
}

#[test]
fn the_shipped_files_are_those_of_the_reference_where_it_exists() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../../shared/playbooks");
    let Ok(entries) = std::fs::read_dir(&folder) else { return };
    for entry in entries.flatten().filter(|entry| entry.path().extension().is_some_and(|extension| extension == "toml"))
    {
        let name = entry.file_name().to_string_lossy().into_owned();
        let (_, text) = PLAYBOOKS.iter().find(|(known, _)| *known == name).expect("built in");
        assert_eq!(std::fs::read_to_string(entry.path()).expect("readable"), *text, "{name}");
    }
}
