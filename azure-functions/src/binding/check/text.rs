//! Messages that are put together while the user's crate compiles.

/// Stops the compiler with a message.
#[track_caller]
pub(super) const fn fail(text: &Text) -> ! {
    panic!("{}", text.as_str())
}

/// A message put together at compile time. What does not fit is left out.
#[derive(Clone, Copy)]
pub(super) struct Text {
    bytes: [u8; 1024],
    len: usize,
}

impl Text {
    pub(super) const fn new() -> Self {
        Self {
            bytes: [0; 1024],
            len: 0,
        }
    }

    pub(super) const fn push(mut self, text: &str) -> Self {
        let text = text.as_bytes();
        if self.len + text.len() <= self.bytes.len() {
            let mut at = 0;
            while at < text.len() {
                self.bytes[self.len] = text[at];
                self.len += 1;
                at += 1;
            }
        }
        self
    }

    /// The name of the output at a position of the return type.
    pub(super) const fn push_output(self, at: usize) -> Self {
        if at == 0 {
            return self.push(azure_functions_shared::names::RETURN);
        }
        let text = self.push("output");
        let text = if at >= 10 {
            text.push_digit(at / 10)
        } else {
            text
        };
        text.push_digit(at % 10)
    }

    const fn push_digit(self, digit: usize) -> Self {
        self.push("0123456789".split_at(digit % 10).1.split_at(1).0)
    }

    pub(super) const fn as_str(&self) -> &str {
        // Only whole strings were pushed, so this is text.
        match str::from_utf8(self.bytes.split_at(self.len).0) {
            Ok(text) => text,
            Err(_) => "a property of this binding is wrong",
        }
    }
}
