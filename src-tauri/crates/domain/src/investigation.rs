//! Guided questions over what an audit concluded: somebody says "the count is wrong" or "an administrator changed votes", and
//! every step of the question gets an answer in one sentence, with the findings and claims that it rests on.
//!
//! An answer is "yes" where a finding says so, "no" where every claim that would show it holds, and "cannot tell" otherwise.

use serde::Serialize;

use crate::report::{AuditReport, Claim, ElectionReport, ReportedFinding, Verdict};

/// One thing to find out.
struct Question {
    text: &'static str,
    /// Findings that say yes.
    codes: &'static [&'static str],
    /// Claims that must hold for a no: one of each system suffices, `*` stands for any ending.
    claims: &'static [&'static str],
}

/// A suspicion that is looked into step by step.
struct Scenario {
    id: &'static str,
    title: &'static str,
    questions: &'static [Question],
}

const ALTERED: Question = Question {
    text: "Was any vote altered after it was cast?",
    codes: &["S101", "S106", "S107", "C201", "K802"],
    claims: &["votes.signatures", "ballots.signatures", "ballots.hashes", "ballots.chain"],
};
const ADDED: Question = Question {
    text: "Was any vote added that nobody cast?",
    codes: &["S102", "R301", "R303", "C204", "R311"],
    claims: &["votes.accounted", "ballots.accounted", "votes.voters", "ballots.eligible", "ballots.credentials"],
};
const REMOVED: Question = Question {
    text: "Was any vote removed?",
    codes: &["R302", "C202", "C205", "C207", "K801"],
    claims: &["votes.chain", "ballots.chain", "votes.accounted", "ballots.accounted", "ballots.seal"],
};
const EXCLUDED: Question = Question {
    text: "Was any vote left out of the count, and is that related to its choice?",
    codes: &["P702", "A506"],
    claims: &["procedure.lifecycle"],
};
const RULES: Question = Question {
    text: "Were candidates, seats, rules or the roll changed after voting began?",
    codes: &["R304", "P706", "R308"],
    claims: &["ballot.definition", "procedure.lifecycle"],
};
const LOG: Question = Question {
    text: "Was the audit log itself altered, cut or rewritten?",
    codes: &["C201", "C202", "C203", "C205", "C206", "C207", "C210", "S108", "E601", "E603", "E604"],
    claims: &["audit.chain", "audit.events", "events.attested"],
};

/// All suspicions, in the order in which they are offered.
const SCENARIOS: &[Scenario] = &[
    Scenario {
        id: "count-differs",
        title: "The count differs from what was announced",
        questions: &[
            Question {
                text: "Does a recount by the election's own rule give another result?",
                codes: &["T401", "T404"],
                claims: &["result.count"],
            },
            Question {
                text: "Do totals, turnout or statistics disagree with the rows?",
                codes: &["R309"],
                claims: &["result.figures"],
            },
            Question {
                text: "Does the result hang on a tie-break or on the order of rows?",
                codes: &["T402", "T405"],
                claims: &["result.count"],
            },
            ALTERED,
            ADDED,
            REMOVED,
            EXCLUDED,
        ],
    },
    Scenario {
        id: "voted-twice",
        title: "Somebody voted twice",
        questions: &[
            Question {
                text: "Does any voter or credential have more than one vote that counts?",
                codes: &["R311", "R306", "R307"],
                claims: &["votes.voters", "ballots.replacement", "ballots.single", "ballots.credentials"],
            },
            Question {
                text: "Were second attempts made and refused?",
                codes: &["P708"],
                claims: &["votes.voters", "ballots.single", "ballots.replacement"],
            },
            Question {
                text: "Does any vote belong to a voter or credential that was never issued?",
                codes: &["R303", "R305"],
                claims: &["votes.voters", "ballots.eligible", "ballots.credentials"],
            },
            Question {
                text: "Do many votes come from one address, in one burst, or alike in a row?",
                codes: &["A501", "A502", "A503", "A504", "A505", "A507"],
                claims: &["votes.patterns"],
            },
        ],
    },
    Scenario {
        id: "administrator-manipulated",
        title: "An administrator manipulated the election",
        questions: &[ALTERED, ADDED, REMOVED, EXCLUDED, RULES, LOG],
    },
    Scenario {
        id: "suspicious-rollback",
        title: "The election was reopened or set back",
        questions: &[
            Question {
                text: "Was voting reopened after it had ended?",
                codes: &["P701"],
                claims: &["procedure.lifecycle"],
            },
            Question {
                text: "Were votes cast outside the voting period?",
                codes: &["R310"],
                claims: &["votes.period", "ballots.reopened", "procedure.lifecycle"],
            },
            Question {
                text: "Is any step of the lifecycle missing or out of order?",
                codes: &["P705"],
                claims: &["procedure.lifecycle"],
            },
            REMOVED,
        ],
    },
    Scenario {
        id: "audit-trail-intact",
        title: "Is the audit trail intact?",
        questions: &[
            LOG,
            Question {
                text: "Does every vote have its entry, and every entry its vote?",
                codes: &["R301", "R302"],
                claims: &["votes.accounted", "ballots.accounted"],
            },
            Question {
                text: "Are attestations missing or wrong?",
                codes: &["E601", "E602", "E603", "E604"],
                claims: &["events.attested", "certificate.signature"],
            },
        ],
    },
    Scenario {
        id: "secrecy",
        title: "Can anybody find out who voted how?",
        questions: &[
            Question {
                text: "Does a link between voters and votes still exist?",
                codes: &["P703", "P704"],
                claims: &["secrecy.link"],
            },
            Question {
                text: "Can ballots be recognised by what stands on them, or by order or time?",
                codes: &["P709", "P710"],
                claims: &["secrecy.link"],
            },
        ],
    },
];

