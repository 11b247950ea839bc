//! The side of the Compare screen: what is to be measured, on what, and the button that begins.

use std::path::Path;

use eframe::egui::{Align, ComboBox, Label, Layout, RichText, ScrollArea, TextEdit, Ui, vec2};

use super::{claims, runs};
use crate::config::{Claim, Split};
use crate::gui::intents::{self, Intent};
use crate::gui::panels::train::fields::{
    FieldHelp, choice_row, group, leave_room_for_bar, number, row, small_button,
};
use crate::gui::panels::{data_set, head, noise};
use crate::gui::state::compare::Mode;
use crate::gui::state::compare::form::{CompareForm, ExtractorChoice};
use crate::gui::state::compare::sets::SetSide;
use crate::gui::state::{DataKind, DataTarget, Effect, Pick, State};
use crate::gui::theme;
use crate::gui::widgets::icon::Icon;
use crate::gui::widgets::segmented;

/// Height of what stays beneath the settings: help, problem, button.
const FOOT: f32 = 96.0;

/// Shows the side.
pub fn show(ui: &mut Ui, state: &mut State) {
    let modes = [
        (Mode::Models, "Models", "Measure models on the images of a data set"),
        (Mode::Claims, "Claims", "Test what the lecture says that autoencoders are for"),
        (Mode::Runs, "Runs", "Compare the runs in a folder by their settings and by what came of them"),
        (Mode::Sets, "Two sets", "Compare two sets of images, or of their features"),
    ];
    if let Some(mode) = segmented::choice(ui, state.compare.mode, &modes) {
        state.compare.mode = mode;
    }
    let mut told = FieldHelp::default();
    let room = (ui.available_height() - FOOT).max(80.0);
    ScrollArea::vertical().max_height(room).auto_shrink([false, false]).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = theme::GAP_SMALL;
        leave_room_for_bar(ui);
        match state.compare.mode {
            Mode::Models => {
                models(ui, state);
                let State { compare, effects, .. } = state;
                images(ui, &mut told, &mut compare.form, effects);
                group(ui, "Noise on what the models see");
                noise::choice(ui, &mut compare.form.noise);
                group(ui, "Yardstick");
                let help = "One more row for each size of code: what the best linear code of that size, fitted to the \
                            training split, gives back. Large ones take a while";
                ui.checkbox(&mut compare.form.pca, "PCA of the same size").on_hover_text(help);
                let help = "The same walks and draws through each model: is its code space continuous and complete, as \
                            the lecture says of a VAE's and denies of an AE's? Takes about a minute";
                ui.checkbox(&mut compare.form.smoothness, "Smoothness of their spaces").on_hover_text(help);
                group(ui, "Draws as sets");
                extractor(ui, &mut told, &mut compare.form, effects);
                draws(ui, &mut told, &mut compare.form);
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
                group(ui, "As sets");
                let State { compare, effects, .. } = state;
                extractor(ui, &mut told, &mut compare.form, effects);
                nearest_k(ui, &mut told, &mut compare.form);
            }
        }
    });
    foot(ui, state, &told);
}

fn models(ui: &mut Ui, state: &mut State) {
    ui.add_space(theme::GAP_SMALL);
    head(ui, "Models and runs", |ui| {
        intents::icon_button(ui, state, Intent::OpenModel, Icon::Folder);
    });
    let candidates = state.candidates();
    if candidates.is_empty() {
        ui.weak(if state.is_opening_model() { "Opening the model…" } else { "No model is open yet" });
    }
    for candidate in candidates {
        let mut ticked = state.compare.form.is_ticked(&candidate.checkpoint);
        let response = ui.checkbox(&mut ticked, &candidate.name).on_hover_ui(|ui| {
            ui.label(theme::semibold(&candidate.name, 13.0));
            ui.weak(candidate.checkpoint.display().to_string());
            ui.label(candidate.facts());
            if let Some(aim) = &candidate.aim {
                ui.label(format!("Trained with {aim}"));
            }
        });
        if response.changed() {
            state.compare.form.tick(&candidate.checkpoint, ticked);
        }
    }
}

fn images(ui: &mut Ui, told: &mut FieldHelp, form: &mut CompareForm, effects: &mut Vec<Effect>) {
    data(ui, told, form, effects);
    split(ui, told, form);
    seed(ui, told, form);
}

