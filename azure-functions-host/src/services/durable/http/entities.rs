//! Entities over HTTP: looked at, and signalled.

use axum::{http::StatusCode, response::Response};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    super::{ENTITY, registry::Registry},
    Answer, Api, accepted, not_found, page,
    status::ticks,
    value,
};
use crate::store::durable::{EntityFilter, normal_id, split_id};

impl Api<'_> {
    /// The state of an entity.
    pub(super) fn entity(&self, name: &str, key: &str) -> Answer {
        let entity = self.hub.entity(&format!("@{name}@{key}"), true);
        let state = entity.ok_or_else(not_found)?.serialized_state;
        Ok(page(StatusCode::OK, &value(state.as_deref())))
    }

    /// The entities, all or those of a name.
    pub(super) fn list_entities(&self, name: &str) -> Answer {
        let filter = EntityFilter {
            prefix: if name.is_empty() {
                String::new()
            } else {
                normal_id(&format!("@{name}@"))
            },
            modified_from: self.time("lastOperationTimeFrom")?,
            modified_to: self.time("lastOperationTimeTo")?,
            include_state: self.flag("fetchState") == Some(true),
            include_transient: false,
        };
        let after = self.after();
        let found = self
            .hub
            .query_entities(&filter, after.as_deref(), self.top());
        let entities = found.items.iter().map(|entity| {
            let (name, key) = split_id(&entity.instance_id).unwrap_or_default();
            json!({
                "entityId": { "name": name, "key": key },
                "lastOperationTime": ticks(entity.last_modified_time.as_ref()),
                "state": value(entity.serialized_state.as_deref()),
            })
        });
        Ok(page(StatusCode::OK, &Value::Array(entities.collect())))
    }

    /// Signals an entity.
    pub(super) fn signal(&self, name: &str, key: &str) -> Answer {
        let plans: Vec<_> = self.hook.functions(ENTITY).cloned().collect();
        let registry = Registry::new(&plans);
        if let Err(problem) = registry.entity(name) {
            let body = json!({ "Message": problem });
            return Err(page(StatusCode::BAD_REQUEST, &body));
        }
        let operation = self.hook.query("op").unwrap_or_default();
        let input = self.body()?;
        let entity = format!("@{name}@{key}");
        self.hub
            .signal(&entity, operation, input, Uuid::new_v4(), None);
        Ok(accepted())
    }

    /// Asks an entity to delete itself: it hears of an operation like any other.
    pub(super) fn delete_entity(&self, name: &str, key: &str) -> Response {
        let entity = format!("@{name}@{key}");
        let input = Some("\"\"".to_owned());
        self.hub
            .signal(&entity, "delete".to_owned(), input, Uuid::new_v4(), None);
        accepted()
    }
}
