//! The result of an election that was run here: the outcome of each contest in a sentence, before it what a reader must know,
//! behind it everything that lets a stranger count again.

use domain::PROGRAM_VERSION;
use domain::count::Round;

use super::{CsvTable, count};
use crate::document::{Block, Column, Cover, Document, Span, Table, Tone};

/// Excluded ballots that are printed; the CSV has all.
const PRINTED: usize = 500;

/// A result to be printed. Texts are ready to print, with the zone of times; digests are lower-case hex.
#[derive(Clone, Debug, Default)]
pub struct ElectionResult {
    /// Title of the election.
    pub election: String,
    /// Its id.
    pub election_id: String,
    /// From when until when votes were accepted.
    pub period: String,
    /// When it was counted.
    pub counted_at: String,
    /// What a reader must know before the outcome, one sentence each, worst first: overridden locks with their people and
    /// reason, a reopened window, whatever else the record says.
    pub remarks: Vec<String>,
    /// Ballots that were excluded.
    pub exclusions: Vec<Exclusion>,
    /// Ballots that were entered from paper.
    pub batches: Vec<PaperBatch>,
    /// Who took part.
    pub participation: Participation,
    /// Contests in the order of the ballot.
    pub contests: Vec<Contest>,
    /// Hash of the newest ballot.
    pub chain_head: String,
    /// SHA-256 of the frozen rules.
    pub rules_sha256: String,
    /// SHA-256 of the result file.
    pub result_sha256: String,
    /// Files that are or will be published: name, SHA-256.
    pub files: Vec<(String, String)>,
    /// Head of the ledger.
    pub ledger_head: String,
}

/// A ballot that does not count any more, and who decided so.
#[derive(Clone, Debug, Default)]
pub struct Exclusion {
    /// Receipt code or place of the ballot.
    pub ballot: String,
    /// Why.
    pub reason: String,
    /// Who.
    pub person: String,
    /// When.
    pub at: String,
}

/// A batch of paper ballots.
#[derive(Clone, Debug, Default)]
pub struct PaperBatch {
    /// Name of the batch.
    pub label: String,
    /// Ballots.
    pub ballots: u64,
    /// What became of it: `counted`, `voided`.
    pub state: String,
    /// The two people who entered it.
    pub entered_by: Vec<String>,
    /// Who attested it.
    pub attested_by: Vec<String>,
}

/// Who took part. Numbers count ballots or voters, not votes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Participation {
    /// Voters on the roll.
    pub eligible: u64,
    /// Voters who took part.
    pub voters: u64,
    /// Voters that the quorum asks for; 0 where there is none.
    pub quorum_required: u64,
    /// Ballots in the chain.
    pub ballots: u64,
    /// Of these, ballots that count.
    pub counted: u64,
    /// Replaced by a later ballot of the same voter.
    pub replaced: u64,
    /// Excluded.
    pub excluded: u64,
    /// Of those that count, ballots without any choice.
    pub blank: u64,
    /// Of those that count, paper ballots.
    pub paper: u64,
    /// Cast while voting was reopened.
    pub reopened: u64,
}

/// How a contest ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ContestOutcome {
    /// Every seat is filled.
    #[default]
    Decided,
    /// Some seats stay empty.
    PartlyDecided,
    /// Nobody reached what the rules ask for.
    Undecided,
    /// Nobody voted in the contest.
    NoVotes,
    /// Too few took part in the election.
    QuorumNotMet,
}

/// The result of one contest.
#[derive(Clone, Debug, Default)]
pub struct Contest {
    /// Title.
    pub title: String,
    /// Counting rule by its name, with its version and arithmetic where it has them.
    pub rule: String,
    /// Seats.
    pub seats: u32,
    /// How it ended.
    pub outcome: ContestOutcome,
    /// Votes in the contest, abstentions left out.
    pub votes: u64,
    /// Who stood, in the order of the ballot; those who were written in come last.
    pub candidates: Vec<Candidate>,
    /// Places in `candidates`, from 0, in order of election.
    pub elected: Vec<usize>,
    /// What decided, in sentences.
    pub sentences: Vec<String>,
    /// Rounds of the count.
    pub rounds: Vec<CountedRound>,
    /// The order that cuts ties.
    pub tie_order: Option<TieOrder>,
}

