//! Ticks, on a clock that the test moves.

use std::sync::Arc;

use azure_functions_host::{EventKind, clock::ManualClock};
use azure_functions_tests::app::{Setup, soon};
use jiff::{Timestamp, tz::TimeZone};

#[tokio::test]
async fn a_timer_ticks_at_the_start_and_when_its_time_has_come() {
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    let clock = ManualClock::new(at("2026-03-01T10:00:30Z"));
    let mut setup = Setup::example("timer");
    setup.config.clock = Arc::new(clock.clone());
    setup.config.zone = TimeZone::UTC;
    let mut app = setup.start().await;
    for (now, line, next) in [
        (
            "2026-03-01T10:00:30Z",
            "the first tick",
            "2026-03-01T10:01:00Z",
        ),
        (
            "2026-03-01T10:01:00Z",
            "a tick; the one before was at 2026-03-01T10:00:30Z",
            "2026-03-01T10:02:00Z",
        ),
        (
            "2026-03-01T10:02:00Z",
            "a tick; the one before was at 2026-03-01T10:01:00Z",
            "2026-03-01T10:03:00Z",
        ),
    ] {
        clock.set(at(now));
        assert_eq!(app.logged("tick").await, line);
        app.event(EventKind::Succeeded, "tick").await;
        soon(clock.until_asleep(1)).await;
        assert_eq!(clock.next_wake(), Some(at(next)));
    }
    app.stop().await;
}
