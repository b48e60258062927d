//! SendGrid: send mail.

mod builder;
mod parts;
mod settings;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use self::{
    builder::MessageBuilder,
    parts::{Attachment, Content, EmailAddress, Personalization, UnsubscribeGroup},
    settings::{
        BccSettings, BypassListManagement, ClickTracking, FooterSettings, GoogleAnalytics,
        MailSettings, OpenTracking, SandboxMode, SpamCheck, SubscriptionTracking, TrackingSettings,
    },
};
use crate::{
    BindError, Binding, Data, IntoElement, IntoOutput, Property, Syntax,
    bindings::json::{to_data, to_element},
};

/// The binding of [`SendGridMessage`].
#[derive(Debug)]
pub struct SendGridBinding;

impl Binding for SendGridBinding {
    const TYPE: &'static str = "sendGrid";
    const PROPERTIES: &'static [Property] = &[
        Property::string("api_key")
            .syntax(Syntax::Setting)
            .default("`AzureWebJobsSendGridApiKey`")
            .doc("The app setting that holds the key of the API."),
        Property::string("from")
            .doc("Who sends the mails that do not say; `{…}` expressions are replaced."),
        Property::string("to")
            .doc("Who gets the mails that do not say; `{…}` expressions are replaced."),
        Property::string("subject")
            .doc("The subject of the mails that have none; `{…}` expressions are replaced."),
        Property::string("text")
            .doc("The text of the mails that have none; `{…}` expressions are replaced."),
    ];
}

/// A mail to send with SendGrid: everything that version 3 of its API takes.
///
/// It is made with the [builder](Self::build), or field by field. What the mail does not say is taken from the properties of
/// the binding.
///
/// # Properties
///
/// | Name | Type | Default | Meaning |
/// |---|---|---|---|
/// | `api_key` | string | `AzureWebJobsSendGridApiKey` | The app setting that holds the key of the API. |
/// | `from` | string | | Who sends the mails that do not say; `{…}` expressions are replaced. |
/// | `to` | string | | Who gets the mails that do not say; `{…}` expressions are replaced. |
/// | `subject` | string | | The subject of the mails that have none; `{…}` expressions are replaced. |
/// | `text` | string | | The text of the mails that have none; `{…}` expressions are replaced. |
///
/// # Example
///
/// ```
/// use azure_functions::{
///     bindings::{QueueTrigger, SendGridMessage},
///     func,
/// };
///
/// #[func]
/// #[binding(name = "$return", from = "shop@example.com")]
/// fn confirm(#[binding(queue_name = "orders")] order: QueueTrigger) -> SendGridMessage {
///     SendGridMessage::build()
///         .to("ann@example.com")
///         .subject(format!("Your order {}", order.message))
///         .content("It is on its way.")
///         .finish()
/// }
///
/// let mail = confirm(QueueTrigger::new("7".to_owned()));
/// assert_eq!(mail.personalizations[0].subject.as_deref(), Some("Your order 7"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct SendGridMessage {
    /// Who sends it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<EmailAddress>,
    /// Who gets the answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<EmailAddress>,
    /// The subject, for each copy that has none of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// The copies, each with its recipients.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub personalizations: Vec<Personalization>,
    /// The text, once for each of its media types; `text/plain` has to be first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub content: Vec<Content>,
    /// The attachments.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
    /// The template to use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub template_id: Option<String>,
    /// Headers of each copy.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// Blocks of text that substitutions can name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub sections: BTreeMap<String, String>,
    /// The categories that the mail is counted in.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<String>,
    /// What to remember of each copy.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub custom_args: BTreeMap<String, String>,
    /// When to send it, in seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub send_at: Option<i64>,
    /// What the recipient can unsubscribe from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asm: Option<UnsubscribeGroup>,
    /// The batch that it belongs to, which can be cancelled as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub batch_id: Option<String>,
    /// The pool of addresses to send it from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ip_pool_name: Option<String>,
    /// How it is handled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mail_settings: Option<MailSettings>,
    /// What is measured of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tracking_settings: Option<TrackingSettings>,
}

impl SendGridMessage {
    /// Builds a mail, step by step.
    pub fn build() -> MessageBuilder {
        MessageBuilder::new()
    }
}

impl IntoOutput for SendGridMessage {
    type Binding = SendGridBinding;

    fn into_output(self) -> Result<Data, BindError> {
        to_data(&self)
    }
}

impl IntoElement for SendGridMessage {
    fn into_element(self) -> Result<Value, BindError> {
        to_element(&self)
    }
}
