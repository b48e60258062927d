//! Points in time as the host writes them.

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};

/// Reads a point in time: RFC 3339, or without an offset, which means UTC.
///
/// .NET's smallest and largest dates stand for "never" and become the smallest and largest [`Timestamp`].
pub(crate) fn parse(text: &str) -> Option<Timestamp> {
    if let Ok(time) = text.parse() {
        return Some(time);
    }
    if text.starts_with("9999-12-31") {
        return Some(Timestamp::MAX);
    }
    let local: DateTime = text.parse().ok()?;
    local
        .to_zoned(TimeZone::UTC)
        .ok()
        .map(|time| time.timestamp())
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        let expected = expected.map(|text| text.parse::<Timestamp>().unwrap());
        assert_eq!(super::parse(text), expected, "{text}");
    }

    #[test]
    fn times() {
        check("2026-01-02T03:04:05Z", Some("2026-01-02T03:04:05Z"));
        check(
            "2026-01-02T03:04:05.1234567+02:00",
            Some("2026-01-02T01:04:05.1234567Z"),
        );
        check(
            "2026-01-02T03:04:05.1234567",
            Some("2026-01-02T03:04:05.1234567Z"),
        );
        check("0001-01-01T00:00:00", Some("0001-01-01T00:00:00Z"));
        check("soon", None);
        assert_eq!(
            super::parse("9999-12-31T23:59:59.9999999+00:00"),
            Some(Timestamp::MAX)
        );
        assert_eq!(
            super::parse("9999-12-31T23:59:59.9999999"),
            Some(Timestamp::MAX)
        );
    }
}
