//! Prints of incidents: what each paper says, that its tables say the same, what is blacked out, and that every playbook
//! that was played can be printed in every form.

use domain::Unwatched;
use domain::election::{SecondBallot, Secrecy};
use domain::incident::{EntryKind, IncidentStatus, StepState};
use testkit::office::Office;
use testkit::pdf::{pages, solid};
use testkit::playing::{anna, declare, finish, send, set_status, titled, work};
use testkit::program::scrutineer;
use workflow::Case;
use workflow::election::CloseRequest;
use workflow::incident::incidents::incident::event::{
    ActionPriority, CustodyAct, CustodyEntry, ElectionRef, IncidentTime,
};
use workflow::incident::incidents::{IncidentEvent, Library, OfficeFile};
use workflow::incident::{
    About, EscalationCall, NewIncident, PrintRequest, Printed, Redaction, StepReport, incident_documents,
};

const REASON: &str = "The board cannot wait until Monday";
const LEAD: &str = "Rosa Lindqvist";
const MAIL: &str = "rosa.lindqvist@example.org";
const PHONE: &str = "+43 660 1234567";
const HOST: &str = "203.0.113.77";

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

/// Names a folder in `SCRUTINEER_SAMPLES` to look at the pages.
fn keep(name: &str, printed: &Printed) {
    if let Some(folder) = std::env::var_os("SCRUTINEER_SAMPLES") {
        let path = std::path::Path::new(&folder).join(format!("{name}.pdf"));
        std::fs::write(path, &printed.pdf).expect("written");
    }
}

fn request(document: &str, incident: &str) -> PrintRequest {
    PrintRequest {
        document: document.to_owned(),
        incident: (!incident.is_empty()).then(|| incident.to_owned()),
        ..PrintRequest::default()
    }
}

fn print(office: &mut Office, library: &Library, request: &PrintRequest) -> Printed {
    let by = anna(office);
    office
        .case
        .print_incident(&by, library, request, &Unwatched)
        .unwrap_or_else(|error| panic!("{}: {error}", request.document))
}

/// The whole text of a print; `None` where no program reads PDF here.
fn text(printed: &Printed) -> Option<String> {
    Some(pages(&printed.pdf)?.join("\n"))
}

/// Cells of a table without the header; the apostrophe that guards a formula is taken off.
fn cells(csv: &[u8]) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(true).from_reader(csv);
    let plain = |cell: &str| match cell.strip_prefix('\'') {
        Some(rest) if rest.starts_with(['=', '+', '-', '@']) => rest.to_owned(),
        _ => cell.to_owned(),
    };
    reader.records().map(|row| row.expect("a row").iter().map(plain).collect()).collect()
}

fn table<'a>(printed: &'a Printed, name: &str) -> &'a [u8] {
    let known: Vec<&str> = printed.tables.iter().map(|(name, _)| name.as_str()).collect();
    let found = printed.tables.iter().find(|(known, _)| known == name);
    &found.unwrap_or_else(|| panic!("{} has no table {name}, only {known:?}", printed.document)).1
}

