//! Grouping with bounded memory: slips of equal key come together, however many there are.
//!
//! Slips are dealt onto piles by their key. A pile keeps a small buffer; what does not fit goes to a temporary file without
//! a name, which the system removes when the program ends. Each pile is then sorted on its own, so memory holds one pile
//! for each thread, not the whole.

use std::fs::File;
use std::hash::{BuildHasher, RandomState};
use std::io::{self, Write};
use std::sync::Mutex;

use rayon::prelude::*;

/// What is grouped: a key, where it came from, and what the caller wants to know of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Slip {
    /// What is compared.
    pub key: u128,
    /// Which kind of slip; slips of a group come in this order.
    pub kind: u32,
    /// Second order within a group.
    pub order: i64,
    /// Number of the row.
    pub number: i64,
    /// Time in seconds.
    pub time: i64,
    /// The caller's own: election, contest, candidate and the like.
    pub marks: [u32; 4],
    /// The caller's own.
    pub flags: u32,
    /// The caller's own.
    pub tag: u64,
}

const BYTES: usize = 72;

impl Slip {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.key.to_le_bytes());
        out.extend_from_slice(&self.kind.to_le_bytes());
        for value in [self.order, self.number, self.time] {
            out.extend_from_slice(&value.to_le_bytes());
        }
        for value in self.marks {
            out.extend_from_slice(&value.to_le_bytes());
        }
        out.extend_from_slice(&self.flags.to_le_bytes());
        out.extend_from_slice(&self.tag.to_le_bytes());
    }

    fn read(bytes: &[u8]) -> Self {
        let mut at = 0;
        fn take<const N: usize>(bytes: &[u8], at: &mut usize) -> [u8; N] {
            let mut piece = [0u8; N];
            piece.copy_from_slice(&bytes[*at..*at + N]);
            *at += N;
            piece
        }
        let at = &mut at;
        Self {
            key: u128::from_le_bytes(take(bytes, at)),
            kind: u32::from_le_bytes(take(bytes, at)),
            order: i64::from_le_bytes(take(bytes, at)),
            number: i64::from_le_bytes(take(bytes, at)),
            time: i64::from_le_bytes(take(bytes, at)),
            marks: [(); 4].map(|()| u32::from_le_bytes(take(bytes, at))),
            flags: u32::from_le_bytes(take(bytes, at)),
            tag: u64::from_le_bytes(take(bytes, at)),
        }
    }
}

/// Piles; a power of two.
const PILES: usize = 256;
/// Bytes that a pile holds before they go to the file: a whole number of slips.
const PAGE: usize = BYTES * 216;

/// The piles of one kind of question.
pub struct Piles {
    piles: Vec<Mutex<Pile>>,
    file: Mutex<Option<Spill>>,
}

#[derive(Default)]
struct Pile {
    buffer: Vec<u8>,
    /// Pages in the file.
    pages: Vec<u64>,
}

struct Spill {
    file: File,
    pages: u64,
}

impl Default for Piles {
    fn default() -> Self {
        Self { piles: (0..PILES).map(|_| Mutex::default()).collect(), file: Mutex::new(None) }
    }
}

fn poisoned() -> io::Error {
    io::Error::other("another thread failed while it held the pile")
}

impl Piles {
    /// Puts slips onto their piles.
    ///
    /// # Errors
    /// The temporary file's.
    pub fn add(&self, slips: &[Slip]) -> io::Result<()> {
        for slip in slips {
            let mixed = (slip.key ^ (slip.key >> 64)).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
            let index = usize::try_from(mixed & (PILES as u128 - 1)).unwrap_or(0);
            let mut pile = self.piles[index].lock().map_err(|_| poisoned())?;
            slip.write(&mut pile.buffer);
            if pile.buffer.len() >= PAGE {
                let page = self.spill(&pile.buffer)?;
                pile.pages.push(page);
                pile.buffer.clear();
            }
        }
        Ok(())
    }

    fn spill(&self, bytes: &[u8]) -> io::Result<u64> {
        let mut guard = self.file.lock().map_err(|_| poisoned())?;
        let spill = match guard.take() {
            Some(spill) => guard.insert(spill),
            None => guard.insert(Spill { file: tempfile::tempfile()?, pages: 0 }),
        };
        // Reading moves the file's position, but only after the last page is written.
        spill.file.write_all(bytes)?;
        spill.pages += 1;
        Ok(spill.pages - 1)
    }

