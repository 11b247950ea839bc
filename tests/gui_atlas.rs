//! The Atlas screen, found by role and label, with a worker that the test plays.
#![cfg(feature = "gui")]
#![allow(clippy::unwrap_used, reason = "what fails here fails its test")]

#[path = "common/dropped.rs"]
mod dropped;
#[path = "common/window.rs"]
mod window;

use std::time::{Duration, Instant};

use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers, PointerButton};
use egui_kittest::kittest::{NodeT, Queryable};

use morphospace::config::{DataSource, LayoutMethod};
use morphospace::gui::cli_line;
use morphospace::gui::state::Screen;
use morphospace::report::*;
use morphospace::worker::protocol::{
    Answer, AtlasAnswer, AtlasQuery, AtlasSlot, AtlasSpot, Event, FaceSource, Job, JobEvent, JobResult,
    Query, Slot,
};
use window::{Window, picture};

/// Images on a grid, of two kinds, and two draws beside it.
fn map() -> AtlasMap {
    let images = 64;
    let mut points: Vec<[f32; 2]> = (0..images).map(|k| [(k % 8) as f32, (k / 8) as f32]).collect();
    points.extend([[12.0, 2.0], [12.0, 5.0]]);
    let words = |names: &[&str], of: &dyn Fn(usize) -> u16| AtlasValues::Words {
        names: names.iter().map(|name| (*name).to_owned()).collect(),
        of: (0..points.len()).map(of).collect(),
    };
    let column = |name: &str, values| AtlasColumn { name: name.into(), about: String::new(), values };
    let ages = (0..points.len()).map(|k| if k < images { k as f32 } else { f32::NAN }).collect();
    AtlasMap {
        id: 5,
        space: "codes of Faces".into(),
        dim: 6,
        method: LayoutMethod::Pca,
        names: (0..images).map(|k| format!("{k:02}.png")).collect(),
        columns: vec![
            column(
                "part",
                words(&["training", "validation", "test", "draw"], &|k| if k < images { 0 } else { 3 }),
            ),
            column("glasses", words(&["none", "sun"], &|k| u16::from(k % 8 > 3))),
            column("age", AtlasValues::Numbers(ages)),
        ],
        clusters: vec![AtlasCluster { label: "sunglasses".into(), n: 32, at: [6.0, 4.0] }],
        labels: vec![AtlasLabel {
            text: "sunglasses".into(),
            column: "glasses".into(),
            at: [6.0, 4.0],
            weight: 2.0,
        }],
        quality: LayoutQuality { trustworthiness: 0.912, continuity: 0.934, k: 15, n: 66 },
        variance: Some([0.3, 0.2]),
        decoding: AtlasDecoding::Plane,
        has_model: true,
        doublets: Doublets {
            pairs: vec![Doublet { points: [0, 1], re: 0.0004, distance: 0.1, across: true }],
            test_in_training: 1,
            validation_in_training: 0,
            limit: 0.0015,
        },
        strangers: vec![Stranger { point: 63, isolation: 3.4 }],
        copies: Some(NearestImages {
            draws: vec![NearestImage { draw: 64, image: 2, distance: 0.5, share: 0.2 }],
            real: [1.0, 0.4],
            suspicious: 0,
            verdict: "Nothing points to copies.".into(),
        }),
        seconds: 1.0,
        images,
        points,
    }
}

/// A window with the map of the form drawn.
fn on_atlas() -> Window {
    let mut window = Window::with_model();
    window.key(Modifiers::NONE, Key::Num4);
    window.commands();
    assert_eq!(window.screen(), Screen::Atlas);
    window.click(Role::Button, "Draw map");
    let (id, job) = window.started();
    let Job::DrawAtlas(order) = job else { panic!("{job:?}") };
    assert_eq!((order.data, order.model), (DataSource::BuiltinFaces, Some("Faces".into())));
    window.reply(id, Event::Job(JobEvent::Finished(JobResult::AtlasDrawn(Box::new(map())))));
    // Points are put in order on a thread of their own.
    let began = Instant::now();
    while window.harness.query_by_label_contains("Map of 66 points").is_none() {
        assert!(began.elapsed() < Duration::from_secs(20), "no map");
        std::thread::sleep(Duration::from_millis(5));
        window.harness.run_steps(2);
    }
    window.harness.run_steps(3);
    answer_atlas(&mut window);
    window
}