/// An open election with two ballots, and an incident about it in which everything happened that a paper can tell.
fn busy(office: &mut Office, library: &Library) -> String {
    let election = office.draft(Secrecy::Secret, SecondBallot::Refuse, 6);
    let codes = office.open(&election);
    let mut booth = office.booth(&election);
    for (_, code) in codes.iter().take(2) {
        office.cast(&mut booth, code, "ash", &["elm"]).expect("cast");
    }
    let by = anna(office);
    office.clock.pass(1800);
    let detected = domain::Instant { micros: office.clock.instant().micros - 1_200_000_000 };
    let incident = declare(
        office,
        library,
        NewIncident {
            playbook: Some("credential-leakage".to_owned()),
            elections: vec![election.clone()],
            lead: Some(LEAD.to_owned()),
            description: format!(
                "A post with credentials was seen by Ms Lindqvist ({MAIL}, {PHONE}); it came from {HOST}."
            ),
            detected_at: Some(detected),
            ..titled("Credentials were posted in a chat")
        },
    );
    let id = incident.as_str();
    let add = |office: &mut Office, event: IncidentEvent| {
        office.clock.pass(30);
        office.case.record_in_incident(&by, id, None, event).expect("recorded");
    };
    let began = domain::Instant { micros: detected.micros - 600_000_000 };
    add(office, IncidentEvent::Acknowledged {});
    add(office, IncidentEvent::TimeEntered { time: IncidentTime::Began, at: began, latest: Some(detected) });
    add(office, IncidentEvent::RoleSet { role: "communications".to_owned(), person: Some("Otto Weber".to_owned()) });
    let call = format!("Otto Weber called {LEAD} on {PHONE} about the host {HOST}");
    add(office, IncidentEvent::Noted { kind: EntryKind::Fact, text: call, links: Vec::new() });
    add(office, IncidentEvent::EstimateGiven { text: "Within two hours".to_owned(), until: None });
    for (report, section, text) in [
        ("incident-report", "summary", "Twelve credentials were readable in a public chat for ten minutes."),
        ("incident-report", "impact", "Twelve voters; no ballot was cast with these credentials."),
        ("incident-report", "detection", "A member forwarded the message."),
        ("post-mortem", "well", "The desk stopped at once."),
        ("post-mortem", "lessons", "Never mail lists."),
        ("stakeholder-briefing", "risk", "The outcome is not in question as far as is known."),
    ] {
        let (report, section, text) = (report.to_owned(), section.to_owned(), text.to_owned());
        add(office, IncidentEvent::SectionWritten { report, section, text });
    }
    let preserve = StepReport { step: "preserve-first".to_owned(), ..StepReport::default() };
    office.case.run_step(&by, library, id, &preserve, None, &Unwatched).expect("preserved");
    let about = About {
        what: "The post".to_owned(),
        why: "Shows the leak".to_owned(),
        source: MAIL.to_owned(),
        ..About::default()
    };
    let (item, _) = office.case.add_evidence_note(&by, id, "The post as it was seen", &about).expect("kept");
    let handed = CustodyEntry {
        evidence: item.id.clone(),
        act: CustodyAct::Transferred,
        from: "Anna".to_owned(),
        to: "Viktor Sand".to_owned(),
        why: "For the analysis".to_owned(),
        hash_agreed: None,
    };
    add(office, IncidentEvent::CustodyEntered(handed));
    office.case.view_evidence(&by, &item.id, "Compare with the chat", 10).expect("seen");
    work(office, library, id, false, 1);
    let skip = IncidentEvent::CauseFound { text: "A list was mailed to the wrong address".to_owned() };
    add(office, skip);
    send(office, library, id, "internal-update");
    let escalation = EscalationCall {
        reason: "Nobody answers".to_owned(),
        person: Some("Zoe Hart".to_owned()),
        ..EscalationCall::default()
    };
    office.case.escalate(&by, library, id, &escalation).expect("called");
    office.case.hold(&by, id, &[domain::GuardedAct::Publish], None, "Wait for the board").expect("held");
    office.case.add_action_item(&by, id, "Mail no lists", "Otto Weber", ActionPriority::High, None).expect("added");
    let (key, two) = (office.key.clone(), office.two().overriding(REASON));
    let close = CloseRequest {
        confirm: election.clone(),
        early_reason: Some("Everybody present has voted".to_owned()),
        count_now: false,
        by_clock: false,
    };
    office.case.close_election(&two, &key, &election, &close).expect("two people override");
    incident
}

