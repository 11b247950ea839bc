//! Notes beside the numbers: where ours and the lecture's are of different things. Every
//! sentence is made from the settings and from what was measured.

use super::measure::LectureMeasurements;
use super::runs::TrainedEntry;
use crate::config::{Augmentation, DataSource, LectureConfig, ModelKind, Split, TrainConfig};
use crate::report::quantities::PSNR;
use crate::report::{LectureReconstruction, ReconstructionRow, trained_on_words};

/// Beneath the first table.
pub fn of_reconstruction(
    lecture: &LectureConfig,
    entries: &[TrainedEntry],
    measured: &LectureMeasurements,
) -> Vec<String> {
    let shown: Vec<&TrainedEntry> =
        entries.iter().filter(|e| LectureReconstruction::of(kind(e)).is_some()).collect();
    let mut notes = vec![data(lecture, entries, measured)];
    notes.extend(trained_on_others(measured));
    notes.extend(trained_on(
        measured.reconstruction.iter().map(|row| (&row.name, row.trained_on, row.metrics.n)),
    ));
    notes.push(training(&shown));
    notes.extend(baseline(&measured.reconstruction));
    notes.extend(denoising(&measured.reconstruction));
    notes.extend(shown.iter().find(|entry| kind(entry) == ModelKind::Vae).map(|vae| {
        format!(
            "The VAE has KL weight {} beside a squared error that is summed over pixels and channels. How much a \
             code keeps, and with it each of its numbers, hangs on that weight; the lecture's is not known here.",
            vae.meta.config.kl_weight
        )
    }));
    notes.push(
        "RE is the mean squared error per pixel and channel of values in [0, 1], PSNR the mean over images of \
         10·log10(1/MSE), SSIM that of Wang et al. 2004 with a Gaussian window. The lecture prints another formula \
         for SSIM, so its values may be on another scale."
            .into(),
    );
    if lecture.quick {
        notes.push(
            "Quick settings: small models and few steps show that the experiment works, not what the kinds can do."
                .into(),
        );
    }
    notes
}

/// Beneath the second table.
pub fn of_draws(entries: &[TrainedEntry], measured: &LectureMeasurements) -> Vec<String> {
    let Some(first) = measured.draws.first() else { return Vec::new() };
    let features = &first.metrics.features;
    let scale = match features.starts_with("inception:") {
        true => "It is the lecture's measure only if these are the standard weights of the FID.",
        false => {
            "They are not those of the FID: the Fréchet distances are on a scale of their own and say which model is \
             nearer, not how they stand to the lecture's; precision and recall depend on the features too."
        }
    };
    let mut notes = vec![
        format!("Real and drawn images were seen by {features}. {scale}"),
        "As many images were drawn from each model as there are real ones, in 8 bits. The test split holds images \
         that no model was fitted to; the train split holds more of them, but a model can have learned those by heart."
            .into(),
    ];
    notes.extend(trained_on_others(measured));
    let unseen = measured.draws.iter().filter(|row| row.split == Split::Test);
    notes.extend(trained_on(
        unseen.map(|row| (&row.name, row.trained_on, row.metrics.n_real.unwrap_or_default())),
    ));
    let shown: Vec<&TrainedEntry> = entries.iter().filter(|entry| kind(entry).is_generative()).collect();
    notes.push(training(&shown));
    let mut warnings: Vec<String> = measured.draws.iter().filter_map(|row| row.metrics.warning()).collect();
    warnings.dedup();
    notes.extend(warnings.into_iter().map(|warning| format!("{}.", upper_first(&warning))));
    notes
}

fn kind(entry: &TrainedEntry) -> ModelKind {
    entry.meta.config.model.kind
}

fn data(lecture: &LectureConfig, entries: &[TrainedEntry], measured: &LectureMeasurements) -> String {
    let LectureMeasurements { train_images, test_images, .. } = measured;
    let mut sizes: Vec<usize> = entries.iter().map(|entry| entry.meta.config.model.image_size).collect();
    sizes.sort_unstable();
    sizes.dedup();
    let sizes: Vec<String> = sizes.iter().map(|size| format!("{size}×{size}")).collect();
    let made = match lecture.data {
        DataSource::Folder(_) | DataSource::AlignedFolder(_) => {
            ", made so large by a bilinear filter that widens with the reduction (a sharper one would lower each PSNR)"
        }
        DataSource::BuiltinFaces => "",
    };
    format!(
        "Measured on the {test_images} images of the test split of {}, at {} pixels{made}; a hash of its name says \
         where an image belongs. The training split has {train_images}. The lecture's numbers are of FFHQ; how many \
         images it trained and measured on is not known here.",
        lecture.data,
        sizes.join(" and "),
    )
}

