//! The ballot on paper: to vote with, or as a specimen that shows what voters will find.

use domain::election::{BallotKind, ContestSetup, Setup};

use crate::document::{Block, BoxItem, BoxMark, Document, Paper, Span};

/// Most lines for names to be written in.
const MOST_WRITE_INS: u32 = 5;

/// How a ballot is printed.
#[derive(Clone, Debug, Default)]
pub struct BallotSheet {
    /// Prints a word across every page, so that nobody votes with it.
    pub is_specimen: bool,
    /// Begins each contest on a page of its own, where contests are counted apart.
    pub is_contest_a_page: bool,
    /// Where the marked ballot goes, such as "Put the folded ballot into the urn."; may be empty.
    pub hand_in: String,
}

/// The ballot of an election: candidates who stand, in the order of the setup.
pub fn document(setup: &Setup, sheet: &BallotSheet) -> Document {
    let mut document = Document::handout(format!("Ballot: {}", setup.title), Paper::A4, true);
    if sheet.is_specimen {
        "SPECIMEN".clone_into(&mut document.watermark);
    }
    for (at, contest) in setup.contests.iter().enumerate() {
        if at == 0 || sheet.is_contest_a_page {
            document.blocks.push(Block::PageBreak);
            document.blocks.extend(head(setup, sheet));
        }
        set_contest(contest, &mut document.blocks);
    }
    document
}

fn head(setup: &Setup, sheet: &BallotSheet) -> Vec<Block> {
    let mut blocks = vec![Block::heading(2, format!("Ballot: {}", setup.title))];
    if sheet.is_specimen {
        blocks.push(Block::Paragraph(vec![Span::strong("This is a specimen. It is no ballot and is not counted.")]));
    }
    let mut told =
        "Use a pen. Do not write your name or any other sign on the ballot. A contest that you leave empty is an \
                    abstention; the others count all the same."
            .to_owned();
    if !sheet.hand_in.is_empty() {
        told.push(' ');
        told.push_str(&sheet.hand_in);
    }
    blocks.push(Block::paragraph(told));
    blocks
}

fn set_contest(contest: &ContestSetup, blocks: &mut Vec<Block>) {
    blocks.push(Block::heading(1, contest.title.as_str()));
    if !contest.description.is_empty() {
        blocks.push(Block::paragraph(contest.description.as_str()));
    }
    let seats = if contest.seats == 1 { "One seat.".to_owned() } else { format!("{} seats.", contest.seats) };
    blocks.push(Block::Paragraph(vec![Span::plain(format!("{seats} ")), Span::strong(instruction(contest))]));
    let mark = match contest.kind() {
        BallotKind::One | BallotKind::Several => BoxMark::Empty,
        BallotKind::Ranked | BallotKind::Scores => BoxMark::Number,
    };
    let mut boxes: Vec<BoxItem> = contest
        .standing()
        .map(|candidate| BoxItem {
            mark,
            text: vec![Span::plain(candidate.name.as_str())],
            note: candidate.statement.clone(),
        })
        .collect();
    let lines = write_in_lines(contest);
    for _ in 0..lines {
        boxes.push(BoxItem { mark, text: Vec::new(), note: "Name written in".to_owned() });
    }
    blocks.push(Block::Boxes(boxes));
}

/// Lines for names: as many as can be chosen, or as there are seats.
fn write_in_lines(contest: &ContestSetup) -> u32 {
    match (contest.write_ins, contest.kind(), contest.most_choices) {
        (false, ..) => 0,
        (true, BallotKind::One, _) => 1,
        (true, _, 0) => contest.seats.clamp(1, MOST_WRITE_INS),
        (true, _, most) => contest.seats.min(most).clamp(1, MOST_WRITE_INS),
    }
}

