//! The table of triggers.

use super::{Kind, Trigger, TriggerOption, syntax};

macro_rules! template {
    ($name:literal) => {
        include_str!(concat!("../templates/functions/", $name, ".rs.jinja"))
    };
}

const CONNECTION: TriggerOption = option(
    "connection",
    Kind::Setting,
    "App setting with the connection, or the prefix of settings that say who connects where",
);

const CONNECTION_STRING: TriggerOption = option(
    "connection-string-setting",
    Kind::Setting,
    "App setting with the connection string",
);

const SESSIONS: TriggerOption = option(
    "is-sessions-enabled",
    Kind::Switch,
    "Take messages session by session",
);

const ROUTE: TriggerOption = option(
    "route",
    Kind::Text(syntax::http_route),
    "Route after `/api/`, with parameters such as `{id:int}` [default: the name of the function]",
);

const METHODS: TriggerOption = option(
    "methods",
    Kind::Words,
    "Methods to answer, separated by commas [default: get,post]",
);

const AUTH_LEVEL: TriggerOption = option(
    "auth-level",
    Kind::OneOf(&["anonymous", "function", "admin"]),
    "Key that a request has to bring in Azure [default: function]",
);

/// Where the host keeps its own things, and those of Durable Functions and of the Model Context Protocol.
const STORAGE: &str = "AzureWebJobsStorage";

