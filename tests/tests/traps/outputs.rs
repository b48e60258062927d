//! What functions write.

use azure_functions_shared::rpc::Data;

use serde_json::json;

use crate::conversation::{call, call_with, failure, metadata, value};

fn text(text: &str) -> Data {
    Data::String(text.to_owned())
}

fn bytes(bytes: &'static [u8]) -> Data {
    Data::Bytes(bytes.into())
}

#[tokio::test]
async fn trap_02_no_output_has_a_form_that_the_host_cannot_read() {
    for function in ["arrays", "many", "generic"] {
        let response = call(function, "text", text("[1,2]"), &[]).await;
        let outputs = response
            .output_data
            .iter()
            .map(|output| output.name.as_str());
        for output in outputs.chain(["$return"]) {
            assert!(
                matches!(
                    value(&response, output),
                    Some(Data::String(_) | Data::Bytes(_) | Data::Json(_))
                ),
                "{function}: {output}"
            );
        }
    }
}

#[tokio::test]
async fn trap_05_a_text_in_brackets_is_one_message() {
    let response = call("arrays", "text", text("[1,2]"), &[]).await;
    for output in ["$return", "output1"] {
        assert_eq!(value(&response, output), Some(bytes(b"[1,2]")), "{output}");
    }
    // Of many, the array is the host's: each is a text in it, and arrives as it is.
    let response = call("many", "text", text("[1,2]"), &[]).await;
    for output in ["$return", "output1"] {
        let array = Data::Json(r#"["[1,2]","[1,2]"]"#.to_owned());
        assert_eq!(value(&response, output), Some(array), "{output}");
    }
}

#[tokio::test]
async fn trap_06_what_goes_to_service_bus_is_text() {
    for (sent, one, many) in [
        ("a", r#"["a"]"#, r#"["a","a"]"#),
        // In an array, so that the host writes it as it is.
        (
            r#"{"a": 1}"#,
            r#"["{\"a\": 1}"]"#,
            r#"["{\"a\": 1}","{\"a\": 1}"]"#,
        ),
    ] {
        let response = call("texts", "text", text(sent), &[]).await;
        for (output, array) in [("$return", one), ("output1", many)] {
            let array = Data::Json(array.to_owned());
            assert_eq!(value(&response, output), Some(array), "{output}");
        }
    }
}

#[tokio::test]
async fn trap_07_binary_blobs_are_copied_byte_for_byte() {
    let response = call_with(
        "copy",
        &[
            ("blobTrigger", bytes(b"\xff\x00")),
            ("otherBlob", bytes(b"\xfe")),
        ],
        &[],
    )
    .await;
    assert_eq!(value(&response, "$return"), Some(bytes(b"\xff\x00")));
    assert_eq!(value(&response, "sum2Out"), Some(bytes(b"\xfe")));
    // The host sends bytes because it is told to.
    let functions = metadata().await;
    let (_, bindings) = functions.iter().find(|(name, _)| name == "copy").unwrap();
    for binding in bindings
        .iter()
        .filter(|binding| binding["direction"] == "in")
    {
        assert_eq!(binding["dataType"], "binary", "{binding}");
    }
}

#[tokio::test]
async fn trap_19_a_topic_to_send_to_needs_no_subscription() {
    let functions = metadata().await;
    let (_, bindings) = functions.iter().find(|(name, _)| name == "texts").unwrap();
    let outputs: Vec<_> = bindings
        .iter()
        .filter(|binding| binding["type"] == "serviceBus")
        .collect();
    let output = |name: &str, key: &str, target: &str| json!({ "name": name, "type": "serviceBus", "direction": "out", key: target });
    let expected = [
        output("$return", "queueName", "out"),
        output("output1", "topicName", "news"),
    ];
    assert_eq!(outputs, expected.iter().collect::<Vec<_>>());
}

#[tokio::test]
async fn trap_23_the_host_does_not_complete_what_a_function_settles() {
    let functions = metadata().await;
    let (_, bindings) = functions.iter().find(|(name, _)| name == "locked").unwrap();
    assert_eq!(bindings[0]["autoCompleteMessages"], false);
    // A host that cannot settle: the call fails, and says why.
    let token = [("LockToken", text("00000000-0000-0000-0000-000000000000"))];
    let response = call("locked", "order", text("hi"), &token).await;
    let error = failure(response);
    assert!(error.contains("has no `Settlement` service"), "{error}");
}

#[tokio::test]
async fn trap_18_a_number_is_written_to_a_blob_as_text() {
    let number = i64::MAX.to_string();
    let response = call("numbers", "number", text(&number), &[]).await;
    assert_eq!(
        value(&response, "$return"),
        Some(Data::Bytes(number.into()))
    );
}
