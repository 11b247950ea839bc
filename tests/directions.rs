//! Directions of small models, by the program as a person runs it and by a worker.
#![allow(clippy::unwrap_used)] // helpers of tests may panic as tests do

#[path = "common/pictures.rs"]
mod pictures;
#[path = "common/program.rs"]
mod program;

use std::path::PathBuf;
use std::process::Command as Process;
use std::sync::OnceLock;
use std::time::Duration;

use morphospace::ImageBuf;
use morphospace::data::decode_image;
use morphospace::export::write_png;
use morphospace::worker::Worker;
use morphospace::worker::protocol::*;
use pictures::{folder_of_pictures, picture};
use program::{json, morphospace, text};
use serde_json::Value;

/// Pictures with a table that tells how red they are, and runs of a few steps.
struct Trained {
    _folder: tempfile::TempDir,
    data: tempfile::TempDir,
    runs: PathBuf,
}

impl Trained {
    fn get() -> &'static Self {
        static TRAINED: OnceLock<Trained> = OnceLock::new();
        TRAINED.get_or_init(|| {
            let (folder, data) = (tempfile::tempdir().unwrap(), folder_of_pictures(120));
            let mut table = "file,red,Bright,number\n".to_owned();
            for seed in 0..120 {
                let (red, bright) = (seed * 37 % 120, seed * 53 % 120 > 60);
                let level =
                    |channel: usize| if channel == 0 { 2 * red } else { 60 + 120 * usize::from(bright) };
                let own = picture(40, 36, seed);
                let pixels = own.pixels().iter().enumerate().map(|(at, &value)| {
                    // A little of its own pattern, and what the table says.
                    (usize::from(value) / 8 + level(at % 3) * 7 / 8) as u8
                });
                let tinted = ImageBuf::new(40, 36, pixels.collect()).unwrap();
                write_png(&tinted, &data.path().join(format!("{seed:03}.png"))).unwrap();
                let bright = if bright { "yes" } else { "no" };
                table += &format!("{seed:03}.png,{red},{bright},\n");
            }
            std::fs::write(data.path().join("attributes.csv"), table).unwrap();
            let runs = folder.path().to_owned();
            for (kind, data) in
                [("vae", text(data.path())), ("dcgan", text(data.path())), ("ae", "builtin:faces")]
            {
                // Nothing is to be seen in the pictures of a decoder that has learned nothing.
                let steps = if kind == "dcgan" { "20" } else { "300" };
                let out = runs.join(kind);
                let mut options = vec!["train", "--model", kind, "--data", data, "--out", text(&out)];
                options.extend(["--image-size", "32", "--latent-dim", "8", "--base-width", "4"]);
                // Codes that tell what is in the pictures.
                options.extend(["--kl-weight", "0.01"].iter().filter(|_| kind == "vae"));
                json(&[&options[..], &["--batch-size", "16", "--lr", "0.005", "--steps", steps]].concat());
            }
            Trained { _folder: folder, data, runs }
        })
    }

    /// A copy of a run that a test may change.
    fn copy(&self, kind: &str) -> tempfile::TempDir {
        let copy = tempfile::tempdir().unwrap();
        for name in ["checkpoint.safetensors", "config.json", "history.csv"] {
            std::fs::copy(self.runs.join(kind).join(name), copy.path().join(name)).unwrap();
        }
        copy
    }
}

fn names(report: &Value) -> Vec<&str> {
    report["rows"].as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap()).collect()
}

