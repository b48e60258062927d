//! Functions that Service Bus messages start.
//!
//! Make an article by hand: `curl http://localhost:7071/admin/functions/publish -d '{"input": "hi"}'
//! -H 'content-type: application/json'`. Then `publish` runs, and `mail` and `print` after it, once each. The same with
//! `accept` and `{"input": "{\"amount\": 0}"}` shows a message on its way to the dead-letter queue.

mod orders;
mod steps;

use std::process::ExitCode;

use azure_functions::{
    bindings::{ServiceBusMessage, ServiceBusTrigger},
    func,
};

/// Sends each message of `articles` to the topic `news`.
#[func]
#[binding(name = "$return", topic_name = "news")]
fn publish(#[binding(queue_name = "articles")] article: ServiceBusTrigger) -> ServiceBusMessage {
    ServiceBusMessage::from(article.message)
}

/// Gets every article.
#[func]
fn mail(#[binding(topic_name = "news", subscription_name = "mail")] article: &ServiceBusTrigger) {
    tracing::info!("mailed `{}`", article.message);
}

/// Gets every article too.
#[func]
fn print(#[binding(topic_name = "news", subscription_name = "print")] article: &ServiceBusTrigger) {
    tracing::info!("printed `{}`", article.message);
}

/// Splits each message of `lines` into its words, and sends every one.
#[func]
#[binding(name = "$return", queue_name = "words")]
fn split(#[binding(queue_name = "lines")] line: &ServiceBusTrigger) -> Vec<ServiceBusMessage> {
    let words = line.message.split_whitespace();
    words.map(ServiceBusMessage::from).collect()
}

/// Gets the words, as many at a time as there are.
#[func]
fn count(#[binding(queue_name = "words")] words: &Vec<ServiceBusTrigger>) {
    for word in words {
        let number = word.sequence_number.unwrap_or_default();
        tracing::info!("word {number} is `{}`", word.message);
    }
}

/// Fails each time. After ten attempts Service Bus moves the message to `fragile/$deadletterqueue`.
///
/// # Errors
///
/// Always.
#[func]
fn fail(#[binding(queue_name = "fragile")] message: &ServiceBusTrigger) -> Result<(), String> {
    Err(format!("cannot work with `{}`", message.message))
}

fn main() -> ExitCode {
    azure_functions::run()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(text: &str) -> ServiceBusTrigger {
        ServiceBusTrigger::new(text.to_owned())
    }

    #[test]
    fn publishes() {
        assert_eq!(publish(message("hi")), ServiceBusMessage::from("hi"));
        mail(&message("hi"));
        print(&message("hi"));
    }

    #[test]
    fn sends_each_word() {
        assert_eq!(
            split(&message("to be")),
            [ServiceBusMessage::from("to"), ServiceBusMessage::from("be")]
        );
        assert_eq!(split(&message("")), []);
        count(&vec![message("to"), message("be")]);
    }

    #[test]
    fn fails() {
        assert!(fail(&message("hi")).is_err());
    }
}
