//! The filter of a query, in the part of `OData` that tables know.

use std::cmp::Ordering;

use winnow::{
    ModalResult, Parser as _,
    ascii::{Caseless, multispace0, multispace1},
    combinator::{alt, cut_err, delimited, not, opt, preceded, repeat, separated, terminated},
    error::{ContextError, ErrMode},
    stream::Stateful,
    token::{any, one_of, take_while},
};

use super::{Entity, Property, property::date};

/// How deep parentheses and `not` can stand in each other.
const DEPTH: usize = 64;

/// A condition on entities, such as `PartitionKey eq 'a' and Price gt 5`.
#[derive(Clone, Debug, PartialEq)]
pub struct Filter(Condition);

/// Why a filter cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the filter `{filter}` cannot be read at character {position}; write conditions such as `Age gt 5`, with `and`, `or`, `not` and parentheses"
)]
pub struct FilterError {
    filter: String,
    /// From 1.
    position: usize,
}

impl Filter {
    /// Reads a filter.
    ///
    /// # Errors
    ///
    /// [`FilterError`] if it is none, or uses what tables do not know.
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        let input = Stateful {
            input: text,
            state: 0,
        };
        delimited(multispace0, any_of, multispace0)
            .parse(input)
            .map(Self)
            .map_err(|error| {
                let before = text.get(..error.offset()).unwrap_or(text);
                FilterError {
                    filter: text.to_owned(),
                    position: before.chars().count() + 1,
                }
            })
    }

    /// Whether an entity fulfils the condition; a property that it does not have fulfils none.
    pub fn matches(&self, entity: &Entity) -> bool {
        self.0.matches(entity)
    }
}

#[derive(Clone, Debug, PartialEq)]
enum Condition {
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
    Compare(Operand, Comparison, Operand),
    /// A value that is true or false by itself.
    Holds(Operand),
}

#[derive(Clone, Debug, PartialEq)]
enum Operand {
    Name(String),
    Value(Property),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comparison {
    Equal,
    NotEqual,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

impl Condition {
    fn matches(&self, entity: &Entity) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.matches(entity)),
            Self::Any(parts) => parts.iter().any(|part| part.matches(entity)),
            Self::Not(part) => !part.matches(entity),
            Self::Compare(left, comparison, right) => left
                .value(entity)
                .zip(right.value(entity))
                .and_then(|(left, right)| left.compare(&right))
                .is_some_and(|ordering| comparison.accepts(ordering)),
            Self::Holds(operand) => operand.value(entity) == Some(Property::Boolean(true)),
        }
    }
}

impl Operand {
    fn value(&self, entity: &Entity) -> Option<Property> {
        match self {
            Self::Name(name) => entity.property(name),
            Self::Value(value) => Some(value.clone()),
        }
    }
}

impl Comparison {
    fn accepts(self, ordering: Ordering) -> bool {
        match self {
            Self::Equal => ordering.is_eq(),
            Self::NotEqual => ordering.is_ne(),
            Self::Greater => ordering.is_gt(),
            Self::GreaterOrEqual => ordering.is_ge(),
            Self::Less => ordering.is_lt(),
            Self::LessOrEqual => ordering.is_le(),
        }
    }
}

/// The text, and how deep the reader is in it.
type Input<'a> = Stateful<&'a str, usize>;

fn any_of(input: &mut Input<'_>) -> ModalResult<Condition> {
    joined(all_of, "or", Condition::Any, input)
}

fn all_of(input: &mut Input<'_>) -> ModalResult<Condition> {
    joined(condition, "and", Condition::All, input)
}

fn joined<'a>(
    mut part: fn(&mut Input<'a>) -> ModalResult<Condition>,
    by: &'static str,
    join: fn(Vec<Condition>) -> Condition,
    input: &mut Input<'a>,
) -> ModalResult<Condition> {
    let first = part.parse_next(input)?;
    let between = delimited(multispace0, word(by), multispace0);
    let mut rest: Vec<_> = repeat(0.., preceded(between, cut_err(part))).parse_next(input)?;
    if rest.is_empty() {
        return Ok(first);
    }
    rest.insert(0, first);
    Ok(join(rest))
}

fn condition(input: &mut Input<'_>) -> ModalResult<Condition> {
    input.state += 1;
    if input.state > DEPTH {
        let error = ContextError::new();
        return Err(ErrMode::Cut(error));
    }
    let parenthesized = delimited(
        ('(', multispace0),
        cut_err(any_of),
        (multispace0, cut_err(')')),
    );
    let negated = preceded((word("not"), multispace0), cut_err(condition))
        .map(|part| Condition::Not(Box::new(part)));
    let condition = alt((negated, parenthesized, compared)).parse_next(input);
    input.state -= 1;
    condition
}

