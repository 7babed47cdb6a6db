//! Papers about an audited election for readers who are not technical: the integrity certificate on one page, and the audit of
//! anonymity with its findings.

use domain::report::{AuditReport, Claim, ElectionReport, ReportedFinding, Verdict};

use super::CsvTable;
use super::forensics::tone_of;
use crate::document::{Block, Column, Cover, Document, Table};

/// Findings that stand on the one page; the others are counted.
const ON_ONE_PAGE: usize = 3;
/// Claims that stand on the one page, those that do not hold first.
const CLAIMS_ON_ONE_PAGE: usize = 12;

/// What a paper is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntegrityPaper {
    /// Everything, on one page.
    Certificate,
    /// Whether anybody can find out who voted how.
    Anonymity,
}

impl IntegrityPaper {
    /// Its heading.
    pub fn title(self) -> &'static str {
        match self {
            Self::Certificate => "Integrity certificate",
            Self::Anonymity => "Audit of anonymity",
        }
    }

    fn speaks_of_claim(self, claim: &Claim) -> bool {
        self == Self::Certificate || claim.id.starts_with("secrecy.")
    }

    fn speaks_of(self, finding: &ReportedFinding) -> bool {
        match self {
            Self::Certificate => finding.severity != "info",
            Self::Anonymity => finding.claim.starts_with("secrecy.") || SECRECY_CODES.contains(&finding.code.as_str()),
        }
    }
}

/// Findings about ways from a voter to a vote, and about what else tells who voted.
const SECRECY_CODES: [&str; 4] = ["P703", "P704", "P709", "P710"];

/// What a verdict says, in words for everybody.
fn in_words(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Proved => "Yes, proved",
        Verdict::Consistent => "Yes, as far as it can be seen",
        Verdict::CannotTell => "Cannot be told",
        Verdict::Contradicted => "No, the data speak against it",
    }
}

/// The verdict of a paper: that of its worst claim.
fn verdict_of(claims: &[&Claim]) -> Verdict {
    claims.iter().map(|claim| claim.verdict).min().unwrap_or(Verdict::CannotTell)
}

fn sentence(paper: IntegrityPaper, verdict: Verdict) -> &'static str {
    match (paper, verdict) {
        (IntegrityPaper::Certificate, Verdict::Proved) => {
            "Everything that the election claims about itself was tested, and all of it is proved."
        }
        (IntegrityPaper::Certificate, Verdict::Consistent) => {
            "Everything that the election claims about itself was tested. Nothing speaks against it; not all of it can be proved."
        }
        (IntegrityPaper::Certificate, Verdict::CannotTell) => {
            "Nothing that was tested speaks against the election, but something that is needed for a full answer is missing."
        }
        (IntegrityPaper::Certificate, Verdict::Contradicted) => {
            "At least one thing that the election claims about itself is contradicted by its own data."
        }
        (IntegrityPaper::Anonymity, Verdict::Contradicted) => {
            "At least one voter can be connected with a vote by what was examined."
        }
        (IntegrityPaper::Anonymity, Verdict::CannotTell) => {
            "Whether voters can be connected with votes cannot be told from what was examined."
        }
        (IntegrityPaper::Anonymity, _) => "Nothing that was examined connects a voter with a vote.",
    }
}

fn claims_of(paper: IntegrityPaper, election: &ElectionReport) -> Vec<&Claim> {
    election.claims.iter().filter(|claim| paper.speaks_of_claim(claim)).collect()
}

fn findings_of<'a>(
    paper: IntegrityPaper,
    report: &'a AuditReport,
    election: &'a ElectionReport,
) -> Vec<&'a ReportedFinding> {
    election.findings.iter().chain(&report.findings).filter(|finding| paper.speaks_of(finding)).collect()
}

