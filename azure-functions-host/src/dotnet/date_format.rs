//! The standard and custom date formats of .NET, in its invariant culture.

use jiff::tz::Offset;

use super::{
    FormatError,
    date_time::{DateTime, Kind},
};

/// Prints a date with a format of one letter, or a custom one of more.
pub(super) fn format(date: &DateTime, format: &str) -> Result<String, FormatError> {
    let pattern = match format {
        "d" => "MM'/'dd'/'yyyy",
        "D" => "dddd, dd MMMM yyyy",
        "f" => "dddd, dd MMMM yyyy HH:mm",
        "F" | "U" => "dddd, dd MMMM yyyy HH:mm:ss",
        "g" => "MM'/'dd'/'yyyy HH:mm",
        "G" => "MM'/'dd'/'yyyy HH:mm:ss",
        "m" | "M" => "MMMM dd",
        "o" | "O" => "yyyy'-'MM'-'dd'T'HH':'mm':'ss'.'fffffffK",
        "r" | "R" => "ddd, dd MMM yyyy HH':'mm':'ss 'GMT'",
        "s" => "yyyy'-'MM'-'dd'T'HH':'mm':'ss",
        "t" => "HH:mm",
        "T" => "HH:mm:ss",
        "u" => "yyyy'-'MM'-'dd HH':'mm':'ss'Z'",
        "y" | "Y" => "yyyy MMMM",
        _ if format.chars().count() == 1 => return Err(FormatError::Date(format.to_owned())),
        _ => format,
    };
    let date = if format == "U" {
        universal(date)
    } else {
        *date
    };
    custom(&date, pattern).ok_or_else(|| FormatError::Date(format.to_owned()))
}

/// The same instant in UTC.
fn universal(date: &DateTime) -> DateTime {
    match date.kind {
        Kind::Local(offset) => offset
            .to_timestamp(date.civil)
            .map_or(*date, |instant| DateTime {
                civil: Offset::UTC.to_datetime(instant),
                kind: Kind::Utc,
            }),
        Kind::Utc | Kind::Unspecified => *date,
    }
}

/// Prints a date with a custom format; nothing if .NET refuses it.
fn custom(date: &DateTime, format: &str) -> Option<String> {
    let mut text = String::new();
    let mut letters = format.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => text.push(letters.next()?),
            '%' => {
                let alone = letters.next().filter(|next| *next != '%')?;
                text.push_str(&custom(date, alone.encode_utf8(&mut [0; 4]))?);
            }
            '\'' | '"' => loop {
                match letters.next()? {
                    end if end == letter => break,
                    '\\' => text.push(letters.next()?),
                    quoted => text.push(quoted),
                }
            },
            'K' => text.push_str(&date.zone()),
            'd' | 'M' | 'y' | 'h' | 'H' | 'm' | 's' | 'f' | 'F' | 't' | 'z' | 'g' => {
                let mut count = 1;
                while letters.next_if_eq(&letter).is_some() {
                    count += 1;
                }
                field(date, letter, count, &mut text)?;
            }
            literal => text.push(literal),
        }
    }
    Some(text)
}

/// Prints the part of a date that `count` times `letter` stands for.
fn field(date: &DateTime, letter: char, count: usize, text: &mut String) -> Option<()> {
    let civil = date.civil;
    let twelve = (civil.hour() + 11) % 12 + 1;
    let year = i32::from(civil.year());
    let short = count.min(2);
    match (letter, count) {
        ('d', 3) => text.push_str(&civil.strftime("%a").to_string()),
        ('d', 4..) => text.push_str(&civil.strftime("%A").to_string()),
        ('M', 3) => text.push_str(&civil.strftime("%b").to_string()),
        ('M', 4..) => text.push_str(&civil.strftime("%B").to_string()),
        ('y', ..=2) => text.push_str(&padded(year % 100, count)),
        ('y', _) => text.push_str(&padded(year, count)),
        ('d', _) => text.push_str(&padded(civil.day().into(), short)),
        ('M', _) => text.push_str(&padded(civil.month().into(), short)),
        ('h', _) => text.push_str(&padded(twelve.into(), short)),
        ('H', _) => text.push_str(&padded(civil.hour().into(), short)),
        ('m', _) => text.push_str(&padded(civil.minute().into(), short)),
        ('s', _) => text.push_str(&padded(civil.second().into(), short)),
        ('f' | 'F', 8..) => return None,
        ('f', _) => text.push_str(padded(date.ticks(), 7).get(..count)?),
        ('F', _) => {
            let fraction = padded(date.ticks(), 7);
            let fraction = fraction.get(..count)?.trim_end_matches('0');
            if fraction.is_empty() && text.ends_with('.') {
                text.pop();
            }
            text.push_str(fraction);
        }
        ('t', _) => {
            let half = if civil.hour() < 12 { "AM" } else { "PM" };
            text.push_str(half.get(..short)?);
        }
        ('z', 3..) => text.push_str(&date.offset_text()),
        ('z', _) => {
            let (sign, hours, _) = date.offset_parts();
            text.push(sign);
            text.push_str(&padded(hours, short));
        }
        _ => text.push_str("A.D."),
    }
    Some(())
}

fn padded(number: i32, width: usize) -> String {
    format!("{number:0width$}")
}

#[cfg(test)]
mod tests {
    use jiff::{civil::datetime, tz::offset};

    use super::{DateTime, Kind};

    #[test]
    fn formats() {
        let afternoon = DateTime {
            civil: datetime(2026, 2, 7, 13, 4, 5, 120_000_000),
            kind: Kind::Local(offset(-5)),
        };
        for (format, text) in [
            ("t", Some("13:04")),
            ("T", Some("13:04:05")),
            ("f", Some("Saturday, 07 February 2026 13:04")),
            ("U", Some("Saturday, 07 February 2026 18:04:05")),
            ("M", Some("February 07")),
            ("Y", Some("2026 February")),
            ("d/M/yy h:m:s tt", Some("7/2/26 1:4:5 PM")),
            ("hh t", Some("01 P")),
            ("%y", Some("26")),
            ("yyyyy", Some("02026")),
            ("ff FF FFF", Some("12 12 12")),
            ("s.fffffff", Some("5.1200000")),
            ("%z zz zzz K", Some("-5 -05 -05:00 -05:00")),
            ("'it''s' \"q\\\"q\"", Some("its q\"q")),
            ("gg", Some("A.D.")),
            ("%", None),
            ("%%", None),
            ("y%", None),
            ("'open", None),
            ("y\\", None),
            ("ffffffff", None),
        ] {
            assert_eq!(afternoon.format(format).ok().as_deref(), text, "{format}");
        }
        let midnight = afternoon.date();
        assert_eq!(
            midnight.format("h:mm:ss.FFF tt").as_deref(),
            Ok("12:00:00 AM")
        );
    }

    #[test]
    fn iso() {
        let mut date = DateTime {
            civil: datetime(1, 1, 1, 0, 0, 0, 0),
            kind: Kind::Unspecified,
        };
        assert_eq!(date.iso(), "0001-01-01T00:00:00");
        date.kind = Kind::Local(offset(-5));
        assert_eq!(date.iso(), "0001-01-01T00:00:00-05:00");
        date.civil = datetime(2026, 2, 7, 13, 4, 5, 1_000);
        date.kind = Kind::Utc;
        assert_eq!(date.iso(), "2026-02-07T13:04:05.000001Z");
    }
}
