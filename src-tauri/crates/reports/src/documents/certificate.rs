//! The certificate of a result: what two people put their names under, and what their names stand for.

use domain::PROGRAM_VERSION;

use crate::document::{Block, Cover, Document, QrBlock, Span, Tone};
use crate::{Correction, QrCode};

/// Side of the code in millimetres; 64 letters want a larger one than a credential.
const CODE_MM: f32 = 34.0;

/// A person who signs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Signer {
    /// Name.
    pub name: String,
    /// Role, in the words of the organization or the program.
    pub role: String,
}

/// A certified result. Texts are ready to print, digests are lower-case hex.
#[derive(Clone, Debug, Default)]
pub struct Certificate {
    /// Title of the election.
    pub election: String,
    /// Id of the election.
    pub election_id: String,
    /// When it was certified, with its zone.
    pub certified_at: String,
    /// Who signs; at least two.
    pub signers: Vec<Signer>,
    /// The outcome of each contest: title, one sentence.
    pub outcomes: Vec<(String, String)>,
    /// What a reader must know before the outcome, one sentence each: overridden locks, a reopened window, exclusions.
    pub remarks: Vec<String>,
    /// SHA-256 of the result file.
    pub result_sha256: String,
    /// Hash of the newest ballot.
    pub chain_head: String,
    /// Ballots in the chain.
    pub ballots: u64,
    /// Ballots that count.
    pub ballots_counted: u64,
    /// Who could use the signing key of the election.
    pub key_holders: Vec<String>,
    /// The signature over the certificate file: HMAC-SHA-256 under the election's key; may be empty.
    pub signature: String,
    /// Head of the ledger before the certificate.
    pub ledger_head: String,
}

/// Builds the certificate.
pub fn document(certificate: &Certificate) -> Document {
    let mut document = Document::new("Certificate of the result", cover(certificate));
    let blocks = &mut document.blocks;
    if !certificate.remarks.is_empty() {
        blocks.push(Block::callout(Tone::Major, "To be known before the outcome", certificate.remarks.join("\n")));
    }
    blocks.push(Block::heading(1, "Outcome"));
    blocks.push(Block::KeyValues(certificate.outcomes.clone()));
    blocks.push(Block::heading(1, "What we certify"));
    blocks.push(Block::Bullets(statements(certificate)));
    if let Some(code) = QrCode::encode(certificate.result_sha256.as_bytes(), Correction::Q) {
        let beside = vec![
            Span::strong("SHA-256 of the result file"),
            Span::plain("\n"),
            Span::code(in_fours(&certificate.result_sha256)),
            Span::plain(
                "\nThe code holds the same 64 letters. Whoever has the result file computes its SHA-256, with sha256sum for \
                 instance; if it is another, this certificate is about another result.",
            ),
        ];
        blocks.push(Block::Qr(QrBlock { code, side_mm: CODE_MM, beside }));
    }
    blocks.push(Block::heading(1, "Who could use the signing key"));
    blocks.push(Block::paragraph(
        "Ballots are signed with a key of this election. Whoever can use it could sign other ballots, so the signatures prove \
         something only as far as these people are trusted. The chain of ballots and the receipts of voters do not depend on it.",
    ));
    blocks.push(Block::Bullets(holders(certificate)));
    blocks.push(Block::heading(1, "Signatures"));
    let lines = certificate.signers.iter().map(|signer| {
        let who =
            if signer.role.is_empty() { signer.name.clone() } else { format!("{}, {}", signer.name, signer.role) };
        vec![format!("Signature: {who}"), "Place and date".to_owned()]
    });
    blocks.push(Block::WritingLines(lines.collect()));
    document.stamp_footer_id();
    document
}

fn cover(certificate: &Certificate) -> Cover {
    let names: Vec<&str> = certificate.signers.iter().map(|signer| signer.name.as_str()).collect();
    let verdict = match names.as_slice() {
        [] => "Nobody has certified this result.".to_owned(),
        [one] => format!("{one} certifies this result."),
        [first @ .., last] => format!("{} and {last} certify this result.", first.join(", ")),
    };
    // One name is no certificate; the program asks for two, and the paper says so where it was given less.
    let (verdict_word, tone) = match (names.len(), certificate.remarks.is_empty()) {
        (0 | 1, _) => ("not certified by two", Tone::Critical),
        (_, false) => ("certified with remarks", Tone::Minor),
        (_, true) => ("certified", Tone::Good),
    };
    let mut facts = vec![
        ("Election".to_owned(), certificate.election_id.clone()),
        ("Certified".to_owned(), certificate.certified_at.clone()),
        ("Result (SHA-256)".to_owned(), certificate.result_sha256.clone()),
        ("Newest ballot".to_owned(), certificate.chain_head.clone()),
        ("Ballots".to_owned(), ballots(certificate)),
        ("Signature of the file".to_owned(), certificate.signature.clone()),
        ("Ledger head".to_owned(), certificate.ledger_head.clone()),
        ("Program".to_owned(), format!("scrutineer {PROGRAM_VERSION}")),
    ];
    facts.retain(|(_, value)| !value.is_empty());
    Cover {
        title: certificate.election.clone(),
        verdict,
        verdict_word: verdict_word.to_owned(),
        tone,
        facts,
        is_own_page: false,
    }
}

