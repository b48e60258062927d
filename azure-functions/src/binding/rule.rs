//! [`Rule`]: what the properties of a binding ask of each other.

/// A rule between properties of a binding, by the names that a Rust user writes.
///
/// ```
/// use azure_functions::{Binding, Property, Rule};
///
/// struct LetterBinding;
///
/// impl Binding for LetterBinding {
///     const TYPE: &'static str = "letter";
///     const PROPERTIES: &'static [Property] = &[
///         Property::string("box"),
///         Property::string("street"),
///         Property::integer("house"),
///     ];
///     const RULES: &'static [Rule] = &[
///         Rule::exactly_one_of(&["box", "street"]),
///         Rule::together(&["street", "house"]),
///     ];
/// }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    pub(super) kind: RuleKind,
    pub(super) properties: &'static [&'static str],
}

impl Rule {
    /// One of these has to be given, and only one.
    pub const fn exactly_one_of(properties: &'static [&'static str]) -> Self {
        Self {
            kind: RuleKind::ExactlyOne,
            properties,
        }
    }

    /// No two of these can be given.
    pub const fn at_most_one_of(properties: &'static [&'static str]) -> Self {
        Self {
            kind: RuleKind::AtMostOne,
            properties,
        }
    }

    /// All of these are given, or none.
    pub const fn together(properties: &'static [&'static str]) -> Self {
        Self {
            kind: RuleKind::Together,
            properties,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RuleKind {
    ExactlyOne,
    AtMostOne,
    Together,
}
