//! Command lines that make the same as the window shows.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use rust_i18n::t;

use crate::config::{
    self, AtlasSpace, ClaimOrder, DeviceChoice, DeviceConfig, Easing, ExtractorSource, Precision, PriorKind,
    Setting, Split, TrainConfig, even_times,
};
use crate::gui::state::State;
use crate::gui::state::compare::order::ModelsOrder;
use crate::gui::state::compare::sets::SetsOrder;
use crate::gui::state::explore::{Along, Explore, SAMPLE_COUNT, TRAVERSAL_STEPS};
use crate::gui::state::reconstruct::Photo;
use crate::gui::state::walk::Source;
use crate::report::DirectionMethod;
use crate::worker::protocol::{
    AtlasOrder, Crop, DirectionsOrder, InversionConfig, Job, ModelInfo, ModelSource, NEAREST_K, PriorOrder,
    SmoothnessOrder,
};

/// Trains a new run. What is as usual is not mentioned.
pub fn train(config: &TrainConfig, out: &Path) -> String {
    let mut line = format!(
        "morphospace train --model {} --data {} --out {}",
        config.model.kind.label().to_lowercase(),
        quoted(&config.dataset.source.to_string()),
        quoted_path(out)
    );
    let (config, usual) = (config.clone().completed(), config::usual(config));
    for setting in Setting::ALL {
        let is_changed =
            !matches!(setting, Setting::Kind | Setting::Data) && !setting.is_same(&config, &usual);
        if let Some(value) = setting.text(&config).filter(|_| is_changed) {
            line.push_str(&format!(" {} {value}", setting.flag()));
        }
    }
    line
}

/// Learns a prior. What is as usual is not mentioned.
pub fn prior(order: &PriorOrder) -> String {
    let PriorOrder { model, data, kind, steps, seed, solver_steps, truncation, out } = order;
    let mut line = format!("morphospace prior {} --kind {kind}", quoted_path(model));
    if let Some(data) = data {
        line += &format!(" --data {}", quoted(&data.to_string()));
    }
    let is_flow = *kind == PriorKind::Flow;
    for (flag, value, usual) in
        [("steps", *steps, PriorOrder::STEPS), ("solver-steps", *solver_steps, PriorOrder::SOLVER_STEPS)]
    {
        if is_flow && value != usual {
            line += &format!(" --{flag} {value}");
        }
    }
    if *truncation != 1.0 && !matches!(kind, PriorKind::Mixture(_)) {
        line += &format!(" --truncation {truncation}");
    }
    if *seed != 0 {
        line += &format!(" --seed {seed}");
    }
    if let Some(out) = out {
        line += &format!(" --out {}", quoted_path(out));
    }
    line
}

/// Finds directions.
pub fn directions(order: &DirectionsOrder) -> String {
    let mut line = format!("morphospace directions fit {}", quoted_path(&order.model));
    if let Some(data) = &order.data {
        line += &format!(" --data {}", quoted(&data.to_string()));
    }
    let method = match order.method {
        DirectionMethod::Pca => " --method pca",
        DirectionMethod::Sefa => " --method sefa",
        DirectionMethod::Attributes | DirectionMethod::Yours => "",
    };
    line + method + " --out directions.json --save"
}

/// Draws a map. What is as usual is not mentioned.
pub fn atlas(order: &AtlasOrder) -> String {
    let AtlasOrder { model, data, split, space, method, images, draws, errors, table, seed } = order;
    let mut line = "morphospace atlas".to_owned();
    if let Some(model) = model {
        line += &format!(" {}", quoted_path(model));
    }
    line += &format!(" --data {}", quoted(&data.to_string()));
    let usual = if model.is_some() { AtlasSpace::Codes } else { AtlasSpace::Features(Default::default()) };
    if *space != usual {
        line += &format!(" --space {}", quoted(&space.word().to_string_lossy()));
    }
    line += &format!(" --method {method}");
    if *split != Split::All {
        line += &format!(" --split {}", split.label());
    }
    if let Some(images) = images {
        line += &format!(" --images {images}");
    }
    if *draws > 0 {
        line += &format!(" --draws {draws}");
    }
    if *errors {
        line += " --errors";
    }
    if let Some(table) = table {
        line += &format!(" --table {}", quoted_path(table));
    }
    if *seed != 0 {
        line += &format!(" --seed {seed}");
    }
    line + " --out map.png --out map.csv"
}

