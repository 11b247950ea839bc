//! The side of the Compare screen: what is to be measured, on what, and the button that begins.

use std::path::Path;

use eframe::egui::{Align, ComboBox, Label, Layout, RichText, ScrollArea, TextEdit, Ui};
use rust_i18n::t;

use super::{candidates, claims, foot, runs};
use crate::config::Split;
use crate::gui::panels::train::fields::{
    FieldHelp, choice_row, group, leave_room_for_bar, number, row, small_button,
};
use crate::gui::panels::{self, data_set, noise};
use crate::gui::state::compare::Mode;
use crate::gui::state::compare::form::{CompareForm, ExtractorChoice};
use crate::gui::state::compare::sets::SetSide;
use crate::gui::state::{DataKind, DataTarget, Effect, Pick, State};
use crate::gui::theme;
use crate::gui::widgets::icon::Icon;
use crate::gui::widgets::{segmented, tick_box};

/// Shows the side.
pub fn show(ui: &mut Ui, state: &mut State) {
    let modes = [
        (Mode::Models, &*t!("Models"), &*t!("Measure models on the images of a data set")),
        (Mode::Claims, &*t!("Claims"), &*t!("Test what is said of autoencoders: five claims of the lecture")),
        (Mode::Runs, &*t!("Runs"), &*t!("Compare the runs in a folder by their settings and their results")),
        (Mode::Sets, &*t!("Two sets"), &*t!("Compare two sets of images, or of their features")),
    ];
    if let Some(mode) = segmented::choice(ui, state.compare.mode, &modes) {
        state.compare.mode = mode;
    }
    let mut told = FieldHelp::default();
    let room = (ui.available_height() - panels::foot::HEIGHT).max(80.0);
    ScrollArea::vertical().max_height(room).auto_shrink([false, false]).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = theme::GAP_SMALL;
        leave_room_for_bar(ui);
        match state.compare.mode {
            Mode::Models => {
                candidates::show(ui, state);
                let State { compare, effects, .. } = state;
                images(ui, &mut told, &mut compare.form, effects);
                group(ui, &t!("Noise on the images"));
                noise::choice(ui, &mut compare.form.noise);
                group(ui, &t!("Draws against real images"));
                extractor(ui, &mut told, &mut compare.form, effects);
                draws(ui, &mut told, &mut compare.form);
                group(ui, &t!("Measure also"));
                let help = t!(
                    "A row for each size of code: how well the best linear code of that size, fitted to the training \
                     split, gives the images back. Large ones take a while"
                );
                tick_box::show(ui, &mut compare.form.pca, t!("PCA of the same size")).on_hover_text(help);
                let help = t!(
                    "The same walks and draws through each model: do codes near each other give pictures near each \
                     other, and do draws look like faces? Takes about a minute"
                );
                tick_box::show(ui, &mut compare.form.smoothness, t!("Smoothness of the code spaces")).on_hover_text(help);
            }
            Mode::Claims => {
                claims::setup::claims(ui, state);
                let State { compare, effects, .. } = state;
                data(ui, &mut told, &mut compare.form, effects);
                seed(ui, &mut told, &mut compare.form);
                claims::setup::settings(ui, state, &mut told);
            }
            Mode::Runs => runs::setup::show(ui, state),
            Mode::Sets => {
                set(ui, state, &mut told, SetSide::A);
                set(ui, state, &mut told, SetSide::B);
                group(ui, &t!("As sets"));
                let State { compare, effects, .. } = state;
                extractor(ui, &mut told, &mut compare.form, effects);
                nearest_k(ui, &mut told, &mut compare.form);
            }
        }
    });
    foot::show(ui, state, &told);
}

fn images(ui: &mut Ui, told: &mut FieldHelp, form: &mut CompareForm, effects: &mut Vec<Effect>) {
    data(ui, told, form, effects);
    split(ui, told, form);
    seed(ui, told, form);
}

fn seed(ui: &mut Ui, told: &mut FieldHelp, form: &mut CompareForm) {
    let about = t!("Of the noise and of the draws: the same seed gives the same numbers");
    row(ui, told, &t!("Seed"), &about, |ui| {
        number(ui, &t!("Seed"), &mut form.seed, 0..=u64::from(u32::MAX));
    });
}

fn data(ui: &mut Ui, told: &mut FieldHelp, form: &mut CompareForm, effects: &mut Vec<Effect>) {
    group(ui, &t!("Images"));
    data_set::choose(ui, told, &mut form.data, DataTarget::Measure, effects);
}

fn split(ui: &mut Ui, told: &mut FieldHelp, form: &mut CompareForm) {
    let splits = [
        (Split::Test, t!("Test"), t!("Never looked at before the final numbers")),
        (Split::Validation, t!("Validation"), t!("Watched during training")),
        (Split::Train, t!("Train"), t!("The weights are fitted to these: their numbers flatter")),
        (Split::All, t!("All"), t!("Every image, those that models were fitted to included")),
    ];
    let chosen = splits.iter().find(|(split, ..)| *split == form.split).map(|(_, name, _)| name.clone());
    let about = t!("The part of the images, by a hash of their names: the same as in training");
    row(ui, told, &t!("Split"), &about, |ui| {
        let combo = ComboBox::from_id_salt("split").width(ui.available_width());
        let combo = combo.selected_text(chosen.unwrap_or_default()).show_ui(ui, |ui| {
            for (split, name, help) in splits {
                ui.selectable_value(&mut form.split, split, name).on_hover_text(help);
            }
        });
        combo.response.accessible_name(t!("Split"));
    });
}