fn seed(ui: &mut Ui, told: &mut FieldHelp, form: &mut CompareForm) {
    row(ui, told, "Seed", "Of the noise and of the draws: the same seed gives the same", |ui| {
        number(ui, "Seed", &mut form.seed, 0..=u64::from(u32::MAX));
    });
}

fn data(ui: &mut Ui, told: &mut FieldHelp, form: &mut CompareForm, effects: &mut Vec<Effect>) {
    group(ui, "Images");
    data_set::choose(ui, told, &mut form.data, DataTarget::Measure, effects);
}

fn split(ui: &mut Ui, told: &mut FieldHelp, form: &mut CompareForm) {
    let splits = [
        (Split::Test, "Test", "Never looked at before the final numbers"),
        (Split::Validation, "Validation", "What is watched during training"),
        (Split::Train, "Train", "What the weights are fitted to: its numbers flatter"),
        (Split::All, "All", "Everything, images that models were fitted to included"),
    ];
    let name =
        |split: Split| splits.iter().find(|(other, ..)| *other == split).map_or("", |(_, name, _)| *name);
    row(ui, told, "Split", "Part of the images, by a hash of their names: the same as in training", |ui| {
        let combo = ComboBox::from_id_salt("split").width(ui.available_width());
        let combo = combo.selected_text(name(form.split)).show_ui(ui, |ui| {
            for (split, name, help) in splits {
                ui.selectable_value(&mut form.split, split, name).on_hover_text(help);
            }
        });
        combo.response.accessible_name("Split");
    });
}

