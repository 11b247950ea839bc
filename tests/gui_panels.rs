//! The window's panels, found by role and label as a screen reader finds them, with events fed by hand:
//! no display, no GPU, no worker.
#![cfg(feature = "gui")]
#![allow(clippy::unwrap_used, reason = "what fails here fails its test")]

#[path = "common/dropped.rs"]
mod dropped;
#[path = "common/window.rs"]
mod window;

use std::sync::Arc;

use eframe::egui::accesskit::{Role, Toggled};
use eframe::egui::{self, Key, Modifiers};
use egui_kittest::kittest::{NodeT, Queryable};

use morphospace::config::{CodeUnits, Corruption, DeviceConfig, ModelKind, Noise, WalkPath};
use morphospace::gui::cli_line;
use morphospace::gui::state::Screen;
use morphospace::report::LatentInfo;
use morphospace::worker::protocol::{
    Answer, CacheReport, CacheRequest, CachedSet, Command, Crop, DeviceMemory, DeviceReport, Event, JobEvent,
    ModelId, ModelSource, Progress, Query, RequestId, Slot,
};

use dropped::Dropped;
use window::{LATENT_DIM, Window, answer, model, photo};

#[test]
fn the_start_opens_the_model_inside_and_says_so() {
    let window = Window::open(vec!["/photos/me.png".into()]);
    let source = ModelSource::Shipped("vae".into());
    let (photo, device) = (Command::OpenPhoto("/photos/me.png".into()), DeviceConfig::default());
    assert_eq!(window.commands(), [Command::OpenModel(source), Command::ComputeOn(device), photo]);
    window.harness.get_by_label("Opening the model…");
}

#[test]
fn an_empty_window_says_what_to_do() {
    let mut window = Window::open(Vec::new());
    let message = "the model inside the program cannot be read".to_owned();
    window.reply(2, Event::Failed { message: "a photo cannot be read".into() });
    window.harness.get_by_label("Opening the model…");
    window.reply(1, Event::Failed { message });
    assert!(window.harness.query_by_label("Opening the model…").is_none());
    assert!(window.harness.query_all_by_role_and_label(Role::Button, "Open model…").count() >= 1);
    window.key(Modifiers::NONE, Key::Num2);
    assert!(window.harness.query_all_by_role_and_label(Role::Button, "Open photo…").count() >= 1);
    window.key(Modifiers::NONE, Key::Num3);
    assert_eq!(window.screen(), Screen::Interpolate);
    assert!(window.asked().is_empty(), "there is nobody to ask");
}

#[test]
fn the_first_questions_show_a_face() {
    let mut window = Window::open(Vec::new());
    window.commands();
    window.tell(model(1, "Faces"));
    let asked = window.asked();
    assert_eq!(asked[0].2, Query::Decode { model: 1, codes: vec![vec![0.5; LATENT_DIM]] });
    assert!(asked.iter().any(|(slot, ..)| *slot == Slot::Samples));
    window.harness.get_by_role_and_label(Role::Image, "Decoded picture");
}

#[test]
fn a_slider_asks_for_the_code_it_stands_for() {
    let mut window = Window::with_model();
    window.harness.get_by_role_and_label(Role::Slider, "z3").set_value_accesskit(1.5);
    window.harness.run_steps(3);
    let mut code = vec![0.5; LATENT_DIM];
    code[3] = 0.5 + 2.0 * 1.5;
    let asked = window.asked();
    assert!(
        asked.iter().any(|(_, _, query)| *query == Query::Decode { model: 1, codes: vec![code.clone()] })
    );
    // By hand: a press at the right end of the rail is +3, letting go ends the step.
    let end = window.harness.get_by_role_and_label(Role::Slider, "z0").rect().right_center();
    window.harness.drag_at(end - egui::vec2(6.5, 0.0));
    window.harness.run_steps(2);
    window.harness.hover_at(end - egui::vec2(20.0, 0.0));
    window.harness.run_steps(2);
    window.harness.hover_at(end - egui::vec2(6.5, 0.0));
    window.harness.run_steps(2);
    window.harness.drop_at(end - egui::vec2(6.5, 0.0));
    window.harness.run_steps(2);
    assert!((window.values()[0] - 3.0).abs() < 0.05, "{:?}", window.values());
    window.key(Modifiers::COMMAND, Key::Z);
    assert_eq!((window.values()[0], window.values()[3]), (0.0, 1.5), "the drag is one step");
}

