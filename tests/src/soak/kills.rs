//! Many orchestrations at once, whose worker is killed again and again.

use std::{
    collections::{BTreeSet, HashSet},
    convert::Infallible,
    fmt,
    path::PathBuf,
    pin::pin,
    process::Stdio,
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail, ensure};
use azure_functions_host::{Events, Host, HostHandle};
use bytes::Bytes;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use http::{Method, Request};
use http_body_util::{BodyExt as _, Full};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use serde_json::{Value, json};
use tokio::{process::Command, time::MissedTickBehavior};

use super::{
    chaos::text,
    memory::{Growth, resident},
    within,
};

/// The management API of the host.
const API: &str = "/runtime/webhooks/durabletask";
/// How many requests to it run at a time.
const REQUESTS: usize = 32;
/// How often it is asked whether there is anything left to do.
const LOOK: Duration = Duration::from_millis(50);
/// How many lines about wrong instances are kept.
const LINES: usize = 10;
/// How long they are.
const LINE: usize = 1_000;

/// What is to happen.
#[derive(Clone, Debug)]
pub struct Kills {
    /// The program of the app.
    pub program: PathBuf,
    /// How many instances there are.
    pub instances: usize,
    /// How many activities each calls at once.
    pub fan: usize,
    /// How long an activity takes.
    pub millis: u64,
    /// How often a worker is killed.
    pub every: Duration,
    /// The file of the task hub; without one, it is in memory.
    pub store: Option<PathBuf>,
    /// How long all of it may take.
    pub patience: Duration,
}

/// What happened.
#[derive(Debug)]
pub struct Report {
    /// How many instances there were, and how many of them completed.
    pub instances: usize,
    /// Those that completed.
    pub completed: usize,
    /// The results of activities that instances got, in all.
    pub results: usize,
    /// How many of them came twice.
    pub duplicates: usize,
    /// How many instances have another output than they should.
    pub wrong: usize,
    /// The first of those.
    pub lines: Vec<String>,
    /// The calls of activities that were lost with their worker, and made again.
    pub lost: usize,
    /// The turns of orchestrators that were lost with their worker, and came again.
    pub turns: usize,
    /// How often a worker was killed.
    pub kills: usize,
    /// The memory of this process, which holds the host.
    pub host: Growth,
    /// From the first start to the last end.
    pub took: Duration,
}

impl Report {
    /// What must not be, in words.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let mut fault = |is: bool, text: String| {
            if is {
                faults.push(text);
            }
        };
        let open = self.instances - self.completed;
        fault(open > 0, format!("{open} have not completed"));
        let Self {
            duplicates, wrong, ..
        } = self;
        fault(*duplicates > 0, format!("{duplicates} used twice"));
        fault(*wrong > 0, format!("{wrong} wrong outputs"));
        fault(self.kills == 0, "no worker was killed".to_owned());
        faults
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, what) in [
            (self.instances, "instances"),
            (self.completed, "completed"),
            (self.results, "results of activities"),
            (self.duplicates, "used twice"),
            (self.wrong, "instances with another output"),
            (self.kills, "workers killed"),
            (
                self.lost,
                "calls of activities lost with a worker, and made again",
            ),
            (
                self.turns,
                "turns of orchestrators lost with a worker, and had again",
            ),
        ] {
            writeln!(f, "{number:>10} {what}")?;
        }
        writeln!(f, "host: {}", self.host)?;
        write!(f, "took: {:.1} s", self.took.as_secs_f64())?;
        self.lines.iter().try_for_each(|line| write!(f, "\n{line}"))
    }
}

/// Does it.
///
/// # Errors
///
/// The host does not start or stop, or something takes too long.
pub async fn run(kills: &Kills) -> anyhow::Result<Report> {
    let mut config = super::config(&kills.program)?;
    config.durable_store.clone_from(&kills.store);
    let host = Host::new(config);
    let events = host.events();
    let host = within(host.launch()).await??;
    let turns = tokio::spawn(lost_turns(events));
    let api = Api {
        client: Client::builder(TokioExecutor::new()).build_http(),
        base: format!("http://{}{API}", host.address()),
    };
    let own = std::process::id();
    let before = resident(own)?;
    let began = Instant::now();
    let killed = AtomicUsize::new(0);
    let work = async {
        api.start(kills).await?;
        api.until_all_are_over().await
    };
    let work = async {
        tokio::select! {
            worked = work => worked,
            error = kill(&host, kills.every, &killed) => error.map(|never| match never {}),
        }
    };
    let worked = tokio::time::timeout(kills.patience, work).await;
    worked.with_context(|| format!("it is not over after {} s", kills.patience.as_secs()))??;
    let took = began.elapsed();
    let after = resident(own)?;
    let mut report = Report {
        instances: kills.instances,
        completed: 0,
        results: 0,
        duplicates: 0,
        wrong: 0,
        lines: Vec::new(),
        lost: 0,
        turns: 0,
        kills: killed.into_inner(),
        host: Growth { before, after },
        took,
    };
    api.look(kills, &mut report).await?;
    within(host.stop()).await??;
    report.turns = within(turns).await??;
    Ok(report)
}

