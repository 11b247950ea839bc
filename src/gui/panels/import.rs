//! The dialog that asks how a model of another program is read.

use std::borrow::Cow;

use eframe::egui::{Align, ComboBox, Context, Label, Layout, RichText, ScrollArea, Spinner, Ui, vec2};
use rust_i18n::t;

use super::train::fields::{FieldHelp, choice_row, group, number, row, small_button};
use crate::config::{
    CodeOutput, DataSource, ExtraInput, ExtraKind, ImportedConfig, MOST_SIDE, PictureLayout, Spread,
    ValueRange,
};
use crate::gui::language::tr;
use crate::gui::state::imports::ImportDialog;
use crate::gui::state::messages::count;
use crate::gui::state::{DataKind, DataTarget, Effect, Pick, State};
use crate::gui::textures::Textures;
use crate::gui::theme;
use crate::gui::widgets::picture;

/// Width of the form.
const FORM: f32 = 340.0;
/// Width of the pictures beside it.
const PICTURES: f32 = 320.0;
/// Side of a picture.
const SIDE: f32 = 74.0;
/// Height of the form and the pictures.
const HEIGHT: f32 = 400.0;

/// Shows the dialog, if a model waits for approval.
pub fn show(ctx: &Context, state: &mut State, textures: &mut Textures) {
    if state.imports.dialog.is_none() {
        return;
    }
    let room = ctx.content_rect().size();
    let modal = theme::modal(ctx, "import").show(ctx, |ui| {
        let width = (FORM + PICTURES + theme::GAP_LARGE).min(room.x - 80.0);
        ui.set_width(width);
        let height = HEIGHT.min(room.y - 240.0).max(160.0);
        contents(ui, state, textures, height);
        foot(ui, state)
    });
    let closes = modal.should_close();
    match (modal.inner, closes) {
        (Some(Answer::Open), _) => state.approve_import(),
        (Some(Answer::Cancel), _) | (None, true) => drop(state.imports.close()),
        (None, false) => state.picture_import(),
    }
}

enum Answer {
    Open,
    Cancel,
}

fn contents(ui: &mut Ui, state: &mut State, textures: &mut Textures, height: f32) {
    let State { imports, effects, .. } = state;
    let Some(dialog) = &mut imports.dialog else { return };
    let name = dialog.file.file_name().unwrap_or(dialog.file.as_os_str()).to_string_lossy().into_owned();
    ui.heading(t!("How is %{name} read?", name = name));
    ui.add_space(theme::GAP_SMALL);
    ui.add(Label::new(RichText::new(summary(dialog)).weak()).wrap());
    ui.add_space(theme::GAP);
    ui.horizontal_top(|ui| {
        ui.allocate_ui_with_layout(vec2(FORM, height), Layout::top_down(Align::Min), |ui| {
            ui.set_width(FORM);
            let form = ScrollArea::vertical().id_salt("form").max_height(height).auto_shrink([false, true]);
            form.show(ui, |ui| {
                ui.set_max_width(FORM - theme::GAP_LARGE);
                ui.spacing_mut().item_spacing.y = theme::GAP_SMALL;
                form_of(ui, dialog, effects);
            });
        });
        ui.add_space(theme::GAP_LARGE);
        ui.allocate_ui_with_layout(vec2(PICTURES, height), Layout::top_down(Align::Min), |ui| {
            ui.set_width(PICTURES);
            let list =
                ScrollArea::vertical().id_salt("pictures").max_height(height).auto_shrink([false, true]);
            list.show(ui, |ui| pictures(ui, dialog, textures));
        });
    });
}

/// As in "Decoder and encoder · 1,234,567 weights · codes of 128 numbers".
fn summary(dialog: &ImportDialog) -> String {
    let parts = match (&dialog.config.encoder, &dialog.config.decoder) {
        (Some(_), Some(_)) => t!("Encoder and decoder"),
        (Some(_), None) => t!("Encoder alone"),
        (None, _) => t!("Decoder alone"),
    };
    let (weights, n) = (count(dialog.parameters), dialog.latent_dim);
    t!("%{parts} · %{weights} weights · codes of %{n} numbers", parts = parts, weights = weights, n = n)
        .into()
}

