//! Numbers as the host's constraints read them: in the invariant culture, with blanks around.

/// The largest decimal of .NET, 2^96 - 1.
const MAX_DECIMAL: u128 = (1 << 96) - 1;

/// A whole number with an optional sign.
pub(super) fn parse_integer(text: &str) -> Option<i64> {
    trim(text).parse().ok()
}

/// Says whether the text is a decimal: a sign before or after, commas between digits, a fraction, no exponent.
pub(super) fn is_decimal(text: &str) -> bool {
    let text = trim(text);
    let unsigned = match text.strip_prefix(['+', '-']) {
        Some(rest) => rest.trim_start(),
        None => text.strip_suffix(['+', '-']).unwrap_or(text).trim_end(),
    };
    let Some((whole, fraction, "")) = split_number(unsigned) else {
        return false;
    };
    let mut value = 0_u128;
    for digit in whole.chars().filter_map(|digit| digit.to_digit(10)) {
        value = value.saturating_mul(10).saturating_add(u128::from(digit));
    }
    let rounds_up = fraction.starts_with(['5', '6', '7', '8', '9']);
    value < MAX_DECIMAL || (value == MAX_DECIMAL && !rounds_up)
}

/// Says whether the text is a floating point number, an infinity or not a number.
pub(super) fn is_float(text: &str) -> bool {
    let text = trim(text);
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if ["Infinity", "NaN"]
        .iter()
        .any(|name| name.eq_ignore_ascii_case(unsigned))
    {
        return true;
    }
    match split_number(unsigned) {
        Some((_, _, "")) => true,
        Some((_, _, rest)) => rest.strip_prefix(['e', 'E']).is_some_and(|exponent| {
            let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
            !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit())
        }),
        None => false,
    }
}

/// The digits before the point, those behind it, and what follows. Commas may stand behind the first digit.
fn split_number(text: &str) -> Option<(&str, &str, &str)> {
    let is_digit = |letter: char| letter.is_ascii_digit();
    let whole = text.trim_start_matches(|letter| is_digit(letter) || letter == ',');
    let (digits, rest) = text.split_at_checked(text.len() - whole.len())?;
    if digits.starts_with(',') {
        return None;
    }
    let Some(behind) = rest.strip_prefix('.') else {
        return (!digits.is_empty()).then_some((digits, "", rest));
    };
    let tail = behind.trim_start_matches(is_digit);
    let (fraction, tail) = behind.split_at_checked(behind.len() - tail.len())?;
    (!digits.is_empty() || !fraction.is_empty()).then_some((digits, fraction, tail))
}

fn trim(text: &str) -> &str {
    text.trim_matches(|letter| matches!(letter, '\t'..='\r' | ' '))
}

#[cfg(test)]
mod tests {
    use super::{is_decimal, is_float, parse_integer};

    #[test]
    fn numbers() {
        for (text, integer, decimal, float) in [
            ("1", true, true, true),
            (" +1\t", true, true, true),
            ("1-", false, true, false),
            ("1,0", false, true, true),
            (",1", false, false, false),
            ("5.", false, true, true),
            (".5", false, true, true),
            (".", false, false, false),
            ("1e3", false, false, true),
            ("1e", false, false, false),
            ("-infinity", false, false, true),
            ("∞", false, false, false),
            ("٣", false, false, false),
            ("", false, false, false),
            ("79228162514264337593543950335.4", false, true, true),
            ("79228162514264337593543950335.5", false, false, true),
        ] {
            assert_eq!(parse_integer(text).is_some(), integer, "integer {text}");
            assert_eq!(is_decimal(text), decimal, "decimal {text}");
            assert_eq!(is_float(text), float, "float {text}");
        }
    }
}
