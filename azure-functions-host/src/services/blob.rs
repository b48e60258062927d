//! Blobs: a new or changed blob triggers a function, which may read and write others.

use std::{collections::HashMap, sync::Arc};

use azure_functions_shared::rpc::TypedData;
use bytes::Bytes;
use futures::{FutureExt as _, future::BoxFuture};
use http::Uri;
use jiff::SignedDuration;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::json;
use tokio::{sync::Semaphore, task::JoinSet};

use super::{Ground, Listener, Service, in_full};
use crate::{
    blob_path::BlobPath,
    blob_pattern::BlobPattern,
    event::Level,
    plan::{Plan, Resolved},
    store::{BlobStore, MemoryBlobs, NewBlob, NewMessage},
    wire::{
        Output, outputs,
        trigger::{self, Event},
    },
};

/// Where a blob goes that its function fails for again and again.
const POISON: &str = "webjobs-blobtrigger-poison";
/// How often a container is looked at in any case: not all stores tell of changes.
const POLL: SignedDuration = SignedDuration::from_secs(1);
/// How many functions run at the same time unless `host.json` says so, for each processor.
const PER_PROCESSOR: usize = 8;

/// What is escaped in the name of a blob as part of an address.
const NAME: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The blobs of the host.
#[derive(Debug)]
pub(super) struct Blobs {
    pub(super) ground: Arc<Ground>,
}

impl Service for Blobs {
    fn triggers(&self) -> &'static [&'static str] {
        &["blobTrigger"]
    }

    fn bindings(&self) -> &'static [&'static str] {
        &["blob"]
    }

    fn check(&self, plan: &Plan) -> Result<(), String> {
        pattern(plan).map(|_| ())
    }

    fn listen(&self, listener: Listener) -> Result<BoxFuture<'static, ()>, String> {
        let pattern = pattern(&listener.plan)?;
        let watcher = Watcher {
            ground: Arc::clone(&self.ground),
            listener,
            pattern: Arc::new(pattern),
        };
        Ok(watcher.run().boxed())
    }

    fn event_by_hand<'a>(
        &'a self,
        plan: &'a Plan,
        input: &'a str,
    ) -> BoxFuture<'a, Result<Event, String>> {
        async move {
            let (path, captures) = place(plan, input)?;
            let data = blob_event(&*self.ground.blobs, &path, captures).await?;
            data.ok_or_else(|| format!("there is no blob `{path}`"))
        }
        .boxed()
    }

    /// The blob is not written, for that would trigger the function once more.
    fn event_with_content<'a>(
        &'a self,
        plan: &'a Plan,
        input: &'a str,
        content: Bytes,
    ) -> BoxFuture<'a, Result<Event, String>> {
        async move {
            let (path, captures) = place(plan, input)?;
            let made_up = MemoryBlobs::new(Arc::clone(&self.ground.clock));
            let put = made_up.put(&path, NewBlob::new(content));
            put.await.map_err(|error| in_full(&error))?;
            let data = blob_event(&made_up, &path, captures).await?;
            data.ok_or_else(|| format!("there is no blob `{path}`"))
        }
        .boxed()
    }

    fn fetch<'a>(&'a self, binding: &'a Resolved) -> BoxFuture<'a, Result<TypedData, String>> {
        async move {
            let path = path(binding)?;
            let blob = self.ground.blobs.get(&path).await;
            let blob = blob.map_err(|error| in_full(&error))?;
            let content = blob.as_ref().map(|blob| &blob.content);
            Ok(trigger::blob_input(content, binding.data_type()))
        }
        .boxed()
    }

    fn store<'a>(
        &'a self,
        binding: &'a Resolved,
        value: &'a Output,
    ) -> BoxFuture<'a, Result<(), String>> {
        async move {
            let path = path(binding)?;
            let content = outputs::blob_content(value).map_err(|error| in_full(&error))?;
            let put = self.ground.blobs.put(&path, NewBlob::new(content));
            put.await.map_err(|error| in_full(&error))?;
            Ok(())
        }
        .boxed()
    }
}

fn pattern(plan: &Plan) -> Result<BlobPattern, String> {
    let path = plan.trigger().required("path")?;
    BlobPattern::parse(path).map_err(|error| error.to_string())
}

fn path(binding: &Resolved) -> Result<BlobPath, String> {
    let path = binding.required("path")?;
    BlobPath::parse(path).map_err(|error| error.to_string())
}

/// Watches one container for one function.
#[derive(Debug, Clone)]
struct Watcher {
    ground: Arc<Ground>,
    listener: Listener,
    pattern: Arc<BlobPattern>,
}