/// What a step came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// A finding says so.
    Yes,
    /// Every claim that would show it holds.
    No,
    /// Something needed is missing.
    CannotTell,
}

impl Answer {
    /// The word for people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::CannotTell => "cannot tell",
        }
    }
}

/// One step with its answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// The question.
    pub question: String,
    /// The answer.
    pub answer: Answer,
    /// The answer in a sentence.
    pub sentence: String,
    /// Codes of the findings that it rests on.
    pub findings: Vec<String>,
    /// Rows that they name; the first twenty.
    pub evidence: Vec<String>,
    /// Claims that it rests on.
    pub claims: Vec<String>,
}

/// A suspicion that was looked into.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Inquiry {
    /// Stable id.
    pub id: String,
    /// What was asked.
    pub title: String,
    /// Steps in order.
    pub steps: Vec<Step>,
    /// All of it in one sentence.
    pub sentence: String,
    /// Who ran reports and checks on the election, in a sentence.
    pub who_looked: String,
    /// What the source could not have logged, sentences.
    pub not_logged: Vec<String>,
}

/// Member of a claim's detail: how many ballots it takes to find what the claim denies, where there are fewer.
pub const BALLOTS_NEEDED: &str = "ballots_needed";

/// Rows of a step that are named.
const NAMED: usize = 20;

/// Looks into every suspicion about an election.
pub fn investigate(report: &AuditReport, election: &ElectionReport) -> Vec<Inquiry> {
    let findings: Vec<&ReportedFinding> = election.findings.iter().chain(&report.findings).collect();
    SCENARIOS
        .iter()
        .map(|scenario| {
            let steps: Vec<Step> =
                scenario.questions.iter().map(|question| step(question, report, election, &findings)).collect();
            Inquiry {
                id: scenario.id.to_owned(),
                title: scenario.title.to_owned(),
                sentence: whole(&steps),
                who_looked: who_looked(&findings),
                not_logged: not_logged(&election.system).iter().map(|text| (*text).to_owned()).collect(),
                steps,
            }
        })
        .collect()
}

fn step(question: &Question, report: &AuditReport, election: &ElectionReport, findings: &[&ReportedFinding]) -> Step {
    let telling: Vec<&&ReportedFinding> =
        findings.iter().filter(|finding| question.codes.contains(&finding.code.as_str())).collect();
    let claims: Vec<&Claim> =
        election.claims.iter().filter(|claim| question.claims.contains(&claim.id.as_str())).collect();
    let mut named: Vec<String> = Vec::new();
    for subject in telling.iter().flat_map(|finding| &finding.subjects) {
        if named.len() < NAMED && !named.contains(subject) {
            named.push(subject.clone());
        }
    }
    let (answer, sentence) = if telling.is_empty() {
        without_finding(question, report, &claims)
    } else {
        let told: Vec<String> = telling
            .iter()
            .map(|finding| format!("{} ({}, {})", finding.title, finding.code, rows(finding.count)))
            .collect();
        (Answer::Yes, format!("Yes. {}.", told.join("; ")))
    };
    let mut codes: Vec<String> = telling.iter().map(|finding| finding.code.clone()).collect();
    codes.dedup();
    Step {
        question: question.text.to_owned(),
        answer,
        sentence,
        findings: codes,
        evidence: named,
        claims: claims.iter().map(|claim| claim.id.clone()).collect(),
    }
}

