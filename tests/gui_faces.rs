//! The shelf of photos, pictures that are copied, the keyboard on Explore, and what a reader of the screen finds on the
//! three screens of faces, with a worker's events fed by hand.
#![cfg(feature = "gui")]
#![allow(clippy::unwrap_used, reason = "what fails here fails its test")]

#[path = "common/dropped.rs"]
mod dropped;
#[path = "common/window.rs"]
mod window;

use eframe::egui::accesskit::Role;
use eframe::egui::{
    Event as Input, Key, Modifiers, MouseWheelSource, MouseWheelUnit, OutputCommand, Pos2, TouchPhase, vec2,
};
use egui_kittest::kittest::{NodeT, Queryable};

use morphospace::gui::state::Screen;
use morphospace::worker::protocol::{
    Command, Crop, Direction, DirectionMethod, Event, ModelInfo, Query, Reply, Slot,
};

use window::{LATENT_DIM, Window, answer, model, photo};

/// A window with a model and two photos, everything answered, on Explore.
fn with_photos() -> Window {
    let mut window = Window::with_model();
    window.tell(photo(5, "/photos/a.jpg"));
    window.tell(photo(6, "/photos/b.jpg"));
    window.answer_all();
    window.key(Modifiers::NONE, Key::Num1);
    window.answer_all();
    window.commands();
    window
}

/// Chooses from the menu of a photo of the shelf.
fn choose(window: &mut Window, photo: &str, item: &str) {
    window.harness.get_by_role_and_label(Role::Button, photo).click_secondary();
    window.harness.run_steps(3);
    window.click(Role::Button, item);
}

/// Drags from here to there.
fn drag(window: &mut Window, from: Pos2, to: Pos2) {
    window.harness.drag_at(from);
    window.harness.run_steps(2);
    for part in [0.3, 0.7, 1.0] {
        window.harness.hover_at(from + (to - from) * part);
        window.harness.run_steps(2);
    }
    window.harness.drop_at(to);
    window.harness.run_steps(3);
}

fn thumb(window: &Window, photo: &str) -> Pos2 {
    window.harness.get_by_role_and_label(Role::Button, photo).rect().center()
}

/// The photos among the sources of the walk's key codes that were last asked for, with the key faces they are for.
fn walked(window: &Window) -> Vec<(u32, u32)> {
    let photo = |(slot, _, query): (Slot, _, Query)| match (slot, query) {
        (Slot::WalkKey(_, key), Query::Reconstruct { photo, .. }) => Some((key, photo)),
        _ => None,
    };
    window.asked().into_iter().filter_map(photo).collect()
}

#[test]
fn a_menu_takes_a_photo_to_the_ends_of_the_walk() {
    let mut window = with_photos();
    choose(&mut window, "a.jpg", "Use as end of the walk");
    assert_eq!(window.screen(), Screen::Interpolate);
    assert_eq!(walked(&window), [(2, 5)]);
    choose(&mut window, "b.jpg", "Use as start of the walk");
    assert_eq!(walked(&window), [(1, 6)]);
}

#[test]
fn a_photo_that_was_asked_for_is_explored_once_its_code_is_known() {
    let mut window = with_photos();
    choose(&mut window, "a.jpg", "Explore this face");
    assert_eq!((window.screen(), window.values()), (Screen::Explore, vec![0.0; LATENT_DIM]));
    window.answer_all();
    assert_eq!(window.values(), [1.0; LATENT_DIM], "the code 2.5 in standard deviations");
    assert_eq!(window.screen(), Screen::Explore);
}

#[test]
fn a_photo_is_removed_and_a_draw_takes_its_place_in_the_walk() {
    let mut window = with_photos();
    choose(&mut window, "b.jpg", "Use as start of the walk");
    window.answer_all();
    choose(&mut window, "b.jpg", "Remove from this list");
    assert!(window.commands().contains(&Command::ClosePhoto(6)));
    assert!(window.harness.query_by_role_and_label(Role::Button, "b.jpg").is_none());
    assert_eq!(window.harness.state().state().reconstruct.current, Some(5));
    window.harness.get_by_label_contains("Draw of seed");
    // The keyboard does it too.
    window.harness.get_by_role_and_label(Role::Button, "a.jpg").focus();
    window.harness.run_steps(2);
    window.key(Modifiers::NONE, Key::Delete);
    assert_eq!(window.harness.state().state().reconstruct.current, None);
}

