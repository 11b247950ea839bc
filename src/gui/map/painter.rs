//! Has views painted: at once while that takes a few milliseconds, else by a thread, of whose orders the newest
//! counts.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::Builder;
use std::time::{Duration, Instant};

use eframe::egui::{ColorImage, Context, TextureHandle, TextureOptions};

use super::render::{RenderJob, Renderer};

/// Points up to which a frame may paint by itself.
const FEW: usize = 60_000;
/// Points up to which a frame does so without knowing how long it takes.
const VERY_FEW: usize = 20_000;
/// Longest painting within a frame.
const QUICK: Duration = Duration::from_millis(4);
/// Pictures whose memory is used again.
const BUFFERS: usize = 3;

/// The newest painted view.
pub struct Painted {
    /// The order that it came from.
    pub job: RenderJob,
    /// Points whose pictures have room, those with the right of way first.
    pub pictures: Vec<u32>,
    /// Time that painting took.
    pub took: Duration,
}

/// Paints views and keeps the newest as a texture.
#[derive(Default)]
pub struct MapPainter {
    renderer: Renderer,
    buffers: Buffers,
    thread: Option<PaintThread>,
    /// The last that the thread was asked for.
    asked: Option<RenderJob>,
    shown: Option<(Painted, TextureHandle)>,
}

impl MapPainter {
    /// Has a view painted unless it is there already, and returns the newest with its texture.
    pub fn view(&mut self, ctx: &Context, job: RenderJob) -> Option<(&Painted, &TextureHandle)> {
        if let Some((image, painted)) = self.thread.as_ref().and_then(PaintThread::take) {
            self.show(ctx, image, painted);
        }
        let there = self.shown.as_ref().is_some_and(|(painted, _)| painted.job == job);
        if !there && self.is_quick(&job) {
            let (image, painted) = self.buffers.paint(&mut self.renderer, job);
            self.asked = None;
            self.show(ctx, image, painted);
        } else if !there && self.asked.as_ref() != Some(&job) {
            let thread = self.thread.get_or_insert_with(|| PaintThread::start(ctx.clone()));
            thread.ask(job.clone());
            self.asked = Some(job);
        }
        self.shown.as_ref().map(|(painted, texture)| (painted, texture))
    }

    /// The newest painted view.
    pub fn newest(&self) -> Option<&Painted> {
        self.shown.as_ref().map(|(painted, _)| painted)
    }

    /// Whether a view that was asked for is still being painted.
    #[cfg(test)]
    pub fn is_behind(&self) -> bool {
        self.asked.is_some()
    }

    /// Whether a frame may paint by itself, by how long it took the last time.
    fn is_quick(&self, job: &RenderJob) -> bool {
        let last = self.newest().filter(|painted| Arc::ptr_eq(&painted.job.points, &job.points));
        match last {
            Some(painted) => job.points.len() <= FEW && painted.took <= QUICK,
            None => job.points.len() <= VERY_FEW,
        }
    }

    fn show(&mut self, ctx: &Context, image: Arc<ColorImage>, painted: Painted) {
        if self.asked.as_ref() == Some(&painted.job) {
            self.asked = None;
        }
        let texture = match self.shown.take() {
            Some((_, mut texture)) => {
                texture.set(image, TextureOptions::LINEAR);
                texture
            }
            None => ctx.load_texture("map", image, TextureOptions::LINEAR),
        };
        self.shown = Some((painted, texture));
    }
}

/// Pictures that the GPU has a copy of by now are painted on again.
#[derive(Default)]
struct Buffers(Vec<Arc<ColorImage>>);

impl Buffers {
    fn paint(&mut self, renderer: &mut Renderer, job: RenderJob) -> (Arc<ColorImage>, Painted) {
        let began = Instant::now();
        let free = self.0.iter().position(|image| Arc::strong_count(image) == 1);
        let mut image = free.map_or_else(Arc::default, |at| self.0.swap_remove(at));
        let pictures = match Arc::get_mut(&mut image) {
            Some(image) => renderer.paint(&job, image),
            None => Vec::new(),
        };
        if self.0.len() < BUFFERS {
            self.0.push(image.clone());
        }
        (image, Painted { job, pictures, took: began.elapsed() })
    }
}

