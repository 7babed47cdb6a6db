//! Anomalies with error control: nothing here accuses; each answer carries a p-value corrected for everything that was
//! looked at, and the seed of its random draws.
//!
//! * bursts: Kulldorff's scan statistic over vote-anchored windows up to half of the voting time, null: votes spread
//!   evenly over that time; p by Monte Carlo, corrected for all windows by taking the maximum;
//! * addresses: each address's votes against an even spread over all addresses, p by the binomial tail, corrected by
//!   Bonferroni over the addresses;
//! * regularity: variation of the gaps within one address against exponential gaps of the same number, p by Monte Carlo,
//!   corrected over the addresses looked at.

use std::collections::BTreeMap;

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

/// A window with more votes than expected.
#[derive(Clone, Debug, PartialEq)]
pub struct Burst {
    /// First second of the window.
    pub from: i64,
    /// Last second of the window.
    pub to: i64,
    /// Votes in it.
    pub votes: usize,
    /// Votes expected in it.
    pub expected: f64,
    /// p-value, corrected for all windows of the election.
    pub p: f64,
}

/// Most votes that go into the scan; above, only every n-th start is anchored.
const SCAN_VOTES: usize = 2000;
/// Replicates of the Monte Carlo draws.
const REPLICATES: u32 = 999;

/// Scans for the most unusual burst. `times` in seconds, ascending; `period` is when voting was possible.
///
/// Returns `None` for fewer than 5 votes or where no window holds more than expected.
pub fn scan(times: &[i64], period: (i64, i64), draws: &mut Draws) -> Option<Burst> {
    let count = times.len();
    if count < 5 || period.1 <= period.0 {
        return None;
    }
    let length = period.1 - period.0;
    let (score, from, to, votes) = best_window(times, length)?;
    let mut at_least = 0u32;
    let mut simulated = vec![0i64; count];
    let limit = u64::try_from(length).ok()?;
    for _ in 0..REPLICATES {
        for time in &mut simulated {
            *time = i64::try_from(draws.below(limit + 1)).unwrap_or(0);
        }
        simulated.sort_unstable();
        if best_window(&simulated, length).is_some_and(|(other, ..)| other >= score) {
            at_least += 1;
            // Enough to know that nothing is unusual.
            if at_least > 100 {
                break;
            }
        }
    }
    let p = f64::from(at_least + 1) / f64::from(REPLICATES + 1);
    Some(Burst { from, to, votes, expected: float(count) * seconds(to - from + 1) / seconds(length), p })
}

/// Slices of time that very many votes are counted in.
const SLICES: i64 = 1000;

/// [`scan`] for very many votes: they are counted in equal slices of the period, and windows are runs of slices. `counts`
/// holds the votes of each second.
pub fn scan_binned(counts: &BTreeMap<i64, u32>, period: (i64, i64), draws: &mut Draws) -> Option<Burst> {
    let length = period.1 - period.0;
    let total: u64 = counts.values().map(|count| u64::from(*count)).sum();
    if total < 5 || length <= 0 {
        return None;
    }
    let width = (length + SLICES) / SLICES;
    let slices = usize::try_from((length + width) / width).ok()?;
    let mut observed = vec![0u64; slices];
    for (second, count) in counts {
        observed[usize::try_from((second - period.0) / width).ok()?] += u64::from(*count);
    }
    // The last slice may be shorter: each has its share of the period.
    let shares: Vec<f64> = (0..slices)
        .map(|slice| {
            let from = i64::try_from(slice).unwrap_or(0) * width;
            seconds((length + 1 - from).min(width)) / seconds(length + 1)
        })
        .collect();
    let (score, first, last) = best_run(&observed, &shares, total)?;
    let mut at_least = 0u32;
    let mut simulated = vec![0u64; slices];
    for _ in 0..REPLICATES {
        draws.scatter(total, &shares, &mut simulated);
        if best_run(&simulated, &shares, total).is_some_and(|(other, ..)| other >= score) {
            at_least += 1;
            // Enough to know that nothing is unusual.
            if at_least > 100 {
                break;
            }
        }
    }
    let inside: u64 = observed[first..=last].iter().sum();
    #[allow(clippy::cast_precision_loss, reason = "counts of votes are far below 2^53")]
    let expected = total as f64 * shares[first..=last].iter().sum::<f64>();
    let at = |slice: usize| period.0 + i64::try_from(slice).unwrap_or(0) * width;
    Some(Burst {
        from: at(first),
        to: (at(last + 1) - 1).min(period.1),
        votes: usize::try_from(inside).unwrap_or(usize::MAX),
        expected,
        p: f64::from(at_least + 1) / f64::from(REPLICATES + 1),
    })
}

