//! The window. It knows the worker's protocol and plain data, never a tensor.
//!
//! Every frame the events of the worker change the [`state`], the [`panels`] show it, and what people do
//! becomes effects, most of them commands for the worker ([`app`]). Colours and distances live in [`theme`].

pub mod app;
pub(crate) mod bench;
pub mod cli_line;
mod ending;
mod far_tasks;
mod first_face;
mod focus;
mod fuzzy;
pub(crate) mod intents;
pub(crate) mod keyboard;
pub mod language;
pub mod map;
pub(crate) mod panels;
pub(crate) mod parts;
pub(crate) mod quantity_words;
pub mod said;
mod saving;
pub(crate) mod shot;
pub mod state;
mod tasks;
pub(crate) mod textures;
pub mod theme;
pub mod widgets;
mod witness;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use eframe::egui::{Context, IconData, ViewportBuilder};
use eframe::icon_data::from_png_bytes;
use raw_window_handle::{HasDisplayHandle, RawDisplayHandle};

use crate::remote::link::Launcher;
use crate::signals;
use crate::worker::{Worker, shipped_models};
use app::{App, WorkerLink};
use ending::Ending;
use language::Language;
use witness::Witness;

/// Size of the window at the first start, in points.
const SIZE: [f32; 2] = [1280.0, 800.0];
/// Smallest size of the window, in points.
const MIN_SIZE: [f32; 2] = [900.0, 600.0];

/// Where a Linux desktop says how to reach it.
const DISPLAY_VARIABLES: [&str; 3] = ["WAYLAND_DISPLAY", "WAYLAND_SOCKET", "DISPLAY"];

/// Opens the window and returns when it is closed. The paths `open` (checkpoints, runs, images) are opened
/// at once, as are the models inside the program. The worker is on this computer, or at the `place`. The error is one
/// sentence, as when there is no display.
pub fn run(open: Vec<PathBuf>, place: Option<Launcher>) -> Result<(), String> {
    if cfg!(target_os = "linux") && DISPLAY_VARIABLES.iter().all(|name| std::env::var_os(name).is_none()) {
        return Err("there is no display to open a window on; morphospace --help lists what works without \
                    one"
        .into());
    }
    // The worker starts before the window: the first model is read while the window system wakes up.
    let ctx = Context::default();
    let ending = Ending::default();
    ending.listen(&ctx);
    #[cfg(unix)]
    ending.save_at_exit();
    let connect = {
        let (ctx, ending) = (ctx.clone(), ending.clone());
        move |place: Option<&Launcher>| {
            let ctx = ctx.clone();
            let wake = move || ctx.request_repaint();
            match place {
                Some(launcher) => WorkerLink::far(launcher, wake),
                None => {
                    let worker = Worker::spawn(wake);
                    ending.is_of(&worker);
                    WorkerLink::here(worker)
                }
            }
        }
    };
    let mut app = App::at(&ctx, connect, place, &shipped_models(), open);
    app.speak_by_default(Language::of_system());
    // The window system panics when its display is gone.
    let ended = catch_unwind(AssertUnwindSafe(|| open_window(ctx, app)));
    if signals::is_hurried() {
        std::process::exit(0);
    }
    ending.save();
    ended.unwrap_or_else(|_| {
        Err("the window has ended, as when its display is gone; a run that went on is saved, and offered at the next \
             start"
            .into())
    })
}

/// Opens the window around an application and returns when it is closed.
pub fn open_window(ctx: Context, mut app: App) -> Result<(), String> {
    let viewport = ViewportBuilder::default()
        .with_title("Morphospace")
        .with_app_id("morphospace")
        .with_icon(icon())
        .with_inner_size(SIZE)
        .with_min_inner_size(MIN_SIZE);
    let options = eframe::NativeOptions { viewport, ..eframe::NativeOptions::default() };
    let create: eframe::AppCreator<'_> = Box::new(move |context| {
        // winit has no drag and drop on Wayland.
        let wayland =
            context.display_handle().is_ok_and(|d| matches!(d.as_raw(), RawDisplayHandle::Wayland(_)));
        app.takes_no_drops(wayland);
        if let Some(witness) = Witness::asked_for() {
            context.egui_ctx.add_plugin(witness);
        }
        app.restore(&context.egui_ctx, App::saved_settings(context.storage));
        Ok(Box::new(app))
    });
    eframe::run_native_ext("Morphospace", options, Some(ctx), create).map_err(sentence)
}

/// Sentence for a person about the window system's refusal. Its own words name source files, so they are not
/// passed on where they say nothing more.
fn sentence(error: eframe::Error) -> String {
    match error {
        eframe::Error::Winit(_) | eframe::Error::WinitEventLoop(_) => {
            let named = |name: &&str| {
                std::env::var(name).ok().filter(|v| !v.is_empty()).map(|v| format!("{name}={v}"))
            };
            let display =
                DISPLAY_VARIABLES.iter().find_map(named).map_or(String::new(), |d| format!(" ({d})"));
            format!(
                "the window could not be opened: the display{display} does not answer; morphospace --help \
                 lists what works without one"
            )
        }
        eframe::Error::Wgpu(error) => format!(
            "the window could not be opened: no graphics driver works here ({error}); install one (on \
             Linux, mesa-vulkan-drivers draws without a graphics card). morphospace --help lists what works \
             without a window"
        ),
        error => format!("the window could not be opened: {error}"),
    }
}

/// Rings around a centre with three points, as in the top bar; `assets/desktop/make-icons` makes the file.
fn icon() -> IconData {
    from_png_bytes(include_bytes!("../../assets/desktop/morphospace-128.png")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_icon_is_that_of_the_desktop() {
        let icon = icon();
        assert_eq!((icon.width, icon.height), (128, 128));
        let pixel = |x: usize, y: usize| <[u8; 4]>::try_from(&icon.rgba[(y * 128 + x) * 4..][..4]).unwrap();
        assert_eq!(pixel(0, 0)[3], 0, "the corner is clear");
        // Its colours are those of the dark theme.
        assert_eq!(pixel(64, 64), theme::dark().text_strong.to_array());
        assert_eq!(pixel(105, 80), theme::dark().measure.to_array());
    }
}
