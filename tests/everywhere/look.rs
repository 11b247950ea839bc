//! What a window shows, as a screen reader, a keyboard and an eye find it.

#![allow(dead_code, reason = "each test uses the parts that it needs")]

use std::collections::{BTreeMap, HashMap, HashSet};

use eframe::egui::accesskit::{Action, NodeId, Role};
use eframe::egui::{Key, LayerId, Modifiers, Rect, Shape};
use egui_kittest::Harness;
use egui_kittest::kittest::NodeT;
use morphospace::gui::app::App;

pub type Windowed = Harness<'static, App>;

/// A widget of the last frame.
#[derive(Clone, Debug)]
struct Seen {
    id: NodeId,
    role: Role,
    name: String,
    focusable: bool,
    clickable: bool,
    enabled: bool,
    /// The whole and what of it is to be seen.
    place: Option<(Rect, Rect)>,
}

impl Seen {
    fn words(&self) -> String {
        let place = self.place.map_or(String::new(), |(whole, _)| {
            format!(
                " at {:.0}, {:.0}, {:.0} × {:.0}",
                whole.left(),
                whole.top(),
                whole.width(),
                whole.height()
            )
        });
        format!("{:?} “{}”{place}", self.role, self.name)
    }
}

fn all(harness: &Windowed) -> Vec<Seen> {
    // A dialog keeps what lies behind it from everybody.
    let layers: Vec<LayerId> =
        harness.ctx.viewport(|viewport| viewport.prev_pass.widgets.layer_ids().collect());
    let is_open = |layer: &LayerId| harness.ctx.memory(|memory| memory.allows_interaction(*layer));
    let layers: HashSet<LayerId> = layers.into_iter().filter(is_open).collect();
    let places: HashMap<NodeId, (Rect, Rect)> = harness.ctx.viewport(|viewport| {
        let layers = viewport.prev_pass.widgets.layers().filter(|(layer, _)| layers.contains(layer));
        let widgets = layers.flat_map(|(_, widgets)| widgets);
        widgets.map(|widget| (widget.id.accesskit_id(), (widget.rect, widget.interact_rect))).collect()
    });
    let node = |node: egui_kittest::Node<'_>| {
        let node = node.accesskit_node();
        let data = node.data();
        let id = node.locate().0;
        let name =
            node.label().or_else(|| data.value().filter(|_| data.role() == Role::Label).map(str::to_owned));
        Seen {
            id,
            role: data.role(),
            name: name.unwrap_or_default(),
            focusable: data.supports_action(Action::Focus),
            clickable: data.supports_action(Action::Click),
            enabled: !data.is_disabled(),
            place: places.get(&id).copied(),
        }
    };
    let nodes = harness.root().children_recursive().map(node);
    nodes.filter(|seen| seen.place.is_some()).collect()
}

/// Widgets that can be clicked or have the focus, of which nothing tells what they are.
pub fn without_name(harness: &Windowed) -> impl Iterator<Item = String> {
    // Bars say by their role what they are.
    let is_worked = |seen: &Seen| (seen.focusable || seen.clickable) && seen.role != Role::ScrollBar;
    let nameless = move |seen: &Seen| is_worked(seen) && seen.name.trim().is_empty();
    all(harness).into_iter().filter(nameless).map(|seen| seen.words())
}

/// Buttons of the same name near each other.
pub fn doubled(harness: &Windowed) -> impl Iterator<Item = String> {
    /// In points: as in rows one under the other.
    const NEAR: f32 = 120.0;
    let mut by_name: BTreeMap<String, Vec<Rect>> = BTreeMap::new();
    for seen in all(harness).into_iter().filter(|seen| seen.role == Role::Button && seen.focusable) {
        if let Some((_, part)) = seen.place.filter(|(_, part)| part.is_positive()) {
            by_name.entry(seen.name).or_default().push(part);
        }
    }
    by_name.into_iter().filter_map(|(name, places)| {
        let pair = places.iter().enumerate().find_map(|(k, a)| {
            let b = places[k + 1..].iter().find(|b| a.center().distance(b.center()) < NEAR)?;
            Some((a.center(), b.center()))
        });
        pair.map(|(a, b)| format!("“{name}” at {a:?} and {b:?}"))
    })
}

