//! Many invocations at once, of which some fail, panic, are cancelled, or kill their worker.

use std::{
    collections::BTreeMap,
    fmt,
    path::PathBuf,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use azure_functions_host::{Answer, HostHandle, InvokeError, wire::Output};
use azure_functions_shared::rpc::Data;
use futures::future::join_all;

use super::{
    Strays, dice,
    memory::{Growth, resident},
    process, within,
};

/// A quarter of the workers is never killed: they show how much memory a worker holds after all of its calls.
const SPARED: u64 = 4;

/// How many lines about wrong answers are kept.
const LINES: usize = 10;

/// What is to happen.
#[derive(Clone, Debug)]
pub struct Chaos {
    /// The program of the app.
    pub program: PathBuf,
    /// How many invocations count, in all.
    pub invocations: u64,
    /// How many come before, so that what is made once is there.
    pub before: u64,
    /// How many run at a time.
    pub concurrency: u64,
    /// How many workers there are, each with a host of its own.
    pub workers: u64,
    /// What decides what each invocation does.
    pub seed: u64,
}

/// What happened.
#[derive(Debug)]
pub struct Report {
    /// How many invocations were sent to a host.
    pub sent: u64,
    /// How many of them a host answered, whatever the answer was.
    pub answered: u64,
    /// How many answers came to an invocation that had one.
    pub duplicates: u64,
    /// How many answers were not what the invocation was to be answered.
    pub wrong: u64,
    /// The first of those.
    pub lines: Vec<String>,
    /// The answers by what the function did and what came of it.
    pub outcomes: BTreeMap<(&'static str, &'static str), u64>,
    /// The memory of this process, which holds the hosts.
    pub host: Growth,
    /// The memory of each worker that was not killed.
    pub spared: Vec<Growth>,
    /// How long it took.
    pub took: Duration,
}

impl Report {
    /// What must not be, in words; `growth` is how much memory may grow, in percent.
    pub fn faults(&self, growth: Option<f64>) -> Vec<String> {
        let mut faults = Vec::new();
        if self.sent != self.answered {
            faults.push(format!("{} sent, {} answered", self.sent, self.answered));
        }
        if self.duplicates > 0 {
            faults.push(format!("{} answered twice", self.duplicates));
        }
        if self.wrong > 0 {
            faults.push(format!("{} wrong answers", self.wrong));
        }
        if let Some(most) = growth {
            let all = self.spared.iter().map(|growth| ("a worker", growth));
            for (who, growth) in all.chain([("the hosts' process", &self.host)]) {
                if growth.percent() > most {
                    faults.push(format!("{who} grew by more than {most} %: {growth}"));
                }
            }
        }
        faults
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:>10} sent", self.sent)?;
        writeln!(f, "{:>10} answered", self.answered)?;
        writeln!(f, "{:>10} duplicates", self.duplicates)?;
        writeln!(f, "{:>10} wrong", self.wrong)?;
        for ((action, outcome), number) in &self.outcomes {
            writeln!(f, "{number:>10} {action}: {outcome}")?;
        }
        for growth in &self.spared {
            writeln!(f, "worker: {growth}")?;
        }
        writeln!(f, "hosts:  {}", self.host)?;
        write!(f, "took:   {:.1} s", self.took.as_secs_f64())?;
        self.lines.iter().try_for_each(|line| write!(f, "\n{line}"))
    }
}

/// Does it.
///
/// # Errors
///
/// The hosts do not start or stop, or something takes too long.
pub async fn run(chaos: &Chaos, strays: &Strays) -> anyhow::Result<Report> {
    let mut hosts = Vec::new();
    for _ in 0..chaos.workers {
        let mut config = super::config(&chaos.program)?;
        config.settings.insert("WHOLE".into(), "1".into());
        hosts.push(super::start(config).await?);
    }
    let mut spared = Vec::new();
    for (_, host) in (0..).zip(&hosts).filter(|(at, _)| is_spared(*at)) {
        spared.push(process(host).await?);
    }
    let memory = || -> anyhow::Result<Vec<u64>> {
        let own = [std::process::id()];
        own.iter().chain(&spared).map(|id| resident(*id)).collect()
    };
    let hosts: Vec<_> = hosts.into_iter().map(Arc::new).collect();
    phase(chaos, &hosts, 0..chaos.before).await?;
    let before = memory()?;
    let began = Instant::now();
    let tally = phase(
        chaos,
        &hosts,
        chaos.before..chaos.before + chaos.invocations,
    )
    .await?;
    let took = began.elapsed();
    let after = memory()?;
    let mut growth = before
        .into_iter()
        .zip(after)
        .map(|(before, after)| Growth { before, after });
    let own = growth.next();
    let spared = growth.collect();
    for host in hosts {
        if let Some(host) = Arc::into_inner(host) {
            within(host.stop()).await??;
        }
    }
    let Tally {
        sent,
        answered,
        rest,
    } = tally;
    let rest = rest.into_inner().unwrap_or_else(PoisonError::into_inner);
    Ok(Report {
        sent: sent.into_inner(),
        answered: answered.into_inner(),
        duplicates: strays.count(),
        wrong: rest.wrong,
        lines: rest.lines,
        outcomes: rest.outcomes,
        host: own.unwrap_or(Growth {
            before: 0,
            after: 0,
        }),
        spared,
        took,
    })
}

/// The text that a function returned.
pub(super) fn text(answer: &Answer) -> String {
    match answer.values().return_value() {
        Some(Output::Http(response)) => {
            match response.body.as_deref().and_then(|body| body.data.as_ref()) {
                Some(Data::String(text) | Data::Json(text)) => text.clone(),
                Some(Data::Bytes(bytes)) => String::from_utf8_lossy(bytes).into_owned(),
                _ => String::new(),
            }
        }
        _ => String::new(),
    }
}