/// Every trigger for which there is a template, in the order of the help.
pub(crate) const TRIGGERS: &[Trigger] = &[
    Trigger::new("http", "An HTTP request", "greet", template!("http"))
        .options(&[
            ROUTE,
            METHODS,
            AUTH_LEVEL,
        ]),
    Trigger::new("timer", "A schedule", "tick", template!("timer"))
        .options(&[
            option("schedule", Kind::Text(syntax::schedule), "NCRONTAB expression with seconds, or a time span `hh:mm:ss`").or("0 */5 * * * *"),
            option("run-on-startup", Kind::Switch, "Also run when the app starts"),
        ]),
    Trigger::new("queue", "A message of a storage queue", "work", template!("queue"))
        .options(&[
            option("queue-name", Kind::Text(syntax::queue), "Queue to read").or_name("", ""),
            CONNECTION,
        ])
        .setting(STORAGE)
        .service("queue"),
    Trigger::new("blob", "A blob that is written", "watch", template!("blob"))
        .options(&[
            option("path", Kind::Text(syntax::blob_path), "Container and pattern of the blobs").or_name("", "/{name}"),
            CONNECTION,
            option("source", Kind::OneOf(&["EventGrid", "LogsAndContainerScan"]), "How the host hears of blobs; the plan Flex Consumption needs `EventGrid`"),
        ])
        .setting(STORAGE)
        .service("blob"),
    Trigger::new("cosmos-db", "A change in a Cosmos DB container", "watch", template!("cosmos-db"))
        .options(&[
            text("database-name", "Database").or("app"),
            text("container-name", "Container to watch").or_name("", ""),
            CONNECTION.or("CosmosDB"),
            text("lease-container-name", "Container for the leases [default: leases]"),
        ])
        .fixed(&[("create_lease_container_if_not_exists", "true")])
        .service("cosmosDB"),
    Trigger::new("event-grid", "An event of an Event Grid subscription", "notice", template!("event-grid")),
    Trigger::new("event-hub", "An event of an event hub", "receive", template!("event-hub"))
        .options(&[
            text("event-hub-name", "Event hub to read").or_name("", ""),
            CONNECTION.or("EventHubs"),
            text("consumer-group", "Consumer group whose place in the hub the function follows [default: $Default]"),
        ])
        .service("eventHubs"),
    Trigger::new("service-bus-queue", "A message of a Service Bus queue", "work", template!("service-bus-queue"))
        .options(&[
            text("queue-name", "Queue to read").or_name("", ""),
            CONNECTION,
            SESSIONS,
        ])
        .setting("AzureWebJobsServiceBus")
        .service("serviceBus"),
    Trigger::new("service-bus-topic", "A message of a Service Bus topic", "hear", template!("service-bus-topic"))
        .options(&[
            text("topic-name", "Topic").or_name("", ""),
            text("subscription-name", "Subscription to read").or_name("", ""),
            CONNECTION,
            SESSIONS,
        ])
        .setting("AzureWebJobsServiceBus")
        .service("serviceBus"),
    Trigger::new("signalr", "What clients of SignalR Service do", "say", template!("signalr"))
        .options(&[
            text("hub-name", "Hub").or("hub"),
            option("category", Kind::OneOf(&["messages", "connections"]), "Whether clients call a method, or come and go").or("messages"),
            text("event", "Method that clients call; `connected` or `disconnected` for connections").or_name("", ""),
            option("connection-string-setting", Kind::Setting, "App setting with the connection, or the prefix of settings that say who connects where"),
        ])
        .setting("AzureSignalRConnectionString")
        .service("signalR"),
    Trigger::new("sql", "A change in a table of Azure SQL", "watch", template!("sql"))
        .options(&[
            text("table-name", "Table to watch").or_name("dbo.", ""),
            CONNECTION_STRING.or("SqlConnectionString"),
            text("leases-table-name", "Table for the leases"),
        ]),
    Trigger::new("my-sql", "A change in a table of MySQL", "watch", template!("my-sql"))
        .options(&[
            text("table-name", "Table to watch").or_name("", ""),
            CONNECTION_STRING.or("MySqlConnectionString"),
            text("leases-table-name", "Table for the leases"),
        ]),
    Trigger::new("kafka", "A record of a Kafka topic", "receive", template!("kafka"))
        .options(&[
            text("broker-list", "Brokers to ask first: `host:port,host:port`, or a setting that has them").or("%KafkaBrokers%"),
            text("topic", "Topic to read").or_name("", ""),
            text("consumer-group", "Consumer group whose place in the topic the function follows").or_name("", ""),
        ]),
    Trigger::new("rabbit-mq", "A message of a RabbitMQ queue", "work", template!("rabbit-mq"))
        .options(&[
            text("queue-name", "Queue to read").or_name("", ""),
            option("connection-string-setting", Kind::Setting, "App setting with the address of the broker, or the prefix of settings that say who connects where").or("RabbitMQ"),
        ]),
    Trigger::new("redis-list", "An element of a Redis list", "work", template!("redis-list"))
        .options(&[
            text("key", "Key of the list").or_name("", ""),
            CONNECTION.or("Redis"),
            option("list-direction", Kind::OneOf(&["LEFT", "RIGHT"]), "End to take elements from [default: LEFT]"),
        ]),
    Trigger::new("redis-stream", "An entry of a Redis stream", "receive", template!("redis-stream"))
        .options(&[
            text("key", "Key of the stream").or_name("", ""),
            CONNECTION.or("Redis"),
        ]),
    Trigger::new("redis-pub-sub", "A message of a Redis channel", "hear", template!("redis-pub-sub"))
        .options(&[
            text("channel", "Channel to listen to").or_name("", ""),
            CONNECTION.or("Redis"),
            option("pattern", Kind::Switch, "Take the channel for a pattern, such as `news.*`"),
        ]),
    Trigger::new("dapr-service-invocation", "A call of another app through Dapr", "answer", template!("dapr-service-invocation"))
        .options(&[
            text("method-name", "Method that others call [default: the name of the function]"),
        ]),
    Trigger::new("dapr-binding", "An event of a Dapr input binding", "hear", template!("dapr-binding"))
        .options(&[
            text("binding-name", "Input binding").or_name("", ""),
        ]),
    Trigger::new("dapr-topic", "A message of a Dapr topic", "hear", template!("dapr-topic"))
        .options(&[
            text("pub-sub-name", "Component for publish and subscribe").or("messagebus"),
            text("topic", "Topic to hear of").or_name("", ""),
            text("route", "Path at which the sidecar finds the function"),
        ]),
    Trigger::new("web-pubsub", "What clients of Web PubSub do", "say", template!("web-pubsub"))
        .options(&[
            text("hub", "Hub").or("hub"),
            option("event-type", Kind::OneOf(&["user", "system"]), "Whether clients send something, or come and go").or("user"),
            text("event-name", "Event: `message` or one of your own; `connect`, `connected` or `disconnected` of the system").or("message"),
        ])
        .setting("WebPubSubConnectionString")
        .service("webPubSub"),
    Trigger::new("mcp-tool", "A call of a tool of the Model Context Protocol", "greet", template!("mcp-tool"))
        .options(&[
            text("tool-name", "Name of the tool").or_name("", ""),
            text("description", "What it is for, for the model to read").or("Describe me"),
        ])
        .setting(STORAGE)
        .service("queue")
        .feature("mcp"),
    Trigger::new("mcp-resource", "A read of a resource of the Model Context Protocol", "notes", template!("mcp-resource"))
        .options(&[
            text("uri", "Address of the resource").or_name("file://", ".md"),
            text("resource-name", "Name of the resource").or_name("", ""),
            text("description", "What it is for, for the model to read").or("Describe me"),
            text("mime-type", "Media type of the resource").or("text/markdown"),
        ])
        .setting(STORAGE)
        .service("queue")
        .feature("mcp"),
    Trigger::new("mcp-prompt", "A prompt of the Model Context Protocol", "summarize", template!("mcp-prompt"))
        .options(&[
            text("prompt-name", "Name of the prompt").or_name("", ""),
            text("description", "What it is for, for people to read").or("Describe me"),
        ])
        .setting(STORAGE)
        .service("queue")
        .feature("mcp"),
    Trigger::new("orchestration", "A start of an orchestration of Durable Functions", "approve", template!("orchestration"))
        .options(&[
            option("activity", Kind::Function, "Activity of this app to call [default: none, and it waits for an event]"),
            text("orchestration", "Name by which it is started [default: the name of the function]"),
        ])
        .durable(),
    Trigger::new("activity", "A call by an orchestration", "greet", template!("activity"))
        .options(&[
            text("activity", "Name by which it is called [default: the name of the function]"),
        ])
        .durable(),
    Trigger::new("entity", "An operation of an entity of Durable Functions", "count", template!("entity"))
        .options(&[
            text("entity-name", "Name by which it is addressed [default: the name of the function]"),
        ])
        .durable(),
    Trigger::new("durable-client", "An HTTP request that starts an orchestration", "start", template!("durable-client"))
        .options(&[
            option("orchestration", Kind::Function, "Orchestration of this app to start").required(),
            ROUTE,
            METHODS.or("post"),
            AUTH_LEVEL,
        ])
        .durable(),
    Trigger::new("warmup", "A new instance of the app", "warmup", template!("warmup")),
    Trigger::new("generic", "Any other trigger of the host", "listen", template!("generic"))
        .options(&[
            text("type", "Type of the trigger, as the host spells it: `kustoTrigger`").required(),
            option("property", Kind::Properties, "Property of the trigger: `NAME=VALUE`, as often as needed"),
        ]),
];

const fn option(flag: &'static str, kind: Kind, help: &'static str) -> TriggerOption {
    TriggerOption::new(flag, kind, help)
}

const fn text(flag: &'static str, help: &'static str) -> TriggerOption {
    TriggerOption::new(flag, Kind::Text(syntax::text), help)
}