/// A candidate with their votes.
#[derive(Clone, Debug, Default)]
pub struct Candidate {
    /// Name.
    pub name: String,
    /// Votes or points at the end, as the rule writes them; empty where there are none.
    pub votes: String,
    /// Written in by voters.
    pub is_written_in: bool,
}

/// One round of a count, as it was stored.
#[derive(Clone, Debug, Default)]
pub struct CountedRound {
    /// Number, from 1.
    pub round: usize,
    /// Votes by place of the candidate; `None` for one who is out.
    pub votes: Vec<Option<String>>,
    /// Votes that elect, where the rule has such a number.
    pub quota: Option<String>,
    /// Elected in this round, places of candidates.
    pub elected: Vec<usize>,
    /// Excluded in this round, places of candidates.
    pub excluded: Vec<usize>,
    /// Votes that no candidate holds.
    pub exhausted: String,
    /// What happened.
    pub sentence: String,
}

/// The order that cuts ties: drawn, and its hash made known, before the first ballot.
#[derive(Clone, Debug, Default)]
pub struct TieOrder {
    /// Names in the order that was drawn.
    pub order: Vec<String>,
    /// The random value that kept the hash from being guessed.
    pub nonce: String,
    /// The text whose SHA-256 was made known.
    pub text: String,
    /// That SHA-256.
    pub commitment: String,
    /// Whether it decided anything.
    pub decided: bool,
}

impl Contest {
    /// The outcome in one sentence.
    pub fn sentence(&self) -> String {
        let names: Vec<&str> =
            self.elected.iter().filter_map(|place| self.candidates.get(*place)).map(|one| one.name.as_str()).collect();
        let elected = match names.as_slice() {
            [] => "Nobody is elected".to_owned(),
            [one] => format!("{one} is elected"),
            [first @ .., last] => format!("{} and {last} are elected", first.join(", ")),
        };
        match self.outcome {
            ContestOutcome::Decided => format!("{elected}."),
            ContestOutcome::PartlyDecided => {
                format!("{elected}; {} of {} seats stay empty.", self.empty_seats(), self.seats)
            }
            ContestOutcome::Undecided => format!("{elected}: nobody reached what the rules ask for."),
            ContestOutcome::NoVotes => "Nobody voted in this contest, so nobody is elected.".to_owned(),
            ContestOutcome::QuorumNotMet => "Nobody is elected: too few voters took part.".to_owned(),
        }
    }

    fn empty_seats(&self) -> u32 {
        self.seats.saturating_sub(u32::try_from(self.elected.len()).unwrap_or(u32::MAX))
    }

    fn fate(&self, place: usize) -> String {
        match self.elected.iter().position(|elected| *elected == place) {
            Some(seat) => format!("elected, seat {}", seat + 1),
            None => "not elected".to_owned(),
        }
    }
}

impl ElectionResult {
    /// Every remark: those given, and those that follow from exclusions, reopening and paper.
    fn all_remarks(&self) -> Vec<String> {
        let mut remarks = self.remarks.clone();
        let figures = &self.participation;
        let mut tell = |count: u64, what: &str| {
            if count > 0 {
                let were = if count == 1 { "1 ballot was".to_owned() } else { format!("{count} ballots were") };
                remarks.push(format!("{were} {what}"));
            }
        };
        tell(figures.reopened, "cast after voting had been reopened; the mark stays in the chain.");
        tell(figures.excluded, "excluded from the count; who decided so, why and when stands below.");
        tell(figures.paper, "entered from paper; who entered and attested the batches stands below.");
        remarks
    }

    fn quorum_met(&self) -> bool {
        self.participation.voters >= self.participation.quorum_required
    }
}

/// Builds the report.
pub fn document(result: &ElectionResult) -> Document {
    let mut document = Document::new("Result of the election", cover(result));
    let blocks = &mut document.blocks;
    remarks(blocks, result);
    blocks.push(Block::heading(1, "Outcome"));
    blocks.push(Block::KeyValues(
        result.contests.iter().map(|contest| (contest.title.clone(), contest.sentence())).collect(),
    ));
    participation(blocks, result);
    for contest in &result.contests {
        set_contest(blocks, contest);
    }
    how_to_verify(blocks, result);
    document.stamp_footer_id();
    document
}

