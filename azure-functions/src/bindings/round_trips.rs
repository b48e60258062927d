//! What is sent as JSON objects is read back as it was, whatever it holds.
//!
//! `PROPTEST_CASES=10000 cargo test -p azure-functions round_trips` tries more values than the tests alone do.

use std::{collections::BTreeMap, fmt::Debug};

use proptest::{
    collection::{btree_map, vec},
    option,
    prelude::{Just, ProptestConfig, Strategy, any},
    prop_oneof, proptest,
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use super::{
    send_grid::{
        Attachment, BccSettings, Content, EmailAddress, MailSettings, Personalization,
        SendGridMessage, TrackingSettings, UnsubscribeGroup,
    },
    signalr::{SignalREndpoint, SignalRGroupAction, SignalRMessage, SignalROutput},
    twilio::TwilioSmsMessage,
    web_pubsub::{
        WebPubSubAction, WebPubSubData, WebPubSubErrorCode, WebPubSubPermission, WebPubSubReply,
    },
};
use crate::{Data, IntoElement, IntoOutput};

/// Sends `value`, alone and among others, as the host does when it writes the JSON anew, and reads it back.
#[track_caller]
fn check<T>(value: &T)
where
    T: IntoOutput
        + IntoElement
        + Serialize
        + DeserializeOwned
        + Clone
        + PartialEq
        + Debug
        + 'static,
{
    let data = value.clone().into_output().unwrap();
    let json: Value = data.decode_json().unwrap();
    assert!(json.is_object(), "{json}");
    let indented = serde_json::to_string_pretty(&json).unwrap();
    assert_eq!(&Data::text(indented).decode::<T>().unwrap(), value);
    assert_eq!(value.clone().into_element().unwrap(), json);
}

fn text() -> impl Strategy<Value = String> + Clone {
    prop_oneof![
        "\\PC{0,8}",
        any::<String>(),
        Just("null".to_owned()),
        Just("{}".to_owned())
    ]
}

fn json() -> impl Strategy<Value = Value> + Clone {
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    scalar.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Value::from),
            btree_map(text(), inner, 0..3).prop_map(|members| Map::from_iter(members).into()),
        ]
    })
}

fn endpoints() -> impl Strategy<Value = Vec<SignalREndpoint>> {
    let one = (option::of(text()), text(), any::<bool>());
    let one = one.prop_map(|(name, address, online)| {
        let mut endpoint = SignalREndpoint::new(address);
        endpoint.name = name;
        endpoint.online = online;
        endpoint
    });
    vec(one, 0..3)
}

fn message() -> impl Strategy<Value = SignalRMessage> {
    (text(), vec(json(), 0..3), 0..4, text(), endpoints()).prop_map(
        |(target, arguments, recipient, name, endpoints)| {
            let message = SignalRMessage::new(target, arguments).through(endpoints);
            match recipient {
                0 => message,
                1 => message.to_user(name),
                2 => message.to_group(name),
                _ => message.to_connection(name),
            }
        },
    )
}

fn group_action() -> impl Strategy<Value = SignalRGroupAction> {
    (0..6, text(), text(), endpoints()).prop_map(|(kind, member, group, endpoints)| {
        let action = match kind {
            0 => SignalRGroupAction::add_user(member, group),
            1 => SignalRGroupAction::remove_user(member, group),
            2 => SignalRGroupAction::remove_user_from_all(member),
            3 => SignalRGroupAction::add_connection(member, group),
            4 => SignalRGroupAction::remove_connection(member, group),
            _ => SignalRGroupAction::remove_connection_from_all(member),
        };
        action.through(endpoints)
    })
}

fn data() -> impl Strategy<Value = WebPubSubData> + Clone {
    prop_oneof![
        text().prop_map(WebPubSubData::from),
        json().prop_map(WebPubSubData::from),
        vec(any::<u8>(), 0..8).prop_map(WebPubSubData::from),
    ]
}

fn action() -> impl Strategy<Value = WebPubSubAction> {
    use WebPubSubAction as Action;

    let permission = prop_oneof![
        Just(WebPubSubPermission::SendToGroup),
        Just(WebPubSubPermission::JoinLeaveGroup)
    ];
    let action = (0..14, text(), text(), data(), permission).prop_map(
        |(kind, who, group, data, permission)| match kind {
            0 => Action::send_to_all(data),
            1 => Action::send_to_group(group, data),
            2 => Action::send_to_user(who, data),
            3 => Action::send_to_connection(who, data),
            4 => Action::add_user_to_group(who, group),
            5 => Action::remove_user_from_group(who, group),
            6 => Action::remove_user_from_all_groups(who),
            7 => Action::add_connection_to_group(who, group),
            8 => Action::remove_connection_from_group(who, group),
            9 => Action::close_all_connections(),
            10 => Action::close_client_connection(who),
            11 => Action::close_group_connections(group),
            12 => Action::grant_permission(who, permission),
            _ => Action::revoke_permission(who, permission),
        },
    );
    (action, vec(text(), 0..3), option::of(text())).prop_map(|(action, excluded, more)| {
        let action = action.excluding(excluded);
        match more {
            None => action,
            Some(more) => action
                .with_filter(more.clone())
                .with_reason(more.clone())
                .with_group(more),
        }
    })
}

