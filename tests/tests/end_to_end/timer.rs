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

#[tokio::test]
async fn a_function_with_a_retry_policy_is_called_until_it_works() {
    let mut app = Setup::example("timer").start().await;
    let reply = app.post("/admin/functions/fetch", "{}").await;
    assert_eq!(reply.status, 202, "{}", reply.body);
    for _ in 0..2 {
        let failed = app.event(EventKind::Failed, "fetch").await;
        let exception = failed.exception.unwrap();
        assert!(exception.contains("nobody answers"), "{exception}");
    }
    assert_eq!(app.logged("fetch").await, "fetched after 2 retries");
    app.event(EventKind::Succeeded, "fetch").await;
    app.stop().await;
}
