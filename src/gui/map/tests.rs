//! The widget without a window: frames with input, and what comes of them.

use std::sync::Arc;

use eframe::egui::{
    CentralPanel, Context, Event, Frame, Key, Modifiers, MouseWheelSource, MouseWheelUnit, PointerButton,
    Pos2, RawInput, Rect, TextureId, TouchPhase, Vec2, pos2, vec2,
};

use super::coloring::MapColors;
use super::gestures::MapTool;
use super::marks::MapMarks;
use super::overlay::{MapLabel, MapRing, RingKind};
use super::points::{MapPoints, made_up};
use super::view::MapView;
use super::widget::{MapResponse, MapState, MapWidget};
use crate::gui::theme;

const SIZE: Vec2 = vec2(800.0, 600.0);
const RECT: Rect = Rect { min: Pos2::ZERO, max: pos2(800.0, 600.0) };

/// A window with nothing but a map.
struct Window {
    ctx: Context,
    points: Arc<MapPoints>,
    colors: Arc<MapColors>,
    marks: Arc<MapMarks>,
    tool: MapTool,
    cells: Option<f32>,
    state: MapState,
    time: f64,
    held: Modifiers,
    /// Whether the pictures of points are there.
    textures: bool,
}

impl Window {
    fn new(xy: Vec<[f32; 2]>) -> Self {
        let ctx = Context::default();
        theme::install(&ctx);
        let mut window = Window {
            ctx,
            colors: Arc::new(MapColors::plain(xy.len())),
            points: Arc::new(MapPoints::new(xy)),
            marks: Arc::default(),
            tool: MapTool::Pan,
            cells: None,
            state: MapState::default(),
            time: 0.0,
            held: Modifiers::NONE,
            textures: false,
        };
        window.frame(Vec::new());
        window
    }

    fn frame(&mut self, events: Vec<Event>) -> MapResponse {
        self.time += 1.0 / 60.0;
        let input = RawInput {
            screen_rect: Some(RECT),
            time: Some(self.time),
            events: std::iter::once(Event::ModifiersChanged(self.held)).chain(events).collect(),
            ..RawInput::default()
        };
        let rings = [RingKind::OwnPhoto, RingKind::CurrentCode, RingKind::DecodeCursor].map(|kind| MapRing {
            at: [0.0, 0.0],
            kind,
            text: "here".into(),
        });
        let labels = [MapLabel { at: [0.0, 0.0], text: "cluster".into(), weight: 1.0 }];
        let mut response = None;
        let ctx = self.ctx.clone();
        drop(ctx.run_ui(input, |ui| {
            CentralPanel::default().frame(Frame::NONE).show(ui, |ui| {
                let there = self.textures;
                let mut lookup = |_: u32| there.then_some(TextureId::default());
                let widget = MapWidget {
                    tool: self.tool,
                    rings: &rings,
                    labels: &labels,
                    cells: self.cells,
                    pictures: Some(&mut lookup),
                    ..MapWidget::new(&self.points, &self.colors, &self.marks)
                };
                response = Some(widget.show(ui, &mut self.state));
            });
        }));
        response.unwrap()
    }

    fn screen(&self, point: u32) -> Pos2 {
        self.state.view().unwrap().to_screen(RECT, self.points.at(point).unwrap())
    }

    fn hover(&mut self, at: Pos2) -> MapResponse {
        self.frame(vec![Event::PointerMoved(at)]);
        self.frame(Vec::new())
    }

    fn button(&mut self, pos: Pos2, pressed: bool) -> MapResponse {
        let event =
            Event::PointerButton { pos, button: PointerButton::Primary, pressed, modifiers: self.held };
        self.frame(vec![event])
    }

    /// Drags along a path and returns the response to letting go.
    fn drag(&mut self, path: &[Pos2]) -> MapResponse {
        self.hover(path[0]);
        self.button(path[0], true);
        path[1..].iter().for_each(|at| drop(self.frame(vec![Event::PointerMoved(*at)])));
        self.button(path[path.len() - 1], false)
    }

    fn key(&mut self, key: Key) {
        let event = |pressed| Event::Key {
            key,
            physical_key: None,
            pressed,
            repeat: false,
            modifiers: Modifiers::NONE,
        };
        self.frame(vec![event(true), event(false)]);
    }
}

/// Five points far from each other.
fn cross() -> Vec<[f32; 2]> {
    vec![[0.0, 0.0], [-4.0, 0.0], [4.0, 0.0], [0.0, 3.0], [0.0, -3.0]]
}

#[test]
fn the_point_under_the_pointer_is_hovered_and_clicked() {
    let mut window = Window::new(cross());
    for point in 0..5 {
        let at = window.screen(point);
        assert_eq!(window.hover(at + vec2(3.0, -2.0)).hovered, Some(point));
        window.button(at, true);
        let response = window.button(at, false);
        assert_eq!((response.clicked, response.selection), (Some(point), None));
        assert!(response.clicked_at.is_some());
        window.time += 1.0;
    }
    let beside = window.screen(0) + vec2(60.0, 60.0);
    assert_eq!(window.hover(beside).hovered, None);
    window.marks = Arc::new(MapMarks::new(5, |point| point == 2, |_| false, |_| false));
    let hidden = window.screen(2);
    assert_eq!(window.hover(hidden).hovered, None);
}

