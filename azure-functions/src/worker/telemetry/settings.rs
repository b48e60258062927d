//! The app settings that say where traces and logs go: those that OpenTelemetry defines, and two switches.
//!
//! They are read here, and not by the SDK, because they may come with the host's environment reload. The host's own
//! OpenTelemetry reads the same settings and has the same defaults.

use std::time::Duration;

use opentelemetry_sdk::trace::Sampler;
use percent_encoding::percent_decode_str;

/// How long one export may take, when the settings do not say.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Where traces and logs go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Settings {
    pub(super) traces: Option<Target>,
    pub(super) logs: Option<Target>,
    /// The name and the argument of the sampler.
    sampler: Option<(String, Option<String>)>,
    /// All that the resource is made of.
    pub(super) resource: Vec<(&'static str, String)>,
}

/// A collector, as one kind of data reaches it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) uri: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) timeout: Duration,
}

impl Settings {
    /// What the settings say, which `var` gives by their names; `None` if nothing is to be exported.
    ///
    /// # Errors
    ///
    /// When they ask for something that there is not.
    pub(super) fn read(var: impl Fn(&str) -> Option<String>) -> Result<Option<Self>, String> {
        let var = |name: &str| var(name).filter(|value| !value.trim().is_empty());
        let is_true = |name| var(name).is_some_and(|value| value.eq_ignore_ascii_case("true"));
        if is_true("OTEL_SDK_DISABLED") || is_true("AZURE_FUNCTIONS_WORKER_OPENTELEMETRY_DISABLED")
        {
            return Ok(None);
        }
        let traces = target("TRACES", var)?;
        let logs = target("LOGS", var)?;
        if traces.is_none() && logs.is_none() {
            return Ok(None);
        }
        let sampler = var("OTEL_TRACES_SAMPLER").map(|name| (name, var("OTEL_TRACES_SAMPLER_ARG")));
        let settings = Self {
            traces,
            logs,
            sampler,
            resource: super::resource::VARIABLES
                .into_iter()
                .filter_map(|name| Some((name, var(name)?)))
                .collect(),
        };
        settings.sampler()?;
        Ok(Some(settings))
    }

    /// Which traces are exported: those of which the host says so, unless the settings say otherwise.
    pub(super) fn sampler(&self) -> Result<Sampler, String> {
        let (name, argument) = match &self.sampler {
            None => ("parentbased_always_on", None),
            Some((name, argument)) => (name.as_str(), argument.as_deref()),
        };
        let (parent_based, root) = match name.strip_prefix("parentbased_") {
            Some(root) => (true, root),
            None => (false, name),
        };
        let root = match root {
            "always_on" => Sampler::AlwaysOn,
            "always_off" => Sampler::AlwaysOff,
            "traceidratio" => Sampler::TraceIdRatioBased(match argument {
                None => 1.0,
                Some(argument) => argument
                    .parse()
                    .ok()
                    .filter(|ratio| (0.0..=1.0).contains(ratio))
                    .ok_or_else(|| {
                        format!("`OTEL_TRACES_SAMPLER_ARG` is `{argument}`, which is no ratio; give a number from 0 to 1")
                    })?,
            }),
            _ => {
                return Err(format!(
                    "`OTEL_TRACES_SAMPLER` is `{name}`, which is not known; use `parentbased_always_on`, `always_on`, \
                     `always_off` or `traceidratio`"
                ));
            }
        };
        Ok(if parent_based {
            Sampler::ParentBased(Box::new(root))
        } else {
            root
        })
    }
}

/// Where one kind of data goes; `None` if nowhere.
fn target(kind: &str, var: impl Fn(&str) -> Option<String>) -> Result<Option<Target>, String> {
    let own_or_common = |suffix: &str| {
        let own = format!("OTEL_EXPORTER_OTLP_{kind}_{suffix}");
        var(&own).map(|value| (own, value)).or_else(|| {
            let common = format!("OTEL_EXPORTER_OTLP_{suffix}");
            var(&common).map(|value| (common, value))
        })
    };
    let exporter = format!("OTEL_{kind}_EXPORTER");
    match var(&exporter).as_deref() {
        None | Some("otlp") => {}
        Some("none") => return Ok(None),
        Some(other) => {
            return Err(format!(
                "`{exporter}` is `{other}`; this worker has only `otlp` and `none`"
            ));
        }
    }
    let Some((name, endpoint)) = own_or_common("ENDPOINT") else {
        return Ok(None);
    };
    if let Some((protocol, value)) = own_or_common("PROTOCOL")
        && value != "grpc"
    {
        return Err(format!(
            "`{protocol}` is `{value}`, and this worker speaks `grpc`; set it to that, or give the app providers of your own"
        ));
    }
    let uri = if endpoint.contains("://") {
        endpoint
    } else {
        format!("http://{endpoint}")
    };
    if uri.starts_with("https://") && !cfg!(feature = "opentelemetry-tls") {
        return Err(format!(
            "`{name}` is `{uri}`, which needs TLS; build the app with the feature `opentelemetry-tls`"
        ));
    }
    let timeout = own_or_common("TIMEOUT")
        .and_then(|(_, value)| value.parse().ok())
        .map_or(TIMEOUT, Duration::from_millis);
    let headers = own_or_common("HEADERS")
        // The exporter reads the process's own by itself.
        .filter(|(name, _)| std::env::var_os(name).is_none())
        .map(|(_, value)| pairs(&value).collect())
        .unwrap_or_default();
    Ok(Some(Target {
        uri,
        headers,
        timeout,
    }))
}

