#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};

use super::scale::Scale;
use super::shown::ShownRuns;
use crate::config::{ModelKind, Setting, defaults_of};
use crate::gui::state::compare::Mode;
use crate::gui::state::compare::sheet::Sort;
use crate::gui::state::{Effect, PathKind, Screen, State};
use crate::report::{LastReading, RunQuantity, RunRecord, RunSet, SkippedFile};
use crate::worker::protocol::{Command, Event, ModelSource, Reply, RequestId};

/// VAEs of these KL weights and seeds, the PSNR falling with the weight.
fn set(folder: &str, runs: &[(f64, u64)]) -> RunSet {
    let run = |(weight, seed): &(f64, u64)| {
        let mut config = defaults_of(ModelKind::Vae);
        (config.kl_weight, config.seed) = (*weight, *seed);
        let name = format!("kl-weight={weight}_seed={seed}");
        let reading = |quantity: RunQuantity, value: f64| {
            let column = quantity.about().column.to_owned();
            LastReading { column, step: config.steps, value: value.into() }
        };
        let last = vec![
            reading(RunQuantity::ValidationLoss, 30.0 + weight),
            reading(RunQuantity::Psnr, 25.0 - weight),
        ];
        RunRecord { folder: Path::new(folder).join(&name), name, step: config.steps, config, last }
    };
    RunSet::new(folder.into(), runs.iter().map(run).collect(), Vec::new())
}

fn asked(state: &mut State) -> Option<(RequestId, PathBuf)> {
    std::mem::take(&mut state.effects).into_iter().find_map(|effect| match effect {
        Effect::Send(request) => match request.command {
            Command::OpenRuns(folder) => Some((request.id, folder)),
            _ => None,
        },
        _ => None,
    })
}

#[test]
fn a_folder_of_runs_is_read_and_a_late_answer_about_another_changes_nothing() {
    let mut state = State::default();
    state.looked("/runs/one".into(), PathKind::Runs);
    assert_eq!((state.screen, state.compare.mode), (Screen::Compare, Mode::Runs));
    let (first, folder) = asked(&mut state).unwrap();
    assert_eq!(folder, Path::new("/runs/one"));
    // Here another folder is one of runs too, whatever it looks like.
    state.looked("/runs/two".into(), PathKind::Folder);
    let (second, _) = asked(&mut state).unwrap();
    let tell = |state: &mut State, to, folder: &str, runs: &[(f64, u64)]| {
        state.apply(Reply { to: Some(to), event: Event::RunsOpened(Box::new(set(folder, runs))) });
    };
    tell(&mut state, first, "/runs/one", &[(1.0, 0)]);
    assert!(state.compare.runs.shown.is_none() && state.compare.runs.is_reading);
    tell(&mut state, second, "/runs/two", &[(1.0, 0), (0.1, 0)]);
    assert_eq!(state.compare.runs.shown.as_ref().unwrap().set.runs.len(), 2);
    assert!(state.compare.has_results() && !state.compare.runs.is_reading);
    assert_eq!(state.compare.results()[0].rows.len(), 2);
    // A folder without runs says so, and so does one that cannot be read.
    state.read_runs();
    let (third, _) = asked(&mut state).unwrap();
    tell(&mut state, third, "/runs/two", &[]);
    assert!(state.compare.runs.obstacle().unwrap().contains("no run in /runs/two"));
    state.read_runs();
    let (fourth, _) = asked(&mut state).unwrap();
    let message = "cannot list /runs/two".to_owned();
    state.apply(Reply { to: Some(fourth), event: Event::Failed { message } });
    assert_eq!(state.compare.runs.obstacle().unwrap(), "cannot list /runs/two");
    assert!(state.messages.banners.is_empty(), "it stands where the runs would stand");
}

#[test]
fn what_was_chosen_stays_when_the_same_folder_is_read_again() {
    let mut shown = ShownRuns::new(set("/runs", &[(0.1, 0), (10.0, 0), (0.1, 1), (10.0, 1)]), None);
    let (weight, seed) = (Setting::KlWeight.flag(), Setting::Seed.flag());
    let psnr = RunQuantity::Psnr.about().column;
    assert_eq!((shown.x, shown.y, shown.hue), (weight, psnr, None));
    assert!(matches!(shown.column(weight).unwrap().scale, Scale::Decades { zero: false, .. }));
    assert!(matches!(shown.column(seed).unwrap().scale, Scale::Linear { .. }));
    shown.hue = Some(seed);
    shown.selected = Some(2);
    assert_eq!(shown.set.runs[2].name, "kl-weight=10_seed=0");
    shown.filter(weight, 1.0, 0.6);
    assert_eq!(shown.passing().collect::<Vec<_>>(), [2, 3]);
    shown.sort = Some(Sort::clicked(None, None));
    let again =
        ShownRuns::new(set("/runs", &[(0.01, 0), (0.1, 0), (10.0, 0), (10.0, 1)]), Some(shown.clone()));
    assert_eq!(again.set.runs[again.selected.unwrap()].name, "kl-weight=10_seed=0");
    assert_eq!((again.hue, again.passing().count()), (Some(seed), 2));
    assert_eq!(again.sheet().rows.len(), 2);
    assert_eq!(again.sheet().caption, "2 of 4 runs in /runs");
    // A part without length is taken for none.
    shown.filter(weight, 0.5, 0.5);
    assert_eq!(shown.passing().count(), 4);
    let other = ShownRuns::new(set("/others", &[(1.0, 0)]), Some(shown));
    assert_eq!((other.selected, other.hue), (None, None));
}

#[test]
fn a_chosen_run_opens_as_a_model_and_among_the_runs() {
    let mut state = State::default();
    state.open_runs("/runs".into());
    let (id, _) = asked(&mut state).unwrap();
    let mut found = set("/runs", &[(0.1, 0), (1.0, 0)]);
    let reason = "its checkpoint cannot be read".to_owned();
    found.unreadable.push(SkippedFile { path: "/runs/broken".into(), reason });
    state.apply(Reply { to: Some(id), event: Event::RunsOpened(Box::new(found)) });
    let shown = state.compare.runs.shown.as_mut().unwrap();
    assert!(shown.sheet().notes.iter().any(|note| note.contains("/runs/broken is left out")));
    shown.selected = Some(1);
    assert_eq!(shown.settings_of(1), "KL weight 1");
    state.explore_chosen_run();
    let model = Command::OpenModel(ModelSource::File("/runs/kl-weight=1_seed=0".into()));
    let sent = |state: &State, command: &Command| {
        state
            .effects
            .iter()
            .any(|effect| matches!(effect, Effect::Send(request) if request.command == *command))
    };
    assert!(sent(&state, &model) && state.screen == Screen::Explore);
    state.train_chosen_run();
    assert!(sent(&state, &Command::OpenRun("/runs/kl-weight=1_seed=0".into())));
    assert_eq!(state.screen, Screen::Train);
}
