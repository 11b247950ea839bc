//! `morphospace bench map`: how long a frame of a map of very many points takes, and painting its dots anew.

use std::time::{Duration, Instant};

use serde::Serialize;

use super::figures::{at_least_one, median, quantile};
use crate::cli::output::{print_json, print_line};
use crate::error::Result;
use crate::gui::bench::{MapFrame, MapMotion, MapPanel};

/// A window draws this often.
const FRAME: Duration = Duration::from_micros(16_667);

#[derive(clap::Args)]
pub struct Options {
    /// Points on each map
    #[arg(long, value_delimiter = ',', default_values_t = [50_000, 500_000], value_parser = at_least_one())]
    points: Vec<usize>,
    /// Frames of each motion
    #[arg(long, default_value_t = 240, value_parser = at_least_one())]
    frames: usize,
}

#[derive(Serialize)]
struct MapFigures {
    /// A map for each number of points.
    maps: Vec<OneMap>,
}

#[derive(Serialize)]
struct OneMap {
    points: usize,
    /// Sorting the points by place, once.
    index_milliseconds: f64,
    /// For each motion.
    motions: Vec<MotionFigures>,
}

#[derive(Serialize)]
struct MotionFigures {
    name: &'static str,
    /// A frame of the window's thread, not drawn: median.
    milliseconds: f64,
    /// 95 of 100 being faster.
    p95_milliseconds: f64,
    /// Times that the dots were painted anew.
    repaints: usize,
    /// Painting them, by whatever thread: median.
    #[serde(skip_serializing_if = "Option::is_none")]
    repaint_milliseconds: Option<f64>,
    /// 95 of 100 being faster.
    #[serde(skip_serializing_if = "Option::is_none")]
    p95_repaint_milliseconds: Option<f64>,
}

pub fn run(options: &Options, json: bool) -> Result<()> {
    let maps = options.points.iter().map(|points| measure(*points, options.frames)).collect();
    let figures = MapFigures { maps };
    if json {
        return print_json(&figures);
    }
    for map in &figures.maps {
        print_line(&format!("{} points, indexed in {:.1} ms", map.points, map.index_milliseconds))?;
        for row in &map.motions {
            let MotionFigures { name, milliseconds, p95_milliseconds, .. } = row;
            let mut line =
                format!("  {name:6}  frame median {milliseconds:.2} ms, p95 {p95_milliseconds:.2} ms");
            if let (Some(median), Some(p95)) = (row.repaint_milliseconds, row.p95_repaint_milliseconds) {
                line += &format!("; {} repaints, median {median:.2} ms, p95 {p95:.2} ms", row.repaints);
            }
            print_line(&line)?;
        }
    }
    Ok(())
}

fn measure(points: usize, frames: usize) -> OneMap {
    let mut panel = MapPanel::new(points);
    let mut motions = Vec::new();
    for motion in MapMotion::ALL {
        let times = drive(&mut panel, motion, frames);
        let milliseconds = |time: Duration| time.as_secs_f64() * 1e3;
        let took: Vec<f64> = times.iter().map(|frame| milliseconds(frame.took)).collect();
        let repaints: Vec<f64> = times.iter().filter_map(|frame| frame.repaint).map(milliseconds).collect();
        let some = |value: f64| Some(value).filter(|_| !repaints.is_empty());
        motions.push(MotionFigures {
            name: motion.label(),
            milliseconds: median(took.clone()),
            p95_milliseconds: quantile(took, 0.95),
            repaints: repaints.len(),
            repaint_milliseconds: some(median(repaints.clone())),
            p95_repaint_milliseconds: some(quantile(repaints.clone(), 0.95)),
        });
    }
    OneMap { points, index_milliseconds: panel.indexing().as_secs_f64() * 1e3, motions }
}

/// So many frames at 60 a second. The first second does not count.
fn drive(panel: &mut MapPanel, motion: MapMotion, frames: usize) -> Vec<MapFrame> {
    const WARM_UP: usize = 60;
    let mut times = Vec::with_capacity(frames);
    for frame in 0..frames + WARM_UP {
        let began = Instant::now();
        let drawn = panel.frame(motion);
        if frame >= WARM_UP {
            times.push(drawn);
        }
        std::thread::sleep(FRAME.saturating_sub(began.elapsed()));
    }
    times
}