#[test]
fn each_document_tells_every_value_of_its_tables_and_names_the_override() {
    let folder = folder();
    let mut office = Office::found(folder.path());
    let library = Library::shipped();
    let incident = busy(&mut office, &library);
    let documents = incident_documents(&library);
    let ids: Vec<&str> = documents.iter().map(|one| one.id.as_str()).collect();
    let expected = [
        "incident-report",
        "post-mortem",
        "metrics",
        "one-page",
        "stakeholder-briefing",
        "custody-sheet",
        "decision-log",
        "call-list",
        "quick-reference",
    ];
    assert_eq!(ids, expected);
    for document in &documents {
        let printed = print(&mut office, &library, &request(&document.id, &incident));
        keep(&document.id, &printed);
        assert!(!printed.tables.is_empty(), "{}", document.id);
        let Some(pages) = pages(&printed.pdf) else { return };
        let all = pages.join("\n");
        let whole = solid(&all);
        let mut told = 0;
        for (name, csv) in &printed.tables {
            for cell in cells(csv).into_iter().flatten() {
                assert!(whole.contains(&solid(&cell)), "{}, {name}: {cell:?} is not in\n{all}", document.id);
                told += 1;
            }
        }
        assert!(told > 0, "{}", document.id);
        let layout = library.report(&document.id);
        for section in layout.map_or(&[][..], |layout| &layout.sections[..]) {
            assert!(whole.contains(&solid(&section.title)), "{}: {}", document.id, section.title);
        }
        // Document control on each, and every page numbered.
        for part in [
            "Election incident procedures, version 1.0.0: draft, not approved",
            "owner: Operations team",
            "classification: internal",
        ] {
            assert!(whole.contains(&solid(part)), "{}: {part}", document.id);
        }
        for (number, page) in (1..).zip(&pages) {
            assert!(page.contains(&format!("page {number} of {}", pages.len())), "{}: {page}", document.id);
        }
        if document.needs_incident {
            let overridden = solid("was overridden for \"close\" by Anna and Ben on");
            assert!(whole.contains(&overridden), "{}: {all}", document.id);
            assert!(whole.contains(&solid(REASON)), "{}", document.id);
        }
    }
    // The words of staff stand where the layout wants them.
    let Some(report) = text(&print(&mut office, &library, &request("incident-report", &incident))) else { return };
    for part in ["Twelve credentials were readable", "A member forwarded the message.", "mailed to the wrong address"] {
        assert!(solid(&report).contains(&solid(part)), "{part}\n{report}");
    }
    let acts: Vec<String> = office.case.ledger().expect("ledger").into_iter().map(|entry| entry.act).collect();
    assert_eq!(acts.iter().filter(|act| *act == "report.print").count(), documents.len() + 1);
    assert_eq!(office.case.recheck(&Unwatched).expect("looked").problems, Vec::<String>::new());
}

#[test]
fn the_one_page_is_one_page_however_much_happened() {
    let folder = folder();
    let mut office = Office::found(folder.path());
    let library = Library::shipped();
    let incident = busy(&mut office, &library);
    let by = anna(&office);
    let long = "Something long was written down about what happened and to whom. ".repeat(80);
    for section in ["incident-report/summary", "incident-report/impact", "incident-report/detection"] {
        let (report, section) = section.split_once('/').expect("two");
        let event = IncidentEvent::SectionWritten {
            report: report.to_owned(),
            section: section.to_owned(),
            text: long.clone(),
        };
        office.case.record_in_incident(&by, &incident, None, event).expect("written");
    }
    let elsewhere = ElectionRef { id: "elsewhere".to_owned(), name: "An election of another system".to_owned() };
    let added = IncidentEvent::ElectionAdded(elsewhere.clone());
    office.case.record_in_incident(&by, &incident, None, added).expect("added");
    for _ in 0..8 {
        let event = IncidentEvent::Noted { kind: EntryKind::Fact, text: long.clone(), links: Vec::new() };
        office.case.record_in_incident(&by, &incident, None, event).expect("noted");
        let (guard, act) = ("hold-close-and-tally", domain::GuardedAct::Count);
        office.case.note_override(&by, &incident, guard, act, &elsewhere.id, &long).expect("noted");
    }
    let printed = print(&mut office, &library, &request("one-page", &incident));
    keep("one-page-long", &printed);
    let Some(pages) = pages(&printed.pdf) else { return };
    assert_eq!(pages.len(), 1, "{pages:?}");
    assert!(pages[0].contains("more stand in the incident report"), "{}", pages[0]);
    assert!(cells(table(&printed, "latest")).len() == 5, "the five latest entries");
    // Printing changes nothing that this page tells: the same bytes once more.
    assert_eq!(printed.sha256, print(&mut office, &library, &request("one-page", &incident)).sha256);
}

