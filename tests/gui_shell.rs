//! The frame of the window: the first start, the tour, the palette, the keyboard, messages.
#![cfg(feature = "gui")]
#![allow(clippy::unwrap_used, reason = "what fails here fails its test")]

#[path = "common/dropped.rs"]
mod dropped;
#[path = "common/window.rs"]
mod window;

use eframe::egui::accesskit::Role;
use eframe::egui::{self, Key, Modifiers};
use egui_kittest::kittest::{NodeT, Queryable};

use morphospace::gui::state::{Screen, Settings};
use morphospace::worker::protocol::{Command, Event, Job};

use window::{Window, model, photo};

/// A window at its first start, with a model open.
fn first_start() -> Window {
    let mut window = Window::with_model();
    let ctx = window.harness.ctx.clone();
    window.harness.state_mut().restore(&ctx, Settings::default());
    window.harness.run_steps(3);
    window.answer_all();
    window
}

fn type_text(window: &mut Window, text: &str) {
    window.harness.get_by_role_and_label(Role::TextInput, "Find anything").type_text(text);
    window.harness.run_steps(3);
}

#[test]
fn the_first_start_offers_three_ways_to_begin() {
    let mut window = first_start();
    window.harness.get_by_label("Welcome to Morphospace");
    window.click(Role::Button, "Show the sliders");
    window.harness.get_by_label("The sliders");
    window.click(Role::Button, "Got it");
    assert!(window.harness.query_by_label("The sliders").is_none());
    assert!(window.harness.query_by_label("Welcome to Morphospace").is_none(), "it was seen");
    assert!(window.harness.state().state().settings.welcomed);

    let mut window = first_start();
    window.commands();
    window.click(Role::Button, "Example face");
    assert_eq!(window.screen(), Screen::Reconstruct);
    let sent = window.commands();
    let pasted = sent.iter().find_map(|command| match command {
        Command::PastePhoto { name, image } => Some((name.clone(), image.width(), image.height())),
        _ => None,
    });
    assert_eq!(pasted, Some(("Example face".into(), 320, 320)));

    let mut window = first_start();
    window.commands();
    window.click(Role::Button, "Watch it");
    assert_eq!(window.screen(), Screen::Train);
    assert!(matches!(window.started().1, Job::DemonstrateCollapse(_)));

    let mut window = first_start();
    window.key(Modifiers::NONE, Key::Escape);
    assert!(window.harness.query_by_label("Welcome to Morphospace").is_none());
}

#[test]
fn whoever_has_seen_the_welcome_or_brings_something_sees_none() {
    let mut window = Window::with_model();
    let ctx = window.harness.ctx.clone();
    let seen = Settings { welcomed: true, ..Settings::default() };
    window.harness.state_mut().restore(&ctx, seen);
    window.harness.run_steps(3);
    assert!(window.harness.query_by_label("Welcome to Morphospace").is_none());
    let mut window = Window::open(vec!["/photos/me.png".into()]);
    let ctx = window.harness.ctx.clone();
    window.harness.state_mut().restore(&ctx, Settings::default());
    window.harness.run_steps(3);
    assert!(window.harness.query_by_label("Welcome to Morphospace").is_none());
}

#[test]
fn where_no_drops_arrive_the_welcome_asks_for_none() {
    let mut window = first_start();
    window.harness.get_by_label_contains("Drop it anywhere");
    window.harness.state_mut().takes_no_drops(true);
    window.harness.run_steps(3);
    assert!(window.harness.query_by_label_contains("Drop ").is_none());
    window.harness.get_by_label_contains("Open or paste it");
}

