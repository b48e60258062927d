//! Tables: an entity or the entities of a query are read, and entities are written.

use std::sync::Arc;

use azure_functions_shared::{
    names::equal_ignoring_case,
    rpc::{Data, TypedData},
};
use futures::{FutureExt as _, future::BoxFuture};

use super::{Ground, Listener, Service, in_full};
use crate::{
    binding_data::BindingData,
    expression::{System, Template},
    lenient_json::{self, Dates, Token},
    plan::{Plan, Resolved},
    store::{Entity, Key, Write},
    wire::{Output, outputs, trigger::Event},
};

/// The tables of the host.
#[derive(Debug)]
pub(super) struct Tables {
    pub(super) ground: Arc<Ground>,
}

impl Service for Tables {
    fn triggers(&self) -> &'static [&'static str] {
        &[]
    }

    fn bindings(&self) -> &'static [&'static str] {
        &["table"]
    }

    fn check(&self, _: &Plan) -> Result<(), String> {
        Ok(())
    }

    fn listen(&self, _: Listener) -> Result<BoxFuture<'static, ()>, String> {
        Err(NO_TRIGGER.to_owned())
    }

    fn event_by_hand<'a>(
        &'a self,
        _: &'a Plan,
        _: &'a str,
    ) -> BoxFuture<'a, Result<Event, String>> {
        async { Err(NO_TRIGGER.to_owned()) }.boxed()
    }

    /// As the extension does: a value that comes from outside cannot change what a filter means.
    fn fill(
        &self,
        property: &str,
        template: &Template,
        values: &BindingData,
        system: &System<'_>,
    ) -> Result<String, String> {
        template.resolve_with(values, system, |before, value, behind| {
            if !equal_ignoring_case(property, "filter") || (before.is_empty() && behind.is_empty()) {
                return Ok(value);
            }
            if before.ends_with('\'') && behind.starts_with('\'') {
                return Ok(value.replace('\'', "''"));
            }
            let number = value.parse::<f64>().is_ok_and(f64::is_finite);
            let flag = equal_ignoring_case(&value, "true") || equal_ignoring_case(&value, "false");
            if number || flag {
                Ok(value)
            } else {
                Err(format!(
                    "the filter takes `{value}` for neither a number nor a boolean; write quotes around the expression"
                ))
            }
        })
    }

    fn fetch<'a>(&'a self, binding: &'a Resolved) -> BoxFuture<'a, Result<TypedData, String>> {
        async move {
            let table = binding.required("tableName")?;
            let partition = given(binding, "partitionKey");
            if let (Some(partition), Some(row)) = (partition, given(binding, "rowKey")) {
                let key = Key::new(partition, row);
                let found = self.ground.tables.get(table, &key).await;
                let found = found.map_err(|error| in_full(&error))?;
                return Ok(found.map_or_else(TypedData::default, |entity| {
                    Data::Json(entity.token().compact()).into()
                }));
            }
            // As the extension does it: without parentheses, so that an `or` in the filter reaches further.
            let filter = given(binding, "filter").map(str::to_owned);
            let filter = match (partition, filter) {
                (None, filter) => filter,
                (Some(partition), filter) => {
                    let partition = partition.replace('\'', "''");
                    let own = format!("PartitionKey eq '{partition}'");
                    Some(filter.map_or(own.clone(), |filter| format!("{own} and {filter}")))
                }
            };
            let take = match given(binding, "take").map(str::parse::<i64>) {
                Some(Ok(take)) if take > 0 => usize::try_from(take).ok(),
                None | Some(Ok(_)) => None,
                Some(Err(_)) => return Err("`take` must be an integer".to_owned()),
            };
            let found = self.ground.tables.query(table, filter.as_deref(), take);
            let found = found.await.map_err(|error| in_full(&error))?;
            let rows = found.iter().map(Entity::token).collect();
            Ok(Data::Json(Token::Array(rows).compact()).into())
        }
        .boxed()
    }

    fn store<'a>(
        &'a self,
        binding: &'a Resolved,
        value: &'a Output,
    ) -> BoxFuture<'a, Result<(), String>> {
        async move {
            let table = binding.required("tableName")?;
            let elements = outputs::queue_messages(value).map_err(|error| in_full(&error))?;
            let entities: Vec<_> = elements
                .iter()
                .map(|element| entity(element, binding))
                .collect::<Result<_, _>>()?;
            let written = self.ground.tables.write(table, entities).await;
            written.map_err(|error| in_full(&error))
        }
        .boxed()
    }
}

const NO_TRIGGER: &str = "a table triggers nothing; use another trigger";

fn entity(json: &[u8], binding: &Resolved) -> Result<(Entity, Write), String> {
    let text = str::from_utf8(json).map_err(|_| "an entity is not UTF-8; send JSON".to_owned())?;
    match lenient_json::tokens(text, Dates::Keep) {
        Ok(Token::Object(members)) => {
            let (partition, row) = (given(binding, "partitionKey"), given(binding, "rowKey"));
            Entity::read(members, partition, row).map_err(|error| error.to_string())
        }
        _ => Err(format!(
            "an entity is a JSON object, but this is `{text}`; send an object, or an array of them"
        )),
    }
}

/// A property that is not empty.
fn given<'a>(binding: &'a Resolved, name: &str) -> Option<&'a str> {
    binding.get(name).filter(|text| !text.is_empty())
}
