//! Training batches, made ahead on a thread of their own.

use std::ops::Range;
use std::sync::Arc;
use std::thread::JoinHandle;

use crossbeam_channel::Receiver;

use super::augment::Variation;
use crate::config::Augmentation;
use crate::data::dataset::Dataset;
use crate::random::{Purpose, RandomStream};
use crate::{Error, Result};

/// Batches that wait, made, for the trainer.
const AHEAD: usize = 2;

/// Variation of the pictures of a batch.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Variety {
    /// Mirrored left to right with probability ½.
    pub flip: bool,
    /// And what else.
    pub augment: Augmentation,
}

/// Place of some pictures, one after another, among those of an update: what is drawn for a picture depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchPlace {
    /// Updates before.
    pub step: usize,
    /// Number of the first one.
    pub first: usize,
    /// Number of all pictures of the update.
    pub of: usize,
}

/// The images of one training step, or a rank's share of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    /// The images among those of the step.
    pub place: BatchPlace,
    /// Indices of the images in the data set, in order.
    pub indices: Vec<usize>,
    /// Floats in [0, 1]: batch × height × width × RGB.
    pub pixels: Vec<f32>,
    /// Pixels on a side.
    pub size: usize,
}

/// An endless row of batches.
///
/// The chosen images are shuffled anew for every epoch and laid end to end; step `s` takes the images
/// `s * batch_size ..` of that row. So every image comes once an epoch, a batch may reach from one
/// epoch into the next, none is short, and data smaller than a batch repeats within it.
///
/// The batch of a step depends on nothing but the seed, the step and the data: the shuffle of an epoch
/// comes from ChaCha8 keyed by (seed, epoch), the flips and the variations of a step from ChaCha8 keyed by
/// (seed, step).
/// A run that starts again at step `s` sees the batches that it would have seen.
pub struct Batches {
    /// Taken away to make the thread end.
    batches: Option<Receiver<Result<Batch>>>,
    thread: Option<JoinHandle<()>>,
    /// Why there are no batches.
    problem: Option<String>,
}

impl Batches {
    /// [`Batches::shared`] by nobody.
    pub fn new(
        dataset: Arc<Dataset>,
        indices: Vec<usize>,
        batch_size: usize,
        variety: Variety,
        seed: u64,
        first_step: usize,
    ) -> Self {
        Self::shared(dataset, indices, (batch_size, 0..batch_size), variety, seed, first_step)
    }

    /// Starts making the `share` of batches of `batch_size` of the images `indices`, from step `first_step` (steps
    /// count from 0). What is wrong with the arguments says the first [`Batches::next_batch`].
    pub fn shared(
        dataset: Arc<Dataset>,
        indices: Vec<usize>,
        (batch_size, share): (usize, Range<usize>),
        variety: Variety,
        seed: u64,
        first_step: usize,
    ) -> Self {
        let failed = |problem: String| Batches { batches: None, thread: None, problem: Some(problem) };
        if indices.is_empty() {
            return failed("there are no images in this part of the data; choose a folder with more".into());
        }
        if batch_size == 0 {
            return failed("a batch size of 0 is not possible; it must be at least 1".into());
        }
        if let Some(index) = indices.iter().find(|&&index| index >= dataset.len()) {
            return failed(format!("image {index} was asked for, but there are only {}", dataset.len()));
        }
        let (sender, receiver) = crossbeam_channel::bounded(AHEAD);
        let make = move || {
            let mut order = EpochOrder::new(indices, seed);
            for step in first_step.. {
                let batch = make_batch(&dataset, &mut order, (batch_size, &share), variety, seed, step);
                let failed = batch.is_err();
                if sender.send(batch).is_err() || failed {
                    return;
                }
            }
        };
        match std::thread::Builder::new().name("batches".into()).spawn(make) {
            Ok(thread) => Batches { batches: Some(receiver), thread: Some(thread), problem: None },
            Err(error) => failed(format!("cannot start the thread that prepares batches: {error}")),
        }
    }

    /// The next batch; waits until it is made.
    ///
    /// # Errors
    /// If [`Batches::new`] was given nothing to make batches of, if an image is damaged in the cache, or
    /// if the thread has died.
    pub fn next_batch(&mut self) -> Result<Batch> {
        if let Some(problem) = &self.problem {
            return Err(Error::Invalid(problem.clone()));
        }
        self.batches
            .as_ref()
            .and_then(|batches| batches.recv().ok())
            .ok_or_else(|| Error::Invalid("the thread that prepares batches ended unexpectedly".into()))?
    }
}

impl Drop for Batches {
    fn drop(&mut self) {
        drop(self.batches.take());
        if let Some(thread) = self.thread.take() {
            // A panic there has been told by the last `next_batch`.
            let _ = thread.join();
        }
    }
}

