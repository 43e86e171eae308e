//! Spike rasters in a terminal, drawn with braille dots.

use std::fmt;

use crate::number::short;
use crate::output::counted;

/// Interval of the rows whose first neuron is printed beside them.
const LABELLED: usize = 5;
/// Bits of the braille block, by row and column of a character's 4 × 2 dots.
const DOTS: [[u32; 2]; 4] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]];

/// Draws the spikes of one sample, given as (step, neuron), on a [`Canvas`].
pub fn raster(
    spikes: impl Iterator<Item = (usize, usize)>,
    steps: usize,
    neurons: usize,
    step_time: f64,
    width: usize,
    height: usize,
) -> String {
    let mut canvas = Canvas::new(steps, neurons, step_time, width, height);
    spikes.for_each(|(step, neuron)| canvas.add(step, neuron));
    canvas.to_string()
}

/// A drawing of the spikes of one sample: time to the right, neurons downward.
///
/// It takes the spikes one by one and keeps only its dots.
#[derive(Debug, Clone)]
pub struct Canvas {
    /// Length of a step, ms.
    step_time: f64,
    width: usize,
    gutter: usize,
    time: Axis,
    rows: Axis,
    cells: Vec<Vec<u32>>,
    count: usize,
    /// Beside each row, the name of the group that begins there.
    names: Option<Vec<String>>,
}

/// Letters of the name of a group.
const NAME: usize = 16;

impl Canvas {
    /// Creates a drawing for a run of `steps`, each of `step_time` ms, and `neurons` neurons.
    ///
    /// The drawing has at most `width` × `height` characters; these are clamped to at least 32 × 6 and at most
    /// 1000 × 1000. If there are more steps or neurons than dots, a dot stands for several.
    pub fn new(steps: usize, neurons: usize, step_time: f64, width: usize, height: usize) -> Self {
        let gutter = neurons.to_string().len().max("neuron".len());
        Self::with_gutter(gutter, (steps, neurons), step_time, width, height)
    }

    /// Creates a drawing of groups of neurons, one below the other. The name of each is beside the row in which it begins; where
    /// several begin in a row, that of the largest.
    pub fn of_groups(groups: &[(&str, usize)], steps: usize, step_time: f64, width: usize, height: usize) -> Self {
        let cut = |name: &str| name.chars().take(NAME).collect::<String>();
        let gutter = groups.iter().map(|(name, _)| cut(name).chars().count()).fold("neuron".len(), usize::max);
        let neurons = groups.iter().map(|(_, neurons)| neurons).sum();
        let canvas = Self::with_gutter(gutter, (steps, neurons), step_time, width, height);
        let mut names = vec![String::new(); canvas.cells.len()];
        let (mut first, mut largest) = (0, vec![0; names.len()]);
        for (name, neurons) in groups.iter().filter(|(_, neurons)| *neurons > 0) {
            let row = canvas.rows.dot(first) / 4;
            if *neurons > largest[row] {
                (names[row], largest[row]) = (cut(name), *neurons);
            }
            first += neurons;
        }
        Self { names: Some(names), ..canvas }
    }

    fn with_gutter(
        gutter: usize,
        (steps, neurons): (usize, usize),
        step_time: f64,
        width: usize,
        height: usize,
    ) -> Self {
        let (width, height) = (width.clamp(32, 1000), height.clamp(6, 1000));
        let time = Axis::new(steps, 2, width - gutter - 3); // a space, the border, the last tick
        let rows = Axis::new(neurons, 4, height - 4);
        let cells = vec![vec![0; time.characters]; rows.characters];
        Self { step_time, width, gutter, time, rows, cells, count: 0, names: None }
    }

    /// Adds a spike. A spike outside the steps and neurons of the drawing is skipped.
    pub fn add(&mut self, step: usize, neuron: usize) {
        if step < self.time.count && neuron < self.rows.count {
            let (x, y) = (self.time.dot(step), self.rows.dot(neuron));
            self.cells[y / 4][x / 2] |= DOTS[y % 4][x % 2];
            self.count += 1;
        }
    }
}

