//! The inputs that fuzzing starts from: recordings of a real host, and what earlier runs found worth keeping.
//!
//! The recordings are in `tests/data`. What was found is in `fuzz/found`, a file for each target with an entry a line: a
//! JSON string, or `{"base64": …}` for bytes that are no text. The fuzzer wants a folder with a file for each entry instead.

use std::{
    collections::BTreeSet,
    fs,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    io,
    path::{Path, PathBuf},
};

use azure_functions_shared::rpc::{
    Content, Data, InvocationRequest, RpcHttp, StreamingMessage, parameter_binding::RpcData,
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use prost::Message as _;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The longest entry that is taken from a recording, in bytes.
const LONGEST: usize = 8 << 10;

/// How much of what was found is kept for a target, in bytes.
const KEPT: usize = 40 << 10;

/// An entry of a file of found inputs.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Entry {
    Text(String),
    Bytes { base64: String },
}

/// All inputs of a target, each once.
///
/// # Errors
///
/// A file cannot be read, or is not of its form.
pub fn entries(target: &str) -> io::Result<BTreeSet<Vec<u8>>> {
    let mut entries = seeds(target)?;
    entries.extend(found(target)?);
    Ok(entries)
}

/// Writes each input of a target into a file of the folder, which may have others.
///
/// # Errors
///
/// A file cannot be read or written.
pub fn unpack(target: &str, folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    for entry in entries(target)? {
        let mut hasher = DefaultHasher::new();
        entry.hash(&mut hasher);
        fs::write(folder.join(format!("{:016x}", hasher.finish())), entry)?;
    }
    Ok(())
}

/// Keeps of a folder what is no recording, the shortest first, and gives the number.
///
/// # Errors
///
/// A file cannot be read or written.
pub fn pack(target: &str, folder: &Path) -> io::Result<usize> {
    let seeds = seeds(target)?;
    let mut found = BTreeSet::new();
    for file in fs::read_dir(folder)? {
        let entry = fs::read(file?.path())?;
        if !seeds.contains(&entry) {
            found.insert((entry.len(), entry));
        }
    }
    let mut room = KEPT;
    let mut lines = BTreeSet::new();
    for (_, entry) in found {
        let line = match String::from_utf8(entry) {
            Ok(text) => Entry::Text(text),
            Err(error) => Entry::Bytes {
                base64: BASE64_STANDARD.encode(error.as_bytes()),
            },
        };
        let line = serde_json::to_string(&line)? + "\n";
        let Some(left) = room.checked_sub(line.len()) else {
            break;
        };
        room = left;
        lines.insert(line);
    }
    fs::write(
        file_of(target),
        lines.iter().map(String::as_str).collect::<String>(),
    )?;
    Ok(lines.len())
}

/// What earlier runs found.
fn found(target: &str) -> io::Result<Vec<Vec<u8>>> {
    let text = match fs::read_to_string(file_of(target)) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(error),
    };
    text.lines()
        .map(|line| match serde_json::from_str(line)? {
            Entry::Text(text) => Ok(text.into_bytes()),
            Entry::Bytes { base64 } => BASE64_STANDARD.decode(base64).map_err(io::Error::other),
        })
        .collect()
}

fn file_of(target: &str) -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.join("../found").join(format!("{target}.jsonl"))
}

/// What the recordings have for a target.
fn seeds(target: &str) -> io::Result<BTreeSet<Vec<u8>>> {
    let mut seeds = match target {
        "route" => texts("routes", |row| {
            let text = |name: &str| row.get(name).and_then(Value::as_str).unwrap_or_default();
            let parts = ["routePrefix", "route", "method", "path"].map(text);
            Some(parts.join("\n"))
        })?,
        "expression" => {
            let mut seeds = texts("expressions", |row| {
                let text = row.get("template").or_else(|| row.get("text"))?.as_str()?;
                let data = row.get("data").map(ToString::to_string);
                Some(format!("{text}\nvalue\n{}", data.unwrap_or_default()))
            })?;
            seeds.extend(texts("blob-patterns", |row| {
                let blob = row.get("blob").and_then(Value::as_str).unwrap_or_default();
                Some(format!("{}\n{blob}\n", row.get("pattern")?.as_str()?))
            })?);
            seeds
        }
        "host_json" => {
            let mut seeds = texts("host-json-http", |row| {
                row.get("host_json")?.as_str().map(str::to_owned)
            })?;
            seeds.extend(texts("json-conversion", |row| {
                row.get("input")?.as_str().map(str::to_owned)
            })?);
            seeds
        }
        "schedule" => {
            let mut seeds = texts("ncrontab", |row| {
                Some(format!("{}\n1772236798", row.get("expr")?.as_str()?))
            })?;
            seeds.extend(texts("timespan", |row| {
                row.get("text")?.as_str().map(str::to_owned)
            })?);
            seeds
        }
        of_messages => conversations()?
            .iter()
            .flat_map(|conversation| of_conversation(of_messages, conversation))
            .collect(),
    };
    seeds.retain(|seed| seed.len() <= LONGEST);
    Ok(seeds)
}

