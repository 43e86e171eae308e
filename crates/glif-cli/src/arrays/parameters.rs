//! Reads the values of a parameter, one for each neuron, from an array that a population file names.

use std::io::Read;
use std::path::{Component, Path, PathBuf};

use glif::{Description, OwnValues, ReadError, limits};

use super::Archive;
use super::read::{opened, read_array, shown};

/// Reads a population file and the arrays that it names. Their paths are relative to its directory.
///
/// # Errors
/// Returns the errors of [`Description::read`], and an error for each array that is missing, is not of floats, or
/// has another shape than the population.
///
/// ```
/// let told = glif_cli::arrays::read_description("no.toml".as_ref()).unwrap_err().to_string();
/// assert!(told.starts_with("`no.toml`: cannot be read: "), "{told}");
/// ```
pub fn read_description(path: &Path) -> Result<Description, ReadError> {
    let mut description = Description::read(path)?;
    let directory = path.parent().unwrap_or(Path::new(""));
    let neurons = description.shape.iter().map(|length| *length as u128).product();
    let loaded = description.load_arrays(|text| read_parameter(directory, text, neurons));
    loaded.map_err(|errors| ReadError::Wrong { path: path.to_owned(), errors })?;
    Ok(description)
}

/// Returns the paths of the files whose arrays a population file names, so that a command does not overwrite them.
/// A population file that cannot be read names none.
pub fn array_files(path: &Path) -> Vec<PathBuf> {
    let Ok(description) = Description::read(path) else { return Vec::new() };
    let directory = path.parent().unwrap_or(Path::new(""));
    let files = description.own.iter().filter_map(|(_, values)| match values {
        OwnValues::Array(text) => within(directory, split(text).ok()?.0).ok(),
        _ => None,
    });
    files.collect()
}

/// Reads the array of a parameter of this number of neurons. Returns its shape and its values in C order.
fn read_parameter(directory: &Path, text: &str, neurons: u128) -> Result<(Vec<usize>, Vec<f64>), String> {
    // The shape is checked in whole once the array is read. It cannot be right with more values than this.
    let most = neurons.saturating_mul(limits::COMPONENTS as u128);
    read_numbers(directory, text, most, &format!("the population has {neurons} neurons"))
}

/// Reads the array of a text such as `cells.npy` or `cells.npz:name`, which has at most `most` values, as `because` says.
/// Returns its shape and its values in C order.
pub(super) fn read_numbers(
    directory: &Path,
    text: &str,
    most: u128,
    because: &str,
) -> Result<(Vec<usize>, Vec<f64>), String> {
    let (file, name) = split(text)?;
    let path = within(directory, file)?;
    let shape = |found: &[u64]| {
        let axes: Option<Vec<usize>> = found.iter().map(|axis| usize::try_from(*axis).ok()).collect();
        let cells = found.iter().try_fold(1_u128, |cells, axis| cells.checked_mul(u128::from(*axis)));
        let fits = found.len() <= limits::AXES && cells.is_some_and(|cells| cells <= most);
        let wrong = || format!("has shape {}, but {because}", shown(found));
        axes.filter(|_| fits).ok_or_else(wrong)
    };
    let (shape, values) = with_array(&path, (file, name), |file, length| read_array(file, length, shape))?;
    Ok((shape, values.iter().collect()))
}

/// Calls `read` with the array of a file, or of the member `name` of an archive, and its length if it is known.
pub(super) fn with_array<T>(
    path: &Path,
    (file, name): (&str, Option<&str>),
    read: impl FnOnce(&mut dyn Read, Option<u64>) -> Result<T, String>,
) -> Result<T, String> {
    let (mut opened, zipped) = opened(path)?;
    match (name, zipped) {
        (None, false) => {
            let length = opened.get_ref().metadata().ok().filter(|found| found.is_file()).map(|found| found.len());
            read(&mut opened, length)
        }
        (Some(name), true) => {
            let mut archive = Archive::of(file.to_owned(), opened).map_err(|error| error.problem)?;
            let (length, mut member) = archive.member(name).map_err(|error| error.problem)?;
            read(&mut member, Some(length))
        }
        (None, true) => Err("an archive, not an array\nhelp: name it .npz, and add `:` and an array".to_owned()),
        (Some(_), false) => Err("not an archive of `numpy.savez` (.npz)".to_owned()),
    }
}

/// Splits a text into the path of a file and, for an archive, the name of an array.
pub(super) fn split(text: &str) -> Result<(&str, Option<&str>), String> {
    let ends = |path: &str, extension: &str| Path::new(path).extension().is_some_and(|found| found == extension);
    match text.rsplit_once(':') {
        _ if ends(text, "npy") && !text.rsplit_once(':').is_some_and(|(file, _)| ends(file, "npz")) => Ok((text, None)),
        Some((file, name)) if ends(file, "npz") && !name.is_empty() => Ok((file, Some(name))),
        _ => Err("must be a file `.npy`, or a file `.npz` with `:` and the name of an array".to_owned()),
    }
}

