//! Settings that change while a run goes on: killed, resumed, forked and diverged runs.
#![allow(clippy::unwrap_used)] // helpers of tests may panic as tests do

#[path = "common/pictures.rs"]
mod pictures;
#[path = "common/settings.rs"]
mod settings;

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use morphospace::config::{Adjustment, Change, KlSchedule, Setting, TrainConfig};
use morphospace::observer::{Control, Observer};
use morphospace::report::{JobEvent, StepReport};
use morphospace::run::checkpoint::Checkpoint;
use morphospace::run::read_run;
use morphospace::train::{Changes, fork, resume, train};
use pictures::folder_of_pictures;
use settings::config;
use tempfile::TempDir;

/// Asks for changes before certain updates, and may end as a killed program does: without saving.
#[derive(Default)]
struct Scripted {
    changes: Vec<Change>,
    killed_after: usize,
    stopped_after: usize,
    step: usize,
    reports: Vec<StepReport>,
    changed: Vec<Change>,
    warnings: Vec<String>,
    saved: Vec<usize>,
}

impl Observer for Scripted {
    fn controls(&mut self) -> Vec<Control> {
        let due = self.changes.iter().filter(|change| change.step == self.step);
        due.map(|change| Control::Adjust(change.adjustment)).collect()
    }

    fn event(&mut self, event: JobEvent) -> ControlFlow<()> {
        match event {
            JobEvent::Changed(change) => self.changed.push(change),
            JobEvent::Saved { step, .. } => self.saved.push(step),
            JobEvent::Warning { message } => self.warnings.push(message),
            JobEvent::Steps(reports) => {
                self.step = reports.last().map_or(self.step, |report| report.step);
                self.reports.extend(reports);
                assert_ne!(self.step, self.killed_after, "killed");
                if self.step == self.stopped_after {
                    return ControlFlow::Break(());
                }
            }
            _ => (),
        }
        ControlFlow::Continue(())
    }
}

fn scripted(changes: &[Change]) -> Scripted {
    Scripted { changes: changes.to_vec(), ..Scripted::default() }
}

fn at(step: usize, adjustment: Adjustment) -> Change {
    Change { step, adjustment }
}

fn text(run: &Path, file: &str) -> String {
    std::fs::read_to_string(run.join(file)).unwrap()
}

/// Every tensor of a run's checkpoint, the optimiser's among them.
fn tensors(run: &Path) -> BTreeMap<String, Vec<f32>> {
    let Checkpoint { weights, optimizer, .. } = Checkpoint::open(run).unwrap();
    let plain = |t: candle_core::Tensor| t.flatten_all().unwrap().to_vec1::<f32>().unwrap();
    weights.into_iter().chain(optimizer).map(|(name, t)| (name, plain(t))).collect()
}

/// Runs `work` to the panic that stands for a kill: nothing is saved, the lock is given back.
fn killed(work: impl FnOnce()) {
    assert!(catch_unwind(AssertUnwindSafe(work)).is_err(), "it was not killed");
}