fn form_of(ui: &mut Ui, dialog: &mut ImportDialog, effects: &mut Vec<Effect>) {
    let mut told = FieldHelp::default();
    ranges(ui, &mut told, &mut dialog.config);
    pictures_as(ui, &mut told, &mut dialog.config);
    if dialog.config.encoder.is_some() {
        code_space(ui, &mut told, &mut dialog.data, effects);
    }
    let extra: Vec<&mut ExtraInput> = dialog.config.extra_mut().collect();
    if !extra.is_empty() {
        group(ui, &t!("Other inputs"));
        extra.into_iter().for_each(|extra| extra_input(ui, &mut told, extra));
    }
    arrays(ui, &mut told, dialog);
    group(ui, &t!("Why so"));
    for note in &dialog.notes {
        ui.add(Label::new(RichText::new(note).weak()).wrap());
    }
}

fn ranges(ui: &mut Ui, told: &mut FieldHelp, config: &mut ImportedConfig) {
    group(ui, &t!("Numbers of pictures, from black to white"));
    if let Some(decoder) = &mut config.decoder {
        let help = t!("What the decoder gives: the pictures beside look right if it is so");
        range_row(ui, told, &t!("Decoder gives"), &help, &mut decoder.range, &ValueRange::ALL);
    }
    if let Some(encoder) = &mut config.encoder {
        let help = t!(
            "What the encoder was trained on; a file does not say. Reconstructions look right if it is so"
        );
        range_row(ui, told, &t!("Encoder takes"), &help, &mut encoder.range, &ValueRange::OF_INPUTS);
    }
}

fn range_row(
    ui: &mut Ui,
    told: &mut FieldHelp,
    name: &str,
    help: &str,
    range: &mut ValueRange,
    ranges: &[ValueRange],
) {
    row(ui, told, name, help, |ui| {
        let list = ComboBox::from_id_salt(name).selected_text(tr(range.label())).width(150.0);
        list.show_ui(ui, |ui| {
            for choice in ranges {
                ui.selectable_value(range, *choice, tr(choice.label())).on_hover_text(about(*choice));
            }
        })
        .response
        .accessible_name(name);
    });
}

fn about(range: ValueRange) -> Cow<'static, str> {
    match range {
        ValueRange::Unit => t!("As behind a sigmoid"),
        ValueRange::Signed => t!("As behind tanh"),
        ValueRange::Bytes => t!("As in files"),
        ValueRange::Logits => t!("A sigmoid makes pictures of them"),
        ValueRange::ImageNet => t!("Less ImageNet’s mean, divided by its standard deviation"),
    }
}

/// Roles of the arrays, where a file has several that could have them.
fn arrays(ui: &mut Ui, told: &mut FieldHelp, dialog: &mut ImportDialog) {
    let inputs: Vec<String> =
        dialog.config.decoder.iter().flat_map(|decoder| &decoder.extra).map(|e| e.name.clone()).collect();
    let [of_encoder, of_decoder] =
        [&dialog.encoder_outputs, &dialog.decoder_outputs].map(|names| names.len() > 1);
    if inputs.is_empty() && !of_encoder && !of_decoder {
        return;
    }
    group(ui, &t!("Arrays"));
    if let Some(decoder) = &mut dialog.config.decoder {
        if of_decoder {
            let help = t!("The array of the decoder that holds pictures");
            name_row(ui, told, (&t!("Pictures"), &help), &mut decoder.output, &dialog.decoder_outputs);
        }
        if !inputs.is_empty() {
            let mut chosen = decoder.input.clone();
            let help = t!("The input that takes codes; the others are set below");
            name_row(ui, told, (&t!("Codes go in by"), &help), &mut chosen, &inputs);
            dialog.config.take_codes_by(&chosen);
        }
    }
    if let Some(encoder) = dialog.config.encoder.as_mut().filter(|_| of_encoder) {
        code_rows(ui, told, &mut encoder.code, &dialog.encoder_outputs);
    }
}

