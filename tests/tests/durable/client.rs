//! Each recorded call of the client, made again: the message is the recorded one, and the answer is understood.

use std::{fs, path::Path, time::Duration};

use azure_functions::{
    Data, FromInput,
    bindings::{
        DurableOrchestrationClient, DurableOrchestrationContext, OrchestrationOutput,
        durable::{
            DurableClientError as Error, EntityId, InstanceQuery, InstanceStatus, RuntimeStatus,
            TaskError, assert_replays,
        },
    },
    func,
};
use azure_functions_shared::durable::{
    CreateInstanceRequest, GetInstanceRequest, PurgeInstancesRequest, QueryInstancesRequest,
    RaiseEventRequest, RestartInstanceRequest, ResumeRequest, RewindInstanceRequest,
    SignalEntityRequest, StreamInstanceHistoryRequest, SuspendRequest, TerminateRequest,
    purge_instances_request::Request as Which,
};
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use prost::Message;
use serde_json::{Value, json};

use super::hub::{Hub, Recorded};

fn recordings(file: &str) -> Vec<Recorded> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/transcripts/durable");
    let text = fs::read_to_string(folder.join(file)).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn client(address: &str) -> DurableOrchestrationClient {
    let payload = json!({ "taskHubName": "Hubdurb", "rpcBaseUrl": address }).to_string();
    DurableOrchestrationClient::from_input(Data::text(payload))
        .unwrap()
        .with_timeout(Duration::from_secs(20))
}

fn input(text: Option<&String>) -> Value {
    text.map_or(Value::Null, |text| serde_json::from_str(text).unwrap())
}

fn decode<M: Message + Default>(wire: &[u8]) -> M {
    M::decode(wire).unwrap()
}

fn said(status: &InstanceStatus) -> String {
    format!("{} {}", status.instance_id, status.runtime_status)
}

/// Makes the recorded call with the client's own words; says what came of it.
#[expect(
    clippy::too_many_lines,
    reason = "a table: a row for each method of the service"
)]
async fn again(
    client: &DurableOrchestrationClient,
    rpc: &str,
    wire: &[u8],
) -> Option<Result<String, Error>> {
    let found = |status: Option<InstanceStatus>| status.map_or("none".to_owned(), |s| said(&s));
    let done = |result: Result<(), Error>| result.map(|()| "done".to_owned());
    Some(match rpc {
        "StartInstance" => {
            let message: CreateInstanceRequest = decode(wire);
            let input = input(message.input.as_ref());
            client
                .start_by_name(&message.name, input)
                .id(message.instance_id)
                .tags(message.tags)
                .await
        }
        "GetInstance" => {
            let message: GetInstanceRequest = decode(wire);
            client.status(&message.instance_id).await.map(found)
        }
        "WaitForInstanceCompletion" => {
            let message: GetInstanceRequest = decode(wire);
            let within = Duration::from_secs(20);
            let status = client.wait(&message.instance_id, within).await;
            status.map(|status| said(&status))
        }
        "WaitForInstanceStart" => {
            let message: GetInstanceRequest = decode(wire);
            let within = Duration::from_secs(20);
            let status = client.wait_for_start(&message.instance_id, within).await;
            status.map(|status| said(&status))
        }
        "RaiseEvent" => {
            let message: RaiseEventRequest = decode(wire);
            let data = input(message.input.as_ref());
            done(
                client
                    .raise_event(&message.instance_id, &message.name, data)
                    .await,
            )
        }
        "TerminateInstance" => {
            let message: TerminateRequest = decode(wire);
            let output = input(message.output.as_ref());
            done(client.terminate(&message.instance_id, output).await)
        }
        "SuspendInstance" => {
            let message: SuspendRequest = decode(wire);
            let reason = message.reason.unwrap_or_default();
            done(client.suspend(&message.instance_id, &reason).await)
        }
        "ResumeInstance" => {
            let message: ResumeRequest = decode(wire);
            let reason = message.reason.unwrap_or_default();
            done(client.resume(&message.instance_id, &reason).await)
        }
        "RewindInstance" => {
            let message: RewindInstanceRequest = decode(wire);
            let reason = message.reason.unwrap_or_default();
            done(client.rewind(&message.instance_id, &reason).await)
        }
        "RestartInstance" => {
            let message: RestartInstanceRequest = decode(wire);
            let as_new = message.restart_with_new_instance_id;
            client.restart(&message.instance_id, as_new).await
        }
        "QueryInstances" => {
            let message: QueryInstancesRequest = decode(wire);
            let query = message.query.unwrap_or_default();
            let mut asked = InstanceQuery::new();
            if let Some(prefix) = query.instance_id_prefix {
                asked = asked.id_prefix(prefix).with_values();
            }
            if !query.runtime_status.is_empty() {
                asked = asked.status(RuntimeStatus::Terminated);
            }
            let page = client.query(asked).await;
            page.map(|page| format!("{} and {:?}", page.instances.len(), page.next))
        }
        "PurgeInstances" => {
            let message: PurgeInstancesRequest = decode(wire);
            match message.request? {
                Which::InstanceId(id) => client.purge(&id).await.map(|was| was.to_string()),
                Which::PurgeInstanceFilter(_) => {
                    let failed = InstanceQuery::new().status(RuntimeStatus::Failed);
                    client
                        .purge_all(failed)
                        .await
                        .map(|count| count.to_string())
                }
                // The extension refuses it, and so the client does not offer it.
                Which::InstanceBatch(_) => return None,
            }
        }
        "SignalEntity" => {
            let message: SignalEntityRequest = decode(wire);
            let id: EntityId = message.instance_id.parse().ok()?;
            let input = input(message.input.as_ref());
            done(client.signal_entity(&id, &message.name, input).await)
        }
        "GetEntity" => {
            let message: azure_functions_shared::durable::GetEntityRequest = decode(wire);
            let id: EntityId = message.instance_id.parse().ok()?;
            let entity = client.read_entity::<Value>(&id).await;
            entity.map(|entity| format!("{:?}", entity.and_then(|entity| entity.state)))
        }
        "StreamInstanceHistory" => {
            let message: StreamInstanceHistoryRequest = decode(wire);
            let history = client.history(&message.instance_id).await;
            history.map(|history| match history {
                Some(history) => format!("{} events", history.events.len()),
                None => "none".to_owned(),
            })
        }
        _ => return None,
    })
}