#[test]
fn a_killed_run_makes_its_changes_again_at_the_very_same_steps() {
    let data = folder_of_pictures(40);
    let decay = |decay| Adjustment::to(Setting::WeightDecay, decay);
    let kinds: [(&str, [Adjustment; 5]); 5] = [
        (
            "--model vae --kl-schedule cyclical:3,0.5",
            [
                Adjustment::to(Setting::KlWeight, 0.1 + 0.2),
                Adjustment::to(Setting::LearningRate, 0.001_234_567_890_123),
                Adjustment::line(Setting::KlWeight, 3.3, 17),
                Adjustment::to(Setting::FreeBits, 1.0 / 3.0),
                Adjustment::planned(Setting::KlWeight),
            ],
        ),
        ("--model dae", [0.3, 0.1, 0.25, 0.0, 0.2].map(|strength| Adjustment::to(Setting::Noise, strength))),
        (
            "--model sae",
            [3.0, 0.1, 7.0 / 3.0, 0.0, 20.0].map(|weight| Adjustment::to(Setting::Sparsity, weight)),
        ),
        ("--model ae --weight-decay 1", [30.0, 0.1, 20.0 / 3.0, 0.0, 9.0].map(decay)),
        (
            "--model ae --optimizer muon",
            [
                decay(30.0),
                Adjustment::line(Setting::WeightDecay, 0.1 + 0.2, 9),
                decay(10.0),
                Adjustment::planned(Setting::WeightDecay),
                decay(1.0 / 3.0),
            ],
        ),
    ];
    for (options, adjustments) in kinds {
        let options = format!("{options} --steps 48 --save-every 4 --validate-every 10");
        let config = config(data.path(), &options.split_whitespace().collect::<Vec<_>>());
        let steps = [0, 13, 14, 30, 40];
        let changes: Vec<Change> = steps.into_iter().zip(adjustments).map(|(step, a)| at(step, a)).collect();
        let folder = TempDir::new().unwrap();
        let whole = folder.path().join("whole");
        let mut observer = scripted(&changes);
        train(&config, &whole, &mut observer).unwrap();
        assert_eq!(observer.changed, changes);
        assert_eq!(read_run(&whole).unwrap().changes, changes);
        let unchanged = folder.path().join("unchanged");
        train(&config, &unchanged, &mut ()).unwrap();
        assert!(tensors(&whole) != tensors(&unchanged), "{options}: the changes do nothing");

        // After its first checkpoint, amid changes, and long after one.
        for kills in [vec![1], vec![14], vec![16, 29, 31], vec![47]] {
            let run = folder.path().join(format!("{kills:?}"));
            let mut first = Scripted { killed_after: kills[0], ..scripted(&changes) };
            killed(|| drop(train(&config, &run, &mut first)));
            for (before, kill) in kills.iter().zip(&kills[1..]) {
                // Whoever asked before the kill does not ask again; the rest of the script is still to come.
                let rest: Vec<Change> = changes.iter().copied().filter(|c| c.step >= *before).collect();
                let mut next = Scripted { killed_after: *kill, step: usize::MAX, ..scripted(&rest) };
                killed(|| drop(resume(&run, Changes::default(), &mut next)));
            }
            let last = kills.last().copied().unwrap();
            let rest: Vec<Change> = changes.iter().copied().filter(|c| c.step >= last).collect();
            let mut rest = Scripted { step: usize::MAX, ..scripted(&rest) };
            resume(&run, Changes::default(), &mut rest).unwrap();
            assert!(
                text(&whole, "history.csv") == text(&run, "history.csv"),
                "{options} {kills:?}: histories"
            );
            assert_eq!(text(&whole, "events.csv"), text(&run, "events.csv"), "{options} {kills:?}");
            assert!(tensors(&whole) == tensors(&run), "{options} {kills:?}: the weights differ");
        }
    }
}

#[test]
fn a_change_in_a_resumed_run_takes_the_place_of_those_that_were_to_be_made_again() {
    let data = folder_of_pictures(40);
    let config = config(data.path(), &["--steps", "30", "--save-every", "100", "--lr-schedule", "constant"]);
    let (folder, rate) = (TempDir::new().unwrap(), |rate| Adjustment::to(Setting::LearningRate, rate));
    let run = folder.path().join("run");
    let changes = [at(5, rate(2e-3)), at(5, Adjustment::to(Setting::KlWeight, 2.0)), at(12, rate(3e-3))];
    let mut observer = Scripted { killed_after: 20, ..scripted(&changes) };
    killed(|| drop(train(&config, &run, &mut observer)));
    // Its only checkpoint is that of the beginning.
    assert_eq!(read_run(&run).unwrap().changes, changes);
    let options = Changes { adjustments: vec![rate(5e-4)], ..Changes::default() };
    let mut observer = Scripted::default();
    resume(&run, options, &mut observer).unwrap();
    assert_eq!(observer.changed, [at(0, rate(5e-4))]);
    assert!(observer.reports.iter().all(|r| r.learning_rate == 5e-4));
    let weight = |r: &StepReport| r.kl_weight == if r.step > 5 { 2.0 } else { 1.0 };
    assert!(observer.reports.iter().all(weight), "what was not changed anew is made again");
    assert_eq!(read_run(&run).unwrap().changes, [at(0, rate(5e-4)), changes[1]]);
    let nonsense = Changes { adjustments: vec![rate(-1.0)], steps: Some(40), ..Changes::default() };
    let message = resume(&run, nonsense, &mut ()).unwrap_err().to_string();
    assert!(message.contains("learning rate"), "{message}");
}