/// Arrays in which an encoder gives codes.
fn code_rows(ui: &mut Ui, told: &mut FieldHelp, code: &mut CodeOutput, outputs: &[String]) {
    let spread = match code {
        CodeOutput::Gaussian { spread, kind, .. } => Some((spread.clone(), *kind)),
        CodeOutput::Code(_) | CodeOutput::Halves(_) => None,
    };
    let mut mean = code.names()[0].to_owned();
    name_row(ui, told, (&t!("Code"), &t!("The array with codes, or with their means")), &mut mean, outputs);
    let none = t!("none").into_owned();
    let mut width = spread.as_ref().map_or(none.clone(), |(name, _)| name.clone());
    let choices: Vec<String> = [none.clone()].into_iter().chain(outputs.iter().cloned()).collect();
    name_row(
        ui,
        told,
        (&t!("Spread"), &t!("The array that says how wide q(z|x) is, if there is one")),
        &mut width,
        &choices,
    );
    let mut kind = spread.map_or(Spread::LogVariance, |(_, kind)| kind);
    if width != none {
        row(ui, told, &t!("Spread is"), &t!("Meaning of its numbers"), |ui| {
            let list = ComboBox::from_id_salt("spread is").selected_text(tr(kind.label())).width(150.0);
            let shown = list.show_ui(ui, |ui| {
                for choice in Spread::ALL {
                    ui.selectable_value(&mut kind, choice, tr(choice.label()));
                }
            });
            shown.response.accessible_name(t!("Spread is"));
        });
    }
    *code = match (width == none, &code) {
        (true, CodeOutput::Halves(_)) => CodeOutput::Halves(mean),
        (true, _) => CodeOutput::Code(mean),
        (false, _) => CodeOutput::Gaussian { mu: mean, spread: width, kind },
    };
}

fn name_row(
    ui: &mut Ui,
    told: &mut FieldHelp,
    (name, help): (&str, &str),
    chosen: &mut String,
    names: &[String],
) {
    row(ui, told, name, help, |ui| {
        let list = ComboBox::from_id_salt(name).selected_text(chosen.as_str()).width(150.0);
        let shown = list.show_ui(ui, |ui| {
            for choice in names {
                ui.selectable_value(chosen, choice.clone(), choice);
            }
        });
        shown.response.accessible_name(name);
    });
}

fn pictures_as(ui: &mut Ui, told: &mut FieldHelp, config: &mut ImportedConfig) {
    group(ui, &t!("Pictures"));
    row(ui, told, &t!("Size"), &t!("Width and height in pixels, where the file leaves them open"), |ui| {
        number(ui, &t!("Width"), &mut config.width, 8..=MOST_SIDE);
        ui.weak("×");
        number(ui, &t!("Height"), &mut config.height, 8..=MOST_SIDE);
        ui.weak(if config.channels == 1 { t!("grey") } else { "RGB".into() });
    });
    let by_channel = t!("Channel by channel, as PyTorch has it");
    let by_pixel = t!("Pixel by pixel, as TensorFlow has it");
    let (flat, in_a_row) = (t!("Flat"), t!("One row of numbers, channel by channel"));
    let layouts = [
        (PictureLayout::ChannelsFirst, "NCHW", &*by_channel),
        (PictureLayout::ChannelsLast, "NHWC", &*by_pixel),
        (PictureLayout::Flat, &*flat, &*in_a_row),
    ];
    let help = t!("Order of the numbers of a picture");
    if let Some(layout) = choice_row(ui, told, &t!("Order"), &help, config.layout, &layouts) {
        config.layout = layout;
    }
}

fn extra_input(ui: &mut Ui, told: &mut FieldHelp, extra: &mut ExtraInput) {
    let name = extra.name.clone();
    row(
        ui,
        told,
        &name,
        &t!("What the model is given beside code or picture; Explore can change it later"),
        |ui| {
            let chosen =
                ComboBox::from_id_salt(("kind", &name)).selected_text(tr(extra.kind.label())).width(150.0);
            chosen.show_ui(ui, |ui| {
                for kind in ExtraKind::ALL {
                    if ui.selectable_value(&mut extra.kind, kind, tr(kind.label())).changed() {
                        extra.value = 0.0;
                    }
                }
            });
            extra_value(ui, extra);
        },
    );
}

/// The control of an input beside code or picture.
pub(super) fn extra_value(ui: &mut Ui, extra: &mut ExtraInput) -> bool {
    let before = extra.value;
    let most = match extra.kind {
        ExtraKind::OneHot => extra.numbers().saturating_sub(1),
        ExtraKind::Label | ExtraKind::Noise => 1_000_000,
        ExtraKind::Constant => {
            number(ui, &extra.name, &mut extra.value, -1e6..=1e6);
            return extra.value != before;
        }
    };
    let mut index = extra.value as usize;
    number(ui, &extra.name, &mut index, 0..=most);
    extra.value = index as f64;
    extra.value != before
}

