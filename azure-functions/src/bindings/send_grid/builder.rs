//! [`MessageBuilder`]: a mail, step by step.

use serde_json::{Map, Value};

use super::{
    Attachment, Content, EmailAddress, MailSettings, Personalization, SendGridMessage,
    TrackingSettings, UnsubscribeGroup,
};

/// Builds a [`SendGridMessage`].
///
/// A mail has one copy, to which recipients, subject, headers, substitutions and the like belong, unless
/// [`personalization`](Self::personalization) adds another: those methods then speak of the last one. The methods that begin
/// with `global_` speak of all copies.
#[derive(Clone, Debug, Default, PartialEq)]
#[must_use = "a mail is made by `finish`"]
pub struct MessageBuilder {
    message: SendGridMessage,
    /// The copy that the methods speak of.
    copy: Personalization,
}

impl MessageBuilder {
    /// A mail of which nothing is said yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a recipient.
    pub fn to(self, email: impl Into<String>) -> Self {
        self.tos([EmailAddress::new(email)])
    }

    /// Adds a recipient, with a name.
    pub fn to_with_name(self, email: impl Into<String>, name: impl Into<String>) -> Self {
        self.tos([EmailAddress::new_with_name(email, name)])
    }

    /// Adds several as [`to`](Self::to) does one.
    pub fn tos<T: Into<EmailAddress>>(mut self, addresses: impl IntoIterator<Item = T>) -> Self {
        let addresses = addresses.into_iter().map(Into::into);
        self.copy.to.extend(addresses);
        self
    }

    /// Adds someone who gets the mail too.
    pub fn cc(self, email: impl Into<String>) -> Self {
        self.ccs([EmailAddress::new(email)])
    }

    /// Adds someone who gets the mail too, with a name.
    pub fn cc_with_name(self, email: impl Into<String>, name: impl Into<String>) -> Self {
        self.ccs([EmailAddress::new_with_name(email, name)])
    }

    /// Adds several as [`cc`](Self::cc) does one.
    pub fn ccs<T: Into<EmailAddress>>(mut self, addresses: impl IntoIterator<Item = T>) -> Self {
        let addresses = addresses.into_iter().map(Into::into);
        self.copy.cc.extend(addresses);
        self
    }

    /// Adds someone who gets the mail without the others' knowing.
    pub fn bcc(self, email: impl Into<String>) -> Self {
        self.bccs([EmailAddress::new(email)])
    }

    /// Adds someone who gets the mail without the others' knowing, with a name.
    pub fn bcc_with_name(self, email: impl Into<String>, name: impl Into<String>) -> Self {
        self.bccs([EmailAddress::new_with_name(email, name)])
    }

    /// Adds several as [`bcc`](Self::bcc) does one.
    pub fn bccs<T: Into<EmailAddress>>(mut self, addresses: impl IntoIterator<Item = T>) -> Self {
        let addresses = addresses.into_iter().map(Into::into);
        self.copy.bcc.extend(addresses);
        self
    }

    /// Says who sends the mail.
    pub fn from(mut self, email: impl Into<String>) -> Self {
        self.message.from = Some(EmailAddress::new(email));
        self
    }

    /// Says who sends the mail, with a name.
    pub fn from_with_name(mut self, email: impl Into<String>, name: impl Into<String>) -> Self {
        self.message.from = Some(EmailAddress::new_with_name(email, name));
        self
    }

    /// Says who gets the answers.
    pub fn reply_to(mut self, address: impl Into<EmailAddress>) -> Self {
        self.message.reply_to = Some(address.into());
        self
    }

    /// Sets the subject of the copy.
    pub fn subject(mut self, subject: impl Into<String>) -> Self {
        self.copy.subject = Some(subject.into());
        self
    }

    /// Sets the subject of all copies that have none.
    pub fn global_subject(mut self, subject: impl Into<String>) -> Self {
        self.message.subject = Some(subject.into());
        self
    }

    /// Adds a header to the copy.
    pub fn header(self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers([(name, value)])
    }

    /// Adds several as [`header`](Self::header) does one.
    pub fn headers<N: Into<String>, V: Into<String>>(
        mut self,
        headers: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        self.copy.headers.extend(texts(headers));
        self
    }

    /// Adds a header to all copies.
    pub fn global_header(self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.global_headers([(name, value)])
    }

    /// Adds several as [`global_header`](Self::global_header) does one.
    pub fn global_headers<N: Into<String>, V: Into<String>>(
        mut self,
        headers: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        self.message.headers.extend(texts(headers));
        self
    }

    /// Has `value` put in the place of `key` in the copy.
    pub fn substitution(self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.substitutions([(key, value)])
    }

    /// Adds several as [`substitution`](Self::substitution) does one.
    pub fn substitutions<N: Into<String>, V: Into<String>>(
        mut self,
        substitutions: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        self.copy.substitutions.extend(texts(substitutions));
        self
    }

    /// Adds what the template is filled with in the copy.
    pub fn template_data(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        let data = self.copy.dynamic_template_data.get_or_insert_with(Map::new);
        data.insert(name.into(), value.into());
        self
    }

