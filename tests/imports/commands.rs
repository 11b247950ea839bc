//! Models of other programs on the command line: everything that needs no training works on them, and what does not says
//! why.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

use super::folder;

/// A person's own data and cache in a folder of the test's.
struct Home(TempDir);

impl Home {
    fn new() -> Self {
        Home(TempDir::new().unwrap())
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_morphospace"));
        let folder = |name: &str| self.0.path().join(name);
        command.env("XDG_DATA_HOME", folder("data")).env("MORPHOSPACE_CACHE_DIR", folder("cache"));
        command.env("HOME", folder("home")).args(arguments).output().unwrap()
    }

    fn json(&self, arguments: &[&str]) -> Value {
        let output = self.run(&[arguments, &["--json"]].concat());
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {stderr}");
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{arguments:?}: {error}"))
    }

    fn refusal(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(!output.status.success(), "{arguments:?}");
        String::from_utf8_lossy(&output.stderr).into_owned()
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).to_str().unwrap().to_owned()
    }
}

fn model(name: &str) -> String {
    folder().join(name).to_str().unwrap().to_owned()
}

fn is_picture(path: &str) -> bool {
    std::fs::metadata(Path::new(path)).is_ok_and(|about| about.len() > 500)
}

#[test]
fn a_reading_is_corrected_and_remembered_for_the_file() {
    let home = Home::new();
    let file = model("labels.onnx");
    let told = home.json(&["import", &file, "--set", "labels=3", "--output-range", "signed"]);
    assert_eq!(told["reading"]["decoder"]["range"], "signed");
    assert_eq!(told["reading"]["decoder"]["extra"][0]["value"], 3.0);
    let known = home.json(&["info", &file]);
    assert_eq!(known["config"]["imported"]["decoder"]["extra"][0]["value"], 3.0);
    // By its content: in another folder it is known again.
    let moved = home.path("moved.onnx");
    std::fs::copy(&file, &moved).unwrap();
    assert_eq!(home.json(&["info", &moved])["config"]["imported"]["decoder"]["range"], "signed");
    for (options, words) in [
        (&["--set", "labels=-1"][..], "no whole number"),
        (&["--set", "c=1"], "it has no input 'c'"),
        (&["--input-range", "unit"], "no encoder"),
        (&["--size", "40x40"], "numbers a picture"),
    ] {
        let said = home.refusal(&[&["import", &file], options].concat());
        assert!(said.contains(words), "{options:?}: {said}");
    }
}

#[test]
fn a_vae_of_another_program_is_explored_and_measured() {
    let home = Home::new();
    let file = model("whole_vae.onnx");
    let measured = home.json(&["import", &file, "--data", "builtin:faces"]);
    assert_eq!(measured["code_space"]["images"], 1000);
    let images = home.json(&["info", &file])["latent"]["images"].as_u64();
    assert_eq!(images, Some(1000), "what was measured is remembered");
    let out = |name: &str| home.path(name);
    let [faces, sheet, walk, row, map, codes] =
        ["faces", "sheet.png", "walk.gif", "row.png", "map.png", "codes.npy"].map(out);
    home.json(&["faces", "--count", "12", "--image-size", "32", "--out", &faces]);
    home.json(&["sample", &file, "-n", "6", "--out", &sheet]);
    home.json(&["traverse", &file, "--dims", "0,1", "--out", &row]);
    home.json(&["atlas", &file, "--data", &faces, "--method", "pca", "--out", &map]);
    home.json(&["export", &file, "--codes", &faces, "--out", &codes]);
    let [a, b] = ["face-000000.png", "face-000001.png"]
        .map(|name| Path::new(&faces).join(name).to_str().unwrap().to_owned());
    home.json(&["interpolate", &file, &a, &b, "--frames", "4", "--out", &walk]);
    assert!([&sheet, &row, &map, &walk].iter().all(|path| is_picture(path)));
    let row = home.json(&["evaluate", &file, "--data", &faces, "--split", "all", "--nearest-k", "2"]);
    assert!(row["psnr"].as_f64().unwrap() > 3.0 && row["kl"].as_f64().is_some(), "{row}");
    assert!(row["trained_on"].is_null() && row.get("foreign").is_none_or(Value::is_null), "{row}");
    let found =
        home.json(&["directions", "fit", &file, "--method", "sefa", "--count", "3", "--out", &out("d.json")]);
    assert!(found.to_string().contains("SeFa"), "{found}");
}

#[test]
fn generators_of_any_shape_draw_and_what_cannot_be_says_why() {
    let home = Home::new();
    for name in ["dcgan.old.onnx", "wide_grey.onnx", "channels_last.onnx", "pythae_mnist.pt", "upsample.onnx"]
    {
        let sheet = home.path("sheet.png");
        home.json(&["sample", &model(name), "-n", "4", "--out", &sheet]);
        assert!(is_picture(&sheet), "{name}");
    }
    let photo = home.path("faces");
    home.json(&["faces", "--count", "1", "--image-size", "64", "--out", &photo]);
    let photo = Path::new(&photo).join("face-000000.png").to_str().unwrap().to_owned();
    let (dcgan, out, folder) = (model("dcgan.onnx"), home.path("out.png"), home.path("inverted"));
    for (arguments, words) in [
        (vec!["reconstruct", &dcgan, &photo, "--out", &folder], "no encoder"),
        (vec!["invert", &dcgan, &photo, "--out", &folder], "gradients"),
        (vec!["prior", &dcgan, "--kind", "gaussian", "--data", "builtin:faces"], "another program"),
        (vec!["export", &dcgan, "--out", &out.replace("png", "safetensors")], "another program"),
        (vec!["sample", "no-such.onnx", "--out", &out], "no-such.onnx"),
    ] {
        let said = home.refusal(&arguments);
        assert!(said.contains(words), "{arguments:?}: {said}");
    }
    // Layers of the program's own have gradients.
    let vae = model("pytorch_vae.pt");
    home.json(&["invert", &vae, &photo, "--steps", "3", "--out", &folder]);
    assert!(std::fs::read_dir(&folder).unwrap().count() > 0);
}

#[test]
fn what_this_program_exports_it_opens_again() {
    let home = Home::new();
    let (onnx, python) = (home.path("vae.onnx"), home.path("vae.py"));
    home.json(&["export", "vae-faces-64", "--out", &onnx]);
    home.json(&["export", "vae-faces-64", "--out", &python]);
    let pictures = |model: &str| {
        let sheet = home.path("sheet.png");
        home.json(&["sample", model, "-n", "3", "--seed", "5", "--out", &sheet]);
        image::open(&sheet).unwrap().to_rgb8()
    };
    let own = pictures("vae-faces-64");
    for again in [onnx.replace(".onnx", ".decoder.onnx"), python.replace(".py", ".pt")] {
        let info = home.json(&["info", &again]);
        assert!(info["config"]["imported"]["encoder"].is_object(), "both halves are found: {again}");
        let off = own.as_raw().iter().zip(pictures(&again).as_raw()).map(|(a, b)| a.abs_diff(*b)).max();
        assert!(off.unwrap() <= 1, "{again}: {off:?}");
    }
}
