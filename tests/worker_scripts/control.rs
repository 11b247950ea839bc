//! Adjustments of a training run while it goes on.

use std::path::Path;

use morphospace::config::{Adjustment, Change, Setting};
use morphospace::worker::protocol::*;
use tempfile::TempDir;

use crate::common::folder_of_pictures;
use crate::common::settings::config;
use crate::script::{Script, is_end};

const JOB: JobId = 1;

/// A run that has been told to wait before its first update.
fn held(script: &Script, data: &Path, run: &Path, options: &[&str]) {
    let work = Job::Train(TrainOrder { config: Box::new(config(data, options)), out: run.to_owned() });
    script.start_job(JOB, work);
    tell(script, Control::Pause);
    until(script, |event| matches!(event, JobEvent::Paused));
}

fn tell(script: &Script, control: Control) {
    script.send(Command::Control { job: JOB, control });
}

/// Events of the job until and with the one that `is` looks for.
fn until(script: &Script, is: impl Fn(&JobEvent) -> bool) -> Vec<JobEvent> {
    let mut told = Vec::new();
    script.job_until(JOB, |event| {
        let found = is(&event);
        assert!(found || !is_end(&event), "{event:?}");
        told.push(event);
        found.then_some(())
    });
    told
}

fn reports(told: &[JobEvent]) -> Vec<StepReport> {
    let steps =
        told.iter().filter_map(|e| if let JobEvent::Steps(reports) = e { Some(reports) } else { None });
    steps.flatten().copied().collect()
}

/// A column of a run's history by its name.
fn column(run: &Path, name: &str) -> Vec<f64> {
    let text = std::fs::read_to_string(run.join("history.csv")).unwrap();
    let mut lines = text.lines();
    let place = lines.next().unwrap().split(',').position(|n| n == name).unwrap();
    lines.map(|line| line.split(',').nth(place).unwrap().parse().unwrap()).collect()
}

#[test]
fn a_held_run_does_single_updates_and_takes_changes_that_act_on_the_very_next_one() {
    let (data, out) = (folder_of_pictures(40), TempDir::new().unwrap());
    let (script, run) = (Script::start(), out.path().join("run"));
    held(&script, data.path(), &run, &["--steps", "9", "--lr-schedule", "constant"]);
    // Two at once are two updates.
    tell(&script, Control::StepOnce);
    tell(&script, Control::StepOnce);
    let mut first = Vec::new();
    while first.len() < 2 {
        first.extend(reports(&until(&script, |event| matches!(event, JobEvent::Steps(_)))));
    }
    assert_eq!(first.iter().map(|r| (r.step, r.kl_weight)).collect::<Vec<_>>(), [(1, 1.0), (2, 1.0)]);

    let changes = [
        Adjustment::to(Setting::KlWeight, 3.5),
        Adjustment::to(Setting::LearningRate, 1e-4),
        Adjustment::to(Setting::FreeBits, 0.25),
    ];
    for adjustment in changes {
        tell(&script, Control::Adjust(adjustment));
        let told = until(&script, |event| matches!(event, JobEvent::Changed(_)));
        assert_eq!(
            told,
            [JobEvent::Changed(Change { step: 2, adjustment })],
            "nothing else happens meanwhile"
        );
    }
    tell(&script, Control::StepOnce);
    let third = reports(&until(&script, |event| matches!(event, JobEvent::Steps(_))));
    assert_eq!(third.len(), 1);
    assert_eq!((third[0].step, third[0].kl_weight), (3, 3.5));
    assert_eq!((third[0].learning_rate, third[0].free_bits), (1e-4, 0.25));
    assert!(third[0].gradient_norm.is_finite() && third[0].gradient_norm > 0.0);
    assert!((third[0].loss - third[0].reconstruction - 3.5 * third[0].kl).abs() < 0.25 * 8.0 * 3.5 + 1e-3);

    tell(&script, Control::Adjust(Adjustment::line(Setting::KlWeight, 0.5, 3)));
    tell(&script, Control::Continue);
    let told = until(&script, is_end);
    assert!(told.contains(&JobEvent::Continued));
    assert!(matches!(told.last(), Some(JobEvent::Finished(_))));
    // Every update was told once, in order.
    assert_eq!(reports(&told).iter().map(|r| r.step).collect::<Vec<_>>(), [4, 5, 6, 7, 8, 9]);
    assert_eq!(column(&run, "kl_weight"), [1.0, 1.0, 3.5, 3.5, 2.5, 1.5, 0.5, 0.5, 0.5]);
    assert_eq!(column(&run, "learning_rate")[1..4], [1e-3, 1e-4, 1e-4]);
    assert_eq!(column(&run, "free_bits")[1..4], [0.0, 0.25, 0.25]);
    assert_eq!(column(&run, "gradient_norm")[2], third[0].gradient_norm);
    let events = std::fs::read_to_string(run.join("events.csv")).unwrap();
    assert_eq!(
        events.lines().skip(1).collect::<Vec<_>>(),
        ["2,kl_weight,3.5,", "2,learning_rate,0.0001,", "2,free_bits,0.25,", "3,kl_anneal,0.5,3"]
    );
}

