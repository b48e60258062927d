//! The calls of a script, and what came back: the rules about answers.

use std::collections::{BTreeMap, HashMap};

use azure_functions_shared::rpc::{Data, InvocationResponse};
use proptest::test_runner::TestCaseError;

/// The calls of a script by their ids.
#[derive(Debug, Default)]
pub(super) struct Calls {
    pub(super) by_id: BTreeMap<String, Call>,
    /// How often each label was sent, and how often it came back.
    pub(super) labels: HashMap<String, (usize, usize)>,
}

#[derive(Debug, Default)]
pub(super) struct Call {
    /// How many attempts there were: each was sent after the one before had been answered.
    pub(super) attempts: usize,
    /// How often one of them was sent once more.
    pub(super) repeats: usize,
    pub(super) answers: usize,
}

impl Calls {
    pub(super) fn answered(&mut self, response: &InvocationResponse) -> Result<(), TestCaseError> {
        let id = &response.invocation_id;
        ensure(response.result.is_some(), || format!("`{id}`: no result"))?;
        let Some(call) = self.by_id.get_mut(id) else {
            return Err(TestCaseError::fail(format!(
                "`{id}` was answered, and not sent"
            )));
        };
        call.answers += 1;
        ensure(call.answers <= call.attempts + call.repeats, || {
            format!("`{id}` was answered too often: {call:?}")
        })?;
        if let Some(label) = label(response) {
            let (sent, back) = self.labels.entry(label.clone()).or_default();
            *back += 1;
            ensure(back <= sent, || {
                format!("{label} came back {back} times, and was sent {sent} times")
            })?;
        }
        Ok(())
    }

    pub(super) fn check(
        &self,
        is_clean: bool,
        begun: &HashMap<String, usize>,
    ) -> Result<(), TestCaseError> {
        for (label, times) in begun {
            let sent = self.labels.get(label).map_or(0, |(sent, _)| *sent);
            ensure(*times <= sent, || {
                format!("{label} was begun {times} times, and sent {sent} times")
            })?;
        }
        if !is_clean {
            return Ok(());
        }
        for (id, call) in &self.by_id {
            ensure(call.answers >= call.attempts, || {
                format!("`{id}` was not answered: {call:?}")
            })?;
            let own = begun.iter();
            let own = own.filter(|(label, _)| label.split('.').next() == Some(id.as_str()));
            let begun: usize = own.map(|(_, times)| times).sum();
            ensure(begun <= call.answers, || {
                format!("`{id}` ran {begun} times: {call:?}")
            })?;
        }
        Ok(())
    }
}

/// The label that an answer carries, if the function returned or failed with it.
fn label(response: &InvocationResponse) -> Option<String> {
    let exception = response.result.as_ref()?.exception.as_ref();
    let text = match response
        .return_value
        .as_ref()
        .and_then(|value| value.data.as_ref())
    {
        Some(Data::String(text)) => text.clone(),
        Some(Data::Bytes(bytes)) => String::from_utf8_lossy(bytes).into_owned(),
        Some(Data::Http(http)) => match http.body.as_ref()?.data.as_ref()? {
            Data::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
            _ => return None,
        },
        _ => exception?.message.clone(),
    };
    // The last word before the first semicolon, if it is a label.
    let (text, _) = text.split_once(';')?;
    let word = text.rsplit(' ').next()?;
    let (id, attempt) = word.split_once('.')?;
    (id.parse::<usize>().is_ok() && attempt.parse::<usize>().is_ok()).then(|| format!("{word};"))
}

pub(super) fn ensure(is_so: bool, reason: impl FnOnce() -> String) -> Result<(), TestCaseError> {
    if is_so {
        return Ok(());
    }
    Err(TestCaseError::fail(reason()))
}
