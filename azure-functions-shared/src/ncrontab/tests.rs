//! What the recording does not hold: const evaluation, positions and messages.

use super::{Cron, Error, Field, parse};

/// The parser and its errors run in const evaluation.
const WEEKDAYS: Result<Cron, Error> = parse("0 30 9 * * Mon-Fri");
const SUNDAY: Result<Cron, Error> = parse("0 0 0 * * 7");
const _: () = assert!(matches!(WEEKDAYS, Ok(cron) if cron.values(Field::DayOfWeek).contains(5)));
const _: () = assert!(matches!(
    SUNDAY,
    Err(error) if error.position() == 10 && !error.message().is_empty()
));

#[test]
fn positions() {
    let minute = Field::Minute;
    for (text, error, position) in [
        ("", Error::FieldCount { found: 0 }, 0),
        ("* * * * * * *", Error::FieldCount { found: 7 }, 0),
        (
            "0  1,,2 * * * *",
            Error::EmptyItem {
                field: minute,
                at: 5,
            },
            5,
        ),
        (
            "0 0 0 * * Mon,x",
            Error::Syntax {
                field: Field::DayOfWeek,
                at: 14,
            },
            14,
        ),
        (
            " 61 * * * *",
            Error::OutOfRange {
                field: minute,
                at: 1,
                value: 61,
            },
            1,
        ),
        (
            "*/4294967297 * * * *",
            Error::TooLarge {
                field: minute,
                at: 0,
            },
            0,
        ),
    ] {
        assert_eq!(parse(text), Err(error), "{text}");
        assert_eq!(error.position(), position, "{text}");
    }
}

#[test]
fn messages() {
    for (text, message) in [
        (
            "0 0 0 * * 7",
            "`7` at position 10: the day of the week is out of range; \
             write 0 (Sunday) to 6 (Saturday), or `Sun` to `Sat`",
        ),
        (
            "1,,2 * * * *",
            "the minute has an empty item at position 2; take out the comma too many",
        ),
        (
            "@hourly",
            "the number of fields is 1, not five or six; write `second minute hour day month day-of-week` \
             with spaces between them, such as `0 */5 * * * *`",
        ),
    ] {
        let error = parse(text).map(|cron| cron.to_string());
        assert_eq!(
            error.map_err(|error| error.to_string()),
            Err(message.to_owned())
        );
    }
}

#[test]
fn sets() {
    for (text, canonical) in [
        ("0 0 0 * * S", Some("0 0 0 * * 0")),
        ("0 0 0 * Nov-Feb *", Some("0 0 0 * 2-11 *")),
        ("0 0 0 L * *", None),
        ("*/0 * * * * *", Some("* * * * * *")),
        ("58/1,0 0 0 * * *", Some("0,58-59 0 0 * * *")),
        ("*/2147483647 * * * *", Some("0 * * * *")),
    ] {
        let parsed = parse(text).ok().map(|cron| cron.to_string());
        assert_eq!(parsed.as_deref(), canonical, "{text}");
    }
}
