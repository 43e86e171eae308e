//! Every public type of the published crates has a runnable example in its own documentation. Types that a macro makes are
//! not seen.

use std::fs;
use std::path::Path;

use syn::visit::{self, Visit};
use syn::{Attribute, Expr, ExprLit, Ident, ItemEnum, ItemMod, ItemStruct, ItemTrait, ItemType, Lit, Meta, Visibility};
use walkdir::WalkDir;

/// What can be shown and not run, and why.
const NOT_RUN: [(&str, &str); 1] = [("glif-board/src/emulator.rs: Emulator", "runs QEMU, and in it an image")];

/// Names of public types, and of those whose documentation has no example. What is `pub` can be reached: the compiler
/// warns of what cannot.
#[derive(Default)]
struct Types {
    seen: Vec<String>,
    bare: Vec<String>,
}

impl Types {
    fn look(&mut self, visibility: &Visibility, attributes: &[Attribute], name: &Ident) {
        if matches!(visibility, Visibility::Public(_)) && !hidden(attributes) {
            self.seen.push(name.to_string());
            if !runs(&documentation(attributes)) {
                self.bare.push(name.to_string());
            }
        }
    }
}

impl Visit<'_> for Types {
    fn visit_item_mod(&mut self, module: &ItemMod) {
        // Sealed traits are in private modules, tests in modules of their own.
        if matches!(module.vis, Visibility::Public(_)) && !hidden(&module.attrs) {
            visit::visit_item_mod(self, module);
        }
    }

    fn visit_item_struct(&mut self, item: &ItemStruct) {
        self.look(&item.vis, &item.attrs, &item.ident);
    }

    fn visit_item_enum(&mut self, item: &ItemEnum) {
        self.look(&item.vis, &item.attrs, &item.ident);
    }

    fn visit_item_trait(&mut self, item: &ItemTrait) {
        self.look(&item.vis, &item.attrs, &item.ident);
    }

    fn visit_item_type(&mut self, item: &ItemType) {
        self.look(&item.vis, &item.attrs, &item.ident);
    }
}

/// The text of doc comments.
fn documentation(attributes: &[Attribute]) -> String {
    let line = |attribute: &Attribute| match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident("doc") => match &pair.value {
            Expr::Lit(ExprLit { lit: Lit::Str(line), .. }) => Some(line.value() + "\n"),
            _ => None,
        },
        _ => None,
    };
    attributes.iter().filter_map(line).collect()
}

/// Whether a block of the text is code that runs: one that is tagged is not.
fn runs(documentation: &str) -> bool {
    let fences = documentation.lines().filter_map(|line| line.trim_start().strip_prefix("```"));
    fences.step_by(2).any(str::is_empty)
}

/// Whether the documentation leaves it out.
fn hidden(attributes: &[Attribute]) -> bool {
    let is_hidden = |attribute: &Attribute| match &attribute.meta {
        Meta::List(list) => list.path.is_ident("doc") && list.tokens.to_string() == "hidden",
        _ => false,
    };
    attributes.iter().any(is_hidden)
}

fn types(source: &str) -> Types {
    let mut types = Types::default();
    types.visit_file(&syn::parse_file(source).unwrap());
    types
}

#[test]
fn every_public_type_has_an_example() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates");
    let (mut seen, mut bare) = (0, Vec::new());
    for file in WalkDir::new(&crates) {
        let file = file.unwrap();
        let path = file.path().strip_prefix(&crates).unwrap();
        let in_source = path.components().nth(1).is_some_and(|folder| folder.as_os_str() == "src");
        if !in_source || path.extension().is_none_or(|ending| ending != "rs") {
            continue;
        }
        let types = types(&fs::read_to_string(file.path()).unwrap());
        seen += types.seen.len();
        bare.extend(types.bare.into_iter().map(|name| format!("{}: {name}", path.display())));
    }
    assert!(seen > 100, "only {seen} public types were found");
    bare.retain(|name| NOT_RUN.iter().all(|(known, _)| name != known));
    assert!(bare.is_empty(), "without an example:\n{}", bare.join("\n"));
}

#[test]
fn a_type_without_an_example_is_found() {
    let source = "
        /// Text only.
        pub struct Bare;
        /// ```
        /// let it = 1;
        /// ```
        pub enum Shown {}
        /// ```text
        /// no code
        /// ```
        pub struct Told;
        struct Private;
        #[doc(hidden)]
        pub trait Hidden {}
        mod inner { pub trait Sealed {} }
        pub mod outer { pub type Alias = u8; }
    ";
    let Types { seen, bare } = types(source);
    assert_eq!((seen.join(" "), bare.join(" ")), ("Bare Shown Told Alias".to_owned(), "Bare Told Alias".to_owned()));
}
