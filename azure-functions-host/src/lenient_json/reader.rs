//! The reader: one pass over the text, one call deep for each array and object.

use std::collections::{HashMap, hash_map::Entry};

use super::{
    Dates, MAX_DEPTH, date,
    error::{Error, Problem},
    number,
    place::Place,
    token::Token,
};

type Result<T, E = Error> = std::result::Result<T, E>;

pub(super) struct Reader<'t> {
    rest: &'t str,
    dates: Dates<'t>,
    constructors: bool,
    line: usize,
    /// The UTF-16 units of the line that were read.
    position: usize,
    places: Vec<Place>,
}

impl<'t> Reader<'t> {
    pub(super) fn new(text: &'t str, dates: Dates<'t>) -> Self {
        Self {
            rest: text,
            dates,
            constructors: true,
            line: 1,
            position: 0,
            places: Vec::new(),
        }
    }

    /// Refuses calls of constructors.
    pub(super) fn without_constructors(mut self) -> Self {
        self.constructors = false;
        self
    }

    /// Reads one value and nothing after it.
    pub(super) fn document(mut self) -> Result<Token> {
        self.skip()?;
        if self.rest.is_empty() {
            return Err(self.error(Problem::Empty));
        }
        let token = self.value()?;
        self.skip()?;
        match self.peek() {
            Some(letter) => Err(self.error(Problem::AfterEnd(letter))),
            None => Ok(token),
        }
    }

    fn value(&mut self) -> Result<Token> {
        let Some(letter) = self.peek() else {
            return Err(self.unclosed());
        };
        let token = match letter {
            '{' => return self.object(),
            '[' => {
                self.bump();
                return Ok(Token::Array(self.list(Place::Array(None))?));
            }
            'n' if self.rest.starts_with("ne") => return self.constructor(),
            '"' | '\'' => self.string_or_date()?,
            't' => self.word("true", Token::Bool(true))?,
            'f' => self.word("false", Token::Bool(false))?,
            'n' => self.word("null", Token::Null)?,
            'u' => self.word("undefined", Token::Undefined)?,
            'N' => self.word("NaN", Token::Float(f64::NAN))?,
            'I' => self.word("Infinity", Token::Float(f64::INFINITY))?,
            '-' if self.rest.starts_with("-I") => {
                self.word("-Infinity", Token::Float(f64::NEG_INFINITY))?
            }
            // The comma stays, for the container to find.
            ',' => Token::Undefined,
            ']' | ')' => return Err(self.wrong_bracket(letter)),
            '-' | '.' => self.number()?,
            _ if letter.is_numeric() => self.number()?,
            _ => return Err(self.error(Problem::Value(letter))),
        };
        self.count();
        Ok(token)
    }

    fn object(&mut self) -> Result<Token> {
        self.bump();
        self.enter(Place::Object(None))?;
        let mut members: Vec<(String, Token)> = Vec::new();
        let mut known = HashMap::new();
        loop {
            self.skip()?;
            if self.take('}') {
                break;
            }
            let name = self.property_name()?;
            if let Some(place) = self.places.last_mut() {
                *place = Place::Object(Some(name.clone()));
            }
            self.skip()?;
            let value = self.value()?;
            match known.entry(name) {
                Entry::Vacant(entry) => {
                    members.push((entry.key().clone(), value));
                    entry.insert(members.len() - 1);
                }
                // The last of equal names wins, in the place of the first.
                Entry::Occupied(entry) => {
                    if let Some((_, old)) = members.get_mut(*entry.get()) {
                        *old = value;
                    }
                }
            }
            if !self.another('}')? {
                break;
            }
        }
        self.places.pop();
        Ok(Token::Object(members))
    }

    /// Reads the rest of an array, or of the arguments of a constructor.
    fn list(&mut self, place: Place) -> Result<Vec<Token>> {
        let close = place.bracket();
        self.enter(place)?;
        let mut elements = Vec::new();
        loop {
            self.skip()?;
            if self.take(close) {
                break;
            }
            elements.push(self.value()?);
            if !self.another(close)? {
                break;
            }
        }
        self.places.pop();
        Ok(elements)
    }

