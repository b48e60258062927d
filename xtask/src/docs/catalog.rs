//! All bindings, and the Rust types that stand for them.

use std::collections::BTreeMap;

use syn::{
    GenericArgument, ImplItem, Item, ItemImpl, PathArguments, PathSegment, Type, Visibility,
    spanned::Spanned,
};

use super::{
    constant::{Constants, Place},
    names::{Key, Names},
    property::{Property, Rule},
    source::{self, Module},
};

/// What is known of the bindings.
#[derive(Debug)]
pub(super) struct Catalog {
    /// By the type that implements `Binding`.
    pub(super) bindings: BTreeMap<Key, Binding>,
    /// In the order of the sources.
    pub(super) uses: Vec<Use>,
    /// The public types of the modules.
    pub(super) types: Vec<PublicType>,
}

/// What a binding declares.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Binding {
    pub(super) wire_type: String,
    pub(super) properties: Vec<Property>,
    pub(super) open: bool,
    pub(super) only_with: Option<String>,
    pub(super) rules: Vec<Rule>,
    pub(super) retries: bool,
    /// Whether its value goes back to the trigger.
    pub(super) returned: bool,
}

/// A Rust type that stands for a binding.
#[derive(Debug)]
pub(super) struct Use {
    pub(super) subject: Subject,
    pub(super) direction: Direction,
    /// The key of the binding.
    pub(super) binding: Key,
    /// The feature without which it is not there.
    pub(super) feature: Option<String>,
    /// Whether a `Vec` of the type does too.
    pub(super) many: bool,
    /// Whether a `Vec` of the type does, and the type itself does not.
    pub(super) only_many: bool,
    /// Whether the type can be taken by `&mut`.
    pub(super) update: bool,
}

/// The type of an `impl`: one of these modules, or another by its name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Subject {
    pub(super) name: String,
    pub(super) defined: Option<Key>,
}

/// Where the values of a binding go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Direction {
    Trigger,
    In,
    Out,
}

/// A public type, with the lines of its doc comment.
#[derive(Debug)]
pub(super) struct PublicType {
    pub(super) key: Key,
    pub(super) file: String,
    pub(super) line: usize,
    pub(super) doc: Vec<DocLine>,
}

/// A line of a doc comment.
#[derive(Debug)]
pub(super) struct DocLine {
    pub(super) line: usize,
    pub(super) text: String,
}

impl Catalog {
    /// Reads the modules.
    pub(super) fn read(modules: &[Module], names: &Names) -> anyhow::Result<Self> {
        let mut constants = Constants::of(modules, names);
        let mut found = Vec::new();
        for (module, block) in impls(modules, "Binding") {
            let Some(key) = subject(names, module, &block.self_ty).0.defined else {
                return Err(module.error(
                    block.self_ty.span(),
                    "`Binding` is implemented for a type of another module",
                ));
            };
            for item in &block.items {
                if let ImplItem::Const(item) = item {
                    let value = &item.expr;
                    constants.associate(key.clone(), &item.ident, Place { module, value });
                }
            }
            found.push((key, module, block));
        }
        let mut bindings = BTreeMap::new();
        for (key, module, block) in found {
            let binding = read_binding(&constants, &key)?.ok_or_else(|| {
                module.error(block.span(), "a binding needs `const TYPE: &'static str`")
            })?;
            bindings.insert(key, binding);
        }
        Ok(Self {
            uses: read_uses(modules, names, &bindings)?,
            types: public_types(modules),
            bindings,
        })
    }

    /// The uses of a type, with their bindings.
    pub(super) fn uses_of<'a>(
        &'a self,
        key: &'a Key,
    ) -> impl Iterator<Item = (&'a Use, &'a Binding)> {
        self.uses
            .iter()
            .filter(move |found| found.subject.defined.as_ref() == Some(key))
            .filter_map(|found| Some((found, self.bindings.get(&found.binding)?)))
    }
}

fn read_binding(constants: &Constants<'_>, key: &Key) -> anyhow::Result<Option<Binding>> {
    let constant = |name| constants.of_binding(key, name);
    let Some(wire_type) = constant("TYPE") else {
        return Ok(None);
    };
    let flag = |name| constant(name).map_or(Ok(false), |place| constants.flag(place));
    Ok(Some(Binding {
        wire_type: constants.text(wire_type)?,
        properties: constant("PROPERTIES")
            .map_or(Ok(Vec::new()), |place| constants.properties(place))?,
        open: flag("OPEN")?,
        only_with: constant("ONLY_WITH")
            .map_or(Ok(None), |place| constants.optional_text(place))?,
        rules: constant("RULES").map_or(Ok(Vec::new()), |place| constants.rules(place))?,
        retries: flag("RETRIES")?,
        returned: flag("RETURNED_TO_TRIGGER")?,
    }))
}

