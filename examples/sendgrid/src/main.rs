//! Functions that send mail.
//!
//! Send some: `curl http://localhost:7071/api/mails -d '{"to": "ann@example.com", "subject": "hi", "text": "Hello, Ann."}'`. The
//! embedded host sends none, but shows what would be.

use std::process::ExitCode;

use azure_functions::{
    Json,
    bindings::{SendGridMessage, TimerInfo},
    func,
    http::StatusCode,
};
use serde::Deserialize;

/// What to write to whom.
#[derive(Clone, Debug, Deserialize)]
struct Letter {
    to: String,
    subject: String,
    text: String,
}

/// Sends a mail as text and as HTML.
#[func]
#[binding(name = "output1", from = "post@example.com")]
fn send(
    #[binding(methods = "post", route = "mails", auth_level = "anonymous")] Json(letter): Json<
        Letter,
    >,
) -> (StatusCode, SendGridMessage) {
    let html = format!(
        "<p>{}</p>",
        letter.text.replace('&', "&amp;").replace('<', "&lt;")
    );
    let mail = SendGridMessage::build()
        .to(letter.to)
        .subject(letter.subject)
        .content(letter.text)
        .content_with_type(html, "text/html")
        .category("letters")
        .finish();
    (StatusCode::ACCEPTED, mail)
}

/// Reminds both partners each morning, with a file.
#[func]
#[binding(name = "$return", from = "post@example.com", subject = "Good morning")]
fn remind(#[binding(schedule = "0 0 7 * * *")] _timer: TimerInfo) -> Vec<SendGridMessage> {
    ["ann@example.com", "bob@example.com"]
        .map(|partner| {
            SendGridMessage::build()
                .to(partner)
                .content("The list of today is attached.")
                .attachment("list.txt", "eggs\nmilk\n", "text/plain")
                .finish()
        })
        .into()
}

fn main() -> ExitCode {
    azure_functions::run()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sends_text_and_html() {
        let letter = Letter {
            to: "ann@example.com".to_owned(),
            subject: "hi".to_owned(),
            text: "1 < 2 & so on".to_owned(),
        };
        let (status, mail) = send(Json(letter));
        assert_eq!(status, StatusCode::ACCEPTED);
        let texts = mail.content.iter().map(|content| content.value.as_str());
        let texts: Vec<_> = texts.collect();
        assert_eq!(texts, ["1 < 2 & so on", "<p>1 &lt; 2 &amp; so on</p>"]);
    }

    #[test]
    fn reminds_both() {
        let mails = remind(TimerInfo::default());
        let to: Vec<_> = mails
            .iter()
            .flat_map(|mail| &mail.personalizations)
            .flat_map(|copy| &copy.to)
            .map(|address| address.email.as_str())
            .collect();
        assert_eq!(to, ["ann@example.com", "bob@example.com"]);
        assert!(mails.iter().all(|mail| mail.attachments.len() == 1));
    }
}
