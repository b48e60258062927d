//! `output`: an `InvocationResponse` of the protocol, as the host stores and shows it.

use azure_functions_host::wire::{Answer, Output, outputs, response, service_bus};
use azure_functions_shared::rpc::InvocationResponse;
use prost::Message as _;
use response::HttpOutput;

/// A worker's answer is stored, or refused in words; a response that is made of it can be sent.
///
/// # Panics
///
/// That is not so.
pub fn check(data: &[u8]) {
    let Ok(response) = InvocationResponse::decode(data) else {
        return;
    };
    let names: Vec<_> = response
        .output_data
        .iter()
        .map(|output| output.name.clone())
        .collect();
    for has_return in [true, false] {
        let answer = match Answer::read(response.clone(), has_return) {
            Ok(answer) => answer,
            Err(error) => {
                assert!(!error.to_string().is_empty());
                continue;
            }
        };
        let outputs = names.iter().filter_map(|name| answer.output(name));
        outputs.chain(answer.return_value()).for_each(stored);
        let names = names.iter().map(|name| HttpOutput::Binding(name));
        for output in names.chain([HttpOutput::Binding("$return"), HttpOutput::None]) {
            match response::http_response(&answer, output) {
                Ok(response) => {
                    let status = response.status().as_u16();
                    assert!((200..1000).contains(&status), "{status} cannot be sent");
                }
                Err(error) => assert!(!error.to_string().is_empty()),
            }
        }
    }
}

fn stored(output: &Output) {
    for messages in [
        outputs::queue_messages(output),
        service_bus::messages(output),
    ] {
        if let Err(error) = messages {
            assert!(!error.to_string().is_empty());
        }
    }
    if let (Output::Bytes(bytes), content) = (output, outputs::blob_content(output)) {
        assert_eq!(content.as_ref(), Ok(bytes), "bytes are stored as they are");
    }
}
