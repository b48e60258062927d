//! .NET's text for a length of time, as `host.json` and timer schedules use it.
//!
//! The rules were recorded from a real host; `tests/data/vectors/timespan.jsonl` holds what it accepts and refuses.

use core::fmt;

/// The number of ticks in a second; a tick is 100 nanoseconds.
pub const TICKS_PER_SECOND: i64 = 10_000_000;

const SECONDS_PER_DAY: u64 = 86_400;

/// A length of time, forwards or backwards, in ticks of 100 nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimeSpan {
    ticks: i64,
}

/// Why a text is no [`TimeSpan`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The text has another form than `d`, `hh:mm`, `hh:mm:ss` or `d.hh:mm:ss.fffffff`.
    Syntax,
    /// The form is right, but one of the numbers is too large.
    OutOfRange,
}

/// Reads a [`TimeSpan`] from .NET's text.
///
/// A single number counts days. Three numbers are hours, minutes and seconds, but where 24 or more hours cannot be
/// meant they are days, hours and minutes: `24:00:00` is 24 days.
///
/// ```
/// use azure_functions_shared::timespan::{self, TICKS_PER_SECOND};
///
/// assert_eq!(timespan::parse("00:05:00").map(|span| span.ticks()), Ok(300 * TICKS_PER_SECOND));
/// assert_eq!(timespan::parse("5"), timespan::parse("5.00:00:00"));
/// ```
///
/// # Errors
///
/// The text has another form, or one of its numbers is too large.
pub const fn parse(text: &str) -> Result<TimeSpan, Error> {
    let text = trim(text.as_bytes());
    let (negative, text) = match text.split_first() {
        Some((b'-', rest)) => (true, rest),
        _ => (false, text),
    };
    let (numbers, separators) = match split(text) {
        Ok(split) => split,
        Err(error) => return Err(error),
    };
    let [one, two, three, four, five] = numbers;
    let zero = Number::ZERO;
    match separators {
        [0, 0, 0, 0] => ticks(negative, [one, zero, zero, zero, zero]),
        [b':', 0, 0, 0] => ticks(negative, [zero, one, two, zero, zero]),
        [b'.', b':', 0, 0] => ticks(negative, [one, two, three, zero, zero]),
        [b':', b':', 0, 0] => match ticks(negative, [zero, one, two, three, zero]) {
            Err(_) => ticks(negative, [one, two, three, zero, zero]),
            span => span,
        },
        [b':', b':', b'.', 0] => ticks(negative, [zero, one, two, three, four]),
        [b'.' | b':', b':', b':', 0] => ticks(negative, [one, two, three, four, zero]),
        [b'.' | b':', b':', b':', b'.'] => ticks(negative, [one, two, three, four, five]),
        _ => Err(Error::Syntax),
    }
}

impl TimeSpan {
    /// The span of that many ticks.
    pub const fn from_ticks(ticks: i64) -> Self {
        Self { ticks }
    }

    /// The number of ticks, negative if the span goes backwards.
    pub const fn ticks(self) -> i64 {
        self.ticks
    }
}

/// Writes the canonical text: `-d.hh:mm:ss.fffffff`, without the days or the fraction if they are zero.
impl fmt::Display for TimeSpan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ticks = self.ticks.unsigned_abs();
        let per_second = TICKS_PER_SECOND.unsigned_abs();
        let (seconds, fraction) = (ticks / per_second, ticks % per_second);
        let (days, seconds) = (seconds / SECONDS_PER_DAY, seconds % SECONDS_PER_DAY);
        if self.ticks < 0 {
            f.write_str("-")?;
        }
        if days > 0 {
            write!(f, "{days}.")?;
        }
        let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        write!(f, "{hours:02}:{minutes:02}:{seconds:02}")?;
        if fraction > 0 {
            write!(f, ".{fraction:07}")?;
        }
        Ok(())
    }
}

impl Error {
    /// The fact and the remedy, for a compile-time check that cannot format.
    pub const fn message(self) -> &'static str {
        match self {
            Self::Syntax => {
                "the text is no TimeSpan; write `hh:mm:ss`, or `d.hh:mm:ss` with days, such as `00:05:00`"
            }
            Self::OutOfRange => {
                "a number of the TimeSpan is too large; hours end at 23, minutes and seconds at 59, \
                 fractions have 7 digits, so write longer spans with days, such as `1.12:00:00`"
            }
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message())
    }
}

impl core::error::Error for Error {}

/// A run of digits: its value, how many zeros lead it, and how many digits follow them.
#[derive(Clone, Copy)]
struct Number {
    value: u64,
    zeros: u32,
    digits: u32,
}

impl Number {
    const ZERO: Self = Self {
        value: 0,
        zeros: 0,
        digits: 0,
    };

    const fn push(&mut self, digit: u8) {
        if digit == b'0' && self.digits == 0 {
            self.zeros = self.zeros.saturating_add(1);
        } else {
            self.digits = self.digits.saturating_add(1);
            self.value = self
                .value
                .saturating_mul(10)
                .saturating_add((digit - b'0') as u64);
        }
    }

