//! Decimal floating point with 80 significant digits, as the origin system Astra counts with.
//!
//! A number is coefficient × 10^exponent with at most 80 digits in the coefficient. Results that need more are rounded
//! half to even; everything else is exact and keeps its trailing zeros, because a published `2.50` is not the text
//! `2.5`. The rules are those of the General Decimal Arithmetic Specification (Cowlishaw, version 1.70) at precision
//! 80, without traps and without bounds for exponents: a count stays many orders of magnitude away from them. Zero has
//! no sign here; no step of a count makes a negative zero.
//!
//! **Inside.** Five limbs of sixteen decimal digits each, most significant first and aligned to the left: the first digit
//! of the first limb is the first digit of the number, wherever its point is. Eighty digits fill the limbs exactly, so
//! rounding always happens between two limbs, a product never needs shifting by more than one digit, and two positive
//! numbers are compared by their magnitude and then limb by limb. Sums line the smaller number up below the larger in
//! ten limbs; what falls out at the far end is only remembered as "something", which is all that rounding needs.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

/// Significant digits of every result.
pub const PRECISION: i32 = 80;

const LIMBS: usize = 5;
const LIMB_DIGITS: usize = 16;
const BASE: u64 = 10_u64.pow(16);
/// The smallest first limb of a number that is not zero.
const FIRST: u64 = BASE / 10;

/// Room for an exact product, or for a sum with its digits beyond the eightieth.
type Wide = [u64; 2 * LIMBS];

const POWERS: [u64; LIMB_DIGITS + 1] = powers();
/// For n of 1 to 15: what to multiply a limb by, and how far to shift the upper half of the product, to divide by 10^n.
const RECIPROCALS: [(u64, u32); LIMB_DIGITS] = reciprocals();
/// 2^117 / 10^16, rounded down.
const BASE_RECIPROCAL: u64 = lower((1 << 117) / BASE as u128);

/// A decimal number; see the module for its rules. Compares by value: `2.50` equals `2.5`, though their texts differ.
#[derive(Clone, Copy)]
pub struct Decimal {
    limbs: [u64; LIMBS],
    /// Power of ten of the last digit of the coefficient.
    exponent: i32,
    /// Digits of the coefficient, 1 to 80; zero has one.
    digits: i32,
    is_negative: bool,
}

impl Decimal {
    /// Zero with exponent 0.
    pub const ZERO: Self = Self::zero(0);
    /// One with exponent 0.
    pub const ONE: Self = Self::power_of_ten(0);

    const fn zero(exponent: i32) -> Self {
        Self { limbs: [0; LIMBS], exponent, digits: 1, is_negative: false }
    }

    /// 1 × 10^`exponent`.
    pub const fn power_of_ten(exponent: i32) -> Self {
        Self { limbs: [FIRST, 0, 0, 0, 0], exponent, digits: 1, is_negative: false }
    }

    /// True for zero with any exponent.
    #[inline]
    pub fn is_zero(&self) -> bool {
        self.limbs[0] == 0
    }

    /// True above zero.
    #[inline]
    pub fn is_positive(&self) -> bool {
        !self.is_zero() && !self.is_negative
    }

    /// Power of ten of the last digit of the coefficient.
    #[inline]
    pub fn exponent(&self) -> i32 {
        self.exponent
    }

    /// True for 1 with exponent 0, by which every number can be multiplied without any change.
    #[inline]
    pub fn is_plain_one(&self) -> bool {
        self.exponent == 0 && self.digits == 1 && self.limbs[0] == FIRST && !self.is_negative
    }

    /// The same number without its sign.
    #[must_use]
    pub fn abs(self) -> Self {
        Self { is_negative: false, ..self }
    }

