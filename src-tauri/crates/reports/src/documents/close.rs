//! Two pages for the record of closing an election: what is known before, with a list to tick off, and what happened.

use domain::PROGRAM_VERSION;

use crate::document::{Block, BoxItem, BoxMark, Column, Cover, Document, Span, Table, Tone};

/// A point of a checklist.
#[derive(Clone, Debug, Default)]
pub struct CheckItem {
    /// What is to be checked.
    pub text: String,
    /// Whether it must be.
    pub is_required: bool,
    /// What the program found, or a person said; may be empty.
    pub note: String,
    /// Where it stands.
    pub state: CheckState,
}

/// Where a point of a checklist stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CheckState {
    /// Nobody has looked yet: an empty box.
    #[default]
    Open,
    /// Checked.
    Done,
    /// Looked at, and not as it should be: the box stays empty, with a word.
    Failed,
}

/// What is known before closing. Texts are ready to print, with the zone of times.
#[derive(Clone, Debug, Default)]
pub struct PreClose {
    /// Title of the election.
    pub election: String,
    /// Its id.
    pub election_id: String,
    /// Now.
    pub now: String,
    /// When voting is to end; may be empty.
    pub ends: String,
    /// Whether that lies in the future.
    pub is_early: bool,
    /// Voters on the roll.
    pub eligible: u64,
    /// Voters who took part so far.
    pub voters: u64,
    /// Voters that the quorum asks for; 0 where there is none.
    pub quorum_required: u64,
    /// Ballots in the chain.
    pub ballots: u64,
    /// Unusual things, in sentences.
    pub remarks: Vec<String>,
    /// Open incidents, in sentences; those that lock the election first.
    pub incidents: Vec<String>,
    /// What closing destroys, in sentences; empty where nothing is.
    pub destroys: Vec<String>,
    /// Checklist `pre-close`.
    pub checklist: Vec<CheckItem>,
    /// Who signs the page: names with roles.
    pub people: Vec<String>,
    /// Head of the ledger.
    pub ledger_head: String,
}

/// How closing ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum CloseOutcome {
    /// Closed, to be counted later.
    #[default]
    Closed,
    /// Closed and counted.
    ClosedAndCounted,
    /// Closed, but the count failed, with the exact error.
    CountFailed(String),
}

/// A public event of the ledger.
#[derive(Clone, Debug, Default)]
pub struct PublicEvent {
    /// Name, `election_closed`, or a sentence.
    pub name: String,
    /// When.
    pub at: String,
    /// Hash of its ledger entry.
    pub ledger_hash: String,
}

/// What closing did. Texts are ready to print, with the zone of times.
#[derive(Clone, Debug, Default)]
pub struct PostClose {
    /// Title of the election.
    pub election: String,
    /// Its id.
    pub election_id: String,
    /// How it ended.
    pub outcome: CloseOutcome,
    /// Why voting ended early; empty where it did not.
    pub early_reason: String,
    /// The public events: closed, and in a secret election anonymized.
    pub events: Vec<PublicEvent>,
    /// What was destroyed and how it was proved, in sentences; empty where nothing was.
    pub destroyed: Vec<String>,
    /// Byte strings that should be gone and were found again; anything but 0 is an alarm.
    pub still_found: u64,
    /// What a reader must know, in sentences.
    pub remarks: Vec<String>,
    /// Ballots in the chain.
    pub ballots: u64,
    /// Hash of the newest ballot.
    pub chain_head: String,
    /// Checklist `post-close`.
    pub checklist: Vec<CheckItem>,
    /// Who signs the page: names with roles.
    pub people: Vec<String>,
    /// Head of the ledger.
    pub ledger_head: String,
}

/// The page before closing.
pub fn before(facts: &PreClose) -> Document {
    let quorum = match (facts.quorum_required, facts.voters >= facts.quorum_required) {
        (0, _) => "none asked for".to_owned(),
        (needed, true) => format!("met: {needed} needed"),
        (needed, false) => format!("not met: {needed} needed"),
    };
    let missed = facts.voters < facts.quorum_required;
    let open = facts.checklist.iter().filter(|item| item.is_required && item.state != CheckState::Done).count();
    let (verdict_word, tone) = match () {
        () if !facts.incidents.is_empty() => ("an incident is open", Tone::Critical),
        () if missed => ("quorum not met", Tone::Major),
        () if facts.is_early => ("before its time", Tone::Major),
        () if open > 0 || !facts.remarks.is_empty() => ("to be checked", Tone::Minor),
        () => ("ready to close", Tone::Good),
    };
    let mut pairs = vec![
        ("Election".to_owned(), facts.election_id.clone()),
        ("Now".to_owned(), facts.now.clone()),
        ("Voting ends".to_owned(), facts.ends.clone()),
        ("Took part".to_owned(), format!("{} of {} voters", facts.voters, facts.eligible)),
        ("Quorum".to_owned(), quorum),
        ("Ballots in the chain".to_owned(), facts.ballots.to_string()),
    ];
    pairs.extend(tail(&facts.ledger_head));
    let verdict = if facts.is_early {
        "Closing ends voting now, earlier than voters were told. It cannot be undone."
    } else {
        "Closing ends voting now. It cannot be undone."
    };
    let mut document = Document::new("Before closing", cover(&facts.election, verdict, (verdict_word, tone), pairs));
    let blocks = &mut document.blocks;
    sentences(blocks, Tone::Critical, "Open incidents", &facts.incidents);
    sentences(blocks, Tone::Minor, "Remarks", &facts.remarks);
    blocks.push(Block::heading(1, "What closing destroys"));
    if facts.destroys.is_empty() {
        blocks.push(Block::paragraph("Nothing: the ballots of this election carry their voters for good."));
    } else {
        blocks.push(Block::Bullets(facts.destroys.iter().map(|told| vec![told.as_str().into()]).collect()));
        blocks.push(Block::paragraph(
            "Nobody can bring it back afterwards, not even with a copy of this case made later.",
        ));
    }
    checklist(blocks, &facts.checklist);
    signatures(blocks, &facts.people);
    document.stamp_footer_id();
    document
}

