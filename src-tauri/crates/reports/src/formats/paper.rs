//! The paper that this process prints on: one choice for all that it prints, until another is made.
//!
//! It is no part of a document, which says nothing of pages but for slips; the person at the printer knows it.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::Paper;

static IS_LETTER: AtomicBool = AtomicBool::new(false);

/// Chooses the whole sheet that everything is printed on from now on, A4 or Letter.
pub fn print_on(paper: Paper) {
    IS_LETTER.store(paper == Paper::Letter, Ordering::Relaxed);
}

/// What was chosen; A4 where nobody chose.
pub(super) fn chosen() -> Paper {
    if IS_LETTER.load(Ordering::Relaxed) { Paper::Letter } else { Paper::A4 }
}
