//! The program as a person or a script runs it, on small pictures that the test draws itself.
#![allow(clippy::unwrap_used)] // helpers of tests may panic as tests do

#[path = "common/npz.rs"]
mod npz;
#[path = "common/pictures.rs"]
mod pictures;
#[path = "common/program.rs"]
mod program;

use std::path::Path;
use std::process::Command;

use morphospace::features::FeatureSet;
use morphospace::metrics::features::Features;
use npz::npz;
use pictures::folder_of_pictures;
use program::{json, morphospace, text};
use serde_json::Value;

/// Options that make a run small enough for a test.
const SMALL: [&str; 10] = [
    "--image-size",
    "32",
    "--latent-dim",
    "8",
    "--base-width",
    "4",
    "--batch-size",
    "8",
    "--validate-every",
    "5",
];

#[test]
fn a_run_from_training_to_pictures() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    let data = folder_of_pictures(60);
    let data = data.path();

    let options = ["train", "--model", "vae", "--data", text(data), "--out", text(&run), "--steps", "10"];
    let summary = json(&[&options[..], &SMALL].concat());
    assert_eq!(summary["steps"], 10);
    assert!(summary["images_per_second"].as_f64().unwrap() > 0.0);
    assert!(summary["validation_loss"].as_f64().unwrap() > 0.0);
    let checkpoint = Path::new(summary["checkpoint"].as_str().unwrap());
    assert!(checkpoint.is_file());
    assert!(run.join("config.json").is_file() && run.join("samples/step-0000010.png").is_file());
    let history = std::fs::read_to_string(run.join("history.csv")).unwrap();
    assert_eq!(history.lines().count(), 11);

    let row = json(&["evaluate", text(&run), "--data", text(data), "--split", "all"]);
    assert_eq!(row["n"], 60);
    assert!(row["re"].as_f64().unwrap() > 0.0 && row["ssim"].as_f64().unwrap() < 1.0);
    let rows = json(&["evaluate", text(&run), text(checkpoint), "--data", text(data), "--split", "all"]);
    assert_eq!(rows["rows"][0]["re"], rows["rows"][1]["re"]);

    let info = json(&["info", text(&run)]);
    assert_eq!((&info["steps"], &info["config"]["latent_dim"]), (&Value::from(10), &Value::from(8)));
    assert_eq!(json(&["info", text(data)])["images"], 60);

    let out = folder.path().join("pictures");
    let photo = data.join("000.png");
    let made = json(&["reconstruct", text(&run), text(&photo), "--out", text(&out)]);
    assert_eq!(size_of(&made["rows"][0]["file"]), (32 * 2 + 6, 32 + 4));

    let sheet = out.join("sheet.png");
    json(&["sample", text(&run), "-n", "9", "--seed", "3", "--out", text(&sheet)]);
    let first = std::fs::read(&sheet).unwrap();
    json(&["sample", text(&run), "-n", "9", "--seed", "3", "--out", text(&sheet)]);
    assert_eq!(first, std::fs::read(&sheet).unwrap(), "the same seed gives the same sheet");

    for (file, path) in [("walk.gif", "slerp"), ("strip.png", "lerp")] {
        let file = out.join(file);
        let ends = [text(&photo), "seed:7"];
        let tail = ["--frames", "5", "--path", path, "--out", text(&file)];
        json(&[&["interpolate", text(&run)], &ends[..], &tail].concat());
        assert!(image::open(&file).is_ok());
    }
    let film = out.join("walk.webp");
    let code = out.join("code.json");
    std::fs::write(&code, "[1, 0, 0, -1, 0.5, 0, 0, 2]").unwrap();
    let code = format!("code:{}", text(&code));
    let ends = [text(&run), text(&run), "seed:1", text(&photo), &code, "--frames", "6", "--loop"];
    let tail =
        ["--easing", "ease-in-out", "--times", "0,0.2,0.6", "--crop", "0.5,0.5,0.8", "--out", text(&film)];
    let walk = json(&[&["interpolate"], &ends[..], &tail].concat());
    assert_eq!((&walk["frames"], walk["rows"].as_array().unwrap().len()), (&6.into(), 2));
    let change =
        |name: &str| walk["rows"][0][name].as_array().unwrap().iter().all(|c| c.as_f64().unwrap() > 0.0);
    assert_eq!(walk["rows"][0]["change"].as_array().unwrap().len(), 6, "with the step that closes the loop");
    assert!(change("change") && change("feature_change"), "{walk}");
    assert_eq!(walk["rows"][0]["change"], walk["rows"][1]["change"], "the same model twice");
    assert_eq!(image::image_dimensions(&film).unwrap(), (2 * 258 + 2, 260));
    let plan = out.join("faces.walk.json");
    let keys = r#"[{"time":0,"source":{"seed":1}},{"time":1,"source":{"photo":{"file":"photo.png"}}}]"#;
    std::fs::write(&plan, format!(r#"{{"walk":1,"keys":{keys},"frames":4,"seconds":2}}"#)).unwrap();
    std::fs::copy(&photo, out.join("photo.png")).unwrap();
    let frames = format!("{}/", text(&out.join("frames")));
    let walk = json(&["interpolate", text(&run), "--keys", text(&plan), "--out", &frames]);
    assert_eq!(walk["files"].as_array().unwrap().len(), 4, "{walk}");
    for wrong in [
        &["interpolate", text(&run), "seed:1", "--out", "a.gif"][..],
        &["interpolate", text(&run), "seed:1", "seed:2", "--times", "0,1,1", "--out", "a.gif"],
        &["interpolate", text(&run), text(&photo), "seed:2", "--crop", "2,0,1", "--out", "a.gif"],
    ] {
        assert_eq!(morphospace(wrong).status.code(), Some(2), "{wrong:?}");
    }

    let grid = out.join("dims.png");
    json(&["traverse", text(&run), "--image", text(&photo), "--dims", "0,3", "--out", text(&grid)]);
    assert!(image::open(&grid).is_ok());

    let model = out.join("model.safetensors");
    json(&["export", text(&run), "--out", text(&model)]);
    assert!(model.metadata().unwrap().len() * 4 < checkpoint.metadata().unwrap().len());
    let half = json(&["evaluate", text(&model), "--data", text(data), "--split", "all"]);
    let difference = half["re"].as_f64().unwrap() - row["re"].as_f64().unwrap();
    assert!(difference.abs() < 1e-4, "half precision costs {difference}");
}

fn size_of(file: &Value) -> (u32, u32) {
    image::image_dimensions(file.as_str().unwrap()).unwrap()
}

#[test]
fn code_spaces_are_walked_and_drawn_from_alike() {
    let (data, folder) = (folder_of_pictures(120), tempfile::tempdir().unwrap());
    let sheet = folder.path().join("sheet.png");
    let data = text(data.path());
    let order = ["experiment", "smoothness", "--data", data, "--models", "vae-ffhq-64", "ae-ffhq-64"];
    let counts = ["--walks", "1", "--draws", "9", "--out", text(&sheet)];
    let report = json(&[&order[..], &counts].concat());
    let rows = report["rows"].as_array().unwrap();
    assert_eq!((rows.len(), &rows[1]["name"], &rows[0]["n"]), (2, &"ae-ffhq-64".into(), &9.into()));
    for row in rows {
        let number = |name: &str| row[name].as_f64().unwrap();
        assert!(number("path_length") > 0.0 && number("change") > 0.0 && number("nearest") > 0.0, "{row}");
        assert!(number("largest") >= 1.0 && (0.0..=1.0).contains(&number("unlike")), "{row}");
    }
    assert_eq!(report["verdict"].as_array().unwrap().len(), 2);
    // Nine pictures of the walk and eight draws a row.
    assert_eq!(size_of(&report["sheet"]), (17 * 66 + 2, 2 * 66 + 2));
    let many = morphospace(&[&order[..], &["--walks", "1000"]].concat());
    assert!(String::from_utf8_lossy(&many.stderr).contains("fewer walks"));
}

#[test]
fn several_models_reconstruct_several_images_and_leave_a_contact_sheet() {
    let (data, out) = (folder_of_pictures(2), tempfile::tempdir().unwrap());
    let images = [data.path().join("000.png"), data.path().join("001.png")];
    let [first, second] = images.each_ref().map(|image| text(image));
    let models = ["vae-ffhq-64", "ae-ffhq-64"];
    let line =
        ["reconstruct", models[0], models[1], first, second, "--align", "none", "--out", text(out.path())];
    let made = json(&line);
    let rows = made["rows"].as_array().unwrap();
    let of = |at: usize| (rows[at]["name"].as_str().unwrap(), rows[at]["model"].as_str().unwrap());
    assert_eq!(
        [of(0), of(1), of(2), of(3)],
        [(first, models[0]), (first, models[1]), (second, models[0]), (second, models[1])]
    );
    assert_eq!(size_of(&rows[0]["file"]), (3 * 64 + 8, 64 + 4), "input and both reconstructions");
    let re = |row: &Value| row["re"].as_f64().unwrap();
    let mean = (re(&rows[1]) + re(&rows[3])) / 2.0;
    assert!((re(&made["models"][1]) - mean).abs() < 1e-9, "{}", made["models"]);
    assert!(Path::new(made["sheet"].as_str().unwrap()).exists());
    // A model alone has nothing to show.
    let none = morphospace(&["reconstruct", models[0], models[1], "--out", text(out.path())]);
    assert_eq!(none.status.code(), Some(2), "{}", String::from_utf8_lossy(&none.stderr));
}

#[test]
fn compare_reports_identical_and_different_folders() {
    let (a, b) = (folder_of_pictures(3), folder_of_pictures(4));
    let (a, b) = (a.path(), b.path());
    let same = json(&["compare", text(a), text(b)]);
    assert_eq!((&same["re"], &same["psnr"], &same["n"]), (&0.0.into(), &Value::Null, &3.into()));
    assert!((same["ssim"].as_f64().unwrap() - 1.0).abs() < 1e-9);
    std::fs::copy(a.join("000.png"), b.join("001.png")).unwrap();
    let other = json(&["compare", text(a), text(b)]);
    assert!(other["re"].as_f64().unwrap() > 0.0 && other["ssim"].as_f64().unwrap() < 1.0);
    assert!(other["psnr"].as_f64().unwrap() < 50.0, "identical pairs are not in the mean: {other}");
    assert_eq!((&other["identical"], &other["left_out"]["count"]), (&2.into(), &0.into()));
    // A pair of another size does not take the others' numbers away.
    image::RgbImage::new(40, 33).save(b.join("002.png")).unwrap();
    let output = morphospace(&["compare", text(a), text(b), "--json"]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("002.png"));
    let fewer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&fewer["n"], &fewer["identical"], &fewer["psnr"]), (&2.into(), &1.into(), &other["psnr"]));
    assert_eq!(fewer["left_out"]["count"], 1);
    assert!(fewer["left_out"]["names"][0].as_str().unwrap().starts_with("002.png"), "{fewer}");
}

