//! The orders and draws of Java's library that RCTab's results depend on: its generator, its shuffle, its order of
//! texts and the order in which it walks over a set.
//!
//! Sources: the documentation of `java.util.Random`, `Collections.shuffle`, `String.hashCode`, `String.compareTo` and
//! `HashSet` (OpenJDK 17).

use std::cmp::Ordering;

/// The linear congruential generator of 48 bits.
#[derive(Clone, Debug)]
pub(super) struct Generator(u64);

const MASK: u64 = (1 << 48) - 1;
const FACTOR: u64 = 0x5_deec_e66d;

impl Generator {
    pub(super) fn new(seed: i64) -> Self {
        Self((seed.cast_unsigned() ^ FACTOR) & MASK)
    }

    /// The next `bits` bits, at most 32.
    fn next(&mut self, bits: u32) -> u64 {
        self.0 = self.0.wrapping_mul(FACTOR).wrapping_add(0xb) & MASK;
        self.0 >> (48 - bits)
    }

    /// The place drawn in a list of `length`: floor of a draw from [0, 1) times the length.
    pub(super) fn place(&mut self, length: usize) -> usize {
        // 53 bits: the draw and its product with a short length as the origin's floating point has them.
        let draw = (self.next(26) << 27) + self.next(27);
        #[allow(clippy::cast_precision_loss, reason = "53 bits fit a double, and a list is short")]
        let product = (draw as f64 / (1u64 << 53) as f64) * length as f64;
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "floor of a product in 0..length")]
        let place = product as usize;
        place.min(length.saturating_sub(1))
    }

    /// A whole number below `bound`, which is at least 1.
    fn below(&mut self, bound: u64) -> u64 {
        let mut bits = self.next(31);
        if bound.is_power_of_two() {
            return (bound * bits) >> 31;
        }
        // Draws from the incomplete last stretch are thrown away; the origin sees them by an overflow of 31 bits.
        while bits - bits % bound + (bound - 1) > (1 << 31) - 1 {
            bits = self.next(31);
        }
        bits % bound
    }

    /// Mixes a list: from the last place down, each swaps with a drawn one at or before it.
    pub(super) fn shuffle<T>(&mut self, list: &mut [T]) {
        for length in (2..=list.len()).rev() {
            let drawn = self.below(u64::try_from(length).unwrap_or(1));
            list.swap(length - 1, usize::try_from(drawn).unwrap_or(0));
        }
    }
}

/// Order of texts by their UTF-16 units.
pub(super) fn compare(one: &str, other: &str) -> Ordering {
    one.encode_utf16().cmp(other.encode_utf16())
}

/// The order in which the origin walks over a set made from this list: by slots of a hash table, within a slot as they
/// came.
pub(super) fn set_order<'a>(list: &[&'a str]) -> Vec<&'a str> {
    // Room for a third more than there are, rounded up to a power of two, 16 at least.
    let slots = (list.len() * 4 / 3 + 1).max(16).next_power_of_two();
    let slot = |text: &str| {
        let hash = text.encode_utf16().fold(0u32, |hash, unit| hash.wrapping_mul(31).wrapping_add(u32::from(unit)));
        usize::try_from(hash ^ (hash >> 16)).unwrap_or(0) & (slots - 1)
    };
    let mut ordered = list.to_vec();
    ordered.sort_by_key(|text| slot(text));
    ordered
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generator_draws_what_its_documentation_says() {
        // nextInt() of seed 42 begins -1170105035, 234785527, -1360544799 in every Java since 1.2.
        let mut generator = Generator::new(42);
        let drawn = [0; 3].map(|_: i32| u32::try_from(generator.next(32)).unwrap().cast_signed());
        assert_eq!(drawn, [-1_170_105_035, 234_785_527, -1_360_544_799]);
        let mut generator = Generator::new(0);
        assert_eq!([0; 4].map(|_: i32| generator.below(100)), [60, 48, 29, 47]);
        // nextDouble of seed 0 begins 0.730967787376657, 0.24053641567148587.
        let mut generator = Generator::new(0);
        assert_eq!([1000, 1000].map(|length| generator.place(length)), [730, 240]);
        assert_eq!(Generator::new(-1).place(1), 0);
    }

    #[test]
    fn texts_compare_by_their_units() {
        assert_eq!(compare("B", "a"), Ordering::Less);
        assert_eq!(compare("Al", "Albert"), Ordering::Less);
        assert_eq!(compare("\u{ff5e}", "\u{10000}"), Ordering::Greater, "a pair of surrogates stands before it");
    }

    #[test]
    fn a_set_is_walked_by_hash() {
        // Hashes of single letters are their codes: the slots of 16 begin again at P.
        assert_eq!(set_order(&["A", "B", "P", "Q"]), ["P", "A", "Q", "B"]);
        let many: Vec<String> = (0..13).map(|number| char::from(b'A' + number).to_string()).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert_eq!(set_order(&many), many, "13 fill a table of 32");
    }
}