fn extractor(ui: &mut Ui, told: &mut FieldHelp, form: &mut CompareForm, effects: &mut Vec<Effect>) {
    let choices = [
        (
            ExtractorChoice::Embedded,
            "Embedded",
            "The program's own small network for faces, which needs no file",
        ),
        (ExtractorChoice::Inception, "Inception", "The network of the FID, whose weights you bring"),
        (
            ExtractorChoice::EfficientNet,
            "EfficientNet",
            "Another network of ImageNet for a second opinion, whose weights you bring",
        ),
        (ExtractorChoice::Nothing, "Nothing", "Sets are not measured"),
    ];
    let about = "What turns images into the features that sets are compared on; numbers carry its name";
    if let Some(seen_by) = choice_row(ui, told, "Seen by", about, form.seen_by, &choices) {
        form.seen_by = seen_by;
    }
    if let Some(network) = form.seen_by.brought() {
        let about = match form.seen_by {
            ExtractorChoice::EfficientNet => {
                "EfficientNet-Lite0, -Lite1 or -Lite2 as .safetensors or PyTorch's .pth"
            }
            _ => "pt_inception-2015-12-05 as .safetensors or PyTorch's .pth",
        };
        row(ui, told, "Weights", about, |ui| {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let button = Icon::Folder.button(ui, &format!("Choose {network} weights…"));
                if button.on_hover_text("Choose the file with the weights").clicked() {
                    effects.push(Effect::Pick(Pick::Weights(form.seen_by)));
                }
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    let name = form.weights().map_or("no file yet".into(), |file| file_name(file));
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
        ui.weak("Choose what sees the images to compare draws with real ones");
        return;
    }
    row(ui, told, "Draws", "New images from each model; as many as real ones compare best", |ui| {
        ui.checkbox(&mut form.as_many_as_real, "as many as real");
    });
    if !form.as_many_as_real {
        row(ui, told, "", "New images from each model", |ui| {
            number(ui, "Draws", &mut form.samples, 2..=1_000_000);
        });
    }
    let about = "Whether draws lie nearer to training images than unseen real images do. All images of the data set \
                 have to be seen for it, which takes a while the first time";
    row(ui, told, "Copies", about, |ui| {
        ui.checkbox(&mut form.copies, "look for copies");
    });
    nearest_k(ui, told, form);
}

fn nearest_k(ui: &mut Ui, told: &mut FieldHelp, form: &mut CompareForm) {
    if form.seen_by != ExtractorChoice::Nothing || form.k != crate::worker::protocol::NEAREST_K {
        let about = "For precision, recall, density and coverage: the neighbour that the balls of a manifold reach \
                     to; 3 is usual";
        row(ui, told, "Nearest k", about, |ui| {
            number(ui, "Nearest k", &mut form.k, 1..=100);
        });
    }
}

/// One of the two sets.
fn set(ui: &mut Ui, state: &mut State, told: &mut FieldHelp, side: SetSide) {
    let (title, name) = match side {
        SetSide::A => ("First set, taken for the real images", "first"),
        SetSide::B => ("Second set", "second"),
    };
    group(ui, title);
    let path = state.compare.two.side(side);
    let words = path.map_or("none yet".into(), |path| path.display().to_string());
    let strong = RichText::new(&words).color(theme::colors(ui).text_strong);
    ui.add(Label::new(strong).truncate()).on_hover_text(words);
    ui.horizontal(|ui| {
        for (kind, text) in [(DataKind::Folder, "Folder…"), (DataKind::Archive, "File…")] {
            let button = small_button(ui, text).accessible_name(format!("Choose the {name} set, {text}"));
            if button.clicked() {
                state.effects.push(Effect::Pick(Pick::Data(kind, DataTarget::Set(side))));
            }
        }
        let button =
            small_button(ui, "Features…").accessible_name(format!("Choose the {name} set, Features…"));
        let about = "A .npy or .npz file, as morphospace features writes it, or statistics (mu and sigma) as \
                     pytorch-fid and clean-fid keep them";
        if button.on_hover_text(about).clicked() {
            state.effects.push(Effect::Pick(Pick::Features(side)));
        }
    });
    if let Some(arrays) = state.compare.two.arrays_mut(side) {
        let about = "Needed where the file holds several and none is called features, or mu and sigma: the name of \
                     that of the features, or those of mean and covariance with a comma between";
        row(ui, told, "Arrays", about, |ui| {
            let field =
                TextEdit::singleline(arrays).hint_text("as they are called").desired_width(f32::INFINITY);
            ui.add(field).accessible_name(format!("Arrays of the {name} set"));
        });
    }
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

fn foot(ui: &mut Ui, state: &mut State, told: &FieldHelp) {
    let mode = state.compare.mode;
    let claim = state.compare.claims.chosen;
    let problem = match mode {
        Mode::Models => state.compare_problem(),
        Mode::Claims => match claim {
            Some(claim) => state.claim_order(claim).err(),
            None => Claim::ALL.into_iter().find_map(|claim| state.claim_order(claim).err()),
        },
        Mode::Runs => state.compare.runs.obstacle(),
        Mode::Sets => state.compare.two.problem(&state.compare.form),
    };
    let colors = theme::colors(ui);
    ui.separator();
    let (words, color) = match (&problem, told.text()) {
        (_, Some(help)) => (help, colors.text_weak),
        (Some(problem), None) => (problem.as_str(), colors.warning),
        (None, None) if mode == Mode::Runs => {
            ("Newer numbers of runs that go on are read again", colors.text_weak)
        }
        (None, None) => ("Point at a setting to read what it does", colors.text_weak),
    };
    let size = vec2(ui.available_width(), 38.0);
    ui.allocate_ui_with_layout(size, Layout::top_down(Align::Min), |ui| {
        ui.set_min_size(size);
        ui.add(Label::new(RichText::new(words).color(color)).wrap());
    });
    let measuring = match (mode, claim) {
        (Mode::Claims, Some(claim)) => state.compare.is_testing(claim),
        (Mode::Runs, _) => state.compare.runs.is_reading,
        _ => state.compare.is_measuring(mode),
    };
    let text = match (mode, claim) {
        (Mode::Models, _) => "Measure",
        (Mode::Claims, Some(_)) => "Test",
        (Mode::Claims, None) => "Test all",
        (Mode::Runs, _) => "Read again",
        (Mode::Sets, _) => "Compare",
    };
    let button = theme::primary_button(ui, text);
    let why = problem.clone().unwrap_or_else(|| "It is being measured".into());
    // A folder that could not be read may be there by now.
    let possible = match mode {
        Mode::Runs => state.compare.runs.folder.is_some(),
        _ => problem.is_none(),
    };
    let response = ui.add_enabled(possible && !measuring, button).on_disabled_hover_text(why);
    if response.on_hover_text("Runs beside the window; what is shown stays until it is done").clicked() {
        match mode {
            Mode::Models => state.measure_models(),
            Mode::Claims => {
                claim
                    .map_or(Claim::ALL.to_vec(), |claim| vec![claim])
                    .into_iter()
                    .for_each(|c| state.test_claim(c));
            }
            Mode::Runs => state.read_runs(),
            Mode::Sets => state.compare_two_sets(),
        }
    }
}
