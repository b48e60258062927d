//! The next occurrence of an NCRONTAB expression, found field by field.

use azure_functions_shared::ncrontab::{Cron, Field};
use jiff::{
    ToSpan as _, Zoned,
    civil::{Date, DateTime, Time},
    tz::{AmbiguousOffset, TimeZone},
};

/// The calendar repeats after this many years, so a day that has not come by then never comes.
const CALENDAR_CYCLE_YEARS: i16 = 400;

/// The next occurrence in the time zone of `after`.
pub(super) fn in_zone(cron: &Cron, after: &Zoned) -> Option<Zoned> {
    let zone = after.time_zone();
    let mut wall = after.datetime();
    if cron.is_interval() && is_repeated(zone, wall) {
        let next = on_wall(cron, wall)?;
        return after.checked_add(next.duration_since(wall)).ok();
    }
    // In the second pass through a repeated hour its points in the day are over, though the wall shows them ahead.
    loop {
        wall = on_wall(cron, wall)?;
        let next = zone.to_ambiguous_zoned(wall).compatible().ok()?;
        if next > *after {
            return Some(next);
        }
    }
}

fn is_repeated(zone: &TimeZone, wall: DateTime) -> bool {
    let offset = zone.to_ambiguous_timestamp(wall).offset();
    matches!(offset, AmbiguousOffset::Fold { .. })
}

/// The next time at which all fields match, on a clock that never changes.
pub(super) fn on_wall(cron: &Cron, after: DateTime) -> Option<DateTime> {
    let whole = after.with().subsec_nanosecond(0).build().ok()?;
    let start = whole.checked_add(1.second()).ok()?;
    let today = start.date();
    if next_date(cron, today)? == today
        && let Some(time) = next_time(cron, start.time())
    {
        return Some(today.to_datetime(time));
    }
    let later = next_date(cron, today.tomorrow().ok()?)?;
    Some(later.to_datetime(next_time(cron, Time::midnight())?))
}

/// The first day from `start` on that both day fields and the month allow.
fn next_date(cron: &Cron, start: Date) -> Option<Date> {
    let (mut year, mut month, mut day) = (start.year(), start.month(), start.day());
    while year <= start.year().saturating_add(CALENDAR_CYCLE_YEARS) {
        let Some(allowed) = at_or_after(cron, Field::Month, month) else {
            (year, month, day) = (year.checked_add(1)?, 1, 1);
            continue;
        };
        if allowed != month {
            (month, day) = (allowed, 1);
        }
        let first = Date::new(year, month, 1).ok()?;
        while let Some(found) = at_or_after(cron, Field::Day, day) {
            if found > first.days_in_month() {
                break;
            }
            let date = Date::new(year, month, found).ok()?;
            let weekday = date.weekday().to_sunday_zero_offset();
            if at_or_after(cron, Field::DayOfWeek, weekday) == Some(weekday) {
                return Some(date);
            }
            day = found + 1;
        }
        (month, day) = (month + 1, 1);
    }
    None
}

/// The first time of the day from `start` on that second, minute and hour allow.
fn next_time(cron: &Cron, start: Time) -> Option<Time> {
    let mut from = (start.hour(), start.minute(), start.second());
    loop {
        let hour = at_or_after(cron, Field::Hour, from.0)?;
        if hour != from.0 {
            from = (hour, 0, 0);
        }
        let Some(minute) = at_or_after(cron, Field::Minute, from.1) else {
            from = (hour + 1, 0, 0);
            continue;
        };
        if minute != from.1 {
            from.2 = 0;
        }
        match at_or_after(cron, Field::Second, from.2) {
            Some(second) => return Time::new(hour, minute, second, 0).ok(),
            None => from = (hour, minute + 1, 0),
        }
    }
}

/// The smallest allowed value of `field` that is not below `least`, in the integers of jiff.
fn at_or_after(cron: &Cron, field: Field, least: i8) -> Option<i8> {
    let found = cron.values(field).at_or_after(u8::try_from(least).ok()?)?;
    i8::try_from(found).ok()
}
