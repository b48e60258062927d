//! A date and time with .NET's idea of a zone.

use jiff::{
    Timestamp,
    civil::{self, Weekday},
    tz::{Offset, TimeZone},
};

use super::{FormatError, date_format};

/// A date and time as .NET's `DateTime` holds it: a wall clock, and what is known of its zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DateTime {
    /// The wall clock.
    pub civil: civil::DateTime,
    /// What is known of the zone.
    pub kind: Kind,
}

/// What a `DateTime` knows of its zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Nothing.
    Unspecified,
    /// It is UTC.
    Utc,
    /// It is the zone of the host, which has this offset at that time.
    Local(Offset),
}

impl DateTime {
    /// An instant in UTC.
    pub fn utc(instant: Timestamp) -> Self {
        Self {
            civil: Offset::UTC.to_datetime(instant),
            kind: Kind::Utc,
        }
    }

    /// An instant in the zone of the host.
    pub fn local(instant: Timestamp, zone: &TimeZone) -> Self {
        let offset = zone.to_offset(instant);
        Self {
            civil: offset.to_datetime(instant),
            kind: Kind::Local(offset),
        }
    }

    /// Prints the date with a standard or a custom format of .NET.
    ///
    /// # Errors
    ///
    /// Fails if .NET does not know the format.
    pub fn format(&self, format: &str) -> Result<String, FormatError> {
        date_format::format(self, format)
    }

    /// Prints the date as `ToString()` does in the invariant culture: `02/27/2026 23:59:58`.
    pub fn general(&self) -> String {
        self.civil.strftime("%m/%d/%Y %H:%M:%S").to_string()
    }

    /// Prints the date as it stands in JSON: `2026-02-27T23:59:58.12Z`.
    pub fn iso(&self) -> String {
        let mut text = self.civil.strftime("%Y-%m-%dT%H:%M:%S").to_string();
        let ticks = self.ticks();
        if ticks != 0 {
            text.push('.');
            text.push_str(format!("{ticks:07}").trim_end_matches('0'));
        }
        text + &self.zone()
    }

    /// The zone as `K` prints it: `Z`, `+02:00` or nothing.
    pub(super) fn zone(&self) -> String {
        match self.kind {
            Kind::Unspecified => String::new(),
            Kind::Utc => "Z".to_owned(),
            Kind::Local(_) => self.offset_text(),
        }
    }

    /// The offset as `zzz` prints it.
    pub(super) fn offset_text(&self) -> String {
        let (sign, hours, minutes) = self.offset_parts();
        format!("{sign}{hours:02}:{minutes:02}")
    }

    /// The sign, hours and minutes of the offset; a date that knows no zone has that of UTC, the host's by default.
    pub(super) fn offset_parts(&self) -> (char, i32, i32) {
        let seconds = match self.kind {
            Kind::Local(offset) => offset.seconds(),
            Kind::Unspecified | Kind::Utc => 0,
        };
        let sign = if seconds < 0 { '-' } else { '+' };
        (sign, seconds.abs() / 3600, seconds.abs() / 60 % 60)
    }

    /// The fraction of the second, in units of 100 ns.
    pub(super) fn ticks(&self) -> i32 {
        self.civil.subsec_nanosecond() / 100
    }

    /// The whole-number property of this name, whatever its case: `Year`, `DayOfWeek`, …
    pub fn number(&self, property: &str) -> Option<i64> {
        let civil = self.civil;
        Some(match property.to_ascii_lowercase().as_str() {
            "year" => civil.year().into(),
            "month" => civil.month().into(),
            "day" => civil.day().into(),
            "hour" => civil.hour().into(),
            "minute" => civil.minute().into(),
            "second" => civil.second().into(),
            "millisecond" => civil.millisecond().into(),
            "dayofyear" => civil.day_of_year().into(),
            "dayofweek" => weekday_number(civil.weekday()),
            _ => return None,
        })
    }

    /// The same day at midnight.
    pub fn date(&self) -> Self {
        Self {
            civil: self.civil.date().to_datetime(civil::Time::midnight()),
            kind: self.kind,
        }
    }
}

/// The number of a day in .NET's `DayOfWeek`.
fn weekday_number(day: Weekday) -> i64 {
    day.to_sunday_zero_offset().into()
}
