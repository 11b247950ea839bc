//! Fingerprints of data sets: checkpoints remember them, and a run goes on only with the images
//! that it began with.

use xxhash_rust::xxh3::Xxh3;

/// XXH3 (128 bit) over the size, the identities and the pixels, in this order; it changes with any of them.
pub(super) struct Fingerprint(Box<Xxh3>);

impl Fingerprint {
    /// The fingerprint of images of `image_size` pixels a side with these identities.
    pub fn new(image_size: usize, identities: &[String]) -> Self {
        let mut hash = Box::new(Xxh3::new());
        hash.update(&(image_size as u64).to_le_bytes());
        for identity in identities {
            hash.update(&(identity.len() as u64).to_le_bytes());
            hash.update(identity.as_bytes());
        }
        Fingerprint(hash)
    }

    /// The pixels of the next image, in the order of the identities.
    pub fn add(&mut self, pixels: &[u8]) {
        self.0.update(pixels);
    }

    /// The fingerprint as 32 hexadecimal digits.
    pub fn finish(&self) -> String {
        format!("{:032x}", self.0.digest128())
    }
}
