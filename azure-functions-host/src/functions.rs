//! The functions that the worker listed.

use azure_functions_shared::rpc::{FunctionLoadRequest, RpcFunctionMetadata};

/// A function.
#[derive(Debug, Clone)]
pub struct Function {
    pub(crate) metadata: RpcFunctionMetadata,
}

impl Function {
    pub(crate) fn load_request(&self) -> FunctionLoadRequest {
        FunctionLoadRequest {
            function_id: self.metadata.function_id.clone(),
            metadata: Some(self.metadata.clone()),
            managed_dependency_enabled: false,
        }
    }
}