/// Makes all calls of a recording again, and gives a line for each.
async fn replay(file: &str) -> Vec<String> {
    let hub = Hub::default();
    let client = client(&hub.serve().await);
    let mut lines = Vec::new();
    for recorded in recordings(file) {
        let Some(wire) = &recorded.request_wire else {
            continue;
        };
        let wire = BASE64.decode(wire).unwrap();
        let rpc = recorded.rpc.clone();
        *hub.next.lock().unwrap() = Some(recorded);
        let result = again(&client, &rpc, &wire).await;
        let Some(result) = result else { continue };
        let (name, _, metadata) = hub.calls.lock().unwrap().pop().unwrap();
        assert_eq!(name, rpc);
        assert_eq!(metadata["taskhub"], "Hubdurb");
        assert!(metadata["x-user-agent"].starts_with("durabletask-rust/"));
        assert!(metadata.contains_key("grpc-timeout"), "{rpc}");
        let result = match result {
            Ok(text) => text,
            Err(error) => {
                let name = format!("{error:?}");
                name.split('(').next().unwrap().to_owned()
            }
        };
        lines.push(format!("{rpc}: {result}"));
    }
    lines
}

#[tokio::test]
async fn recorded_answers() {
    let lines = replay("b2_grpc.client.jsonl").await;
    let expected = expect_test::expect![[r#"
        StartInstance: g-chain
        WaitForInstanceStart: g-chain Completed
        WaitForInstanceCompletion: g-chain Completed
        GetInstance: g-chain Completed
        GetInstance: g-chain Completed
        GetInstance: none
        StreamInstanceHistory: 12 events
        StartInstance: 4aa98bd507dc4f6e98c1f980e899a022
        StartInstance: g-nosuch
        StartInstance: g-chain
        StartInstance: @bad@id
        StartInstance: g/bad#id
        StartInstance: g-noname
        StartInstance: g-sched
        GetInstance: g-sched Pending
        StartInstance: g-ev
        WaitForInstanceStart: g-ev Running
        StartInstance: AlreadyExists
        StartInstance: AlreadyExists
        SuspendInstance: done
        GetInstance: g-ev Suspended
        RaiseEvent: done
        ResumeInstance: done
        WaitForInstanceCompletion: g-ev Completed
        RaiseEvent: WrongState
        RaiseEvent: NotFound
        StartInstance: g-term
        WaitForInstanceStart: g-term Running
        TerminateInstance: done
        WaitForInstanceCompletion: g-term Terminated
        TerminateInstance: WrongState
        TerminateInstance: NotFound
        SuspendInstance: WrongState
        StartInstance: g-fail
        WaitForInstanceCompletion: g-fail Failed
        RewindInstance: done
        GetInstance: g-fail Failed
        RewindInstance: WrongState
        RewindInstance: NotFound
        RestartInstance: 0a2f6f6682f347e39ef6a8c5f0eefe25
        RestartInstance: g-chain
        RestartInstance: NotFound
        QueryInstances: 2 and Some("2")
        QueryInstances: 1 and None
        QueryInstances: 0 and Some("0")
        SignalEntity: done
        GetEntity: Some(Number(5))
        GetEntity: None
        SignalEntity: done
        PurgeInstances: true
        PurgeInstances: false
        PurgeInstances: 3
        GetInstance: none
        WaitForInstanceCompletion: TimedOut"#]];
    expected.assert_eq(&lines.join("\n"));
}

/// Does what the recorded orchestrator did.
#[func]
async fn chain(
    ctx: DurableOrchestrationContext<String>,
) -> Result<OrchestrationOutput<Vec<String>>, TaskError> {
    let first = ctx.call_activity_by_name("hello", "Tokyo").await?;
    let second = ctx
        .call_activity_by_name("hello", json!({ "k": [1, 2] }))
        .await?;
    Ok(OrchestrationOutput(vec![first, second]))
}

#[tokio::test]
async fn a_recorded_history_replays() {
    let hub = Hub::default();
    let client = client(&hub.serve().await);
    let mut found = recordings("b2_grpc.client.jsonl").into_iter();
    *hub.next.lock().unwrap() = found.find(|recorded| recorded.rpc == "StreamInstanceHistory");
    let history = client.history("g-chain").await.unwrap().unwrap();
    assert!(history.exact);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("g-chain.json");
    fs::write(&file, history.to_string()).unwrap();
    let end = assert_replays(&file);
    let expected = ["hello Tokyo", "hello {\"k\":[1,2]}"].map(str::to_owned);
    assert_eq!(end.output(), Ok(expected.to_vec()));
}

#[func]
async fn pack(_ctx: DurableOrchestrationContext<Vec<u32>>) {}

#[tokio::test]
async fn starts() {
    let hub = Hub::default();
    let client = client(&hub.serve().await);
    let answer = || {
        recordings("b_grpc.client.jsonl")
            .into_iter()
            .find(|recorded| recorded.rpc == "StartInstance")
    };
    *hub.next.lock().unwrap() = answer();
    let id = client.start(pack, vec![1, 2]).tag("a", "b").await.unwrap();
    assert_eq!(id, "g-chain");
    let (_, wire, _) = hub.calls.lock().unwrap().pop().unwrap();
    let message: CreateInstanceRequest = decode(&wire);
    assert_eq!(message.name, "pack");
    assert_eq!(message.input.as_deref(), Some("[1,2]"));
    assert_eq!(message.version, None);
    assert_eq!(message.tags["a"], "b");
    assert_eq!(message.instance_id.len(), 32);
    assert!(
        message
            .instance_id
            .bytes()
            .all(|byte| byte.is_ascii_hexdigit())
    );
    assert_eq!(message.scheduled_start_timestamp, None);

    *hub.next.lock().unwrap() = answer();
    let start = client.start_by_name("pack", ()).id("own");
    start.after(Duration::from_secs(60)).await.unwrap();
    let (_, wire, _) = hub.calls.lock().unwrap().pop().unwrap();
    let message: CreateInstanceRequest = decode(&wire);
    assert_eq!(message.instance_id, "own");
    assert_eq!(message.input, None);
    let (at, now) = (
        message.scheduled_start_timestamp.unwrap(),
        message.request_time.unwrap(),
    );
    assert!((59..=60).contains(&(at.seconds - now.seconds)));

    // A signal has an id of the form that the extension wants.
    *hub.next.lock().unwrap() = None;
    let brief = client.with_timeout(Duration::from_millis(100));
    let counter = EntityId::new("counter", "a");
    let error = brief.signal_entity(&counter, "add", 1).await.unwrap_err();
    assert_eq!(error, Error::TimedOut);
    let (_, wire, _) = hub.calls.lock().unwrap().pop().unwrap();
    let message: SignalEntityRequest = decode(&wire);
    assert!(uuid::Uuid::parse_str(&message.request_id).is_ok());
    assert_eq!(message.instance_id, "@counter@a");
}

#[tokio::test]
async fn what_is_never_answered() {
    let hub = Hub::default();
    let client = client(&hub.serve().await).with_timeout(Duration::from_millis(50));
    let brief = Duration::from_millis(50);
    assert_eq!(client.status("a").await, Err(Error::TimedOut));
    assert_eq!(client.wait("a", brief).await, Err(Error::TimedOut));
    assert_eq!(client.purge("a").await, Err(Error::TimedOut));
}
