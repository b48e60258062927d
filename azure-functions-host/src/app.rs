//! The function app as the host runs it: its functions, how they are reached, and how they are called.

use std::{collections::BTreeMap, sync::Arc, time::Instant};

use azure_functions_shared::rpc::{Data, FunctionLoadRequest, RpcFunctionMetadata};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request, Uri, header, request::Parts};
use tokio::sync::watch;

use crate::{
    auth::{Denied, Identity, Keys, Target},
    binding_data::BindingData,
    error::HostError,
    event::{Event, EventKind, EventSink, Level},
    functions::{self, Function, FunctionError},
    invoke::{Call, Dispatcher, InvokeError},
    json_text,
    plan::{Plan, Resolved},
    route::{FindError, RouteTable},
    services::{Ground, Service, Services},
    setup::Config,
    throttle::Throttle,
    visits::{Visit, Visits},
    wire::{self, Capabilities, request::HttpRequest, trigger},
};

/// The setting that says how long the body of a request may be, and the length without it, in bytes.
pub(crate) const BODY_LIMIT: &str = "FUNCTIONS_REQUEST_BODY_SIZE_LIMIT";
const BODY: usize = 100 << 20;

/// What the real host says when a person calls a function.
pub(crate) const BY_REQUEST: &str = "This function was called by an HTTP request.";
const BY_HAND: &str = "This function was programmatically called via the host APIs.";

/// The functions of an app, and those that are none.
#[derive(Debug)]
pub(crate) struct Functions {
    /// By their names in lower case.
    plans: BTreeMap<String, Arc<Plan>>,
    errors: Vec<FunctionError>,
    routes: RouteTable,
    route_prefix: String,
    services: Services,
}

impl Functions {
    /// Makes functions of what the worker listed.
    ///
    /// # Errors
    ///
    /// [`HostError`] if there are none, or what stops the real host stops this one.
    pub(crate) fn new(
        metadata: Vec<RpcFunctionMetadata>,
        config: &Config,
        ground: &Ground,
    ) -> Result<Self, HostError> {
        let mut index = functions::index(metadata);
        if let Some(fatal) = &index.fatal {
            return Err(HostError::Functions(vec![fatal.to_string()]));
        }
        index.disable(|name| config.disables(name));
        let mut errors = index.errors;
        let only = &config.host_json.functions;
        let wanted = |function: &Arc<Function>| {
            only.is_empty()
                || only
                    .iter()
                    .any(|name| name.eq_ignore_ascii_case(&function.name))
        };
        let services = Services::new(ground);
        let mut plans = BTreeMap::new();
        for function in index.functions.into_iter().filter(wanted) {
            let name = function.name.clone();
            match Plan::checked(function, &services, &|name| config.setting(name)) {
                Ok(plan) => {
                    plans.insert(name.to_ascii_lowercase(), Arc::new(plan));
                }
                Err(message) => errors.push(FunctionError {
                    function: name,
                    message,
                    listed: true,
                }),
            }
        }
        for error in &errors {
            ground
                .events
                .host(Level::Error, "Host.Startup", error.to_string());
        }
        if plans.is_empty() {
            return Err(if errors.is_empty() {
                HostError::NoFunctions
            } else {
                HostError::Functions(errors.iter().map(ToString::to_string).collect())
            });
        }
        let route_prefix = config.host_json.http.route_prefix.clone();
        let http = plans.values().map(|plan| plan.function());
        let http = http.filter(|function| function.http().is_some());
        let routes =
            http.map(|function| (function.name.as_str(), function.route(), function.methods()));
        let routes = RouteTable::new(&route_prefix, routes)
            .map_err(|error| HostError::Functions(vec![error.to_string()]))?;
        Ok(Self {
            plans,
            errors,
            routes,
            route_prefix,
            services,
        })
    }

    /// The messages with which the first worker is asked to load the functions, those that are disabled last.
    pub(crate) fn load_requests(&self) -> Vec<FunctionLoadRequest> {
        let mut functions: Vec<_> = self.plans.values().map(|plan| plan.function()).collect();
        functions.sort_by_key(|function| function.disabled);
        functions
            .into_iter()
            .map(|function| function.load_request())
            .collect()
    }

    /// The same messages for the workers after the first, which hear a little more from the real host.
    pub(crate) fn reload_requests(&self) -> Vec<FunctionLoadRequest> {
        let mut requests = self.load_requests();
        for request in &mut requests {
            let Some(metadata) = &mut request.metadata else {
                continue;
            };
            let plan = self.plans.get(&metadata.name.to_ascii_lowercase());
            let disabled = plan.is_some_and(|plan| plan.function().disabled);
            let text = if disabled { "True" } else { "False" };
            metadata
                .properties
                .insert("IsDisabled".to_owned(), text.to_owned());
        }
        requests
    }
}

