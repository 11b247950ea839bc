//! Data sets that are read into the cache, numbers that are computed of them, faces that are cut out of photos: a cache
//! is used or made anew, and never gives anything else.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use morphospace::data::Dataset;
use morphospace::export::write_png;
use tempfile::TempDir;

use super::pictures::{folder_of_pictures, picture};
use super::{Chance, Life, Said, Work, duration_of, json, morphospace, names, storm, text, unfinished};

/// Work that fills the cache.
struct Reading {
    place: TempDir,
    name: &'static str,
    data: TempDir,
    /// Arguments of the program.
    line: Vec<String>,
    /// The file that it writes beside, if it does.
    out: Option<PathBuf>,
    /// The outcome of one that was not killed: the file's bytes, or the fingerprint of the data set.
    whole: Vec<u8>,
    longest: Duration,
    chance: Chance,
    /// Whether the one at work makes the cache.
    builds: bool,
}

impl Reading {
    fn new(name: &'static str, data: TempDir, line: &[&str], out: Option<&str>) -> Self {
        let place = tempfile::tempdir().unwrap();
        let mut line: Vec<String> = line.iter().map(|word| (*word).to_owned()).collect();
        let out = out.map(|name| place.path().join(name));
        line.extend(out.iter().flat_map(|out| ["--out".to_owned(), text(out).to_owned()]));
        let (whole, longest) = (Vec::new(), Duration::ZERO);
        let mut reading =
            Reading { place, name, data, line, out, whole, longest, chance: Chance::new(), builds: true };
        reading.longest = duration_of(reading.command());
        reading.whole = reading.outcome().unwrap();
        reading
    }

    fn command(&self) -> Command {
        let mut command = morphospace(self.place.path());
        command.args(&self.line);
        command
    }

    fn cache(&self) -> PathBuf {
        self.place.path().join("cache")
    }

    /// None where there is none yet.
    fn outcome(&self) -> Option<Vec<u8>> {
        match &self.out {
            Some(out) => std::fs::read(out).ok(),
            None => {
                // Out of the cache, or what is read anew where there is none.
                let go_on = &mut |_| std::ops::ControlFlow::Continue(());
                let dataset = Dataset::load_with(Some(&self.cache()), self.data.path(), 32, go_on).unwrap();
                (0..dataset.len()).for_each(|index| drop(dataset.pixels(index).unwrap()));
                Some(dataset.fingerprint().as_bytes().to_vec())
            }
        }
    }

    /// Takes away what is finished, or gives a picture's file another record of its last change, after which the cache
    /// is compared with all files and notes that.
    fn make_work(&mut self) {
        self.builds = self.chance.below(4) > 0;
        let picture = self.data.path().join(&names(self.data.path())[0]);
        if !self.builds {
            let permissions = std::fs::metadata(&picture).unwrap().permissions();
            std::fs::set_permissions(&picture, permissions).unwrap();
            return;
        }
        let finished = |name: &String| !name.starts_with("building-");
        for name in names(&self.cache()).into_iter().filter(finished) {
            std::fs::remove_file(self.cache().join(name)).unwrap();
        }
        self.out.iter().filter(|out| out.exists()).for_each(|out| std::fs::remove_file(out).unwrap());
    }

    fn verified(&self) {
        let mut verify = morphospace(self.place.path());
        verify.args(["cache", "verify"]);
        let verified = json(verify);
        let problem = |set: &serde_json::Value| set["problem"].as_str().map(str::to_owned);
        let problems: Vec<String> = verified["sets"].as_array().unwrap().iter().filter_map(problem).collect();
        // What was to be noted behind the squares can be cut off: that file is made anew. Its squares are never wrong.
        let is_of_the_index =
            |problem: &String| ["index", "beginning", "cut off"].iter().any(|word| problem.contains(word));
        assert!(problems.iter().all(is_of_the_index), "{problems:?}");
    }
}

impl Work for Reading {
    fn name(&self) -> String {
        self.name.to_owned()
    }

    fn start(&mut self) -> Life {
        self.make_work();
        Life::of(self.command())
    }

    fn killed(&mut self, _: &Said) -> bool {
        let beside = self.out.as_deref().and_then(Path::parent);
        let struck = unfinished(&self.cache(), 1) + beside.map_or(0, |folder| unfinished(folder, 1));
        self.verified();
        if self.out.is_some()
            && let Some(outcome) = self.outcome()
        {
            assert!(outcome == self.whole, "the file is not whole");
        }
        struck > 0
    }

    fn done(&mut self, _: &Said) {
        self.verified();
        assert!(self.outcome().unwrap() == self.whole, "another outcome");
        let left = if self.builds { 0 } else { 1 };
        unfinished(&self.cache(), left);
    }

    fn longest(&self) -> Duration {
        self.longest
    }
}

#[test]
fn a_cache_of_squares_is_whole_or_made_anew() {
    let data = folder_of_pictures(0);
    let first = data.path().join("0.png");
    write_png(&picture(800, 800, 1), &first).unwrap();
    for number in 1..60 {
        std::fs::hard_link(&first, data.path().join(format!("{number}.png"))).unwrap();
    }
    let path = text(data.path()).to_owned();
    let line = ["bench", "open", "--json", "--image-size", "32", "--data", &path];
    storm(&mut Reading::new("caching a data set", data, &line, None));
}

#[test]
fn a_cache_of_features_is_whole_or_made_anew() {
    let data = folder_of_pictures(60);
    let path = text(data.path()).to_owned();
    storm(&mut Reading::new("caching features", data, &["features", &path], Some("features.npz")));
}

#[test]
fn faces_that_are_cut_out_of_photos_are_whole_or_cut_anew() {
    let data = folder_of_pictures(0);
    let portrait = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/portrait.jpg");
    for number in 0..6 {
        std::fs::copy(&portrait, data.path().join(format!("{number}.jpg"))).unwrap();
    }
    let path = text(data.path()).to_owned();
    let line = ["export", "vae-faces-64", "--align", "face", "--codes", &path];
    storm(&mut Reading::new("aligning", data, &line, Some("codes.csv")));
}