#[test]
fn a_custody_sheet_lists_every_access_to_one_item_or_all() {
    let folder = folder();
    let mut office = Office::found(folder.path());
    let library = Library::shipped();
    let incident = busy(&mut office, &library);
    let before = office.case.incident(&incident, None).expect("there");
    let item = before.evidence.iter().find(|one| one.what == "The post").expect("kept").id.clone();
    let of = |item: &str| before.custody.iter().filter(|one| one.entry.evidence == item).count();
    assert!(of(&item) >= 3, "taken in, handed over, looked at");
    let sheet = print(
        &mut office,
        &library,
        &PrintRequest { evidence: Some(item.clone()), ..request("custody-sheet", &incident) },
    );
    keep("custody-sheet-one", &sheet);
    let rows = cells(table(&sheet, &format!("custody-{item}")));
    assert_eq!(rows.len(), of(&item) + 1, "every access, and the hash that was looked at before printing");
    let acts: Vec<&str> = rows.iter().map(|row| row[1].as_str()).collect();
    for act in ["taken in", "handed over", "looked at"] {
        assert!(acts.contains(&act), "{acts:?}");
    }
    let last = rows.last().expect("a row");
    assert_eq!((last[1].as_str(), last[6].as_str(), last[7].as_str()), ("hashed again", "yes", "agrees"));
    assert_eq!(sheet.tables.len(), 1, "one item only");
    let after = office.case.custody_sheet(&incident, None).expect("sheet");
    let Some(all) = text(&sheet) else { return };
    for part in [after.journal_head.as_str(), "Received by (name)", "Viktor Sand", "For the analysis"] {
        assert!(solid(&all).contains(&solid(part)), "{part}\n{all}");
    }
    let every = print(&mut office, &library, &request("custody-sheet", &incident));
    assert_eq!(every.tables.len(), before.evidence.len());
    // Every item is on paper, each with what was done to it.
    let known = office.case.incident(&incident, None).expect("there");
    for evidence in &known.evidence {
        let expected = known.custody.iter().filter(|one| one.entry.evidence == evidence.id).count();
        assert_eq!(cells(table(&every, &format!("custody-{}", evidence.id))).len(), expected, "{}", evidence.id);
    }
}

#[test]
fn a_redacted_copy_holds_no_name_mail_number_or_address_and_says_what_was_taken_out() {
    let folder = folder();
    let mut office = Office::found(folder.path());
    let library = Library::with_office(&[OfficeFile {
        name: "contacts.toml".to_owned(),
        bytes: b"schema = 1\n[[contact]]\nid = \"primary\"\nrole = \"On call\"\nname = \"Quentin Rabe\"\nladder_level = 1\nphone = \"+43 1 98765432\"\nemail = \"q.rabe@example.net\"\nwhen = \"at once\"\n".to_vec(),
    }]);
    assert_eq!(library.left_out, []);
    let incident = busy(&mut office, &library);
    let hidden = [
        LEAD,
        "Rosa",
        "Lindqvist",
        "Otto",
        "Weber",
        "Viktor",
        "Zoe Hart",
        "Anna",
        "Quentin",
        "Rabe",
        MAIL,
        PHONE,
        HOST,
        "98765432",
        "q.rabe",
        "example.org",
        "example.net",
    ];
    for document in incident_documents(&library) {
        let open = print(&mut office, &library, &request(&document.id, &incident));
        let wanted = PrintRequest { redaction: Redaction::ALL, ..request(&document.id, &incident) };
        let printed = print(&mut office, &library, &wanted);
        keep(&format!("{}-redacted", document.id), &printed);
        let kinds: Vec<&str> = printed.redacted.iter().map(|one| one.kind.as_str()).collect();
        assert_eq!(kinds, ["Names of people", "Mail addresses", "Telephone numbers", "Addresses of computers"]);
        let csv: String = printed.tables.iter().map(|(_, csv)| String::from_utf8_lossy(csv).into_owned()).collect();
        let Some(all) = text(&printed) else { return };
        for secret in hidden {
            for (whose, text) in [("PDF", &all), ("CSV", &csv)] {
                assert!(!solid(text).contains(&solid(secret)), "{}: {secret} is in the {whose}\n{text}", document.id);
            }
        }
        for part in ["What was blacked out", "(redacted copy)", "Names of people"] {
            assert!(solid(&all).contains(&solid(part)), "{}: {part}", document.id);
        }
        assert!(open.redacted.is_empty());
    }
    // The same value has the same token everywhere.
    let wanted = PrintRequest { redaction: Redaction::ALL, ..request("incident-report", &incident) };
    let printed = print(&mut office, &library, &wanted);
    let rows = cells(table(&printed, "timeline"));
    let call =
        rows.iter().find(|row| row[4].contains("called") && row[4].contains("about the host")).expect("the call");
    let people = &printed.redacted[0];
    assert!(people.values > 3 && people.places > people.values, "{people:?}");
    let lead = call[4].split(" called ").nth(1).and_then(|rest| rest.split(" on ").next()).expect("the lead");
    assert!(lead.starts_with("Person "), "{call:?}");
    let Some(all) = text(&printed) else { return };
    assert!(solid(&all).contains(&solid(&format!("Lead {lead}"))), "{lead}\n{all}");
    // By choice: only numbers go.
    let only = Redaction { phones: true, ..Redaction::default() };
    let printed =
        print(&mut office, &library, &PrintRequest { redaction: only, ..request("incident-report", &incident) });
    let csv = String::from_utf8_lossy(table(&printed, "timeline")).into_owned();
    assert!(csv.contains(LEAD) && csv.contains(HOST) && !csv.contains(PHONE), "{csv}");
    assert_eq!(printed.redacted.len(), 1);
}

