//! Credential letters: one page for each voter, to be folded into a window envelope, and the same as a table for a mail merge.
//!
//! A letter holds a secret. It names the voter's number nowhere, so that whoever finds a copy of the roll cannot tell from the
//! number whose credential it is; name and address stand in the window only.
//!
//! The page follows the usual measures of business letters: sender and address lie 45 to 90 mm from the top, 20 mm from the
//! left edge (DIN 5008, form B) or behind a window on the right (as in Switzerland and the Nordic countries), the page is folded
//! at 105 and 210 mm.

use super::CsvTable;
use crate::document::{Block, Document, Paper, Placed, PlacedContent, QrBlock, Span};
use crate::{Correction, QrCode};

/// Side of the code in millimetres: large enough for a cheap scanner and for a fold across it.
const CODE_MM: f32 = 26.0;
/// Letters of a credential that stand together.
const GROUP: usize = 5;
/// Columns of the table for address lines; what is more stands in the last one.
const ADDRESS_COLUMNS: usize = 8;

/// Letters that belong into one file: memory grows with the pages of a file (about 0.1 MB a letter), and a stack of paper is
/// printed in portions. Callers take `letters.chunks(PER_FILE)`.
pub const PER_FILE: usize = 500;

/// What all letters of an election share. Texts are ready to print.
#[derive(Clone, Debug, Default)]
pub struct Letters {
    /// Title of the election.
    pub election: String,
    /// Who sends the letters, in one line; may be empty.
    pub sender: String,
    /// Date of the letters; may be empty.
    pub date: String,
    /// When voting begins; empty where it has begun.
    pub begins: String,
    /// When voting ends.
    pub ends: String,
    /// Zone of both times, such as `Europe/Vienna`; empty where the texts say it.
    pub time_zone: String,
    /// Where one votes; may be empty.
    pub place: String,
    /// Where voters ask; may be empty.
    pub contact: String,
    /// Whether a second ballot replaces the first.
    pub may_vote_again: bool,
    /// The window of the envelope is on the right.
    pub window_right: bool,
}

/// One letter. It has no `Debug`: the credential belongs into no message.
#[derive(Clone, Default)]
pub struct Letter {
    /// Who gets it: the voter, or the proxy.
    pub name: String,
    /// Postal address, lines divided by line ends; may be empty.
    pub address: String,
    /// E-mail address for the table; may be empty.
    pub email: String,
    /// Name of the voter, where the letter goes to a proxy; empty otherwise.
    pub votes_for: String,
    /// The credential.
    pub credential: String,
    /// Votes that it stands for.
    pub votes: u64,
}

/// One page a letter. The pages hold credentials: neither the document nor its text may be logged or kept.
pub fn document(common: &Letters, letters: &[Letter]) -> Document {
    let mut document = Document::handout(format!("Credential letters: {}", common.election), Paper::A4, false);
    for letter in letters {
        document.blocks.push(Block::OnePage(page(common, letter)));
    }
    document
}

fn page(common: &Letters, letter: &Letter) -> Vec<Block> {
    let mut blocks = vec![Block::Bookmark(letter.name.clone())];
    envelope(common, letter, &mut blocks);
    blocks.push(Block::Below { millimetres: 98.0 });
    if !common.date.is_empty() {
        blocks.push(Block::paragraph(common.date.as_str()));
    }
    blocks.push(Block::heading(2, common.election.as_str()));
    blocks.push(Block::Paragraph(whose_vote(letter)));
    blocks.push(Block::KeyValues(facts(common, letter)));
    let credential = grouped(&letter.credential);
    let beside = vec![
        Span::strong("Credential"),
        Span::plain("\n"),
        Span::large_code(credential.as_str()),
        Span::plain("\nSmall letters do as well, and dashes can be left out."),
    ];
    match QrCode::encode(credential.as_bytes(), Correction::M) {
        Some(code) => blocks.push(Block::Qr(QrBlock { code, side_mm: CODE_MM, beside })),
        None => blocks.push(Block::Paragraph(beside)),
    }
    blocks.push(Block::Bullets(steps(common)));
    blocks.push(Block::Paragraph(vec![
        Span::strong("Show this letter to nobody. "),
        Span::plain(
            "Nobody of us will ask you for the credential, neither by telephone nor by mail nor at your door. Whoever knows it \
             can vote in your place. If somebody has seen it, or you have lost it, tell us before you vote: we make it invalid \
             and send you another.",
        ),
    ]));
    if !common.contact.is_empty() {
        blocks.push(Block::Paragraph(vec![Span::strong("Questions: "), Span::plain(common.contact.as_str())]));
    }
    blocks
}