#[test]
fn compare_takes_files_of_features() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, n: usize, shift: f32| {
        let values = (0..n * 4).map(|v| ((v * v * 31) % 97) as f32 / 97.0 + shift).collect();
        let features = Features::from_f32(values, 4).unwrap();
        let (names, extractor) = (Vec::new(), Some("eyes".to_owned()));
        let (skipped, notes) = (Vec::new(), Vec::new());
        let path = folder.path().join(name);
        FeatureSet { features, names, extractor, skipped, notes }.write(&path).unwrap();
        path
    };
    let (a, b) = (file("a.npz", 60, 0.0), file("b.npy", 50, 0.0));
    let far = file("far.npy", 50, 9.0);
    let same = json(&["compare", text(&a), text(&a)]);
    assert!(same["fid"].as_f64().unwrap() < 1e-9, "{same}");
    assert_eq!(
        (&same["precision"], &same["n"], &same["features"]),
        (&1.0.into(), &60.into(), &"eyes".into())
    );
    let near = json(&["compare", text(&a), text(&b), "--nearest-k", "5"]);
    assert_eq!((&near["n_real"], &near["n_generated"], &near["k"]), (&60.into(), &50.into(), &5.into()));
    assert!(near["kid"].is_number() && near["kid_std"].is_number(), "{near}");
    assert!(same["kid"].is_number() && same["kid_std"].is_null(), "one pair of subsets: {same}");
    let other = json(&["compare", text(&a), text(&far)]);
    assert!(other["kid"].as_f64().unwrap() > near["kid"].as_f64().unwrap() + 1.0, "{other}");
    assert!(other["fid"].as_f64().unwrap() > 9.0 * 9.0 * 4.0 - 1.0, "{other}");
    assert_eq!((&other["density"], &other["coverage"]), (&0.0.into(), &0.0.into()));

    let output = morphospace(&["compare", text(&b), text(&far)]);
    let (table, notes) =
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(table.contains("Fréchet distance ↓  kernel distance ↓  precision ↑"), "{table}");
    assert!(table.contains("4 numbers from files"), "{table}");
    assert!(notes.contains("50 images are few"), "{notes}");

    let pictures = folder_of_pictures(3);
    let failed = morphospace(&["compare", text(&a), text(pictures.path())]);
    assert_eq!(failed.status.code(), Some(1));
    let message = String::from_utf8(failed.stderr).unwrap();
    assert!(message.contains("features of eyes and of embedded-"), "{message}");
}

