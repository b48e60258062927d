//! Timers: start a function by a schedule.

use serde::Deserialize;

use crate::{
    BindError, Binding, Data, FromTrigger, Offers, Property, Syntax, Timestamp, Trigger, time,
};

/// The binding of [`TimerInfo`].
#[derive(Debug)]
pub struct TimerTriggerBinding;

impl Binding for TimerTriggerBinding {
    const TYPE: &'static str = "timerTrigger";
    const PROPERTIES: &'static [Property] = &[
        Property::string("schedule").required().syntax(Syntax::Schedule).doc(
            "When to run: six NCRONTAB fields `{second} {minute} {hour} {day} {month} {day of week}`, five without seconds, or a \
             time span such as `01:30:00` on a dedicated plan. `%SETTING%` takes it from an app setting.",
        ),
        Property::boolean("run_on_startup")
            .default("`false`")
            .doc("Whether to run each time the host starts too."),
        Property::boolean("use_monitor").default("`true`").doc(
            "Whether the host remembers the last run, so that it notices one that was missed; always off for intervals below a \
             minute.",
        ),
    ];
    const RETRIES: bool = true;
    const OFFERS: Offers = Offers::names(&["TimerTrigger"]);
}

/// A tick of a timer that starts a function.
///
/// The host runs one tick at a time, on one instance of the app.
///
/// # Properties
///
/// | Name | Type | Default | Meaning |
/// |---|---|---|---|
/// | `schedule` | string | required | When to run: six NCRONTAB fields `{second} {minute} {hour} {day} {month} {day of week}`, five without seconds, or a time span such as `01:30:00` on a dedicated plan. `%SETTING%` takes it from an app setting. |
/// | `run_on_startup` | boolean | `false` | Whether to run each time the host starts too. |
/// | `use_monitor` | boolean | `true` | Whether the host remembers the last run, so that it notices one that was missed; always off for intervals below a minute. |
///
/// # Example
///
/// ```
/// use azure_functions::{bindings::TimerInfo, func};
///
/// #[func]
/// fn sweep(#[binding(schedule = "0 */5 * * * *")] timer: TimerInfo) {
///     if timer.is_past_due {
///         println!("a little late");
///     }
/// }
///
/// // A test makes a tick itself.
/// sweep(TimerInfo { is_past_due: true, ..TimerInfo::default() });
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TimerInfo {
    /// What the host remembers of the schedule; `None` when it does not, as `use_monitor` says.
    pub schedule_status: Option<ScheduleStatus>,
    /// Whether the tick comes later than the schedule says.
    pub is_past_due: bool,
    /// Whether the schedule follows the changes of daylight saving time.
    pub adjust_for_dst: bool,
}

/// What the host remembers of the schedule of a timer, as it was before this tick.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScheduleStatus {
    /// The last tick; `None` when there was none.
    pub last: Option<Timestamp>,
    /// The next tick, as the host had it when it wrote this down: before this tick. On a tick that comes when it is due
    /// this is its own time; on the first one, or one at start-up, it is the one that follows.
    pub next: Option<Timestamp>,
    /// When the host wrote this down; `None` when it did not yet.
    pub last_updated: Option<Timestamp>,
}

impl FromTrigger for TimerInfo {
    type Binding = TimerTriggerBinding;

    fn from_trigger(data: Data, _: &Trigger) -> Result<Self, BindError> {
        let wire: Wire = data.decode_json()?;
        Ok(Self {
            schedule_status: wire.schedule_status.map(|status| ScheduleStatus {
                last: point(status.last),
                next: point(status.next),
                last_updated: point(status.last_updated),
            }),
            is_past_due: wire.is_past_due.unwrap_or_default(),
            adjust_for_dst: wire
                .schedule
                .and_then(|schedule| schedule.adjust_for_dst)
                .unwrap_or_default(),
        })
    }
}

