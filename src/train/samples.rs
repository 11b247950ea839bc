//! The sheet of pictures that a run writes now and then: always the same photos and the same draws, so
//! that leafing through the sheets shows the model learning.

use super::monitor::WATCHED_FROM;
use super::snapshot::Snapshot;
use crate::error::{Error, Result};
use crate::image_buf::ImageBuf;
use crate::latent::sampling;
use crate::observer::Watched;
use crate::report::LatentInfo;

const COLUMNS: usize = 8;
const DRAWS: usize = 32;
const GAP: usize = 2;
const BACKGROUND: [u8; 3] = [24, 24, 27];

/// A row of photos (noisy ones for a denoising AE), a row of their reconstructions, then draws from the prior
/// (for an AE: from the Gaussian that fits its codes); without an encoder draws alone. Beneath them the same for
/// photos that somebody watches, and the codes that somebody watches.
pub(super) fn sheet(snapshot: &Snapshot, latent: &LatentInfo, watched: Option<&Watched>) -> Result<ImageBuf> {
    let size = snapshot.config.image_size;
    // A short row is filled up, so that what follows begins on a row of its own.
    let blank = ImageBuf::filled(size, size, BACKGROUND);
    let mut tiles: Vec<ImageBuf> = Vec::new();
    let mut add = |pictures: Vec<ImageBuf>| {
        tiles.extend(pictures);
        tiles.resize(tiles.len().next_multiple_of(COLUMNS), blank.clone());
    };
    if !snapshot.config.kind.has_encoder() {
        add(snapshot.pictures(&sampling::sample(latent, 2 * DRAWS, snapshot.seed))?);
        if let Some(watched) = watched {
            add(snapshot.pictures(&watched.codes)?);
        }
        return grid(&tiles);
    }
    let shown = &snapshot.shown[..snapshot.shown.len().min(COLUMNS)];
    let rows = |photos: &[ImageBuf], first: usize| -> Result<[Vec<ImageBuf>; 2]> {
        let given = snapshot.given(photos, first)?;
        let reconstructions = snapshot.pictures(&snapshot.codes(&given)?)?;
        Ok([given, reconstructions])
    };
    rows(&snapshot.images(shown)?, 0)?.into_iter().for_each(&mut add);
    add(snapshot.pictures(&sampling::sample(latent, DRAWS, snapshot.seed))?);
    if let Some(watched) = watched {
        for (row, photos) in watched.photos.chunks(COLUMNS).enumerate() {
            rows(photos, WATCHED_FROM + row * COLUMNS)?.into_iter().for_each(&mut add);
        }
        add(snapshot.pictures(&watched.codes)?);
    }
    grid(&tiles)
}

fn grid(tiles: &[ImageBuf]) -> Result<ImageBuf> {
    ImageBuf::grid(tiles, COLUMNS, GAP, BACKGROUND)
        .ok_or_else(|| Error::Invalid("there is no picture to show".into()))
}