/// The pairs of `a=1,b=2`, with their values decoded.
pub(super) fn pairs(text: &str) -> impl Iterator<Item = (String, String)> {
    text.split(',').filter_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        let value = percent_decode_str(value.trim()).decode_utf8_lossy();
        Some((name.trim().to_owned(), value.into_owned()))
    })
}

#[cfg(test)]
mod tests {
    use super::{Settings, Target};

    #[track_caller]
    fn check(variables: &[(&str, &str)], expected: &str) {
        let read = Settings::read(|name| {
            let found = variables.iter().find(|(variable, _)| *variable == name);
            found.map(|(_, value)| (*value).to_owned())
        });
        let target = |target: Option<Target>| match target {
            None => "nowhere".to_owned(),
            Some(target) => format!("{} {:?} {:?}", target.uri, target.headers, target.timeout),
        };
        let text = match read {
            Err(error) => format!("error: {error}"),
            Ok(None) => "off".to_owned(),
            Ok(Some(settings)) => format!(
                "traces: {}; logs: {}; {:?}",
                target(settings.traces.clone()),
                target(settings.logs.clone()),
                settings.sampler().unwrap(),
            ),
        };
        assert_eq!(text, expected, "{variables:?}");
    }

    #[test]
    fn read() {
        const ENDPOINT: (&str, &str) = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:4317");
        const BOTH: &str =
            "traces: http://c:4317 [] 10s; logs: http://c:4317 [] 10s; ParentBased(AlwaysOn)";
        check(&[], "off");
        check(&[("OTEL_EXPORTER_OTLP_ENDPOINT", " ")], "off");
        check(&[ENDPOINT], BOTH);
        check(&[ENDPOINT, ("OTEL_SDK_DISABLED", "false")], BOTH);
        check(&[ENDPOINT, ("OTEL_SDK_DISABLED", "True")], "off");
        check(
            &[
                ENDPOINT,
                ("AZURE_FUNCTIONS_WORKER_OPENTELEMETRY_DISABLED", "true"),
            ],
            "off",
        );
        check(
            &[("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "c:1")],
            "traces: http://c:1 [] 10s; logs: nowhere; ParentBased(AlwaysOn)",
        );
        check(
            &[
                ENDPOINT,
                ("OTEL_LOGS_EXPORTER", "none"),
                ("OTEL_EXPORTER_OTLP_HEADERS", "api-key=a%20b, x = y,bad"),
                ("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "250"),
                ("OTEL_TRACES_SAMPLER", "traceidratio"),
                ("OTEL_TRACES_SAMPLER_ARG", "0.5"),
            ],
            r#"traces: http://c:4317 [("api-key", "a b"), ("x", "y")] 250ms; logs: nowhere; TraceIdRatioBased(0.5)"#,
        );
        check(
            &[ENDPOINT, ("OTEL_TRACES_SAMPLER", "always_off")],
            "traces: http://c:4317 [] 10s; logs: http://c:4317 [] 10s; AlwaysOff",
        );
    }

    #[test]
    fn mistakes() {
        const ENDPOINT: (&str, &str) = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:4317");
        check(
            &[ENDPOINT, ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")],
            "error: `OTEL_EXPORTER_OTLP_PROTOCOL` is `http/protobuf`, and this worker speaks `grpc`; set it to that, or give the app providers of your own",
        );
        check(
            &[ENDPOINT, ("OTEL_TRACES_EXPORTER", "zipkin")],
            "error: `OTEL_TRACES_EXPORTER` is `zipkin`; this worker has only `otlp` and `none`",
        );
        check(
            &[
                ENDPOINT,
                ("OTEL_TRACES_SAMPLER", "parentbased_traceidratio"),
                ("OTEL_TRACES_SAMPLER_ARG", "7"),
            ],
            "error: `OTEL_TRACES_SAMPLER_ARG` is `7`, which is no ratio; give a number from 0 to 1",
        );
        check(
            &[ENDPOINT, ("OTEL_TRACES_SAMPLER", "some")],
            "error: `OTEL_TRACES_SAMPLER` is `some`, which is not known; use `parentbased_always_on`, `always_on`, `always_off` or `traceidratio`",
        );
        #[cfg(not(feature = "opentelemetry-tls"))]
        check(
            &[("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", "https://c")],
            "error: `OTEL_EXPORTER_OTLP_LOGS_ENDPOINT` is `https://c`, which needs TLS; build the app with the feature `opentelemetry-tls`",
        );
    }
}
