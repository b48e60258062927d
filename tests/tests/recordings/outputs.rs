//! Each recorded output of a worker, and what then lay in the storage services.

use std::collections::BTreeMap;

use azure_functions_host::{
    config::MessageEncoding,
    wire::{
        Answer,
        outputs::{blob_content, queue_messages},
        trigger::encode_message,
    },
};
use azure_functions_tests::recording::{Outcome, rows};
use serde::{Deserialize, de::IgnoredAny};

use crate::transcript::{Invocation, invocations};

/// What was found in the services.
#[derive(Deserialize)]
#[serde(untagged)]
enum Stored {
    Message {
        queue: String,
        raw: String,
    },
    NoQueue {
        queue: String,
        error: String,
    },
    Blob {
        blob: String,
        text: String,
    },
    /// Tables have no part in the embedded host's stores.
    Entity {
        #[serde(rename = "entity")]
        _entity: IgnoredAny,
    },
}

#[derive(Debug, Default)]
struct Services {
    queues: BTreeMap<String, Vec<String>>,
    blobs: BTreeMap<String, String>,
}

#[test]
fn outputs() {
    let mut ours = Services::default();
    for invocation in invocations("outputs.jsonl") {
        store(&invocation, &mut ours);
    }
    let mut recorded = Services::default();
    let mut missing = Vec::new();
    for stored in rows("transcripts/outputs.stored.jsonl") {
        match stored {
            Stored::Message { queue, raw } => recorded.queues.entry(queue).or_default().push(raw),
            Stored::NoQueue { queue, error } => {
                assert_eq!(error, "QueueNotFound");
                missing.push(queue);
            }
            Stored::Blob { blob, text } => {
                recorded.blobs.insert(blob, text);
            }
            Stored::Entity { .. } => (),
        }
    }
    let mut outcome = Outcome::new();
    for (queue, messages) in &recorded.queues {
        let ours = ours.queues.remove(queue);
        let same = ours.as_ref() == Some(messages);
        outcome.case(
            queue,
            (!same).then(|| format!("{ours:?} is not {messages:?}")),
        );
    }
    for (blob, text) in &recorded.blobs {
        let ours = ours.blobs.remove(blob);
        let same = ours.as_ref() == Some(text);
        outcome.case(blob, (!same).then(|| format!("{ours:?} is not {text:?}")));
    }
    for queue in missing {
        outcome.case(queue, None);
    }
    for (name, what) in ours.queues {
        outcome.case(
            name,
            Some(format!("{what:?} was not stored by the real host")),
        );
    }
    for (name, what) in ours.blobs {
        outcome.case(
            name,
            Some(format!("{what:?} was not stored by the real host")),
        );
    }
    outcome.finish(&[]);
}

/// Does what the outputs of an invocation say; one that fails stores nothing.
fn store(invocation: &Invocation, services: &mut Services) {
    let response = invocation.response.clone().expect("the worker answered");
    let has_return = invocation
        .bindings
        .iter()
        .any(|binding| binding["name"] == "$return");
    let Ok(answer) = Answer::read(response, has_return) else {
        return;
    };
    let text = |binding: &serde_json::Value, name: &str| -> String {
        let text = binding[name].as_str().expect("a text");
        let path = invocation.target().unwrap_or_default();
        let last = path.rsplit('/').next().unwrap_or_default();
        text.replace("{name}", last)
    };
    for binding in invocation.bindings_of("queue") {
        let Some(output) = answer.output(&text(binding, "name")) else {
            continue;
        };
        let messages = queue_messages(output).unwrap_or_default();
        for message in messages {
            let body = encode_message(&message, MessageEncoding::Base64);
            let body = String::from_utf8(body.to_vec()).expect("base64");
            let queue = services.queues.entry(text(binding, "queueName"));
            queue.or_default().push(body);
        }
    }
    for binding in invocation.bindings_of("blob") {
        if let (Some(output), "out") = (
            answer.output(&text(binding, "name")),
            binding["direction"].as_str().unwrap_or_default(),
        ) {
            let content = blob_content(output).expect("no test stores a response");
            let content = String::from_utf8(content.to_vec()).expect("text");
            services.blobs.insert(text(binding, "path"), content);
        }
    }
}
