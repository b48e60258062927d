//! The reader: one pass over the text, one call deep for each array and object.

use std::collections::{HashMap, hash_map::Entry};

use super::{
    Dates, MAX_DEPTH, date,
    error::{Error, Problem},
    place::Place,
    scanner::Scanner,
    token::Token,
};

type Result<T, E = Error> = std::result::Result<T, E>;

pub(super) struct Reader<'t> {
    scanner: Scanner<'t>,
    dates: Dates<'t>,
    constructors: bool,
    places: Vec<Place>,
}

impl<'t> Reader<'t> {
    pub(super) fn new(text: &'t str, dates: Dates<'t>) -> Self {
        Self {
            scanner: Scanner::new(text),
            dates,
            constructors: true,
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
        if self.scanner.peek().is_none() {
            return Err(self.error(Problem::Empty));
        }
        let token = self.value()?;
        self.skip()?;
        match self.scanner.peek() {
            Some(letter) => Err(self.error(Problem::AfterEnd(letter))),
            None => Ok(token),
        }
    }

    fn value(&mut self) -> Result<Token> {
        let Some(letter) = self.scanner.peek() else {
            return Err(self.unclosed());
        };
        let token = match letter {
            '{' => return self.object(),
            '[' => {
                self.scanner.bump();
                return Ok(Token::Array(self.list(Place::Array(None))?));
            }
            'n' if self.scanner.starts_with("ne") => return self.constructor(),
            '"' | '\'' => self.string_or_date()?,
            't' => self.word("true", Token::Bool(true))?,
            'f' => self.word("false", Token::Bool(false))?,
            'n' => self.word("null", Token::Null)?,
            'u' => self.word("undefined", Token::Undefined)?,
            'N' => self.word("NaN", Token::Float(f64::NAN))?,
            'I' => self.word("Infinity", Token::Float(f64::INFINITY))?,
            '-' if self.scanner.starts_with("-I") => {
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
        self.scanner.bump();
        self.enter(Place::Object(None))?;
        let mut members: Vec<(String, Token)> = Vec::new();
        let mut known = HashMap::new();
        loop {
            self.skip()?;
            if self.scanner.take('}') {
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
            if self.scanner.take(close) {
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
        match self.scanner.peek() {
            Some(',') => {
                self.scanner.bump();
                Ok(true)
            }
            Some(letter) if letter == close => {
                self.scanner.bump();
                Ok(false)
            }
            Some(letter @ (']' | '}' | ')')) => Err(self.wrong_bracket(letter)),
            Some(letter) => Err(self.error(Problem::AfterValue(letter))),
            None => Err(self.unclosed()),
        }
    }

    fn property_name(&mut self) -> Result<String> {
        let name = match self.scanner.peek() {
            None => return Err(self.unclosed()),
            Some('"' | '\'') => self.string()?,
            Some(letter) if is_name(letter) => self.bare_name()?,
            Some(letter) => return Err(self.error(Problem::Name(letter))),
        };
        self.scanner.skip_blanks();
        match self.scanner.peek() {
            Some(':') => {
                self.scanner.bump();
                Ok(name)
            }
            Some(letter) => Err(self.error(Problem::Colon(letter))),
            None => Err(self.unclosed()),
        }
    }

    fn bare_name(&mut self) -> Result<String> {
        let mut name = String::new();
        loop {
            match self.scanner.peek() {
                Some(letter) if is_name(letter) => {
                    self.scanner.bump();
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
        self.scanner.skip_blanks();
        let mut name = String::new();
        while let Some(letter) = self
            .scanner
            .peek()
            .filter(|letter| letter.is_alphanumeric())
        {
            self.scanner.bump();
            name.push(letter);
        }
        self.scanner.skip_blanks();
        if !self.scanner.take('(') {
            return Err(self.error(Problem::Constructor));
        }
        let arguments = self.list(Place::Constructor(None))?;
        Ok(Token::Constructor(name, arguments))
    }

    /// Reads one of JSON's words.
    fn word(&mut self, word: &'static str, token: Token) -> Result<Token> {
        let call = matches!(self.places.last(), Some(Place::Constructor(_)));
        let read = self.scanner.word(word, call);
        self.located(read)?;
        Ok(token)
    }

    fn number(&mut self) -> Result<Token> {
        let number = self.scanner.number();
        self.located(number)
    }

    fn string(&mut self) -> Result<String> {
        let text = self.scanner.string();
        self.located(text)
    }

    fn skip(&mut self) -> Result<()> {
        let skipped = self.scanner.skip();
        self.located(skipped)
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
        self.scanner.bump();
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

    /// Says where a problem is.
    fn located<T>(&self, result: Result<T, Problem>) -> Result<T> {
        result.map_err(|problem| self.error(problem))
    }

    fn error(&self, problem: Problem) -> Error {
        let (line, column) = self.scanner.place();
        Error {
            problem,
            path: Place::path(&self.places),
            line,
            column,
        }
    }
}

/// The letters of a property name without quotes.
fn is_name(letter: char) -> bool {
    letter.is_alphanumeric() || matches!(letter, '_' | '$')
}
