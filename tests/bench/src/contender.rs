//! What is measured against each other.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use bytes::BytesMut;
use futures::{StreamExt, channel::mpsc, stream::FuturesUnordered};
use tokio::{
    net::TcpListener,
    time::{Duration, Instant, sleep},
};

use crate::{
    forward::{self, Connection},
    process::Process,
    scenario::{Scenario, Way},
    session::Session,
    template::{self, Template},
};

/// How long a custom handler may take to listen.
const PATIENCE: Duration = Duration::from_secs(5);

/// A program to measure.
#[derive(Clone, Debug)]
pub struct Contender {
    /// What it is called in the table.
    pub name: &'static str,
    /// The program.
    pub program: PathBuf,
    /// What it speaks.
    pub kind: Kind,
}

/// What a contender speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The worker's protocol.
    Worker,
    /// HTTP only: a custom handler.
    Handler {
        /// Whether it does without all that it can.
        lean: bool,
    },
}

/// A program that runs.
#[derive(Debug)]
pub enum Running {
    /// A worker.
    Worker {
        /// The stream to it.
        session: Box<Session>,
        /// Connections to its own server.
        connections: Vec<Connection>,
    },
    /// A custom handler.
    Handler {
        /// The program.
        process: Process,
        /// Connections to it.
        connections: Vec<Connection>,
    },
}

impl Contender {
    /// Whether it can run the scenario.
    pub fn can(&self, scenario: &Scenario) -> bool {
        self.kind == Kind::Worker || matches!(scenario.way, Way::Http(..))
    }

    /// Starts it for a scenario, on one core if one is given.
    ///
    /// # Errors
    ///
    /// When it does not start.
    pub async fn start(&self, scenario: &Scenario, core: Option<usize>) -> anyhow::Result<Running> {
        if let Kind::Handler { lean } = self.kind {
            return start_handler(&self.program, lean, scenario.concurrency, core).await;
        }
        let forwards = scenario.way == Way::Forwarded;
        let variables = [("BENCH_FORWARD", u8::from(forwards).to_string())];
        let session = Session::start(&self.program, &variables, core).await?;
        let mut connections = Vec::new();
        if forwards {
            let uri = session
                .http_uri
                .as_deref()
                .context("the worker has no server")?;
            let address = uri.trim_start_matches("http://").trim_end_matches('/');
            for _ in 0..scenario.concurrency {
                connections.push(Connection::open(address).await?);
            }
        }
        Ok(Running::Worker {
            session: Box::new(session),
            connections,
        })
    }
}

async fn start_handler(
    program: &Path,
    lean: bool,
    concurrency: usize,
    core: Option<usize>,
) -> anyhow::Result<Running> {
    let port = {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        listener.local_addr()?.port()
    };
    let address = format!("127.0.0.1:{port}");
    let variables = [
        ("FUNCTIONS_CUSTOMHANDLER_PORT", port.to_string()),
        ("BENCH_LEAN", u8::from(lean).to_string()),
    ];
    let process = Process::start(program, [""; 0], &variables, core)?;
    let deadline = Instant::now() + PATIENCE;
    let first = loop {
        match Connection::open(&address).await {
            Ok(connection) => break connection,
            Err(error) if Instant::now() > deadline => return Err(error),
            Err(_) => sleep(Duration::from_micros(200)).await,
        }
    };
    let mut connections = vec![first];
    while connections.len() < concurrency {
        connections.push(Connection::open(&address).await?);
    }
    Ok(Running::Handler {
        process,
        connections,
    })
}

impl Running {
    /// The process.
    pub fn process(&self) -> &Process {
        match self {
            Self::Worker { session, .. } => &session.process,
            Self::Handler { process, .. } => process,
        }
    }

