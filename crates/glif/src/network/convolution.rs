//! From the description of a convolution and the shapes of its populations to the numbers of its arrays.

use glif_core::network::Convolution as Stored;

/// How a kernel moves over the neurons of the source. Each pair is of rows and of columns.
///
/// A population of shape (channels, rows, columns) has both. One of shape (channels, columns) has one row, and the
/// numbers of rows mean nothing.
///
/// ```
/// use glif::network::{Convolution, NetworkDescription};
/// use glif::{Description, LifParams, Spec};
///
/// let params = LifParams {
///     step_time: 0.5, rest_v: -65.0, reset_v: -65.0, thresh_v: -50.0, refrac_t: 2.0, time_constant: 10.0, resistance: 40.0,
/// };
/// let mut description = NetworkDescription::new(0.5);
/// let input = description.add_input("input", &[1, 4, 4])?;
/// let cells = description.add("cells", Description::new(Spec::new(params), &[2, 2, 2]))?;
/// let over = Convolution { stride: [2; 2], padding: [1; 2], ..Convolution::default() };
/// // 2 channels from 1, by 3 x 3.
/// description.connect(&input, &cells).convolution(vec![0.5; 18], [2, 1, 3, 3], over);
/// assert_eq!(description.build()?.report().projections[0].connections, 2 * (4 + 6 + 6 + 9));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Convolution {
    /// Neurons of the source from a target to the next.
    pub stride: [usize; 2],
    /// Rows and columns of zeros before those of the source, and after them. Those after it can be one more.
    pub padding: [usize; 2],
    /// Neurons of the source from an element of the kernel to the next.
    pub dilation: [usize; 2],
    /// Groups of channels: those of the target have connections from the same group of the source only.
    pub groups: usize,
}

impl Default for Convolution {
    /// Returns a stride and a dilation of 1, without padding, with one group.
    fn default() -> Self {
        Self { stride: [1; 2], padding: [0; 2], dilation: [1; 2], groups: 1 }
    }
}

/// Names of the axes of a kernel.
const AXES: [&str; 2] = ["rows", "columns"];

/// Returns channels, rows and columns.
fn channels(what: &str, shape: &[usize]) -> Result<[usize; 3], String> {
    match *shape {
        [channels, rows, columns] => Ok([channels, rows, columns]),
        [channels, columns] => Ok([channels, 1, columns]),
        _ => Err(format!(
            "`convolution`: the shape of the {what} is {shape:?}, but (channels, rows, columns) or (channels, columns) is \
             needed"
        )),
    }
}

impl Convolution {
    /// Returns the numbers of a kernel of shape (channels of the target, channels of the source in a group, rows, columns),
    /// with so many weights, between populations of two shapes.
    ///
    /// # Errors
    /// Returns what does not fit.
    pub(crate) fn between(
        self,
        kernel: [usize; 4],
        weights: usize,
        (from, to): (&[usize], &[usize]),
    ) -> Result<Stored, String> {
        let Self { mut stride, mut padding, mut dilation, groups } = self;
        if from.len() == 2 {
            (stride[0], padding[0], dilation[0]) = (1, 0, 1);
        }
        let source = channels("source", from)?;
        let [of_target, of_group, height, width] = kernel;
        for (name, numbers) in [("stride", stride), ("dilation", dilation), ("groups", [groups, 1])] {
            if numbers.contains(&0) {
                return Err(format!("`convolution.{name}` = 0: must be at least 1"));
            }
        }
        if kernel.contains(&0) {
            return Err(format!("`weights`: the kernel has shape {kernel:?}, which is empty"));
        }
        if kernel.iter().try_fold(1_usize, |all, axis| all.checked_mul(*axis)) != Some(weights) {
            let [a, b, c, d] = kernel;
            return Err(format!("`weights`: has {weights} weights, but {a} x {b} x {c} x {d} are needed"));
        }
        if of_group.checked_mul(groups) != Some(source[0]) || !of_target.is_multiple_of(groups) {
            return Err(format!(
                "`weights`: the kernel is from {of_group} to {of_target} channels, in `groups` = {groups}, but the source \
                 has {} channels",
                source[0]
            ));
        }
        // Places along each axis, with as many zeros after the source as before it or one more.
        let places = |axis: usize, more: usize| {
            let length = source[1 + axis].checked_add(padding[axis].checked_mul(2)?)?.checked_add(more)?;
            let reach = ([height, width][axis] - 1).checked_mul(dilation[axis])?.checked_add(1)?;
            Some(length.checked_sub(reach)? / stride[axis] + 1)
        };
        let target = match to {
            // Without axes of its own, as behind a layer that flattens.
            [neurons] => {
                let found = places(0, 0).zip(places(1, 0)).map(|(rows, columns)| [of_target, rows, columns]);
                let product = |of: &[usize; 3]| of.iter().try_fold(1_usize, |all, axis| all.checked_mul(*axis));
                found.filter(|found| product(found) == Some(*neurons)).ok_or_else(|| {
                    let gives = found.map_or("nothing".to_owned(), |found| format!("shape {found:?}"));
                    format!("`convolution`: gives {gives}, but the target has {neurons} neurons")
                })?
            }
            to => channels("target", to)?,
        };
        if target[0] != of_target {
            return Err(format!(
                "`weights`: the kernel is to {of_target} channels, but the target has {} channels",
                target[0]
            ));
        }
        for axis in 0..2 {
            let (given, fits) = (target[1 + axis], [0, 1].map(|more| places(axis, more)));
            if !fits.contains(&Some(given)) {
                let [length, kernel] = [source[1 + axis], [height, width][axis]];
                let gives = fits[0].map_or("none".to_owned(), |places| places.to_string());
                return Err(format!(
                    "`convolution`: {kernel} {name} of the kernel over {length} {name} of the source give {gives}, but \
                     the target has {given}",
                    name = AXES[axis]
                ));
            }
        }
        let narrow = |number: usize| {
            let told = || format!("`convolution`: {number} is beyond {}, the greatest number of an axis", u16::MAX);
            u16::try_from(number).map_err(|_| told())
        };
        let pair = |[rows, columns]: [usize; 2]| Ok::<_, String>([narrow(rows)?, narrow(columns)?]);
        let three = |[channels, rows, columns]: [usize; 3]| {
            Ok::<_, String>([narrow(channels)?, narrow(rows)?, narrow(columns)?])
        };
        Ok(Stored {
            source: three(source)?,
            target: three(target)?,
            kernel: pair([height, width])?,
            stride: pair(stride)?,
            padding: pair(padding)?,
            dilation: pair(dilation)?,
            groups: narrow(groups)?,
        })
    }
}