/// Tests a claim. What is as usual is not mentioned.
pub fn claim(order: &ClaimOrder) -> String {
    let ClaimOrder { data, models, quick, seed, claim } = order;
    let key = claim.claim().key();
    let mut line = format!("morphospace experiment {key} --data {}", quoted(&data.to_string()));
    if !models.is_empty() {
        line += &format!(" --models {}", quoted_paths(models.iter()));
    }
    if *quick {
        line += " --quick";
    }
    if *seed != 0 {
        line += &format!(" --seed {seed}");
    }
    for (flag, value) in claim.options() {
        let value = if value.is_empty() { value } else { format!(" {}", quoted(&value)) };
        line += &format!(" {flag}{value}");
    }
    line + &format!(" --out {key}")
}

/// Options at the end of a line of a job for it to compute on the same device; nothing for the usual one.
pub fn device(config: DeviceConfig) -> String {
    let device = match config.device {
        DeviceChoice::Auto => String::new(),
        device => format!(" --device {device}"),
    };
    match config.precision {
        Precision::F32 => device,
        precision => format!("{device} --precision {}", precision.label().to_lowercase()),
    }
}

/// The sheet of samples of the model in use.
pub fn samples(state: &State) -> Option<String> {
    let seed = state.explore()?.sample_seed;
    Some(format!("morphospace sample {} -n {SAMPLE_COUNT} --seed {seed} --out samples.png", model(state)?))
}

/// The large picture of Explore.
pub fn face(state: &State) -> Option<String> {
    let (explore, model) = (state.explore()?, model(state)?);
    if !explore.residual().is_empty() {
        return None;
    }
    let code = code(&explore.code());
    if !explore.is_edited() {
        return Some(format!("morphospace sample {model} --code={code} --out face.png"));
    }
    let moved = explore.directions().iter().zip(explore.amounts()).filter(|(_, amount)| **amount != 0.0);
    let set: Vec<String> = moved.map(|(direction, amount)| format!("{}={amount}", direction.name)).collect();
    let set = quoted(&set.join(","));
    Some(format!(
        "morphospace directions apply {model} --code={code} --set {set}{} --out edited.png",
        held(explore)
    ))
}

/// Directions that are held still, as an option.
fn held(explore: &Explore) -> String {
    let all = explore.directions().iter().enumerate();
    let held: Vec<&str> =
        all.filter(|(at, _)| explore.is_held(*at)).map(|(_, direction)| direction.name.as_str()).collect();
    if held.is_empty() { String::new() } else { format!(" --hold {}", quoted(&held.join(","))) }
}

/// A code as an argument; as short as says it exactly.
fn code(code: &[f32]) -> String {
    code.iter().map(f32::to_string).collect::<Vec<_>>().join(",")
}

/// The row along a slider of the model in use; none while other directions move the face.
pub fn traversal(state: &State) -> Option<String> {
    let (explore, model) = (state.explore()?, model(state)?);
    if !explore.residual().is_empty() {
        return None;
    }
    let mut start = explore.code();
    match explore.selected {
        Along::Direction(at) => {
            let others = explore.amounts().iter().enumerate().any(|(other, v)| other != at && *v != 0.0);
            let name = quoted(&explore.directions().get(at)?.name);
            let line = format!(
                "morphospace directions apply {model} --code={} --strip {name} --steps {TRAVERSAL_STEPS}{} --out strip.png",
                code(&start),
                held(explore)
            );
            (!others).then_some(line)
        }
        Along::Dim(dim) => {
            let center = explore.latent().center.get(dim)?;
            *start.get_mut(dim)? = *center;
            let is_centre = start == explore.latent().center;
            let from = if is_centre { String::new() } else { format!(" --code={}", code(&start)) };
            let line = format!("morphospace traverse {model}{from} --dims {dim} --out traversal.png");
            (!explore.is_edited()).then_some(line)
        }
    }
}