fn compared(input: &mut Input<'_>) -> ModalResult<Condition> {
    let left = operand.parse_next(input)?;
    let operator = delimited(multispace1, comparison, multispace1);
    let right = opt((operator, cut_err(operand))).parse_next(input)?;
    Ok(match right {
        Some((comparison, right)) => Condition::Compare(left, comparison, right),
        None => Condition::Holds(left),
    })
}

fn comparison(input: &mut Input<'_>) -> ModalResult<Comparison> {
    alt((
        word("eq").value(Comparison::Equal),
        word("ne").value(Comparison::NotEqual),
        word("gt").value(Comparison::Greater),
        word("ge").value(Comparison::GreaterOrEqual),
        word("lt").value(Comparison::Less),
        word("le").value(Comparison::LessOrEqual),
    ))
    .parse_next(input)
}

fn operand(input: &mut Input<'_>) -> ModalResult<Operand> {
    alt((
        text.map(Property::String).map(Operand::Value),
        tagged.map(Operand::Value),
        number.map(Operand::Value),
        word("true").value(Operand::Value(Property::Boolean(true))),
        word("false").value(Operand::Value(Property::Boolean(false))),
        name.map(|name| Operand::Name(name.to_owned())),
    ))
    .parse_next(input)
}

/// A value in quotes, behind the name of its type.
fn tagged(input: &mut Input<'_>) -> ModalResult<Property> {
    let tag = terminated(
        alt((
            Caseless("datetime").value(Tag::DateTime),
            Caseless("guid").value(Tag::Guid),
            alt((Caseless("binary"), "X")).value(Tag::Binary),
        )),
        // Otherwise it is the name of a property that begins so.
        winnow::combinator::peek('\''),
    );
    (tag, cut_err(text))
        .verify_map(|(tag, text)| match tag {
            Tag::DateTime => date(&text).map(Property::DateTime),
            Tag::Guid => text.parse().ok().map(Property::Guid),
            Tag::Binary => hexadecimal(&text).map(|bytes| Property::Binary(bytes.into())),
        })
        .parse_next(input)
}

#[derive(Clone, Copy)]
enum Tag {
    DateTime,
    Guid,
    Binary,
}

fn number(input: &mut Input<'_>) -> ModalResult<Property> {
    let sign = opt(one_of(['-', '+']));
    let digits = take_while(1.., |letter: char| letter.is_ascii_digit());
    let fraction = opt(('.', take_while(1.., |letter: char| letter.is_ascii_digit())));
    let exponent = opt((
        one_of(['e', 'E']),
        opt(one_of(['-', '+'])),
        take_while(1.., |letter: char| letter.is_ascii_digit()),
    ));
    let number = (sign, digits, fraction, exponent).take();
    let suffix = opt(one_of(['L', 'l', 'D', 'd', 'F', 'f']));
    terminated((number, suffix), not(part_of_name))
        .verify_map(|(text, suffix)| match suffix {
            Some('L' | 'l') => text.parse().ok().map(Property::Int64),
            None if !text.contains(['.', 'e', 'E']) => text.parse().ok().map(Property::Int64),
            _ => text.parse().ok().map(Property::Double),
        })
        .parse_next(input)
}

/// A text in quotes, where two quotes stand for one.
fn text(input: &mut Input<'_>) -> ModalResult<String> {
    let runs = separated(1.., take_while(0.., |letter: char| letter != '\''), "''")
        .map(|runs: Vec<&str>| runs.join("'"));
    delimited('\'', runs, cut_err('\'')).parse_next(input)
}

fn name<'a>(input: &mut Input<'a>) -> ModalResult<&'a str> {
    let first = any.verify(|letter: &char| letter.is_alphabetic() || *letter == '_');
    (first, take_while(0.., is_part_of_name))
        .take()
        .verify(|name: &str| !KEYWORDS.contains(&name))
        .parse_next(input)
}

/// A word of the language, which is not the beginning of a longer one.
fn word<'a>(word: &'static str) -> impl winnow::ModalParser<Input<'a>, (), ContextError> {
    (word, not(part_of_name)).void()
}

fn part_of_name(input: &mut Input<'_>) -> ModalResult<char> {
    any.verify(|letter: &char| is_part_of_name(*letter))
        .parse_next(input)
}

