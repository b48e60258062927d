//! A scripted world for tests: it does what the host does, in memory and in virtual time.

mod end;
mod entities;
mod running;

use std::{
    collections::{BTreeMap, HashMap},
    error::Error,
    fmt,
    future::Future,
    sync::Arc,
    time::Duration,
};

use futures::{FutureExt, future::BoxFuture};
use serde::{Serialize, de::DeserializeOwned};

pub use self::end::{End, Status};
use self::running::Running;
use crate::{
    DurableHttpRequest, DurableHttpResponse, Entity, EntityContext, EntityId, FailureDetails,
    OrchestrationContext, TaskError, http, json, operate,
};

type BoxError = Box<dyn Error + Send + Sync>;

/// A world in which a test runs an orchestrator: it answers activities and entities with closures, has events come, and lets time
/// pass as soon as everybody waits.
///
/// Each turn of an orchestrator is replayed from the beginning, and twice, so that one that is not deterministic fails.
///
/// ```
/// use std::time::Duration;
///
/// use azure_functions_durable::{OrchestrationContext, Status, TaskError, World};
///
/// async fn approve(ctx: OrchestrationContext) -> Result<&'static str, TaskError> {
///     let answer = ctx.wait_for_event::<bool>("approval").timeout(Duration::from_secs(60)).await?;
///     Ok(match answer {
///         Some(true) => "approved",
///         Some(false) => "refused",
///         None => "nobody answered",
///     })
/// }
///
/// let end = World::new().run("approve", (), approve);
/// assert_eq!(end.output::<String>().unwrap(), "nobody answered");
/// assert_eq!(end.elapsed(), Duration::from_secs(60));
///
/// let mut world = World::new();
/// world.raise_event(Duration::from_secs(59), "Approval", true);
/// assert_eq!(world.run("approve", (), approve).output::<String>().unwrap(), "approved");
/// ```
#[derive(Default)]
pub struct World {
    activities: HashMap<String, Activity>,
    orchestrators: HashMap<String, Orchestrator>,
    entities: HashMap<String, EntityHandler>,
    states: BTreeMap<EntityId, Json>,
    events: Vec<(Duration, Happening)>,
    version: Option<String>,
    one_by_one: bool,
    lose: Option<Box<dyn FnMut() -> bool + Send>>,
}

type Json = Option<String>;
type Activity = Box<dyn FnMut(Json) -> Result<Json, FailureDetails> + Send>;
type Orchestrator = Arc<
    dyn Fn(OrchestrationContext) -> BoxFuture<'static, Result<Json, FailureDetails>> + Send + Sync,
>;
type EntityHandler = Box<dyn FnMut(EntityContext) -> Result<Json, FailureDetails> + Send>;

/// What a test has happen.
enum Happening {
    Event(String, Json),
    Suspend,
    Resume,
    Terminate(Json),
}

impl World {
    /// A world without activities, entities and events.
    pub fn new() -> Self {
        Self::default()
    }

    /// Answers an activity with `function`.
    pub fn activity<I, O, E>(
        &mut self,
        name: &str,
        mut function: impl FnMut(I) -> Result<O, E> + Send + 'static,
    ) -> &mut Self
    where
        I: DeserializeOwned,
        O: Serialize,
        E: Into<BoxError>,
    {
        let task = format!("activity `{name}`");
        let activity = move |input: Json| {
            let input = read(&task, input.as_deref())?;
            let output = function(input).map_err(|error| details(&error.into()))?;
            write(&task, &output)
        };
        self.activities
            .insert(name.to_lowercase(), Box::new(activity));
        self
    }

    /// Answers HTTP requests with `server`; an error is a server that cannot be reached.
    pub fn http<E: Into<BoxError>>(
        &mut self,
        mut server: impl FnMut(DurableHttpRequest) -> Result<DurableHttpResponse, E> + Send + 'static,
    ) -> &mut Self {
        self.activity(http::ACTIVITY, move |[request]: [DurableHttpRequest; 1]| {
            server(request)
        })
    }

    /// Gives the world an orchestrator that others can start as a part of theirs.
    ///
    /// What it takes is an [`OrchestrationContext`], or is made of one.
    pub fn orchestrator<C, F, T, E>(
        &mut self,
        name: &str,
        orchestrator: impl Fn(C) -> F + Send + Sync + 'static,
    ) -> &mut Self
    where
        C: TryFrom<OrchestrationContext, Error: Into<BoxError>>,
        F: Future<Output = Result<T, E>> + Send + 'static,
        T: Serialize,
        E: Into<BoxError>,
    {
        self.orchestrators
            .insert(name.to_lowercase(), erase(name, orchestrator));
        self
    }

    /// Answers the operations of the entities of this name with `function`.
    ///
    /// What it takes is an [`EntityContext`], or is made of one.
    pub fn entity<C, T, E>(
        &mut self,
        name: &str,
        mut function: impl FnMut(C) -> Result<T, E> + Send + 'static,
    ) -> &mut Self
    where
        C: TryFrom<EntityContext, Error: Into<BoxError>>,
        T: Serialize,
        E: Into<BoxError>,
    {
        let task = format!("entity `{name}`");
        let entity = move |context: EntityContext| {
            let context = C::try_from(context).map_err(|error| details(&error.into()))?;
            let output = function(context).map_err(|error| details(&error.into()))?;
            write(&task, &output)
        };
        self.entities.insert(name.to_lowercase(), Box::new(entity));
        self
    }