#[test]
fn compare_takes_statistics_for_what_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    // Three numbers, independent of each other: means 1, 0, 0 apart, deviations 1 and 2.
    let diagonal = |v: f64| [v, 0.0, 0.0, 0.0, v, 0.0, 0.0, 0.0, v];
    let (a, b, flat) = (path("a.npz"), path("b.npz"), path("flat.npz"));
    npz(&a, &[("mu", "(3,)", &[0.0; 3]), ("sigma", "(3, 3)", &diagonal(1.0))]);
    npz(&b, &[("sigma", "(3, 3)", &diagonal(4.0)), ("mu", "(3,)", &[1.0, 0.0, 0.0])]);
    npz(&flat, &[("mu", "(2,)", &[0.0; 2]), ("sigma", "(2, 2)", &[1.0, 0.0, 0.0, 1.0])]);
    let found = json(&["compare", text(&a), text(&b)]);
    // 1² and three times (2 − 1)².
    assert!((found["fid"].as_f64().unwrap() - 4.0).abs() < 1e-9, "{found}");
    for key in ["precision", "recall", "density", "coverage", "n", "n_real"] {
        assert_eq!(found.get(key), Some(&Value::Null), "{key}");
    }
    assert!(found["not_available"].as_str().unwrap().contains("features of each image"), "{found}");
    assert_eq!(found["features"], "3 numbers from files");
    let table = morphospace(&["compare", text(&a), text(&b)]);
    assert!(String::from_utf8(table.stdout).unwrap().contains("4.000"));
    assert!(String::from_utf8(table.stderr).unwrap().contains("not available"));

    // The same distance as of the features that they were computed from.
    let rows: Vec<f32> = (0..50 * 3).map(|v| ((v * v * 31) % 97) as f32 / 97.0).collect();
    let (mut mean, mut sigma) = ([0.0; 3], [0.0; 9]);
    for row in rows.chunks(3) {
        (0..3).for_each(|i| mean[i] += f64::from(row[i]) / 50.0);
    }
    for row in rows.chunks(3) {
        for (at, sum) in sigma.iter_mut().enumerate() {
            let [i, j] = [at / 3, at % 3].map(|i| f64::from(row[i]) - mean[i]);
            *sum += i * j / 49.0;
        }
    }
    let (features, moments) = (path("features.npy"), path("moments.npz"));
    let (names, extractor) = (Vec::new(), None);
    let (skipped, notes) = (Vec::new(), Vec::new());
    let features_of = Features::from_f32(rows, 3).unwrap();
    FeatureSet { features: features_of, names, extractor, skipped, notes }.write(&features).unwrap();
    npz(&moments, &[("m", "(3,)", &mean), ("c", "(3, 3)", &sigma)]);
    let chosen = format!("{}:m,c", text(&moments));
    let direct = json(&["compare", text(&features), text(&a)]);
    let through = json(&["compare", &chosen, text(&a)]);
    let [direct_fid, through_fid] = [&direct, &through].map(|found| found["fid"].as_f64().unwrap());
    assert!((direct_fid - through_fid).abs() < 1e-6, "{direct} {through}");
    assert_eq!((&direct["n"], &direct["n_real"]), (&50.into(), &50.into()));

    let refused = |arguments: &[&str]| {
        let output = morphospace(arguments);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    let question = refused(&["compare", text(&moments), text(&a)]);
    assert!(question.contains("m (3), c (3 × 3)") && question.contains("moments.npz:NAME"), "{question}");
    let sizes = refused(&["compare", text(&a), text(&flat)]);
    assert!(sizes.contains("3 numbers") && sizes.contains("and of 2"), "{sizes}");
    // Beside images somebody has to say which network the statistics are of, and it has to fit.
    let pictures = folder_of_pictures(6);
    let unsaid = refused(&["compare", text(&a), text(pictures.path())]);
    assert!(unsaid.contains("does not say which network") && unsaid.contains("--extractor"), "{unsaid}");
    let unfit = refused(&["compare", text(&a), text(pictures.path()), "--extractor", "embedded"]);
    assert!(unfit.contains("3 numbers") && unfit.contains("256"), "{unfit}");
    let wide: Vec<f64> = (0..256 * 256).map(|at| if at % 257 == 0 { 1.0 } else { 0.0 }).collect();
    let saved = path("saved.npz");
    npz(&saved, &[("mu", "(256,)", &[0.0; 256]), ("sigma", "(256, 256)", &wide)]);
    let said = json(&["compare", text(&saved), text(pictures.path()), "--extractor", "embedded"]);
    assert!(said["features"].as_str().unwrap().starts_with("embedded-"), "{said}");
    assert_eq!((&said["n"], &said["precision"]), (&6.into(), &Value::Null));
    assert!(said["fid"].as_f64().unwrap() > 0.0, "{said}");
}

#[test]
fn what_was_measured_is_told_where_sets_are_too_small() {
    let pictures = folder_of_pictures(6);
    let asked = ["--samples", "2"];
    let words = ["evaluate", "vae-faces-64", "--data", text(pictures.path()), "--split", "all"];
    let output = morphospace(&[&words[..], &asked].concat());
    let (table, message) =
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(table.contains("PSNR dB"), "{table}");
    assert!(message.contains("2 draws are too few") && message.contains("take more images"), "{message}");
    assert_eq!(output.status.code(), Some(1), "what was asked for is missing");
    let one = folder_of_pictures(1);
    let output = morphospace(&["compare", text(one.path()), text(one.path())]);
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success() && message.contains("take more images"), "{message}");
    for command in [&["evaluate", "a", "--data", "b"][..], &["compare", "a", "b"]] {
        let output = morphospace(&[command, &["--nearest-k", "0"]].concat());
        assert_eq!(output.status.code(), Some(2), "{command:?}");
    }
}

#[test]
fn exit_codes_tell_failure_from_wrong_usage() {
    let failed = morphospace(&["info", "no/such/file.safetensors"]);
    assert_eq!(failed.status.code(), Some(1));
    let message = String::from_utf8(failed.stderr).unwrap();
    assert!(
        message.contains("no/such/file.safetensors") && message.trim_end().lines().count() == 1,
        "{message}"
    );
    assert!(failed.stdout.is_empty());

    for wrong in [
        &["train", "--data", "x"][..],
        &["train", "--out", "x"],
        &["train", "--data", "x", "--out", "y", "--image-size", "65"],
        &["train", "--resume", "x", "--seed", "1"],
        &["train", "--resume", "x", "--kl-schedule", "warmup:5"],
        &["train", "--resume", "x", "--fork", "y"],
        &["train", "--fork", "x"],
        &["train", "--data", "x", "--out", "y", "--model", "sae", "--sparsity", "kl:2,1"],
        &["train", "--data", "x", "--out", "y", "--model", "sae", "--sparsity", "l2:1"],
        &["train", "--data", "x", "--out", "y", "--model", "ae", "--sparsity", "l1:1"],
        &["train", "--data", "x", "--out", "y", "--model", "dae", "--noise", "blur:1"],
        &["train", "--data", "x", "--out", "y", "--model", "vae", "--noise", "mask:0.5"],
        &["train", "--data", "x", "--out", "y", "--model", "ae", "--free-bits", "1"],
        &["train", "--data", "x", "--out", "y", "--model", "ae", "--kl-weight", "2"],
        &["train", "--data", "x", "--out", "y", "--model", "sae", "--kl-schedule", "warmup:5"],
        &["train", "--data", "x", "--out", "y", "--model", "dcgan", "--weight-decay", "0.1"],
        &["train", "--data", "x", "--out", "y", "--kl-schedule", "warmup:18446744073709551615"],
        &["features", "x", "--extractor", "clip:y", "--out", "z.npy"],
        &["experiment", "extractor", "--data", "x", "--steps", "5"],
        &["experiment", "extractor", "--data", "x", "--out", "y", "--quick", "--steps", "5"],
        &["train", "--data", "x", "--out", "y", "--kl-schedule", "cyclical:4"],
        &["train", "--data", "x", "--out", "y", "--kl-schedule", "cyclical:4,0"],
        &["train", "--data", "x", "--out", "y", "--free-bits=-1"],
        &["evaluate", "x", "--data", "y", "--noise", "gaussian:2"],
        &["sample"],
        &["sample", "--paint"],
    ] {
        assert_eq!(morphospace(wrong).status.code(), Some(2), "{wrong:?}");
    }
}

#[test]
fn a_run_is_not_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    let data = folder_of_pictures(20);
    let data = data.path();
    let options = ["train", "--data", text(data), "--out", text(&run), "--steps", "1"];
    let options = [&options[..], &SMALL].concat();
    json(&options);
    let again = morphospace(&options);
    assert_eq!(again.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&again.stderr).contains("--resume"));
}

