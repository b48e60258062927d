//! The least that a worker can be: tonic, prost, and answers that are written into it.

use std::{collections::HashMap, convert::Infallible, env};

use anyhow::Context;
use azure_functions_shared::rpc::{
    Content, Data, FunctionLoadResponse, FunctionLoadResponseCollection, FunctionMetadataResponse,
    FunctionRpcClient, InvocationRequest, InvocationResponse, ParameterBinding, RpcHttp, RpcLog,
    StartStream, StatusResult, StreamingMessage, TypedData, WorkerInitResponse,
    parameter_binding::RpcData, rpc_log::Level,
};
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpListener, sync::mpsc};
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::Endpoint;

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let mut arguments = env::args().skip_while(|argument| argument != "--functions-uri");
    let uri = arguments.nth(1).context("no `--functions-uri`")?;
    let http_uri = match env::var("BENCH_FORWARD").as_deref() {
        Ok("1") => Some(serve().await?),
        _ => None,
    };
    let channel = Endpoint::from_shared(uri)?
        .tcp_nodelay(true)
        .connect()
        .await?;
    let mut client = FunctionRpcClient::new(channel)
        .max_decoding_message_size(usize::MAX)
        .max_encoding_message_size(usize::MAX);
    let (sender, receiver) = mpsc::channel(1024);
    let send = |content: Content| {
        let message: StreamingMessage = content.into_message("");
        sender.send(message)
    };
    send(Content::StartStream(StartStream {
        worker_id: "bench".to_owned(),
    }))
    .await?;
    let stream = client.event_stream(ReceiverStream::new(receiver)).await?;
    let mut stream = stream.into_inner();
    while let Some(message) = stream.message().await? {
        let answer = match message.content {
            Some(Content::InvocationRequest(request)) => {
                if request.function_id == "log" {
                    for line in 0..10 {
                        send(record(&request, line)).await?;
                    }
                }
                Content::InvocationResponse(answer(request)?)
            }
            Some(Content::WorkerInitRequest(_)) => {
                let capabilities: HashMap<_, _> = http_uri
                    .iter()
                    .map(|uri| ("HttpUri".to_owned(), uri.clone()))
                    .collect();
                Content::WorkerInitResponse(WorkerInitResponse {
                    capabilities,
                    result: Some(StatusResult::success()),
                    ..WorkerInitResponse::default()
                })
            }
            Some(Content::FunctionsMetadataRequest(_)) => {
                Content::FunctionMetadataResponse(FunctionMetadataResponse {
                    result: Some(StatusResult::success()),
                    ..FunctionMetadataResponse::default()
                })
            }
            Some(Content::FunctionLoadRequestCollection(loads)) => {
                let loads = loads.function_load_requests.into_iter();
                Content::FunctionLoadResponseCollection(FunctionLoadResponseCollection {
                    function_load_responses: loads
                        .map(|load| FunctionLoadResponse {
                            function_id: load.function_id,
                            result: Some(StatusResult::success()),
                            is_dependency_downloaded: false,
                        })
                        .collect(),
                })
            }
            _ => continue,
        };
        send(answer).await?;
    }
    Ok(())
}

fn answer(mut request: InvocationRequest) -> anyhow::Result<InvocationResponse> {
    let return_value = match request.function_id.as_str() {
        "hello" if is_forwarded(&request) => None,
        "hello" => Some(respond("text/plain; charset=utf-8", "Hello, Rust!")),
        "echo" => {
            let Some(Data::Http(http)) = input(&mut request) else {
                anyhow::bail!("no request");
            };
            let body = http.body.and_then(|body| body.data);
            let Some(Data::Bytes(body)) = body else {
                anyhow::bail!("no body");
            };
            let value: serde_json::Value = serde_json::from_slice(&body)?;
            let printed = serde_json::to_vec(&value)?;
            Some(respond("application/json", printed))
        }
        "relay" | "copy" => input(&mut request).map(TypedData::from),
        _ => None,
    };
    Ok(InvocationResponse {
        invocation_id: request.invocation_id,
        return_value,
        result: Some(StatusResult::success()),
        ..InvocationResponse::default()
    })
}

fn input(request: &mut InvocationRequest) -> Option<Data> {
    match request.input_data.pop() {
        Some(ParameterBinding {
            rpc_data: Some(RpcData::Data(data)),
            ..
        }) => data.data,
        _ => None,
    }
}

fn is_forwarded(request: &InvocationRequest) -> bool {
    request.input_data.iter().any(|input| {
        matches!(&input.rpc_data, Some(RpcData::Data(TypedData { data: Some(Data::Http(http)) })) if http.url.is_empty())
    })
}

fn respond(content_type: &str, body: impl Into<Bytes>) -> TypedData {
    Data::Http(Box::new(RpcHttp {
        status_code: "200".to_owned(),
        headers: HashMap::from([("content-type".to_owned(), content_type.to_owned())]),
        body: Some(Box::new(Data::Bytes(body.into()).into())),
        ..RpcHttp::default()
    }))
    .into()
}

fn record(request: &InvocationRequest, line: i64) -> Content {
    Content::RpcLog(RpcLog {
        invocation_id: request.invocation_id.clone(),
        category: "Function.log.User".to_owned(),
        level: Level::Information.into(),
        message: format!("a line of the log line={line}"),
        properties_map: HashMap::from([("line".to_owned(), Data::Int(line).into())]),
        ..RpcLog::default()
    })
}

/// Answers every forwarded request, and gives the address.
async fn serve() -> anyhow::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let uri = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let _ = stream.set_nodelay(true);
            let service = service_fn(|_: Request<Incoming>| async {
                let mut response = Response::new(Full::new(Bytes::from_static(b"Hello, Rust!")));
                response.headers_mut().insert(
                    http::header::CONTENT_TYPE,
                    http::HeaderValue::from_static("text/plain; charset=utf-8"),
                );
                Ok::<_, Infallible>(response)
            });
            let mut server = http1::Builder::new();
            server.auto_date_header(false);
            tokio::spawn(server.serve_connection(TokioIo::new(stream), service));
        }
    });
    Ok(uri)
}
