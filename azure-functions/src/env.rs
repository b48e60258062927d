//! The app's settings, as environment variables.
//!
//! A host may start an app before it knows whose app it is, and send the settings later. A program cannot change its
//! own environment safely while it has several threads, so these settings do not reach [`std::env::var`]; [`var`] knows
//! them.
//!
//! Today's Flex Consumption plan starts an app with its final environment, so there the two are the same.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

/// What the host sent, once it has. The environment belongs to the process, and so does what stands in for it.
static SENT: RwLock<Option<Arc<HashMap<String, String>>>> = RwLock::new(None);

/// The value of the app setting or environment variable called `name`; `None` when it is not set, or not Unicode.
///
/// ```
/// assert_eq!(azure_functions::env::var("NO_SUCH_SETTING"), None);
/// ```
pub fn var(name: &str) -> Option<String> {
    let sent = SENT.read().unwrap_or_else(PoisonError::into_inner).clone();
    match sent {
        Some(sent) => sent.get(name).cloned(),
        None => std::env::var(name).ok(),
    }
}

/// Replaces the environment by what the host sent.
pub(crate) fn replace(variables: HashMap<String, String>) {
    *SENT.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(variables));
}
