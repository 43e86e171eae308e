//! `glif plot`: the content of the pictures.

use crate::common::{LIF, Place, with};

/// Counts the occurrences of `piece` in a picture.
fn count(picture: &str, piece: &str) -> usize {
    picture.matches(piece).count()
}

fn text(place: &Place, name: &str) -> String {
    String::from_utf8(place.get(name)).unwrap()
}

#[test]
fn a_raster_has_a_mark_for_every_spike_of_the_run() {
    let place = Place::new();
    let run = place.succeeds("run lif.toml --constant 15 --steps 100");
    assert!(run.contains(" 18 spikes"), "{run}");
    let said = place.succeeds("plot raster lif.toml --constant 15 --steps 100 --output r.svg");
    assert_eq!(said, "written: r.svg\n");
    assert_eq!(count(&text(&place, "r.svg"), "<circle"), 18);
    place.succeeds("run lif.toml --constant 15 --steps 100 --plot again.svg");
    assert_eq!(count(&text(&place, "again.svg"), "<circle"), 18);
}

#[test]
fn too_many_spikes_are_drawn_as_a_density() {
    let place = Place::new();
    // Every neuron fires in every step: 30,000 spikes.
    let busy = with(&with(LIF, "[2, 3]", "100"), "refrac_t = 3.0", "refrac_t = 0.0");
    let busy = with(&busy, "time_constant = 20.0", "time_constant = 1.0");
    place.put("busy.toml", with(&busy, "step_time = 1.0", "step_time = 0.5"));
    for command in ["run busy.toml --plot r.svg", "plot raster busy.toml --output r.svg"] {
        place.succeeds(&format!("{command} --constant 60 --steps 300"));
        let picture = text(&place, "r.svg");
        assert_eq!(count(&picture, "<circle"), 0);
        assert_eq!(count(&picture, "density: the mean rate in cells of 1 ms × 1 neuron"), 1);
        // A row of one shade is a single rectangle.
        assert!(picture.len() < 40_000, "{} bytes", picture.len());
    }
    let drawn = place.succeeds("run busy.toml --constant 60 --steps 300 --plot");
    assert!(drawn.contains("neuron  30000 spikes"), "{drawn}");
    place.succeeds("plot trace busy.toml --noise 15 3 --steps 20000 --output t.svg");
    let picture = text(&place, "t.svg");
    assert!(picture.contains("threshold (thin line), density of spikes (grey strip)"));
    assert!(picture.len() < 1_000_000, "{} bytes", picture.len());
}

#[test]
fn a_trace_names_its_neurons_and_their_spikes() {
    let place = Place::new();
    place.succeeds("plot trace lif.toml --step 0 15 20 --steps 100 --neuron 1,4 --output t.svg");
    let picture = text(&place, "t.svg");
    for title in
        ["lif: lif in f32", "neuron 1: current", "neuron 4: membrane (line), threshold (dashed), spikes (bars)"]
    {
        assert_eq!(count(&picture, title), 1, "{title}");
    }
    place.refuses(
        "plot trace lif.toml --constant 15 --steps 9 --neuron 6 --output t.svg",
        &["--neuron 6: the population has 6, 0 to 5"],
    );
}

#[test]
fn a_rate_starts_at_the_rheobase() {
    let place = Place::new();
    let out = place.succeeds("plot rate lif.toml --to 20 --count 21 --duration 1000 --output f.png");
    assert!(out.starts_with("no spike below 10 nA\n") && out.contains("written: f.png"), "{out}");
    assert!(place.get("f.png").starts_with(b"\x89PNG"));
    let out = place.succeeds("plot rate alif.toml --count 21 --duration 1000 --output f.svg");
    assert!(!out.contains("no spike below"), "{out}");
    assert_eq!(count(&text(&place, "f.svg"), "first interval"), 1);
    place.refuses("plot rate lif.toml --from 5 --to 5 --output f.svg", &["--from 5 nA must be below --to 5 nA"]);
}

