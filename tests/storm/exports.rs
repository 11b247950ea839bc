//! Files that are exported over older ones: each is the old one, the new one, or not there, and files that belong
//! together are of one model.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;

use super::pictures::folder_of_pictures;
use super::{Chance, Life, Said, Work, duration_of, morphospace, names, storm, text, unfinished};

/// Two models, of which one writes over what the other has written.
const MODELS: [&str; 2] = ["vae-faces-64", "vae-grid-ffhq-64"];
/// Files that one export writes at once.
const AT_ONCE: usize = 2;

/// Files of a folder by name.
type Content = BTreeMap<String, Vec<u8>>;

fn content(folder: &Path) -> Content {
    let read = |name: String| (name.clone(), std::fs::read(folder.join(name)).unwrap());
    names(folder).into_iter().filter(|name| !name.starts_with('.')).map(read).collect()
}

/// A file, or some that belong together, that an export writes.
struct Export {
    line: Vec<String>,
    out: &'static str,
    /// What it writes of each model.
    whole: [Content; 2],
    longest: Duration,
}

struct Exporting {
    place: TempDir,
    /// Pictures whose codes are exported, for as long as there are exports.
    _data: TempDir,
    exports: Vec<Export>,
    chance: Chance,
    /// The export that is at work, and of which model.
    current: (usize, usize),
}

impl Exporting {
    fn new() -> Self {
        let (place, data) = (tempfile::tempdir().unwrap(), folder_of_pictures(12));
        let data_path = data.path().to_owned();
        let codes = ["export", "MODEL", "--codes", text(&data_path), "--out"];
        let lines: [(&[&str], &'static str); 8] = [
            (&["export", "MODEL", "--out"], "model.safetensors"),
            (&["export", "MODEL", "--out"], "model.onnx"),
            (&["export", "MODEL", "--out"], "model.py"),
            (&codes, "codes.npy"),
            (&codes, "codes.csv"),
            (&["sample", "MODEL", "-n", "9", "--out"], "draws.png"),
            (&["traverse", "MODEL", "--dims", "0,1", "--out"], "dims.png"),
            (&["interpolate", "MODEL", "seed:1", "seed:2", "--frames", "6", "--out"], "walk.gif"),
        ];
        let mut exporting =
            Exporting { place, _data: data, exports: Vec::new(), chance: Chance::new(), current: (0, 0) };
        for (line, out) in lines {
            let line = line.iter().map(|word| (*word).to_owned()).collect();
            let mut export = Export { line, out, whole: Default::default(), longest: Duration::ZERO };
            for which in 0..2 {
                let folder = tempfile::tempdir().unwrap();
                export.longest = duration_of(exporting.command(&export, which, folder.path()));
                export.whole[which] = content(folder.path());
            }
            assert!(export.whole[0] != export.whole[1] && export.whole[0].keys().eq(export.whole[1].keys()));
            std::fs::create_dir(exporting.folder(out)).unwrap();
            exporting.exports.push(export);
        }
        exporting
    }

    /// Where an export writes, by itself.
    fn folder(&self, out: &str) -> PathBuf {
        self.place.path().join(format!("of {out}"))
    }

    fn command(&self, export: &Export, which: usize, folder: &Path) -> std::process::Command {
        let mut command = morphospace(self.place.path());
        let words =
            export.line.iter().map(|word| if word == "MODEL" { MODELS[which] } else { word.as_str() });
        command.args(words).arg(folder.join(export.out));
        command
    }
}

impl Work for Exporting {
    fn name(&self) -> String {
        "exporting".into()
    }

    fn start(&mut self) -> Life {
        self.current = (self.chance.below(self.exports.len()), self.chance.below(2));
        let export = &self.exports[self.current.0];
        Life::of(self.command(export, self.current.1, &self.folder(export.out)))
    }

    fn killed(&mut self, _: &Said) -> bool {
        let export = &self.exports[self.current.0];
        let folder = self.folder(export.out);
        let found = content(&folder);
        let is_of =
            |which: usize| found.iter().all(|(name, bytes)| export.whole[which].get(name) == Some(bytes));
        assert!(
            is_of(0) || is_of(1),
            "{}: half written, or of both models: {:?}",
            export.out,
            names(&folder)
        );
        unfinished(&folder, AT_ONCE) > 0
    }

    fn done(&mut self, _: &Said) {
        let (export, which) = (&self.exports[self.current.0], self.current.1);
        let folder = self.folder(export.out);
        assert!(content(&folder) == export.whole[which], "{}: another outcome", export.out);
        assert_eq!(unfinished(&folder, AT_ONCE), 0, "what was killed is cleared away");
    }

    fn longest(&self) -> Duration {
        let sum: Duration = self.exports.iter().map(|export| export.longest).sum();
        sum / self.exports.len() as u32
    }
}

#[test]
fn an_exported_file_is_the_old_one_or_the_new_one() {
    storm(&mut Exporting::new());
}

/// Faces that are written into a folder one by one, and go on where they were stopped.
struct Faces {
    place: TempDir,
    whole: Content,
    longest: Duration,
}

impl Faces {
    fn new() -> Self {
        let place = tempfile::tempdir().unwrap();
        let mut faces = Faces { place, whole: Content::new(), longest: Duration::ZERO };
        faces.longest = duration_of(faces.command());
        faces.whole = content(&faces.out());
        std::fs::remove_dir_all(faces.out()).unwrap();
        faces
    }

    fn out(&self) -> PathBuf {
        self.place.path().join("faces")
    }

    fn command(&self) -> std::process::Command {
        let mut command = morphospace(self.place.path());
        command.args(["faces", "--count", "64", "--image-size", "64", "--out", text(&self.out())]);
        command
    }
}

impl Work for Faces {
    fn name(&self) -> String {
        "writing faces".into()
    }

    fn start(&mut self) -> Life {
        Life::of(self.command())
    }

    fn killed(&mut self, _: &Said) -> bool {
        for (name, bytes) in content(&self.out()) {
            assert!(self.whole[&name] == bytes, "{name} is half written");
        }
        // Two threads write a file each.
        unfinished(&self.out(), 2) > 0
    }

    fn done(&mut self, _: &Said) {
        assert!(content(&self.out()) == self.whole, "other faces");
        assert_eq!(names(&self.out()).len(), self.whole.len(), "and nothing else");
        std::fs::remove_dir_all(self.out()).unwrap();
    }

    fn longest(&self) -> Duration {
        self.longest
    }
}

#[test]
fn faces_go_on_where_they_were_killed() {
    storm(&mut Faces::new());
}
