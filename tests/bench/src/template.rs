//! Messages that are encoded once, and get another invocation id each time that they are sent.

use anyhow::Context;
use azure_functions_shared::rpc::{Content, InvocationRequest, StreamingMessage};
use bytes::{BufMut, BytesMut};
use prost::Message;

/// What stands where the id belongs.
const ID: &str = "6fa3c1d2-58e7-4b09-9c44-000000000000";

/// How many of its last digits change.
const DIGITS: usize = 12;

/// A message with the prefix that it has in a gRPC stream.
#[derive(Clone, Debug)]
pub struct Template {
    frame: Vec<u8>,
    /// Where the changing digits of the id are.
    digits: usize,
}

impl Template {
    /// The invocation, whose id is replaced.
    ///
    /// # Errors
    ///
    /// When it is longer than a message can be.
    pub fn new(mut request: InvocationRequest) -> anyhow::Result<Self> {
        ID.clone_into(&mut request.invocation_id);
        let frame = frame(&Content::InvocationRequest(request).into_message(""))?;
        let id = frame
            .windows(ID.len())
            .position(|window| window == ID.as_bytes())
            .context("the message has no id")?;
        Ok(Self {
            frame,
            digits: id + ID.len() - DIGITS,
        })
    }

    /// Writes the message with the `number`th id.
    pub fn write(&self, number: u64, out: &mut BytesMut) {
        let start = out.len();
        out.extend_from_slice(&self.frame);
        let place = out.get_mut(start + self.digits..).unwrap_or_default();
        for (digit, byte) in place.iter_mut().take(DIGITS).rev().enumerate() {
            let nibble = number >> (4 * digit) & 0xf;
            *byte = char::from_digit(u32::try_from(nibble).unwrap_or_default(), 16)
                .map_or(b'0', |digit| digit as u8);
        }
    }
}

/// The `number`th id.
pub fn id(number: u64) -> String {
    let (start, _) = ID.split_at(ID.len() - DIGITS);
    format!("{start}{number:0DIGITS$x}")
}

/// The number of an id.
pub fn number(id: &str) -> Option<u64> {
    u64::from_str_radix(id.get(ID.len() - DIGITS..)?, 16).ok()
}

/// A message as it stands in a gRPC stream.
///
/// # Errors
///
/// When it is longer than a message can be.
pub fn frame(message: &StreamingMessage) -> anyhow::Result<Vec<u8>> {
    let length = message.encoded_len();
    let mut frame = Vec::with_capacity(length + 5);
    frame.put_u8(0);
    frame.put_u32(length.try_into()?);
    message.encode(&mut frame)?;
    Ok(frame)
}
