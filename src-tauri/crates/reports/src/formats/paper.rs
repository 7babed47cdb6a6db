//! The paper that this process prints on: one choice for all that it prints, made before the first page.
//!
//! It is no part of a document, which says nothing of pages but for slips; the person at the printer knows it.

use std::sync::OnceLock;

use crate::Paper;

static CHOSEN: OnceLock<Paper> = OnceLock::new();

/// Chooses the whole sheet that everything is printed on from now on, A4 or Letter. The first choice of a process holds.
pub fn print_on(paper: Paper) {
    let _ = CHOSEN.set(paper);
}

/// What was chosen; A4 where nobody chose.
pub(super) fn chosen() -> Paper {
    CHOSEN.get().copied().unwrap_or_default()
}
