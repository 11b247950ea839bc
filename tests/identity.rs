//! Identity of images: runs go on and are measured with the same images wherever their folder lies, models
//! say which of the images that they are measured on they were trained on, and what the program wrote itself is no
//! data.
#![allow(clippy::unwrap_used)] // helpers of tests may panic as tests do

#[path = "common/pictures.rs"]
mod pictures;
#[path = "common/settings.rs"]
mod settings;

use std::path::{Path, PathBuf};
use std::process::Command;

use morphospace::config::{DataSource, Split};
use morphospace::data::{Dataset, Naming, split_of};
use morphospace::export::write_png;
use morphospace::measure::{EvaluationOrder, evaluate};
use morphospace::report::EvaluationRow;
use morphospace::run::checkpoint::Checkpoint;
use morphospace::train::{Changes, resume, train};
use pictures::{folder_of_pictures, picture};
use serde_json::Value;
use settings::config;
use std::ops::ControlFlow;
use tempfile::TempDir;

/// Pictures in folders of equal file names, 60 in all.
fn classes() -> TempDir {
    let folder = folder_of_pictures(0);
    for class in 0..6 {
        let within = folder.path().join(format!("s{class}"));
        std::fs::create_dir(&within).unwrap();
        for number in 0..10 {
            write_png(&picture(40, 36, class * 10 + number), &within.join(format!("{number}.png"))).unwrap();
        }
    }
    folder
}

fn measured(model: &Path, data: &Path, split: Split) -> EvaluationRow {
    let data = DataSource::Folder(data.to_owned());
    let order = EvaluationOrder {
        checkpoints: vec![model.to_owned()],
        data,
        split,
        noise: None,
        pca: false,
        likelihood_samples: None,
    };
    evaluate(&order, &mut ()).unwrap().remove(0)
}

fn more(steps: usize, data: Option<PathBuf>) -> Changes {
    Changes { steps: Some(steps), data: data.map(DataSource::Folder), ..Changes::default() }
}

/// The folder one higher, in which there is nothing else.
fn put_deeper(folder: &TempDir) -> TempDir {
    let higher = TempDir::new().unwrap();
    std::fs::rename(folder.path(), higher.path().join("photos")).unwrap();
    higher
}

#[test]
fn a_run_goes_on_and_is_tested_on_unseen_images_one_folder_higher() {
    let (data, runs) = (classes(), TempDir::new().unwrap());
    let run = runs.path().join("run");
    train(&config(data.path(), &["--steps", "2"]), &run, &mut ()).unwrap();
    let tests = measured(&run, data.path(), Split::Test);
    assert_eq!(tests.trained_on, Some(0));
    let higher = put_deeper(&data);
    assert_eq!(measured(&run, higher.path(), Split::Test).metrics, tests.metrics, "the very same images");
    // Any other set of these pictures has some that the model knows.
    let class = measured(&run, &higher.path().join("photos/s0"), Split::All);
    assert!(class.metrics.n == 10 && class.trained_on > Some(0), "{class:?}");
    resume(&run, more(3, Some(higher.path().to_owned())), &mut ()).unwrap();
    // A picture that came to it makes it another set.
    write_png(&picture(40, 36, 99), &higher.path().join("photos/s0/new.png")).unwrap();
    let refused = resume(&run, more(4, None), &mut ()).unwrap_err().to_string();
    assert!(refused.contains("are not those that the run began with"), "{refused}");
}

