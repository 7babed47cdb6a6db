//! A set of places in a long table, one bit a row: ten million rows take 1.25 MB, and the k-th member is found by counting.

/// Rows that one running count covers.
const BLOCK: u64 = 4096;
const WORDS_PER_BLOCK: usize = 64;

/// A growing set of numbers from 0, filled in rising order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bits {
    words: Vec<u64>,
    /// Members before each block.
    before: Vec<u64>,
    members: u64,
}

impl Bits {
    /// Adds a number larger than all before.
    pub(crate) fn push(&mut self, number: u64) {
        let word = usize::try_from(number / 64).unwrap_or(usize::MAX);
        while self.words.len() <= word {
            if self.words.len().is_multiple_of(WORDS_PER_BLOCK) {
                self.before.push(self.members);
            }
            self.words.push(0);
        }
        self.words[word] |= 1 << (number % 64);
        self.members += 1;
    }

    /// How many members there are.
    pub(crate) fn len(&self) -> u64 {
        self.members
    }

    /// How many members are smaller than a number.
    pub(crate) fn rank(&self, number: u64) -> u64 {
        let word = usize::try_from(number / 64).unwrap_or(usize::MAX);
        if word >= self.words.len() {
            return self.members;
        }
        let block = word / WORDS_PER_BLOCK;
        let whole: u64 =
            self.words[block * WORDS_PER_BLOCK..word].iter().map(|word| u64::from(word.count_ones())).sum();
        let below = self.words[word] & ((1u64 << (number % 64)) - 1);
        self.before[block] + whole + u64::from(below.count_ones())
    }

    /// True for a member.
    pub(crate) fn contains(&self, number: u64) -> bool {
        let word = usize::try_from(number / 64).unwrap_or(usize::MAX);
        self.words.get(word).is_some_and(|word| word >> (number % 64) & 1 == 1)
    }

    /// Members from the `from`-th on, at most `limit`, in rising order.
    pub(crate) fn slice(&self, from: u64, limit: usize) -> Vec<u64> {
        let mut found = Vec::new();
        if from >= self.members || limit == 0 {
            return found;
        }
        let block = self.before.partition_point(|before| *before <= from).saturating_sub(1);
        let mut skip = from - self.before[block];
        let first = block * WORDS_PER_BLOCK;
        let mut base = u64::try_from(block).unwrap_or(0) * BLOCK;
        for word in &self.words[first..] {
            let mut rest = *word;
            let count = u64::from(rest.count_ones());
            if skip >= count {
                skip -= count;
            } else {
                while rest != 0 {
                    let bit = u64::from(rest.trailing_zeros());
                    rest &= rest - 1;
                    if skip > 0 {
                        skip -= 1;
                        continue;
                    }
                    found.push(base + bit);
                    if found.len() == limit {
                        return found;
                    }
                }
            }
            base += 64;
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_found_by_their_place_and_places_by_the_member() {
        let numbers: Vec<u64> = (0..60_000).filter(|number| number % 7 == 3 || number % 4096 == 0).collect();
        let mut bits = Bits::default();
        for number in &numbers {
            bits.push(*number);
        }
        assert_eq!(bits.len(), u64::try_from(numbers.len()).expect("small"));
        for from in [0usize, 1, 63, 64, 583, 584, 585, 5000, numbers.len() - 3] {
            let wanted: Vec<u64> = numbers.iter().copied().skip(from).take(70).collect();
            assert_eq!(bits.slice(u64::try_from(from).expect("small"), 70), wanted, "from {from}");
            assert_eq!(bits.rank(numbers[from]), u64::try_from(from).expect("small"), "rank {from}");
            assert!(bits.contains(numbers[from]));
        }
        assert!(!bits.contains(1) && !bits.contains(10_000_000));
        assert_eq!(bits.slice(bits.len(), 5), Vec::<u64>::new());
        assert_eq!(bits.rank(10_000_000), bits.len());
    }
}
