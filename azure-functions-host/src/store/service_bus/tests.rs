//! What happens to messages and sessions, step by step.

use std::{sync::Arc, time::Duration};

use super::*;
use crate::clock::ManualClock;

const MINUTE: Duration = Duration::from_secs(60);

fn store() -> (ManualClock, ServiceBus) {
    let clock = ManualClock::new(Timestamp::UNIX_EPOCH);
    let bus = ServiceBus::new(Arc::new(clock.clone()));
    (clock, bus)
}

fn text(message: &Message) -> String {
    String::from_utf8_lossy(&message.sent.body).into_owned()
}

fn token(message: &Message) -> Uuid {
    message.lock.unwrap().token
}

#[track_caller]
fn received(bus: &ServiceBus, entity: &str, max: usize) -> Vec<(String, u32)> {
    let messages = bus.receive(entity, max).unwrap();
    messages
        .iter()
        .map(|message| (text(message), message.delivery_count))
        .collect()
}

#[track_caller]
fn one(bus: &ServiceBus, entity: &str) -> Message {
    let mut messages = bus.receive(entity, 1).unwrap();
    messages.pop().unwrap()
}

fn seen(text: &str, count: u32) -> (String, u32) {
    (text.to_owned(), count)
}

fn properties(name: &str, value: &str) -> Properties {
    Properties::from([(name.to_owned(), Value::String(value.to_owned()))])
}

#[test]
fn a_message_is_locked_until_it_is_settled_or_time_is_up() {
    let (clock, bus) = store();
    for text in ["a", "b"] {
        bus.send("orders", NewMessage::new(text)).unwrap();
    }
    let a = one(&bus, "Orders");
    assert_eq!(
        (text(&a), a.delivery_count, a.sequence_number),
        ("a".into(), 1, 1)
    );
    assert_eq!(received(&bus, "orders", 9), [seen("b", 1)]);
    assert_eq!(
        bus.next_change("orders"),
        Some(Timestamp::UNIX_EPOCH + MINUTE)
    );

    // It keeps its place when it comes back.
    clock.advance(MINUTE);
    assert_eq!(received(&bus, "orders", 9), [seen("a", 2), seen("b", 2)]);
    let late = bus.settle(token(&a), Settlement::Complete);
    assert_eq!(late, Err(ServiceBusError::MessageLockLost));
    assert_eq!(bus.peek("orders").unwrap().len(), 2);
}

#[test]
fn a_message_can_be_settled_in_four_ways() {
    for (settlement, left, dead, again) in [
        (Settlement::Complete, 0, 0, false),
        (Settlement::Abandon(properties("k", "v")), 1, 0, true),
        (Settlement::Defer(properties("k", "v")), 1, 0, false),
        (
            Settlement::DeadLetter {
                reason: Some("bad".to_owned()),
                description: None,
                properties: properties("k", "v"),
            },
            0,
            1,
            false,
        ),
    ] {
        let (_, bus) = store();
        bus.send("orders", NewMessage::new("a")).unwrap();
        let message = one(&bus, "orders");
        bus.settle(token(&message), settlement.clone()).unwrap();
        let twice = bus.settle(token(&message), settlement.clone());
        assert_eq!(
            twice,
            Err(ServiceBusError::MessageLockLost),
            "{settlement:?}"
        );
        let rest = bus.peek("orders").unwrap();
        let dead_letters = bus.peek("orders/$DeadLetterQueue").unwrap();
        assert_eq!(
            (rest.len(), dead_letters.len()),
            (left, dead),
            "{settlement:?}"
        );
        for message in rest.iter().chain(&dead_letters) {
            let value = message.sent.properties.get("k");
            assert_eq!(
                value,
                Some(&Value::String("v".to_owned())),
                "{settlement:?}"
            );
        }
        for letter in &dead_letters {
            let reason = letter.sent.properties.get(DEAD_LETTER_REASON);
            assert_eq!(reason, Some(&Value::String("bad".to_owned())));
        }
        assert_eq!(
            received(&bus, "orders", 1).len() == 1,
            again,
            "{settlement:?}"
        );
    }
}