    /// Adds something to remember of the copy.
    pub fn custom_arg(self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.custom_args([(name, value)])
    }

    /// Adds several as [`custom_arg`](Self::custom_arg) does one.
    pub fn custom_args<N: Into<String>, V: Into<String>>(
        mut self,
        custom_args: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        self.copy.custom_args.extend(texts(custom_args));
        self
    }

    /// Adds something to remember of all copies.
    pub fn global_custom_arg(self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.global_custom_args([(name, value)])
    }

    /// Adds several as [`global_custom_arg`](Self::global_custom_arg) does one.
    pub fn global_custom_args<N: Into<String>, V: Into<String>>(
        mut self,
        custom_args: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        self.message.custom_args.extend(texts(custom_args));
        self
    }

    /// Says when to send the copy, in seconds since 1970.
    pub fn send_at(mut self, seconds: i64) -> Self {
        self.copy.send_at = Some(seconds);
        self
    }

    /// Says when to send all copies that do not say, in seconds since 1970.
    pub fn global_send_at(mut self, seconds: i64) -> Self {
        self.message.send_at = Some(seconds);
        self
    }

    /// Adds another copy.
    pub fn personalization(mut self, copy: Personalization) -> Self {
        self.end_copy();
        self.copy = copy;
        self
    }

    /// Adds the text as plain text.
    pub fn content(self, text: impl Into<String>) -> Self {
        self.content_with_type(text, "text/plain")
    }

    /// Adds the text in a media type, such as `text/html`.
    pub fn content_with_type(self, text: impl Into<String>, mime_type: impl Into<String>) -> Self {
        self.contents([Content::new(mime_type, text)])
    }

    /// Adds the text in several media types.
    pub fn contents(mut self, contents: impl IntoIterator<Item = Content>) -> Self {
        self.message.content.extend(contents);
        self
    }

    /// Adds a file that holds these bytes.
    pub fn attachment(
        self,
        filename: impl Into<String>,
        bytes: impl AsRef<[u8]>,
        mime_type: impl Into<String>,
    ) -> Self {
        self.attachments([Attachment::new(filename, bytes, mime_type)])
    }

    /// Adds a file that the text shows where it names `content_id`, as in `<img src="cid:logo">`.
    pub fn inline_attachment(
        self,
        filename: impl Into<String>,
        bytes: impl AsRef<[u8]>,
        mime_type: impl Into<String>,
        content_id: impl Into<String>,
    ) -> Self {
        self.attachments([Attachment::new(filename, bytes, mime_type).inline(content_id)])
    }

    /// Adds several files.
    pub fn attachments(mut self, attachments: impl IntoIterator<Item = Attachment>) -> Self {
        self.message.attachments.extend(attachments);
        self
    }

    /// Uses a template.
    pub fn template_id(mut self, id: impl Into<String>) -> Self {
        self.message.template_id = Some(id.into());
        self
    }

    /// Adds a block of text that substitutions can name.
    pub fn section(self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.sections([(key, value)])
    }

    /// Adds several as [`section`](Self::section) does one.
    pub fn sections<N: Into<String>, V: Into<String>>(
        mut self,
        sections: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        self.message.sections.extend(texts(sections));
        self
    }

    /// Adds a category that the mail is counted in.
    pub fn category(self, category: impl Into<String>) -> Self {
        self.categories([category])
    }

    /// Adds several categories.
    pub fn categories<T: Into<String>>(mut self, categories: impl IntoIterator<Item = T>) -> Self {
        let categories = categories.into_iter().map(Into::into);
        self.message.categories.extend(categories);
        self
    }

    /// Says what the recipient can unsubscribe from.
    pub fn unsubscribe_group(mut self, group: UnsubscribeGroup) -> Self {
        self.message.asm = Some(group);
        self
    }

    /// Says which batch the mail belongs to.
    pub fn batch_id(mut self, id: impl Into<String>) -> Self {
        self.message.batch_id = Some(id.into());
        self
    }

    /// Says which pool of addresses the mail is sent from.
    pub fn ip_pool_name(mut self, name: impl Into<String>) -> Self {
        self.message.ip_pool_name = Some(name.into());
        self
    }

    /// Says how the mail is handled.
    pub fn mail_settings(mut self, settings: MailSettings) -> Self {
        self.message.mail_settings = Some(settings);
        self
    }

    /// Says what is measured of the mail.
    pub fn tracking_settings(mut self, settings: TrackingSettings) -> Self {
        self.message.tracking_settings = Some(settings);
        self
    }

    /// The mail.
    pub fn finish(mut self) -> SendGridMessage {
        self.end_copy();
        self.message
    }

    /// Adds the copy to the mail, if there is anything in it.
    fn end_copy(&mut self) {
        let copy = std::mem::take(&mut self.copy);
        if copy != Personalization::default() {
            self.message.personalizations.push(copy);
        }
    }
}

fn texts<N: Into<String>, V: Into<String>>(
    pairs: impl IntoIterator<Item = (N, V)>,
) -> impl Iterator<Item = (String, String)> {
    pairs
        .into_iter()
        .map(|(name, value)| (name.into(), value.into()))
}