    fn pile(&self, index: usize) -> io::Result<Vec<Slip>> {
        let pile = self.piles[index].lock().map_err(|_| poisoned())?;
        let mut slips: Vec<Slip> = Vec::with_capacity(pile.pages.len() * (PAGE / BYTES) + pile.buffer.len() / BYTES);
        let mut page = vec![0u8; if pile.pages.is_empty() { 0 } else { PAGE }];
        for number in &pile.pages {
            let guard = self.file.lock().map_err(|_| poisoned())?;
            let spill = guard.as_ref().ok_or_else(poisoned)?;
            read_at(&spill.file, &mut page, number * PAGE as u64)?;
            drop(guard);
            slips.extend(page.chunks_exact(BYTES).map(Slip::read));
        }
        slips.extend(pile.buffer.chunks_exact(BYTES).map(Slip::read));
        slips.sort_unstable();
        Ok(slips)
    }

    /// Hands every group of equal keys to `each`, on all threads, with a collector made by `new` for each pile. Answers the
    /// collectors; which groups a collector saw depends on nothing but the keys.
    ///
    /// # Errors
    /// The temporary file's, or what `each` answers.
    pub fn groups<T: Send, E: Send + From<io::Error>>(
        &self,
        new: impl Fn() -> T + Sync,
        each: impl Fn(&mut T, &[Slip]) -> Result<(), E> + Sync,
    ) -> Result<Vec<T>, E> {
        (0..PILES)
            .into_par_iter()
            .map(|index| {
                let slips = self.pile(index)?;
                let mut collector = new();
                for group in slips.chunk_by(|left, right| left.key == right.key) {
                    each(&mut collector, group)?;
                }
                Ok(collector)
            })
            .collect()
    }
}

#[cfg(unix)]
fn read_at(file: &File, bytes: &mut [u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, offset)
}

#[cfg(not(unix))]
fn read_at(mut file: &File, bytes: &mut [u8], offset: u64) -> io::Result<()> {
    use std::io::{Read, Seek, SeekFrom};
    file.seek(SeekFrom::Start(offset))?;
    file.read_exact(bytes)
}

/// Keys for texts, under secrets of this run: nobody can make two texts that share one.
#[derive(Clone, Default)]
pub struct Fingerprints {
    left: RandomState,
    right: RandomState,
}

impl Fingerprints {
    /// The key of a list of texts.
    pub fn of(&self, texts: &[&str]) -> u128 {
        let half = |state: &RandomState| state.hash_one(texts);
        u128::from(half(&self.left)) << 64 | u128::from(half(&self.right))
    }

    /// A short key of a text; equal ones need an exact look.
    pub fn short(&self, text: &str) -> u64 {
        self.left.hash_one(text)
    }

    /// Half of [`Fingerprints::short`].
    pub fn half(&self, text: &str) -> u32 {
        u32::try_from(self.short(text) >> 32).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_come_together_whether_or_not_they_were_spilled() {
        for count in [10u32, 200_000] {
            let piles = Piles::default();
            let prints = Fingerprints::default();
            let slips: Vec<Slip> = (0..count)
                .map(|number| Slip {
                    key: prints.of(&[&(number % (count / 2)).to_string(), "same"]),
                    kind: 1 - number / (count / 2),
                    number: i64::from(number),
                    marks: [number, 2, 3, 4],
                    tag: u64::MAX,
                    ..Slip::default()
                })
                .collect();
            for part in slips.chunks(777) {
                piles.add(part).expect("room");
            }
            for _ in 0..2 {
                let found = piles
                    .groups(Vec::new, |pairs: &mut Vec<(i64, i64)>, group| {
                        assert_eq!(group.len(), 2);
                        assert_eq!((group[0].kind, group[1].kind), (0, 1), "in order of kind");
                        assert_eq!(group[0].marks, [u32::try_from(group[0].number).expect("small"), 2, 3, 4]);
                        pairs.push((group[0].number, group[1].number));
                        Ok::<(), io::Error>(())
                    })
                    .expect("read");
                let mut pairs: Vec<_> = found.into_iter().flatten().collect();
                pairs.sort_unstable();
                assert_eq!(pairs.len(), usize::try_from(count / 2).expect("small"));
                let half = i64::from(count / 2);
                assert!(pairs.iter().all(|(first, second)| first - second == half), "{:?}", &pairs[..3]);
            }
        }
    }

    #[test]
    fn lists_of_texts_do_not_run_together() {
        let prints = Fingerprints::default();
        assert_ne!(prints.of(&["ab", "c"]), prints.of(&["a", "bc"]));
        assert_eq!(prints.of(&["ab", "c"]), prints.of(&["ab", "c"]));
    }
}
