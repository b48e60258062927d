//! Tests of what the host is told, and of what it sends and is sent.

use std::{collections::BTreeMap, fmt::Debug};

use bytes::Bytes;
use expect_test::{Expect, expect};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, Serializer, ser::Error as _};
use serde_json::{Value, json};

use super::{
    McpContent, McpPromptArgument, McpPromptMessage, McpPromptMessages, McpPromptResult,
    McpPromptTrigger, McpResourceResult, McpResourceTrigger, McpToolContent, McpToolProperty,
    McpToolResult, McpToolTrigger, schema,
};
use crate::{
    Data, FromInput, FromTrigger, FunctionDef, IntoOutput, Trigger,
    bindings::{QueueMessage, check::check_output},
    func, functions,
    worker::metadata,
};

#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
enum Unit {
    Celsius,
    Fahrenheit,
}

#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
struct Inner {
    n: u8,
}

#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Place {
    /// The name of the city.
    city_name: String,
    days: Option<u8>,
    unit: Option<Unit>,
    inner: Vec<Inner>,
}

#[func]
fn typed(
    #[binding(tool_name = "weather", description = "Says how the weather will be.")]
    _call: McpToolTrigger<Place>,
) -> McpToolResult {
    "".into()
}

#[func]
#[binding(name = "output1", queue_name = "calls")]
fn by_hand(
    #[binding(
        tool_name = "t",
        tool_properties = "[{\"propertyName\": \"{x}\"}]",
        use_result_schema = true
    )]
    _call: McpToolTrigger<Place>,
) -> (McpToolResult, QueueMessage) {
    ("".into(), "".into())
}

#[func]
fn own_schema(
    #[binding(tool_name = "t", input_schema = "{}")] _call: McpToolTrigger<Place>,
) -> McpToolContent {
    "".into()
}

#[func]
fn by_property(
    #[binding(tool_name = "t", metadata = "{\"a\": 1}")] _call: McpToolTrigger,
    #[binding(property_name = "city", description = "Where.")] _city: McpToolProperty,
    #[binding(property_name = "days")] _days: McpToolProperty<Option<Vec<u8>>>,
    #[binding(property_name = "unit", is_required = false)] _unit: McpToolProperty<Unit>,
    #[binding(property_name = "exact", property_type = "number")] _exact: McpToolProperty<bool>,
) {
}

#[func]
fn resource(
    #[binding(
        uri = "file://{a}",
        resource_name = "r",
        title = "R",
        mime_type = "text/plain",
        size = 5
    )]
    _call: McpResourceTrigger,
) -> McpResourceResult {
    "".into()
}

#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
struct Review {
    /// What to review.
    code: String,
    style: Option<String>,
}

#[func]
fn prompt(#[binding(prompt_name = "review")] _call: McpPromptTrigger<Review>) -> McpPromptResult {
    "".into()
}

#[func]
fn prompt_by_argument(
    #[binding(prompt_name = "review", icons = "[]")] _call: McpPromptTrigger,
    #[binding(argument_name = "code", description = "What.", is_required = true)]
    _code: McpPromptArgument,
) -> Option<McpPromptMessages> {
    None
}

#[track_caller]
fn check_lines(function: &FunctionDef, expected: &Expect) {
    expected.assert_eq(&metadata::lines(function).join("\n"));
}

