//! Votes as exact decimals that remember how many decimals they were written with.
//!
//! RCTab prints what its decimal type holds, and that type keeps the decimals of what went into it: 8 votes that were
//! never divided are `8`, 8 votes summed from parts of votes are `8.0000`. So the scale is part of the value here too.

use std::cmp::Ordering;
use std::fmt;

use domain::rctab::Percentage;

/// `units` / 10^`scale`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Amount {
    units: i128,
    scale: u32,
}

/// Most decimals that a count may use.
pub(super) const MAX_DECIMALS: u32 = 20;
/// Votes below this, with [`MAX_DECIMALS`] decimals and added up over a count, fit an amount.
pub(super) const MAX_VOTES: u64 = 100_000_000_000_000_000;

impl Amount {
    pub(super) const ZERO: Self = Self { units: 0, scale: 0 };
    pub(super) const ONE: Self = Self { units: 1, scale: 0 };

    /// Whole votes.
    pub(super) fn whole(votes: u64) -> Self {
        Self { units: i128::from(votes), scale: 0 }
    }

    /// The smallest step with so many decimals.
    pub(super) fn step(scale: u32) -> Self {
        Self { units: 1, scale }
    }

    /// A percentage as a fraction, with two decimals more than it was written with.
    pub(super) fn percent(percentage: Percentage) -> Self {
        Self { units: i128::from(percentage.units), scale: percentage.decimals + 2 }
    }

    pub(super) fn is_positive(self) -> bool {
        self.units > 0
    }

    pub(super) fn is_zero(self) -> bool {
        self.units == 0
    }

    /// Both as units of the finer scale.
    fn level(self, other: Self) -> (i128, i128, u32) {
        let scale = self.scale.max(other.scale);
        let lift = |amount: Self| amount.units * 10i128.pow(scale - amount.scale);
        (lift(self), lift(other), scale)
    }

    pub(super) fn plus(self, other: Self) -> Self {
        let (one, two, scale) = self.level(other);
        Self { units: one + two, scale }
    }

    pub(super) fn minus(self, other: Self) -> Self {
        let (one, two, scale) = self.level(other);
        Self { units: one - two, scale }
    }

    /// The same for so many ballots.
    pub(super) fn times(self, ballots: u64) -> Self {
        Self { units: self.units * i128::from(ballots), scale: self.scale }
    }

    /// The exact product; for a threshold that is a percentage.
    pub(super) fn of(self, votes: Self) -> Self {
        Self { units: self.units * votes.units, scale: self.scale + votes.scale }
    }

    /// The part `fraction` of at most one vote, cut after so many decimals. Both have at most so many.
    pub(super) fn part(self, fraction: Self, decimals: u32) -> Self {
        let (value, _, _) = self.level(Self { units: 0, scale: decimals });
        let (fraction, _, _) = fraction.level(Self { units: 0, scale: decimals });
        // In two steps, as the product of two numbers of 20 decimals is too long; cutting twice cuts the same.
        let low = 10i128.pow(decimals / 2);
        let high = 10i128.pow(decimals - decimals / 2);
        let carried = value * (fraction % low) / low;
        Self { units: (value * (fraction / low) + carried) / high, scale: decimals }
    }

    /// The quotient of a smaller by a larger amount, cut after so many decimals.
    pub(super) fn over(self, larger: Self, decimals: u32) -> Self {
        let (mut rest, divisor, _) = self.level(larger);
        let mut units = 0;
        for _ in 0..decimals {
            rest *= 10;
            units = units * 10 + rest / divisor;
            rest %= divisor;
        }
        Self { units, scale: decimals }
    }

    /// The votes divided by a number of seats with so many decimals: cut, or rounded up.
    pub(super) fn shared(self, seats: u64, decimals: u32, is_up: bool) -> Self {
        let (units, divisor) = if decimals >= self.scale {
            (self.units * 10i128.pow(decimals - self.scale), i128::from(seats))
        } else {
            (self.units, i128::from(seats) * 10i128.pow(self.scale - decimals))
        };
        let up = i128::from(is_up && units % divisor != 0);
        Self { units: units / divisor + up, scale: decimals }
    }

    /// Whole votes, decimals cut.
    pub(super) fn floor(self) -> i128 {
        self.units / 10i128.pow(self.scale)
    }

