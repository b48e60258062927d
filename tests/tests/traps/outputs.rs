//! What functions write.

use azure_functions_shared::rpc::Data;

use crate::conversation::{call, call_with, value};

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
    let functions = crate::conversation::metadata().await;
    let (_, bindings) = functions.iter().find(|(name, _)| name == "copy").unwrap();
    for binding in bindings
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