    /// Gives the world the entities of this type: their operations are its methods.
    pub fn entity_of<E: Entity>(&mut self) -> &mut Self {
        let entity = |context: EntityContext| match operate::<E>(context).now_or_never() {
            Some(Ok(result)) => Ok(result),
            Some(Err(error)) => Err(details(&error.error)),
            None => Err(FailureDetails::new(
                "World",
                "the operation waits for something that is not in this world; answer it with `World::entity`",
            )),
        };
        self.entities
            .insert(E::NAME.to_lowercase(), Box::new(entity));
        self
    }

    /// Gives an entity a state before each run. One that cannot be written as JSON is none.
    pub fn entity_state<E: Entity>(&mut self, key: &str, state: &E) -> &mut Self {
        let state = json::write(state).unwrap_or_default();
        self.states.insert(EntityId::new(E::NAME, key), state);
        self
    }

    /// Has an event come to the instance, this long after its start. One whose data cannot be written as JSON comes without data.
    pub fn raise_event(&mut self, after: Duration, name: &str, data: impl Serialize) -> &mut Self {
        let data = json::write(&data).unwrap_or_default();
        self.happen(after, Happening::Event(name.to_owned(), data))
    }

    /// Has the instance suspended, this long after its start.
    pub fn suspend(&mut self, after: Duration) -> &mut Self {
        self.happen(after, Happening::Suspend)
    }

    /// Has the instance resumed, this long after its start.
    pub fn resume(&mut self, after: Duration) -> &mut Self {
        self.happen(after, Happening::Resume)
    }

    /// Has the instance terminated, this long after its start, with an output.
    pub fn terminate(&mut self, after: Duration, output: impl Serialize) -> &mut Self {
        let output = json::write(&output).unwrap_or_default();
        self.happen(after, Happening::Terminate(output))
    }

    /// Starts the instances with this version.
    pub fn version(&mut self, version: impl Into<String>) -> &mut Self {
        self.version = Some(version.into());
        self
    }

    /// Tells the orchestrator of one thing at a time, and not of all that has happened.
    pub fn one_by_one(&mut self) -> &mut Self {
        self.one_by_one = true;
        self
    }

    /// Loses the answer of a turn each time that `lose` says so, as when the worker is killed: the turn is then run again.
    pub fn lose_answers(&mut self, lose: impl FnMut() -> bool + Send + 'static) -> &mut Self {
        self.lose = Some(Box::new(lose));
        self
    }

    fn happen(&mut self, after: Duration, happening: Happening) -> &mut Self {
        self.events.push((after, happening));
        self
    }

    /// Runs an orchestrator to its end, or until nothing more happens.
    pub fn run<C, F, T, E>(
        &mut self,
        name: &str,
        input: impl Serialize,
        orchestrator: impl Fn(C) -> F + Send + Sync + 'static,
    ) -> End
    where
        C: TryFrom<OrchestrationContext, Error: Into<BoxError>>,
        F: Future<Output = Result<T, E>> + Send + 'static,
        T: Serialize,
        E: Into<BoxError>,
    {
        self.orchestrator(name, orchestrator);
        match json::write(&input) {
            Ok(input) => Running::new(self).run(name, input),
            Err(reason) => {
                let error = TaskError::Input {
                    task: format!("orchestrator `{name}`"),
                    reason,
                };
                End {
                    status: Status::Failed,
                    failure: Some(FailureDetails::of("TaskError", &error)),
                    ..End::default()
                }
            }
        }
    }
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("World")
            .field("activities", &self.activities.keys())
            .field("orchestrators", &self.orchestrators.keys())
            .field("entities", &self.entities.keys())
            .finish_non_exhaustive()
    }
}

/// An orchestrator without its types.
pub(crate) fn erase<C, F, T, E>(
    name: &str,
    orchestrator: impl Fn(C) -> F + Send + Sync + 'static,
) -> Orchestrator
where
    C: TryFrom<OrchestrationContext, Error: Into<BoxError>>,
    F: Future<Output = Result<T, E>> + Send + 'static,
    T: Serialize,
    E: Into<BoxError>,
{
    let task = format!("orchestrator `{name}`");
    Arc::new(move |context| {
        let task = task.clone();
        let future = C::try_from(context)
            .map(&orchestrator)
            .map_err(|error| details(&error.into()));
        async move {
            let output = future?.await.map_err(|error| details(&error.into()))?;
            write(&task, &output)
        }
        .boxed()
    })
}

fn read<T: DeserializeOwned>(task: &str, text: Option<&str>) -> Result<T, FailureDetails> {
    json::read(text).map_err(|reason| {
        let error = TaskError::Input {
            task: task.to_owned(),
            reason,
        };
        FailureDetails::of(error.type_name(), &error)
    })
}

fn write<T: Serialize>(task: &str, value: &T) -> Result<Json, FailureDetails> {
    json::write(value).map_err(|reason| {
        let error = TaskError::Output {
            task: task.to_owned(),
            reason,
        };
        FailureDetails::of(error.type_name(), &error)
    })
}

/// What is told of an error: of the type that it says itself, if it comes from a task.
fn details(error: &BoxError) -> FailureDetails {
    FailureDetails::of_returned("(unknown)", &**error)
}
