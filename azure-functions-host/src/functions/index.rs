//! From the worker's answer to functions: what the host accepts, refuses and dies of.

use std::{cmp::Ordering, error::Error, fmt, sync::Arc, time::Duration};

use azure_functions_shared::{
    names::is_function_name,
    rpc::{
        RpcException, RpcFunctionMetadata, RpcRetryOptions, rpc_retry_options::RetryStrategy,
        status_result::Status,
    },
};

use super::{Binding, Direction, Function, HttpTrigger};
use crate::{
    dotnet::eq_ignore_case,
    route::{Claims, route_of},
    schedule::Schedule,
};

/// What the host makes of a worker's functions.
#[derive(Debug, Default)]
pub struct Index {
    /// The functions that work, in the worker's order.
    pub functions: Vec<Arc<Function>>,
    /// The functions that do not; the others work nevertheless.
    pub errors: Vec<FunctionError>,
    /// Why the whole host answers 503, if it does.
    pub fatal: Option<Fatal>,
}

/// A function that the host refuses.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FunctionError {
    /// The function's name.
    pub function: String,
    /// What is wrong with it, in the host's own words where those help.
    pub message: String,
    /// Whether the admin interface lists the function nevertheless, as one in error.
    pub listed: bool,
}

impl fmt::Display for FunctionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "The '{}' function is in error: {}",
            self.function, self.message
        )
    }
}

impl Error for FunctionError {}

/// What stops the whole host.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Fatal {
    /// Two functions have names that differ only in case.
    Names(String, String),
    /// Two functions have the same id.
    Ids(String, String),
}

impl fmt::Display for Fatal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Names(first, second) => write!(
                f,
                "the names of functions `{first}` and `{second}` differ only in case, which stops the whole host: rename one of them"
            ),
            Self::Ids(first, second) => write!(
                f,
                "functions `{first}` and `{second}` have the same id, which stops the whole host: give each its own id"
            ),
        }
    }
}

impl Error for Fatal {}

/// Makes functions of the results that a worker sent.
///
/// A binding of a type that is not emulated here is good; its function is just never triggered by it.
pub fn index(results: Vec<RpcFunctionMetadata>) -> Index {
    let mut index = Index::default();
    let mut functions: Vec<Function> = Vec::with_capacity(results.len());
    for metadata in results {
        let name = metadata.name.clone();
        let function = match read_bindings(&metadata) {
            Ok(bindings) => build(metadata, bindings).map_err(|message| (message, true)),
            Err(message) => Err((message, false)),
        };
        match function {
            Ok(function) if functions.iter().any(|other| other.name == name) => {
                index.errors.push(FunctionError {
                    message: format!(
                        "The function or proxy name '{name}' must be unique within the function app."
                    ),
                    function: function.name,
                    listed: true,
                });
            }
            Ok(function) => functions.push(function),
            Err((message, listed)) => index.errors.push(FunctionError {
                function: name,
                message,
                listed,
            }),
        }
    }
    index.fatal = find_fatal(&functions);
    index.errors.extend(refuse_routes(&mut functions));
    index.functions = functions.into_iter().map(Arc::new).collect();
    index
}

/// The bindings of a function whose name, script and bindings are good each by itself.
fn read_bindings(metadata: &RpcFunctionMetadata) -> Result<Vec<Binding>, String> {
    if !is_function_name(&metadata.name) {
        return Err(format!("'{}' is not a valid function name.", metadata.name));
    }
    if metadata.script_file.is_empty() {
        return Err("Unable to determine the primary function script. Make sure at least one script file is present. Try renaming your entry point script to 'run' or alternatively you can specify the name of the entry point script explicitly by adding a 'scriptFile' property to your function metadata.".to_owned());
    }
    let bindings = metadata
        .raw_bindings
        .iter()
        .map(|json| Binding::parse(json))
        .collect::<Result<Vec<_>, _>>()?;
    if bindings.is_empty() {
        return Err("At least one binding must be declared.".to_owned());
    }
    for (at, binding) in bindings.iter().enumerate() {
        binding.check_name()?;
        let mut earlier = bindings.iter().take(at);
        if earlier.any(|other| other.name.eq_ignore_ascii_case(&binding.name)) {
            return Err(format!(
                "Multiple bindings with name '{}' discovered. Binding names must be unique.",
                binding.name
            ));
        }
    }
    if !bindings.iter().any(Binding::is_trigger) {
        return Err(
            "No trigger binding specified. A function must have a trigger input binding."
                .to_owned(),
        );
    }
    Ok(bindings)
}