/// The endless row of images.
struct EpochOrder {
    indices: Vec<usize>,
    seed: u64,
    epoch: usize,
    shuffled: Vec<usize>,
}

impl EpochOrder {
    fn new(indices: Vec<usize>, seed: u64) -> Self {
        let shuffled = shuffled(&indices, seed, 0);
        EpochOrder { indices, seed, epoch: 0, shuffled }
    }

    fn at(&mut self, position: usize) -> usize {
        let epoch = position / self.indices.len();
        if epoch != self.epoch {
            self.epoch = epoch;
            self.shuffled = shuffled(&self.indices, self.seed, epoch);
        }
        self.shuffled[position % self.indices.len()]
    }
}

/// Fisher–Yates. Written out, because the one in `rand` may change its draws between versions.
fn shuffled(indices: &[usize], seed: u64, epoch: usize) -> Vec<usize> {
    let mut random = RandomStream::of_purpose(seed, Purpose::Shuffle, epoch as u64);
    let mut order = indices.to_vec();
    for last in (1..order.len()).rev() {
        // A number in 0..=last; its bias of at most 2^-32 for four thousand million images is nothing.
        let other = (u128::from(random.next_u64()) * (last as u128 + 1)) >> 64;
        order.swap(last, other as usize);
    }
    order
}

fn make_batch(
    dataset: &Dataset,
    order: &mut EpochOrder,
    (batch_size, share): (usize, &Range<usize>),
    variety: Variety,
    seed: u64,
    step: usize,
) -> Result<Batch> {
    let size = dataset.image_size();
    let mut flips = RandomStream::of_purpose(seed, Purpose::Flip, step as u64);
    let mut random = RandomStream::of_purpose(seed, Purpose::Vary, step as u64);
    // Drawn for all, so that a picture is the same whoever makes it.
    let mut all = Vec::with_capacity(batch_size);
    for number in 0..batch_size {
        let index = order.at(step * batch_size + number);
        let flip = variety.flip && flips.next_u32() & 1 == 1;
        all.push((index, Variation::draw(variety.augment, flip, &mut random)));
    }
    let own = all.get(share.clone()).unwrap_or_default();
    let mut pixels = Vec::with_capacity(own.len() * size * size * 3);
    for (index, variation) in own {
        variation.apply(&dataset.pixels(*index)?, size, &mut pixels);
    }
    if own.iter().any(|(_, variation)| variation.is_mixed()) {
        let (index, variation) = all[(share.start + batch_size - 1) % batch_size];
        let mut before = Vec::with_capacity(size * size * 3);
        variation.apply(&dataset.pixels(index)?, size, &mut before);
        mix(&mut pixels, own.iter().map(|(_, variation)| variation), before, size);
    }
    let indices = own.iter().map(|(index, _)| *index).collect();
    Ok(Batch { place: BatchPlace { step, first: share.start, of: batch_size }, indices, pixels, size })
}