/// A point in time; .NET's smallest date, whatever its offset, stands for none.
fn point(text: Option<String>) -> Option<Timestamp> {
    text.filter(|text| !text.starts_with("0001-01-01"))
        .and_then(|text| time::parse(&text))
}

#[derive(Deserialize)]
struct Wire {
    #[serde(alias = "Schedule")]
    schedule: Option<WireSchedule>,
    #[serde(alias = "ScheduleStatus", rename = "scheduleStatus")]
    schedule_status: Option<WireStatus>,
    #[serde(alias = "IsPastDue", rename = "isPastDue")]
    is_past_due: Option<bool>,
}

#[derive(Deserialize)]
struct WireSchedule {
    #[serde(
        alias = "AdjustForDST",
        alias = "adjustForDst",
        rename = "adjustForDST"
    )]
    adjust_for_dst: Option<bool>,
}

#[derive(Deserialize)]
struct WireStatus {
    #[serde(alias = "Last")]
    last: Option<String>,
    #[serde(alias = "Next")]
    next: Option<String>,
    #[serde(alias = "LastUpdated", rename = "lastUpdated")]
    last_updated: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::{ScheduleStatus, TimerInfo};
    use crate::{
        Data, FromTrigger, Trigger,
        bindings::recorded::{self, Recorded},
    };

    #[track_caller]
    fn check_bind(data: Data, expected: Result<TimerInfo, &str>) {
        assert_eq!(
            TimerInfo::from_trigger(data, &Trigger::default()).map_err(|error| error.to_string()),
            expected.map_err(str::to_owned)
        );
    }

    #[test]
    fn binding() {
        let monitored = TimerInfo {
            schedule_status: Some(ScheduleStatus {
                last: None,
                next: Some("2026-01-01T10:00:00Z".parse().unwrap()),
                last_updated: Some("2025-12-31T22:00:00Z".parse().unwrap()),
            }),
            is_past_due: true,
            adjust_for_dst: true,
        };
        check_bind(
            Data::json(
                r#"{"Schedule":{"AdjustForDST":true},"ScheduleStatus":{"Last":"0001-01-01T00:00:00","LastUpdated":"2026-01-01T00:00:00+02:00","Next":"2026-01-01T10:00:00"},"IsPastDue":true}"#,
            ),
            Ok(monitored.clone()),
        );
        check_bind(
            Data::text(
                r#"{"schedule":{"adjustForDST":true},"scheduleStatus":{"last":"0001-01-01T00:00:00+01:00","lastUpdated":"2026-01-01T00:00:00+02:00","next":"2026-01-01T10:00:00Z"},"isPastDue":true}"#,
            ),
            Ok(monitored),
        );
        check_bind(Data::bytes("{}"), Ok(TimerInfo::default()));
        check_bind(
            Data::json("{\"IsPastDue\":3}"),
            Err("`IsPastDue`: invalid type: integer `3`, expected a boolean at line 1 column 14"),
        );
        check_bind(
            Data::none(),
            Err("the host sent no value; take an `Option` if it can be absent"),
        );
    }

    #[test]
    fn recordings() {
        let ticks: Vec<TimerInfo> = recorded::inputs("storage.jsonl", "timer", "timer")
            .into_iter()
            .map(|Recorded { data, trigger }| TimerInfo::from_trigger(data, &trigger).unwrap())
            .collect();
        let plain = TimerInfo {
            adjust_for_dst: true,
            ..TimerInfo::default()
        };
        let monitored = TimerInfo {
            schedule_status: Some(ScheduleStatus {
                next: Some("2027-01-01T00:00:00Z".parse().unwrap()),
                ..ScheduleStatus::default()
            }),
            ..plain.clone()
        };
        assert_eq!(ticks.iter().filter(|tick| **tick == plain).count(), 5);
        assert_eq!(ticks.iter().filter(|tick| **tick == monitored).count(), 3);
        assert_eq!(ticks.len(), 8);
    }
}