#[test]
fn metadata() {
    let [typed, by_hand, own_schema, by_property] =
        functions![typed, by_hand, own_schema, by_property];
    check_lines(
        typed,
        &expect![[
            r#"{"name":"call","type":"mcpToolTrigger","direction":"in","toolName":"weather","description":"Says how the weather will be.","inputSchema":"{\"type\":\"object\",\"properties\":{\"cityName\":{\"type\":\"string\",\"description\":\"The name of the city.\"},\"days\":{\"type\":[\"integer\",\"null\"],\"format\":\"uint8\",\"minimum\":0,\"maximum\":255},\"unit\":{\"type\":[\"string\",\"null\"],\"enum\":[\"Celsius\",\"Fahrenheit\",null]},\"inner\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"properties\":{\"n\":{\"type\":\"integer\",\"format\":\"uint8\",\"minimum\":0,\"maximum\":255}},\"required\":[\"n\"]}}},\"required\":[\"cityName\",\"inner\"],\"title\":\"Place\"}","useWorkerInputSchema":true}"#
        ]],
    );
    check_lines(
        by_hand,
        &expect![[r#"
        {"name":"call","type":"mcpToolTrigger","direction":"in","toolName":"t","toolProperties":"[{\"propertyName\": \"{x}\"}]","useResultSchema":true}
        {"name":"output1","type":"queue","direction":"out","queueName":"calls"}"#]],
    );
    check_lines(
        own_schema,
        &expect![[
            r#"{"name":"call","type":"mcpToolTrigger","direction":"in","toolName":"t","inputSchema":"{}","useWorkerInputSchema":true,"useResultSchema":true}"#
        ]],
    );
    check_lines(
        by_property,
        &expect![[r#"
        {"name":"call","type":"mcpToolTrigger","direction":"in","toolName":"t","metadata":"{\"a\": 1}"}
        {"name":"city","type":"mcpToolProperty","direction":"in","propertyName":"city","description":"Where.","propertyType":"string","isRequired":true,"isArray":false}
        {"name":"days","type":"mcpToolProperty","direction":"in","propertyName":"days","propertyType":"integer","isRequired":false,"isArray":true}
        {"name":"unit","type":"mcpToolProperty","direction":"in","propertyName":"unit","isRequired":false,"propertyType":"string","isArray":false,"enumValues":["Celsius","Fahrenheit"]}
        {"name":"exact","type":"mcpToolProperty","direction":"in","propertyName":"exact","propertyType":"number","isRequired":true,"isArray":false}"#]],
    );
    let [resource, prompt, prompt_by_argument] = functions![resource, prompt, prompt_by_argument];
    check_lines(
        resource,
        &expect![[
            r#"{"name":"call","type":"mcpResourceTrigger","direction":"in","uri":"file://{a}","resourceName":"r","title":"R","mimeType":"text/plain","size":5}"#
        ]],
    );
    check_lines(
        prompt,
        &expect![[
            r#"{"name":"call","type":"mcpPromptTrigger","direction":"in","promptName":"review","promptArguments":"[{\"name\":\"code\",\"required\":true,\"description\":\"What to review.\"},{\"name\":\"style\",\"required\":false}]"}"#
        ]],
    );
    check_lines(
        prompt_by_argument,
        &expect![[r#"
            {"name":"call","type":"mcpPromptTrigger","direction":"in","promptName":"review","icons":"[]","useResultSchema":true}
            {"name":"code","type":"mcpPromptArgument","direction":"in","argumentName":"code","description":"What.","isRequired":true}"#]],
    );
}

#[test]
fn the_schema_stands_on_its_own() {
    let schema = schema::of::<Place>();
    assert_eq!(schema["type"], "object");
    assert!(!schema.to_string().contains("$ref"), "{schema}");
    let map = schema::of::<BTreeMap<String, Value>>();
    assert_eq!(map.get("properties"), None, "{map}");
    assert_eq!(schema::members(&map).count(), 0);
}

#[track_caller]
fn check<T: FromTrigger + Debug + PartialEq>(data: Data, expected: Result<T, &str>) {
    let read = T::from_trigger(data, &Trigger::default()).map_err(|error| error.to_string());
    assert_eq!(read, expected.map_err(str::to_owned));
}

#[test]
fn tool_calls() {
    let call = json!({
        "name": "weather",
        "arguments": { "cityName": "Bonn", "days": null, "inner": [{ "n": 1 }], "odd": 1 },
        "sessionid": "s", "clientinfo": { "name": "c", "version": "1" },
        "transport": { "name": "http-sse", "sessionId": "t", "properties": { "headers": { "a": "b" } } },
        "unknown": [],
    });
    let place = Place {
        city_name: "Bonn".to_owned(),
        days: None,
        unit: None,
        inner: vec![Inner { n: 1 }],
    };
    for data in [
        Data::json(call.to_string()),
        Data::text(format!("{call:#}")),
        Data::bytes(call.to_string()),
    ] {
        let read = McpToolTrigger::<Place>::from_trigger(data, &Trigger::default()).unwrap();
        assert_eq!(read.arguments, place);
        assert_eq!(read.name, "weather");
        assert_eq!(read.session_id.as_deref(), Some("s"));
        let client = read.client.unwrap();
        assert_eq!(
            (client.name.as_str(), client.version.as_deref()),
            ("c", Some("1"))
        );
        let transport = read.transport.unwrap();
        assert_eq!(transport.name, "http-sse");
        assert_eq!(transport.session_id.as_deref(), Some("t"));
        assert_eq!(transport.properties["headers"]["a"], "b");
    }
    check::<McpToolTrigger>(Data::json("{}"), Ok(McpToolTrigger::default()));
    check(
        Data::json(r#"{"arguments":{"a":1}}"#),
        Ok(McpToolTrigger::new(
            json!({ "a": 1 }).as_object().cloned().unwrap(),
        )),
    );
    check::<McpToolTrigger<Place>>(
        Data::json(r#"{"arguments":null}"#),
        Err("`arguments`: missing field `cityName` at line 1 column 2"),
    );
    check::<McpToolTrigger<Place>>(
        Data::json(r#"{"arguments":{"cityName":"a","inner":[{"n":-1}]}}"#),
        Err(
            "`arguments`: `inner[0].n`: invalid value: integer `-1`, expected u8 at line 1 column 32",
        ),
    );
    check::<McpToolTrigger>(
        Data::none(),
        Err("the host sent no value; take an `Option` if it can be absent"),
    );
    check::<McpToolTrigger>(
        Data::text("by hand"),
        Err("expected value at line 1 column 1"),
    );
}

#[test]
fn properties_of_tools() {
    let read = |data| McpToolProperty::<u8>::from_input(data).map_err(|error| error.to_string());
    assert_eq!(read(Data::json("5")), Ok(McpToolProperty(5)));
    assert_eq!(read(Data::text("5")), Ok(McpToolProperty(5)));
    assert_eq!(
        read(Data::none()),
        Err("the host sent no value; take an `Option` if it can be absent".to_owned())
    );
    assert!(read(Data::json("\"five\"")).is_err());
    let text = McpToolProperty::<String>::from_input(Data::text("[1]")).unwrap();
    assert_eq!(text.0, "[1]");
    let list = McpToolProperty::<Vec<u8>>::from_input(Data::json("[1,2]")).unwrap();
    assert_eq!(list.0, b"[1,2]", "bytes are bytes, as everywhere");
    let list = McpToolProperty::<Option<Vec<u16>>>::from_input(Data::json("[1,2]")).unwrap();
    assert_eq!(list.0, Some(vec![1, 2]));
    let none = McpToolProperty::<Option<u8>>::from_input(Data::none()).unwrap();
    assert_eq!(none.0, None);
    let argument = McpPromptArgument::<String>::from_input(Data::text("x")).unwrap();
    assert_eq!(argument.0, "x");
}

#[test]
fn other_calls() {
    check(
        Data::json(r#"{"uri":"file://a","sessionid":"s","clientinfo":null}"#),
        Ok(McpResourceTrigger {
            session_id: Some("s".to_owned()),
            ..McpResourceTrigger::new("file://a")
        }),
    );
    check(
        Data::text(r#"{"name":"review","arguments":{"code":"1"}}"#),
        Ok(McpPromptTrigger {
            name: "review".to_owned(),
            ..McpPromptTrigger::new(Review {
                code: "1".to_owned(),
                style: None,
            })
        }),
    );
    check::<McpPromptTrigger<Review>>(
        Data::json("{}"),
        Err("`arguments`: missing field `code` at line 1 column 2"),
    );
    check::<McpResourceTrigger>(
        Data::json(r#"{"uri":5}"#),
        Err("`uri`: invalid type: integer `5`, expected a string at line 1 column 8"),
    );
}

struct NoJson;

impl Serialize for NoJson {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(S::Error::custom("no"))
    }
}

/// The members of a JSON text, of which those that are JSON texts themselves are read.
fn envelope(answer: impl IntoOutput) -> Value {
    let text = answer.into_output().unwrap();
    let mut envelope: Value = text.decode_json().unwrap();
    for value in envelope.as_object_mut().unwrap().values_mut() {
        if let Some(inner) = value
            .as_str()
            .and_then(|text| serde_json::from_str(text).ok())
        {
            *value = inner;
        }
    }
    envelope
}

#[test]
fn answers() {
    check_output(McpToolResult::from("[1]"), Ok(Data::text("[1]")));
    check_output(McpToolResult::json(&[1]), Ok(Data::text("[1]")));
    check_output(
        McpToolResult::json(&NoJson),
        Err("the value cannot be written as JSON: no"),
    );
    check_output(
        McpToolContent::from("a").with_structured(&NoJson),
        Err("the value cannot be written as JSON: no"),
    );
    check_output(McpResourceResult::from("a".to_owned()), Ok(Data::text("a")));
    check_output(McpResourceResult::from(vec![1]), Ok(Data::bytes(vec![1])));
    check_output(
        McpResourceResult::from(Bytes::from_static(b"a")),
        Ok(Data::bytes("a")),
    );
    check_output(McpPromptResult::from("a"), Ok(Data::text("a")));

    let text = json!({ "type": "text", "text": "a" });
    for (result, expected) in [
        (
            McpToolContent::new(["a"]),
            json!({ "type": "text", "content": text }),
        ),
        (
            McpToolContent::new([McpContent::image([0xff], "image/png")]),
            json!({ "type": "image", "content": { "type": "image", "data": "/w==", "mimeType": "image/png" } }),
        ),
        (
            McpToolContent::new([
                McpContent::from("a"),
                McpContent::audio([0], "audio/wav"),
                McpContent::resource_link("u", "n"),
                McpContent::resource("u", "text/plain", "t"),
            ]),
            json!({ "type": "multi_content_result", "content": [
                text,
                { "type": "audio", "data": "AA==", "mimeType": "audio/wav" },
                { "type": "resource_link", "uri": "u", "name": "n" },
                { "type": "resource", "resource": { "uri": "u", "mimeType": "text/plain", "text": "t" } },
            ]}),
        ),
        (
            McpToolContent::new(Vec::<McpContent>::new()),
            json!({ "type": "multi_content_result", "content": [] }),
        ),
        (
            McpToolContent::from("a").with_structured(&json!({ "n": 1 })),
            json!({ "type": "text", "content": text, "structuredContent": { "n": 1 } }),
        ),
    ] {
        assert_eq!(envelope(result), expected);
    }
    let messages = [
        McpPromptMessage::user("a"),
        McpPromptMessage::assistant("a"),
    ];
    assert_eq!(
        envelope(McpPromptMessages::from_iter(messages)),
        json!({ "type": "prompt_messages", "content": [
            { "role": "user", "content": text }, { "role": "assistant", "content": text },
        ]})
    );
    check_output(
        McpResourceResult::text_of("u", "text/plain", "t"),
        Ok(Data::text(
            r#"{"content":"{\"uri\":\"u\",\"mimeType\":\"text/plain\",\"text\":\"t\"}"}"#,
        )),
    );
}