/// Sender, address, and marks for folding and punching.
fn envelope(common: &Letters, letter: &Letter, blocks: &mut Vec<Block>) {
    // Text begins 5 mm inside the window, so that it stays visible when the paper slides.
    let left_mm = if common.window_right { 118.0 } else { 25.0 };
    let mut place = |top_mm: f32, height_mm: f32, size_pt: f32, is_quiet: bool, text: &str| {
        if !text.is_empty() {
            let content = PlacedContent::Text { text: text.to_owned(), size_pt, is_quiet };
            blocks.push(Block::Placed(Placed { left_mm, top_mm, width_mm: 75.0, height_mm, content }));
        }
    };
    place(45.5, 4.5, 7.0, true, &one_line(&common.sender));
    let address = format!("{}\n{}", letter.name.trim(), letter.address.trim());
    place(51.0, 38.0, 10.5, false, address.trim());
    for (top_mm, width_mm) in [(105.0, 4.0), (148.5, 6.0), (210.0, 4.0)] {
        let content = PlacedContent::Rule;
        blocks.push(Block::Placed(Placed { left_mm: 5.0, top_mm, width_mm, height_mm: 0.2, content }));
    }
}

fn whose_vote(letter: &Letter) -> Vec<Span> {
    if letter.votes_for.is_empty() {
        return vec![Span::plain(
            "With this letter you get your credential. It lets you vote once the election is open.",
        )];
    }
    vec![
        Span::plain("You are the proxy of "),
        Span::strong(letter.votes_for.as_str()),
        Span::plain(
            ". The credential in this letter is their vote, not yours: with it you vote for them. If you have a vote yourself, \
             its credential comes in a letter of its own.",
        ),
    ]
}

fn facts(common: &Letters, letter: &Letter) -> Vec<(String, String)> {
    let in_zone = |time: &str| match (time.is_empty(), common.time_zone.is_empty()) {
        (true, _) => String::new(),
        (false, true) => time.to_owned(),
        (false, false) => format!("{time} ({})", common.time_zone),
    };
    let votes = if letter.votes > 1 { format!("{}, cast together", letter.votes) } else { String::new() };
    let mut facts = vec![
        ("Voting begins".to_owned(), in_zone(&common.begins)),
        ("Voting ends".to_owned(), in_zone(&common.ends)),
        ("Where you vote".to_owned(), common.place.clone()),
        ("Votes".to_owned(), votes),
    ];
    facts.retain(|(_, value)| !value.is_empty());
    facts
}

fn steps(common: &Letters) -> Vec<Vec<Span>> {
    let again = if common.may_vote_again {
        "As long as voting is open you can vote again with the same credential; your last ballot counts."
    } else {
        "The credential works once. A second ballot is refused."
    };
    [
        "Bring this letter while voting is open. At the screen, type the credential or hold the square code before the scanner.",
        "Mark your ballot alone, look at it once more, and confirm.",
        "You get a receipt, with which you can check later that your ballot is among those that are published.",
        again,
    ]
    .map(|step| vec![Span::plain(step)])
    .to_vec()
}

/// The credential in groups; one that has dashes or spaces has its groups already.
fn grouped(credential: &str) -> String {
    if !credential.chars().all(char::is_alphanumeric) {
        return credential.to_owned();
    }
    let letters: Vec<char> = credential.chars().collect();
    letters.chunks(GROUP).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join("-")
}

fn one_line(text: &str) -> String {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(", ")
}