#[test]
fn an_ae_without_normalization_trains_for_epochs() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder_of_pictures(30);
    let run = folder.path().join("a run");
    let options = ["train", "--model", "ae", "--normalization", "none", "--data", text(data.path())];
    let rest = ["--out", text(&run), "--epochs", "2"];
    let summary = json(&[&options[..], &rest, &SMALL].concat());
    // 90 % or so of 30 images, twice, by eights.
    assert!((6..=8).contains(&summary["steps"].as_u64().unwrap()), "{summary}");
    assert!(json(&["info", text(&run)])["latent"]["kl"].as_array().unwrap().is_empty());
    let sheet = folder.path().join("s.png");
    json(&["sample", text(&run), "-n", "4", "--out", text(&sheet)]);

    let done = morphospace(&["train", "--resume", text(&run)]);
    assert_eq!(done.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&done.stderr).contains("--steps"));
}

/// The highest rate of a schedule is what `--lr` means, wherever in it the run stands.
#[test]
fn a_run_is_resumed_and_forked_with_other_settings() {
    let (folder, data) = (tempfile::tempdir().unwrap(), folder_of_pictures(30));
    let [run, fork] = ["run", "fork"].map(|name| folder.path().join(name));
    let begun = ["train", "--data", text(data.path()), "--out", text(&run), "--steps", "10"];
    json(&[&begun[..], &["--kl-schedule", "warmup:20"], &SMALL].concat());
    let changed = ["--steps", "20", "--lr", "2e-3", "--kl-weight", "0.25", "--free-bits", "0.5"];
    let resumed = [&["train", "--resume", text(&run)], &changed[..], &["--weight-decay", "0.125"]].concat();
    let output = morphospace(&resumed);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{said}");
    assert!(said.contains("weight decay 0.125"), "{said}");
    let events = std::fs::read_to_string(run.join("events.csv")).unwrap();
    assert!(events.contains("\n10,weight_decay,0.125,\n"), "{events}");
    assert!(said.contains("KL weight 0.25") && said.contains("free bits 0.5"), "{said}");

    let column = |run: &Path, name: &str| -> Vec<f64> {
        let history = std::fs::read_to_string(run.join("history.csv")).unwrap();
        let place = history.lines().next().unwrap().split(',').position(|n| n == name).unwrap();
        history.lines().skip(1).map(|line| line.split(',').nth(place).unwrap().parse().unwrap()).collect()
    };
    assert_eq!(column(&run, "kl_weight")[8..], [&[0.4, 0.45][..], &[0.25; 10]].concat());
    assert_eq!(column(&run, "free_bits")[9..12], [0.0, 0.5, 0.5]);
    // Twice what a cosine to 1e-3 over 20 steps has there.
    let cosine = |step: f64| 0.01 + 0.99 * 0.5 * (1.0 + (std::f64::consts::PI * step / 19.0).cos());
    let rates = column(&run, "learning_rate");
    assert!((10..20).all(|k| (rates[k] - 2e-3 * cosine(k as f64 - 1.0)).abs() < 1e-9), "{rates:?}");

    let forked = ["train", "--fork", text(&run), "--out", text(&fork), "--steps", "24", "--lr", "1e-4"];
    let summary = json(&[&forked[..], &["--lr-schedule", "constant", "--batch-size", "4"]].concat());
    assert_eq!(summary["steps"], 24);
    assert_eq!(column(&fork, "kl_weight"), [&column(&run, "kl_weight")[..], &[0.25; 4]].concat());
    assert_eq!(column(&fork, "learning_rate")[20..], [1e-4; 4]);
    let events = std::fs::read_to_string(fork.join("events.csv")).unwrap();
    assert!(events.contains("\n10,weight_decay,0.125,\n"), "{events}");
    let config = std::fs::read_to_string(fork.join("config.json")).unwrap();
    assert!(config.contains("\"batch_size\": 4") && config.contains("\"base_width\": 4"), "{config}");

    let noisy = "a VAE has no noise strength; --noise goes with --model dae";
    let other = folder.path().join("x");
    let forked = ["--fork", text(&run), "--out", text(&other)];
    let begun = ["--data", text(data.path()), "--out", text(&other)];
    for (more, words, code) in [
        (&["--resume", text(&run), "--steps", "30", "--noise", "mask:0.5"][..], noisy, 1),
        (&[&forked[..], &["--noise", "mask:0.5"]].concat(), noisy, 2),
        (&[&begun[..], &["--noise", "mask:0.5"]].concat(), noisy, 2),
        // Also where it says what is usual: it would be ignored.
        (
            &[&begun[..], &["--model", "ae", "--kl-weight", "1"]].concat(),
            "an AE has no KL weight; --kl-weight",
            2,
        ),
        (&["--resume", text(&run), "--steps", "30", "--lr=-1"], "learning rate", 1),
        (&["--resume", text(&run), "--seed", "1"], "--lr", 2),
        (&[&forked[..], &["--latent-dim", "9"]].concat(), "same shape", 1),
    ] {
        let refused = morphospace(&[&["train"], more].concat());
        let said = String::from_utf8(refused.stderr).unwrap();
        assert_eq!(refused.status.code(), Some(code), "{said}");
        assert!(said.contains(words) && (code == 2 || said.trim_end().lines().count() <= 2), "{said}");
    }
}

/// Options of a fork replace those of the run; with another recipe all that follows from it does.
#[test]
fn a_fork_of_an_adversarial_run_takes_its_extras_and_its_recipe() {
    let (folder, data) = (tempfile::tempdir().unwrap(), folder_of_pictures(30));
    let run = folder.path().join("run");
    let begun = ["train", "--model", "vae-gan", "--data", text(data.path()), "--out", text(&run)];
    json(&[&begun[..], &["--steps", "2", "--ema", "0.5"], &SMALL].concat());
    let forked = |name: &str, more: &[&str]| -> Value {
        let fork = folder.path().join(name);
        let options = ["train", "--fork", text(&run), "--out", text(&fork), "--steps", "4"];
        json(&[&options[..], more].concat());
        serde_json::from_str(&std::fs::read_to_string(fork.join("config.json")).unwrap()).unwrap()
    };
    let one = forked("one", &["--label-smoothing", "0.25"]);
    assert_eq!((&one["label_smoothing"], &one["ema"]), (&0.25.into(), &0.5.into()), "{one}");
    assert_eq!((&one["recipe"], &one["diff_augment"]), (&"recommended".into(), &true.into()), "{one}");
    let paper = forked("paper", &["--recipe", "paper"]);
    assert_eq!((&paper["recipe"], &paper["ema"]), (&"paper".into(), &0.0.into()), "{paper}");
    assert_eq!((&paper["diff_augment"], &paper["label_smoothing"]), (&false.into(), &0.0.into()), "{paper}");
    let refused = morphospace(&["bench", "step", "--model", "vae-gan", "--repeat", "1"]);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("bench adversarial"));
}