impl fmt::Display for Canvas {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { step_time, width, gutter, time, rows, cells, count, names } = self;
        if time.count == 0 || rows.count == 0 {
            return writeln!(f, "nothing to draw: {} neurons, {} steps", rows.count, time.count);
        }
        let dot = match (time.per_dot(), rows.per_dot()) {
            (1, 1) => String::new(),
            (steps, neurons) => format!("; a dot: up to {} × {}", counted(steps, "step"), counted(neurons, "neuron")),
        };
        let mut lines = vec![format!("{:>gutter$}  {}{dot}", "neuron", counted(*count, "spike"))];
        lines.extend(cells.iter().enumerate().map(|(row, cells)| {
            let picture: String = cells
                .iter()
                .map(|bits| if *bits == 0 { ' ' } else { char::from_u32(0x2800 + bits).unwrap_or(' ') })
                .collect();
            let label = match names {
                Some(names) => names[row].clone(),
                None if row % LABELLED == 0 => rows.first(row).to_string(),
                None => String::new(),
            };
            let border = if label.is_empty() { '│' } else { '┤' };
            format!("{label:>gutter$} {border}{picture}")
        }));
        lines.extend(time_axis(time, *step_time, *gutter));
        lines.iter().try_for_each(|line| writeln!(f, "{}", line.chars().take(*width).collect::<String>().trim_end()))
    }
}

/// The layout of steps or neurons on dots.
#[derive(Debug, Clone)]
struct Axis {
    count: usize,
    dots: usize,
    per_character: usize,
    characters: usize,
}

impl Axis {
    fn new(count: usize, per_character: usize, most_characters: usize) -> Self {
        let dots = count.min(most_characters * per_character);
        Self { count, dots, per_character, characters: dots.div_ceil(per_character) }
    }

    fn dot(&self, at: usize) -> usize {
        (at as u128 * self.dots as u128 / self.count as u128) as usize // less than `dots`
    }

    fn per_dot(&self) -> usize {
        self.count.div_ceil(self.dots)
    }

    /// Returns the first step or neuron of a character.
    fn first(&self, character: usize) -> usize {
        ((character * self.per_character) as u128 * self.count as u128).div_ceil(self.dots as u128) as usize
    }
}

/// A tick of the time axis: its character, and its time in steps and in ms.
type Tick = (usize, [String; 2]);

/// Returns the ticks at the smallest of the intervals 1, 2, 5, 10, 20, 50 ... steps at which no two labels touch.
fn ticks(time: &Axis, step_time: f64) -> Vec<Tick> {
    let tick = |step| (time.dot(step) / time.per_character, [step.to_string(), short(step as f64 * step_time, 6)]);
    let decades = std::iter::successors(Some(1_usize), |decade| decade.checked_mul(10));
    decades
        .flat_map(|decade| [1, 2, 5].map(|n| decade.saturating_mul(n)))
        .take_while(|interval| *interval <= time.count)
        .filter(|interval| tick(*interval).0 >= 3) // before a list of a million ticks is built
        .map(|interval| (0..=time.count / interval).map(|n| tick(n * interval)).collect::<Vec<_>>())
        .find(|ticks| {
            let longest = ticks.iter().flat_map(|(_, texts)| texts).map(String::len).max().unwrap_or(0);
            ticks.windows(2).all(|pair| pair[1].0 - pair[0].0 >= longest + 4)
        })
        .unwrap_or_else(|| vec![tick(0)])
}

