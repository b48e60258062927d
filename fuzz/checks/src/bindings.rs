//! `bindings`: an `InvocationRequest` of the protocol, whose values and metadata every binding reads.

use azure_functions::{
    __private::wire_data,
    BindError, Bytes, Data, FromInput, FromTrigger, Json, Trigger,
    bindings::{
        Blob, BlobTrigger, BodyStream, CloudEvent, CosmosDbDocument, CosmosDbTrigger,
        DaprBindingTrigger, DaprSecret, DaprServiceInvocationTrigger, DaprState, DaprTopicTrigger,
        EventGridEvent, EventHubTrigger, GenericInput, GenericTrigger, HttpRequest, KafkaTrigger,
        McpPromptArgument, McpPromptTrigger, McpResourceTrigger, McpToolProperty, McpToolTrigger,
        MySqlInput, MySqlTrigger, QueueTrigger, RabbitMqTrigger, RedisInput, RedisListTrigger,
        RedisPubSubTrigger, RedisStreamTrigger, ServiceBusTrigger, SignalRConnectionInfo,
        SignalREndpoints, SignalRNegotiation, SignalRTrigger, SqlInput, SqlTrigger, Table,
        TableEntity, TimerInfo, WarmupTrigger, WebPubSubConnection, WebPubSubContext,
        WebPubSubTrigger,
    },
};
use azure_functions_shared::rpc::{InvocationRequest, parameter_binding::RpcData};
use prost::Message as _;
use serde_json::Value;

use crate::app::Order;

/// Calls a function for each of the types.
macro_rules! each {
    ($function:ident $arguments:tt: $($type:ty),* $(,)?) => {
        $($function::<$type> $arguments;)*
    };
}

/// A value that does not fit is an error that says something.
///
/// # Panics
///
/// That is not so.
pub fn check(data: &[u8]) {
    let Ok(request) = InvocationRequest::decode(data) else {
        return;
    };
    let trigger: Trigger = request
        .trigger_metadata
        .into_iter()
        .map(|(name, data)| (name, wire_data(data)))
        .collect();
    for binding in request.input_data.into_iter().take(4) {
        let data = match binding.rpc_data {
            Some(RpcData::Data(data)) => wire_data(data),
            _ => Data::none(),
        };
        triggers(&data, &trigger);
        batches(&data, &trigger);
        inputs(&data);
        if let Ok(request) = HttpRequest::<Bytes>::from_trigger(data, &trigger) {
            look_at(&request);
        }
    }
}

fn triggers(data: &Data, trigger: &Trigger) {
    each!(trigger_of(data, trigger):
        HttpRequest<String>, HttpRequest<Order>, HttpRequest<BodyStream>, Json<Value>,
        QueueTrigger<String>, QueueTrigger<Order>, BlobTrigger<Bytes>, BlobTrigger<Order>,
        TimerInfo, WarmupTrigger, GenericTrigger,
        EventHubTrigger<String>, EventHubTrigger<Order>, ServiceBusTrigger<String>, ServiceBusTrigger<Order>,
        EventGridEvent<Value>, CloudEvent<Value>, CloudEvent<Bytes>,
        CosmosDbTrigger<CosmosDbDocument<Order>>, SqlTrigger<Order>, MySqlTrigger<Order>,
        KafkaTrigger<String>, KafkaTrigger<Order>, RabbitMqTrigger<Order>,
        RedisListTrigger<String>, RedisPubSubTrigger<String>, RedisStreamTrigger<Order>,
        SignalRTrigger<Value>, WebPubSubTrigger<Value>,
        DaprServiceInvocationTrigger<Value>, DaprBindingTrigger<Value>, DaprTopicTrigger<Value>,
        McpToolTrigger<Value>, McpPromptTrigger<Value>, McpResourceTrigger,
    );
}

fn batches(data: &Data, trigger: &Trigger) {
    let len = data.clone().into_list().map(|list| list.len());
    let count = |read: Option<usize>| {
        let fits = read.is_none() || read == len.as_ref().ok().copied();
        assert!(fits, "{read:?} elements of {len:?} in {data:?}");
    };
    macro_rules! count {
        ($($type:ty),*) => {$(
            count(Vec::<$type>::from_trigger(data.clone(), trigger).ok().map(|batch| batch.len()));
        )*};
    }
    count!(
        EventHubTrigger<Value>,
        ServiceBusTrigger<String>,
        EventGridEvent<Value>,
        CloudEvent<Value>,
        KafkaTrigger<String>
    );
}

fn inputs(data: &Data) {
    each!(input_of(data):
        Blob<String>, Option<Blob<Bytes>>, Blob<Order>, GenericInput,
        CosmosDbDocument<Order>, Vec<CosmosDbDocument<Order>>, SqlInput<Order>, MySqlInput<Order>,
        TableEntity<Value>, Vec<TableEntity<Order>>, Table<Order>, RedisInput<Value>,
        SignalRConnectionInfo, SignalRNegotiation, SignalREndpoints,
        WebPubSubConnection, WebPubSubContext<Value>,
        DaprState<Order>, DaprSecret, McpPromptArgument<String>, McpToolProperty<i64>,
    );
}

fn trigger_of<T: FromTrigger>(data: &Data, trigger: &Trigger) {
    let result = T::from_trigger(data.clone(), trigger);
    if let Err(error) = &result {
        let _ = T::reject(error);
    }
    fails(result);
}

fn input_of<T: FromInput>(data: &Data) {
    fails(T::from_input(data.clone()));
}

fn fails<T>(result: Result<T, BindError>) {
    if let Err(error) = result {
        assert!(!error.to_string().is_empty(), "an error without words");
    }
}

/// All that is read of a request when somebody asks for it.
fn look_at(request: &HttpRequest<Bytes>) {
    let _ = (request.uri(), request.text(), request.json::<Value>());
    let _ = request.form::<Vec<(String, String)>>();
    let _ = request.query_as::<Vec<(String, String)>>();
    for (name, value) in request.query().iter().take(4) {
        let found = request.query().get_all(name).any(|other| other == value);
        assert!(found, "`{name}` is `{value}` in {:?}", request.url());
    }
    for name in request.headers().keys() {
        assert!(request.headers().get_all(name).iter().count() > 0);
        let _ = request.header(name.as_str());
    }
    let _ = (request.route_params().len(), request.cookies().len());
    for identity in request.identities() {
        let _ = (identity.name(), identity.roles().count());
    }
    let _ = request.claims().count();
}
