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

/// All settings and variables whose names begin so, in any case.
pub(crate) fn with_prefix(prefix: &str) -> Vec<(String, String)> {
    let begins = |name: &str| {
        name.get(..prefix.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(prefix))
    };
    let sent = SENT.read().unwrap_or_else(PoisonError::into_inner).clone();
    match sent {
        Some(sent) => sent
            .iter()
            .filter(|(name, _)| begins(name))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect(),
        None => std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .filter(|(name, _)| begins(name))
            .collect(),
    }
}

/// Replaces the environment by what the host sent.
pub(crate) fn replace(variables: HashMap<String, String>) {
    *SENT.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(variables));
}
