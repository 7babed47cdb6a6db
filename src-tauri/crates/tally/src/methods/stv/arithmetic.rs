//! The numbers that a count is made with: what every rule asks of them, and how a person names them.
//!
//! Three kinds: `fixed` keeps so many decimal places and cuts off the rest; `guarded` keeps further places that nobody
//! sees, shows the rounded number and takes two numbers for equal whose hidden places differ by less than half a step of
//! the last shown one; `rational` is exact. `integer` is `fixed` without places.

use std::cmp::Ordering;
use std::fmt::{self, Debug};
use std::ops::{AddAssign, SubAssign};

use num_bigint::BigInt;

use crate::CannotCount;

/// Places that a rational number is shown with unless told otherwise.
const RATIONAL_SHOWN: u32 = 12;
/// More places than this help nobody and only cost time.
const MOST_PLACES: u32 = 60;

/// How a count calculates. All values are at least zero wherever they are multiplied or divided.
pub(crate) trait Arithmetic {
    /// A number of votes, or a share of one.
    type Value: Clone + Debug + Ord + for<'x> AddAssign<&'x Self::Value> + for<'x> SubAssign<&'x Self::Value>;

    /// A whole number.
    fn whole(&self, number: u64) -> Self::Value;
    /// `value` × `number`, exact.
    fn times(&self, value: &Self::Value, number: u64) -> Self::Value;
    /// `left` × `right` ÷ `divisor`, rounded only once, downwards. The divisor is not zero.
    fn mul_div(&self, left: &Self::Value, right: &Self::Value, divisor: &Self::Value) -> Self::Value;
    /// `left` × `right`, rounded upwards.
    fn mul_up(&self, left: &Self::Value, right: &Self::Value) -> Self::Value;
    /// `left` ÷ `right`, rounded upwards.
    fn div_up(&self, left: &Self::Value, right: &Self::Value) -> Self::Value;
    /// Compares as the arithmetic sees it: `guarded` takes close numbers for equal.
    fn compare(&self, left: &Self::Value, right: &Self::Value) -> Ordering;
    /// The smallest step between two numbers; zero where the arithmetic is as good as exact.
    fn step(&self) -> Self::Value;
    /// The number in units of the last shown place, rounded as it is shown.
    fn shown(&self, value: &Self::Value) -> BigInt;
    /// Places shown.
    fn places(&self) -> u32;

    /// `left` ÷ `right`, rounded downwards.
    fn div(&self, left: &Self::Value, right: &Self::Value) -> Self::Value {
        self.mul_div(left, &self.whole(1), right)
    }

    /// Zero.
    fn zero(&self) -> Self::Value {
        self.whole(0)
    }

    /// True where a quota is an exact fraction, which must be exceeded, not only reached.
    fn is_exact(&self) -> bool {
        self.step() == self.zero()
    }

    /// The sum.
    fn sum<'v>(&self, values: impl IntoIterator<Item = &'v Self::Value>) -> Self::Value
    where
        Self::Value: 'v,
    {
        let mut sum = self.zero();
        for value in values {
            sum += value;
        }
        sum
    }

    /// `left` - `right`.
    fn minus(&self, left: &Self::Value, right: &Self::Value) -> Self::Value {
        let mut rest = left.clone();
        rest -= right;
        rest
    }

    /// `left` + `right`.
    fn plus(&self, left: &Self::Value, right: &Self::Value) -> Self::Value {
        let mut sum = left.clone();
        sum += right;
        sum
    }

    /// As it is shown.
    fn text(&self, value: &Self::Value) -> String {
        decimal_text(&self.shown(value), self.places())
    }

    /// The whole part.
    fn floor(&self, value: &Self::Value) -> Self::Value;
}

/// A number of units of 10^-`places`, written out.
pub(crate) fn decimal_text(units: &BigInt, places: u32) -> String {
    let places = places as usize;
    let text = units.magnitude().to_string();
    let sign = if units.sign() == num_bigint::Sign::Minus { "-" } else { "" };
    if places == 0 {
        return format!("{sign}{text}");
    }
    let padded = format!("{text:0>width$}", width = places + 1);
    let (whole, fraction) = padded.split_at(padded.len() - places);
    format!("{sign}{whole}.{fraction}")
}

/// An arithmetic by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArithmeticName {
    /// Decimal places, cut off.
    Fixed {
        /// Places.
        places: u32,
    },
    /// Decimal places with hidden ones behind them.
    Guarded {
        /// Places.
        places: u32,
        /// Hidden places.
        guard: u32,
    },
    /// Exact fractions.
    Rational {
        /// Places shown.
        shown: u32,
    },
}

/// An arithmetic as a person asks for it: a name, and how fine a rule that iterates shall be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The arithmetic; absent where only the end of the iteration was named.
    pub name: Option<ArithmeticName>,
    /// Iterations end when the surplus is at most 10^-omega.
    pub omega: Option<u32>,
}

