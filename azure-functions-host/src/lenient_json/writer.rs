//! JSON as the host prints it.

use std::fmt::Write as _;

use super::token::Token;
use crate::dotnet::float_text;

/// Prints a value, on one line or indented by two blanks.
pub(super) fn write(token: &Token, indented: bool) -> String {
    let mut writer = Writer {
        text: String::new(),
        depth: 0,
        indented,
    };
    writer.value(token);
    writer.text
}

struct Writer {
    text: String,
    depth: usize,
    indented: bool,
}

impl Writer {
    fn value(&mut self, token: &Token) {
        match token {
            Token::Null => self.text.push_str("null"),
            Token::Undefined => self.text.push_str("undefined"),
            Token::Bool(true) => self.text.push_str("true"),
            Token::Bool(false) => self.text.push_str("false"),
            Token::Integer(text) => self.text.push_str(text),
            Token::Float(number) => self.float(*number),
            Token::String(text) => self.string(text),
            Token::Date { date, .. } => self.string(&date.iso()),
            Token::Array(elements) => self.list('[', elements, ']', Self::value),
            Token::Object(members) => self.list('{', members, '}', |writer, (name, value)| {
                writer.string(name);
                writer
                    .text
                    .push_str(if writer.indented { ": " } else { ":" });
                writer.value(value);
            }),
            Token::Constructor(name, arguments) => {
                self.text.push_str("new ");
                self.text.push_str(name);
                self.list('(', arguments, ')', Self::value);
            }
        }
    }

    fn list<T>(
        &mut self,
        open: char,
        items: &[T],
        close: char,
        mut write: impl FnMut(&mut Self, &T),
    ) {
        self.text.push(open);
        self.depth += 1;
        for (at, item) in items.iter().enumerate() {
            if at > 0 {
                self.text.push(',');
            }
            self.line_break();
            write(self, item);
        }
        self.depth -= 1;
        if !items.is_empty() {
            self.line_break();
        }
        self.text.push(close);
    }

    fn line_break(&mut self) {
        if self.indented {
            self.text.push('\n');
            self.text.extend(std::iter::repeat_n("  ", self.depth));
        }
    }

    /// A float keeps its point; what is no number becomes a string.
    fn float(&mut self, number: f64) {
        let text = float_text(number);
        if !number.is_finite() {
            self.string(&text);
            return;
        }
        self.text.push_str(&text);
        if !text.contains(['.', 'E']) {
            self.text.push_str(".0");
        }
    }

    fn string(&mut self, text: &str) {
        self.text.push('"');
        for letter in text.chars() {
            match letter {
                '"' => self.text.push_str("\\\""),
                '\\' => self.text.push_str("\\\\"),
                '\n' => self.text.push_str("\\n"),
                '\r' => self.text.push_str("\\r"),
                '\t' => self.text.push_str("\\t"),
                '\u{8}' => self.text.push_str("\\b"),
                '\u{C}' => self.text.push_str("\\f"),
                '\0'..' ' | '\u{85}' | '\u{2028}' | '\u{2029}' => {
                    // Writing to a string does not fail.
                    let _ = write!(self.text, "\\u{:04x}", u32::from(letter));
                }
                _ => self.text.push(letter),
            }
        }
        self.text.push('"');
    }
}

#[cfg(test)]
mod tests {
    use super::Token;

    #[test]
    fn compact() {
        let token = Token::Object(vec![
            (
                "a\n\u{1}\u{2028}".to_owned(),
                Token::Array(vec![Token::Float(1.0), Token::Float(1e21)]),
            ),
            (
                "b".to_owned(),
                Token::Constructor("D".to_owned(), vec![Token::Null, Token::Undefined]),
            ),
        ]);
        let text = "{\"a\\n\\u0001\\u2028\":[1.0,1E+21],\"b\":new D(null,undefined)}";
        assert_eq!(token.compact(), text);
    }
}
