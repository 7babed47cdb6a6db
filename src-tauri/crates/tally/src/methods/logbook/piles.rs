//! Which ballots lie with whom under The Logbook's methods: every vote lies whole with one candidate, under approval with
//! everybody chosen.

use domain::contest::{Contest, Mark, MarksAre};

use crate::CannotCount;
use crate::count::{Count, Pile, PileAsked};
use crate::methods::piles::{Piece, Whole, close, page};

/// Piles of a finished count of a contest, in the order asked for. Ballots that choose nobody who stands are no votes for the
/// origin, and lie nowhere.
///
/// # Errors
/// `bad_option` where there is no such round or candidate.
pub fn piles(contest: &Contest, told: &Count, asked: &[PileAsked]) -> Result<Vec<Pile>, CannotCount> {
    let stands = |mark: &&Mark| contest.candidates.get(usize::from(mark.candidate)).is_some_and(|it| !it.withdrawn);
    let open = asked.iter().map(|asked| {
        let round = told.rounds.get(asked.round.wrapping_sub(1))?;
        let continues = |mark: &Mark| matches!(round.votes.get(usize::from(mark.candidate)), Some(Some(_)));
        let is_with = |mark: &Mark| Some(usize::from(mark.candidate)) == asked.holder;
        let mut pieces = Vec::new();
        for (kind, ballot) in contest.ballots.iter().enumerate() {
            let mut standing = ballot.marks.iter().filter(stands).peekable();
            if standing.peek().is_none() {
                continue;
            }
            let (lies, ends) = match (told.rule.name, asked.holder) {
                ("logbook-approval", Some(_)) => (standing.any(is_with), ""),
                ("logbook-approval", None) => (false, ""),
                ("logbook-ranked", holder) => {
                    let with = standing.find(|mark| continues(mark));
                    let ends = if holder.is_none() { "no more choices" } else { "" };
                    (with.map(|mark| usize::from(mark.candidate)) == holder, ends)
                }
                _ => (first(contest, standing).is_some_and(is_with), ""),
            };
            if lies {
                pieces.push(Piece { kind, ends, ballots: ballot.votes, worth: 1 });
            }
        }
        Some(page(&Whole(contest), asked, pieces))
    });
    close(told, asked, open.collect())
}

/// The mark that counts where a ballot has one vote.
fn first<'m>(contest: &Contest, mut standing: impl Iterator<Item = &'m Mark>) -> Option<&'m Mark> {
    match contest.marks_are {
        MarksAre::Scores => standing.max_by_key(|mark| mark.value),
        MarksAre::Ranks | MarksAre::Choices => standing.next(),
    }
}