    /// The sum, rounded to 80 digits.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        self.add_signed(other, other.is_negative)
    }

    /// The difference, rounded to 80 digits.
    #[must_use]
    pub fn minus(&self, other: &Self) -> Self {
        self.add_signed(other, !other.is_negative)
    }

    /// The product, rounded to 80 digits.
    #[must_use]
    pub fn times(&self, other: &Self) -> Self {
        let exponent = self.exponent + other.exponent;
        if self.is_zero() || other.is_zero() {
            return Self::zero(exponent);
        }
        let mut wide: Wide = [0; 2 * LIMBS];
        let mut carry = 0;
        for column in (0..2 * LIMBS - 1).rev() {
            let mut sum = u128::from(carry);
            for left in column.saturating_sub(LIMBS - 1)..=column.min(LIMBS - 1) {
                sum += u128::from(self.limbs[left]) * u128::from(other.limbs[column - left]);
            }
            (carry, wide[column + 1]) = split_column(sum);
        }
        wide[0] = carry;
        let mut digits = self.digits + other.digits;
        if carry < FIRST {
            shift_left(&mut wide, 1);
            digits -= 1;
        }
        Self::rounded(self.is_negative != other.is_negative, &wide, false, digits, exponent)
    }

    /// The quotient, rounded to 80 digits; `None` where the divisor is zero. An exact quotient has the exponent nearest to
    /// the difference of the exponents that it can be written with.
    #[must_use]
    pub fn over(&self, divisor: &Self) -> Option<Self> {
        if divisor.is_zero() {
            return None;
        }
        let ideal = self.exponent - divisor.exponent;
        if self.is_zero() {
            return Some(Self::zero(ideal));
        }
        // By hand, digit by digit: a count divides once per elected candidate and round, so that plain beats fast here.
        let mut first = self.first_place() - divisor.first_place();
        let mut rest = [0; LIMBS + 1];
        rest[1..].copy_from_slice(&self.limbs);
        let mut below = [0; LIMBS + 1];
        below[1..].copy_from_slice(&divisor.limbs);
        if rest < below {
            times_ten(&mut rest);
            first -= 1;
        }
        let mut limbs = [0; LIMBS];
        let mut zeros_at_end = 0;
        for place in 0..LIMBS * LIMB_DIGITS {
            if place > 0 {
                times_ten(&mut rest);
            }
            let mut digit = 0;
            while rest >= below {
                take_away(&mut rest, &below);
                digit += 1;
            }
            zeros_at_end = if digit == 0 { zeros_at_end + 1 } else { 0 };
            let limb = &mut limbs[place / LIMB_DIGITS];
            *limb = *limb * 10 + digit;
        }
        let is_negative = self.is_negative != divisor.is_negative;
        if rest == [0; LIMBS + 1] {
            let shortest = first - (PRECISION - zeros_at_end) + 1;
            let exponent = shortest.min(ideal);
            return Some(Self { limbs, exponent, digits: first - exponent + 1, is_negative });
        }
        // The remainder only matters by how its double compares with the divisor.
        times_two(&mut rest);
        let (tail, has_more) = match rest.cmp(&below) {
            Ordering::Less => (0, true),
            Ordering::Equal => (BASE / 2, false),
            Ordering::Greater => (BASE / 2, true),
        };
        let mut wide: Wide = [0; 2 * LIMBS];
        wide[..LIMBS].copy_from_slice(&limbs);
        wide[LIMBS] = tail;
        Some(Self::rounded(is_negative, &wide, has_more, PRECISION + 1, first - PRECISION))
    }

    /// Text with exactly `places` digits behind the point, rounded half to even, never in scientific notation.
    pub fn to_places(&self, places: usize) -> String {
        let coefficient = self.coefficient_text();
        let wanted = i32::try_from(places).unwrap_or(i32::MAX);
        // All digits down to the last place wanted.
        let spare = self.exponent.saturating_add(wanted);
        let mut kept = coefficient.into_bytes();
        if spare >= 0 {
            kept.extend(std::iter::repeat_n(b'0', usize::try_from(spare).unwrap_or(0)));
        } else {
            let cut = usize::try_from(-spare).unwrap_or(0);
            let missing = (cut + 1).saturating_sub(kept.len());
            kept.splice(0..0, std::iter::repeat_n(b'0', missing));
            let tail = kept.split_off(kept.len() - cut);
            let is_odd = kept.last().is_some_and(|digit| digit % 2 == 1);
            let rounds_up = match tail[0].cmp(&b'5') {
                Ordering::Less => false,
                Ordering::Equal => is_odd || tail[1..].iter().any(|digit| *digit != b'0'),
                Ordering::Greater => true,
            };
            if rounds_up {
                let nines = kept.iter().rev().take_while(|digit| **digit == b'9').count();
                let at = kept.len() - nines;
                kept[at..].fill(b'0');
                match at.checked_sub(1) {
                    Some(before) => kept[before] += 1,
                    None => kept.insert(0, b'1'),
                }
            }
        }
        let missing = (places + 1).saturating_sub(kept.len());
        kept.splice(0..0, std::iter::repeat_n(b'0', missing));
        let point = kept.len() - places;
        let digits: String = kept.iter().map(|digit| char::from(*digit)).collect();
        let sign = if self.is_negative && kept.iter().any(|digit| *digit != b'0') { "-" } else { "" };
        let whole = digits[..point].trim_start_matches('0');
        let whole = if whole.is_empty() { "0" } else { whole };
        if places == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{}", &digits[point..]) }
    }

    /// Power of ten of the first digit.
    #[inline]
    fn first_place(&self) -> i32 {
        self.exponent + self.digits - 1
    }

    /// The same value with a lower exponent, as far down as 80 digits allow.
    fn padded_to(&self, exponent: i32) -> Self {
        let exponent = exponent.max(self.first_place() - PRECISION + 1).min(self.exponent);
        Self { exponent, digits: self.first_place() - exponent + 1, ..*self }
    }

    #[inline]
    fn magnitude(&self, other: &Self) -> Ordering {
        self.first_place().cmp(&other.first_place()).then_with(|| self.limbs.cmp(&other.limbs))
    }

    fn add_signed(&self, other: &Self, other_is_negative: bool) -> Self {
        let exponent = self.exponent.min(other.exponent);
        match (self.is_zero(), other.is_zero()) {
            (true, true) => return Self::zero(exponent),
            (true, false) => return Self { is_negative: other_is_negative, ..other.padded_to(exponent) },
            (false, true) => return self.padded_to(exponent),
            (false, false) => {}
        }
        let (large, small, is_negative) = if self.magnitude(other) == Ordering::Less {
            (other, self, other_is_negative)
        } else {
            (self, other, self.is_negative)
        };
        let mut first = large.first_place();
        let (mut wide, has_more) = lowered(&small.limbs, first - small.first_place());
        if self.is_negative == other_is_negative {
            let mut carry = 0;
            for (limb, above) in wide[..LIMBS].iter_mut().zip(&large.limbs).rev() {
                *limb += above + carry;
                carry = u64::from(*limb >= BASE);
                *limb -= BASE * carry;
            }
            if carry > 0 {
                push_down_one(&mut wide);
                first += 1;
            }
        } else {
            // With "something" below the last limb the exact difference lies one lower, and something is left there again.
            let mut borrow = u64::from(has_more);
            for at in (0..2 * LIMBS).rev() {
                let above = if at < LIMBS { large.limbs[at] } else { 0 };
                let taken = wide[at] + borrow;
                borrow = u64::from(above < taken);
                wide[at] = above + BASE * borrow - taken;
            }
            if wide[0] < FIRST {
                match leading_zeros(&wide) {
                    None => return Self::zero(exponent),
                    Some(zeros) => {
                        shift_left(&mut wide, zeros);
                        first -= i32::try_from(zeros).unwrap_or(i32::MAX);
                    }
                }
            }
        }
        Self::rounded(is_negative, &wide, has_more, first - exponent + 1, exponent)
    }

    /// Brings an exact result to 80 digits. `digits` counts from the first digit of `wide` down to `exponent`; `has_more`
    /// tells that something smaller than its last digit follows.
    #[inline]
    fn rounded(is_negative: bool, wide: &Wide, has_more: bool, digits: i32, exponent: i32) -> Self {
        let mut limbs = [0; LIMBS];
        limbs.copy_from_slice(&wide[..LIMBS]);
        if digits <= PRECISION {
            return Self { limbs, exponent, digits, is_negative };
        }
        let mut exponent = exponent + (digits - PRECISION);
        let rounds_up = match wide[LIMBS].cmp(&(BASE / 2)) {
            Ordering::Less => false,
            Ordering::Greater => true,
            Ordering::Equal => has_more || limbs[LIMBS - 1] % 2 == 1 || wide[LIMBS + 1..].iter().any(|limb| *limb > 0),
        };
        if rounds_up {
            let mut carry = 1;
            for limb in limbs.iter_mut().rev() {
                *limb += carry;
                carry = u64::from(*limb == BASE);
                *limb -= BASE * carry;
            }
            if carry > 0 {
                limbs[0] = FIRST;
                exponent += 1;
            }
        }
        Self { limbs, exponent, digits: PRECISION, is_negative }
    }

    /// Digits of the coefficient, without point and sign.
    fn coefficient_text(&self) -> String {
        let mut text: String = self.limbs.iter().map(|limb| format!("{limb:016}")).collect();
        text.truncate(usize::try_from(self.digits).unwrap_or(1));
        text
    }
}

