//! Reading an NCRONTAB expression, also at compile time.
//!
//! A `const fn` has neither iterators nor `?`, so the text is taken apart byte by byte.

use super::{Cron, Error, Field, Values};

/// Reads an NCRONTAB expression of six fields, or of five without the second.
///
/// ```
/// use azure_functions_shared::ncrontab::{self, Field};
///
/// let cron = ncrontab::parse("0 30 9 * * Mon-Fri")?;
/// assert!(!cron.values(Field::DayOfWeek).contains(0));
/// assert_eq!(cron.to_string(), "0 30 9 * * 1-5");
/// # Ok::<(), ncrontab::Error>(())
/// ```
///
/// # Errors
///
/// The number of fields is wrong, or a field holds something that the host does not understand or allow.
pub const fn parse(text: &str) -> Result<Cron, Error> {
    let text = Part {
        bytes: text.as_bytes(),
        at: 0,
    };
    let found = count_fields(text);
    if found != 5 && found != 6 {
        return Err(Error::FieldCount { found });
    }
    let mut cron = Cron {
        second: Values::ZERO,
        minute: Values::ZERO,
        hour: Values::ZERO,
        day: Values::ZERO,
        month: Values::ZERO,
        day_of_week: Values::ZERO,
        has_seconds: found == 6,
    };
    let mut next = Some(Field::first(cron.has_seconds));
    let mut rest = text;
    while let Some(field) = next {
        let (part, after) = rest.skip_spaces().split(b' ');
        let values = match parse_field(part, field) {
            Ok(values) => values,
            Err(error) => return Err(error),
        };
        match field {
            Field::Second => cron.second = values,
            Field::Minute => cron.minute = values,
            Field::Hour => cron.hour = values,
            Field::Day => cron.day = values,
            Field::Month => cron.month = values,
            Field::DayOfWeek => cron.day_of_week = values,
        }
        next = field.next();
        rest = match after {
            Some(after) => after,
            None => rest.end(),
        };
    }
    Ok(cron)
}

/// Only the space separates fields: the host refuses tabs.
const fn count_fields(text: Part<'_>) -> usize {
    let mut found = 0;
    let mut rest = text.skip_spaces();
    while !rest.bytes.is_empty() {
        found += 1;
        rest = match rest.split(b' ').1 {
            Some(after) => after.skip_spaces(),
            None => return found,
        };
    }
    found
}

/// Reads a list, which is what a field holds.
const fn parse_field(part: Part<'_>, field: Field) -> Result<Values, Error> {
    let mut values = Values::NONE;
    // A leading comma makes no list for the host; it is a value that cannot be read.
    if let Some((b',', _)) = part.bytes.split_first() {
        return Err(part.syntax(field));
    }
    let mut rest = Some(part);
    while let Some(list) = rest {
        let (item, after) = list.split(b',');
        if item.bytes.is_empty() {
            return Err(Error::EmptyItem { field, at: item.at });
        }
        if let Err(error) = parse_item(item, field, &mut values) {
            return Err(error);
        }
        rest = after;
    }
    Ok(values)
}

/// Reads `*`, a value or a range, each with or without a step, and adds what it means to `values`.
const fn parse_item(item: Part<'_>, field: Field, values: &mut Values) -> Result<(), Error> {
    let (min, max) = field.range();
    let (range, step) = item.split(b'/');
    let (mut first, mut last) = match range.bytes {
        [b'*'] => (min as u32, max as u32),
        _ => match parse_range(item, range, field, step.is_some()) {
            Ok(ends) => ends,
            Err(error) => return Err(error),
        },
    };
    let step = match step {
        None => 1,
        Some(step) => match parse_step(item, step, field) {
            Ok(step) => step,
            Err(error) => return Err(error),
        },
    };
    if first > last {
        (first, last) = (last, first);
    }
    if first < min as u32 {
        return Err(item.out_of_range(field, first));
    }
    if last > max as u32 {
        return Err(item.out_of_range(field, last));
    }
    let mut value = first;
    while value <= last {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "`last` is not above the largest value of the field, which is a `u8`"
        )]
        values.insert(value as u8);
        value = value.saturating_add(step);
    }
    Ok(())
}

