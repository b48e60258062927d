//! Azure Blob storage: start a function from a blob, read one, write one, or do both.

mod properties;
mod trigger;

use bytes::Bytes;
use serde::{Serialize, de::DeserializeOwned};

pub use self::{
    properties::BlobProperties,
    trigger::{BlobTrigger, BlobTriggerBinding},
};
use super::content::{Content, from_content};
use crate::{BindError, Binding, Data, DataType, FromInput, IntoOutput, Property, Syntax, Update};

const CONNECTION: Property = Property::string("connection")
    .syntax(Syntax::Setting)
    .default("`AzureWebJobsStorage`")
    .doc("The app setting, or the prefix of settings, that says how to reach the storage account.");

/// The binding of [`Blob`].
#[derive(Debug)]
pub struct BlobBinding;

impl Binding for BlobBinding {
    const TYPE: &'static str = "blob";
    const PROPERTIES: &'static [Property] = &[
        Property::string("path")
            .required()
            .syntax(Syntax::BlobPath)
            .doc("The container and the name of the blob, `container/name`; `{…}` expressions are replaced."),
        CONNECTION,
    ];
}

/// A blob to read, to write, or both.
///
/// - As a parameter it is read. A blob that does not exist fails the invocation; take `Option<Blob>` if it need not.
/// - As a return value it is written, in place of one that exists.
/// - As `&mut Blob` it is read before the function, and written after it if its content changed. One that does not exist
///   has the empty content, `T::default()`, and is only created when that changed.
///
/// `T` is what the blob holds: bytes or a `String` as they are, any other type as JSON.
///
/// # Properties
///
/// | Name | Type | Default | Meaning |
/// |---|---|---|---|
/// | `path` | string | required | The container and the name of the blob, `container/name`; `{…}` expressions are replaced. |
/// | `connection` | string | `AzureWebJobsStorage` | The app setting, or the prefix of settings, that says how to reach the storage account. |
///
/// # Example
///
/// ```
/// use azure_functions::{
///     bindings::{Blob, BlobTrigger},
///     func,
/// };
///
/// #[func]
/// #[binding(name = "$return", path = "shouts/{name}")]
/// fn shout(#[binding(path = "texts/{name}")] text: BlobTrigger<String>) -> Blob {
///     text.content.to_uppercase().into()
/// }
///
/// #[func]
/// fn count(
///     #[binding(path = "texts/{name}")] _text: BlobTrigger<String>,
///     #[binding(path = "counts/{name}")] count: &mut Blob<u32>,
/// ) {
///     count.content += 1;
/// }
///
/// // A test makes the blobs itself.
/// assert_eq!(shout(BlobTrigger::new("hi".to_owned())).content, "HI");
/// let mut seen = Blob::new(2);
/// count(BlobTrigger::default(), &mut seen);
/// assert_eq!(seen.content, 3);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blob<T = Bytes> {
    /// What the blob holds.
    pub content: T,
    exists: bool,
    problem: Option<String>,
}

impl<T> Blob<T> {
    /// A blob that holds `content`.
    pub fn new(content: T) -> Self {
        Self {
            content,
            exists: true,
            problem: None,
        }
    }

    /// Whether there was a blob to read. Only one that is taken by `&mut` can be missing.
    pub fn exists(&self) -> bool {
        self.exists
    }
}

impl Blob {
    /// A blob that holds `value` as JSON.
    ///
    /// If `value` cannot be written as JSON, the invocation fails when the blob is written. A `Blob<T>` holds JSON too,
    /// for a `T` that is neither text nor bytes.
    pub fn json<T: Serialize + ?Sized>(value: &T) -> Self {
        Content::json(value).into()
    }
}

impl<T: Default> Default for Blob<T> {
    /// A blob that does not exist.
    fn default() -> Self {
        Self {
            exists: false,
            ..Self::new(T::default())
        }
    }
}

impl From<Content> for Blob {
    fn from(content: Content) -> Self {
        match content.into_bytes() {
            Ok(bytes) => Self::new(bytes),
            Err(error) => Self {
                problem: Some(error.to_string()),
                ..Self::new(Bytes::new())
            },
        }
    }
}

from_content!(Blob);

impl<T: DeserializeOwned + 'static> FromInput for Blob<T> {
    type Binding = BlobBinding;
    const DATA_TYPE: Option<DataType> = Some(DataType::Binary);

    fn from_input(data: Data) -> Result<Self, BindError> {
        if data.is_none() {
            return Err(BindError::new(
                "the blob does not exist; take `Option<Blob>` if it need not",
            ));
        }
        data.decode().map(Self::new)
    }
}

impl<T: Serialize + 'static> IntoOutput for Blob<T> {
    type Binding = BlobBinding;

    fn into_output(self) -> Result<Data, BindError> {
        match self.problem {
            Some(problem) => Err(BindError::new(problem)),
            None => Data::encode(&self.content),
        }
    }
}

impl<T: Default + Serialize + 'static> Update for Blob<T> {
    type Output = BlobBinding;
    type Before = Before;

    fn absent() -> Self {
        Self::default()
    }

    fn before(&self) -> Before {
        Before::of(&self.content)
    }

    fn after(self, before: Before) -> Result<Data, BindError> {
        self.into_output().map(|after| before.changed(after))
    }
}

/// What a blob held before a function ran: nothing, if that could not be written.
#[derive(Debug)]
pub struct Before(Option<Data>);

impl Before {
    fn of<T: Serialize + 'static>(content: &T) -> Self {
        Self(Data::encode(content).ok())
    }

    /// `after`, if it differs.
    fn changed(&self, after: Data) -> Data {
        if self.0.as_ref() == Some(&after) {
            Data::none()
        } else {
            after
        }
    }
}

#[cfg(test)]
mod tests;