#[test]
fn sparse_and_denoising_runs_say_what_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder_of_pictures(60);
    let data = data.path();
    let mut runs = Vec::new();
    for (kind, option, value, said) in [
        ("sae", "--sparsity", "l1:0.5", "sparsity l1:0.5"),
        ("dae", "--noise", "salt-pepper:0.2", "noise salt-pepper:0.2"),
        ("vae", "--kl-schedule", "cyclical:2,0.5", "KL weight 1 (cyclical:2,0.5)"),
    ] {
        let run = folder.path().join(kind);
        let options = ["train", "--model", kind, option, value, "--data", text(data), "--out", text(&run)];
        json(&[&options[..], &["--steps", "6"], &SMALL].concat());
        let info = String::from_utf8(morphospace(&["info", text(&run)]).stdout).unwrap();
        assert!(info.contains(&kind.to_uppercase()) && info.contains(said), "{info}");
        assert_eq!(info.contains("inactive"), kind == "sae", "{info}");
        runs.push(run);
    }
    let both = ["evaluate", text(&runs[0]), text(&runs[1]), "--data", text(data), "--split", "all"];
    let noisy = [&both[..], &["--noise", "gaussian:0.3"]].concat();
    let rows = json(&noisy);
    let baseline = |row: usize| rows["rows"][row]["noisy_input"]["psnr"].as_f64().unwrap();
    assert_eq!(baseline(0), baseline(1));
    assert!(baseline(0) < 16.0, "{rows}");
    assert!(rows["rows"][0]["sparsity"]["inactive_share"].as_f64().is_some());
    assert_eq!(rows, json(&noisy), "the same seed gives the same noise");
    assert_ne!(rows, json(&[&noisy[..], &["--seed", "1"]].concat()));
    let table = String::from_utf8(morphospace(&noisy).stdout).unwrap();
    assert!(table.contains("noisy images, gaussian:0.3") && table.contains("inactive"), "{table}");
    assert!(json(&both)["rows"][0]["noisy_input"].is_null());

    let out = folder.path().join("pictures");
    let photo = data.join("000.png");
    let line = ["reconstruct", text(&runs[1]), text(&photo), "--out", text(&out), "--noise", "mask:0.5"];
    let made = json(&line);
    assert_eq!(size_of(&made["rows"][0]["file"]), (32 * 3 + 8, 32 + 4), "input, noisy input, reconstruction");
    assert!(made["rows"][0]["noisy_input"]["psnr"].as_f64().unwrap() < 20.0);
}

#[test]
fn nothing_of_a_person_is_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder_of_pictures(20);
    let run = folder.path().join("run");
    let options = ["train", "--data", text(data.path()), "--out", text(&run), "--steps", "2"];
    json(&[&options[..], &SMALL].concat());

    let checkpoint = run.join("checkpoint.safetensors");
    let before = std::fs::read(&checkpoint).unwrap();
    for wrong in [
        &["export", text(&run), "--out", text(&checkpoint)][..],
        &["sample", text(&run), "--out", text(&checkpoint)],
    ] {
        assert_eq!(morphospace(wrong).status.code(), Some(1), "{wrong:?}");
    }
    assert!(before == std::fs::read(&checkpoint).unwrap());

    let photo = data.path().join("000.png");
    let before = std::fs::read(&photo).unwrap();
    json(&["reconstruct", text(&run), text(&photo), "--out", text(data.path())]);
    assert!(before == std::fs::read(&photo).unwrap());

    let other = folder.path().join("other");
    std::fs::create_dir(&other).unwrap();
    std::fs::write(other.join("history.csv"), "mine").unwrap();
    let options = ["train", "--data", text(data.path()), "--out", text(&other), "--steps", "2"];
    assert_eq!(morphospace(&[&options[..], &SMALL].concat()).status.code(), Some(1));
    assert_eq!(std::fs::read(other.join("history.csv")).unwrap(), b"mine");
}

#[test]
fn built_in_faces_are_written_with_what_makes_them() {
    let folder = tempfile::tempdir().unwrap();
    let (out, again, sheet) =
        (folder.path().join("faces"), folder.path().join("again"), folder.path().join("sheet.png"));
    let options = ["faces", "--count", "40", "--image-size", "32", "--seed", "3"];
    let written = json(&[&options[..], &["--out", text(&out), "--sheet", text(&sheet)]].concat());
    assert_eq!((written["n"].as_u64(), written["out"].as_str()), (Some(40), Some(text(&out))));
    assert!(written["images_per_second"].as_f64().unwrap() > 0.0);
    // Ten in a row, two pixels between and around them.
    assert_eq!(image::image_dimensions(&sheet).unwrap(), (10 * 34 + 2, 4 * 34 + 2));
    assert_eq!(std::fs::read_dir(&out).unwrap().count(), 41);

    let table = std::fs::read_to_string(out.join("factors.csv")).unwrap();
    let rows: Vec<Vec<&str>> = table.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!(rows.len(), 41);
    assert!(rows[0].starts_with(&["file", "yaw", "pitch"]) && rows[0].contains(&"hair_style"));
    for row in &rows[1..] {
        assert_eq!(row.len(), rows[0].len());
        assert_eq!(image::image_dimensions(out.join(row[0])).unwrap(), (32, 32));
    }

    json(&[&options[..], &["--out", text(&again)]].concat());
    for file in ["face-000000.png", "face-000039.png", "factors.csv"] {
        assert_eq!(std::fs::read(out.join(file)).unwrap(), std::fs::read(again.join(file)).unwrap());
    }
    let refused = morphospace(&[&options[..], &["--out", text(&out)]].concat());
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("something in this folder already"));

    // As when it was killed: some of them, and what they are. The same order goes on; another one is refused.
    for file in ["factors.csv", "face-000007.png"] {
        std::fs::remove_file(again.join(file)).unwrap();
    }
    let begun =
        r#"{"seed":3,"image_size":32,"version":"VERSION"}"#.replace("VERSION", env!("CARGO_PKG_VERSION"));
    std::fs::write(again.join(".faces.json"), begun).unwrap();
    std::fs::write(again.join(".morphospace-Ab1x9z.tmp"), "half a face").unwrap();
    let others = ["faces", "--count", "40", "--image-size", "32", "--seed", "4", "--out", text(&again)];
    assert!(String::from_utf8_lossy(&morphospace(&others).stderr).contains("--seed 3"));
    json(&[&options[..], &["--out", text(&again)]].concat());
    let names = |folder: &Path| -> std::collections::BTreeSet<_> {
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect()
    };
    assert_eq!(names(&again), names(&out));
    for file in ["face-000007.png", "factors.csv"] {
        assert_eq!(std::fs::read(out.join(file)).unwrap(), std::fs::read(again.join(file)).unwrap());
    }
    for wrong in [&["faces"][..], &["faces", "--out", "x", "--count", "0"]] {
        assert_eq!(morphospace(wrong).status.code(), Some(2), "{wrong:?}");
    }
}

