//! What a host is started with.

use std::{path::PathBuf, time::Duration};

use crate::limits::Limits;

/// What a host is started with.
#[derive(Debug, Clone)]
pub struct Config {
    /// The worker's program.
    pub worker: PathBuf,
    /// The folder of the app.
    pub directory: PathBuf,
    /// Variables of the worker.
    pub environment: Vec<(String, String)>,
    /// The port for HTTP.
    pub port: u16,
    /// How long a call may take.
    pub function_timeout: Option<Duration>,
    /// The waits.
    pub limits: Limits,
}