/// A column of a long multiplication, below 2^112, as carry and limb.
#[inline]
fn split_column(sum: u128) -> (u64, u64) {
    // The estimate is at most one too low: the shift and the rounded reciprocal together lose less than 0.1, and the
    // truncation less than 1.
    let estimate = upper(u128::from(lower(sum >> 48)) * u128::from(BASE_RECIPROCAL)) >> 5;
    let rest = lower(sum).wrapping_sub(estimate.wrapping_mul(BASE));
    if rest >= BASE { (estimate + 1, rest - BASE) } else { (estimate, rest) }
}

#[inline]
const fn lower(wide: u128) -> u64 {
    (wide & 0xffff_ffff_ffff_ffff) as u64
}

#[inline]
const fn upper(wide: u128) -> u64 {
    (wide >> 64) as u64
}

const fn powers() -> [u64; LIMB_DIGITS + 1] {
    let mut powers = [1; LIMB_DIGITS + 1];
    let mut n = 1;
    while n <= LIMB_DIGITS {
        powers[n] = powers[n - 1] * 10;
        n += 1;
    }
    powers
}

const fn reciprocals() -> [(u64, u32); LIMB_DIGITS] {
    let mut reciprocals = [(0, 0); LIMB_DIGITS];
    let mut n = 1;
    while n < LIMB_DIGITS {
        let shift = POWERS[n].ilog2();
        reciprocals[n] = (lower((1_u128 << (64 + shift)).div_ceil(POWERS[n] as u128)), shift);
        n += 1;
    }
    reciprocals
}

