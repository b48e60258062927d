//! [`Property`]: one property of a binding.

use super::Syntax;

/// A property of a binding.
#[derive(Clone, Copy, Debug)]
pub struct Property {
    pub(super) name: &'static str,
    pub(super) wire: Option<&'static str>,
    pub(super) kind: Kind,
    pub(super) required: bool,
    pub(super) values: &'static [&'static str],
    pub(super) refused: [Option<(&'static str, &'static str)>; 2],
    pub(super) old: &'static [&'static str],
    pub(super) syntax: Syntax,
    pub(super) default: &'static str,
    pub(super) doc: &'static str,
}

impl Property {
    /// A property whose value is a string. `name` is what a Rust user writes; the host sees it in camel case.
    pub const fn string(name: &'static str) -> Self {
        Self::new(name, Kind::Text)
    }

    /// A property whose value is `true` or `false`.
    pub const fn boolean(name: &'static str) -> Self {
        Self::new(name, Kind::Flag)
    }

    /// A property whose value is an integer.
    pub const fn integer(name: &'static str) -> Self {
        Self::new(name, Kind::Integer)
    }

    /// A property whose value is a list of strings. One string with `|` between its parts is accepted too.
    pub const fn strings(name: &'static str) -> Self {
        Self::new(name, Kind::List)
    }

    /// Makes the property required.
    pub const fn required(self) -> Self {
        Self {
            required: true,
            ..self
        }
    }

    /// Gives all values that the property can have. Case is ignored.
    pub const fn one_of(self, values: &'static [&'static str]) -> Self {
        Self { values, ..self }
    }

    /// Refuses a value, with what to do instead. Case is ignored. At most two values can be refused.
    pub const fn refuse(self, value: &'static str, instead: &'static str) -> Self {
        let refused = match self.refused {
            [None, _] => [Some((value, instead)), None],
            [first, _] => [first, Some((value, instead))],
        };
        Self { refused, ..self }
    }

    /// Gives the host's name of the property, where it is not the camel case of the Rust name.
    pub const fn wire(self, wire: &'static str) -> Self {
        Self {
            wire: Some(wire),
            ..self
        }
    }

    /// Gives names that the property had before. They are accepted with a warning, and sent under the present name.
    pub const fn old(self, old: &'static [&'static str]) -> Self {
        Self { old, ..self }
    }

    /// Says how the value is written, so that it can be checked while the function compiles.
    pub const fn syntax(self, syntax: Syntax) -> Self {
        Self { syntax, ..self }
    }

    /// Says what the host takes when the property is not given, in Markdown.
    pub const fn default(self, default: &'static str) -> Self {
        Self { default, ..self }
    }

    /// Says what the property means, in Markdown.
    pub const fn doc(self, doc: &'static str) -> Self {
        Self { doc, ..self }
    }

    /// What a Rust user writes.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// How the value is written.
    pub(crate) const fn value_syntax(&self) -> Syntax {
        self.syntax
    }

    /// Whether a user who writes `name` means this property.
    pub(crate) fn is_called(&self, name: &str) -> bool {
        self.name == name || self.old.contains(&name)
    }

    /// What the host takes when the property is not given.
    pub const fn default_value(&self) -> &'static str {
        self.default
    }

    /// What the property means.
    pub const fn documentation(&self) -> &'static str {
        self.doc
    }

    /// Whether it has to be given.
    pub const fn is_required(&self) -> bool {
        self.required
    }

    /// The host's name of the property.
    pub fn wire_name(&self) -> String {
        self.wire.map_or_else(
            || azure_functions_shared::names::to_camel_case(self.name),
            str::to_owned,
        )
    }

    /// Whether its value is a list.
    pub(crate) const fn is_list(&self) -> bool {
        matches!(self.kind, Kind::List)
    }

    const fn new(name: &'static str, kind: Kind) -> Self {
        Self {
            name,
            wire: None,
            kind,
            required: false,
            values: &[],
            refused: [None, None],
            old: &[],
            syntax: Syntax::Text,
            default: "",
            doc: "",
        }
    }
}

/// What kind of value a property takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Flag,
    Integer,
    List,
}
