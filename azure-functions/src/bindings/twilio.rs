//! Twilio: send text messages to phones.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    BindError, Binding, Data, IntoElement, IntoOutput, Property, Syntax,
    bindings::json::{to_data, to_element},
};

/// The binding of [`TwilioSmsMessage`].
#[derive(Debug)]
pub struct TwilioSmsBinding;

impl Binding for TwilioSmsBinding {
    const TYPE: &'static str = "twilioSms";
    const PROPERTIES: &'static [Property] = &[
        Property::string("account_sid_setting")
            .old(&["account_sid"])
            .syntax(Syntax::Setting)
            .default("`AzureWebJobsTwilioAccountSid`")
            .doc("The app setting that holds the account."),
        Property::string("auth_token_setting")
            .old(&["auth_token"])
            .syntax(Syntax::Setting)
            .default("`AzureWebJobsTwilioAuthToken`")
            .doc("The app setting that holds the token of the account."),
        Property::string("from").doc(
            "The number that sends the messages that do not say; `{…}` expressions are replaced.",
        ),
        Property::string("to").doc(
            "The number that gets the messages that do not say; `{…}` expressions are replaced.",
        ),
        Property::string("body")
            .doc("The text of the messages that have none; `{…}` expressions are replaced."),
    ];
}

/// A text message to send with Twilio.
///
/// What the message does not say is taken from the properties of the binding.
///
/// # Properties
///
/// | Name | Type | Default | Meaning |
/// |---|---|---|---|
/// | `account_sid_setting` | string | `AzureWebJobsTwilioAccountSid` | The app setting that holds the account. Formerly `account_sid`. |
/// | `auth_token_setting` | string | `AzureWebJobsTwilioAuthToken` | The app setting that holds the token of the account. Formerly `auth_token`. |
/// | `from` | string | | The number that sends the messages that do not say; `{…}` expressions are replaced. |
/// | `to` | string | | The number that gets the messages that do not say; `{…}` expressions are replaced. |
/// | `body` | string | | The text of the messages that have none; `{…}` expressions are replaced. |
///
/// # Example
///
/// ```
/// use azure_functions::{
///     bindings::{QueueTrigger, TwilioSmsMessage},
///     func,
/// };
///
/// #[func]
/// #[binding(name = "$return", from = "+15550100")]
/// fn notify(#[binding(queue_name = "alarms")] alarm: QueueTrigger) -> TwilioSmsMessage {
///     TwilioSmsMessage::new("+15550199").body(alarm.message)
/// }
///
/// let message = notify(QueueTrigger::new("fire".to_owned()));
/// assert_eq!(message.body.as_deref(), Some("fire"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct TwilioSmsMessage {
    /// The number that gets it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub to: String,
    /// The number that sends it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// Who is told what became of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_callback: Option<String>,
    /// Pictures and the like that go with it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub media_url: Vec<String>,
    /// Whether it is sent in any case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub force_delivery: Option<bool>,
    /// How many seconds it may wait to be sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub validity_period: Option<i32>,
    /// Whether the recipient's confirmation will be reported.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provide_feedback: Option<bool>,
    /// What it may cost, in US dollars.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_price: Option<f64>,
    /// The application that is told what became of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub application_sid: Option<String>,
    /// The messaging service that sends it, in place of a number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub messaging_service_sid: Option<String>,
    /// The account to send it for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path_account_sid: Option<String>,
    /// How many attempts were made to send it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attempt: Option<i32>,
    /// Whether characters that take much room are replaced by similar ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub smart_encoded: Option<bool>,
    /// Whether links are shortened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shorten_urls: Option<bool>,
    /// When to send it, as a date and time with an offset.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub send_at: Option<String>,
    /// Whether it is sent as a multimedia message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub send_as_mms: Option<bool>,
    /// The template to send.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_sid: Option<String>,
    /// What the template is filled with: a JSON object, as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_variables: Option<String>,
    /// Whether the text is kept after it was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_retention: Option<String>,
    /// What else there is to say, by its name on the wire.
    #[serde(flatten)]
    pub more: BTreeMap<String, Value>,
}

impl TwilioSmsMessage {
    /// A message to a number, such as `+15550199`.
    pub fn new(to: impl Into<String>) -> Self {
        Self {
            to: to.into(),
            ..Self::default()
        }
    }

    /// Sets the text.
    #[must_use]
    pub fn body(self, body: impl Into<String>) -> Self {
        Self {
            body: Some(body.into()),
            ..self
        }
    }

    /// Sets the number that sends it.
    #[must_use]
    pub fn from(self, from: impl Into<String>) -> Self {
        Self {
            from: Some(from.into()),
            ..self
        }
    }
}

impl IntoOutput for TwilioSmsMessage {
    type Binding = TwilioSmsBinding;

    fn into_output(self) -> Result<Data, BindError> {
        to_data(&self)
    }
}

impl IntoElement for TwilioSmsMessage {
    fn into_element(self) -> Result<Value, BindError> {
        to_element(&self)
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::json;

    use super::TwilioSmsMessage;
    use crate::{
        Data,
        bindings::{
            TimerInfo,
            check::{check_metadata, check_output},
        },
        func, functions,
    };

    #[func]
    #[binding(
        name = "$return",
        account_sid_setting = "Sid",
        auth_token_setting = "Token",
        from = "+1",
        to = "%NUMBER%",
        body = "hi"
    )]
    fn notify(#[binding(schedule = "0 * * * * *")] _timer: TimerInfo) -> TwilioSmsMessage {
        TwilioSmsMessage::default()
    }

    #[test]
    fn metadata() {
        check_metadata(
            &functions![notify],
            &expect![[r#"
            {"name":"timer","type":"timerTrigger","direction":"in","schedule":"0 * * * * *"}
            {"name":"$return","type":"twilioSms","direction":"out","accountSidSetting":"Sid","authTokenSetting":"Token","from":"+1","to":"%NUMBER%","body":"hi"}"#]],
        );
    }

    #[test]
    fn outputs() {
        check_output(TwilioSmsMessage::default(), Ok(Data::json("{}")));
        check_output(
            TwilioSmsMessage::new("+2").from("+1").body("hi"),
            Ok(Data::json(r#"{"to":"+2","from":"+1","body":"hi"}"#)),
        );
        check_output(
            vec![TwilioSmsMessage::new("+2"), TwilioSmsMessage::new("+3")],
            Ok(Data::json(r#"[{"to":"+2"},{"to":"+3"}]"#)),
        );
        check_output(Vec::<TwilioSmsMessage>::new(), Ok(Data::none()));
    }

    #[test]
    fn every_key_can_be_written_and_read() {
        let whole = json!({
            "to": "+2", "from": "+1", "body": "b", "statusCallback": "u", "mediaUrl": ["m"], "forceDelivery": true,
            "validityPeriod": 60, "provideFeedback": false, "maxPrice": 0.5, "applicationSid": "a",
            "messagingServiceSid": "s", "pathAccountSid": "p", "attempt": 1, "smartEncoded": true, "shortenUrls": false,
            "sendAt": "2026-01-02T03:04:05Z", "sendAsMms": true, "contentSid": "c", "contentVariables": "{}",
            "contentRetention": "retain", "addressRetention": "obfuscate",
        });
        let message: TwilioSmsMessage = serde_json::from_value(whole.clone()).unwrap();
        assert_eq!(
            message.more.keys().collect::<Vec<_>>(),
            ["addressRetention"]
        );
        assert_eq!(message.validity_period, Some(60));
        assert_eq!(serde_json::to_value(message).unwrap(), whole);
    }
}
