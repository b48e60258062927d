//! Azure Cosmos DB: start a function when documents change, read some, write some, or do both.

mod properties;
mod trigger;

use bytes::Bytes;
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{DeserializeOwned, Error as _},
};
use serde_json::Value;

pub use self::{
    properties::CosmosDbProperties,
    trigger::{CosmosDbTrigger, CosmosDbTriggerBinding},
};
use super::object;
use crate::{
    BindError, Binding, Data, FromInput, IntoElement, IntoOutput, Property, Syntax, Update,
};

/// What an output is.
const DOCUMENT: &str = "a document";

const CONNECTION: Property = Property::string("connection")
    .syntax(Syntax::Setting)
    .old(&["connection_string_setting"])
    .default("`CosmosDB`")
    .doc("The app setting, or the prefix of settings, that says how to reach the account.");

const DATABASE_NAME: Property = Property::string("database_name")
    .required()
    .doc("The database.");

const CONTAINER_NAME: Property = Property::string("container_name")
    .required()
    .old(&["collection_name"])
    .doc("The container.");

const PREFERRED_LOCATIONS: Property = Property::string("preferred_locations").doc(
    "The regions of the account to read from, the nearest first, separated by commas: `East US,South Central US`.",
);

const PARTITION: Property = Property::string("partition_key")
    .doc("The value of the partition key: without it a document is only found in a container that has none.");

/// The binding of one [`CosmosDbDocument`] that is read.
#[derive(Debug)]
pub struct CosmosDbDocumentBinding;

impl Binding for CosmosDbDocumentBinding {
    const TYPE: &'static str = "cosmosDB";
    const PROPERTIES: &'static [Property] = &[
        DATABASE_NAME,
        CONTAINER_NAME,
        Property::string("id")
            .required()
            .doc("The `id` of the document to read; `{…}` expressions are replaced."),
        PARTITION,
        CONNECTION,
        PREFERRED_LOCATIONS,
    ];
}

/// The binding of many [`CosmosDbDocument`]s that are read.
#[derive(Debug)]
pub struct CosmosDbQueryBinding;

impl Binding for CosmosDbQueryBinding {
    const TYPE: &'static str = "cosmosDB";
    const PROPERTIES: &'static [Property] = &[
        DATABASE_NAME,
        CONTAINER_NAME,
        Property::string("sql_query").default("all documents").doc(
            "The query for a `Vec` of documents. A `{…}` expression in it is a parameter of the query, and so takes no quotes: \
             `SELECT * FROM c WHERE c.customer = {customer}`.",
        ),
        Property::string("partition_key")
            .default("all partitions")
            .doc("The value of the partition key, to look into that partition only."),
        CONNECTION,
        PREFERRED_LOCATIONS,
    ];
}

/// The binding of a [`CosmosDbDocument`] that is written.
#[derive(Debug)]
pub struct CosmosDbOutputBinding;

impl Binding for CosmosDbOutputBinding {
    const TYPE: &'static str = "cosmosDB";
    const PROPERTIES: &'static [Property] = &[
        DATABASE_NAME,
        CONTAINER_NAME,
        Property::boolean("create_if_not_exists")
            .old(&["create_collection"])
            .default("`false`")
            .doc("Whether to make the database and the container if they are missing. An identity of Entra ID may not."),
        Property::string("partition_key")
            .doc("For a container that is made: the path of its partition key, such as `/id`."),
        Property::integer("container_throughput")
            .old(&["collection_throughput"])
            .doc("For a container that is made: its throughput, in request units a second."),
        CONNECTION,
        PREFERRED_LOCATIONS,
    ];
}

/// The binding by which a `&mut` [`CosmosDbDocument`] is written; its properties are those of the one that is read.
#[derive(Debug)]
pub struct CosmosDbUpdateBinding;

impl Binding for CosmosDbUpdateBinding {
    const TYPE: &'static str = "cosmosDB";
    const PROPERTIES: &'static [Property] = &[
        DATABASE_NAME,
        CONTAINER_NAME,
        CONNECTION,
        PREFERRED_LOCATIONS,
    ];
}

