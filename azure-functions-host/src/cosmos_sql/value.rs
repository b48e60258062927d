//! How the values of a query compare.

use std::cmp::Ordering;

use serde_json::{Number, Value};

/// Compares two values; those of different types, and those that have no order, compare as nothing.
pub(super) fn compare(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Null, Value::Null) => Some(Ordering::Equal),
        (Value::Bool(left), Value::Bool(right)) => Some(left.cmp(right)),
        (Value::Number(left), Value::Number(right)) => compare_numbers(left, right),
        (Value::String(left), Value::String(right)) => Some(left.cmp(right)),
        _ => None,
    }
}

/// Says whether two values are the same; values of different types are neither the same nor not.
pub(super) fn equal(left: &Value, right: &Value) -> Option<bool> {
    match (left, right) {
        (Value::Array(left), Value::Array(right)) => Some(
            left.len() == right.len()
                && left
                    .iter()
                    .zip(right)
                    .all(|(left, right)| equal(left, right) == Some(true)),
        ),
        (Value::Object(left), Value::Object(right)) => Some(
            left.len() == right.len()
                && left.iter().all(|(name, left)| {
                    let right = right.get(name);
                    right.is_some_and(|right| equal(left, right) == Some(true))
                }),
        ),
        _ => compare(left, right).map(Ordering::is_eq),
    }
}

/// The order of values in `ORDER BY`, across types.
pub(super) fn sort(left: Option<&Value>, right: Option<&Value>) -> Ordering {
    let rank = |value: Option<&Value>| match value {
        None => 0,
        Some(Value::Null) => 1,
        Some(Value::Bool(_)) => 2,
        Some(Value::Number(_)) => 3,
        Some(Value::String(_)) => 4,
        Some(Value::Array(_)) => 5,
        Some(Value::Object(_)) => 6,
    };
    let same = || match (left?, right?) {
        (Value::Number(left), Value::Number(right)) => Some(sort_numbers(left, right)),
        (left, right) => compare(left, right),
    };
    rank(left)
        .cmp(&rank(right))
        .then_with(|| same().unwrap_or(Ordering::Equal))
}

/// A number that is whole if it can be.
pub(super) fn number(number: f64) -> Option<Value> {
    // Beyond this, a float does not hold each whole number.
    const WHOLE: f64 = 9_007_199_254_740_992.0;
    if number.fract() == 0.0 && number.abs() < WHOLE {
        // Formatted and read, for there is no cast that keeps what it cannot hold apart.
        return format!("{number:.0}").parse::<i64>().ok().map(Value::from);
    }
    Number::from_f64(number).map(Value::Number)
}

/// A total order: of whole numbers that are the same float, the smaller one comes first.
///
/// To compare some as whole numbers and others as floats is none, and a sort by it may panic.
fn sort_numbers(left: &Number, right: &Number) -> Ordering {
    let float = |number: &Number| number.as_f64().unwrap_or_default();
    float(left)
        .total_cmp(&float(right))
        .then_with(|| left.as_i128().cmp(&right.as_i128()))
}

fn compare_numbers(left: &Number, right: &Number) -> Option<Ordering> {
    if let (Some(left), Some(right)) = (left.as_i64(), right.as_i64()) {
        return Some(left.cmp(&right));
    }
    left.as_f64()?.partial_cmp(&right.as_f64()?)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_have_a_total_order() {
        let numbers = [
            json!(9_007_199_254_740_991_i64),
            json!(9_007_199_254_740_992.0),
            json!(9_007_199_254_740_992_i64),
            json!(9_007_199_254_740_993_i64),
            json!(i64::MAX),
            json!(u64::MAX - 1),
            json!(u64::MAX),
        ];
        for (at, left) in numbers.iter().enumerate() {
            for (other, right) in numbers.iter().enumerate() {
                let found = sort(Some(left), Some(right));
                assert_eq!(found, at.cmp(&other), "{left} {right}");
            }
        }
    }
}