#[test]
fn procedures_that_are_not_approved_or_overdue_are_marked_and_others_are_not() {
    let folder = folder();
    let mut office = Office::found(folder.path());
    let control = |status: &str, review: &str| {
        let bytes = format!(
            "schema = 1\nstatus = \"{status}\"\napproved_on = \"2026-09-01\"\nlast_updated_on = \"2026-09-01\"\nnext_review_on = \"{review}\"\n"
        );
        let library =
            Library::with_office(&[OfficeFile { name: "control.toml".to_owned(), bytes: bytes.into_bytes() }]);
        assert_eq!(library.left_out, []);
        library
    };
    let shipped = Library::shipped();
    let incident = declare(&mut office, &shipped, titled("The hall is locked"));
    let mark = solid("The procedures behind this paper are not in order");
    for (library, is_marked, words) in [
        (shipped, true, "draft and not approved"),
        (control("approved", "2027-01-01"), false, "2027-01-01"),
        (control("approved", "2026-11-01"), true, "Its review was due on 2026-11-01 and is overdue"),
        (control("withdrawn", "2027-01-01"), true, "withdrawn"),
    ] {
        for document in ["one-page", "incident-report", "call-list"] {
            let Some(all) = text(&print(&mut office, &library, &request(document, &incident))) else { return };
            assert_eq!(solid(&all).contains(&mark), is_marked, "{document}\n{all}");
            assert!(solid(&all).contains(&solid(words)), "{document}: {words}\n{all}");
        }
    }
}

#[test]
fn what_nobody_recorded_is_told_plainly() {
    let folder = folder();
    let mut office = Office::found(folder.path());
    let library = Library::shipped();
    let incident = declare(&mut office, &library, titled("The hall is locked"));
    for (document, sentences) in [
        (
            "incident-report",
            &[
                "No decision was recorded.",
                "No evidence was kept.",
                "No cause was recorded.",
                "No hold was overridden.",
            ][..],
        ),
        ("post-mortem", &["No action was agreed.", "Nothing was written here.", "not held, and no day was set"]),
        ("one-page", &["No decision was taken yet.", "The impact was not written down."]),
        ("stakeholder-briefing", &["nothing can be called proved", "No decision is waiting."]),
        ("custody-sheet", &["No evidence was kept."]),
        ("decision-log", &["No decision was recorded.", "No hold was overridden."]),
    ] {
        let printed = print(&mut office, &library, &request(document, &incident));
        keep(&format!("{document}-empty"), &printed);
        let Some(all) = text(&printed) else { return };
        for sentence in sentences {
            assert!(solid(&all).contains(&solid(sentence)), "{document}: {sentence}\n{all}");
        }
    }
    let by = anna(&office);
    for (asked, told) in [
        (request("novel", &incident), "there are incident-report"),
        (request("one-page", ""), "name it"),
        (request("quick-reference", ""), "name the one to print"),
        (PrintRequest { month: Some("Nov".to_owned()), ..request("metrics", "") }, "is no month"),
        (PrintRequest { evidence: Some("EV-0009".to_owned()), ..request("custody-sheet", &incident) }, "EV-0009"),
    ] {
        let error = office.case.print_incident(&by, &library, &asked, &Unwatched).expect_err("refused");
        assert!(error.to_string().contains(told), "{error}");
    }
}

#[test]
fn the_same_case_at_the_same_time_gives_the_same_bytes() {
    let folder = folder();
    let mut office = Office::found(folder.path());
    let library = Library::shipped();
    let incident = busy(&mut office, &library);
    let by = anna(&office);
    let Office { case, clock, path, .. } = office;
    drop(case);
    // The metrics name the file, so the copy has the same name in a folder of its own.
    let copy = folder.path().join("copy");
    std::fs::create_dir(&copy).expect("made");
    let copy = copy.join(path.file_name().expect("a name"));
    std::fs::copy(&path, &copy).expect("copied");
    let all = |path: &std::path::Path| {
        let mut case = Case::open_with(path, Box::new(clock.clone())).expect("opens");
        let documents = incident_documents(&library);
        let print = |document: &workflow::incident::IncidentDocument| {
            let mut asked = request(&document.id, &incident);
            asked.redaction = Redaction { names: document.id == "post-mortem", ..Redaction::default() };
            let printed = case.print_incident(&by, &library, &asked, &Unwatched).expect("printed");
            (printed.sha256, printed.tables)
        };
        documents.iter().map(print).collect::<Vec<_>>()
    };
    assert!(all(&path) == all(&copy), "two copies of a case print other bytes");
}

