//! What a trigger gives to the `{…}` in the properties of the other bindings.

/// The names that a trigger gives to the `{…}` of the function's other bindings: its *binding data*.
///
/// The parameters of its own [`BlobPattern`](super::Syntax::BlobPattern) or [`Route`](super::Syntax::Route) property are
/// always among them.
///
/// ```
/// use azure_functions::Offers;
///
/// const PIGEON: Offers = Offers::names(&["Ring", "Loft"]).and_payload();
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Offers {
    pub(super) names: Option<&'static [&'static str]>,
    pub(super) payload: bool,
}

impl Offers {
    /// Names that nobody knows before the function is called; no `{…}` is checked.
    pub const ANYTHING: Self = Self {
        names: None,
        payload: true,
    };

    /// These names. Their case is ignored.
    pub const fn names(names: &'static [&'static str]) -> Self {
        Self {
            names: Some(names),
            payload: false,
        }
    }

    /// The members of a payload that is a JSON object too. They are known if the payload's type is [`BindingData`].
    pub const fn and_payload(self) -> Self {
        Self {
            payload: true,
            ..self
        }
    }

    /// Whether the members of the payload are among the names.
    pub(crate) const fn has_payload(self) -> bool {
        self.payload
    }

    /// Whether `name` is among the names that the trigger gives whatever its payload.
    pub(crate) fn has(self, name: &str) -> bool {
        self.names
            .is_none_or(|names| names.iter().any(|known| known.eq_ignore_ascii_case(name)))
    }
}

/// A payload whose members are known while the function compiles, so that `{member}` in a property can be checked.
///
/// Derive it beside [`Deserialize`](serde::Deserialize); the names are those that serde reads.
///
/// ```
/// use azure_functions::{
///     BindingData,
///     bindings::{Blob, QueueTrigger},
///     func,
/// };
/// use serde::Deserialize;
///
/// #[derive(Deserialize, BindingData)]
/// #[serde(rename_all = "camelCase")]
/// struct Order {
///     customer_id: String,
/// }
///
/// #[func]
/// fn print(
///     #[binding(queue_name = "orders")] _order: QueueTrigger<Order>,
///     // `{customerId}` is checked: a misspelt name does not compile.
///     #[binding(path = "customers/{customerId}.json")] _customer: Blob,
/// ) {
/// }
/// # fn main() {}
/// ```
pub trait BindingData {
    /// The names of the members; `None` when they are not all known.
    const NAMES: Option<&'static [&'static str]>;
}
