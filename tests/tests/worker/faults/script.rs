//! What a host may do, at random.

use proptest::{
    collection::vec,
    prelude::{Just, Strategy, any},
    prop_oneof,
    sample::{Index, select},
};

/// The functions of the fault app.
pub(super) const FUNCTIONS: [&str; 12] = [
    "returns",
    "computes",
    "fails",
    "panics",
    "panics_dropped",
    "obeys",
    "ignores",
    "blocks",
    "big",
    "streams",
    "breaks_off",
    "stuck_stream",
];

/// What a host does until its end.
#[derive(Clone, Debug)]
pub(super) struct Script {
    pub(super) steps: Vec<Step>,
    pub(super) end: End,
}

/// One thing that a host does.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// Calls a function, with a new id.
    Call(&'static str),
    /// Calls a function, with the id of an earlier call that has been answered.
    Again(Index, &'static str),
    /// Sends an earlier call once more, answered or not.
    Twice(Index),
    /// Cancels an earlier call, perhaps too late.
    Cancel(Index),
    /// Cancels the next call before it is sent.
    CancelAhead,
    /// Sends the next message later: after so many others.
    Hold(usize),
    /// Sends what the worker has to ignore, or to answer.
    Odd(Odd),
    /// Sends the next messages in pieces of so many bytes.
    Split(usize),
    /// Reads all that is there; nothing else is read until the end, but the answers that a step needs.
    Read,
    /// Lets time pass, in milliseconds.
    Wait(u64),
}

/// What no host sends, or not now.
#[derive(Clone, Copy, Debug)]
pub(super) enum Odd {
    /// A content of a later version of the protocol.
    Unknown,
    /// Nothing at all.
    Empty,
    /// What only a worker sends.
    Answer,
    Heartbeat,
    /// A load of a function that there is not.
    Load,
    Metadata,
    Initialization,
    WarmUp,
    /// A call of a function that there is not.
    NoFunction,
}

/// How a host ends.
#[derive(Clone, Copy, Debug)]
pub(super) enum End {
    /// It tells the worker to terminate, so often, and reads to the end.
    Terminate(usize),
    /// It tells the worker to terminate, and then closes the stream at once.
    TerminateAndClose,
    /// It ends the stream.
    Close,
    /// It resets the stream.
    Reset,
    /// It sends what is no message.
    Garbage(Garbage),
}

/// What is no message.
#[derive(Clone, Copy, Debug)]
pub(super) enum Garbage {
    /// A frame whose content is not protobuf.
    Protobuf,
    /// A frame that says that it is compressed.
    Compressed,
    /// A frame that ends before its length.
    Truncated,
    /// A frame that is longer than the worker was told.
    TooLong,
    /// Bytes without any order.
    Noise(u64),
}

fn step(wait: u64) -> impl Strategy<Value = Step> {
    let odd = select(vec![
        Odd::Unknown,
        Odd::Empty,
        Odd::Answer,
        Odd::Heartbeat,
        Odd::Load,
        Odd::Metadata,
        Odd::Initialization,
        Odd::WarmUp,
        Odd::NoFunction,
    ]);
    let function = || select(FUNCTIONS.as_slice());
    prop_oneof![
        8 => function().prop_map(Step::Call),
        2 => (any::<Index>(), function()).prop_map(|(back, function)| Step::Again(back, function)),
        2 => any::<Index>().prop_map(Step::Twice),
        4 => any::<Index>().prop_map(Step::Cancel),
        1 => Just(Step::CancelAhead),
        2 => (1..4_usize).prop_map(Step::Hold),
        2 => odd.prop_map(Step::Odd),
        1 => (1..9_usize).prop_map(Step::Split),
        1 => Just(Step::Read),
        2 => (1..wait).prop_map(Step::Wait),
    ]
}

fn end() -> impl Strategy<Value = End> {
    prop_oneof![
        6 => (1..3_usize).prop_map(End::Terminate),
        1 => Just(End::TerminateAndClose),
        1 => Just(End::Close),
        1 => Just(End::Reset),
        2 => prop_oneof![
            Just(Garbage::Protobuf),
            Just(Garbage::Compressed),
            Just(Garbage::Truncated),
            Just(Garbage::TooLong),
            any::<u64>().prop_map(Garbage::Noise),
        ]
        .prop_map(End::Garbage),
    ]
}

/// Scripts of up to so many steps, of which none waits longer than so many milliseconds.
pub(super) fn scripts(steps: usize, wait: u64) -> impl Strategy<Value = Script> {
    (vec(step(wait), 0..steps), end()).prop_map(|(steps, end)| Script { steps, end })
}
