//! The window's account of itself for another program: its widgets and how long its frames take. Tests that drive the
//! real window with mouse and keyboard find by it where to click and what came of it.
//!
//! It is given where [`FOLDER`] names a folder, and costs nothing elsewhere. `widgets.json` there is what a screen
//! reader would be told, replaced as a whole whenever it changes; `frames.csv` has a line for each frame.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, unbounded};
use eframe::egui::accesskit::{Action, Node, NodeId, Role, Toggled};
use eframe::egui::{Context, FullOutput, Plugin, RawInput, Rect};
use serde::Serialize;

/// Environment variable with the folder of the account.
const FOLDER: &str = "MORPHOSPACE_WITNESS";
/// Lines about frames are written no more often than this.
const FLUSH: Duration = Duration::from_secs(1);

/// The part in the window, which sees every frame.
pub struct Witness {
    notes: Sender<Note>,
    began: Instant,
}

enum Note {
    Widgets(Vec<Widget>),
    /// When it was over, counted from the start of the window, and how long its work took.
    Frame(Duration, f32),
}

/// A widget as a screen reader would be told of it.
#[derive(Debug, PartialEq, Serialize)]
struct Widget {
    role: String,
    name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    value: String,
    /// Left, top, width and height of the part of it that is to be seen, in pixels of the window.
    #[serde(skip_serializing_if = "Option::is_none")]
    seen: Option<[f32; 4]>,
    /// Place of the whole, as `seen`.
    whole: [f32; 4],
    #[serde(skip_serializing_if = "Option::is_none")]
    on: Option<bool>,
    clickable: bool,
    focused: bool,
    enabled: bool,
}

impl Witness {
    /// The witness that the environment asks for.
    pub fn asked_for() -> Option<Self> {
        let folder = PathBuf::from(std::env::var_os(FOLDER).filter(|folder| !folder.is_empty())?);
        let (notes, from_window) = unbounded();
        let write = move || {
            if let Err(error) = write_down(&folder, &from_window) {
                let _ = writeln!(io::stderr(), "{}: {error}", folder.display());
            }
        };
        thread::Builder::new().name("witness".into()).spawn(write).ok()?;
        Some(Witness { notes, began: Instant::now() })
    }

    /// Takes down how long the work of the last frame took, if there is a witness.
    pub fn frame(ctx: &Context, frame: &eframe::Frame) {
        ctx.with_plugin(|witness: &mut Witness| {
            if let Some(seconds) = frame.info().cpu_usage {
                // The writer has ended if its disk is full.
                let _ = witness.notes.send(Note::Frame(witness.began.elapsed(), seconds));
            }
        });
    }
}

impl Plugin for Witness {
    fn debug_name(&self) -> &'static str {
        "witness"
    }

    // A screen reader that leaves switches it off for everybody.
    fn input_hook(&mut self, ctx: &Context, _: &mut RawInput) {
        ctx.enable_accesskit();
    }

    fn output_hook(&mut self, ctx: &Context, output: &mut FullOutput) {
        let Some(update) = &output.platform_output.accesskit_update else { return };
        let seen: HashMap<NodeId, Rect> = ctx.viewport(|viewport| {
            let widgets = viewport.prev_pass.widgets.layers().flat_map(|(_, widgets)| widgets);
            widgets.map(|widget| (widget.id.accesskit_id(), widget.interact_rect)).collect()
        });
        let nodes: HashMap<NodeId, &Node> = update.nodes.iter().map(|(id, node)| (*id, node)).collect();
        let scale = ctx.pixels_per_point();
        let widgets = update.nodes.iter().filter(|(_, node)| is_told(node)).map(|(id, node)| {
            let bounds = node.bounds().unwrap_or_default();
            let (left, top) = (bounds.x0 as f32, bounds.y0 as f32);
            let whole = [left, top, bounds.width() as f32, bounds.height() as f32];
            let part = seen.get(id).filter(|part| part.is_positive() && part.is_finite());
            Widget {
                role: format!("{:?}", node.role()),
                name: name(node, &nodes),
                value: value(node),
                seen: part.map(|part| {
                    [part.left(), part.top(), part.width(), part.height()].map(|side| side * scale)
                }),
                whole: whole.map(|side| side * scale),
                on: node.toggled().map(|toggled| toggled == Toggled::True),
                clickable: node.supports_action(Action::Click),
                focused: update.focus == *id,
                enabled: !node.is_disabled(),
            }
        });
        let mut widgets: Vec<Widget> = widgets.collect();
        // As they are read, and the same where nothing has changed.
        let place = |widget: &Widget| (widget.whole[1], widget.whole[0]);
        widgets.sort_by(|a, b| place(a).partial_cmp(&place(b)).unwrap_or(Ordering::Equal));
        let _ = self.notes.send(Note::Widgets(widgets));
    }
}

/// Frames and pieces of text are of no use to anybody.
fn is_told(node: &Node) -> bool {
    !matches!(node.role(), Role::GenericContainer | Role::TextRun | Role::Window | Role::Unknown)
        || node.label().is_some()
}

fn name(node: &Node, nodes: &HashMap<NodeId, &Node>) -> String {
    let own = |node: &Node| match node.role() {
        Role::Label => node.value().or(node.label()).map(str::to_owned),
        _ => node.label().map(str::to_owned),
    };
    let labels = || node.labelled_by().iter().filter_map(|id| own(nodes.get(id)?));
    own(node).unwrap_or_else(|| labels().collect::<Vec<_>>().join(" "))
}

fn value(node: &Node) -> String {
    let text = node.value().filter(|_| node.role() != Role::Label).map(str::to_owned);
    text.or(node.numeric_value().map(|value| value.to_string())).unwrap_or_default()
}

fn write_down(folder: &Path, notes: &Receiver<Note>) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let mut frames = BufWriter::new(File::create(folder.join("frames.csv"))?);
    writeln!(frames, "milliseconds,work")?;
    let mut flushed = Instant::now();
    let mut told = Vec::new();
    loop {
        let first = match notes.recv_timeout(FLUSH) {
            Ok(note) => Some(note),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => return frames.flush(),
        };
        let mut newest = None;
        for note in first.into_iter().chain(notes.try_iter()) {
            match note {
                Note::Widgets(widgets) => newest = Some(widgets),
                Note::Frame(at, work) => writeln!(frames, "{},{:.2}", at.as_millis(), work * 1e3)?,
            }
        }
        if let Some(widgets) = newest.filter(|widgets| *widgets != told) {
            let text = serde_json::to_vec(&widgets)?;
            // Whoever reads it finds the one or the other, and no half.
            fs::write(folder.join("widgets.new"), &text)?;
            fs::rename(folder.join("widgets.new"), folder.join("widgets.json"))?;
            told = widgets;
        }
        if flushed.elapsed() > FLUSH {
            frames.flush()?;
            flushed = Instant::now();
        }
    }
}
