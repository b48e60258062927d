//! Warmup: prepare an instance of the app before it gets work.

use crate::{BindError, Binding, Data, FromTrigger, Offers, Trigger};

/// The binding of [`WarmupTrigger`].
#[derive(Debug)]
pub struct WarmupTriggerBinding;

impl Binding for WarmupTriggerBinding {
    const TYPE: &'static str = "warmupTrigger";
    const OFFERS: Offers = Offers::names(&[]);
}

/// An instance of the app was added, and gets work soon.
///
/// That happens in the Premium and Dedicated plans, not in the Consumption plan. The embedded host calls the function once, at
/// its start.
///
/// # Properties
///
/// None.
///
/// # Example
///
/// ```
/// use azure_functions::{bindings::WarmupTrigger, func};
///
/// #[func]
/// fn warmup(_instance: WarmupTrigger) {
///     println!("opening connections");
/// }
///
/// warmup(WarmupTrigger::default());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct WarmupTrigger;

impl FromTrigger for WarmupTrigger {
    type Binding = WarmupTriggerBinding;

    /// Ignores the payload, which means nothing.
    fn from_trigger(_data: Data, _trigger: &Trigger) -> Result<Self, BindError> {
        Ok(Self)
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::WarmupTrigger;
    use crate::{Data, FromTrigger, Trigger, bindings::check::check_metadata, func, functions};

    #[func]
    fn warmup(_instance: WarmupTrigger) {}

    #[test]
    fn metadata() {
        check_metadata(
            &functions![warmup],
            &expect![[r#"{"name":"instance","type":"warmupTrigger","direction":"in"}"#]],
        );
    }

    #[test]
    fn any_payload_will_do() {
        for data in [
            Data::none(),
            Data::text(""),
            Data::json("{}"),
            Data::bytes(vec![0xff]),
        ] {
            let read = WarmupTrigger::from_trigger(data, &Trigger::default());
            assert_eq!(read.unwrap(), WarmupTrigger);
        }
    }
}
