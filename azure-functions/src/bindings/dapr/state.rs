//! What the sidecar keeps: state, which can change, and secrets, which are only read.

use std::{collections::BTreeMap, fmt};

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::ADDRESS;
use crate::{
    BindError, Binding, Data, FromInput, IntoElement, IntoOutput, Property,
    bindings::json::{to_data, to_element},
};

/// The binding of [`DaprState`].
#[derive(Debug)]
pub struct DaprStateBinding;

impl Binding for DaprStateBinding {
    const TYPE: &'static str = "daprState";
    const PROPERTIES: &'static [Property] = &[
        Property::string("state_store")
            .required()
            .doc("The component of Dapr that keeps the state."),
        Property::string("key").doc("The key of the value; `{…}` expressions are replaced."),
        ADDRESS,
    ];
}

/// The binding of [`DaprSecret`].
#[derive(Debug)]
pub struct DaprSecretBinding;

impl Binding for DaprSecretBinding {
    const TYPE: &'static str = "daprSecret";
    const PROPERTIES: &'static [Property] = &[
        Property::string("secret_store_name")
            .required()
            .doc("The component of Dapr that keeps the secret."),
        Property::string("key")
            .required()
            .doc("The key of the secret; `{…}` expressions are replaced."),
        Property::string("metadata").doc("What else the component is told."),
        ADDRESS,
    ];
}

/// A value that Dapr keeps, read or written.
///
/// `T` is the value: a `String` or bytes as they are, any other type as JSON. It is written as JSON. Take an `Option` if there
/// may be none.
///
/// # Properties
///
/// | Name | Type | Default | Meaning |
/// |---|---|---|---|
/// | `state_store` | string | required | The component of Dapr that keeps the state. |
/// | `key` | string | | The key of the value; `{…}` expressions are replaced. |
/// | `dapr_address` | string | | The address of the sidecar, if it is not the usual one. |
///
/// # Example
///
/// ```
/// use azure_functions::{
///     bindings::{DaprServiceInvocationTrigger, DaprState},
///     func,
/// };
///
/// #[func]
/// #[binding(name = "$return", state_store = "store", key = "count")]
/// fn count(
///     _call: DaprServiceInvocationTrigger,
///     #[binding(state_store = "store", key = "count")] state: Option<DaprState<u32>>,
/// ) -> DaprState<u32> {
///     DaprState::new(state.map_or(0, |state| state.value) + 1)
/// }
///
/// let call = DaprServiceInvocationTrigger::default();
/// assert_eq!(count(call, Some(DaprState::new(2))).value, 3);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DaprState<T = String> {
    /// The value.
    pub value: T,
    /// The key to write it at, in place of the binding's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The version that is to be replaced, and no other.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
}

impl<T> DaprState<T> {
    /// A value.
    pub fn new(value: T) -> Self {
        Self {
            value,
            key: None,
            etag: None,
        }
    }

    /// Says at which key to write it, in place of the binding's.
    #[must_use]
    pub fn key(self, key: impl Into<String>) -> Self {
        Self {
            key: Some(key.into()),
            ..self
        }
    }

    /// Says which version is to be replaced, and no other.
    #[must_use]
    pub fn etag(self, etag: impl Into<String>) -> Self {
        Self {
            etag: Some(etag.into()),
            ..self
        }
    }
}

impl<T: DeserializeOwned + 'static> FromInput for DaprState<T> {
    type Binding = DaprStateBinding;

    fn from_input(data: Data) -> Result<Self, BindError> {
        data.decode().map(Self::new)
    }
}

impl<T: Serialize> IntoOutput for DaprState<T> {
    type Binding = DaprStateBinding;

    fn into_output(self) -> Result<Data, BindError> {
        to_data(&self)
    }
}

impl<T: Serialize> IntoElement for DaprState<T> {
    fn into_element(self) -> Result<Value, BindError> {
        to_element(&self)
    }
}

/// A secret that Dapr keeps: one value, or several with names.
///
/// # Properties
///
/// | Name | Type | Default | Meaning |
/// |---|---|---|---|
/// | `secret_store_name` | string | required | The component of Dapr that keeps the secret. |
/// | `key` | string | required | The key of the secret; `{…}` expressions are replaced. |
/// | `metadata` | string | | What else the component is told. |
/// | `dapr_address` | string | | The address of the sidecar, if it is not the usual one. |
///
/// # Example
///
/// ```
/// use azure_functions::{
///     bindings::{DaprSecret, DaprServiceInvocationTrigger},
///     func,
/// };
///
/// #[func]
/// fn connect(
///     _call: DaprServiceInvocationTrigger,
///     #[binding(secret_store_name = "vault", key = "database")] secret: DaprSecret,
/// ) {
///     assert!(secret.get("database").is_some());
/// }
///
/// connect(DaprServiceInvocationTrigger::default(), DaprSecret::new([("database", "hush")]));
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DaprSecret {
    /// The values by their names. [`Debug`] shows the names only.
    pub values: BTreeMap<String, String>,
}

impl DaprSecret {
    /// A secret with these names and values, as a unit test needs it.
    pub fn new<N: Into<String>, V: Into<String>>(values: impl IntoIterator<Item = (N, V)>) -> Self {
        let values = values.into_iter();
        Self {
            values: values
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
        }
    }

    /// The value of this name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }
}

impl fmt::Debug for DaprSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.values.keys()).finish()
    }
}

impl FromInput for DaprSecret {
    type Binding = DaprSecretBinding;

    fn from_input(data: Data) -> Result<Self, BindError> {
        let values = data.decode()?;
        Ok(Self { values })
    }
}
