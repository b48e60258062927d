//! Arrays on the wire: as the worker that gets them takes them.

use azure_functions_shared::rpc::{
    CollectionDouble, CollectionSInt64, CollectionString, Data, InvocationRequest, TypedData,
    parameter_binding::RpcData,
};
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use serde_json::Value;

/// Which arrays a worker takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// `TypedDataCollection`: arrays come as collections, otherwise as JSON.
    pub collections: bool,
    /// `IncludeEmptyEntriesInMessagePayload`: empty texts of a collection come too.
    pub empty_entries: bool,
}

impl Taken {
    /// Gives the arrays of a request the form that the worker takes.
    pub fn adapt(self, request: &mut InvocationRequest) {
        for parameter in &mut request.input_data {
            if let Some(RpcData::Data(data)) = &mut parameter.rpc_data {
                self.adapt_value(data);
            }
        }
        for data in request.trigger_metadata.values_mut() {
            self.adapt_value(data);
        }
    }

    fn adapt_value(self, value: &mut TypedData) {
        let json = match &mut value.data {
            Some(Data::CollectionString(texts)) if self.collections => {
                if !self.empty_entries {
                    texts.string.retain(|text| !text.is_empty());
                }
                return;
            }
            _ if self.collections => return,
            Some(Data::CollectionString(CollectionString { string })) => {
                Value::from(std::mem::take(string))
            }
            Some(Data::CollectionBytes(collection)) => {
                let encoded = collection.bytes.iter().map(|bytes| BASE64.encode(bytes));
                encoded.collect()
            }
            Some(Data::CollectionDouble(CollectionDouble { double })) => {
                Value::from(std::mem::take(double))
            }
            Some(Data::CollectionSint64(CollectionSInt64 { sint64 })) => {
                Value::from(std::mem::take(sint64))
            }
            _ => return,
        };
        value.data = Some(Data::Json(json.to_string()));
    }
}

#[cfg(test)]
mod tests {
    use azure_functions_shared::rpc::{CollectionBytes, ParameterBinding};

    use super::*;

    #[test]
    fn arrays_take_the_form_that_the_worker_takes() {
        let texts = |texts: &[&str]| {
            Data::CollectionString(CollectionString {
                string: texts.iter().map(|text| (*text).to_owned()).collect(),
            })
        };
        let json = |text: &str| Data::Json(text.to_owned());
        let bytes = Data::CollectionBytes(CollectionBytes {
            bytes: vec!["ab".into(), "".into()],
        });
        let numbers = Data::CollectionSint64(CollectionSInt64 { sint64: vec![1, 2] });
        for (sent, collections, empty_entries, arrives) in [
            (texts(&["a", ""]), true, true, texts(&["a", ""])),
            (texts(&["a", ""]), true, false, texts(&["a"])),
            (texts(&["a", ""]), false, true, json("[\"a\",\"\"]")),
            (bytes.clone(), true, false, bytes.clone()),
            (bytes, false, false, json("[\"YWI=\",\"\"]")),
            (numbers.clone(), true, false, numbers.clone()),
            (numbers, false, false, json("[1,2]")),
            (json("[1]"), false, false, json("[1]")),
        ] {
            let mut request = InvocationRequest {
                input_data: vec![ParameterBinding {
                    name: "a".to_owned(),
                    rpc_data: Some(RpcData::Data(sent.clone().into())),
                }],
                trigger_metadata: [("AArray".to_owned(), sent.into())].into(),
                ..InvocationRequest::default()
            };
            let taken = Taken {
                collections,
                empty_entries,
            };
            taken.adapt(&mut request);
            assert_eq!(
                request.trigger_metadata["AArray"].data,
                Some(arrives.clone())
            );
            let parameter = &request.input_data[0].rpc_data;
            assert_eq!(parameter, &Some(RpcData::Data(arrives.into())));
        }
    }
}