fn extractor(ui: &mut Ui, told: &mut FieldHelp, form: &mut CompareForm, effects: &mut Vec<Effect>) {
    let choices = [
        (
            ExtractorChoice::Embedded,
            &*t!("Built-in"),
            &*t!("The program's own small network for faces, which needs no file"),
        ),
        (
            ExtractorChoice::Inception,
            "Inception",
            &*t!("The network of the FID; you bring the file with its weights"),
        ),
        (
            ExtractorChoice::EfficientNet,
            "EfficientNet",
            &*t!(
                "Another network trained on ImageNet, for a second opinion; you bring the file with its weights"
            ),
        ),
        (ExtractorChoice::Nothing, &*t!("None"), &*t!("Sets of images are not compared")),
    ];
    let about = t!(
        "The network whose features draws and real images are compared by; numbers of different networks cannot be \
         compared"
    );
    if let Some(seen_by) = choice_row(ui, told, &t!("Features of"), &about, form.seen_by, &choices) {
        form.seen_by = seen_by;
    }
    if let Some(network) = form.seen_by.brought() {
        let about = match form.seen_by {
            ExtractorChoice::EfficientNet => {
                t!("EfficientNet-Lite0, -Lite1 or -Lite2 as .safetensors or PyTorch's .pth")
            }
            _ => t!("pt_inception-2015-12-05 as .safetensors or PyTorch's .pth"),
        };
        row(ui, told, &t!("Weights"), &about, |ui| {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let button = Icon::Folder.button(ui, &t!("Choose %{network} weights…", network = network));
                if button.on_hover_text(t!("Choose the file with the weights")).clicked() {
                    effects.push(Effect::Pick(Pick::Weights(form.seen_by)));
                }
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    let name =
                        form.weights().map_or_else(|| t!("no file yet").into_owned(), |file| file_name(file));
                    let label = ui.add(Label::new(RichText::new(name).weak()).truncate());
                    if let Some(file) = form.weights() {
                        label.on_hover_text(file.display().to_string());
                    }
                });
            });
        });
    }
}

fn draws(ui: &mut Ui, told: &mut FieldHelp, form: &mut CompareForm) {
    if form.seen_by == ExtractorChoice::Nothing {
        ui.weak(t!("Choose features to compare draws with real images"));
        return;
    }
    let about = t!("New images from each model; as many as there are real ones compare best");
    row(ui, told, &t!("Draws"), &about, |ui| {
        tick_box::show(ui, &mut form.as_many_as_real, t!("as many as real"));
    });
    if !form.as_many_as_real {
        row(ui, told, "", &t!("New images from each model"), |ui| {
            number(ui, &t!("Draws"), &mut form.samples, 2..=1_000_000);
        });
    }
    let about = t!(
        "Whether draws lie nearer to training images than real images that were never seen. Features of the whole \
         data set are needed for it, which takes a while the first time"
    );
    row(ui, told, &t!("Copies"), &about, |ui| {
        tick_box::show(ui, &mut form.copies, t!("look for copies"));
    });
    nearest_k(ui, told, form);
}

fn nearest_k(ui: &mut Ui, told: &mut FieldHelp, form: &mut CompareForm) {
    if form.seen_by != ExtractorChoice::Nothing || form.k != crate::worker::protocol::NEAREST_K {
        let about = t!(
            "For precision, recall, density and coverage: images count as near each other up to the k-th neighbour; \
             3 is usual"
        );
        row(ui, told, &t!("Nearest k"), &about, |ui| {
            number(ui, &t!("Nearest k"), &mut form.k, 1..=100);
        });
    }
}

/// One of the two sets.
fn set(ui: &mut Ui, state: &mut State, told: &mut FieldHelp, side: SetSide) {
    let (title, arrays_name) = match side {
        SetSide::A => (t!("First set, taken for the real images"), t!("Arrays of the first set")),
        SetSide::B => (t!("Second set"), t!("Arrays of the second set")),
    };
    let name = |button: &str| match side {
        SetSide::A => t!("Choose the first set, %{button}", button = button),
        SetSide::B => t!("Choose the second set, %{button}", button = button),
    };
    group(ui, &title);
    match state.compare.two.side(side) {
        Some(path) => {
            let words = path.display().to_string();
            let strong = RichText::new(&words).color(theme::colors(ui).text_strong);
            ui.add(Label::new(strong).truncate()).on_hover_text(words);
        }
        None => drop(ui.weak(t!("not chosen yet"))),
    }
    ui.horizontal(|ui| {
        let help = t!("A folder of images with its subfolders");
        let archive = t!("A zip archive or arrays of images (.npy, .npz)");
        for (kind, text, help) in
            [(DataKind::Folder, t!("Folder…"), help), (DataKind::Archive, t!("File…"), archive)]
        {
            let button = small_button(ui, &text).accessible_name(name(&text)).on_hover_text(help);
            if button.clicked() {
                state.effects.push(Effect::Pick(Pick::Data(kind, DataTarget::Set(side))));
            }
        }
        let text = t!("Features…");
        let button = small_button(ui, &text).accessible_name(name(&text));
        let about = t!(
            "A .npy or .npz file, as morphospace features writes it, or statistics (mu and sigma) as pytorch-fid and \
             clean-fid keep them"
        );
        if button.on_hover_text(about).clicked() {
            state.effects.push(Effect::Pick(Pick::Features(side)));
        }
    });
    if let Some(arrays) = state.compare.two.arrays_mut(side) {
        let about = t!(
            "Needed where the file holds several and none is called features, or mu and sigma: the name of that of \
             the features, or those of mean and covariance with a comma between"
        );
        row(ui, told, &t!("Arrays"), &about, |ui| {
            let hint = t!("names in the file");
            let field = TextEdit::singleline(arrays).hint_text(hint).desired_width(f32::INFINITY);
            ui.add(field).accessible_name(arrays_name);
        });
    }
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}
