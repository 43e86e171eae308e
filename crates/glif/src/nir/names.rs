//! Names of populations.

/// Most characters of a name of a population.
const MOST: usize = 64;

/// Gives each node a name that a population can have.
///
/// Letters, digits, `_` and `-` of ASCII stay, and every other character becomes `_`. A name has at most 64 characters; one
/// that is taken gets `_2`, `_3` and so on at its end.
#[derive(Debug, Default)]
pub(super) struct Names(std::collections::BTreeSet<String>);

impl Names {
    /// Returns the name for a node.
    pub(super) fn give(&mut self, node: &str) -> String {
        let fits = |letter: &char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-');
        let mut name: String = node.chars().map(|letter| if fits(&letter) { letter } else { '_' }).take(MOST).collect();
        if name.is_empty() {
            name.push('_');
        }
        let mut given = name.clone();
        let mut number = 2;
        while self.0.contains(&given) {
            let end = format!("_{number}");
            given = format!("{}{end}", &name[..name.len().min(MOST - end.len())]);
            number += 1;
        }
        self.0.insert(given.clone());
        given
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_valid_and_different() {
        let mut names = Names::default();
        let given = ["lif1.lif", "lif1_lif", "lif1/lif", "", "é", "10"].map(|node| names.give(node));
        assert_eq!(given, ["lif1_lif", "lif1_lif_2", "lif1_lif_3", "_", "__2", "10"]);
        let long = "a".repeat(100);
        let [first, second] = [names.give(&long), names.give(&long)];
        assert_eq!((first.len(), second.len()), (64, 64));
        assert!(second.ends_with("a_2"));
    }
}
