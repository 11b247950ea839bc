//! Built-in faces as a data set: the first [`LEN`] of one seed.

use std::borrow::Cow;
use std::sync::OnceLock;

use xxhash_rust::xxh3::Xxh3;

use super::{Factors, render_into};

/// Faces in the set.
pub const LEN: usize = 20_000;
/// The seed that they are drawn by.
pub const SEED: u64 = 0;
/// Bytes of faces that are kept once rendered: at 64 × 64 pixels all of them.
const KEPT_BYTES: usize = 256 << 20;
/// Faces that are looked at to tell one renderer from another.
const PROBES: usize = 8;

/// The name of face `index`: that of its file when it is written as one, so that a folder of such
/// files is split as the built-in set is.
pub fn name(index: usize) -> String {
    format!("face-{index:06}.png")
}

/// The faces at one size. Each is rendered when it is first asked for and then kept, as far as
/// there is room.
pub struct FaceSet {
    image_size: usize,
    kept: Vec<OnceLock<Box<[u8]>>>,
}

impl FaceSet {
    /// Squares of `image_size` pixels a side; nothing is rendered yet.
    pub fn new(image_size: usize) -> Self {
        let room = KEPT_BYTES / (image_size * image_size * 3);
        FaceSet { image_size, kept: (0..LEN.min(room)).map(|_| OnceLock::new()).collect() }
    }

    /// The bytes of face `index`: height × width × RGB.
    pub fn pixels(&self, index: usize) -> Cow<'_, [u8]> {
        match self.kept.get(index) {
            Some(kept) => Cow::Borrowed(kept.get_or_init(|| self.rendered(index).into())),
            None => Cow::Owned(self.rendered(index)),
        }
    }

    /// 32 hexadecimal digits that change with the size and with the renderer, as far as a few faces show it.
    pub fn fingerprint(&self) -> String {
        let mut hash = Xxh3::new();
        hash.update(b"builtin:faces");
        hash.update(&(self.image_size as u64).to_le_bytes());
        hash.update(&(LEN as u64).to_le_bytes());
        for index in 0..PROBES {
            hash.update(&self.pixels(index));
        }
        format!("{:032x}", hash.digest128())
    }

    fn rendered(&self, index: usize) -> Vec<u8> {
        let mut pixels = vec![0; self.image_size * self.image_size * 3];
        render_into(&Factors::draw(SEED, index as u64), self.image_size, &mut pixels);
        pixels
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faces::render;

    #[test]
    fn faces_come_in_any_order_and_stay() {
        let set = FaceSet::new(32);
        let late = set.pixels(LEN - 1).into_owned();
        assert_eq!(late, render(&Factors::draw(SEED, LEN as u64 - 1), 32).pixels());
        assert_ne!(late, *set.pixels(0));
        assert_eq!(late, *FaceSet::new(32).pixels(LEN - 1));
    }

    #[test]
    fn memory_is_bounded_at_any_size() {
        for size in [32, 64, 128, 256] {
            let set = FaceSet::new(size);
            assert!(set.kept.len() * size * size * 3 <= KEPT_BYTES);
            assert_eq!(set.kept.len() == LEN, size <= 64);
        }
    }

    #[test]
    fn the_fingerprint_knows_the_size() {
        assert_eq!(FaceSet::new(32).fingerprint(), FaceSet::new(32).fingerprint());
        assert_ne!(FaceSet::new(32).fingerprint(), FaceSet::new(64).fingerprint());
    }
}
