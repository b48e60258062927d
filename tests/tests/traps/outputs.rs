//! What functions write.

use azure_functions_shared::rpc::Data;

use crate::conversation::{bindings, call, call_with, failure, value};

fn text(text: &str) -> Data {
    Data::String(text.to_owned())
}

fn bytes(bytes: &'static [u8]) -> Data {
    Data::Bytes(bytes.into())
}

#[tokio::test]
async fn trap_02_no_output_has_a_form_that_the_host_cannot_read() {
    for (function, parameter) in [
        ("arrays", "text"),
        ("many", "text"),
        ("generic", "text"),
        ("send", "bytes"),
    ] {
        let response = call(function, parameter, text("[1,2]"), &[]).await;
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
async fn trap_06_a_host_that_takes_texts_gets_no_bytes() {
    let response = call("send", "bytes", text("[1,2]"), &[]).await;
    let array = |json: &str| Some(Data::Json(json.to_owned()));
    // A text alone would be taken apart, and so the only message is one of an array too.
    assert_eq!(value(&response, "$return"), array(r#"["[1,2]"]"#));
    assert_eq!(value(&response, "output1"), array(r#"["[1,2]","[1,2]"]"#));
    let response = call("send", "bytes", bytes(b"\xff"), &[]).await;
    let failure = failure(response);
    assert!(failure.contains("the message is not UTF-8"), "{failure}");
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
    for binding in bindings("copy")
        .await
        .iter()
        .filter(|binding| binding["direction"] == "in")
    {
        assert_eq!(binding["dataType"], "binary", "{binding}");
    }
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

#[tokio::test]
async fn trap_19_a_message_goes_to_a_queue_or_to_a_topic_without_a_subscription() {
    // To name both or a subscription does not compile; `ui/fail/properties` shows how such a mistake is told.
    for binding in bindings("send").await {
        let has = |key: &str| binding.get(key).is_some();
        if binding["type"] == "serviceBus" {
            assert!(has("queueName") != has("topicName"), "{binding}");
            assert!(!has("subscriptionName"), "{binding}");
        }
    }
}

#[tokio::test]
async fn trap_23_a_message_that_its_function_settles_is_not_completed_by_the_host() {
    let trigger = bindings("locked").await.remove(0);
    assert_eq!(trigger["type"], "serviceBusTrigger");
    assert_eq!(trigger["autoCompleteMessages"], false);
}