#[test]
fn built_in_faces_stand_wherever_a_folder_can() {
    let survey = json(&["info", "builtin:faces"]);
    let count = |part: &str| survey[part].as_u64().unwrap();
    assert_eq!(count("images"), 20_000);
    assert_eq!(count("train") + count("validation") + count("test"), 20_000);

    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    let options = ["train", "--data", "builtin:faces", "--out", text(&run), "--steps", "2"];
    json(&[&options[..], &SMALL].concat());
    let config = std::fs::read_to_string(run.join("config.json")).unwrap();
    assert!(config.contains("\"builtin:faces\""), "{config}");
    let row = json(&["evaluate", text(&run), "--data", "builtin:faces"]);
    assert_eq!(row["n"].as_u64().unwrap(), count("test"));
    let refused = morphospace(&["evaluate", text(&run), "--data", "builtin:cats"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("there is builtin:faces"));
}

#[test]
fn a_damaged_image_is_named_and_costs_only_its_pair() {
    let (a, b) = (folder_of_pictures(3), folder_of_pictures(3));
    std::fs::write(b.path().join("001.png"), b"not a picture").unwrap();
    let output = morphospace(&["compare", text(a.path()), text(b.path()), "--json"]);
    assert!(output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("001.png"));
    let result: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(result["n"], 2);
}

#[test]
fn data_that_cannot_be_trained_on_is_one_sentence_and_leaves_no_run() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    let place = |name: &str| folder.path().join(name);
    for name in ["empty", "broken"] {
        std::fs::create_dir(place(name)).unwrap();
    }
    std::fs::write(place("broken").join("a.jpg"), b"not a picture").unwrap();
    std::fs::write(place("diary.zip"), b"not an archive").unwrap();
    std::fs::write(place("diary.txt"), b"not a folder").unwrap();
    for (name, reason) in [
        ("empty", "holds no images"),
        ("broken", "the only image in it cannot be read"),
        ("diary.zip", "not a zip archive"),
        ("diary.txt", "neither a folder nor a zip archive"),
        ("gone", "no such folder"),
    ] {
        let data = place(name);
        let output = morphospace(&["train", "--data", text(&data), "--out", text(&run), "--steps", "1"]);
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{message}");
        let sentences: Vec<&str> = message.lines().filter(|line| line.starts_with("morphospace: ")).collect();
        assert_eq!(sentences.len(), 1, "{message}");
        assert!(sentences[0].contains(text(&data)) && sentences[0].contains(reason), "{message}");
        assert!(!run.exists());
    }
}

/// As in `morphospace train … 2>&1 | head -1`.
#[cfg(unix)]
#[test]
fn training_goes_on_when_nobody_listens() {
    use std::process::Stdio;

    let folder = tempfile::tempdir().unwrap();
    let data = folder_of_pictures(20);
    let run = folder.path().join("run");
    let options = ["train", "--data", text(data.path()), "--out", text(&run), "--steps", "20"];
    let mut child = Command::new(env!("CARGO_BIN_EXE_morphospace"))
        .args([&options[..], &SMALL].concat())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop((child.stdout.take(), child.stderr.take()));
    assert!(child.wait().unwrap().success());
    assert_eq!(json(&["info", text(&run)])["steps"], 20);
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_resumes_to_the_same_weights() {
    resumes_to_the_same_weights(text(folder_of_pictures(40).path()), 300);
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_on_built_in_faces_resumes_to_the_same_weights() {
    resumes_to_the_same_weights("builtin:faces", 100);
}

/// Ctrl-C saves and exits 130; the resumed run ends with the weights of one that was never stopped.
#[cfg(unix)]
fn resumes_to_the_same_weights(data: &str, steps: usize) {
    use std::io::{BufRead, BufReader};
    use std::process::Stdio;

    let folder = tempfile::tempdir().unwrap();
    let (stopped, whole) = (folder.path().join("stopped"), folder.path().join("whole"));
    let train = |out: &Path| {
        let steps = steps.to_string();
        let options = ["train", "--data", data, "--out", text(out), "--steps", &steps, "--save-every", "20"];
        let mut command = Command::new(env!("CARGO_BIN_EXE_morphospace"));
        command.args([&options[..], &SMALL].concat()).env("RAYON_NUM_THREADS", "2");
        command
    };
    let mut child = train(&stopped).stderr(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(child.stderr.take().unwrap()).lines();
    for line in lines.map_while(Result::ok) {
        if line.contains("saved") && line.contains(" 40 ") {
            Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
        }
    }
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let interrupted = json(&["info", text(&stopped)])["steps"].as_u64().unwrap();
    assert!((40..steps as u64).contains(&interrupted), "stopped at {interrupted}");

    let resumed = Command::new(env!("CARGO_BIN_EXE_morphospace"))
        .args(["train", "--resume", text(&stopped)])
        .env("RAYON_NUM_THREADS", "2")
        .output()
        .unwrap();
    assert!(resumed.status.success(), "{}", String::from_utf8_lossy(&resumed.stderr));
    assert!(train(&whole).output().unwrap().status.success());
    let read = |run: &Path, file: &str| std::fs::read(run.join(file)).unwrap();
    assert!(read(&stopped, "history.csv") == read(&whole, "history.csv"), "the losses differ");
    let weights = |run: &Path| {
        let bytes = read(run, "checkpoint.safetensors");
        let tensors = safetensors::SafeTensors::deserialize(&bytes).unwrap();
        let mut all: Vec<_> = tensors.iter().map(|(n, t)| (n.to_owned(), t.data().to_vec())).collect();
        all.sort();
        all
    };
    assert!(weights(&stopped) == weights(&whole), "the weights differ");
}

#[test]
fn benchmarks_measure_what_they_say() {
    let step =
        ["bench", "step", "--image-size", "32", "--base-width", "4", "--batch-size", "4", "--repeat", "3"];
    let figures = json(&step);
    assert_eq!(figures["repeat"], 3);
    let (milliseconds, rate) =
        (figures["milliseconds"].as_f64().unwrap(), figures["images_per_second"].as_f64().unwrap());
    assert!((rate * milliseconds / 4e3 - 1.0).abs() < 1e-9, "{figures}");
    if cfg!(target_os = "linux") {
        let [peak, growth] = ["peak_rss_mib", "peak_growth_mib"].map(|key| figures[key].as_f64().unwrap());
        assert!(0.0 < growth && growth < peak, "{figures}");
    }
    for model in ["dcgan", "vae-gan"] {
        let update = ["bench", "adversarial", "--model", model, "--image-size", "32", "--base-width", "4"];
        let figures = json(&[&update[..], &["--batch-size", "8", "--repeat", "1"]].concat());
        assert!(figures["milliseconds"].as_f64().unwrap() > 0.0);
    }
    let refused = morphospace(&["bench", "adversarial", "--model", "vae"]);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("has no discriminator"));
    assert_eq!(morphospace(&["bench", "step", "--batch-size", "0"]).status.code(), Some(2));
}

/// The side that `benches/pytorch.py` talks to: a number in, a line with so many times out.
#[test]
fn a_serving_benchmark_answers_each_line() {
    use std::io::Write;
    let mut child = Command::new(env!("CARGO_BIN_EXE_morphospace"))
        .args(["bench", "decode", "--image-size", "32", "--base-width", "4", "--serve"])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"2\n5\n").unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    let lines = String::from_utf8(output.stdout).unwrap();
    let counts: Vec<usize> = lines
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["milliseconds"].as_array().unwrap().len())
        .collect();
    assert_eq!(counts, [2, 5]);
}

#[test]
fn a_slider_is_answered_at_rest_and_beside_training() {
    let figures = json(&["bench", "latency", "--seconds", "1"]);
    let [idle, idle_p95, busy, busy_p95, speed] = [
        "idle_milliseconds",
        "idle_p95_milliseconds",
        "training_milliseconds",
        "training_p95_milliseconds",
        "steps_per_second",
    ]
    .map(|key| figures[key].as_f64().unwrap());
    assert!(0.0 < idle && idle <= idle_p95 && 0.0 < busy && busy <= busy_p95 && speed > 0.0, "{figures}");
}

