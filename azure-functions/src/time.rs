//! Points in time as the host writes them.

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};

/// Reads a point in time: RFC 3339, or without an offset, which means UTC.
///
/// Some hosts write dates as .NET does where nobody asks for a format: `01/31/2026 03:04:05`, with `Z` or an offset behind it.
/// .NET's largest date stands for "never" and becomes the largest [`Timestamp`].
pub(crate) fn parse(text: &str) -> Option<Timestamp> {
    if let Ok(time) = text.parse() {
        return Some(time);
    }
    if text.starts_with("9999-12-31") {
        return Some(Timestamp::MAX);
    }
    if let Ok(time) = Timestamp::strptime("%m/%d/%Y %H:%M:%S %:z", text) {
        return Some(time);
    }
    let local: DateTime = text
        .parse()
        .or_else(|_| DateTime::strptime("%m/%d/%Y %H:%M:%S", text.trim_end_matches('Z')))
        .ok()?;
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
        check("01/31/2026 03:04:05", Some("2026-01-31T03:04:05Z"));
        check("01/31/2026 03:04:05Z", Some("2026-01-31T03:04:05Z"));
        check("01/31/2026 03:04:05 +02:00", Some("2026-01-31T01:04:05Z"));
        check("31/01/2026 03:04:05", None);
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