/// The run of slices with the largest log likelihood ratio, up to half of the period: (ratio, first, last).
fn best_run(counts: &[u64], shares: &[f64], total: u64) -> Option<(f64, usize, usize)> {
    #[allow(clippy::cast_precision_loss, reason = "counts of votes are far below 2^53")]
    let whole = total as f64;
    let mut best: Option<(f64, usize, usize)> = None;
    for first in 0..counts.len() {
        let (mut inside, mut share) = (0u64, 0.0);
        for last in first..counts.len() {
            inside += counts[last];
            share += shares[last];
            if share > 0.5 {
                break;
            }
            #[allow(clippy::cast_precision_loss, reason = "counts of votes are far below 2^53")]
            let (here, expected) = (inside as f64, whole * share);
            if here <= expected {
                continue;
            }
            let outside = whole - here;
            let rest = if outside > 0.0 { outside * (outside / (whole - expected)).ln() } else { 0.0 };
            let score = here * (here / expected).ln() + rest;
            if best.is_none_or(|(other, ..)| score > other) {
                best = Some((score, first, last));
            }
        }
    }
    best
}

/// The window with the largest log likelihood ratio: (ratio, from, to, votes).
fn best_window(times: &[i64], length: i64) -> Option<(f64, i64, i64, usize)> {
    let count = times.len();
    let total = float(count);
    let step = count.div_ceil(SCAN_VOTES).max(1);
    let mut best: Option<(f64, i64, i64, usize)> = None;
    for start in (0..count).step_by(step) {
        let mut end = start + 2;
        while end < count {
            let span = times[end] - times[start] + 1;
            if span * 2 > length {
                break;
            }
            let inside = float(end - start + 1);
            let expected = total * seconds(span) / seconds(length);
            if inside > expected {
                let outside = total - inside;
                let rest = if outside > 0.0 { outside * (outside / (total - expected)).ln() } else { 0.0 };
                let score = inside * (inside / expected).ln() + rest;
                if best.as_ref().is_none_or(|(other, ..)| score > *other) {
                    best = Some((score, times[start], times[end], end - start + 1));
                }
            }
            // Windows grow faster once they are large: the maximum is flat there.
            end += ((end - start) / 32).max(1);
        }
    }
    best
}

/// Chance of `votes` or more on one of `addresses` addresses by an even spread of `total`, corrected for all addresses.
pub fn address_p(votes: u64, total: u64, addresses: u64) -> f64 {
    if addresses < 2 || votes < 3 {
        return 1.0;
    }
    #[allow(clippy::cast_precision_loss, reason = "counts of votes are far below 2^53")]
    let (total_f, addresses_f) = (total as f64, addresses as f64);
    let share = 1.0 / addresses_f;
    // Binomial upper tail, summed from the first term; each term follows from the one before.
    #[allow(clippy::cast_precision_loss, reason = "counts of votes are far below 2^53")]
    let first = ln_choose(total, votes) + votes as f64 * share.ln() + (total - votes) as f64 * (1.0 - share).ln();
    let mut term = first.exp();
    let mut tail = 0.0;
    for k in votes..=total {
        tail += term;
        if term < tail * 1e-16 {
            break;
        }
        #[allow(clippy::cast_precision_loss, reason = "counts of votes are far below 2^53")]
        let k_f = k as f64;
        term *= (total_f - k_f) / (k_f + 1.0) * share / (1.0 - share);
    }
    (tail * addresses_f).min(1.0)
}

fn ln_choose(n: u64, k: u64) -> f64 {
    let k = k.min(n - k);
    #[allow(clippy::cast_precision_loss, reason = "counts of votes are far below 2^53")]
    (1..=k).map(|i| (((n - k + i) as f64) / (i as f64)).ln()).sum()
}

