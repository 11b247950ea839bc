//! `morphospace interpolate`

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use super::alignment::PhotoOptions;
use super::code;
use super::output::{print_json, print_line, unexpected, usage_error};
use super::session::WorkerClient;
use crate::config::{Alignment, Easing, KeySource, Timeline, WalkPath};
use crate::error::{Error, Result};
use crate::worker::protocol::{Answer, Crop, Export, ModelInfo, PhotoId, Query, Slot, image_endings};

/// Pictures of a walk where nothing says how many.
const FRAMES: usize = 16;

#[derive(clap::Args)]
pub struct Options {
    /// Models (checkpoints, run folders, names of shipped models), then the key faces: image files, seed:N for the
    /// first draw with that seed, code:FILE for a code in a .npy file or a JSON list. With --keys models alone
    #[arg(required = true, value_name = "MODEL... A B [C...]")]
    words: Vec<OsString>,
    /// Walk file in place of key faces, as the window writes it: key faces with their times, path, easing, loop,
    /// pictures, seconds; options given beside it count instead of what it says
    #[arg(long, value_name = "FILE.walk.json")]
    keys: Option<PathBuf>,
    /// When the key faces are passed, in parts of the whole time, one for each: 0,0.3,1; at equal distances if it is
    /// not said
    #[arg(long, value_delimiter = ',', value_name = "T,T,...", conflicts_with = "keys")]
    times: Option<Vec<f32>>,
    /// Pictures from end to end; 16 if it is not said
    #[arg(long)]
    frames: Option<usize>,
    /// Straight line or great circle; slerp if it is not said
    #[arg(long, value_enum)]
    path: Option<WalkPath>,
    /// Pace from each key face to the next; linear if it is not said
    #[arg(long, value_enum)]
    easing: Option<Easing>,
    /// Go on from the last key face to the first
    #[arg(long = "loop")]
    looped: bool,
    /// Find the face in each photo and cut it as FFHQ's pictures are, turned upright; none takes the middle square, as
    /// is done where no face is found
    #[arg(long, value_enum, default_value = "face", conflicts_with = "keys")]
    align: Alignment,
    /// Part of a photo that the model sees, in place of what is found: the centre in parts of width and height, the
    /// side in parts of the shorter one, and degrees clockwise if it is turned. Once for all photos, or once for each
    /// in their order
    #[arg(long, value_name = "X,Y,SIZE[,ANGLE]", conflicts_with = "keys")]
    crop: Vec<Crop>,
    /// Seconds from end to end of a film; 80 ms a picture if it is not said
    #[arg(long)]
    seconds: Option<f32>,
    /// A film as .gif, .webp or .apng (there and back, a loop only there; there is no MP4), a strip as .png with a row
    /// a model, or a folder for the single pictures (DIR/)
    #[arg(long, value_name = "FILE|DIR/")]
    out: PathBuf,
}

pub fn run(options: Options, json: bool) -> Result<()> {
    let mut session = WorkerClient::start();
    let mut photos = HashMap::new();
    let (models, mut timeline, frames, seconds) = match &options.keys {
        Some(file) => {
            let plan = session.open_walk(file)?;
            let frames = options.frames.unwrap_or(plan.frames);
            (&options.words[..], plan.timeline, frames, options.seconds.or(Some(plan.seconds)))
        }
        None => {
            let (models, keys) = split(&options.words);
            let timeline = timeline_of(&mut session, keys, &options, &mut photos)?;
            (models, timeline, options.frames.unwrap_or(FRAMES), options.seconds)
        }
    };
    timeline.path = options.path.unwrap_or(timeline.path);
    timeline.easing = options.easing.unwrap_or(timeline.easing);
    let (mut names, mut walks) = (Vec::new(), Vec::new());
    for model in models {
        let model = session.open_model(model.as_ref())?;
        let codes = timeline.with(|key| code_of(&mut session, &model, &key.source, &mut photos))?;
        names.push(model.name);
        walks.push((model.id, codes));
    }
    let export = Export::Walk { walks: walks.clone(), frames, seconds, file: options.out };
    let file = session.export(export)?;
    if !json {
        return print_line(&file.display().to_string());
    }
    let mut rows = Vec::new();
    for (name, (model, timeline)) in names.into_iter().zip(walks) {
        let query = Query::WalkFilm { model, timeline, frames, features: true };
        match session.ask(Slot::WalkFilm(model), query)? {
            Answer::Film(film) => {
                let (features, feature_change) =
                    film.features.map(|features| (features.extractor, features.change)).unzip();
                rows.push(WalkRow { name, change: film.change, features, feature_change });
            }
            other => return unexpected(&other),
        }
    }
    print_json(&WrittenWalk { files: files_in(&file)?, file, frames, seconds, rows })
}

/// A walk that was written.
#[derive(serde::Serialize)]
struct WrittenWalk {
    #[serde(serialize_with = "crate::text::path")]
    file: PathBuf,
    /// The single pictures, if it is a folder.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    files: Vec<String>,
    frames: usize,
    seconds: Option<f32>,
    rows: Vec<WalkRow>,
}

