//! Timers: a schedule triggers a function.

use std::sync::Arc;

use futures::{FutureExt as _, future::BoxFuture};
use jiff::{Timestamp, Zoned};
use serde::{Deserialize, Serialize};

use super::{Ground, Listener, Service, in_full};
use crate::{
    blob_path::BlobPath,
    event::Level,
    plan::Plan,
    schedule::Schedule,
    store::NewBlob,
    wire::trigger::{self, Event, ScheduleStatus},
};

/// The container in which the real host remembers when timers ran, too.
const CONTAINER: &str = "azure-webjobs-hosts";

/// The timers of the host.
#[derive(Debug)]
pub(super) struct Timers {
    pub(super) ground: Arc<Ground>,
}

impl Service for Timers {
    fn triggers(&self) -> &'static [&'static str] {
        &["timerTrigger"]
    }

    fn check(&self, plan: &Plan) -> Result<(), String> {
        Timer::new(&self.ground, plan).map(|_| ())
    }

    fn listen(&self, listener: Listener) -> Result<BoxFuture<'static, ()>, String> {
        let timer = Timer::new(&self.ground, &listener.plan)?;
        let run_on_startup = listener.plan.trigger().flag("runOnStartup", false);
        Ok(timer.run(listener, run_on_startup).boxed())
    }

    fn event_by_hand<'a>(
        &'a self,
        plan: &'a Plan,
        _input: &'a str,
    ) -> BoxFuture<'a, Result<Event, String>> {
        async move {
            let timer = Timer::new(&self.ground, plan)?;
            let status = timer.status().await;
            Ok(timer.event(status, false))
        }
        .boxed()
    }
}

/// When a function ran, and will run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Status {
    last: Option<Timestamp>,
    next: Option<Timestamp>,
    last_updated: Option<Timestamp>,
}

/// The timer of one function.
#[derive(Debug)]
struct Timer {
    ground: Arc<Ground>,
    schedule: Schedule,
    /// Where the status is kept, if the schedule is slow enough to be remembered.
    status: Option<BlobPath>,
}

impl Timer {
    fn new(ground: &Arc<Ground>, plan: &Plan) -> Result<Self, String> {
        let schedule = plan.trigger().required("schedule")?;
        let schedule = Schedule::parse(schedule).map_err(|error| error.to_string())?;
        let now = ground.now();
        if schedule.next_after(&now).is_some_and(|next| next <= now) {
            return Err("the time from one occurrence to the next is zero or less; give `schedule` a positive one".to_owned());
        }
        let monitored = plan.trigger().flag("useMonitor", true) && schedule.can_be_monitored(&now);
        let path = format!(
            "{CONTAINER}/timers/local/Host.Functions.{}/status",
            plan.name()
        );
        let status = monitored
            .then(|| BlobPath::parse(&path).map_err(|error| error.to_string()))
            .transpose()?;
        Ok(Self {
            ground: Arc::clone(ground),
            schedule,
            status,
        })
    }

    async fn run(self, listener: Listener, run_on_startup: bool) {
        let now = self.ground.now();
        let mut status = self.status().await;
        let missed = status
            .and_then(|status| status.next)
            .is_some_and(|next| next < now.timestamp());
        if self.status.is_some() && status.is_none() {
            status = Some(Status {
                last: None,
                next: self.schedule.next_after(&now).map(|next| next.timestamp()),
                last_updated: None,
            });
        }
        if missed || run_on_startup {
            status = self.call(&listener, status, missed, &now).await;
        }
        let mut after = self.ground.now();
        loop {
            let Some(next) = self.schedule.next_after(&after) else {
                self.ground.events.host(
                    Level::Warning,
                    "Host.Triggers.Timer",
                    format!(
                        "the schedule of `{}` never comes again",
                        listener.plan.name()
                    ),
                );
                return;
            };
            tokio::select! {
                () = listener.stop.cancelled() => return,
                () = self.ground.clock.sleep_until(next.timestamp()) => {}
            }
            status = self.call(&listener, status, false, &next).await;
            // What came while the function ran is left out, as by the real host.
            let now = self.ground.now();
            after = if now > next { now } else { next };
        }
    }

    /// Calls the function, and remembers that it ran at `occurrence`.
    async fn call(
        &self,
        listener: &Listener,
        status: Option<Status>,
        is_past_due: bool,
        occurrence: &Zoned,
    ) -> Option<Status> {
        let trigger = self.event(status, is_past_due);
        // A failure is in the events, and changes nothing here: the next occurrence comes all the same.
        let _ = listener.call(trigger, "Timer fired").await;
        let path = self.status.as_ref()?;
        let last = occurrence.timestamp();
        let now = self.ground.now();
        let after = if now > *occurrence { &now } else { occurrence };
        let status = Status {
            last: Some(last),
            next: self.schedule.next_after(after).map(|next| next.timestamp()),
            last_updated: Some(last),
        };
        let content = serde_json::to_vec(&status).unwrap_or_default();
        if let Err(error) = self.ground.blobs.put(path, NewBlob::new(content)).await {
            let text = format!("the status of a timer cannot be kept: {}", in_full(&error));
            self.ground
                .events
                .host(Level::Error, "Host.Triggers.Timer", text);
        }
        Some(status)
    }

    /// What was remembered, if anything was.
    async fn status(&self) -> Option<Status> {
        let blob = self.ground.blobs.get(self.status.as_ref()?).await.ok()??;
        serde_json::from_slice(&blob.content).ok()
    }

    fn event(&self, status: Option<Status>, is_past_due: bool) -> Event {
        let zoned = |instant: Timestamp| instant.to_zoned(self.ground.zone.clone());
        let status = status.and_then(|status| {
            Some(ScheduleStatus {
                last: status.last.map(zoned),
                next: zoned(status.next?),
                last_updated: status.last_updated.map(zoned),
            })
        });
        let adjust_for_dst = matches!(self.schedule, Schedule::Cron(_));
        trigger::timer(
            &self.ground.now(),
            adjust_for_dst,
            status.as_ref(),
            is_past_due,
        )
    }
}