/// The app, running.
#[derive(Debug)]
pub(crate) struct App {
    functions: Functions,
    pub(crate) dispatcher: Arc<Dispatcher>,
    capabilities: Capabilities,
    pub(crate) events: EventSink,
    pub(crate) started: Instant,
    /// The keys that requests need, if any.
    keys: Option<Arc<Keys>>,
    pub(crate) throttle: Throttle,
    /// Who waits for an answer.
    pub(crate) visits: Visits,
    /// The longest body of a request, in bytes.
    pub(crate) body_limit: usize,
    /// Headers that every answer gets.
    pub(crate) custom_headers: Vec<(HeaderName, HeaderValue)>,
}

/// The app that runs now, which is not ended before the visit is.
pub(crate) fn visit(current: &watch::Receiver<Arc<App>>) -> (Arc<App>, Visit) {
    // Borrowed meanwhile: no other app takes the place of this one before the visit counts.
    let app = current.borrow();
    (Arc::clone(&app), app.visits.begin())
}

/// The function that a request is for.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) plan: Arc<Plan>,
    values: Vec<(String, String)>,
    /// Whose key the request has.
    identity: Option<Identity>,
}

/// Why a request reaches no function.
#[derive(Debug)]
pub(crate) enum Astray {
    /// It cannot be routed at all.
    Invalid(FindError),
    /// It has no key for the function.
    Denied,
}

impl App {
    pub(crate) fn new(
        functions: Functions,
        dispatcher: Arc<Dispatcher>,
        capabilities: Capabilities,
        config: &Config,
        events: EventSink,
    ) -> Self {
        Self {
            functions,
            dispatcher,
            capabilities,
            events,
            started: Instant::now(),
            keys: config.keys.clone(),
            visits: Visits::new(),
            throttle: Throttle::new(&config.host_json.http),
            body_limit: config
                .setting(BODY_LIMIT)
                .and_then(|limit| limit.parse().ok())
                .unwrap_or(BODY),
            custom_headers: config
                .host_json
                .http
                .custom_headers
                .iter()
                .filter_map(|(name, value)| Some((name.parse().ok()?, value.parse().ok()?)))
                .collect(),
        }
    }

    /// The functions that run, by name.
    pub(crate) fn plans(&self) -> impl Iterator<Item = &Arc<Plan>> {
        self.functions.plans.values()
    }

    /// The function of this name, in any case.
    pub(crate) fn plan(&self, name: &str) -> Option<&Arc<Plan>> {
        self.functions.plans.get(&name.to_ascii_lowercase())
    }

    /// The functions that cannot run.
    pub(crate) fn errors(&self) -> &[FunctionError] {
        &self.functions.errors
    }

    pub(crate) fn services(&self) -> &Services {
        &self.functions.services
    }

    /// The path of a function's route, as it is written.
    pub(crate) fn path(&self, function: &Function) -> Option<String> {
        function.path(&self.functions.route_prefix)
    }

    /// The function that has the route of a request, unless it is disabled.
    ///
    /// # Errors
    ///
    /// [`Astray`] if the request cannot be routed at all, or has no key for the function.
    pub(crate) fn route(&self, parts: &Parts) -> Result<Option<Found>, Astray> {
        let target = parts
            .uri
            .path_and_query()
            .map_or("/", |target| target.as_str());
        let found = self.functions.routes.find(&parts.method, target);
        let Some(found) = found.map_err(Astray::Invalid)? else {
            return Ok(None);
        };
        let Some(plan) = self.plan(found.function) else {
            return Ok(None);
        };
        let function = plan.function();
        if function.disabled {
            return Ok(None);
        }
        let level = function.auth_level().unwrap_or_default();
        let identity = self.admit(parts, Target::Function(&function.name, level));
        Ok(Some(Found {
            plan: Arc::clone(plan),
            values: found.values,
            identity: identity.map_err(|_| Astray::Denied)?,
        }))
    }

    /// Whether a request may do what it wants, and whose key it has.
    ///
    /// # Errors
    ///
    /// [`Denied`] if it may not.
    pub(crate) fn admit(
        &self,
        parts: &Parts,
        target: Target<'_>,
    ) -> Result<Option<Identity>, Denied> {
        match &self.keys {
            Some(keys) => keys.admit(parts, target),
            None => Ok(None),
        }
    }

    /// The call for a request.
    pub(crate) fn http_call(
        &self,
        found: &Found,
        reason: &'static str,
        parts: &Parts,
        body: &Bytes,
    ) -> Call {
        let request = HttpRequest {
            parts,
            body,
            route_values: &found.values,
            scheme: "http",
        };
        let trigger = &found.plan.function().trigger().name;
        let mut message = request.to_rpc(self.capabilities);
        if let Some(identity) = &found.identity {
            message.identities = vec![identity.to_rpc()];
        }
        Call {
            plan: Arc::clone(&found.plan),
            reason,
            value: Data::Http(Box::new(message)).into(),
            metadata: request.trigger_metadata(trigger, self.capabilities),
            data: request.binding_data(),
            forward: None,
        }
    }

    /// Whether the worker has its own HTTP server.
    pub(crate) fn forwards(&self) -> bool {
        self.capabilities.http_uri
    }