/// Returns the path of a file relative to a directory, or as it is if it is absolute.
pub(super) fn within(directory: &Path, file: &str) -> Result<PathBuf, String> {
    let file = Path::new(file);
    let mut depth = 0_usize;
    for component in file.components().filter(|_| file.is_relative()) {
        let inside = match component {
            Component::ParentDir => depth.checked_sub(1),
            Component::Normal(_) => depth.checked_add(1),
            Component::CurDir => Some(depth),
            // A drive without a root, or a root without a drive.
            Component::Prefix(_) | Component::RootDir => None,
        };
        let outside = "outside the directory of the population file\nhelp: use an absolute path";
        depth = inside.ok_or_else(|| outside.to_owned())?;
    }
    Ok(directory.join(file))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Write as _;

    use glif::Parameter;

    use super::*;

    /// Returns a .npy file of float64 with this shape.
    fn array(shape: &str, values: &[f64]) -> Vec<u8> {
        typed("<f8", shape, &values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>())
    }

    fn typed(descr: &str, shape: &str, data: &[u8]) -> Vec<u8> {
        let header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}\n");
        [b"\x93NUMPY\x01\0", (header.len() as u16).to_le_bytes().as_slice(), header.as_bytes(), data].concat()
    }

    fn archive(members: &[(&str, Vec<u8>)]) -> Vec<u8> {
        let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        for (name, bytes) in members {
            archive.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
            archive.write_all(bytes).unwrap();
        }
        archive.finish().unwrap().into_inner()
    }

    const FILE: &str = "model = \"alif\"\nshape = 3\n[params]\nstep_time = 1.0\nrest_v = -60.0\nreset_v = -65.0\n\
                        refrac_t = 2.0\ntc_membrane = 20.0\nspike_increment = 1.5\n";

    /// Returns the description of a file with these lines beside the arrays, or its errors without the directory.
    fn read(lines: &str) -> Result<Description, String> {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let v_th = array("(3,)", &[-50.0, -49.0, -48.0]);
        fs::create_dir(at("data")).unwrap();
        fs::write(at("v_th.npy"), &v_th).unwrap();
        fs::write(at("data/v_th.npy"), &v_th).unwrap();
        let wide = array("(3, 2)", &[20.0, 200.0, 30.0, 300.0, 40.0, 400.0]);
        let whole = typed("<i8", "(3,)", &[0; 24]);
        let members = [("v_th.npy", v_th.clone()), ("tau.npy", wide), ("count.npy", whole)];
        fs::write(at("cells.npz"), archive(&members)).unwrap();
        fs::write(at("odd.npy"), archive(&members)).unwrap();
        fs::write(at("odd.npz"), &v_th).unwrap();
        fs::write(at("torn.npy"), &v_th[..v_th.len() - 1]).unwrap();
        fs::write(at("large.npy"), array("(1000000000000,)", &[])).unwrap();
        fs::write(at("nan.npy"), array("(3,)", &[-50.0, f64::NAN, -50.0])).unwrap();
        let path = at("population.toml");
        let lines = lines.replace("FOLDER", &folder.path().display().to_string());
        let other = if lines.contains("tc_adaptation") { "thresh_eq_v = -50.0" } else { "tc_adaptation = 20.0" };
        fs::write(&path, format!("{FILE}{other}\n{lines}\n")).unwrap();
        let parent = folder.path().display().to_string();
        read_description(&path).map_err(|error| error.to_string().replace(&parent, "."))
    }

    fn told(array: &str) -> String {
        let told = read(&format!("thresh_eq_v = {{ array = {array:?} }}")).map(drop).unwrap_err();
        let start =
            format!("`./population.toml`: not a valid population:\n  `params.thresh_eq_v`: the array `{array}`");
        told.strip_prefix(&start).unwrap_or(&told).to_owned()
    }

    #[test]
    fn arrays_are_read_relative_to_the_file() {
        for array in
            ["v_th.npy", "./v_th.npy", "data/v_th.npy", "data/../v_th.npy", "cells.npz:v_th", "FOLDER/v_th.npy"]
        {
            let description = read(&format!("thresh_eq_v = {{ array = {array:?} }}")).unwrap();
            assert_eq!(description.drawn().unwrap().values(Parameter::ThreshEqV), [-50.0, -49.0, -48.0]);
        }
        let description = read("tc_adaptation = { array = \"cells.npz:tau\" }").unwrap();
        let drawn = description.drawn().unwrap();
        assert_eq!(drawn.of(1).get(Parameter::TcAdaptation), [30.0, 300.0]);
    }

    #[test]
    fn wrong_arrays_are_named() {
        let form = ": must be a file `.npy`, or a file `.npz` with `:` and the name of an array";
        let outside = ": outside the directory of the population file\n  help: use an absolute path";
        for (array, expected) in [
            ("cells.npz:tau", " has shape [3, 2], but [3] or [3, 1] is needed"),
            ("cells.npz:no", ": not in the archive"),
            ("cells.npz:", form),
            ("cells.npz", form),
            ("v_th", form),
            (":v_th", form),
            ("../v_th.npy", outside),
            ("data/../../v_th.npy", outside),
            ("odd.npz:v_th", ": not an archive of `numpy.savez` (.npz)"),
            ("odd.npy", ": an archive, not an array\n  help: name it .npz, and add `:` and an array"),
            ("large.npy", ": has shape [1000000000000], but the population has 3 neurons"),
        ] {
            assert_eq!(told(array), expected, "{array}");
        }
        assert!(told("no.npy").starts_with(": cannot be read: "), "{}", told("no.npy"));
        assert!(told("no.npz:v").starts_with(": cannot be read: "), "{}", told("no.npz:v"));
        assert!(told("data.npy").starts_with(": cannot be read: "));
        assert!(told("torn.npy").starts_with(": truncated: its header announces "), "{}", told("torn.npy"));
        let integers =
            ": has values of type '<i8', but float32 or float64 is needed\n  help: save it with `.astype('f4')`";
        assert_eq!(told("cells.npz:count"), integers);
        assert!(told("nan.npy").ends_with("\n  `thresh_eq_v[1]` = NaN mV: must be finite"), "{}", told("nan.npy"));
        assert!(!told("\u{1b}[2J.npy").contains('\u{1b}'));
    }
}
