//! The blob that starts a function.

use std::collections::HashMap;

use bytes::Bytes;
use serde::{Serialize, de::DeserializeOwned};

use super::{Before, BlobBinding, BlobProperties, CONNECTION};
use crate::{
    BindError, Binding, Data, DataType, FromTrigger, Offers, Property, Syntax, Trigger, Update,
};

/// What the host says of every blob; its other entries are parts of the path.
const ENTRIES: [&str; 4] = ["BlobTrigger", "Uri", "Properties", "Metadata"];

/// The binding of [`BlobTrigger`].
#[derive(Debug)]
pub struct BlobTriggerBinding;

impl Binding for BlobTriggerBinding {
    const TYPE: &'static str = "blobTrigger";
    const PROPERTIES: &'static [Property] = &[
        Property::string("path").required().syntax(Syntax::BlobPattern).doc(
            "The container and a pattern for the name, such as `images/{name}.png`. Other bindings can use what stands for `{name}`.",
        ),
        CONNECTION,
        Property::string("source")
            .one_of(&["LogsAndContainerScan", "EventGrid"])
            .default("`LogsAndContainerScan`")
            .doc(
                "How the host learns of a blob: it looks for it, or with `EventGrid` is told, which is faster and the only way on a \
                 Flex Consumption plan.",
            ),
    ];
    const OFFERS: Offers = Offers::names(&ENTRIES);
}

/// A blob that was created or changed, and starts a function.
///
/// `T` is what the blob holds: bytes or a `String` as they are, any other type as JSON. As `&mut BlobTrigger` it is written
/// back if its content changed, which starts the function again.
///
/// # Properties
///
/// | Name | Type | Default | Meaning |
/// |---|---|---|---|
/// | `path` | string | required | The container and a pattern for the name, such as `images/{name}.png`. Other bindings can use what stands for `{name}`. |
/// | `connection` | string | `AzureWebJobsStorage` | The app setting, or the prefix of settings, that says how to reach the storage account. |
/// | `source` | `LogsAndContainerScan` or `EventGrid` | `LogsAndContainerScan` | How the host learns of a blob: it looks for it, or with `EventGrid` is told, which is faster and the only way on a Flex Consumption plan. |
///
/// # Example
///
/// ```
/// use azure_functions::{bindings::BlobTrigger, func};
///
/// #[func]
/// fn index(#[binding(path = "texts/{name}.txt")] text: BlobTrigger<String>) {
///     let name = text.tokens.get("name").map_or("?", String::as_str);
///     println!("{name} has {} lines", text.content.lines().count());
/// }
///
/// // A test makes the blob itself.
/// index(BlobTrigger::new("one\ntwo".to_owned()));
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct BlobTrigger<T = Bytes> {
    /// What the blob holds.
    pub content: T,
    /// The container and the name of the blob, `container/name`.
    pub path: Option<String>,
    /// Where the blob is.
    pub uri: Option<String>,
    /// What the storage account says of it.
    pub properties: BlobProperties,
    /// What its owner says of it.
    pub metadata: HashMap<String, String>,
    /// What stands for each `{…}` of the `path` property.
    pub tokens: HashMap<String, String>,
}

impl<T> BlobTrigger<T> {
    /// A blob that the host says nothing more about, as a unit test needs it.
    pub fn new(content: T) -> Self {
        Self {
            content,
            path: None,
            uri: None,
            properties: BlobProperties::default(),
            metadata: HashMap::new(),
            tokens: HashMap::new(),
        }
    }
}

impl<T: DeserializeOwned + 'static> FromTrigger for BlobTrigger<T> {
    type Binding = BlobTriggerBinding;
    const DATA_TYPE: Option<DataType> = Some(DataType::Binary);

    fn from_trigger(data: Data, trigger: &Trigger) -> Result<Self, BindError> {
        Ok(Self {
            content: data.decode()?,
            path: trigger.get("BlobTrigger"),
            uri: trigger.get("Uri"),
            properties: trigger
                .get("Properties")
                .map(BlobProperties::new)
                .unwrap_or_default(),
            metadata: trigger.get("Metadata").unwrap_or_default(),
            tokens: trigger
                .names()
                .filter(|name| !ENTRIES.iter().any(|entry| entry.eq_ignore_ascii_case(name)))
                .filter_map(|name| Some((name.to_owned(), trigger.get(name)?)))
                .collect(),
        })
    }
}

impl<T: Default + Serialize + 'static> Update for BlobTrigger<T> {
    type Output = BlobBinding;
    type Before = Before;

    fn absent() -> Self {
        Self::default()
    }

    fn before(&self) -> Before {
        Before::of(&self.content)
    }

    fn after(self, before: Before) -> Result<Data, BindError> {
        Data::encode(&self.content).map(|after| before.changed(after))
    }
}
