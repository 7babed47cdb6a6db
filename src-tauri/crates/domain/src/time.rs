//! Instants and the readers of the time texts that exports hold.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A point in time with microseconds, counted from 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant {
    /// Microseconds since the epoch; negative before it.
    pub micros: i64,
}

/// The digits on the wall: a time text taken apart without converting anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WallClock {
    /// Year, not padded.
    pub year: i16,
    /// Month, 1 to 12.
    pub month: i8,
    /// Day of the month.
    pub day: i8,
    /// Hour, 0 to 23.
    pub hour: i8,
    /// Minute.
    pub minute: i8,
    /// Second.
    pub second: i8,
    /// Fraction in microseconds; further digits are cut.
    pub micros: i32,
    /// Offset from UTC in seconds; `None` where the text names none.
    pub offset_seconds: Option<i32>,
}

impl WallClock {
    /// Reads `YYYY-MM-DD HH:MM:SS`, with `T` or a space, an optional fraction, and an optional `Z` or `+hh:mm`.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        if bytes.len() < 19 || bytes[4] != b'-' || bytes[7] != b'-' || bytes[13] != b':' || bytes[16] != b':' {
            return None;
        }
        if !matches!(bytes[10], b' ' | b'T') {
            return None;
        }
        let number = |from: usize, to: usize| -> Option<i32> {
            let mut value = 0i32;
            for digit in &bytes[from..to] {
                if !digit.is_ascii_digit() {
                    return None;
                }
                value = value * 10 + i32::from(digit - b'0');
            }
            Some(value)
        };
        let mut rest = &bytes[19..];
        let mut micros = 0i32;
        if let Some((b'.', fraction)) = rest.split_first() {
            let digits = fraction.iter().take_while(|digit| digit.is_ascii_digit()).count();
            if digits == 0 || digits > 9 {
                return None;
            }
            for place in 0..6 {
                let digit = fraction.get(place).filter(|_| place < digits).map_or(0, |digit| i32::from(digit - b'0'));
                micros = micros * 10 + digit;
            }
            rest = &fraction[digits..];
        }
        let offset_seconds = match rest {
            [] => None,
            b"Z" | b"z" => Some(0),
            [sign @ (b'+' | b'-'), zone @ ..] => {
                let digit = |at: usize| zone.get(at).filter(|d| d.is_ascii_digit()).map(|d| i32::from(d - b'0'));
                let minutes_at = match zone.len() {
                    5 if zone[2] == b':' => Some(3),
                    4 => Some(2),
                    2 => None,
                    _ => return None,
                };
                let hours = digit(0)? * 10 + digit(1)?;
                let minutes = match minutes_at {
                    Some(at) => digit(at)? * 10 + digit(at + 1)?,
                    None => 0,
                };
                if hours > 23 || minutes > 59 {
                    return None;
                }
                let seconds = hours * 3600 + minutes * 60;
                Some(if *sign == b'-' { -seconds } else { seconds })
            }
            _ => return None,
        };
        let narrow = |value: i32, low: i32, high: i32| -> Option<i8> {
            if (low..=high).contains(&value) { i8::try_from(value).ok() } else { None }
        };
        let clock = Self {
            year: i16::try_from(number(0, 4)?).ok()?,
            month: narrow(number(5, 7)?, 1, 12)?,
            day: narrow(number(8, 10)?, 1, 31)?,
            hour: narrow(number(11, 13)?, 0, 23)?,
            minute: narrow(number(14, 16)?, 0, 59)?,
            second: narrow(number(17, 19)?, 0, 59)?,
            micros,
            offset_seconds,
        };
        (clock.day <= 28 || jiff::civil::Date::new(clock.year, clock.month, clock.day).is_ok()).then_some(clock)
    }

    /// The instant; a text without offset means UTC.
    pub fn instant(&self) -> Instant {
        let days = days_from_civil(i64::from(self.year), i64::from(self.month), i64::from(self.day));
        let seconds =
            days * 86_400 + i64::from(self.hour) * 3600 + i64::from(self.minute) * 60 + i64::from(self.second)
                - i64::from(self.offset_seconds.unwrap_or(0));
        Instant { micros: seconds * 1_000_000 + i64::from(self.micros) }
    }
}

impl Instant {
    /// Reads a time text of an export; a text without offset means UTC.
    pub fn parse(text: &str) -> Option<Self> {
        WallClock::parse(text).map(|clock| clock.instant())
    }

    /// Seconds of a text that is written exactly as `YYYY-MM-DD HH:MM:SS`; `None` for every other text.
    pub fn seconds_of_canonical(text: &str) -> Option<i64> {
        let clock =
            if text.len() == 19 && text.as_bytes()[10] == b' ' { WallClock::parse(text)? } else { return None };
        Some(clock.instant().seconds())
    }

    /// Whole seconds since the epoch, rounded down.
    pub fn seconds(self) -> i64 {
        self.micros.div_euclid(1_000_000)
    }

