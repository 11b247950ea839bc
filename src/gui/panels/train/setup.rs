//! The form for a new run.

use std::borrow::Cow;

use eframe::egui::{Align, Button, Label, Layout, RichText, ScrollArea, Spinner, TextEdit, Ui, vec2};
use rust_i18n::t;

use super::fields::{
    self, FieldHelp, choice, choice_row, group, leave_room_for_bar, number, real, row, small_button,
};
use super::objective;
use crate::config::{
    Augmentation, DataSource, DeviceChoice, DeviceConfig, Group, LrSchedule, ModelKind, Normalization,
    OptimizerKind, Plan, Precision, Setting, help,
};
use crate::gui::cli_line;
use crate::gui::language::tr;
use crate::gui::panels::{align, copy_line, head};
use crate::gui::state::messages::count;
use crate::gui::state::train::extend::MOST_STEPS;
use crate::gui::state::train::form::{Preset, TrainForm};
use crate::gui::state::{DataKind, DataTarget, Effect, Pick, State, device};
use crate::gui::theme;
use crate::gui::widgets::icon::Icon;
use crate::gui::widgets::{middle_cut, plan_curve, tick_box};
use crate::worker::protocol::DeviceReport;

/// Height of what stays beneath the settings: help, problem, buttons.
const FOOT: f32 = 116.0;

/// Shows the form.
pub fn show(ui: &mut Ui, state: &mut State) {
    head(ui, &t!("New run"), |_| ());
    presets(ui, &mut state.train.form);
    let mut hint = FieldHelp::default();
    let room = (ui.available_height() - FOOT).max(80.0);
    ScrollArea::vertical().max_height(room).auto_shrink([false, false]).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = theme::GAP_SMALL;
        leave_room_for_bar(ui);
        let chosen = state.settings.device;
        let effects = &mut state.effects;
        let form = &mut state.train.form;
        settings(ui, &mut hint, form, effects, Group::Data);
        settings(ui, &mut hint, form, effects, Group::Model);
        group(ui, &t!("Objective"));
        objective::show(ui, &mut hint, &mut form.config, effects);
        settings(ui, &mut hint, form, effects, Group::Training);
        let wanted = device_rows(ui, &mut hint, chosen, state.device.as_ref());
        folder(ui, &mut hint, form, effects);
        ui.add_space(theme::GAP_SMALL);
        ui.collapsing(t!("More settings"), |ui| settings(ui, &mut hint, form, effects, Group::More));
        if let Some(device) = wanted {
            state.compute_on(device);
        }
    });
    foot(ui, state, &hint);
}

fn presets(ui: &mut Ui, form: &mut TrainForm) {
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(theme::GAP_SMALL, theme::GAP_SMALL);
        for preset in Preset::ALL {
            if ui.button(preset.text()).on_hover_text(preset.help()).clicked() {
                form.apply(preset);
            }
        }
    });
}

/// The rows of a group of settings, in the order of their table.
fn settings(ui: &mut Ui, hint: &mut FieldHelp, form: &mut TrainForm, effects: &mut Vec<Effect>, of: Group) {
    match of {
        Group::Data => group(ui, &t!("Data")),
        Group::Model => group(ui, &t!("Model")),
        Group::Training => group(ui, &t!("Training")),
        // They have a head of their own.
        Group::Objective | Group::More => (),
    }
    for setting in Setting::of(form.config.model.kind, of) {
        match setting {
            Setting::Data => data(ui, hint, form, effects),
            Setting::Kind => kind(ui, hint, form),
            Setting::ImageSize => image_size(ui, hint, form),
            Setting::Channels => channels(ui, hint, form),
            Setting::LatentGrid => grid(ui, hint, form),
            // Either says how long a run is.
            Setting::Steps => length(ui, hint, form),
            Setting::Epochs => (),
            Setting::Optimizer => optimizer(ui, hint, form),
            Setting::LrSchedule => schedule(ui, hint, form),
            Setting::Seed => row(ui, hint, &t!("Seed"), &tr(setting.about()), |ui| {
                number(ui, &t!("Seed"), &mut form.config.seed, 0..=u64::from(u32::MAX));
            }),
            Setting::Normalization => normalization(ui, hint, &mut form.config.model.normalization),
            Setting::Flip => row(ui, hint, &t!("Mirror"), &tr(setting.about()), |ui| {
                tick_box::show(ui, &mut form.config.dataset.flip, t!("half of the images, at random"));
            }),
            Setting::Linear => row(ui, hint, &t!("Layers"), &tr(setting.about()), |ui| {
                tick_box::show(ui, &mut form.config.model.linear, t!("linear only"));
            }),
            Setting::Augment => augmentation(ui, hint, &mut form.config.dataset.augment),
            number => fields::setting(ui, hint, number, &mut form.config),
        }
    }
}

