//! Input of a person who sits at sixty frames a second before a window of a fixed size.

use eframe::egui::{
    Event, Modifiers, MouseWheelSource, MouseWheelUnit, PointerButton, Pos2, RawInput, Rect, TouchPhase, vec2,
};

/// The window, in points.
pub const SIZE: [f32; 2] = [1280.0, 800.0];
/// Seconds from one frame to the next.
pub const FRAME: f64 = 1.0 / 60.0;

/// Input of the frame at a time, in seconds.
pub fn input(time: f64, events: Vec<Event>) -> RawInput {
    RawInput {
        screen_rect: Some(Rect::from_min_size(Pos2::ZERO, SIZE.into())),
        time: Some(time),
        events,
        ..RawInput::default()
    }
}

/// A button of the pointer that goes down or up.
pub fn button(pos: Pos2, button: PointerButton, pressed: bool) -> Event {
    Event::PointerButton { pos, button, pressed, modifiers: Modifiers::NONE }
}

/// The wheel as it turns back and forth within a `phase` of 8 π.
pub fn wheel(phase: f32) -> Event {
    Event::MouseWheel {
        unit: MouseWheelUnit::Point,
        delta: vec2(0.0, 40.0 * (phase / 4.0).cos()),
        phase: TouchPhase::Move,
        source: MouseWheelSource::Wheel,
        modifiers: Modifiers::NONE,
    }
}
