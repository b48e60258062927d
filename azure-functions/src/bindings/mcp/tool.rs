//! Tools: functions that a language model can call.

use std::{fmt, marker::PhantomData};

use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};

use super::{Call, McpClient, McpContent, McpTransport, schema};
use crate::{
    BindError, Binding, Data, FromInput, FromTrigger, IntoOutput, Offers, Property, Rule, Setting,
    Syntax, Trigger,
};

/// The binding of [`McpToolTrigger`].
pub struct McpToolTriggerBinding<T>(PhantomData<fn() -> T>);

impl<T> fmt::Debug for McpToolTriggerBinding<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("McpToolTriggerBinding")
    }
}

impl<T: JsonSchema + 'static> Binding for McpToolTriggerBinding<T> {
    const TYPE: &'static str = "mcpToolTrigger";
    const PROPERTIES: &'static [Property] = &[
        Property::string("tool_name")
            .required()
            .doc("What the model calls the tool."),
        Property::string("description").doc("What the tool does, for the model to read."),
        Property::string("tool_properties")
            .syntax(Syntax::Verbatim)
            .doc("The arguments as the host lists them, in JSON, instead of a schema."),
        Property::string("input_schema")
            .syntax(Syntax::Verbatim)
            .default("that of `T`")
            .doc("The JSON Schema of the arguments."),
        Property::boolean("use_worker_input_schema")
            .default("whether there is an `input_schema`")
            .doc("Whether the host takes the schema of the arguments from `input_schema`."),
        Property::string("output_schema")
            .syntax(Syntax::Verbatim)
            .doc("The JSON Schema of the structured content that the tool answers."),
        Property::boolean("use_result_schema")
            .default("`false`")
            .doc("Whether the tool answers with content blocks: needed for all of `McpToolResult` but text."),
        Property::string("metadata")
            .syntax(Syntax::Verbatim)
            .doc("What else a client is told of the tool, in JSON."),
    ];
    const RULES: &'static [Rule] = &[Rule::at_most_one_of(&["tool_properties", "input_schema"])];
    const OFFERS: Offers = Offers::ANYTHING;

    fn computed(settings: &[Setting]) -> Vec<(&'static str, Value)> {
        let has = |name: &str| settings.iter().any(|setting| setting.name == name);
        if has("tool_properties") || has("use_worker_input_schema") {
            return Vec::new();
        }
        let schema = schema::of::<T>();
        // A map has no members to speak of: the arguments are those of the `McpToolProperty` parameters.
        if !has("input_schema") && schema.get("properties").is_none() {
            return Vec::new();
        }
        vec![
            ("inputSchema", schema.to_string().into()),
            ("useWorkerInputSchema", true.into()),
        ]
    }
}

/// A call of a tool by a language model, which starts the function.
///
/// `T` is the arguments: a struct that serde reads, and that derives [`JsonSchema`]. The model is told its schema, with the
/// comments of its fields as descriptions. Without a `T` the arguments are a map, and what the model is told of them comes
/// from the [`McpToolProperty`] parameters.
///
/// # Properties
///
/// | Name | Type | Default | Meaning |
/// |---|---|---|---|
/// | `tool_name` | string | required | What the model calls the tool. |
/// | `description` | string | | What the tool does, for the model to read. |
/// | `tool_properties` | string | | The arguments as the host lists them, in JSON, instead of a schema. |
/// | `input_schema` | string | that of `T` | The JSON Schema of the arguments. |
/// | `use_worker_input_schema` | boolean | whether there is an `input_schema` | Whether the host takes the schema of the arguments from `input_schema`. |
/// | `output_schema` | string | | The JSON Schema of the structured content that the tool answers. |
/// | `use_result_schema` | boolean | `false` | Whether the tool answers with content blocks: needed for all of `McpToolResult` but text. |
/// | `metadata` | string | | What else a client is told of the tool, in JSON. |
///
/// At most one of `tool_properties` and `input_schema`.
///
/// # Example
///
/// ```
/// use azure_functions::{
///     bindings::mcp::{McpToolResult, McpToolTrigger},
///     func,
///     schemars::{self, JsonSchema},
/// };
/// use serde::Deserialize;
///
/// #[derive(Deserialize, JsonSchema)]
/// struct Place {
///     /// The name of the city.
///     city: String,
///     days: Option<u8>,
/// }
///
/// #[func]
/// fn weather(
///     #[binding(tool_name = "weather", description = "Says how the weather will be.")]
///     call: McpToolTrigger<Place>,
/// ) -> McpToolResult {
///     format!("sun over {}", call.arguments.city).into()
/// }
///
/// let place = Place { city: "Bonn".to_owned(), days: None };
/// assert_eq!(weather(McpToolTrigger::new(place)), McpToolResult::from("sun over Bonn"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct McpToolTrigger<T = Map<String, Value>> {
    /// The name of the tool.
    pub name: String,
    /// What the model passes to it.
    pub arguments: T,
    /// The session of the client.
    pub session_id: Option<String>,
    /// The client.
    pub client: Option<McpClient>,
    /// How the call came.
    pub transport: Option<McpTransport>,
}