fn data(ui: &mut Ui, hint: &mut FieldHelp, form: &mut TrainForm, effects: &mut Vec<Effect>) {
    let source = form.config.dataset.source.clone();
    let about = t!(
        "Photos of a folder with its subfolders, of a zip archive, pictures in arrays (.npy, .npz, files of MNIST or \
         CIFAR), or faces that the program renders itself. The path of a folder or file can also be pasted; where the \
         desktop delivers drops, it can be dropped on the window"
    );
    row(ui, hint, &t!("Images"), &about, |ui| {
        let color = theme::colors(ui).text_strong;
        match source.folder() {
            Some(path) => middle_cut::label(ui, &path.display().to_string(), color),
            None => ui.label(RichText::new(t!("Built-in faces")).color(color)),
        }
    });
    let about_count = t!(
        "Each image belongs to one of three parts by its name: 90 % train the model, 5 % validate it as it learns, 5 % \
         are kept for tests"
    );
    row(ui, hint, "", &about_count, |ui| image_count(ui, form));
    row(ui, hint, "", &about, |ui| {
        if small_button(ui, &t!("Folder…")).clicked() {
            effects.push(Effect::Pick(Pick::Data(DataKind::Folder, DataTarget::Train)));
        }
        if small_button(ui, &t!("File…")).clicked() {
            effects.push(Effect::Pick(Pick::Data(DataKind::Archive, DataTarget::Train)));
        }
        let other = source != DataSource::BuiltinFaces;
        let built_in = ui.add_enabled_ui(other, |ui| small_button(ui, &t!("Built-in")));
        let built_in = built_in.inner.on_hover_text(t!("Faces that the program renders itself"));
        if built_in.on_disabled_hover_text(t!("They are chosen already")).clicked() {
            form.set_data(DataSource::BuiltinFaces);
        }
    });
    if let Some(source) = align::tick(ui, hint, &source) {
        form.config.dataset.source = source;
        form.suggest_name();
    }
}

/// Numbers of the images that a run would have, or why they are not known.
fn image_count(ui: &mut Ui, form: &TrainForm) {
    let colors = theme::colors(ui);
    match form.images() {
        None => {
            ui.add(Spinner::new().size(12.0));
            ui.weak(t!("counting the images…"));
        }
        Some(Ok(survey)) => {
            // Where none is left to train on, all do.
            let train = if survey.train > 0 { survey.train } else { survey.images };
            let words = t!(
                "%{train} to train, %{validation} to validate",
                train = count(train),
                validation = count(survey.validation)
            );
            let label = ui.add(Label::new(RichText::new(words).color(colors.text_weak)).truncate());
            label.on_hover_text(t!(
                "%{all} images: %{train} to train, %{validation} to validate, %{test} kept for tests",
                all = count(survey.images),
                train = count(train),
                validation = count(survey.validation),
                test = count(survey.test)
            ));
        }
        Some(Err(problem)) => {
            let words = RichText::new(t!("cannot be read")).color(colors.warning);
            ui.add(Label::new(words).truncate()).on_hover_text(problem);
        }
    }
}

