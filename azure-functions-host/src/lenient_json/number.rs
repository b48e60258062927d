//! Numbers as the host reads them: decimal of any size, octal after `0`, hexadecimal after `0x`.

use super::token::Token;

/// The longest whole number that the host reads.
const MAX_DIGITS: usize = 380;

/// Reads a number; nothing if it is not one.
pub(super) fn parse(text: &str) -> Option<Token> {
    if let Some(hexadecimal) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        return based(hexadecimal, 16);
    }
    let octal =
        text.starts_with('0') && !matches!(text.as_bytes(), [b'0'] | [_, b'.' | b'e' | b'E', ..]);
    if octal {
        return based(text, 8);
    }
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        // A fraction or an exponent, or not a number.
        return text.parse().ok().map(Token::Float);
    }
    if text.len() > MAX_DIGITS {
        return None;
    }
    let sign = if digits.len() < text.len() { "-" } else { "" };
    Some(Token::Integer(match digits.trim_start_matches('0') {
        "" => "0".to_owned(),
        significant => format!("{sign}{significant}"),
    }))
}

/// Reads digits of a base; those that fill 64 bits wrap around to a negative number.
fn based(digits: &str, base: u32) -> Option<Token> {
    if digits.starts_with(['+', '-']) {
        return None;
    }
    let bits = u64::from_str_radix(digits, base).ok()?;
    Some(Token::Integer(bits.cast_signed().to_string()))
}
