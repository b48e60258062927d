//! Strings that the host takes for dates: `2026-02-27T23:59:58.12Z` and `/Date(1700000000000)/`.

use jiff::{
    Timestamp, ToSpan,
    civil::{self, Date},
    tz::{Offset, TimeZone},
};

use crate::dotnet::{DateTime, Kind};

/// Reads a date; one with an offset comes in the zone of the host.
pub(super) fn parse(text: &str, zone: &TimeZone) -> Option<DateTime> {
    match text.strip_prefix("/Date(") {
        Some(inner) => milliseconds(inner.strip_suffix(")/")?, zone),
        None => iso(text, zone),
    }
}

/// Reads the date of an old serializer: milliseconds since 1970, and an offset that only says "local".
fn milliseconds(text: &str, zone: &TimeZone) -> Option<DateTime> {
    let sign = text
        .char_indices()
        .skip(1)
        .find(|(_, letter)| matches!(letter, '+' | '-'));
    let (number, offset) = text.split_at_checked(sign.map_or(text.len(), |(at, _)| at))?;
    let instant = Timestamp::from_millisecond(number.parse().ok()?).ok()?;
    match offset.len() {
        0 => Some(DateTime::utc(instant)),
        3 | 5 | 6 => Some(DateTime::local(instant, zone)),
        _ => None,
    }
}

fn iso(text: &str, zone: &TimeZone) -> Option<DateTime> {
    let mut rest = Scanner(text);
    let year = rest.digits(4)?;
    let month = rest.sign('-')?.digits(2)?;
    let day = rest.sign('-')?.digits(2)?;
    let hour = rest.sign('T')?.digits(2)?;
    let minute = rest.sign(':')?.digits(2)?;
    let second = rest.sign(':')?.digits(2)?;
    let nanosecond = match rest.sign('.') {
        Some(rest) => rest.fraction()?,
        None => 0,
    };
    let date = Date::new(year, month.try_into().ok()?, day.try_into().ok()?).ok()?;
    if year == 0 {
        return None;
    }
    // `24:00:00` is the next midnight.
    let next_midnight = (hour, minute, second, nanosecond) == (24, 0, 0, 0);
    let civil = if next_midnight {
        date.tomorrow().ok()?.to_datetime(civil::Time::midnight())
    } else {
        let (hour, minute, second) = (
            hour.try_into().ok()?,
            minute.try_into().ok()?,
            second.try_into().ok()?,
        );
        let time = civil::Time::new(hour, minute, second, nanosecond).ok()?;
        date.to_datetime(time)
    };
    let kind = rest.zone()?;
    if !rest.0.is_empty() {
        return None;
    }
    match kind {
        Zone::None => Some(DateTime {
            civil,
            kind: Kind::Unspecified,
        }),
        Zone::Utc => Some(DateTime {
            civil,
            kind: Kind::Utc,
        }),
        Zone::Minutes(minutes) => {
            let utc = civil.checked_sub(minutes.minutes()).ok()?;
            let instant = Offset::UTC.to_timestamp(utc).ok()?;
            Some(DateTime::local(instant, zone))
        }
    }
}

enum Zone {
    None,
    Utc,
    Minutes(i64),
}

struct Scanner<'t>(&'t str);

impl Scanner<'_> {
    fn digits(&mut self, count: usize) -> Option<i16> {
        let (digits, rest) = self.0.split_at_checked(count)?;
        if !digits.bytes().all(|digit| digit.is_ascii_digit()) {
            return None;
        }
        self.0 = rest;
        digits.parse().ok()
    }

    fn sign(&mut self, sign: char) -> Option<&mut Self> {
        self.0 = self.0.strip_prefix(sign)?;
        Some(self)
    }

    /// One to seven digits, as nanoseconds.
    fn fraction(&mut self) -> Option<i32> {
        let rest = self
            .0
            .trim_start_matches(|letter: char| letter.is_ascii_digit());
        let digits = self
            .0
            .strip_suffix(rest)
            .filter(|digits| (1..=7).contains(&digits.len()))?;
        self.0 = rest;
        format!("{digits:0<9}").parse().ok()
    }

    fn zone(&mut self) -> Option<Zone> {
        if self.0.is_empty() {
            return Some(Zone::None);
        }
        if self.sign('Z').is_some() || self.sign('z').is_some() {
            return Some(Zone::Utc);
        }
        let sign = if self.sign('-').is_some() {
            -1
        } else {
            self.sign('+').map(|_| 1)?
        };
        let hours = i64::from(self.digits(2)?);
        let colon = self.sign(':').is_some();
        let minutes = if self.0.is_empty() && !colon {
            0
        } else {
            i64::from(self.digits(2)?)
        };
        Some(Zone::Minutes(sign * (hours * 60 + minutes)))
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::{TimeZone, offset};

    use super::parse;

    #[test]
    fn dates() {
        let zone = TimeZone::fixed(offset(-5));
        for (text, iso) in [
            ("2026-02-27T23:59:58", Some("2026-02-27T23:59:58")),
            (
                "2026-02-27T23:59:58.1234567z",
                Some("2026-02-27T23:59:58.1234567Z"),
            ),
            ("2026-02-27T03:59:58+02", Some("2026-02-26T20:59:58-05:00")),
            (
                "2026-02-27T03:59:58-0230",
                Some("2026-02-27T01:29:58-05:00"),
            ),
            ("2026-12-31T24:00:00", Some("2027-01-01T00:00:00")),
            ("/Date(-1)/", Some("1969-12-31T23:59:59.999Z")),
            ("/Date(0+0200)/", Some("1969-12-31T19:00:00-05:00")),
            ("/Date(x)/", None),
            ("/Date(1", None),
            ("0000-01-01T00:00:00", None),
            ("2026-13-01T00:00:00", None),
            ("2026-02-27T24:00:01", None),
            ("2026-02-27T23:59:60", None),
            ("2026-02-27T23:59:58.", None),
            ("2026-02-27T23:59:58.12345678Z", None),
            ("2026-02-27T23:59:58x", None),
            ("2026-02-27T23:59:58+02:", None),
            ("2026-02-27T23:59:58+2", None),
            ("2026-02-27t23:59:58", None),
            ("", None),
        ] {
            assert_eq!(
                parse(text, &zone).map(|date| date.iso()).as_deref(),
                iso,
                "{text}"
            );
        }
    }
}
