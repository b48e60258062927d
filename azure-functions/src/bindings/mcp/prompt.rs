//! Prompts: what a person can ask for by name, to start a conversation with a model.

use std::{fmt, marker::PhantomData};

use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};

use super::{Call, McpClient, McpContent, McpTransport, schema};
use crate::{
    BindError, Binding, Data, FromInput, FromTrigger, IntoOutput, Property, Setting, Syntax,
    Trigger,
};

/// The binding of [`McpPromptTrigger`].
pub struct McpPromptTriggerBinding<T>(PhantomData<fn() -> T>);

impl<T> fmt::Debug for McpPromptTriggerBinding<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("McpPromptTriggerBinding")
    }
}

impl<T: JsonSchema + 'static> Binding for McpPromptTriggerBinding<T> {
    const TYPE: &'static str = "mcpPromptTrigger";
    const PROPERTIES: &'static [Property] = &[
        Property::string("prompt_name")
            .required()
            .doc("The name of the prompt."),
        Property::string("title").doc("The name for people to read."),
        Property::string("description").doc("What the prompt is for."),
        Property::string("prompt_arguments")
            .syntax(Syntax::Verbatim)
            .default("those of `T`")
            .doc("The arguments, in JSON."),
        Property::string("metadata")
            .syntax(Syntax::Verbatim)
            .doc("What else a client is told of the prompt, in JSON."),
        Property::string("icons")
            .syntax(Syntax::Verbatim)
            .doc("The icons of the prompt, in JSON."),
        Property::boolean("use_result_schema")
            .default("whether the function returns `McpPromptMessages`")
            .doc("Whether the host takes the answer for the JSON of messages."),
    ];

    fn computed(_: &[Setting]) -> Vec<(&'static str, Value)> {
        let schema = schema::of::<T>();
        let arguments: Vec<_> = schema::members(&schema)
            .map(|(name, schema, required)| {
                let mut argument = json!({ "name": name, "required": required });
                if let (Some(members), Some(text)) =
                    (argument.as_object_mut(), schema.get("description"))
                {
                    members.insert("description".to_owned(), text.clone());
                }
                argument
            })
            .collect();
        if arguments.is_empty() {
            return Vec::new();
        }
        vec![("promptArguments", json!(arguments).to_string().into())]
    }
}

/// A prompt that a person asks for, which starts the function.
///
/// `T` is the arguments: a struct of texts that serde reads, and that derives [`JsonSchema`]. Without a `T` they are a map, and
/// what the client is told of them comes from the [`McpPromptArgument`] parameters.
///
/// # Properties
///
/// | Name | Type | Default | Meaning |
/// |---|---|---|---|
/// | `prompt_name` | string | required | The name of the prompt. |
/// | `title` | string | | The name for people to read. |
/// | `description` | string | | What the prompt is for. |
/// | `prompt_arguments` | string | those of `T` | The arguments, in JSON. |
/// | `metadata` | string | | What else a client is told of the prompt, in JSON. |
/// | `icons` | string | | The icons of the prompt, in JSON. |
/// | `use_result_schema` | boolean | whether the function returns `McpPromptMessages` | Whether the host takes the answer for the JSON of messages. |
///
/// # Example
///
/// ```
/// use azure_functions::{
///     bindings::mcp::{McpPromptArgument, McpPromptResult, McpPromptTrigger},
///     func,
/// };
///
/// #[func]
/// fn review(
///     #[binding(prompt_name = "review", description = "Asks for a review.")] _call: McpPromptTrigger,
///     #[binding(argument_name = "code")] McpPromptArgument(code): McpPromptArgument,
/// ) -> McpPromptResult {
///     format!("Please review this: {code}").into()
/// }
///
/// let answer = review(McpPromptTrigger::default(), McpPromptArgument("1 + 1".to_owned()));
/// assert_eq!(answer, McpPromptResult::from("Please review this: 1 + 1"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct McpPromptTrigger<T = Map<String, Value>> {
    /// The name of the prompt.
    pub name: String,
    /// What the person passes to it.
    pub arguments: T,
    /// The session of the client.
    pub session_id: Option<String>,
    /// The client.
    pub client: Option<McpClient>,
    /// How the call came.
    pub transport: Option<McpTransport>,
}