/// Answers what is asked about the map; returns the questions.
fn answer_atlas(window: &mut Window) -> Vec<(AtlasSlot, AtlasQuery)> {
    let mut seen = Vec::new();
    loop {
        let asked = window.asked();
        if asked.is_empty() {
            return seen;
        }
        for (slot, request, query) in asked {
            let (Slot::Atlas(slot), Query::Atlas { atlas: 5, query }) = (slot, query) else { continue };
            seen.push((slot, query.clone()));
            let answer = match query {
                AtlasQuery::Pictures { points, .. } => {
                    let images = vec![picture(); points.len()];
                    AtlasAnswer::Pictures { points, images }
                }
                AtlasQuery::Places(at) => AtlasAnswer::Places(AtlasPlaces {
                    images: vec![picture(); at.len()],
                    nearest: vec![0.1; at.len()],
                    at,
                }),
                AtlasQuery::Face(spot) => AtlasAnswer::Face(AtlasFace {
                    of: match spot {
                        AtlasSpot::Point(point) => Some(point),
                        AtlasSpot::Place(_) => None,
                    },
                    picture: picture(),
                    decoded: Some(picture()),
                    code: vec![0.25; 6],
                    neighbors: vec![(8, 0.5), (9, 0.7)],
                }),
                AtlasQuery::Selection(points) => AtlasAnswer::Selection(AtlasSelection {
                    points,
                    means: [Some(picture()), Some(picture())],
                    differences: vec![ColumnDifference {
                        name: "glasses: sun".into(),
                        is_share: true,
                        inside: 0.9,
                        outside: 0.1,
                        effect: 1.6,
                    }],
                }),
                AtlasQuery::Photo { photo, .. } => {
                    AtlasAnswer::Photo { photo, at: [1.0, 1.0], neighbors: vec![(1, 0.1)] }
                }
                AtlasQuery::Faces(points) => AtlasAnswer::Faces {
                    codes: points.iter().map(|point| vec![*point as f32; 6]).collect(),
                    images: vec![picture(); points.len()],
                    points,
                },
            };
            let answer = Answer::Atlas(Box::new(answer));
            window.reply(request, Event::Answered { slot: Slot::Atlas(slot), answer });
        }
    }
}

/// Presses the first button at a part of the map, moves to another, lets go.
fn drag(window: &mut Window, from: [f32; 2], to: [f32; 2]) {
    let rect = window.harness.get_by_label_contains("Map of 66 points").rect();
    let at = |part: [f32; 2]| rect.lerp_inside(eframe::egui::Vec2::from(part));
    let button = |pressed, pos| eframe::egui::Event::PointerButton {
        pos,
        button: PointerButton::Primary,
        pressed,
        modifiers: Modifiers::NONE,
    };
    window.harness.event(eframe::egui::Event::PointerMoved(at(from)));
    window.harness.run_steps(1);
    window.harness.event(button(true, at(from)));
    window.harness.run_steps(1);
    for part in [0.3, 0.7, 1.0] {
        let between = [0, 1].map(|axis| from[axis] + (to[axis] - from[axis]) * part);
        window.harness.event(eframe::egui::Event::PointerMoved(at(between)));
        window.harness.run_steps(2);
    }
    window.harness.event(button(false, at(to)));
    window.harness.run_steps(3);
}

#[test]
fn a_map_says_what_it_is_and_its_lists_have_rows() {
    let mut window = on_atlas();
    window.harness.get_by_label_contains("trustworthiness 0.912, continuity 0.934");
    window.click(Role::RadioButton, "Doublets");
    window.harness.get_by_label_contains("1 test and 0 validation images have one in the training split");
    window.harness.get_by_label("RE 0.0004");
    window.click(Role::Button, "01.png");
    let seen = answer_atlas(&mut window);
    assert!(seen.contains(&(AtlasSlot::Face, AtlasQuery::Face(AtlasSpot::Point(1)))), "{seen:?}");
    window.click(Role::RadioButton, "Strangers");
    window.harness.get_by_label("3.4×");
    window.click(Role::RadioButton, "Copies");
    window.harness.get_by_label("Nothing points to copies.");
}

