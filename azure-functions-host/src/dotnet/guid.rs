//! The text of a GUID.

use std::fmt::Write as _;

use uuid::Uuid;

use super::FormatError;

/// Prints a GUID as .NET's `Guid.ToString(format)` does; a blank format is `D`.
///
/// # Errors
///
/// Fails if the format is not one of `N`, `D`, `B`, `P` and `X`, in either case.
pub fn guid_text(guid: Uuid, format: &str) -> Result<String, FormatError> {
    match format {
        "N" | "n" => Ok(guid.simple().to_string()),
        "D" | "d" => Ok(guid.hyphenated().to_string()),
        "B" | "b" => Ok(guid.braced().to_string()),
        "P" | "p" => Ok(format!("({})", guid.hyphenated())),
        "X" | "x" => Ok(hexadecimal(guid)),
        _ if format.trim().is_empty() => Ok(guid.hyphenated().to_string()),
        _ => Err(FormatError::Guid(format.to_owned())),
    }
}

fn hexadecimal(guid: Uuid) -> String {
    let (first, second, third, rest) = guid.as_fields();
    let mut text = format!("{{{first:#010x},{second:#06x},{third:#06x},{{");
    for (at, byte) in rest.iter().enumerate() {
        let comma = if at == 0 { "" } else { "," };
        // Writing to a string does not fail.
        let _ = write!(text, "{comma}{byte:#04x}");
    }
    text.push_str("}}");
    text
}
