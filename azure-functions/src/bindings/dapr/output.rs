//! What an app asks its sidecar to do: call another app, publish a message, use an output binding.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::ADDRESS;
use crate::{
    BindError, Binding, Data, IntoElement, IntoOutput, Property,
    bindings::json::{to_data, to_element},
};

/// The binding of [`DaprInvoke`].
#[derive(Debug)]
pub struct DaprInvokeBinding;

impl Binding for DaprInvokeBinding {
    const TYPE: &'static str = "daprInvoke";
    const PROPERTIES: &'static [Property] = &[
        Property::string("app_id").doc("The app to call; `{…}` expressions are replaced."),
        Property::string("method_name").doc("The method to call; `{…}` expressions are replaced."),
        Property::string("http_verb")
            .default("`POST`")
            .doc("The HTTP method to call it with."),
        ADDRESS,
    ];
}

/// The binding of [`DaprPublish`].
#[derive(Debug)]
pub struct DaprPublishBinding;

impl Binding for DaprPublishBinding {
    const TYPE: &'static str = "daprPublish";
    const PROPERTIES: &'static [Property] = &[
        Property::string("pub_sub_name")
            .doc("The component of Dapr that takes the message; `{…}` expressions are replaced."),
        Property::string("topic")
            .doc("The topic to publish it under; `{…}` expressions are replaced."),
        ADDRESS,
    ];
}

/// The binding of [`DaprBinding`].
#[derive(Debug)]
pub struct DaprBindingBinding;

impl Binding for DaprBindingBinding {
    const TYPE: &'static str = "daprBinding";
    const PROPERTIES: &'static [Property] = &[
        Property::string("binding_name")
            .doc("The output binding of Dapr to use; `{…}` expressions are replaced."),
        Property::string("operation").doc("What it is to do; `{…}` expressions are replaced."),
        ADDRESS,
    ];
}

/// A call of another app.
///
/// What the call does not say is taken from the properties of the binding.
///
/// # Properties
///
/// | Name | Type | Default | Meaning |
/// |---|---|---|---|
/// | `app_id` | string | | The app to call; `{…}` expressions are replaced. |
/// | `method_name` | string | | The method to call; `{…}` expressions are replaced. |
/// | `http_verb` | string | `POST` | The HTTP method to call it with. |
/// | `dapr_address` | string | | The address of the sidecar, if it is not the usual one. |
///
/// # Example
///
/// ```
/// use azure_functions::{
///     bindings::{DaprInvoke, QueueTrigger},
///     func,
/// };
///
/// #[func]
/// #[binding(name = "$return", app_id = "shop", http_verb = "POST")]
/// fn forward(#[binding(queue_name = "orders")] order: QueueTrigger) -> DaprInvoke<String> {
///     DaprInvoke::new(order.message).method_name("accept")
/// }
///
/// assert_eq!(forward(QueueTrigger::new("7".to_owned())).body, "7");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct DaprInvoke<T = Value> {
    /// The body of the call.
    pub body: T,
    /// The app to call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub app_id: Option<String>,
    /// The method to call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method_name: Option<String>,
    /// The HTTP method to call it with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http_verb: Option<String>,
}

impl<T> DaprInvoke<T> {
    /// A call with this body.
    pub fn new(body: T) -> Self {
        Self {
            body,
            app_id: None,
            method_name: None,
            http_verb: None,
        }
    }

    /// Says which app to call.
    #[must_use]
    pub fn app_id(mut self, app: impl Into<String>) -> Self {
        self.app_id = Some(app.into());
        self
    }

    /// Says which method to call.
    #[must_use]
    pub fn method_name(mut self, method: impl Into<String>) -> Self {
        self.method_name = Some(method.into());
        self
    }

    /// Says with which HTTP method to call it.
    #[must_use]
    pub fn http_verb(mut self, verb: impl Into<String>) -> Self {
        self.http_verb = Some(verb.into());
        self
    }
}