#[test]
fn a_run_tells_what_it_is_before_its_first_update() {
    let (data, out) = (folder_of_pictures(40), TempDir::new().unwrap());
    let (script, run) = (Script::start(), out.path().join("run"));
    let work =
        Job::Train(TrainOrder { config: Box::new(config(data.path(), &["--steps", "3"])), out: run.clone() });
    script.start_job(JOB, work);
    let told = until(&script, is_end);
    let place = told.iter().position(|event| matches!(event, JobEvent::Run(_))).unwrap();
    let JobEvent::Run(info) = &told[place] else { panic!("{told:?}") };
    assert_eq!((&info.folder, info.step, info.config.steps), (&run, 0, 3));
    assert_eq!((info.train_images + info.validation_images <= 40, info.changes.len()), (true, 0));
    assert!(info.train_images > 20 && info.parameters > 1000, "{info:?}");
    assert!(reports(&told[..place]).is_empty());
    let sheet = told.iter().position(|event| *event == JobEvent::Sampled { step: 3 });
    assert!(sheet.is_some() && run.join("samples/step-0000003.png").is_file());
}

#[test]
fn what_makes_no_sense_is_refused_and_changes_nothing() {
    let (data, out) = (folder_of_pictures(40), TempDir::new().unwrap());
    let (script, run) = (Script::start(), out.path().join("run"));
    held(&script, data.path(), &run, &["--model", "ae", "--steps", "3"]);
    for adjustment in [
        Adjustment::to(Setting::LearningRate, f64::NAN),
        Adjustment::to(Setting::LearningRate, -1.0),
        Adjustment::to(Setting::KlWeight, 2.0),
        Adjustment::to(Setting::Noise, 0.1),
    ] {
        tell(&script, Control::Adjust(adjustment));
        let told = until(&script, |event| matches!(event, JobEvent::Warning { .. }));
        let [JobEvent::Warning { message }] = &told[..] else { panic!("{told:?}") };
        assert!(message.starts_with("Nothing was changed"), "{message}");
    }
    tell(&script, Control::Continue);
    assert!(!until(&script, is_end).iter().any(|event| matches!(event, JobEvent::Changed(_))));
    assert!(!run.join("events.csv").exists());
}

#[test]
fn a_held_run_saves_when_told_and_can_be_cancelled() {
    let (data, out) = (folder_of_pictures(40), TempDir::new().unwrap());
    let (script, run) = (Script::start(), out.path().join("run"));
    held(&script, data.path(), &run, &["--steps", "1000000"]);
    tell(&script, Control::StepOnce);
    tell(&script, Control::Save);
    let told = until(&script, |event| matches!(event, JobEvent::Saved { .. }));
    assert!(matches!(told.last(), Some(JobEvent::Saved { step: 1, .. })), "{told:?}");
    assert_eq!(script.open_model(ModelSource::File(run.clone())).steps, 1);
    // Held and told again to wait: nothing is told twice.
    tell(&script, Control::Pause);
    tell(&script, Control::StepOnce);
    script.send(Command::Cancel(JOB));
    let told = until(&script, is_end);
    assert_eq!(told.last(), Some(&JobEvent::Cancelled));
    assert!(!told.contains(&JobEvent::Paused), "{told:?}");
    let done = reports(&told).last().map_or(1, |report| report.step);
    assert_eq!(script.open_model(ModelSource::File(run)).steps, done);
}

#[test]
fn a_held_run_does_not_hold_up_the_end_of_the_worker() {
    let (data, out) = (folder_of_pictures(40), TempDir::new().unwrap());
    let (script, run) = (Script::start(), out.path().join("run"));
    held(&script, data.path(), &run, &["--steps", "1000000"]);
    tell(&script, Control::StepOnce);
    until(&script, |event| matches!(event, JobEvent::Steps(_)));
    let last = script.finish();
    assert!(last.contains(&Reply { to: Some(JOB), event: Event::Job(JobEvent::Cancelled) }), "{last:?}");
    assert!(run.join("checkpoint.safetensors").exists());
}

