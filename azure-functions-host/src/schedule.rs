//! When a timer trigger fires: an NCRONTAB expression or a constant interval, and its next occurrence.
//!
//! The rules were recorded from a real host; `tests/data/vectors/ncrontab.jsonl` and `ncrontab-dst.jsonl` hold them.
//! Nothing here reads a clock.

mod occurrence;

use std::fmt;

use azure_functions_shared::{
    ncrontab::{self, Cron},
    timespan::{self, TICKS_PER_SECOND, TimeSpan},
};
use jiff::{SignedDuration, Zoned};

/// Below this length of time between two occurrences the host does not remember them.
const SHORTEST_MONITORED: SignedDuration = SignedDuration::from_mins(1);

/// The schedule of a timer trigger.
///
/// ```
/// use azure_functions_host::schedule::Schedule;
///
/// let schedule = Schedule::parse("0 30 9 * * Mon-Fri")?;
/// let saturday = "2026-02-28T12:00:00[UTC]".parse()?;
/// let next = schedule.next_after(&saturday).map(|next| next.to_string());
/// assert_eq!(next.as_deref(), Some("2026-03-02T09:30:00+00:00[UTC]"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schedule {
    /// An NCRONTAB expression, on the clock and the calendar of a time zone.
    Cron(Cron),
    /// The time from one occurrence to the next, whatever the clock shows.
    Constant(TimeSpan),
}

/// Why a text is no schedule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ScheduleError {
    /// There are five or six fields, but one of them is wrong.
    #[error("`{text}` is no schedule: {error}")]
    Cron {
        /// The schedule as it was given.
        text: String,
        /// What is wrong with it.
        error: ncrontab::Error,
    },
    /// It looks like a TimeSpan, but is out of range.
    #[error("`{text}` is no schedule: {error}")]
    TimeSpan {
        /// The schedule as it was given.
        text: String,
        /// What is wrong with it.
        error: timespan::Error,
    },
    /// It looks like neither.
    #[error(
        "`{text}` is neither an NCRONTAB expression nor a TimeSpan; \
         write six fields such as `0 */5 * * * *`, or `hh:mm:ss`"
    )]
    Neither {
        /// The schedule as it was given.
        text: String,
    },
}

impl Schedule {
    /// Reads a schedule the way the trigger does: as an NCRONTAB expression, or else as a TimeSpan.
    ///
    /// `%SETTING%` must be resolved before.
    ///
    /// # Errors
    ///
    /// The text is neither.
    pub fn parse(text: &str) -> Result<Self, ScheduleError> {
        match (ncrontab::parse(text), timespan::parse(text)) {
            (Ok(cron), _) => Ok(Self::Cron(cron)),
            (Err(_), Ok(span)) => Ok(Self::Constant(span)),
            (Err(ncrontab::Error::FieldCount { .. }), Err(timespan::Error::Syntax)) => {
                Err(ScheduleError::Neither { text: text.into() })
            }
            (Err(ncrontab::Error::FieldCount { .. }), Err(error)) => Err(ScheduleError::TimeSpan {
                text: text.into(),
                error,
            }),
            (Err(error), Err(_)) => Err(ScheduleError::Cron {
                text: text.into(),
                error,
            }),
        }
    }

    /// The next occurrence, in the time zone of `after`, or none if it never comes.
    ///
    /// An NCRONTAB expression follows the clock on the wall. What falls into the hour that is left out when clocks
    /// go forward comes an hour later. When clocks go back, an [interval](Cron::is_interval) goes on through the
    /// repeated hour, whereas a point in the day comes once. The host counts an interval that starts in the repeated
    /// hour by elapsed time, however far the next occurrence is: one on a later day is then early by the change.
    ///
    /// A constant interval of zero or less gives an instant that is not after `after`, as with the host.
    pub fn next_after(&self, after: &Zoned) -> Option<Zoned> {
        match self {
            Self::Cron(cron) => occurrence::in_zone(cron, after),
            Self::Constant(span) => after.checked_add(duration(*span)).ok(),
        }
    }

