//! What users hold can be sent to and shared with other threads.

use azure_functions::{
    App, AppContext, BindError, Context, Data, Error, FunctionDef, InvokeError, Json, Outputs,
    State, Trigger,
    bindings::{
        Blob, BlobTrigger, GenericInput, GenericOutput, GenericTrigger, HttpRequest, HttpResponse,
        LockedMessage, QueueMessage, QueueTrigger, ServiceBusMessage, ServiceBusTrigger, TimerInfo,
        service_bus::{MessageLock, ServiceBusSession, SettleError, Settlements},
    },
    layer::{FunctionError, Invocation, Next, Outcome},
};
use azure_functions_host::{Config, HostError, HostHandle};

const fn is_shared<T: Send + Sync + 'static>() {}

const _: () = {
    is_shared::<App>();
    is_shared::<AppContext>();
    is_shared::<BindError>();
    is_shared::<Blob>();
    is_shared::<BlobTrigger>();
    is_shared::<Config>();
    is_shared::<Context>();
    is_shared::<Data>();
    is_shared::<Error>();
    is_shared::<FunctionDef>();
    is_shared::<GenericInput>();
    is_shared::<GenericOutput>();
    is_shared::<GenericTrigger>();
    is_shared::<HostError>();
    is_shared::<HostHandle>();
    is_shared::<HttpRequest>();
    is_shared::<HttpResponse>();
    is_shared::<FunctionError>();
    is_shared::<Invocation>();
    is_shared::<InvokeError>();
    is_shared::<Next>();
    is_shared::<Outcome>();
    is_shared::<Json<String>>();
    is_shared::<LockedMessage>();
    is_shared::<MessageLock>();
    is_shared::<Outputs>();
    is_shared::<QueueMessage>();
    is_shared::<QueueTrigger>();
    is_shared::<ServiceBusMessage>();
    is_shared::<ServiceBusSession>();
    is_shared::<ServiceBusTrigger>();
    is_shared::<SettleError>();
    is_shared::<Settlements>();
    is_shared::<State<String>>();
    is_shared::<TimerInfo>();
    is_shared::<Trigger>();
};