    /// Reads what stands after a value: a comma, or the end of the container.
    fn another(&mut self, close: char) -> Result<bool> {
        self.skip()?;
        match self.peek() {
            Some(',') => {
                self.bump();
                Ok(true)
            }
            Some(letter) if letter == close => {
                self.bump();
                Ok(false)
            }
            Some(letter @ (']' | '}' | ')')) => Err(self.wrong_bracket(letter)),
            Some(letter) => Err(self.error(Problem::AfterValue(letter))),
            None => Err(self.unclosed()),
        }
    }

    fn property_name(&mut self) -> Result<String> {
        let name = match self.peek() {
            None => return Err(self.unclosed()),
            Some('"' | '\'') => self.string()?,
            Some(letter) if is_name(letter) => self.bare_name()?,
            Some(letter) => return Err(self.error(Problem::Name(letter))),
        };
        self.skip_blanks();
        match self.peek() {
            Some(':') => {
                self.bump();
                Ok(name)
            }
            Some(letter) => Err(self.error(Problem::Colon(letter))),
            None => Err(self.unclosed()),
        }
    }

    fn bare_name(&mut self) -> Result<String> {
        let mut name = String::new();
        loop {
            match self.peek() {
                Some(letter) if is_name(letter) => {
                    self.bump();
                    name.push(letter);
                }
                Some(letter) if letter == ':' || letter.is_whitespace() => return Ok(name),
                Some(letter) => return Err(self.error(Problem::BareName(letter))),
                None => return Err(self.unclosed()),
            }
        }
    }

    fn constructor(&mut self) -> Result<Token> {
        if !self.constructors {
            return Err(self.error(Problem::Constructor));
        }
        self.word("new", Token::Null)?;
        self.skip_blanks();
        let mut name = String::new();
        while let Some(letter) = self.peek().filter(|letter| letter.is_alphanumeric()) {
            self.bump();
            name.push(letter);
        }
        self.skip_blanks();
        if !self.take('(') {
            return Err(self.error(Problem::Constructor));
        }
        let arguments = self.list(Place::Constructor(None))?;
        Ok(Token::Constructor(name, arguments))
    }

    /// Reads one of JSON's words, after which a value must end.
    fn word(&mut self, word: &'static str, token: Token) -> Result<Token> {
        for wanted in word.chars() {
            if !self.take(wanted) {
                return Err(self.error(Problem::Word(word)));
            }
        }
        let ends = match self.peek() {
            None | Some(',' | ']' | '}' | '\0') => true,
            Some(')') => matches!(self.places.last(), Some(Place::Constructor(_))),
            Some('/') => self.rest.starts_with("/*") || self.rest.starts_with("//"),
            Some(letter) => letter.is_whitespace(),
        };
        // A constructor's `new` needs a blank after it, which this asks for too.
        ends.then_some(token)
            .ok_or_else(|| self.error(Problem::Word(word)))
    }

    fn number(&mut self) -> Result<Token> {
        let mut text = String::new();
        while let Some(letter) = self.peek().filter(|letter| is_number(*letter)) {
            self.bump();
            text.push(letter);
        }
        match self.peek() {
            None | Some(',' | ']' | '}' | ')' | '/' | '\0') => {}
            Some(letter) if letter.is_whitespace() => {}
            Some(letter) => return Err(self.error(Problem::NumberLetter(letter))),
        }
        number::parse(&text).ok_or_else(|| self.error(Problem::Number(text)))
    }

    fn string_or_date(&mut self) -> Result<Token> {
        let text = self.string()?;
        let date = match self.dates {
            Dates::Keep => None,
            Dates::Parse(zone) => date::parse(&text, zone),
        };
        Ok(match date {
            Some(date) => Token::Date { text, date },
            None => Token::String(text),
        })
    }