/// Limb divided by 10^`n`, n of 1 to 15, and what is left. Exact: the reciprocal is less than 10^n / 2^(64+shift) too large,
/// and a limb has less than 54 bits.
#[inline]
fn split_limb(limb: u64, n: usize) -> (u64, u64) {
    let (factor, shift) = RECIPROCALS[n];
    let quotient = upper(u128::from(limb) * u128::from(factor)) >> shift;
    (quotient, limb - quotient * POWERS[n])
}

/// A number moved down by some digits, and whether anything fell out below the last limb.
#[inline]
fn lowered(limbs: &[u64; LIMBS], by: i32) -> (Wide, bool) {
    let mut wide: Wide = [0; 2 * LIMBS];
    let by = usize::try_from(by).unwrap_or(0);
    let (whole, part) = (by / LIMB_DIGITS, by % LIMB_DIGITS);
    let mut fell_out = 0;
    if part == 0 {
        for (at, limb) in limbs.iter().enumerate() {
            *wide.get_mut(at + whole).unwrap_or(&mut fell_out) |= limb;
        }
        return (wide, fell_out > 0);
    }
    for (at, limb) in limbs.iter().enumerate() {
        let (high, low) = split_limb(*limb, part);
        let low = low * POWERS[LIMB_DIGITS - part];
        // The two neighbours that share a limb fill different digits of it, so that adding cannot carry.
        match wide.get_mut(at + whole) {
            Some(to) => *to += high,
            None => fell_out |= high,
        }
        match wide.get_mut(at + whole + 1) {
            Some(to) => *to += low,
            None => fell_out |= low,
        }
    }
    (wide, fell_out > 0)
}

/// Moves everything one digit down and puts a 1 in front. Nothing is lost: only a number that overlaps the larger one can
/// make its sum longer, and such a one ends above the last digit.
fn push_down_one(wide: &mut Wide) {
    let mut from_above = 1;
    for limb in wide.iter_mut() {
        let (high, low) = split_limb(*limb, 1);
        *limb = from_above * FIRST + high;
        from_above = low;
    }
}

/// Moves everything up; what leaves at the top are zeros.
#[inline]
fn shift_left(wide: &mut Wide, by: usize) {
    let (whole, part) = (by / LIMB_DIGITS, by % LIMB_DIGITS);
    if whole > 0 {
        wide.copy_within(whole.., 0);
        wide[2 * LIMBS - whole..].fill(0);
    }
    if part > 0 {
        let mut from_below = 0;
        for limb in wide.iter_mut().rev() {
            let (high, low) = split_limb(*limb, LIMB_DIGITS - part);
            *limb = low * POWERS[part] + from_below;
            from_below = high;
        }
    }
}

/// Zeros before the first digit; `None` where there are only zeros.
fn leading_zeros(wide: &Wide) -> Option<usize> {
    let at = wide.iter().position(|limb| *limb > 0)?;
    let digits = usize::try_from(wide[at].ilog10()).unwrap_or(0) + 1;
    Some((at + 1) * LIMB_DIGITS - digits)
}

fn times_ten(limbs: &mut [u64; LIMBS + 1]) {
    let mut carry = 0;
    for limb in limbs.iter_mut().rev() {
        let product = *limb * 10 + carry;
        carry = product / BASE;
        *limb = product % BASE;
    }
}

fn times_two(limbs: &mut [u64; LIMBS + 1]) {
    let mut carry = 0;
    for limb in limbs.iter_mut().rev() {
        *limb = *limb * 2 + carry;
        carry = u64::from(*limb >= BASE);
        *limb -= BASE * carry;
    }
}

