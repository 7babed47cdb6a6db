//! Many ballots of one address, and gaps between ballots that vary too little for people.

use super::draws::{Draws, Effort, sequential_p};
use super::{float, seconds};

/// Chance of `votes` or more on one given address of `addresses` that sent `total` ballots together.
///
/// Null: addresses are households of any size, every way to share the ballots out with at least one for each being
/// equally likely (sizes are geometric, whatever their mean). The chance is exact and has no parameter to fit: of
/// C(total - 1, addresses - 1) ways, C(total - votes, addresses - 1) leave that many to it. What breaks the null: an office, a station
/// or a carrier's gateway among homes. Such addresses are told, and are not in the numbers.
pub fn address_p(votes: u64, total: u64, addresses: u64) -> f64 {
    if addresses < 2 || votes < 2 {
        return 1.0;
    }
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
        assert!((address_p(4, 6, 3) - 0.1).abs() < 1e-12);
        assert!((address_p(3, 6, 3) - 0.3).abs() < 1e-12);
        assert!((address_p(2, 6, 3) - 0.6).abs() < 1e-12);
        assert!(address_p(5, 6, 3) < 1e-300, "two ballots are needed for the others");
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