fn code_space(ui: &mut Ui, told: &mut FieldHelp, data: &mut Option<DataSource>, effects: &mut Vec<Effect>) {
    group(ui, &t!("Code space"));
    let words = data.as_ref().map_or_else(|| "N(0, I)".to_owned(), DataSource::in_words);
    let help = t!(
        "Mean, spread and order of the dimensions: those of the codes of your images, or, without images, those of N(0, I), which suits a VAE and not an autoencoder"
    );
    row(ui, told, &t!("Measured on"), &help, |ui| {
        let strong = RichText::new(words).color(theme::colors(ui).text_strong);
        ui.add(Label::new(strong).truncate());
    });
    ui.horizontal(|ui| {
        for (kind, text) in [(DataKind::Folder, t!("Folder…")), (DataKind::Archive, t!("File…"))] {
            if small_button(ui, &text).clicked() {
                effects.push(Effect::Pick(Pick::Data(kind, DataTarget::Import)));
            }
        }
        if small_button(ui, &t!("Built-in"))
            .on_hover_text(t!("Faces that the program renders itself"))
            .clicked()
        {
            *data = Some(DataSource::BuiltinFaces);
        }
        let none = ui.add_enabled_ui(data.is_some(), |ui| small_button(ui, &t!("None"))).inner;
        if none.on_hover_text(t!("Take the codes for draws from N(0, I)")).clicked() {
            *data = None;
        }
    });
}

fn pictures(ui: &mut Ui, dialog: &ImportDialog, textures: &mut Textures) {
    if let Some(problem) = &dialog.problem {
        let color = theme::colors(ui).error;
        ui.add(Label::new(RichText::new(problem).color(color)).wrap());
        return;
    }
    let (width, height) = (dialog.config.width.max(1) as f32, dialog.config.height.max(1) as f32);
    let size = vec2(SIDE * (width / height).min(1.0), SIDE * (height / width).min(1.0));
    ui.spacing_mut().item_spacing = vec2(6.0, 6.0);
    let mut shown = |ui: &mut Ui, image, name: &str| {
        let texture = textures.picture(ui.ctx(), image, true);
        picture::view(ui, Some(texture), size, name);
    };
    if !dialog.draws.is_empty() {
        ui.label(theme::section(t!("Draws from N(0, I)")).color(theme::colors(ui).text_strong));
        ui.horizontal_wrapped(|ui| {
            for (number, draw) in (1..).zip(&dialog.draws) {
                shown(ui, draw, &t!("Draw %{n}", n = number));
            }
        });
    }
    if !dialog.reconstructions.is_empty() {
        ui.add_space(theme::GAP);
        ui.label(
            theme::section(t!("Built-in faces, and what comes back")).color(theme::colors(ui).text_strong),
        );
        ui.horizontal_wrapped(|ui| {
            for (number, [face, _]) in (1..).zip(&dialog.reconstructions) {
                shown(ui, face, &t!("Face %{n}", n = number));
            }
        });
        ui.horizontal_wrapped(|ui| {
            for (number, [_, back]) in (1..).zip(&dialog.reconstructions) {
                shown(ui, back, &t!("Reconstruction %{n}", n = number));
            }
        });
    }
    if dialog.config.decoder.is_none() {
        let words = t!(
            "An encoder alone gives codes and no pictures: they can be mapped on Atlas and written by export --codes. To have both, open the decoder's file together with this one: drop the two, or paste both their paths."
        );
        ui.add(Label::new(RichText::new(words).weak()).wrap());
    }
}

fn foot(ui: &mut Ui, state: &State) -> Option<Answer> {
    let dialog = state.imports.dialog.as_ref()?;
    ui.add_space(theme::GAP_LARGE);
    let mut answer = None;
    ui.horizontal(|ui| {
        let ready = dialog.problem.is_none() && dialog.is_current();
        let open = ui.add_enabled(ready, theme::primary_button(ui, &t!("Open")));
        if open.on_hover_text(t!("Open it so, now and each time from now on")).clicked() {
            answer = Some(Answer::Open);
        }
        if ui.button(t!("Cancel")).clicked() {
            answer = Some(Answer::Cancel);
        }
        if !dialog.is_current() {
            ui.add(Spinner::new().size(16.0));
        }
    });
    answer
}
