//! The changes that start a function.

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{CONNECTION, CONTAINER_NAME, DATABASE_NAME, PREFERRED_LOCATIONS};
use crate::{BindError, Binding, Data, FromTrigger, Offers, Property, Rule, Syntax, Trigger};

/// The binding of [`CosmosDbTrigger`].
#[derive(Debug)]
pub struct CosmosDbTriggerBinding;

impl Binding for CosmosDbTriggerBinding {
    const TYPE: &'static str = "cosmosDBTrigger";
    const PROPERTIES: &'static [Property] = &[
        DATABASE_NAME,
        CONTAINER_NAME,
        CONNECTION,
        Property::string("lease_connection")
            .syntax(Syntax::Setting)
            .old(&["lease_connection_string_setting"])
            .default("that of `connection`")
            .doc("The app setting, or the prefix of settings, that says how to reach the account of the leases."),
        Property::string("lease_database_name")
            .default("that of `database_name`")
            .doc("The database of the leases."),
        Property::string("lease_container_name")
            .old(&["lease_collection_name"])
            .default("`leases`")
            .doc("The container of the leases, which say how far each function has come."),
        Property::boolean("create_lease_container_if_not_exists")
            .old(&["create_lease_collection_if_not_exists", "create_lease_collection"])
            .default("`false`")
            .doc("Whether to make the container of the leases if it is missing. An identity of Entra ID may not."),
        Property::integer("leases_container_throughput")
            .old(&["leases_collection_throughput", "lease_collection_throughput"])
            .doc("For a container of leases that is made: its throughput, in request units a second."),
        Property::string("lease_container_prefix")
            .old(&["lease_collection_prefix"])
            .default("none")
            .doc(
                "What the names of this function's leases begin with. Functions that watch one container with the same leases \
                 share its changes; to give each function all of them, give each its own prefix.",
            ),
        Property::integer("feed_poll_delay")
            .default("5000")
            .doc("How long to wait for more after all changes were read, in milliseconds."),
        Property::integer("lease_acquire_interval")
            .default("13000")
            .doc("How often to see whether leases are spread evenly, in milliseconds."),
        Property::integer("lease_expiration_interval")
            .default("60000")
            .doc("How long a lease lives that nobody renews, in milliseconds."),
        Property::integer("lease_renew_interval")
            .default("17000")
            .doc("How often to renew a lease, in milliseconds."),
        Property::integer("max_items_per_invocation")
            .default("what the service sends at once")
            .doc("How many documents an invocation gets at most."),
        Property::boolean("start_from_beginning").default("`false`").doc(
            "Whether a function without leases begins with the oldest change instead of the next.",
        ),
        Property::string("start_from_time").doc(
            "Where a function without leases begins: a point in time in UTC, such as `2026-01-31T00:00:00Z`.",
        ),
        PREFERRED_LOCATIONS,
        Property::string("change_feed_mode")
            .one_of(&["LatestVersion", "AllVersionsAndDeletes"])
            .default("`LatestVersion`")
            .doc(
                "Whether a document that changed twice comes once, as it is now, or each change comes, deletions too. The second \
                 needs an extension bundle that knows it.",
            ),
    ];
    const RULES: &'static [Rule] = &[Rule::at_most_one_of(&[
        "start_from_beginning",
        "start_from_time",
    ])];
    const RETRIES: bool = true;
    /// The documents are many, and so none of their members can be meant.
    const OFFERS: Offers = Offers::names(&[]);
}