#[test]
fn the_tour_has_five_stops_and_comes_back_from_the_help() {
    let mut window = Window::with_model();
    window.key(Modifiers::NONE, Key::Num2);
    window.key(Modifiers::NONE, Key::Questionmark);
    window.click(Role::Button, "Take the tour");
    assert_eq!(window.screen(), Screen::Explore, "its stops are there");
    assert!(window.harness.query_by_label("Close help").is_none());
    let stops = ["The models", "The face", "The sliders", "Six screens", "Whenever you look for something"];
    for (at, stop) in stops.into_iter().enumerate() {
        window.harness.get_by_label(stop);
        window.harness.get_by_label(&format!("Stop {} of 5", at + 1));
        if at == 1 {
            window.click(Role::Button, "Back");
            window.harness.get_by_label("The models");
            window.key(Modifiers::NONE, Key::ArrowRight);
        }
        match at {
            4 => window.click(Role::Button, "Got it"),
            // The button has the focus.
            2 => window.key(Modifiers::NONE, Key::Enter),
            _ => window.click(Role::Button, "Next"),
        }
    }
    assert!(window.harness.query_by_label("Whenever you look for something").is_none());
    window.key(Modifiers::NONE, Key::F1);
    window.click(Role::Button, "Take the tour");
    window.key(Modifiers::NONE, Key::Escape);
    assert!(window.harness.query_by_label("The models").is_none());
}

#[test]
fn the_palette_finds_screens_models_and_settings() {
    let mut window = Window::with_model();
    window.tell(model(2, "Others"));
    window.answer_all();
    window.key(Modifiers::COMMAND, Key::K);
    type_text(&mut window, "reconstruct");
    window.key(Modifiers::NONE, Key::Enter);
    assert_eq!(window.screen(), Screen::Reconstruct);
    assert!(
        window.harness.query_by_role_and_label(Role::TextInput, "Find anything").is_none(),
        "it is closed"
    );

    window.key(Modifiers::COMMAND, Key::K);
    type_text(&mut window, "use model");
    let selected = |window: &Window| window.harness.state().state().selected;
    assert_eq!(selected(&window), Some(2));
    window.click(Role::Button, "Use model Faces");
    assert_eq!(selected(&window), Some(1));

    window.key(Modifiers::COMMAND, Key::K);
    type_text(&mut window, "theme");
    window.key(Modifiers::NONE, Key::Enter);
    assert!(window.harness.state().state().settings.light);
}

#[test]
fn the_palette_moves_by_arrows_and_what_cannot_be_done_says_why() {
    let mut window = Window::with_model();
    window.key(Modifiers::COMMAND, Key::K);
    window.key(Modifiers::NONE, Key::ArrowDown);
    window.key(Modifiers::NONE, Key::ArrowDown);
    window.key(Modifiers::NONE, Key::ArrowUp);
    window.key(Modifiers::NONE, Key::Enter);
    assert_eq!(window.screen(), Screen::Reconstruct, "the second line");
    window.key(Modifiers::COMMAND, Key::K);
    type_text(&mut window, "undo");
    let line = window.harness.get_by_role_and_label(Role::Button, "Undo");
    assert!(line.accesskit_node().is_disabled());
    window.key(Modifiers::NONE, Key::Enter);
    window.harness.get_by_role_and_label(Role::TextInput, "Find anything");
    type_text(&mut window, " nothing like it");
    window.harness.get_by_label("Nothing has these words");
    window.key(Modifiers::NONE, Key::Escape);
    assert!(window.harness.query_by_role_and_label(Role::TextInput, "Find anything").is_none());
}

/// Centre of what has the focus.
fn focused(window: &Window) -> egui::Pos2 {
    let id = window.harness.ctx.memory(|memory| memory.focused()).unwrap();
    window.harness.ctx.read_response(id).unwrap().rect.center()
}

#[test]
fn f6_goes_from_part_to_part_of_every_screen() {
    let mut window = Window::with_model();
    window.tell(photo(1, "/photos/face.jpg"));
    window.answer_all();
    let keys = [Key::Num1, Key::Num2, Key::Num3, Key::Num4, Key::Num5, Key::Num6];
    for key in keys {
        window.key(Modifiers::NONE, key);
        window.answer_all();
        window.key(Modifiers::NONE, Key::Escape);
        let mut seen = Vec::new();
        for _ in 0..4 {
            window.key(Modifiers::NONE, Key::F6);
            seen.push(focused(&window));
        }
        assert!(seen[0].y < 46.0, "{key:?}: the bar at the top is first, {seen:?}");
        assert!(seen[1].x < 330.0 && seen[1].y > 46.0, "{key:?}: then the panel at the left, {seen:?}");
        assert!(seen[2].x > seen[1].x, "{key:?}: then what is right of it, {seen:?}");
        window.key(Modifiers::SHIFT, Key::F6);
        assert_eq!(focused(&window), seen[2], "{key:?}");
    }
}

