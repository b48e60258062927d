//! Binding templates such as `in/{name}-{rand-guid:N}.json`, and `%SETTING%` names in a binding's properties.

mod settings;
mod token;

use std::fmt;

use jiff::Timestamp;
use uuid::Uuid;

use crate::{
    binding_data::{BindingData, PropertyError, Value},
    dotnet::FormatError,
};

pub use settings::{SettingError, resolve_settings};
use token::Expression;

/// A text with `{…}` expressions, to be filled in from the binding data of an invocation.
#[derive(Clone, Debug)]
pub struct Template {
    parts: Vec<Part>,
}

/// What a template may use that does not come from the trigger.
#[derive(Clone, Copy)]
pub struct System<'a> {
    /// The time of `{DateTime}` and `{sys.UtcNow}`.
    pub now: Timestamp,
    /// The function's name, `{sys.MethodName}`; without one there is no `{sys…}` at all.
    pub method_name: Option<&'a str>,
    /// Makes the values of `{rand-guid}` and `{sys.RandGuid}`.
    pub new_guid: &'a dyn Fn() -> Uuid,
}

/// What is wrong with the text of a template.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// A `{` without its `}`.
    #[error(
        "the template `{template}` has no `}}` for the `{{` at character {position}; add it, or write `{{{{`"
    )]
    Unclosed {
        /// The template.
        template: String,
        /// The place of the brace, from 1.
        position: usize,
    },
    /// A `}` without its `{`.
    #[error(
        "the template `{template}` has no `{{` for the `}}` at character {position}; add it, or write `}}}}`"
    )]
    Unopened {
        /// The template.
        template: String,
        /// The place of the brace, from 1.
        position: usize,
    },
    /// A `{}`.
    #[error(
        "the template `{template}` has an empty `{{}}` at character {position}; write a name in it, or `{{{{}}}}`"
    )]
    Empty {
        /// The template.
        template: String,
        /// The place of the brace, from 1.
        position: usize,
    },
    /// An expression that is not made of names, dots and hyphens.
    #[error(
        "the template `{template}` has the expression `{expression}`; use a name such as `{{queueTrigger}}` or `{{a.b}}`"
    )]
    Expression {
        /// The template.
        template: String,
        /// The text between the braces.
        expression: String,
    },
    /// A first name with a hyphen.
    #[error(
        "the template `{template}` uses the name `{name}`; a name has letters, digits and `_` only, rename it"
    )]
    Name {
        /// The template.
        template: String,
        /// The name.
        name: String,
    },
    /// Two dots in a row, or one at the end.
    #[error("the expression `{expression}` has an empty member name; write one after each dot")]
    Dots {
        /// The text between the braces.
        expression: String,
    },
}