impl ArithmeticName {
    /// 10^-this is where iterations end by default: two thirds of the fixed places, half of the guarded ones, ten for exact
    /// fractions.
    pub(crate) fn omega(self) -> u32 {
        match self {
            Self::Fixed { places } => places * 2 / 3,
            Self::Guarded { places, .. } => places / 2,
            Self::Rational { .. } => 10,
        }
    }
}

impl fmt::Display for ArithmeticName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed { places: 0 } => write!(formatter, "integer"),
            Self::Fixed { places } => write!(formatter, "fixed-p{places}-d{places}"),
            Self::Guarded { places, guard } => write!(formatter, "guarded-p{places}-g{guard}-d{places}"),
            Self::Rational { shown } => write!(formatter, "rational-d{shown}"),
        }
    }
}

impl Asked {
    /// Reads names such as `fixed-p5-d5`, `guarded-p18-g9`, `rational`, `integer`, `o9-guarded-p18-g9-d18`, also behind the
    /// name of the rule (`meek-o10-rational-d12`). A bare `fixed` or `guarded` takes the places of `usual`.
    ///
    /// # Errors
    /// `bad_option` where a part is not known or the places are too many.
    pub fn parse(text: &str, rule: &str, usual: ArithmeticName) -> Result<Self, CannotCount> {
        let unknown = || {
            CannotCount::new(
                "bad_option",
                format!(
                    "{text} is no arithmetic; write fixed-p5-d5, guarded-p18-g9, rational or integer, with the places you want"
                ),
            )
        };
        let rest = text.strip_prefix(rule).and_then(|rest| rest.strip_prefix('-')).unwrap_or(text);
        let (mut kind, mut places, mut guard, mut shown, mut omega) = (None, None, None, None, None);
        for part in rest.split('-') {
            let number = |from: usize| {
                let number: u32 = part.get(from..).and_then(|digits| digits.parse().ok()).ok_or_else(unknown)?;
                if number > MOST_PLACES { Err(unknown()) } else { Ok(number) }
            };
            match part.as_bytes() {
                b"fixed" | b"guarded" | b"rational" | b"integer" if kind.is_none() => kind = Some(part),
                [b'p', ..] => places = Some(number(1)?),
                [b'g', ..] => guard = Some(number(1)?),
                [b'd', ..] => shown = Some(number(1)?),
                [b'o', ..] => omega = Some(number(1)?),
                _ => return Err(unknown()),
            }
        }
        let name = match kind {
            None if places.is_none() && guard.is_none() && shown.is_none() && omega.is_some() => None,
            None => return Err(unknown()),
            Some("fixed") => {
                let usual = if let ArithmeticName::Fixed { places } = usual { places } else { 9 };
                Some(ArithmeticName::Fixed { places: places.unwrap_or(usual) })
            }
            Some("guarded") => {
                let usual =
                    if let ArithmeticName::Guarded { places, guard } = usual { (places, guard) } else { (18, 9) };
                let places = places.unwrap_or(usual.0);
                Some(ArithmeticName::Guarded { places, guard: guard.unwrap_or(usual.1).max(1) })
            }
            Some("integer") => Some(ArithmeticName::Fixed { places: 0 }),
            Some(_) => Some(ArithmeticName::Rational { shown: shown.unwrap_or(RATIONAL_SHOWN) }),
        };
        Ok(Self { name, omega })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_and_written() {
        let usual = ArithmeticName::Guarded { places: 18, guard: 9 };
        for (text, rule, name, omega) in [
            ("fixed-p5-d5", "scotland", "fixed-p5-d5", None),
            ("guarded-p18-g9", "wigm", "guarded-p18-g9-d18", None),
            ("meek-o10-rational-d12", "meek", "rational-d12", Some(10)),
            ("o9-guarded-p18-g9-d18", "meek", "guarded-p18-g9-d18", Some(9)),
            ("rational", "wigm", "rational-d12", None),
            ("integer", "dublin", "integer", None),
            ("guarded", "qpq", "guarded-p18-g9-d18", None),
        ] {
            let asked = Asked::parse(text, rule, usual).unwrap();
            assert_eq!((asked.name.unwrap().to_string().as_str(), asked.omega), (name, omega));
        }
        for text in ["", "float", "fixed-p", "fixed-p99", "p5", "rational-x"] {
            assert_eq!(Asked::parse(text, "wigm", usual).unwrap_err().kind, "bad_option", "{text}");
        }
    }

    #[test]
    fn numbers_are_written_with_all_their_places() {
        for (units, places, text) in
            [(5, 0, "5"), (5, 2, "0.05"), (-1, 3, "-0.001"), (123_456, 5, "1.23456"), (0, 4, "0.0000")]
        {
            assert_eq!(decimal_text(&BigInt::from(units), places), text);
        }
    }
}
