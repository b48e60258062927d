//! Entities from one `impl` block, as the host and as callers see them.

#![expect(
    clippy::items_after_statements,
    clippy::needless_pass_by_value,
    clippy::unused_self,
    reason = "an orchestrator stands before the line that runs it; an operation is given its context, and may not need `self`"
)]

use std::{error::Error, fmt, time::Duration};

use azure_functions_durable::{
    EntityContext, EntityRef, FailureDetails, OrchestrationContext, TaskError, World,
    protocol::{
        EntityBatchRequest, EntityBatchResult, OperationRequest,
        operation_action::OperationActionType, operation_result::ResultType,
    },
};
use expect_test::expect;
use serde::{Deserialize, Serialize};

use crate::{
    FunctionDef, Permanent,
    bindings::{
        EntityOutput,
        check::check_metadata,
        durable::{message, tests::drive},
    },
    func, functions,
};

/// What an account holds.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
struct Account {
    balance: i64,
}

#[derive(Debug)]
struct TooLittle(i64);

impl fmt::Display for TooLittle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "there are only {}", self.0)
    }
}

impl Error for TooLittle {}

#[derive(Debug, Deserialize, Serialize)]
struct Statement {
    owner: String,
    balance: i64,
}

#[func]
impl Account {
    /// Not an operation: nobody has an account for it.
    fn fee() -> i64 {
        1
    }

    fn deposit(&mut self, amount: i64) -> i64 {
        self.balance += amount;
        self.balance
    }

    fn withdraw(&mut self, amount: i64) -> Result<i64, TooLittle> {
        let before = self.balance;
        self.balance -= amount + Self::fee();
        if self.balance < 0 {
            return Err(TooLittle(before));
        }
        Ok(self.balance)
    }

    fn look(&self) -> Account {
        self.clone()
    }

    fn statement(&self, ctx: EntityContext) -> EntityOutput<Statement> {
        EntityOutput(Statement {
            owner: ctx.entity_id().key().to_owned(),
            balance: self.balance,
        })
    }

    fn give(&mut self, to: String, ctx: EntityContext) -> Result<(), TaskError> {
        let amount = std::mem::take(&mut self.balance);
        ctx.signal_operation(&EntityRef::<Self>::new(to), Self::deposit, amount)
    }

    fn freeze(&mut self) -> Result<(), Permanent> {
        self.balance = 0;
        Err(Permanent::new("never"))
    }

    fn close(self) {}

    fn r#type(&self) -> String {
        "account".to_owned()
    }

    #[cfg(any())]
    fn gone(&self) {}
}

impl Account {
    fn helper(&self) -> i64 {
        self.balance
    }
}

/// What has come together, by operations that wait.
#[derive(Debug, Default, Deserialize, Serialize)]
struct Log(Vec<String>);

#[func(name = "Journal")]
impl Log {
    async fn append(&mut self, line: String) -> usize {
        tokio::task::yield_now().await;
        self.0.push(line);
        self.0.len()
    }

    fn lines(&self) -> Vec<String> {
        self.0.clone()
    }
}