#[test]
fn a_box_selects_adds_and_takes_away() {
    let mut window = Window::new(cross());
    window.tool = MapTool::Box;
    let (left, middle, right) = (window.screen(1), window.screen(0), window.screen(2));
    let around = vec2(12.0, 12.0);
    let selection = window.drag(&[left - around, pos2(300.0, 300.0), middle + around]).selection;
    assert_eq!(selection, Some(vec![0, 1]));
    window.marks = Arc::new(window.marks.with_selection(5, &selection.unwrap()));
    window.held = Modifiers::SHIFT;
    assert_eq!(window.drag(&[right - around, right, right + around]).selection, Some(vec![0, 1, 2]));
    window.held = Modifiers::COMMAND;
    assert_eq!(window.drag(&[left - around, left, left + around]).selection, Some(vec![0]));
    window.held = Modifiers::NONE;
    let nowhere = pos2(200.0, 100.0);
    assert_eq!(window.drag(&[nowhere, nowhere + around, nowhere + 2.0 * around]).selection, Some(Vec::new()));
}

#[test]
fn a_lasso_selects_what_it_goes_around() {
    let mut window = Window::new(cross());
    window.tool = MapTool::Lasso;
    let top = window.screen(3);
    let path: Vec<Pos2> = (0..=20).map(|i| top + 40.0 * Vec2::angled(i as f32 * 0.3)).collect();
    assert_eq!(window.drag(&path).selection, Some(vec![3]));
    // Escape gives it up.
    window.hover(path[0]);
    window.button(path[0], true);
    path.iter().for_each(|at| drop(window.frame(vec![Event::PointerMoved(*at)])));
    window.key(Key::Escape);
    assert_eq!(window.button(path[0], false).selection, None);
}

#[test]
fn pointer_and_keys_move_the_view() {
    let mut window = Window::new(cross());
    let whole = window.state.view().unwrap();
    assert_eq!(whole, MapView::fit(window.points.bounds(), SIZE));
    let from = pos2(300.0, 300.0);
    let held = whole.to_world(RECT, from);
    window.drag(&[from, from + vec2(20.0, 0.0), from + vec2(50.0, 30.0)]);
    let view = window.state.view().unwrap();
    assert!((view.to_screen(RECT, held) - from - vec2(50.0, 30.0)).length() < 0.1);
    let pointer = pos2(200.0, 150.0);
    let place = view.to_world(RECT, pointer);
    window.hover(pointer);
    let wheel = Event::MouseWheel {
        unit: MouseWheelUnit::Point,
        delta: vec2(0.0, 200.0),
        phase: TouchPhase::Move,
        source: MouseWheelSource::Wheel,
        modifiers: Modifiers::NONE,
    };
    let still = window.state.view();
    window.frame(Vec::new());
    assert_eq!(window.state.view(), still);
    window.frame(vec![wheel]);
    (0..60).for_each(|_| drop(window.frame(Vec::new())));
    let near = window.state.view().unwrap();
    assert!(near.scale > 1.5 * view.scale && (near.to_screen(RECT, place) - pointer).length() < 0.5);
    window.key(Key::ArrowLeft);
    assert!(window.state.view().unwrap().center[0] < near.center[0]);
    window.key(Key::Minus);
    assert!(window.state.view().unwrap().scale < near.scale);
    window.key(Key::Home);
    (0..40).for_each(|_| drop(window.frame(Vec::new())));
    assert_eq!(window.state.view(), Some(whole));
}

#[test]
fn decoding_reports_the_places_under_the_pointer() {
    let mut window = Window::new(cross());
    window.tool = MapTool::Decode;
    let before = window.state.view();
    let at = pos2(500.0, 200.0);
    assert_eq!(window.hover(at).dragged_at, None);
    window.button(at, true);
    let moved = at + vec2(33.0, 7.0);
    let place = window.frame(vec![Event::PointerMoved(moved)]).dragged_at.unwrap();
    assert!((before.unwrap().to_screen(RECT, place) - moved).length() < 0.1);
    window.button(moved, false);
    assert_eq!((window.frame(Vec::new()).dragged_at, window.state.view()), (None, before));
}

#[test]
fn pictures_and_cells_are_asked_for_when_the_map_is_near() {
    let mut window = Window::new(made_up(3000, 3));
    let far = window.frame(Vec::new());
    assert!(far.wanted_pictures.is_empty() && far.wanted_cells.is_empty());
    let at = window.points.at(7).unwrap();
    window.state.go_to(super::bounds::Bounds { min: at, max: at }.expand(0.15));
    window.cells = Some(80.0);
    (0..40).for_each(|_| drop(window.frame(Vec::new())));
    while window.state.is_behind() {
        std::thread::sleep(std::time::Duration::from_millis(2));
        window.frame(Vec::new());
    }
    let near = window.frame(Vec::new());
    assert!(!near.wanted_pictures.is_empty() && near.wanted_cells.len() > 20);
    window.textures = true;
    assert!(window.frame(Vec::new()).wanted_pictures.is_empty());
    let first = near.wanted_pictures[0];
    let over = window.screen(first);
    assert_eq!(window.hover(over).hovered, Some(first));
}
