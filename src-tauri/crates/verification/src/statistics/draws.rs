//! Random draws that are the same on every machine, from a seed that is printed.

/// Random draws that are the same on every machine: SplitMix64.
pub struct Draws(u64);

impl Draws {
    /// Starts from a seed, which a report prints.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut value = self.0;
        value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        value ^ (value >> 31)
    }

    /// A whole number below `limit`, which must not be zero.
    pub fn below(&mut self, limit: u64) -> u64 {
        // The bias is below 2^-40 for every limit that occurs here (seconds of an election).
        ((u128::from(self.next_u64()) * u128::from(limit)) >> 64) as u64
    }

    /// Scatters `total` votes over slices by their shares: each slice gets its binomial part of what is left.
    pub fn scatter(&mut self, total: u64, shares: &[f64], out: &mut [u64]) {
        let (mut left, mut share_left) = (total, 1.0f64);
        for (share, out) in shares.iter().zip(out) {
            let chance = (share / share_left).clamp(0.0, 1.0);
            *out = self.binomial(left, chance);
            left -= *out;
            share_left = (share_left - share).max(f64::MIN_POSITIVE);
        }
    }

    /// A draw of how many of `count` come to pass at a chance. Large expectations take the normal approximation, which is
    /// far closer to the truth there than the replicates are to one another.
    fn binomial(&mut self, count: u64, chance: f64) -> u64 {
        if chance >= 1.0 || count == 0 {
            return if chance >= 1.0 { count } else { 0 };
        }
        #[allow(clippy::cast_precision_loss, reason = "counts of votes are far below 2^53")]
        let (mean, all) = (count as f64 * chance, count as f64);
        if mean < 30.0 || all - mean < 30.0 {
            // Gaps between successes are geometric.
            let (mut done, mut at) = (0u64, 0.0f64);
            let base = (1.0 - chance).ln();
            loop {
                at += (self.unit().ln() / base).floor() + 1.0;
                if at > all || base == 0.0 {
                    return done;
                }
                done += 1;
            }
        }
        let spread = (mean * (1.0 - chance)).sqrt();
        let angle = 2.0 * std::f64::consts::PI * self.unit();
        let normal = (-2.0 * self.unit().ln()).sqrt() * angle.cos();
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to what was counted")]
        let drawn = (mean + spread * normal + 0.5).floor().clamp(0.0, all) as u64;
        drawn
    }

    /// A number in (0, 1].
    pub fn unit(&mut self) -> f64 {
        #[allow(clippy::cast_precision_loss, reason = "53 bits fit a double exactly")]
        let value = ((self.next_u64() >> 11) + 1) as f64 / 9_007_199_254_740_992.0;
        value
    }
}

/// How many random draws a p-value may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effort {
    /// Most replicates.
    pub replicates: u32,
    /// Replicates at least as extreme as the observation after which the answer is clear.
    pub enough: u32,
}

impl Effort {
    /// What an audit takes.
    pub const FULL: Self = Self { replicates: 9999, enough: 20 };
    /// For millions of ballots, and for simulated elections: coarser, and as sound.
    pub const SHORT: Self = Self { replicates: 1999, enough: 10 };

    /// The smallest p-value that can come out.
    pub fn smallest_p(self) -> f64 {
        1.0 / f64::from(self.replicates + 1)
    }
}

/// The sequential Monte Carlo p-value of Besag and Clifford (1991, Biometrika 78:301): draws until `enough` replicates are at
/// least as extreme, then p = `enough` / draws; otherwise p = (extreme + 1) / (replicates + 1). Under the null both are at most any
/// level with at most that probability, whatever `effort` is; less effort only costs power.
pub(super) fn sequential_p(effort: Effort, mut is_extreme: impl FnMut() -> bool) -> f64 {
    let mut extreme = 0u32;
    for drawn in 1..=effort.replicates {
        if is_extreme() {
            extreme += 1;
            if extreme >= effort.enough {
                return f64::from(extreme) / f64::from(drawn);
            }
        }
    }
    f64::from(extreme + 1) / f64::from(effort.replicates + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scattered_votes_keep_their_number_and_their_mean() {
        let shares = [0.5, 0.25, 0.25];
        let mut draws = Draws::new(5);
        let (mut out, mut sums) = ([0u64; 3], [0u64; 3]);
        for _ in 0..2000 {
            draws.scatter(400, &shares, &mut out);
            assert_eq!(out.iter().sum::<u64>(), 400);
            for (sum, count) in sums.iter_mut().zip(out) {
                *sum += count;
            }
        }
        // Standard errors of the means are 0.22 and 0.19.
        assert!(sums[0].abs_diff(400_000) < 2200 && sums[1].abs_diff(200_000) < 1900, "{sums:?}");
    }

    #[test]
    fn a_p_value_that_stops_early_is_no_smaller_than_chance_allows() {
        let mut draws = Draws::new(9);
        let effort = Effort { replicates: 199, enough: 5 };
        let mut small = 0;
        for _ in 0..4000 {
            // The chance of a more extreme replicate is itself even under the null.
            let chance = draws.unit();
            small += u32::from(sequential_p(effort, || draws.unit() <= chance) <= 0.05);
        }
        // 5 % of 4,000 are 200, with a standard error of 14.
        assert!((140..=245).contains(&small), "{small} of 4000 at 5 %");
    }
}
