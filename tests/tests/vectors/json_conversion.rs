//! How output values become messages, and what a JSON payload adds to the binding data.

use azure_functions_host::{
    binding_data::{BindingData, Value},
    json_text::{Element, binding_data, elements, looks_like_json, token_elements},
    lenient_json::{Error, Problem, Token},
};
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde_json::{Map, Value as Json};

use crate::support::{Difference, Outcome, rows};

#[derive(Debug, Deserialize)]
struct Row {
    kind: String,
    input: Option<String>,
    value: Option<String>,
    #[serde(default, rename = "isJson")]
    is_json: bool,
    elements: Option<Vec<String>>,
    #[serde(default)]
    types: Json,
    data: Option<Map<String, Json>>,
    error: Option<String>,
    tz: Option<String>,
    culture: Option<String>,
}

const NOT_SENT: &str = "no message of a worker carries this .NET value";
const CULTURE: &str = "the host runs in the invariant culture, in Azure and here";

const DIFFERENCES: &[Difference] = &[
    ("elements string[] {a,b}", NOT_SENT),
    ("elements byte[] {1,2}", NOT_SENT),
    ("elements null", NOT_SENT),
    ("elements object[] {1,\"x\",true}", NOT_SENT),
    ("elements object[] {null}", NOT_SENT),
    ("elements List<string> {a}", NOT_SENT),
    ("elements stream utf8 [1,2]", NOT_SENT),
    ("elements stream utf8-bom [1,2]", NOT_SENT),
    ("elements stream utf8 hello", NOT_SENT),
];

const CULTURE_DIFFERENCES: &[Difference] = &[
    (
        "elements en-US [0.1,1.10,100.0,1e2,1E400,-1e400,1e-400]",
        CULTURE,
    ),
    ("elements en-US [\"2026-02-27T23:59:58\"]", CULTURE),
    ("elements en-US [\"2026-02-27T23:59:58Z\"]", CULTURE),
    ("elements en-US [\"2026-02-27T23:59:58.123Z\"]", CULTURE),
    (
        "elements en-US [\"2026-02-27T23:59:58.1234567+02:00\"]",
        CULTURE,
    ),
    ("elements en-US [\"2026-02-27T23:59:58+00:00\"]", CULTURE),
    ("elements en-US [\"/Date(1700000000000)/\"]", CULTURE),
    ("elements en-US [Infinity,-Infinity]", CULTURE),
    ("elements en-US [\"2026-02-27T24:00:00Z\"]", CULTURE),
    ("elements en-US [\"0001-01-01T00:00:00Z\"]", CULTURE),
];

#[test]
fn json_conversion() {
    check("json-conversion.jsonl", DIFFERENCES);
}

#[test]
fn json_conversion_in_other_zones_and_cultures() {
    check("json-conversion-env.jsonl", CULTURE_DIFFERENCES);
}

fn check(file: &str, differences: &[Difference]) {
    let mut outcome = Outcome::new();
    for row in rows::<Row>(file) {
        let text = row.input.as_ref().or(row.value.as_ref()).expect("an input");
        let culture = row.culture.as_deref().filter(|culture| *culture == "en-US");
        let key = culture.map_or_else(
            || format!("{} {text}", row.kind),
            |culture| format!("{} {culture} {text}", row.kind),
        );
        outcome.case(key, row.difference());
    }
    outcome.finish(differences);
}

impl Row {
    fn difference(&self) -> Option<String> {
        let zone = self.tz.as_deref().map_or(TimeZone::UTC, |zone| {
            TimeZone::get(zone).expect("a zone of the database")
        });
        match (&self.input, &self.value) {
            (Some(input), _) if self.kind == "bindingData" => self.data_difference(input, &zone),
            (Some(input), _) => self.elements_difference(input, &zone),
            (None, Some(value)) => {
                let Some(elements) = sent(value) else {
                    return Some("not sent".to_owned());
                };
                let texts: Vec<_> = elements.iter().map(Element::text).collect();
                (Some(&texts) != self.elements.as_ref()).then(|| format!("{texts:?}"))
            }
            (None, None) => Some("no input".to_owned()),
        }
    }

