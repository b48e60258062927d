//! How a mail is handled, and what is measured of it.

use serde::{Deserialize, Serialize};

/// Structs whose fields are all optional, left out if they are not set.
macro_rules! settings {
    ($(
        $(#[doc = $doc:literal])+
        $name:ident {
            $($(#[doc = $field_doc:literal])+ $field:ident: $type:ty,)+
        }
    )+) => {$(
        $(#[doc = $doc])+
        #[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(default)]
        #[non_exhaustive]
        pub struct $name {
            $(
                $(#[doc = $field_doc])+
                #[serde(skip_serializing_if = "Option::is_none")]
                pub $field: Option<$type>,
            )+
        }

        impl $name {
            $(
                #[doc = concat!("Sets `", stringify!($field), "`.")]
                #[must_use]
                pub fn $field(self, $field: impl Into<$type>) -> Self {
                    Self { $field: Some($field.into()), ..self }
                }
            )+
        }
    )+};
}

settings! {
    /// How a mail is handled.
    MailSettings {
        /// A blind copy of each mail.
        bcc: BccSettings,
        /// Whether those get it who unsubscribed.
        bypass_list_management: BypassListManagement,
        /// What is put at the end of the text.
        footer: FooterSettings,
        /// Whether it is only checked.
        sandbox_mode: SandboxMode,
        /// Whether it is looked at for spam.
        spam_check: SpamCheck,
    }

    /// A blind copy of each mail.
    BccSettings {
        /// Whether this is on.
        enable: bool,
        /// Who gets it.
        email: String,
    }

    /// Whether those get a mail who unsubscribed.
    BypassListManagement {
        /// Whether this is on.
        enable: bool,
    }

    /// What is put at the end of the text.
    FooterSettings {
        /// Whether this is on.
        enable: bool,
        /// The end of plain text.
        text: String,
        /// The end of HTML.
        html: String,
    }

    /// Whether a mail is only checked, and not sent.
    SandboxMode {
        /// Whether this is on.
        enable: bool,
    }

    /// Whether a mail is looked at for spam.
    SpamCheck {
        /// Whether this is on.
        enable: bool,
        /// How strict to be, from 1 (hardly) to 10 (very).
        threshold: i32,
        /// Who is told.
        post_to_url: String,
    }

    /// What is measured of a mail.
    TrackingSettings {
        /// Clicks on links.
        click_tracking: ClickTracking,
        /// Whether it was opened.
        open_tracking: OpenTracking,
        /// A link to unsubscribe.
        subscription_tracking: SubscriptionTracking,
        /// What Google Analytics is told.
        ganalytics: GoogleAnalytics,
    }

    /// Whether clicks on links are counted.
    ClickTracking {
        /// Whether this is on.
        enable: bool,
        /// Whether it is in plain text too.
        enable_text: bool,
    }

    /// Whether it is counted that a mail was opened.
    OpenTracking {
        /// Whether this is on.
        enable: bool,
        /// The words in whose place the picture is put that tells of it.
        substitution_tag: String,
    }

    /// Whether a link to unsubscribe is put at the end of the text.
    SubscriptionTracking {
        /// Whether this is on.
        enable: bool,
        /// The link in plain text.
        text: String,
        /// The link in HTML.
        html: String,
        /// The words in whose place it is put.
        substitution_tag: String,
    }

    /// What Google Analytics is told.
    GoogleAnalytics {
        /// Whether this is on.
        enable: bool,
        /// Where the visitor comes from.
        utm_source: String,
        /// By what means.
        utm_medium: String,
        /// The paid keyword.
        utm_term: String,
        /// Which of several links it was.
        utm_content: String,
        /// The campaign.
        utm_campaign: String,
    }
}
