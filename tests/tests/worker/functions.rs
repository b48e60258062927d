//! The functions of the app under test, written down as `#[func]` would.

use std::{
    fmt,
    sync::{
        Mutex,
        mpsc::{Receiver, Sender, channel},
    },
};

use azure_functions::{
    App, BindError, Call, Context, Data, FromContext, FunctionDef, InvokeError, Invoker, Outputs,
    State,
};
use azure_functions_tests::ping::function;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

macro_rules! functions {
    ($($name:ident $kind:ident $invoke:expr;)+) => {
        static FUNCTIONS: &[FunctionDef] = &[$(
            function(stringify!($name), Invoker::$kind($invoke)),
        )+];
    };
}

functions! {
    echo Async |mut call| Box::pin(async move { Ok(pong(call.take("ping"))) });
    echo_blocking Blocking |mut call| Ok(pong(call.take("ping")));
    about Async |call| Box::pin(async move { Ok(pong(Data::text(about(call.context())))) });
    two Async |_| Box::pin(async {
        let mut outputs = pong(Data::text("first"));
        outputs.put("output1", Data::bytes("old"));
        outputs.put("output1", Data::bytes("new"));
        outputs.put("output2", Data::none());
        Ok(outputs)
    });
    fail Async |_| Box::pin(async { Err(user_error()) });
    fail_blocking Blocking |_| Err(user_error());
    unbound Async |_| Box::pin(async {
        Err(InvokeError::Bind { parameter: "ping", error: BindError::missing() })
    });
    unsent Blocking |_| Err(InvokeError::Output {
        output: "$return".into(),
        error: BindError::new("too odd").with_source(fmt::Error),
    });
    reject Async |_| Box::pin(async { Err(rejected("pong")) });
    reject_nowhere Async |_| Box::pin(async { Err(rejected("bang")) });
    panic Async |_| Box::pin(async { panic!("oh {}", "no") });
    panic_early Async |_| panic!("early");
    panic_blocking Blocking |_| panic!("blocking");
    panic_display Async |_| Box::pin(async {
        Err(InvokeError::User { type_name: "Rude", error: Box::new(Rude) })
    });
    panic_drop Async |call| Box::pin(async move {
        let _rude = RudeDrop;
        started(&call);
        std::future::pending().await
    });
    obey Async |call| Box::pin(async move {
        started(&call);
        call.context().cancelled().await;
        Ok(pong(Data::text("obeyed")))
    });
    ignore Async |call| Box::pin(async move {
        started(&call);
        std::future::pending().await
    });
    block Blocking |call| {
        started(&call);
        let word = gate(&call).words.lock().unwrap().recv().unwrap_or_default();
        Ok(pong(Data::text(word)))
    };
    obey_blocking Blocking |call| {
        started(&call);
        tokio::runtime::Handle::current().block_on(call.context().cancelled());
        Ok(pong(Data::text("obeyed")))
    };
    spin_child Async |call| Box::pin(async move {
        let context = call.context().clone();
        let child = context.spawn(async move {
            started(&call);
            gate(&call).words.lock().unwrap().recv().unwrap_or_default()
        });
        Ok(pong(Data::text(child.await.unwrap())))
    });
    spin Async |call| Box::pin(async move {
        started(&call);
        let word = gate(&call).words.lock().unwrap().recv().unwrap_or_default();
        Ok(pong(Data::text(word)))
    });
    big Async |_| Box::pin(async { Ok(pong(Data::bytes(vec![b'x'; 4096]))) });
    log Async |_| Box::pin(async {
        tracing::info!(amount = 3, "async");
        Ok(Outputs::new())
    });
    log_blocking Blocking |_| {
        tracing::warn!("blocking");
        Ok(Outputs::new())
    };
}

/// The other end of what the functions wait for.
pub(crate) struct Remote {
    /// Says the invocation id of each function that has begun.
    started: UnboundedReceiver<String>,
    /// Lets a blocking function go on.
    pub(crate) words: Sender<String>,
}

impl Remote {
    /// Waits until a function has begun, and gives its invocation id.
    pub(crate) async fn started(&mut self) -> String {
        self.started.recv().await.unwrap()
    }

    /// Whether a function has begun that was not waited for.
    pub(crate) fn any_started(&mut self) -> bool {
        self.started.try_recv().is_ok()
    }
}

/// The app, and what its functions are steered with.
pub(crate) fn app() -> (App, Remote) {
    let (started, starts) = unbounded_channel();
    let (words, receiver) = channel();
    let gate = Gate {
        started,
        words: Mutex::new(receiver),
    };
    let app = App::with_functions(FUNCTIONS).state(gate);
    let remote = Remote {
        started: starts,
        words,
    };
    (app, remote)
}

struct Gate {
    started: UnboundedSender<String>,
    words: Mutex<Receiver<String>>,
}

fn gate(call: &Call) -> State<Gate> {
    State::from_context(call.context()).unwrap()
}

fn started(call: &Call) {
    let id = call.context().invocation_id().to_owned();
    gate(call).started.send(id).unwrap();
}

fn pong(data: Data) -> Outputs {
    let mut outputs = Outputs::new();
    outputs.put("$return", data);
    outputs
}

fn about(context: &Context) -> String {
    let retry = context.retry().map_or_else(
        || "no retry".to_owned(),
        |retry| format!("{} of {:?} after {:?}", retry.count, retry.max, retry.error),
    );
    format!(
        "{} {} {} {} {}",
        context.invocation_id(),
        context.function_name(),
        context.function_directory().display(),
        context.trace().parent,
        retry
    )
}

fn user_error() -> InvokeError {
    InvokeError::User {
        type_name: "app::OrderError",
        error: Box::new(OrderError(fmt::Error)),
    }
}

fn rejected(output_type: &'static str) -> InvokeError {
    InvokeError::Rejected {
        parameter: "ping",
        error: BindError::new("no ping"),
        output_type,
        data: Data::text("400"),
    }
}

#[derive(Debug)]
struct OrderError(fmt::Error);

impl fmt::Display for OrderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the order is lost")
    }
}

impl std::error::Error for OrderError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

#[derive(Debug)]
struct Rude;

impl fmt::Display for Rude {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("no words")
    }
}

impl std::error::Error for Rude {}

struct RudeDrop;

impl Drop for RudeDrop {
    fn drop(&mut self) {
        panic!("dropped")
    }
}
