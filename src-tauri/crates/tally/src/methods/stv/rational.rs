//! Exact fractions. Fit for rules with one transfer a stage; under Meek their denominators grow fourfold with every
//! iteration, so a count ends with `too_large` before they fill the memory.

use std::cmp::Ordering;
use std::ops::{AddAssign, SubAssign};

use num_bigint::BigInt;
use num_integer::Integer;

use super::arithmetic::Arithmetic;

/// A fraction in lowest terms with a positive denominator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fraction {
    above: BigInt,
    below: BigInt,
}

impl Fraction {
    fn new(above: BigInt, below: BigInt) -> Self {
        let common = above.gcd(&below);
        if common == BigInt::from(1) {
            Self { above, below }
        } else {
            Self { above: above / &common, below: below / common }
        }
    }

    fn combine(&mut self, other: &Self, sign: i8) {
        let term = &other.above * sign;
        if self.below == other.below {
            let above = &self.above + term;
            let below = std::mem::take(&mut self.below);
            *self = if below == BigInt::from(1) { Self { above, below } } else { Self::new(above, below) };
        } else {
            *self = Self::new(&self.above * &other.below + term * &self.below, &self.below * &other.below);
        }
    }

    /// Bits of the denominator.
    pub(crate) fn bits(&self) -> u64 {
        self.below.bits()
    }
}

impl AddAssign<&Self> for Fraction {
    fn add_assign(&mut self, other: &Self) {
        self.combine(other, 1);
    }
}

impl SubAssign<&Self> for Fraction {
    fn sub_assign(&mut self, other: &Self) {
        self.combine(other, -1);
    }
}

impl PartialOrd for Fraction {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Fraction {
    fn cmp(&self, other: &Self) -> Ordering {
        (&self.above * &other.below).cmp(&(&other.above * &self.below))
    }
}

/// Exact fractions, shown with some places.
pub(crate) struct Rationals {
    pub(crate) shown: u32,
}

impl Arithmetic for Rationals {
    type Value = Fraction;

    fn whole(&self, number: u64) -> Fraction {
        Fraction { above: number.into(), below: 1.into() }
    }

    fn times(&self, value: &Fraction, number: u64) -> Fraction {
        Fraction::new(&value.above * number, value.below.clone())
    }

    fn mul_div(&self, left: &Fraction, right: &Fraction, divisor: &Fraction) -> Fraction {
        Fraction::new(&left.above * &right.above * &divisor.below, &left.below * &right.below * &divisor.above)
    }

    fn mul_up(&self, left: &Fraction, right: &Fraction) -> Fraction {
        Fraction::new(&left.above * &right.above, &left.below * &right.below)
    }

    fn div_up(&self, left: &Fraction, right: &Fraction) -> Fraction {
        self.div(left, right)
    }

    fn compare(&self, left: &Fraction, right: &Fraction) -> Ordering {
        left.cmp(right)
    }

    fn step(&self) -> Fraction {
        self.whole(0)
    }

    fn shown(&self, value: &Fraction) -> BigInt {
        let units = &value.above * BigInt::from(10).pow(self.shown);
        let halves: BigInt = units * 2 + &value.below;
        halves.div_floor(&(&value.below * 2))
    }

    fn places(&self) -> u32 {
        self.shown
    }

    fn floor(&self, value: &Fraction) -> Fraction {
        Fraction { above: value.above.div_floor(&value.below), below: 1.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_are_exact_and_shown_rounded() {
        let math = Rationals { shown: 3 };
        let third = math.div(&math.whole(2), &math.whole(3));
        assert_eq!(math.text(&third), "0.667");
        assert_eq!(math.sum([&third, &third, &third]), math.whole(2));
        assert_eq!(math.compare(&third, &math.mul_up(&third, &third)), Ordering::Greater);
        assert_eq!(math.floor(&math.times(&third, 5)), math.whole(3));
    }
}
