//! Random numbers. All of them come from ChaCha8, which is specified, so that a seed means the same draws on every
//! machine and in every version. Stateless: whatever was drawn before, a seed and a [stream](streams) (or a
//! [`Purpose`] and a number) give the same numbers, so that a resumed run needs to remember only its step.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng;
use rand_distr::{Distribution, StandardNormal};

/// Register of the streams that the draws of one seed are taken from. What shares a stream shares its numbers.
///
/// | streams | whose draws |
/// |---|---|
/// | 0 … 2⁶⁰ | [codes](streams::codes) of an update; [samples](streams::sample) of a model; in the experiments with the embedded extractor, which have seeds of their own, what is [done to a test image](streams::extractor_test) |
/// | from 2⁶⁰ | [differentiable augmentation](streams::augmentation) |
/// | 2⁶¹ | [codes of a watched run](streams::WATCHED_CODES) |
/// | 2⁶¹ + 1, 2⁶¹ + 2 | [signs](streams::LIKELIHOOD) for the likelihood of a flow; [codes](streams::POSTERIOR_CODES) that a prior is fitted to |
/// | from 3·2⁶⁰ | [noise, times and left out units](streams::flow_training) of an update of a flow |
/// | from 2⁶² | [noise on images that are measured](streams::measured_noise) |
/// | from 5·2⁶⁰ | [codes](streams::weighted_codes) of an image whose likelihood is measured |
/// | from 6·2⁶⁰ | [black and white](streams::measured_pixels) of pictures that are measured |
/// | from 7·2⁶⁰ | [black and white](streams::training_pixels) of the pictures of an update |
/// | from 2⁶³ | [noise on the images of an update](streams::training_noise); what is [done to a training image](streams::extractor_training) of the extractor |
/// | anywhere | [first weights](streams::weights), by the hash of their name |
///
/// The stream 0 is also that of a [`RandomStream::new`]: principal components, maps and their comparison, the random
/// sliders of Explore.
pub mod streams {
    use xxhash_rust::xxh3::xxh3_64;

    /// Standard normal codes of the update after `step` others.
    pub fn codes(step: usize) -> u64 {
        step as u64
    }

    /// Sample `index` of a model.
    pub fn sample(index: usize) -> u64 {
        index as u64
    }

    /// Differentiable augmentation of one of the up to four `part`s of the update after `step` others.
    pub fn augmentation(step: usize, part: u64) -> u64 {
        1 << 60 | (step as u64 * 4 + part)
    }

    /// Draws from q(z|x) of the images on which a run is watched.
    pub const WATCHED_CODES: u64 = 1 << 61;

    /// Signs by which the log-likelihood of a flow is estimated.
    pub const LIKELIHOOD: u64 = (1 << 61) + 1;

    /// Noise, times and left out units of the update of a flow after `step` others, in up to 64 parts.
    pub fn flow_training(step: usize, part: usize) -> u64 {
        3 << 60 | (step as u64 * 64 + part as u64)
    }

    /// Draws from the posteriors of the codes that a prior is fitted to and measured on.
    pub const POSTERIOR_CODES: u64 = (1 << 61) + 2;

    /// Noise on the first of several images to be measured or looked at, which is `number` in its set; those of the
    /// others follow.
    pub fn measured_noise(number: usize) -> u64 {
        1 << 62 | number as u64
    }

    /// Codes by which the likelihood of an image is measured that is `number` in its set.
    pub fn weighted_codes(number: usize) -> u64 {
        5 << 60 | number as u64
    }

    /// Black and white for the greys of the first of several pictures to be measured, which is `number` in its set;
    /// those of the others follow.
    pub fn measured_pixels(number: usize) -> u64 {
        6 << 60 | number as u64
    }

    /// Black and white for the greys of the first of the `images` of the update after `step` others; those of the
    /// others follow.
    pub fn training_pixels(step: usize, images: usize) -> u64 {
        7 << 60 | (step as u64 * images as u64)
    }

