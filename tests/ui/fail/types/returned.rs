//! Values that go back to the trigger, at the wrong place or to the wrong trigger.

use azure_functions::{
    BindError, Binding, Data, FromTrigger, IntoOutput, Trigger,
    bindings::{QueueMessage, QueueTrigger},
    func,
};

struct QuestionBinding;

impl Binding for QuestionBinding {
    const TYPE: &'static str = "questionTrigger";
}

struct Question;

impl FromTrigger for Question {
    type Binding = QuestionBinding;

    fn from_trigger(_: Data, _: &Trigger) -> Result<Self, BindError> {
        Ok(Self)
    }
}

struct AnswerBinding;

impl Binding for AnswerBinding {
    const TYPE: &'static str = "answer";
    const ONLY_WITH: Option<&'static str> = Some("questionTrigger");
    const RETURNED_TO_TRIGGER: bool = true;
}

struct Answer;

impl IntoOutput for Answer {
    type Binding = AnswerBinding;

    fn into_output(self) -> Result<Data, BindError> {
        Ok(Data::text("42"))
    }
}

#[func]
fn fine(_question: Question) -> Answer {
    Answer
}

#[func]
#[binding(name = "$return", queue_name = "log")]
fn second(_question: Question) -> (QueueMessage, Answer) {
    ("".into(), Answer)
}

#[func]
fn to_a_queue(#[binding(queue_name = "jobs")] _job: QueueTrigger) -> Answer {
    Answer
}

#[func]
#[binding(name = "$return", queue_name = "log")]
fn no_properties(_question: Question) -> Answer {
    Answer
}

fn main() {}