/// Why a template has no value for this invocation.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ResolveError {
    /// A name that the binding data does not have.
    #[error(
        "the binding data has no value named `{0}`; use a value of the trigger, or a member of its JSON payload"
    )]
    Missing(String),
    /// A member that its object does not have.
    #[error("the member `{member}` of `{expression}` cannot be read: {error}")]
    Member {
        /// The whole expression.
        expression: String,
        /// The member.
        member: String,
        /// Why not.
        error: PropertyError,
    },
    /// A format that .NET does not know.
    #[error(transparent)]
    Format(#[from] FormatError),
}

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    ///
    /// Fails if a brace has no partner, or an expression is not one.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut letters = text.char_indices().zip(1..).peekable();
        while let Some(((at, letter), position)) = letters.next() {
            let brace = matches!(letter, '{' | '}');
            if !brace || letters.next_if(|((_, next), _)| *next == letter).is_some() {
                literal.push(letter);
            } else if letter == '}' {
                let template = text.to_owned();
                return Err(TemplateError::Unopened { template, position });
            } else {
                let end = letters
                    .by_ref()
                    .find_map(|((end, next), _)| matches!(next, '{' | '}').then_some((end, next)));
                let Some((end, '}')) = end else {
                    let template = text.to_owned();
                    return Err(TemplateError::Unclosed { template, position });
                };
                let inner = text.get(at + 1..end).unwrap_or_default();
                if inner.is_empty() {
                    let template = text.to_owned();
                    return Err(TemplateError::Empty { template, position });
                }
                parts.push(Part::Literal(std::mem::take(&mut literal)));
                parts.push(Part::Expression(Expression::parse(text, inner)?));
            }
        }
        parts.push(Part::Literal(literal));
        Ok(Self { parts })
    }

    /// The first name of each expression, in order: what the template asks of the binding data.
    pub fn parameters(&self) -> impl Iterator<Item = &str> {
        self.expressions().map(Expression::name)
    }

    /// The first parameter that neither the trigger, of whose names `known` tells, nor the system has a value for.
    pub fn unresolvable(&self, known: impl Fn(&str) -> bool) -> Option<&str> {
        self.expressions()
            .filter(|expression| !expression.is_system())
            .map(Expression::name)
            .find(|name| !known(name))
    }

    /// Says whether an expression of this template reads a member, as `{a.b}` does.
    pub(crate) fn has_members(&self) -> bool {
        self.expressions().any(Expression::has_members)
    }

    /// The literal texts and, between them, the names of the expressions.
    pub(crate) fn pieces(&self) -> impl Iterator<Item = Piece<'_>> {
        self.parts.iter().map(|part| match part {
            Part::Literal(text) => Piece::Literal(text),
            Part::Expression(expression) => Piece::Parameter(expression.name()),
        })
    }

    /// Fills the template in.
    ///
    /// # Errors
    ///
    /// Fails if the data lacks a value, or a format is unknown.
    pub fn resolve(&self, data: &BindingData, system: &System<'_>) -> Result<String, ResolveError> {
        let mut text = String::new();
        for part in &self.parts {
            match part {
                Part::Literal(literal) => text.push_str(literal),
                Part::Expression(expression) => text.push_str(&expression.resolve(data, system)?),
            }
        }
        Ok(text)
    }

    /// Fills the template in with what `fit` makes of each value, which also gets the texts before and behind it.
    ///
    /// # Errors
    ///
    /// As [`resolve`](Self::resolve), or as `fit`; the text says why.
    pub(crate) fn resolve_with(
        &self,
        data: &BindingData,
        system: &System<'_>,
        fit: impl Fn(&str, String, &str) -> Result<String, String>,
    ) -> Result<String, String> {
        let literal = |part: Option<&'_ Part>| match part {
            Some(Part::Literal(text)) => text.clone(),
            _ => String::new(),
        };
        let mut text = String::new();
        for (at, part) in self.parts.iter().enumerate() {
            match part {
                Part::Literal(literal) => text.push_str(literal),
                Part::Expression(expression) => {
                    let value = expression.resolve(data, system);
                    let value = value.map_err(|error| error.to_string())?;
                    let before = literal(at.checked_sub(1).and_then(|at| self.parts.get(at)));
                    let behind = literal(self.parts.get(at + 1));
                    text.push_str(&fit(&before, value, &behind)?);
                }
            }
        }
        Ok(text)
    }

    /// Puts `@name` in the place of each expression, and gives the values by those names: for a query, whose text
    /// no value may change.
    ///
    /// # Errors
    ///
    /// Fails if the data lacks a value, or a format is unknown.
    pub fn parameterize(
        &self,
        data: &BindingData,
        system: &System<'_>,
    ) -> Result<(String, Vec<(String, Value)>), ResolveError> {
        let mut text = String::new();
        let mut parameters: Vec<(String, Value)> = Vec::new();
        for part in &self.parts {
            match part {
                Part::Literal(literal) => text.push_str(literal),
                Part::Expression(expression) => {
                    let value = expression.parameter(data, system)?;
                    let mut name = format!("@{}", expression.flat_name());
                    while parameters
                        .iter()
                        .any(|(other, known)| *other == name && *known != value)
                    {
                        name.push('_');
                    }
                    text.push_str(&name);
                    parameters.push((name, value));
                }
            }
        }
        Ok((text, parameters))
    }

    fn expressions(&self) -> impl Iterator<Item = &Expression> {
        self.parts.iter().filter_map(|part| match part {
            Part::Expression(expression) => Some(expression),
            Part::Literal(_) => None,
        })
    }
}