fn is_spared(worker: u64) -> bool {
    worker.is_multiple_of(SPARED)
}

#[derive(Debug, Default)]
struct Tally {
    sent: AtomicU64,
    answered: AtomicU64,
    rest: Mutex<Rest>,
}

#[derive(Debug, Default)]
struct Rest {
    wrong: u64,
    lines: Vec<String>,
    outcomes: BTreeMap<(&'static str, &'static str), u64>,
}

/// Sends the invocations of these numbers, each to the host that its number says.
async fn phase(
    chaos: &Chaos,
    hosts: &[Arc<HostHandle>],
    numbers: std::ops::Range<u64>,
) -> anyhow::Result<Tally> {
    let tally = Arc::new(Tally::default());
    let callers = (chaos.concurrency / chaos.workers).max(1);
    let mut running = Vec::new();
    for (worker, host) in (0..).zip(hosts) {
        let next = Arc::new(AtomicU64::new(numbers.start + worker));
        for _ in 0..callers {
            let caller = Caller {
                seed: chaos.seed,
                workers: chaos.workers,
                end: numbers.end,
                is_spared: is_spared(worker),
                next: Arc::clone(&next),
                host: Arc::clone(host),
                tally: Arc::clone(&tally),
            };
            running.push(tokio::spawn(caller.run()));
        }
    }
    for result in join_all(running).await {
        result??;
    }
    Arc::into_inner(tally).ok_or_else(|| anyhow::anyhow!("a caller is still there"))
}

/// Sends one invocation after the other.
struct Caller {
    seed: u64,
    workers: u64,
    end: u64,
    is_spared: bool,
    next: Arc<AtomicU64>,
    host: Arc<HostHandle>,
    tally: Arc<Tally>,
}

impl Caller {
    async fn run(self) -> anyhow::Result<()> {
        loop {
            let number = self.next.fetch_add(self.workers, Ordering::Relaxed);
            if number >= self.end {
                return Ok(());
            }
            let dice = dice::roll(self.seed, number);
            let action = Action::of(dice, self.is_spared);
            self.tally.sent.fetch_add(1, Ordering::Relaxed);
            let input = format!("{} {number}", action.word());
            let patience = Duration::from_micros(dice >> 32 & 0xFFF);
            let host = Arc::clone(&self.host);
            let result = if action.is_cancelled() {
                let cancelled = tokio::time::sleep(patience);
                within(host.invoke_until(action.function(), &input, cancelled)).await?
            } else {
                within(host.invoke(action.function(), &input)).await?
            };
            self.tally.answered.fetch_add(1, Ordering::Relaxed);
            let outcome = action.outcome(&result, number, self.is_spared);
            let mut rest = self
                .tally
                .rest
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            *rest
                .outcomes
                .entry((action.word(), outcome.unwrap_or("wrong")))
                .or_default() += 1;
            if outcome.is_none() {
                rest.wrong += 1;
                if rest.lines.len() < LINES {
                    rest.lines.push(format!("`{input}`: {result:?}"));
                }
            }
        }
    }
}

/// What an invocation does.
#[derive(Clone, Copy, Debug)]
enum Action {
    Return,
    ReturnCancelled,
    Block,
    Log,
    Fail,
    Panic,
    PanicLater,
    Wait,
    Ignore,
    Die,
}

impl Action {
    /// Of ten thousand: 100 kill, counted over all workers, though some are spared.
    fn of(dice: u64, is_spared: bool) -> Self {
        let deaths = if is_spared {
            0
        } else {
            100 * SPARED / (SPARED - 1)
        };
        match dice % 10_000 {
            roll if roll < deaths => Self::Die,
            // Those who wait for the end of their patience are few: each takes a place for 1.5 s.
            200 => Self::Ignore,
            201..600 => Self::Wait,
            600..900 => Self::Panic,
            900..1000 => Self::PanicLater,
            1000..1500 => Self::Fail,
            1500..1800 => Self::ReturnCancelled,
            1800..2000 => Self::Log,
            2000..3000 => Self::Block,
            _ => Self::Return,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Return | Self::ReturnCancelled | Self::Block => "return",
            Self::Log => "log",
            Self::Fail => "fail",
            Self::Panic => "panic",
            Self::PanicLater => "panic-later",
            Self::Wait => "wait",
            Self::Ignore => "ignore",
            Self::Die => "die",
        }
    }

    fn function(self) -> &'static str {
        if matches!(self, Self::Block) {
            "block"
        } else {
            "work"
        }
    }

    fn is_cancelled(self) -> bool {
        matches!(self, Self::ReturnCancelled | Self::Wait | Self::Ignore)
    }

    /// What an answer is called, if the invocation may have it.
    fn outcome(
        self,
        result: &Result<Answer, InvokeError>,
        number: u64,
        is_spared: bool,
    ) -> Option<&'static str> {
        match (self, result) {
            (_, Err(InvokeError::WorkerLost(_))) if !is_spared => Some("lost with its worker"),
            (
                Self::Return | Self::ReturnCancelled | Self::Block | Self::Log | Self::Wait,
                Ok(answer),
            ) => (text(answer) == number.to_string()).then_some("returned"),
            (Self::Fail, Err(InvokeError::Failed { message, .. })) => {
                (*message == format!("failed {number}")).then_some("failed")
            }
            (Self::Panic | Self::PanicLater, Err(InvokeError::Failed { message, .. })) => {
                (*message == format!("panicked {number}")).then_some("failed")
            }
            (Self::ReturnCancelled | Self::Wait | Self::Ignore, Err(InvokeError::Cancelled(_))) => {
                Some("cancelled")
            }
            _ => None,
        }
    }
}