/// What Tab does not come to before it begins anew, and what it comes to out of sight.
pub fn out_of_reach(harness: &mut Windowed) -> Vec<String> {
    let wanted: HashMap<NodeId, Seen> = all(harness)
        .into_iter()
        .filter(|seen| seen.focusable && seen.enabled)
        .map(|seen| (seen.id, seen))
        .collect();
    let mut reached = HashSet::new();
    let mut found = Vec::new();
    harness.ctx.memory_mut(|memory| {
        if let Some(id) = memory.focused() {
            memory.surrender_focus(id);
        }
    });
    // Some go away or come on the way, as details of what is pointed at.
    for _ in 0..2 * wanted.len() + 20 {
        harness.key_press_modifiers(Modifiers::NONE, Key::Tab);
        harness.run_steps(3);
        let Some(id) = harness.ctx.memory(|memory| memory.focused()) else { continue };
        let node = id.accesskit_id();
        if !reached.insert(node) {
            break;
        }
        let place = harness
            .ctx
            .viewport(|viewport| viewport.prev_pass.widgets.get(id).map(|w| (w.rect, w.interact_rect)));
        let in_sight = place.is_some_and(|(whole, part)| {
            let least = whole.size().min([24.0, 16.0].into());
            part.width() + 1.0 >= least.x && part.height() + 1.0 >= least.y
        });
        if !in_sight {
            let name = wanted.get(&node).map_or_else(|| format!("{id:?}"), Seen::words);
            found.push(format!("out of sight with the focus: {name}, {place:?}"));
        }
    }
    let missed = wanted.values().filter(|seen| !reached.contains(&seen.id));
    found.extend(missed.map(|seen| format!("not reached by Tab: {}", seen.words())));
    harness.key_press_modifiers(Modifiers::NONE, Key::Escape);
    harness.run_steps(3);
    found
}

/// Texts, with where they stand and where they are cut off.
fn texts(harness: &Windowed) -> Vec<(String, Rect, Rect)> {
    fn gather(shape: &Shape, clip: Rect, into: &mut Vec<(String, Rect, Rect)>) {
        match shape {
            Shape::Vec(shapes) => shapes.iter().for_each(|shape| gather(shape, clip, into)),
            Shape::Text(text) if !text.galley.text().trim().is_empty() => {
                into.push((text.galley.text().to_owned(), text.visual_bounding_rect(), clip));
            }
            _ => (),
        }
    }
    let mut texts = Vec::new();
    harness.output().shapes.iter().for_each(|clipped| gather(&clipped.shape, clipped.clip_rect, &mut texts));
    texts
}

/// Words that are cut off at the side, and named widgets that begin or end outside the window.
pub fn outside(harness: &Windowed) -> impl Iterator<Item = String> {
    let window = harness.ctx.content_rect();
    let at = |rect: Rect| {
        format!("{:.0} to {:.0}, {:.0} to {:.0}", rect.left(), rect.right(), rect.top(), rect.bottom())
    };
    let cut = texts(harness).into_iter().filter_map(move |(text, place, clip)| {
        let room = clip.intersect(window).expand(2.0);
        // What is scrolled away, or lies beneath a table's head, is no loss.
        let in_sight = clip.intersect(window).intersects(place)
            && place.center().y > room.top()
            && place.center().y < room.bottom();
        let is_cut = place.left() < room.left() || place.right() > room.right();
        (in_sight && is_cut).then(|| format!("cut off: “{text}” at {}, room {}", at(place), at(room)))
    });
    let window = window.expand(1.0);
    let gone = all(harness).into_iter().filter_map(move |seen| {
        let (whole, part) = seen.place.filter(|(whole, _)| whole.is_positive() && whole.is_finite())?;
        let named = !seen.name.is_empty() && seen.role != Role::Window;
        let leaves = part.is_positive() && (whole.left() < window.left() || whole.right() > window.right());
        (named && leaves).then(|| format!("leaves the window: {}", seen.words()))
    });
    cut.collect::<Vec<_>>().into_iter().chain(gone)
}

/// Every text that is painted or told to a screen reader.
pub fn words(harness: &Windowed) -> Vec<String> {
    let painted = texts(harness).into_iter().map(|(text, ..)| text);
    painted.chain(all(harness).into_iter().map(|seen| seen.name)).collect()
}