/// A walk through a model.
#[derive(serde::Serialize)]
struct WalkRow {
    name: String,
    /// Mean squared difference from each picture to the next.
    change: Vec<f64>,
    /// Name of the features.
    features: Option<String>,
    /// Euclidean distance in features from each picture to the next.
    feature_change: Option<Vec<f64>>,
}

/// Models, then key faces: a word is one of these if it looks like it, the first never and the last two always.
fn split(words: &[OsString]) -> (&[OsString], &[OsString]) {
    if words.len() < 3 {
        usage_error(
            "give a model and at least two key faces: image files, seed:N or code:FILE; or --keys FILE",
        );
    }
    let last = words.len() - 2;
    let first = words[1..last].iter().position(|word| is_key(word)).map_or(last, |index| index + 1);
    words.split_at(first)
}

fn is_key(word: &OsStr) -> bool {
    let is_image = Path::new(word)
        .extension()
        .is_some_and(|ending| image_endings().iter().any(|image| ending.eq_ignore_ascii_case(image)));
    is_image || word.to_str().is_some_and(|word| word.starts_with("seed:") || word.starts_with("code:"))
}

/// The walk that key faces and options say.
fn timeline_of(
    session: &mut WorkerClient,
    keys: &[OsString],
    options: &Options,
    open: &mut HashMap<PathBuf, PhotoId>,
) -> Result<Timeline<KeySource>> {
    let mut crops = match &options.crop[..] {
        [crop] => vec![*crop; keys.len()],
        crops => crops.to_vec(),
    }
    .into_iter();
    let mut sources = Vec::new();
    let mut photos = 0;
    for key in keys {
        sources.push(match key.to_str().and_then(|word| word.split_once(':')) {
            Some(("seed", seed)) => {
                let wrong = format!("'seed:{seed}' has no number after seed:");
                KeySource::Seed(seed.parse().unwrap_or_else(|_| usage_error(wrong)))
            }
            Some(("code", file)) => KeySource::Code(session.read_code(Path::new(file))?),
            _ => {
                photos += 1;
                let (file, photo) =
                    (PathBuf::from(key), PhotoOptions { align: options.align, crop: crops.next() });
                let crop = match photo.crop {
                    Some(crop) => crop,
                    None => {
                        let info = session.open_photo_for(&file, photo)?;
                        open.insert(file.clone(), info.id);
                        photo.crop_of(&info)
                    }
                };
                KeySource::Photo { file, crop }
            }
        });
    }
    if options.crop.len() > 1 && options.crop.len() != photos {
        usage_error(format!(
            "--crop is given {} times for {photos} photos; give one for each",
            options.crop.len()
        ));
    }
    let mut timeline = Timeline::evenly(sources, WalkPath::default(), Easing::default(), options.looped);
    if let Some(times) = &options.times {
        if times.len() != keys.len() {
            usage_error(format!("--times has {} times for {} key faces", times.len(), keys.len()));
        }
        timeline.keys.iter_mut().zip(times).for_each(|(key, time)| key.time = *time);
    }
    timeline.check()?;
    Ok(timeline)
}

/// The code that a key face has in a model.
fn code_of(
    session: &mut WorkerClient,
    model: &ModelInfo,
    key: &KeySource,
    photos: &mut HashMap<PathBuf, PhotoId>,
) -> Result<Vec<f32>> {
    let id = model.id;
    match key {
        KeySource::Code(code) if code.len() == model.config.latent_dim => Ok(code.clone()),
        KeySource::Code(code) => Err(Error::Invalid(format!(
            "a key face is a code of {} numbers, and those of {} have {}",
            code.len(),
            model.name,
            model.config.latent_dim
        ))),
        KeySource::Seed(seed) => code::of_draw(session, model, *seed),
        KeySource::Photo { file, crop } => {
            let photo = match photos.get(file) {
                Some(photo) => *photo,
                None => session.open_photo(file)?.id,
            };
            photos.insert(file.clone(), photo);
            let query = Query::Reconstruct { model: id, photo, crop: *crop, noise: None };
            match session.ask(Slot::Reconstruct(id), query)? {
                Answer::Reconstruction(reconstruction) => Ok(reconstruction.code),
                other => unexpected(&other),
            }
        }
    }
}

/// The single pictures of a walk in a folder, in their order; none if it is a file.
fn files_in(path: &Path) -> Result<Vec<String>> {
    if !path.is_dir() {
        return Ok(Vec::new());
    }
    let listed = std::fs::read_dir(path).map_err(Error::io("list", path))?;
    let names = listed.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> = names.filter(|name| name.starts_with("frame-")).collect();
    names.sort();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_come_first_and_key_faces_after_them() {
        let check = |words: &str, models: usize| {
            let words: Vec<OsString> = words.split(' ').map(OsString::from).collect();
            assert_eq!(split(&words).0.len(), models, "{words:?}");
        };
        check("vae a.jpg b.PNG", 1);
        check("vae a b", 1);
        check("a.png b.png c.png", 1);
        check("vae run/ae seed:1 seed:2", 2);
        check("vae ae dae photo code:z.npy c.webp", 4);
        check("vae ae seed:1 photo other", 2);
    }
}
