//! Events for every trigger, as the services behind them send them, for whoever wants to see a function run.

mod arguments;
mod route;

use serde_json::{Map, Value};

pub(crate) use self::route::{RouteError, escape, fill, parameters};

/// Events for one type of trigger. The first is the one that is taken if none is named.
#[derive(Debug)]
struct Samples {
    /// The type of the trigger, as the host spells it.
    trigger: &'static str,
    /// Names and texts.
    events: &'static [(&'static str, &'static str)],
    /// Members that are what a property of the binding says: pointers into the event, and the properties.
    members: &'static [(&'static str, &'static str)],
}

macro_rules! sample {
    ($file:literal) => {
        include_str!(concat!("samples/", $file))
    };
}

const fn samples(
    trigger: &'static str,
    events: &'static [(&'static str, &'static str)],
    members: &'static [(&'static str, &'static str)],
) -> Samples {
    Samples {
        trigger,
        events,
        members,
    }
}

const SAMPLES: &[Samples] = &[
    // What an activity takes is its own affair; this is a text as JSON.
    samples("activityTrigger", &[("input", "\"sample\"\n")], &[]),
    // The place of a blob is made of the binding, and this is what there is.
    samples("blobTrigger", &[("blob", sample!("blobTrigger.txt"))], &[]),
    samples(
        "cosmosDBTrigger",
        &[("documents", sample!("cosmosDBTrigger.json"))],
        &[],
    ),
    samples(
        "daprBindingTrigger",
        &[("event", sample!("daprBindingTrigger.json"))],
        &[],
    ),
    samples(
        "daprServiceInvocationTrigger",
        &[("call", sample!("daprServiceInvocationTrigger.json"))],
        &[],
    ),
    samples(
        "daprTopicTrigger",
        &[("message", sample!("daprTopicTrigger.json"))],
        &[("/topic", "topic"), ("/pubsubname", "pubSubName")],
    ),
    samples(
        "eventGridTrigger",
        &[
            ("event", sample!("eventGridTrigger.json")),
            ("cloud-event", sample!("eventGridTrigger.cloud-event.json")),
        ],
        &[],
    ),
    samples(
        "eventHubTrigger",
        &[("event", sample!("eventHubTrigger.json"))],
        &[],
    ),
    // A body for the methods that have one; the route is filled in besides.
    samples("httpTrigger", &[("body", "{ \"name\": \"Azure\" }\n")], &[]),
    samples(
        "kafkaTrigger",
        &[("record", sample!("kafkaTrigger.json"))],
        &[("/Topic", "topic")],
    ),
    samples(
        "mcpPromptTrigger",
        &[("call", sample!("mcpPromptTrigger.json"))],
        &[("/name", "promptName")],
    ),
    samples(
        "mcpResourceTrigger",
        &[("call", sample!("mcpResourceTrigger.json"))],
        &[("/uri", "uri")],
    ),
    samples(
        "mcpToolTrigger",
        &[("call", sample!("mcpToolTrigger.json"))],
        &[("/name", "toolName")],
    ),
    samples(
        "mysqlTrigger",
        &[("changes", sample!("sqlTrigger.json"))],
        &[],
    ),
    samples(
        "queueTrigger",
        &[("message", sample!("queueTrigger.json"))],
        &[],
    ),
    samples(
        "rabbitMQTrigger",
        &[("message", sample!("queueTrigger.json"))],
        &[],
    ),
    samples(
        "redisListTrigger",
        &[("element", sample!("redisListTrigger.txt"))],
        &[],
    ),
    samples(
        "redisPubSubTrigger",
        &[("message", sample!("redisPubSubTrigger.json"))],
        &[("/Channel", "channel"), ("/SubscriptionChannel", "channel")],
    ),
    samples(
        "redisStreamTrigger",
        &[("entry", sample!("redisStreamTrigger.json"))],
        &[],
    ),
    samples(
        "serviceBusTrigger",
        &[("message", sample!("queueTrigger.json"))],
        &[],
    ),
    samples(
        "signalRTrigger",
        &[("message", sample!("signalRTrigger.json"))],
        &[
            ("/Hub", "hubName"),
            ("/Event", "event"),
            ("/Category", "category"),
        ],
    ),
    samples(
        "sqlTrigger",
        &[("changes", sample!("sqlTrigger.json"))],
        &[],
    ),
    // The host makes what these two hand over.
    samples("timerTrigger", &[("tick", "")], &[]),
    samples("warmupTrigger", &[("instance", "")], &[]),
    samples(
        "webPubSubTrigger",
        &[("event", sample!("webPubSubTrigger.json"))],
        &[
            ("/connectionContext/hub", "hub"),
            ("/connectionContext/eventType", "eventType"),
            ("/connectionContext/eventName", "eventName"),
        ],
    ),
];