/// Kills the worker that is there, again and again.
async fn kill(
    host: &HostHandle,
    every: Duration,
    killed: &AtomicUsize,
) -> anyhow::Result<Infallible> {
    let mut ticks = tokio::time::interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks.tick().await;
    loop {
        ticks.tick().await;
        // It may be that there is none at the moment, or that it ends before it answers.
        let Ok(answer) = within(host.invoke("process", "")).await? else {
            continue;
        };
        let mut kill = Command::new("kill");
        kill.args(["-KILL", &text(&answer)]);
        if kill.stderr(Stdio::null()).status().await?.success() {
            killed.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// The management API of the host, for its client.
struct Api {
    client: Client<HttpConnector, Full<Bytes>>,
    base: String,
}

impl Api {
    async fn call(&self, method: Method, path: &str, body: String) -> anyhow::Result<(u16, Value)> {
        let request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base))
            .body(Full::from(body))?;
        within(async {
            let response = self.client.request(request).await?;
            let status = response.status().as_u16();
            let body = response.into_body().collect().await?.to_bytes();
            let body = serde_json::from_slice(&body).unwrap_or_default();
            anyhow::Ok((status, body))
        })
        .await?
    }

    /// Starts all instances.
    async fn start(&self, kills: &Kills) -> anyhow::Result<()> {
        let input = json!([kills.fan, kills.millis]).to_string();
        let starts = (0..kills.instances).map(async |number| {
            let path = format!("/orchestrators/fan/{number}");
            let (status, body) = self.call(Method::POST, &path, input.clone()).await?;
            ensure!(status == 202, "instance {number}: {status} {body}");
            Ok(())
        });
        let started = stream::iter(starts).buffer_unordered(REQUESTS);
        started.try_collect::<()>().await
    }

    async fn until_all_are_over(&self) -> anyhow::Result<()> {
        let path = "/instances?runtimeStatus=Pending,Running&top=1";
        loop {
            let (status, body) = self.call(Method::GET, path, String::new()).await?;
            match body.as_array().map(Vec::len) {
                Some(0) => return Ok(()),
                Some(_) => tokio::time::sleep(LOOK).await,
                None => bail!("{status} {body}"),
            }
        }
    }

    /// Looks at each instance: at its status, its output and its history.
    async fn look(&self, kills: &Kills, report: &mut Report) -> anyhow::Result<()> {
        let looks = (0..kills.instances).map(async |number| {
            let path = format!("/instances/{number}?showHistory=true&showHistoryOutput=true");
            self.call(Method::GET, &path, String::new()).await
        });
        let mut looks = pin!(stream::iter(looks).buffered(REQUESTS));
        let mut tokens = HashSet::new();
        while let Some(answer) = looks.next().await {
            let (_, instance) = answer?;
            report.count(kills.fan, &instance, &mut tokens);
        }
        Ok(())
    }
}

impl Report {
    /// Counts an instance, whose output has to be what its history says, with a token of its own from each activity.
    fn count(&mut self, fan: usize, instance: &Value, tokens: &mut HashSet<String>) {
        self.completed += usize::from(instance["runtimeStatus"] == "Completed");
        let got = |value: &Value| {
            let number = value.get(0)?.as_u64()?;
            Some((number, value.get(1)?.as_str()?.to_owned()))
        };
        let events = instance["historyEvents"].as_array();
        let of = |kind: &'static str| {
            let events = events.into_iter().flatten();
            events.filter(move |event| event["EventType"] == kind)
        };
        self.lost += of("TaskFailed").count();
        let told: Vec<_> = of("TaskCompleted")
            .map(|event| got(&event["Result"]))
            .collect();
        let used: Vec<_> = instance["output"]
            .as_array()
            .into_iter()
            .flatten()
            .map(got)
            .collect();
        let numbers = used.iter().flatten().map(|(number, _)| *number);
        let right = numbers.eq(0..fan as u64)
            && told.len() == used.len()
            && told.iter().collect::<BTreeSet<_>>() == used.iter().collect::<BTreeSet<_>>()
            && of("TaskScheduled").next().is_none();
        self.results += used.len();
        for (_, token) in used.into_iter().flatten() {
            self.duplicates += usize::from(!tokens.insert(token));
        }
        if !right {
            self.wrong += 1;
            if self.lines.len() < LINES {
                let text: String = instance.to_string().chars().take(LINE).collect();
                self.lines.push(text);
            }
        }
    }
}

/// How many turns came again, to the end of the host.
async fn lost_turns(mut events: Events) -> usize {
    let mut turns = 0;
    while let Some(event) = events.next().await {
        turns += usize::from(event.message.starts_with("the turn of the instance"));
    }
    turns
}