/// The page after closing.
pub fn after(facts: &PostClose) -> Document {
    let (verdict, word, tone) = match &facts.outcome {
        CloseOutcome::Closed => ("The election is closed. It is not counted yet.".to_owned(), "closed", Tone::Good),
        CloseOutcome::ClosedAndCounted => {
            ("The election is closed and counted.".to_owned(), "closed and counted", Tone::Good)
        }
        CloseOutcome::CountFailed(_) => (
            "The election is closed, but the count failed. No ballot was lost or changed, and the count can be tried again."
                .to_owned(),
            "closed, count failed",
            Tone::Major,
        ),
    };
    let (word, tone) = if facts.still_found > 0 { ("closed, not all destroyed", Tone::Critical) } else { (word, tone) };
    let mut pairs = vec![
        ("Election".to_owned(), facts.election_id.clone()),
        ("Ballots in the chain".to_owned(), facts.ballots.to_string()),
        ("Newest ballot".to_owned(), facts.chain_head.clone()),
        ("Ended early because".to_owned(), facts.early_reason.clone()),
    ];
    pairs.extend(tail(&facts.ledger_head));
    let mut document = Document::new("After closing", cover(&facts.election, &verdict, (word, tone), pairs));
    let blocks = &mut document.blocks;
    if let CloseOutcome::CountFailed(error) = &facts.outcome {
        blocks.push(Block::callout(Tone::Major, "The count failed with this error", error.as_str()));
    }
    if facts.still_found > 0 {
        let text = "Close the election once more to finish; if it is still found then, keep the case from everybody else and open \
                    an incident.";
        let title = format!("{} byte strings that should be gone were found again", facts.still_found);
        blocks.push(Block::callout(Tone::Critical, title, text));
    }
    sentences(blocks, Tone::Minor, "Remarks", &facts.remarks);
    blocks.push(Block::heading(1, "Public events"));
    blocks.push(Block::Table(Table {
        columns: vec![Column::left("Event", 1.6), Column::left("When", 1.6), Column::mono("Ledger entry (hash)", 4.6)],
        rows: facts
            .events
            .iter()
            .map(|event| vec![event.name.clone(), event.at.clone(), event.ledger_hash.clone()])
            .collect(),
        ..Table::default()
    }));
    blocks.push(Block::heading(1, "What was destroyed"));
    if facts.destroyed.is_empty() {
        blocks.push(Block::paragraph("Nothing: the ballots of this election carry their voters for good."));
    } else {
        blocks.push(Block::Bullets(facts.destroyed.iter().map(|told| vec![told.as_str().into()]).collect()));
    }
    checklist(blocks, &facts.checklist);
    signatures(blocks, &facts.people);
    document.stamp_footer_id();
    document
}

fn cover(title: &str, verdict: &str, (word, tone): (&str, Tone), mut facts: Vec<(String, String)>) -> Cover {
    facts.retain(|(_, value)| !value.is_empty());
    Cover {
        title: title.to_owned(),
        verdict: verdict.to_owned(),
        verdict_word: word.to_owned(),
        tone,
        facts,
        is_own_page: false,
    }
}

fn tail(ledger_head: &str) -> [(String, String); 2] {
    [
        ("Ledger head".to_owned(), ledger_head.to_owned()),
        ("Program".to_owned(), format!("scrutineer {PROGRAM_VERSION}")),
    ]
}

fn sentences(blocks: &mut Vec<Block>, tone: Tone, title: &str, told: &[String]) {
    if !told.is_empty() {
        blocks.push(Block::callout(tone, title, told.join("\n")));
    }
}

fn checklist(blocks: &mut Vec<Block>, items: &[CheckItem]) {
    if items.is_empty() {
        return;
    }
    blocks.push(Block::heading(1, "Checklist"));
    let boxes = items.iter().map(|item| {
        let mut text = vec![Span::plain(item.text.as_str())];
        if item.state == CheckState::Failed {
            text.push(Span::strong(" Not as it should be."));
        } else if !item.is_required {
            text.push(Span::plain(" (where it applies)"));
        }
        let mark = if item.state == CheckState::Done { BoxMark::Ticked } else { BoxMark::Empty };
        BoxItem { mark, text, note: item.note.clone() }
    });
    blocks.push(Block::Boxes(boxes.collect()));
}

