//! A function as the host calls it: its settings filled in, its expressions read, its services found.

use std::{collections::BTreeMap, sync::Arc};

use azure_functions_shared::names::RETURN;
use serde_json::Value;

use crate::{
    binding_data::BindingData,
    expression::{System, Template, resolve_settings},
    functions::{Binding, DataType, Function},
    retry::RetryPolicy,
    services::{Service, Services},
    wire::{token, trigger},
};

/// Members of a binding that are not for the service to read, or are the name of a setting as they stand.
const VERBATIM: &[&str] = &[
    "name",
    "type",
    "direction",
    "dataType",
    "cardinality",
    "connection",
];

/// A function, ready to be called.
#[derive(Debug)]
pub(crate) struct Plan {
    function: Arc<Function>,
    name: Arc<str>,
    trigger: Resolved,
    inputs: Vec<Planned>,
    outputs: Vec<Planned>,
    retry: Option<RetryPolicy>,
}

/// A binding whose expressions are filled in anew for each call.
#[derive(Debug)]
struct Planned {
    binding: Resolved,
    service: Option<Arc<dyn Service>>,
    templates: Vec<(String, Template)>,
}

/// A binding whose properties are texts without settings and expressions.
#[derive(Debug, Clone)]
pub(crate) struct Resolved {
    name: String,
    kind: String,
    data_type: DataType,
    /// By lower-case names.
    properties: BTreeMap<String, String>,
    /// What the expressions of its queries stand for in this call, each with its `@`.
    parameters: BTreeMap<String, Value>,
}

/// A binding for one call, and who serves it.
pub(crate) type Served = (Resolved, Option<Arc<dyn Service>>);

/// The bindings of a function for one call.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) inputs: Vec<Served>,
    pub(crate) outputs: Vec<Served>,
}