    /// Runs `count` invocations, and with `check` reads what comes of each.
    ///
    /// # Errors
    ///
    /// When one of them has another result than it should.
    pub async fn run(
        &mut self,
        scenario: &Scenario,
        count: usize,
        check: bool,
    ) -> anyhow::Result<()> {
        match self {
            Self::Handler { connections, .. } => {
                let Way::Http(method, path) = scenario.way else {
                    bail!("a custom handler runs HTTP only");
                };
                let request = forward::request(method, path, &template::id(0), &scenario.body());
                let each = count.div_ceil(connections.len());
                let mut running: FuturesUnordered<_> = connections
                    .iter_mut()
                    .map(|connection| async {
                        for _ in 0..each {
                            let (status, body) = connection.exchange(&request).await?;
                            ensure!(status == 200, "status {status}");
                            ensure!(!check || body == scenario.response(), "{body:?}");
                        }
                        Ok(())
                    })
                    .collect();
                while let Some(result) = running.next().await {
                    result?;
                }
                Ok(())
            }
            Self::Worker {
                session,
                connections,
            } if connections.is_empty() => {
                let template = Template::new(scenario.request())?;
                closed_loop(session, &template, scenario, count, check).await
            }
            Self::Worker {
                session,
                connections,
            } => {
                let template = Template::new(scenario.request())?;
                forwarded_loop(session, connections, &template, scenario, count).await
            }
        }
    }
}

/// Keeps a number of invocations running. A batch of answers is followed by a batch of requests.
async fn closed_loop(
    session: &mut Session,
    template: &Template,
    scenario: &Scenario,
    count: usize,
    check: bool,
) -> anyhow::Result<()> {
    let (mut sent, mut answered, mut logs) = (0, 0, 0);
    let mut wanted = scenario.concurrency.min(count);
    let mut frames = BytesMut::new();
    while answered < count {
        if wanted > 0 {
            for _ in 0..wanted {
                template.write(sent as u64, &mut frames);
                sent += 1;
            }
            session.send_frames(frames.split().freeze())?;
        }
        let came = if check {
            let (answer, records) = session.answer().await?;
            scenario.check(&answer)?;
            logs += records;
            1
        } else {
            session.answers().await?
        };
        answered += came;
        wanted = came.min(count - sent);
    }
    // The records of calls that run at the same time mix.
    let expected = if check { count * scenario.logs } else { 0 };
    ensure!(
        logs == expected,
        "{logs} log records came instead of {expected}"
    );
    Ok(())
}

/// The same with requests to the worker's own server. An invocation has ended when both halves have.
async fn forwarded_loop(
    session: &mut Session,
    connections: &mut [Connection],
    template: &Template,
    scenario: &Scenario,
    count: usize,
) -> anyhow::Result<()> {
    let lanes = connections.len() as u64;
    let each = (count as u64).div_ceil(lanes);
    let expected = scenario.response();
    let (to_host, mut sent) = mpsc::unbounded();
    let mut answers = Vec::new();
    let mut running: FuturesUnordered<_> = connections
        .iter_mut()
        .zip(0_u64..)
        .map(|(connection, lane)| {
            let (answered, mut answer) = mpsc::unbounded::<()>();
            answers.push(answered);
            let to_host = to_host.clone();
            let expected = &expected;
            async move {
                for turn in 0..each {
                    let number = turn * lanes + lane;
                    let mut frame = BytesMut::new();
                    template.write(number, &mut frame);
                    to_host.unbounded_send(frame.freeze())?;
                    let request =
                        forward::request("GET", "/api/hello?name=Rust", &template::id(number), "");
                    let (status, body) = connection.exchange(&request).await?;
                    ensure!(status == 200, "status {status}");
                    ensure!(&body == expected, "{body:?}");
                    answer.next().await.context("no answer")?;
                }
                anyhow::Ok(())
            }
        })
        .collect();
    drop(to_host);
    let mut left = lanes;
    while left > 0 {
        tokio::select! {
            Some(result) = running.next() => {
                result?;
                left -= 1;
            }
            Some(frame) = sent.next() => {
                let mut frames = BytesMut::from(frame);
                while let Ok(more) = sent.try_recv() {
                    frames.extend_from_slice(&more);
                }
                session.send_frames(frames.freeze())?;
            }
            answer = session.answer() => {
                let (answer, _) = answer?;
                let number = template::number(&answer.invocation_id).context("an id")?;
                let lane = usize::try_from(number % lanes)?;
                answers.get(lane).context("a lane")?.unbounded_send(())?;
            }
        }
    }
    Ok(())
}
