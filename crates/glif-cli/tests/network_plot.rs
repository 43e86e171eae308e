//! `glif plot` of network files.

use crate::common::{Place, npy, npy_f64, with};
use crate::network_inspect::{NETWORK, put};
use crate::state::npz;

fn text(place: &Place, name: &str) -> String {
    String::from_utf8(place.get(name)).unwrap()
}

/// Puts `in.npz`: in step t of 40, source t % 4 of the input has a spike, and a population has a current.
fn put_input(place: &Place) {
    let spikes = (0..160).map(|i| u8::from(i % 4 == i / 4 % 4));
    place.put(
        "in.npz",
        npz(&[("input", npy("|b1", false, &[40, 2, 2], spikes)), ("exc", npy_f64(&[40, 6], &[0.6; 240]))]),
    );
}

#[test]
fn a_raster_stacks_the_populations_and_names_them() {
    let place = Place::new();
    put(&place);
    put_input(&place);
    let (code, run, _) = place.glif("run net.toml --input in.npz --plot run.svg");
    let spikes: usize = run.split(" ms, ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
    assert!(code == 0 && spikes > 60, "{run}");
    assert_eq!(place.glif("plot raster net.toml --input in.npz --output r.svg").1, "written: r.svg\n");
    let picture = text(&place, "r.svg");
    assert_eq!(picture.matches("<circle").count(), spikes);
    assert!(picture == text(&place, "run.svg"));
    for name in ["net: network in f32", "input (4)", "exc (6)", "inh (3)"] {
        assert_eq!(picture.matches(name).count(), 1, "{name}");
    }
    let height = |name: &str| {
        let before = &picture[..picture.find(name).unwrap()];
        before.rsplit_once(" y=\"").unwrap().1.split('"').next().unwrap().parse::<i32>().unwrap()
    };
    assert!(height("input (4)") > height("exc (6)") && height("exc (6)") > height("inh (3)"));
    let drawn = place.glif("run net.toml --input in.npz --plot").1;
    assert!(drawn.contains("\n input ┤") && drawn.contains("\n   exc ┤"), "{drawn}");
    // Without inputs, of any length.
    assert_eq!(place.glif("plot raster net.toml --duration 20 --seed 7 --output r.svg").0, 0);
}

#[test]
fn the_rate_of_each_population_is_a_curve() {
    let place = Place::new();
    put(&place);
    put_input(&place);
    let (code, out, _) = place.glif("plot rate net.toml --input in.npz --window 4 --output f.svg");
    // Each of four sources has a spike every 2 ms.
    assert!(out.starts_with("input: 500.0 Hz on average, at most 500.0 Hz in 4 ms\nexc: "), "{out}");
    assert!(code == 0 && out.contains("\ninh: ") && out.ends_with("written: f.svg\n"), "{out}");
    let picture = text(&place, "f.svg");
    for name in ["net: network in f32, mean rate over 4 ms", "\ninput\n", "\nexc\n", "\ninh\n", "time (ms)"] {
        assert_eq!(picture.matches(name).count(), 1, "{name}");
    }
    let (code, out, _) = place.glif("plot rate net.toml --steps 100 --output f.svg");
    assert!(code == 0 && out.starts_with("input: 0.0 Hz on average, at most 0.0 Hz in 10 ms\n"), "{out}");
}

#[test]
fn weights_are_drawn_with_their_unit() {
    let place = Place::new();
    put(&place);
    for (projection, unit, title) in [
        ("input:exc", "nA", "net: projections[0], input to exc, synapse ampa, 12 connections"),
        ("exc:inh:current", "nA", "net: projections[1], exc to inh, synapse current, 12 connections"),
        ("inh:exc:2", "mV", "net: projections[2], inh to exc, synapse delta, 16 connections"),
    ] {
        let said = place.succeeds(&format!("plot weights net.toml --projection {projection} --output w.svg"));
        assert_eq!(said, "written: w.svg\n");
        let picture = text(&place, "w.svg");
        for part in [title, &format!("\n{unit}\n"), "white: no connection", "\nsource\n", "\ntarget\n"] {
            assert_eq!(picture.matches(part).count(), 1, "{part}");
        }
    }
}

#[test]
fn pictures_of_networks_are_refused_with_their_reason() {
    let place = Place::new();
    put(&place);
    let another = with(
        NETWORK,
        "[[projections]]\nfrom = \"exc\"",
        "[[projections]]\nfrom = \"input\"\nto = \"exc\"\nweights = { value = 1.0 }\n\n[[projections]]\nfrom = \"exc\"",
    );
    place.put("net.toml", another);
    let weights = |projection: &str, words: &[&str]| {
        place.refuses(&format!("plot weights net.toml --projection {projection} --output w.svg"), words);
    };
    let both = ["there are 2 of these", "help: use one of `input:exc:0` (`ampa`), `input:exc:1` (`current`)"];
    weights("input:exc", &both);
    weights("input:exc:gaba", &["--projection input:exc:gaba: no synapse", "`input:exc:0` (`ampa`)"]);
    weights("input:exc:2", &["--projection input:exc:2: no synapse and no projection"]);
    weights("exc:input", &["--projection exc:input: there is no projection from `exc` to `input`"]);
    weights("exc:none", &["--projection: no population `none`; available: input, exc, inh"]);
    place.misused("plot weights net.toml --projection exc --output w.svg", &["must be FROM:TO"]);
    place.misused("plot weights net.toml --output w.svg", &["--projection"]);
    let words = ["`lif.toml`: a population file, but this command takes a network file"];
    place.refuses("plot weights lif.toml --projection a:b --output w.svg", &words);
    let words = ["`net.toml`: a network file, but this command takes a population file"];
    for command in ["trace net.toml --steps 9", "error net.toml --steps 9", "decay net.toml"] {
        place.refuses(&format!("plot {command} --output p.svg"), &words);
    }
    place.misused("plot rate net.toml --steps 9 --from 1 --output f.svg", &["--from is for population files"]);
    place.misused("plot rate lif.toml --window 1 --output f.svg", &["--window is for network files"]);
    place.misused("plot rate net.toml --output f.svg", &["needs --steps T or --duration MS"]);
    place.misused("plot raster net.toml --output f.svg", &["needs --steps T or --duration MS"]);
    place.misused(
        "plot raster net.toml --constant 3 --steps 9 --output f.svg",
        &["a network has its stimuli in its file"],
    );
    for window in ["0", "-1", "inf", "NaN"] {
        let words = ["--window ", " ms: must be above 0 and finite"];
        place.refuses(&format!("plot rate net.toml --steps 9 --window {window} --output f.svg"), &words);
    }
    place.put("bad.npz", npz(&[("none", npy_f64(&[4, 6], &[0.0; 24]))]));
    for command in ["raster", "rate"] {
        let words = ["`bad.npz[none]`: the network has no such population; it has `input`, `exc`, `inh`"];
        place.refuses(&format!("plot {command} net.toml --input bad.npz --output f.svg"), &words);
    }
}
