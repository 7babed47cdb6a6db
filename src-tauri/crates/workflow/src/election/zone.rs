//! Times as they are told to voters: in the zone of the election. The zones come with the program, since the machine is offline.

use domain::Instant;

/// Whether there is a zone of a name.
pub(super) fn is_zone(name: &str) -> bool {
    jiff::tz::TimeZone::get(name).is_ok()
}

/// `21 November 2026, 18:00`, in a zone; in UTC where there is no such zone.
pub(super) fn in_zone(at: Instant, zone: &str) -> String {
    let Ok(timestamp) = jiff::Timestamp::from_microsecond(at.micros) else { return at.to_display() };
    let zone = jiff::tz::TimeZone::get(zone).unwrap_or(jiff::tz::TimeZone::UTC);
    let local = timestamp.to_zoned(zone);
    let months = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let month = usize::try_from(local.month() - 1).ok().and_then(|month| months.get(month)).unwrap_or(&"");
    format!("{} {month} {}, {:02}:{:02}", local.day(), local.year(), local.hour(), local.minute())
}

/// [`in_zone`] of an ISO text; empty where there is none.
pub(super) fn told(at: Option<&String>, zone: &str) -> String {
    at.and_then(|at| Instant::parse(at)).map(|at| in_zone(at, zone)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_follow_the_zone_across_daylight_saving() {
        let at = |text| Instant::parse(text).expect("a time");
        assert_eq!(in_zone(at("2026-11-21T17:00:00Z"), "Europe/Vienna"), "21 November 2026, 18:00");
        assert_eq!(in_zone(at("2026-07-21T22:30:00Z"), "Europe/Vienna"), "22 July 2026, 00:30");
        assert_eq!(in_zone(at("2026-07-21T22:30:00Z"), "Nowhere/None"), "21 July 2026, 22:30");
        assert!(is_zone("America/New_York") && !is_zone("Nowhere/None"));
    }
}