#[test]
fn a_run_of_an_older_version_goes_on_as_it_began() {
    let (data, runs) = (classes(), TempDir::new().unwrap());
    let run = runs.path().join("run");
    train(&config(data.path(), &["--steps", "2"]), &run, &mut ()).unwrap();
    let load = || Dataset::load(data.path(), 32, &mut |_| ControlFlow::Continue(())).unwrap();
    // What such a version wrote: the fingerprint of paths, and not a word of either rule or training images.
    let old = load().as_trained(Naming::Path, "").unwrap();
    let file = run.join("checkpoint.safetensors");
    let mut checkpoint = Checkpoint::read(&file).unwrap();
    checkpoint.meta.naming = Naming::Path;
    checkpoint.meta.data_fingerprint = old.fingerprint().to_owned();
    checkpoint.trained_on = None;
    checkpoint.write(&file).unwrap();
    let (bytes, named) = (std::fs::read(&file).unwrap(), br#"\"naming\":\"path\","#);
    let at = bytes.windows(named.len()).position(|window| window == named).unwrap();
    let blank = vec![b' '; named.len()];
    std::fs::write(&file, [&bytes[..at], &blank, &bytes[at + named.len()..]].concat()).unwrap();

    let paths = (0..60).map(|i| format!("s{}/{}.png", i / 10, i % 10));
    let tests = paths.filter(|path| split_of(path) == Split::Test).count();
    let row = measured(&run, data.path(), Split::Test);
    assert_eq!((row.metrics.n, row.trained_on), (tests, None), "by path, and nothing is claimed");
    resume(&run, more(3, None), &mut ()).unwrap();
    let saved = Checkpoint::read(&file).unwrap();
    assert_eq!(
        (saved.meta.naming, saved.meta.data_fingerprint),
        (Naming::Identity, old.fingerprint().to_owned()),
        "both rules call these images alike, so that it may go on by today's"
    );
    let row = measured(&run, data.path(), Split::Test);
    assert_eq!((row.metrics.n, row.trained_on), (tests, Some(0)), "now it knows, and by the same rule");
    let higher = put_deeper(&data);
    resume(&run, more(4, Some(higher.path().to_owned())), &mut ()).unwrap();
}

#[test]
fn a_run_within_its_data_and_what_it_wrote_are_no_data() {
    let data = folder_of_pictures(24);
    let run = data.path().join("runs/first");
    train(&config(data.path(), &["--steps", "2", "--sample-every", "1"]), &run, &mut ()).unwrap();
    assert!(run.join("samples").read_dir().unwrap().count() > 0);
    resume(&run, more(3, None), &mut ()).unwrap();
    // Killed before its first checkpoint, as far as another run can see.
    std::fs::remove_file(run.join("checkpoint.safetensors")).unwrap();
    let loaded = Dataset::load(data.path(), 32, &mut |_| ControlFlow::Continue(())).unwrap();
    assert_eq!(loaded.len(), 24);
    let [skipped] = loaded.skipped() else { panic!("{:?}", loaded.skipped()) };
    assert!(skipped.path == run && skipped.reason.contains("a run of this program"), "{skipped:?}");
}

/// Runs with `--json` and reads the one object.
fn json(arguments: &[&str]) -> Value {
    let output =
        Command::new(env!("CARGO_BIN_EXE_morphospace")).args(arguments).arg("--json").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn an_exported_model_says_which_images_it_was_trained_on_and_a_shipped_one_claims_nothing() {
    let (data, out) = (folder_of_pictures(40), TempDir::new().unwrap());
    let at = |name: &str| out.path().join(name).to_str().unwrap().to_owned();
    train(&config(data.path(), &["--steps", "2"]), &out.path().join("run"), &mut ()).unwrap();
    json(&["export", &at("run"), "--out", &at("model.safetensors")]);
    // Other names, and in an archive.
    let zip = out.path().join("photos.zip");
    let mut archive = zip::ZipWriter::new(std::fs::File::create(&zip).unwrap());
    for number in 0..40 {
        let options = zip::write::SimpleFileOptions::default();
        archive.start_file(format!("top/photo {number}.png"), options).unwrap();
        let bytes = std::fs::read(data.path().join(format!("{number:03}.png"))).unwrap();
        std::io::Write::write_all(&mut archive, &bytes).unwrap();
    }
    archive.finish().unwrap();
    let names = (0..40).map(|number| format!("{number:03}.png"));
    let train: Vec<String> = names.filter(|name| split_of(name) == Split::Train).collect();
    let model = at("model.safetensors");
    let row =
        json(&["evaluate", &model, "--data", zip.to_str().unwrap(), "--split", "all", "--samples", "40"]);
    assert_eq!((&row["trained_on"], &row["n"]), (&train.len().into(), &40.into()), "{row}");
    let table = Command::new(env!("CARGO_BIN_EXE_morphospace"))
        .args(["evaluate", &model, "--data", zip.to_str().unwrap(), "--split", "all"])
        .output()
        .unwrap();
    let table = String::from_utf8_lossy(&table.stdout).into_owned();
    assert!(table.contains(&format!("{} of 40 were training images of this model", train.len())), "{table}");

    let photo = data.path().join(&train[0]);
    let rows = json(&["reconstruct", &model, photo.to_str().unwrap(), "--out", &at("pictures")]);
    assert_eq!(rows["rows"][0]["trained_on"], 1, "{rows}");
    let shipped = json(&["evaluate", "ae-ffhq-64", "--data", zip.to_str().unwrap(), "--split", "all"]);
    assert_eq!(shipped["trained_on"], Value::Null, "{shipped}");
}