/// A message to publish.
///
/// What the message does not say is taken from the properties of the binding.
///
/// # Properties
///
/// | Name | Type | Default | Meaning |
/// |---|---|---|---|
/// | `pub_sub_name` | string | | The component of Dapr that takes the message; `{…}` expressions are replaced. |
/// | `topic` | string | | The topic to publish it under; `{…}` expressions are replaced. |
/// | `dapr_address` | string | | The address of the sidecar, if it is not the usual one. |
///
/// # Example
///
/// ```
/// use azure_functions::{
///     bindings::{DaprPublish, QueueTrigger},
///     func,
/// };
///
/// #[func]
/// #[binding(name = "$return", pub_sub_name = "shop", topic = "orders")]
/// fn publish(#[binding(queue_name = "orders")] order: QueueTrigger) -> DaprPublish<String> {
///     DaprPublish::new(order.message)
/// }
///
/// assert_eq!(publish(QueueTrigger::new("7".to_owned())).payload, "7");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DaprPublish<T = Value> {
    /// What the message holds.
    pub payload: T,
    /// The component of Dapr that takes it.
    #[serde(rename = "pubsubname", skip_serializing_if = "Option::is_none")]
    pub pub_sub_name: Option<String>,
    /// The topic to publish it under.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
}

impl<T> DaprPublish<T> {
    /// A message that holds this.
    pub fn new(payload: T) -> Self {
        Self {
            payload,
            pub_sub_name: None,
            topic: None,
        }
    }

    /// Says which component of Dapr takes it.
    #[must_use]
    pub fn pub_sub_name(mut self, component: impl Into<String>) -> Self {
        self.pub_sub_name = Some(component.into());
        self
    }

    /// Says under which topic to publish it.
    #[must_use]
    pub fn topic(mut self, topic: impl Into<String>) -> Self {
        self.topic = Some(topic.into());
        self
    }
}

/// A use of an output binding of Dapr.
///
/// What it does not say is taken from the properties of the function's binding.
///
/// # Properties
///
/// | Name | Type | Default | Meaning |
/// |---|---|---|---|
/// | `binding_name` | string | | The output binding of Dapr to use; `{…}` expressions are replaced. |
/// | `operation` | string | | What it is to do; `{…}` expressions are replaced. |
/// | `dapr_address` | string | | The address of the sidecar, if it is not the usual one. |
///
/// # Example
///
/// ```
/// use azure_functions::{
///     bindings::{DaprBinding, QueueTrigger},
///     func,
/// };
///
/// #[func]
/// #[binding(name = "$return", binding_name = "archive", operation = "create")]
/// fn archive(#[binding(queue_name = "letters")] letter: QueueTrigger) -> DaprBinding<String> {
///     DaprBinding::new(letter.message).metadata("year", "2026")
/// }
///
/// assert_eq!(archive(QueueTrigger::new("hi".to_owned())).data, "hi");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct DaprBinding<T = Value> {
    /// What the binding is given.
    pub data: T,
    /// What else it is told.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, Value>,
    /// What it is to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// The binding.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub binding_name: Option<String>,
}

impl<T> DaprBinding<T> {
    /// A use that gives the binding this.
    pub fn new(data: T) -> Self {
        Self {
            data,
            metadata: BTreeMap::new(),
            operation: None,
            binding_name: None,
        }
    }

    /// Tells the binding something else.
    #[must_use]
    pub fn metadata(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.metadata.insert(name.into(), value.into());
        self
    }

    /// Says what the binding is to do.
    #[must_use]
    pub fn operation(mut self, operation: impl Into<String>) -> Self {
        self.operation = Some(operation.into());
        self
    }

    /// Says which binding to use.
    #[must_use]
    pub fn binding_name(mut self, binding: impl Into<String>) -> Self {
        self.binding_name = Some(binding.into());
        self
    }
}

impl<T: Serialize> IntoOutput for DaprInvoke<T> {
    type Binding = DaprInvokeBinding;

    fn into_output(self) -> Result<Data, BindError> {
        to_data(&self)
    }
}

impl<T: Serialize> IntoElement for DaprInvoke<T> {
    fn into_element(self) -> Result<Value, BindError> {
        to_element(&self)
    }
}

impl<T: Serialize> IntoOutput for DaprPublish<T> {
    type Binding = DaprPublishBinding;

    fn into_output(self) -> Result<Data, BindError> {
        to_data(&self)
    }
}

impl<T: Serialize> IntoElement for DaprPublish<T> {
    fn into_element(self) -> Result<Value, BindError> {
        to_element(&self)
    }
}

impl<T: Serialize> IntoOutput for DaprBinding<T> {
    type Binding = DaprBindingBinding;

    fn into_output(self) -> Result<Data, BindError> {
        to_data(&self)
    }
}

impl<T: Serialize> IntoElement for DaprBinding<T> {
    fn into_element(self) -> Result<Value, BindError> {
        to_element(&self)
    }
}
