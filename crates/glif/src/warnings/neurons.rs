//! Warnings over the neurons of a population.

use std::collections::BTreeMap;

use crate::Description;
use crate::limits::DRAWN_NEURONS;
use crate::output::counted;

/// A warning, and the neurons that it is about.
struct Warning {
    /// The first neuron, and its text.
    neuron: usize,
    text: String,
    /// Number of neurons.
    count: usize,
    /// Whether all of them have this text.
    same: bool,
}

/// Returns the warnings of `of` about a description. `M` is the subject of a warning, by which they are ordered.
///
/// If neurons have their own parameters, it calls `of` for each neuron, with a description of the neuron alone. For each
/// subject it returns the text of the first neuron, with its index and the number of the others. It looks at the first
/// [`DRAWN_NEURONS`], as the check of a file does.
pub(crate) fn over_neurons<M: Ord>(
    description: &Description,
    mut of: impl FnMut(&Description) -> Vec<(M, String)>,
) -> Vec<String> {
    if description.own.is_empty() {
        return of(description).into_iter().map(|(_, text)| text).collect();
    }
    // What is wrong with the values is an error elsewhere.
    let (params, _) = description.draw_first(DRAWN_NEURONS);
    let neurons = description.shape.iter().try_fold(1_usize, |cells, length| cells.checked_mul(*length));
    let neurons = neurons.unwrap_or(0).min(DRAWN_NEURONS);
    let mut alone = Description {
        batch_reduction: description.batch_reduction,
        ..Description::new(description.spec.clone(), &[1])
    };
    let mut told: BTreeMap<M, Warning> = BTreeMap::new();
    for neuron in 0..neurons {
        params.write_to(neuron, &mut alone.spec.params);
        for (matter, text) in of(&alone) {
            match told.get_mut(&matter) {
                Some(told) => {
                    told.count += 1;
                    told.same &= told.text == text;
                }
                None => _ = told.insert(matter, Warning { neuron, text, count: 1, same: true }),
            }
        }
    }
    told.into_values().map(|told| told.over(neurons)).collect()
}

impl Warning {
    /// Returns the text with the neurons that it is about, unless it is the same for all `neurons`.
    fn over(self, neurons: usize) -> String {
        let Self { neuron, text, count, same } = self;
        if same && count == neurons {
            return text;
        }
        let others = match count - 1 {
            0 => String::new(),
            others => format!(" and {}", counted(others, "more neuron")),
        };
        let (line, help) =
            text.split_once('\n').map_or((text.as_str(), String::new()), |(line, help)| (line, format!("\n{help}")));
        format!("{line} (in neuron {neuron}{others}){help}")
    }
}
