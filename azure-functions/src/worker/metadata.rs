//! What the host is told of the functions: [`FunctionDef`] → `RpcFunctionMetadata`, and the JSON of the bindings.

use std::{collections::HashMap, time::Duration};

use azure_functions_shared::{
    expression::Placeholders,
    rpc::{
        BindingInfo, FunctionMetadataResponse, RpcException, RpcFunctionMetadata, RpcRetryOptions,
        StatusResult, binding_info, rpc_retry_options::RetryStrategy,
    },
};
use serde::{Serialize, Serializer};
use serde_json::Value as JsonValue;

use crate::{
    Cardinality, DataType, Error, FunctionDef, ParameterDef, RetryPolicy,
    binding::{Description, Property, Setting, Value},
    context::States,
    function::OUTPUT_NAMES,
    registry,
    retry::Strategy,
    worker::limit::Limits,
};

/// The host wants a file that the function is in, and does not look for it.
const SCRIPT_FILE: &str = "app";

/// The functions that this process serves, by the ids that it gives them.
///
/// A host that has several processes asks only one of them for the functions, and tells all of them to load them. So an
/// id has to be the same in all: it is the function's name.
#[derive(Debug)]
pub(super) struct Functions {
    list: Vec<&'static FunctionDef>,
    loaded: HashMap<String, &'static FunctionDef>,
    mistake: Option<String>,
}

impl Functions {
    /// Checks the functions. A mistake is kept, and told when the host asks: an app that ends before that is not even
    /// started again, and its host never says why.
    pub(super) fn new(
        functions: Vec<&'static FunctionDef>,
        states: &States,
        limits: &Limits,
    ) -> Self {
        let (list, mistake) = match registry::check(functions, states, limits) {
            Ok(list) => (list, None),
            Err(error) => (Vec::new(), Some(error)),
        };
        Self {
            list,
            loaded: HashMap::new(),
            mistake: mistake.as_ref().map(Error::to_string),
        }
    }

    /// These functions, which have another mistake: none of them can be served.
    #[cfg(feature = "tower")]
    pub(super) fn with_mistake(self, mistake: String) -> Self {
        let mistakes = self.mistake.into_iter().chain([mistake]);
        Self {
            list: Vec::new(),
            mistake: Some(mistakes.collect::<Vec<_>>().join("; ")),
            ..self
        }
    }

    /// What is wrong with the functions as a whole.
    pub(super) fn mistake(&self) -> Option<&str> {
        self.mistake.as_deref()
    }

    /// The answer to the host's question for the functions in `directory`.
    pub(super) fn metadata(&self, directory: &str) -> FunctionMetadataResponse {
        FunctionMetadataResponse {
            function_metadata_results: self
                .list
                .iter()
                .map(|function| metadata(function, directory))
                .collect(),
            result: Some(match &self.mistake {
                None => StatusResult::success(),
                Some(mistake) => failure(mistake.clone()),
            }),
            use_default_metadata_indexing: false,
        }
    }

    /// Takes note that the host calls the function `name` by `id` from now on.
    pub(super) fn load(&mut self, id: &str, name: &str) -> StatusResult {
        if let Some(mistake) = &self.mistake {
            return failure(mistake.clone());
        }
        let function = self.named(id).or_else(|| self.named(name));
        match function {
            Some(function) => {
                self.loaded.insert(id.to_owned(), function);
                StatusResult::success()
            }
            None => failure(format!(
                "this app has no function `{name}`; deploy the app again, so that the host asks for its functions"
            )),
        }
    }

    /// The function that the host calls by `id`.
    pub(super) fn get(&self, id: &str) -> Option<&'static FunctionDef> {
        self.loaded.get(id).copied().or_else(|| self.named(id))
    }

    fn named(&self, name: &str) -> Option<&'static FunctionDef> {
        self.list
            .binary_search_by_key(&name, |function| function.name)
            .ok()
            .and_then(|at| self.list.get(at).copied())
    }
}

/// A binding as an object of `function.json`.
#[derive(Debug)]
pub(crate) struct BindingJson(Vec<(String, JsonValue)>);

