//! A function that sends text messages to phones.
//!
//! Send one: `curl http://localhost:7071/api/alarms -d '{"phone": "+15550199", "text": "The cellar is wet."}'`. The embedded host
//! sends none, but shows what would be.

use std::process::ExitCode;

use azure_functions::{Json, bindings::TwilioSmsMessage, func, http::StatusCode};
use serde::Deserialize;

/// What somebody has to know.
#[derive(Clone, Debug, Deserialize)]
struct Alarm {
    phone: String,
    text: String,
}

/// Tells somebody.
#[func]
#[binding(name = "output1", from = "+15550100")]
fn alarm(
    #[binding(methods = "post", route = "alarms", auth_level = "anonymous")] Json(alarm): Json<
        Alarm,
    >,
) -> (StatusCode, TwilioSmsMessage) {
    let message = TwilioSmsMessage::new(alarm.phone).body(alarm.text);
    (StatusCode::ACCEPTED, message)
}

fn main() -> ExitCode {
    azure_functions::run()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_somebody() {
        let wet = Alarm {
            phone: "+1".to_owned(),
            text: "wet".to_owned(),
        };
        let message = TwilioSmsMessage::new("+1").body("wet");
        assert_eq!(alarm(Json(wet)), (StatusCode::ACCEPTED, message));
    }
}