#[test]
fn the_slash_goes_to_the_search_field_and_arrows_along_the_models() {
    let mut window = Window::with_model();
    window.tell(model(2, "Others"));
    window.tell(model(3, "Third"));
    window.answer_all();
    window.key(Modifiers::NONE, Key::Slash);
    let field = window.harness.get_by_role_and_label(Role::TextInput, "Find a direction or a dimension");
    assert!(field.is_focused());
    window.key(Modifiers::NONE, Key::Escape);
    window.harness.get_by_role_and_label(Role::Button, "Faces").focus();
    window.harness.run_steps(3);
    for name in ["Others", "Third"] {
        window.key(Modifiers::NONE, Key::ArrowDown);
        assert!(window.harness.get_by_role_and_label(Role::Button, name).is_focused(), "{name}");
    }
    window.key(Modifiers::NONE, Key::Enter);
    assert_eq!(window.harness.state().state().selected, Some(3));
}

#[test]
fn what_has_the_focus_has_a_ring_until_the_pointer_is_used() {
    let mut window = Window::with_model();
    let rings = |window: &Window| {
        let accent = morphospace::gui::theme::dark().accent;
        let is_ring = |shape: &egui::Shape| matches!(shape, egui::Shape::Rect(rect) if rect.stroke == egui::Stroke::new(2.0, accent));
        window.harness.output().shapes.iter().filter(|clipped| is_ring(&clipped.shape)).count()
    };
    // What is selected has one as well.
    let selected = rings(&window);
    window.key(Modifiers::NONE, Key::Tab);
    assert_eq!(rings(&window), selected + 1);
    window.harness.get_by_role_and_label(Role::Slider, "z3").focus();
    window.harness.run_steps(3);
    assert_eq!(rings(&window), selected + 1, "what is painted by hand has one too");
    window.harness.get_by_role_and_label(Role::Tab, "Explore").click();
    window.harness.run_steps(3);
    assert_eq!(rings(&window), selected);
}

#[test]
fn messages_move_nothing_and_can_be_copied() {
    let mut window = Window::with_model();
    let place = |window: &Window| window.harness.get_by_role_and_label(Role::Image, "Decoded picture").rect();
    let before = place(&window);
    window.tell(Event::Failed { message: "the disk is full".into() });
    window.harness.get_by_label("the disk is full");
    assert_eq!(place(&window), before);
    window.click(Role::Button, "Copy message");
    window.harness.get_by_label("Copied the message");
}

#[test]
fn arrows_move_the_edge_of_a_panel_that_has_the_focus() {
    let mut window = Window::with_model();
    for (name, wider, narrower) in [
        ("Width of the right panel", Key::ArrowLeft, Key::ArrowRight),
        ("Width of the left panel", Key::ArrowRight, Key::ArrowLeft),
    ] {
        let edge =
            |window: &Window| window.harness.get_by_role_and_label(Role::Splitter, name).rect().center().x;
        window.harness.get_by_role_and_label(Role::Splitter, name).focus();
        window.harness.run_steps(3);
        window.key(Modifiers::NONE, narrower);
        let narrow = edge(&window);
        window.key(Modifiers::NONE, wider);
        let moved = edge(&window) - narrow;
        assert_eq!(moved > 4.0, wider == Key::ArrowRight, "{name} by {moved}");
        assert_eq!(moved < -4.0, wider == Key::ArrowLeft, "{name} by {moved}");
        assert!(window.harness.get_by_role_and_label(Role::Splitter, name).is_focused(), "{name}");
    }
}

#[test]
fn what_an_empty_screen_says_is_told_to_screen_readers() {
    let mut window = Window::with_model();
    for (key, headline) in [
        (Key::Num2, "Drop a photo of a face"),
        (Key::Num4, "See a whole data set at once, as a map"),
        (Key::Num6, "See in numbers which model does better"),
    ] {
        window.key(Modifiers::NONE, key);
        window.harness.get_by_role_and_label(Role::Label, headline);
    }
    window.harness.get_by_label_contains("Press Measure at the lower left");
}