fn cover(result: &ElectionResult) -> Cover {
    let decided = result.contests.iter().filter(|contest| contest.outcome == ContestOutcome::Decided).count();
    let verdict = match result.contests.as_slice() {
        [one] => one.sentence(),
        many if decided == many.len() => format!("All {decided} contests are decided."),
        many => format!("{decided} of {} contests are decided.", many.len()),
    };
    let has_remarks = !result.all_remarks().is_empty();
    let (verdict_word, tone) = match (result.quorum_met(), decided == result.contests.len(), has_remarks) {
        (false, ..) => ("quorum not met", Tone::Major),
        (true, false, _) => ("not all decided", Tone::Minor),
        (true, true, true) => ("decided, with remarks", Tone::Minor),
        (true, true, false) => ("decided", Tone::Good),
    };
    let mut facts = vec![
        ("Election".to_owned(), result.election_id.clone()),
        ("Voting".to_owned(), result.period.clone()),
        ("Counted".to_owned(), result.counted_at.clone()),
        ("Result (SHA-256)".to_owned(), result.result_sha256.clone()),
        ("Ledger head".to_owned(), result.ledger_head.clone()),
    ];
    facts.retain(|(_, value)| !value.is_empty());
    Cover {
        title: result.election.clone(),
        verdict,
        verdict_word: verdict_word.to_owned(),
        tone,
        facts,
        is_own_page: false,
    }
}

fn remarks(blocks: &mut Vec<Block>, result: &ElectionResult) {
    let remarks = result.all_remarks();
    if remarks.is_empty() {
        return;
    }
    blocks.push(Block::callout(Tone::Major, "To be known before the outcome", remarks.join("\n")));
    if !result.exclusions.is_empty() {
        let rows = exclusion_rows(result);
        blocks.push(Block::Table(Table {
            title: "Excluded ballots".to_owned(),
            columns: vec![
                Column::mono("Ballot", 2.6),
                Column::left("Reason", 2.4),
                Column::left("Excluded by", 1.4),
                Column::left("When", 1.4),
            ],
            note: match rows.len().saturating_sub(PRINTED) {
                0 => String::new(),
                more => format!("{more} more rows stand in exclusions.csv."),
            },
            rows: rows.into_iter().take(PRINTED).collect(),
        }));
    }
    if !result.batches.is_empty() {
        blocks.push(Block::Table(Table {
            title: "Paper ballots".to_owned(),
            columns: vec![
                Column::left("Batch", 1.6),
                Column::right("Ballots", 0.7),
                Column::left("", 0.8),
                Column::left("Entered by", 2.0),
                Column::left("Attested by", 2.0),
            ],
            rows: batch_rows(result),
            ..Table::default()
        }));
    }
}

fn exclusion_rows(result: &ElectionResult) -> Vec<Vec<String>> {
    let row = |one: &Exclusion| vec![one.ballot.clone(), one.reason.clone(), one.person.clone(), one.at.clone()];
    result.exclusions.iter().map(row).collect()
}

fn batch_rows(result: &ElectionResult) -> Vec<Vec<String>> {
    let row = |batch: &PaperBatch| {
        vec![
            batch.label.clone(),
            batch.ballots.to_string(),
            batch.state.clone(),
            batch.entered_by.join(", "),
            batch.attested_by.join(", "),
        ]
    };
    result.batches.iter().map(row).collect()
}

/// A share in percent with one digit, cut and not rounded, so that 49.99 never looks like 50.
fn percent(part: u64, whole: u64) -> String {
    match (u128::from(part) * 1000).checked_div(u128::from(whole)) {
        Some(tenths) => format!("{}.{} %", tenths / 10, tenths % 10),
        None => "0.0 %".to_owned(),
    }
}

fn participation(blocks: &mut Vec<Block>, result: &ElectionResult) {
    let figures = &result.participation;
    let quorum = match (figures.quorum_required, result.quorum_met()) {
        (0, _) => "none asked for".to_owned(),
        (required, true) => format!("met: {required} voters were needed"),
        (required, false) => format!("not met: {required} voters were needed"),
    };
    blocks.push(Block::heading(1, "Who took part"));
    let mut pairs = vec![
        ("Voters on the roll".to_owned(), figures.eligible.to_string()),
        (
            "Voters who took part".to_owned(),
            format!("{} ({})", figures.voters, percent(figures.voters, figures.eligible)),
        ),
        ("Quorum".to_owned(), quorum),
    ];
    pairs.extend(ballot_figures(figures).map(|(name, count)| (name.to_owned(), count.to_string())));
    blocks.push(Block::KeyValues(pairs));
}