/// For triggers that nothing more is known of.
const OTHER: Samples = samples("", &[("payload", sample!("other.json"))], &[]);

/// There is no event of that name.
#[derive(Debug)]
pub(crate) struct NoSample {
    /// The names of those that there are.
    pub(crate) known: Vec<&'static str>,
}

/// Whether the host makes up itself what the trigger hands over.
pub(crate) fn needs_nothing(trigger: &str) -> bool {
    ["timerTrigger", "warmupTrigger"]
        .iter()
        .any(|own| own.eq_ignore_ascii_case(trigger))
}

/// Whether an event of the trigger is JSON in any case.
pub(crate) fn is_json(trigger: &str) -> bool {
    const JSON: &[&str] = &[
        "activityTrigger",
        "cosmosDBTrigger",
        "eventGridTrigger",
        "mcpPromptTrigger",
        "mcpResourceTrigger",
        "mcpToolTrigger",
        "mysqlTrigger",
        "signalRTrigger",
        "sqlTrigger",
    ];
    JSON.iter().any(|own| own.eq_ignore_ascii_case(trigger))
}

/// The event of that name for a trigger, or the first if the name is empty; it says what the trigger says, and the `others` of the function.
///
/// # Errors
///
/// There is none of that name.
pub(crate) fn find(
    binding: &Map<String, Value>,
    others: &[Map<String, Value>],
    name: &str,
) -> Result<String, NoSample> {
    let kind = text(binding, "type").unwrap_or_default();
    let own = SAMPLES
        .iter()
        .find(|samples| samples.trigger.eq_ignore_ascii_case(kind));
    let samples = own.unwrap_or(&OTHER);
    let mut events = samples.events.iter();
    let found = events.find(|(own, _)| name.is_empty() || *own == name);
    let Some((_, event)) = found else {
        return Err(NoSample {
            known: samples.events.iter().map(|(name, _)| *name).collect(),
        });
    };
    let event = event.trim_end();
    if samples.members.is_empty() {
        return Ok(event.to_owned());
    }
    let Ok(mut value) = serde_json::from_str::<Value>(event) else {
        return Ok(event.to_owned());
    };
    for (pointer, property) in samples.members {
        if let (Some(member), Some(said)) = (value.pointer_mut(pointer), text(binding, property)) {
            *member = said.into();
        }
    }
    if let Some(arguments) = value.get_mut("arguments") {
        *arguments = arguments::of(binding, others).into();
    }
    Ok(value.to_string())
}

/// A blob that the path of a trigger fits.
pub(crate) fn blob(path: &str) -> String {
    let mut blob = String::new();
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('{') {
        blob.push_str(before);
        rest = match (after.strip_prefix('{'), after.split_once('}')) {
            (Some(after), _) => {
                blob.push('{');
                after
            }
            (None, Some((_, after))) => {
                blob.push_str("sample");
                after
            }
            (None, None) => "",
        };
    }
    blob.push_str(rest);
    blob.replace("}}", "}")
}

/// The text of a member, whatever the case of its name.
pub(crate) fn text<'m>(members: &'m Map<String, Value>, name: &str) -> Option<&'m str> {
    let mut all = members.iter();
    let (_, value) = all.find(|(own, _)| own.eq_ignore_ascii_case(name))?;
    value.as_str()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn binding(value: Value) -> Map<String, Value> {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn every_event_that_has_to_be_json_is() {
        for samples in SAMPLES {
            for (name, event) in samples.events {
                let reads = serde_json::from_str::<Value>(event).is_ok();
                assert!(
                    reads || (!is_json(samples.trigger) && samples.members.is_empty()),
                    "{} {name}",
                    samples.trigger
                );
            }
        }
    }

    #[test]
    fn members_are_those_of_the_binding() {
        let hub = binding(json!({ "type": "SIGNALRtrigger", "hubName": "chat", "event": "say" }));
        let event: Value = serde_json::from_str(&find(&hub, &[], "").unwrap()).unwrap();
        assert_eq!(event["Hub"], "chat");
        assert_eq!(event["Event"], "say");
        assert_eq!(event["Category"], "messages");
        assert_eq!(find(&hub, &[], "entry").unwrap_err().known, ["message"]);
        let unknown = binding(json!({ "type": "kustoTrigger" }));
        assert_eq!(
            find(&unknown, &[], "").unwrap(),
            OTHER.events[0].1.trim_end()
        );
    }

    #[test]
    fn blobs_fit_their_paths() {
        for (path, blob_path) in [
            ("in/{name}", "in/sample"),
            ("in/{name}.{ext}", "in/sample.sample"),
            ("in/{{{name}}}.txt", "in/{sample}.txt"),
            ("in/fixed", "in/fixed"),
            ("in/{broken", "in/"),
        ] {
            assert_eq!(blob(path), blob_path, "{path}");
        }
    }
}