impl Plan {
    /// Plans the calls of a function.
    ///
    /// # Errors
    ///
    /// A setting that a binding names is missing, or an expression cannot be read; the text says which.
    pub(crate) fn new(
        function: Arc<Function>,
        services: &Services,
        setting: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, String> {
        let plan = |binding: &Binding| {
            let service = services.binding(&binding.kind).cloned();
            let resolved = Resolved::new(binding, setting)?;
            let templates = if service.is_some() {
                resolved.templates()?
            } else {
                // What the expressions mean is for the service to know.
                Vec::new()
            };
            Ok(Planned {
                binding: resolved,
                service,
                templates,
            })
        };
        let trigger = Resolved::new(function.trigger(), setting)?;
        let inputs = function.inputs().map(plan).collect::<Result<_, String>>()?;
        let outputs = function
            .outputs()
            .map(plan)
            .collect::<Result<_, String>>()?;
        let retry = function
            .retry
            .as_ref()
            .and_then(|options| RetryPolicy::new(options, &function.trigger().kind));
        Ok(Self {
            name: Arc::from(function.name.as_str()),
            trigger,
            inputs,
            outputs,
            retry,
            function,
        })
    }

    /// [`new`](Self::new), and the service of the trigger has no objection.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new), or the trigger cannot work as it is written.
    pub(crate) fn checked(
        function: Arc<Function>,
        services: &Services,
        setting: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, String> {
        let plan = Self::new(function, services, setting)?;
        let service = services.trigger(plan.trigger().kind());
        service.map_or(Ok(()), |service| service.check(&plan))?;
        Ok(plan)
    }

    pub(crate) fn function(&self) -> &Arc<Function> {
        &self.function
    }

    pub(crate) fn name(&self) -> &Arc<str> {
        &self.name
    }

    pub(crate) fn trigger(&self) -> &Resolved {
        &self.trigger
    }

    /// Whether the return value has a binding of its own.
    pub(crate) fn has_return(&self) -> bool {
        self.outputs
            .iter()
            .any(|planned| planned.binding.name == RETURN)
    }

    /// Whether anything but the trigger and the response to a request is bound.
    pub(crate) fn has_other_bindings(&self) -> bool {
        let mut outputs = self.outputs.iter();
        !self.inputs.is_empty() || outputs.any(|planned| !planned.binding.is("http"))
    }

    pub(crate) fn retry(&self) -> Option<&RetryPolicy> {
        self.retry.as_ref()
    }

    /// The input bindings, with who serves them.
    pub(crate) fn inputs(&self) -> impl Iterator<Item = (&Resolved, Option<&dyn Service>)> {
        self.inputs.iter().map(Planned::served)
    }

    /// The output bindings, with who serves them.
    pub(crate) fn outputs(&self) -> impl Iterator<Item = (&Resolved, Option<&dyn Service>)> {
        self.outputs.iter().map(Planned::served)
    }

    /// Fills in the expressions of the bindings, those of the outputs too: their place is known before the call.
    ///
    /// # Errors
    ///
    /// The trigger's data lacks something that an expression names.
    pub(crate) fn prepare(
        &self,
        values: &BindingData,
        system: &System<'_>,
    ) -> Result<Prepared, String> {
        let resolve = |planned: &Planned| {
            let mut binding = planned.binding.clone();
            let queries = planned.service.as_ref();
            let queries = queries.map_or(&[][..], |service| service.queries());
            for (name, template) in &planned.templates {
                let filled = if queries.iter().any(|own| own.eq_ignore_ascii_case(name)) {
                    let query = template.parameterize(values, system);
                    let query = query.map(|(text, parameters)| {
                        let parameters = parameters.into_iter();
                        let parameters =
                            parameters.map(|(name, value)| (name, token(&value).into()));
                        binding.parameters.extend(parameters);
                        text
                    });
                    query.map_err(|error| error.to_string())
                } else {
                    match &planned.service {
                        Some(service) => service.fill(name, template, values, system),
                        None => template
                            .resolve(values, system)
                            .map_err(|error| error.to_string()),
                    }
                };
                let text = filled.map_err(|error| {
                    format!("the binding `{}` cannot be used: {error}", binding.name)
                })?;
                binding.properties.insert(name.clone(), text);
            }
            Ok((binding, planned.service.clone()))
        };
        Ok(Prepared {
            inputs: self
                .inputs
                .iter()
                .map(resolve)
                .collect::<Result<_, String>>()?,
            outputs: self
                .outputs
                .iter()
                .map(resolve)
                .collect::<Result<_, String>>()?,
        })
    }
}

impl Planned {
    fn served(&self) -> (&Resolved, Option<&dyn Service>) {
        (&self.binding, self.service.as_deref())
    }
}

impl Resolved {
    /// A binding with these properties, whose names are in lower case.
    #[cfg(test)]
    pub(crate) fn for_test(kind: &str, properties: BTreeMap<String, String>) -> Self {
        Self {
            name: "test".to_owned(),
            kind: kind.to_owned(),
            data_type: DataType::Undefined,
            properties,
            parameters: BTreeMap::new(),
        }
    }

    fn new(binding: &Binding, setting: &dyn Fn(&str) -> Option<String>) -> Result<Self, String> {
        let mut properties = BTreeMap::new();
        for (name, value) in &binding.properties {
            let text = match value {
                Value::String(text)
                    if VERBATIM.iter().any(|own| own.eq_ignore_ascii_case(name)) =>
                {
                    text.clone()
                }
                Value::String(text) => resolve_settings(text, setting)
                    .map_err(|error| format!("the binding `{}`: {error}", binding.name))?,
                Value::Bool(_) | Value::Number(_) => value.to_string(),
                Value::Null | Value::Array(_) | Value::Object(_) => continue,
            };
            properties.insert(name.to_ascii_lowercase(), text);
        }
        Ok(Self {
            name: binding.name.clone(),
            kind: binding.kind.clone(),
            data_type: binding.data_type,
            properties,
            parameters: BTreeMap::new(),
        })
    }

    fn templates(&self) -> Result<Vec<(String, Template)>, String> {
        self.properties
            .iter()
            .filter(|(name, text)| {
                let verbatim = VERBATIM.iter().any(|own| own.eq_ignore_ascii_case(name));
                !verbatim && text.contains(['{', '}'])
            })
            .map(|(name, text)| {
                let template = Template::parse(text)
                    .map_err(|error| format!("the binding `{}`: {error}", self.name))?;
                Ok((name.clone(), template))
            })
            .collect()
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn kind(&self) -> &str {
        &self.kind
    }

    pub(crate) fn data_type(&self) -> trigger::DataType {
        match self.data_type {
            DataType::Binary => trigger::DataType::Binary,
            DataType::String => trigger::DataType::String,
            DataType::Undefined | DataType::Stream => trigger::DataType::Undefined,
        }
    }

    pub(crate) fn is(&self, kind: &str) -> bool {
        self.kind.eq_ignore_ascii_case(kind)
    }

    /// The properties by their names in lower case.
    pub(crate) fn properties(&self) -> &BTreeMap<String, String> {
        &self.properties
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let text = self.properties.get(&name.to_ascii_lowercase())?;
        Some(text.as_str())
    }

    /// Whether a switch is on, or how it is by default.
    pub(crate) fn flag(&self, name: &str, default: bool) -> bool {
        self.get(name)
            .map_or(default, |text| text.eq_ignore_ascii_case("true"))
    }

    /// The parameters of the binding's queries.
    pub(crate) fn parameters(&self) -> &BTreeMap<String, Value> {
        &self.parameters
    }

    /// A property that the binding must have.
    ///
    /// # Errors
    ///
    /// It has not.
    pub(crate) fn required(&self, name: &str) -> Result<&str, String> {
        self.get(name)
            .filter(|text| !text.is_empty())
            .ok_or_else(|| format!("the `{}` binding `{}` needs `{name}`", self.kind, self.name))
    }
}
