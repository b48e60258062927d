//! What can be wrong with an NCRONTAB expression.

use core::fmt;

use super::Field;

/// Why a text is no NCRONTAB expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The text has neither five nor six fields.
    FieldCount {
        /// How many fields it has.
        found: usize,
    },
    /// A list has nothing before, between or after its commas.
    EmptyItem {
        /// The field that holds the list.
        field: Field,
        /// Where the item would stand, in bytes from the start of the text.
        at: usize,
    },
    /// An item is no value, range or step.
    Syntax {
        /// The field that holds the item.
        field: Field,
        /// Where the item stands, in bytes from the start of the text.
        at: usize,
    },
    /// A number is outside the range of its field.
    OutOfRange {
        /// The field that holds the number.
        field: Field,
        /// Where the item with the number stands, in bytes from the start of the text.
        at: usize,
        /// The number.
        value: u32,
    },
    /// A number has more than 31 bits.
    TooLarge {
        /// The field that holds the number.
        field: Field,
        /// Where the item with the number stands, in bytes from the start of the text.
        at: usize,
    },
}

impl Error {
    /// The field that is wrong, unless the number of fields is.
    pub const fn field(self) -> Option<Field> {
        match self {
            Self::FieldCount { .. } => None,
            Self::EmptyItem { field, .. }
            | Self::Syntax { field, .. }
            | Self::OutOfRange { field, .. }
            | Self::TooLarge { field, .. } => Some(field),
        }
    }

    /// Where the wrong item stands, in bytes from the start of the text.
    pub const fn position(self) -> usize {
        match self {
            Self::FieldCount { .. } => 0,
            Self::EmptyItem { at, .. }
            | Self::Syntax { at, .. }
            | Self::OutOfRange { at, .. }
            | Self::TooLarge { at, .. } => at,
        }
    }

    /// The fact and the remedy, for a compile-time check that cannot format.
    pub const fn message(self) -> &'static str {
        match self {
            Self::FieldCount { .. } => {
                "an NCRONTAB expression has five or six fields; write `second minute hour day month day-of-week` \
                 with spaces between them, such as `0 */5 * * * *`"
            }
            Self::EmptyItem { .. } => {
                "a list of the NCRONTAB expression has an empty item; take out the comma too many"
            }
            Self::Syntax { field, .. } => syntax(field),
            Self::OutOfRange { field, .. } | Self::TooLarge { field, .. } => range(field),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::FieldCount { found } => write!(
                f,
                "the number of fields is {found}, not five or six; \
                 write `second minute hour day month day-of-week` with spaces between them, such as `0 */5 * * * *`"
            ),
            Self::EmptyItem { field, at } => write!(
                f,
                "the {field} has an empty item at position {at}; take out the comma too many"
            ),
            Self::Syntax { at, .. } => write!(f, "position {at}: {}", self.message()),
            Self::OutOfRange { at, value, .. } => {
                write!(f, "`{value}` at position {at}: {}", self.message())
            }
            Self::TooLarge { at, .. } => write!(f, "position {at}: {}", self.message()),
        }
    }
}

impl core::error::Error for Error {}

const fn syntax(field: Field) -> &'static str {
    match field {
        Field::Second => {
            "the second is not understood; write `*`, numbers, ranges or steps, such as `0`, `0,30` or `*/10`"
        }
        Field::Minute => {
            "the minute is not understood; write `*`, numbers, ranges or steps, such as `0`, `0,30` or `*/10`"
        }
        Field::Hour => {
            "the hour is not understood; write `*`, numbers, ranges or steps, such as `9-17` or `*/6`"
        }
        Field::Day => {
            "the day of the month is not understood; write `*`, numbers, ranges or steps, such as `1,15`: \
             there is no `?`, `L` or `W`"
        }
        Field::Month => {
            "the month is not understood; write `*`, numbers, English names, ranges or steps, such as `Jan-Mar`"
        }
        Field::DayOfWeek => {
            "the day of the week is not understood; write `*`, numbers, English names, ranges or steps, \
             such as `Mon-Fri`: there is no `?`, `L` or `#`"
        }
    }
}

const fn range(field: Field) -> &'static str {
    match field {
        Field::Second => "the second is out of range; write 0 to 59",
        Field::Minute => "the minute is out of range; write 0 to 59",
        Field::Hour => "the hour is out of range; write 0 to 23",
        Field::Day => "the day of the month is out of range; write 1 to 31",
        Field::Month => "the month is out of range; write 1 to 12, or `Jan` to `Dec`",
        Field::DayOfWeek => {
            "the day of the week is out of range; write 0 (Sunday) to 6 (Saturday), or `Sun` to `Sat`"
        }
    }
}