    /// As RCTab writes it: plain, but with an exponent where more than six zeros would follow the point.
    pub(super) fn report(self) -> String {
        let digits = self.units.unsigned_abs().to_string();
        let before = i64::try_from(digits.len()).unwrap_or(i64::MAX) - 1;
        let exponent = before - i64::from(self.scale);
        if self.scale == 0 || exponent >= -6 {
            return self.to_string();
        }
        let point = if digits.len() > 1 { format!("{}.{}", &digits[..1], &digits[1..]) } else { digits };
        format!("{}{point}E{exponent}", if self.units < 0 { "-" } else { "" })
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.units < 0 { "-" } else { "" };
        if self.scale == 0 {
            return write!(to, "{}", self.units);
        }
        let power = 10u128.pow(self.scale);
        let units = self.units.unsigned_abs();
        let width = usize::try_from(self.scale).unwrap_or(0);
        write!(to, "{sign}{}.{:0width$}", units / power, units % power)
    }
}

impl PartialEq for Amount {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Amount {}

impl PartialOrd for Amount {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Amount {
    fn cmp(&self, other: &Self) -> Ordering {
        let (one, two, _) = self.level(*other);
        one.cmp(&two)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_of_a_sum_is_the_finer_one_and_stays() {
        let part = Amount::step(4).times(1111);
        assert_eq!(Amount::whole(2).plus(part).to_string(), "2.1111");
        assert_eq!(Amount::ZERO.plus(part).minus(part).to_string(), "0.0000");
        assert_eq!(Amount::ZERO.minus(part).to_string(), "-0.1111");
        assert_eq!(Amount::whole(8), Amount::step(4).times(80_000));
    }

    #[test]
    fn products_and_quotients_are_cut() {
        let ninth = Amount::ONE.over(Amount::whole(9), 4);
        assert_eq!(ninth.to_string(), "0.1111");
        assert_eq!(Amount::ONE.minus(ninth).part(ninth, 4).to_string(), "0.0987");
        assert_eq!(Amount::whole(29).shared(4, 0, false).to_string(), "7");
        assert_eq!(Amount::whole(29).shared(4, 2, false).to_string(), "7.25");
        assert_eq!(Amount::whole(29).shared(3, 0, true).to_string(), "10");
        let percent = |units, decimals| Amount::percent(Percentage { units, decimals });
        assert_eq!(percent(15, 0).of(Amount::whole(27)).to_string(), "4.05");
        assert_eq!(percent(200, 1).of(Amount::whole(27)).to_string(), "5.400");
    }

    #[test]
    fn a_part_is_the_plain_product_cut_once() {
        let mut draw = 1u64;
        for decimals in [1, 4, 9, 18] {
            let one = 10u64.pow(decimals);
            for _ in 0..2000 {
                let [value, fraction] = [0; 2].map(|_: u64| {
                    draw = draw.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    (draw >> 1) % (one + 1)
                });
                let part = Amount::step(decimals).times(value).part(Amount::step(decimals).times(fraction), decimals);
                let plain = i128::from(value) * i128::from(fraction) / i128::from(one);
                assert_eq!((part.units, part.scale), (plain, decimals), "{value} of {fraction}");
            }
        }
    }

    #[test]
    fn twenty_decimals_do_not_overflow() {
        let third = Amount::ONE.over(Amount::whole(3), 20);
        assert_eq!(third.to_string(), "0.33333333333333333333");
        assert_eq!(Amount::ONE.minus(third).part(third, 20).to_string(), "0.22222222222222222222");
        assert_eq!(Amount::ONE.part(Amount::ZERO, 20).report(), "0E-20");
        assert_eq!(third.times(MAX_VOTES).floor(), 33_333_333_333_333_333);
    }

    #[test]
    fn small_numbers_take_an_exponent_in_the_report() {
        assert_eq!(Amount::step(6).report(), "0.000001");
        assert_eq!(Amount::step(7).report(), "1E-7");
        assert_eq!(Amount::step(9).times(123).report(), "1.23E-7");
        assert_eq!(Amount::step(7).times(0).report(), "0E-7");
        assert_eq!(Amount::whole(0).report(), "0");
    }
}
