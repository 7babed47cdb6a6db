//! Rows handed out in blocks of numbers to all threads, and what they make of them back in order.

use domain::Job;
use rayon::prelude::*;
use store::Reader;

use crate::Error;

/// Rows of a block.
const BLOCK: i64 = 16_384;
/// Blocks in work at a time, for each thread.
const WAVE: usize = 16;

/// Hands the rows up to a number out in blocks to all threads, and what they make of them back in order.
pub(crate) fn in_blocks<P: Send>(
    reader: &Reader,
    last: i64,
    job: &dyn Job,
    look: impl Fn(&Reader, (i64, i64)) -> Result<P, Error> + Sync,
    take: impl FnMut(P),
) -> Result<(), Error> {
    in_blocks_of(reader, (0, last), job, look, take)
}

/// [`in_blocks`] for the rows with numbers in a range.
pub(crate) fn in_blocks_of<P: Send>(
    reader: &Reader,
    (after, last): (i64, i64),
    job: &dyn Job,
    look: impl Fn(&Reader, (i64, i64)) -> Result<P, Error> + Sync,
    mut take: impl FnMut(P),
) -> Result<(), Error> {
    let readers = reader.others();
    let wave = WAVE * rayon::current_num_threads().max(1);
    let starts: Vec<i64> = (after..last).step_by(usize::try_from(BLOCK).unwrap_or(1)).collect();
    for starts in starts.chunks(wave) {
        let parts: Vec<P> = starts
            .par_iter()
            .map(|start| {
                let end = (start + BLOCK).min(last);
                let part = readers.lend(|reader| look(reader, (*start, end)))?;
                job.advance(u64::try_from(end - start).unwrap_or(0));
                Ok(part)
            })
            .collect::<Result<_, Error>>()?;
        if job.is_cancelled() {
            return Err(Error::Cancelled);
        }
        parts.into_iter().for_each(&mut take);
    }
    Ok(())
}
