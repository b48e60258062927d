//! Macros of the sources, expanded: so that what a `macro_rules!` writes is read like what a person writes.
//!
//! This knows as much of `macro_rules!` as such macros need. One that it does not understand is left alone, and what it would
//! have written stays unseen.

use std::{collections::BTreeMap, slice};

use proc_macro2::{Group, Ident, TokenStream, TokenTree};
use syn::{
    Expr, ImplItem, Item, Macro,
    parse::{Parse, ParseStream, Parser},
};

use super::{
    names::{Key, Names},
    source::Module,
};

/// How deep a macro may lead to a macro.
const DEPTH: usize = 8;

/// Expands the macros that stand for items, and those that are the value of a constant.
pub(super) fn expand(modules: &mut [Module], names: &Names) {
    let macros = Macros::of(modules, names);
    for module in modules {
        let path = module.path.clone();
        let mut items = Vec::new();
        for item in module.items.drain(..) {
            macros.item(&path, item, DEPTH, &mut items);
        }
        for item in &mut items {
            match item {
                Item::Const(item) => macros.value(&path, &mut item.expr),
                Item::Impl(block) => {
                    for item in &mut block.items {
                        if let ImplItem::Const(item) = item {
                            macros.value(&path, &mut item.expr);
                        }
                    }
                }
                _ => {}
            }
        }
        module.items = items;
    }
}

struct Macros<'a> {
    names: &'a Names,
    rules: BTreeMap<Key, Vec<Rule>>,
}

/// What to look for, and what to write instead.
struct Rule {
    pattern: Vec<TokenTree>,
    body: Vec<TokenTree>,
}

/// What a name of the pattern stands for: tokens, or one of these for each repetition.
#[derive(Clone)]
enum Found {
    One(Vec<TokenTree>),
    Many(Vec<Bindings>),
}

type Bindings = BTreeMap<String, Found>;

impl<'a> Macros<'a> {
    fn of(modules: &[Module], names: &'a Names) -> Self {
        let mut rules = BTreeMap::new();
        for module in modules {
            for item in &module.items {
                if let Item::Macro(item) = item
                    && let Some(name) = &item.ident
                {
                    let key = (module.path.clone(), name.to_string());
                    rules.insert(key, read_rules(&tokens(&item.mac.tokens)));
                }
            }
        }
        Self { names, rules }
    }

    fn item(&self, module: &[String], item: Item, depth: usize, items: &mut Vec<Item>) {
        if let Item::Macro(call) = &item
            && call.ident.is_none()
            && let Some(depth) = depth.checked_sub(1)
            && let Some(expanded) = self.call(module, &call.mac)
            && let Ok(file) = syn::parse2::<syn::File>(expanded)
        {
            for item in file.items {
                self.item(module, item, depth, items);
            }
            return;
        }
        items.push(item);
    }

    fn value(&self, module: &[String], value: &mut Expr) {
        match value {
            Expr::Reference(inner) => self.value(module, &mut inner.expr),
            Expr::Macro(call) => {
                if let Some(expanded) = self.call(module, &call.mac)
                    && let Ok(expanded) = syn::parse2(expanded)
                {
                    *value = expanded;
                }
            }
            _ => {}
        }
    }

    /// What a call becomes, if it is of one of these macros and fits one of its rules.
    fn call(&self, module: &[String], call: &Macro) -> Option<TokenStream> {
        let path = call.path.segments.iter();
        let path: Vec<String> = path.map(|segment| segment.ident.to_string()).collect();
        let rules = self.rules.get(&self.names.find(module, &path)?)?;
        let input = tokens(&call.tokens);
        rules.iter().find_map(|rule| {
            let mut found = Bindings::new();
            let rest = fit(&rule.pattern, &input, &mut found)?;
            rest.is_empty().then(|| write(&rule.body, &found))?
        })
    }
}

fn tokens(stream: &TokenStream) -> Vec<TokenTree> {
    stream.clone().into_iter().collect()
}

/// `(pattern) => {body}; …`
fn read_rules(tokens: &[TokenTree]) -> Vec<Rule> {
    let groups: Vec<&Group> = tokens
        .iter()
        .filter_map(|token| match token {
            TokenTree::Group(group) => Some(group),
            _ => None,
        })
        .collect();
    let pairs = groups.chunks_exact(2).filter_map(|pair| match pair {
        [pattern, body] => Some(Rule {
            pattern: self::tokens(&pattern.stream()),
            body: self::tokens(&body.stream()),
        }),
        _ => None,
    });
    pairs.collect()
}

