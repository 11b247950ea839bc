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
pub(crate) mod intents;
pub mod language;
pub mod map;
pub(crate) mod panels;
pub(crate) mod shot;
pub mod state;
mod tasks;
pub(crate) mod textures;
pub mod theme;
pub mod widgets;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use eframe::egui::{Context, IconData, ViewportBuilder};
use raw_window_handle::{HasDisplayHandle, RawDisplayHandle};

use crate::remote::link::Launcher;
use crate::worker::{Worker, shipped_models};
use app::{App, WorkerLink};
use ending::Ending;
use language::Language;

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

/// Rings around a centre with three points, as in the top bar.
fn icon() -> IconData {
    const SIDE: u32 = 128;
    let colors = theme::dark();
    let disc = |x: f32, y: f32, cx: f32, cy: f32, r: f32| (r - (x - cx).hypot(y - cy) + 0.5).clamp(0.0, 1.0);
    let ring = |x: f32, y: f32, r: f32, half: f32| {
        (half - ((x - 64.0).hypot(y - 64.0) - r).abs() + 0.5).clamp(0.0, 1.0)
    };
    let mut rgba = Vec::with_capacity((SIDE * SIDE * 4) as usize);
    for index in 0..SIDE * SIDE {
        let (x, y) = ((index % SIDE) as f32 + 0.5, (index / SIDE) as f32 + 0.5);
        let layers = [
            (disc(x, y, 64.0, 64.0, 62.0), colors.panel),
            (ring(x, y, 44.0, 2.5) * 0.7, colors.accent),
            (ring(x, y, 24.0, 2.5) * 0.9, colors.accent),
            (disc(x, y, 64.0, 64.0, 9.0), colors.text_strong),
            (disc(x, y, 104.9, 80.2, 11.0), colors.measure),
            (disc(x, y, 25.4, 85.2, 8.0), colors.accent),
            (disc(x, y, 58.0, 40.8, 8.0), colors.warning),
        ];
        let mut color = [0.0f32; 3];
        for (cover, layer) in layers {
            for (mixed, channel) in color.iter_mut().zip(layer.to_array()) {
                *mixed += (f32::from(channel) - *mixed) * cover;
            }
        }
        rgba.extend(color.map(|channel| channel.round() as u8));
        rgba.push((layers[0].0 * 255.0).round() as u8);
    }
    IconData { rgba, width: SIDE, height: SIDE }
}