impl<T> McpPromptTrigger<T> {
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

impl<T: DeserializeOwned + JsonSchema + 'static> FromTrigger for McpPromptTrigger<T> {
    type Binding = McpPromptTriggerBinding<T>;

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

/// The binding of [`McpPromptArgument`].
pub struct McpPromptArgumentBinding<T>(PhantomData<fn() -> T>);

impl<T> fmt::Debug for McpPromptArgumentBinding<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("McpPromptArgumentBinding")
    }
}

impl<T: 'static> Binding for McpPromptArgumentBinding<T> {
    const TYPE: &'static str = "mcpPromptArgument";
    const PROPERTIES: &'static [Property] = &[
        Property::string("argument_name")
            .required()
            .doc("The name of the argument."),
        Property::string("description").doc("What the argument means."),
        Property::boolean("is_required").doc("Whether the person has to give it."),
    ];
    const ONLY_WITH: Option<&'static str> = Some("mcpPromptTrigger");
}

/// One argument of a prompt, beside an [`McpPromptTrigger`] without a type of its own. `T` is an `Option` if it can be missing.
///
/// # Properties
///
/// | Name | Type | Default | Meaning |
/// |---|---|---|---|
/// | `argument_name` | string | required | The name of the argument. |
/// | `description` | string | | What the argument means. |
/// | `is_required` | boolean | | Whether the person has to give it. |
///
/// Only in a function whose trigger is `mcpPromptTrigger`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct McpPromptArgument<T = String>(pub T);

impl<T: DeserializeOwned + 'static> FromInput for McpPromptArgument<T> {
    type Binding = McpPromptArgumentBinding<T>;

    fn from_input(data: Data) -> Result<Self, BindError> {
        data.decode().map(Self)
    }
}

/// Says that the value is what a prompt becomes. The host has no binding of this type.
#[derive(Debug)]
pub struct McpPromptResultBinding;

impl Binding for McpPromptResultBinding {
    const TYPE: &'static str = "mcpPromptResult";
    const ONLY_WITH: Option<&'static str> = Some("mcpPromptTrigger");
    const RETURNED_TO_TRIGGER: bool = true;
}

/// A message of a prompt.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct McpPromptMessage {
    role: &'static str,
    content: Value,
}

impl McpPromptMessage {
    /// What the person says.
    pub fn user(content: impl Into<McpContent>) -> Self {
        Self::of("user", content.into())
    }

    /// What the model is to have said.
    pub fn assistant(content: impl Into<McpContent>) -> Self {
        Self::of("assistant", content.into())
    }

    fn of(role: &'static str, content: McpContent) -> Self {
        let (_, content) = content.into_parts();
        Self { role, content }
    }
}

/// What a prompt becomes: a text, which the person says. For several messages see [`McpPromptMessages`].
///
/// # Properties
///
/// None.
///
/// Only in a function whose trigger is `mcpPromptTrigger`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct McpPromptResult(String);

impl McpPromptResult {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for McpPromptResult {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for McpPromptResult {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl IntoOutput for McpPromptResult {
    type Binding = McpPromptResultBinding;

    fn into_output(self) -> Result<Data, BindError> {
        Ok(Data::text(self.0))
    }
}

/// Says that the value is what a prompt becomes, in messages. The host has no binding of this type.
#[derive(Debug)]
pub struct McpPromptMessagesBinding;

impl Binding for McpPromptMessagesBinding {
    const TYPE: &'static str = "mcpPromptMessages";
    const ONLY_WITH: Option<&'static str> = Some("mcpPromptTrigger");
    const RETURNED_TO_TRIGGER: bool = true;

    fn computed(_: &[Setting]) -> Vec<(&'static str, Value)> {
        vec![("useResultSchema", true.into())]
    }
}

/// What a prompt becomes: messages of the person and of the model.
///
/// The host is told so by the type: the trigger needs no `use_result_schema`.
///
/// # Properties
///
/// None.
///
/// Only in a function whose trigger is `mcpPromptTrigger`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct McpPromptMessages(pub Vec<McpPromptMessage>);

impl FromIterator<McpPromptMessage> for McpPromptMessages {
    fn from_iter<I: IntoIterator<Item = McpPromptMessage>>(messages: I) -> Self {
        Self(messages.into_iter().collect())
    }
}

impl IntoOutput for McpPromptMessages {
    type Binding = McpPromptMessagesBinding;

    fn into_output(self) -> Result<Data, BindError> {
        let content = json!(self.0).to_string();
        let answer = json!({ "type": "prompt_messages", "content": content });
        Ok(Data::text(answer.to_string()))
    }
}