fn ballot_figures(figures: &Participation) -> [(&'static str, u64); 7] {
    [
        ("Ballots in the chain", figures.ballots),
        ("Ballots that count", figures.counted),
        ("Replaced by a later ballot", figures.replaced),
        ("Excluded", figures.excluded),
        ("Blank", figures.blank),
        ("On paper", figures.paper),
        ("Cast while reopened", figures.reopened),
    ]
}

fn set_contest(blocks: &mut Vec<Block>, contest: &Contest) {
    blocks.push(Block::heading(1, contest.title.as_str()));
    blocks.push(Block::Paragraph(vec![Span::strong(contest.sentence())]));
    blocks.push(Block::paragraph(format!(
        "Seats: {}. Votes in this contest: {}. Counting rule: {}.",
        contest.seats, contest.votes, contest.rule
    )));
    let row = |(place, candidate): (usize, &Candidate)| {
        let written = if candidate.is_written_in { " (written in)" } else { "" };
        vec![format!("{}{written}", candidate.name), candidate.votes.clone(), contest.fate(place)]
    };
    blocks.push(Block::Table(Table {
        columns: vec![Column::left("Candidate", 3.0), Column::right("Votes", 1.2), Column::left("", 1.4)],
        rows: contest.candidates.iter().enumerate().map(row).collect(),
        ..Table::default()
    }));
    if !contest.sentences.is_empty() {
        blocks.push(Block::heading(2, "What decided"));
        blocks.push(Block::Bullets(contest.sentences.iter().map(|told| vec![told.as_str().into()]).collect()));
    }
    // The only round of a plain sum shows nothing that the table above does not.
    if contest.rounds.len() > 1 {
        let names: Vec<String> = contest.candidates.iter().map(|candidate| candidate.name.clone()).collect();
        let rounds: Vec<Round> = contest.rounds.iter().map(CountedRound::to_round).collect();
        blocks.push(Block::heading(2, "Round by round"));
        blocks.push(count::story(&rounds));
        blocks.extend(count::votes(&names, &rounds));
    }
    if let Some(tie) = &contest.tie_order {
        set_tie_order(blocks, tie);
    }
}

fn set_tie_order(blocks: &mut Vec<Block>, tie: &TieOrder) {
    let used = if tie.decided { "It decided a tie." } else { "No tie had to be cut by it." };
    blocks.push(Block::heading(2, "The order that cuts ties"));
    blocks.push(Block::paragraph(format!(
        "Drawn when the election opened, and its hash made known before the first ballot. {used} Who stands further in front wins \
         a tie."
    )));
    blocks.push(Block::KeyValues(vec![
        ("Order".to_owned(), tie.order.join(", ")),
        ("Random value".to_owned(), tie.nonce.clone()),
        ("Hash made known".to_owned(), tie.commitment.clone()),
    ]));
    blocks.push(Block::paragraph("The SHA-256 of this line, without a line end, is that hash:"));
    blocks.push(Block::CodeLines(vec![tie.text.clone()]));
}

impl CountedRound {
    fn to_round(&self) -> Round {
        Round {
            round: self.round,
            votes: self.votes.clone(),
            quota: self.quota.clone(),
            elected: self.elected.clone(),
            excluded: self.excluded.clone(),
            exhausted: self.exhausted.clone(),
            sentence: self.sentence.clone(),
            ..Round::default()
        }
    }
}

fn how_to_verify(blocks: &mut Vec<Block>, result: &ElectionResult) {
    blocks.push(Block::heading(1, "How to check this result"));
    blocks.push(Block::Bullets(
        [
            "Get the published files, and compare their SHA-256 with the table below.",
            "Recompute the hash of every ballot and of every link from the file of ballots: the last link must be the newest \
             ballot named below, and the number of ballots must agree.",
            "Leave out the ballots that were replaced or excluded, and count the others by the rule of each contest. Every \
             round must give the numbers of this report.",
            "Ask voters whether they find their receipt codes among the ballots.",
            "Verify the ledger of the case: its head must be the one below, or one that comes after it.",
        ]
        .map(|step| vec![Span::plain(step)])
        .to_vec(),
    ));
    let mut pairs = vec![
        ("Newest ballot".to_owned(), result.chain_head.clone()),
        ("Ballots".to_owned(), result.participation.ballots.to_string()),
        ("Rules (SHA-256)".to_owned(), result.rules_sha256.clone()),
        ("Result (SHA-256)".to_owned(), result.result_sha256.clone()),
        ("Ledger head".to_owned(), result.ledger_head.clone()),
        ("Program".to_owned(), format!("scrutineer {PROGRAM_VERSION}")),
    ];
    pairs.retain(|(_, value)| !value.is_empty());
    blocks.push(Block::KeyValues(pairs));
    if !result.files.is_empty() {
        blocks.push(Block::Table(Table {
            title: "Files".to_owned(),
            columns: vec![Column::left("File", 2.4), Column::mono("SHA-256", 4.6)],
            rows: result.files.iter().map(|(name, digest)| vec![name.clone(), digest.clone()]).collect(),
            ..Table::default()
        }));
    }
}

/// Every table of the report, complete.
pub fn tables(result: &ElectionResult) -> Vec<CsvTable> {
    let table = |name: &str, columns: &[&str], rows: Vec<Vec<String>>| CsvTable {
        name: name.to_owned(),
        columns: columns.iter().map(|column| (*column).to_owned()).collect(),
        rows,
    };
    let figures = &result.participation;
    let mut sums = vec![
        vec!["Voters on the roll".to_owned(), figures.eligible.to_string()],
        vec!["Voters who took part".to_owned(), figures.voters.to_string()],
        vec!["Voters needed for the quorum".to_owned(), figures.quorum_required.to_string()],
    ];
    sums.extend(ballot_figures(figures).map(|(name, count)| vec![name.to_owned(), count.to_string()]));
    let outcome = result.contests.iter().map(|contest| {
        vec![contest.title.clone(), contest.seats.to_string(), contest.votes.to_string(), contest.sentence()]
    });
    let candidates = result.contests.iter().flat_map(|contest| {
        contest.candidates.iter().enumerate().map(|(place, candidate)| {
            let (title, name) = (contest.title.clone(), candidate.name.clone());
            vec![title, name, candidate.votes.clone(), contest.fate(place), candidate.is_written_in.to_string()]
        })
    });
    let ties = result.contests.iter().filter_map(|contest| {
        let tie = contest.tie_order.as_ref()?;
        let (nonce, text, hash) = (tie.nonce.clone(), tie.text.clone(), tie.commitment.clone());
        Some(vec![contest.title.clone(), tie.order.join(", "), nonce, text, hash, tie.decided.to_string()])
    });
    vec![
        table("remarks", &["remark"], result.all_remarks().into_iter().map(|remark| vec![remark]).collect()),
        table("exclusions", &["ballot", "reason", "person", "at"], exclusion_rows(result)),
        table("batches", &["batch", "ballots", "state", "entered_by", "attested_by"], batch_rows(result)),
        table("participation", &["what", "count"], sums),
        table("outcome", &["contest", "seats", "votes", "outcome"], outcome.collect()),
        table("candidates", &["contest", "candidate", "votes", "outcome", "written_in"], candidates.collect()),
        table(
            "rounds",
            &["contest", "round", "quota", "elected", "excluded", "exhausted", "sentence"],
            round_rows(result),
        ),
        table("votes", &["contest", "round", "candidate", "votes"], vote_rows(result)),
        table("tie_orders", &["contest", "order", "nonce", "text", "sha256", "decided"], ties.collect()),
    ]
}

fn round_rows(result: &ElectionResult) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    for contest in &result.contests {
        let names = |places: &[usize]| {
            let names = places.iter().filter_map(|place| contest.candidates.get(*place)).map(|one| one.name.as_str());
            names.collect::<Vec<_>>().join(", ")
        };
        rows.extend(contest.rounds.iter().map(|round| {
            vec![
                contest.title.clone(),
                round.round.to_string(),
                round.quota.clone().unwrap_or_default(),
                names(&round.elected),
                names(&round.excluded),
                round.exhausted.clone(),
                round.sentence.clone(),
            ]
        }));
    }
    rows
}

fn vote_rows(result: &ElectionResult) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    for contest in &result.contests {
        for round in &contest.rounds {
            for (candidate, votes) in contest.candidates.iter().zip(&round.votes) {
                if let Some(votes) = votes {
                    let round = round.round.to_string();
                    rows.push(vec![contest.title.clone(), round, candidate.name.clone(), votes.clone()]);
                }
            }
        }
    }
    rows
}

#[cfg(test)]
mod tests;