#[test]
fn a_photo_is_dragged_to_places_and_key_faces() {
    let mut window = with_photos();
    let from = thumb(&window, "a.jpg");
    // The places appear once it moves.
    window.harness.drag_at(from);
    window.harness.run_steps(2);
    window.harness.hover_at(from + vec2(40.0, -20.0));
    window.harness.run_steps(2);
    let place = window.harness.get_by_role_and_label(Role::Group, "Start of the walk").rect().center();
    window.harness.hover_at(place);
    window.harness.run_steps(2);
    window.harness.drop_at(place);
    window.harness.run_steps(3);
    assert_eq!(window.screen(), Screen::Interpolate);
    assert_eq!(walked(&window), [(1, 5)]);
    window.answer_all();
    assert!(window.harness.query_by_label("Start of the walk").is_none());
    // Onto a key face, and between two.
    let key = window.harness.get_by_role_and_label(Role::Button, "Key face 2").rect().center();
    let from = thumb(&window, "b.jpg");
    drag(&mut window, from, key);
    assert_eq!(walked(&window), [(2, 6)]);
    window.answer_all();
    let first = window.harness.get_by_role_and_label(Role::Button, "Key face 1").rect().center();
    let from = thumb(&window, "a.jpg");
    drag(&mut window, from, first + (key - first) * 0.25);
    assert_eq!(walked(&window), [(3, 5)]);
    let times: Vec<f32> = window.harness.state().state().walk.keys().iter().map(|key| key.time).collect();
    assert_eq!((times.len(), times[0], times[2]), (3, 0.0, 1.0));
    assert!((times[1] - 0.25).abs() < 0.02, "{times:?}");
}

/// Sizes of the pictures that were put on the clipboard in this frame.
fn copied(window: &Window) -> Vec<[usize; 2]> {
    let size = |command: &OutputCommand| match command {
        OutputCommand::CopyImage(image) => Some(image.size),
        _ => None,
    };
    window.harness.output().platform_output.commands.iter().filter_map(size).collect()
}

#[test]
fn every_picture_can_be_copied_and_saved() {
    let mut window = with_photos();
    let copy = |window: &mut Window, label: &str| {
        // The head of a group may have the same name.
        let at = window.harness.query_all_by_label(label).last().unwrap().rect().center();
        window.harness.hover_at(at);
        window.harness.run_steps(2);
        window.harness.event(Input::Copy);
        window.harness.run_steps(1);
        assert_eq!(copied(window), [[32, 32]], "{label}");
    };
    for label in ["Decoded picture", "Sample 3", "Select z1", "z1 at +0.75"] {
        if label.starts_with("Select") {
            window.click(Role::Button, label);
            window.answer_all();
        } else {
            copy(&mut window, label);
        }
    }
    window.key(Modifiers::NONE, Key::Num2);
    window.answer_all();
    for label in ["Photo", "Reconstruction by Faces", "Difference"] {
        let role = Role::Image;
        let at = window.harness.get_by_role_and_label(role, label).rect().center();
        window.harness.hover_at(at);
        window.harness.run_steps(2);
        window.harness.event(Input::Copy);
        window.harness.run_steps(1);
        assert_eq!(copied(&window), [[32, 32]], "{label}");
    }
    window.key(Modifiers::NONE, Key::Num3);
    window.answer_all();
    for label in ["Picture on the walk, Faces", "Key face 1", "Position 0.25"] {
        copy(&mut window, label);
    }
    // By the keyboard alone, and from the menu.
    window.harness.remove_cursor();
    window.harness.get_by_role_and_label(Role::Button, "Position 0.50").focus();
    window.harness.run_steps(2);
    window.harness.event(Input::Copy);
    window.harness.run_steps(1);
    assert_eq!(copied(&window), [[32, 32]]);
    window.harness.get_by_role_and_label(Role::Button, "Position 0.50").click_secondary();
    window.harness.run_steps(3);
    window.click(Role::Button, "Copy picture Ctrl+C");
    window.harness.get_by_label("Copied the picture");
}