/// A document to read, to write, or both.
///
/// - As a parameter it is read, by its `id`. One that does not exist fails the invocation; take
///   `Option<CosmosDbDocument>` if it need not.
/// - As `Vec<CosmosDbDocument>` it is what an SQL query finds.
/// - As a return value it is written, in place of one with the same `id` and partition key. `Vec<CosmosDbDocument>` writes
///   each.
/// - As `&mut CosmosDbDocument` it is read before the function, and written after it if its content changed. One that does
///   not exist has the content `T::default()`, and is only written when that changed.
///
/// `T` is what the document holds: any type that serde reads from JSON. What is written replaces all of the document, so
/// with `&mut` a `T` should have room for all members: `#[serde(flatten)]` a map, or take the default, which is
/// [`serde_json::Value`]. The result of a query such as `SELECT VALUE COUNT(1) FROM c` is a `Vec<CosmosDbDocument<u64>>`.
///
/// # Properties
///
/// **As an input**
///
/// | Name | Type | Default | Meaning |
/// |---|---|---|---|
/// | `database_name` | string | required | The database. |
/// | `container_name` | string | required | The container. Formerly `collection_name`. |
/// | `id` | string | required | The `id` of the document to read; `{…}` expressions are replaced. |
/// | `partition_key` | string | | The value of the partition key: without it a document is only found in a container that has none. |
/// | `connection` | string | `CosmosDB` | The app setting, or the prefix of settings, that says how to reach the account. Formerly `connection_string_setting`. |
/// | `preferred_locations` | string | | The regions of the account to read from, the nearest first, separated by commas: `East US,South Central US`. |
///
/// **As an input, `Vec<CosmosDbDocument>`**
///
/// | Name | Type | Default | Meaning |
/// |---|---|---|---|
/// | `database_name` | string | required | The database. |
/// | `container_name` | string | required | The container. Formerly `collection_name`. |
/// | `sql_query` | string | all documents | The query for a `Vec` of documents. A `{…}` expression in it is a parameter of the query, and so takes no quotes: `SELECT * FROM c WHERE c.customer = {customer}`. |
/// | `partition_key` | string | all partitions | The value of the partition key, to look into that partition only. |
/// | `connection` | string | `CosmosDB` | The app setting, or the prefix of settings, that says how to reach the account. Formerly `connection_string_setting`. |
/// | `preferred_locations` | string | | The regions of the account to read from, the nearest first, separated by commas: `East US,South Central US`. |
///
/// **As an output**
///
/// | Name | Type | Default | Meaning |
/// |---|---|---|---|
/// | `database_name` | string | required | The database. |
/// | `container_name` | string | required | The container. Formerly `collection_name`. |
/// | `create_if_not_exists` | boolean | `false` | Whether to make the database and the container if they are missing. An identity of Entra ID may not. Formerly `create_collection`. |
/// | `partition_key` | string | | For a container that is made: the path of its partition key, such as `/id`. |
/// | `container_throughput` | integer | | For a container that is made: its throughput, in request units a second. Formerly `collection_throughput`. |
/// | `connection` | string | `CosmosDB` | The app setting, or the prefix of settings, that says how to reach the account. Formerly `connection_string_setting`. |
/// | `preferred_locations` | string | | The regions of the account to read from, the nearest first, separated by commas: `East US,South Central US`. |
///
/// # Example
///
/// ```
/// use azure_functions::{
///     Json,
///     bindings::{CosmosDbDocument, HttpRequest},
///     func,
/// };
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
/// struct Order {
///     id: String,
///     customer: String,
///     paid: bool,
/// }
///
/// #[func]
/// #[binding(name = "output1", database_name = "shop", container_name = "orders")]
/// fn create(Json(order): Json<Order>) -> ((), CosmosDbDocument<Order>) {
///     ((), order.into())
/// }
///
/// #[func]
/// fn list(
///     #[binding(route = "orders/{customer}")] _request: HttpRequest,
///     #[binding(
///         database_name = "shop",
///         container_name = "orders",
///         sql_query = "SELECT * FROM c WHERE c.customer = {customer}"
///     )]
///     orders: Vec<CosmosDbDocument<Order>>,
/// ) -> String {
///     format!("{} orders", orders.len())
/// }
///
/// #[func]
/// fn pay(
///     #[binding(route = "orders/{customer}/{id}")] _request: HttpRequest,
///     #[binding(database_name = "shop", container_name = "orders", id = "{id}", partition_key = "{customer}")]
///     order: &mut CosmosDbDocument<Order>,
/// ) {
///     order.content.paid = true;
/// }
///
/// // A test makes the documents itself.
/// let mut order = CosmosDbDocument::new(Order::default());
/// pay(HttpRequest::default(), &mut order);
/// assert!(order.content.paid);
/// assert_eq!(list(HttpRequest::default(), vec![order]), "1 orders");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct CosmosDbDocument<T = Value> {
    /// What the document holds.
    pub content: T,
    /// What the service says of it, if it was read.
    pub properties: CosmosDbProperties,
    exists: bool,
}