fn reply() -> impl Strategy<Value = WebPubSubReply> {
    let states = btree_map(text(), json(), 0..3);
    let accept = (option::of(text()), vec(text(), 0..3), option::of(text()));
    prop_oneof![
        text().prop_map(|why| WebPubSubReply::error(WebPubSubErrorCode::UserError, why)),
        (data(), states.clone())
            .prop_map(|(data, states)| WebPubSubReply::Message { data, states }),
        (accept, states).prop_map(|((user_id, groups, subprotocol), states)| {
            WebPubSubReply::Connect {
                user_id,
                roles: groups.clone(),
                groups,
                subprotocol,
                states,
            }
        }),
    ]
}

fn texts() -> impl Strategy<Value = BTreeMap<String, String>> + Clone {
    btree_map(text(), text(), 0..3)
}

fn mail() -> impl Strategy<Value = SendGridMessage> {
    let address = (text(), option::of(text())).prop_map(|(email, name)| {
        let mut address = EmailAddress::new(email);
        address.name = name;
        address
    });
    let template = option::of(btree_map(text(), json(), 0..3));
    let copy = (
        vec(address.clone(), 0..3),
        option::of(text()),
        texts(),
        option::of(any::<i64>()),
        template,
    );
    let copy = copy.prop_map(
        |(addresses, subject, texts, send_at, template)| Personalization {
            to: addresses.clone(),
            bcc: addresses,
            subject,
            headers: texts.clone(),
            substitutions: texts,
            send_at,
            dynamic_template_data: template.map(Map::from_iter),
            ..Personalization::default()
        },
    );
    let parts = (
        vec((text(), text()), 0..3),
        vec(any::<u8>(), 0..8),
        option::of(any::<i64>()),
    );
    let settings = option::of((any::<bool>(), text()));
    (
        option::of(address),
        vec(copy, 0..3),
        option::of(text()),
        texts(),
        parts,
        settings,
    )
        .prop_map(
            |(address, copies, text, texts, (contents, bytes, number), settings)| SendGridMessage {
                from: address.clone(),
                reply_to: address,
                personalizations: copies,
                content: contents
                    .into_iter()
                    .map(|(kind, text)| Content::new(kind, text))
                    .collect(),
                attachments: vec![Attachment::new("a", bytes, "b").inline("c")],
                categories: texts.keys().cloned().collect(),
                custom_args: texts.clone(),
                sections: texts,
                template_id: text.clone(),
                batch_id: text,
                send_at: number,
                asm: number.map(UnsubscribeGroup::new),
                mail_settings: settings.map(|(enable, email)| {
                    MailSettings::default().bcc(BccSettings::default().enable(enable).email(email))
                }),
                tracking_settings: number.map(|_| TrackingSettings::default()),
                ..SendGridMessage::default()
            },
        )
}

fn sms() -> impl Strategy<Value = TwilioSmsMessage> {
    let flags = (
        option::of(any::<bool>()),
        option::of(any::<i32>()),
        option::of(any::<i16>()),
    );
    // What is not a field of its own is told apart by its name.
    let more = btree_map("x[a-z]{1,3}", json(), 0..3);
    (text(), option::of(text()), vec(text(), 0..3), flags, more).prop_map(
        |(to, text, media_url, (flag, number, price), more)| {
            let mut sms = TwilioSmsMessage::new(to);
            sms.body = text.clone();
            sms.content_variables = text;
            sms.media_url = media_url;
            sms.send_as_mms = flag;
            sms.validity_period = number;
            sms.max_price = price.map(|price| f64::from(price) / 4.0);
            sms.more = more;
            sms
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn signalr(message in message(), action in group_action()) {
        check(&message);
        check(&action);
        check(&SignalROutput::from(message));
        check(&SignalROutput::from(action));
    }

    #[test]
    fn web_pubsub(action in action(), reply in reply()) {
        check(&action);
        let json: Value = reply.clone().into_output().unwrap().decode_json().unwrap();
        assert_eq!(serde_json::from_value::<WebPubSubReply>(json).unwrap(), reply);
    }

    #[test]
    fn mails(mail in mail()) {
        check(&mail);
    }

    #[test]
    fn text_messages(sms in sms()) {
        check(&sms);
    }
}
