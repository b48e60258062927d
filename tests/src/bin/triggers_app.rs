//! An app with a function for each trigger, called like the trigger, which fails if the event is not what the service sends.

use std::process::ExitCode;

use azure_functions::{
    BoxError,
    bindings::{
        ActivityOutput, ActivityTrigger, BlobTrigger, CloudEvent, CosmosDbDocument,
        CosmosDbTrigger, DaprBindingTrigger, DaprServiceInvocationTrigger, DaprTopicTrigger,
        DurableEntityContext, DurableOrchestrationContext, EventGridEvent, EventHubTrigger,
        GenericTrigger, HttpRequest, KafkaTrigger, MySqlTrigger, QueueMessage, QueueTrigger,
        RabbitMqTrigger, RedisListTrigger, RedisPubSubTrigger, RedisStreamTrigger,
        ServiceBusTrigger, SignalRTrigger, SqlOperation, SqlTrigger, TimerInfo, WarmupTrigger,
        WebPubSubTrigger,
        mcp::{
            McpPromptArgument, McpPromptResult, McpPromptTrigger, McpResourceResult,
            McpResourceTrigger, McpToolProperty, McpToolResult, McpToolTrigger,
        },
    },
    func,
    http::StatusCode,
};
use serde::Deserialize;

/// What is in most samples.
#[derive(Clone, Debug, Deserialize)]
struct Titled {
    title: String,
}

/// Fails unless something is so.
fn expect(what: &str, is_so: bool) -> Result<(), BoxError> {
    if is_so {
        tracing::info!("{what}");
        return Ok(());
    }
    Err(format!("not so: {what}").into())
}

#[func(name = "httpTrigger")]
fn http_trigger(
    #[binding(methods = "get|post", route = "greet/{id:int}/{*rest}")] request: &HttpRequest,
) -> String {
    let id = request.route_param("id").unwrap_or_default();
    let word = request.query_param("word").unwrap_or_default();
    let body = request.text().unwrap_or_default();
    format!("{} {id} `{word}` `{body}`", request.method())
}

#[func(name = "teapot")]
fn teapot(#[binding(methods = "get")] _request: HttpRequest) -> StatusCode {
    StatusCode::IM_A_TEAPOT
}

#[func(name = "timerTrigger")]
fn timer_trigger(#[binding(schedule = "0 0 0 1 1 *")] timer: &TimerInfo) -> Result<(), BoxError> {
    expect("the timer is in time", !timer.is_past_due)
}

#[func(name = "queueTrigger")]
#[binding(name = "$return", queue_name = "done")]
fn queue_trigger(#[binding(queue_name = "work")] message: &QueueTrigger<Titled>) -> QueueMessage {
    tracing::warn!("taking `{}`", message.message.title);
    QueueMessage::from(format!("done: {}", message.message.title))
}

#[func(name = "blobTrigger")]
fn blob_trigger(
    #[binding(path = "incoming/{name}.{ending}")] blob: &BlobTrigger<String>,
) -> Result<(), BoxError> {
    expect("the blob has content", blob.content == "A sample blob")
}

#[func(name = "cosmosDBTrigger")]
fn cosmos_db_trigger(
    #[binding(
        database_name = "app",
        container_name = "items",
        connection = "CosmosDB"
    )]
    changes: &CosmosDbTrigger<CosmosDbDocument<Titled>>,
) -> Result<(), BoxError> {
    expect("one document changed", changes.documents.len() == 1)
}

#[func(name = "eventGridTrigger")]
fn event_grid_trigger(event: &EventGridEvent<Titled>) -> Result<(), BoxError> {
    expect(
        "the event has a type",
        !event.event_type.is_empty() && !event.data.title.is_empty(),
    )
}

#[func(name = "cloudEvent")]
fn cloud_event(event: &CloudEvent<Titled>) -> Result<(), BoxError> {
    expect(
        "the event has a type",
        !event.event_type.is_empty() && !event.data.title.is_empty(),
    )
}

#[func(name = "eventHubTrigger")]
fn event_hub_trigger(
    #[binding(event_hub_name = "hub", connection = "EventHubs")] events: &[EventHubTrigger<
        Titled,
    >],
) -> Result<(), BoxError> {
    expect("one event came", events.len() == 1)
}

#[func(name = "serviceBusTrigger")]
fn service_bus_trigger(
    #[binding(queue_name = "work")] message: &ServiceBusTrigger<Titled>,
) -> Result<(), BoxError> {
    expect("the message has a title", !message.message.title.is_empty())
}

#[func(name = "signalRTrigger")]
fn signal_r_trigger(
    #[binding(hub_name = "chat", category = "messages", event = "say")] call: &SignalRTrigger<
        Vec<String>,
    >,
) -> Result<(), BoxError> {
    let names = [call.hub.as_deref(), call.event.as_deref()];
    expect(
        "the call is for this hub",
        names == [Some("chat"), Some("say")],
    )?;
    expect("the call has an argument", call.arguments.len() == 1)
}

#[func(name = "webPubSubTrigger")]
fn web_pub_sub_trigger(
    #[binding(hub = "chat", event_type = "user", event_name = "say")] event: &WebPubSubTrigger,
) -> Result<(), BoxError> {
    expect("the event has data", event.data.is_some())
}

#[func(name = "sqlTrigger")]
fn sql_trigger(
    #[binding(table_name = "dbo.Items", connection_string_setting = "Sql")] changes: &SqlTrigger,
) -> Result<(), BoxError> {
    let inserted = changes
        .changes
        .iter()
        .all(|change| change.operation == SqlOperation::Insert);
    expect("a row was inserted", inserted && changes.changes.len() == 1)
}