    /// The call for a request that goes to the worker's own server. `body` is what is known of it before.
    pub(crate) fn forwarded_call(&self, found: &Found, parts: &Parts, body: &Bytes) -> Call {
        let request = HttpRequest {
            parts,
            body,
            route_values: &found.values,
            scheme: "http",
        };
        let trigger = &found.plan.function().trigger().name;
        let capabilities = Capabilities {
            // It is not in the invocation at all.
            request_removed_from_metadata: true,
            ..self.capabilities
        };
        Call {
            plan: Arc::clone(&found.plan),
            reason: BY_REQUEST,
            value: Data::Http(Box::new(request.to_forwarded_rpc(capabilities))).into(),
            metadata: request.trigger_metadata(trigger, capabilities),
            data: request.binding_data(),
            forward: None,
        }
    }

    /// The call that a person makes by giving a text for the trigger's data, and what there is at the place that the text names.
    ///
    /// # Errors
    ///
    /// [`InvokeError`] if there is no such function, or its trigger cannot make anything of the text.
    pub(crate) async fn call_by_hand(
        &self,
        name: &str,
        input: &str,
        content: Option<Bytes>,
    ) -> Result<Call, InvokeError> {
        let plan = self
            .plan(name)
            .ok_or_else(|| InvokeError::UnknownFunction(name.to_owned()))?;
        if let Some(path) = self.path(plan.function()) {
            return self.request_by_hand(plan, &path, input);
        }
        let event = match self.functions.services.trigger(plan.trigger().kind()) {
            Some(service) => match content {
                Some(content) => service.event_with_content(plan, input, content),
                None => service.event_by_hand(plan, input),
            }
            .await
            .map_err(InvokeError::Input)?,
            // A trigger that this host does not have: the text is all there is.
            None => trigger::Event {
                value: Data::String(input.to_owned()).into(),
                data: BindingData::from_iter(json_text::binding_data(
                    input,
                    &jiff::tz::TimeZone::UTC,
                )),
            },
        };
        Ok(Call::new(plan, BY_HAND, event))
    }

    /// A request to an HTTP function with a text for its body; parameters of the route have no values.
    fn request_by_hand(
        &self,
        plan: &Arc<Plan>,
        path: &str,
        input: &str,
    ) -> Result<Call, InvokeError> {
        let methods = plan.function().methods();
        let method = match methods {
            Some(methods)
                if !methods
                    .iter()
                    .any(|method| method.eq_ignore_ascii_case("post")) =>
            {
                methods.first().map_or("POST", String::as_str)
            }
            _ => "POST",
        };
        let kind = if json_text::looks_like_json(input) {
            "application/json"
        } else {
            "text/plain; charset=utf-8"
        };
        let target = format!("/{}", path.replace('{', "%7B").replace('}', "%7D"));
        let invalid = |error: http::Error| InvokeError::Input(error.to_string());
        let method = Method::from_bytes(method.to_ascii_uppercase().as_bytes())
            .map_err(|error| invalid(error.into()))?;
        let uri = Uri::try_from(target).map_err(|error| invalid(error.into()))?;
        let request = Request::builder()
            .method(method)
            .uri(uri)
            .header(header::HOST, "localhost")
            .header(header::CONTENT_TYPE, kind)
            .header(header::CONTENT_LENGTH, input.len())
            .body(())
            .map_err(invalid)?;
        let (parts, ()) = request.into_parts();
        let found = Found {
            plan: Arc::clone(plan),
            values: Vec::new(),
            identity: None,
        };
        let body = Bytes::copy_from_slice(input.as_bytes());
        Ok(self.http_call(&found, BY_HAND, &parts, &body))
    }

    /// Says what of the functions this host cannot do.
    pub(crate) fn warn(&self) {
        for plan in self.plans() {
            let name = plan.name();
            let warn = |text: String| {
                let category = format!("Function.{name}");
                let event = Event::new(EventKind::Host, Level::Warning, category, text);
                self.events.send(event.of_function(name));
            };
            let trigger = plan.trigger().kind();
            if plan.function().http().is_none() && self.services().trigger(trigger).is_none() {
                warn(format!(
                    "nothing triggers `{name}` here, for this host has no `{trigger}`; call it with `POST /admin/functions/{name}`"
                ));
            }
            if plan.function().retry.is_some() && plan.retry().is_none() {
                warn(format!(
                    "the retry policy of `{name}` is not heeded: a `{trigger}` has its own way to try again, or none"
                ));
            }
            for (binding, service) in plan.inputs() {
                let what = match service {
                    None if wire::mcp::named_by(binding.kind()).is_some() => continue,
                    None => "is empty",
                    Some(service) if service.only_records() => {
                        "is made up, and opens no connection"
                    }
                    Some(_) => continue,
                };
                warn(missing("input", binding, what));
            }
            for (binding, service) in plan.outputs() {
                let only_records = service.is_none_or(Service::only_records);
                if only_records && !binding.is("http") {
                    warn(missing("output", binding, "is shown, but not sent"));
                }
            }
        }
    }
}

/// What becomes of a binding whose service is not here.
fn missing(role: &str, binding: &Resolved, what: &str) -> String {
    format!(
        "the {role} `{}` {what}, for this host has no `{}`",
        binding.name(),
        binding.kind()
    )
}