/// The bindings of `function`: its parameters, then its outputs.
pub(crate) fn bindings(function: &FunctionDef) -> Vec<BindingJson> {
    let mut bindings = Vec::new();
    for parameter in function.parameters {
        let Some(binding) = parameter.binding else {
            continue;
        };
        let data_type = if needs_text(function, parameter, binding) {
            Some(DataType::String)
        } else {
            parameter.data_type
        };
        let mut json = BindingJson::input(parameter, binding, data_type);
        if parameter.trigger
            && let Some(answer) = answer(function)
        {
            json.compute(answer, &[]);
        }
        bindings.push(json);
        if let Some((name, output)) = parameter.update {
            bindings.push(BindingJson::new(name, output, "out", parameter.settings));
        }
    }
    for (name, binding) in OUTPUT_NAMES.into_iter().zip(function.outputs) {
        let Some(binding) = *binding else { continue };
        if binding.returned_to_trigger {
            continue;
        }
        bindings.push(BindingJson::new(
            name,
            binding,
            "out",
            output_settings(function, name),
        ));
    }
    bindings
}

/// The bindings of `function`, each as the line of JSON that the host gets.
#[cfg(test)]
pub(crate) fn lines(function: &FunctionDef) -> Vec<String> {
    bindings(function)
        .iter()
        .map(|binding| serde_json::to_string(binding).unwrap())
        .collect()
}

impl BindingJson {
    fn input(parameter: &ParameterDef, binding: Description, data_type: Option<DataType>) -> Self {
        let mut json = Self::new(parameter.name, binding, "in", parameter.settings);
        if let Some(data_type) = data_type {
            json.put_default(
                "dataType",
                match data_type {
                    DataType::String => "string",
                    DataType::Binary => "binary",
                },
            );
        }
        if let Some(cardinality) = parameter.cardinality {
            json.put_default(
                "cardinality",
                match cardinality {
                    Cardinality::One => "one",
                    Cardinality::Many => "many",
                },
            );
        }
        json
    }

    fn new(name: &str, binding: Description, direction: &str, settings: &[Setting]) -> Self {
        let mut json = Self(Vec::new());
        json.put_default("name", name);
        // A binding that takes any property is called by whatever its user says.
        let wire_type = settings.iter().find(|setting| setting.name == "type");
        match wire_type.map(|setting| setting.value) {
            Some(Value::Text(wire_type)) if binding.open => json.put_default("type", wire_type),
            _ => json.put_default("type", binding.wire_type),
        }
        json.put_default("direction", direction);
        for setting in settings {
            let property = binding
                .properties
                .iter()
                .find(|property| property.is_called(setting.name));
            let member = match property {
                Some(property) => property.wire_name(),
                None if binding.open => azure_functions_shared::names::to_camel_case(setting.name),
                // The other half of a pair knows it.
                None => continue,
            };
            if !json.has(&member) {
                json.0.push((
                    member,
                    value(setting.value, property.is_some_and(Property::is_list)),
                ));
            }
        }
        for setting in binding.fixed {
            let member = azure_functions_shared::names::to_camel_case(setting.name);
            json.0.push((member, value(setting.value, false)));
        }
        json.compute(binding, settings);
        json
    }

    /// Adds what the type of `binding` gives, unless the function has given it.
    fn compute(&mut self, binding: Description, settings: &[Setting]) {
        for (member, value) in (binding.computed)(settings) {
            if !self.has(member) {
                self.0.push((member.to_owned(), value));
            }
        }
    }

    /// The value of the member called `name`, if it is a text.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(member, _)| member == name)
            .and_then(|(_, value)| value.as_str())
    }

    fn put_default(&mut self, name: &str, value: &str) {
        if !self.has(name) {
            self.0.push((name.to_owned(), value.into()));
        }
    }

    fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(member, _)| member == name)
    }

    fn info(&self) -> BindingInfo {
        BindingInfo {
            r#type: self.get("type").unwrap_or_default().to_owned(),
            direction: match self.get("direction") {
                Some("out") => binding_info::Direction::Out,
                _ => binding_info::Direction::In,
            }
            .into(),
            data_type: match self.get("dataType") {
                Some("string") => binding_info::DataType::String,
                Some("binary") => binding_info::DataType::Binary,
                _ => binding_info::DataType::Undefined,
            }
            .into(),
            properties: HashMap::new(),
        }
    }
}

/// Whether the trigger has to come as text, because another binding uses a member of its payload: of bytes the host reads none.
fn needs_text(function: &FunctionDef, parameter: &ParameterDef, trigger: Description) -> bool {
    parameter.trigger
        && parameter.data_type == Some(DataType::Binary)
        && parameter.cardinality != Some(Cardinality::Many)
        && trigger.offers.has_payload()
        && others(function)
            .flat_map(|(binding, settings)| texts(binding, settings))
            .any(|text| {
                let mut placeholders = Placeholders::new(text);
                while let Ok(Some(placeholder)) = placeholders.next() {
                    if !placeholder.is_system() && !trigger.offers.has(placeholder.name()) {
                        return true;
                    }
                }
                false
            })
}

