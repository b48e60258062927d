//! A server of the Model Context Protocol: tools, a resource and a prompt for a language model.
//!
//! In Azure the server is at `/runtime/webhooks/mcp`. The local host has no such server, so call a tool by hand:
//! `curl http://localhost:7071/admin/functions/forecast -H 'content-type: application/json'
//! -d '{"input": "{\"arguments\": {\"city\": \"Bonn\"}}"}'`.

use std::process::ExitCode;

use azure_functions::{
    bindings::mcp::{
        McpPromptResult, McpPromptTrigger, McpResourceResult, McpResourceTrigger, McpToolContent,
        McpToolProperty, McpToolResult, McpToolTrigger,
    },
    func,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The arguments of [`forecast`]. The model reads these comments.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
struct Place {
    /// The name of the city.
    city: String,
    /// How many days to look ahead: one, if it is not given.
    days: Option<u8>,
}

#[derive(Serialize)]
struct Forecast {
    city: String,
    degrees: Vec<i8>,
}

/// A tool whose schema is that of its arguments, and which answers with text and data.
#[func]
fn forecast(
    #[binding(
        tool_name = "forecast",
        description = "Says how warm the next days will be."
    )]
    call: McpToolTrigger<Place>,
) -> McpToolContent {
    let Place { city, days } = call.arguments;
    let degrees = (0..days.unwrap_or(1)).map(|day| 20 + (day % 5).cast_signed());
    let forecast = Forecast {
        degrees: degrees.collect(),
        city,
    };
    let text = format!("{:?} degrees in {}", forecast.degrees, forecast.city);
    McpToolContent::from(text).with_structured(&forecast)
}

/// A tool whose arguments are parameters.
#[func]
fn greet(
    #[binding(tool_name = "greet", description = "Greets somebody.")] _call: McpToolTrigger,
    #[binding(property_name = "name", description = "Who is greeted.")]
    McpToolProperty(name): McpToolProperty<String>,
    #[binding(property_name = "times")] McpToolProperty(times): McpToolProperty<Option<u8>>,
) -> McpToolResult {
    vec![format!("Hello, {name}!"); times.unwrap_or(1).into()]
        .join(" ")
        .into()
}

/// A resource that the client can read.
#[func]
fn rules(
    #[binding(
        uri = "file://rules.md",
        resource_name = "rules",
        description = "The rules of the house.",
        mime_type = "text/markdown"
    )]
    call: &McpResourceTrigger,
) -> McpResourceResult {
    format!("# Rules\n\nRead <{}> again.\n", call.uri).into()
}

/// The arguments of [`review`].
#[derive(Clone, Debug, Deserialize, JsonSchema)]
struct Review {
    /// The code to review.
    code: String,
}

/// A prompt that a person can choose.
#[func]
fn review(
    #[binding(prompt_name = "review", description = "Asks for a review of code.")]
    call: &McpPromptTrigger<Review>,
) -> McpPromptResult {
    format!("Review this code:\n\n{}", call.arguments.code).into()
}

fn main() -> ExitCode {
    azure_functions::run()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tools() {
        let place = Place {
            city: "Bonn".to_owned(),
            days: Some(2),
        };
        let answer = forecast(McpToolTrigger::new(place));
        assert_eq!(answer.blocks(), ["[20, 21] degrees in Bonn".into()]);
        let answer = greet(
            McpToolTrigger::default(),
            McpToolProperty("Ferris".to_owned()),
            McpToolProperty(Some(2)),
        );
        assert_eq!(answer, "Hello, Ferris! Hello, Ferris!".into());
    }

    #[test]
    fn resource_and_prompt() {
        let rules = rules(&McpResourceTrigger::new("file://rules.md"));
        assert_eq!(rules, "# Rules\n\nRead <file://rules.md> again.\n".into());
        let code = "1 + 1".to_owned();
        let prompt = review(&McpPromptTrigger::new(Review { code }));
        assert_eq!(prompt.as_str(), "Review this code:\n\n1 + 1");
    }
}
