//! A run and the device that it runs on: what is written down of it, and a memory that is full.
#![allow(clippy::unwrap_used)] // helpers of tests may panic as tests do

#[path = "common/pictures.rs"]
mod pictures;
#[path = "common/settings.rs"]
mod settings;

use std::path::Path;

use morphospace::device::Compute;
use morphospace::error::{Error, Result};
use morphospace::observer::Observer;
use morphospace::run::checkpoint::Checkpoint;
use morphospace::train::{Changes, resume, train};
use pictures::folder_of_pictures;

/// Lets runs be computed by what it holds.
struct On(Compute);

impl Observer for On {
    fn compute(&mut self) -> Result<Compute> {
        Ok(self.0.clone())
    }
}

fn checkpoint(run: &Path) -> Checkpoint {
    Checkpoint::open(run).unwrap()
}

fn devices(run: &Path) -> Vec<(usize, String)> {
    checkpoint(run).meta.devices.into_iter().map(|ran| (ran.step, ran.device)).collect()
}

#[test]
fn a_full_memory_leaves_the_last_checkpoint_and_the_run_goes_on_elsewhere() {
    let (folder, data) = (tempfile::tempdir().unwrap(), folder_of_pictures(24));
    for kind in ["vae", "dcgan"] {
        let config = settings::config(data.path(), &["--model", kind, "--steps", "12", "--save-every", "4"]);
        let (whole, run) = (folder.path().join(format!("whole {kind}")), folder.path().join(kind));
        train(&config, &whole, &mut ()).unwrap();
        assert_eq!(devices(&whole), [(0, "CPU".to_owned())]);

        let error = train(&config, &run, &mut On(Compute::full_after(6))).unwrap_err();
        let Error::OutOfMemory(message) = &error else { panic!("{error}") };
        for words in
            ["a card that is full", "8 images", "step 4", "--fork", "such as 4 images", "--device cpu"]
        {
            assert!(message.contains(words), "{words}: {message}");
        }
        assert_eq!(checkpoint(&run).meta.steps, 4, "what may be half an update is not saved");
        assert_eq!(devices(&run), [(0, "a card that is full".to_owned())]);

        resume(&run, Changes::default(), &mut ()).unwrap();
        let (found, expected) = (checkpoint(&run), checkpoint(&whole));
        assert_eq!(devices(&run)[1..], [(4, "CPU".to_owned())]);
        for (name, tensor) in &expected.weights {
            let values = |t: &candle_core::Tensor| t.flatten_all().unwrap().to_vec1::<f32>().unwrap();
            assert_eq!(values(&found.weights[name]), values(tensor), "{kind}: {name}");
        }
        let lines = |run: &Path| std::fs::read_to_string(run.join("history.csv")).unwrap().lines().count();
        assert_eq!(lines(&run), lines(&whole), "the history has every step once");
    }
}

#[test]
fn the_first_update_may_be_too_much_already() {
    let (folder, data) = (tempfile::tempdir().unwrap(), folder_of_pictures(24));
    let config = settings::config(data.path(), &["--steps", "4", "--batch-size", "2"]);
    let run = folder.path().join("run");
    let message = train(&config, &run, &mut On(Compute::full_after(0))).unwrap_err().to_string();
    assert!(message.contains("step 0") && !message.contains("smaller batch"), "{message}");
    resume(&run, Changes::default(), &mut ()).unwrap();
    assert_eq!(checkpoint(&run).meta.steps, 4);
}