/// A run may be given more steps later: it is no error, but it is told.
#[test]
fn a_run_that_ends_before_its_kl_weight_is_there_says_so() {
    let data = folder_of_pictures(40);
    let config = config(data.path(), &["--steps", "4", "--kl-schedule", "warmup:50"]);
    let folder = TempDir::new().unwrap();
    let [run, forked] = ["run", "forked"].map(|name| folder.path().join(name));
    let line = |updates| at(2, Adjustment::line(Setting::KlWeight, 3.0, updates));
    let mut observer = scripted(&[line(9), line(2)]);
    train(&config, &run, &mut observer).unwrap();
    let [warmup, anneal] = &observer.warnings[..] else { panic!("{:?}", observer.warnings) };
    assert!(warmup.contains("gets to 1 by step 50 only") && warmup.contains("step 4 "), "{warmup}");
    assert!(anneal.contains("gets to 3 by step 11 only"), "{anneal}");
    let mut observer = Scripted::default();
    let planned = vec![Adjustment::planned(Setting::KlWeight)];
    resume(&run, Changes { steps: Some(6), adjustments: planned, ..Changes::default() }, &mut observer)
        .unwrap();
    assert!(
        observer.warnings.len() == 1 && observer.warnings[0].contains("step 6 "),
        "{:?}",
        observer.warnings
    );
    let mut observer = Scripted::default();
    let warm = KlSchedule::Warmup(60);
    fork(&run, &TrainConfig { steps: 9, kl_schedule: warm, ..config }, &forked, &mut observer).unwrap();
    assert!(
        observer.warnings.len() == 1 && observer.warnings[0].contains("step 60 "),
        "{:?}",
        observer.warnings
    );
}

/// Lines of `events.csv` and settings that somebody has spoilt keep a run from going on, and are named.
#[test]
fn changes_that_make_no_sense_are_not_made() {
    let data = folder_of_pictures(40);
    let folder = TempDir::new().unwrap();
    let run = folder.path().join("run");
    train(&config(data.path(), &["--steps", "3"]), &run, &mut ()).unwrap();
    let more = || Changes { steps: Some(6), ..Changes::default() };
    for line in [
        "4,kl_weight,-1,",
        "4,learning_rate,0,",
        "9223372036854775808,kl_weight,1,",
        "4,sparsity_weight,1,",
        "?",
    ] {
        let written = format!("step,setting,value,updates\n{line}\n");
        std::fs::write(run.join("events.csv"), &written).unwrap();
        for message in
            [resume(&run, more(), &mut ()).unwrap_err().to_string(), read_run(&run).unwrap_err().to_string()]
        {
            assert!(message.contains("events.csv: line 2: "), "{message}");
        }
        assert_eq!(text(&run, "events.csv"), written, "it is there to be mended");
    }
    std::fs::remove_file(run.join("events.csv")).unwrap();
    resume(&run, more(), &mut ()).unwrap();
}

