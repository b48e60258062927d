//! How many requests may run and wait at a time, if `host.json` says so.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::config::HttpSettings;

/// Lets requests in.
#[derive(Debug)]
pub(crate) struct Throttle {
    outstanding: Option<Arc<Semaphore>>,
    concurrent: Option<Arc<Semaphore>>,
}

/// The place of a request, which is free again when this is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    _outstanding: Option<OwnedSemaphorePermit>,
    _concurrent: Option<OwnedSemaphorePermit>,
}

impl Throttle {
    pub(crate) fn new(settings: &HttpSettings) -> Self {
        let semaphore = |limit: Option<i32>| {
            let limit = usize::try_from(limit?).ok()?;
            Some(Arc::new(Semaphore::new(limit)))
        };
        Self {
            outstanding: semaphore(settings.max_outstanding_requests),
            concurrent: semaphore(settings.max_concurrent_requests),
        }
    }

    /// Waits until a request may run; none if too many wait or run already.
    pub(crate) async fn enter(&self) -> Option<Place> {
        let outstanding = match &self.outstanding {
            Some(semaphore) => Some(Arc::clone(semaphore).try_acquire_owned().ok()?),
            None => None,
        };
        let concurrent = match &self.concurrent {
            // The semaphore is never closed.
            Some(semaphore) => Some(Arc::clone(semaphore).acquire_owned().await.ok()?),
            None => None,
        };
        Some(Place {
            _outstanding: outstanding,
            _concurrent: concurrent,
        })
    }
}