impl<T> CosmosDbDocument<T> {
    /// A document that holds `content`.
    pub fn new(content: T) -> Self {
        Self {
            content,
            properties: CosmosDbProperties::default(),
            exists: true,
        }
    }

    /// Whether there was a document to read. Only one that is taken by `&mut` can be missing.
    pub fn exists(&self) -> bool {
        self.exists
    }
}

impl<T: Default> Default for CosmosDbDocument<T> {
    /// A document that does not exist.
    fn default() -> Self {
        Self {
            exists: false,
            ..Self::new(T::default())
        }
    }
}

impl<T> From<T> for CosmosDbDocument<T> {
    fn from(content: T) -> Self {
        Self::new(content)
    }
}

impl<T: DeserializeOwned + 'static> CosmosDbDocument<T> {
    /// A document, or another result of a query.
    fn read(data: Data) -> Result<Self, BindError> {
        if data.is_none() {
            return data.decode().map(Self::new);
        }
        let bytes = data.into_bytes()?;
        Ok(Self {
            properties: CosmosDbProperties::read(&bytes),
            ..Self::new(Data::bytes(bytes).decode()?)
        })
    }
}

impl<T: DeserializeOwned + 'static> FromInput for CosmosDbDocument<T> {
    type Binding = CosmosDbDocumentBinding;

    fn from_input(data: Data) -> Result<Self, BindError> {
        if data.is_none() {
            return Err(BindError::new(
                "the document does not exist; take `Option<CosmosDbDocument>` if it need not",
            ));
        }
        let bytes = data.into_bytes()?;
        if bytes.trim_ascii_start().first() != Some(&b'{') {
            return Err(BindError::unexpected(
                "a document",
                "a value that is no JSON object",
            ));
        }
        Self::read(Data::bytes(bytes))
    }
}

impl<T: DeserializeOwned + 'static> FromInput for Vec<CosmosDbDocument<T>> {
    type Binding = CosmosDbQueryBinding;

    fn from_input(data: Data) -> Result<Self, BindError> {
        let documents = data.into_list()?.into_iter().enumerate();
        documents
            .map(|(at, document)| {
                CosmosDbDocument::read(document).map_err(|error| error.of_element(at))
            })
            .collect()
    }
}

impl<T: Serialize + 'static> IntoOutput for CosmosDbDocument<T> {
    type Binding = CosmosDbOutputBinding;

    fn into_output(self) -> Result<Data, BindError> {
        object::output(&self.content, DOCUMENT)
    }
}

impl<T: Serialize + 'static> IntoElement for CosmosDbDocument<T> {
    fn into_element(self) -> Result<Value, BindError> {
        object::element(&self.content, DOCUMENT)
    }
}

impl<T: Default + Serialize + 'static> Update for CosmosDbDocument<T> {
    type Output = CosmosDbUpdateBinding;
    type Before = Before;

    fn absent() -> Self {
        Self::default()
    }

    fn before(&self) -> Before {
        Before(encode(&self.content).ok())
    }

    fn after(self, before: Before) -> Result<Data, BindError> {
        if before.0.is_some() && encode(&self.content).ok() == before.0 {
            return Ok(Data::none());
        }
        self.into_output()
    }
}

/// What a document held before a function ran: nothing, if that could not be written.
#[derive(Debug)]
pub struct Before(Option<Bytes>);

fn encode<T: Serialize + 'static>(content: &T) -> Result<Bytes, BindError> {
    Data::encode(content)?.into_bytes()
}

impl<T: Serialize> Serialize for CosmosDbDocument<T> {
    /// Writes the content.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.content.serialize(serializer)
    }
}

impl<'de, T: DeserializeOwned + 'static> Deserialize<'de> for CosmosDbDocument<T> {
    /// Reads the content, and what the service says of it.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let document = Value::deserialize(deserializer)?.to_string();
        Self::read(Data::json(document)).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests;
