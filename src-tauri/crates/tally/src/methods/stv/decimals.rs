//! Fixed and guarded decimals: whole numbers of the last (hidden) place. Counts of ordinary size fit into 128 bits with
//! products of 256; larger ones are counted in integers of any size.

use std::cmp::Ordering;
use std::fmt::Debug;
use std::ops::{AddAssign, SubAssign};

use num_bigint::BigInt;
use num_integer::Integer as _;

use super::arithmetic::Arithmetic;

/// Numbers of up to this many bits are counted in 128: room for a sign and for sums of sums.
const ROOM: u32 = 118;

/// The integers behind a decimal.
pub(crate) trait Integer:
    Clone + Debug + Ord + for<'x> AddAssign<&'x Self> + for<'x> SubAssign<&'x Self>
{
    fn from_u64(number: u64) -> Self;
    fn power_of_ten(exponent: u32) -> Self;
    fn times(&self, number: u64) -> Self;
    /// `self` × `right` ÷ `divisor`, down or up.
    fn mul_div(&self, right: &Self, divisor: &Self, up: bool) -> Self;
    fn to_big(&self) -> BigInt;
}

impl Integer for i128 {
    fn from_u64(number: u64) -> Self {
        Self::from(number)
    }

    fn power_of_ten(exponent: u32) -> Self {
        10_i128.pow(exponent)
    }

    #[inline]
    fn times(&self, number: u64) -> Self {
        self * Self::from(number)
    }

    #[inline]
    fn mul_div(&self, right: &Self, divisor: &Self, up: bool) -> Self {
        let (left, right, divisor) = (self.unsigned_abs(), right.unsigned_abs(), divisor.unsigned_abs());
        let quotient = if let Some(product) = left.checked_mul(right) {
            match (u64::try_from(product), u64::try_from(divisor)) {
                (Ok(product), Ok(divisor)) => {
                    u128::from(if up { product.div_ceil(divisor) } else { product / divisor })
                }
                _ if up => product.div_ceil(divisor),
                _ => product / divisor,
            }
        } else {
            let (high, low) = wide_product(left, right);
            let (quotient, rest) = wide_quotient(high, low, divisor);
            quotient + u128::from(up && rest > 0)
        };
        Self::try_from(quotient).expect("the room was chosen so that every quotient fits")
    }

    fn to_big(&self) -> BigInt {
        BigInt::from(*self)
    }
}

impl Integer for BigInt {
    fn from_u64(number: u64) -> Self {
        Self::from(number)
    }

    fn power_of_ten(exponent: u32) -> Self {
        Self::from(10).pow(exponent)
    }

    fn times(&self, number: u64) -> Self {
        self * number
    }

    fn mul_div(&self, right: &Self, divisor: &Self, up: bool) -> Self {
        let product = self * right;
        if up { num_integer::Integer::div_ceil(&product, divisor) } else { product / divisor }
    }

    fn to_big(&self) -> BigInt {
        self.clone()
    }
}

/// Upper and lower half of a product.
fn wide_product(left: u128, right: u128) -> (u128, u128) {
    let half = |number: u128| (number >> 64, number & u128::from(u64::MAX));
    let ((a, b), (c, d)) = (half(left), half(right));
    let (low, middle_1, middle_2, high) = (b * d, a * d, b * c, a * c);
    let middle = (low >> 64) + (middle_1 & u128::from(u64::MAX)) + (middle_2 & u128::from(u64::MAX));
    let low = (middle << 64) | (low & u128::from(u64::MAX));
    (high + (middle_1 >> 64) + (middle_2 >> 64) + (middle >> 64), low)
}

/// A number of 256 bits divided by one of 128: quotient and rest. Two digits of 64 bits, by the schoolbook.
fn wide_quotient(high: u128, low: u128, divisor: u128) -> (u128, u128) {
    assert!(high < divisor, "the quotient fits into 128 bits");
    let shift = divisor.leading_zeros();
    let divisor = divisor << shift;
    let (mut rest, low) = if shift == 0 { (high, low) } else { (high << shift | low >> (128 - shift), low << shift) };
    let (top, bottom) = (divisor >> 64, divisor & u128::from(u64::MAX));
    let mut quotient = 0_u128;
    for next in [low >> 64, low & u128::from(u64::MAX)] {
        let (mut digit, mut left) = (rest / top, rest % top);
        while digit >> 64 != 0 || digit * bottom > (left << 64 | next) {
            digit -= 1;
            left += top;
            if left >> 64 != 0 {
                break;
            }
        }
        rest = (rest << 64 | next).wrapping_sub(digit.wrapping_mul(divisor));
        quotient = quotient << 64 | digit;
    }
    (quotient, rest >> shift)
}