    /// From whole seconds since the epoch.
    pub fn from_seconds(seconds: i64) -> Self {
        Self { micros: seconds.saturating_mul(1_000_000) }
    }

    /// The digits of the instant in UTC.
    pub fn to_utc(self) -> WallClock {
        let seconds = self.seconds();
        let (year, month, day) = civil_from_days(seconds.div_euclid(86_400));
        let of_day = seconds.rem_euclid(86_400);
        let small = |value: i64| i8::try_from(value).unwrap_or(0);
        WallClock {
            year: i16::try_from(year).unwrap_or(i16::MAX),
            month: small(month),
            day: small(day),
            hour: small(of_day / 3600),
            minute: small(of_day / 60 % 60),
            second: small(of_day % 60),
            micros: i32::try_from(self.micros.rem_euclid(1_000_000)).unwrap_or(0),
            offset_seconds: Some(0),
        }
    }

    /// `2026-02-10T15:30:00+00:00`, with six fraction digits only where there is a fraction.
    pub fn to_iso(self) -> String {
        let clock = self.to_utc();
        let fraction = if clock.micros == 0 { String::new() } else { format!(".{:06}", clock.micros) };
        format!("{}{fraction}+00:00", clock.date_and_time('T'))
    }

    /// `2026-02-10 15:30:00 UTC`, for people.
    pub fn to_display(self) -> String {
        format!("{} UTC", self.to_utc().date_and_time(' '))
    }
}

impl WallClock {
    /// `2026-02-10T15:30:00` with the given separator; years are padded to four digits.
    pub fn date_and_time(&self, separator: char) -> String {
        let mut text = String::with_capacity(19);
        self.push_date_and_time(separator, &mut text);
        text
    }

    /// Appends [`WallClock::date_and_time`].
    pub fn push_date_and_time(&self, separator: char, out: &mut String) {
        fn two(value: i8, before: char, out: &mut String) {
            let value = u8::try_from(value).unwrap_or(0);
            out.push(before);
            out.push(char::from(b'0' + value / 10));
            out.push(char::from(b'0' + value % 10));
        }
        match u16::try_from(self.year) {
            Ok(year) if year < 10_000 => {
                for place in [1000, 100, 10, 1] {
                    out.push(char::from(b'0' + u8::try_from(year / place % 10).unwrap_or(0)));
                }
            }
            _ => out.push_str(&format!("{:04}", self.year)),
        }
        for (value, before) in
            [(self.month, '-'), (self.day, '-'), (self.hour, separator), (self.minute, ':'), (self.second, ':')]
        {
            two(value, before, out);
        }
    }
}

/// As ISO text, with the fraction where there is one.
impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_iso())
    }
}

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| {
            serde::de::Error::custom(format!("\"{text}\" is no time; write it as 2026-02-10T15:30:00+00:00"))
        })
    }
}

/// Days from 1970-01-01 to a date of the Gregorian calendar (H. Hinnant's algorithm, public domain description).
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year - era * 400;
    let day_of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// Inverse of [`days_from_civil`].
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

impl fmt::Display for Instant {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.to_iso())
    }
}

impl fmt::Debug for Instant {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.to_iso())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_moment_in_every_dump_form() {
        let expected = Instant::parse("2026-02-10 15:30:00").expect("plain form");
        for text in [
            "2026-02-10T15:30:00",
            "2026-02-10T15:30:00Z",
            "2026-02-10 15:30:00+00:00",
            "2026-02-10T15:30:00.000000",
            "2026-02-10T10:30:00-05:00",
        ] {
            assert_eq!(Instant::parse(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn broken_times_are_refused() {
        for text in [
            "",
            "2026-02-30 10:00:00",
            "2026-02-10",
            "2026-02-10 25:00:00",
            "2026-02-10 10:00:00+5",
            "2026-02-10 10:00:00x",
            "0000-00-00 00:00:00",
        ] {
            assert_eq!(Instant::parse(text), None, "{text}");
        }
    }

    #[test]
    fn dates_agree_with_an_independent_calendar() {
        for days in (-800_000i64..800_000).step_by(997) {
            let expected = jiff::civil::Date::new(1970, 1, 1)
                .expect("epoch")
                .checked_add(jiff::Span::new().days(days))
                .expect("in range");
            let (year, month, day) = civil_from_days(days);
            assert_eq!(
                (i64::from(expected.year()), i64::from(expected.month()), i64::from(expected.day())),
                (year, month, day)
            );
            assert_eq!(days_from_civil(year, month, day), days);
        }
    }

    #[test]
    fn iso_text_keeps_only_a_real_fraction() {
        assert_eq!(
            Instant::parse("2026-02-10 15:30:00.250").expect("time").to_iso(),
            "2026-02-10T15:30:00.250000+00:00"
        );
        assert_eq!(Instant::parse("2026-02-10 15:30:00").expect("time").to_iso(), "2026-02-10T15:30:00+00:00");
    }
}