    fn string(&mut self) -> Result<String> {
        let quote = self.bump();
        let mut text = String::new();
        loop {
            match self.bump() {
                None => {
                    let wanted = if quote == Some('\'') { "'" } else { "\"" };
                    return Err(self.error(Problem::Unclosed {
                        container: "string",
                        wanted,
                    }));
                }
                letter if letter == quote => return Ok(text),
                Some('\\') => self.escape(&mut text)?,
                Some(letter) => text.push(letter),
            }
        }
    }

    /// Reads what stands after a backslash.
    fn escape(&mut self, text: &mut String) -> Result<()> {
        let letter = match self.bump() {
            Some('b') => '\u{8}',
            Some('t') => '\t',
            Some('n') => '\n',
            Some('f') => '\u{C}',
            Some('r') => '\r',
            Some(letter @ ('\\' | '"' | '\'' | '/')) => letter,
            Some('u') => return self.utf16(text),
            Some(letter) => return Err(self.error(Problem::Escape(format!("\\{letter}")))),
            // The string reports its own end.
            None => return Ok(()),
        };
        text.push(letter);
        Ok(())
    }

    /// Reads what stands after `\u`, and the other half of the letter; a half alone becomes U+FFFD.
    fn utf16(&mut self, text: &mut String) -> Result<()> {
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

    fn utf16_unit(&mut self) -> Result<u16> {
        let digits: String = self.rest.chars().take(4).collect();
        let unit = u16::from_str_radix(&digits, 16);
        match unit {
            Ok(unit) if digits.len() == 4 && !digits.starts_with('+') => {
                for _ in 0..4 {
                    self.bump();
                }
                Ok(unit)
            }
            _ => Err(self.error(Problem::Escape(format!("\\u{digits}")))),
        }
    }

    /// Skips blanks and comments.
    fn skip(&mut self) -> Result<()> {
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
                            return Err(self.error(Problem::Unclosed {
                                container: "comment",
                                wanted: "*/",
                            }));
                        }
                    }
                    self.bump();
                    self.bump();
                }
                _ => return Err(self.error(Problem::Comment)),
            }
        }
    }

    /// Skips blanks, among which the host counts NUL.
    fn skip_blanks(&mut self) {
        while self
            .peek()
            .is_some_and(|letter| letter.is_whitespace() || letter == '\0')
        {
            self.bump();
        }
    }

    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn take(&mut self, letter: char) -> bool {
        let found = self.peek() == Some(letter);
        if found {
            self.bump();
        }
        found
    }

    fn bump(&mut self) -> Option<char> {
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

    /// Begins a container.
    fn enter(&mut self, place: Place) -> Result<()> {
        self.count();
        self.places.push(place);
        if self.places.len() > MAX_DEPTH {
            return Err(self.error(Problem::Depth));
        }
        Ok(())
    }

    /// Notes that the innermost container has one more value.
    fn count(&mut self) {
        if let Some(place) = self.places.last_mut() {
            place.count();
        }
    }

    fn wrong_bracket(&mut self, bracket: char) -> Error {
        let wanted = self.places.last().map(Place::bracket);
        let Some(wanted) = wanted else {
            return self.error(Problem::Value(bracket));
        };
        self.bump();
        let container = match bracket {
            ']' => "array",
            ')' => "argument list",
            _ => "object",
        };
        self.error(Problem::Bracket {
            bracket,
            container,
            wanted,
        })
    }

    fn unclosed(&self) -> Error {
        let (container, wanted) = match self.places.last() {
            Some(Place::Object(_)) => ("object", "}"),
            Some(Place::Constructor(_)) => ("argument list", ")"),
            _ => ("array", "]"),
        };
        self.error(Problem::Unclosed { container, wanted })
    }

    fn error(&self, problem: Problem) -> Error {
        Error {
            problem,
            path: Place::path(&self.places),
            line: self.line,
            column: self.position + 1,
        }
    }
}

/// The letters of a property name without quotes.
fn is_name(letter: char) -> bool {
    letter.is_alphanumeric() || matches!(letter, '_' | '$')
}

/// The letters of a number of any base.
fn is_number(letter: char) -> bool {
    letter.is_ascii_hexdigit() || matches!(letter, '-' | '+' | '.' | 'x' | 'X' | 'p' | 'P')
}