    /// Noise on the first of the `images` of the update after `step` others; those of the others follow.
    pub fn training_noise(step: usize, images: usize) -> u64 {
        1 << 63 | (step as u64 * images as u64)
    }

    /// First values of the weights of this name.
    pub fn weights(name: &str) -> u64 {
        xxh3_64(name.as_bytes())
    }

    /// Draw `part` of four for a picture that the extractor learns from, counted over all updates.
    pub fn extractor_training(picture: usize, part: u64) -> u64 {
        1 << 63 | (picture as u64) << 2 | part
    }

    /// Strength of distortion `kind` on the test images of the extractor.
    pub fn extractor_levels(kind: usize) -> u64 {
        kind as u64
    }

    /// Distortion `kind` of test image `number` of the extractor.
    pub fn extractor_test(kind: usize, number: usize) -> u64 {
        ((kind as u64 + 1) << 32) | number as u64
    }

    /// Distortion of image `number` whose distance an extractor measures.
    pub fn distance(number: usize) -> u64 {
        number as u64
    }
}

/// Purpose of a row of draws with a key of its own; unlike streams these share nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The order of the images in an epoch.
    Shuffle,
    /// The images of an update that are mirrored.
    Flip,
    /// The variations of the images of an update.
    Vary,
    /// The factors of a built-in face.
    Face,
    /// A picture that is made to be told from known ones.
    Anomaly,
    /// A draw from the posterior of an image that is measured.
    Posterior,
}

/// A row of draws.
pub struct RandomStream(ChaCha8Rng);

impl RandomStream {
    /// The first stream of a seed.
    pub fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    /// One of the [`streams`] of a seed.
    pub fn of_stream(seed: u64, stream: u64) -> Self {
        let mut generator = Self::new(seed);
        generator.0.set_stream(stream);
        generator
    }

    /// Draw `number` for a purpose.
    pub fn of_purpose(seed: u64, purpose: Purpose, number: u64) -> Self {
        let name = match purpose {
            Purpose::Shuffle => b"shuffle\0",
            Purpose::Flip => b"flip\0\0\0\0",
            Purpose::Vary => b"vary\0\0\0\0",
            Purpose::Face => b"face\0\0\0\0",
            Purpose::Anomaly => b"anomaly\0",
            Purpose::Posterior => b"post\0\0\0\0",
        };
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        key[8..16].copy_from_slice(name);
        key[16..24].copy_from_slice(&number.to_le_bytes());
        Self(ChaCha8Rng::from_seed(key))
    }

    /// Uniform over all numbers of 32 bits.
    pub fn next_u32(&mut self) -> u32 {
        self.0.next_u32()
    }

    /// Uniform over all numbers of 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// Uniform in [0, 1), in steps of 2⁻²⁴.
    pub fn unit(&mut self) -> f32 {
        (self.next_u32() >> 8) as f32 / (1 << 24) as f32
    }

    /// A draw from N(0, 1), as `f32` or `f64`, which draw alike.
    pub fn normal<T>(&mut self) -> T
    where
        StandardNormal: Distribution<T>,
    {
        StandardNormal.sample(&mut self.0)
    }
}

/// `n` draws from N(0, 1).
pub fn standard_normal(seed: u64, stream: u64, n: usize) -> Vec<f32> {
    StandardNormal.sample_iter(RandomStream::of_stream(seed, stream).0).take(n).collect()
}