/// Orders and results that a thread and the window pass each other.
#[derive(Default)]
struct Exchange {
    order: Option<RenderJob>,
    result: Option<(Arc<ColorImage>, Painted)>,
    closed: bool,
}

/// A thread that paints until it is let go of.
struct PaintThread {
    shared: Arc<(Mutex<Exchange>, Condvar)>,
}

fn lock(shared: &(Mutex<Exchange>, Condvar)) -> MutexGuard<'_, Exchange> {
    shared.0.lock().unwrap_or_else(PoisonError::into_inner)
}

impl PaintThread {
    fn start(ctx: Context) -> Self {
        let shared = Arc::<(Mutex<Exchange>, Condvar)>::default();
        let theirs = shared.clone();
        let work = move || {
            let (mut renderer, mut buffers) = (Renderer::default(), Buffers::default());
            while let Some(job) = next(&theirs) {
                let result = buffers.paint(&mut renderer, job);
                lock(&theirs).result = Some(result);
                ctx.request_repaint();
            }
        };
        // Where the system refuses a thread the map stays as it was painted last.
        drop(Builder::new().name("map".into()).spawn(work));
        PaintThread { shared }
    }

    fn ask(&self, job: RenderJob) {
        lock(&self.shared).order = Some(job);
        self.shared.1.notify_one();
    }

    fn take(&self) -> Option<(Arc<ColorImage>, Painted)> {
        lock(&self.shared).result.take()
    }
}

impl Drop for PaintThread {
    fn drop(&mut self) {
        lock(&self.shared).closed = true;
        self.shared.1.notify_one();
    }
}

/// Waits for the next order; none when there will be no more.
fn next(shared: &(Mutex<Exchange>, Condvar)) -> Option<RenderJob> {
    let mut exchange = lock(shared);
    while !exchange.closed {
        if let Some(job) = exchange.order.take() {
            return Some(job);
        }
        exchange = shared.1.wait(exchange).unwrap_or_else(PoisonError::into_inner);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gui::map::coloring::MapColors;
    use crate::gui::map::points::{MapPoints, made_up};
    use crate::gui::map::view::MapView;
    use crate::gui::theme;
    use eframe::egui::vec2;

    fn job(count: usize) -> RenderJob {
        let points = Arc::new(MapPoints::new(made_up(count, 5)));
        let view = MapView::fit(points.bounds(), vec2(200.0, 100.0));
        RenderJob {
            colors: Arc::new(MapColors::plain(count)),
            marks: Arc::default(),
            theme: theme::dark(),
            points,
            view,
            size: [200, 100],
            density: 1.0,
            contours: true,
            pictures: Some(vec2(200.0, 100.0)),
        }
    }

    #[test]
    fn few_points_are_painted_at_once() {
        let ctx = Context::default();
        let mut painter = MapPainter::default();
        let job = job(100);
        let (painted, texture) = painter.view(&ctx, job.clone()).unwrap();
        assert!(painted.job == job && texture.size() == [200, 100]);
        assert!(painter.thread.is_none() && !painter.is_behind());
    }

    #[test]
    fn many_points_are_painted_by_a_thread_and_the_newest_view_comes_last() {
        let ctx = Context::default();
        let mut painter = MapPainter::default();
        let mut job = job(FEW + 1);
        assert!(painter.view(&ctx, job.clone()).is_none() && painter.is_behind());
        for _ in 0..20 {
            job.view.pan(vec2(1.0, 0.0));
            painter.view(&ctx, job.clone());
        }
        let began = Instant::now();
        while painter.is_behind() && began.elapsed() < Duration::from_secs(20) {
            std::thread::sleep(Duration::from_millis(2));
            painter.view(&ctx, job.clone());
        }
        assert!(painter.newest().unwrap().job == job);
    }
}
