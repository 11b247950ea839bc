//! A map of very many points without a window: input, layout, shapes, triangles and the painting of dots, everything
//! that the processor does before a graphics driver draws. For `morphospace bench map`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use eframe::egui::{CentralPanel, Context, Event, Frame, PointerButton, pos2, vec2};

use super::input::{FRAME, SIZE, button, input, wheel};
use crate::gui::map::coloring::MapColors;
use crate::gui::map::marks::MapMarks;
use crate::gui::map::points::{MapPoints, made_up};
use crate::gui::map::view::MapView;
use crate::gui::map::widget::{MapState, MapWidget};
use crate::gui::theme;

/// Heaps that the points lie in.
const HEAPS: usize = 24;
/// Categories of points.
const CATEGORIES: u32 = 10;

/// A motion of a person over the map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MapMotion {
    /// None.
    Still,
    /// Drags the map to and fro.
    Pan,
    /// Turns the wheel, in and out.
    Zoom,
    /// Looks for points.
    Hover,
}

impl MapMotion {
    /// All of them.
    pub const ALL: [MapMotion; 4] = [MapMotion::Still, MapMotion::Pan, MapMotion::Zoom, MapMotion::Hover];

    /// A word for it.
    pub fn label(self) -> &'static str {
        match self {
            MapMotion::Still => "still",
            MapMotion::Pan => "pan",
            MapMotion::Zoom => "zoom",
            MapMotion::Hover => "hover",
        }
    }
}

/// Times of a frame.
#[derive(Clone, Copy, Debug)]
pub struct MapFrame {
    /// Of the thread of the window.
    pub took: Duration,
    /// Of painting the dots that are new in this frame, by whatever thread.
    pub repaint: Option<Duration>,
}

/// A map over a whole window.
pub struct MapPanel {
    ctx: Context,
    points: Arc<MapPoints>,
    colors: Arc<MapColors>,
    marks: Arc<MapMarks>,
    state: MapState,
    indexing: Duration,
    motion: MapMotion,
    /// Frames of this motion.
    frames: usize,
    time: f64,
    seen: Option<MapView>,
}

impl MapPanel {
    /// A map of so many points in heaps.
    pub fn new(count: usize) -> Self {
        let ctx = Context::default();
        theme::install(&ctx);
        let xy = made_up(count, HEAPS);
        let names: Vec<String> = (0..CATEGORIES).map(|number| number.to_string()).collect();
        let values: Vec<u32> = (0..count as u32).map(|point| point.wrapping_mul(0x9E37_79B9) >> 16).collect();
        let values: Vec<u32> = values.into_iter().map(|value| value % CATEGORIES).collect();
        let began = Instant::now();
        let points = Arc::new(MapPoints::new(xy));
        MapPanel {
            ctx,
            points,
            colors: Arc::new(MapColors::categories(&values, &names)),
            marks: Arc::default(),
            state: MapState::default(),
            indexing: began.elapsed(),
            motion: MapMotion::Still,
            frames: 0,
            time: 0.0,
            seen: None,
        }
    }

    /// Time in which the points were indexed.
    pub fn indexing(&self) -> Duration {
        self.indexing
    }

    /// Draws the next frame of a motion.
    pub fn frame(&mut self, motion: MapMotion) -> MapFrame {
        if motion != self.motion {
            (self.motion, self.frames) = (motion, 0);
            self.state.reset();
        }
        self.frames += 1;
        self.time += FRAME;
        let input = input(self.time, self.events(motion));
        let began = Instant::now();
        let ctx = self.ctx.clone();
        let output = ctx.run_ui(input, |ui| {
            CentralPanel::default().frame(Frame::NONE).show(ui, |ui| {
                MapWidget::new(&self.points, &self.colors, &self.marks).show(ui, &mut self.state);
            });
        });
        drop(ctx.tessellate(output.shapes, output.pixels_per_point));
        let took = began.elapsed();
        let newest = self.state.newest();
        let repaint =
            newest.filter(|painted| self.seen != Some(painted.job.view)).map(|painted| painted.took);
        self.seen = newest.map(|painted| painted.job.view);
        MapFrame { took, repaint }
    }

    fn events(&self, motion: MapMotion) -> Vec<Event> {
        let phase = self.frames as f32 / 60.0 * std::f32::consts::TAU;
        let middle = pos2(SIZE[0] / 2.0, SIZE[1] / 2.0);
        let moved = |across: f32, down: f32| middle + vec2(SIZE[0] * across, SIZE[1] * down);
        let at = moved(0.3 * (phase / 3.0).sin(), 0.3 * (phase / 4.0).cos());
        match motion {
            MapMotion::Still => vec![Event::PointerGone],
            MapMotion::Hover => vec![Event::PointerMoved(at)],
            // A button that is down stays down.
            MapMotion::Pan => {
                let button = button(at, PointerButton::Primary, true);
                [Some(Event::PointerMoved(at)), (self.frames == 2).then_some(button)]
                    .into_iter()
                    .flatten()
                    .collect()
            }
            MapMotion::Zoom => {
                let release = (self.frames == 1).then(|| button(middle, PointerButton::Primary, false));
                release.into_iter().chain([Event::PointerMoved(middle), wheel(phase)]).collect()
            }
        }
    }
}