fn read_uses(
    modules: &[Module],
    names: &Names,
    bindings: &BTreeMap<Key, Binding>,
) -> anyhow::Result<Vec<Use>> {
    let implementors = |name| -> Vec<Subject> {
        impls(modules, name)
            .map(|(module, block)| subject(names, module, &block.self_ty).0)
            .collect()
    };
    let (batches, elements, updates) = (
        implementors("FromBatch"),
        implementors("IntoElement"),
        implementors("Update"),
    );
    let mut uses: Vec<Use> = Vec::new();
    for (name, direction) in [
        ("FromTrigger", Direction::Trigger),
        ("FromInput", Direction::In),
        ("IntoOutput", Direction::Out),
    ] {
        for (module, block) in impls(modules, name) {
            let binding = named_binding(module, names, block)?;
            if !bindings.contains_key(&binding) {
                let message = format!("`{}` is no `Binding`", binding.1);
                return Err(module.error(block.span(), &message));
            }
            let (subject, vector) = subject(names, module, &block.self_ty);
            let many = match direction {
                Direction::Trigger => batches.contains(&subject),
                Direction::In => false,
                Direction::Out => elements.contains(&subject),
            };
            let update = !vector && direction != Direction::Out && updates.contains(&subject);
            // `Vec<T>` and `T` are one row.
            if let Some(same) = uses.iter_mut().find(|other| {
                other.subject == subject && other.direction == direction && other.binding == binding
            }) {
                same.many |= many || vector;
                same.only_many &= vector;
                same.update |= update;
                continue;
            }
            uses.push(Use {
                subject,
                direction,
                binding,
                feature: module.feature.clone(),
                many: many || vector,
                only_many: vector,
                update,
            });
        }
    }
    Ok(uses)
}

/// All blocks `impl <name> for …`.
fn impls<'a>(
    modules: &'a [Module],
    name: &'a str,
) -> impl Iterator<Item = (&'a Module, &'a ItemImpl)> {
    modules.iter().flat_map(move |module| {
        module.items.iter().filter_map(move |item| match item {
            Item::Impl(block) => {
                let (path, _) = block.trait_.as_ref()?;
                (path.segments.last()?.ident == name).then_some((module, block))
            }
            _ => None,
        })
    })
}

/// What `type Binding = …` names.
fn named_binding(module: &Module, names: &Names, block: &ItemImpl) -> anyhow::Result<Key> {
    let ty = block.items.iter().find_map(|item| match item {
        ImplItem::Type(item) if item.ident == "Binding" => Some(&item.ty),
        _ => None,
    });
    let Some(ty) = ty else {
        return Err(module.error(block.span(), "expected `type Binding = …`"));
    };
    subject(names, module, ty).0.defined.ok_or_else(|| {
        module.error(
            ty.span(),
            "expected a binding of these modules; `cargo xtask docs` cannot follow a generic one",
        )
    })
}

/// What an `impl` is for, and whether that is a `Vec` of it.
fn subject(names: &Names, module: &Module, ty: &Type) -> (Subject, bool) {
    let defined = |ty: &Type| match ty {
        Type::Path(path) => {
            let path = path.path.segments.iter();
            let path: Vec<String> = path.map(|segment| segment.ident.to_string()).collect();
            names.find(&module.path, &path)
        }
        _ => None,
    };
    let inner = element(ty).map(|inner| (inner, defined(inner)));
    if let Some((ty, Some(key))) = inner {
        let name = shown(ty);
        let defined = Some(key);
        return (Subject { name, defined }, true);
    }
    let name = shown(ty);
    let defined = defined(ty);
    (Subject { name, defined }, false)
}

/// The `T` of a `Vec<T>`.
fn element(ty: &Type) -> Option<&Type> {
    match ty {
        Type::Path(path) => match path.path.segments.last() {
            Some(PathSegment {
                ident,
                arguments: PathArguments::AngleBracketed(arguments),
            }) if ident == "Vec" => match arguments.args.first() {
                Some(GenericArgument::Type(inner)) => Some(inner),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    }
}

/// The name of a type, without what it is generic over.
fn shown(ty: &Type) -> String {
    match (ty, element(ty)) {
        (_, Some(inner)) => format!("Vec<{}>", shown(inner)),
        (Type::Reference(inner), _) => format!("&{}", shown(&inner.elem)),
        (Type::Path(path), _) => {
            let last = path.path.segments.last();
            last.map(|segment| segment.ident.to_string())
                .unwrap_or_default()
        }
        _ => String::new(),
    }
}

fn public_types(modules: &[Module]) -> Vec<PublicType> {
    let mut types = Vec::new();
    for module in modules {
        for item in &module.items {
            let (visibility, ident, attributes) = match item {
                Item::Struct(item) => (&item.vis, &item.ident, &item.attrs),
                Item::Enum(item) => (&item.vis, &item.ident, &item.attrs),
                _ => continue,
            };
            if matches!(visibility, Visibility::Public(_)) {
                types.push(PublicType {
                    key: (module.path.clone(), ident.to_string()),
                    file: module.file.clone(),
                    line: ident.span().start().line,
                    doc: attributes
                        .iter()
                        .filter_map(source::doc_line)
                        .map(|(line, text)| DocLine { line, text })
                        .collect(),
                });
            }
        }
    }
    types
}