/// Returns the axis line and its labels, in steps and in ms.
fn time_axis(time: &Axis, step_time: f64, gutter: usize) -> [String; 3] {
    let ticks = ticks(time, step_time);
    let mut line = vec!['─'; time.characters + 1];
    ticks.iter().for_each(|(at, _)| line[*at] = '┬');
    let labels = |title: &str, unit: usize| {
        let mut text = format!("{title:>gutter$}  ");
        for (at, texts) in &ticks {
            let (label, half) = (&texts[unit], texts[unit].len() / 2);
            let start = gutter + 2 + (at.saturating_sub(half)).min((time.characters + 1).saturating_sub(label.len()));
            text += &(" ".repeat(start.saturating_sub(text.chars().count())) + label);
        }
        text
    };
    [format!("{:>gutter$} └{}", "", line.iter().collect::<String>()), labels("step", 0), labels("ms", 1)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(picture: &[&str]) -> String {
        picture.iter().map(|line| (*line).to_owned() + "\n").collect()
    }

    #[test]
    fn every_spike_is_a_dot_where_there_is_room() {
        let spikes = (0..9).map(|i| (3 * i, i)).chain([(27, 0), (0, 9)]); // two are outside
        let expected = [
            "neuron  9 spikes",
            "     0 ┤⠁⠐ ⠄⢀",
            "       │      ⠁⠐ ⠄⢀",
            "       │            ⠁",
            "       └┬─────────┬────",
            "  step  0        20",
            "    ms  0        10",
        ];
        assert_eq!(raster(spikes, 27, 9, 0.5, 80, 24), lines(&expected));
    }

    #[test]
    fn more_steps_and_neurons_than_dots_are_binned() {
        let spikes = (0..1000).map(|i| (i, i / 10));
        let expected = [
            "neuron  1000 spikes; a dot: up to 13 steps × 5 n",
            "     0 ┤⠉⠙⠒⠢⠤⣄⣀",
            "       │      ⠈⠉⠓⠲⠤⢤⣀⡀",
            "       │             ⠉⠙⠒⠦⢤⣀⡀",
            "       │                   ⠈⠉⠓⠒⠤⢤⣀⡀",
            "       │                          ⠉⠙⠒⠦⠤⣄⣀",
            "    84 ┤                                ⠈⠉⠓⠲⠤⣄⣀",
            "       └┬──────────────────┬───────────────────┬",
            "  step  0                 500               1000",
            "    ms  0                 50                 100",
        ];
        assert_eq!(raster(spikes, 1000, 100, 0.1, 48, 10), lines(&expected));
    }

    #[test]
    fn groups_are_named_where_they_begin() {
        let groups = [("input", 4), ("a", 1), ("excitatory", 9), ("none", 0), ("inhibitory-neurons", 3)];
        let mut canvas = Canvas::of_groups(&groups, 10, 0.5, 80, 24);
        (0..10).for_each(|step| canvas.add(step, 16));
        let expected = [
            "          neuron  10 spikes",
            "           input ┤",
            "      excitatory ┤",
            "                 │",
            "inhibitory-neuro ┤",
            "                 │⠉⠉⠉⠉⠉",
            "                 └┬─────",
            "            step  0",
            "              ms  0",
        ];
        let told = canvas.to_string();
        assert_eq!(told, lines(&expected), "{told}");
        assert!(Canvas::of_groups(&[], 10, 0.5, 80, 24).to_string().starts_with("nothing to draw"));
    }

    #[test]
    fn the_smallest_and_the_largest_fit() {
        let one = [(0, 0)].into_iter();
        let expected = ["neuron  1 spike", "     0 ┤⠁", "       └┬─", "  step  0", "    ms  0"];
        assert_eq!(raster(one.clone(), 1, 1, 1.0, 0, 0), lines(&expected));
        assert_eq!(raster(one.clone(), 0, 5, 1.0, 80, 24), "nothing to draw: 5 neurons, 0 steps\n");
        for (width, height) in [(32, 6), (80, 24), (usize::MAX, usize::MAX)] {
            let picture =
                raster([(usize::MAX - 1, usize::MAX - 1)].into_iter(), usize::MAX, usize::MAX, 1e-9, width, height);
            assert!(picture.contains('⢀'), "{picture}"); // the last dot, where the number of dots is even
            assert!(picture.lines().count() <= height && picture.lines().all(|line| line.chars().count() <= width));
        }
    }
}