/// Blends each picture that is to be mixed with the one before it in the batch, of which the one before the first is
/// given, all of them as they were.
fn mix<'a>(
    pixels: &mut [f32],
    variations: impl Iterator<Item = &'a Variation>,
    mut before: Vec<f32>,
    size: usize,
) {
    let length = size * size * 3;
    for (picture, variation) in pixels.chunks_exact_mut(length).zip(variations) {
        let unmixed = picture.to_vec();
        variation.blend(picture, &before, size);
        before = unmixed;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image_buf::ImageBuf;

    /// Image `i` has the pixels `[i, 0, 1]` on the left and `[i, 0, 2]` on the right.
    fn data(images: u8) -> Arc<Dataset> {
        let pictures: Vec<ImageBuf> =
            (0..images).map(|i| ImageBuf::new(2, 2, [i, 0, 1, i, 0, 2].repeat(2)).unwrap()).collect();
        Arc::new(Dataset::from_images((0..images).map(|i| i.to_string()).collect(), &pictures, 2).unwrap())
    }

    fn take(count: usize, mut batches: Batches) -> Vec<Batch> {
        (0..count).map(|_| batches.next_batch().unwrap()).collect()
    }

    fn flipped(flip: bool) -> Variety {
        Variety { flip, ..Variety::default() }
    }

    fn all(data: &Arc<Dataset>, batch: usize, flip: bool, seed: u64, first: usize) -> Batches {
        Batches::new(data.clone(), (0..data.len()).collect(), batch, flipped(flip), seed, first)
    }

    #[test]
    fn every_image_comes_once_an_epoch_in_an_order_of_its_own() {
        let data = data(100);
        let row: Vec<usize> =
            take(75, all(&data, 8, true, 5, 0)).into_iter().flat_map(|b| b.indices).collect();
        let epochs: Vec<&[usize]> = row.chunks(100).collect();
        for epoch in &epochs {
            let mut sorted = epoch.to_vec();
            sorted.sort_unstable();
            assert_eq!(sorted, (0..100).collect::<Vec<_>>());
        }
        assert_eq!(epochs.len(), 6);
        assert!(!epochs[0].is_sorted());
        assert_ne!(epochs[0], epochs[1]);
    }

    #[test]
    fn a_batch_depends_on_seed_step_and_data_alone() {
        let data = data(30);
        let whole = take(20, all(&data, 7, true, 1, 0));
        assert_eq!(whole, take(20, all(&data, 7, true, 1, 0)));
        for first in [1, 4, 13] {
            assert_eq!(whole[first..], take(20 - first, all(&data, 7, true, 1, first)));
        }
        assert!(whole.iter().enumerate().all(|(step, batch)| batch.place.step == step));
        let other = take(20, all(&data, 7, true, 2, 0));
        assert_ne!(whole[0].indices, other[0].indices);
    }

    /// With every variation there is, mixing with the picture before among them.
    #[test]
    fn shares_of_a_batch_are_the_batch() {
        let data = data(30);
        let variety = Variety { flip: true, augment: Augmentation { shift: 1, color: 0.1, mix: 0.5 } };
        let of = |share: Range<usize>| {
            let indices = (0..data.len()).collect();
            take(8, Batches::shared(data.clone(), indices, (7, share), variety, 1, 0))
        };
        let (whole, parts) = (of(0..7), [of(0..2), of(2..4), of(4..7)]);
        for (step, batch) in whole.iter().enumerate() {
            let pixels: Vec<f32> = parts.iter().flat_map(|part| part[step].pixels.clone()).collect();
            let indices: Vec<usize> = parts.iter().flat_map(|part| part[step].indices.clone()).collect();
            assert!(pixels == batch.pixels && indices == batch.indices);
            assert_eq!(parts[1][step].place, BatchPlace { step, first: 2, of: 7 });
        }
    }

    #[test]
    fn data_smaller_than_a_batch_repeats() {
        let batches = take(3, all(&data(3), 8, false, 0, 0));
        for batch in &batches {
            assert_eq!((batch.indices.len(), batch.pixels.len(), batch.size), (8, 8 * 12, 2));
            assert!((0..3).all(|index| batch.indices.contains(&index)));
        }
    }

    #[test]
    fn pixels_are_those_of_the_images_or_their_mirror_image() {
        let data = data(50);
        let mut mirrored = 0;
        for batch in take(40, all(&data, 25, true, 3, 0)) {
            for (index, pixels) in batch.indices.iter().zip(batch.pixels.chunks(12)) {
                let plain = data.image(*index).unwrap().to_unit_floats();
                let mirror = [&plain[3..6], &plain[..3], &plain[9..], &plain[6..9]].concat();
                assert!(pixels == plain || pixels == mirror);
                mirrored += usize::from(pixels == mirror);
            }
        }
        // 1,000 fair draws: 500 with a standard deviation of 16.
        assert!((420..580).contains(&mirrored), "{mirrored} of 1000");
        for batch in take(4, all(&data, 25, false, 3, 0)) {
            for (index, pixels) in batch.indices.iter().zip(batch.pixels.chunks(12)) {
                assert_eq!(pixels, data.image(*index).unwrap().to_unit_floats());
            }
        }
    }

    #[test]
    fn only_the_chosen_images_come() {
        let batches = take(6, Batches::new(data(10), vec![2, 5, 7], 2, flipped(false), 0, 0));
        assert!(batches.iter().flat_map(|batch| &batch.indices).all(|index| [2, 5, 7].contains(index)));
    }

    #[test]
    fn nothing_to_make_batches_of_is_an_error_not_a_hang() {
        let message = |mut batches: Batches| batches.next_batch().unwrap_err().to_string();
        assert!(
            message(Batches::new(data(3), vec![], 2, flipped(false), 0, 0))
                .contains("no images in this part")
        );
        assert!(message(Batches::new(data(3), vec![0], 0, flipped(false), 0, 0)).contains("batch size of 0"));
        assert!(
            message(Batches::new(data(3), vec![3], 2, flipped(false), 0, 0)).contains("there are only 3")
        );
    }

    #[test]
    fn dropping_ends_the_thread() {
        let data = data(5);
        let mut batches = all(&data, 2, false, 0, 0);
        batches.next_batch().unwrap();
        drop(batches);
        assert_eq!(Arc::strong_count(&data), 1);
    }
}
