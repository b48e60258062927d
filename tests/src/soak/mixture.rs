//! Requests, messages, batches, logs and streams at the same time, for as long as one likes.

use std::{
    collections::HashSet,
    convert::Infallible,
    fmt,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::bail;
use azure_functions_host::{
    EventKind, Events, Host, HostHandle,
    config::MessageEncoding,
    store::{EventHubStore, NewEvent, NewMessage, QueueStore},
};
use bytes::Bytes;
use futures::{future::try_join_all, stream, stream::BoxStream};
use http::Request;
use http_body_util::{BodyExt as _, StreamBody};
use hyper::body::Frame;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use tokio::task::JoinHandle;

use super::{
    Strays, dice,
    memory::{Growth, resident},
    process, within,
};

/// How many requests run at a time, and how many streams in each direction.
const REQUESTS: u64 = 16;
const STREAMS: u64 = 2;

/// How many messages may be on their way.
const MESSAGES: usize = 64;

/// How many events are sent at a time.
const EVENTS: u64 = 64;

/// How often memory is measured.
const SAMPLES: u32 = 10;

/// How many lines an invocation logs that logs.
const LINES: u64 = 10;

const MIB: usize = 1 << 20;

/// What is to happen.
#[derive(Clone, Debug)]
pub struct Mixture {
    /// The program of the app.
    pub program: PathBuf,
    /// For how long.
    pub time: Duration,
    /// What decides what each request does.
    pub seed: u64,
}

/// What went through one way.
#[derive(Debug, Default)]
struct Lane {
    sent: AtomicU64,
    answered: AtomicU64,
    wrong: AtomicU64,
    longest: AtomicU64,
}

impl Lane {
    fn sent(&self, number: u64) {
        self.sent.fetch_add(number, Ordering::Relaxed);
    }

    fn answered(&self, number: u64, right: bool, took: Duration) {
        self.answered.fetch_add(number, Ordering::Relaxed);
        self.wrong.fetch_add(u64::from(!right), Ordering::Relaxed);
        let took = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.longest.fetch_max(took, Ordering::Relaxed);
    }

    fn is_well(&self) -> bool {
        let load = |number: &AtomicU64| number.load(Ordering::Relaxed);
        load(&self.sent) == load(&self.answered) && load(&self.wrong) == 0 && load(&self.sent) > 0
    }
}

/// What happened.
#[derive(Debug)]
pub struct Summary {
    lanes: Arc<Lanes>,
    duplicates: u64,
    /// The memory of the worker and of this process, in KiB, after each tenth of the time.
    samples: Vec<(u64, u64)>,
    took: Duration,
}

#[derive(Debug, Default)]
struct Lanes {
    requests: Lane,
    uploads: Lane,
    downloads: Lane,
    messages: Lane,
    events: Lane,
    lines: Lane,
}

impl Lanes {
    fn all(&self) -> [(&'static str, &Lane); 6] {
        [
            ("requests", &self.requests),
            ("uploads of 1 MiB", &self.uploads),
            ("downloads of 1 MiB", &self.downloads),
            ("messages", &self.messages),
            ("events in batches", &self.events),
            ("log records", &self.lines),
        ]
    }
}

impl Summary {
    /// What must not be, in words; `growth` is how much the worker's memory may grow, in percent.
    pub fn faults(&self, growth: Option<f64>) -> Vec<String> {
        let lanes = self.lanes.all();
        let ill = lanes.iter().filter(|(_, lane)| !lane.is_well());
        let mut faults: Vec<_> = ill.map(|(name, _)| format!("{name}: see above")).collect();
        if self.duplicates > 0 {
            faults.push(format!("{} answered twice", self.duplicates));
        }
        let worker = self.growth(|sample| sample.0);
        if growth.is_some_and(|most| worker.percent() > most) {
            faults.push(format!("the worker grew: {worker}"));
        }
        faults
    }

    /// How much something grew in the second half of the time: what is made once and kept is there by then.
    fn growth(&self, of: impl Fn(&(u64, u64)) -> u64) -> Growth {
        let at = |index: usize| self.samples.get(index).map_or(0, &of);
        Growth {
            before: at(self.samples.len() / 2 - 1),
            after: at(self.samples.len() - 1),
        }
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:<20}{:>10}{:>10}{:>8}{:>14}",
            "", "sent", "answered", "wrong", "longest"
        )?;
        for (name, lane) in self.lanes.all() {
            let load = |number: &AtomicU64| number.load(Ordering::Relaxed);
            // Of what goes through queues, nobody knows when it was sent.
            let longest = match load(&lane.longest) {
                0 => "–".to_owned(),
                longest => format!("{} ms", longest / 1000),
            };
            writeln!(
                f,
                "{name:<20}{:>10}{:>10}{:>8}{longest:>14}",
                load(&lane.sent),
                load(&lane.answered),
                load(&lane.wrong),
            )?;
        }
        writeln!(f, "duplicates: {}", self.duplicates)?;
        let list = |of: fn(&(u64, u64)) -> u64| {
            let samples = self.samples.iter().map(|sample| of(sample).to_string());
            samples.collect::<Vec<_>>().join(" ")
        };
        writeln!(f, "worker, KiB: {}", list(|sample| sample.0))?;
        writeln!(f, "worker, second half: {}", self.growth(|sample| sample.0))?;
        writeln!(
            f,
            "host with stores and clients, KiB: {}",
            list(|sample| sample.1)
        )?;
        write!(f, "took:   {:.1} s", self.took.as_secs_f64())
    }
}