#[test]
fn every_playbook_that_was_played_is_printed_in_every_form() {
    let folder = folder();
    let mut office = Office::found(folder.path());
    let library = Library::shipped();
    let mut printed = 0;
    for (place, file) in library.playbooks.iter().enumerate() {
        let id = &file.playbook.id;
        let new = NewIncident { playbook: Some(id.clone()), ..titled(&format!("Exercise of {id}")) };
        let incident = declare(&mut office, &library, NewIncident { is_drill: place % 2 == 0, ..new });
        let by = anna(&office);
        office.case.record_in_incident(&by, &incident, None, IncidentEvent::Acknowledged {}).expect("answered");
        work(&mut office, &library, &incident, false, 0);
        for status in [IncidentStatus::Contained, IncidentStatus::Resolved] {
            set_status(&mut office, &incident, status);
        }
        finish(&mut office, &library, &incident, 0);
        for document in incident_documents(&library) {
            let one = print(&mut office, &library, &request(&document.id, &incident));
            assert!(one.pdf.starts_with(b"%PDF"), "{id}: {}", document.id);
            printed += 1;
            if document.id == "one-page" && pages(&one.pdf).is_some_and(|pages| pages.len() != 1) {
                panic!("{id}: the one page has more");
            }
            if ["credential-leakage", "ransomware"].contains(&id.as_str()) {
                keep(&format!("closed-{id}-{}", document.id), &one);
            }
            // Every step is told with what became of it.
            if document.id == "incident-report" {
                let rows = cells(table(&one, &format!("steps-{id}")));
                assert_eq!(rows.len(), file.playbook.steps.len(), "{id}");
                let done = StepState::Done.word();
                assert!(rows.iter().any(|row| row[2] == done), "{id}");
            }
        }
    }
    assert_eq!(printed, 32 * 9);
}

#[test]
fn the_command_prints_lists_and_blacks_out() {
    let folder = folder();
    let mut office = Office::found(folder.path());
    let library = Library::shipped();
    let incident = busy(&mut office, &library);
    let path = office.path.clone();
    drop(office);
    let passphrases = folder.path().join("passphrases.env");
    std::fs::write(&passphrases, "Anna=Anna has a passphrase\nBen=Ben has a passphrase\n").expect("written");
    let run = |more: &[&str]| {
        let (case, secret) = (path.display().to_string(), passphrases.display().to_string());
        let fixed = ["incident", "print", case.as_str(), "--as", "Anna", "--passphrases", secret.as_str()];
        scrutineer(fixed.iter().chain(more)).end()
    };
    assert!(run(&[]).expect(0).out.contains("one-page"), "it lists the documents");
    let pdf = folder.path().join("report.pdf");
    let tables = folder.path().join("tables");
    let (pdf_text, tables_text) = (pdf.display().to_string(), tables.display().to_string());
    let done = run(&[
        "--document",
        "incident-report",
        "--id",
        &incident,
        "--pdf",
        &pdf_text,
        "--csv",
        &tables_text,
        "--redact",
        "names,phones",
        "--json",
    ]);
    let told = done.expect(0).json();
    assert_eq!(told["redacted"].as_array().map(Vec::len), Some(2));
    assert!(std::fs::read(&pdf).expect("written").starts_with(b"%PDF"));
    let timeline = std::fs::read_to_string(tables.join("timeline.csv")).expect("written");
    assert!(!timeline.contains(LEAD) && timeline.contains("Person 1"), "{timeline}");
    run(&["--document", "one-page", "--id", &incident]).expect(4);
    let sheet = folder.path().join("sheet.pdf").display().to_string();
    let (case, secret) = (path.display().to_string(), passphrases.display().to_string());
    let words =
        ["report", "custody", &case, "--id", &incident, "--pdf", &sheet, "--as", "Anna", "--passphrases", &secret];
    assert!(scrutineer(words).end().expect(0).out.contains("sheet.pdf"));
}
