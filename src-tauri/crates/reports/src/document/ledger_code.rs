//! The ledger head as a code on the cover: which record a report was made from, for a reader with a scanner.

use super::{Document, QrBlock, Span};
use crate::{Correction, QrCode};

/// Side of the code in millimetres on a page of its own.
const SIDE_MM: f32 = 28.0;
/// Side of the code in millimetres where the content begins below it.
const SMALL_SIDE_MM: f32 = 20.0;

impl Document {
    /// Puts the number and the hash (hex) of a ledger entry on the cover as a code, `scrutineer ledger NUMBER HASH`, or none where
    /// the hash is empty, and stamps the footer id.
    pub fn carry_ledger_head(&mut self, number: i64, hash: &str) {
        let text = format!("scrutineer ledger {number} {hash}");
        let code = if hash.is_empty() { None } else { QrCode::encode(text.as_bytes(), Correction::Q) };
        self.code = code.map(|code| QrBlock {
            code,
            side_mm: if self.cover.is_own_page { SIDE_MM } else { SMALL_SIDE_MM },
            beside: vec![
                Span::strong(format!("Ledger head: entry {number}")),
                Span::plain(
                    "\nThe ledger is the record of everything that was done in the case, each entry sealed by the hash of the one \
                     before. The code holds the number and the hash of the entry up to which this report tells. If the case \
                     shows another hash under this number, the report was made from another record.",
                ),
            ],
        });
        self.stamp_footer_id();
    }
}

#[cfg(test)]
mod tests {
    use crate::{Cover, Document, Tone};

    #[test]
    fn the_code_says_number_and_hash_and_changes_the_footer_id() {
        let cover = Cover {
            title: "Board election".to_owned(),
            verdict: "Nothing was found.".to_owned(),
            verdict_word: "consistent".to_owned(),
            tone: Tone::Info,
            facts: Vec::new(),
            is_own_page: true,
        };
        let mut document = Document::new("Report", cover);
        document.stamp_footer_id();
        let before = document.footer_id.clone();
        let hash = "0123456789abcdef".repeat(4);
        document.carry_ledger_head(17, &hash);
        let code = document.code.as_ref().unwrap();
        assert_eq!(code.code.payload(), format!("scrutineer ledger 17 {hash}").as_bytes());
        assert_ne!(document.footer_id, before);
        assert!(document.to_text().contains(&format!("qr code of 28 mm: scrutineer ledger 17 {hash}")));
    }
}