    /// Says whether the host remembers past occurrences of the schedule, if a timer trigger that starts `now` asks.
    ///
    /// It does not for a constant interval under a minute, nor if more than one occurrence is due in the minute that
    /// follows `now`.
    pub fn can_be_monitored(&self, now: &Zoned) -> bool {
        match self {
            Self::Constant(span) => duration(*span) >= SHORTEST_MONITORED,
            Self::Cron(cron) => {
                let now = now.datetime();
                let second = occurrence::on_wall(cron, now)
                    .and_then(|first| occurrence::on_wall(cron, first));
                second.is_none_or(|second| second.duration_since(now) >= SHORTEST_MONITORED)
            }
        }
    }
}

/// Writes the schedule as the host does in its log: `Cron: '0 0 * * * *'` or `Constant: 00:05:00`.
impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cron(cron) => write!(f, "Cron: '{cron}'"),
            Self::Constant(span) => write!(f, "Constant: {span}"),
        }
    }
}

fn duration(span: TimeSpan) -> SignedDuration {
    const NANOSECONDS_PER_TICK: i128 = 1_000_000_000 / TICKS_PER_SECOND as i128;
    SignedDuration::from_nanos_i128(i128::from(span.ticks()) * NANOSECONDS_PER_TICK)
}

#[cfg(test)]
mod tests {
    use super::{Schedule, ScheduleError};

    fn next(schedule: &str, after: &str) -> Option<String> {
        let schedule = Schedule::parse(schedule).expect("a schedule");
        let next = schedule.next_after(&after.parse().expect("an instant"));
        next.map(|next| next.to_string())
    }

    #[test]
    fn occurrences() {
        for (schedule, after, expected) in [
            // Just before the end of the day that matches, and on to the next leap year.
            (
                "59 59 23 29 2 *",
                "2028-02-29T23:59:58.9[UTC]",
                Some("2028-02-29T23:59:59+00:00[UTC]"),
            ),
            (
                "59 59 23 29 2 *",
                "2028-02-29T23:59:59[UTC]",
                Some("2032-02-29T23:59:59+00:00[UTC]"),
            ),
            // The widest gap of the calendar, because 1900 was no leap year.
            (
                "0 0 0 29 2 Wed",
                "1888-02-29T00:00:00[UTC]",
                Some("1928-02-29T00:00:00+00:00[UTC]"),
            ),
            ("0 0 0 31 2,4,6 *", "2026-01-01T00:00:00[UTC]", None),
            ("* * * * * *", "9999-12-30T22:00:00[UTC]", None),
            ("10675199", "2026-01-01T00:00:00[UTC]", None),
            (
                "-00:00:01",
                "2026-01-01T00:00:00[UTC]",
                Some("2025-12-31T23:59:59+00:00[UTC]"),
            ),
        ] {
            assert_eq!(
                next(schedule, after).as_deref(),
                expected,
                "{schedule} after {after}"
            );
        }
    }

    #[test]
    fn errors() {
        for (schedule, expected) in [
            (
                "@daily",
                "`@daily` is neither an NCRONTAB expression nor a TimeSpan; \
                 write six fields such as `0 */5 * * * *`, or `hh:mm:ss`",
            ),
            (
                "0 0 0 ? * *",
                "`0 0 0 ? * *` is no schedule: position 6: the day of the month is not understood; \
                 write `*`, numbers, ranges or steps, such as `1,15`: there is no `?`, `L` or `W`",
            ),
            (
                "00:60:00",
                "`00:60:00` is no schedule: a number of the TimeSpan is too large; \
                 hours end at 23, minutes and seconds at 59, fractions have 7 digits, \
                 so write longer spans with days, such as `1.12:00:00`",
            ),
        ] {
            let error = Schedule::parse(schedule).map_err(|error: ScheduleError| error.to_string());
            assert_eq!(error, Err(expected.to_owned()));
        }
    }
}
