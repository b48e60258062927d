//! The text of a floating-point number.

/// Prints a number as .NET's `double.ToString()` does: the shortest digits that read back the same.
///
/// `1.0` is `1`, `1e21` is `1E+21`, `0.00001` is `1E-05`.
pub fn float_text(number: f64) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    let sign = if number.is_sign_negative() { "-" } else { "" };
    if number.is_infinite() {
        return format!("{sign}Infinity");
    }
    let scientific = format!("{:e}", number.abs());
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let digits: String = mantissa.chars().filter(|digit| *digit != '.').collect();
    if (-5 < exponent) && (exponent < LONGEST_INTEGER) {
        format!("{sign}{}", plain(&digits, exponent))
    } else {
        let (first, rest) = digits.split_at(1);
        let point = if rest.is_empty() { "" } else { "." };
        let exponent_sign = if exponent < 0 { '-' } else { '+' };
        format!(
            "{sign}{first}{point}{rest}E{exponent_sign}{:02}",
            exponent.abs()
        )
    }
}

/// A number of up to so many digits before the point is written without an exponent.
const LONGEST_INTEGER: i32 = 17;

/// Writes `d.ddd × 10^exponent` without an exponent.
fn plain(digits: &str, exponent: i32) -> String {
    let Ok(point) = usize::try_from(exponent + 1) else {
        let zeros = "0".repeat(usize::try_from(-exponent - 1).unwrap_or(0));
        return format!("0.{zeros}{digits}");
    };
    match digits.split_at_checked(point) {
        Some(("", fraction)) => format!("0.{fraction}"),
        Some((integer, "")) => integer.to_owned(),
        Some((integer, fraction)) => format!("{integer}.{fraction}"),
        None => format!("{digits}{}", "0".repeat(point - digits.len())),
    }
}

#[cfg(test)]
mod tests {
    use super::float_text;

    #[test]
    fn shortest_text() {
        for (number, text) in [
            (0.0, "0"),
            (-0.0, "-0"),
            (1.0, "1"),
            (-1.5, "-1.5"),
            (0.1, "0.1"),
            (0.05, "0.05"),
            (0.0001, "0.0001"),
            (0.00001, "1E-05"),
            (1.25e-7, "1.25E-07"),
            (120.0, "120"),
            (1e16, "10000000000000000"),
            (1e17, "1E+17"),
            (1.5e300, "1.5E+300"),
            (f64::NAN, "NaN"),
            (f64::NEG_INFINITY, "-Infinity"),
        ] {
            assert_eq!(float_text(number), text);
        }
    }
}
