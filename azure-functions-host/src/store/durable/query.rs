//! What clients look up and clear away.

use azure_functions_shared::durable::{
    CleanEntityStorageRequest, CleanEntityStorageResponse, EntityMetadata, OrchestrationState,
    OrchestrationStatus as Status,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE as BASE64};
use jiff::Timestamp;

use super::{
    client::{HubError, wrong},
    entity::normal_id,
    state::State,
    time::{moment, wire},
};

/// Which instances are meant.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filter {
    /// Empty means any.
    pub(crate) statuses: Vec<Status>,
    pub(crate) created_from: Option<Timestamp>,
    pub(crate) created_to: Option<Timestamp>,
    pub(crate) prefix: String,
}

/// Which entities are meant.
#[derive(Debug, Clone, Default)]
pub(crate) struct EntityFilter {
    pub(crate) prefix: String,
    pub(crate) modified_from: Option<Timestamp>,
    pub(crate) modified_to: Option<Timestamp>,
    pub(crate) include_state: bool,
    /// Those without a state as well.
    pub(crate) include_transient: bool,
}

/// A part of a list, and where the next part begins.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    /// The last item's id, if there are more.
    pub(crate) next: Option<String>,
}

impl<T> Page<T> {
    /// The first `limit` of the items, which have ids.
    fn new(mut items: impl Iterator<Item = T>, limit: usize, id: impl Fn(&T) -> &String) -> Self {
        let page: Vec<T> = items.by_ref().take(limit).collect();
        let next = items.next().and_then(|_| page.last().map(id).cloned());
        Self { items: page, next }
    }
}

/// The token by which a client asks for what comes behind an item.
pub(crate) fn token_of(id: &str) -> String {
    BASE64.encode(id)
}

/// The item behind which a client wants to go on.
pub(crate) fn id_of(token: &str) -> Option<String> {
    String::from_utf8(BASE64.decode(token).ok()?).ok()
}

impl Filter {
    fn takes(&self, state: &OrchestrationState) -> bool {
        let created = state.created_timestamp.as_ref().and_then(moment);
        let statuses = &self.statuses;
        (statuses.is_empty() || statuses.contains(&state.orchestration_status()))
            && state.instance_id.starts_with(&self.prefix)
            && within(created, self.created_from, self.created_to)
    }
}

fn within(time: Option<Timestamp>, from: Option<Timestamp>, to: Option<Timestamp>) -> bool {
    time.is_none_or(|time| from.is_none_or(|from| time >= from) && to.is_none_or(|to| time <= to))
}

impl State {
    /// Some instances, by their ids, from behind one.
    pub(super) fn query(
        &self,
        filter: &Filter,
        after: Option<&str>,
        limit: usize,
    ) -> Page<OrchestrationState> {
        let states = self.instances.values().map(|instance| &instance.state);
        let found = states
            .filter(|state| after.is_none_or(|after| state.instance_id.as_str() > after))
            .filter(|state| filter.takes(state))
            .cloned();
        Page::new(found, limit, |state| &state.instance_id)
    }

    /// Forgets an instance that is over.
    pub(super) fn purge(&mut self, id: &str) -> Result<(), HubError> {
        let instance = self.instance(id)?;
        if !instance.is_over() {
            return Err(wrong(&instance.state));
        }
        self.instances.remove(id);
        self.dirty.instances.insert(id.to_owned());
        Ok(())
    }

    /// Forgets instances that are over, and says how many.
    pub(super) fn purge_all(&mut self, filter: &Filter) -> usize {
        let instances = self.instances.iter();
        let ids: Vec<String> = instances
            .filter(|(_, instance)| instance.is_over() && filter.takes(&instance.state))
            .map(|(id, _)| id.clone())
            .collect();
        for id in &ids {
            self.instances.remove(id);
        }
        let count = ids.len();
        self.dirty.instances.extend(ids);
        count
    }

    /// What is known of an entity, if it exists.
    pub(super) fn entity(&self, id: &str, include_state: bool) -> Option<EntityMetadata> {
        let id = normal_id(id);
        self.metadata(&id, include_state)
            .filter(|_| self.has_state(&id))
    }

    fn has_state(&self, id: &str) -> bool {
        let entity = self.entities.get(id);
        entity.is_some_and(|entity| entity.state.is_some())
    }

    fn metadata(&self, id: &str, include_state: bool) -> Option<EntityMetadata> {
        let entity = self.entities.get(id)?;
        let backlog = entity.queue.len() + entity.running.len();
        Some(EntityMetadata {
            instance_id: id.to_owned(),
            last_modified_time: entity.modified.map(wire),
            backlog_queue_size: i32::try_from(backlog).unwrap_or(i32::MAX),
            locked_by: entity.locked_by.clone(),
            serialized_state: entity.state.clone().filter(|_| include_state),
        })
    }

    /// Some entities, by their ids, from behind one.
    pub(super) fn query_entities(
        &self,
        filter: &EntityFilter,
        after: Option<&str>,
        limit: usize,
    ) -> Page<EntityMetadata> {
        let prefix = filter.prefix.to_lowercase();
        let found = self
            .entities
            .iter()
            .filter(|(id, _)| after.is_none_or(|after| id.as_str() > after))
            .filter(|(id, entity)| {
                (entity.state.is_some() || filter.include_transient)
                    && id.to_lowercase().starts_with(&prefix)
                    && within(entity.modified, filter.modified_from, filter.modified_to)
            })
            .filter_map(|(id, _)| self.metadata(id, filter.include_state));
        Page::new(found, limit, |entity| &entity.instance_id)
    }

    /// Forgets entities without a state, and takes locks from those who are no more.
    pub(super) fn clean(
        &mut self,
        request: &CleanEntityStorageRequest,
    ) -> CleanEntityStorageResponse {
        let mut response = CleanEntityStorageResponse::default();
        if request.release_orphaned_locks {
            let instances = &self.instances;
            let orphan = |owner: &String| {
                instances
                    .get(owner)
                    .is_none_or(super::instance::Instance::is_over)
            };
            let orphaned: Vec<String> = self
                .entities
                .iter()
                .filter(|(_, entity)| entity.locked_by.as_ref().is_some_and(orphan))
                .map(|(id, _)| id.clone())
                .collect();
            for id in orphaned {
                response.orphaned_locks_released += 1;
                self.release(&id, None);
            }
        }
        if request.remove_empty_entities {
            let empty: Vec<String> = self
                .entities
                .iter()
                .filter(|(_, entity)| entity.is_empty())
                .map(|(id, _)| id.clone())
                .collect();
            for id in empty {
                response.empty_entities_removed += 1;
                self.entities.remove(&id);
                self.dirty.entities.insert(id);
            }
        }
        response
    }
}