/// A part of a pattern or of a body.
enum Part<'a> {
    /// `$name`, in a pattern with `:kind`.
    Name(&'a Ident, Option<&'a Ident>),
    /// `$(…)` with a separator and whether it may be there once at most.
    Repeat(Vec<TokenTree>, Option<&'a TokenTree>, bool),
    Group(&'a Group),
    Token(&'a TokenTree),
}

/// The first part of a pattern, and what follows it.
fn part_of_pattern(tokens: &[TokenTree]) -> Option<(Part<'_>, &[TokenTree])> {
    match tokens {
        [
            dollar,
            TokenTree::Ident(name),
            colon,
            TokenTree::Ident(kind),
            rest @ ..,
        ] if is(dollar, '$') && is(colon, ':') => Some((Part::Name(name, Some(kind)), rest)),
        _ => part(tokens),
    }
}

/// The first part of a body, and what follows it.
fn part(tokens: &[TokenTree]) -> Option<(Part<'_>, &[TokenTree])> {
    let (first, rest) = tokens.split_first()?;
    if !is(first, '$') {
        return Some(match first {
            TokenTree::Group(group) => (Part::Group(group), rest),
            _ => (Part::Token(first), rest),
        });
    }
    match rest {
        [TokenTree::Ident(name), rest @ ..] => Some((Part::Name(name, None), rest)),
        [TokenTree::Group(group), rest @ ..] => {
            let repeated = tokens_of(group);
            match rest {
                [operator, rest @ ..] if is_operator(operator) => {
                    Some((Part::Repeat(repeated, None, is(operator, '?')), rest))
                }
                [separator, operator, rest @ ..] if is_operator(operator) => {
                    Some((Part::Repeat(repeated, Some(separator), false), rest))
                }
                _ => None,
            }
        }
        _ => None,
    }
}

fn tokens_of(group: &Group) -> Vec<TokenTree> {
    tokens(&group.stream())
}

fn is(token: &TokenTree, punctuation: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == punctuation)
}

fn is_operator(token: &TokenTree) -> bool {
    ['*', '+', '?'].iter().any(|operator| is(token, *operator))
}

/// Fits `input` to a pattern, and gives what is left of it.
fn fit<'a>(
    pattern: &[TokenTree],
    input: &'a [TokenTree],
    found: &mut Bindings,
) -> Option<&'a [TokenTree]> {
    let Some((first, rest)) = part_of_pattern(pattern) else {
        return pattern.is_empty().then_some(input);
    };
    let input = match first {
        Part::Name(name, kind) => {
            let length = length(&kind?.to_string(), input)?;
            let (taken, left) = input.split_at_checked(length)?;
            found.insert(name.to_string(), Found::One(taken.to_vec()));
            left
        }
        Part::Repeat(repeated, separator, optional) => {
            let mut left = input;
            let mut all = Vec::new();
            loop {
                let mut next = left;
                if let Some(separator) = separator
                    && !all.is_empty()
                {
                    match fit(slice::from_ref(separator), next, found) {
                        Some(after) => next = after,
                        None => break,
                    }
                }
                let mut one = Bindings::new();
                match fit(&repeated, next, &mut one) {
                    Some(after) if after.len() < left.len() => left = after,
                    _ => break,
                }
                all.push(one);
                if optional {
                    break;
                }
            }
            for name in named(&repeated) {
                found.insert(name, Found::Many(all.clone()));
            }
            left
        }
        Part::Group(wanted) => match input.split_first()? {
            (TokenTree::Group(group), left) if group.delimiter() == wanted.delimiter() => {
                let inner = tokens_of(group);
                let rest = fit(&tokens_of(wanted), &inner, found)?;
                rest.is_empty().then_some(left)?
            }
            _ => return None,
        },
        Part::Token(wanted) => match input.split_first()? {
            (token, left) if token.to_string() == wanted.to_string() => left,
            _ => return None,
        },
    };
    fit(rest, input, found)
}

/// The names in a pattern or a body.
fn named(pattern: &[TokenTree]) -> Vec<String> {
    let mut names = Vec::new();
    let mut rest = pattern;
    while let Some((part, left)) = part(rest) {
        match part {
            Part::Name(name, _) => names.push(name.to_string()),
            Part::Repeat(inner, ..) => names.extend(named(&inner)),
            Part::Group(group) => names.extend(named(&tokens_of(group))),
            Part::Token(_) => {}
        }
        rest = left;
    }
    names
}

/// How many tokens at the start of `input` are of this kind.
fn length(kind: &str, input: &[TokenTree]) -> Option<usize> {
    match (kind, input.first()?) {
        ("tt", _) | ("ident", TokenTree::Ident(_)) | ("literal", TokenTree::Literal(_)) => Some(1),
        ("ty", _) => parsed::<syn::Type>(input),
        ("expr", _) => parsed::<Expr>(input),
        ("path", _) => parsed::<syn::Path>(input),
        ("block", _) => parsed::<syn::Block>(input),
        _ => None,
    }
}

/// How many tokens at the start of `input` are a `T`.
fn parsed<T: Parse>(input: &[TokenTree]) -> Option<usize> {
    let rest = |stream: ParseStream<'_>| {
        stream.parse::<T>()?;
        stream.parse::<TokenStream>()
    };
    let rest = rest.parse2(input.iter().cloned().collect()).ok()?;
    input.len().checked_sub(rest.into_iter().count())
}

/// Writes a body.
fn write(body: &[TokenTree], found: &Bindings) -> Option<TokenStream> {
    let mut written = TokenStream::new();
    let mut rest = body;
    while let Some((part, left)) = part(rest) {
        match part {
            Part::Name(name, None) if name == "crate" => {
                written.extend([TokenTree::Ident(name.clone())]);
            }
            Part::Name(name, _) => match found.get(&name.to_string())? {
                Found::One(tokens) => written.extend(tokens.iter().cloned()),
                Found::Many(_) => return None,
            },
            Part::Repeat(repeated, separator, _) => {
                let repetitions =
                    named(&repeated)
                        .iter()
                        .find_map(|name| match found.get(name) {
                            Some(Found::Many(all)) => Some(all),
                            _ => None,
                        })?;
                for (at, one) in repetitions.iter().enumerate() {
                    if at > 0 {
                        written.extend(separator.cloned());
                    }
                    let mut all = found.clone();
                    all.extend(one.clone());
                    written.extend(write(&repeated, &all)?);
                }
            }
            Part::Group(group) => {
                let mut new = Group::new(group.delimiter(), write(&tokens_of(group), found)?);
                new.set_span(group.span());
                written.extend([TokenTree::Group(new)]);
            }
            Part::Token(token) => written.extend([token.clone()]),
        }
        rest = left;
    }
    rest.is_empty().then_some(written)
}
