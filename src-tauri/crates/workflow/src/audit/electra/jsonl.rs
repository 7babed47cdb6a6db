//! The second log: one signed JSON object a line, without any link between lines. A line can be judged; that lines were
//! taken out or moved cannot be seen, and `signed_at` is covered by nothing.

use domain::finding::LISTED_ROWS;
use domain::{Finding, FindingCode, Place};
use importers::electra::rows::Line;
use importers::electra::{rules, tables};
use rayon::prelude::*;
use store::Reader;
use verification::PssHash;

use super::keys::{Keys, Signed, hex_bytes};
use crate::Error;

/// What the second log showed.
pub(crate) struct Lines {
    pub(crate) count: u64,
    /// Lines whose signature fits.
    pub(crate) valid: u64,
    pub(crate) findings: Vec<Finding>,
    /// Elections that lines speak of.
    pub(crate) elections: Vec<String>,
    /// Lines that name the voter beside the mark that is meant to hide them.
    pub(crate) named_voters: u64,
}

fn subject(line: &Line) -> String {
    format!("audit:{}", line.id)
}

/// Checks every line.
pub(crate) fn check(reader: &Reader, keys: &Keys) -> Result<Lines, Error> {
    let lines: Vec<Line> = reader.rows(tables::AUDIT_JSONL)?.iter().map(Line::from_row).collect();
    let checked: Vec<(bool, Signed)> = lines
        .par_iter()
        .map(|line| {
            let (hashed, signed) = rules::line_texts(line);
            let fits = rules::sha256_hex(hashed.as_bytes()) == line.content_hash;
            let signature = if line.signature.is_empty() {
                Signed::Unsigned
            } else {
                let bytes = hex_bytes(&line.signature);
                keys.check(PssHash::Sha256, bytes.as_deref(), |opened| opened.fits(signed.as_bytes()))
            };
            (fits, signature)
        })
        .collect();
    let mut findings = Vec::new();
    let is_checked = |signed: &Signed| signed.is_valid() || signed.is_bad();
    let lacks_key = checked.iter().any(|(_, signed)| is_checked(signed))
        && checked.iter().all(|(_, signed)| !is_checked(signed) || *signed == Signed::Foreign);
    let mut unfit = Finding::new(
        FindingCode::HashMismatch,
        "Lines of the second log whose content does not give their hash: they were altered after they were written.",
    );
    let mut bad = Finding::new(
        FindingCode::DocumentSignatureMismatch,
        "Lines of the second log whose signature does not fit: they were altered after signing, or written without the key.",
    );
    let mut unsigned =
        Finding::new(FindingCode::DocumentSignatureMismatch, "Lines of the second log without a signature.");
    for (line, (fits, signed)) in lines.iter().zip(&checked) {
        let about = |finding: &mut Finding| finding.add(subject(line), Some(line.place));
        if !fits {
            about(&mut unfit);
        }
        if signed.is_bad() && !lacks_key {
            about(&mut bad);
        }
        if *signed == Signed::Unsigned {
            about(&mut unsigned);
        }
    }
    findings.extend([unfit, bad, unsigned].into_iter().filter(|finding| !finding.is_empty()));
    let is_unchecked = checked.iter().any(|(_, signed)| *signed == Signed::Unchecked);
    if is_unchecked || lacks_key {
        let text = if is_unchecked {
            "The second log is signed with a key of its own (audit_public.pem); give its public key to check the lines."
        } else {
            "No line of the second log was signed with a key that was given. It has a key of its own (audit_public.pem), apart \
             from that of the audit chain."
        };
        let mut finding = Finding::new(FindingCode::KeyMissing, text);
        for line in lines.iter().take(LISTED_ROWS) {
            finding.add(subject(line), Some(line.place));
        }
        findings.push(finding);
    }
    findings.extend(turned(&lines));
    let named_voters = lines.iter().filter(|line| line.event_type == "vote_cast" && line.user_id.is_some()).count();
    Ok(Lines {
        count: u64::try_from(lines.len()).unwrap_or(u64::MAX),
        valid: checked.iter().filter(|(_, signed)| signed.is_valid()).map(|_| 1).sum(),
        findings,
        elections: lines.iter().filter_map(|line| line.election_id.clone()).collect(),
        named_voters: u64::try_from(named_voters).unwrap_or(u64::MAX),
    })
}

/// R312: lines of one file whose times run backwards, which is all that shows where lines were moved.
fn turned(lines: &[Line]) -> Option<Finding> {
    let mut in_order: Vec<&Line> = lines.iter().collect();
    in_order.sort_by_key(|line| -> Place { line.place });
    let mut finding = Finding::new(
        FindingCode::OrderDiffers,
        "Lines of the second log whose time is earlier than that of the line before. Lines are not linked, so their order \
         rests on these times alone.",
    );
    for pair in in_order.windows(2) {
        if pair[0].place.file == pair[1].place.file
            && let [Some(before), Some(here)] = [pair[0].timestamp.instant, pair[1].timestamp.instant]
            && here < before
        {
            finding.add(subject(pair[1]), Some(pair[1].place));
        }
    }
    (!finding.is_empty()).then_some(finding)
}
