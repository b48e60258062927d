//! What a binding declares: its name on the wire and the properties that it takes.

pub mod check;
mod offers;
mod property;
mod rule;
mod syntax;

use self::property::Kind;
pub use self::{
    offers::{BindingData, Offers},
    property::Property,
    rule::Rule,
    syntax::Syntax,
};
#[cfg(feature = "durable")]
use crate::driver::Driver;

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
    /// Which properties go together, and which exclude each other.
    const RULES: &'static [Rule] = &[];
    /// Properties that the host is always given, because the type means them. Nobody can set them.
    const FIXED: &'static [Setting] = &[];
    /// For a trigger: whether the host heeds `#[func(retry = …)]` with it.
    const RETRIES: bool = false;
    /// For a trigger: what it gives to the `{…}` of the function's other bindings.
    const OFFERS: Offers = Offers::ANYTHING;
    /// For a trigger that a request starts: whether the function begins before the body is there.
    #[doc(hidden)]
    const STREAMED: bool = false;

    /// For a trigger: whether the function can have inputs.
    #[doc(hidden)]
    const INPUTS: bool = true;
    /// For a trigger: whether the function can write anything but what goes back to the trigger.
    #[doc(hidden)]
    const OUTPUTS: bool = true;
    /// For a trigger: how it calls its function, if that is more than once with what the host sent.
    #[cfg(feature = "durable")]
    #[doc(hidden)]
    const DRIVER: Option<Driver> = None;

    /// Properties that the type gives to the binding, by the host's names. Those that the function gives, `settings`, win.
    ///
    /// An example is the schema of a payload, which is derived from its type. Those of a value that is
    /// [returned to the trigger](Self::RETURNED_TO_TRIGGER) go to the binding of the trigger.
    fn computed(settings: &[Setting]) -> Vec<(&'static str, serde_json::Value)> {
        let _ = settings;
        Vec::new()
    }
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
    /// [`Binding::computed`].
    pub computed: fn(&[Setting]) -> Vec<(&'static str, serde_json::Value)>,
    /// [`Binding::RULES`].
    pub rules: &'static [Rule],
    /// [`Binding::FIXED`].
    pub fixed: &'static [Setting],
    /// [`Binding::RETRIES`].
    pub retries: bool,
    /// [`Binding::OFFERS`].
    pub offers: Offers,
    #[doc(hidden)]
    pub streamed: bool,
    #[doc(hidden)]
    pub inputs: bool,
    #[doc(hidden)]
    pub outputs: bool,
    #[cfg(feature = "durable")]
    #[doc(hidden)]
    pub driver: Option<Driver>,
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
            computed: B::computed,
            rules: B::RULES,
            fixed: B::FIXED,
            retries: B::RETRIES,
            offers: B::OFFERS,
            streamed: B::STREAMED,
            inputs: B::INPUTS,
            outputs: B::OUTPUTS,
            #[cfg(feature = "durable")]
            driver: B::DRIVER,
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
