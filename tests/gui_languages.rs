//! Every screen in Vietnamese: no sentence of the program is left in English, and the words of the first start keep
//! clear of its buttons. With a real worker on tiny data; no display, no GPU. One test alone: the language is that of the
//! whole program.
#![cfg(feature = "gui")]
#![allow(clippy::unwrap_used, reason = "what fails here fails its test")]

#[path = "common/dropped.rs"]
mod dropped;
#[path = "everywhere/look.rs"]
mod look;
#[path = "common/pictures.rs"]
mod pictures;
#[path = "common/settings.rs"]
mod settings;
#[path = "common/tiny.rs"]
mod tiny;
#[path = "everywhere/walk.rs"]
mod walk;

use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};

use dropped::Dropped;
use eframe::egui::accesskit::Role;
use egui_kittest::kittest::Queryable;
use morphospace::gui::language::{Language, tr};
use morphospace::gui::said::said;
use walk::Tour;

const SIZES: [[f32; 2]; 3] = [[1280.0, 800.0], [1024.0, 700.0], [900.0, 600.0]];

/// The sentences of the first start and the buttons beneath them.
const WELCOME: [(&str, &str); 4] = [
    (
        "See what a neural network has learned about faces: turn its numbers, give it a photo, watch it learn.",
        "Take the tour",
    ),
    ("Smile, age, glasses, light: named sliders move the face in front of you.", "Show the sliders"),
    ("Drop it anywhere in the window, and see it as every model gives it back.", "Example face"),
    ("A model learns, forgets what its codes mean, and recovers. Two minutes, told in chapters.", "Watch it"),
];

/// Whether the program has other words for this.
fn is_english(text: &str) -> bool {
    text.trim().contains(' ') && (tr(text) != text || said(text) != text)
}

/// Faults of the words about a file that is no picture.
fn refuses_in_vietnamese(harness: &mut look::Windowed) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a picture and more.png");
    std::fs::write(&file, "no picture").unwrap();
    harness.input_mut().dropped_files.push(Arc::new(Dropped(file.clone())));
    dropped::look(harness);
    let deadline = Instant::now() + Duration::from_secs(60);
    while harness.state().state().messages.banners.is_empty() && Instant::now() < deadline {
        sleep(Duration::from_millis(5));
        harness.run_steps(1);
    }
    let banners = &harness.state().state().messages.banners;
    let said = banners.iter().map(|banner| banner.notice.message.as_str()).collect::<Vec<_>>().join("; ");
    let wanted = format!(
        "{}: đây không phải ảnh đọc được; hãy lưu thành JPEG, PNG, WebP, BMP, GIF hoặc TIFF",
        file.display()
    );
    (said != wanted).then(|| format!("said “{said}” instead of “{wanted}”"))
}

#[test]
fn nothing_is_left_in_english_and_the_welcome_keeps_its_words_clear() {
    let mut found = Vec::new();
    Tour::speaking(Language::Vietnamese, |state, harness| {
        let words = look::words(harness).into_iter().filter(|text| is_english(text));
        found.extend(words.map(|text| format!("English: “{text}” ({state})")));
        if state == "Explore without a model" {
            for size in SIZES {
                harness.set_size(size.into());
                harness.run_steps(4);
                for (text, button) in WELCOME {
                    let above = harness.get_by_role_and_label(Role::Label, &tr(text)).rect();
                    let below = harness.get_by_role_and_label(Role::Button, &tr(button)).rect();
                    if above.bottom() > below.top() {
                        found
                            .push(format!("{button} at {size:?}: words to {above:?}, button from {below:?}"));
                    }
                }
            }
            harness.set_size(SIZES[0].into());
            harness.run_steps(4);
        }
        if state == "Compare, Models" {
            found.extend(refuses_in_vietnamese(harness));
        }
        let outside = look::outside(harness).map(|what| format!("{what} ({state})"));
        found.extend(outside);
    });
    found.sort();
    found.dedup();
    assert!(found.is_empty(), "{} things:\n{}", found.len(), found.join("\n"));
}