    fn elements_difference(&self, input: &str, zone: &TimeZone) -> Option<String> {
        if looks_like_json(input) != self.is_json {
            return Some("taken for JSON, or not".to_owned());
        }
        let elements = match elements(input, zone) {
            Ok(elements) => elements,
            Err(error) => {
                let error = words(&error);
                return (Some(&error) != self.error.as_ref()).then_some(error);
            }
        };
        let texts: Vec<_> = elements.iter().map(Element::text).collect();
        let kinds: Json = elements.iter().map(kind).collect();
        let same = Some(&texts) == self.elements.as_ref() && kinds == self.types;
        (!same).then(|| format!("{texts:?} {kinds}, not {:?}", self.elements))
    }

    fn data_difference(&self, input: &str, zone: &TimeZone) -> Option<String> {
        let data: BindingData = binding_data(input, zone).into_iter().collect();
        let mut values = Map::new();
        let mut kinds = Map::new();
        for (name, value) in data.iter() {
            let (value, kind) = match value {
                Value::String(text) => (text.clone().into(), "String"),
                Value::Json(token) => (token.clone().into(), "JObject"),
                other => return Some(format!("{other:?}")),
            };
            values.insert(name.to_owned(), value);
            kinds.insert(name.to_owned(), kind.into());
        }
        let same = Some(&values) == self.data.as_ref() && Json::Object(kinds) == self.types;
        (!same).then(|| format!("{values:?}"))
    }
}

/// The messages of a value that is not a text, if a worker can send it.
fn sent(value: &str) -> Option<Vec<Element>> {
    let text = |text: &str| elements(text, &TimeZone::UTC).expect("JSON");
    Some(match value {
        "int 5" => token_elements(Token::Integer("5".to_owned())),
        "double 1.0" => token_elements(Token::Float(1.0)),
        "bool true" => token_elements(Token::Bool(true)),
        "JArray [1,\"a\"]" => text("[1,\"a\"]"),
        "JObject {a:1}" => text("{a:1}"),
        _ => return None,
    })
}

fn kind(element: &Element) -> &'static str {
    match element {
        Element::Text(_) => "String",
        Element::Json(token) => match token {
            Token::Null => "JNull",
            Token::Undefined => "JUndefined",
            Token::Bool(_) => "JBoolean",
            Token::Integer(_) => "JInteger",
            Token::Float(_) => "JFloat",
            Token::String(_) => "JString",
            Token::Date { .. } => "JDate",
            Token::Array(_) => "JArray",
            Token::Object(_) => "JObject",
            Token::Constructor(..) => "JConstructor",
        },
    }
}

/// The host's words for an error of ours.
fn words(error: &Error) -> String {
    let problem = match &error.problem {
        Problem::Value(letter) => {
            format!("Unexpected character encountered while parsing value: {letter}.")
        }
        Problem::NumberLetter(letter) => {
            format!("Unexpected character encountered while parsing number: {letter}.")
        }
        Problem::Name(letter) => format!("Invalid property identifier character: {letter}."),
        Problem::BareName(letter) => {
            format!("Invalid JavaScript property identifier character: {letter}.")
        }
        Problem::AfterEnd(letter) => {
            format!("Additional text encountered after finished reading JSON content: {letter}.")
        }
        Problem::Escape(escape) => format!("Bad JSON escape sequence: {escape}."),
        Problem::Depth => "The reader's MaxDepth of 64 has been exceeded.".to_owned(),
        other => format!("{other:?}"),
    };
    let (path, line, position) = (&error.path, error.line, error.column - 1);
    format!("JsonReaderException: {problem} Path '{path}', line {line}, position {position}.")
}
