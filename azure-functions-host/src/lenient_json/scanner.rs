//! The letters of a JSON text, and what can be read without knowing where in a value it stands.

use super::{error::Problem, number, token::Token};

/// A text of which a part is read.
pub(super) struct Scanner<'t> {
    rest: &'t str,
    line: usize,
    /// The UTF-16 units of the line that were read.
    position: usize,
}

impl<'t> Scanner<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self {
            rest: text,
            line: 1,
            position: 0,
        }
    }

    /// The line and the column of the next letter, from 1.
    pub(super) fn place(&self) -> (usize, usize) {
        (self.line, self.position + 1)
    }

    pub(super) fn starts_with(&self, text: &str) -> bool {
        self.rest.starts_with(text)
    }

    /// Reads one of JSON's words, after which a value must end; only within a `call` does `)` end it.
    pub(super) fn word(&mut self, word: &'static str, call: bool) -> Result<(), Problem> {
        if !word.chars().all(|wanted| self.take(wanted)) {
            return Err(Problem::Word(word));
        }
        let ends = match self.peek() {
            None | Some(',' | ']' | '}' | '\0') => true,
            Some(')') => call,
            Some('/') => self.rest.starts_with("/*") || self.rest.starts_with("//"),
            Some(letter) => letter.is_whitespace(),
        };
        ends.then_some(()).ok_or(Problem::Word(word))
    }

    /// Reads a number, after which a value must end.
    pub(super) fn number(&mut self) -> Result<Token, Problem> {
        let mut text = String::new();
        while let Some(letter) = self.peek().filter(|letter| is_number(*letter)) {
            self.bump();
            text.push(letter);
        }
        match self.peek() {
            None | Some(',' | ']' | '}' | ')' | '/' | '\0') => {}
            Some(letter) if letter.is_whitespace() => {}
            Some(letter) => return Err(Problem::NumberLetter(letter)),
        }
        number::parse(&text).ok_or(Problem::Number(text))
    }

    /// Reads a string in quotes of either kind.
    pub(super) fn string(&mut self) -> Result<String, Problem> {
        let quote = self.bump();
        let mut text = String::new();
        loop {
            match self.bump() {
                None => {
                    let wanted = if quote == Some('\'') { "'" } else { "\"" };
                    return Err(Problem::Unclosed {
                        container: "string",
                        wanted,
                    });
                }
                letter if letter == quote => return Ok(text),
                Some('\\') => self.escape(&mut text)?,
                Some(letter) => text.push(letter),
            }
        }
    }

    /// Reads what stands after a backslash.
    fn escape(&mut self, text: &mut String) -> Result<(), Problem> {
        let letter = match self.bump() {
            Some('b') => '\u{8}',
            Some('t') => '\t',
            Some('n') => '\n',
            Some('f') => '\u{C}',
            Some('r') => '\r',
            Some(letter @ ('\\' | '"' | '\'' | '/')) => letter,
            Some('u') => return self.utf16(text),
            Some(letter) => return Err(Problem::Escape(format!("\\{letter}"))),
            // The string reports its own end.
            None => return Ok(()),
        };
        text.push(letter);
        Ok(())
    }

    /// Reads what stands after `\u`, and the other half of the letter; a half alone becomes U+FFFD.
    fn utf16(&mut self, text: &mut String) -> Result<(), Problem> {
        let mut units = vec![self.utf16_unit()?];
        while units
            .last()
            .is_some_and(|unit| (0xD800..0xDC00).contains(unit))
            && self.rest.starts_with("\\u")
        {
            self.bump();
            self.bump();
            units.push(self.utf16_unit()?);
        }
        text.push_str(&String::from_utf16_lossy(&units));
        Ok(())
    }

    fn utf16_unit(&mut self) -> Result<u16, Problem> {
        let digits: String = self.rest.chars().take(4).collect();
        let unit = u16::from_str_radix(&digits, 16);
        match unit {
            Ok(unit) if digits.len() == 4 && !digits.starts_with('+') => {
                for _ in 0..4 {
                    self.bump();
                }
                Ok(unit)
            }
            _ => Err(Problem::Escape(format!("\\u{digits}"))),
        }
    }

    /// Skips blanks and comments.
    pub(super) fn skip(&mut self) -> Result<(), Problem> {
        loop {
            self.skip_blanks();
            if !self.take('/') {
                return Ok(());
            }
            match self.peek() {
                Some('/') => {
                    while self
                        .bump()
                        .is_some_and(|letter| !matches!(letter, '\r' | '\n'))
                    {}
                }
                Some('*') => {
                    self.bump();
                    while !self.rest.starts_with("*/") {
                        if self.bump().is_none() {
                            return Err(Problem::Unclosed {
                                container: "comment",
                                wanted: "*/",
                            });
                        }
                    }
                    self.bump();
                    self.bump();
                }
                _ => return Err(Problem::Comment),
            }
        }
    }

    /// Skips blanks, among which the host counts NUL.
    pub(super) fn skip_blanks(&mut self) {
        while self
            .peek()
            .is_some_and(|letter| letter.is_whitespace() || letter == '\0')
        {
            self.bump();
        }
    }

    /// The next letter.
    pub(super) fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    /// Goes past the next letter if it is this one.
    pub(super) fn take(&mut self, letter: char) -> bool {
        let found = self.peek() == Some(letter);
        if found {
            self.bump();
        }
        found
    }

    /// Goes past the next letter.
    pub(super) fn bump(&mut self) -> Option<char> {
        let mut letters = self.rest.chars();
        let letter = letters.next()?;
        self.rest = letters.as_str();
        if letter == '\n' || (letter == '\r' && !self.rest.starts_with('\n')) {
            self.line += 1;
            self.position = 0;
        } else {
            self.position += letter.len_utf16();
        }
        Some(letter)
    }
}

/// The letters of a number of any base.
fn is_number(letter: char) -> bool {
    letter.is_ascii_hexdigit() || matches!(letter, '-' | '+' | '.' | 'x' | 'X' | 'p' | 'P')
}
