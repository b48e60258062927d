//! What is checked while a function compiles, held against what a real host does with the same text when it runs.
//!
//! [`Syntax::check`] is the `const fn` that the macro's checks call.

use azure_functions::Syntax;
use serde::Deserialize;
use serde_json::Value;

use crate::support::{Difference, Outcome, rows};

/// What the recorded host did with a text.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Host {
    Takes,
    Refuses,
    /// It refuses it for a reason that is not in the text: a setting or a value that was not there.
    Lacks,
}

impl Host {
    fn of(takes: bool) -> Self {
        if takes { Self::Takes } else { Self::Refuses }
    }
}

/// Adds a case. A text that lacks something may be refused here too: nothing that works there is lost.
fn case(outcome: &mut Outcome, key: String, ours: Result<(), &'static str>, host: Host) {
    let agree = match host {
        Host::Takes => ours.is_ok(),
        Host::Refuses => ours.is_err(),
        Host::Lacks => true,
    };
    let difference = (!agree).then(|| format!("{ours:?}; the host: {host:?}"));
    outcome.case(key, difference);
}

#[test]
fn schedules() {
    #[derive(Deserialize)]
    struct Row {
        expr: String,
        kind: String,
    }
    let mut outcome = Outcome::new();
    for row in rows::<Row>("ncrontab.jsonl") {
        let ours = Syntax::Schedule.check(&row.expr, false);
        let host = match row.kind.as_str() {
            "invalid" if row.expr.contains('%') => Host::Lacks,
            kind => Host::of(kind != "invalid"),
        };
        case(&mut outcome, format!("{:?}", row.expr), ours, host);
    }
    outcome.finish(&[]);
}

#[test]
fn time_spans() {
    #[derive(Deserialize)]
    struct Row {
        text: String,
        ok: bool,
    }
    let mut outcome = Outcome::new();
    for row in rows::<Row>("timespan.jsonl") {
        let ours = Syntax::TimeSpan.check(&row.text, false);
        case(
            &mut outcome,
            format!("{:?}", row.text),
            ours,
            Host::of(row.ok),
        );
    }
    outcome.finish(&[]);
}

#[test]
fn routes() {
    #[derive(Deserialize)]
    struct Row {
        #[serde(default)]
        route: Option<String>,
        functions: Option<Value>,
        methods: Option<Value>,
        status: u16,
        path: Option<String>,
        #[serde(default)]
        host_log_errors: Vec<String>,
    }
    let mut outcome = Outcome::new();
    for row in rows::<Row>("routes.jsonl") {
        // Of several functions nobody can say here which one it was, and the methods can be wrong too.
        let (Some(route), None, None) = (row.route, row.functions, row.methods) else {
            continue;
        };
        let refused = row.status == 503
            || row
                .host_log_errors
                .iter()
                .any(|error| error.contains("function is in error"));
        let ours = Syntax::Route.check(&route, false);
        let host = match route.as_str() {
            // It is the root of an app without a prefix; which one it has is written in `host.json`.
            "/" if refused => Host::Lacks,
            _ => Host::of(!refused),
        };
        let path = row.path.unwrap_or_default();
        case(&mut outcome, format!("{route:?} {path}"), ours, host);
    }
    outcome.finish(&[]);
}

#[test]
fn storage_names() {
    const OTHER_SCRIPTS: &str =
        "the queue's name is part of a DNS name: the storage service refuses what is not ASCII";
    const SETTING: &str =
        "these names stand for what the host makes of `%SETTING%`, not for the property";
    const NO_CONTAINER: &str =
        "a path without a container fails at the first use; ours is refused at once";
    const DIFFERENCES: &[Difference] = &[
        ("queue \"é12\"", OTHER_SCRIPTS),
        ("queue \"日本語\"", OTHER_SCRIPTS),
        ("queue \"١٢٣\"", OTHER_SCRIPTS),
        ("queue \"abcª\"", OTHER_SCRIPTS),
        ("container \"%c%\"", SETTING),
        ("queue \"%abc%\"", SETTING),
        ("blobAttribute \"/a\"", NO_CONTAINER),
        ("blobAttribute \"/\"", NO_CONTAINER),
        ("blobAttribute \"c:/a\"", NO_CONTAINER),
        ("blobAttribute \"abc:def\"", NO_CONTAINER),
    ];
    #[derive(Deserialize)]
    struct Row {
        check: String,
        name: Option<String>,
        ok: bool,
    }
    let mut outcome = Outcome::new();
    for row in rows::<Row>("storage-names.jsonl") {
        let Some(name) = row.name else { continue };
        let syntax = match row.check.as_str() {
            "container" => Syntax::ContainerName,
            "queue" => Syntax::QueueName,
            "table" => Syntax::TableName,
            "blobAttribute" => Syntax::BlobPath,
            // The names of blobs, and keys of entities, are no properties of their own.
            _ => continue,
        };
        let ours = syntax.check(&name, false);
        case(
            &mut outcome,
            format!("{} {name:?}", row.check),
            ours,
            Host::of(row.ok),
        );
    }
    outcome.finish(DIFFERENCES);
}

#[test]
fn expressions() {
    #[derive(Deserialize)]
    struct Row {
        kind: String,
        template: Option<String>,
        text: Option<String>,
        #[serde(rename = "contractError")]
        contract_error: Option<String>,
        error: Option<String>,
    }
    /// How the host's errors begin that come from the text alone.
    const OF_THE_TEXT: &[&str] = &[
        "FormatException: Invalid template",
        "InvalidOperationException: Illegal expression",
        "InvalidOperationException: The '%' at position",
        "InvalidOperationException: '%%' does not resolve",
    ];
    let mut outcome = Outcome::new();
    for row in rows::<Row>("expressions.jsonl") {
        let is_template = row.kind == "binding";
        let Some(text) = (if is_template { row.template } else { row.text }) else {
            continue;
        };
        // The two kinds of rows are about one half of the rules each.
        if is_template && text.contains('%') || !is_template && text.contains(['{', '}']) {
            continue;
        }
        let ours = Syntax::Text.check(&text, is_template);
        let host = match row.error.or(row.contract_error) {
            None => Host::Takes,
            Some(error) if OF_THE_TEXT.iter().any(|start| error.starts_with(start)) => {
                Host::Refuses
            }
            Some(_) => Host::Lacks,
        };
        case(&mut outcome, format!("{} {text:?}", row.kind), ours, host);
    }
    outcome.finish(&[]);
}