/// `n` draws from the uniform distribution on [0, 1).
pub fn uniform(seed: u64, stream: u64, n: usize) -> Vec<f32> {
    let mut generator = RandomStream::of_stream(seed, stream).0;
    (0..n).map(|_| generator.random::<f32>()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_and_stream_draw_the_same() {
        assert_eq!(standard_normal(1, 2, 100), standard_normal(1, 2, 100));
        assert_eq!(standard_normal(1, 2, 100)[..40], standard_normal(1, 2, 40));
        assert_ne!(standard_normal(1, 2, 100), standard_normal(1, 3, 100));
        assert_ne!(standard_normal(1, 2, 100), standard_normal(2, 2, 100));
        assert_ne!(uniform(1, 2, 100), uniform(1, 3, 100));
    }

    /// XXH3-64 of draws in steps of 10⁻⁴, which the last bit of a logarithm does not change.
    fn hash(draws: impl IntoIterator<Item = f64>) -> u64 {
        let bytes: Vec<u8> =
            draws.into_iter().flat_map(|v| ((v * 1e4).round() as i32).to_le_bytes()).collect();
        xxhash_rust::xxh3::xxh3_64(&bytes)
    }

    /// A seed in a checkpoint or a command line means the same run in every later version. The numbers are those of
    /// the first version; nothing but that makes them right. When this fails after an update of `rand`, `rand_chacha`
    /// or `rand_distr`, what they draw has to be written out here.
    #[test]
    fn seeds_keep_their_meaning() {
        const N: usize = 20_000;
        assert_eq!(standard_normal(0, 0, 3), [0.69996077f32, -0.14406164, 0.30288628]);
        assert_eq!(uniform(0, 0, 3), [0.6546971, 0.7090754, 0.72986984]);
        assert_eq!(
            hash(standard_normal(3, streams::training_noise(7, 64), N).into_iter().map(f64::from)),
            0x00061ee2a293c768
        );
        assert_eq!(
            hash(uniform(3, streams::WATCHED_CODES, N).into_iter().map(f64::from)),
            0x945b442a8bd527ef
        );
        let mut generator = RandomStream::of_stream(5, streams::sample(9));
        assert_eq!(hash((0..N).map(|_| generator.normal())), 0x90e8e1ad6a5400e6);
        let purposes = [Purpose::Shuffle, Purpose::Flip, Purpose::Vary, Purpose::Face];
        let first = purposes.map(|purpose| RandomStream::of_purpose(1, purpose, 2).next_u64());
        assert_eq!(
            first,
            [14533809794231140054, 9214428057337709472, 3013407579313333574, 3194268035633808893]
        );
    }

    #[test]
    fn streams_meet_only_where_the_register_says_so() {
        let far = 1 << 40;
        let last = |range: u64| range + (1 << 60) - 1;
        assert!(streams::codes(far) < 1 << 60 && streams::sample(far) < 1 << 60);
        assert!(streams::extractor_test(6, far) < 1 << 60);
        assert!((1 << 60..=last(1 << 60)).contains(&streams::augmentation(far, 3)));
        assert!((1 << 62..=last(1 << 62)).contains(&streams::measured_noise(far)));
        assert!((5 << 60..=last(5 << 60)).contains(&streams::weighted_codes(far)));
        assert!((6 << 60..=last(6 << 60)).contains(&streams::measured_pixels(far)));
        assert!((7 << 60..=last(7 << 60)).contains(&streams::training_pixels(far, 1 << 16)));
        assert!(streams::training_noise(far, 1 << 16) >= 1 << 63);
        assert_ne!(streams::augmentation(1, 0), streams::augmentation(0, 3));
        assert_ne!(streams::extractor_training(1, 0), streams::extractor_training(0, 3));
    }

    #[test]
    fn the_moments_are_those_of_the_distributions() {
        const N: usize = 200_000;
        let moments = |v: Vec<f32>| {
            let mean = v.iter().map(|x| f64::from(*x)).sum::<f64>() / N as f64;
            (mean, v.iter().map(|x| (f64::from(*x) - mean).powi(2)).sum::<f64>() / N as f64)
        };
        // Five standard errors: sqrt(var / N) for means, var · sqrt((kurtosis − 1) / N) for variances.
        let (mean, variance) = moments(standard_normal(7, 0, N));
        assert!(mean.abs() < 0.0112 && (variance - 1.0).abs() < 0.0158, "{mean} {variance}");
        let (mean, variance) = moments(uniform(7, 0, N));
        assert!((mean - 0.5).abs() < 0.0033 && (variance - 1.0 / 12.0).abs() < 0.00084, "{mean} {variance}");
        assert!(uniform(7, 0, N).iter().all(|v| (0.0..1.0).contains(v)));
    }
}
