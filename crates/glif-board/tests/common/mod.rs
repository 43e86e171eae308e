//! Shared by the tests of the link: a node whose every turn the test decides, and populations to load.

mod bench;

pub(crate) use bench::{Bench, Metronome};
pub(crate) use glif_node::words;

use glif::{Currents, Description, DynPopulation, Variable};
use glif_board::Board;
use glif_link::Field;

/// Encodes the frame of a packet, as sent on the wire.
pub(crate) fn framed(packet: &[u8]) -> Vec<u8> {
    let mut frame = Vec::new();
    let put = |piece: &[u8]| {
        frame.extend_from_slice(piece);
        Ok::<_, std::convert::Infallible>(())
    };
    let Ok(()) = glif_link::frame::whole(packet, put);
    frame
}

/// Parameters that all descriptions here have, but those of `li` and `if`.
const COMMON: &str = "step_time = 0.5\nrest_v = -60.0\nrefrac_t = 2.0\nresistance = 1.0\n";

/// Returns a model as a population file describes it; `head` are lines before the parameters.
pub(crate) fn description(model: &str, scalar: &str, neurons: usize, head: &str) -> Description {
    let own = match model {
        "lif" | "glif1" => "reset_v = -65.0\nthresh_v = -50.0\ntime_constant = 20.0\n",
        "alif" => {
            "reset_v = -65.0\nthresh_eq_v = -50.0\ntc_membrane = 20.0\n\
             tc_adaptation = [12.0, 20.0]\nspike_increment = [3.0, 1.5]\n"
        }
        _ => {
            "reset_v_add = 3.0\nreset_v_mul = 0.5\nthresh_eq_v = -50.0\ntc_membrane = 20.0\n\
             rc_adaptation = [0.1, 0.05]\nspike_increment = [3.0, 1.5]\n"
        }
    };
    let params = match model {
        "li" => "step_time = 0.5\nrest_v = -60.0\ntime_constant = 20.0\n".to_owned(),
        "if" => "step_time = 0.5\nreset_v = -65.0\nthresh_v = 5.0\nrefrac_t = 2.0\nresistance = 0.3\n".to_owned(),
        _ => format!("{COMMON}{own}"),
    };
    let text = format!("model = \"{model}\"\nscalar = \"{scalar}\"\nshape = {neurons}\n{head}[params]\n{params}");
    Description::from_toml(&text).unwrap()
}

/// The host's own population beside a board's: the same steps on both must give the same results.
pub(crate) struct Twin(pub(crate) DynPopulation);

impl Twin {
    pub(crate) fn new(description: &Description) -> Self {
        Self(description.build().unwrap())
    }

    pub(crate) fn hold(&mut self, currents: &[f64]) {
        self.0.load(Currents::F64(currents)).unwrap();
    }

    /// Does one step; returns the neurons that fire.
    pub(crate) fn step(&mut self) -> Vec<usize> {
        let options = self.0.description().options();
        self.0.step(options).unwrap().iter().map(|(_, neuron)| neuron).collect()
    }

    /// Checks that every array of the board equals this population's.
    pub(crate) fn assert_equal<P: std::io::Read + std::io::Write>(&self, board: &mut Board<P>) {
        assert_eq!(board.read(Field::Voltage).unwrap(), self.0.read(Variable::Voltage));
        let step_time = self.0.description().step_time();
        let left: Vec<f64> =
            board.refractory().unwrap().iter().map(|count| f64::from(count.steps()) * step_time).collect();
        assert_eq!(left, self.0.read(Variable::Refrac));
        assert_eq!(board.read(Field::Adaptation).unwrap(), self.0.read_components());
    }
}
