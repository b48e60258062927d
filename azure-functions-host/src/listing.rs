//! What an app says of itself: its worker is started, asked for its functions, and ended. Nothing is triggered.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
};

use crate::{
    error::HostError,
    functions::{self, Fatal, Function, FunctionError},
    generation,
    host::{self, Host},
    plan::Plan,
    route::{RouteTable, RouteTableError},
    rpc::Server,
    services::Services,
    supervisor::Supervisor,
};

/// The functions of an app, of which none runs.
#[derive(Debug)]
#[non_exhaustive]
pub struct Listing {
    /// The functions that the host takes, in the order of the worker.
    pub functions: Vec<Arc<Function>>,
    /// The functions that the host refuses as they are.
    pub refused: Vec<FunctionError>,
    /// The functions among those taken that do not run here with the settings that there are.
    pub unfit: Vec<FunctionError>,
    /// What stops the whole host.
    pub fatal: Option<Fatal>,
}

/// No client comes to a host that only lists functions.
const NOWHERE: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

impl Host {
    /// Starts the worker, asks it for its functions, and ends it: no port is opened for HTTP, and nothing is triggered.
    ///
    /// # Errors
    ///
    /// [`HostError`] if the worker cannot be started, or does not list its functions.
    pub async fn list(self) -> Result<Listing, HostError> {
        let (config, events) = self.into_parts();
        let ground = host::ground(&config, &events, NOWHERE)?;
        let directory = config.directory.to_string_lossy().into_owned();
        let server = Server::bind(&ground).map_err(HostError::Rpc)?;
        let supervisor = Supervisor {
            processes: 1,
            ..generation::supervisor(&config, server.door(), events)?
        };
        let mut starting = Box::pin(supervisor.start()).await?;
        let metadata = starting.functions(&directory).await;
        // The worker has done what it was started for; this kills it.
        drop(starting);
        server.stop().await;
        let mut index = functions::index(metadata?);
        index.disable(|name| config.disables(name));
        if let Err(error) = routes(&index.functions, &config.host_json.http.route_prefix) {
            index.errors.push(FunctionError {
                function: error.function.clone(),
                message: error.to_string(),
                listed: true,
            });
        }
        let services = Services::new(&ground);
        let unfit = index.functions.iter().filter_map(|function| {
            let plan = Plan::checked(Arc::clone(function), &services, &|name| {
                config.setting(name)
            });
            let message = plan.err()?;
            Some(FunctionError {
                function: function.name.clone(),
                message,
                listed: true,
            })
        });
        Ok(Listing {
            unfit: unfit.collect(),
            functions: index.functions,
            refused: index.errors,
            fatal: index.fatal,
        })
    }
}

/// The table of all routes, which one that cannot be read keeps from being made.
fn routes(functions: &[Arc<Function>], prefix: &str) -> Result<RouteTable, RouteTableError> {
    let http = functions
        .iter()
        .filter(|function| function.http().is_some());
    let routes =
        http.map(|function| (function.name.as_str(), function.route(), function.methods()));
    RouteTable::new(prefix, routes)
}
