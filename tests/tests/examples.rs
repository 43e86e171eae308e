//! Checks that the types with which programs start have a runnable example in their documentation.

use std::fs;
use std::path::Path;

use syn::visit::{self, Visit};
use syn::{Attribute, Expr, ExprLit, Ident, ItemEnum, ItemMod, ItemStruct, ItemTrait, ItemType, Lit, Meta, Visibility};

/// The types with which a program describes, builds, steps, records, saves and controls a board.
const ENTRY_POINTS: [&str; 25] = [
    "glif-core/src/params.rs: LifParams",
    "glif-core/src/params.rs: AlifParams",
    "glif-core/src/params.rs: Glif2Params",
    "glif-core/src/spec.rs: Spec",
    "glif-core/src/table.rs: ParamTable",
    "glif-core/src/population.rs: Population",
    "glif-core/src/population.rs: Place",
    "glif-core/src/neuron.rs: Coefficients",
    "glif-core/src/spikes.rs: Spikes",
    "glif-core/src/error.rs: ParamErrors",
    "glif/src/description.rs: Description",
    "glif/src/population.rs: Population",
    "glif/src/population.rs: Builder",
    "glif/src/dyn_population.rs: DynPopulation",
    "glif/src/dyn_population.rs: Currents",
    "glif/src/record.rs: Recorder",
    "glif/src/stimulus.rs: Stimulus",
    "glif/src/reduction.rs: Reduction",
    "glif-link/src/message.rs: Request",
    "glif-link/src/message.rs: Reply",
    "glif-link/src/model.rs: Model",
    "glif-node/src/node.rs: Node",
    "glif-board/src/board.rs: Board",
    "glif-board/src/client.rs: Client",
    "glif-plot/src/raster.rs: Raster",
];

/// Names of public types, and of those whose documentation has no example. A `pub` type is reachable: the
/// compiler warns about unreachable ones.
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
        // Sealed traits are in private modules, and tests in their own modules.
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

/// Returns the text of the doc comments.
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

/// Whether the text has a code block that runs. A tagged block does not run.
fn runs(documentation: &str) -> bool {
    let fences = documentation.lines().filter_map(|line| line.trim_start().strip_prefix("```"));
    fences.step_by(2).any(str::is_empty)
}

/// Whether the item is hidden from the documentation.
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
fn every_entry_point_has_an_example() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates");
    for entry in ENTRY_POINTS {
        let (file, name) = entry.split_once(": ").unwrap();
        let types = types(&fs::read_to_string(crates.join(file)).unwrap());
        assert!(types.seen.iter().any(|seen| seen == name), "{entry} is not there");
        assert!(types.bare.iter().all(|bare| bare != name), "{entry} has no example");
    }
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
