//! What a mail is made of.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// An address, with the name of its owner if that is known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct EmailAddress {
    /// The address.
    pub email: String,
    /// The name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

impl EmailAddress {
    /// An address.
    pub fn new(email: impl Into<String>) -> Self {
        Self {
            email: email.into(),
            name: None,
        }
    }

    /// An address with the name of its owner.
    pub fn new_with_name(email: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            email: email.into(),
            name: Some(name.into()),
        }
    }
}

impl<T: Into<String>> From<T> for EmailAddress {
    fn from(email: T) -> Self {
        Self::new(email)
    }
}

/// A copy of a mail: who gets it, and what of it is theirs alone.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Personalization {
    /// The recipients.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub to: Vec<EmailAddress>,
    /// Those who get it too.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cc: Vec<EmailAddress>,
    /// Those who get it without the others' knowing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub bcc: Vec<EmailAddress>,
    /// The subject.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Headers.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// What is put in the place of which words.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub substitutions: BTreeMap<String, String>,
    /// What to remember of it.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub custom_args: BTreeMap<String, String>,
    /// When to send it, in seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub send_at: Option<i64>,
    /// What the template is filled with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dynamic_template_data: Option<Map<String, Value>>,
}

/// The text of a mail, in one media type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Content {
    /// The media type.
    #[serde(rename = "type")]
    pub mime_type: String,
    /// The text.
    pub value: String,
}

impl Content {
    /// A text of this media type, such as `text/html`.
    pub fn new(mime_type: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            mime_type: mime_type.into(),
            value: value.into(),
        }
    }
}

/// A file that goes with a mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Attachment {
    /// What it holds, in Base64.
    pub content: String,
    /// Its media type.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub mime_type: Option<String>,
    /// Its name.
    pub filename: String,
    /// Whether it is shown in the text (`inline`) or beside it (`attachment`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disposition: Option<String>,
    /// The name by which the text shows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_id: Option<String>,
}

impl Attachment {
    /// A file that holds these bytes.
    pub fn new(
        filename: impl Into<String>,
        bytes: impl AsRef<[u8]>,
        mime_type: impl Into<String>,
    ) -> Self {
        Self {
            content: BASE64.encode(bytes),
            mime_type: Some(mime_type.into()),
            filename: filename.into(),
            disposition: None,
            content_id: None,
        }
    }

    /// Has the text show the file where it names `content_id`, as in `<img src="cid:logo">`.
    #[must_use]
    pub fn inline(self, content_id: impl Into<String>) -> Self {
        Self {
            disposition: Some("inline".to_owned()),
            content_id: Some(content_id.into()),
            ..self
        }
    }
}

/// What the recipient of a mail can unsubscribe from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct UnsubscribeGroup {
    /// The group that the mail belongs to.
    pub group_id: i64,
    /// The groups that are offered to unsubscribe from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups_to_display: Vec<i64>,
}

impl UnsubscribeGroup {
    /// The group of a mail.
    pub fn new(group_id: i64) -> Self {
        Self {
            group_id,
            groups_to_display: Vec::new(),
        }
    }
}