fn signatures(blocks: &mut Vec<Block>, people: &[String]) {
    if !people.is_empty() {
        blocks.push(Block::heading(1, "Signatures"));
        let lines = people.iter().map(|who| vec![format!("Signature: {who}"), "Place and date".to_owned()]);
        blocks.push(Block::WritingLines(lines.collect()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documents::tests::keep;

    fn item(text: &str, state: CheckState, note: &str) -> CheckItem {
        CheckItem { text: text.to_owned(), is_required: true, note: note.to_owned(), state }
    }

    fn pre() -> PreClose {
        PreClose {
            election: "Board of the river cooperative 2026".to_owned(),
            election_id: "7f1d2c3b-4a59-4687-9f0e-112233445566".to_owned(),
            now: "9 March 2026, 18:01 (Europe/Vienna)".to_owned(),
            ends: "9 March 2026, 18:00 (Europe/Vienna)".to_owned(),
            eligible: 200,
            voters: 150,
            quorum_required: 100,
            ballots: 152,
            destroys: vec!["Which of the 200 credentials belonged to which voter.".to_owned()],
            checklist: vec![
                item("Name, id and status are those intended.", CheckState::Done, "open, as intended"),
                item("What closing destroys was read.", CheckState::Open, ""),
            ],
            people: vec!["Ada Long, administrator".to_owned(), "Bo Short, witness".to_owned()],
            ledger_head: "9a".repeat(32),
            ..PreClose::default()
        }
    }

    fn post(outcome: CloseOutcome) -> PostClose {
        let event = |name: &str, digit: &str| PublicEvent {
            name: name.to_owned(),
            at: "9 March 2026, 18:02 (Europe/Vienna)".to_owned(),
            ledger_hash: digit.repeat(64),
        };
        PostClose {
            election: "Board of the river cooperative 2026".to_owned(),
            outcome,
            events: vec![event("Election closed", "1"), event("Ballots anonymized", "2")],
            destroyed: vec![
                "200 links between voters and credentials; 412 MB were searched, and none was found.".to_owned(),
            ],
            ballots: 152,
            chain_head: "fedcba9876543210".repeat(4),
            checklist: vec![item("Take and hash the exports.", CheckState::Open, "")],
            people: vec!["Ada Long, administrator".to_owned()],
            ledger_head: "9a".repeat(32),
            ..PostClose::default()
        }
    }

    #[test]
    fn before_closing_everything_that_speaks_against_it_comes_first() {
        let printed = before(&pre());
        assert_eq!((printed.cover.verdict_word.as_str(), printed.cover.tone), ("to be checked", Tone::Minor));
        let text = printed.to_text();
        for part in [
            "Took part: 150 of 200 voters\nQuorum: met: 100 needed",
            "- Which of the 200 credentials",
            "[x] Name, id and status are those intended. / open, as intended\n[ ] What closing destroys was read.\n",
            "________ Signature: Bo Short, witness | ________ Place and date",
        ] {
            assert!(text.contains(part), "{part}\n{text}");
        }
        keep("pre-close", &printed);
        let mut early = PreClose { is_early: true, ..pre() };
        assert_eq!(before(&early).cover.verdict_word, "before its time");
        early.quorum_required = 151;
        assert_eq!(before(&early).cover.verdict_word, "quorum not met");
        early.incidents = vec!["Tokens in a mail: high, open, locks closing.".to_owned()];
        assert_eq!(before(&early).cover.tone, Tone::Critical);
        keep("pre-close-incident", &before(&early));
    }

    #[test]
    fn the_three_outcomes_are_worded_apart() {
        let told = |outcome| text_and_word(&after(&post(outcome)));
        let failed = CloseOutcome::CountFailed("the rule irv cannot count 0 ballots".to_owned());
        assert_eq!(told(CloseOutcome::Closed).1, "closed");
        assert_eq!(told(CloseOutcome::ClosedAndCounted).1, "closed and counted");
        let (text, word) = told(failed);
        assert_eq!(word, "closed, count failed");
        assert!(text.contains("The count failed with this error\nthe rule irv cannot count 0 ballots"), "{text}");
        assert!(
            text.contains(&format!("Ballots anonymized | 9 March 2026, 18:02 (Europe/Vienna) | {}", "2".repeat(64)))
        );
        keep("post-close", &after(&post(CloseOutcome::ClosedAndCounted)));
    }

    fn text_and_word(document: &Document) -> (String, String) {
        (document.to_text(), document.cover.verdict_word.clone())
    }

    #[test]
    fn what_should_be_gone_and_is_not_outweighs_everything() {
        let printed = after(&PostClose { still_found: 2, ..post(CloseOutcome::ClosedAndCounted) });
        assert_eq!(
            (printed.cover.verdict_word.as_str(), printed.cover.tone),
            ("closed, not all destroyed", Tone::Critical)
        );
        assert!(printed.to_text().contains("2 byte strings that should be gone were found again"));
    }
}