#[func(name = "mysqlTrigger")]
fn my_sql_trigger(
    #[binding(table_name = "items", connection_string_setting = "Sql")] changes: &MySqlTrigger,
) -> Result<(), BoxError> {
    expect("a row changed", changes.changes.len() == 1)
}

#[func(name = "kafkaTrigger")]
fn kafka_trigger(
    #[binding(broker_list = "localhost:9092", topic = "orders")] record: &KafkaTrigger<Titled>,
) -> Result<(), BoxError> {
    expect(
        "the record is of the topic",
        record.topic.as_deref() == Some("orders"),
    )
}

#[func(name = "rabbitMQTrigger")]
fn rabbit_mq_trigger(
    #[binding(queue_name = "work", connection_string_setting = "Rabbit")] message: &RabbitMqTrigger<
        Titled,
    >,
) -> Result<(), BoxError> {
    expect("the message has a title", !message.message.title.is_empty())
}

#[func(name = "redisListTrigger")]
fn redis_list_trigger(
    #[binding(connection = "Redis", key = "work")] element: &RedisListTrigger,
) -> Result<(), BoxError> {
    expect("there is an element", !element.value.is_empty())
}

#[func(name = "redisPubSubTrigger")]
fn redis_pub_sub_trigger(
    #[binding(connection = "Redis", channel = "news")] message: &RedisPubSubTrigger,
) -> Result<(), BoxError> {
    expect(
        "the message is of the channel",
        message.channel.as_deref() == Some("news"),
    )
}

#[func(name = "redisStreamTrigger")]
fn redis_stream_trigger(
    #[binding(connection = "Redis", key = "log")] entry: &RedisStreamTrigger,
) -> Result<(), BoxError> {
    expect(
        "the entry has an id",
        entry.id.is_some() && !entry.values.is_empty(),
    )
}

#[func(name = "daprBindingTrigger")]
fn dapr_binding_trigger(
    #[binding(binding_name = "bell")] event: &DaprBindingTrigger<Titled>,
) -> Result<(), BoxError> {
    expect("the event has a title", !event.data.title.is_empty())
}

#[func(name = "daprServiceInvocationTrigger")]
fn dapr_service_invocation_trigger(
    call: &DaprServiceInvocationTrigger<Titled>,
) -> Result<(), BoxError> {
    expect("the call has a title", !call.body.title.is_empty())
}

#[func(name = "daprTopicTrigger")]
fn dapr_topic_trigger(
    #[binding(pub_sub_name = "bus", topic = "orders")] message: &DaprTopicTrigger<Titled>,
) -> Result<(), BoxError> {
    let names = [message.pub_sub_name.as_deref(), message.topic.as_deref()];
    expect(
        "the message is of the topic",
        names == [Some("bus"), Some("orders")],
    )
}

#[func(name = "mcpToolTrigger")]
fn mcp_tool_trigger(
    #[binding(
        tool_name = "forecast",
        input_schema = r#"{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}"#
    )]
    call: &McpToolTrigger,
) -> McpToolResult {
    format!("{} {:?}", call.name, call.arguments).into()
}

#[func(name = "mcpResourceTrigger")]
fn mcp_resource_trigger(
    #[binding(uri = "file://rules.md", resource_name = "rules")] call: &McpResourceTrigger,
) -> McpResourceResult {
    call.uri.clone().into()
}

#[func(name = "mcpPromptTrigger")]
fn mcp_prompt_trigger(
    #[binding(prompt_name = "review")] call: &McpPromptTrigger,
) -> McpPromptResult {
    call.name.clone().into()
}

/// Its arguments are parameters.
#[func(name = "mcpToolProperty")]
fn mcp_tool_property(
    #[binding(tool_name = "weather")] _call: McpToolTrigger,
    #[binding(property_name = "city")] McpToolProperty(city): McpToolProperty<String>,
    #[binding(property_name = "days")] McpToolProperty(days): McpToolProperty<u8>,
) -> McpToolResult {
    format!("{city} for {days} days").into()
}

/// Its argument is a parameter.
#[func(name = "mcpPromptArgument")]
fn mcp_prompt_argument(
    #[binding(prompt_name = "explain")] _call: &McpPromptTrigger,
    #[binding(argument_name = "code")] McpPromptArgument(code): McpPromptArgument<String>,
) -> McpPromptResult {
    code.into()
}

#[func(name = "activityTrigger")]
fn activity_trigger(ActivityTrigger(name): ActivityTrigger<String>) -> ActivityOutput<String> {
    tracing::warn!("greeting `{name}`");
    ActivityOutput(format!("Hello, {name}!"))
}

#[func(name = "orchestrationTrigger")]
async fn orchestration_trigger(_ctx: DurableOrchestrationContext<String>) {}

#[func(name = "entityTrigger")]
fn entity_trigger(_entity: &DurableEntityContext<i64>) {}

#[func(name = "warmup")]
fn warmup(_instance: WarmupTrigger) {}

/// Stands for all triggers of which nothing more is known.
#[func(name = "any")]
fn any(
    #[binding(type = "otherTrigger", table = "events")] event: GenericTrigger,
) -> Result<(), BoxError> {
    let payload: Titled = event.data.decode_json()?;
    expect("the payload has a title", !payload.title.is_empty())
}

fn main() -> ExitCode {
    azure_functions::run()
}
