//! How a return value becomes outputs: the trait for authors of bindings, and the one that the macro names.

use std::any::type_name;

use crate::{
    BindError, Binding, BoxError, Data, InvokeError, Outputs, binding::Description,
    function::OUTPUT_NAMES,
};

/// A type that a function can return to write an output.
///
/// `Option` of it writes nothing when it is `None`; tuples write several outputs, called `$return`, `output1`, `output2` …;
/// `Result` fails the invocation when it is `Err`; and `Vec` of it writes many if it is an [`IntoElement`].
///
/// ```
/// use azure_functions::{BindError, Binding, Data, IntoOutput, Property, bindings::QueueTrigger, func};
///
/// /// Sends a pigeon.
/// struct Pigeon(String);
///
/// struct PigeonBinding;
///
/// impl Binding for PigeonBinding {
///     const TYPE: &'static str = "pigeon";
///     const PROPERTIES: &'static [Property] = &[Property::string("loft").required()];
/// }
///
/// impl IntoOutput for Pigeon {
///     type Binding = PigeonBinding;
///
///     fn into_output(self) -> Result<Data, BindError> {
///         Ok(Data::text(self.0))
///     }
/// }
///
/// #[func]
/// #[binding(name = "$return", loft = "south")]
/// fn send(#[binding(queue_name = "letters")] letter: QueueTrigger) -> Option<Pigeon> {
///     (!letter.message.is_empty()).then(|| Pigeon(letter.message))
/// }
/// # fn main() {}
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an output of an Azure Function",
    label = "not an output",
    note = "return a type from `azure_functions::bindings`, or implement `IntoOutput` for `{Self}`"
)]
pub trait IntoOutput: Sized {
    /// The binding that the type stands for.
    type Binding: Binding;

    /// Turns the value into what the host writes: [`Data::none`] to write nothing.
    ///
    /// # Errors
    ///
    /// When the value cannot be sent. The invocation then fails, and the error names the output.
    fn into_output(self) -> Result<Data, BindError>;
}

/// An output of which a function can return many as a `Vec`.
#[diagnostic::on_unimplemented(
    message = "a function cannot return many of `{Self}`",
    note = "the host writes many only for message-like outputs such as `QueueMessage`"
)]
pub trait IntoElement: IntoOutput {
    /// Turns the value into one element of the JSON array that the host splits into messages.
    ///
    /// # Errors
    ///
    /// When the value cannot be sent. The invocation then fails, and the error names the output.
    fn into_element(self) -> Result<serde_json::Value, BindError>;
}

/// Any type that a function can return: an [`IntoOutput`], `()`, a tuple of these, or a `Result` of one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an output of an Azure Function",
    label = "not an output, a tuple of outputs, or a `Result` of one",
    note = "return a type from `azure_functions::bindings`, or implement `IntoOutput` for `{Self}`"
)]
pub trait IntoOutputs: Sized {
    /// The binding at each position: the first is `$return`, the others are `output1`, `output2` and so on.
    const SLOTS: &'static [Option<Description>];

    /// Adds the outputs to `outputs`.
    ///
    /// # Errors
    ///
    /// When the function returned an error, or a value cannot be sent.
    fn into_outputs(self, outputs: &mut Outputs) -> Result<(), InvokeError>;
}

/// What stands at one position of a returned tuple: an output or `()`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an output of an Azure Function",
    label = "not an output",
    note = "return a type from `azure_functions::bindings`, or implement `IntoOutput` for `{Self}`"
)]
pub trait Slot: Sized {
    /// Its binding.
    const SLOT: Option<Description>;

    /// Its value.
    ///
    /// # Errors
    ///
    /// When the value cannot be sent.
    fn into_data(self) -> Result<Data, BindError>;
}

impl Slot for () {
    const SLOT: Option<Description> = None;

    fn into_data(self) -> Result<Data, BindError> {
        Ok(Data::none())
    }
}

#[diagnostic::do_not_recommend]
impl<T: IntoOutput> Slot for T {
    const SLOT: Option<Description> = Some(Description::of::<T::Binding>());

    fn into_data(self) -> Result<Data, BindError> {
        self.into_output()
    }
}

#[diagnostic::do_not_recommend]
impl<T: Slot> IntoOutputs for T {
    const SLOTS: &'static [Option<Description>] = &[T::SLOT];

    fn into_outputs(self, outputs: &mut Outputs) -> Result<(), InvokeError> {
        outputs.put_slot(0, self)
    }
}

#[diagnostic::do_not_recommend]
impl<T: IntoOutputs, E: Into<BoxError>> IntoOutputs for Result<T, E> {
    const SLOTS: &'static [Option<Description>] = T::SLOTS;

    fn into_outputs(self, outputs: &mut Outputs) -> Result<(), InvokeError> {
        match self {
            Ok(value) => value.into_outputs(outputs),
            Err(error) => Err(InvokeError::User {
                type_name: type_name::<E>(),
                error: error.into(),
            }),
        }
    }
}

macro_rules! tuples {
    ($(($($part:ident $at:tt),+))+) => {$(
        #[diagnostic::do_not_recommend]
        impl<$($part: Slot),+> IntoOutputs for ($($part,)+) {
            const SLOTS: &'static [Option<Description>] = &[$($part::SLOT),+];

            fn into_outputs(self, outputs: &mut Outputs) -> Result<(), InvokeError> {
                $(outputs.put_slot($at, self.$at)?;)+
                Ok(())
            }
        }
    )+};
}

tuples! {
    (A 0)
    (A 0, B 1)
    (A 0, B 1, C 2)
    (A 0, B 1, C 2, D 3)
    (A 0, B 1, C 2, D 3, E 4)
    (A 0, B 1, C 2, D 3, E 4, F 5)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11)
}

#[diagnostic::do_not_recommend]
impl<T: IntoOutput> IntoOutput for Option<T> {
    type Binding = T::Binding;

    fn into_output(self) -> Result<Data, BindError> {
        self.map_or_else(|| Ok(Data::none()), T::into_output)
    }
}

#[diagnostic::do_not_recommend]
impl<T: IntoElement> IntoOutput for Vec<T> {
    type Binding = T::Binding;

    fn into_output(self) -> Result<Data, BindError> {
        if self.is_empty() {
            return Ok(Data::none());
        }
        let elements = self
            .into_iter()
            .map(T::into_element)
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Data::json(serde_json::Value::from(elements).to_string()))
    }
}

impl Outputs {
    fn put_slot<T: Slot>(&mut self, at: usize, value: T) -> Result<(), InvokeError> {
        let output = OUTPUT_NAMES.get(at).copied().unwrap_or_default();
        match value.into_data() {
            Ok(data) => {
                self.put(output, data);
                Ok(())
            }
            Err(error) => Err(InvokeError::Output {
                output: output.into(),
                error,
            }),
        }
    }
}