/// The function, if its bindings fit together.
fn build(metadata: RpcFunctionMetadata, bindings: Vec<Binding>) -> Result<Function, String> {
    let mut triggers = bindings.iter().enumerate();
    let mut triggers = triggers
        .by_ref()
        .filter(|(_, binding)| binding.is_trigger());
    let (Some((at, trigger)), None) = (triggers.next(), triggers.next()) else {
        return Err(
            "Multiple trigger bindings defined. A function can only have a single trigger binding."
                .to_owned(),
        );
    };
    let http = if trigger.is("httpTrigger") {
        Some(read_http(&metadata.name, trigger)?)
    } else {
        None
    };
    if trigger.is("timerTrigger") {
        check_timer(&metadata.name, trigger)?;
    }
    if let Some(retry) = &metadata.retry_options {
        check_retry(retry)?;
    }
    let failure = metadata
        .status
        .filter(|status| status.status() == Status::Failure)
        .map(|status| status.exception.unwrap_or_else(RpcException::default));
    Ok(Function {
        name: metadata.name,
        id: metadata.function_id,
        script_file: metadata.script_file,
        entry_point: metadata.entry_point,
        directory: metadata.directory,
        bindings,
        disabled: false,
        retry: metadata.retry_options,
        properties: metadata.properties,
        failure,
        trigger: at,
        http,
    })
}

fn read_http(function: &str, trigger: &Binding) -> Result<HttpTrigger, String> {
    if trigger.direction == Direction::Inout {
        return Err("Multiple bindings cannot be designated as HandlesReturnValue. Sequence contains more than one matching element.".to_owned());
    }
    let http = HttpTrigger::new(trigger)?;
    // These two are taken: they carry parts of the request beside the parameter.
    if ["Query", "Headers"].contains(&trigger.name.as_str()) {
        return Err(format!(
            "Microsoft.Azure.WebJobs.Host: Error indexing method 'Functions.{function}'. Microsoft.Azure.WebJobs.Host: Can't bind parameter '{}' to type 'Microsoft.AspNetCore.Http.HttpRequest'.",
            trigger.name
        ));
    }
    Ok(http)
}

/// A schedule that names a setting is left to the timer, which knows the settings.
fn check_timer(function: &str, trigger: &Binding) -> Result<(), String> {
    let schedule = trigger.text("schedule").ok_or_else(|| {
        format!(
            "the timer trigger '{}' has no schedule: give it a `schedule`",
            trigger.name
        )
    })?;
    if !schedule.contains('%') && Schedule::parse(schedule).is_err() {
        return Err(format!(
            "Microsoft.Azure.WebJobs.Host: Error indexing method 'Functions.{function}'. Microsoft.Azure.WebJobs.Extensions: The schedule expression '{schedule}' was not recognized as a valid cron expression or timespan string."
        ));
    }
    Ok(())
}

fn check_retry(retry: &RpcRetryOptions) -> Result<(), String> {
    let null = |name: &str| format!("Value cannot be null. (Parameter '{name}').");
    match retry.retry_strategy() {
        RetryStrategy::FixedDelay => {
            retry.delay_interval.ok_or_else(|| null("DelayInterval"))?;
        }
        RetryStrategy::ExponentialBackoff => {
            let minimum = retry
                .minimum_interval
                .ok_or_else(|| null("MinimumInterval"))?;
            let maximum = retry
                .maximum_interval
                .ok_or_else(|| null("MaximumInterval"))?;
            let order = Duration::try_from(minimum)
                .ok()
                .zip(Duration::try_from(maximum).ok())
                .map(|(minimum, maximum)| minimum.cmp(&maximum));
            if !matches!(order, Some(Ordering::Less | Ordering::Equal)) {
                return Err(
                    "the retry's minimum interval is negative or above its maximum: swap them"
                        .to_owned(),
                );
            }
        }
    }
    Ok(())
}

fn find_fatal(functions: &[Function]) -> Option<Fatal> {
    functions.iter().enumerate().find_map(|(at, second)| {
        functions.iter().take(at).find_map(|first| {
            let names = || (first.name.clone(), second.name.clone());
            if eq_ignore_case(&first.name, &second.name) {
                let (first, second) = names();
                Some(Fatal::Names(first, second))
            } else if first.id == second.id {
                let (first, second) = names();
                Some(Fatal::Ids(first, second))
            } else {
                None
            }
        })
    })
}