/// Documents that were added or changed, and start a function.
///
/// They always come as a batch. `T` is what each of them is: any type that serde reads from JSON, or
/// `CosmosDbDocument<…>`, which tells what the service says of it too. Deletions do not come.
///
/// A batch for which the function fails does not come again, unless the function has a retry policy, and then not after the
/// last attempt: `#[func(retry = RetryPolicy::…)]`.
///
/// # Properties
///
/// | Name | Type | Default | Meaning |
/// |---|---|---|---|
/// | `database_name` | string | required | The database. |
/// | `container_name` | string | required | The container. Formerly `collection_name`. |
/// | `connection` | string | `CosmosDB` | The app setting, or the prefix of settings, that says how to reach the account. Formerly `connection_string_setting`. |
/// | `lease_connection` | string | that of `connection` | The app setting, or the prefix of settings, that says how to reach the account of the leases. Formerly `lease_connection_string_setting`. |
/// | `lease_database_name` | string | that of `database_name` | The database of the leases. |
/// | `lease_container_name` | string | `leases` | The container of the leases, which say how far each function has come. Formerly `lease_collection_name`. |
/// | `create_lease_container_if_not_exists` | boolean | `false` | Whether to make the container of the leases if it is missing. An identity of Entra ID may not. Formerly `create_lease_collection_if_not_exists` or `create_lease_collection`. |
/// | `leases_container_throughput` | integer | | For a container of leases that is made: its throughput, in request units a second. Formerly `leases_collection_throughput` or `lease_collection_throughput`. |
/// | `lease_container_prefix` | string | none | What the names of this function's leases begin with. Functions that watch one container with the same leases share its changes; to give each function all of them, give each its own prefix. Formerly `lease_collection_prefix`. |
/// | `feed_poll_delay` | integer | 5000 | How long to wait for more after all changes were read, in milliseconds. |
/// | `lease_acquire_interval` | integer | 13000 | How often to see whether leases are spread evenly, in milliseconds. |
/// | `lease_expiration_interval` | integer | 60000 | How long a lease lives that nobody renews, in milliseconds. |
/// | `lease_renew_interval` | integer | 17000 | How often to renew a lease, in milliseconds. |
/// | `max_items_per_invocation` | integer | what the service sends at once | How many documents an invocation gets at most. |
/// | `start_from_beginning` | boolean | `false` | Whether a function without leases begins with the oldest change instead of the next. |
/// | `start_from_time` | string | | Where a function without leases begins: a point in time in UTC, such as `2026-01-31T00:00:00Z`. |
/// | `preferred_locations` | string | | The regions of the account to read from, the nearest first, separated by commas: `East US,South Central US`. |
/// | `change_feed_mode` | `LatestVersion` or `AllVersionsAndDeletes` | `LatestVersion` | Whether a document that changed twice comes once, as it is now, or each change comes, deletions too. The second needs an extension bundle that knows it. |
///
/// At most one of `start_from_beginning` and `start_from_time`.
///
/// # Example
///
/// ```
/// use azure_functions::{
///     bindings::{CosmosDbDocument, CosmosDbTrigger},
///     func,
/// };
/// use serde::Deserialize;
///
/// #[derive(Deserialize)]
/// struct Order {
///     id: String,
/// }
///
/// #[func]
/// fn watch(#[binding(database_name = "shop", container_name = "orders")] orders: CosmosDbTrigger<CosmosDbDocument<Order>>) {
///     for order in orders.documents {
///         println!("{} changed at {:?}", order.content.id, order.properties.timestamp);
///     }
/// }
///
/// // A test makes the documents itself.
/// watch(CosmosDbTrigger::new(vec![Order { id: "1".to_owned() }.into()]));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CosmosDbTrigger<T = Value> {
    /// The documents as they are now, in the order in which they changed, for each value of the partition key.
    pub documents: Vec<T>,
}

impl<T> CosmosDbTrigger<T> {
    /// Documents of a unit test.
    pub fn new(documents: Vec<T>) -> Self {
        Self { documents }
    }
}

impl<T: DeserializeOwned + 'static> FromTrigger for CosmosDbTrigger<T> {
    type Binding = CosmosDbTriggerBinding;

    fn from_trigger(data: Data, _: &Trigger) -> Result<Self, BindError> {
        let documents = data.into_list()?.into_iter().enumerate();
        let documents =
            documents.map(|(at, document)| document.decode().map_err(|error| error.of_element(at)));
        Ok(Self::new(documents.collect::<Result<_, _>>()?))
    }
}
