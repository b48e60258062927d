//! The services that connections lead to, and what has to be known to reach them with an identity.

use std::collections::BTreeSet;

/// What a connection leads to.
#[expect(
    clippy::enum_variant_names,
    reason = "one service has the word in its name"
)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Service {
    /// Blobs, and the queue that their trigger keeps.
    BlobTrigger,
    Blob,
    Queue,
    Table,
    /// Blobs, queues and tables, in which Durable Functions keep what happens.
    TaskHub,
    CosmosDb,
    EventHubs,
    ServiceBus,
    EventGrid,
    SignalR,
    WebPubSub,
    /// One of which nothing more is known.
    Other,
}

impl Service {
    /// Sets of settings behind the connection's name, of which one has to be there.
    fn alternatives(self) -> &'static [&'static [&'static str]] {
        match self {
            Self::BlobTrigger => &[
                &["accountName"],
                &["blobServiceUri", "queueServiceUri"],
                &["serviceUri", "queueServiceUri"],
            ],
            Self::Blob => &[&["accountName"], &["blobServiceUri"], &["serviceUri"]],
            Self::Queue => &[&["accountName"], &["queueServiceUri"], &["serviceUri"]],
            Self::Table => &[&["accountName"], &["tableServiceUri"], &["serviceUri"]],
            Self::TaskHub => &[
                &["accountName"],
                &["blobServiceUri", "queueServiceUri", "tableServiceUri"],
            ],
            Self::CosmosDb => &[&["accountEndpoint"]],
            Self::EventHubs | Self::ServiceBus => &[&["fullyQualifiedNamespace"]],
            Self::EventGrid => &[&["topicEndpointUri"]],
            Self::SignalR | Self::WebPubSub => &[&["serviceUri"]],
            Self::Other => &[],
        }
    }

    /// Whether settings behind the connection's name, in upper case, say where the service is.
    pub(super) fn is_reached(self, members: &BTreeSet<&str>) -> bool {
        let alternatives = self.alternatives();
        if alternatives.is_empty() {
            return !members.is_empty();
        }
        alternatives.iter().any(|all| {
            let mut all = all.iter();
            all.all(|member| members.contains(&*member.to_ascii_uppercase()))
        })
    }

    /// The settings that let the app's identity reach the service.
    pub(crate) fn identity(self, name: &str) -> Option<String> {
        let members = *self.alternatives().first()?;
        let settings: Vec<_> = members
            .iter()
            .map(|member| format!("`{name}__{member}`"))
            .collect();
        Some(settings.join(" and "))
    }
}
