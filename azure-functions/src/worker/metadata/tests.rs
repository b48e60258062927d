//! What the host is told of functions, as snapshots.

use std::time::Duration;

use azure_functions_shared::rpc::{rpc_retry_options::RetryStrategy, status_result::Status};
use expect_test::{Expect, expect};

use super::Functions;
use crate::worker::limit::Limits;
use crate::{
    BindError, Binding, Cardinality, Data, DataType, FromBatch, FromTrigger, FunctionDef, Invoker,
    Offers, Outputs, ParameterDef, Property, RetryPolicy, Trigger,
    binding::{Description, Setting, Value, check::OutputSettings},
    context::States,
    func, functions,
};

struct Http;

impl Binding for Http {
    const TYPE: &'static str = "httpTrigger";
    const PROPERTIES: &'static [Property] = &[
        Property::string("auth_level"),
        Property::strings("methods"),
        Property::string("route"),
    ];
}

struct Reply;

impl Binding for Reply {
    const TYPE: &'static str = "http";
}

struct Blob;

impl Binding for Blob {
    const TYPE: &'static str = "blob";
    const PROPERTIES: &'static [Property] = &[
        Property::string("path").required(),
        Property::string("connection").wire("connectionSetting"),
    ];
}

struct BlobIn;

impl Binding for BlobIn {
    const TYPE: &'static str = "blob";
    const PROPERTIES: &'static [Property] = &[
        Property::string("path").required(),
        Property::integer("take"),
    ];
}

struct Open;

impl Binding for Open {
    const TYPE: &'static str = "";
    const OPEN: bool = true;
}

const HTTP: Option<Description> = Some(Description::of::<Http>());
const REPLY: Option<Description> = Some(Description::of::<Reply>());
const BLOB: Option<Description> = Some(Description::of::<Blob>());
const OPEN: Option<Description> = Some(Description::of::<Open>());

const fn set(name: &'static str, value: Value) -> Setting {
    Setting { name, value }
}

const fn parameter(
    name: &'static str,
    binding: Option<Description>,
    settings: &'static [Setting],
) -> ParameterDef {
    ParameterDef {
        name,
        binding,
        trigger: false,
        data_type: None,
        cardinality: None,
        settings,
        need: None,
        update: None,
    }
}

const fn function(
    name: &'static str,
    parameters: &'static [ParameterDef],
    outputs: &'static [Option<Description>],
    output_settings: &'static [OutputSettings],
) -> FunctionDef {
    FunctionDef {
        name,
        file: "src/main.rs",
        line: 1,
        parameters,
        outputs,
        output_settings,
        retry: None,
        invoker: Invoker::Blocking(|_| Ok(Outputs::new())),
        identity: None,
    }
}

#[track_caller]
fn check(function: &FunctionDef, expected: &Expect) {
    expected.assert_eq(&super::lines(function).join("\n"));
}