fn refused(arguments: &[&str]) -> String {
    let output = morphospace(arguments);
    assert!(!output.status.success(), "{arguments:?}");
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn a_table_gives_directions_that_are_kept_and_move_faces() {
    let trained = Trained::get();
    let (run, folder) = (trained.copy("vae"), tempfile::tempdir().unwrap());
    let (run, file) = (text(run.path()), folder.path().join("found.json"));
    let data = text(trained.data.path());
    let fit = ["directions", "fit", run, "--data", data, "--out", text(&file)];
    let found = json(&fit);
    assert!(names(&found).contains(&"red"), "{found}");
    let red = found["rows"].as_array().unwrap().iter().find(|row| row["name"] == "red").unwrap();
    assert!(red["r2"].as_f64().unwrap() > 0.5 && red["n"].as_u64().unwrap() > 4, "{red}");
    assert!(red["leak"].is_array() && red["change"].as_f64().unwrap() > 0.0, "{red}");
    let left_out = found["left_out"].to_string();
    assert!(left_out.contains("number: it is known of 0 faces"), "{left_out}");
    let bytes = std::fs::read(&file).unwrap();
    json(&fit);
    assert_eq!(std::fs::read(&file).unwrap(), bytes, "the same order finds the same");

    // The file, then the model that keeps them, then other methods beside them.
    assert_eq!(names(&json(&["directions", "list", text(&file)])), names(&found));
    assert_eq!(names(&json(&["directions", "list", run])), Vec::<&str>::new());
    json(&["directions", "fit", run, "--data", data, "--only", "red", "--save"]);
    json(&["directions", "fit", run, "--method", "sefa", "--count", "3", "--save"]);
    let by_components =
        json(&["directions", "fit", run, "--data", data, "--method", "pca", "--count", "2", "--save"]);
    let shares: Vec<f64> = by_components["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["variance"].as_f64().unwrap())
        .collect();
    assert!(shares[0] > shares[1] && shares[0] < 1.0 && by_components["rows"][0]["range"].is_array());
    let kept = json(&["directions", "list", run]);
    assert_eq!(names(&kept), ["PCA 1", "PCA 2", "SeFa 1", "SeFa 2", "SeFa 3", "red"]);

    // Before and after, by its own directions and by the file's; held, nothing of it is left.
    let out = folder.path().join("edit.png");
    let edit = |more: &[&str]| {
        json(&[&["directions", "apply", run, "--out", text(&out)], more].concat());
        decode_image(&out, std::fs::read(&out).unwrap()).unwrap()
    };
    let halves = |sheet: &ImageBuf| -> [Vec<u8>; 2] {
        let row = sheet.width() * 3;
        // Within the gaps around each.
        [2 * 3, (sheet.width() - 34) * 3].map(|first| {
            let rows = sheet.pixels().chunks(row).skip(2).take(32);
            rows.flat_map(|pixels| pixels[first..first + 96].to_vec()).collect()
        })
    };
    let own = edit(&["--set", "red=3,sefa 1=-1", "--seed", "4"]);
    assert_eq!((own.width(), own.height()), (70, 36));
    let [before, after] = halves(&own);
    assert_ne!(before, after);
    let image = trained.data.path().join("007.png");
    let of_file = edit(&["--set", "RED=3", "--directions", text(&file), "--image", text(&image)]);
    assert_ne!(halves(&of_file)[0], before);
    let strip = edit(&["--strip", "red,PCA 1", "--steps", "5"]);
    assert_eq!((strip.width(), strip.height()), (5 * 34 + 2, 2 * 34 + 2));
    let code = folder.path().join("code.json");
    std::fs::write(&code, "[1, 2.5, -1, 0,\n0, 0, 0, 0.25]").unwrap();
    let [before, after] = halves(&edit(&["--set", "red=0", "--code", text(&code), "--hold", "SeFa 1"]));
    assert_eq!(before, after);

    for (arguments, words) in [
        (vec!["directions", "apply", run, "--set", "rad=1", "--out", text(&out)], "there are red"),
        (vec!["directions", "apply", run, "--set", "red", "--out", text(&out)], "NAME=AMOUNT"),
        (
            vec![
                "directions",
                "apply",
                run,
                "--set",
                "red=1",
                "--directions",
                "no.json",
                "--out",
                text(&out),
            ],
            "no.json",
        ),
        (
            vec![
                "directions",
                "apply",
                "ae-ffhq-64",
                "--set",
                "red=1",
                "--directions",
                text(&file),
                "--out",
                text(&out),
            ],
            "codes of 8 numbers",
        ),
        (
            vec!["directions", "fit", run, "--data", data, "--only", "rad", "--save"],
            "no column 'rad'; it has red",
        ),
        (vec!["directions", "fit", run, "--data", data, "--out", "found.csv"], ".json"),
        (vec!["directions", "fit", run, "--method", "sefa", "--count", "9", "--save"], "choose 1 to 8"),
    ] {
        let stderr = refused(&arguments);
        assert!(stderr.contains(words), "{arguments:?}: {stderr}");
    }
    std::fs::write(&code, "1, 2, three").unwrap();
    let stderr =
        refused(&["directions", "apply", run, "--set", "red=1", "--code", text(&code), "--out", text(&out)]);
    assert!(stderr.contains("a .npy file or a list of numbers as JSON"), "{stderr}");
    // Typed numbers: wrong usage, and too few.
    for (typed, words) in [("1,2,three", "'three' is no number"), ("1,2", "a code of 2 numbers")] {
        let stderr =
            refused(&["directions", "apply", run, "--set", "red=1", "--code", typed, "--out", text(&out)]);
        assert!(stderr.contains(words), "{stderr}");
    }
}

#[test]
fn the_true_factors_of_built_in_faces_are_their_table() {
    let trained = Trained::get();
    let (run, folder) = (text(&trained.runs.join("ae")).to_owned(), tempfile::tempdir().unwrap());
    let file = folder.path().join("found.json");
    let only = "background_lightness,turn head,glasses";
    let found = json(&[
        "directions",
        "fit",
        &run,
        "--data",
        "builtin:faces",
        "--images",
        "160",
        "--only",
        only,
        "--out",
        text(&file),
    ]);
    assert!(names(&found).contains(&"background lightness"), "{found}");
    for score in [&found["mig"], &found["dci"]["disentanglement"], &found["dci"]["completeness"]] {
        assert!((0.0..=1.0).contains(&score.as_f64().unwrap()), "{found}");
    }
    assert_eq!(found["images"], 160);
}

#[test]
fn a_generator_has_directions_by_its_weights_and_by_its_draws() {
    let trained = Trained::get();
    let (run, folder) = (text(&trained.runs.join("dcgan")).to_owned(), tempfile::tempdir().unwrap());
    let file = folder.path().join("found.json");
    for (method, first) in [("sefa", "SeFa 1"), ("pca", "PCA 1")] {
        let found =
            json(&["directions", "fit", &run, "--method", method, "--count", "4", "--out", text(&file)]);
        assert_eq!((names(&found).len(), names(&found)[0]), (4, first));
    }
    let data = text(trained.data.path());
    let found = json(&["directions", "fit", &run, "--data", data, "--images", "200", "--out", text(&file)]);
    assert_eq!(found["images"], 160, "a fifth of the draws is held out: {found}");
}

#[test]
fn what_cannot_be_read_beside_a_model_is_said_and_the_model_opens() {
    let trained = Trained::get();
    let run = trained.copy("vae");
    let sidecar = run.path().join("directions.json");
    for (content, words) in [
        ("{\"model\":\"x\",\"latent_dim\":8,\"directions\":[{}]}", "no file of directions"),
        ("{\"model\":\"x\",\"latent_dim\":9,\"directions\":[]}", "for codes of 9 numbers"),
        ("nonsense", "no file of directions"),
    ] {
        std::fs::write(&sidecar, content).unwrap();
        let output = morphospace(&["directions", "list", text(run.path()), "--json"]);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && stderr.contains(words), "{stderr}");
        assert!(stderr.contains("directions.json"), "{stderr}");
        assert_eq!(serde_json::from_slice::<Value>(&output.stdout).unwrap()["rows"], serde_json::json!([]));
    }
    // What is no file of ours is not written over.
    let stderr = refused(&["directions", "fit", text(run.path()), "--method", "sefa", "--save"]);
    assert!(stderr.contains("would be lost"), "{stderr}");
}

/// The person's own directions of a model inside the program go before those that come with it.
#[test]
#[cfg(target_os = "linux")]
fn a_shipped_model_takes_directions_of_ones_own() {
    let home = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| -> Value {
        let mut process = Process::new(env!("CARGO_BIN_EXE_morphospace"));
        let output =
            process.args(arguments).arg("--json").env("XDG_DATA_HOME", home.path()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let before = run(&["directions", "list", "dcgan-ffhq-64"]);
    let saved = run(&["directions", "fit", "dcgan-ffhq-64", "--method", "sefa", "--count", "2", "--save"]);
    let file = home.path().join("morphospace/directions/dcgan-ffhq-64.json");
    assert_eq!(saved["files"][0], text(&file));
    let after = run(&["directions", "list", "dcgan-ffhq-64"]);
    let expected = [&["SeFa 1", "SeFa 2"], &names(&before)[..]].concat();
    assert_eq!(names(&after), expected);
}

#[test]
fn a_worker_opens_keeps_and_exports_directions_and_a_job_can_be_cancelled() {
    let trained = Trained::get();
    let run = trained.copy("vae");
    let worker = Worker::spawn(|| ());
    let send = |id, command| worker.send(Request { id, command });
    let next = |wanted: RequestId| loop {
        let reply = worker.events().recv_timeout(Duration::from_secs(120)).unwrap();
        match reply.event {
            // Told before the first job, if that begins before it is cancelled.
            Event::Busy { .. } | Event::Idle | Event::Device(_) => (),
            Event::Job(JobEvent::Started { .. } | JobEvent::Progress(_) | JobEvent::Warning { .. }) => (),
            event if reply.to == Some(wanted) => return event,
            _ => (),
        }
    };
    let open = |id| {
        send(id, Command::OpenModel(ModelSource::File(run.path().to_owned())));
        match next(id) {
            Event::ModelOpened(info) => info,
            other => panic!("{other:?}"),
        }
    };
    let info = open(1);
    assert_eq!(info.directions, []);
    let direction = Direction {
        name: "mine".into(),
        method: DirectionMethod::Yours,
        vector: vec![0.5; 8],
        quality: None,
        variance: None,
        range: None,
    };
    let twice = vec![direction.clone(); 2];
    send(2, Command::SaveDirections { model: info.id, directions: twice });
    assert!(matches!(next(2), Event::Failed { message } if message.contains("two directions")));
    send(3, Command::SaveDirections { model: info.id, directions: vec![direction.clone()] });
    let sidecar = run.path().join("directions.json");
    assert_eq!(next(3), Event::FilesWritten { files: vec![sidecar.clone()] });
    assert_eq!(open(4).directions, std::slice::from_ref(&direction));
    send(5, Command::OpenDirections { model: info.id, file: sidecar });
    let Event::DirectionsOpened { set, .. } = next(5) else { panic!("no directions") };
    assert_eq!(set.directions, [direction]);
    let file = run.path().join("shared.json");
    send(6, Command::Export(Export::Directions { set: *set, file: file.clone() }));
    assert_eq!(next(6), Event::FilesWritten { files: vec![file] });
    // Pictures of a code with something added to it.
    let query = |offset: usize| Query::Edit {
        model: info.id,
        from: vec![0.0; 8],
        offsets: vec![vec![0.0; 8], vec![1.0; offset]],
    };
    send(7, Command::Ask { slot: Slot::Explore, query: query(8) });
    assert!(
        matches!(next(7), Event::Answered { answer: Answer::Images(images), .. } if images[0] != images[1])
    );
    send(8, Command::Ask { slot: Slot::Explore, query: query(7) });
    assert!(matches!(next(8), Event::Failed { message } if message.contains("8 numbers; 7")));

    let order = DirectionsOrder {
        model: run.path().to_owned(),
        method: DirectionMethod::Attributes,
        data: Some(morphospace::config::DataSource::Folder(trained.data.path().to_owned())),
        table: None,
        only: Vec::new(),
        pairs: false,
        count: None,
        images: DirectionsOrder::IMAGES,
        seed: 0,
    };
    send(9, Command::Start(Job::FitDirections(order)));
    send(10, Command::Cancel(9));
    assert_eq!(next(9), Event::Job(JobEvent::Cancelled));
}
