//! The functions of an app, as the host makes them of what the worker answered.

use std::{collections::HashMap, sync::Arc};

use azure_functions_shared::rpc::{
    BindingInfo, FunctionLoadRequest, RpcException, RpcFunctionMetadata, RpcRetryOptions,
};

pub use self::{
    binding::{Binding, Cardinality, DataType, Direction},
    http::{AuthLevel, HttpTrigger},
    index::{Fatal, FunctionError, Index, index},
};

mod binding;
mod http;
mod index;

/// A function that the host accepted.
#[derive(Clone, Debug)]
pub struct Function {
    /// The name, by which the app's settings and the admin interface know it.
    pub name: String,
    /// The id by which the worker knows it.
    pub id: String,
    /// The file that the worker gave.
    pub script_file: String,
    /// The entry point that the worker gave.
    pub entry_point: String,
    /// The directory that the worker gave.
    pub directory: String,
    /// All bindings, the trigger among them, in their order.
    pub bindings: Vec<Binding>,
    /// Whether a setting disables it: it is loaded, but never triggered.
    pub disabled: bool,
    /// How to retry a failed invocation.
    pub retry: Option<RpcRetryOptions>,
    /// What the worker wants to see again when the function is loaded.
    pub properties: HashMap<String, String>,
    /// Why every invocation fails, if the worker said so.
    pub failure: Option<RpcException>,
    trigger: usize,
    http: Option<HttpTrigger>,
}

impl Function {
    /// The binding that triggers it.
    #[expect(
        clippy::indexing_slicing,
        reason = "a function is only made with a trigger among its bindings, at this index"
    )]
    pub fn trigger(&self) -> &Binding {
        &self.bindings[self.trigger]
    }

    /// The bindings that are read before an invocation, the trigger not among them.
    pub fn inputs(&self) -> impl Iterator<Item = &Binding> {
        let bindings = self.bindings.iter().enumerate();
        bindings
            .filter(|(at, binding)| *at != self.trigger && binding.direction != Direction::Out)
            .map(|(_, binding)| binding)
    }

    /// The bindings that are written after an invocation.
    pub fn outputs(&self) -> impl Iterator<Item = &Binding> {
        let bindings = self.bindings.iter().enumerate();
        bindings
            .filter(|(at, binding)| *at != self.trigger && binding.direction != Direction::In)
            .map(|(_, binding)| binding)
    }

    /// What an HTTP trigger says, if the function has one.
    pub fn http(&self) -> Option<&HttpTrigger> {
        self.http.as_ref()
    }

    /// The route of an HTTP trigger, as it is written.
    pub fn route(&self) -> Option<&str> {
        self.http()?.route.as_deref()
    }

    /// The path of an HTTP trigger's route after a prefix, with its parameters as they are written.
    pub fn path(&self, prefix: &str) -> Option<String> {
        self.http()?;
        let route = self.route().filter(|route| !route.trim().is_empty());
        let route = route.unwrap_or(&self.name).trim_start_matches('/');
        Some(match prefix {
            "" => route.to_owned(),
            prefix => format!("{prefix}/{route}"),
        })
    }

    /// The methods of an HTTP trigger; `None` means all.
    pub fn methods(&self) -> Option<&[String]> {
        self.http()?.methods.as_deref()
    }

    /// Which key a request needs, for an HTTP trigger.
    pub fn auth_level(&self) -> Option<AuthLevel> {
        Some(self.http()?.auth_level)
    }

    /// The message with which the host asks the worker to load the function.
    pub fn load_request(&self) -> FunctionLoadRequest {
        let mut properties = self.properties.clone();
        properties.insert("FunctionId".to_owned(), self.id.clone());
        let bindings = self.bindings.iter().map(|binding| {
            let info = BindingInfo {
                r#type: binding.kind.clone(),
                direction: binding.direction.into(),
                data_type: binding.data_type.into(),
                properties: HashMap::new(),
            };
            (binding.name.clone(), info)
        });
        FunctionLoadRequest {
            function_id: self.id.clone(),
            metadata: Some(RpcFunctionMetadata {
                name: self.name.clone(),
                directory: self.directory.clone(),
                script_file: self.script_file.clone(),
                entry_point: self.entry_point.clone(),
                bindings: bindings.collect(),
                properties,
                ..RpcFunctionMetadata::default()
            }),
            managed_dependency_enabled: false,
        }
    }
}

impl Index {
    /// Marks the functions that a setting disables.
    pub fn disable(&mut self, is_disabled: impl Fn(&str) -> bool) {
        for function in &mut self.functions {
            if is_disabled(&function.name) {
                Arc::make_mut(function).disabled = true;
            }
        }
    }
}
