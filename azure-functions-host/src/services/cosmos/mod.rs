//! Cosmos DB: changes of documents trigger a function, which may read and write others.

mod feed;

use std::sync::Arc;

use azure_functions_shared::rpc::{Data, TypedData};
use futures::{FutureExt as _, future::BoxFuture};
use serde_json::{Map, Value};

use self::feed::{Feed, FeedSettings, event};
use super::{Ground, Listener, Service, in_full};
use crate::{
    cosmos_sql::Query,
    json_text::{self, Element},
    lenient_json::Token,
    plan::{Plan, Resolved},
    store::{ContainerName, DEFAULT_PARTITION_KEY},
    wire::{Output, ZONE, trigger::Event},
};

/// The Cosmos DB databases of the host.
#[derive(Debug)]
pub(super) struct Cosmos {
    pub(super) ground: Arc<Ground>,
}

impl Service for Cosmos {
    fn triggers(&self) -> &'static [&'static str] {
        &["cosmosDBTrigger"]
    }

    fn bindings(&self) -> &'static [&'static str] {
        &["cosmosDB"]
    }

    fn queries(&self) -> &'static [&'static str] {
        &["sqlQuery"]
    }

    fn check(&self, plan: &Plan) -> Result<(), String> {
        FeedSettings::new(plan).map(|_| ())
    }

    fn listen(&self, listener: Listener) -> Result<BoxFuture<'static, ()>, String> {
        let settings = FeedSettings::new(&listener.plan)?;
        // The lease is taken now, so that no change after the start of the host is missed.
        let feed = Feed::new(Arc::clone(&self.ground), listener, settings);
        Ok(feed.run().boxed())
    }

    fn event_by_hand<'a>(
        &'a self,
        plan: &'a Plan,
        input: &'a str,
    ) -> BoxFuture<'a, Result<Event, String>> {
        async move {
            let documents = match serde_json::from_str(input) {
                Ok(Value::Array(documents)) => documents,
                Ok(document @ Value::Object(_)) => vec![document],
                _ => {
                    return Err(
                        "the input is not a document, nor an array of them; write JSON such as `[{\"id\":\"1\"}]`"
                            .to_owned(),
                    );
                }
            };
            Ok(event(documents, plan.trigger().data_type()))
        }
        .boxed()
    }

    fn fetch<'a>(&'a self, binding: &'a Resolved) -> BoxFuture<'a, Result<TypedData, String>> {
        async move {
            match (binding.get("sqlQuery"), binding.get("id")) {
                (Some(_), Some(_)) => Err("it has both `id` and `sqlQuery`; drop one".to_owned()),
                (None, Some(id)) => self.read(binding, id),
                (query, None) => self.query(binding, query),
            }
        }
        .boxed()
    }

    fn store<'a>(
        &'a self,
        binding: &'a Resolved,
        value: &'a Output,
    ) -> BoxFuture<'a, Result<(), String>> {
        async move {
            let name = container(binding, "databaseName", "containerName")?;
            let cosmos = &self.ground.cosmos;
            let partition_key = binding.get("partitionKey").unwrap_or(DEFAULT_PARTITION_KEY);
            cosmos
                .create_container(&name, partition_key)
                .map_err(|error| in_full(&error))?;
            for document in documents(value)? {
                cosmos
                    .upsert(&name, document)
                    .map_err(|error| in_full(&error))?;
            }
            Ok(())
        }
        .boxed()
    }
}

impl Cosmos {
    /// One document, as a text, or nothing.
    fn read(&self, binding: &Resolved, id: &str) -> Result<TypedData, String> {
        let name = container(binding, "databaseName", "containerName")?;
        let cosmos = &self.ground.cosmos;
        let Some(path) = cosmos.partition_key(&name) else {
            return Ok(TypedData::default());
        };
        let key = binding.get("partitionKey").ok_or_else(|| {
            format!("the container `{name}` is partitioned by `{path}`; give the value of that as `partitionKey`")
        })?;
        let document = cosmos.get(&name, id, &key.into());
        Ok(document.map_or_else(TypedData::default, |document| {
            Data::String(document.to_string()).into()
        }))
    }

    /// The documents that a query finds, or all, as JSON.
    fn query(&self, binding: &Resolved, query: Option<&str>) -> Result<TypedData, String> {
        let name = container(binding, "databaseName", "containerName")?;
        let query = Query::parse(query.unwrap_or("SELECT * FROM c"));
        let query = query.map_err(|error| in_full(&error))?;
        let key = binding.get("partitionKey").map(Value::from);
        let documents = self.ground.cosmos.documents(&name, key.as_ref());
        let found = query.run(&documents, binding.parameters());
        let found = found.map_err(|error| in_full(&error))?;
        Ok(Data::Json(Value::Array(found).to_string()).into())
    }
}

/// The container that two properties of a binding name.
fn container(binding: &Resolved, database: &str, name: &str) -> Result<ContainerName, String> {
    Ok(ContainerName::new(
        binding.required(database)?,
        binding.required(name)?,
    ))
}

/// The documents that a value becomes: one for each element of a JSON array, otherwise one.
fn documents(value: &Output) -> Result<Vec<Map<String, Value>>, String> {
    let elements = match value {
        Output::Text(text) => json_text::elements(text, &ZONE).map_err(|error| in_full(&error))?,
        Output::Json(token) => json_text::token_elements(token.clone()),
        Output::Bytes(_) | Output::Http(_) | Output::Int(_) | Output::Double(_) => {
            Vec::from([Element::Text(String::new())])
        }
    };
    let documents = elements.into_iter().map(|element| match element {
        Element::Json(token @ Token::Object(_)) => match Value::from(token) {
            Value::Object(members) => Ok(members),
            other => Err(not_a_document(&other.to_string())),
        },
        Element::Json(other) => Err(not_a_document(&other.compact())),
        Element::Text(text) => Err(not_a_document(&text)),
    });
    documents.collect()
}

fn not_a_document(text: &str) -> String {
    let start: String = text.chars().take(40).collect();
    format!("`{start}` is not a document; send a JSON object, or an array of them")
}
