//! The dates and times that the `datetime` constraint takes.
//!
//! The host reads them leniently, in the invariant culture. What is here are the forms that were recorded and their
//! neighbours: year first or month first, the month as a name, a time of day, a zone.

use std::sync::LazyLock;

use jiff::civil::Date;
use regex::{Captures, Regex};

const TIME: &str = r"(?<hour>\d{1,2})(?::(?<minute>\d{1,2})(?::(?<second>\d{1,2})(?:\.\d+)?)?)?\s*(?<half>[ap]m?)?\s*(?:z|gmt|[+-](?:\d{1,2}(?::?\d{2})?))?";

const NAMES: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];

/// One pattern a form; `None` stands for one that does not compile, which the tests rule out.
static FORMS: LazyLock<Vec<Option<Regex>>> = LazyLock::new(|| {
    let name = r"(?<name>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sep(?:tember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)";
    let dates = [
        r"(?<year>\d{4})[-/. ](?<month>\d{1,2})(?:[-/. ](?<day>\d{1,2}))?".to_owned(),
        r"(?<month>\d{1,2})[-/ ](?<day>\d{1,2})(?:[-/ ](?<year>\d{4}|\d{2}))?".to_owned(),
        r"(?<month>\d{1,2})[-/](?<year>\d{4})".to_owned(),
        format!(r"{name}[-/ ,]+(?<day>\d{{1,2}})(?:[-/ ,]+(?<year>\d{{4}}))?"),
        format!(r"(?<day>\d{{1,2}})[-/ ]*{name}(?:[-/ ,]+(?<year>\d{{4}}))?"),
        format!(r"{name}[-/ ,]+(?<year>\d{{4}})"),
        format!(r"(?<year>\d{{4}})[-/ ,]+{name}(?:[-/ ,]+(?<day>\d{{1,2}}))?"),
    ];
    let weekday = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?,?\s+)?";
    let dates = dates
        .iter()
        .map(|date| format!(r"(?i)^\s*{weekday}{date}(?:(?:t|[\s,]+){TIME})?\s*$"));
    dates
        .chain([format!(r"(?i)^\s*{TIME}\s*$")])
        .map(|form| Regex::new(&form).ok())
        .collect()
});

/// Says whether the text is a date, a time of day, or both.
pub(super) fn is_date_time(text: &str) -> bool {
    FORMS.iter().flatten().any(|form| {
        form.captures(text)
            .is_some_and(|found| has_date(&found) && has_time(&found))
    })
}

fn has_date(found: &Captures<'_>) -> bool {
    let number = |name| Some(found.name(name)?.as_str().parse::<i16>().ok());
    let month = match found.name("name") {
        Some(name) => NAMES
            .iter()
            .position(|known| name.as_str().to_ascii_lowercase().starts_with(known))
            .and_then(|at| i8::try_from(at + 1).ok()),
        None => match number("month") {
            Some(month) => month.and_then(|month| i8::try_from(month).ok()),
            None => return found.name("minute").is_some() || found.name("half").is_some(),
        },
    };
    // A leap year stands in for an absent one, as the host would take the current one.
    let year = match number("year").unwrap_or(Some(2000)) {
        Some(year @ 0..50) => Some(year + 2000),
        Some(year @ 50..100) => Some(year + 1900),
        other => other,
    };
    let day = number("day").unwrap_or(Some(1));
    let (Some(year), Some(month), Some(day)) = (year, month, day) else {
        return false;
    };
    i8::try_from(day).is_ok_and(|day| Date::new(year, month, day).is_ok())
}

fn has_time(found: &Captures<'_>) -> bool {
    let below = |name, limit: u8| {
        found.name(name).is_none_or(|text| {
            text.as_str()
                .parse::<u8>()
                .is_ok_and(|number| number < limit)
        })
    };
    let hours = if found.name("half").is_some() { 13 } else { 24 };
    let complete = found.name("hour").is_none()
        || found.name("minute").is_some()
        || found.name("half").is_some();
    complete && below("hour", hours) && below("minute", 60) && below("second", 60)
}

#[cfg(test)]
mod tests {
    use super::{FORMS, is_date_time};

    #[test]
    fn forms() {
        assert!(FORMS.iter().all(Option::is_some));
        for (text, good) in [
            ("2020-01-02", true),
            ("2020-02-30", false),
            ("2020-01-02T03:04:05.123+02:00", true),
            ("2020-01-02 25:00", false),
            ("01/02/2020 3 PM", true),
            ("13-02-2020", false),
            ("12:30", true),
            ("12", false),
            ("2020", false),
            ("Thu, 2 Jan 2020 00:00:00 GMT", true),
            ("January 2020", true),
            ("Feb 31 2020", false),
            ("", false),
        ] {
            assert_eq!(is_date_time(text), good, "{text}");
        }
    }
}