#[test]
fn coarser_products_are_imitated_on_the_processor() {
    let small = ["--image-size", "32", "--latent-dim", "8", "--base-width", "4", "--batch-size", "8"];
    let folder = folder_of_pictures(60);
    let more = ["--device", "cpu", "--steps", "4", "--data", text(folder.path())];
    let rows = json(&[&["bench", "precision"], &more[..], &small].concat());
    let rows = rows.as_array().unwrap();
    let ways: Vec<(&str, u64)> =
        rows.iter().map(|row| (row["precision"].as_str().unwrap(), row["seed"].as_u64().unwrap())).collect();
    assert_eq!(ways, [("f32", 0), ("tf32", 0), ("bf16", 0), ("f32", 1)]);
    let losses: Vec<f64> = rows.iter().map(|row| row["train_loss"].as_f64().unwrap()).collect();
    let moved = |at: usize| (losses[at] / losses[0] - 1.0).abs();
    // The losses are sums over a hundred thousand squares, in which roundings cancel.
    assert!([1, 2].iter().all(|at| (1e-9..0.01).contains(&moved(*at))), "{losses:?}");
    assert!(rows.iter().all(|row| row["psnr"].as_f64().unwrap() > 0.0), "{rows:?}");
}

#[test]
#[cfg(target_os = "linux")] // only Linux says how much memory a process holds
fn a_run_is_watched_in_tenths() {
    let small = ["--image-size", "32", "--latent-dim", "8", "--base-width", "4", "--batch-size", "8"];
    let figures = json(&[&["bench", "memory", "--steps", "40"], &small[..]].concat());
    assert_eq!((&figures["steps"], &figures["validations"]), (&40.into(), &10.into()));
    // One before the first step.
    assert_eq!(figures["checkpoints"], 11);
    let rows = figures["rows"].as_array().unwrap();
    let steps: Vec<u64> = rows.iter().map(|row| row["step"].as_u64().unwrap()).collect();
    assert_eq!(steps, [4, 8, 12, 16, 20, 24, 28, 32, 36, 40]);
    let held = |row: usize| rows[row]["rss_mib"].as_f64().unwrap();
    assert!(held(0) > 1.0);
    assert!((held(9) - held(0) - figures["growth_mib"].as_f64().unwrap()).abs() < 1e-9);
}

#[test]
fn the_collapse_experiment_says_what_happened_to_the_active_units() {
    let data = folder_of_pictures(200);
    let experiment = ["experiment", "collapse", "--data", text(data.path()), "--quick", "--seed", "5"];
    let summary = json(&experiment);
    let number = |key: &str| summary[key].as_u64().unwrap_or_else(|| panic!("{key}: {summary}"));
    let [start, collapsed, recovered] =
        ["start", "collapsed", "recovered"].map(|part| number(&format!("active_units_{part}")));
    assert!(start > 2 * collapsed && recovered > 2 * collapsed, "{summary}");
    assert_eq!((number("latent_dim"), number("steps")), (32, 400));
    assert!(summary["seconds"].as_f64().unwrap() > 0.0);
    assert_eq!(morphospace(&["experiment", "collapse"]).status.code(), Some(2), "no data");
}

#[test]
fn the_lecture_experiment_writes_its_tables_and_prints_its_rows() {
    let (data, folder) = (folder_of_pictures(100), tempfile::tempdir().unwrap());
    let out = folder.path().join("tables");
    let experiment = ["experiment", "lecture", "--data", text(data.path()), "--out", text(&out), "--quick"];
    let small = ["--steps", "2", "--latent-dim", "8", "--wide-latent-dim", "0", "--base-width", "4"];
    let command = [&experiment[..], &small].concat();
    let report = json(&command);
    let row = |name: &str| report["rows"].as_array().unwrap().iter().find(|row| row["name"] == name).unwrap();
    assert!(row("SAE")["ssim"].is_number() && row("PCA, 8 components")["n"].is_number(), "{report}");
    assert_eq!(row("VAE")["lecture"]["psnr"], 23.61);
    assert!(row("DAE")["noise"].is_null() && report["notes"].as_array().unwrap().len() > 5, "{report}");
    let table = String::from_utf8(morphospace(&command).stdout).unwrap();
    assert!(table.contains("PSNR (dB) ↑") && table.contains("PCA, 8 components"), "{table}");
    assert!(std::fs::read_to_string(out.join("tables.tex")).unwrap().contains("\\toprule"));
    let other = morphospace(&[&command[..], &["--seed", "1"]].concat());
    assert_eq!(other.status.code(), Some(1));
    assert!(String::from_utf8(other.stderr).unwrap().contains("seed 0, not 1"));
    let both = ["--models", "vae-faces-64", "--steps", "2"];
    assert_eq!(morphospace(&[&experiment[..], &both].concat()).status.code(), Some(2));
}

/// No command writes over a file that is something else, whatever its name says.
#[test]
fn what_is_something_else_is_never_written_over() {
    let (folder, data) = (tempfile::tempdir().unwrap(), folder_of_pictures(4));
    let (data, photo) = (text(data.path()), data.path().join("000.png"));
    let photo = text(&photo);
    let model = "vae-ffhq-64";
    let shared = folder.path().join("shared.safetensors");
    json(&["export", model, "--out", text(&shared)]);
    let precious = std::fs::read(&shared).unwrap();
    let place = |name: &str| folder.path().join(name);
    for ending in ["safetensors", "png", "gif", "npy", "npz"] {
        std::fs::write(place("precious").with_extension(ending), &precious).unwrap();
    }
    // Of the right name, and of a name that says something else.
    for (ending, is_right) in
        [("png", true), ("gif", true), ("npy", true), ("npz", true), ("safetensors", false)]
    {
        let file = place("precious").with_extension(ending);
        let file = text(&file);
        let commands: [&[&str]; 6] = [
            &["faces", "--count", "1", "--image-size", "32", "--sheet", file],
            &["sample", model, "-n", "1", "--out", file],
            &["traverse", model, "--dims", "0", "--steps", "2", "--out", file],
            &["interpolate", model, "seed:1", "seed:2", "--frames", "2", "--out", file],
            &["features", data, "--out", file],
            &["experiment", "extractor", "--data", data, "--steps", "1", "--out", file],
        ];
        for command in commands {
            let output = morphospace(command);
            assert_eq!(output.status.code(), Some(1), "{command:?}");
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(
                said.contains(file)
                    && (is_right || said.contains("end the name in") || said.contains("no file of weights")),
                "{command:?}: {said}"
            );
            assert!(std::fs::read(file).unwrap() == precious, "{command:?}");
        }
    }
    let taken = place("pictures");
    std::fs::create_dir(&taken).unwrap();
    std::fs::write(taken.join("000-reconstruction.png"), &precious).unwrap();
    let output = morphospace(&["reconstruct", model, photo, "--out", text(&taken)]);
    assert_eq!(output.status.code(), Some(1));
    assert!(std::fs::read(taken.join("000-reconstruction.png")).unwrap() == precious);

    // The checkpoint of a run is never a model to share.
    let run = place("run");
    json(&[&["train", "--data", data, "--out", text(&run), "--steps", "1"][..], &SMALL].concat());
    let checkpoint = run.join("checkpoint.safetensors");
    let before = std::fs::read(&checkpoint).unwrap();
    let output = morphospace(&["export", model, "--out", text(&checkpoint)]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("state of a run"));
    assert!(std::fs::read(&checkpoint).unwrap() == before);
    // What is of its kind is replaced.
    json(&["export", model, "--out", text(&shared)]);
    json(&["sample", model, "-n", "1", "--out", text(&place("sheet.png"))]);
    json(&["sample", model, "-n", "2", "--out", text(&place("sheet.png"))]);
}

