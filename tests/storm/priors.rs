//! Learning of a prior: the model is the one without it or with it, and what was learned is gone on with.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use morphospace::run::checkpoint::Checkpoint;
use tempfile::TempDir;

use super::pictures::folder_of_pictures;
use super::{Life, Said, Work, duration_of, json, morphospace, storm, succeeds, text, unfinished};

const STATE: &str = "checkpoint.safetensors.prior";

struct Learning {
    place: TempDir,
    data: TempDir,
    /// The checkpoint without a prior.
    before: Vec<u8>,
    /// Tensors of the checkpoint with the prior of one that was not killed.
    whole: BTreeMap<String, Vec<u8>>,
    /// The last step of the flow that was seen.
    step: u64,
    longest: Duration,
}

fn tensors(checkpoint: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let file = safetensors::SafeTensors::deserialize(checkpoint).unwrap();
    file.iter().map(|(name, tensor)| (name.to_owned(), tensor.data().to_vec())).collect()
}

impl Learning {
    fn new() -> Self {
        let (place, data) = (tempfile::tempdir().unwrap(), folder_of_pictures(80));
        let (before, whole) = (Vec::new(), BTreeMap::new());
        let mut learning = Learning { place, data, before, whole, step: 0, longest: Duration::ZERO };
        let mut train = morphospace(learning.place.path());
        train.args(["train", "--data", text(learning.data.path()), "--out", text(&learning.run())]);
        train.args(["--image-size", "32", "--latent-dim", "8", "--base-width", "4", "--batch-size", "8"]);
        train.args(["--steps", "10"]);
        succeeds(train);
        learning.before = learning.checkpoint();
        learning.longest = duration_of(learning.command());
        learning.whole = tensors(&learning.checkpoint());
        learning.begin_again();
        learning
    }

    fn run(&self) -> PathBuf {
        self.place.path().join("run")
    }

    fn checkpoint(&self) -> Vec<u8> {
        std::fs::read(self.run().join("checkpoint.safetensors")).unwrap()
    }

    fn begin_again(&mut self) {
        std::fs::write(self.run().join("checkpoint.safetensors"), &self.before).unwrap();
        self.step = 0;
    }

    fn command(&self) -> Command {
        let mut command = morphospace(self.place.path());
        command.args(["prior", text(&self.run()), "--data", text(self.data.path())]);
        command.args(["--kind", "flow", "--steps", "60"]);
        // After every update.
        command.env("MORPHOSPACE_SAVE_SECONDS", "0");
        command
    }

    /// The update up to which the flow is saved.
    fn saved(&self) -> Option<u64> {
        let bytes = std::fs::read(self.run().join(STATE)).ok()?;
        safetensors::SafeTensors::deserialize(&bytes).unwrap();
        let (_, header) = safetensors::SafeTensors::read_metadata(&bytes).unwrap();
        let about = &header.metadata().as_ref().unwrap()["morphospace_prior"];
        serde_json::from_str::<serde_json::Value>(about).unwrap()["step"].as_u64()
    }
}

impl Work for Learning {
    fn name(&self) -> String {
        "learning a prior".into()
    }

    fn start(&mut self) -> Life {
        Life::of(self.command())
    }

    fn killed(&mut self, _: &Said) -> bool {
        let bytes = self.checkpoint();
        Checkpoint::read(&self.run().join("checkpoint.safetensors")).unwrap();
        let mut info = morphospace(self.place.path());
        info.args(["info", text(&self.run())]);
        let prior = json(info)["prior"]["kind"].clone();
        let saved = self.saved();
        if bytes == self.before {
            assert!(
                saved.unwrap_or_default() >= self.step,
                "it goes backwards: {saved:?} after {}",
                self.step
            );
            self.step = saved.unwrap_or_default();
        } else {
            assert_eq!(prior, "flow");
            assert!(tensors(&bytes) == self.whole, "another prior");
            let _ = std::fs::remove_file(self.run().join(STATE));
            self.begin_again();
        }
        unfinished(&self.run(), 1) > 0
    }

    fn done(&mut self, _: &Said) {
        assert!(tensors(&self.checkpoint()) == self.whole, "another prior than one that was not killed");
        assert!(self.saved().is_none(), "what it went on from is cleared away");
        assert_eq!(unfinished(&self.run(), 0), 0);
        self.begin_again();
    }

    fn longest(&self) -> Duration {
        self.longest / 2
    }
}

#[test]
fn a_prior_is_learned_as_if_nobody_had_killed_it() {
    storm(&mut Learning::new());
}