/// What the function returns to its trigger, if it does.
fn answer(function: &FunctionDef) -> Option<Description> {
    let mut outputs = function.outputs.iter().flatten();
    outputs.find(|binding| binding.returned_to_trigger).copied()
}

/// The bindings besides the trigger, with their settings.
fn others(
    function: &FunctionDef,
) -> impl Iterator<Item = (Description, &'static [Setting])> + use<'_> {
    let inputs = function
        .parameters
        .iter()
        .filter(|parameter| !parameter.trigger)
        .filter_map(|parameter| Some((parameter.binding?, parameter.settings)));
    let outputs = OUTPUT_NAMES
        .into_iter()
        .zip(function.outputs)
        .filter_map(|(name, binding)| Some(((*binding)?, output_settings(function, name))));
    inputs.chain(outputs)
}

/// The texts in which the host replaces `{…}`.
fn texts(binding: Description, settings: &'static [Setting]) -> impl Iterator<Item = &'static str> {
    settings.iter().filter_map(move |setting| {
        let property = binding
            .properties
            .iter()
            .find(|property| property.is_called(setting.name));
        let verbatim = property.is_some_and(|property| property.value_syntax().is_verbatim());
        match setting.value {
            Value::Text(text) if !verbatim => Some(text),
            _ => None,
        }
    })
}

fn output_settings(function: &FunctionDef, name: &str) -> &'static [Setting] {
    function
        .output_settings
        .iter()
        .find(|block| block.name == name)
        .map_or(&[], |block| block.settings)
}

/// In the order that people write `function.json` in.
impl Serialize for BindingJson {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

fn metadata(function: &FunctionDef, directory: &str) -> RpcFunctionMetadata {
    let bindings = bindings(function);
    RpcFunctionMetadata {
        name: function.name.to_owned(),
        function_id: function.name.to_owned(),
        entry_point: function.name.to_owned(),
        script_file: SCRIPT_FILE.to_owned(),
        directory: directory.to_owned(),
        language: "native".to_owned(),
        bindings: bindings
            .iter()
            .map(|binding| {
                let name = binding.get("name").unwrap_or_default().to_owned();
                (name, binding.info())
            })
            .collect(),
        raw_bindings: bindings
            .iter()
            .filter_map(|binding| serde_json::to_string(binding).ok())
            .collect(),
        retry_options: function.retry.map(retry_options),
        ..RpcFunctionMetadata::default()
    }
}

fn retry_options(policy: RetryPolicy) -> RpcRetryOptions {
    let options = RpcRetryOptions {
        max_retry_count: policy.max_retry_count,
        ..RpcRetryOptions::default()
    };
    match policy.strategy {
        Strategy::FixedDelay(delay) => RpcRetryOptions {
            retry_strategy: RetryStrategy::FixedDelay.into(),
            delay_interval: Some(interval(delay)),
            ..options
        },
        Strategy::ExponentialBackoff { minimum, maximum } => RpcRetryOptions {
            retry_strategy: RetryStrategy::ExponentialBackoff.into(),
            minimum_interval: Some(interval(minimum)),
            maximum_interval: Some(interval(maximum)),
            ..options
        },
    }
}

/// The longest that there is, for one that is longer.
fn interval(duration: Duration) -> prost_types::Duration {
    let longest = prost_types::Duration {
        seconds: 315_576_000_000,
        nanos: 0,
    };
    prost_types::Duration::try_from(duration).unwrap_or(longest)
}

fn value(value: Value, list: bool) -> JsonValue {
    match value {
        Value::Text(text) if list => text.split('|').map(str::trim).collect(),
        Value::Text(text) => text.into(),
        Value::Flag(flag) => flag.into(),
        Value::Integer(number) => number.into(),
        Value::Number(number) => number.into(),
        Value::List(values) => values
            .iter()
            .map(|item| self::value(*item, false))
            .collect(),
    }
}

fn failure(message: String) -> StatusResult {
    StatusResult::failure(RpcException {
        message,
        ..RpcException::default()
    })
}

#[cfg(test)]
mod tests;