#[test]
fn wider_formats_are_closer_and_too_narrow_ones_are_reported() {
    let place = Place::new();
    let worst = |format: &str| {
        let out =
            place.succeeds(&format!("plot error lif.toml --noise 9 3 --steps 300 --formats {format} --output e.svg"));
        let words: Vec<&str> = out.split_whitespace().collect();
        assert_eq!(words[0], format!("{format}:"), "{out}");
        words[1].parse::<f64>().unwrap()
    };
    assert_eq!(worst("f64"), 0.0);
    let [fine, middle, coarse] = ["i12f20", "i16f16", "i8f8"].map(worst);
    assert!(0.0 < fine && fine < middle && middle < coarse && coarse < 0.1, "{fine} {middle} {coarse}");
    place.put("high.toml", with(LIF, "thresh_v = -50.0", "thresh_v = 500.0"));
    let out = place.succeeds("plot error high.toml --constant 15 --steps 10 --formats i8f8,f32 --output e.svg");
    assert!(out.starts_with("i8f8: cannot hold `high.toml`: ") && out.contains("\nf32: "), "{out}");
    let words = ["`high.toml`: does not fit these number formats", "i8f8: ", "`thresh_v`"];
    place.refuses("plot error high.toml --constant 15 --steps 10 --formats i8f8 --output e.svg", &words);
}

#[test]
fn a_decay_stops_where_its_report_says() {
    let place = Place::new();
    place.put("coarse.toml", with(LIF, "\"f32\"", "\"i8f8\""));
    let inspected = place.succeeds("inspect coarse.toml");
    let out = place.succeeds("plot decay lif.toml --formats i8f8,i8f8/truncate --output d.svg");
    let left = |name: &str| {
        let line = out.lines().find(|line| line.starts_with(&format!("{name}: "))).unwrap();
        line[name.len() + 2..].split(' ').next().unwrap().parse::<f64>().unwrap()
    };
    assert_eq!(left("i8f8 truncate"), 0.0);
    let stall = left("i8f8");
    let band = inspected.split_once('±').unwrap().1.split(' ').next().unwrap().parse::<f64>().unwrap();
    assert!(stall > 0.0 && stall <= band, "{stall} mV is left, {band} mV is said");
    assert!(left("f64") < 1e-5 && text(&place, "d.svg").contains("a membrane left alone at -55 mV"));
    for (format, words) in [("i8f9", "unknown scalar"), ("f32/truncate", "only fixed point has other rounding modes")] {
        place.misused(&format!("plot decay lif.toml --formats {format} --output d.svg"), &[words]);
    }
}

/// A trace has the threshold of its neuron. A picture of one neuron says that it is neuron 0.
#[test]
fn pictures_of_own_parameters_say_which_neuron_they_show() {
    let place = Place::new();
    let own = with(LIF, "thresh_v = -50.0", "thresh_v = { each = [-50.0, -40.0, -45.0, -45.0, -45.0, -45.0] }");
    place.put("own.toml", &own);
    let (code, out, err) = place.glif("plot rate own.toml --to 20 --count 21 --duration 1000 --output f.svg");
    let note = "note: `own.toml`: each neuron has its own `thresh_v`: the picture shows neuron 0\n";
    assert_eq!((code, err.as_str()), (0, note));
    assert!(out.starts_with("no spike below 10 nA\n"), "{out}");
    assert_eq!(count(&text(&place, "f.svg"), "own, neuron 0: lif in f32, firing rate over current"), 1);
    let (code, _, err) = place.glif("plot decay own.toml --formats i8f8 --output d.svg");
    assert_eq!((code, err.as_str()), (0, note));
    assert_eq!(count(&text(&place, "d.svg"), "own, neuron 0: a membrane left alone at -55 mV"), 1);
    // The other pictures have every neuron.
    place.succeeds("plot raster own.toml --constant 15 --steps 100 --output r.svg");
    place.succeeds("plot error own.toml --constant 15 --steps 100 --output e.svg");
    // A neuron with this threshold alone has the same trace.
    place.put("lone.toml", with(LIF, "thresh_v = -50.0", "thresh_v = -40.0"));
    let trace = |file: &str| {
        place.succeeds(&format!("plot trace {file}.toml --constant 18 --steps 50 --neuron 1 --output t.svg"));
        text(&place, "t.svg").replace(&format!("{file}: lif"), "lif")
    };
    assert_eq!(trace("own"), trace("lone"));
}