#[test]
fn sliders_are_sorted_by_effect_and_dead_ones_folded() {
    let mut window = Window::with_model();
    let top =
        |window: &Window, label: &str| window.harness.get_by_role_and_label(Role::Slider, label).rect().top();
    let tops: Vec<f32> = ["z1", "z2", "z3", "z4", "z0"].map(|label| top(&window, label)).into();
    assert!(tops.windows(2).all(|pair| pair[0] < pair[1]), "{tops:?}");
    assert!(window.harness.query_by_role_and_label(Role::Slider, "z5").is_none());
    window.harness.get_by_label_contains("1 dimension without effect").click();
    window.harness.run_steps(12);
    assert!(top(&window, "z5") > tops[4]);
}

#[test]
fn random_reset_undo_and_locks() {
    let mut window = Window::with_model();
    window.click(Role::CheckBox, "Lock z2");
    let lock = window.harness.get_by_role_and_label(Role::CheckBox, "Lock z2").accesskit_node();
    assert_eq!(lock.toggled(), Some(Toggled::True));
    window.key(Modifiers::NONE, Key::R);
    let random = window.values();
    assert_eq!(random[2], 0.0);
    assert!((0..LATENT_DIM).filter(|&dim| dim != 2).all(|dim| random[dim] != 0.0));
    assert!(window.asked().iter().any(|(slot, ..)| *slot == Slot::Explore));
    window.key(Modifiers::NONE, Key::Home);
    assert_eq!(window.values(), [0.0; LATENT_DIM]);
    window.key(Modifiers::COMMAND, Key::Z);
    assert_eq!(window.values(), random);
    window.click(Role::Button, "Undo");
    assert_eq!(window.values(), [0.0; LATENT_DIM]);
    window.key(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
    assert_eq!(window.values(), random);
}

#[test]
fn numbers_are_typed_with_comma_or_point_and_what_is_none_says_so() {
    let mut window = Window::with_model();
    let type_in = |window: &mut Window, text: &str| {
        let field = window.harness.get_by_role_and_label(Role::SpinButton, "z1 value");
        field.click();
        window.harness.run_steps(2);
        let field = window.harness.get_by_role_and_label(Role::SpinButton, "z1 value");
        field.type_text(text);
        window.harness.run_steps(2);
        window.key(Modifiers::NONE, Key::Enter);
        window.harness.run_steps(2);
    };
    type_in(&mut window, "0,5");
    assert_eq!(window.values()[1], 0.5);
    type_in(&mut window, "-1.25");
    assert_eq!(window.values()[1], -1.25);
    type_in(&mut window, "a lot");
    assert_eq!(window.values()[1], -1.25);
    window.harness.get_by_label("“a lot” is not a number");
}

#[test]
fn where_no_drops_arrive_none_are_asked_for() {
    let mut window = Window::open(Vec::new());
    window.key(Modifiers::NONE, Key::Num2);
    window.harness.get_by_label_contains("Drop a photo or a model");
    window.harness.state_mut().takes_no_drops(true);
    window.harness.run_steps(3);
    assert!(window.harness.query_by_label_contains("Drop ").is_none());
    window.harness.get_by_label_contains("this desktop delivers no drops");
}

#[test]
fn samples_and_the_row_move_the_sliders() {
    let mut window = Window::with_model();
    window.click(Role::Button, "Sample 5");
    assert_eq!(window.values(), [0.5; LATENT_DIM]);
    window.click(Role::Button, "z1 at −3.00");
    assert_eq!(window.values()[1], -3.0);
    window.answer_all();
    window.click(Role::Button, "Select z2");
    let row = window.asked().into_iter().find(|(slot, ..)| *slot == Slot::Traversal);
    assert!(matches!(row, Some((_, _, Query::Traverse { dim: 2, span: 3.0, steps: 9, .. }))), "{row:?}");
    window.click(Role::Button, "New samples");
    let asked = window.asked();
    assert!(asked.iter().any(|(_, _, query)| matches!(query, Query::Sample { seed: 1, count: 24, .. })));
}

#[test]
fn keys_typed_into_the_search_field_are_no_shortcuts() {
    let mut window = Window::with_model();
    window.harness.get_by_role_and_label(Role::TextInput, "Find a direction or a dimension").focus();
    window.harness.run_steps(2);
    window.harness.get_by_role_and_label(Role::TextInput, "Find a direction or a dimension").type_text("3");
    window.harness.key_press(Key::Num3);
    window.harness.run_steps(2);
    assert_eq!(window.screen(), Screen::Explore);
    window.harness.get_by_role_and_label(Role::Slider, "z3");
    assert!(window.harness.query_by_role_and_label(Role::Slider, "z1").is_none());
}

#[test]
fn a_dropped_photo_is_reconstructed_by_every_model() {
    let mut window = Window::with_model();
    window.tell(model(2, "Other"));
    window.answer_all();
    let dropped: egui::DroppedFileHandle = Arc::new(Dropped("/photos/face.jpg".into()));
    window.harness.input_mut().dropped_files.push(dropped);
    dropped::look(&mut window.harness);
    assert_eq!(window.commands(), [Command::OpenPhoto("/photos/face.jpg".into())]);
    window.tell(photo(5, "/photos/face.jpg"));
    assert_eq!(window.screen(), Screen::Reconstruct);
    let asked = window.asked();
    let slots: Vec<Slot> = asked.iter().map(|(slot, ..)| *slot).collect();
    assert_eq!(slots, [Slot::Reconstruct(1), Slot::Reconstruct(2)]);
    for (slot, request, query) in asked {
        window.reply(request, Event::Answered { slot, answer: answer(&query) });
    }
    assert_eq!(window.harness.query_all_by_label("20.00 dB").count(), 2);
    for name in ["Faces", "Other"] {
        window.harness.get_by_role_and_label(Role::Image, &format!("Reconstruction by {name}"));
    }
    window.click(Role::RadioButton, "Difference");
    for name in ["Faces", "Other"] {
        window.harness.get_by_role_and_label(Role::Image, &format!("Difference of {name}"));
    }

    window.harness.get_by_role_and_label(Role::Slider, "Crop size").set_value_accesskit(50.0);
    window.harness.run_steps(3);
    let crop = Crop { size: 0.5, ..Crop::default() };
    let wanted = Query::Reconstruct { model: 2, photo: 5, crop, noise: None };
    assert!(window.asked().iter().any(|(_, _, query)| *query == wanted));

    window.click(Role::Button, "Explore this face with Faces");
    assert_eq!(window.screen(), Screen::Explore);
    assert_eq!(window.harness.state().state().selected, Some(1));
    assert_eq!(window.values(), [1.0; LATENT_DIM]);
}

#[test]
fn models_of_the_grid_are_sorted_marked_and_hidden() {
    let mut window = Window::with_model();
    window.tell(model(2, "Other"));
    window.answer_all();
    window.tell(photo(5, "/photos/face.jpg"));
    for (slot, request, query) in window.asked() {
        let Answer::Reconstruction(mut result) = answer(&query) else { panic!("{query:?}") };
        if slot == Slot::Reconstruct(2) {
            result.metrics.psnr = 30.0;
        }
        window.reply(request, Event::Answered { slot, answer: Answer::Reconstruction(result) });
    }
    let names = |window: &Window| -> Vec<String> {
        let state = window.harness.state().state();
        state.grid_models().iter().map(|model| model.name.clone()).collect()
    };
    assert_eq!(names(&window), ["Faces", "Other"]);
    window.click(Role::ComboBox, "Order of the models");
    window.click(Role::Button, "Best PSNR");
    assert_eq!(names(&window), ["Other", "Faces"]);
    window.click(Role::Button, "Hide Faces");
    assert_eq!(names(&window), ["Other"]);
    window.harness.get_by_role_and_label(Role::Image, "Difference");
    window.click(Role::ComboBox, "Models shown");
    window.click(Role::CheckBox, "Faces");
    assert_eq!(names(&window), ["Other", "Faces"]);
    window.click(Role::Button, "Show no model");
    assert!(names(&window).is_empty());
}

#[test]
fn all_photos_stand_on_a_contact_sheet() {
    let mut window = Window::with_model();
    window.tell(photo(5, "/photos/a.jpg"));
    window.tell(photo(6, "/photos/b.jpg"));
    window.answer_all();
    window.click(Role::RadioButton, "All photos");
    let asked = window.asked();
    let slots: Vec<Slot> = asked.iter().map(|(slot, ..)| *slot).collect();
    assert_eq!(slots, [Slot::ContactSheet(6, 1), Slot::ContactSheet(5, 1)], "the newest photo first");
    for (slot, request, query) in asked {
        window.reply(request, Event::Answered { slot, answer: answer(&query) });
    }
    window.harness.get_by_role_and_label(Role::Image, "a.jpg by Faces");
    window.harness.get_by_label("Mean of 2");
    assert_eq!(window.harness.query_all_by_label("20.00 dB").count(), 3);
    window.click(Role::Button, "Look at a.jpg alone");
    assert_eq!(window.harness.state().state().reconstruct.current, Some(5));
    assert!(!window.harness.state().state().reconstruct.is_sheet);
}

#[test]
fn a_pasted_picture_is_laid_on_white_as_an_opened_one_is() {
    let mut window = Window::with_model();
    // Red; nothing, with blue behind it; black of which two fifths are there.
    let pixels = [255, 0, 0, 255, 0, 0, 255, 0, 0, 0, 0, 102];
    let image = egui::ColorImage::from_rgba_unmultiplied([3, 1], &pixels);
    window.harness.input_mut().events.push(egui::Event::PasteImage(Arc::new(image)));
    window.harness.run_steps(2);
    let pasted = window.commands().into_iter().find_map(|command| match command {
        Command::PastePhoto { image, .. } => Some(image),
        _ => None,
    });
    assert_eq!(pasted.unwrap().pixels(), [255, 0, 0, 255, 255, 255, 153, 153, 153]);
}

/// Times and first numbers of the key codes, and the last of the walk's frames that were asked for.
fn walked(window: &Window) -> Option<(Vec<(f32, f32)>, f32)> {
    let asked = window.asked();
    asked.into_iter().rev().find_map(|(_, _, query)| match query {
        Query::Walk { timeline, times, .. } => {
            Some((timeline.keys.iter().map(|key| (key.time, key.source[0])).collect(), times[0]))
        }
        _ => None,
    })
}

/// The line that the button puts on the clipboard, after it was pressed.
fn copied(window: &mut Window) -> String {
    // It may lie beneath the end of the window.
    window.harness.get_by_role_and_label(Role::Button, "Copy command").click_accesskit();
    window.harness.run_steps(3);
    window.harness.get_by_label("Copied the command line");
    cli_line::walk(window.harness.state().state()).unwrap()
}

#[test]
fn a_walk_is_chosen_scrubbed_played_and_swapped() {
    let mut window = Window::with_model();
    window.key(Modifiers::NONE, Key::Num3);
    window.answer_all();
    window.click(Role::Button, "Key face from Explore");
    window.answer_all();
    window.click(Role::RadioButton, "Straight line");
    let asked = window.asked();
    let film = asked.iter().find(|(slot, ..)| *slot == Slot::WalkFilm(1)).expect("a new film");
    let Query::WalkFilm { timeline, frames, .. } = &film.2 else { panic!("{film:?}") };
    assert_eq!((timeline.keys.len(), timeline.path, *frames), (2, WalkPath::Lerp, 25));
    let (from, to) = (timeline.keys[0].source[0], timeline.keys[1].source[0]);
    assert!(from == 0.5 && from != to);
    window.click(Role::Button, "Position 0.25");
    assert_eq!(walked(&window), Some((vec![(0.0, from), (1.0, to)], 0.25)));
    window.key(Modifiers::NONE, Key::X);
    assert_eq!(walked(&window), Some((vec![(0.0, to), (1.0, from)], 0.75)));
    window.key(Modifiers::NONE, Key::Space);
    assert!(window.harness.state().state().walk.playing);
    assert_ne!(walked(&window).unwrap().1, 0.75);
    window.click(Role::Button, "Pause");
    assert!(!window.harness.state().state().walk.playing);
}

#[test]
fn key_faces_are_added_moved_chosen_and_removed() {
    let mut window = Window::with_model();
    window.key(Modifiers::NONE, Key::Num3);
    window.click(Role::Button, "Add draw");
    window.answer_all();
    assert!(window.harness.state().state().walk_is_ready());
    let code = |seed: f32| 0.5 + 2.0 * seed / 8.0;
    window.harness.get_by_role_and_label(Role::Slider, "Time of key face 2").set_value_accesskit(0.25);
    window.harness.run_steps(3);
    let keys = |window: &Window| walked(window).unwrap().0;
    assert_eq!(keys(&window), [(0.0, code(1.0)), (0.25, code(2.0)), (1.0, code(3.0))]);
    // By hand: the handle keeps its distance from the pointer, and passes the last key face at the end.
    let from = window.harness.get_by_role_and_label(Role::Button, "Key face 2").rect().center();
    let end = window.harness.get_by_role_and_label(Role::Button, "Key face 3").rect().center();
    window.harness.drag_at(from);
    window.harness.run_steps(2);
    for at in [from + (end - from) * 0.5, from + (end - from) * (2.0 / 3.0)] {
        window.harness.hover_at(at);
        window.harness.run_steps(2);
    }
    window.harness.drop_at(from + (end - from) * (2.0 / 3.0));
    window.harness.run_steps(2);
    assert_eq!(keys(&window), [(0.0, code(1.0)), (0.75, code(2.0)), (1.0, code(3.0))]);
    window.click(Role::Button, "Space evenly");
    assert_eq!(keys(&window)[1], (0.5, code(2.0)));
    window.click(Role::CheckBox, "Loop");
    let times: Vec<f32> = keys(&window).into_iter().map(|(time, _)| time).collect();
    assert!(times.iter().zip([0.0, 1.0 / 3.0, 2.0 / 3.0]).all(|(a, b)| (a - b).abs() < 1e-6), "{times:?}");
    window.click(Role::Button, "Key face 3");
    assert!((walked(&window).unwrap().1 - 2.0 / 3.0).abs() < 1e-6, "the scrubber goes there");
    window.click(Role::Button, "Remove key face 3");
    assert_eq!(keys(&window).len(), 2);
    assert!(
        window.harness.query_by_role_and_label(Role::Button, "Remove key face 1").is_none(),
        "two are the least"
    );
    window.click(Role::ComboBox, "Pace");
    window.click(Role::Button, "Begins at rest");
    let line = "morphospace interpolate Faces seed:1 seed:2 --times 0,0.33333334 --frames 25 --path slerp \
                --easing ease-in --loop --seconds 2 --out walk.gif";
    assert_eq!(copied(&mut window), line);
}

#[test]
fn models_go_the_same_walk_side_by_side() {
    let mut window = Window::with_model();
    window.tell(model(2, "Others"));
    window.tell(photo(5, "/photos/face.jpg"));
    window.answer_all();
    window.key(Modifiers::NONE, Key::Num3);
    window.answer_all();
    window.click(Role::Button, "Key face from face.jpg");
    window.click(Role::ComboBox, "Models side by side");
    window.click(Role::CheckBox, "Faces");
    window.key(Modifiers::NONE, Key::Escape);
    let asked = window.asked();
    let of = |asked: &[(Slot, RequestId, Query)], model: ModelId| {
        let photo = |query: &Query| match query {
            Query::Reconstruct { model: asked, photo, crop, .. } if *asked == model => Some((*photo, *crop)),
            _ => None,
        };
        asked.iter().find_map(|(_, _, query)| photo(query))
    };
    assert_eq!(of(&asked, 1), Some((5, Crop::default())));
    assert_eq!(of(&asked, 2), Some((5, Crop::default())));
    for (slot, request, query) in asked {
        window.reply(request, Event::Answered { slot, answer: answer(&query) });
    }
    window.answer_all();
    window.harness.get_by_role_and_label(Role::Image, "Picture on the walk, Faces");
    window.harness.get_by_role_and_label(Role::Image, "Picture on the walk, Others");
    window.harness.get_by_role_and_label(Role::Button, "Position 0.50, row 2");
    window.click(Role::RadioButton, "Features");
    window.harness.get_by_label("largest 0.01000, 1.0 × the mean");
    let line = "morphospace interpolate Faces Others /photos/face.jpg seed:2 --align none --frames 25 --path slerp \
                --seconds 2 --out walk.gif";
    assert_eq!(copied(&mut window), line);
    // A code of sliders has no words on the command line.
    window.click(Role::Button, "Key face from Explore");
    window.answer_all();
    assert!(
        window.harness.get_by_role_and_label(Role::Button, "Copy command").accesskit_node().is_disabled()
    );
}

#[test]
fn noise_spoils_the_photo_and_the_numbers_say_what_a_model_has_to_beat() {
    let mut window = Window::with_model();
    window.tell(photo(5, "/photos/face.jpg"));
    window.answer_all();
    assert!(window.harness.query_by_role_and_label(Role::Image, "Noisy photo").is_none());
    assert!(window.harness.query_by_role_and_label(Role::Slider, "Noise strength").is_none());
    window.click(Role::ComboBox, "Noise kind");
    window.click(Role::Button, "Salt and pepper");
    let of_model = |(slot, ..): &(Slot, RequestId, Query)| *slot == Slot::Reconstruct(1);
    let asked = |window: &Window| match window.asked().into_iter().find(of_model) {
        Some((_, _, Query::Reconstruct { noise, .. })) => noise,
        other => panic!("{other:?}"),
    };
    let noise = |strength, seed| Some(Noise { corruption: Corruption::SaltPepper(strength), seed });
    assert_eq!(asked(&window), noise(0.1, 0));
    window.harness.get_by_role_and_label(Role::Slider, "Noise strength").set_value_accesskit(0.25);
    window.harness.run_steps(3);
    assert_eq!(asked(&window), noise(0.25, 0), "in hundredths, with no digits of a float behind them");
    window.click(Role::Button, "New noise");
    let questions = window.asked();
    let filters = questions.iter().filter(|(slot, ..)| matches!(slot, Slot::Filter(_))).count();
    assert_eq!(filters, 3, "filters stand beside the models");
    let (_, _, query) = questions.iter().find(|question| of_model(question)).unwrap();
    assert!(matches!(query, Query::Reconstruct { noise: Some(Noise { seed: 1, .. }), .. }), "{query:?}");
    for (slot, request, query) in questions {
        window.reply(request, Event::Answered { slot, answer: answer(&query) });
    }
    window.harness.get_by_role_and_label(Role::Image, "Reconstruction by non-local means");
    window.harness.get_by_role_and_label(Role::Image, "Noisy photo");
    window.harness.get_by_label("14.25 dB");
    window.harness.get_by_label("20.00 dB");
    window.click(Role::Button, "Copy command");
    let copied = window.harness.output().platform_output.commands.iter().find_map(|command| match command {
        egui::OutputCommand::CopyText(text) => Some(text.clone()),
        _ => None,
    });
    let line = copied.or_else(|| cli_line::reconstruct(window.harness.state().state())).unwrap();
    assert!(line.contains("--noise salt-pepper:0.25 --seed 1 "), "{line}");
    window.click(Role::ComboBox, "Noise kind");
    window.click(Role::Button, "No noise");
    assert_eq!(asked(&window), None);
    assert!(window.harness.query_by_role_and_label(Role::Image, "Noisy photo").is_none());
}

#[test]
fn a_sparse_model_shows_its_activity_and_its_sliders_stop_at_the_ends() {
    let mut window = Window::with_model();
    assert!(window.harness.query_by_label("Activity").is_none(), "a VAE has none");
    let Event::ModelOpened(mut info) = model(2, "Sparse") else { unreachable!() };
    info.config.kind = ModelKind::Sae;
    info.config.code_units = CodeUnits::Sigmoid;
    info.latent = LatentInfo {
        center: vec![0.05; LATENT_DIM],
        scale: vec![0.1; LATENT_DIM],
        kl: Vec::new(),
        inactive: vec![0.9; LATENT_DIM],
        units: CodeUnits::Sigmoid,
        ..info.latent
    };
    window.tell(Event::ModelOpened(info));
    window.answer_all();
    window.harness.get_by_label("Activity");
    window.harness.get_by_label("mean 0.050, 90 % inactive");
    window.harness.get_by_role_and_label(Role::Slider, "z3").set_value_accesskit(-3.0);
    window.harness.run_steps(3);
    assert!((window.values()[3] + 0.5).abs() < 1e-6, "half a standard deviation down the unit is off");
    let asked = window.asked();
    let at_zero = |query: &Query| matches!(query, Query::Decode { codes, .. } if codes[0][3] == 0.0);
    assert!(asked.iter().any(|(_, _, query)| at_zero(query)), "{asked:?}");
}

#[test]
fn notices_stack_up_and_close() {
    let mut window = Window::with_model();
    window.reply(9, Event::Job(JobEvent::Warning { message: "one was left out".into() }));
    window.tell(Event::Failed { message: "the disk is full".into() });
    window.harness.get_by_label("one was left out");
    window.harness.get_by_label("the disk is full");
    window.harness.query_all_by_role_and_label(Role::Button, "Close message").next().unwrap().click();
    window.harness.run_steps(3);
    assert!(window.harness.query_by_label("one was left out").is_none());
    window.harness.get_by_label("the disk is full");
    window.tell(Event::Stopped);
    window.harness.get_by_label("Worker stopped");
}

#[test]
fn a_model_is_closed_in_the_list_and_one_of_the_program_opened_again_there() {
    let mut window = Window::open(Vec::new());
    window.commands();
    window.reply(1, model(1, "vae"));
    window.tell(model(2, "Other"));
    window.answer_all();
    window.click(Role::Button, "Close Other");
    assert_eq!(window.commands()[0], Command::CloseModel(2));
    assert!(window.harness.query_by_label("Close Other").is_none());
    window.click(Role::Button, "Close vae");
    assert_eq!(window.commands(), [Command::CloseModel(1)]);
    window.click(Role::Button, "Open vae");
    assert_eq!(window.commands(), [Command::OpenModel(ModelSource::Shipped("vae".into()))]);
    assert!(window.harness.query_by_label("Open vae").is_none(), "it is on its way");
}

#[test]
fn a_job_shows_its_progress_and_can_be_cancelled() {
    let mut window = Window::with_model();
    window.reply(4, Event::Job(JobEvent::Started { title: "Training a VAE".into() }));
    window.harness.get_by_label("Training a VAE");
    window.click(Role::Button, "Cancel job");
    assert_eq!(window.commands(), [Command::Cancel(4)]);
    assert!(window.harness.query_by_role_and_label(Role::Button, "Cancel job").is_none());
    window.reply(4, Event::Job(JobEvent::Cancelled));
    window.harness.get_by_label("Training a VAE · cancelled");
}

#[test]
fn jobs_shorten_so_that_the_last_can_be_cancelled_in_a_narrow_window() {
    let mut window = Window::with_model();
    window.harness.set_size(egui::vec2(1024.0, 700.0));
    for job in [4, 5] {
        let title = format!("Measuring samples of nine models against /photos/of/people {job}");
        window.reply(job, Event::Job(JobEvent::Started { title }));
        let (what, rate, seconds_left) = ("Features of real images".to_owned(), 12.0, 75.0);
        let progress = Progress { what, done: 1_200, total: 30_000, rate, seconds_left };
        window.reply(job, Event::Job(JobEvent::Progress(progress)));
    }
    let crosses = window.harness.query_all_by_role_and_label(Role::Button, "Cancel job");
    let ends: Vec<f32> = crosses.map(|cross| cross.rect().right()).collect();
    assert!(ends.len() == 2 && ends.iter().all(|end| *end < 1024.0), "{ends:?}");
}

#[test]
fn the_list_of_shortcuts_opens_and_closes() {
    let mut window = Window::with_model();
    window.click(Role::Button, "Help and keyboard shortcuts");
    window.harness.get_by_label("Ctrl+Shift+Z");
    window.key(Modifiers::NONE, Key::Escape);
    assert!(window.harness.query_by_label("Ctrl+Shift+Z").is_none());
}

#[test]
fn the_cache_is_shown_beneath_the_shortcuts_and_cleared_there() {
    let mut window = Window::with_model();
    window.click(Role::Button, "Help and keyboard shortcuts");
    assert_eq!(window.commands(), [Command::Cache(CacheRequest::Look)]);
    let set = CachedSet {
        file: "/caches/a.pixels".into(),
        source: Some("/photos".into()),
        computed: None,
        image_size: 64,
        images: 52_000,
        bytes: 639_000_000,
        days_unused: 0,
        problem: None,
    };
    let report = CacheReport {
        folder: Some("/caches".into()),
        bytes: 639_000_000,
        sets: vec![set],
        ..CacheReport::default()
    };
    window.tell(Event::Cache(report));
    window.harness.get_by_label("639.0 MB in 1 set of images, /caches");
    window.click(Role::Button, "Clear cache");
    let clear = CacheRequest::Clear { older_than_days: None, data: None };
    assert_eq!(window.commands(), [Command::Cache(clear)]);
    let folder = Some("/caches".into());
    window.tell(Event::Cache(CacheReport {
        folder,
        removed: 1,
        freed: 639_000_000,
        ..CacheReport::default()
    }));
    window.harness.get_by_label("Nothing is kept, /caches");
    window.harness.get_by_label("Cleared 639.0 MB of cached images");
}

#[test]
fn every_screen_fits_the_smallest_window_and_the_light_theme() {
    let mut window = Window::with_model();
    window.tell(photo(1, "/photos/face.jpg"));
    window.answer_all();
    window.key(Modifiers::NONE, Key::T);
    window.harness.set_size(egui::vec2(900.0, 600.0));
    for (key, screen) in
        [(Key::Num1, Screen::Explore), (Key::Num2, Screen::Reconstruct), (Key::Num3, Screen::Interpolate)]
    {
        window.key(Modifiers::NONE, key);
        window.answer_all();
        assert_eq!(window.screen(), screen);
        let bar = window.harness.get_by_label("CPU").rect();
        assert!(bar.bottom() <= 600.0, "the status bar is at {bar:?}");
        let save = window.harness.get_by_role_and_label(Role::Button, "Save picture…").rect();
        let smooth = window.harness.get_by_role_and_label(Role::RadioButton, "Smooth").rect();
        let first = match screen {
            Screen::Explore => "Redo",
            Screen::Reconstruct => "Paste",
            Screen::Interpolate => "Swap ends",
            Screen::Atlas | Screen::Train | Screen::Compare => continue,
        };
        let first = window.harness.query_all_by_role_and_label(Role::Button, first).last().unwrap().rect();
        assert!(first.left() > 190.0 && first.right() <= smooth.left(), "{screen:?}: {first:?}, {smooth:?}");
        assert!(smooth.right() <= save.left() && save.right() < 700.0, "{screen:?}: {smooth:?}, {save:?}");
    }
}

#[test]
fn the_status_bar_says_what_computes() {
    let mut window = Window::open(Vec::new());
    let told = window.commands().into_iter().find_map(|command| match command {
        Command::ComputeOn(config) => Some(config),
        _ => None,
    });
    assert_eq!(told, Some(DeviceConfig::default()));
    let cpu = DeviceReport { name: "CPU".into(), threads: Some(2), ..DeviceReport::default() };
    window.tell(Event::Device(DeviceReport { note: Some("No card: no driver".into()), ..cpu }));
    window.harness.get_by_label("CPU, 2 threads");
    window.harness.get_by_label("No card: no driver");
    let memory = Some(DeviceMemory { used: 3_100_000_000, total: 80_000_000_000 });
    window.tell(Event::Device(DeviceReport { name: "Card".into(), memory, ..DeviceReport::default() }));
    window.harness.get_by_label("Card, 3.1 GB of 80.0 GB");
    let problem = Some("CUDA cannot be used here: it is gone".to_owned());
    window.tell(Event::Device(DeviceReport { problem, ..DeviceReport::default() }));
    window.harness.get_by_label("CUDA cannot be used here: it is gone");
}