fn ballots(certificate: &Certificate) -> String {
    format!("{} in the chain, {} of them counted", certificate.ballots, certificate.ballots_counted)
}

fn statements(certificate: &Certificate) -> Vec<Vec<Span>> {
    let mut statements = vec![
        vec![Span::plain(
            "The outcome above is what the rules, which were frozen before the first ballot, make of the ballots that count.",
        )],
        vec![
            Span::plain(format!("{} ballots lie in one chain, whose newest link is ", certificate.ballots)),
            Span::code(short(&certificate.chain_head)),
            Span::plain(
                ". We know of no ballot that was added, changed, moved or taken away outside what the record says.",
            ),
        ],
        vec![Span::plain("The result file with the SHA-256 below is the one that we have seen, and no other.")],
        vec![
            Span::plain("The ledger of the case, whose head was "),
            Span::code(short(&certificate.ledger_head)),
            Span::plain(" before we signed, records every act of this election and who stood behind it."),
        ],
    ];
    if !certificate.remarks.is_empty() {
        statements
            .push(vec![Span::plain("We have read the remarks at the top of this certificate, and sign knowing them.")]);
    }
    statements
}

fn holders(certificate: &Certificate) -> Vec<Vec<Span>> {
    if certificate.key_holders.is_empty() {
        return vec![vec![Span::plain("Not recorded.")]];
    }
    certificate.key_holders.iter().map(|name| vec![Span::plain(name.as_str())]).collect()
}

/// The first letters of a digest, which is printed in full on the first page.
fn short(digest: &str) -> String {
    match digest.get(..16) {
        Some(start) if digest.len() > 16 => format!("{start}…"),
        _ => digest.to_owned(),
    }
}

/// A digest in groups of four letters, eight to a line, to be compared by eye.
pub(super) fn in_fours(digest: &str) -> String {
    let letters: Vec<char> = digest.chars().collect();
    let groups: Vec<String> = letters.chunks(4).map(|group| group.iter().collect()).collect();
    groups.chunks(8).map(|line| line.join(" ")).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documents::tests::keep;

    fn certificate() -> Certificate {
        Certificate {
            election: "Board of the river cooperative 2026".to_owned(),
            election_id: "7f1d2c3b-4a59-4687-9f0e-112233445566".to_owned(),
            certified_at: "10 March 2026, 09:30 (Europe/Vienna)".to_owned(),
            signers: [("Ada Long", "administrator"), ("Bo Short", "witness")]
                .map(|(name, role)| Signer { name: name.to_owned(), role: role.to_owned() })
                .to_vec(),
            outcomes: vec![
                ("Chair".to_owned(), "Cy Broad is elected.".to_owned()),
                ("Auditors".to_owned(), "Nobody is elected: too few took part.".to_owned()),
            ],
            remarks: Vec::new(),
            result_sha256: "0123456789abcdef".repeat(4),
            chain_head: "fedcba9876543210".repeat(4),
            ballots: 152,
            ballots_counted: 150,
            key_holders: vec!["Ada Long".to_owned(), "Di Tall".to_owned()],
            signature: "0f".repeat(32),
            ledger_head: "ab".repeat(32),
        }
    }

    #[test]
    fn two_people_certify_with_their_names() {
        let printed = document(&certificate());
        assert_eq!(printed.cover.verdict, "Ada Long and Bo Short certify this result.");
        assert_eq!((printed.cover.verdict_word.as_str(), printed.cover.tone), ("certified", Tone::Good));
        let text = printed.to_text();
        for part in [
            "Chair: Cy Broad is elected.",
            "Ballots: 152 in the chain, 150 of them counted",
            "152 ballots lie in one chain, whose newest link is `fedcba9876543210…`.",
            "qr code of 34 mm: 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
            "`0123 4567 89ab cdef 0123",
            "- Di Tall",
            "________ Signature: Ada Long, administrator | ________ Place and date",
        ] {
            assert!(text.contains(part), "{part}\n{text}");
        }
        keep("certificate", &printed);
    }

    #[test]
    fn remarks_stand_before_the_outcome_and_one_name_is_not_enough() {
        let remarks = vec!["The lock of an open incident was overridden.".to_owned()];
        let printed = document(&Certificate { remarks, ..certificate() });
        assert_eq!(printed.cover.verdict_word, "certified with remarks");
        let text = printed.to_text();
        assert!(text.find("was overridden") < text.find("Cy Broad"), "{text}");
        assert!(text.contains("sign knowing them"));
        let mut alone = certificate();
        alone.signers.truncate(1);
        assert_eq!(document(&alone).cover.tone, Tone::Critical);
    }
}
