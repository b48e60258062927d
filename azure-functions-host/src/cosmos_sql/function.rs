//! The functions that a query can call.

use std::borrow::Cow;

use serde_json::Value;

use super::value;

/// A value, unless it is undefined.
pub(super) type Argument<'a> = Option<Cow<'a, Value>>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Function {
    Contains,
    StartsWith,
    EndsWith,
    StringEquals,
    Lower,
    Upper,
    Length,
    Concat,
    Abs,
    ArrayContains,
    ArrayLength,
    IsDefined,
    IsNull,
    IsString,
    IsNumber,
    IsBool,
    IsArray,
    IsObject,
}

/// The name of each function, and how few and how many arguments it takes.
const FUNCTIONS: [(&str, Function, usize, usize); 18] = [
    ("CONTAINS", Function::Contains, 2, 3),
    ("STARTSWITH", Function::StartsWith, 2, 3),
    ("ENDSWITH", Function::EndsWith, 2, 3),
    ("STRINGEQUALS", Function::StringEquals, 2, 3),
    ("LOWER", Function::Lower, 1, 1),
    ("UPPER", Function::Upper, 1, 1),
    ("LENGTH", Function::Length, 1, 1),
    ("CONCAT", Function::Concat, 2, usize::MAX),
    ("ABS", Function::Abs, 1, 1),
    ("ARRAY_CONTAINS", Function::ArrayContains, 2, 2),
    ("ARRAY_LENGTH", Function::ArrayLength, 1, 1),
    ("IS_DEFINED", Function::IsDefined, 1, 1),
    ("IS_NULL", Function::IsNull, 1, 1),
    ("IS_STRING", Function::IsString, 1, 1),
    ("IS_NUMBER", Function::IsNumber, 1, 1),
    ("IS_BOOL", Function::IsBool, 1, 1),
    ("IS_ARRAY", Function::IsArray, 1, 1),
    ("IS_OBJECT", Function::IsObject, 1, 1),
];

impl Function {
    /// The function of this name, in any case, if it takes so many arguments; the error says what is not here.
    pub(super) fn find(name: &str, arguments: usize) -> Result<Self, String> {
        let mut functions = FUNCTIONS.iter();
        let found = functions.find(|(own, ..)| own.eq_ignore_ascii_case(name));
        let Some((_, function, least, most)) = found else {
            return Err(format!("`{name}`"));
        };
        if !(*least..=*most).contains(&arguments) {
            return Err(format!("`{name}` with {arguments} arguments"));
        }
        Ok(*function)
    }

    /// The value of a call; arguments of types that do not fit make it undefined.
    pub(super) fn call(self, arguments: &[Argument<'_>]) -> Option<Value> {
        let [first, rest @ ..] = arguments else {
            return None;
        };
        let is = |test: fn(&Value) -> bool| {
            Some(Value::Bool(first.as_ref().is_some_and(|value| test(value))))
        };
        match self {
            Self::IsDefined => Some(Value::Bool(first.is_some())),
            Self::IsNull => is(Value::is_null),
            Self::IsString => is(Value::is_string),
            Self::IsNumber => is(Value::is_number),
            Self::IsBool => is(Value::is_boolean),
            Self::IsArray => is(Value::is_array),
            Self::IsObject => is(Value::is_object),
            Self::Contains => search(first, rest, |text, part| text.contains(part)),
            Self::StartsWith => search(first, rest, |text, part| text.starts_with(part)),
            Self::EndsWith => search(first, rest, |text, part| text.ends_with(part)),
            Self::StringEquals => search(first, rest, |text, part| text == part),
            Self::Lower => Some(first.as_ref()?.as_str()?.to_lowercase().into()),
            Self::Upper => Some(first.as_ref()?.as_str()?.to_uppercase().into()),
            Self::Length => Some(first.as_ref()?.as_str()?.chars().count().into()),
            Self::Concat => {
                let texts = arguments.iter().map(|argument| argument.as_ref()?.as_str());
                texts.collect::<Option<String>>().map(Value::String)
            }
            Self::Abs => value::number(first.as_ref()?.as_f64()?.abs()),
            Self::ArrayContains => {
                let wanted = rest.first()?.as_ref()?;
                let mut elements = first.as_ref()?.as_array()?.iter();
                let found = elements.any(|element| value::equal(element, wanted) == Some(true));
                Some(Value::Bool(found))
            }
            Self::ArrayLength => Some(first.as_ref()?.as_array()?.len().into()),
        }
    }
}

/// Looks for a text in another, with regard to case unless a third argument says otherwise.
fn search(
    text: &Argument<'_>,
    rest: &[Argument<'_>],
    found: fn(&str, &str) -> bool,
) -> Option<Value> {
    let text = text.as_ref()?.as_str()?;
    let (part, ignore_case) = match rest {
        [part] => (part, false),
        [part, ignore_case] => (part, ignore_case.as_ref()?.as_bool()?),
        _ => return None,
    };
    let part = part.as_ref()?.as_str()?;
    Some(Value::Bool(if ignore_case {
        found(&text.to_lowercase(), &part.to_lowercase())
    } else {
        found(text, part)
    }))
}