#[test]
fn the_keyboard_comes_to_the_sliders_soon_and_goes_from_row_to_row() {
    let mut window = Window::open(Vec::new());
    let Event::ModelOpened(info) = model(1, "Faces") else { panic!("a model") };
    let smile = Direction {
        name: "smile".into(),
        method: DirectionMethod::Yours,
        vector: vec![1.0; LATENT_DIM],
        quality: None,
        variance: None,
        range: None,
    };
    window.tell(Event::ModelOpened(Box::new(ModelInfo { directions: vec![smile], ..*info })));
    window.answer_all();
    let focused = |window: &Window, label: &str| {
        assert!(window.harness.get_by_role_and_label(Role::Slider, label).is_focused(), "{label}");
    };
    window.harness.get_by_role_and_label(Role::TextInput, "Find a direction or a dimension").focus();
    window.harness.run_steps(2);
    window.key(Modifiers::NONE, Key::Tab);
    focused(&window, "smile");
    window.key(Modifiers::NONE, Key::ArrowRight);
    let amount = window.harness.state().state().explore().unwrap().amounts()[0];
    assert!((amount - 0.1).abs() < 1e-6, "{amount}");
    window.key(Modifiers::NONE, Key::ArrowDown);
    focused(&window, "z1");
    window.key(Modifiers::NONE, Key::ArrowDown);
    focused(&window, "z2");
    window.key(Modifiers::NONE, Key::ArrowUp);
    window.key(Modifiers::NONE, Key::ArrowUp);
    focused(&window, "smile");
    window.key(Modifiers::NONE, Key::ArrowUp);
    focused(&window, "smile");
    // From the field for searching to what it has found.
    window.harness.get_by_role_and_label(Role::TextInput, "Find a direction or a dimension").focus();
    window.harness.run_steps(2);
    window.harness.get_by_role_and_label(Role::TextInput, "Find a direction or a dimension").type_text("z3");
    window.harness.run_steps(2);
    window.key(Modifiers::NONE, Key::ArrowDown);
    focused(&window, "z3");
    window.click(Role::Button, "Clear the search");
    window.harness.get_by_role_and_label(Role::Slider, "z1");
}

#[test]
fn the_wheel_over_the_crop_scrolls_and_sizes_it_with_ctrl_only() {
    let mut window = with_photos();
    window.key(Modifiers::NONE, Key::Num2);
    window.answer_all();
    window.harness.get_by_role_and_label(Role::Slider, "Crop size").set_value_accesskit(50.0);
    window.harness.run_steps(3);
    let size = |window: &Window| {
        let Crop { size, .. } = window.harness.state().state().reconstruct.current().unwrap().crop;
        size
    };
    let over = window.harness.get_by_role_and_label(Role::Image, "Crop of the photo").rect().center();
    window.harness.hover_at(over);
    window.harness.run_steps(2);
    let wheel = |window: &mut Window, modifiers| {
        window.harness.event_modifiers(
            Input::MouseWheel {
                unit: MouseWheelUnit::Line,
                delta: vec2(0.0, 2.0),
                phase: TouchPhase::Move,
                source: MouseWheelSource::Wheel,
                modifiers,
            },
            modifiers,
        );
        window.harness.run_steps(20);
    };
    wheel(&mut window, Modifiers::NONE);
    assert_eq!(size(&window), 0.5);
    wheel(&mut window, Modifiers::COMMAND);
    assert!(size(&window) > 0.5, "{}", size(&window));
}

#[test]
fn a_model_that_is_chosen_comes_into_sight() {
    let mut window = with_photos();
    for id in 2..=40 {
        window.tell(model(id, &format!("Model {id}")));
    }
    window.answer_all();
    window.key(Modifiers::NONE, Key::Num2);
    window.answer_all();
    let bottom = window.harness.get_by_label("CPU").rect().top();
    let name = "Reconstruction by Model 40";
    let is_in_sight = |window: &Window| {
        let found = window.harness.query_by_role_and_label(Role::Image, name);
        found.is_some_and(|node| node.rect().bottom() <= bottom)
    };
    window.harness.get_by_role_and_label(Role::Button, "Model 40").click_accesskit();
    window.harness.run_steps(30);
    assert!(is_in_sight(&window));
}

