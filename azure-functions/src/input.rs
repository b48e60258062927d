//! How a parameter gets its value: the three traits for authors of bindings, and the one that the macro names.

use crate::{
    BindError, Binding, Call, Cardinality, Context, Data, DataType, InvokeError, Outputs, Trigger,
    binding::{Description, check::Parameter},
    context::Need,
};

/// A type that starts a function.
///
/// Implemented by the triggers of [`bindings`](crate::bindings); implement it for a type of your own to use a trigger
/// that this crate does not know. Nothing has to be registered: a parameter of the type is all.
///
/// ```
/// use azure_functions::{BindError, Binding, Data, FromTrigger, Property, Trigger, func};
///
/// /// Starts a function when a pigeon arrives.
/// #[derive(Debug)]
/// struct PigeonTrigger {
///     letter: String,
///     ring: Option<String>,
/// }
///
/// struct PigeonTriggerBinding;
///
/// impl Binding for PigeonTriggerBinding {
///     const TYPE: &'static str = "pigeonTrigger";
///     const PROPERTIES: &'static [Property] = &[Property::string("loft").required()];
/// }
///
/// impl FromTrigger for PigeonTrigger {
///     type Binding = PigeonTriggerBinding;
///
///     fn from_trigger(data: Data, trigger: &Trigger) -> Result<Self, BindError> {
///         Ok(Self { letter: data.decode()?, ring: trigger.get("Ring") })
///     }
/// }
///
/// #[func]
/// fn read(#[binding(loft = "north")] pigeon: PigeonTrigger) {
///     println!("{pigeon:?}");
/// }
/// # fn main() {}
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a trigger",
    note = "use a trigger from `azure_functions::bindings`, or implement `FromTrigger` for `{Self}`"
)]
pub trait FromTrigger: Sized {
    /// The binding that the type stands for.
    type Binding: Binding;
    /// How the host should hand over the value.
    const DATA_TYPE: Option<DataType> = None;
    /// Whether an invocation gets one value or a batch.
    const CARDINALITY: Option<Cardinality> = None;

    /// Makes the value from what the host sent.
    ///
    /// # Errors
    ///
    /// When the host's data has another shape. The invocation then fails, and the error names the parameter.
    fn from_trigger(data: Data, trigger: &Trigger) -> Result<Self, BindError>;

    /// What to answer instead of a failure when the value could not be made: the type of an output, and its value.
    ///
    /// An HTTP request that cannot be understood is answered with 400, for instance.
    fn reject(error: &BindError) -> Option<(&'static str, Data)> {
        let _ = error;
        None
    }
}

/// A trigger of which a function can take a batch: `Vec<T>` instead of `T`.
///
/// The host is told so by the type; there is nothing else to say. Each element is made by
/// [`from_trigger`](FromTrigger::from_trigger), which is given what the host says of that element.
#[diagnostic::on_unimplemented(
    message = "the host gives no batches of `{Self}`",
    label = "one at a time only",
    note = "take `{Self}` instead of a `Vec`"
)]
pub trait FromBatch: FromTrigger {
    /// Makes all elements from what the host sent.
    ///
    /// # Errors
    ///
    /// When the host's data is no batch, or an element has another shape. The error names the element.
    fn from_batch(data: Data, trigger: &Trigger) -> Result<Vec<Self>, BindError> {
        let list = data.into_list()?;
        let mut trigger = trigger.first_element(list.len());
        // One place of the right size: an element is large, and a `collect` of results moves each several times.
        let mut elements = Vec::with_capacity(list.len());
        for (at, data) in list.into_iter().enumerate() {
            trigger.move_to(at);
            let element = Self::from_trigger(data, &trigger);
            elements.push(element.map_err(|error| error.of_element(at))?);
        }
        Ok(elements)
    }
}

#[diagnostic::do_not_recommend]
impl<T: FromBatch> FromTrigger for Vec<T> {
    type Binding = T::Binding;
    const DATA_TYPE: Option<DataType> = T::DATA_TYPE;
    const CARDINALITY: Option<Cardinality> = Some(Cardinality::Many);

    fn from_trigger(data: Data, trigger: &Trigger) -> Result<Self, BindError> {
        T::from_batch(data, trigger)
    }
}

/// A type that is read for a function, besides its trigger.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an input binding",
    note = "use an input from `azure_functions::bindings`, or implement `FromInput` for `{Self}`"
)]
pub trait FromInput: Sized {
    /// The binding that the type stands for.
    type Binding: Binding;
    /// How the host should hand over the value.
    const DATA_TYPE: Option<DataType> = None;

    /// Makes the value from what the host sent.
    ///
    /// # Errors
    ///
    /// When the host's data has another shape. The invocation then fails, and the error names the parameter.
    fn from_input(data: Data) -> Result<Self, BindError>;

    /// Makes the value for one that needs to know more of the worker.
    #[doc(hidden)]
    fn from_input_of(data: Data, context: &Context) -> Result<Self, BindError> {
        let _ = context;
        Self::from_input(data)
    }
}

/// A type that is part of the invocation itself, such as [`Context`] or [`State`](crate::State).
#[diagnostic::on_unimplemented(message = "`{Self}` is not a part of an invocation")]
pub trait FromContext: Sized {
    /// The state that the app has to have for it.
    #[doc(hidden)]
    const NEED: Option<Need> = None;

    /// Takes the value from the context.
    ///
    /// # Errors
    ///
    /// When the context does not have it. The invocation then fails, and the error names the parameter.
    fn from_context(context: &Context) -> Result<Self, BindError>;
}

