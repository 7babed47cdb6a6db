//! Notes of a count on where ballots lie, taken only where somebody asks for piles: what those elected keep of ballots that
//! pass on, and ballots that reach nobody any more. Bundles on a pile need no note.

use super::arithmetic::Arithmetic;
use super::board::Board;
use super::papers::{Papers, Why};
use crate::count::PileAsked;
use crate::methods::piles::exact::Exact;
use crate::methods::piles::{Open, Piece, Showing, page};

/// Ballots, or parts of them, that lie somewhere.
#[derive(Clone, Debug)]
pub(crate) struct Slip<V> {
    /// With whom; `None` for nobody.
    pub(crate) holder: Option<usize>,
    /// Place in [`Papers::list`], and behind its end in [`Papers::shared`].
    pub(crate) paper: usize,
    pub(crate) ballots: u64,
    /// What of each of them lies here.
    pub(crate) worth: V,
}

/// What was asked for, and what is known so far.
#[derive(Debug)]
pub(crate) struct Notes<V> {
    asked: Vec<PileAsked>,
    open: Vec<Option<Open>>,
    slips: Vec<Slip<V>>,
}

/// Rankings and numbers of a board as they are shown.
struct OfBoard<'b, 'a, A: Arithmetic> {
    math: &'a A,
    papers: &'b Papers,
}

impl<A: Arithmetic> Showing for OfBoard<'_, '_, A> {
    type Value = A::Value;

    fn times(&self, value: &A::Value, ballots: u64) -> A::Value {
        self.math.times(value, ballots)
    }

    fn exact(&self, value: &A::Value) -> Exact {
        Exact::new(self.math.shown(value), self.math.places())
    }

    fn ranking(&self, kind: usize) -> Vec<Vec<usize>> {
        let list = self.papers.list();
        let places = |candidates: &[u16]| candidates.iter().copied().map(usize::from).collect();
        match list.get(kind) {
            Some(paper) => self.papers.prefs(paper).iter().map(|&candidate| vec![usize::from(candidate)]).collect(),
            None => self
                .papers
                .shared
                .get(kind - list.len())
                .map_or_else(Vec::new, |(_, ranks)| ranks.iter().map(|rank| places(rank)).collect()),
        }
    }
}

impl<A: Arithmetic> Board<'_, A> {
    /// Asks for piles.
    pub(crate) fn ask(&mut self, asked: &[PileAsked]) {
        if !asked.is_empty() {
            self.notes = Some(Notes { asked: asked.to_vec(), open: vec![None; asked.len()], slips: Vec::new() });
        }
    }

    /// Whose piles are wanted of the round that opens next.
    pub(crate) fn wanted(&self) -> Vec<Option<usize>> {
        let next = self.round_number() as usize + 1;
        let asked = self.notes.iter().flat_map(|notes| &notes.asked);
        asked.filter(|asked| asked.round == next).map(|asked| asked.holder).collect()
    }

    /// Notes where ballots lie that are on no pile of the board.
    pub(crate) fn note(&mut self, slip: Slip<A::Value>) {
        if let Some(notes) = &mut self.notes {
            notes.slips.push(slip);
        }
    }

    /// Notes where all ballots lie, in the place of what was noted before.
    pub(crate) fn note_all(&mut self, slips: Vec<Slip<A::Value>>) {
        if let Some(notes) = &mut self.notes {
            notes.slips = slips;
        }
    }

    /// Looks at the piles that are wanted of the round that opens now.
    pub(crate) fn look_at_piles(&mut self) {
        let next = self.round_number() as usize + 1;
        let Some(mut notes) = self.notes.take() else { return };
        for (asked, open) in notes.asked.iter().zip(&mut notes.open) {
            if asked.round == next {
                let showing = OfBoard { math: self.math, papers: self.papers };
                *open = Some(page(&showing, asked, self.pieces(&notes.slips, asked.holder)));
            }
        }
        self.notes = Some(notes);
    }

    /// What lies with a holder.
    fn pieces(&self, slips: &[Slip<A::Value>], holder: Option<usize>) -> Vec<Piece<A::Value>> {
        let list = self.papers.list();
        let then = |paper: usize| list.get(paper).map_or(Why::NoMoreChoices, |paper| paper.then);
        let ends = |paper: usize| match then(paper) {
            Why::NoMoreChoices if holder.is_some() => "",
            why => why.word(),
        };
        let mut pieces: Vec<Piece<A::Value>> = Vec::new();
        if let Some(pile) = holder.and_then(|holder| self.piles.get(holder)) {
            pieces.extend(pile.iter().map(|bundle| {
                let kind = bundle.paper as usize;
                Piece { kind, ends: ends(kind), ballots: bundle.ballots, worth: bundle.worth.clone() }
            }));
        }
        pieces.extend(slips.iter().filter(|slip| slip.holder == holder).map(|slip| {
            let ends = ends(slip.paper);
            Piece { kind: slip.paper, ends, ballots: slip.ballots, worth: slip.worth.clone() }
        }));
        if holder.is_none() && self.papers.blank > 0 {
            // Ballots without a preference have no place in the list.
            let (kind, ends) = (list.len() + self.papers.shared.len(), Why::NothingValid.word());
            pieces.push(Piece { kind, ends, ballots: self.papers.blank, worth: self.math.whole(1) });
        }
        pieces
    }

    /// What was found, in the order in which it was asked for.
    pub(crate) fn take_notes(&mut self) -> Vec<Option<Open>> {
        self.notes.take().map(|notes| notes.open).unwrap_or_default()
    }
}
