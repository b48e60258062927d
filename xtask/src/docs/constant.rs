//! The value of a constant expression: strings, lists, properties and rules.

use std::collections::BTreeMap;

use syn::{
    Expr, ExprCall, ExprMethodCall, ExprPath, Ident, Item, Lit, punctuated::Punctuated,
    spanned::Spanned, token::Comma,
};

use super::{
    names::{Key, Names},
    property::{Kind, Property, Rule},
    source::Module,
};

/// An expression, and the module that its names belong to.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) module: &'a Module,
    pub(super) value: &'a Expr,
}

impl<'a> Place<'a> {
    fn at(self, value: &'a Expr) -> Self {
        Self { value, ..self }
    }

    fn error(self, message: &str) -> anyhow::Error {
        self.module.error(self.value.span(), message)
    }
}

/// The constants of all modules, and those of the `impl Binding` blocks.
pub(super) struct Constants<'a> {
    names: &'a Names,
    free: BTreeMap<Key, Place<'a>>,
    associated: BTreeMap<(Key, String), Place<'a>>,
}

impl<'a> Constants<'a> {
    /// Collects the constants of the modules.
    pub(super) fn of(modules: &'a [Module], names: &'a Names) -> Self {
        let mut free = BTreeMap::new();
        for module in modules {
            for item in &module.items {
                if let Item::Const(item) = item {
                    let key = (module.path.clone(), item.ident.to_string());
                    let value = &item.expr;
                    free.insert(key, Place { module, value });
                }
            }
        }
        Self {
            names,
            free,
            associated: BTreeMap::new(),
        }
    }

    /// Adds a constant of the `impl Binding` block of `owner`.
    pub(super) fn associate(&mut self, owner: Key, name: &Ident, place: Place<'a>) {
        self.associated.insert((owner, name.to_string()), place);
    }