#[test]
fn a_run_forks_while_it_goes_on_and_its_past_is_read() {
    let (data, out) = (folder_of_pictures(40), TempDir::new().unwrap());
    let (script, run, forked) = (Script::start(), out.path().join("run"), out.path().join("forked"));
    held(&script, data.path(), &run, &["--steps", "1000000", "--validate-every", "2", "--sample-every", "1"]);
    tell(&script, Control::Adjust(Adjustment::to(Setting::KlWeight, 0.5)));
    (0..3).for_each(|_| tell(&script, Control::StepOnce));
    tell(&script, Control::Save);
    tell(&script, Control::StepOnce);
    tell(&script, Control::Adjust(Adjustment::to(Setting::KlWeight, 9.0)));
    until(&script, |event| {
        *event == JobEvent::Changed(Change { step: 4, adjustment: Adjustment::to(Setting::KlWeight, 9.0) })
    });

    // Another worker, as another program would.
    let other = Script::start();
    let wanted = config(data.path(), &["--steps", "8", "--free-bits", "0.25", "--validate-every", "2"]);
    let work = Job::Fork(ForkOrder { from: run.clone(), config: Box::new(wanted), out: forked.clone() });
    other.start_job(JOB, work);
    let told = until(&other, is_end);
    let Some(JobEvent::Finished(JobResult::Trained(summary))) = told.last() else { panic!("{told:?}") };
    assert_eq!(summary.steps, 8);
    let mine = Change { step: 3, adjustment: Adjustment::to(Setting::FreeBits, 0.25) };
    assert!(told.contains(&JobEvent::Changed(mine)), "{told:?}");
    assert!(reports(&told).iter().all(|r| r.step > 3 && r.kl_weight == 0.5 && r.free_bits == 0.25));

    let past = |script: &Script, folder: &Path| {
        let read = script.answer(Command::OpenRun(folder.to_owned()), |event| match event {
            Event::RunOpened(history) => Some(*history),
            _ => None,
        });
        read.unwrap()
    };
    let history = past(&other, &forked);
    let inherited = Change { step: 0, adjustment: Adjustment::to(Setting::KlWeight, 0.5) };
    assert_eq!((history.step, history.changes), (8, vec![inherited, mine]));
    assert_eq!((history.forked_from, history.sheets), (Some((run.clone(), 3)), vec![8]));
    assert_eq!(history.steps, [1, 2, 3, 4, 5, 6, 7, 8]);
    let place = history.names.iter().position(|name| name == "validation_loss").unwrap();
    let empty: Vec<bool> = history.columns[place].iter().map(|value| value.is_nan()).collect();
    assert_eq!(empty, [true, false, true, false, true, false, true, false]);

    tell(&script, Control::Save);
    until(&script, |event| matches!(event, JobEvent::Saved { step: 4, .. }));
    let history = past(&script, &run);
    assert_eq!((history.step, history.steps.len(), history.forked_from), (4, 4, None));
    assert_eq!(history.sheets, [1, 2, 3, 4]);
    assert_eq!(history.changes.len(), 2);
}

#[test]
fn a_folder_without_a_run_is_told_with_its_name() {
    let (script, out) = (Script::start(), TempDir::new().unwrap());
    let read = script.answer(Command::OpenRun(out.path().to_owned()), |event| match event {
        Event::RunOpened(_) => Some(()),
        _ => None,
    });
    let message = read.expect_err("there is no run");
    assert!(message.contains("no run") && message.contains(out.path().to_str().unwrap()), "{message}");
}

/// A fault in the middle of an update: the one thing that is called from there and that a test can replace is
/// what wakes the reader of the events.
#[test]
fn a_panic_while_training_is_told_and_the_run_goes_on_from_its_checkpoint() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    let (data, out) = (folder_of_pictures(40), TempDir::new().unwrap());
    let run = out.path().join("run");
    let faulty = Arc::new(AtomicBool::new(false));
    let script = Script::with_wake({
        let faulty = Arc::clone(&faulty);
        move || {
            let training = std::thread::current().name().is_some_and(|name| name.starts_with("train-"));
            assert!(!(training && faulty.swap(false, Ordering::SeqCst)), "injected");
        }
    });
    held(&script, data.path(), &run, &["--steps", "1000000"]);
    tell(&script, Control::StepOnce);
    tell(&script, Control::Save);
    until(&script, |event| matches!(event, JobEvent::Saved { step: 1, .. }));
    faulty.store(true, Ordering::SeqCst);
    tell(&script, Control::Continue);
    let JobEvent::Failed { message } = script.job_end(JOB) else { panic!("no failure") };
    assert!(message.contains("injected") && message.contains("resumed"), "{message}");
    let work = Job::Resume(ResumeOrder { run, changes: Changes { steps: Some(6), ..Changes::default() } });
    script.start_job(2, work);
    let end = script.job_end(2);
    let JobEvent::Finished(JobResult::Trained(summary)) = end else { panic!("{end:?}") };
    assert_eq!(summary.steps, 6);
}