impl Watcher {
    async fn run(self) {
        let mut changes = self.ground.blobs.changes();
        let mut running = JoinSet::new();
        let room = Arc::new(Semaphore::new(self.parallelism()));
        // The version of each blob that was handed over last.
        let mut seen: HashMap<String, String> = HashMap::new();
        loop {
            // Marked before looking, so that a change between looking and waiting is not missed.
            changes.borrow_and_update();
            for (path, captures) in self.fresh(&mut seen).await {
                let watcher = self.clone();
                let room = Arc::clone(&room);
                running.spawn(async move {
                    // The semaphore is never closed.
                    let _room = room.acquire().await;
                    watcher.process(&path, captures).await;
                });
            }
            let look = self.ground.later(POLL);
            tokio::select! {
                () = self.listener.stop.cancelled() => break,
                Ok(()) = changes.changed() => {}
                () = self.ground.clock.sleep_until(look) => {}
            }
            while running.try_join_next().is_some() {}
        }
        while running.join_next().await.is_some() {}
    }

    fn parallelism(&self) -> usize {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let most = self.ground.settings.blobs.max_degree_of_parallelism;
        most.unwrap_or(PER_PROCESSOR * processors).max(1)
    }

    /// The blobs that match and are new, or have changed; `seen` knows of them then.
    async fn fresh(
        &self,
        seen: &mut HashMap<String, String>,
    ) -> Vec<(BlobPath, Vec<(String, String)>)> {
        let container = self.pattern.container();
        let blobs = match self.ground.blobs.list(container, "").await {
            Ok(blobs) => blobs,
            Err(error) => {
                self.complain(&format!(
                    "the container `{container}` cannot be read: {error}"
                ));
                return Vec::new();
            }
        };
        let mut fresh = Vec::new();
        let mut now = HashMap::with_capacity(blobs.len());
        for (path, properties) in blobs {
            let Some(captures) = self.pattern.matches(&path.container, &path.blob) else {
                continue;
            };
            if seen.get(&path.blob) != Some(&properties.etag) {
                fresh.push((path.clone(), captures));
            }
            now.insert(path.blob.clone(), properties.etag);
        }
        // A blob that was deleted is new when it comes again.
        *seen = now;
        fresh
    }

    /// Calls the function with a blob, some times if it fails, and then gives the blob up.
    async fn process(&self, path: &BlobPath, captures: Vec<(String, String)>) {
        let tries = self.ground.settings.blobs.poison_blob_threshold.max(1);
        for _ in 0..tries {
            let data = blob_event(&*self.ground.blobs, path, captures.clone());
            let trigger = match data.await {
                Ok(Some(trigger)) => trigger,
                // It was deleted in the meantime.
                Ok(None) => return,
                Err(error) => return self.complain(&error),
            };
            if self
                .listener
                .call(trigger, "New blob detected")
                .await
                .is_ok()
            {
                return;
            }
            if self.listener.ending.is_cancelled() {
                return;
            }
        }
        self.give_up(path).await;
    }

    async fn give_up(&self, path: &BlobPath) {
        let etag = self.ground.blobs.properties(path).await.ok().flatten();
        let message = json!({
            "FunctionId": format!("Host.Functions.{}", self.listener.plan.name()),
            "BlobType": "BlockBlob",
            "ContainerName": path.container,
            "BlobName": path.blob,
            "ETag": etag.map(|properties| properties.etag),
        });
        let encoding = self.ground.settings.queues.message_encoding;
        let body = trigger::encode_message(&message.to_string().into(), encoding);
        let put = self.ground.queues.put(POISON, NewMessage::new(body));
        match put.await {
            Ok(_) => self.complain(&format!(
                "the function `{}` failed for the blob `{path}` each time it was tried; a message is in the queue `{POISON}`",
                self.listener.plan.name()
            )),
            Err(error) => self.complain(&error.to_string()),
        }
    }

    fn complain(&self, text: &str) {
        self.ground
            .events
            .host(Level::Error, "Host.Triggers.Blob", text);
    }
}

/// The blob that a person names, and what its path holds for the parameters of the trigger's.
fn place(plan: &Plan, input: &str) -> Result<(BlobPath, Vec<(String, String)>), String> {
    let path = BlobPath::parse(input).map_err(|error| {
        format!("{error}; the input must be the path of a blob, such as `container/name`")
    })?;
    let pattern = pattern(plan)?;
    let captures = pattern
        .matches(&path.container, &path.blob)
        .ok_or_else(|| format!("`{path}` does not match the path of the trigger"))?;
    Ok((path, captures))
}

/// What a blob hands to a call, if it exists.
async fn blob_event(
    blobs: &dyn BlobStore,
    path: &BlobPath,
    captures: Vec<(String, String)>,
) -> Result<Option<Event>, String> {
    let blob = blobs.get(path).await.map_err(|error| in_full(&error))?;
    let Some(blob) = blob else { return Ok(None) };
    let uri = address(path).map_err(|error| in_full(&error))?;
    Ok(Some(trigger::blob(
        path,
        &uri,
        &blob.content,
        &blob.properties,
        captures,
    )))
}

/// The address that the blob would have in the storage emulator.
fn address(path: &BlobPath) -> Result<Uri, http::Error> {
    let name = utf8_percent_encode(&path.blob, NAME);
    let target = format!("/devstoreaccount1/{}/{name}", path.container);
    Uri::builder()
        .scheme("http")
        .authority("127.0.0.1:10000")
        .path_and_query(target)
        .build()
}