    /// The ticks that the digits mean behind the decimal point.
    ///
    /// .NET refuses an eighth digit, but rounds it if the fraction starts with a zero.
    const fn fraction(self) -> Option<u64> {
        const DIGITS: u32 = 7;
        let length = self.zeros.saturating_add(self.digits);
        if self.digits == 0 {
            Some(0)
        } else if length <= DIGITS {
            Some(self.value * 10_u64.pow(DIGITS - length))
        } else if self.zeros == 0 {
            None
        } else {
            match 10_u64.checked_pow(length - DIGITS) {
                Some(unit) => Some(self.value.saturating_add(unit / 2) / unit),
                None => Some(0),
            }
        }
    }
}

/// Takes the text apart into at most five numbers and the bytes that stand between them.
#[expect(
    clippy::indexing_slicing,
    reason = "a const fn has no iterators; `at` is below the length of both arrays"
)]
const fn split(mut text: &[u8]) -> Result<([Number; 5], [u8; 4]), Error> {
    let mut numbers = [Number::ZERO; 5];
    let mut separators = [0; 4];
    let mut at = 0;
    loop {
        let mut empty = true;
        while let Some((digit @ b'0'..=b'9', rest)) = text.split_first() {
            numbers[at].push(*digit);
            empty = false;
            text = rest;
        }
        if empty {
            return Err(Error::Syntax);
        }
        // No number of .NET's is wider than 32 bits, whatever it counts.
        if numbers[at].value > i32::MAX as u64 {
            return Err(Error::OutOfRange);
        }
        match text.split_first() {
            None => return Ok((numbers, separators)),
            Some((separator @ (b':' | b'.'), rest)) if at < separators.len() => {
                separators[at] = *separator;
                text = rest;
                at += 1;
            }
            Some(_) => return Err(Error::Syntax),
        }
    }
}

/// Adds up days, hours, minutes, seconds and a fraction of a second.
const fn ticks(negative: bool, numbers: [Number; 5]) -> Result<TimeSpan, Error> {
    let [days, hours, minutes, seconds, fraction] = numbers;
    if hours.value > 23 || minutes.value > 59 || seconds.value > 59 {
        return Err(Error::OutOfRange);
    }
    let Some(fraction) = fraction.fraction() else {
        return Err(Error::OutOfRange);
    };
    let seconds =
        days.value * SECONDS_PER_DAY + hours.value * 3600 + minutes.value * 60 + seconds.value;
    let sum = match seconds.checked_mul(TICKS_PER_SECOND.unsigned_abs()) {
        Some(whole) => whole.saturating_add(fraction),
        None => return Err(Error::OutOfRange),
    };
    // The most negative span has no positive counterpart, so the sign goes on before the range is checked.
    let ticks = if negative {
        0_i64.checked_sub_unsigned(sum)
    } else {
        0_i64.checked_add_unsigned(sum)
    };
    match ticks {
        Some(ticks) => Ok(TimeSpan { ticks }),
        None => Err(Error::OutOfRange),
    }
}

const fn trim(mut text: &[u8]) -> &[u8] {
    while let Some((b' ' | b'\t'..=b'\r', rest)) = text.split_first() {
        text = rest;
    }
    while let Some((b' ' | b'\t'..=b'\r', rest)) = text.split_last() {
        text = rest;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{Error, TICKS_PER_SECOND, TimeSpan, parse};

    /// The parser runs in const evaluation.
    const FIVE_MINUTES: Result<TimeSpan, Error> = parse("00:05:00");
    const BROKEN: Result<TimeSpan, Error> = parse("5m");
    const _: () =
        assert!(matches!(FIVE_MINUTES, Ok(span) if span.ticks() == 300 * TICKS_PER_SECOND));
    const _: () = assert!(matches!(BROKEN, Err(Error::Syntax)));

    #[test]
    fn forms() {
        for (text, canonical) in [
            ("7", Ok("7.00:00:00")),
            ("1:2", Ok("01:02:00")),
            ("1.2:3", Ok("1.02:03:00")),
            ("24:23:59", Ok("24.23:59:00")),
            ("24:24:00", Err(Error::OutOfRange)),
            ("24:00:00.5", Err(Error::OutOfRange)),
            ("1:2:3.4", Ok("01:02:03.4000000")),
            ("-1:2:3:4.05", Ok("-1.02:03:04.0500000")),
            ("0:0:0.00000005", Ok("00:00:00.0000001")),
            ("0:0:0.099999999", Ok("00:00:00.1000000")),
            ("99999999999999999999", Err(Error::OutOfRange)),
            ("1:2:3:4:5", Err(Error::Syntax)),
            ("1.2.3:4:5.6", Err(Error::Syntax)),
            ("-", Err(Error::Syntax)),
        ] {
            let parsed = parse(text).map(|span| span.to_string());
            assert_eq!(parsed, canonical.map(str::to_owned), "{text}");
        }
    }
}
