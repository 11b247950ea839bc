use super::*;
use crate::config::CodeUnits;
use crate::report::DirectionMethod;

fn explore() -> Explore {
    let latent = LatentInfo {
        center: vec![1.0, 0.0, -2.0],
        scale: vec![2.0, 0.5, 0.0],
        effect: vec![0.1, 0.4, 0.0],
        kl: Vec::new(),
        variance: vec![1.0, 1.0, 0.0],
        images: 10,
        ..LatentInfo::unmeasured(3)
    };
    Explore::new(&latent)
}

#[test]
fn sliders_of_a_sparse_code_stop_at_its_ends() {
    let latent = LatentInfo {
        center: vec![0.25, 0.05],
        scale: vec![0.25, 0.1],
        units: CodeUnits::Sigmoid,
        ..LatentInfo::unmeasured(2)
    };
    let mut explore = Explore::new(&latent);
    explore.set(0, -2.0);
    assert_eq!((explore.values()[0], explore.code()[0]), (-1.0, 0.0));
    explore.set(0, 2.5);
    assert_eq!(explore.values()[0], 2.5);
    explore.set(0, 4.0);
    assert_eq!((explore.values()[0], explore.code()[0]), (3.0, 1.0));
    for _ in 0..20 {
        explore.randomize();
        assert!(explore.code().iter().all(|z| (0.0..=1.0).contains(z)), "{:?}", explore.code());
    }
    assert!(explore.values()[1] >= -0.5 - 1e-6);
}

#[test]
fn a_code_and_its_positions_are_the_same_point() {
    let mut explore = explore();
    explore.set_code(&[5.0, -1.0, -2.0]);
    assert_eq!(explore.values(), [2.0, -2.0, 0.0]);
    assert_eq!(explore.code(), [5.0, -1.0, -2.0]);
    explore.reset();
    assert_eq!(explore.code(), explore.latent().center);
}

#[test]
fn dimensions_are_sorted_by_effect_and_dead_ones_apart() {
    let mut explore = explore();
    assert_eq!((explore.active.clone(), explore.inactive.clone()), (vec![1, 0], vec![2]));
    assert_eq!((explore.selected, explore.pad), (Along::Dim(1), (1, 0)));
    assert!((explore.effect(0) - 0.25).abs() < 1e-6);
    explore.search = "z0".into();
    assert_eq!(explore.found(), (vec![0], vec![]));
}

fn direction(name: &str, vector: [f32; 3]) -> Direction {
    Direction {
        name: name.into(),
        method: DirectionMethod::Yours,
        vector: vector.to_vec(),
        quality: None,
        variance: None,
        range: None,
    }
}

#[test]
fn edits_stay_when_the_face_changes_and_are_undone_with_it() {
    let directions = vec![direction("smile", [1.0, 1.0, 0.0]), direction("age", [0.0, 2.0, 0.0])];
    let mut explore = explore().with_directions(directions);
    assert_eq!(explore.selected, Along::Direction(0));
    explore.set_amount(0, 2.0);
    explore.set_amount(1, -1.0);
    assert_eq!(explore.shift(), [2.0, 0.0, 0.0]);
    assert_eq!(explore.shift_with(1, 1.0), [2.0, 4.0, 0.0]);
    explore.randomize();
    explore.set_code(&[5.0, -1.0, -2.0]);
    assert_eq!((explore.amounts(), explore.code()), (&[2.0, -1.0][..], vec![5.0, -1.0, -2.0]));
    explore.clear_edits();
    assert!(!explore.is_edited() && explore.shift() == [0.0; 3]);
    assert!(explore.undo());
    assert_eq!(explore.amounts(), [2.0, -1.0]);
}