#[test]
fn a_disk_that_is_away_when_a_setting_changes_costs_nothing() {
    /// Takes the disk with the run's folder away before one update and brings it back before another.
    struct Away<'a>(Scripted, &'a Path);
    impl Observer for Away<'_> {
        fn inner(&mut self) -> Option<&mut dyn Observer> {
            Some(&mut self.0)
        }
        fn controls(&mut self) -> Vec<Control> {
            let elsewhere = self.1.with_extension("away");
            match self.0.step {
                2 => std::fs::rename(self.1, &elsewhere).unwrap(),
                6 => std::fs::rename(&elsewhere, self.1).unwrap(),
                _ => (),
            }
            self.0.controls()
        }
    }
    let data = folder_of_pictures(40);
    let config = config(data.path(), &["--steps", "9"]);
    let folder = TempDir::new().unwrap();
    let disk = folder.path().join("disk");
    let run = disk.join("run");
    let changes = [2, 3, 7].map(|step| at(step, Adjustment::to(Setting::KlWeight, step as f64)));
    let mut observer = Away(scripted(&changes), &disk);
    train(&config, &run, &mut observer).unwrap();
    let warnings = &observer.0.warnings;
    assert!(warnings.len() == 1 && warnings[0].contains("events.csv"), "{warnings:?}");
    assert_eq!(read_run(&run).unwrap().changes, changes);
    assert_eq!(
        observer.0.reports.iter().map(|r| r.kl_weight).sum::<f64>(),
        1.0 + 1.0 + 2.0 + 4.0 * 3.0 + 14.0
    );
}

#[test]
fn a_fork_with_nothing_changed_goes_on_as_its_source_does() {
    let data = folder_of_pictures(40);
    let options =
        ["--steps", "30", "--save-every", "12", "--validate-every", "5", "--kl-schedule", "warmup:20"];
    let config = config(data.path(), &options);
    let folder = TempDir::new().unwrap();
    let [source, same, other] = ["source", "same", "other"].map(|name| folder.path().join(name));
    let early =
        [at(0, Adjustment::to(Setting::LearningRate, 2e-3)), at(1, Adjustment::to(Setting::FreeBits, 0.1))];
    let late = at(20, Adjustment::to(Setting::FreeBits, 0.2));
    let mut observer = Scripted { killed_after: 25, ..scripted(&[early[0], early[1], late]) };
    // The source has gone on beyond its checkpoint of step 12, and its folder may be locked meanwhile.
    killed(|| drop(train(&config, &source, &mut observer)));
    let lock = std::fs::File::open(source.join(".lock")).unwrap();
    lock.try_lock().unwrap();
    fork(&source, &config, &same, &mut ()).unwrap();
    let past = read_run(&same).unwrap();
    assert_eq!(past.changes, early);
    assert_eq!(past.forked_from, Some((source.clone(), 12)));
    assert!(past.steps.iter().copied().eq(1..=30) && past.columns.iter().all(|c| c.len() == 30));

    // The same, with its last change made live.
    drop(lock);
    let whole = folder.path().join("whole");
    train(&config, &whole, &mut scripted(&early)).unwrap();
    assert!(text(&whole, "history.csv") == text(&same, "history.csv"), "the histories differ");
    assert!(tensors(&whole) == tensors(&same), "the weights differ");

    // With another KL and a longer run: from there on, and that alone.
    let changed = TrainConfig { kl_weight: 7.0, kl_schedule: KlSchedule::Constant, ..config.clone() };
    let mut observer = Scripted::default();
    fork(&source, &changed, &other, &mut observer).unwrap();
    assert_eq!(observer.changed, [at(12, Adjustment::to(Setting::KlWeight, 7.0))]);
    assert!(observer.reports.iter().all(|r| r.kl_weight == 7.0 && r.free_bits == 0.1));
    assert_eq!(observer.reports[0].step, 13);
    let (common, own) = (text(&whole, "history.csv"), text(&other, "history.csv"));
    assert!(common.lines().zip(own.lines()).take(13).all(|(a, b)| a == b));
    assert!(common.lines().zip(own.lines()).skip(13).all(|(a, b)| a != b));
    // What it was forked from stands in it for good.
    resume(&other, Changes { steps: Some(32), ..Changes::default() }, &mut ()).unwrap();
    assert_eq!(read_run(&other).unwrap().forked_from, Some((source, 12)));
}