    /// The constant `name` of the `impl Binding` block of `owner`.
    pub(super) fn of_binding(&self, owner: &Key, name: &str) -> Option<Place<'a>> {
        self.associated
            .get(&(owner.clone(), name.to_owned()))
            .copied()
    }

    pub(super) fn text(&self, place: Place<'a>) -> anyhow::Result<String> {
        let place = self.resolve(place)?;
        match place.value {
            Expr::Lit(literal) => match &literal.lit {
                Lit::Str(text) => Ok(text.value()),
                _ => Err(place.error("expected a string")),
            },
            _ => Err(place.error("expected a string, or the name of a constant that is one")),
        }
    }

    pub(super) fn flag(&self, place: Place<'a>) -> anyhow::Result<bool> {
        let place = self.resolve(place)?;
        match place.value {
            Expr::Lit(literal) => match &literal.lit {
                Lit::Bool(flag) => Ok(flag.value),
                _ => Err(place.error("expected `true` or `false`")),
            },
            _ => Err(place.error("expected `true` or `false`")),
        }
    }

    pub(super) fn optional_text(&self, place: Place<'a>) -> anyhow::Result<Option<String>> {
        match place.value {
            Expr::Path(path) if path.path.is_ident("None") => Ok(None),
            Expr::Call(call) if last(&call.func).is_some_and(|name| name == "Some") => {
                let value = single(place, &call.args)?;
                self.text(value).map(Some)
            }
            _ => Err(place.error("expected `None` or `Some` of a string")),
        }
    }

    pub(super) fn properties(&self, place: Place<'a>) -> anyhow::Result<Vec<Property>> {
        self.list(place, Self::property)
    }

    pub(super) fn rules(&self, place: Place<'a>) -> anyhow::Result<Vec<Rule>> {
        self.list(place, Self::rule)
    }

    fn texts(&self, place: Place<'a>) -> anyhow::Result<Vec<String>> {
        self.list(place, Self::text)
    }

    fn list<T>(
        &self,
        place: Place<'a>,
        read: fn(&Self, Place<'a>) -> anyhow::Result<T>,
    ) -> anyhow::Result<Vec<T>> {
        let place = self.resolve(place)?;
        match place.value {
            Expr::Array(array) => array
                .elems
                .iter()
                .map(|element| read(self, place.at(element)))
                .collect(),
            _ => Err(place.error("expected `&[…]`, or the name of a constant that is a list")),
        }
    }

    /// `Property::kind("name")` or the name of a constant, with any number of methods behind it.
    fn property(&self, place: Place<'a>) -> anyhow::Result<Property> {
        let place = self.resolve(place)?;
        match place.value {
            Expr::MethodCall(call) => {
                let property = self.property(place.at(&call.receiver))?;
                self.refine(place, call, property)
            }
            Expr::Call(call) => {
                let name = constructor(place, call, "Property")?;
                let kind = match name.to_string().as_str() {
                    "string" => Kind::Text,
                    "boolean" => Kind::Flag,
                    "integer" => Kind::Integer,
                    "strings" => Kind::List,
                    other => {
                        return Err(
                            place.error(&format!("`Property::{other}` is no kind of property"))
                        );
                    }
                };
                let name = self.text(single(place, &call.args)?)?;
                Ok(Property::new(name, kind))
            }
            _ => Err(place.error(
                "expected `Property::kind(\"name\")` or the name of a constant that is one, with methods behind it",
            )),
        }
    }

    fn refine(
        &self,
        place: Place<'a>,
        call: &'a ExprMethodCall,
        property: Property,
    ) -> anyhow::Result<Property> {
        let argument = || single(place, &call.args);
        Ok(match call.method.to_string().as_str() {
            "required" => Property {
                required: true,
                ..property
            },
            "one_of" => Property {
                values: self.texts(argument()?)?,
                ..property
            },
            "default" => Property {
                default: Some(self.text(argument()?)?),
                ..property
            },
            "old" => Property {
                old: self.texts(argument()?)?,
                ..property
            },
            "doc" => Property {
                doc: self.text(argument()?)?,
                ..property
            },
            // These say nothing that the tables show.
            "wire" | "syntax" | "refuse" => property,
            other => {
                let message = format!(
                    "`cargo xtask docs` does not know `Property::{other}`; teach it in `xtask/src/docs/constant.rs`"
                );
                return Err(place.module.error(call.method.span(), &message));
            }
        })
    }

    fn rule(&self, place: Place<'a>) -> anyhow::Result<Rule> {
        let place = self.resolve(place)?;
        let Expr::Call(call) = place.value else {
            return Err(place.error("expected `Rule::kind(&[…])`"));
        };
        let kind = constructor(place, call, "Rule")?.to_string();
        let names = self.texts(single(place, &call.args)?)?;
        match kind.as_str() {
            "exactly_one_of" => Ok(Rule::ExactlyOneOf(names)),
            "at_most_one_of" => Ok(Rule::AtMostOneOf(names)),
            "together" => Ok(Rule::Together(names)),
            other => {
                let message = format!(
                    "`cargo xtask docs` does not know `Rule::{other}`; teach it in `xtask/src/docs/constant.rs`"
                );
                Err(place.error(&message))
            }
        }
    }

    /// Goes through parentheses, `&` and the names of constants.
    fn resolve(&self, place: Place<'a>) -> anyhow::Result<Place<'a>> {
        let mut place = place;
        // A constant that is defined by itself does not compile, but this should end all the same.
        for _ in 0..16 {
            place = match place.value {
                Expr::Reference(inner) => place.at(&inner.expr),
                Expr::Paren(inner) => place.at(&inner.expr),
                Expr::Group(inner) => place.at(&inner.expr),
                Expr::Path(path) => self.constant(place, path)?,
                _ => return Ok(place),
            };
        }
        Err(place.error("the constant leads to too many others"))
    }

    fn constant(&self, place: Place<'a>, path: &ExprPath) -> anyhow::Result<Place<'a>> {
        let path: Vec<String> = path
            .path
            .segments
            .iter()
            .map(|segment| segment.ident.to_string())
            .collect();
        let module = place.module.path.as_slice();
        let free = || self.free.get(&self.names.find(module, &path)?);
        let associated = || {
            let (name, owner) = path.split_last()?;
            let owner = self.names.find(module, owner)?;
            self.associated.get(&(owner, name.clone()))
        };
        free().or_else(associated).copied().ok_or_else(|| {
            let path = path.join("::");
            place.error(&format!(
                "`{path}` is no constant of this module, its parents or its imports"
            ))
        })
    }
}

/// The only argument of a call.
fn single<'a>(
    place: Place<'a>,
    arguments: &'a Punctuated<Expr, Comma>,
) -> anyhow::Result<Place<'a>> {
    match arguments.first() {
        Some(argument) if arguments.len() == 1 => Ok(place.at(argument)),
        _ => Err(place.error("expected one argument")),
    }
}

/// The function of `owner` that is called.
fn constructor<'a>(place: Place<'a>, call: &'a ExprCall, owner: &str) -> anyhow::Result<&'a Ident> {
    let Expr::Path(path) = &*call.func else {
        return Err(place.error(&format!("expected `{owner}::…`")));
    };
    let mut segments = path.path.segments.iter().rev();
    match (segments.next(), segments.next()) {
        (Some(name), Some(of)) if of.ident == owner => Ok(&name.ident),
        _ => Err(place.error(&format!(
            "expected `{owner}::…`; `cargo xtask docs` cannot call a function"
        ))),
    }
}

fn last(function: &Expr) -> Option<&Ident> {
    match function {
        Expr::Path(path) => Some(&path.path.segments.last()?.ident),
        _ => None,
    }
}