#[test]
fn an_answer_about_the_photo_before_is_not_shown() {
    let mut window = Window::with_model();
    window.tell(photo(5, "/photos/a.jpg"));
    let (slot, request, query) = window.asked().remove(0);
    assert_eq!(slot, Slot::Reconstruct(1));
    // Both come in the same frame.
    window.replies.send(Reply { to: None, event: photo(6, "/photos/b.jpg") }).unwrap();
    window.reply(request, Event::Answered { slot, answer: answer(&query) });
    assert!(window.harness.state().state().reconstruct.results.is_empty());
    window.answer_all();
    assert_eq!(window.harness.state().state().reconstruct.results.len(), 1);
}

#[test]
fn without_a_photo_an_example_is_offered() {
    let mut window = Window::with_model();
    window.key(Modifiers::NONE, Key::Num2);
    window.commands();
    window.click(Role::Button, "Try an example face");
    let is_photo = |command: &Command| matches!(command, Command::PastePhoto { .. });
    assert!(window.commands().iter().any(is_photo));
}

#[test]
fn every_part_of_the_three_screens_has_a_role_and_a_name() {
    let mut window = with_photos();
    let explore = [
        (Role::TextInput, "Find a direction or a dimension"),
        (Role::Slider, "Truncation"),
        (Role::Slider, "z1"),
        (Role::SpinButton, "z1 value"),
        (Role::CheckBox, "Lock z1"),
        (Role::Button, "Select z1"),
        (Role::Meter, "Effect of z1"),
        (Role::Canvas, "Pad of z1 and z2"),
        (Role::Image, "Decoded picture"),
        (Role::Button, "z1 at −3.00"),
        (Role::Button, "Sample 24"),
        (Role::RadioButton, "Breed"),
        (Role::Button, "Save samples…"),
    ];
    let reconstruct = [
        (Role::Image, "Crop of the photo"),
        (Role::Slider, "Crop size"),
        (Role::Slider, "Crop angle"),
        (Role::CheckBox, "Find faces"),
        (Role::ComboBox, "Noise kind"),
        (Role::ComboBox, "Models shown"),
        (Role::ComboBox, "Order of the models"),
        (Role::RadioButton, "All photos"),
        (Role::RadioButton, "Wipe"),
        (Role::Image, "Photo"),
        (Role::Image, "Reconstruction by Faces"),
        (Role::Image, "Difference"),
        (Role::Button, "Hide Faces"),
        (Role::CheckBox, "Refine with Faces"),
        (Role::Slider, "Difference gain"),
    ];
    let interpolate = [
        (Role::Button, "Add draw"),
        (Role::Button, "Add photo…"),
        (Role::Button, "Swap ends"),
        (Role::Image, "Picture on the walk, Faces"),
        (Role::Button, "Key face 2"),
        (Role::Slider, "Time of key face 2"),
        (Role::Button, "Play"),
        (Role::Slider, "Position on the walk"),
        (Role::Button, "Position 0.50"),
        (Role::RadioButton, "Great circle"),
        (Role::ComboBox, "Pace"),
        (Role::CheckBox, "Loop"),
        (Role::Slider, "Pictures of the film"),
        (Role::Slider, "Seconds from end to end"),
        (Role::SpinButton, "Seed of the key face"),
    ];
    let screens: [(Key, &[(Role, &str)]); 3] =
        [(Key::Num1, &explore), (Key::Num2, &reconstruct), (Key::Num3, &interpolate)];
    for (key, parts) in screens {
        window.key(Modifiers::NONE, key);
        window.answer_all();
        for (role, label) in parts {
            let found = window.harness.query_all_by_role_and_label(*role, label).count();
            assert!(found > 0, "{role:?} {label}");
        }
        for photo in ["a.jpg", "b.jpg"] {
            let node = window.harness.get_by_role_and_label(Role::Button, photo);
            assert!(!node.accesskit_node().is_disabled());
        }
    }
}
