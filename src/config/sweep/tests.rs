#![allow(clippy::unwrap_used)]

use std::path::Path;

use super::*;
use crate::config::{ModelKind, defaults_of};

const HEAD: &str = "data = \"faces\"\nout = \"runs\"\n";

fn read(rest: &str) -> Result<Sweep, String> {
    Sweep::read(&format!("{HEAD}{rest}"), Path::new("/sweeps"))
}

fn names(rest: &str) -> Vec<String> {
    read(rest).unwrap().runs.into_iter().map(|run| run.name).collect()
}

#[test]
fn a_grid_is_every_combination_with_the_seeds_fastest() {
    let sweep =
        read("[settings]\nsteps = 100\n[grid]\nseed = [0, 1]\nkl-weight = [0.1, 1]\nlatent-dim = [8]\n")
            .unwrap();
    let names: Vec<&str> = sweep.runs.iter().map(|run| run.name.as_str()).collect();
    assert_eq!(
        names,
        ["kl-weight=0.1_seed=0", "kl-weight=0.1_seed=1", "kl-weight=1_seed=0", "kl-weight=1_seed=1"],
        "an axis with one value is in no name"
    );
    assert_eq!(sweep.out, Path::new("/sweeps/runs"));
    let config = &sweep.runs[3].config;
    assert_eq!((config.kl_weight, config.seed, config.model.latent_dim, config.steps), (1.0, 1, 8, 100));
    assert_eq!(config.dataset.source, DataSource::Folder("/sweeps/faces".into()));
    // The command line reads the same out of the arguments.
    let arguments: Vec<String> =
        sweep.runs[3].arguments().into_iter().map(|argument| argument.into_string().unwrap()).collect();
    for wanted in ["--data=/sweeps/faces", "--kl-weight=1", "--seed=1", "--latent-dim=8", "--steps=100"] {
        assert!(arguments.iter().any(|argument| argument == wanted), "{wanted}: {arguments:?}");
    }
}

#[test]
fn a_list_has_names_of_what_its_entries_differ_in() {
    let list =
        "[[runs]]\nmodel = \"ae\"\n[[runs]]\nmodel = \"vae\"\nkl-weight = 0.5\nkl-schedule = \"warmup:10\"\n";
    assert_eq!(names(list), ["model=ae", "model=vae_kl-weight=0.5_kl-schedule=warmup-10"]);
    let with_grid = format!("{list}[grid]\nseed = [7, 9]\n");
    assert_eq!(
        names(&with_grid),
        [
            "model=ae_seed=7",
            "model=ae_seed=9",
            "model=vae_kl-weight=0.5_kl-schedule=warmup-10_seed=7",
            "model=vae_kl-weight=0.5_kl-schedule=warmup-10_seed=9"
        ]
    );
    assert_eq!(names(""), ["run"], "a sweep of one run");
    // An entry says otherwise than what all have.
    let sweep = read("[settings]\nsteps = 9\n[[runs]]\nsteps = 7\n[[runs]]\n").unwrap();
    assert_eq!(sweep.runs.iter().map(|run| run.config.steps).collect::<Vec<_>>(), [7, 9]);
}

#[test]
fn folders_of_images_are_called_by_their_last_names_while_these_differ() {
    let data = |paths: &str| {
        let text = format!("out = \"runs\"\n[grid]\ndata = [{paths}]\n");
        let sweep = Sweep::read(&text, Path::new("/sweeps")).unwrap();
        sweep.runs.into_iter().map(|run| run.name).collect::<Vec<_>>()
    };
    assert_eq!(data("\"/a/cats\", \"builtin:faces\""), ["data=cats", "data=builtin-faces"]);
    assert_eq!(data("\"a/cats\", \"b/cats/\""), ["data=a-cats", "data=b-cats-"]);
}

#[test]
fn names_are_the_same_each_time_and_never_longer_than_systems_take() {
    let long = "x".repeat(300);
    let text = format!("[grid]\nfeature-loss = [\"embedded\", \"inception:{long}\"]\n");
    let (first, again) = (names(&text), names(&text));
    assert_eq!(first, again);
    assert!(first.iter().all(|name| name.len() <= 120), "{first:?}");
    let sweep = read(&text).unwrap();
    assert_eq!(sweep.runs[1].config.feature_loss, FeatureLoss::Inception(format!("/sweeps/{long}").into()));
}

#[test]
fn what_is_wrong_is_told_with_its_key() {
    for (rest, reason) in [
        ("[grid]\nsparsity = [\"l3:1\"]", "[grid] sparsity: "),
        ("[settings]\nepochs = 3\nsteps = 4", "run 1 of 1: the argument '--steps"),
        ("[settings]\ndata = \"a\"", "data stands above the tables and in [settings]"),
        ("[[runs]]\nseed = 1\n[grid]\nseed = [2]", "seed is in [[runs]] and in [grid]"),
        ("[grid]\nseed = []", "[grid] seed: the list is empty"),
        ("[settings]\nlr = { a = 1 }", "[settings] lr: a number or words are wanted"),
        ("[settings]\nkl-schedule = \"warmup:200\"\nsteps = 0", "steps"),
        ("[settings]\nalign = \"face\"", "aligned:DIR"),
        ("runs = 3", "runs has to be a list"),
    ] {
        let said = read(rest).unwrap_err();
        assert!(said.contains(reason), "{rest}: {said}");
    }
    let axis = (0..200).map(|seed: u32| seed.to_string()).collect::<Vec<_>>().join(", ");
    let weights = axis.clone();
    let many = read(&format!("[grid]\nseed = [{axis}]\nkl-weight = [{weights}]")).unwrap_err();
    assert!(many.contains("more than 10000 runs"), "{many}");
}

#[test]
fn passes_over_the_images_become_steps() {
    let mut sweep = read("[settings]\nepochs = 3\nbatch-size = 8\n[grid]\nseed = [0, 1]").unwrap();
    let source = sweep.sources()[0].clone();
    assert_eq!(sweep.sources().len(), 1);
    sweep.settle_epochs(&source, 20).unwrap();
    assert!(sweep.runs.iter().all(|run| run.config.steps == 8 && run.config.epochs.is_none()));
    let arguments = sweep.runs[0].arguments();
    assert!(
        arguments.contains(&"--steps=8".into()) && !arguments.contains(&"--epochs=3".into()),
        "{arguments:?}"
    );
}

#[test]
fn a_run_differs_from_one_that_was_begun_in_a_setting_that_is_told() {
    let sweep = read("[settings]\nmodel = \"dcgan\"\n[grid]\nseed = [0, 1]").unwrap();
    let mut begun = defaults_of(ModelKind::Dcgan).completed();
    begun.dataset.source = DataSource::Folder("/sweeps/faces".into());
    assert_eq!(sweep.runs[0].difference(&begun), None);
    assert_eq!(sweep.runs[1].difference(&begun), Some(Setting::Seed));
    begun.adversarial.r1 = Some(3.0);
    assert_eq!(sweep.runs[0].difference(&begun), Some(Setting::R1));
}
