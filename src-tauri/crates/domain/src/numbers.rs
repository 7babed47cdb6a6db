//! Row numbers that mostly follow one another, kept as runs: all votes of an election are one run, not millions of numbers.

/// Row numbers in the order in which they were added.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Numbers {
    /// First number and length.
    runs: Vec<(i64, i64)>,
}

impl Numbers {
    /// Adds a number behind the others.
    pub fn push(&mut self, number: i64) {
        match self.runs.last_mut() {
            Some((first, length)) if *first + *length == number => *length += 1,
            _ => self.runs.push((number, 1)),
        }
    }

    /// Adds others behind these.
    pub fn append(&mut self, mut others: Self) {
        if let (Some((first, length)), Some((next, more))) = (self.runs.last_mut(), others.runs.first())
            && *first + *length == *next
        {
            *length += more;
            others.runs.remove(0);
        }
        self.runs.append(&mut others.runs);
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        usize::try_from(self.runs.iter().map(|(_, length)| length).sum::<i64>()).unwrap_or(usize::MAX)
    }

    /// True without any.
    pub fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    /// The first added.
    pub fn first(&self) -> Option<i64> {
        self.runs.first().map(|(first, _)| *first)
    }

    /// The smallest and the largest.
    pub fn span(&self) -> Option<(i64, i64)> {
        let first = self.runs.iter().map(|(first, _)| *first).min()?;
        let last = self.runs.iter().map(|(first, length)| first + length - 1).max()?;
        Some((first, last))
    }

    /// All, in order.
    pub fn iter(&self) -> impl Iterator<Item = i64> + '_ {
        self.runs.iter().flat_map(|(first, length)| *first..*first + *length)
    }

    /// True where every number is larger than the one before.
    pub fn is_ascending(&self) -> bool {
        self.runs.windows(2).all(|pair| pair[0].0 + pair[0].1 <= pair[1].0)
    }

    /// True where the number is among them; for ascending ones.
    pub fn contains(&self, number: i64) -> bool {
        let after = self.runs.partition_point(|(first, _)| *first <= number);
        after.checked_sub(1).is_some_and(|index| number < self.runs[index].0 + self.runs[index].1)
    }
}

impl FromIterator<i64> for Numbers {
    fn from_iter<I: IntoIterator<Item = i64>>(numbers: I) -> Self {
        let mut all = Self::default();
        for number in numbers {
            all.push(number);
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_hold_what_was_put_in() {
        let list = [1, 2, 3, 7, 8, 5, 9, 10];
        let numbers: Numbers = list.into_iter().collect();
        assert_eq!(numbers.iter().collect::<Vec<_>>(), list);
        assert_eq!((numbers.len(), numbers.first(), numbers.is_ascending()), (8, Some(1), false));
        let mut joined: Numbers = [1, 2].into_iter().collect();
        joined.append([3, 4, 9].into_iter().collect());
        assert_eq!(joined.runs, [(1, 4), (9, 1)]);
        assert!(joined.is_ascending());
        let inside: Vec<i64> = (0..12).filter(|number| joined.contains(*number)).collect();
        assert_eq!(inside, [1, 2, 3, 4, 9]);
    }
}