#[test]
fn a_lock_can_be_renewed() {
    let (clock, bus) = store();
    bus.send("orders", NewMessage::new("a")).unwrap();
    let message = one(&bus, "orders");
    clock.advance(MINUTE / 2);
    let until = bus.renew(token(&message)).unwrap();
    assert_eq!(until, Timestamp::UNIX_EPOCH + MINUTE * 3 / 2);
    clock.advance(MINUTE / 2);
    assert_eq!(received(&bus, "orders", 1), []);
    clock.advance(MINUTE / 2);
    assert_eq!(received(&bus, "orders", 1), [seen("a", 2)]);
    assert_eq!(
        bus.renew(token(&message)),
        Err(ServiceBusError::MessageLockLost)
    );
}

#[test]
fn a_message_that_came_too_often_is_a_dead_letter_and_stays_one() {
    let (clock, bus) = store();
    bus.send("orders", NewMessage::new("a")).unwrap();
    for count in 1..=MAX_DELIVERY_COUNT {
        let message = one(&bus, "orders");
        assert_eq!(message.delivery_count, count);
        if count % 2 == 0 {
            let abandon = Settlement::Abandon(Properties::new());
            bus.settle(token(&message), abandon).unwrap();
        } else {
            clock.advance(MINUTE);
        }
    }
    assert_eq!(bus.peek("orders").unwrap(), []);
    for _ in 0..3 {
        let message = one(&bus, "orders/$deadletterqueue");
        let reason = message.sent.properties.get(DEAD_LETTER_REASON);
        let wanted = Value::String("MaxDeliveryCountExceeded".to_owned());
        assert_eq!(reason, Some(&wanted));
        clock.advance(MINUTE);
    }
}

#[test]
fn a_listener_hears_of_changes() {
    let (clock, bus) = store();
    let mut changes = bus.changes();
    let mut heard = || {
        let told = changes.has_changed().unwrap();
        changes.mark_unchanged();
        told
    };
    assert!(!heard());
    bus.send("orders", NewMessage::new("a")).unwrap();
    assert!(heard());
    for _ in 1..MAX_DELIVERY_COUNT {
        bus.receive("orders", 1).unwrap();
        assert!(heard());
        clock.advance(MINUTE);
        assert_eq!(bus.next_change("orders"), None);
        assert!(!heard(), "that a lock has expired is the time's news");
    }
    bus.receive("orders", 1).unwrap();
    assert!(heard());
    clock.advance(MINUTE);
    bus.peek("orders").unwrap();
    assert!(heard(), "there is a dead letter now");
}

#[test]
fn each_subscription_gets_a_message_of_its_own() {
    let (_, bus) = store();
    assert_eq!(bus.publish("news", &NewMessage::new("lost")), Ok(0));
    let mail = bus.subscribe("News", "Mail").unwrap();
    assert_eq!(mail, "news/subscriptions/mail");
    bus.subscribe("news", "print").unwrap();
    bus.subscribe("news", "print/$DeadLetterQueue").unwrap();
    assert_eq!(bus.publish("NEWS", &NewMessage::new("a")), Ok(2));
    let message = one(&bus, "news/Subscriptions/mail");
    let dead = Settlement::DeadLetter {
        reason: None,
        description: None,
        properties: Properties::new(),
    };
    bus.settle(token(&message), dead).unwrap();
    assert_eq!(
        received(&bus, "news/subscriptions/mail/$deadletterqueue", 1),
        [seen("a", 2)]
    );
    assert_eq!(
        received(&bus, "news/subscriptions/print", 9),
        [seen("a", 1)]
    );
}