/// Does it.
///
/// # Errors
///
/// The host does not start or stop, or something takes too long.
pub async fn run(mixture: &Mixture, strays: &Strays) -> anyhow::Result<Summary> {
    let mut config = super::config(&mixture.program)?;
    config.host_json.queues.message_encoding = MessageEncoding::None;
    let host = Host::new(config);
    let events = host.events();
    let host = Arc::new(within(host.launch()).await??);
    let process = process(&host).await?;
    let lanes = Arc::<Lanes>::default();
    let logs = tokio::spawn(count_lines(events, Arc::clone(&lanes)));

    let began = Instant::now();
    let mut samples = Vec::new();
    for _ in 0..SAMPLES {
        load(mixture, mixture.time / SAMPLES, &host, &lanes).await?;
        samples.push((resident(process)?, resident(std::process::id())?));
    }
    let took = began.elapsed();
    if let Some(host) = Arc::into_inner(host) {
        within(host.stop()).await??;
    }
    within(logs).await???;
    Ok(Summary {
        lanes,
        duplicates: strays.count(),
        samples,
        took,
    })
}

/// Goes through all lanes until the time is up and everything is answered.
async fn load(
    mixture: &Mixture,
    time: Duration,
    host: &Arc<HostHandle>,
    lanes: &Arc<Lanes>,
) -> anyhow::Result<()> {
    let driver = Driver {
        seed: mixture.seed,
        end: Instant::now() + time,
        host: Arc::clone(host),
        lanes: Arc::clone(lanes),
        client: Client::builder(TokioExecutor::new()).build_http(),
    };
    let mut tasks: Vec<JoinHandle<anyhow::Result<()>>> = Vec::new();
    for caller in 0..REQUESTS {
        tasks.push(tokio::spawn(driver.clone().requests(caller)));
    }
    for _ in 0..STREAMS {
        tasks.push(tokio::spawn(driver.clone().uploads()));
        tasks.push(tokio::spawn(driver.clone().downloads()));
    }
    tasks.push(tokio::spawn(driver.clone().messages()));
    tasks.push(tokio::spawn(driver.events()));
    for result in try_join_all(tasks).await? {
        result?;
    }
    Ok(())
}

type Body = StreamBody<BoxStream<'static, Result<Frame<Bytes>, Infallible>>>;

#[derive(Clone)]
struct Driver {
    seed: u64,
    end: Instant,
    host: Arc<HostHandle>,
    lanes: Arc<Lanes>,
    client: Client<HttpConnector, Body>,
}

impl Driver {
    fn is_over(&self) -> bool {
        Instant::now() >= self.end
    }

    async fn requests(self, caller: u64) -> anyhow::Result<()> {
        let mut number = caller;
        while !self.is_over() {
            number += REQUESTS;
            let (word, status) = match dice::roll(self.seed, number) % 100 {
                0..5 => ("fail", 500),
                5..10 => ("panic", 500),
                10..20 => ("log", 200),
                _ => ("return", 200),
            };
            self.lanes.requests.sent(1);
            if word == "log" {
                self.lanes.lines.sent(LINES);
            }
            let began = Instant::now();
            let body = Bytes::from(format!("{word} {number}"));
            let (got, body) = self.post("work", [body]).await?;
            let right = got == status && (got != 200 || body == number.to_string());
            self.lanes.requests.answered(1, right, began.elapsed());
        }
        Ok(())
    }