fn is_part_of_name(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

fn hexadecimal(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<_> = text
        .chars()
        .map(|digit| digit.to_digit(16))
        .collect::<Option<_>>()?;
    digits
        .chunks(2)
        .map(|pair| match pair {
            [high, low] => u8::try_from(high * 16 + low).ok(),
            _ => None,
        })
        .collect()
}

const KEYWORDS: [&str; 9] = ["and", "or", "not", "eq", "ne", "gt", "ge", "lt", "le"];

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use uuid::Uuid;

    use super::{DEPTH, Filter};
    use crate::store::{Entity, Key, Property};

    fn entity() -> Entity {
        let properties = [
            ("Name", Property::String("O'Brien".to_owned())),
            ("Age", Property::Int32(41)),
            ("Big", Property::Int64(i64::MAX)),
            ("Rate", Property::Double(1.5)),
            ("Active", Property::Boolean(true)),
            ("Seen", Property::DateTime(Timestamp::UNIX_EPOCH)),
            ("Id", Property::Guid(Uuid::from_u128(7))),
            ("Bytes", Property::Binary(vec![0x0a, 0xff].into())),
        ];
        Entity {
            properties: properties
                .map(|(name, value)| (name.to_owned(), value))
                .into(),
            ..Entity::new(Key::new("p", "r"))
        }
    }

    #[test]
    fn filters_accept() {
        for (filter, accepts) in [
            ("PartitionKey eq 'p' and RowKey eq 'r'", true),
            ("PartitionKey eq 'P'", false),
            ("Name eq 'O''Brien'", true),
            ("Name gt 'O' and Name lt 'P'", true),
            ("Name eq ''", false),
            ("Age eq 41", true),
            ("41 eq Age", true),
            ("Age ge 41 and Age le 41 and Age ne 40", true),
            ("Age gt 41 or Age lt 41", false),
            ("Age eq 41L and Age eq 41.0 and Age eq 4.1e1", true),
            ("Age gt -1", true),
            ("Big eq 9223372036854775807", true),
            ("Big eq 9223372036854775806", false),
            ("Rate gt 1 and Rate lt 2", true),
            ("Rate eq 1.5d", true),
            ("Active", true),
            ("not Active", false),
            ("Active eq true and true ne false", true),
            ("Seen eq datetime'1970-01-01T00:00:00Z'", true),
            ("Seen lt datetime'1970-01-01T00:00:00.001'", true),
            ("Timestamp eq datetime'1970-01-01T00:00:00.0000000Z'", true),
            ("Id eq guid'00000000-0000-0000-0000-000000000007'", true),
            ("Bytes eq X'0aFF' and Bytes eq binary'0AFF'", true),
            // `and` binds more tightly than `or`, and `not` more tightly than both.
            ("Age eq 41 or Age eq 0 and Age eq 1", true),
            ("(Age eq 41 or Age eq 0) and Age eq 1", false),
            ("not (Age eq 0) and Age eq 41", true),
            ("not Age eq 0 or Age eq 0", true),
            ("not(not(Age eq 41))", true),
            ("  ( ( Age  eq\t41 ) )  ", true),
            // What is not there, or is of another type, fulfils nothing.
            ("Missing eq 1", false),
            ("Missing ne 1", false),
            ("not (Missing eq 1)", true),
            ("Age eq '41'", false),
            ("Age ne '41'", false),
            ("name eq 'O''Brien'", false),
            ("Name", false),
        ] {
            let accepted = Filter::parse(filter).map(|filter| filter.matches(&entity()));
            assert_eq!(accepted, Ok(accepts), "{filter}");
        }
    }

    #[test]
    fn what_is_no_filter_is_refused() {
        let deep = "(".repeat(DEPTH + 1);
        let negated = "not ".repeat(100_000);
        for (filter, position) in [
            ("", 1),
            ("Age eq", 5),
            ("Age is 41", 5),
            ("Age eq 41 and", 14),
            ("Age eq 41 Age", 11),
            ("Age eq 'x", 10),
            ("(Age eq 41", 11),
            ("Age eq 41)", 10),
            ("Age eq 41x", 8),
            ("Seen eq datetime'yesterday'", 17),
            ("Id eq guid'7'", 11),
            ("Bytes eq X'0'", 11),
            ("é eq 'é' x", 10),
            ("startswith(Name, 'O')", 11),
            (&deep, DEPTH + 1),
            (&negated, 4 * DEPTH + 1),
        ] {
            match Filter::parse(filter) {
                Ok(_) => panic!("{filter}"),
                Err(error) => assert_eq!(error.position, position, "{error}"),
            }
        }
    }
}
