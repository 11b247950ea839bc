//! Processes that share one cache of data sets, and one that is killed while it fills it.
#![allow(clippy::unwrap_used)] // helpers of tests may panic as tests do

#[path = "common/folder.rs"]
mod folder;
#[path = "common/pictures.rs"]
mod pictures;

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use folder::names;
use pictures::{folder_of_pictures, picture};
use serde_json::Value;
use tempfile::TempDir;

/// Longer than any of this takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

fn morphospace(cache: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_morphospace"));
    command.args(arguments).env("MORPHOSPACE_CACHE_DIR", cache);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn open(cache: &Path, data: &Path) -> Command {
    morphospace(cache, &["bench", "open", "--json", "--image-size", "32", "--data", data.to_str().unwrap()])
}

fn json(output: Output) -> Value {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn is_building(name: &str) -> bool {
    name.starts_with("building-")
}

/// A folder of many links to one large picture, which takes a while to read, and where its cache goes.
fn much_work() -> (TempDir, PathBuf, PathBuf) {
    let folder = TempDir::new().unwrap();
    let (data, cache) = (folder.path().join("data"), folder.path().join("cache"));
    std::fs::create_dir(&data).unwrap();
    let first = data.join("0.png");
    morphospace::export::write_png(&picture(1500, 1500, 1), &first).unwrap();
    for number in 1..400 {
        std::fs::hard_link(&first, data.join(format!("{number}.png"))).unwrap();
    }
    (folder, data, cache)
}

/// Waits until a process builds in the cache.
fn until_building(cache: &Path, child: &mut Child) {
    let began = Instant::now();
    while !names(cache).iter().any(|name| is_building(name)) {
        assert!(child.try_wait().unwrap().is_none(), "it was done before it could be watched");
        assert!(began.elapsed() < PATIENCE, "nothing is built");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn processes_that_fill_one_cache_at_once_all_succeed() {
    let (data, cache) = (folder_of_pictures(200), TempDir::new().unwrap());
    let spawn = |_| open(cache.path(), data.path()).spawn().unwrap();
    let children: Vec<Child> = (0..4).map(spawn).collect();
    for child in children {
        let opened = json(child.wait_with_output().unwrap());
        assert_eq!((&opened["n"], &opened["cached"]), (&200.into(), &true.into()));
    }
    let names = names(cache.path());
    assert!(names.len() == 1 && names[0].ends_with(".pixels"), "{names:?}");

    let listed = json(morphospace(cache.path(), &["cache", "list", "--json"]).output().unwrap());
    assert_eq!((&listed["sets"][0]["images"], &listed["sets"][0]["image_size"]), (&200.into(), &32.into()));
    let verified = json(morphospace(cache.path(), &["cache", "verify", "--json"]).output().unwrap());
    assert_eq!((&verified["removed"], &verified["sets"][0]["problem"]), (&0.into(), &Value::Null));
    let text = morphospace(cache.path(), &["cache", "list"]).output().unwrap().stdout;
    assert!(String::from_utf8(text).unwrap().contains("32×32"));
    let cleared = json(morphospace(cache.path(), &["cache", "clear", "--json"]).output().unwrap());
    assert_eq!((&cleared["removed"], &cleared["bytes"]), (&1.into(), &0.into()));
    assert!(self::names(cache.path()).is_empty());
}

#[test]
fn a_killed_builder_leaves_nothing_that_is_taken_for_a_cache() {
    let (_folder, data, cache) = much_work();
    let mut child = open(&cache, &data).spawn().unwrap();
    until_building(&cache, &mut child);
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(names(&cache).iter().all(|name| is_building(name)), "{:?}", names(&cache));

    let opened = json(open(&cache, &data).output().unwrap());
    assert_eq!((&opened["n"], &opened["cached"]), (&400.into(), &true.into()));
    assert_eq!(names(&cache).iter().filter(|name| !is_building(name)).count(), 1);
}

/// Ctrl-C while a folder is read ends at once and leaves no file behind.
#[cfg(unix)]
#[test]
fn an_interrupted_builder_cleans_up() {
    let (folder, data, cache) = much_work();
    let run = folder.path().join("run");
    let options = ["train", "--data", data.to_str().unwrap(), "--out", run.to_str().unwrap(), "--steps", "1"];
    let mut child = morphospace(&cache, &options).spawn().unwrap();
    until_building(&cache, &mut child);
    Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(names(&cache), [] as [String; 0]);
    assert!(!run.exists());
}

#[test]
fn a_zip_does_what_a_folder_does() {
    use std::io::Write;

    let (data, cache) = (folder_of_pictures(12), TempDir::new().unwrap());
    let path = data.path().join("photos.ZIP");
    let mut zip = zip::ZipWriter::new(std::fs::File::create(&path).unwrap());
    let options = zip::write::SimpleFileOptions::default();
    for name in names(data.path()).iter().filter(|name| name.ends_with(".png")) {
        zip.start_file(name.as_str(), options).unwrap();
        zip.write_all(&std::fs::read(data.path().join(name)).unwrap()).unwrap();
    }
    zip.start_file("broken.jpg", options).unwrap();
    zip.write_all(b"no image").unwrap();
    zip.finish().unwrap();
    let path = path.to_str().unwrap();

    let survey = json(morphospace(cache.path(), &["info", path, "--json"]).output().unwrap());
    assert_eq!(survey["images"], 13);
    for _ in 0..2 {
        let line = ["evaluate", "vae-ffhq-64", "--data", path, "--split", "all", "--json"];
        let output = morphospace(cache.path(), &line).output().unwrap();
        assert!(String::from_utf8_lossy(&output.stderr).contains("broken.jpg: this is not an image"));
        assert_eq!(json(output)["n"], 12);
    }
    let line = ["compare", path, data.path().to_str().unwrap(), "--json"];
    let same = json(morphospace(cache.path(), &line).output().unwrap());
    assert_eq!((&same["n"], &same["re"]), (&12.into(), &0.0.into()));

    let whole = std::fs::read(path).unwrap();
    std::fs::write(path, &whole[..whole.len() / 2]).unwrap();
    let failed = morphospace(cache.path(), &["info", path]).output().unwrap();
    let message = String::from_utf8(failed.stderr).unwrap();
    assert_eq!(failed.status.code(), Some(1));
    assert!(message.contains("photos.ZIP") && message.contains("copy it again"), "{message}");
    assert_eq!(message.lines().filter(|line| line.starts_with("morphospace: ")).count(), 1, "{message}");
}