    async fn uploads(self) -> anyhow::Result<()> {
        static CHUNK: [u8; 1 << 14] = [0; 1 << 14];
        while !self.is_over() {
            self.lanes.uploads.sent(1);
            let began = Instant::now();
            let chunks = std::iter::repeat_n(Bytes::from_static(&CHUNK), MIB / CHUNK.len());
            let (status, body) = self.post("upload", chunks).await?;
            let right = status == 200 && body == MIB.to_string();
            self.lanes.uploads.answered(1, right, began.elapsed());
        }
        Ok(())
    }

    async fn downloads(self) -> anyhow::Result<()> {
        while !self.is_over() {
            self.lanes.downloads.sent(1);
            let began = Instant::now();
            let (status, body) = self.post("download", []).await?;
            let right = status == 200 && body.len() == MIB;
            self.lanes.downloads.answered(1, right, began.elapsed());
        }
        Ok(())
    }

    async fn post<C>(&self, function: &str, chunks: C) -> anyhow::Result<(u16, String)>
    where
        C: IntoIterator<Item = Bytes>,
        C::IntoIter: Send + 'static,
    {
        let chunks = chunks.into_iter().map(|chunk| Ok(Frame::data(chunk)));
        let uri = format!("http://{}/api/{function}", self.host.address());
        let request =
            Request::post(uri).body(StreamBody::new(Box::pin(stream::iter(chunks)) as _))?;
        within(async {
            let response = self.client.request(request).await?;
            let status = response.status().as_u16();
            let body = response.into_body().collect().await?.to_bytes();
            Ok((status, String::from_utf8_lossy(&body).into_owned()))
        })
        .await?
    }

    /// Sends messages, of which the host delivers each until it comes out again.
    async fn messages(self) -> anyhow::Result<()> {
        let queues = Arc::clone(self.host.queues());
        let lane = &self.lanes.messages;
        let mut underway = HashSet::new();
        let mut number = 0_u64;
        let mut changes = queues.changes();
        loop {
            changes.borrow_and_update();
            while !self.is_over() && underway.len() < MESSAGES {
                number += 1;
                underway.insert(number.to_string());
                lane.sent(1);
                queues
                    .put("soak-in", NewMessage::new(number.to_string()))
                    .await?;
            }
            for message in take(queues.as_ref(), "soak-out").await? {
                let right = underway.remove(&message);
                lane.answered(1, right, Duration::ZERO);
            }
            if self.is_over() && underway.is_empty() {
                return Ok(());
            }
            within(changes.changed()).await??;
        }
    }

    /// Sends events, and waits until batches of as many were seen.
    async fn events(self) -> anyhow::Result<()> {
        let queues = Arc::clone(self.host.queues());
        let hubs: Arc<dyn EventHubStore> = Arc::clone(self.host.event_hubs());
        let lane = &self.lanes.events;
        let mut changes = queues.changes();
        while !self.is_over() {
            let began = Instant::now();
            for _ in 0..EVENTS {
                lane.sent(1);
                hubs.send("soak", NewEvent::new("event")).await?;
            }
            let mut seen = 0;
            while seen < EVENTS {
                changes.borrow_and_update();
                for count in take(queues.as_ref(), "soak-batches").await? {
                    let count: u64 = count.parse()?;
                    seen += count;
                    lane.answered(count, seen <= EVENTS, began.elapsed());
                }
                if seen < EVENTS {
                    within(changes.changed()).await??;
                }
            }
        }
        Ok(())
    }
}

/// Takes some messages from a queue for good.
async fn take(queues: &dyn QueueStore, queue: &str) -> anyhow::Result<Vec<String>> {
    let mut texts = Vec::new();
    for message in queues.receive(queue, 32, Duration::from_secs(60)).await? {
        queues.delete(queue, &message.receipt).await?;
        texts.push(String::from_utf8(message.body.to_vec())?);
    }
    Ok(texts)
}

/// Counts what the functions log, to the end of the host.
async fn count_lines(mut events: Events, lanes: Arc<Lanes>) -> anyhow::Result<()> {
    while let Some(event) = events.next().await {
        if event.kind == EventKind::User && event.function.as_deref() == Some("work") {
            lanes.lines.answered(1, true, Duration::ZERO);
        } else if event.message.contains("events were missed") {
            bail!("{}", event.message);
        }
    }
    Ok(())
}
