//! Walks through models as files: films, strips, single pictures.

use std::path::{Path, PathBuf, is_separator};

use super::explorer::batch_size;
use super::protocol::ModelId;
use super::registry::Registry;
use crate::atomic_file::FileKind;
use crate::config::{Timeline, check_frames, check_seconds, even_times};
use crate::error::{Error, Result};
use crate::export::{FILMS, Film, enlarged, sheet, write_film, write_png};
use crate::image_buf::ImageBuf;
use crate::latent::walk;
use crate::memory;

/// Milliseconds a picture of a walk stays where nothing is said: 12.5 a second.
const FRAME_MS: u32 = 80;
/// A film's pictures are enlarged by a whole number to about this side, or they would be stamps.
const FRAME_SIDE: usize = 256;

/// Writes a walk through several models as `Export::Walk` says.
///
/// # Errors
/// As for any export; no model, too few or too many pictures, a time that is none, a folder that holds the pictures
/// of a longer walk.
pub fn write(
    walks: &[(ModelId, Timeline<Vec<f32>>)],
    frames: usize,
    seconds: Option<f32>,
    file: &Path,
    registry: &Registry,
) -> Result<()> {
    let folder = is_folder(file);
    let kinds = [&FILMS[..], &[FileKind::Png]].concat();
    let kind = if folder { FileKind::Png } else { FileKind::of(file, "a walk is", &kinds)? };
    check_frames(frames)?;
    seconds.map_or(Ok(()), check_seconds)?;
    let models = walks.iter().map(|(id, _)| registry.model(*id)).collect::<Result<Vec<_>>>()?;
    let Some(side) = models.iter().map(|model| model.image_size()).max() else {
        return Err(Error::Invalid("a walk needs a model to go through".into()));
    };
    // Each as it is decoded, and enlarged in the file.
    let side = side.max(FRAME_SIDE) as u64;
    memory::check("pictures", frames as u64 * walks.len() as u64, 2 * 3 * side.pow(2), 0)?;
    let mut rows = Vec::with_capacity(walks.len());
    for (model, (_, timeline)) in models.iter().zip(walks) {
        let codes = walk::codes(timeline, &even_times(frames, timeline.looped))?;
        let mut images = Vec::with_capacity(frames);
        for codes in codes.chunks(batch_size(model.image_size())) {
            images.extend(model.decode_points(codes)?);
        }
        rows.push(images);
    }
    if kind == FileKind::Png && !folder {
        return write_png(&sheet(&rows.concat(), frames)?, file);
    }
    let large: Vec<Vec<ImageBuf>> = rows.iter().map(|row| large(row)).collect::<Result<_>>()?;
    let beside =
        |frame: usize| sheet(&large.iter().map(|row| row[frame].clone()).collect::<Vec<_>>(), large.len());
    let pictures = (0..frames).map(beside).collect::<Result<Vec<_>>>()?;
    if folder {
        return write_frames(&pictures, file);
    }
    let looped = walks.iter().all(|(_, timeline)| timeline.looped);
    let steps = if looped { frames } else { frames - 1 };
    let delay_ms = seconds.map_or(FRAME_MS, |seconds| (1000.0 * seconds / steps as f32).round() as u32);
    write_film(&Film { frames: &pictures, delay_ms, there_and_back: !looped }, file, kind)
}

/// The pictures of a model, large enough to look at.
fn large(row: &[ImageBuf]) -> Result<Vec<ImageBuf>> {
    row.iter().map(|image| enlarged(image, FRAME_SIDE / image.width())).collect()
}

/// Whether a path is that of a folder: it says so, or there is one.
fn is_folder(path: &Path) -> bool {
    path.to_string_lossy().ends_with(is_separator) || path.is_dir()
}

/// The picture of this number, from 0, in a folder.
fn frame_file(folder: &Path, index: usize) -> PathBuf {
    folder.join(format!("frame-{:04}.png", index + 1))
}

fn write_frames(pictures: &[ImageBuf], folder: &Path) -> Result<()> {
    let next = frame_file(folder, pictures.len());
    if next.exists() {
        let reason =
            "this is of a longer walk, which would be mixed with the new one; choose an empty folder";
        return Err(Error::file(&next, reason));
    }
    std::fs::create_dir_all(folder).map_err(Error::io("create the folder", folder))?;
    pictures
        .iter()
        .enumerate()
        .try_for_each(|(index, picture)| write_png(picture, &frame_file(folder, index)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_one_by_its_name_or_because_it_is_there() {
        let folder = tempfile::tempdir().unwrap();
        assert!(is_folder(Path::new("frames/")) && is_folder(folder.path()));
        assert!(!is_folder(Path::new("walk.gif")) && !is_folder(Path::new("frames")));
        let pictures = vec![ImageBuf::filled(3, 3, [9; 3]); 3];
        let place = folder.path().join("frames");
        write_frames(&pictures, &place).unwrap();
        assert!(place.join("frame-0003.png").is_file());
        let refused = write_frames(&pictures[..2], &place).unwrap_err().to_string();
        assert!(refused.contains("frame-0003.png") && refused.contains("longer walk"), "{refused}");
    }
}
