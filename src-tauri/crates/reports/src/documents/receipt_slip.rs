//! What a voter takes home from the desk: the receipt code, what it takes to compute it again, and how to look it up later.
//!
//! The slip names neither the voter nor the time nor any choice.

use super::certificate::in_fours;
use crate::document::{Block, Document, Paper, QrBlock, Span};
use crate::{Correction, QrCode};

/// A receipt to be printed. Texts are ready to print, digests are lower-case hex.
#[derive(Clone, Debug, Default)]
pub struct ReceiptSlip {
    /// Title of the election.
    pub election: String,
    /// The receipt code: the hash of the ballot, 64 letters.
    pub code: String,
    /// Random value of the ballot.
    pub nonce: String,
    /// Votes that the ballot stands for.
    pub votes: u64,
    /// Place of the ballot in the chain, from 1.
    pub position: u64,
    /// Chain hash before the ballot.
    pub previous_chain_hash: String,
    /// Chain hash of the ballot.
    pub chain_hash: String,
    /// Whether it took the place of an earlier ballot of the same voter.
    pub replaces: bool,
    /// Where and when the ballots will be published; may be empty.
    pub published: String,
    /// Size of the slip.
    pub paper: Paper,
}

/// Builds the slip: one page.
pub fn document(slip: &ReceiptSlip) -> Document {
    let mut document = Document::handout(format!("Receipt: {}", slip.election), slip.paper, false);
    // A slip is a third of a sheet wide; its code fills less of it than the same code on a sheet.
    let side_mm = match slip.paper {
        Paper::A4 | Paper::Letter => 36.0,
        Paper::A6 => 26.0,
    };
    let mut blocks = vec![Block::heading(2, slip.election.as_str()), Block::paragraph(first_sentence(slip))];
    let beside = vec![Span::strong("Receipt code"), Span::plain("\n"), Span::code(in_fours(&slip.code))];
    match QrCode::encode(slip.code.as_bytes(), Correction::M) {
        Some(code) => blocks.push(Block::Qr(QrBlock { code, side_mm, beside })),
        None => blocks.push(Block::Paragraph(beside)),
    }
    blocks.push(Block::KeyValues(facts(slip)));
    blocks.push(Block::heading(3, "To check later"));
    let published = if slip.published.is_empty() {
        "After the election the ballots are published as a file.".to_owned()
    } else {
        slip.published.clone()
    };
    blocks.push(Block::Bullets(
        [
            format!("{published} Search it for the receipt code: your ballot must be there, at the place above."),
            "If it is not there, or stands elsewhere, show this slip to the committee or to anybody who audits the election."
                .to_owned(),
        ]
        .map(|step| vec![Span::plain(step)])
        .to_vec(),
    ));
    blocks.push(Block::Paragraph(vec![
        Span::strong("Keep it to yourself. "),
        Span::plain(
            "The slip does not show how you voted. But with the nonce and your choices anybody can compute the receipt code \
             again, so it can be proved with it how you voted. Nobody may ask you for that.",
        ),
    ]));
    document.blocks.push(Block::OnePage(blocks));
    document
}

fn first_sentence(slip: &ReceiptSlip) -> String {
    let votes = if slip.votes > 1 { format!(" It stands for {} votes.", slip.votes) } else { String::new() };
    let replaced = if slip.replaces {
        " It takes the place of your earlier ballot, whose receipt stays in the chain too."
    } else {
        ""
    };
    format!("Your ballot was accepted.{votes}{replaced}")
}

fn facts(slip: &ReceiptSlip) -> Vec<(String, String)> {
    vec![
        ("Nonce".to_owned(), slip.nonce.clone()),
        ("Place in the chain".to_owned(), slip.position.to_string()),
        ("Chain before".to_owned(), slip.previous_chain_hash.clone()),
        ("Chain with it".to_owned(), slip.chain_hash.clone()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documents::tests::keep;

    fn slip() -> ReceiptSlip {
        ReceiptSlip {
            election: "Board of the river cooperative 2026".to_owned(),
            code: "0123456789abcdef".repeat(4),
            nonce: "00112233445566778899aabbccddeeff".to_owned(),
            votes: 1,
            position: 117,
            previous_chain_hash: "1a".repeat(32),
            chain_hash: "2b".repeat(32),
            ..ReceiptSlip::default()
        }
    }

    #[test]
    fn a_slip_holds_what_is_needed_to_look_the_ballot_up() {
        let text = document(&slip()).to_text();
        let digits = "0123 4567 89ab cdef 0123 4567 89ab cdef";
        assert!(
            text.starts_with(&format!(
                "title: Receipt: Board of the river cooperative 2026\nsubtitle: \nlanguage: en\npaper: A4\n\n---- one page\n\
                 ### Board of the river cooperative 2026\nYour ballot was accepted.\nqr code of 36 mm: {}\n\
                 *Receipt code*\n`{digits}\n{digits}`\n\
                 Nonce: 00112233445566778899aabbccddeeff\nPlace in the chain: 117\nChain before: {}\nChain with it: {}\n",
                "0123456789abcdef".repeat(4),
                "1a".repeat(32),
                "2b".repeat(32)
            )),
            "{text}"
        );
        assert!(text.contains("does not show how you voted"));
    }

    #[test]
    fn votes_and_replaced_ballots_are_told() {
        let text = document(&ReceiptSlip { votes: 3, replaces: true, ..slip() }).to_text();
        assert!(text.contains("It stands for 3 votes. It takes the place of your earlier ballot"), "{text}");
    }

    #[test]
    fn a_slip_is_one_page_on_either_paper() {
        for (name, paper) in [("receipt-a4", Paper::A4), ("receipt-a6", Paper::A6)] {
            let election = "Election of the board, the auditors and the delegates to the federation ".repeat(2);
            let slip = ReceiptSlip { paper, election, votes: 3, replaces: true, ..slip() };
            let pdf = keep(name, &document(&slip));
            assert_eq!(lopdf::Document::load_mem(&pdf).unwrap().get_pages().len(), 1, "{name}");
        }
    }
}
