//! Moments as the messages of Durable Functions write them.

use jiff::Timestamp;

/// A moment for a message.
pub(crate) fn wire(time: Timestamp) -> prost_types::Timestamp {
    // Moments before 1970 have negative nanoseconds here; in a message they count from the second before.
    let nanos = time.subsec_nanosecond();
    let (seconds, nanos) = if nanos < 0 {
        (time.as_second() - 1, nanos + 1_000_000_000)
    } else {
        (time.as_second(), nanos)
    };
    prost_types::Timestamp { seconds, nanos }
}

/// The moment that a message names; one out of range is none.
pub(crate) fn moment(time: &prost_types::Timestamp) -> Option<Timestamp> {
    Timestamp::new(time.seconds, time.nanos).ok()
}
