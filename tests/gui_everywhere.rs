//! Every screen in several states, at several sizes and scales: all that can be clicked has a name of its own, is
//! reached by Tab and then in sight, and no words leave the window. With a real worker on tiny data; no display, no
//! GPU.
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

use walk::Tour;

/// In points.
const SIZES: [[f32; 2]; 3] = [[1280.0, 800.0], [1024.0, 700.0], [900.0, 600.0]];
const SCALES: [f32; 3] = [1.0, 1.25, 2.0];

/// The frame in which the scale changes keeps the size of the one before.
fn resize(harness: &mut look::Windowed, size: [f32; 2], scale: f32) {
    harness.set_pixels_per_point(scale).run_steps(2);
    harness.set_size(size.into()).run_steps(4);
}

/// Fails with everything that was found.
fn assert_nothing(mut found: Vec<String>) {
    found.sort();
    found.dedup();
    assert!(found.is_empty(), "{} things:\n{}", found.len(), found.join("\n"));
}

#[test]
fn everything_has_a_name_is_reached_by_tab_and_keeps_its_words_inside() {
    let mut found = Vec::new();
    Tour::go(|state, harness| {
        found.extend(look::without_name(harness).map(|what| format!("no name: {what} ({state})")));
        found.extend(look::doubled(harness).map(|what| format!("twice: {what} ({state})")));
        found.extend(look::out_of_reach(harness).into_iter().map(|what| format!("{what} ({state})")));
        for size in SIZES {
            for scale in SCALES {
                resize(harness, size, scale);
                let place = format!("{state} at {}×{}, {scale}", size[0], size[1]);
                found.extend(look::outside(harness).map(|what| format!("{what} ({place})")));
            }
        }
        resize(harness, SIZES[0], 1.0);
    });
    assert_nothing(found);
}

#[test]
fn where_no_drops_arrive_nothing_asks_for_them() {
    let mut found = Vec::new();
    Tour::without_drops(|state, harness| {
        let asks = |text: &String| {
            let text = text.to_lowercase();
            text.split(|c: char| !c.is_alphabetic()).any(|word| ["drop", "dropped"].contains(&word))
        };
        found.extend(look::words(harness).into_iter().filter(asks).map(|text| format!("{state}: {text}")));
    });
    assert_nothing(found);
}