impl<T> McpToolTrigger<T> {
    /// A call that the host says nothing more about, as a unit test needs it.
    pub fn new(arguments: T) -> Self {
        Self {
            name: String::new(),
            arguments,
            session_id: None,
            client: None,
            transport: None,
        }
    }
}

impl<T: DeserializeOwned + JsonSchema + 'static> FromTrigger for McpToolTrigger<T> {
    type Binding = McpToolTriggerBinding<T>;

    fn from_trigger(data: Data, _: &Trigger) -> Result<Self, BindError> {
        let call = Call::read(data)?;
        Ok(Self {
            arguments: call.arguments()?,
            name: call.name,
            session_id: call.session_id,
            client: call.client,
            transport: call.transport,
        })
    }
}

/// The binding of [`McpToolProperty`].
pub struct McpToolPropertyBinding<T>(PhantomData<fn() -> T>);

impl<T> fmt::Debug for McpToolPropertyBinding<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("McpToolPropertyBinding")
    }
}

impl<T: JsonSchema + 'static> Binding for McpToolPropertyBinding<T> {
    const TYPE: &'static str = "mcpToolProperty";
    const PROPERTIES: &'static [Property] = &[
        Property::string("property_name")
            .required()
            .doc("The name of the argument."),
        Property::string("property_type")
            .one_of(&["string", "number", "integer", "boolean", "object"])
            .default("that of `T`")
            .doc("The type of the argument, or of its elements."),
        Property::string("description").doc("What the argument means, for the model to read."),
        Property::boolean("is_required")
            .default("`false` if `T` is an `Option`")
            .doc("Whether the model has to give it."),
        Property::boolean("is_array")
            .default("whether `T` is a list")
            .doc("Whether the argument is a list."),
        Property::strings("enum_values")
            .default("those of `T`")
            .doc("The values that a text can have."),
    ];
    const ONLY_WITH: Option<&'static str> = Some("mcpToolTrigger");

    fn computed(_: &[Setting]) -> Vec<(&'static str, Value)> {
        schema::property(&schema::of::<T>())
    }
}

/// One argument of a tool, beside an [`McpToolTrigger`] without a type of its own.
///
/// `T` is any type that serde reads and that derives [`JsonSchema`]; `Option` if the model need not give it.
///
/// # Properties
///
/// | Name | Type | Default | Meaning |
/// |---|---|---|---|
/// | `property_name` | string | required | The name of the argument. |
/// | `property_type` | `string`, `number`, `integer`, `boolean` or `object` | that of `T` | The type of the argument, or of its elements. |
/// | `description` | string | | What the argument means, for the model to read. |
/// | `is_required` | boolean | `false` if `T` is an `Option` | Whether the model has to give it. |
/// | `is_array` | boolean | whether `T` is a list | Whether the argument is a list. |
/// | `enum_values` | list | those of `T` | The values that a text can have. |
///
/// Only in a function whose trigger is `mcpToolTrigger`.
///
/// # Example
///
/// ```
/// use azure_functions::{
///     bindings::mcp::{McpToolProperty, McpToolResult, McpToolTrigger},
///     func,
/// };
///
/// #[func]
/// fn greet(
///     #[binding(tool_name = "greet")] _call: McpToolTrigger,
///     #[binding(property_name = "name", description = "Who is greeted.")]
///     McpToolProperty(name): McpToolProperty<String>,
/// ) -> McpToolResult {
///     format!("hello {name}").into()
/// }
///
/// let answer = greet(McpToolTrigger::default(), McpToolProperty("Ferris".to_owned()));
/// assert_eq!(answer, McpToolResult::from("hello Ferris"));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct McpToolProperty<T = String>(pub T);

