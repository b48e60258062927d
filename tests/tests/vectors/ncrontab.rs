//! Schedules of timer triggers: what the trigger makes of a text, and when it fires next.

use azure_functions_host::schedule::Schedule;
use azure_functions_shared::ncrontab::{self, Error};
use jiff::{Timestamp, Zoned, civil::DateTime, tz::TimeZone};
use serde::Deserialize;

use crate::support::{Outcome, rows};

/// The setting that the recorded host had; the others that the texts name it had not, or empty.
const SETTING: (&str, &str) = ("%Sched%", "0 */5 * * * *");

/// What the host answers for an occurrence that never comes.
const NEVER: &str = "9999-12-31T23:59:59.9999999";

/// When our timer trigger starts. The recording does not tell when the host's did, but the answer is the same
/// throughout, except just before the only occurrences of a day and on the seconds that `*/59` names.
const NOON: &str = "2026-05-01T12:00:30";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    expr: String,
    kind: Kind,
    cron_error: Option<String>,
    use_monitor: Option<bool>,
    text: Option<String>,
    interval: Option<bool>,
    from: Option<String>,
    #[serde(default)]
    next: Vec<String>,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Cron,
    Constant,
    Invalid,
}

#[derive(Deserialize)]
struct ZonedRow {
    tz: String,
    expr: String,
    from: Timestamp,
    next: Vec<String>,
}

#[test]
fn schedules() {
    let mut outcome = Outcome::new();
    for row in rows::<Row>("ncrontab.jsonl") {
        let from = row.from.as_deref().unwrap_or_default();
        outcome.case(format!("{:?} from {from}", row.expr), check(&row).err());
    }
    outcome.finish(&[]);
}

#[test]
fn clock_changes() {
    let mut outcome = Outcome::new();
    for row in rows::<ZonedRow>("ncrontab-dst.jsonl") {
        let key = format!("{} in {} from {}", row.expr, row.tz, row.from);
        outcome.case(key, check_zoned(&row).err());
    }
    outcome.finish(&[]);
}

fn check(row: &Row) -> Result<(), String> {
    let expr = if row.expr.trim().eq_ignore_ascii_case(SETTING.0) {
        SETTING.1
    } else {
        &row.expr
    };
    let parsed = Schedule::parse(expr);
    let kind = match &parsed {
        Ok(Schedule::Cron(_)) => Kind::Cron,
        Ok(Schedule::Constant(_)) => Kind::Constant,
        Err(_) => Kind::Invalid,
    };
    same("kind", &kind, &row.kind)?;
    let Ok(schedule) = parsed else {
        return check_error(row);
    };
    same("text", &Some(schedule.to_string()), &row.text)?;
    same(
        "monitor",
        &Some(schedule.can_be_monitored(&utc(NOON)?)),
        &row.use_monitor,
    )?;
    if let Schedule::Cron(cron) = schedule {
        same("interval", &Some(cron.is_interval()), &row.interval)?;
    }
    let mut after = Some(utc(row.from.as_deref().unwrap_or_default())?);
    for expected in &row.next {
        after = after.and_then(|after| schedule.next_after(&after));
        let expected = match expected.as_str() {
            NEVER => None,
            expected => Some(utc(expected)?),
        };
        same("next", &after, &expected)?;
    }
    // The host fails on an instant that its calendar does not have; ours has none.
    match after {
        Some(after) if row.next.is_empty() => same("next", &schedule.next_after(&after), &None),
        _ => Ok(()),
    }
}

/// The reason must be the one that the host's cron parser gives, in the same field.
fn check_error(row: &Row) -> Result<(), String> {
    let Some(theirs) = &row.cron_error else {
        return Ok(());
    };
    let Err(error) = ncrontab::parse(&row.expr) else {
        return Err("a cron expression".to_owned());
    };
    let ours = match error {
        Error::FieldCount { .. } => "must contain 6 components".to_owned(),
        Error::EmptyItem { .. } => "A crontab field value cannot be empty.".to_owned(),
        Error::Syntax { field, .. } => {
            format!("' is not a valid [{field:?}] crontab field expression.")
        }
        Error::OutOfRange { field, value, .. } => {
            let (min, _) = field.range();
            let side = if value < u32::from(min) {
                "lower than the minimum"
            } else {
                "higher than the maximum"
            };
            format!("Exception: {value} is {side} allowable value for the [{field:?}] field.")
        }
        Error::TooLarge { .. } => "Value was either too large or too small".to_owned(),
        other => format!("{other:?}"),
    };
    if theirs.contains(&ours) {
        Ok(())
    } else {
        Err(format!("{error:?} instead of {theirs:?}"))
    }
}

fn check_zoned(row: &ZonedRow) -> Result<(), String> {
    let zone = TimeZone::get(&row.tz).map_err(|error| error.to_string())?;
    let schedule = Schedule::parse(&row.expr).map_err(|error| error.to_string())?;
    let mut after = row.from.to_zoned(zone);
    for expected in &row.next {
        after = schedule.next_after(&after).ok_or("never")?;
        let instant: Timestamp = expected.parse().map_err(|error| format!("{error}"))?;
        same("next", &after.timestamp(), &instant)?;
        // The host keeps the offset that a constant interval started with; ours follows the zone.
        if matches!(schedule, Schedule::Cron(_)) {
            let text = after.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string();
            same("next", &text, expected)?;
        }
    }
    Ok(())
}

fn utc(text: &str) -> Result<Zoned, String> {
    let wall: DateTime = text.parse().map_err(|error| format!("{text}: {error}"))?;
    wall.to_zoned(TimeZone::UTC)
        .map_err(|error| error.to_string())
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, ours: &T, theirs: &T) -> Result<(), String> {
    if ours == theirs {
        Ok(())
    } else {
        Err(format!("{what}: {ours:?} instead of {theirs:?}"))
    }
}