#[test]
fn sessions_are_in_order_and_one_at_a_time() {
    let (clock, bus) = store();
    bus.require_sessions("steps").unwrap();
    let none = bus.send("steps", NewMessage::new("x"));
    assert_eq!(none, Err(ServiceBusError::NoSession("steps".to_owned())));
    for (id, text) in [("one", "1a"), ("two", "2a"), ("one", "1b")] {
        let message = NewMessage::new(text).in_session(id);
        bus.send("steps", message).unwrap();
    }
    assert_eq!(received(&bus, "steps", 9), []);
    let first = bus.accept_session("steps").unwrap().unwrap();
    let second = bus.accept_session("steps").unwrap().unwrap();
    assert_eq!((&*first.id, &*second.id), ("one", "two"));
    assert_eq!(bus.accept_session("steps"), Ok(None));

    let a = bus.receive_session(&first, 1).unwrap().remove(0);
    assert_eq!(text(&a), "1a");
    bus.set_session_state("steps", "one", "half".into())
        .unwrap();
    // What was not settled comes again, before what is behind it.
    bus.release_session(&first);
    let lost = bus.receive_session(&first, 1);
    assert_eq!(
        lost,
        Err(ServiceBusError::SessionLockLost("one".to_owned()))
    );
    let again = bus.accept_session("steps").unwrap().unwrap();
    assert_eq!(bus.session_state("steps", "one").unwrap(), "half");
    let messages = bus.receive_session(&again, 9).unwrap();
    assert_eq!(messages.iter().map(text).collect::<Vec<_>>(), ["1a", "1b"]);
    // An old lock releases nothing.
    bus.release_session(&first);
    bus.settle(token(&messages[0]), Settlement::Complete)
        .unwrap();

    clock.advance(MINUTE / 2);
    bus.renew_session("steps", "one").unwrap();
    clock.advance(MINUTE / 2);
    bus.settle(token(&messages[1]), Settlement::Complete)
        .unwrap();
    let lost = bus.session_state("steps", "two");
    assert_eq!(
        lost,
        Err(ServiceBusError::SessionLockLost("two".to_owned()))
    );
}

#[test]
fn a_message_that_is_lent_is_in_nobodys_way() {
    let (clock, bus) = store();
    let message = bus.lend("orders", NewMessage::new("a")).unwrap();
    clock.advance(MINUTE * 60);
    assert_eq!(bus.peek("orders").unwrap(), []);
    assert_eq!(bus.renew(token(&message)), Ok(Timestamp::MAX));
    bus.settle(token(&message), Settlement::Abandon(Properties::new()))
        .unwrap();
    assert_eq!(received(&bus, "orders", 9), [seen("a", 2)]);

    let first = bus.lend("orders", NewMessage::new("a")).unwrap();
    for _ in 0..64 {
        bus.lend("orders", NewMessage::new("b")).unwrap();
    }
    let forgotten = bus.settle(token(&first), Settlement::Complete);
    assert_eq!(forgotten, Err(ServiceBusError::MessageLockLost));
}

#[test]
fn messages_expire_unless_they_are_locked() {
    let (clock, bus) = store();
    for text in ["a", "b"] {
        let message = NewMessage {
            lifetime: Some(SignedDuration::from_secs(30)),
            ..NewMessage::new(text)
        };
        bus.send("orders", message).unwrap();
    }
    let a = one(&bus, "orders");
    clock.advance(MINUTE / 2);
    assert_eq!(bus.peek("orders").unwrap().len(), 1);
    bus.settle(token(&a), Settlement::Complete).unwrap();
}

#[test]
fn names_and_sizes_are_checked() {
    let (_, bus) = store();
    for name in [
        "",
        "a b",
        "/a",
        "a/",
        "$deadletterqueue",
        "a/$other",
        &"a".repeat(261),
    ] {
        let refused = bus.send(name, NewMessage::new("a"));
        assert_eq!(refused, Err(ServiceBusError::InvalidName(name.to_owned())));
    }
    let large = bus.send("orders", NewMessage::new(vec![0; 262_145]));
    assert!(matches!(large, Err(ServiceBusError::TooLarge { .. })));
    assert_eq!(bus.entities(), Vec::<String>::new());
}