#[test]
fn a_fork_that_does_not_fit_is_refused_in_a_sentence() {
    let (data, others) = (folder_of_pictures(40), folder_of_pictures(24));
    let folder = TempDir::new().unwrap();
    let source = folder.path().join("source");
    let with = |data: &Path, options: &str| config(data, &options.split_whitespace().collect::<Vec<_>>());
    train(&with(data.path(), "--steps 5"), &source, &mut ()).unwrap();
    let cases = [
        (with(data.path(), "--steps 9 --model ae"), "cannot train an AE"),
        (with(data.path(), "--steps 9 --latent-dim 9"), "same shape"),
        (with(data.path(), "--steps 9 --normalization none"), "same shape"),
        (with(data.path(), "--steps 5"), "--steps"),
        (with(others.path(), "--steps 9"), "the images"),
        (with(data.path(), "--steps 9 --lr=-1"), "learning rate"),
    ];
    for (config, words) in cases {
        let out = folder.path().join("fork");
        let message = fork(&source, &config, &out, &mut ()).unwrap_err().to_string();
        assert!(message.contains(words), "{message}");
        assert!(!out.exists(), "{words}: nothing is left behind");
    }
    let message = fork(folder.path(), &with(data.path(), ""), &folder.path().join("x"), &mut ()).unwrap_err();
    assert!(message.to_string().contains("no run"), "{message}");
    let message = fork(&source, &with(data.path(), "--steps 9"), &source, &mut ()).unwrap_err();
    assert!(message.to_string().contains("already"), "{message}");
}

#[test]
fn a_run_that_explodes_names_the_change_and_goes_on_from_its_last_good_checkpoint() {
    let data = folder_of_pictures(40);
    let folder = TempDir::new().unwrap();
    // With batch normalisation nothing overflows: the run explodes with finite numbers.
    for (name, options) in [("finite", "--normalization batch"), ("nan", "--normalization none")] {
        let options = format!("{options} --steps 400 --save-every 10 --lr-schedule constant");
        let config = config(data.path(), &options.split_whitespace().collect::<Vec<_>>());
        let run = folder.path().join(name);
        // At the very step after which a checkpoint is due.
        let raised = at(39, Adjustment::to(Setting::LearningRate, 30.0));
        let harmless = at(5, Adjustment::to(Setting::KlWeight, 0.5));
        let mut observer = scripted(&[harmless, raised]);
        let message = train(&config, &run, &mut observer).unwrap_err().to_string();
        assert!(message.contains("diverged"), "{message}");
        assert!(message.contains("learning rate, which was raised from 0.001 to 30 at step 39"), "{message}");
        assert!(observer.step < 250, "{name}: it went on to step {}", observer.step);
        assert_eq!(observer.saved.last(), Some(&30), "the weights after step 39 are not worth keeping");
        assert_eq!(read_run(&run).unwrap().changes, [harmless]);

        let mut observer = Scripted::default();
        let on = Changes { steps: Some(60), ..Changes::default() };
        resume(&run, on, &mut observer).unwrap();
        assert!(observer.reports.iter().all(|r| r.learning_rate == 1e-3 && r.kl_weight == 0.5));
        let (first, last) = (observer.reports[0], observer.reports[29]);
        assert!(first.step == 31 && last.re < 1.5 * first.re, "{name}: RE {} to {}", first.re, last.re);
    }
}

#[test]
fn a_weight_turned_up_a_million_times_is_no_explosion() {
    let data = folder_of_pictures(40);
    let options = ["--steps", "420", "--kl-weight", "1e-4", "--lr", "3e-3"];
    let folder = TempDir::new().unwrap();
    let changes = [
        at(100, Adjustment::to(Setting::KlWeight, 1e3)),
        at(210, Adjustment::to(Setting::KlWeight, 0.0)),
        at(320, Adjustment::to(Setting::KlWeight, 1e6)),
    ];
    let mut observer = scripted(&changes);
    train(&config(data.path(), &options), &folder.path().join("run"), &mut observer).unwrap();
    assert_eq!(observer.reports.len(), 420);
    assert!(observer.reports.iter().all(|r| r.loss.is_finite()));
}