/// No machine has room for these. Each is a sentence with what would fit, before anything is allocated.
#[test]
fn what_does_not_fit_into_the_memory_is_refused_with_what_would() {
    let (folder, data) = (tempfile::tempdir().unwrap(), folder_of_pictures(24));
    let (run, data) = (folder.path().join("run"), text(data.path()));
    let features = folder.path().join("features.npy");
    let training = ["train", "--data", data, "--out", text(&run), "--steps", "1", "--image-size", "256"];
    let huge = ["--batch-size", "65536"];
    let commands: [Vec<&str>; 6] = [
        [&training[..], &huge].concat(),
        [&training[..], &huge, &["--base-width", "256"]].concat(),
        [&["bench", "step", "--image-size", "256", "--base-width", "256"], &huge[..]].concat(),
        vec![
            "evaluate",
            "dcgan-ffhq-64",
            "--data",
            data,
            "--split",
            "all",
            "--samples",
            "18446744073709551615",
        ],
        vec!["evaluate", "dcgan-ffhq-64", "--data", data, "--split", "all", "--samples", "100000000000"],
        vec!["features", data, "--image-size", "10000000", "--out", text(&features)],
    ];
    for command in commands {
        let output = morphospace(&command);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{command:?}: {said}");
        let last = said.lines().last().unwrap();
        assert!(last.contains("of memory and") && last.contains("choose"), "{command:?}: {said}");
    }
}

/// Text on stderr and stdout, and whether all went well.
#[cfg(unix)]
fn said(arguments: &[&std::ffi::OsStr]) -> (bool, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_morphospace")).args(arguments).output().unwrap();
    let text = [output.stderr, output.stdout].map(|bytes| String::from_utf8(bytes).unwrap());
    (output.status.success(), text.concat())
}

#[test]
#[cfg(unix)]
fn paths_that_are_no_valid_text_work_in_every_subcommand() {
    use std::ffi::{OsStr, OsString};
    use std::os::unix::ffi::OsStrExt;
    let (pictures, folder) = (folder_of_pictures(40), tempfile::tempdir().unwrap());
    let odd = folder.path().join(OsStr::from_bytes(b"odd-\xFF"));
    let data = odd.join("data");
    std::fs::create_dir_all(&data).unwrap();
    for file in std::fs::read_dir(pictures.path()).unwrap() {
        let file = file.unwrap();
        let name = [b"\xFE", file.file_name().as_bytes()].concat();
        std::fs::copy(file.path(), data.join(OsStr::from_bytes(&name))).unwrap();
    }
    let photo = data.join(OsStr::from_bytes(b"\xFE000.png"));
    let (run, fork) = (odd.join("run"), odd.join("fork"));
    let out = |name: &str| odd.join(OsStr::from_bytes(&[b"\xFD", name.as_bytes()].concat()));
    let works = |words: &[&str], paths: &[&Path]| {
        // A path stands where a word is "*".
        let mut paths = paths.iter();
        let word = |word: &&str| match *word {
            "*" => paths.next().unwrap().as_os_str().to_owned(),
            word => OsString::from(word),
        };
        let mut arguments: Vec<OsString> = words.iter().map(word).collect();
        // A run cannot be written twice.
        let ways: &[Option<&str>] =
            if words[0] == "train" { &[Some("--json")] } else { &[None, Some("--json")] };
        for way in ways {
            arguments.extend(way.map(OsString::from));
            let (fine, text) = said(&arguments.iter().map(OsString::as_os_str).collect::<Vec<_>>());
            assert!(fine, "{arguments:?}: {text}");
        }
    };
    let train = ["train", "--model", "vae", "--data", "*", "--out", "*", "--steps", "5"];
    works(&[&train[..], &SMALL].concat(), &[&data, &run]);
    works(&["train", "--resume", "*", "--steps", "6"], &[&run]);
    works(&["train", "--fork", "*", "--out", "*", "--steps", "7"], &[&run, &fork]);
    works(&["evaluate", "*", "--data", "*", "--split", "all"], &[&run, &data]);
    works(&["compare", "*", "*"], &[&data, &data]);
    works(&["reconstruct", "*", "*", "--out", "*"], &[&run, &photo, &odd]);
    works(&["sample", "*", "-n", "4", "--out", "*"], &[&run, &out("sheet.png")]);
    works(&["interpolate", "*", "*", "*", "--out", "*"], &[&run, &photo, &photo, &out("walk.gif")]);
    works(&["traverse", "*", "--image", "*", "--dims", "0", "--out", "*"], &[&run, &photo, &out("dims.png")]);
    works(&["export", "*", "--out", "*"], &[&run, &out("model.safetensors")]);
    works(&["features", "*", "--out", "*"], &[&data, &out("features.npz")]);
    works(&["faces", "--count", "2", "--sheet", "*"], &[&out("faces.png")]);
    works(&["info", "*"], &[&run]);
    works(&["info", "*"], &[&data]);
    works(&["cache", "clear", "--data", "*"], &[&data]);
}

#[test]
#[cfg(unix)]
fn no_name_of_a_file_steers_the_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let named = folder.path().join("\u{1b}[2Jred\u{7}\n.png");
    std::fs::write(&named, "no image").unwrap();
    let out = folder.path().join("out");
    let path = named.as_os_str();
    for arguments in [
        &["info".as_ref(), path][..],
        &["compare".as_ref(), folder.path().as_os_str(), path],
        &["reconstruct".as_ref(), "vae-faces-64".as_ref(), path, "--out".as_ref(), out.as_os_str()],
        &["evaluate".as_ref(), "vae-faces-64".as_ref(), "--data".as_ref(), folder.path().as_os_str()],
    ] {
        let (fine, text) = said(arguments);
        assert!(!fine && text.contains("\\u{1b}[2Jred\\u{7}"), "{text:?}");
        assert!(!text.contains(['\u{1b}', '\u{7}']), "{text:?}");
    }
    std::fs::copy(folder_of_pictures(1).path().join("000.png"), &named).unwrap();
    let (fine, text) =
        said(&["reconstruct".as_ref(), "vae-faces-64".as_ref(), path, "--out".as_ref(), out.as_os_str()]);
    assert!(fine && text.contains("red") && !text.contains('\u{1b}'), "{text:?}");
}

#[test]
fn a_misspelt_model_is_answered_with_those_that_there_are() {
    let output = morphospace(&["info", "dcgan-fhq-64"]);
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && message.contains("in it are dcgan-ffhq-64, "), "{message}");
    assert!(morphospace::models::shipped::names().iter().all(|name| message.contains(name)), "{message}");
}

#[test]
fn what_is_passed_over_is_counted_with_what_to_do() {
    let data = folder_of_pictures(12);
    for name in ["a.HEIC", "b.heic"] {
        std::fs::write(data.path().join(name), b"\0\0\0\x18ftypheic\0\0\0\0mif1heic").unwrap();
    }
    std::fs::write(data.path().join("readme.txt"), "faces").unwrap();
    std::fs::rename(data.path().join("000.png"), data.path().join("without ending")).unwrap();
    let words = "3 files were passed over: 2 HEIC (convert to JPEG), 1 not an image";
    let info = String::from_utf8(morphospace(&["info", text(data.path())]).stdout).unwrap();
    assert!(info.starts_with("12 images: ") && info.contains(words), "{info}");
    let survey = json(&["info", text(data.path())]);
    assert_eq!(
        survey["passed_over"][0],
        serde_json::json!({ "what": "heic", "files": 2, "example": "a.HEIC" })
    );
    let run = data.path().join("run");
    let train = ["train", "--model", "ae", "--data", text(data.path()), "--out", text(&run), "--steps", "1"];
    let output = morphospace(&[&train[..], &SMALL].concat());
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success() && told.contains(words), "{told}");
}