/// Chance that people's gaps vary as little as these, by Monte Carlo over exponential gaps. `times` ascending, at least 6.
pub fn regularity_p(times: &[i64], draws: &mut Draws) -> Option<f64> {
    if times.len() < 6 {
        return None;
    }
    let gaps: Vec<f64> = times.windows(2).map(|pair| seconds(pair[1] - pair[0])).collect();
    let observed = variation(&gaps)?;
    let mean = gaps.iter().sum::<f64>() / float(gaps.len());
    let mut at_most = 0u32;
    for _ in 0..REPLICATES {
        // Stored times are whole seconds: rounding must not look like a machine.
        let simulated: Vec<f64> = (0..gaps.len()).map(|_| (-draws.unit().ln() * mean).floor()).collect();
        if variation(&simulated).is_none_or(|other| other <= observed) {
            at_most += 1;
        }
    }
    Some(f64::from(at_most + 1) / f64::from(REPLICATES + 1))
}

/// Coefficient of variation of the gaps between ascending times; `None` for fewer than three or for none but equal times.
pub fn gap_variation(times: &[i64]) -> Option<f64> {
    if times.len() < 3 {
        return None;
    }
    let gaps: Vec<f64> = times.windows(2).map(|pair| seconds(pair[1] - pair[0])).collect();
    variation(&gaps)
}

/// Coefficient of variation; `None` where the mean is zero.
fn variation(gaps: &[f64]) -> Option<f64> {
    let mean = gaps.iter().sum::<f64>() / float(gaps.len());
    if mean <= 0.0 {
        return None;
    }
    let variance = gaps.iter().map(|gap| (gap - mean) * (gap - mean)).sum::<f64>() / float(gaps.len());
    Some(variance.sqrt() / mean)
}

#[allow(clippy::cast_precision_loss, reason = "counts of votes are far below 2^53")]
fn float(count: usize) -> f64 {
    count as f64
}

#[allow(clippy::cast_precision_loss, reason = "seconds of an election are far below 2^53")]
fn seconds(span: i64) -> f64 {
    span as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn very_many_votes_show_a_burst_and_only_a_burst() {
        let mut counts: BTreeMap<i64, u32> = (0..36_000).map(|second| (second, 3)).collect();
        let even = scan_binned(&counts, (0, 35_999), &mut Draws::new(1));
        assert!(even.is_none_or(|burst| burst.p > 0.05), "an even flow is no burst");
        for second in 20_000..20_200 {
            *counts.entry(second).or_default() += 12;
        }
        let burst = scan_binned(&counts, (0, 35_999), &mut Draws::new(1)).expect("a burst");
        assert!(burst.p <= 0.001 && burst.from <= 20_000 && burst.to >= 20_150 && burst.to < 20_300, "{burst:?}");
    }

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
    fn evenly_spread_votes_are_no_burst_and_a_cluster_is() {
        let even: Vec<i64> = (0..60).map(|index| index * 300 + index * index % 97).collect();
        let burst = scan(&even, (0, 18_000), &mut Draws::new(1)).expect("some window is the largest");
        assert!(burst.p > 0.05, "{burst:?}");
        let mut clustered = even.clone();
        clustered.extend((0..18).map(|index| 9_000 + index * 7));
        clustered.sort_unstable();
        let burst = scan(&clustered, (0, 18_000), &mut Draws::new(1)).expect("a burst");
        assert!(burst.p <= 0.001 && burst.votes >= 18, "{burst:?}");
    }

    #[test]
    fn one_address_with_most_votes_is_unusual() {
        assert!(address_p(18, 46, 18) < 0.001);
        assert!(address_p(5, 46, 18) > 0.5);
        // 3 of 3 votes on one of two addresses: 2 * (1/2)^3.
        assert!((address_p(3, 3, 2) - 0.25).abs() < 1e-12);
    }

    #[test]
    fn a_machine_s_gaps_are_too_regular() {
        let machine: Vec<i64> = (0..18).map(|index| index * 7).collect();
        assert!(regularity_p(&machine, &mut Draws::new(1)).expect("enough votes") <= 0.001);
        let people = [0, 40, 45, 300, 310, 900, 1_000, 1_003, 2_400, 2_500];
        assert!(regularity_p(&people, &mut Draws::new(1)).expect("enough votes") > 0.05);
    }
}