fn kind(ui: &mut Ui, hint: &mut FieldHelp, form: &mut TrainForm) {
    let kinds = [
        (ModelKind::Ae, t!("Encoder, code, decoder, trained on the squared error alone")),
        (ModelKind::Sae, t!("Sparse: few units of the code are active, by a penalty (Ng 2011)")),
        (
            ModelKind::Dae,
            t!("Denoising: is given noisy pictures, returns the clean ones (Vincent et al. 2010)"),
        ),
        (ModelKind::Vae, t!("Variational: the KL draws the codes to N(0, I) (Kingma & Welling 2014)")),
        (ModelKind::Dcgan, t!("A generator against a discriminator, no encoder (Radford et al. 2016)")),
        (
            ModelKind::VaeGan,
            t!("A VAE whose reconstructions are compared by a discriminator (Larsen et al. 2016)"),
        ),
    ]
    .map(|(kind, about)| (kind, Cow::Borrowed(kind.label()), about));
    let kind = form.config.model.kind;
    let about = kinds.iter().find(|(k, ..)| *k == kind).map_or("", |(.., about)| about.as_ref());
    let mut picked = row(ui, hint, &t!("Kind"), about, |ui| choice(ui, kind, &kinds[..4]));
    picked = picked.or(row(ui, hint, "", about, |ui| choice(ui, kind, &kinds[4..])));
    if let Some(kind) = picked {
        form.set_kind(kind);
    }
}

fn image_size(ui: &mut Ui, hint: &mut FieldHelp, form: &mut TrainForm) {
    let mut sizes: Vec<_> = [32, 64, 128, 256]
        .map(|size: usize| (size, Cow::from(size.to_string()), t!("Pixels on a side")))
        .into();
    if form.config.model.channels == 1 {
        sizes.insert(0, (28, "28".into(), t!("Pixels on a side, as MNIST has them")));
    }
    let size = form.config.model.image_size;
    let picked = row(
        ui,
        hint,
        &t!("Image size"),
        &t!("Side of the square images in pixels; twice as large costs about four times as much"),
        |ui| choice(ui, size, &sizes),
    );
    if let Some(size) = picked {
        form.config.model.image_size = size;
        form.suggest_name();
    }
}

fn channels(ui: &mut Ui, hint: &mut FieldHelp, form: &mut TrainForm) {
    let choices = [
        (3, t!("Colour"), t!("Red, green and blue")),
        (1, t!("Grey"), t!("One number a pixel, as in MNIST; colours are turned into greys")),
    ];
    let picked = row(ui, hint, &t!("Channels"), &tr(help("channels")), |ui| {
        choice(ui, form.config.model.channels, &choices)
    });
    if let Some(channels) = picked {
        form.config.model.channels = channels;
        if channels == 3 && form.config.model.image_size == 28 {
            form.config.model.image_size = 32;
        }
    }
}

fn grid(ui: &mut Ui, hint: &mut FieldHelp, form: &mut TrainForm) {
    let choices = [
        (None, t!("None"), t!("One vector, each number of which describes the whole picture")),
        (Some(4), "4".into(), t!("4 × 4 places")),
        (Some(8), "8".into(), t!("8 × 8 places")),
        (Some(16), "16".into(), t!("16 × 16 places")),
    ];
    row(ui, hint, &t!("Latent grid"), &tr(help("latent_grid")), |ui| {
        if let Some(side) = choice(ui, form.config.model.latent_grid, &choices) {
            form.set_latent_grid(side);
        }
    });
}

fn length(ui: &mut Ui, hint: &mut FieldHelp, form: &mut TrainForm) {
    let lengths = [
        (false, t!("Steps"), t!("Updates of the weights")),
        (true, t!("Epochs"), t!("Passes over the training images")),
    ];
    let about = t!("Updates of the weights, or passes over the training images");
    row(ui, hint, &t!("Length"), &about, |ui| {
        if form.by_epochs {
            number(ui, &t!("Epochs"), &mut form.epochs, 1..=100_000);
        } else {
            number(ui, &t!("Steps"), &mut form.config.steps, 1..=MOST_STEPS);
        }
        if let Some(by_epochs) = choice(ui, form.by_epochs, &lengths) {
            form.by_epochs = by_epochs;
        }
    });
}