/// Takes out the functions whose routes are taken. The names decide who comes first, not the worker's order.
fn refuse_routes(functions: &mut Vec<Function>) -> Vec<FunctionError> {
    let mut by_name: Vec<&Function> = functions
        .iter()
        .filter(|function| function.http().is_some())
        .collect();
    by_name.sort_by_key(|function| function.name.to_ascii_uppercase());
    let mut claims = Claims::default();
    let mut errors = Vec::new();
    for function in by_name {
        let route = route_of(&function.name, function.route());
        if let Err(refusal) = claims.claim(&function.name, route, function.methods()) {
            errors.push(FunctionError {
                function: function.name.clone(),
                message: refusal.to_string(),
                listed: true,
            });
        }
    }
    functions.retain(|function| !errors.iter().any(|error| error.function == function.name));
    errors
}

#[cfg(test)]
mod tests {
    use azure_functions_shared::rpc::{
        RpcException, RpcFunctionMetadata, RpcRetryOptions, StatusResult,
        rpc_retry_options::RetryStrategy, status_result::Status,
    };

    use super::{Fatal, check_retry, index};

    fn timer(name: &str, id: &str) -> RpcFunctionMetadata {
        RpcFunctionMetadata {
            name: name.to_owned(),
            function_id: id.to_owned(),
            script_file: "app".to_owned(),
            raw_bindings: vec![r#"{"type":"timerTrigger","name":"t","schedule":"%S%"}"#.to_owned()],
            ..RpcFunctionMetadata::default()
        }
    }

    #[test]
    fn what_stops_the_host() {
        let names = |first: &str, second: &str| (first.to_owned(), second.to_owned());
        for (first, second, fatal) in [
            (("a", "1"), ("b", "2"), None),
            (("a", "1"), ("A", "2"), Some(true)),
            (("a", "1"), ("b", "1"), Some(false)),
            (("a", ""), ("b", ""), Some(false)),
        ] {
            let found = index(vec![timer(first.0, first.1), timer(second.0, second.1)]);
            let (a, b) = names(first.0, second.0);
            let expected = fatal.map(|is_name| {
                if is_name {
                    Fatal::Names(a, b)
                } else {
                    Fatal::Ids(a, b)
                }
            });
            assert_eq!(found.fatal, expected, "{first:?} {second:?}");
        }
    }

    #[test]
    fn disabled_and_failed_functions_stay() {
        let failed = RpcFunctionMetadata {
            status: Some(StatusResult {
                status: Status::Failure.into(),
                exception: Some(RpcException {
                    message: "no".to_owned(),
                    ..RpcException::default()
                }),
                ..StatusResult::default()
            }),
            ..timer("b", "2")
        };
        let mut found = index(vec![timer("a", "1"), failed]);
        found.disable(|name| name == "a");
        let seen: Vec<_> = found
            .functions
            .iter()
            .map(|function| {
                let failure = function.failure.as_ref();
                (
                    function.disabled,
                    failure.map(|exception| exception.message.as_str()),
                )
            })
            .collect();
        assert_eq!(seen, [(true, None), (false, Some("no"))]);
    }

    #[test]
    fn retries() {
        for (strategy, delay, minimum, maximum, expected) in [
            (RetryStrategy::FixedDelay, Some(1), None, None, ""),
            (RetryStrategy::FixedDelay, None, None, None, "DelayInterval"),
            (
                RetryStrategy::ExponentialBackoff,
                None,
                Some(1),
                Some(1),
                "",
            ),
            (
                RetryStrategy::ExponentialBackoff,
                None,
                Some(1),
                None,
                "MaximumInterval",
            ),
            (
                RetryStrategy::ExponentialBackoff,
                None,
                Some(2),
                Some(1),
                "above its maximum",
            ),
        ] {
            let duration = |seconds: Option<i64>| {
                seconds.map(|seconds| prost_types::Duration { seconds, nanos: 0 })
            };
            let found = check_retry(&RpcRetryOptions {
                max_retry_count: 3,
                delay_interval: duration(delay),
                minimum_interval: duration(minimum),
                maximum_interval: duration(maximum),
                retry_strategy: strategy.into(),
            });
            let message = found.err().unwrap_or_default();
            assert!(message.contains(expected), "{strategy:?}: {message}");
            assert_eq!(message.is_empty(), expected.is_empty(), "{message}");
        }
    }
}
