//! What a binding declares: its name on the wire and the properties that it takes.

pub mod check;

/// A kind of binding: what the host calls it, and which properties a function can give it.
///
/// This is a description only. A type becomes usable as a parameter through [`FromTrigger`](crate::FromTrigger) or
/// [`FromInput`](crate::FromInput), and as a return value through [`IntoOutput`](crate::IntoOutput); each of them names
/// the description it belongs to. Direction is not part of it: a parameter is read, a return value is written.
///
/// ```
/// use azure_functions::{Binding, Property};
///
/// struct PigeonTriggerBinding;
///
/// impl Binding for PigeonTriggerBinding {
///     const TYPE: &'static str = "pigeonTrigger";
///     const PROPERTIES: &'static [Property] = &[
///         Property::string("loft").required().doc("The loft to watch."),
///         Property::string("size").one_of(&["small", "large"]),
///     ];
/// }
/// ```
pub trait Binding: 'static {
    /// The `type` of the binding, as the host spells it.
    const TYPE: &'static str;
    /// The properties that `#[binding(…)]` accepts.
    const PROPERTIES: &'static [Property] = &[];
    /// Whether properties that [`PROPERTIES`](Self::PROPERTIES) does not list are passed on too.
    const OPEN: bool = false;
    /// The type of the only trigger that this binding makes sense with, if there is one.
    const ONLY_WITH: Option<&'static str> = None;
    /// Whether the value goes back to the trigger, so that the host is told of no binding.
    ///
    /// Some triggers take what their function returns as their own answer: a tool of an MCP server, for example. An output
    /// that says so has to be the first of the function, and [`TYPE`](Self::TYPE) names it in errors only. Send text: the host
    /// takes JSON with an object apart, and looks for outputs that are called as its members.
    const RETURNED_TO_TRIGGER: bool = false;
}

/// A property of a binding.
#[derive(Clone, Copy, Debug)]
pub struct Property {
    name: &'static str,
    wire: Option<&'static str>,
    kind: Kind,
    required: bool,
    values: &'static [&'static str],
    refused: [Option<(&'static str, &'static str)>; 2],
    doc: &'static str,
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

    /// Says what the property means.
    pub const fn doc(self, doc: &'static str) -> Self {
        Self { doc, ..self }
    }

    /// What a Rust user writes.
    pub const fn name(&self) -> &'static str {
        self.name
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
            doc: "",
        }
    }
}

/// What kind of value a property takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Text,
    Flag,
    Integer,
    List,
}

/// A [`Binding`] as a value.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Description {
    /// [`Binding::TYPE`].
    pub wire_type: &'static str,
    /// [`Binding::PROPERTIES`].
    pub properties: &'static [Property],
    /// [`Binding::OPEN`].
    pub open: bool,
    /// [`Binding::ONLY_WITH`].
    pub only_with: Option<&'static str>,
    /// [`Binding::RETURNED_TO_TRIGGER`].
    pub returned_to_trigger: bool,
}

impl Description {
    /// The description of `B`.
    pub const fn of<B: Binding>() -> Self {
        Self {
            wire_type: B::TYPE,
            properties: B::PROPERTIES,
            open: B::OPEN,
            only_with: B::ONLY_WITH,
            returned_to_trigger: B::RETURNED_TO_TRIGGER,
        }
    }
}

/// A property that a function gives to a binding: `queue_name = "orders"`.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// The name as the user wrote it.
    pub name: &'static str,
    /// The value as the user wrote it.
    pub value: Value,
}

/// The value of a [`Setting`].
#[derive(Clone, Copy, Debug)]
pub enum Value {
    /// A string.
    Text(&'static str),
    /// `true` or `false`.
    Flag(bool),
    /// An integer.
    Integer(i64),
    /// A number with a fraction.
    Number(f64),
    /// A list.
    List(&'static [Value]),
}

/// How the host should hand over the value of a binding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DataType {
    /// As text.
    String,
    /// As bytes, unchanged.
    Binary,
}

/// How many values an invocation gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cardinality {
    /// One.
    One,
    /// A batch.
    Many,
}
