//! The crop of a photo in the window: faces to choose from, numbers, keys, the pointer, the switch, the memory.
#![cfg(feature = "gui")]
#![allow(clippy::unwrap_used, reason = "what fails here fails its test")]

#[path = "common/dropped.rs"]
mod dropped;
#[path = "common/window.rs"]
mod window;

use eframe::egui::accesskit::Role;
use eframe::egui::{Event as Input, Key, Modifiers, PointerButton, Pos2};
use egui_kittest::kittest::Queryable;
use morphospace::gui::cli_line;
use morphospace::report::FoundFace;
use morphospace::worker::protocol::{Command, Crop, Event, PhotoInfo, Query};
use window::{Window, photo};

const FIRST: Crop = Crop { center_x: 0.3, center_y: 0.5, size: 0.5, angle: -12.5 };
const SECOND: Crop = Crop { center_x: 0.75, center_y: 0.4, size: 0.3, angle: 4.0 };

fn opened(id: u32, faces: Option<Vec<Crop>>, remembered: Option<Crop>) -> Event {
    let Event::PhotoOpened(info) = photo(id, "/photos/two.jpg") else { panic!("no photo") };
    let found = |crops: Vec<Crop>| crops.into_iter().map(|crop| FoundFace { crop, score: 0.9 }).collect();
    Event::PhotoOpened(PhotoInfo { faces: faces.map(found), content: 77, remembered, ..info })
}

/// Commands since the last call, and the crop in the questions among them.
fn done(window: &mut Window) -> (Vec<Command>, Option<Crop>) {
    window.harness.run_steps(3);
    let (mut others, mut crop) = (Vec::new(), None);
    for command in window.commands() {
        match command {
            Command::Ask { query: Query::Reconstruct { crop: asked, .. }, .. } => crop = Some(asked),
            Command::Ask { .. } => (),
            other => others.push(other),
        }
    }
    (others, crop)
}

fn remember(crop: Option<Crop>) -> Vec<Command> {
    vec![Command::RememberCrop { content: 77, crop }]
}

fn crop(window: &Window) -> Crop {
    window.harness.state().state().reconstruct.current().unwrap().crop
}

#[test]
fn a_face_is_chosen_and_the_choice_is_remembered() {
    let mut window = Window::with_model();
    window.tell(opened(5, Some(vec![FIRST, SECOND]), None));
    assert_eq!(
        done(&mut window),
        (vec![], Some(FIRST)),
        "the most prominent one is taken, and nobody chose it"
    );
    window.click(Role::Button, "Face 2");
    assert_eq!(done(&mut window), (remember(Some(SECOND)), Some(SECOND)));
    let line = cli_line::reconstruct(window.harness.state().state()).unwrap();
    assert!(line.contains("--crop 0.75,0.4,0.3,4 "), "{line}");

    window.harness.get_by_role_and_label(Role::Slider, "Crop angle").set_value_accesskit(-20.0);
    let turned = Crop { angle: -20.0, ..SECOND };
    assert_eq!(done(&mut window), (remember(Some(turned)), Some(turned)));
    window.click(Role::Button, "Reset crop");
    assert_eq!(done(&mut window), (remember(None), Some(FIRST)));

    // As it opens the next time.
    window.tell(opened(6, Some(vec![FIRST, SECOND]), Some(turned)));
    assert_eq!(done(&mut window), (vec![Command::ClosePhoto(5)], Some(turned)));
}

#[test]
fn without_a_face_a_sentence_says_so_and_the_switch_turns_it_off() {
    let mut window = Window::with_model();
    window.tell(opened(5, Some(vec![]), None));
    assert_eq!(done(&mut window), (vec![], Some(Crop::default())));
    window.harness.get_by_label("No face was found in it, so that the middle square is taken");
    let line = cli_line::reconstruct(window.harness.state().state()).unwrap();
    assert!(line.contains("--align none"), "{line}");

    window.click(Role::CheckBox, "Find faces");
    assert_eq!(done(&mut window).0, [Command::FindFaces(false)]);
    assert!(!window.harness.state().state().settings.find_faces);
    assert!(window.harness.query_by_label_contains("No face").is_none());
    window.click(Role::CheckBox, "Find faces");
    assert_eq!(done(&mut window).0, [Command::FindFaces(true), Command::FindFacesIn(5)]);
    let faces = vec![FoundFace { crop: SECOND, score: 0.8 }];
    window.tell(Event::FacesFound { photo: 5, faces });
    assert_eq!(done(&mut window), (vec![], Some(SECOND)), "nobody has chosen the middle square");
    window.click(Role::CheckBox, "Find faces");
    assert_eq!(done(&mut window), (vec![Command::FindFaces(false)], Some(Crop::default())));
}

#[test]
fn the_crop_follows_pointer_and_keys() {
    let mut window = Window::with_model();
    window.tell(opened(5, Some(vec![FIRST, SECOND]), None));
    done(&mut window);
    let rect = window.harness.get_by_role_and_label(Role::Image, "Crop of the photo").rect();
    let at = |x: f32, y: f32| rect.lerp_inside(eframe::egui::vec2(x, y));
    let pointer = |window: &mut Window, at: Pos2, pressed: Option<bool>| {
        window.harness.input_mut().events.push(match pressed {
            None => Input::PointerMoved(at),
            Some(pressed) => Input::PointerButton {
                pos: at,
                button: PointerButton::Primary,
                pressed,
                modifiers: Modifiers::NONE,
            },
        });
        window.harness.run_steps(1);
    };
    // A click on the other face takes it.
    let other = at(SECOND.center_x, SECOND.center_y);
    for pressed in [None, Some(true), Some(false)] {
        pointer(&mut window, other, pressed);
    }
    assert_eq!(done(&mut window), (remember(Some(SECOND)), Some(SECOND)));
    // Drawn to the left by a tenth of the photo's width, and remembered once it is let go.
    let by = |part: f32| other - (at(part, 0.0) - at(0.0, 0.0));
    pointer(&mut window, other, Some(true));
    for part in [0.03, 0.06, 0.1] {
        pointer(&mut window, by(part), None);
    }
    let (commands, asked) = done(&mut window);
    assert!(commands.is_empty() && asked.is_some_and(|crop| crop.center_x < 0.7), "{commands:?} {asked:?}");
    pointer(&mut window, by(0.1), Some(false));
    let moved = crop(&window);
    assert!((moved.center_x - 0.65).abs() < 0.01 && moved.angle == 4.0, "{moved:?}");
    assert_eq!(done(&mut window).0, remember(Some(moved)));

    let keys = [
        (Key::ArrowLeft, 0.648, 0.4, 0.3, 4.0),
        (Key::ArrowDown, 0.648, 0.402, 0.3, 4.0),
        (Key::Plus, 0.648, 0.402, 0.303, 4.0),
        (Key::CloseBracket, 0.648, 0.402, 0.303, 4.5),
    ];
    for (key, x, y, size, angle) in keys {
        window.key(Modifiers::NONE, key);
        let found = crop(&window);
        for (found, expected) in
            [(found.center_x, x), (found.center_y, y), (found.size, size), (found.angle, angle)]
        {
            assert!((found - expected).abs() < 0.01, "{key:?}: {found} for {expected}");
        }
    }
}