/// Reads `a-b`, or `a`, which goes on to the end of the field if a step follows.
const fn parse_range(
    item: Part<'_>,
    range: Part<'_>,
    field: Field,
    has_step: bool,
) -> Result<(u32, u32), Error> {
    let (first, last) = range.split(b'-');
    let first = match parse_value(item, first, field) {
        Ok(first) => first,
        Err(error) => return Err(error),
    };
    match last {
        Some(last) => match parse_value(item, last, field) {
            Ok(last) => Ok((first, last)),
            Err(error) => Err(error),
        },
        None if has_step => Ok((first, field.range().1 as u32)),
        None => Ok((first, first)),
    }
}

/// Reads a number, or a name in any case, of which any prefix will do: `M` is March or Monday.
const fn parse_value(item: Part<'_>, value: Part<'_>, field: Field) -> Result<u32, Error> {
    match value.bytes {
        [] => Err(item.syntax(field)),
        [b'0'..=b'9', ..] => parse_number(item, value.bytes, field),
        letters => {
            let mut number = field.range().0 as u32;
            let mut names = field.names();
            while let Some((name, rest)) = names.split_first() {
                if is_prefix(letters, name.as_bytes()) {
                    return Ok(number);
                }
                number += 1;
                names = rest;
            }
            Err(item.syntax(field))
        }
    }
}

/// Reads a step; the host takes one that is not positive for 1.
const fn parse_step(item: Part<'_>, step: Part<'_>, field: Field) -> Result<u32, Error> {
    let (negative, digits) = match step.bytes {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] => (false, digits),
        digits => (false, digits),
    };
    match parse_number(item, digits, field) {
        Ok(step) if step == 0 || negative => Ok(1),
        number => number,
    }
}

const fn parse_number(item: Part<'_>, mut digits: &[u8], field: Field) -> Result<u32, Error> {
    if digits.is_empty() {
        return Err(item.syntax(field));
    }
    let mut number: u32 = 0;
    while let Some((digit, rest)) = digits.split_first() {
        if !digit.is_ascii_digit() {
            return Err(item.syntax(field));
        }
        number = number
            .saturating_mul(10)
            .saturating_add((*digit - b'0') as u32);
        digits = rest;
    }
    if number > i32::MAX as u32 {
        return Err(Error::TooLarge { field, at: item.at });
    }
    Ok(number)
}

const fn is_prefix(mut letters: &[u8], mut name: &[u8]) -> bool {
    while let Some((letter, rest)) = letters.split_first() {
        match name.split_first() {
            Some((wanted, after)) if letter.eq_ignore_ascii_case(wanted) => name = after,
            _ => return false,
        }
        letters = rest;
    }
    true
}

/// A part of the text, and where in the text it starts.
#[derive(Clone, Copy)]
struct Part<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Part<'_> {
    /// What stands before the first `separator`, and what stands after it, if there is one.
    const fn split(self, separator: u8) -> (Self, Option<Self>) {
        let mut length = 0;
        let mut rest = self.bytes;
        while let Some((byte, after)) = rest.split_first() {
            if *byte == separator {
                let before = Self {
                    bytes: self.bytes.split_at(length).0,
                    at: self.at,
                };
                let after = Self {
                    bytes: after,
                    at: self.at + length + 1,
                };
                return (before, Some(after));
            }
            length += 1;
            rest = after;
        }
        (self, None)
    }

    const fn skip_spaces(mut self) -> Self {
        while let Some((b' ', rest)) = self.bytes.split_first() {
            self.bytes = rest;
            self.at += 1;
        }
        self
    }

    const fn end(self) -> Self {
        Self {
            bytes: &[],
            at: self.at + self.bytes.len(),
        }
    }

    const fn syntax(self, field: Field) -> Error {
        Error::Syntax { field, at: self.at }
    }

    const fn out_of_range(self, field: Field, value: u32) -> Error {
        Error::OutOfRange {
            field,
            at: self.at,
            value,
        }
    }
}
