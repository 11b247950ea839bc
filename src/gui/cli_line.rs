//! What the window shows, as the command line that makes the same.

use crate::config::{DataSource, WalkPath};
use crate::gui::state::State;
use crate::gui::state::explore::SAMPLE_COUNT;
use crate::gui::state::walk::{End, EndSource};
use crate::worker::protocol::{Crop, ModelSource};

/// Trains on a data set.
pub fn train(data: &DataSource) -> String {
    format!("morphospace train --data {} --out run", quoted(&data.to_string()))
}

/// The sheet of samples of the model in use.
pub fn samples(state: &State) -> Option<String> {
    let seed = state.explore()?.sample_seed;
    Some(format!("morphospace sample {} -n {SAMPLE_COUNT} --seed {seed} --out samples.png", model(state)?))
}

/// The row along a dimension of the model in use. The command line moves from the centre: none while
/// another slider stands elsewhere.
pub fn traversal(state: &State) -> Option<String> {
    let explore = state.explore()?;
    let dim = explore.selected;
    let centred = explore.values().iter().enumerate().all(|(other, value)| other == dim || *value == 0.0);
    let line = || Some(format!("morphospace traverse {} --dims {dim} --out traversal.png", model(state)?));
    centred.then(line)?
}

/// The photo on the Reconstruct screen through all models.
pub fn reconstruct(state: &State) -> Option<String> {
    let photo = state.reconstruct.current()?;
    let path = photo.info.path.as_ref().filter(|_| photo.crop == Crop::default())?;
    let models: Vec<String> = state.models.iter().map(|m| source(&m.source)).collect();
    let noise = state.reconstruct.noise();
    let noise = noise.map(|noise| format!(" --noise {} --seed {}", noise.corruption, noise.seed));
    let noise = noise.unwrap_or_default();
    let line = |model: &String| {
        format!(
            "morphospace reconstruct {model} {}{noise} --out reconstructions",
            quoted(&path.display().to_string())
        )
    };
    (!models.is_empty()).then(|| models.iter().map(line).collect::<Vec<_>>().join("\n"))
}

/// The walk between two photos or draws. None for ends that the command line cannot name.
pub fn walk(state: &State) -> Option<String> {
    let end = |end: &End| match end.source.as_ref()? {
        EndSource::Sample(seed) => Some(format!("seed:{seed}")),
        EndSource::Photo(id, crop) if *crop == Crop::default() => {
            let path = state.reconstruct.photo(*id)?.info.path.as_ref()?;
            Some(quoted(&path.display().to_string()))
        }
        EndSource::Photo(..) | EndSource::Sliders(_) => None,
    };
    let [a, b] = &state.walk.ends;
    let path = match state.walk.path {
        WalkPath::Lerp => "lerp",
        WalkPath::Slerp => "slerp",
    };
    let (model, a, b, frames) = (model(state)?, end(a)?, end(b)?, state.walk.frames);
    Some(format!("morphospace interpolate {model} {a} {b} --frames {frames} --path {path} --out walk.png"))
}

fn model(state: &State) -> Option<String> {
    Some(source(&state.model()?.source))
}

fn source(source: &ModelSource) -> String {
    match source {
        ModelSource::Shipped(name) => name.clone(),
        ModelSource::File(path) => quoted(&path.display().to_string()),
    }
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
