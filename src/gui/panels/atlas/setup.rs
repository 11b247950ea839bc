//! The form of a map.

use eframe::egui::{Label, RichText, ScrollArea, Ui};
use rust_i18n::t;

use super::foot;
use crate::config::{LayoutMethod, Split};
use crate::gui::panels::train::fields::{
    FieldHelp, choice_row, group, leave_room_for_bar, number, real, row, small_button,
};
use crate::gui::panels::{self, data_set};
use crate::gui::state::atlas::form::{AtlasForm, MethodChoice, SpaceChoice};
use crate::gui::state::{DataTarget, Effect, State};
use crate::gui::theme;
use crate::gui::widgets::tick_box;

/// Most images and draws that the form offers.
const MOST: usize = 500_000;

/// Shows the form.
pub fn show(ui: &mut Ui, state: &mut State) {
    let mut told = FieldHelp::default();
    let room = (ui.available_height() - panels::foot::HEIGHT).max(80.0);
    let model = state.model().map(|model| (model.name.clone(), model.config.kind.has_encoder()));
    ScrollArea::vertical().max_height(room).auto_shrink([false, false]).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = theme::GAP_SMALL;
        leave_room_for_bar(ui);
        let State { settings, effects, .. } = state;
        let form = &mut settings.atlas;
        images(ui, &mut told, form, effects);
        made_of(ui, &mut told, form, model.as_ref());
        layout(ui, &mut told, form);
    });
    foot::show(ui, state, &told);
}

fn images(ui: &mut Ui, told: &mut FieldHelp, form: &mut AtlasForm, effects: &mut Vec<Effect>) {
    group(ui, &t!("Images"));
    data_set::choose(ui, told, &mut form.data, DataTarget::Atlas, effects);
    let splits = [
        (Split::All, &*t!("All"), &*t!("All images")),
        (
            Split::Train,
            &*t!("Train"),
            &*t!("Nine of ten, by the hash of the name: those that models are trained on"),
        ),
        (
            Split::Validation,
            &*t!("Val"),
            &*t!("One of twenty, for validation: those that runs are watched on"),
        ),
        (Split::Test, &*t!("Test"), &*t!("One of twenty: those that no model has seen")),
    ];
    let about = t!("The part of the images, by a hash of their names: the same as in training");
    if let Some(split) = choice_row(ui, told, &t!("Split"), &about, form.split, &splits) {
        form.split = split;
    }
    row(ui, told, &t!("At most"), &t!("Images on the map at most, evenly taken from all"), |ui| {
        number(ui, &t!("Images at most"), &mut form.images, 3..=MOST);
    });
}

fn made_of(ui: &mut Ui, told: &mut FieldHelp, form: &mut AtlasForm, model: Option<&(String, bool)>) {
    group(ui, &t!("Likeness"));
    let spaces = [
        (
            SpaceChoice::Codes,
            &*t!("Codes"),
            &*t!("Codes of the model in use: images lie near each other that it takes for alike"),
        ),
        (
            SpaceChoice::Embedded,
            &*t!("Features"),
            &*t!("Features of the network inside the program, which is trained on faces"),
        ),
        (
            SpaceChoice::Inception,
            "Inception",
            &*t!("Features of the network of the FID, whose weights are chosen on Compare"),
        ),
        (SpaceChoice::Pixels, &*t!("Pixels"), &*t!("The pixels as they are")),
    ];
    let about = t!("The numbers by which the map knows which images are alike");
    if let Some(space) = choice_row(ui, told, &t!("Alike in"), &about, form.space, &spaces) {
        form.space = space;
    }
    let Some((name, has_encoder)) = model else { return };
    let about = t!("The model in use, chosen at the top right: it gives codes and draws, and decodes");
    row(ui, told, &t!("Model"), &about, |ui| {
        ui.add(Label::new(RichText::new(name).weak()).truncate()).on_hover_text(name);
    });
    let about = t!(
        "Draws of the model among the images. Where images are and draws are not, or the other way round, its prior \
         does not fit"
    );
    row(ui, told, &t!("Draws"), &about, |ui| {
        number(ui, &t!("Draws"), &mut form.draws, 0..=MOST);
    });
    let help =
        t!("Reconstruct every image as well, to colour by its error; takes as long again as encoding them");
    let tick = |ui: &mut Ui| tick_box::show(ui, &mut form.errors, t!("Reconstruction errors"));
    let tick = ui.add_enabled_ui(*has_encoder, tick).inner.on_hover_text(help);
    tick.on_disabled_hover_text(t!("The model in use has no encoder and gives no image back"));
}

fn layout(ui: &mut Ui, told: &mut FieldHelp, form: &mut AtlasForm) {
    group(ui, &t!("Layout"));
    let methods = [
        (
            MethodChoice::Umap,
            "UMAP",
            &*t!("Keeps neighbours together and clusters apart (McInnes et al. 2018)"),
        ),
        (
            MethodChoice::Tsne,
            "t-SNE",
            &*t!("Keeps neighbours together, more evenly spread (van der Maaten 2008)"),
        ),
        (
            MethodChoice::Pca,
            "PCA",
            &*t!("The two directions of most variance: every place has exactly one code"),
        ),
    ];
    let about = t!(
        "UMAP and t-SNE show neighbours and clusters, and distances between those mean little; PCA shows distances, \
         of two directions alone"
    );
    if let Some(method) = choice_row(ui, told, &t!("Method"), &about, form.method, &methods) {
        form.method = method;
    }
    match form.method {
        MethodChoice::Pca => (),
        MethodChoice::Umap => {
            let about = t!("Neighbours that are kept together: few show detail, many the whole");
            row(ui, told, &t!("Neighbours"), &about, |ui| {
                number(ui, &t!("Neighbours"), &mut form.neighbors, 2..=200);
            });
            let about = t!("Least distance of points: small values draw clusters tight");
            row(ui, told, &t!("Distance"), &about, |ui| {
                let mut value = f64::from(form.min_dist);
                if real(ui, &t!("Least distance"), &mut value, 0.0..=0.99, 0.01).changed() {
                    form.min_dist = value as f32;
                }
            });
        }
        MethodChoice::Tsne => {
            let about = t!("About how many neighbours each point holds on to");
            row(ui, told, &t!("Perplexity"), &about, |ui| {
                let mut value = f64::from(form.perplexity);
                if real(ui, &t!("Perplexity"), &mut value, 2.0..=200.0, 0.5).changed() {
                    form.perplexity = value as f32;
                }
            });
        }
    }
    row(ui, told, &t!("Seed"), &t!("Of draws and layout: the same seed gives the same map"), |ui| {
        number(ui, &t!("Seed"), &mut form.seed, 0..=u64::from(u32::MAX));
    });
    let usual = LayoutMethod::default();
    let is_usual = form.layout() == usual || form.method != MethodChoice::Umap;
    if !is_usual && small_button(ui, &t!("Back to the usual values")).clicked() {
        let AtlasForm { neighbors, min_dist, perplexity, .. } = AtlasForm::default();
        (form.neighbors, form.min_dist, form.perplexity) = (neighbors, min_dist, perplexity);
    }
}