fn optimizer(ui: &mut Ui, hint: &mut FieldHelp, form: &mut TrainForm) {
    let optimizers = [
        (
            OptimizerKind::Adamw,
            Cow::from("AdamW"),
            t!("For all weights (Kingma & Ba 2015, Loshchilov & Hutter 2019)"),
        ),
        (
            OptimizerKind::Muon,
            "Muon".into(),
            t!(
                "For the matrices between hidden layers (Jordan et al. 2024): fine detail in many times fewer steps, \
                 each of which costs more the larger the code"
            ),
        ),
    ];
    row(ui, hint, &t!("Optimiser"), &tr(help("optimizer")), |ui| {
        if let Some(optimizer) = choice(ui, form.config.optimizer, &optimizers) {
            form.set_optimizer(optimizer);
        }
    });
}

fn schedule(ui: &mut Ui, hint: &mut FieldHelp, form: &mut TrainForm) {
    let config = &mut form.config;
    let schedules = [
        (LrSchedule::Constant, t!("Constant"), t!("The same at every step")),
        (
            LrSchedule::Cosine,
            t!("Cosine"),
            t!("A short warm-up, then half a cosine down to a hundredth (Loshchilov & Hutter 2017)"),
        ),
    ];
    row(ui, hint, &t!("Schedule"), &tr(help("lr_schedule")), |ui| {
        if let Some(schedule) = choice(ui, config.lr_schedule, &schedules) {
            config.lr_schedule = schedule;
        }
    });
    if config.lr_schedule != LrSchedule::Constant && !form.by_epochs {
        let plan = Plan::new(config, &[]);
        row(ui, hint, "", &t!("The learning rate over the steps"), |ui| {
            plan_curve::show(ui, &t!("Planned learning rate"), config.steps, None, |step| {
                plan.value(Setting::LearningRate, step)
            });
        });
    }
}

fn normalization(ui: &mut Ui, hint: &mut FieldHelp, current: &mut Normalization) {
    let choices = [
        (Normalization::Batch, t!("Batch"), t!("Batch normalisation (Ioffe & Szegedy 2015)")),
        (Normalization::None, t!("None"), t!("The convolutions carry a bias instead")),
    ];
    row(ui, hint, &t!("Normalise"), &tr(help("normalization")), |ui| {
        if let Some(chosen) = choice(ui, *current, &choices) {
            *current = chosen;
        }
    });
}

fn augmentation(ui: &mut Ui, hint: &mut FieldHelp, augment: &mut Augmentation) {
    let about = t!("Move each picture by up to so many pixels, at random each time");
    row(ui, hint, &t!("Shift"), &about, |ui| {
        number(ui, &t!("Shift"), &mut augment.shift, 0..=32);
        ui.weak(t!("pixels"));
    });
    let about = t!("Spread of random changes of brightness and colour; 0 for none");
    row(ui, hint, &t!("Colour noise"), &about, |ui| {
        real(ui, &t!("Colour spread"), &mut augment.color, 0.0..=1.0, 0.005);
    });
    let about = t!("Part of the pictures that a soft edge blends with another one; 0 for none");
    row(ui, hint, &t!("Blend"), &about, |ui| {
        real(ui, &t!("Blended part"), &mut augment.mix, 0.0..=1.0, 0.01);
    });
}