/// The printed paper.
pub fn document(paper: IntegrityPaper, report: &AuditReport, election: &ElectionReport, ledger_head: &str) -> Document {
    let claims = claims_of(paper, election);
    let findings = findings_of(paper, report, election);
    let verdict = verdict_of(&claims);
    let title =
        if election.title.is_empty() { format!("Election {}", election.election_id) } else { election.title.clone() };
    let cover = Cover {
        title,
        verdict: sentence(paper, verdict).to_owned(),
        verdict_word: verdict.label().to_owned(),
        tone: tone_of(verdict),
        facts: vec![
            ("Election".to_owned(), election.election_id.clone()),
            (
                "Examined".to_owned(),
                format!("{} files, with {} {}", report.inputs.len(), report.program.name, report.program.version),
            ),
            ("Ledger head".to_owned(), ledger_head.to_owned()),
        ],
        is_own_page: false,
    };
    let mut document = Document::new(paper.title(), cover);
    let blocks = &mut document.blocks;
    let shown = if paper == IntegrityPaper::Certificate { CLAIMS_ON_ONE_PAGE } else { claims.len() };
    let mut listed = claims.clone();
    listed.sort_by_key(|claim| claim.verdict);
    blocks.push(Block::Table(claims_table(listed.get(..shown).unwrap_or(&listed))));
    if listed.len() > shown {
        blocks.push(Block::paragraph(format!("{} more stand in the forensics report.", listed.len() - shown)));
    }
    if !findings.is_empty() {
        blocks.push(Block::heading(2, "What was found"));
        findings_blocks(paper, blocks, &findings);
    }
    if paper == IntegrityPaper::Anonymity {
        blocks.push(Block::heading(2, "Files that were examined"));
        blocks.push(Block::Table(Table {
            columns: vec![Column::left("File", 2.0), Column::right("Rows", 0.6), Column::mono("SHA-256", 4.0)],
            rows: (report.inputs.iter())
                .map(|input| vec![input.path.clone(), input.rows.to_string(), input.sha256.clone()])
                .collect(),
            ..Table::default()
        }));
    }
    blocks.push(Block::paragraph(
        "Proved: a signature or an exact repetition carries the answer. The forensics report names every test, row and file.",
    ));
    if paper == IntegrityPaper::Certificate {
        *blocks = vec![Block::OnePage(std::mem::take(blocks))];
    }
    document.stamp_footer_id();
    document
}

fn claims_table(claims: &[&Claim]) -> Table {
    Table {
        columns: vec![
            Column::left("Does this hold?", 4.0),
            Column::left("Answer", 2.2),
            Column::right("Checked", 0.8),
            Column::right("Against it", 0.9),
        ],
        rows: claims
            .iter()
            .map(|claim| {
                vec![
                    claim.title.clone(),
                    in_words(claim.verdict).to_owned(),
                    claim.checked.to_string(),
                    claim.failed.to_string(),
                ]
            })
            .collect(),
        ..Table::default()
    }
}

fn findings_blocks(paper: IntegrityPaper, blocks: &mut Vec<Block>, findings: &[&ReportedFinding]) {
    // The gravest first, and each kind once: the page is for those who want to know what is wrong, not where.
    let mut kinds: Vec<&ReportedFinding> = Vec::new();
    for finding in findings {
        if paper == IntegrityPaper::Anonymity || !kinds.iter().any(|known| known.code == finding.code) {
            kinds.push(finding);
        }
    }
    kinds.sort_by_key(|finding| ["critical", "major", "minor"].iter().position(|word| *word == finding.severity));
    let shown = if paper == IntegrityPaper::Certificate { ON_ONE_PAGE } else { kinds.len() };
    blocks.push(Block::Table(Table {
        columns: vec![
            Column::left("Code", 0.7),
            Column::left("Weight", 0.9),
            Column::left("What was observed", 4.0),
            Column::right("Rows", 0.6),
        ],
        rows: kinds
            .iter()
            .take(shown)
            .map(|finding| {
                vec![finding.code.clone(), finding.severity.clone(), finding.title.clone(), finding.count.to_string()]
            })
            .collect(),
        ..Table::default()
    }));
    if kinds.len() > shown {
        blocks.push(Block::paragraph(format!("{} more kinds stand in the forensics report.", kinds.len() - shown)));
    }
    if paper == IntegrityPaper::Anonymity {
        for finding in findings {
            blocks.push(Block::heading(3, format!("{}: {}", finding.code, finding.title)));
            blocks.push(Block::paragraph(finding.detail.clone()));
            blocks.push(Block::paragraph(format!("Rule: {}", finding.rule)));
            blocks.push(Block::paragraph(format!("What to do: {}", finding.next_step)));
        }
    }
}

/// The same tables as files.
pub fn tables(paper: IntegrityPaper, report: &AuditReport, election: &ElectionReport) -> Vec<CsvTable> {
    let claims = claims_of(paper, election).into_iter().map(|claim| {
        vec![
            claim.id.clone(),
            claim.title.clone(),
            claim.verdict.word().to_owned(),
            claim.checked.to_string(),
            claim.failed.to_string(),
        ]
    });
    let findings = findings_of(paper, report, election).into_iter().map(|finding| {
        vec![finding.code.clone(), finding.severity.clone(), finding.title.clone(), finding.count.to_string()]
    });
    let table = |name: &str, columns: &[&str], rows: Vec<Vec<String>>| CsvTable {
        name: name.to_owned(),
        columns: columns.iter().map(|&column| column.to_owned()).collect(),
        rows,
    };
    vec![
        table("claims", &["claim", "title", "verdict", "checked", "failed"], claims.collect()),
        table("findings", &["code", "severity", "title", "count"], findings.collect()),
    ]
}