/// What a voter does in a contest.
fn instruction(contest: &ContestSetup) -> String {
    let most = contest.most_choices;
    let told = match (contest.kind(), most) {
        (BallotKind::One, _) | (BallotKind::Several, 1) => {
            "Put a cross beside one candidate. With crosses beside several, nothing counts in this contest.".to_owned()
        }
        (BallotKind::Several, 0) => {
            "Put a cross beside every candidate whom you accept, as many as you like.".to_owned()
        }
        (BallotKind::Several, most) => format!(
            "Put a cross beside up to {most} candidates. With crosses beside more, nothing counts in this contest."
        ),
        (BallotKind::Ranked, most) => {
            let how_many = match most {
                0 => "Go on as far as you like".to_owned(),
                1 => "Write no other number".to_owned(),
                most => format!("Go on up to {most}"),
            };
            format!(
                "Write 1 beside your first choice, 2 beside your second, and so on. {how_many}; use each number once."
            )
        }
        (BallotKind::Scores, _) => format!(
            "Write points beside candidates, from 0 to {}; more is better. You may give the same points to several. An empty \
             box gives none.",
            contest.most_points
        ),
    };
    if contest.write_ins {
        format!("{told} You may write in who is not on the list, and mark that line too.")
    } else {
        told
    }
}

#[cfg(test)]
mod tests {
    use domain::election::Standing;
    use domain::election::setup::CandidateSetup;

    use super::*;
    use crate::documents::tests::keep;

    fn contest(title: &str, method: &str, names: &[&str]) -> ContestSetup {
        let candidate = |name: &&str| CandidateSetup { name: (*name).to_owned(), ..CandidateSetup::default() };
        ContestSetup {
            title: title.to_owned(),
            seats: 1,
            method: method.to_owned(),
            most_points: 5,
            candidates: names.iter().map(candidate).collect(),
            ..ContestSetup::default()
        }
    }

    fn setup() -> Setup {
        let long = "Ναυσικά-Μελισσάνθη Wilhelmina-Charlotte von und zu Quellenstein-Říčany d'Érablière";
        let mut contests = vec![
            contest("Chair", "plurality", &["Ada Long", "Bo Short"]),
            contest("Auditors", "approval", &["Cy Broad", "Di Tall", long]),
            contest("Board", "scotland", &["Eve Wide", "Fay Low", "Gus High"]),
            contest("Motto", "score", &["Upstream", "Downstream"]),
        ];
        contests[1].most_choices = 2;
        contests[2].seats = 2;
        contests[2].write_ins = true;
        contests[2].candidates[1].standing = Standing::Withdrawn;
        contests[2].candidates[0].statement =
            "For a new boat house, and for paying for it before it is built.".to_owned();
        contests[3].description = "What stands above the door from next year on.".to_owned();
        Setup { title: "Board of the river cooperative 2026".to_owned(), contests, ..Setup::default() }
    }

    #[test]
    fn each_kind_of_marking_has_its_instruction_and_boxes() {
        let text = document(&setup(), &BallotSheet::default()).to_text();
        for part in [
            "## Chair\n\nOne seat. *Put a cross beside one candidate. With crosses beside several, nothing counts in this contest.*\n\n[ ] Ada Long\n[ ] Bo Short\n",
            "*Put a cross beside up to 2 candidates.",
            "2 seats. *Write 1 beside your first choice",
            "[__] Eve Wide / For a new boat house, and for paying for it before it is built.\n[__] Gus High\n[__] ________ / Name written in\n[__] ________ / Name written in\n",
            "You may write in who is not on the list",
            "*Write points beside candidates, from 0 to 5;",
        ] {
            assert!(text.contains(part), "{part}\n{text}");
        }
        assert!(!text.contains("Fay Low"), "who has withdrawn does not stand");
        assert!(!text.contains("SPECIMEN"));
    }

    #[test]
    fn a_specimen_says_so_on_every_page() {
        let sheet = BallotSheet { is_specimen: true, is_contest_a_page: true, ..BallotSheet::default() };
        let printed = document(&setup(), &sheet);
        assert_eq!(printed.watermark, "SPECIMEN");
        assert_eq!(printed.to_text().matches("This is a specimen").count(), 4);
        let pdf = keep("ballot-specimen", &printed);
        assert_eq!(lopdf::Document::load_mem(&pdf).unwrap().get_pages().len(), 4);
        keep("ballot", &document(&setup(), &BallotSheet::default()));
    }
}
