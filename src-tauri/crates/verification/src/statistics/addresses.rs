//! Many ballots of one address, and gaps between ballots that vary too little for people.

use super::draws::{Draws, Effort, sequential_p};
use super::{float, seconds};

/// Chance of `votes` or more on one given address of `addresses` that sent `total` ballots together: the larger of two, so that only
/// what neither explains is told. What breaks both nulls: an office, a station or a carrier's gateway among homes. Such
/// addresses are told, and are not in the numbers.
pub fn address_p(votes: u64, total: u64, addresses: u64) -> f64 {
    if addresses < 2 || votes < 2 {
        return 1.0;
    }
    households_p(votes, total, addresses).max(even_p(votes, total, addresses))
}

/// Null: addresses are households of any size, every way to share the ballots out with at least one for each being
/// equally likely (sizes are geometric, whatever their mean). The chance is exact and has no parameter to fit: of
/// C(total - 1, addresses - 1) ways, C(total - votes, addresses - 1) leave that many to it.
pub(super) fn households_p(votes: u64, total: u64, addresses: u64) -> f64 {
    let (left, all) = (total.saturating_sub(addresses), total - 1);
    let mut p = 1.0;
    for step in 0..votes - 1 {
        p *= float(left.saturating_sub(step)) / float(all.saturating_sub(step).max(1));
        if p <= 0.0 {
            // As good as impossible; never quite zero.
            return f64::MIN_POSITIVE;
        }
    }
    p
}

/// Null: each ballot comes from any address with the same chance. Where nearly all addresses sent one ballot, this keeps a
/// family of three from being told.
fn even_p(votes: u64, total: u64, addresses: u64) -> f64 {
    let share = 1.0 / float(addresses);
    // The binomial's upper tail from its first term; each term follows from the one before.
    let fewer = votes.min(total - votes);
    let ways: f64 = (1..=fewer).map(|step| (float(total - fewer + step) / float(step)).ln()).sum();
    let mut term = (ways + float(votes) * share.ln() + float(total - votes) * (1.0 - share).ln()).exp();
    let mut tail = 0.0;
    for count in votes..=total {
        tail += term;
        if term < tail * 1e-16 {
            break;
        }
        term *= float(total - count) / float(count + 1) * share / (1.0 - share);
    }
    tail.min(1.0)
}

/// Chance that people's gaps vary as little as these, by Monte Carlo over exponential gaps. `times` ascending, at least 6;
/// `unit` is what they are stored in, seconds or minutes.
///
/// Null: people come independently at one rate; where the rate changes gaps vary more, so the test errs on the safe side.
/// What breaks it: a queue, and ballots that were typed in one after the other.
pub fn regularity_p(times: &[i64], unit: i64, effort: Effort, draws: &mut Draws) -> Option<f64> {
    if times.len() < 6 {
        return None;
    }
    let observed = gap_variation(times)?;
    let gaps = times.len() - 1;
    let mean = seconds(times[gaps] - times[0]) / float(u64::try_from(gaps).ok()?);
    let unit = seconds(unit);
    Some(sequential_p(effort, || {
        // Stored times are whole units: rounding must not look like a machine.
        let (mut at, mut stored) = (draws.unit() * unit, 0.0f64);
        let variation = variation((0..gaps).map(|_| {
            at += -draws.unit().ln() * mean;
            let before = stored;
            stored = (at / unit).floor() * unit;
            stored - before
        }));
        variation.is_none_or(|other| other <= observed)
    }))
}

/// Coefficient of variation of the gaps between ascending times; `None` for fewer than three or for none but equal times.
pub fn gap_variation(times: &[i64]) -> Option<f64> {
    if times.len() < 3 {
        return None;
    }
    variation(times.windows(2).map(|pair| seconds(pair[1] - pair[0])))
}

/// Coefficient of variation; `None` where the mean is zero.
fn variation(gaps: impl Iterator<Item = f64>) -> Option<f64> {
    // Welford's sums, so that no list is needed.
    let (mut count, mut mean, mut squares) = (0.0f64, 0.0f64, 0.0f64);
    for gap in gaps {
        count += 1.0;
        let off = gap - mean;
        mean += off / count;
        squares += off * (gap - mean);
    }
    (mean > 0.0).then(|| (squares / count).sqrt() / mean)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chance_of_an_address_is_that_of_counting_all_ways() {
        // 6 ballots over 3 addresses: 10 ways; 4 on the first leave 1 way, 3 or more 3 ways, 2 or more 6.
        assert!((households_p(4, 6, 3) - 0.1).abs() < 1e-12);
        assert!((households_p(3, 6, 3) - 0.3).abs() < 1e-12);
        assert!((households_p(2, 6, 3) - 0.6).abs() < 1e-12);
        assert!(households_p(5, 6, 3) < 1e-300, "two ballots are needed for the others");
        // 4 or more of 6 at a third: (15 * 4 + 6 * 2 + 1) / 729.
        assert!((even_p(4, 6, 3) - 73.0 / 729.0).abs() < 1e-12);
        assert!((even_p(3, 3, 2) - 0.125).abs() < 1e-12);
    }

    #[test]
    fn a_family_of_three_among_single_people_is_nothing() {
        // Households alone would call it improbable: of 298 addresses, 297 sent one ballot.
        assert!(households_p(3, 300, 298) * 298.0 < 0.05);
        assert!(address_p(3, 300, 298) * 298.0 > 1.0);
    }

    #[test]
    fn one_address_with_most_votes_is_unusual() {
        assert!(address_p(18, 43, 17) * 17.0 < 0.001);
        assert!(address_p(6, 43, 17) > 0.05);
        assert!((address_p(9, 9, 1) - 1.0).abs() < 1e-12, "a single address tells nothing");
    }

    #[test]
    fn a_machine_s_gaps_are_too_regular() {
        let p = |times: &[i64]| regularity_p(times, 1, Effort::FULL, &mut Draws::new(1)).expect("enough votes");
        let machine: Vec<i64> = (0..18).map(|index| index * 7).collect();
        assert!(p(&machine) <= 0.001);
        assert!(p(&[0, 40, 45, 300, 310, 900, 1_000, 1_003, 2_400, 2_500]) > 0.05);
    }
}