impl<T: DeserializeOwned + JsonSchema + 'static> FromInput for McpToolProperty<T> {
    type Binding = McpToolPropertyBinding<T>;

    fn from_input(data: Data) -> Result<Self, BindError> {
        data.decode().map(Self)
    }
}

/// Says that the value is the answer of a tool. The host has no binding of this type.
#[derive(Debug)]
pub struct McpToolResultBinding;

impl Binding for McpToolResultBinding {
    const TYPE: &'static str = "mcpToolResult";
    const ONLY_WITH: Option<&'static str> = Some("mcpToolTrigger");
    const RETURNED_TO_TRIGGER: bool = true;
}

/// What a tool answers.
///
/// A text is all that most tools need. [`content`](Self::content) and [`structured`](Self::structured) answer with more, if
/// the trigger has `use_result_schema = true`; every answer of such a tool is one of these.
///
/// # Properties
///
/// None.
///
/// Only in a function whose trigger is `mcpToolTrigger`.
#[derive(Clone, Debug, PartialEq)]
pub struct McpToolResult(Result<String, String>);

impl McpToolResult {
    /// The JSON of `value`, as text.
    pub fn json<T: Serialize + ?Sized>(value: &T) -> Self {
        Self(serde_json::to_string(value).map_err(|error| error.to_string()))
    }

    /// Content blocks. The trigger needs `use_result_schema = true`.
    pub fn content<C: Into<McpContent>>(blocks: impl IntoIterator<Item = C>) -> Self {
        let mut blocks: Vec<_> = blocks
            .into_iter()
            .map(|block| block.into().into_parts())
            .collect();
        let (kind, content) = match (blocks.pop(), blocks.is_empty()) {
            (Some((kind, block)), true) => (kind, block.to_string()),
            (last, _) => {
                let all: Value = blocks
                    .into_iter()
                    .chain(last)
                    .map(|(_, block)| block)
                    .collect();
                ("multi_content_result", all.to_string())
            }
        };
        Self(Ok(json!({ "type": kind, "content": content }).to_string()))
    }

    /// A text with the value that it stands for, of the tool's `output_schema`. The trigger needs `use_result_schema = true`.
    pub fn structured<T: Serialize + ?Sized>(text: impl Into<String>, value: &T) -> Self {
        let (kind, block) = McpContent::text(text).into_parts();
        let result = serde_json::to_string(value).map(|value| {
            json!({ "type": kind, "content": block.to_string(), "structuredContent": value })
        });
        Self(
            result
                .map(|result| result.to_string())
                .map_err(|error| error.to_string()),
        )
    }

    /// What the host is sent.
    pub fn as_str(&self) -> &str {
        self.0.as_deref().unwrap_or_default()
    }
}

impl From<String> for McpToolResult {
    fn from(text: String) -> Self {
        Self(Ok(text))
    }
}

impl From<&str> for McpToolResult {
    fn from(text: &str) -> Self {
        Self(Ok(text.to_owned()))
    }
}

impl IntoOutput for McpToolResult {
    type Binding = McpToolResultBinding;

    fn into_output(self) -> Result<Data, BindError> {
        self.0.map(Data::text).map_err(|error| {
            BindError::new(format!("the value cannot be written as JSON: {error}"))
        })
    }
}