/// Choice of the device, where there is one. Returns another one.
fn device_rows(
    ui: &mut Ui,
    hint: &mut FieldHelp,
    chosen: DeviceConfig,
    report: Option<&DeviceReport>,
) -> Option<DeviceConfig> {
    let help = device::help(report);
    let known = report.map_or("CPU".into(), device::in_words);
    let choices = DeviceChoice::of_this_build();
    if choices.len() == 2 {
        // No more than the processor.
        row(ui, hint, &t!("Device"), &help, |ui| ui.label(known));
        return None;
    }
    let labels: Vec<String> = choices.iter().map(|choice| choice.label()).collect();
    let words: Vec<_> =
        choices.iter().zip(&labels).map(|(choice, label)| (*choice, label.as_str(), help.as_str())).collect();
    let device = choice_row(ui, hint, &t!("Device"), &help, chosen.device, &words);
    let mut wanted = device.map(|device| DeviceConfig { device, ..chosen });
    row(ui, hint, "", &help, |ui| ui.add(Label::new(RichText::new(&known).weak()).truncate()));
    let offered = Precision::ALL.iter().filter(|known| cfg!(feature = "cuda") || **known != Precision::Tf32);
    let words: Vec<_> = offered.map(|known| (*known, tr(known.label()), tr(known.help()))).collect();
    let about = t!(
        "What a card rounds numbers to before it multiplies them: the coarser, the faster and the less exact"
    );
    if let Some(precision) = choice_row(ui, hint, &t!("Precision"), &about, chosen.precision, &words) {
        wanted = Some(DeviceConfig { precision, ..chosen });
    }
    wanted
}

fn folder(ui: &mut Ui, hint: &mut FieldHelp, form: &mut TrainForm, effects: &mut Vec<Effect>) {
    group(ui, &t!("Run"));
    row(ui, hint, &t!("Name"), &t!("The run's folder: checkpoint, history, sample pictures"), |ui| {
        let field = TextEdit::singleline(&mut form.name).desired_width(f32::INFINITY);
        if ui.add(field).accessible_name(t!("Run name")).changed() {
            form.named = true;
            form.look();
        }
    });
    let place = form.parent.display().to_string();
    row(ui, hint, &t!("Kept in"), &t!("Where the run's folder is made"), |ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let button = Icon::Folder.button(ui, &t!("Keep runs elsewhere…"));
            if button.on_hover_text(t!("Choose another folder for new runs")).clicked() {
                effects.push(Effect::Pick(Pick::RunsFolder));
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| middle_cut::path(ui, &place));
        });
    });
}

fn foot(ui: &mut Ui, state: &mut State, hint: &FieldHelp) {
    let problem = state.train.form.problem();
    let colors = theme::colors(ui);
    ui.separator();
    let caution = state.train.form.caution();
    let unread = state.train.form.images().and_then(Result::err).map(str::to_owned);
    let point = t!("Point at a setting to read what it does");
    let (words, color) = match (&problem, hint.text(), unread.as_ref().or(caution.as_ref())) {
        (Some(problem), ..) => (problem.as_str(), colors.warning),
        (None, Some(help), _) => (help, colors.text_weak),
        (None, None, Some(caution)) => (caution.as_str(), colors.warning),
        (None, None, None) => (&*point, colors.text_weak),
    };
    let size = vec2(ui.available_width(), 50.0);
    ui.allocate_ui_with_layout(size, Layout::top_down(Align::Min), |ui| {
        ui.set_min_size(size);
        ui.add(Label::new(RichText::new(words).color(color)).wrap());
    });
    let busy = state.train.active().is_some() || state.train.queued() > 0;
    let line = cli_line::train(&state.train.form.config(), &state.train.form.folder());
    let line = Some(line + &cli_line::device(state.settings.device));
    ui.horizontal(|ui| {
        let text = if busy { t!("Add to the queue") } else { t!("Start training") };
        let button: Button<'_> = theme::primary_button(ui, &text);
        let response = ui.add_enabled(problem.is_none(), button);
        let help = if busy { t!("It begins when the run before it is over") } else { t!("Begin at once") };
        let why = problem.clone().unwrap_or_default();
        if response.on_hover_text(help).on_disabled_hover_text(why).clicked() {
            state.start_run();
        }
        copy_line(ui, state, false, line, "");
    });
}