/// A parameter type that can be taken by `&mut`: it is read before the function, and written after it if it changed.
///
/// The host has no binding that does both, so the function gets two of one property set: this type's own, and
/// [`Output`](Self::Output) under the parameter's name with `Out` behind it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be taken by `&mut`",
    label = "nothing would be written back",
    note = "take `{Self}` or `&{Self}`, and return an output"
)]
pub trait Update: Sized {
    /// The binding that writes.
    type Output: Binding;
    /// What is kept to see whether the value changed.
    type Before: Send;

    /// The value when there is nothing to read yet.
    fn absent() -> Self;

    /// Remembers the value before the function runs.
    fn before(&self) -> Self::Before;

    /// What to write after the function has run: [`Data::none`] when nothing changed.
    ///
    /// # Errors
    ///
    /// When the value cannot be written. The invocation then fails, and the error names the output.
    fn after(self, before: Self::Before) -> Result<Data, BindError>;

    /// The description of [`Output`](Self::Output).
    #[doc(hidden)]
    const OUTPUT: Description = Description::of::<Self::Output>();

    /// The value, if the host sent none.
    #[doc(hidden)]
    fn absent_from(call: &Call, parameter: &str) -> Option<Self> {
        (!call.has(parameter)).then(Self::absent)
    }

    /// Adds the output.
    #[doc(hidden)]
    fn write_back(
        self,
        before: Self::Before,
        output: &'static str,
        outputs: &mut Outputs,
    ) -> Result<(), InvokeError> {
        let data = self.after(before).map_err(|error| InvokeError::Output {
            output: output.into(),
            error,
        })?;
        outputs.put(output, data);
        Ok(())
    }
}

/// Any type that can be a parameter. Implemented through [`FromTrigger`], [`FromInput`] and [`FromContext`] only;
/// `Via` tells which.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a parameter of an Azure Function",
    label = "not a trigger, an input, or part of the invocation such as `Context`",
    note = "use a type from `azure_functions::bindings`, or implement `FromTrigger` or `FromInput` for `{Self}`"
)]
pub trait Argument<Via>: Sized {
    /// What the checks need to know.
    const PARAMETER: Parameter;
    /// How the host should hand over the value.
    const DATA_TYPE: Option<DataType>;
    /// Whether an invocation gets one value or a batch.
    const CARDINALITY: Option<Cardinality>;
    /// The state that the app has to have for it.
    #[doc(hidden)]
    const NEED: Option<Need> = None;

    /// Makes the value of the parameter called `name`.
    ///
    /// # Errors
    ///
    /// When the host's data has another shape.
    fn bind(call: &mut Call, name: &str) -> Result<Self, BindError>;

    /// What to answer instead of a failure: the type of an output, and its value.
    fn reject(error: &BindError) -> Option<(&'static str, Data)> {
        let _ = error;
        None
    }

    /// [`bind`](Self::bind) for the output of the macro.
    #[doc(hidden)]
    fn argument(call: &mut Call, parameter: &'static str) -> Result<Self, InvokeError> {
        Self::bind(call, parameter).map_err(|error| match Self::reject(&error) {
            Some((output_type, data)) => InvokeError::Rejected {
                parameter,
                error,
                output_type,
                data,
            },
            None => InvokeError::Bind { parameter, error },
        })
    }
}

/// [`Argument`] through [`FromTrigger`].
#[derive(Debug)]
pub enum ViaTrigger {}

/// [`Argument`] through [`FromInput`].
#[derive(Debug)]
pub enum ViaInput {}

/// [`Argument`] through [`FromContext`].
#[derive(Debug)]
pub enum ViaContext {}

#[diagnostic::do_not_recommend]
impl<T: FromTrigger> Argument<ViaTrigger> for T {
    const PARAMETER: Parameter = Parameter {
        binding: Some(Description::of::<T::Binding>()),
        trigger: true,
        batch: matches!(T::CARDINALITY, Some(Cardinality::Many)),
    };
    const DATA_TYPE: Option<DataType> = T::DATA_TYPE;
    const CARDINALITY: Option<Cardinality> = T::CARDINALITY;

    fn bind(call: &mut Call, name: &str) -> Result<Self, BindError> {
        T::from_trigger(call.take(name), call.trigger())
    }

    fn reject(error: &BindError) -> Option<(&'static str, Data)> {
        T::reject(error)
    }
}

#[diagnostic::do_not_recommend]
impl<T: FromInput> Argument<ViaInput> for T {
    const PARAMETER: Parameter = Parameter {
        binding: Some(Description::of::<T::Binding>()),
        trigger: false,
        batch: false,
    };
    const DATA_TYPE: Option<DataType> = T::DATA_TYPE;
    const CARDINALITY: Option<Cardinality> = None;

    fn bind(call: &mut Call, name: &str) -> Result<Self, BindError> {
        T::from_input_of(call.take(name), call.context())
    }
}

#[diagnostic::do_not_recommend]
impl<T: FromContext> Argument<ViaContext> for T {
    const PARAMETER: Parameter = Parameter {
        binding: None,
        trigger: false,
        batch: false,
    };
    const DATA_TYPE: Option<DataType> = None;
    const CARDINALITY: Option<Cardinality> = None;
    const NEED: Option<Need> = T::NEED;

    fn bind(call: &mut Call, _: &str) -> Result<Self, BindError> {
        T::from_context(call.context())
    }
}

#[diagnostic::do_not_recommend]
impl<T: FromInput> FromInput for Option<T> {
    type Binding = T::Binding;
    const DATA_TYPE: Option<DataType> = T::DATA_TYPE;

    fn from_input(data: Data) -> Result<Self, BindError> {
        if data.is_null() {
            Ok(None)
        } else {
            T::from_input(data).map(Some)
        }
    }

    fn from_input_of(data: Data, context: &Context) -> Result<Self, BindError> {
        if data.is_null() {
            Ok(None)
        } else {
            T::from_input_of(data, context).map(Some)
        }
    }
}
