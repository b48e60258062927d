//! `docs/bindings.md` has every binding that the Functions host has.
//!
//! `cargo xtask docs` writes the table from what the bindings declare, and so a row there is a binding in the crate.

#![expect(
    clippy::expect_used,
    reason = "a test that cannot read the table has to say so"
)]

use std::{collections::BTreeSet, fs, path::Path};

/// What a row has to say: the binding, the direction, the Rust type where its name is a promise, and the columns that say yes.
type Wanted = (
    &'static str,
    &'static str,
    &'static str,
    &'static [&'static str],
);

/// What 0.11 had, under its names.
const SEED: &[Wanted] = &[
    ("`blob`", "in", "`Blob`", &["`&mut`"]),
    ("`blob`", "out", "`Blob`", &[]),
    ("`blobTrigger`", "trigger", "`BlobTrigger`", &["`&mut`"]),
    (
        "`cosmosDB`",
        "in",
        "`CosmosDbDocument`",
        &["Many", "`&mut`"],
    ),
    ("`cosmosDB`", "out", "`CosmosDbDocument`", &["Many"]),
    (
        "`cosmosDBTrigger`",
        "trigger",
        "`CosmosDbTrigger`",
        &["Retries"],
    ),
    (
        "`activityTrigger`",
        "trigger",
        "`DurableActivityContext` (feature `durable`)",
        &[],
    ),
    (
        "`durableClient`",
        "in",
        "`DurableOrchestrationClient` (feature `durable`)",
        &[],
    ),
    (
        "`entityTrigger`",
        "trigger",
        "`DurableEntityContext` (feature `durable`)",
        &[],
    ),
    (
        "`orchestrationTrigger`",
        "trigger",
        "`DurableOrchestrationContext` (feature `durable`)",
        &[],
    ),
    (
        "`eventGridTrigger`",
        "trigger",
        "`EventGridEvent`",
        &["Many"],
    ),
    ("`eventHub`", "out", "`EventHubMessage`", &["Many"]),
    (
        "`eventHubTrigger`",
        "trigger",
        "`EventHubTrigger`",
        &["Many", "Retries"],
    ),
    ("`http`", "out", "`HttpResponse`", &[]),
    ("`httpTrigger`", "trigger", "`HttpRequest`", &[]),
    ("`queue`", "out", "`QueueMessage`", &["Many"]),
    ("`queueTrigger`", "trigger", "`QueueTrigger`", &[]),
    ("`sendGrid`", "out", "`SendGridMessage`", &["Many"]),
    ("`serviceBus`", "out", "`ServiceBusMessage`", &["Many"]),
    (
        "`serviceBusTrigger`",
        "trigger",
        "`ServiceBusTrigger`",
        &["Many"],
    ),
    ("`signalR`", "out", "`SignalRGroupAction`", &["Many"]),
    ("`signalR`", "out", "`SignalRMessage`", &["Many"]),
    (
        "`signalRConnectionInfo`",
        "in",
        "`SignalRConnectionInfo`",
        &[],
    ),
    ("`table`", "in", "`Table`", &[]),
    ("`table`", "out", "`Table`", &[]),
    ("`timerTrigger`", "trigger", "`TimerInfo`", &["Retries"]),
    ("`twilioSms`", "out", "`TwilioSmsMessage`", &["Many"]),
    ("any", "in", "`GenericInput`", &[]),
    ("any", "out", "`GenericOutput`", &[]),
    ("any", "trigger", "`GenericTrigger`", &[]),
];