fn rows(count: u64) -> String {
    if count == 1 { "1 row".to_owned() } else { format!("{count} rows") }
}

fn without_finding(question: &Question, report: &AuditReport, claims: &[&Claim]) -> (Answer, String) {
    // The log of an installation is judged beside its elections.
    let is_log = question.claims.contains(&"audit.chain");
    if is_log && claims.is_empty() {
        return match &report.audit_chain {
            Some(chain) if chain.verified => {
                (Answer::No, format!("No. All {} entries of the audit log fit together.", chain.total_checked))
            }
            Some(_) => (Answer::Yes, "Yes. The chain of the audit log does not hold.".to_owned()),
            None => (Answer::CannotTell, "Cannot tell: the export holds no audit log that can be checked.".to_owned()),
        };
    }
    let open: Vec<&&Claim> = claims.iter().filter(|claim| claim.verdict == Verdict::CannotTell).collect();
    let held: Vec<&&Claim> =
        claims.iter().filter(|claim| matches!(claim.verdict, Verdict::Proved | Verdict::Consistent)).collect();
    if held.is_empty() || !open.is_empty() {
        let why: Vec<&str> = open.iter().map(|claim| claim.assumption.trim_end_matches('.')).collect();
        let why =
            if why.is_empty() { "this export holds nothing that could show it".to_owned() } else { why.join("; ") };
        return (Answer::CannotTell, format!("Cannot tell: {why}."));
    }
    if let Some(needed) = held.iter().find_map(|claim| claim.detail[BALLOTS_NEEDED].as_u64()) {
        let why = format!("Cannot tell: nothing was found, but fewer than {needed} ballots are too few to find it.");
        return (Answer::CannotTell, why);
    }
    let checked: u64 = held.iter().map(|claim| claim.checked).max().unwrap_or(0);
    let strength = if held.iter().all(|claim| claim.verdict == Verdict::Proved) {
        "proved"
    } else {
        "consistent, without a keyed proof"
    };
    (Answer::No, format!("No. Nothing of the kind was found in {} that were checked ({strength}).", rows(checked)))
}

/// All steps in one sentence.
fn whole(steps: &[Step]) -> String {
    let of = |answer: Answer| steps.iter().filter(|step| step.answer == answer).count();
    match (of(Answer::Yes), of(Answer::CannotTell)) {
        (0, 0) => "Nothing in this export supports it.".to_owned(),
        (0, open) => format!("Nothing found supports it, but {open} of {} questions cannot be answered.", steps.len()),
        (yes, 0) => format!("{yes} of {} questions are answered with yes.", steps.len()),
        (yes, open) => {
            format!("{yes} of {} questions are answered with yes, {open} cannot be answered.", steps.len())
        }
    }
}

fn who_looked(findings: &[&ReportedFinding]) -> String {
    let looked: Vec<&str> =
        findings.iter().filter(|finding| finding.code == "P707").map(|finding| finding.detail.as_str()).collect();
    if looked.is_empty() {
        "The export tells of nobody who ran reports or checks on this election.".to_owned()
    } else {
        looked.join(" ")
    }
}

