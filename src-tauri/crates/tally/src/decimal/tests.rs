//! The arithmetic against results that Python's `decimal` gave: `vectors.txt` says how it was made.

use super::*;

fn number(text: &str) -> Decimal {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn every_line_of_the_table_comes_out_digit_for_digit() {
    let mut seen = 0;
    for line in include_str!("vectors.txt").lines().filter(|line| !line.starts_with('#')) {
        let [operation, left, right, expected] = line.split(' ').collect::<Vec<_>>()[..] else {
            panic!("four words: {line}");
        };
        let (a, b) = (number(left), number(right));
        let result = match operation {
            "add" => a.plus(&b).to_string(),
            "sub" => a.minus(&b).to_string(),
            "mul" => a.times(&b).to_string(),
            "div" => a.over(&b).expect("no division by zero in the table").to_string(),
            "cmp" => match a.cmp(&b) {
                Ordering::Less => "-1".to_owned(),
                Ordering::Equal => "0".to_owned(),
                Ordering::Greater => "1".to_owned(),
            },
            other => panic!("unknown operation {other}"),
        };
        assert_eq!(result, expected, "{operation} {left} {right}");
        seen += 1;
    }
    assert!(seen >= 300, "the table was read: {seen} lines");
}

#[test]
fn texts_are_printed_as_they_were_read() {
    for text in [
        "0",
        "0.00",
        "0E-80",
        "0E+3",
        "1E-28",
        "1E+3",
        "0.000001",
        "1E-7",
        "1.0E-7",
        "0.0000012",
        "12.50",
        "-3.1E+9",
        "27",
        "0.77142857142857142857142857142857142857142857142857142857142857142857142857142857",
    ] {
        assert_eq!(number(text).to_string(), text);
    }
    for text in ["", ".", "-", "1e", "1.2.3", "0x1", "one", "1 ", "NaN"] {
        assert_eq!(text.parse::<Decimal>(), Err(ParseDecimalError::NotANumber), "{text:?}");
    }
    assert_eq!("1".repeat(81).parse::<Decimal>(), Err(ParseDecimalError::TooLong));
}

#[test]
fn integers_of_any_size_are_taken_exactly() {
    for value in [0, 1, 9, 10, 9_999_999_999_999_999, 10_000_000_000_000_000, 1_000_000_000_000, u64::MAX] {
        assert_eq!(Decimal::from(value).to_string(), value.to_string());
    }
    assert_eq!(Decimal::from(-5_i64).to_string(), "-5");
    assert_eq!(Decimal::from(i64::MIN).to_string(), i64::MIN.to_string());
}

/// Expected texts from Python's `quantize`, half to even.
#[test]
fn short_texts_are_rounded_half_to_even() {
    for (text, places, expected) in [
        ("2.5", 0, "2"),
        ("3.5", 0, "4"),
        ("0.5", 0, "0"),
        ("0.005", 2, "0.00"),
        ("0.0051", 2, "0.01"),
        ("99.995", 2, "100.00"),
        ("99.985", 2, "99.98"),
        ("9.9999", 3, "10.000"),
        ("1E-28", 20, "0.00000000000000000000"),
        ("5E-21", 20, "0.00000000000000000000"),
        ("5.1E-21", 20, "0.00000000000000000001"),
        ("0E-80", 20, "0.00000000000000000000"),
        ("12E+2", 3, "1200.000"),
        ("0.77142857142857142857", 4, "0.7714"),
        ("-1.25", 1, "-1.2"),
        ("-0.004", 2, "0.00"),
    ] {
        assert_eq!(number(text).to_places(places), expected, "{text} to {places} places");
    }
}

#[test]
fn only_one_without_zeros_behind_it_changes_nothing_in_a_product() {
    assert!(Decimal::ONE.is_plain_one());
    assert_eq!(number("1.0"), Decimal::ONE, "the same value");
    assert!(!number("1.0").is_plain_one());
    assert_eq!(number("7").times(&number("1.0")).to_string(), "7.0");
    assert!(number("7").over(&Decimal::ZERO).is_none());
}