#[test]
fn a_selection_is_compared_boxed_and_walked_through() {
    let mut window = on_atlas();
    window.click(Role::RadioButton, "Box");
    drag(&mut window, [0.02, 0.02], [0.98, 0.98]);
    let selected = window.harness.state().state().atlas.shown.as_ref().unwrap().selection.clone();
    assert_eq!(selected.len(), 66, "all of them");
    drag(&mut window, [0.02, 0.02], [0.45, 0.98]);
    let selected = window.harness.state().state().atlas.shown.as_ref().unwrap().selection.clone();
    assert!(!selected.is_empty() && selected.len() < 66, "{selected:?}");
    let seen = answer_atlas(&mut window);
    assert!(seen.iter().any(|(_, query)| *query == AtlasQuery::Selection(selected.clone())), "{seen:?}");
    window.harness.get_by_label("Differences from the rest");

    window.click(Role::Button, "To “With”");
    let state = window.harness.state().state();
    let [with, without] = &state.own_direction.boxes;
    assert_eq!(with[0].source, FaceSource::Atlas { atlas: 5, points: selected });
    assert!(without.is_empty());
    window.click(Role::Button, "Walk through");
    answer_atlas(&mut window);
    assert_eq!(window.screen(), Screen::Interpolate);
    assert!(window.harness.state().state().walk.keys().len() >= 3);
}

#[test]
fn a_click_reads_a_point_and_its_code_is_explored() {
    let mut window = on_atlas();
    let field = window.harness.get_by_role_and_label(Role::TextInput, "Find by name");
    field.focus();
    field.type_text("07.png");
    window.harness.run_steps(3);
    window.harness.get_by_label("1 found");
    window.click(Role::Button, "Select");
    assert_eq!(window.harness.state().state().atlas.shown.as_ref().unwrap().selection, [7]);
    window.click(Role::RadioButton, "Strangers");
    window.click(Role::Button, "63.png");
    answer_atlas(&mut window);
    window.click(Role::RadioButton, "Read");
    window.harness.get_by_label("Nearest");
    window.click(Role::Button, "Explore this face");
    assert_eq!(window.screen(), Screen::Explore);
    assert!(
        window.values().iter().zip([0.25; 6]).all(|(value, code)| (0.5 + 2.0 * value - code).abs() < 1e-4)
    );
}

#[test]
fn a_hand_that_decodes_asks_for_the_place_under_it() {
    let mut window = on_atlas();
    window.click(Role::RadioButton, "Decode");
    drag(&mut window, [0.3, 0.3], [0.7, 0.6]);
    let seen = answer_atlas(&mut window);
    let cursor = seen.iter().filter(|(slot, _)| *slot == AtlasSlot::Cursor).count();
    assert!(cursor > 0, "{seen:?}");
    let place = seen.iter().find_map(|(_, query)| match query {
        AtlasQuery::Face(AtlasSpot::Place(at)) => Some(*at),
        _ => None,
    });
    assert!(place.is_some_and(|at| at[0].is_finite()), "{seen:?}");
    window.click(Role::Button, "Faces");
    let seen = answer_atlas(&mut window);
    assert!(seen.iter().any(|(slot, _)| *slot == AtlasSlot::Grid), "{seen:?}");
}

#[test]
fn the_command_draws_the_same_map() {
    let window = on_atlas();
    let state = window.harness.state().state();
    let line = cli_line::atlas(&state.atlas_order());
    assert_eq!(
        line,
        "morphospace atlas Faces --data builtin:faces --method umap --images 2000 --out map.png --out map.csv"
    );
}

#[test]
fn the_map_is_moved_read_and_fitted_by_keys_and_a_slash_goes_to_the_search() {
    let mut window = on_atlas();
    let view =
        |window: &Window| window.harness.state().state().atlas.shown.as_ref().unwrap().state.view().unwrap();
    let whole = view(&window);
    let focus = |window: &mut Window| {
        window.harness.get_by_label_contains("Map of 66 points").focus();
        window.harness.run_steps(3);
    };
    focus(&mut window);
    window.key(Modifiers::NONE, Key::ArrowLeft);
    assert!(view(&window).center[0] < whole.center[0]);
    window.key(Modifiers::NONE, Key::Plus);
    assert!(view(&window).scale > whole.scale);
    window.key(Modifiers::NONE, Key::Num0);
    window.harness.run_steps(60);
    assert_eq!(view(&window), whole);
    window.click(Role::RadioButton, "Decode");
    focus(&mut window);
    window.key(Modifiers::NONE, Key::Enter);
    let spot = window.harness.state().state().atlas.shown.as_ref().unwrap().spot;
    assert!(matches!(spot, Some(AtlasSpot::Place(_))), "the place in the middle: {spot:?}");
    window.key(Modifiers::NONE, Key::Slash);
    let field = window.harness.get_by_role_and_label(Role::TextInput, "Find by name");
    assert!(field.accesskit_node().is_focused());
}