#[test]
fn http() {
    static LIST: FunctionDef = function(
        "list",
        &[
            parameter(
                "req",
                HTTP,
                &[
                    set("auth_level", Value::Text("anonymous")),
                    set(
                        "methods",
                        Value::List(&[Value::Text("get"), Value::Text("post")]),
                    ),
                ],
            ),
            parameter("context", None, &[]),
        ],
        &[REPLY],
        &[],
    );
    check(
        &LIST,
        &expect![[r#"
        {"name":"req","type":"httpTrigger","direction":"in","authLevel":"anonymous","methods":["get","post"]}
        {"name":"$return","type":"http","direction":"out"}"#]],
    );
}

#[test]
fn list_in_one_text() {
    static OLD_FORM: FunctionDef = function(
        "old",
        &[parameter(
            "req",
            HTTP,
            &[
                set("methods", Value::Text("get | post")),
                set("route", Value::Text("a|b")),
            ],
        )],
        &[None],
        &[],
    );
    check(
        &OLD_FORM,
        &expect![[
            r#"{"name":"req","type":"httpTrigger","direction":"in","methods":["get","post"],"route":"a|b"}"#
        ]],
    );
}

#[test]
fn binary_batch() {
    static BATCH: FunctionDef = function(
        "batch",
        &[ParameterDef {
            data_type: Some(DataType::Binary),
            cardinality: Some(Cardinality::Many),
            ..parameter("events", HTTP, &[])
        }],
        &[],
        &[],
    );
    check(
        &BATCH,
        &expect![[
            r#"{"name":"events","type":"httpTrigger","direction":"in","dataType":"binary","cardinality":"many"}"#
        ]],
    );
}

#[test]
fn one_text() {
    static TEXT: FunctionDef = function(
        "text",
        &[ParameterDef {
            data_type: Some(DataType::String),
            cardinality: Some(Cardinality::One),
            ..parameter("event", HTTP, &[])
        }],
        &[],
        &[],
    );
    check(
        &TEXT,
        &expect![[
            r#"{"name":"event","type":"httpTrigger","direction":"in","dataType":"string","cardinality":"one"}"#
        ]],
    );
}

#[test]
fn outputs() {
    static THREE: FunctionDef = function(
        "three",
        &[],
        &[REPLY, None, BLOB],
        &[OutputSettings {
            name: "output2",
            settings: &[
                set("path", Value::Text("a/{b}")),
                set("connection", Value::Text("Store")),
            ],
        }],
    );
    check(
        &THREE,
        &expect![[r#"
        {"name":"$return","type":"http","direction":"out"}
        {"name":"output2","type":"blob","direction":"out","path":"a/{b}","connectionSetting":"Store"}"#]],
    );
}

struct Answer;

impl Binding for Answer {
    const TYPE: &'static str = "answer";
    const RETURNED_TO_TRIGGER: bool = true;

    fn computed(_: &[Setting]) -> Vec<(&'static str, serde_json::Value)> {
        vec![("format", "short".into())]
    }
}

#[test]
fn returned_to_trigger() {
    static ANSWER: FunctionDef = function(
        "answer",
        &[
            ParameterDef {
                trigger: true,
                ..parameter("req", HTTP, &[])
            },
            parameter("blob", BLOB, &[]),
        ],
        &[Some(Description::of::<Answer>()), REPLY],
        &[],
    );
    check(
        &ANSWER,
        &expect![[r#"
            {"name":"req","type":"httpTrigger","direction":"in","format":"short"}
            {"name":"blob","type":"blob","direction":"in"}
            {"name":"output1","type":"http","direction":"out"}"#]],
    );
}

struct Computed;

impl Binding for Computed {
    const TYPE: &'static str = "computed";
    const PROPERTIES: &'static [Property] = &[Property::integer("size")];

    fn computed(settings: &[Setting]) -> Vec<(&'static str, serde_json::Value)> {
        vec![("size", 1.into()), ("given", settings.len().into())]
    }
}

#[test]
fn computed() {
    const COMPUTED: Option<Description> = Some(Description::of::<Computed>());
    static BOTH: FunctionDef = function(
        "both",
        &[
            parameter("a", COMPUTED, &[]),
            parameter("b", COMPUTED, &[set("size", Value::Integer(7))]),
        ],
        &[],
        &[],
    );
    check(
        &BOTH,
        &expect![[r#"
            {"name":"a","type":"computed","direction":"in","size":1,"given":0}
            {"name":"b","type":"computed","direction":"in","size":7,"given":1}"#]],
    );
}

#[test]
fn update() {
    static UPDATE: FunctionDef = function(
        "update",
        &[ParameterDef {
            update: Some(("blobOut", Description::of::<Blob>())),
            ..parameter(
                "blob",
                Some(Description::of::<BlobIn>()),
                &[
                    set("path", Value::Text("a/b")),
                    set("take", Value::Integer(3)),
                ],
            )
        }],
        &[],
        &[],
    );
    check(
        &UPDATE,
        &expect![[r#"
        {"name":"blob","type":"blob","direction":"in","path":"a/b","take":3}
        {"name":"blobOut","type":"blob","direction":"out","path":"a/b"}"#]],
    );
}

#[test]
fn open() {
    static ANY: FunctionDef = function(
        "any",
        &[ParameterDef {
            data_type: Some(DataType::String),
            ..parameter(
                "thing",
                OPEN,
                &[
                    set("type", Value::Text("pigeonTrigger")),
                    set("loft_size", Value::Integer(3)),
                    set("tame", Value::Flag(true)),
                    set("share", Value::Number(0.5)),
                    set("rings", Value::List(&[Value::Integer(1)])),
                    set("data_type", Value::Text("binary")),
                ],
            )
        }],
        &[OPEN],
        &[OutputSettings {
            name: "$return",
            settings: &[set("type", Value::Text("pigeon"))],
        }],
    );
    check(
        &ANY,
        &expect![[r#"
        {"name":"thing","type":"pigeonTrigger","direction":"in","loftSize":3,"tame":true,"share":0.5,"rings":[1],"dataType":"binary"}
        {"name":"$return","type":"pigeon","direction":"out"}"#]],
    );
}

static A: FunctionDef = function("a", &[parameter("req", HTTP, &[])], &[], &[]);
static B: FunctionDef = function("B", &[parameter("req", HTTP, &[])], &[REPLY], &[]);
static B_TOO: FunctionDef = function("b", &[], &[], &[]);

#[test]
fn metadata() {
    let answer = Functions::new(vec![&A], &States::default(), &Limits::default())
        .metadata("/home/site/wwwroot");
    expect![[r#"
        FunctionMetadataResponse {
            function_metadata_results: [
                RpcFunctionMetadata {
                    name: "a",
                    directory: "/home/site/wwwroot",
                    script_file: "app",
                    entry_point: "a",
                    bindings: {
                        "req": BindingInfo {
                            r#type: "httpTrigger",
                            direction: In,
                            data_type: Undefined,
                            properties: {},
                        },
                    },
                    is_proxy: false,
                    status: None,
                    language: "native",
                    raw_bindings: [
                        "{\"name\":\"req\",\"type\":\"httpTrigger\",\"direction\":\"in\"}",
                    ],
                    function_id: "a",
                    managed_dependency_enabled: false,
                    retry_options: None,
                    properties: {},
                },
            ],
            result: Some(
                StatusResult {
                    status: Success,
                    result: "",
                    exception: None,
                    logs: [],
                },
            ),
            use_default_metadata_indexing: false,
        }
    "#]]
    .assert_debug_eq(&answer);
}

#[test]
fn mistakes() {
    for (list, text) in [
        (vec![], "no functions are registered"),
        (vec![&B, &B_TOO], "two functions are called `b`"),
    ] {
        let mut functions = Functions::new(list, &States::default(), &Limits::default());
        assert!(functions.mistake().unwrap().starts_with(text));
        let answer = functions.metadata("");
        assert_eq!(answer.function_metadata_results, []);
        let result = answer.result.unwrap();
        assert_eq!(result.status(), Status::Failure);
        assert!(result.exception.unwrap().message.starts_with(text));
        assert_eq!(functions.load("b", "b").status(), Status::Failure);
        assert!(functions.get("b").is_none());
    }
}

#[test]
fn ids() {
    let mut functions = Functions::new(vec![&A, &B], &States::default(), &Limits::default());
    for (id, name, status, found) in [
        // What this process would say itself.
        ("a", "a", Status::Success, Some("a")),
        // A process that was never asked, under an id that another version gave.
        ("0f3c", "B", Status::Success, Some("B")),
        ("0f3c", "a", Status::Success, Some("a")),
        // Gone, and not there for long.
        ("c", "c", Status::Failure, None),
        ("", "", Status::Failure, None),
    ] {
        assert_eq!(functions.load(id, name).status(), status, "{id} {name}");
        assert_eq!(functions.get(id).map(|function| function.name), found);
    }
    assert_eq!(functions.get("B").map(|function| function.name), Some("B"));
}

/// A trigger that can be taken in batches, whose payload other bindings can use.
#[derive(Debug)]
struct Letter;

struct LetterTrigger;

impl Binding for LetterTrigger {
    const TYPE: &'static str = "letterTrigger";
    const PROPERTIES: &'static [Property] = &[Property::string("post_box").old(&["box_name"])];
    const RETRIES: bool = true;
    const OFFERS: Offers = Offers::names(&["Stamp"]).and_payload();
}

impl FromTrigger for Letter {
    type Binding = LetterTrigger;
    const DATA_TYPE: Option<DataType> = Some(DataType::Binary);

    fn from_trigger(_: Data, _: &Trigger) -> Result<Self, BindError> {
        Ok(Self)
    }
}

impl FromBatch for Letter {}

#[func]
fn many(_letters: Vec<Letter>) {}

#[expect(deprecated, reason = "it is what is tested")]
mod with_old_names {
    use super::{Letter, func};

    #[func]
    pub(super) fn old_name(#[binding(box_name = "7")] _letter: Letter) {}
}

#[func]
fn binary(
    _letter: Letter,
    #[binding(path = "abc/{stamp}-{rand-guid}")] _blob: crate::bindings::Blob,
) {
}

#[func]
fn text(_letter: Letter, #[binding(path = "abc/{street}")] _blob: crate::bindings::Blob) {}

#[test]
fn what_types_say() {
    let [many, old_name, binary, text] = functions![many, with_old_names::old_name, binary, text];
    check(
        many,
        &expect![[
            r#"{"name":"letters","type":"letterTrigger","direction":"in","dataType":"binary","cardinality":"many"}"#
        ]],
    );
    check(
        old_name,
        &expect![[
            r#"{"name":"letter","type":"letterTrigger","direction":"in","postBox":"7","dataType":"binary"}"#
        ]],
    );
    check(
        binary,
        &expect![[r#"
            {"name":"letter","type":"letterTrigger","direction":"in","dataType":"binary"}
            {"name":"blob","type":"blob","direction":"in","path":"abc/{stamp}-{rand-guid}","dataType":"binary"}"#]],
    );
    // The host reads members of text only.
    check(
        text,
        &expect![[r#"
            {"name":"letter","type":"letterTrigger","direction":"in","dataType":"string"}
            {"name":"blob","type":"blob","direction":"in","path":"abc/{street}","dataType":"binary"}"#]],
    );
}

#[func(retry = RetryPolicy::fixed_delay(3, Duration::from_millis(1500)))]
fn fixed(_letter: Letter) {}

#[func(retry = RetryPolicy::exponential_backoff(RetryPolicy::FOREVER, Duration::from_secs(1), Duration::MAX))]
fn exponential(_letter: Letter) {}

#[test]
fn retry_policies() {
    let functions = Functions::new(
        functions![fixed, exponential].into(),
        &States::default(),
        &Limits::default(),
    );
    let options: Vec<_> = functions
        .metadata("")
        .function_metadata_results
        .into_iter()
        .filter_map(|function| function.retry_options)
        .map(|options| {
            (
                options.max_retry_count,
                options.retry_strategy(),
                options.delay_interval.map(|interval| interval.to_string()),
                options
                    .minimum_interval
                    .map(|interval| interval.to_string()),
                options
                    .maximum_interval
                    .map(|interval| interval.to_string()),
            )
        })
        .collect();
    let interval = |text: &str| Some(text.to_owned());
    assert_eq!(
        options,
        [
            (
                -1,
                RetryStrategy::ExponentialBackoff,
                None,
                interval("1s"),
                interval("315576000000s"),
            ),
            (3, RetryStrategy::FixedDelay, interval("1.500s"), None, None),
        ]
    );
}