/// Decimals with a number of places, of which some may be hidden.
pub(crate) struct Decimals<I> {
    places: u32,
    one: I,
    /// Units of one shown place; 1 where nothing is hidden.
    shown: I,
    /// Numbers nearer than this are equal.
    near: I,
    zero: I,
    unit: I,
}

impl<I: Integer> Decimals<I> {
    pub(crate) fn new(places: u32, guard: u32) -> Self {
        let shown = I::power_of_ten(guard);
        let near = if guard == 0 { I::from_u64(1) } else { I::power_of_ten(guard - 1).times(5) };
        let one = I::power_of_ten(places + guard);
        Self { places, one, shown, near, zero: I::from_u64(0), unit: I::from_u64(u64::from(guard == 0)) }
    }
}

/// True where all numbers of a count of so many votes with so many places fit into 128 bits.
pub(crate) fn fits(votes: u64, places: u32) -> bool {
    let bits = BigInt::from(votes.max(1)) * BigInt::power_of_ten(places);
    bits.bits() <= u64::from(ROOM)
}

impl<I: Integer> Arithmetic for Decimals<I> {
    type Value = I;

    fn whole(&self, number: u64) -> I {
        self.one.times(number)
    }

    #[inline]
    fn times(&self, value: &I, number: u64) -> I {
        value.times(number)
    }

    #[inline]
    fn mul_div(&self, left: &I, right: &I, divisor: &I) -> I {
        left.mul_div(right, divisor, false)
    }

    #[inline]
    fn mul_up(&self, left: &I, right: &I) -> I {
        left.mul_div(right, &self.one, true)
    }

    fn div_up(&self, left: &I, right: &I) -> I {
        left.mul_div(&self.one, right, true)
    }

    fn compare(&self, left: &I, right: &I) -> Ordering {
        let order = left.cmp(right);
        let (large, small) = if order == Ordering::Less { (right, left) } else { (left, right) };
        if self.minus(large, small) < self.near { Ordering::Equal } else { order }
    }

    fn step(&self) -> I {
        self.unit.clone()
    }

    fn shown(&self, value: &I) -> BigInt {
        let units = value.to_big();
        if self.is_exact() {
            let hidden = self.shown.to_big();
            let halves: BigInt = units * 2 + &hidden;
            halves.div_floor(&(hidden * 2))
        } else {
            units
        }
    }

    fn places(&self) -> u32 {
        self.places
    }

    fn floor(&self, value: &I) -> I {
        let whole = value.mul_div(&I::from_u64(1), &self.one, false);
        whole.mul_div(&self.one, &I::from_u64(1), false)
    }

    fn zero(&self) -> I {
        self.zero.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_products_and_quotients_are_those_of_large_integers() {
        let mut seed = 7_u128;
        let mut random = |bits: u32| {
            seed = seed.wrapping_mul(0x2360_ed05_1fc6_5da4_4385_df64_9fcc_f645).wrapping_add(0x5851_f42d_4c95_7f2d);
            (seed ^ seed >> 61) >> (128 - bits)
        };
        for round in 0..20_000 {
            let bits = |it: u32| 1 + (round * it) % 119;
            let (left, right, divisor) = (random(bits(3)), random(bits(5)), random(bits(7)) + 1);
            let (high, low) = wide_product(left, right);
            let product = BigInt::from(left) * BigInt::from(right);
            assert_eq!((BigInt::from(high) << 128_u32) + BigInt::from(low), product);
            if high < divisor {
                let (quotient, rest) = wide_quotient(high, low, divisor);
                assert_eq!((quotient.into(), rest.into()), (&product / divisor, &product % divisor));
            }
        }
    }

    #[test]
    fn fixed_decimals_cut_off_and_guarded_ones_round_what_they_show() {
        let fixed = Decimals::<i128>::new(5, 0);
        let third = fixed.div(&fixed.whole(2), &fixed.whole(3));
        assert_eq!((fixed.text(&third), fixed.is_exact()), ("0.66666".to_owned(), false));
        let guarded = Decimals::<BigInt>::new(9, 9);
        let third = guarded.div(&guarded.whole(2), &guarded.whole(3));
        assert_eq!((guarded.text(&third), guarded.is_exact()), ("0.666666667".to_owned(), true));
        let nearly = guarded.times(&guarded.div(&guarded.whole(1), &guarded.whole(3)), 3);
        assert_eq!(guarded.compare(&nearly, &guarded.whole(1)), Ordering::Equal);
        assert_eq!(fixed.text(&fixed.floor(&1_299_999)), "12.00000");
    }
}