impl fmt::Debug for System<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("System")
            .field("now", &self.now)
            .field("method_name", &self.method_name)
            .finish_non_exhaustive()
    }
}

/// A piece of a template, for those that match texts against it.
pub(crate) enum Piece<'a> {
    Literal(&'a str),
    Parameter(&'a str),
}

#[derive(Clone, Debug)]
enum Part {
    Literal(String),
    Expression(Expression),
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use uuid::Uuid;

    use super::{SettingError, System, Template, Value, resolve_settings};
    use crate::{binding_data::BindingData, lenient_json::Token};

    #[test]
    fn the_values_of_a_query_stay_out_of_its_text() {
        let evil = Value::String("' OR 1=1".to_owned());
        let inner = Token::Object(vec![("city".to_owned(), Token::Integer("7".to_owned()))]);
        let data: BindingData = [
            ("id", evil.clone()),
            ("n", Value::Integer(3)),
            ("address", Value::Json(inner)),
            ("address_city", evil.clone()),
        ]
        .into_iter()
        .collect();
        let system = System {
            now: Timestamp::UNIX_EPOCH,
            method_name: None,
            new_guid: &Uuid::nil,
        };
        let template = "{id} {ID} {n} {address.city} {address_city} {rand-guid:N} {{x}}";
        let template = Template::parse(template).unwrap();
        let (text, parameters) = template.parameterize(&data, &system).unwrap();
        assert_eq!(
            text,
            "@id @ID @n @address_city @address_city_ @rand_guid_N {x}"
        );
        let expected = [
            ("@id", evil.clone()),
            ("@ID", evil.clone()),
            ("@n", Value::Integer(3)),
            ("@address_city", Value::Json(Token::Integer("7".to_owned()))),
            ("@address_city_", evil),
            ("@rand_guid_N", Value::String("0".repeat(32))),
        ];
        assert_eq!(
            parameters,
            expected.map(|(name, value)| (name.to_owned(), value))
        );
        let missing = Template::parse("{nowhere}").unwrap();
        assert!(missing.parameterize(&data, &system).is_err());
    }

    #[test]
    fn errors_say_what_to_do() {
        for (template, error) in [
            (
                "a{b",
                "the template `a{b` has no `}` for the `{` at character 2; add it, or write `{{`",
            ),
            (
                "é}",
                "the template `é}` has no `{` for the `}` at character 2; add it, or write `}}`",
            ),
            (
                "{}",
                "the template `{}` has an empty `{}` at character 1; write a name in it, or `{{}}`",
            ),
            (
                "{a b}",
                "the template `{a b}` has the expression `a b`; use a name such as `{queueTrigger}` or `{a.b}`",
            ),
            (
                "{a-b}",
                "the template `{a-b}` uses the name `a-b`; a name has letters, digits and `_` only, rename it",
            ),
            (
                "{a.}",
                "the expression `a.` has an empty member name; write one after each dot",
            ),
        ] {
            let text = Template::parse(template)
                .map(|_| ())
                .map_err(|error| error.to_string());
            assert_eq!(text, Err(error.to_owned()));
        }
    }

    #[test]
    fn two_percents_are_no_escape() {
        let error = resolve_settings("%%", |_| Some("value".to_owned()));
        assert_eq!(error, Err(SettingError::Missing(String::new())));
    }

    #[test]
    fn the_place_of_a_lone_percent_counts_characters() {
        let error = resolve_settings("é%A%%", |_| Some(String::new()));
        let text = "é%A%%".to_owned();
        assert_eq!(error, Err(SettingError::Unclosed { text, position: 5 }));
    }
}