#[test]
fn metadata() {
    check_metadata(
        &functions![Account, Log],
        &expect![[r#"
            {"name":"entity","type":"entityTrigger","direction":"in","durableRequiresGrpc":true}
            {"name":"entity","type":"entityTrigger","direction":"in","durableRequiresGrpc":true}"#]],
    );
    let [account, log] = functions![Account, Log];
    assert_eq!((account.name, log.name), ("Account", "Journal"));
}

/// Runs operations, each with its input, on an entity, and gives their results and the answer.
async fn batch(
    function: &'static FunctionDef,
    state: Option<&str>,
    operations: &[(&str, &str)],
) -> (Vec<Result<String, String>>, EntityBatchResult) {
    let operations = operations.iter().map(|(name, input)| OperationRequest {
        operation: (*name).to_owned(),
        request_id: "1".to_owned(),
        input: Some((*input).to_owned()),
        trace_context: None,
    });
    let request = EntityBatchRequest {
        instance_id: "@account@mine".to_owned(),
        entity_state: state.map(str::to_owned),
        operations: operations.collect(),
        ..EntityBatchRequest::default()
    };
    let answer = drive(function, message::encode(&request)).await.unwrap();
    let answer: EntityBatchResult = message::decode(&answer).unwrap();
    let results = answer
        .results
        .iter()
        .map(|result| match result.result_type.clone().unwrap() {
            ResultType::Success(success) => Ok(success.result.unwrap_or_default()),
            ResultType::Failure(failure) => {
                let details = failure.failure_details.unwrap();
                let last = if details.is_non_retriable { "!" } else { "" };
                Err(format!(
                    "{}: {}{last}",
                    details.error_type, details.error_message
                ))
            }
        });
    (results.collect(), answer)
}

#[tokio::test]
async fn operations() {
    let [account, log] = functions![Account, Log];
    let ok = |text: &str| Ok(text.to_owned());
    let failed = |text: &str| Err(text.to_owned());
    let (results, answer) = batch(
        account,
        None,
        &[
            // Nobody has changed it yet: it does not exist.
            ("look", "null"),
            ("deposit", "5"),
            ("withdraw", "7"),
            ("withdraw", "2"),
            ("statement", "null"),
            ("freeze", "null"),
            ("deposit", "\"x\""),
            ("gone", "null"),
            ("type", "null"),
            ("give", "\"yours\""),
        ],
    )
    .await;
    let no_input = "TaskError: the result of the input of operation `deposit` of entity `@account@mine`: invalid type: \
                    string \"x\", expected i64 at line 1 column 3";
    let no_operation = "TaskError: operation `gone` of entity `@account@mine`: there is no such operation; there is `deposit`, \
                        `withdraw`, `look`, `statement`, `give`, `freeze`, `close`, `type`";
    assert_eq!(
        results,
        [
            ok(r#"{"balance":0}"#),
            ok("5"),
            failed("TooLittle: there are only 5"),
            ok("2"),
            ok(r#"{"owner":"mine","balance":2}"#),
            failed("Error: never!"),
            failed(no_input),
            failed(no_operation),
            ok("\"account\""),
            ok(""),
        ]
    );
    assert_eq!(answer.entity_state.as_deref(), Some(r#"{"balance":0}"#));
    let Some(OperationActionType::SendSignal(signal)) = &answer.actions[0].operation_action_type
    else {
        panic!("{answer:?}")
    };
    assert_eq!(
        (
            signal.instance_id.as_str(),
            signal.name.as_str(),
            signal.input.as_deref()
        ),
        ("@account@yours", "deposit", Some("2"))
    );

    for (operations, state, expected) in [
        (vec![("look", "null")], None, None),
        (
            vec![("look", "null")],
            Some(r#"{"balance":3}"#),
            Some(r#"{"balance":3}"#),
        ),
        (vec![("close", "null")], Some(r#"{"balance":3}"#), None),
        (
            vec![("close", "null"), ("deposit", "1")],
            Some(r#"{"balance":3}"#),
            Some(r#"{"balance":1}"#),
        ),
        (vec![("look", "null")], Some("[]"), Some("[]")),
    ] {
        let (_, answer) = batch(account, state, &operations).await;
        assert_eq!(answer.entity_state.as_deref(), expected, "{operations:?}");
    }

    let (results, answer) = batch(
        log,
        None,
        &[("append", "\"a\""), ("append", "\"b\""), ("lines", "null")],
    )
    .await;
    assert_eq!(results, [ok("1"), ok("2"), ok(r#"["a","b"]"#)]);
    assert_eq!(answer.entity_state.as_deref(), Some(r#"["a","b"]"#));
}

async fn calls(ctx: OrchestrationContext) -> Result<(Account, i64, String), TaskError> {
    let mine = EntityRef::<Account>::new("mine");
    let yours = EntityRef::<Account>::new("yours");
    ctx.signal_operation(&mine, Account::deposit, 10)?;
    let soon = ctx.now() + Duration::from_secs(1);
    ctx.signal_operation_at(soon, &yours, Account::deposit, 1)?;
    ctx.sleep(Duration::from_secs(2)).await;
    let left = ctx.call_operation(&mine, Account::withdraw, 3).await?;
    let owner = ctx
        .call_operation(&mine, Account::statement, ())
        .await?
        .owner;
    let lock = ctx.lock_entities([&mine, &yours]).await?;
    ctx.call_operation(&yours, Account::deposit, left).await?;
    drop(lock);
    let yours = ctx.call_operation(&yours, Account::look, ()).await?;
    Ok((yours, left, owner))
}

#[test]
fn callers() {
    let mut world = World::new();
    world.entity_of::<Account>();
    let end = world.run("calls", (), calls);
    assert_eq!(
        end.output(),
        Ok((Account { balance: 7 }, 6, "mine".to_owned()))
    );
    assert_eq!(end.entity("yours"), Some(Account { balance: 7 }));

    async fn fails(ctx: OrchestrationContext) -> Result<i64, TaskError> {
        let mine = EntityRef::<Account>::new("mine");
        ctx.call_operation(&mine, Account::withdraw, 3).await
    }
    let end = world.run("fails", (), fails);
    assert_eq!(
        end.failure().unwrap().message,
        "operation `withdraw` of entity `@account@mine` failed: there are only 0"
    );
    assert_eq!(end.entity::<Account>("mine"), None);

    async fn stray(ctx: OrchestrationContext) -> Result<i64, TaskError> {
        let mine = EntityRef::<Account>::new("mine");
        ctx.call_operation(&mine, Account::helper, ()).await
    }
    let end = world.run("stray", (), stray);
    assert_eq!(
        end.failure(),
        Some(&FailureDetails::new(
            "TaskError",
            "method `azure_functions::bindings::durable::methods::tests::Account::helper`: it is no operation of the entity \
             `Account`; write it in the `impl` block that has `#[func]`"
        ))
    );
}

/// The methods are methods.
#[test]
fn methods() {
    let mut account = Account::default();
    assert_eq!(account.deposit(5), 5);
    assert_eq!(
        account.withdraw(9).unwrap_err().to_string(),
        "there are only 5"
    );
    account.close();
}