#[test]
fn what_a_prior_loses_of_a_photo_is_added_until_another_face_is_taken() {
    let mut explore = explore().with_directions(vec![direction("smile", [1.0, 1.0, 0.0])]);
    explore.set_photo(&[5.0, -1.0, -2.0], vec![0.5, 0.0, -0.5]);
    assert!(!explore.is_plain() && !explore.is_edited());
    assert_eq!(explore.shift(), [0.5, 0.0, -0.5]);
    explore.set_amount(0, 2.0);
    assert_eq!(explore.shift(), [2.5, 2.0, -0.5]);
    explore.randomize();
    assert_eq!((explore.shift(), explore.residual()), (vec![2.0, 2.0, 0.0], &[][..]));
    assert!(explore.undo());
    assert_eq!(explore.shift(), [2.5, 2.0, -0.5]);
}

#[test]
fn a_direction_that_is_held_is_left_alone_by_the_others() {
    let directions = vec![direction("smile", [1.0, 1.0, 0.0]), direction("age", [0.0, 2.0, 0.0])];
    let mut explore = explore().with_directions(directions);
    explore.toggle_held(1);
    explore.set_amount(0, 2.0);
    assert_eq!(explore.shift(), [2.0, 0.0, 0.0]);
    explore.set_amount(1, 1.0);
    assert_eq!(explore.shift(), [2.0, 2.0, 0.0], "it still moves by itself");
    explore.toggle_held(1);
    assert_eq!(explore.shift(), [2.0, 4.0, 0.0]);
}

#[test]
fn other_directions_keep_the_amounts_of_those_that_stay() {
    let mut explore = explore()
        .with_directions(vec![direction("smile", [1.0, 0.0, 0.0]), direction("age", [0.0, 1.0, 0.0])]);
    explore.set_amount(1, 1.5);
    explore.selected = Along::Direction(1);
    explore.set_directions(vec![direction("age", [0.0, 1.0, 0.0])]);
    assert_eq!((explore.amounts(), explore.selected), (&[1.5][..], Along::Dim(1)));
    explore.set_directions(Vec::new());
    assert!(explore.amounts().is_empty() && !explore.is_edited());
}

#[test]
fn truncation_brings_the_face_to_the_centre() {
    let mut explore = explore();
    explore.set(0, 2.0);
    explore.set_truncation(0.5);
    assert_eq!(explore.code()[0], 1.0 + 2.0 * 1.0);
    explore.set_truncation(0.0);
    assert_eq!(explore.code(), explore.latent().center);
    explore.set_code(&[5.0, -1.0, -2.0]);
    assert_eq!(explore.truncation(), 1.0, "a face that is taken over is shown as it is");
}

#[test]
fn random_keeps_locks_and_is_one_step() {
    let mut explore = explore();
    explore.set(1, 0.75);
    explore.toggle_lock(1);
    explore.randomize();
    assert_eq!(explore.values()[1], 0.75);
    assert_ne!(explore.values()[0], 0.0);
    let first = explore.values().to_vec();
    explore.randomize();
    assert_ne!(explore.values(), first);
    assert!(explore.undo());
    assert_eq!(explore.values(), first);
    assert!(explore.undo() && explore.undo());
    assert_eq!(explore.values(), [0.0; 3]);
    assert!(!explore.undo());
}

#[test]
fn a_model_that_only_draws_begins_at_a_draw_and_comes_back_to_it() {
    let mut explore = explore().at_a_draw(0);
    let home = explore.values().to_vec();
    assert!(home.iter().all(|value| *value != 0.0 && value.abs() < 6.0), "{home:?}");
    explore.randomize();
    assert_ne!(explore.values(), home);
    explore.reset();
    assert_eq!(explore.values(), home);
}

#[test]
fn numbers_that_are_none_are_not_taken() {
    let mut explore = explore();
    explore.set(0, f32::NAN);
    explore.set(99, 1.0);
    explore.set_code(&[f32::INFINITY, 0.0, 0.0]);
    assert!(explore.values().iter().all(|v| v.is_finite()));
    assert!(!explore.history().can_undo());
}

#[test]
fn the_row_runs_from_end_to_end() {
    assert_eq!(Explore::traversal_value(0), -SPAN);
    assert_eq!(Explore::traversal_value(TRAVERSAL_STEPS / 2), 0.0);
    assert_eq!(Explore::traversal_value(TRAVERSAL_STEPS - 1), SPAN);
}
