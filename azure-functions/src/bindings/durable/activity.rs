//! Activities: the work of an orchestration.

use std::ops;

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::{REQUIRES_GRPC, failure, message};
use crate::{
    BindError, Binding, BindingData, Data, FromTrigger, IntoOutput, Property, Setting, Trigger,
    driver::Driver,
};

/// The binding of [`ActivityTrigger`] and [`DurableActivityContext`].
#[derive(Debug)]
pub struct ActivityTriggerBinding;

impl Binding for ActivityTriggerBinding {
    const TYPE: &'static str = "activityTrigger";
    const PROPERTIES: &'static [Property] = &[Property::string("activity")
        .default("the function's name")
        .doc("The name by which orchestrators call it.")];
    const FIXED: &'static [Setting] = REQUIRES_GRPC;
    const DRIVER: Option<Driver> = Some(Driver::new(|mut drive| {
        Box::pin(async move {
            let input = drive.take();
            drive.call_once(input).await.map_err(failure::named)
        })
    }));
}

/// The binding of [`ActivityOutput`].
#[derive(Debug)]
pub struct ActivityOutputBinding;

impl Binding for ActivityOutputBinding {
    const TYPE: &'static str = "activityTrigger";
    const ONLY_WITH: Option<&'static str> = Some("activityTrigger");
    const RETURNED_TO_TRIGGER: bool = true;
}

/// A call of an activity by an orchestrator: its input.
///
/// `T` is any type that serde can read from the caller's JSON. What the function returns as an [`ActivityOutput`] is the result of
/// the call; an error is its failure, of which the caller learns the type and the first line of the text. An activity may run more
/// than once, and can do anything that an orchestrator cannot.
///
/// # Properties
///
/// | Name | Type | Default | Meaning |
/// |---|---|---|---|
/// | `activity` | string | the function's name | The name by which orchestrators call it. |
///
/// # Example
///
/// ```
/// use azure_functions::{
///     bindings::{ActivityOutput, ActivityTrigger},
///     func,
/// };
///
/// #[func]
/// fn double(ActivityTrigger(number): ActivityTrigger<i64>) -> ActivityOutput<i64> {
///     ActivityOutput(2 * number)
/// }
///
/// assert_eq!(double(ActivityTrigger(4)), ActivityOutput(8));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct ActivityTrigger<T = Value>(
    /// The input.
    pub T,
);

impl<T> ops::Deref for ActivityTrigger<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: DeserializeOwned> FromTrigger for ActivityTrigger<T> {
    type Binding = ActivityTriggerBinding;

    fn from_trigger(data: Data, _: &Trigger) -> Result<Self, BindError> {
        message::read(&data).map(Self)
    }
}

impl<T: BindingData> BindingData for ActivityTrigger<T> {
    const NAMES: Option<&'static [&'static str]> = T::NAMES;
}

/// A call of an activity by an orchestrator: its input, and who calls.
///
/// # Properties
///
/// | Name | Type | Default | Meaning |
/// |---|---|---|---|
/// | `activity` | string | the function's name | The name by which orchestrators call it. |
///
/// # Example
///
/// ```
/// use azure_functions::{
///     bindings::{ActivityOutput, DurableActivityContext},
///     func,
/// };
///
/// #[func]
/// fn sign(call: DurableActivityContext<String>) -> ActivityOutput<String> {
///     ActivityOutput(format!("{} ({})", call.input, call.instance_id))
/// }
///
/// let call = DurableActivityContext::new("abc", "yes".to_owned());
/// assert_eq!(sign(call).0, "yes (abc)");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct DurableActivityContext<T = Value> {
    /// The id of the instance that calls.
    pub instance_id: String,
    /// The input.
    pub input: T,
}

impl<T> DurableActivityContext<T> {
    /// A call by this instance, as a unit test needs it.
    pub fn new(instance_id: impl Into<String>, input: T) -> Self {
        Self {
            instance_id: instance_id.into(),
            input,
        }
    }
}

impl<T: DeserializeOwned> FromTrigger for DurableActivityContext<T> {
    type Binding = ActivityTriggerBinding;

    fn from_trigger(data: Data, trigger: &Trigger) -> Result<Self, BindError> {
        Ok(Self {
            instance_id: trigger.get("instanceId").unwrap_or_default(),
            input: message::read(&data)?,
        })
    }
}

impl<T: BindingData> BindingData for DurableActivityContext<T> {
    const NAMES: Option<&'static [&'static str]> = T::NAMES;
}

/// The result of an activity, as JSON. An activity without a result returns nothing.
///
/// # Properties
///
/// None.
///
/// Only in a function whose trigger is `activityTrigger`.
///
/// # Example
///
/// See [`ActivityTrigger`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct ActivityOutput<T>(
    /// The result.
    pub T,
);

impl<T> From<T> for ActivityOutput<T> {
    fn from(result: T) -> Self {
        Self(result)
    }
}

impl<T: Serialize> IntoOutput for ActivityOutput<T> {
    type Binding = ActivityOutputBinding;

    fn into_output(self) -> Result<Data, BindError> {
        message::write(&self.0)
    }
}
