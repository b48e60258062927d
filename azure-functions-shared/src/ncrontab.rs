//! NCRONTAB, the cron dialect of the timer trigger.
//!
//! The rules were recorded from a real host; `tests/data/vectors/ncrontab.jsonl` holds what it accepts and refuses.
//! They differ from other crons: five fields mean "at second 0", a day must match both of its fields, Sunday is
//! only `0`, a range whose ends are the wrong way round is turned round, and there are no macros.

mod error;
mod parse;
mod values;

use core::fmt;

pub use self::{error::Error, parse::parse, values::Values};

/// A schedule in NCRONTAB: the values that each field of a clock and a calendar may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Cron {
    second: Values,
    minute: Values,
    hour: Values,
    day: Values,
    month: Values,
    day_of_week: Values,
    has_seconds: bool,
}

/// A field of an NCRONTAB expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Field {
    /// The second of the minute, 0 to 59.
    Second,
    /// The minute of the hour, 0 to 59.
    Minute,
    /// The hour of the day, 0 to 23.
    Hour,
    /// The day of the month, 1 to 31.
    Day,
    /// The month, 1 to 12.
    Month,
    /// The day of the week, 0 (Sunday) to 6 (Saturday).
    DayOfWeek,
}

impl Cron {
    /// The values that `field` may have; there is at least one.
    pub const fn values(&self, field: Field) -> Values {
        match field {
            Field::Second => self.second,
            Field::Minute => self.minute,
            Field::Hour => self.hour,
            Field::Day => self.day,
            Field::Month => self.month,
            Field::DayOfWeek => self.day_of_week,
        }
    }

    /// Says whether the expression has six fields, of which the first is the second.
    pub const fn has_seconds(&self) -> bool {
        self.has_seconds
    }

    /// Says whether the host takes the schedule for a repeating interval rather than for points in the day.
    ///
    /// It does if the second, the minute or the hour may have two values in a row. When clocks go back, an interval
    /// goes on through the repeated hour, whereas a point in the day comes once.
    pub const fn is_interval(&self) -> bool {
        self.second.has_neighbours() || self.minute.has_neighbours() || self.hour.has_neighbours()
    }
}

/// Writes the expression in the host's canonical form: lists in order, steps written out, names as numbers.
impl fmt::Display for Cron {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut field = Field::first(self.has_seconds);
        loop {
            self.values(field).fmt(f, field)?;
            match field.next() {
                Some(next) => field = next,
                None => return Ok(()),
            }
            f.write_str(" ")?;
        }
    }
}

impl Field {
    /// The smallest and the largest value.
    pub const fn range(self) -> (u8, u8) {
        match self {
            Self::Second | Self::Minute => (0, 59),
            Self::Hour => (0, 23),
            Self::Day => (1, 31),
            Self::Month => (1, 12),
            Self::DayOfWeek => (0, 6),
        }
    }

    const fn first(has_seconds: bool) -> Self {
        if has_seconds {
            Self::Second
        } else {
            Self::Minute
        }
    }

    const fn next(self) -> Option<Self> {
        match self {
            Self::Second => Some(Self::Minute),
            Self::Minute => Some(Self::Hour),
            Self::Hour => Some(Self::Day),
            Self::Day => Some(Self::Month),
            Self::Month => Some(Self::DayOfWeek),
            Self::DayOfWeek => None,
        }
    }

    /// The names of the values, from the smallest on; a prefix of a name is enough.
    const fn names(self) -> &'static [&'static str] {
        match self {
            Self::Second | Self::Minute | Self::Hour | Self::Day => &[],
            Self::Month => &[
                "january",
                "february",
                "march",
                "april",
                "may",
                "june",
                "july",
                "august",
                "september",
                "october",
                "november",
                "december",
            ],
            Self::DayOfWeek => &[
                "sunday",
                "monday",
                "tuesday",
                "wednesday",
                "thursday",
                "friday",
                "saturday",
            ],
        }
    }
}

/// Writes the name of the field: `day of the week`.
impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Second => "second",
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::Day => "day of the month",
            Self::Month => "month",
            Self::DayOfWeek => "day of the week",
        })
    }
}

#[cfg(test)]
mod tests;
