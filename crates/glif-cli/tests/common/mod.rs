//! A temporary folder with population files, and the program running in it.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use assert_cmd::Command;
use glif_cli::arrays::Archive;

pub(crate) const LIF: &str = r#"
model = "lif"
shape = [2, 3]
scalar = "f32"
[params]
step_time = 1.0
rest_v = -60.0
reset_v = -65.0
thresh_v = -50.0
refrac_t = 3.0
time_constant = 20.0
"#;

pub(crate) const ALIF: &str = r#"
model = "alif"
shape = [2, 3]
batch_size = 2
scalar = "f32"
[params]
step_time = 0.5
rest_v = -60.0
reset_v = -65.0
thresh_eq_v = -50.0
refrac_t = 3.0
tc_membrane = 20.0
tc_adaptation = [30.0, 20.0]
spike_increment = [1.5, 1.25]
"#;

pub(crate) const GLIF2: &str = r#"
model = "glif2"
shape = [2, 3]
batch_size = 2
scalar = "f32"
[params]
step_time = 1.0
rest_v = -60.0
reset_v_add = 10.0
reset_v_mul = 0.5
thresh_eq_v = -50.0
refrac_t = 3.0
tc_membrane = 20.0
rc_adaptation = [0.03, 0.2]
spike_increment = [1.5, 0.25]
"#;

/// Replaces a part of a text. Panics if the text does not contain it.
pub(crate) fn with(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "`{from}` is not in {text}");
    text.replace(from, to)
}

/// Returns the bytes of a .npy file.
pub(crate) fn npy(descr: &str, fortran: bool, shape: &[usize], data: impl IntoIterator<Item = u8>) -> Vec<u8> {
    let order = if fortran { "True" } else { "False" };
    let axes: String = shape.iter().map(|length| format!("{length}, ")).collect();
    let header = format!("{{'descr': {descr:?}, 'fortran_order': {order}, 'shape': ({axes}), }}\n").replace('"', "'");
    let mut file = [b"\x93NUMPY\x01\0", (header.len() as u16).to_le_bytes().as_slice(), header.as_bytes()].concat();
    file.extend(data);
    file
}

pub(crate) fn npy_f32(shape: &[usize], values: &[f32]) -> Vec<u8> {
    npy("<f4", false, shape, values.iter().flat_map(|value| value.to_le_bytes()))
}

pub(crate) fn npy_f64(shape: &[usize], values: &[f64]) -> Vec<u8> {
    npy("<f8", false, shape, values.iter().flat_map(|value| value.to_le_bytes()))
}

/// An array of a .npz file: NumPy's name of the type, shape and values.
pub(crate) type Array = (String, Vec<u64>, Vec<f64>);

/// A temporary folder.
pub(crate) struct Place(tempfile::TempDir);

impl Place {
    /// Creates the folder with `lif.toml`, `alif.toml` and `glif2.toml`.
    pub(crate) fn new() -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        for (name, text) in [("lif.toml", LIF), ("alif.toml", ALIF), ("glif2.toml", GLIF2)] {
            place.put(name, text);
        }
        place
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn put(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.path(name), content).unwrap();
    }

    pub(crate) fn get(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Returns every file and its content.
    fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let names = fs::read_dir(self.0.path()).unwrap().map(|entry| entry.unwrap());
        let names = names.filter(|entry| entry.file_type().unwrap().is_file());
        names
            .map(|entry| entry.file_name().into_string().unwrap())
            .map(|name| (name.clone(), self.get(&name)))
            .collect()
    }

    /// Runs the program in the folder, with arguments separated by blanks.
    ///
    /// Returns exit code, standard output and standard error.
    pub(crate) fn glif(&self, arguments: &str) -> (i32, String, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_glif"));
        let command = command.current_dir(self.0.path()).args(arguments.split_whitespace());
        let output = command.timeout(Duration::from_secs(60)).output().unwrap();
        let [out, err] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
        let code = output.status.code().unwrap_or_else(|| panic!("glif {arguments}: no exit code\n{out}{err}"));
        (code, out, err)
    }

    /// Checks that the program exits with 0 and prints nothing on standard error. Returns standard output.
    pub(crate) fn succeeds(&self, arguments: &str) -> String {
        let (code, out, err) = self.glif(arguments);
        assert_eq!((code, err.as_str()), (0, ""), "glif {arguments}\n{out}");
        out
    }

    /// Checks that the program exits with this code, prints these words as errors and changes no file.
    ///
    /// It runs once without `out.npz` and once with it. Returns standard error.
    fn fails(&self, code: i32, arguments: &str, words: &[&str]) -> String {
        let fail = || {
            let before = self.files();
            let (found, out, err) = self.glif(arguments);
            assert_eq!((found, out.as_str()), (code, ""), "glif {arguments}\n{err}");
            // Notes on doubtful input may come first, each with its remedy on a line of its own.
            let noted = |line: &&str| ["note: ", "help: "].iter().any(|start| line.starts_with(start));
            let first = err.lines().find(|line| !noted(line)).unwrap_or_default();
            assert!(first.starts_with("error: ") && !err.starts_with("help: "), "glif {arguments}\n{err}");
            for word in words {
                assert!(err.contains(word), "glif {arguments}: no `{word}` in\n{err}");
            }
            for word in ["panicked", "unwrap", "Some(", "None", "Err("] {
                assert!(!err.contains(word), "glif {arguments}: `{word}` in\n{err}");
            }
            assert!(self.files() == before, "glif {arguments}: changed {:?}", self.files().keys());
            err
        };
        assert!(!self.path("out.npz").exists(), "left over");
        fail();
        self.put("out.npz", "old");
        let err = fail();
        fs::remove_file(self.path("out.npz")).unwrap();
        err
    }

    /// Expects bad input: exit code 1.
    pub(crate) fn refuses(&self, arguments: &str, words: &[&str]) -> String {
        self.fails(1, arguments, words)
    }

    /// Expects wrong usage: exit code 2.
    pub(crate) fn misused(&self, arguments: &str, words: &[&str]) -> String {
        self.fails(2, arguments, words)
    }

    /// Reads the arrays of a .npz file.
    pub(crate) fn arrays(&self, name: &str) -> BTreeMap<String, Array> {
        let mut archive = Archive::open(&self.path(name)).unwrap();
        let names: Vec<String> = archive.names().map(str::to_owned).collect();
        let mut array = |name: String| {
            let npy = npyz::NpyFile::new(archive.member(&name).unwrap().1).unwrap();
            let (descr, shape) = (npy.dtype().descr().replace('\'', ""), npy.shape().to_vec());
            assert_eq!(npy.order(), npyz::Order::C);
            let values = match descr.as_str() {
                "|b1" => npy.into_vec::<bool>().unwrap().into_iter().map(|v| f64::from(u8::from(v))).collect(),
                "<u4" => npy.into_vec::<u32>().unwrap().into_iter().map(f64::from).collect(),
                "<i8" => npy.into_vec::<i64>().unwrap().into_iter().map(|v| v as f64).collect(),
                "<f4" => npy.into_vec::<f32>().unwrap().into_iter().map(f64::from).collect(),
                _ => npy.into_vec::<f64>().unwrap(),
            };
            (name, (descr, shape, values))
        };
        names.into_iter().map(&mut array).collect()
    }
}