fn take_away(from: &mut [u64; LIMBS + 1], what: &[u64; LIMBS + 1]) {
    let mut borrow = 0;
    for (limb, taken) in from.iter_mut().zip(what).rev() {
        let taken = taken + borrow;
        borrow = u64::from(*limb < taken);
        *limb = *limb + BASE * borrow - taken;
    }
}

impl From<u64> for Decimal {
    fn from(value: u64) -> Self {
        let Some(log) = value.checked_ilog10() else {
            return Self::ZERO;
        };
        let digits = i32::try_from(log).unwrap_or(0) + 1;
        let mut limbs = [0; LIMBS];
        if value < BASE {
            limbs[0] = value * 10_u64.pow(15 - log);
        } else {
            let aligned = u128::from(value) * 10_u128.pow(31 - log);
            limbs[0] = lower(aligned / u128::from(BASE));
            limbs[1] = lower(aligned % u128::from(BASE));
        }
        Self { limbs, exponent: 0, digits, is_negative: false }
    }
}

impl From<i64> for Decimal {
    fn from(value: i64) -> Self {
        Self { is_negative: value < 0, ..Self::from(value.unsigned_abs()) }
    }
}

impl Ord for Decimal {
    /// By value, whatever the exponents.
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        let sign = |number: &Self| match (number.is_zero(), number.is_negative) {
            (true, _) => 0,
            (false, true) => -1,
            (false, false) => 1,
        };
        match (sign(self), sign(other)) {
            (1, 1) => self.magnitude(other),
            (-1, -1) => other.magnitude(self),
            (left, right) => left.cmp(&right),
        }
    }
}

impl PartialOrd for Decimal {
    #[inline]
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Decimal {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Decimal {}

impl fmt::Display for Decimal {
    /// Plain notation where the exponent is at most 0 and the first digit stands no further than the sixth place behind
    /// the point, else scientific: the text form of the specification, which the origin prints.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.coefficient_text();
        let first = self.first_place();
        if self.is_negative {
            f.write_str("-")?;
        }
        if self.exponent > 0 || first < -6 {
            let (one, more) = digits.split_at(1);
            let point = if more.is_empty() { "" } else { "." };
            return write!(f, "{one}{point}{more}E{first:+}");
        }
        if self.exponent == 0 {
            return f.write_str(&digits);
        }
        match usize::try_from(first) {
            Ok(before) => write!(f, "{}.{}", &digits[..=before], &digits[before + 1..]),
            Err(_) => {
                let zeros = usize::try_from(-first - 1).unwrap_or(0);
                write!(f, "0.{:0<zeros$}{digits}", "")
            }
        }
    }
}

impl fmt::Debug for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Why a text is no [`Decimal`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseDecimalError {
    /// Something else than a sign, digits, one point and an exponent.
    #[error("not a decimal number")]
    NotANumber,
    /// More than 80 significant digits, or an exponent beyond a million.
    #[error("more digits than this arithmetic holds")]
    TooLong,
}

impl FromStr for Decimal {
    type Err = ParseDecimalError;

    /// Reads what [`Decimal`] prints, keeping the exponent; nothing is rounded.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let not_a_number = ParseDecimalError::NotANumber;
        let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
        let (mantissa, power) = unsigned.split_once(['E', 'e']).unwrap_or((unsigned, "0"));
        let power: i32 = power.parse().map_err(|_| not_a_number)?;
        let (whole, part) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all = [whole, part].concat();
        if all.is_empty() || !all.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(not_a_number);
        }
        let places = i32::try_from(part.len()).map_err(|_| ParseDecimalError::TooLong)?;
        let digits = all.trim_start_matches('0');
        if digits.len() > LIMBS * LIMB_DIGITS || places > 1_000_000 || power.abs() > 1_000_000 {
            return Err(ParseDecimalError::TooLong);
        }
        let exponent = power - places;
        if digits.is_empty() {
            return Ok(Self::zero(exponent));
        }
        let mut limbs = [0; LIMBS];
        for (place, byte) in digits.bytes().chain(std::iter::repeat(b'0')).take(LIMBS * LIMB_DIGITS).enumerate() {
            let limb = &mut limbs[place / LIMB_DIGITS];
            *limb = *limb * 10 + u64::from(byte - b'0');
        }
        let digits = i32::try_from(digits.len()).map_err(|_| ParseDecimalError::TooLong)?;
        Ok(Self { limbs, exponent, digits, is_negative: text.starts_with('-') })
    }
}

#[cfg(test)]
mod tests;