/// One entry for each row of a recording.
fn texts(vectors: &str, text: impl Fn(&Value) -> Option<String>) -> io::Result<BTreeSet<Vec<u8>>> {
    let file = data().join("vectors").join(format!("{vectors}.jsonl"));
    fs::read_to_string(file)?
        .lines()
        .map(|line| Ok(text(&serde_json::from_str(line)?).map(String::into_bytes)))
        .filter_map(Result::transpose)
        .collect()
}

/// The messages of each recorded conversation, both ways.
fn conversations() -> io::Result<Vec<Vec<StreamingMessage>>> {
    let mut conversations = Vec::new();
    for file in fs::read_dir(data().join("transcripts"))? {
        let path = file?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "jsonl")
        {
            conversations.push(messages(&fs::read_to_string(path)?)?);
        }
    }
    Ok(conversations)
}

fn messages(recording: &str) -> io::Result<Vec<StreamingMessage>> {
    #[derive(Deserialize)]
    struct Row {
        wire: Option<String>,
    }
    let rows = recording.lines().map(serde_json::from_str::<Row>);
    rows.filter_map(|row| row.map(|row| row.wire).transpose())
        .map(|wire| {
            let wire = BASE64_STANDARD.decode(wire?).map_err(io::Error::other)?;
            StreamingMessage::decode(&*wire).map_err(io::Error::other)
        })
        .collect()
}

fn of_conversation(target: &str, messages: &[StreamingMessage]) -> Vec<Vec<u8>> {
    if target == "streaming_message" {
        return scripts(messages);
    }
    let requests = messages
        .iter()
        .filter_map(|message| match &message.content {
            Some(Content::InvocationRequest(request)) => Some(request),
            _ => None,
        });
    match target {
        "bindings" => requests.map(prost::Message::encode_to_vec).collect(),
        "payload" => requests.flat_map(values).collect(),
        "http_request" => requests.flat_map(requests_of).collect(),
        "output" => messages
            .iter()
            .filter_map(|message| match &message.content {
                Some(Content::InvocationResponse(response)) => Some(response.encode_to_vec()),
                _ => None,
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// What the host said, in pieces: the fuzzer finds more in short inputs.
fn scripts(messages: &[StreamingMessage]) -> Vec<Vec<u8>> {
    let said: Vec<_> = messages
        .iter()
        .filter(|message| {
            let loads = matches!(
                message.content,
                Some(Content::FunctionLoadRequest(_) | Content::FunctionLoadRequestCollection(_))
            );
            let answer = matches!(
                message.content,
                Some(
                    Content::StartStream(_)
                        | Content::WorkerInitResponse(_)
                        | Content::FunctionLoadResponse(_)
                        | Content::FunctionMetadataResponse(_)
                        | Content::InvocationResponse(_)
                        | Content::RpcLog(_)
                )
            );
            !loads && !answer
        })
        .collect();
    said.chunks(4)
        .map(|piece| {
            piece
                .iter()
                .flat_map(|message| message.encode_length_delimited_to_vec())
                .collect()
        })
        .collect()
}

/// The values of an invocation and of its metadata.
fn values(request: &InvocationRequest) -> Vec<Vec<u8>> {
    let inputs = request
        .input_data
        .iter()
        .filter_map(|input| match &input.rpc_data {
            Some(RpcData::Data(data)) => Some(data),
            _ => None,
        });
    let metadata = request.trigger_metadata.values();
    inputs
        .chain(metadata)
        .map(prost::Message::encode_to_vec)
        .collect()
}

/// The requests of an invocation, as they were sent.
fn requests_of(request: &InvocationRequest) -> Vec<Vec<u8>> {
    let inputs = request.input_data.iter();
    inputs
        .filter_map(|input| match &input.rpc_data {
            Some(RpcData::Data(data)) => match &data.data {
                Some(Data::Http(http)) => Some(text_of(http)),
                _ => None,
            },
            _ => None,
        })
        .collect()
}

fn text_of(http: &RpcHttp) -> Vec<u8> {
    let path = http.url.splitn(4, '/').nth(3).unwrap_or_default();
    let mut text = format!("{}\n/{path}", http.method);
    let nullable = http.nullable_headers.iter();
    let nullable =
        nullable.map(|(name, value)| (name, value.clone().into_option().unwrap_or_default()));
    let headers = http
        .headers
        .iter()
        .map(|(name, value)| (name, value.clone()));
    for (name, value) in headers.chain(nullable) {
        let own = ["host", "content-length"]
            .iter()
            .any(|own| name.eq_ignore_ascii_case(own));
        if !own && !name.starts_with("x-forwarded") {
            text.extend(["\n", name, ": ", &value]);
        }
    }
    text.push_str("\n\n");
    let mut text = text.into_bytes();
    if let Some(body) = &http.body {
        match &body.data {
            Some(Data::String(body) | Data::Json(body)) => text.extend(body.as_bytes()),
            Some(Data::Bytes(body)) => text.extend(&**body),
            _ => {}
        }
    }
    text
}

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data")
}
