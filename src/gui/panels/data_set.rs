//! The choice of a data set in a form.

use eframe::egui::{Label, RichText, Ui};
use rust_i18n::t;

use super::align;
use super::train::fields::{FieldHelp, row, small_button};
use crate::config::DataSource;
use crate::gui::said::said;
use crate::gui::state::{DataKind, DataTarget, Effect, Pick};
use crate::gui::theme;

/// Shows which data set it is and offers others; what a dialog brings goes to `target`.
pub fn choose(
    ui: &mut Ui,
    told: &mut FieldHelp,
    data: &mut DataSource,
    target: DataTarget,
    effects: &mut Vec<Effect>,
) {
    let about = t!(
        "Photos of a folder with its subfolders, of a zip archive, pictures in arrays (.npy, .npz, files of MNIST or CIFAR), or faces that the program renders itself. The path of a folder or file can also be pasted; where the desktop delivers drops, it can be dropped on the window"
    );
    let words = data.in_words();
    let words = said(&words);
    row(ui, told, &t!("Data"), &about, |ui| {
        let strong = RichText::new(&*words).color(theme::colors(ui).text_strong);
        ui.add(Label::new(strong).truncate()).on_hover_text(data.to_string());
    });
    ui.horizontal(|ui| {
        for (kind, text) in [(DataKind::Folder, t!("Folder…")), (DataKind::Archive, t!("File…"))] {
            if small_button(ui, &text).clicked() {
                effects.push(Effect::Pick(Pick::Data(kind, target)));
            }
        }
        let other = *data != DataSource::BuiltinFaces;
        let built_in = ui.add_enabled_ui(other, |ui| small_button(ui, &t!("Built-in"))).inner;
        if built_in.on_hover_text(t!("Faces that the program renders itself")).clicked() {
            *data = DataSource::BuiltinFaces;
        }
    });
    if let Some(cut) = align::tick(ui, told, data) {
        *data = cut;
    }
}
