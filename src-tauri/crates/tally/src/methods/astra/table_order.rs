//! The order in which the origin walks the candidates who are still in the count.
//!
//! The origin keeps them in a set of its language (CPython 3.11), and lists who reached the quota by walking that set.
//! The order is that of a hash table of small integers, which are their own hashes: it is fixed by the ids and the order
//! in which they were put in, and removing one leaves the others where they are. No decision depends on it, but the list
//! is published, and a recount has to print the same.

/// Neighbours that are looked at before jumping on.
const NEIGHBOURS: usize = 9;
/// Slots of a new table.
const SMALLEST: usize = 8;
/// Entries from which a table grows to twice instead of four times its entries.
const LARGE: usize = 50_000;

/// A set of the origin's language, as far as its order goes. The number of slots is a power of two.
struct Table {
    slots: Vec<Option<usize>>,
    used: usize,
}

impl Table {
    fn with_slots(slots: usize) -> Self {
        Self { slots: vec![None; slots], used: 0 }
    }

    /// Puts a number into the first free slot of its path, unless it is met on the way.
    fn put(&mut self, number: usize) {
        let mask = self.slots.len() - 1;
        let mut at = number & mask;
        let mut perturb = number;
        loop {
            // Near the end of the table only the slot itself is looked at.
            let last = if at + NEIGHBOURS <= mask { at + NEIGHBOURS } else { at };
            for slot in &mut self.slots[at..=last] {
                match slot {
                    Some(held) if *held == number => return,
                    Some(_) => {}
                    None => {
                        *slot = Some(number);
                        self.used += 1;
                        return;
                    }
                }
            }
            perturb >>= 5;
            at = (at * 5 + 1 + perturb) & mask;
        }
    }

    /// The same numbers in a table of another size, put in in the order of this one.
    fn moved_to(&self, slots: usize) -> Self {
        let mut table = Self::with_slots(slots);
        self.in_order().for_each(|number| table.put(number));
        table
    }

    fn in_order(&self) -> impl Iterator<Item = usize> {
        self.slots.iter().flatten().copied()
    }

    /// Three fifths full.
    fn is_crowded(used: usize, slots: usize) -> bool {
        used * 5 >= (slots - 1) * 3
    }
}

/// The smallest table with more slots than `entries`.
fn slots_above(entries: usize) -> usize {
    (entries + 1).next_power_of_two().max(SMALLEST)
}

/// The ids in the order of the origin's set: put in one by one, then copied as a whole.
pub(super) fn table_order(ids: impl IntoIterator<Item = usize>) -> Vec<usize> {
    let mut table = Table::with_slots(SMALLEST);
    for id in ids {
        let before = table.used;
        table.put(id);
        if table.used > before && Table::is_crowded(table.used, table.slots.len()) {
            let factor = if table.used > LARGE { 2 } else { 4 };
            table = table.moved_to(slots_above(table.used * factor));
        }
    }
    // A copy starts small and is sized once; of the same size it is taken over slot by slot.
    let slots = if Table::is_crowded(table.used, SMALLEST) { slots_above(table.used * 2) } else { SMALLEST };
    if slots == table.slots.len() { table.in_order().collect() } else { table.moved_to(slots).in_order().collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(ids: impl IntoIterator<Item = usize>) -> Vec<usize> {
        table_order(ids)
    }

    /// Expected lists: `list(set(s))` of CPython 3.11.7 for a set `s` filled one by one.
    #[test]
    fn ids_come_in_the_order_of_the_origins_set() {
        assert_eq!(order([3, 1, 2]), [1, 2, 3]);
        assert_eq!(order([4103, 4107, 4101, 4104, 4105, 4108, 4102, 4106]), PYTHON_CLEAN);
        assert_eq!(order([8, 16, 24, 0, 1]), PYTHON_COLLISIONS);
        assert_eq!(order((0..40).map(|n| (n * 7919 + 13) % 1_000_001)), PYTHON_SPREAD);
        assert_eq!(order([33, 1, 33, 65, 97, 1, 129]), PYTHON_REPEATS);
        assert_eq!(order(CROWDED), PYTHON_CROWDED, "full as far as the ninth neighbour");
        assert!(order([]).is_empty());
    }

    const PYTHON_CLEAN: [usize; 8] = [4101, 4102, 4103, 4104, 4105, 4106, 4107, 4108];
    const PYTHON_COLLISIONS: [usize; 5] = [0, 1, 16, 8, 24];
    const PYTHON_SPREAD: [usize; 40] = [
        63365, 182150, 300935, 13, 118798, 237583, 55446, 174231, 293016, 110879, 229664, 47527, 166312, 285097,
        102960, 221745, 39608, 158393, 277178, 95041, 213826, 31689, 150474, 269259, 87122, 205907, 23770, 142555,
        261340, 79203, 197988, 15851, 134636, 253421, 71284, 190069, 308854, 7932, 126717, 245502,
    ];
    const PYTHON_REPEATS: [usize; 5] = [65, 33, 129, 1, 97];
    const CROWDED: [usize; 20] = [
        5568, 12128, 324, 23744, 704, 10752, 768, 12320, 8192, 10304, 576, 39, 370, 1408, 6208, 145, 69, 16576, 363,
        19136,
    ];
    const PYTHON_CROWDED: [usize; 20] = [
        10752, 768, 8192, 1408, 5568, 23744, 704, 10304, 324, 6208, 69, 16576, 145, 576, 19136, 12320, 12128, 39, 363,
        370,
    ];
}
