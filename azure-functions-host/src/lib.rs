//! An embedded Azure Functions host: it speaks the worker protocol to a function app on a bare machine.
//!
//! The app is any program that speaks the protocol; this crate knows its functions only by what it says, exactly as
//! the real host does. Queues, blobs, tables, event hubs and a Service Bus namespace are kept in memory, timers follow a clock that a test
//! can move, and HTTP is served on the loopback interface.
//!
//! ```no_run
//! use azure_functions_host::{Config, Host, HostError};
//!
//! # async fn example() -> Result<(), HostError> {
//! let config = Config::read("target/debug/app", ".")?;
//! let host = Host::start(config).await?;
//! println!("http://{}", host.address());
//! let answer = host.invoke("greet", "Ferris").await;
//! host.stop().await
//! # }
//! ```
//!
//! # Where it differs from the real host
//!
//! It follows the recordings of a real host in `tests/data`, but not where that would only cost the developer time:
//!
//! - A worker that refuses to be initialized or to list its functions, or an app without functions, is an error of the
//!   start, with the reason; the real host runs on with nothing to run.
//! - A worker that exits with code 0 without being asked fails its calls at once and ends the host, and one that
//!   closes its stream while its process lives is killed and replaced; the real host waits for ever.
//! - A call whose time is up fails when its worker is replaced, not some ten seconds later.
//! - A worker has one stream: `MultiStream` is not offered. There is no shared memory. As many worker processes run as
//!   `FUNCTIONS_WORKER_PROCESS_COUNT` says, all from the start; when the budget of restarts is used up, those that run go on.
//! - No key is asked for, whatever the `authLevel`, unless [`Config::keys`] has some; then those are the keys, and no page
//!   shows or changes them. They are compared letter by letter, always.
//! - `POST /admin/functions/NAME` runs HTTP functions too; a body over the limit is answered with 413, not 500; and
//!   what is refused is refused in a sentence. With `Prefer: return=representation` it answers once the call has ended, with its
//!   result, outputs and log lines; and a blob function takes the member `content` for the blob that `input` names.
//! - Event hubs are told apart by their names, whatever their connections. Of several functions that read one hub for
//!   one consumer group, the first gets all events, and an error says so; the real host shares the partitions out.
//! - Nothing is sent by SignalR, Web PubSub, SendGrid and Twilio: what would be is checked, shown, and kept for
//!   [`HostHandle::sent`]; what a client needs to connect is made up, with tokens that nobody signed.
//! - Of a request that goes to the worker's own HTTP server, the JSON of a body of more than 1 MiB is not looked into for
//!   trigger metadata, unless the function has other bindings; and a client that has its whole response gets its
//!   connection back before the invocation ends.
//! - Bindings that are not emulated do nothing: their inputs are empty, and their outputs are shown and kept likewise. Their
//!   triggers are called by hand, with `POST /admin/functions/NAME`.
//! - A warmup function runs once, at the start.
//! - The task hub of Durable Functions is in memory, or in the `SQLite` file of [`Config::durable_store`]. Timers fire when
//!   their time has come and not before, however long they are. A sub-orchestration without an id of its own fails
//!   instead of hanging, and addresses of the management API begin with `http`. Entities are no instances: they are not
//!   among those that are listed.
//! - What triggered a blob function is forgotten when the host ends, unless the stores outlive it.
//! - A container of Cosmos DB exists from the first document on, partitioned by the `partitionKey` of the output that
//!   writes it, or else by `/id`; leases need no container. Queries are limited to [a part of SQL](cosmos_sql), and the
//!   feed tells of no deletions.

mod admin;
mod app;
mod auth;
pub mod binding_data;
pub mod blob_path;
pub mod blob_pattern;
pub mod clock;
pub mod config;
pub mod cosmos_sql;
pub mod dotnet;
mod error;
mod event;
pub mod expression;
mod forward;
pub mod functions;
mod generation;
mod host;
mod http;
mod invoke;
pub mod json_text;
pub mod lenient_json;
mod limits;
mod listing;
mod outcome;
mod plan;
mod process;
mod restart;
mod retry;
pub mod route;
mod rpc;
pub mod schedule;
mod services;
mod setup;
pub mod store;
mod supervisor;
mod throttle;
mod visits;
mod webhook;
pub mod wire;
mod workers;

pub use auth::Keys;
pub use error::HostError;
pub use event::{Event, EventKind, Events, Level};
pub use functions::Function;
pub use host::{HOST_VERSION, Host, HostHandle};
pub use invoke::{Answer, InvokeError};
pub use limits::Limits;
pub use listing::Listing;
pub use setup::{Config, Gate, PORT};