/// What the host has gained since.
const SINCE: &[Wanted] = &[
    ("`daprBinding`", "out", "", &[]),
    ("`daprBindingTrigger`", "trigger", "", &[]),
    ("`daprInvoke`", "out", "", &[]),
    ("`daprPublish`", "out", "", &[]),
    ("`daprSecret`", "in", "", &[]),
    ("`daprServiceInvocationTrigger`", "trigger", "", &[]),
    ("`daprState`", "in", "", &[]),
    ("`daprState`", "out", "", &[]),
    ("`daprTopicTrigger`", "trigger", "", &[]),
    ("`eventGrid`", "out", "", &["Many"]),
    ("`kafka`", "out", "", &["Many"]),
    ("`kafkaTrigger`", "trigger", "", &["Many", "Retries"]),
    ("`mcpPromptArgument`", "in", "", &[]),
    ("`mcpPromptTrigger`", "trigger", "", &[]),
    ("`mcpResourceTrigger`", "trigger", "", &[]),
    ("`mcpToolProperty`", "in", "", &[]),
    ("`mcpToolTrigger`", "trigger", "", &[]),
    ("`mysql`", "in", "", &[]),
    ("`mysql`", "out", "", &["Many"]),
    ("`mysqlTrigger`", "trigger", "", &[]),
    ("`rabbitMQ`", "out", "", &["Many"]),
    ("`rabbitMQTrigger`", "trigger", "", &[]),
    ("`redis`", "in", "", &[]),
    ("`redis`", "out", "", &["Many"]),
    ("`redisListTrigger`", "trigger", "", &[]),
    ("`redisPubSubTrigger`", "trigger", "", &[]),
    ("`redisStreamTrigger`", "trigger", "", &[]),
    ("`signalREndpoints`", "in", "", &[]),
    ("`signalRNegotiation`", "in", "", &[]),
    ("`signalRTrigger`", "trigger", "", &[]),
    ("`sql`", "in", "", &[]),
    ("`sql`", "out", "", &["Many"]),
    ("`sqlTrigger`", "trigger", "", &[]),
    ("`warmupTrigger`", "trigger", "", &[]),
    ("`webPubSub`", "out", "", &["Many"]),
    ("`webPubSubConnection`", "in", "", &[]),
    ("`webPubSubContext`", "in", "", &[]),
    ("`webPubSubTrigger`", "trigger", "", &[]),
];

/// A row of the table, each cell with the heading of its column.
type Row = Vec<(String, String)>;

#[test]
fn every_binding_of_the_host_has_a_row() {
    let rows = rows();
    let mut faults = Vec::new();
    let mut known = BTreeSet::new();
    for (binding, direction, rust_type, columns) in SEED.iter().chain(SINCE) {
        known.insert((*binding, *direction));
        let of_binding = rows
            .iter()
            .filter(|row| cell(row, "Binding") == *binding && cell(row, "Direction") == *direction);
        let found: Vec<&Row> = of_binding
            .filter(|row| rust_type.is_empty() || cell(row, "Rust type") == *rust_type)
            .collect();
        if found.is_empty() {
            faults.push(format!("{binding}, {direction}: no row {rust_type}"));
        }
        for column in *columns {
            if !found.is_empty() && !found.iter().any(|row| cell(row, column) == "yes") {
                faults.push(format!("{binding}, {direction}: `{column}` is not yes"));
            }
        }
    }
    for row in &rows {
        let (binding, direction) = match (cell(row, "Binding"), cell(row, "Direction")) {
            (binding, "reply") => (binding, "trigger"),
            other => other,
        };
        if !known.contains(&(binding, direction)) {
            faults.push(format!(
                "{binding}, {direction}: a row that no list of this test knows"
            ));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

fn rows() -> Vec<Row> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/bindings.md");
    let text = fs::read_to_string(&file).expect("run `cargo xtask docs`");
    let mut lines = text
        .lines()
        .filter(|line| line.starts_with('|'))
        .map(|line| {
            let cells = line.trim_matches('|').split('|');
            cells.map(|cell| cell.trim().to_owned()).collect::<Vec<_>>()
        });
    let heading = lines.next().expect("a table");
    lines
        .skip(1)
        .map(|cells| heading.iter().cloned().zip(cells).collect())
        .collect()
}

fn cell<'a>(row: &'a Row, column: &str) -> &'a str {
    let cell = row.iter().find(|(heading, _)| heading == column);
    let (_, cell) = cell.expect("a cell in each column");
    cell
}