fn trained_on_others(measured: &LectureMeasurements) -> Option<String> {
    let names = &measured.trained_on_others;
    (!names.is_empty()).then(|| {
        format!(
            "Trained on other images than these, of which some may be among those measured: {}.",
            names.join(", ")
        )
    })
}

/// The models that know images which they are measured on, with how many of how many these are.
fn trained_on<'a>(rows: impl Iterator<Item = (&'a String, Option<usize>, usize)>) -> Vec<String> {
    let mut notes: Vec<String> = rows
        .filter_map(|(name, known, n)| Some(format!("{name}: {}.", trained_on_words(known, n)?)))
        .collect();
    notes.dedup();
    notes
}

/// Sentence about what the models share, or that they do not.
fn training(entries: &[&TrainedEntry]) -> String {
    let of = |entry: &TrainedEntry| {
        let TrainConfig { model, batch_size, optimizer, learning_rate, seed, dataset, .. } =
            &entry.meta.config;
        let mirrored = if dataset.flip { ", images mirrored at random" } else { "" };
        let varied = match dataset.augment {
            Augmentation::NONE => String::new(),
            augment => format!(", varied by {augment}"),
        };
        let grid = match model.latent_grid {
            Some(_) => format!("a code of {}, ", model.code()),
            None => String::new(),
        };
        format!(
            "{grid}base width {}, {} steps of {batch_size} images{mirrored}{varied}, {}, highest learning \
             rate {learning_rate}, seed {seed}",
            model.base_width,
            entry.meta.steps,
            optimizer.label()
        )
    };
    let mut ways: Vec<(String, Vec<&str>)> = Vec::new();
    for entry in entries {
        let way = of(entry);
        match ways.iter_mut().find(|(known, _)| *known == way) {
            Some((_, names)) => names.push(&entry.name),
            None => ways.push((way, vec![&entry.name])),
        }
    }
    let mut text = match ways.as_slice() {
        [(way, _)] => format!("All models were trained alike: {way}."),
        ways => {
            let each: Vec<String> =
                ways.iter().map(|(way, names)| format!("{}: {way}", names.join(", "))).collect();
            format!("The models were trained differently. {}.", each.join("; "))
        }
    };
    for entry in entries.iter().filter(|entry| !entry.meta.changes.is_empty()) {
        text += &format!(" Settings of {} were changed while it was trained.", entry.name);
    }
    text
}

/// The purpose of the PCA, and the plain models that do not reach it.
fn baseline(rows: &[ReconstructionRow]) -> Vec<String> {
    let pca = |row: &ReconstructionRow| {
        rows.iter().find(|other| {
            other.kind.is_none() && (other.image_size, other.latent_dim) == (row.image_size, row.latent_dim)
        })
    };
    if rows.iter().all(|row| row.kind.is_some()) {
        return Vec::new();
    }
    let mut notes = vec![
        "PCA is the best linear code of its size, fitted to the training images without their mirror images and \
         cut to [0, 1]."
            .to_owned(),
    ];
    let below: Vec<&str> = rows
        .iter()
        .filter(|row| row.kind == Some(ModelKind::Ae))
        .filter(|row| pca(row).is_some_and(|pca| row.metrics.psnr < pca.metrics.psnr))
        .map(|row| row.name.as_str())
        .collect();
    if !below.is_empty() {
        notes.push(format!(
            "{} stays below a PCA of its size, which says that it is too small or was not trained for long enough.",
            below.join(", ")
        ));
    }
    notes
}

fn denoising(rows: &[ReconstructionRow]) -> Option<String> {
    let said = |row: &ReconstructionRow| {
        Some(format!("{} ({})", PSNR.brief_with_unit(row.noisy_input?.psnr), row.noise?))
    };
    let mut noises: Vec<String> = rows.iter().filter_map(said).collect();
    noises.dedup();
    if noises.is_empty() {
        return None;
    }
    Some(format!(
        "A DAE is measured twice, on clean images and on images with the noise that it was trained to remove, which \
         themselves have a PSNR of {}. The lecture's number stands beside both, because which of \
         them it is of is not known here; its height asks for a larger code than the others need.",
        noises.join(" or ")
    ))
}

fn upper_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