/// What a source could not have logged, whatever happened.
fn not_logged(system: &str) -> &'static [&'static str] {
    const EVERYWHERE: &str = "A person who voted with another person's credential: for the system that is the voter.";
    match system {
        "logbook" => &[
            "Who reads or writes the database directly leaves no entry; only signatures, chains and missing entries can show it.",
            "Whoever has the signing keys can write votes and entries that pass every check.",
            "Who opened the database to link voters and votes while the salt still existed leaves no trace.",
            EVERYWHERE,
        ],
        "astra" => &[
            "Reading the database, where voters and ballots can be linked while the election is open, is not logged.",
            "What operators changed before the first publication and before the first attestation shows nowhere.",
            "Ballots that never reached the server are in no chain; only the voter's receipt can show one that is absent.",
            EVERYWHERE,
        ],
        "electra" => &[
            "Entries that were cut off from the end of the log leave a shorter log that is valid in itself.",
            "Votes are sealed: without the decryption key of the election nothing tells what they say.",
            "Whoever has the signing keys can write entries and tokens that pass every check.",
            EVERYWHERE,
        ],
        "scrutineer" => &[
            "Who looked at the screen or at the letters in the room is not logged.",
            "Whoever has the passphrase of the case and changes the program can write ballots that pass every check; only receipts and the paper can show it.",
            "In a secret election the times of ballots are kept by the hour only, on purpose.",
            EVERYWHERE,
        ],
        _ => &[EVERYWHERE],
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::finding::{Finding, FindingCode};
    use crate::report::ProgramName;

    fn claim(id: &str, verdict: Verdict) -> Claim {
        Claim {
            id: id.to_owned(),
            title: id.to_owned(),
            verdict,
            checked: 45,
            failed: 0,
            assumption: "The key is missing.".to_owned(),
            detail: Value::Null,
        }
    }

    fn report(claims: Vec<Claim>, codes: &[FindingCode]) -> AuditReport {
        let findings = codes.iter().map(|code| {
            let finding = Finding::new(*code, "It is so.").about("vote:1".to_owned(), None);
            ReportedFinding::from_finding(finding, |_| String::new())
        });
        AuditReport {
            schema: String::new(),
            program: ProgramName::default(),
            inputs: Vec::new(),
            elections: vec![ElectionReport {
                election_id: "1".to_owned(),
                title: String::new(),
                system: "logbook".to_owned(),
                verdict: Verdict::CannotTell,
                claims,
                vote_integrity: None,
                ballot_chain: None,
                tally: None,
                findings: findings.collect(),
                sentence: String::new(),
                exhibit: Value::Null,
                tables: Vec::new(),
            }],
            audit_chain: None,
            findings: Vec::new(),
        }
    }

    fn answer(report: &AuditReport, scenario: &str, question: &str) -> (Answer, String) {
        let inquiries = investigate(report, &report.elections[0]);
        let inquiry = inquiries.iter().find(|inquiry| inquiry.id == scenario).expect("the scenario");
        let step = inquiry.steps.iter().find(|step| step.question.contains(question)).expect("the question");
        (step.answer, step.sentence.clone())
    }

    #[test]
    fn a_finding_says_yes_a_held_claim_no_and_an_open_one_nothing() {
        let found = report(vec![claim("votes.signatures", Verdict::Contradicted)], &[FindingCode::SignatureMismatch]);
        let (told, sentence) = answer(&found, "administrator-manipulated", "altered");
        assert_eq!(told, Answer::Yes);
        assert!(sentence.contains("S101, 1 row"), "{sentence}");
        let held = report(vec![claim("votes.signatures", Verdict::Proved)], &[]);
        let (told, sentence) = answer(&held, "administrator-manipulated", "altered");
        assert_eq!((told, sentence.contains("45 rows that were checked (proved)")), (Answer::No, true), "{sentence}");
        let open = report(vec![claim("votes.signatures", Verdict::CannotTell)], &[]);
        let (told, sentence) = answer(&open, "administrator-manipulated", "altered");
        assert_eq!((told, sentence.as_str()), (Answer::CannotTell, "Cannot tell: The key is missing."));
        let few = Claim { detail: json!({BALLOTS_NEEDED: 100}), ..claim("votes.patterns", Verdict::Consistent) };
        let (told, sentence) = answer(&report(vec![few], &[]), "voted-twice", "one address");
        assert_eq!((told, sentence.contains("fewer than 100 ballots")), (Answer::CannotTell, true), "{sentence}");
        let nothing = report(Vec::new(), &[]);
        assert_eq!(answer(&nothing, "administrator-manipulated", "altered").0, Answer::CannotTell);
    }

    #[test]
    fn every_code_that_is_asked_for_exists() {
        let known: Vec<&str> = FindingCode::ALL.iter().map(|code| code.code()).collect();
        for question in SCENARIOS.iter().flat_map(|scenario| scenario.questions) {
            for code in question.codes {
                assert!(known.contains(code), "{code}");
            }
        }
    }
}
