//! What a function is once the macro has read it: [`FunctionDef`], and what passes in and out of it.

use std::fmt;

use bytes::Bytes;
use futures::future::BoxFuture;

use crate::{
    Cardinality, Context, Data, DataType, InvokeError, RetryPolicy, Trigger,
    binding::{Description, Setting, check::OutputSettings},
    context::Need,
};

/// The names of the outputs by their position in the return type.
pub(crate) const OUTPUT_NAMES: [&str; 12] = [
    azure_functions_shared::names::RETURN,
    "output1",
    "output2",
    "output3",
    "output4",
    "output5",
    "output6",
    "output7",
    "output8",
    "output9",
    "output10",
    "output11",
];

/// A function of the app: what `#[func]` makes of it.
///
/// The attribute registers one for each function. [`functions!`](crate::functions) gives them as a list, for an app that
/// wants to say itself which functions it has.
#[derive(Debug)]
pub struct FunctionDef {
    /// The name that the host knows it by.
    pub name: &'static str,
    /// The source file that it is written in.
    pub file: &'static str,
    /// The line in that file.
    pub line: u32,
    /// Its parameters, in order.
    pub parameters: &'static [ParameterDef],
    /// The binding at each position of its return type: `$return`, `output1`, `output2` …
    pub outputs: &'static [Option<Description>],
    /// The properties of the outputs that have any.
    pub output_settings: &'static [OutputSettings],
    /// How the host calls it again when it failed.
    pub retry: Option<RetryPolicy>,
    /// How it is called.
    pub invoker: Invoker,
}

impl AsRef<str> for FunctionDef {
    /// Its name.
    fn as_ref(&self) -> &str {
        self.name
    }
}

/// A parameter of a [`FunctionDef`].
#[derive(Clone, Copy, Debug)]
pub struct ParameterDef {
    /// The name on the wire.
    pub name: &'static str,
    /// Its binding, unless it is part of the invocation's context.
    pub binding: Option<Description>,
    /// Whether it is the trigger.
    pub trigger: bool,
    /// How the host should hand over the value.
    pub data_type: Option<DataType>,
    /// Whether an invocation gets one value or a batch.
    pub cardinality: Option<Cardinality>,
    /// Its properties.
    pub settings: &'static [Setting],
    /// The state that the app has to have for it.
    pub need: Option<Need>,
    /// For a parameter that is taken by `&mut`: the name and the binding of the output that writes it back.
    pub update: Option<(&'static str, Description)>,
}

/// How a function is called.
#[derive(Clone, Copy)]
pub enum Invoker {
    /// As a future.
    Async(fn(Call) -> BoxFuture<'static, Result<Outputs, InvokeError>>),
    /// On a thread where it may block.
    Blocking(fn(Call) -> Result<Outputs, InvokeError>),
}

impl fmt::Debug for Invoker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Async(_) => "Async",
            Self::Blocking(_) => "Blocking",
        })
    }
}

/// What one invocation brings.
#[derive(Debug)]
pub struct Call {
    /// The names are texts.
    inputs: Vec<(Bytes, Data)>,
    trigger: Trigger,
    context: Context,
}

impl Call {
    /// A call with the values of the trigger and the inputs, by their names on the wire.
    pub fn new(inputs: Vec<(String, Data)>, trigger: Trigger, context: Context) -> Self {
        let inputs = inputs.into_iter();
        let inputs = inputs.map(|(name, data)| (name.into(), data)).collect();
        Self::of(inputs, trigger, context)
    }

    /// The same with names as they came over the wire.
    pub(crate) fn of(inputs: Vec<(Bytes, Data)>, trigger: Trigger, context: Context) -> Self {
        Self {
            inputs,
            trigger: trigger.of_call(&context),
            context,
        }
    }

    /// The invocation's context.
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// What the host says of the trigger.
    pub fn trigger(&self) -> &Trigger {
        &self.trigger
    }

    /// Takes the value of the binding called `name`; no value when the host sent none.
    pub fn take(&mut self, name: &str) -> Data {
        self.inputs
            .iter_mut()
            .find(|(input, _)| input == name)
            .map_or_else(Data::none, |(_, data)| std::mem::take(data))
    }

    /// The value of the binding called `name`, which stays.
    #[cfg(feature = "tower")]
    pub(crate) fn get(&self, name: &str) -> Option<&Data> {
        self.inputs
            .iter()
            .find(|(input, _)| input == name)
            .map(|(_, data)| data)
    }

    /// Gives the binding called `name` another value than the host sent.
    pub(crate) fn put(&mut self, name: &str, data: Data) {
        match self.inputs.iter_mut().find(|(input, _)| input == name) {
            Some((_, value)) => *value = data,
            None => self.inputs.push((name.to_owned().into(), data)),
        }
    }

    /// Whether the host sent a value of the binding called `name`.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.inputs
            .iter()
            .any(|(input, data)| input == name && !data.is_none())
    }
}

/// What a function wrote, by the names of its outputs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outputs(Vec<(&'static str, Data)>);

impl Outputs {
    /// No outputs.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds an output, unless it has no value. It takes the place of another with the same name: the host fails an
    /// invocation that has two.
    pub fn put(&mut self, name: &'static str, data: Data) {
        if data.is_none() {
            return;
        }
        match self.0.iter_mut().find(|(output, _)| *output == name) {
            Some((_, value)) => *value = data,
            None => self.0.push((name, data)),
        }
    }

    /// The value of the output called `name`.
    pub fn get(&self, name: &str) -> Option<&Data> {
        self.0
            .iter()
            .find(|(output, _)| *output == name)
            .map(|(_, data)| data)
    }
}

impl Outputs {
    /// Takes the value of the output called `name` out.
    pub(crate) fn take(&mut self, name: &str) -> Option<Data> {
        let at = self.0.iter().position(|(output, _)| *output == name)?;
        Some(self.0.swap_remove(at).1)
    }

    /// All values, to be changed.
    pub(crate) fn values_mut(&mut self) -> impl Iterator<Item = &mut Data> {
        self.0.iter_mut().map(|(_, data)| data)
    }
}

impl IntoIterator for Outputs {
    type Item = (&'static str, Data);
    type IntoIter = std::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}