/// The letters as a table for a mail merge. It holds credentials, as [`document`] does.
pub fn table(common: &Letters, letters: &[Letter]) -> CsvTable {
    let mut columns = vec!["name".to_owned()];
    columns.extend((1..=ADDRESS_COLUMNS).map(|line| format!("address_{line}")));
    columns.extend(["email", "votes_for", "votes", "credential", "election", "ends_at"].map(str::to_owned));
    let rows = letters.iter().map(|letter| {
        let lines: Vec<&str> = letter.address.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        let mut row = vec![letter.name.clone()];
        for at in 0..ADDRESS_COLUMNS {
            row.push(match lines.get(at..) {
                Some(rest) if at + 1 == ADDRESS_COLUMNS => rest.join(", "),
                rest => rest.and_then(|rest| rest.first()).map_or_else(String::new, |line| (*line).to_owned()),
            });
        }
        row.extend([
            letter.email.clone(),
            letter.votes_for.clone(),
            letter.votes.to_string(),
            grouped(&letter.credential),
            common.election.clone(),
            common.ends.clone(),
        ]);
        row
    });
    CsvTable { name: "letters".to_owned(), columns, rows: rows.collect() }
}

#[cfg(test)]
mod tests {
    use domain::Instant;

    use super::*;
    use crate::documents::tests::keep;
    use crate::{render_pdf, write_csv};

    fn common() -> Letters {
        Letters {
            election: "Board of the river cooperative 2026".to_owned(),
            sender: "River cooperative\nQuay 1\n1010 Harbour".to_owned(),
            date: "1 March 2026".to_owned(),
            begins: "8 March 2026, 09:00".to_owned(),
            ends: "9 March 2026, 18:00".to_owned(),
            time_zone: "Europe/Vienna".to_owned(),
            place: "Club house, ground floor".to_owned(),
            contact: "the office, +43 1 000 00 00".to_owned(),
            ..Letters::default()
        }
    }

    fn letter(name: &str) -> Letter {
        Letter {
            name: name.to_owned(),
            address: "Mill lane 3\n1020 Harbour".to_owned(),
            credential: "7K3QX9M2PD4ABCDEFGHJ".to_owned(),
            votes: 1,
            ..Letter::default()
        }
    }

    #[test]
    fn a_letter_says_all_that_a_voter_needs() {
        let text = document(&common(), &[letter("Ada Long")]).to_text();
        let wanted = "title: Credential letters: Board of the river cooperative 2026\nsubtitle: \nlanguage: en\npaper: A4\n\n\
            ---- one page\nbookmark: Ada Long\n\
            at 25, 45.5 mm, 75 x 4.5 mm: River cooperative, Quay 1, 1010 Harbour\n\
            at 25, 51 mm, 75 x 38 mm: Ada Long⏎Mill lane 3⏎1020 Harbour\n\
            at 5, 105 mm, 4 x 0.2 mm: rule\nat 5, 148.5 mm, 6 x 0.2 mm: rule\nat 5, 210 mm, 4 x 0.2 mm: rule\n\
            below 98 mm\n1 March 2026\n### Board of the river cooperative 2026\n\
            With this letter you get your credential. It lets you vote once the election is open.\n\
            Voting begins: 8 March 2026, 09:00 (Europe/Vienna)\nVoting ends: 9 March 2026, 18:00 (Europe/Vienna)\n\
            Where you vote: Club house, ground floor\n\
            qr code of 26 mm: 7K3QX-9M2PD-4ABCD-EFGHJ\n*Credential*\n`7K3QX-9M2PD-4ABCD-EFGHJ`\n";
        assert!(text.starts_with(wanted), "{text}");
        for part in ["Show this letter to nobody", "A second ballot is refused", "Questions: * ", "the office"] {
            assert!(text.contains(part.trim_end_matches("* ")), "{part}");
        }
        let again = Letters { may_vote_again: true, ..common() };
        assert!(document(&again, &[letter("A")]).to_text().contains("your last ballot counts"));
    }

