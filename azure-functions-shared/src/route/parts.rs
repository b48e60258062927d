//! The parts of a route template, as they are written.

use super::{
    RouteError,
    constraint::Constraints,
    scan::{byte, slice, starts_with},
};

/// One part of a template, as it is written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Part<'a> {
    /// The `/` between two segments.
    Separator,
    /// Text that must be there; `{{` and `}}` stand for single braces.
    Literal(&'a str),
    /// A parameter between braces.
    Parameter(Parameter<'a>),
}

/// A parameter of a template; within its texts `{{` and `}}` stand for single braces.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Parameter<'a> {
    /// The name under which the value comes.
    pub name: &'a str,
    /// The value that stands in for an absent one.
    pub default: Option<&'a str>,
    /// Whether the value may be absent: `{name?}`.
    pub optional: bool,
    /// Whether the value takes the rest of the path: `{*name}` or `{**name}`.
    pub catch_all: bool,
    constraints: Constraints<'a>,
}

impl<'a> Parameter<'a> {
    /// The constraints in their order.
    pub const fn constraints(self) -> Constraints<'a> {
        self.constraints
    }

    const fn parse(text: &'a str) -> Result<Self, RouteError> {
        let bytes = text.as_bytes();
        let catch_all = starts_with(bytes, 0, b"*");
        let start = if starts_with(bytes, 0, b"**") {
            2
        } else if catch_all {
            1
        } else {
            0
        };
        let optional = !bytes.is_empty() && byte(bytes, bytes.len() - 1) == b'?';
        let end = if optional {
            bytes.len() - 1
        } else {
            bytes.len()
        };
        if start >= end {
            return Err(RouteError::ParameterName);
        }
        // A delimiter in the first place belongs to the name.
        let mut name_end = start + 1;
        while name_end < end && !matches!(byte(bytes, name_end), b':' | b'=') {
            name_end += 1;
        }
        let name = slice(text, start, name_end);
        let constraints = Constraints::new(slice(text, name_end, end));
        let default = constraints.default();
        if catch_all && optional {
            return Err(RouteError::CatchAllOptional);
        }
        if optional && default.is_some() {
            return Err(RouteError::OptionalDefault);
        }
        Ok(Self {
            name,
            default,
            optional,
            catch_all,
            constraints,
        })
    }
}

/// The parts of a template, one after the other.
#[derive(Clone, Copy, Debug)]
pub struct Parts<'a> {
    template: &'a str,
    pub(super) at: usize,
}

impl<'a> Parts<'a> {
    /// The parts of `template`, which has no leading `/`.
    pub const fn new(template: &'a str) -> Self {
        Self { template, at: 0 }
    }

    /// The next part, or `None` at the end.
    ///
    /// # Errors
    ///
    /// What is wrong with the part. The rules between parts are those of [`check_template`](super::check_template).
    pub const fn next(&mut self) -> Result<Option<Part<'a>>, RouteError> {
        let bytes = self.template.as_bytes();
        let start = self.at;
        if start >= bytes.len() {
            return Ok(None);
        }
        if byte(bytes, start) == b'/' {
            if start == 0 || byte(bytes, start - 1) == b'/' {
                return Err(RouteError::EmptySegment);
            }
            self.at += 1;
            return Ok(Some(Part::Separator));
        }
        let is_parameter = byte(bytes, start) == b'{' && !starts_with(bytes, start, b"{{");
        let end = if is_parameter {
            parameter_end(bytes, start)
        } else {
            literal_end(bytes, start)
        };
        self.at = match end {
            Ok(end) => end,
            Err(error) => return Err(error),
        };
        if is_parameter {
            match Parameter::parse(slice(self.template, start + 1, self.at - 1)) {
                Ok(parameter) => Ok(Some(Part::Parameter(parameter))),
                Err(error) => Err(error),
            }
        } else {
            Ok(Some(Part::Literal(slice(self.template, start, self.at))))
        }
    }
}

/// Where the literal that starts at `start` ends.
const fn literal_end(bytes: &[u8], start: usize) -> Result<usize, RouteError> {
    let mut at = start;
    while at < bytes.len() {
        match byte(bytes, at) {
            b'/' => break,
            b'?' => return Err(RouteError::QuestionMark),
            b'{' if starts_with(bytes, at, b"{{") => at += 1,
            b'{' if at + 1 < bytes.len() => break,
            b'}' if starts_with(bytes, at, b"}}") => at += 1,
            b'{' | b'}' => return Err(RouteError::UnbalancedBrace),
            _ => {}
        }
        at += 1;
    }
    Ok(at)
}

/// Where the parameter that starts at `start` ends: behind its closing brace.
const fn parameter_end(bytes: &[u8], start: usize) -> Result<usize, RouteError> {
    let mut at = start + 1;
    while at < bytes.len() {
        match byte(bytes, at) {
            b'{' if starts_with(bytes, at, b"{{") => at += 1,
            b'{' if at + 1 < bytes.len() => return Err(RouteError::UnescapedBrace),
            b'}' if starts_with(bytes, at, b"}}") => at += 1,
            b'}' => return Ok(at + 1),
            _ => {}
        }
        at += 1;
    }
    Err(RouteError::UnbalancedBrace)
}

#[cfg(test)]
mod tests {
    use super::{Part, Parts};

    #[test]
    fn parameters() {
        for (template, constraints, default) in [
            ("{a}", "", None),
            ("{a:int=5}", "int", Some("5")),
            ("{a=5:int}", "", Some("5:int")),
            ("{a:int:min(5)}", "int min(5)", None),
            ("{a:regex(x:y=z)=w}", "regex(x:y=z)", Some("w")),
            ("{a:regex((a|b)):int}", "regex((a|b)) int", None),
            ("{:a=}", "", Some("")),
        ] {
            let Ok(Some(Part::Parameter(parameter))) = Parts::new(template).next() else {
                panic!("{template} is no parameter");
            };
            let mut found = Vec::new();
            let mut rest = parameter.constraints();
            while let Some(constraint) = rest.next() {
                found.push(match constraint.argument {
                    Some(argument) => format!("{}({argument})", constraint.name),
                    None => constraint.name.to_owned(),
                });
            }
            assert_eq!(found.join(" "), constraints, "{template}");
            assert_eq!(parameter.default, default, "{template}");
        }
    }
}
