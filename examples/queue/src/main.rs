//! Functions that queue messages start.
//!
//! Put a message into `echo-in` by hand: `curl http://localhost:7071/admin/functions/echo -d '{"input": "hi"}'
//! -H 'content-type: application/json'`. Then `echo` runs, and `log` after it. The same with `spoil` instead of `echo` shows
//! what becomes of a message that no function can work with.

use std::process::ExitCode;

use azure_functions::{
    bindings::{QueueMessage, QueueTrigger},
    func,
};

/// Writes each message of `echo-out` to the log.
#[func]
fn log(#[binding(queue_name = "echo-out")] message: &QueueTrigger) {
    tracing::info!("received `{}`", message.message);
}

/// Sends each message of `echo-in` to `echo-out`.
#[func]
#[binding(name = "$return", queue_name = "echo-out")]
fn echo(#[binding(queue_name = "echo-in")] message: QueueTrigger) -> QueueMessage {
    QueueMessage::from(message.message)
}

/// Splits each message of `many-in` into its words, and sends every one.
#[func]
#[binding(name = "$return", queue_name = "echo-out")]
fn many(#[binding(queue_name = "many-in")] message: &QueueTrigger) -> Vec<QueueMessage> {
    let words = message.message.split_whitespace();
    words.map(QueueMessage::from).collect()
}

/// Sends each message of `spoil-in` to `fail`.
#[func]
#[binding(name = "$return", queue_name = "fail-in")]
fn spoil(#[binding(queue_name = "spoil-in")] message: QueueTrigger) -> QueueMessage {
    QueueMessage::from(message.message)
}

/// Fails each time. After five attempts the host moves the message to `fail-in-poison`.
///
/// # Errors
///
/// Always.
#[func]
fn fail(#[binding(queue_name = "fail-in")] message: &QueueTrigger) -> Result<(), String> {
    Err(format!("cannot work with `{}`", message.message))
}

fn main() -> ExitCode {
    azure_functions::run()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(text: &str) -> QueueTrigger {
        QueueTrigger::new(text.to_owned())
    }

    #[test]
    fn echoes() {
        assert_eq!(echo(message("hi")), QueueMessage::from("hi"));
        log(&message("hi"));
    }

    #[test]
    fn sends_each_word() {
        assert_eq!(
            many(&message("to be")),
            [QueueMessage::from("to"), QueueMessage::from("be")]
        );
        assert_eq!(many(&message("")), []);
    }

    #[test]
    fn fails() {
        assert_eq!(spoil(message("hi")), QueueMessage::from("hi"));
        assert_eq!(
            fail(&message("hi")),
            Err("cannot work with `hi`".to_owned())
        );
    }
}