/// The photo on the Reconstruct screen, or all photos, through the models of the grid.
pub fn reconstruct(state: &State) -> Option<String> {
    let reconstruct = &state.reconstruct;
    let photos: Vec<&Photo> = match reconstruct.is_sheet {
        true => reconstruct.photos.iter().collect(),
        false => reconstruct.current().into_iter().collect(),
    };
    let (sought, encoding): (Vec<&ModelInfo>, Vec<_>) =
        state.grid_models().into_iter().partition(|model| reconstruct.is_sought(model));
    let encoding = match reconstruct.is_sheet {
        true => state.grid_models().into_iter().filter(|model| model.config.kind.has_encoder()).collect(),
        false => encoding,
    };
    let mut lines = Vec::new();
    for photo in photos {
        let path = quoted_path(photo.info.path.as_ref()?);
        let crop = match photo.crop == Crop::default() {
            true => " --align none".to_owned(),
            false => format!(" --crop {}", photo.crop),
        };
        let noise = reconstruct.noise();
        let noise_words = noise.map(|noise| format!(" --noise {} --seed {}", noise.corruption, noise.seed));
        let noise_words = noise_words.unwrap_or_default();
        if !encoding.is_empty() {
            let models = encoding.iter().map(|model| source(&model.source)).collect::<Vec<_>>().join(" ");
            lines.push(format!(
                "morphospace reconstruct {models} {path}{crop}{noise_words} --out reconstructions"
            ));
        }
        // The command line seeks clean pictures alone.
        if reconstruct.is_sheet || noise.is_some() {
            continue;
        }
        let InversionConfig { steps, prior_weight, seed } = reconstruct.inversion;
        let from = if seed == 0 { String::new() } else { format!(" --seed {seed}") };
        lines.extend(sought.iter().map(|model| {
            let name = source(&model.source);
            format!(
                "morphospace invert {name} {path}{crop} --steps {steps} --prior-weight {prior_weight}{from} --out found"
            )
        }));
    }
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// The film of the walk, with all models that go it.
///
/// # Errors
/// The reason, where the command line cannot name a key face.
pub fn walk(state: &State) -> Result<String, Cow<'static, str>> {
    let walk = &state.walk;
    let (mut words, mut crops) = (vec!["morphospace interpolate".to_owned()], Vec::new());
    words.extend(state.walk_models().iter().map(|model| source(&model.source)));
    for key in walk.keys() {
        words.push(match &key.source.source {
            Source::Sample(seed) => format!("seed:{seed}"),
            Source::Opening(..) => return Err(t!("A photo is still being opened")),
            Source::Photo(id, crop) => {
                let path = state.reconstruct.photo(*id).and_then(|photo| photo.info.path.as_ref());
                crops.push(*crop);
                quoted_path(path.ok_or_else(|| t!("A key face is a picture that is in no file"))?)
            }
            Source::Sliders(_) | Source::Code(_) => {
                return Err(t!(
                    "A key face is where sliders stood: save the walk, and give its file with --keys"
                ));
            }
        });
    }
    let times: Vec<String> = walk.keys().iter().map(|key| key.time.to_string()).collect();
    let even = even_times(times.len(), walk.timeline.looped);
    if walk.keys().iter().zip(even).any(|(key, even)| (key.time - even).abs() > 1e-4) {
        words.push(format!("--times {}", times.join(",")));
    }
    match &crops[..] {
        [] => (),
        [first, others @ ..] if others.iter().all(|crop| crop == first) => {
            words.push(match *first == Crop::default() {
                true => "--align none".to_owned(),
                false => format!("--crop {first}"),
            });
        }
        crops => words.extend(crops.iter().map(|crop| format!("--crop {crop}"))),
    }
    words.push(format!("--frames {} --path {}", walk.frames, walk.timeline.path.label()));
    if walk.timeline.easing != Easing::default() {
        words.push(format!("--easing {}", walk.timeline.easing.label()));
    }
    words.extend(walk.timeline.looped.then(|| "--loop".to_owned()));
    words.push(format!("--seconds {} --out walk.gif", walk.seconds));
    match state.walk_is_ready() {
        true => Ok(words.join(" ")),
        false => Err(t!("There is no walk yet")),
    }
}

/// Measures models on images, and their draws against them.
pub fn evaluate(order: &ModelsOrder) -> String {
    let models = quoted_paths(order.candidates.iter().map(|candidate| &candidate.checkpoint));
    let mut line = format!("morphospace evaluate {models} --data {}", quoted(&order.data.to_string()));
    if order.split != Split::Test {
        line.push_str(&format!(" --split {}", order.split.label()));
    }
    if let Some(noise) = order.noise {
        line.push_str(&format!(" --noise {}", noise.corruption));
    }
    if order.pca && order.pixels().is_some() {
        line.push_str(" --pca");
    }
    // Where no model draws, the command line would refuse to compare draws.
    let extractor = order.extractor.as_ref().filter(|_| order.draws().is_some());
    if order.seed != 0 && (order.noise.is_some() || extractor.is_some()) {
        line.push_str(&format!(" --seed {}", order.seed));
    }
    if let Some(extractor) = extractor {
        line.push_str(&seen_by(extractor, order.k));
        if let Some(samples) = order.samples {
            line.push_str(&format!(" --samples {samples}"));
        }
        if !order.copies {
            line.push_str(" --no-copy-check");
        }
    }
    line + " --json"
}

/// Measures how smooth the code spaces of models are; none, if that is not asked for.
pub fn smoothness(order: &ModelsOrder) -> Option<String> {
    let Some(Job::MeasureSmoothness(wanted)) = order.smoothness() else { return None };
    let SmoothnessOrder { data, models, extractor, walks, draws, seed, .. } = wanted;
    let mut line = format!(
        "morphospace experiment smoothness --data {} --models {} --walks {walks} --draws {draws}",
        quoted(&data.to_string()),
        quoted_paths(models.iter())
    );
    if extractor != ExtractorSource::Embedded {
        line += &format!(" --extractor {}", quoted(&extractor.to_string()));
    }
    if seed != 0 {
        line += &format!(" --seed {seed}");
    }
    Some(line)
}