    #[test]
    fn a_proxy_reads_whose_vote_it_is() {
        let letter = Letter { votes_for: "Bo Short".to_owned(), votes: 3, ..letter("Ada Long") };
        let text = document(&common(), &[letter]).to_text();
        assert!(text.contains("You are the proxy of *Bo Short*"), "{text}");
        assert!(text.contains("Votes: 3, cast together"));
        assert!(text.contains("75 x 38 mm: Ada Long⏎"), "it is sent to the proxy");
    }

    #[test]
    fn the_window_can_lie_on_the_right() {
        let text = document(&Letters { window_right: true, ..common() }, &[letter("A")]).to_text();
        assert!(text.contains("at 118, 51 mm") && !text.contains("at 25,"), "{text}");
    }

    #[test]
    fn the_table_is_safe_to_open_and_keeps_every_line_of_an_address() {
        let lines: Vec<String> = (1..=10).map(|line| format!("line {line}")).collect();
        let letter = Letter {
            name: "=HYPERLINK(1)".to_owned(),
            address: lines.join("\n"),
            email: "+ada@example.org".to_owned(),
            ..letter("")
        };
        let table = table(&common(), &[letter]);
        let columns: Vec<&str> = table.columns.iter().map(String::as_str).collect();
        let csv = String::from_utf8(write_csv(&columns, &table.rows).unwrap()).unwrap();
        assert_eq!(
            csv,
            "name,address_1,address_2,address_3,address_4,address_5,address_6,address_7,address_8,email,votes_for,votes,\
             credential,election,ends_at\n\
             '=HYPERLINK(1),line 1,line 2,line 3,line 4,line 5,line 6,line 7,\"line 8, line 9, line 10\",\
             '+ada@example.org,,1,7K3QX-9M2PD-4ABCD-EFGHJ,Board of the river cooperative 2026,\"9 March 2026, 18:00\"\n"
        );
    }

    /// Names and addresses at their worst; each letter stays one page.
    #[test]
    fn the_longest_letters_stay_one_page_each() {
        let long = "Ναυσικά-Μελισσάνθη Wilhelmina-Charlotte von und zu Quellenstein-Říčany d'Érablière";
        assert!(long.chars().count() >= 60);
        let eight = (1..=8).map(|line| format!("Line {line} of an address that takes its room")).collect::<Vec<_>>();
        let mut letters = vec![letter("Ada Long"), letter(long), letter("שלום בן-דוד ירושלמי")];
        letters[1].address = eight.join("\n");
        letters[1].votes_for = format!("{long} the elder");
        letters[2].votes_for = "محمد عبد الرحمن".to_owned();
        let common = Letters {
            election: "Election of the board, the auditors and the delegates to the federation ".repeat(3),
            place: "Club house, ground floor, second door on the left behind the boat shed. ".repeat(4),
            contact: "The office at the quay, Monday to Friday from 9 to 12. ".repeat(3),
            may_vote_again: true,
            ..common()
        };
        let pdf = keep("letters", &document(&common, &letters));
        assert_eq!(lopdf::Document::load_mem(&pdf).unwrap().get_pages().len(), 3);
        keep(
            "letter-right",
            &document(&Letters { window_right: true, ..super::tests::common() }, &[letter("Ada Long")]),
        );
    }

    /// A plain measurement for people: `cargo test -p reports --release many_letters -- --ignored --nocapture`.
    #[test]
    #[ignore = "measures time and memory; asserts nothing that a shared machine could keep"]
    fn many_letters() {
        for count in [500u32, 2000] {
            let letters: Vec<Letter> = (0..count).map(|at| letter(&format!("Voter {at}"))).collect();
            let begun = std::time::Instant::now();
            let pdf = render_pdf(&document(&common(), &letters), Instant::from_seconds(0)).unwrap();
            let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
            let peak = status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or_default();
            let per_page = begun.elapsed().as_secs_f64() * 1000.0 / f64::from(count);
            eprintln!("{count} letters: {per_page:.2} ms a page, {} bytes, {peak}", pdf.len());
        }
    }
}
