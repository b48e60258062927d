//! Tools: functions that a language model can call.

use std::{fmt, marker::PhantomData};

use bytes::Bytes;
use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};

use super::{super::content::Content, Call, McpClient, McpContent, McpTransport, schema};
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
            .default("whether the function returns `McpToolContent`")
            .doc("Whether the host takes the answer for the JSON of content blocks."),
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
/// | `use_result_schema` | boolean | whether the function returns `McpToolContent` | Whether the host takes the answer for the JSON of content blocks. |
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

/// The text that a tool answers. For more than text see [`McpToolContent`].
///
/// # Properties
///
/// None.
///
/// Only in a function whose trigger is `mcpToolTrigger`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct McpToolResult(Content);

impl McpToolResult {
    /// The JSON of `value`, as text.
    ///
    /// If `value` cannot be written as JSON, the invocation fails when the answer is sent.
    pub fn json<T: Serialize + ?Sized>(value: &T) -> Self {
        Self(Content::json(value))
    }

    /// The text; empty when there was no JSON.
    pub fn as_str(&self) -> &str {
        self.0.as_str().unwrap_or_default()
    }
}

impl From<String> for McpToolResult {
    fn from(text: String) -> Self {
        Self(Bytes::from(text).into())
    }
}

impl From<&str> for McpToolResult {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl IntoOutput for McpToolResult {
    type Binding = McpToolResultBinding;

    fn into_output(self) -> Result<Data, BindError> {
        let text = self.0.as_str().map(str::to_owned);
        self.0.into_bytes()?;
        Ok(Data::text(text.unwrap_or_default()))
    }
}

/// Says that the value is the answer of a tool, in blocks. The host has no binding of this type.
#[derive(Debug)]
pub struct McpToolContentBinding;

impl Binding for McpToolContentBinding {
    const TYPE: &'static str = "mcpToolContent";
    const ONLY_WITH: Option<&'static str> = Some("mcpToolTrigger");
    const RETURNED_TO_TRIGGER: bool = true;

    fn computed(_: &[Setting]) -> Vec<(&'static str, Value)> {
        vec![("useResultSchema", true.into())]
    }
}

/// What a tool answers, in blocks: texts, pictures, sounds and resources, and data for programs.
///
/// The host is told so by the type: the trigger needs no `use_result_schema`.
///
/// # Properties
///
/// None.
///
/// Only in a function whose trigger is `mcpToolTrigger`.
///
/// # Example
///
/// ```
/// use azure_functions::bindings::mcp::{McpContent, McpToolContent};
///
/// let chart = McpToolContent::new([McpContent::text("the chart"), McpContent::image([0x89], "image/png")]);
/// let weather = McpToolContent::new(["20 degrees"]).with_structured(&[20]);
/// assert_ne!(chart, weather);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct McpToolContent {
    blocks: Vec<McpContent>,
    structured: Option<Content>,
}

impl McpToolContent {
    /// An answer of these blocks.
    pub fn new<C: Into<McpContent>>(blocks: impl IntoIterator<Item = C>) -> Self {
        Self {
            blocks: blocks.into_iter().map(Into::into).collect(),
            structured: None,
        }
    }

    /// Adds the value that the blocks stand for, of the `output_schema` of the tool.
    ///
    /// If `value` cannot be written as JSON, the invocation fails when the answer is sent.
    #[must_use]
    pub fn with_structured<T: Serialize + ?Sized>(self, value: &T) -> Self {
        Self {
            structured: Some(Content::json(value)),
            ..self
        }
    }

    /// The blocks.
    pub fn blocks(&self) -> &[McpContent] {
        &self.blocks
    }
}

impl<C: Into<McpContent>> From<C> for McpToolContent {
    fn from(block: C) -> Self {
        Self::new([block])
    }
}

impl IntoOutput for McpToolContent {
    type Binding = McpToolContentBinding;

    fn into_output(self) -> Result<Data, BindError> {
        let mut answer = match <[McpContent; 1]>::try_from(self.blocks) {
            Ok([block]) => {
                let (kind, block) = block.into_parts();
                json!({ "type": kind, "content": block.to_string() })
            }
            Err(blocks) => {
                let blocks = blocks.into_iter().map(|block| block.into_parts().1);
                let blocks: Value = blocks.collect();
                json!({ "type": "multi_content_result", "content": blocks.to_string() })
            }
        };
        if let (Some(members), Some(structured)) = (answer.as_object_mut(), self.structured) {
            let json = structured.into_bytes()?;
            let json = String::from_utf8_lossy(&json).into_owned();
            members.insert("structuredContent".to_owned(), json.into());
        }
        Ok(Data::text(answer.to_string()))
    }
}