/// Compares two sets of images or features.
pub fn compare(order: &SetsOrder) -> String {
    let [a, b] = [&order.a, &order.b].map(|path| quoted_path(path));
    let extractor = order.extractor.as_ref().filter(|_| order.needs_extractor());
    let seen_by = match extractor {
        Some(extractor) => seen_by(extractor, order.k),
        None if order.k != NEAREST_K => format!(" --nearest-k {}", order.k),
        None => String::new(),
    };
    format!("morphospace compare {a} {b}{seen_by} --json")
}

/// Shows the table of the runs in a folder.
pub fn runs(folder: &Path) -> String {
    format!("morphospace sweep {}", quoted_path(folder))
}

fn seen_by(extractor: &ExtractorSource, k: usize) -> String {
    let k = if k == NEAREST_K { String::new() } else { format!(" --nearest-k {k}") };
    format!(" --extractor {}{k}", quoted(&extractor.to_string()))
}

fn model(state: &State) -> Option<String> {
    Some(source(&state.model()?.source))
}

fn source(source: &ModelSource) -> String {
    match source {
        ModelSource::Shipped(name) => name.clone(),
        ModelSource::File(path) => quoted_path(path),
    }
}

/// Paths as words, one after another.
fn quoted_paths<'a>(paths: impl Iterator<Item = &'a PathBuf>) -> String {
    paths.map(|path| quoted_path(path)).collect::<Vec<_>>().join(" ")
}

fn quoted_path(path: &Path) -> String {
    quoted(&path.display().to_string())
}

/// A word of a POSIX shell's command line.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+=:@%,".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{DataSource, LrSchedule, ModelKind, Normalization, OptimizerKind};
    use crate::gui::state::train::form::{Preset, TrainForm};

    /// Settings of the words after `morphospace train`, as the command line reads them.
    fn parsed(line: &str) -> TrainConfig {
        use clap::{Args, FromArgMatches};
        let command = TrainConfig::augment_args(clap::Command::new("train"));
        let command = command.arg(clap::Arg::new("out").long("out"));
        let words = line.split(' ').skip(1);
        TrainConfig::from_arg_matches(&command.get_matches_from(words)).unwrap()
    }

    #[test]
    fn a_line_trains_the_same_run() {
        let mut form = TrainForm::default();
        form.config.dataset.source = DataSource::Folder("photos".into());
        for preset in Preset::ALL {
            form.apply(preset);
            for kind in ModelKind::ALL {
                form.set_kind(kind);
                form.config.adversarial.label_smoothing = kind.is_adversarial().then_some(0.2);
                form.config.model.normalization = Normalization::None;
                form.set_latent_grid(Some(8));
                form.config.dataset.flip = false;
                form.config.lr_schedule = LrSchedule::Constant;
                (form.config.seed, form.config.batch_size, form.config.weight_decay) = (7, 32, 0.01);
                form.config.optimizer = OptimizerKind::Muon;
                (form.config.learning_rate, form.config.kl_weight, form.config.free_bits) = (2e-4, 0.3, 0.05);
                let config = form.config();
                let line = train(&config, Path::new("run"));
                assert_eq!(parsed(&line).completed(), config, "{line}");
            }
        }
        form.by_epochs = true;
        assert_eq!(parsed(&train(&form.config(), Path::new("run"))).epochs, Some(form.epochs));
    }

    #[test]
    fn a_device_is_named_where_it_was_chosen() {
        use clap::{Args, FromArgMatches};
        let command = DeviceConfig::augment_args(clap::Command::new("train"));
        for choice in [DeviceChoice::Auto, DeviceChoice::Cpu, DeviceChoice::Cuda(0), DeviceChoice::Cuda(1)] {
            for precision in Precision::ALL {
                let config = DeviceConfig { device: choice, precision };
                let line = format!("train{}", device(config));
                let matches = command.clone().get_matches_from(line.split(' '));
                assert_eq!(DeviceConfig::from_arg_matches(&matches).unwrap(), config, "{line}");
            }
        }
        assert_eq!(device(DeviceConfig::default()), "");
    }

    #[test]
    fn words_survive_the_shell() {
        for word in ["plain/path-1.png", "two words", "it's", "", "$HOME `x`", "ünï"] {
            let script = format!("printf %s {}", quoted(word));
            match std::process::Command::new("sh").args(["-c", &script]).output() {
                Ok(output) => assert_eq!(String::from_utf8_lossy(&output.stdout), word),
                Err(_) => eprintln!("skipped: there is no sh here"),
            }
        }
    }
}
