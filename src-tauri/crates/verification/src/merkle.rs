//! The hash tree of RFC 6962 over a list of lines, for verdicts that are signed as one and shown one by one.

use domain::Sha256Digest;
use sha2::{Digest, Sha256};

/// Builds the root while lines come, with memory for one hash per level.
#[derive(Clone, Debug, Default)]
pub struct MerkleRoot {
    /// Roots of full trees with the number of their leaves, largest first.
    full: Vec<(u64, [u8; 32])>,
}

fn leaf(line: &[u8]) -> [u8; 32] {
    Sha256::new().chain_update([0]).chain_update(line).finalize().into()
}

fn node(left: &[u8; 32], right: &[u8; 32]) -> [u8; 32] {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

impl MerkleRoot {
    /// Adds the next leaf.
    pub fn add(&mut self, line: &[u8]) {
        let mut tree = (1, leaf(line));
        while let Some((_, left)) = self.full.pop_if(|(leaves, _)| *leaves == tree.0) {
            tree = (tree.0 * 2, node(&left, &tree.1));
        }
        self.full.push(tree);
    }

    /// The root of all leaves so far; of none, the SHA-256 of nothing.
    pub fn root(&self) -> Sha256Digest {
        let mut trees = self.full.iter().rev();
        let Some((_, last)) = trees.next() else { return Sha256Digest(Sha256::digest([]).into()) };
        Sha256Digest(trees.fold(*last, |right, (_, left)| node(left, &right)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes_of(hex: &str) -> Vec<u8> {
        let mut bytes = vec![0; hex.len() / 2];
        domain::digest::decode_hex(hex.as_bytes(), &mut bytes).expect("hex");
        bytes
    }

    /// The definition itself, with its split at the largest power of two.
    fn by_definition(lines: &[Vec<u8>]) -> [u8; 32] {
        match lines {
            [] => Sha256::digest([]).into(),
            [line] => leaf(line),
            _ => {
                let split = (lines.len().next_power_of_two() / 2).min(lines.len() - 1);
                node(&by_definition(&lines[..split]), &by_definition(&lines[split..]))
            }
        }
    }

    /// Roots of the test data of RFC 6962's authors (inputs "", 00, 10, 2021, 3031, 40414243, ...).
    #[test]
    fn published_roots_are_met() {
        let inputs =
            ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
        let roots = [
            (1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
            (3, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
            (8, "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"),
        ];
        let lines: Vec<Vec<u8>> = inputs.iter().map(|hex| bytes_of(hex)).collect();
        for (count, expected) in roots {
            let mut tree = MerkleRoot::default();
            lines.iter().take(count).for_each(|line| tree.add(line));
            assert_eq!(tree.root().to_hex(), expected, "{count} leaves");
        }
    }

    #[test]
    fn any_number_of_lines_has_the_root_of_the_definition() {
        let mut tree = MerkleRoot::default();
        let mut lines = Vec::new();
        for number in 0u32..70 {
            assert_eq!(tree.root().0, by_definition(&lines), "{number} leaves");
            lines.push(number.to_be_bytes().to_vec());
            tree.add(lines.last().map_or(&[], Vec::as_slice));
        }
    }
}
