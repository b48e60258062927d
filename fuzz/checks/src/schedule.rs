//! `schedule`: a schedule, and the second from which it is asked for occurrences, one a line.

use azure_functions::Syntax;
use azure_functions_host::schedule::Schedule;
use azure_functions_shared::{
    expression, ncrontab,
    ncrontab::{Cron, Field},
    timespan,
};
use jiff::{Timestamp, Zoned, tz::TimeZone};

use crate::lines;

/// The fields of a clock, and what they have to be at an occurrence.
const ZONES: [&str; 2] = ["UTC", "America/New_York"];

/// What compiles is a schedule for the host; occurrences come one after the other, where the fields say; a time span is read
/// as it is written.
///
/// # Panics
///
/// That is not so.
pub fn check(data: &[u8]) {
    let Some([text, second]) = lines::of(data) else {
        return;
    };
    time_span(text);
    let parsed = Schedule::parse(text);
    if !expression::has_setting(text) {
        let compiles = Syntax::Schedule.check(text, false);
        assert_eq!(
            compiles.is_ok(),
            parsed.is_ok(),
            "{text:?}: {compiles:?} {parsed:?}"
        );
    }
    let Ok(schedule) = parsed else { return };
    assert!(!schedule.to_string().is_empty());
    let second = second.trim().parse().unwrap_or_default();
    let Ok(start) = Timestamp::from_second(second) else {
        return;
    };
    for zone in ZONES {
        if let Ok(zone) = TimeZone::get(zone) {
            occurrences(&schedule, start.to_zoned(zone));
        }
    }
}

fn occurrences(schedule: &Schedule, mut after: Zoned) {
    let _ = schedule.can_be_monitored(&after);
    for _ in 0..4 {
        let Some(next) = schedule.next_after(&after) else {
            return;
        };
        if let Schedule::Cron(cron) = schedule {
            assert!(next > after, "`{schedule}` comes at {next}, after {after}");
            if next.time_zone() == &TimeZone::UTC {
                fits(cron, &next);
            }
        }
        after = next;
    }
}

fn fits(cron: &Cron, at: &Zoned) {
    let weekday = at.weekday().to_sunday_zero_offset();
    for (field, value) in [
        (Field::Second, at.second()),
        (Field::Minute, at.minute()),
        (Field::Hour, at.hour()),
        (Field::Day, at.day()),
        (Field::Month, at.month()),
        (Field::DayOfWeek, weekday),
    ] {
        let fits = u8::try_from(value).is_ok_and(|value| cron.values(field).contains(value));
        assert!(fits, "`{cron}` comes at {at}, but not with its {field:?}");
    }
}

fn time_span(text: &str) {
    let _ = ncrontab::parse(text);
    if let Ok(span) = timespan::parse(text) {
        let written = span.to_string();
        let again = timespan::parse(&written).map(timespan::TimeSpan::ticks);
        assert_eq!(
            again,
            Ok(span.ticks()),
            "{text:?} is written as {written:?}"
        );
    }
}
