//! Points in time as the protocol writes them.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// How far ahead the engine looks when a duration is longer than time itself.
pub(crate) fn later(time: Timestamp, by: Duration) -> Timestamp {
    SignedDuration::try_from(by)
        .ok()
        .and_then(|by| time.checked_add(by).ok())
        .unwrap_or(Timestamp::MAX)
}

pub(crate) fn from_wire(time: &prost_types::Timestamp) -> Option<Timestamp> {
    Timestamp::new(time.seconds, time.nanos).ok()
}

pub(crate) fn into_wire(time: Timestamp) -> prost_types::Timestamp {
    // jiff writes times before 1970 with negative nanoseconds; protobuf counts up from the second before.
    let nanos = time.subsec_nanosecond();
    let (seconds, nanos) = if nanos < 0 {
        (time.as_second() - 1, nanos + 1_000_000_000)
    } else {
        (time.as_second(), nanos)
    };
    prost_types::Timestamp { seconds, nanos }
}
