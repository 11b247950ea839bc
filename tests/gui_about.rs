//! The box that says what the program is and what it carries.
#![cfg(feature = "gui")]
#![allow(clippy::unwrap_used)] // helpers of tests may panic as tests do

#[path = "common/dropped.rs"]
mod dropped;
#[path = "common/window.rs"]
mod window;

use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable;
use morphospace::about::version;
use window::Window;

#[test]
fn the_box_says_the_version_and_shows_the_licences() {
    let mut window = Window::with_model();
    window.click(Role::Button, "Help and keyboard shortcuts");
    window.click(Role::Button, "About Morphospace");
    window.harness.get_by_label(version::NUMBER);
    window.harness.get_by_label(&version::features().join(", "));
    window.harness.get_by_label("MIT License");
    window.click(Role::Button, "Inter");
    window.harness.get_by_label("The font; SIL Open Font License 1.1");
    // Of the long list only the lines in sight are laid out.
    window.click(Role::Button, "Crates");
    window.harness.get_by_label("Written by .ci/licences from Cargo.lock.");
    assert!(window.harness.query_by_label_contains("zune-jpeg").is_none());
    window.key(Modifiers::NONE, Key::Escape);
    assert!(window.harness.query_by_label(version::NUMBER).is_none());
}
