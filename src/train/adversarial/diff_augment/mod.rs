//! Differentiable augmentation (Zhao et al. 2020, "Differentiable Augmentation for Data-Efficient GAN
//! Training", <https://arxiv.org/abs/2006.10738>): what the discriminator sees, real or generated, changes in
//! colour, is moved and has a part cut out, so that it cannot learn few pictures by heart; the generator's
//! gradient goes through. Policy and numbers are those of the paper's "color, translation, cutout".

mod draw;
mod on_a_card;

use std::sync::Arc;

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor, bail};
use rayon::prelude::*;

use super::part::BatchPart;
use crate::nn;
use crate::random::{self, streams};
use draw::AugmentationDraw;

/// Numbers drawn for a picture.
const DRAWS: usize = 7;

/// Draws for the pictures of a batch.
#[derive(Clone)]
pub struct DiffAugment {
    draws: Arc<Vec<AugmentationDraw>>,
    size: [usize; 2],
}

/// Direction through the operation.
#[derive(Clone, Copy, PartialEq)]
enum Way {
    Forward,
    /// From a gradient by what came out to one by what went in.
    Adjoint,
}

struct Op {
    augment: DiffAugment,
    way: Way,
}

impl DiffAugment {
    /// Draws for pictures of the shape (n, height, width, 3) that depend on seed, step and part alone. Fewer
    /// pictures get the first of the same draws. Where other ranks have the others of a batch, these are that part of
    /// it, of which there may be several in a row: each part of a whole batch.
    pub fn new(
        seed: u64,
        step: usize,
        part: u64,
        (n, height, width, _): (usize, usize, usize, usize),
        of_batch: Option<BatchPart>,
    ) -> Self {
        let BatchPart { first, count, of } = of_batch.unwrap_or(BatchPart { first: 0, count: n, of: n });
        let batches = n / count.max(1);
        let uniform = random::uniform(seed, streams::augmentation(step, part), batches * of * DRAWS);
        let (rows, _) = uniform.as_chunks::<DRAWS>();
        let rows = rows.chunks_exact(of.max(1)).flat_map(|batch| &batch[first..first + count]);
        let whole = |u: f32, choices: usize| (u * choices as f32) as isize;
        let draw = |&[a, b, c, down, right, top, left]: &[f32; DRAWS]| {
            let shift = |u: f32, side: usize| whole(u, 2 * (side / 8) + 1) - (side / 8) as isize;
            let cut = |u: f32, side: usize| whole(u, side + 1) - (side / 4) as isize;
            AugmentationDraw {
                brightness: a - 0.5,
                saturation: 2.0 * b,
                contrast: c + 0.5,
                shift: [shift(down, height), shift(right, width)],
                cut: [cut(top, height), cut(left, width)],
            }
        };
        Self { draws: Arc::new(rows.map(draw).collect()), size: [height, width] }
    }

    /// (n, height, width, 3 or 1) in [0, 1] to the same shape; values may leave [0, 1].
    pub fn apply(&self, pictures: &Tensor) -> Result<Tensor> {
        // Grey stays grey, whatever is done to the colours.
        if let (n, height, width, 1) = pictures.dims4()? {
            let colored = pictures.broadcast_as((n, height, width, 3))?.contiguous()?;
            return self.apply(&colored)?.narrow(3, 0, 1)?.contiguous();
        }
        if pictures.dims() != [self.draws.len(), self.size[0], self.size[1], 3] {
            bail!("{} draws do not fit pictures of the shape {:?}", self.draws.len(), pictures.dims());
        }
        if !nn::is_fast(&[pictures]) {
            return on_a_card::apply(&self.draws, pictures);
        }
        pictures.contiguous()?.apply_op1(Op { augment: self.clone(), way: Way::Forward })
    }
}

impl CustomOp1 for Op {
    fn name(&self) -> &'static str {
        "diff-augment"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let [height, width] = self.augment.size;
        let length = height * width * 3;
        let (CpuStorage::F32(values), Some((from, to))) = (storage, layout.contiguous_offsets()) else {
            bail!("pictures to augment are contiguous and f32");
        };
        let mut result = vec![0.0; to - from];
        let pictures = result.par_chunks_exact_mut(length).zip(values[from..to].par_chunks_exact(length));
        pictures.zip(self.augment.draws.par_iter()).for_each(|((result, picture), draw)| match self.way {
            Way::Forward => draw.forward(picture, result, width),
            Way::Adjoint => draw.adjoint(picture, result, width),
        });
        Ok((CpuStorage::F32(result), layout.shape().clone()))
    }

    fn bwd(&self, _: &Tensor, _: &Tensor, gradient: &Tensor) -> Result<Option<Tensor>> {
        let adjoint = Op { augment: self.augment.clone(), way: Way::Adjoint };
        gradient.contiguous()?.apply_op1_no_bwd(&adjoint).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use candle_core::{Device, Var};

    use super::*;

    const SHAPE: (usize, usize, usize, usize) = (5, 16, 24, 3);

    fn pictures(stream: u64, low: f32, high: f32) -> Tensor {
        let values = random::uniform(2, stream, SHAPE.0 * SHAPE.1 * SHAPE.2 * SHAPE.3);
        let values: Vec<f32> = values.into_iter().map(|u| low + u * (high - low)).collect();
        Tensor::from_vec(values, SHAPE, &Device::Cpu).unwrap()
    }

    fn sum(t: &Tensor) -> f64 {
        t.to_dtype(candle_core::DType::F64).unwrap().sum_all().unwrap().to_scalar().unwrap()
    }

    /// The operation is affine, x → A x + b: ⟨A x − A y, g⟩ = ⟨x − y, Aᵀ g⟩.
    #[test]
    fn the_gradient_is_the_adjoint() {
        for step in 0..20 {
            let augment = DiffAugment::new(1, step, 0, SHAPE, None);
            let (x, y, g) = (pictures(1, 0.0, 1.0), pictures(2, 0.0, 1.0), pictures(3, -1.0, 1.0));
            let var = Var::from_tensor(&x).unwrap();
            let loss = (augment.apply(&var).unwrap() * &g).unwrap().sum_all().unwrap();
            let gradient = loss.backward().unwrap().get(&var).unwrap().clone();
            let by_result =
                ((augment.apply(&x).unwrap() - augment.apply(&y).unwrap()).unwrap() * &g).unwrap();
            let by_input = ((&x - &y).unwrap() * &gradient).unwrap();
            assert!((sum(&by_result) - sum(&by_input)).abs() < 1e-3 * sum(&by_input).abs().max(1.0));
        }
    }

    #[test]
    fn a_card_does_the_same() {
        for step in 0..4 {
            let augment = DiffAugment::new(1, step, 0, SHAPE, None);
            let (x, g) = (pictures(1, 0.0, 1.0), pictures(3, -1.0, 1.0));
            let var = Var::from_tensor(&x).unwrap();
            let of = |y: &Tensor| {
                let gradients = (y * &g).unwrap().sum_all().unwrap().backward().unwrap();
                let values = |t: &Tensor| t.flatten_all().unwrap().to_vec1::<f32>().unwrap();
                [values(y), values(gradients.get(&var).unwrap())]
            };
            let [expected, found] =
                [augment.apply(&var).unwrap(), on_a_card::apply(&augment.draws, &var).unwrap()]
                    .map(|y| of(&y));
            for (found, expected) in found.iter().flatten().zip(expected.iter().flatten()) {
                assert!((found - expected).abs() < 1e-5, "{found} {expected}");
            }
        }
        assert!(
            DiffAugment::new(1, 0, 0, SHAPE, None)
                .apply(&pictures(1, 0.0, 1.0).narrow(1, 0, 8).unwrap())
                .is_err()
        );
    }

    /// Two rows of a batch, as reconstructions and draws are.
    #[test]
    fn parts_of_a_batch_are_drawn_as_the_batch() {
        let (whole, of) = (DiffAugment::new(1, 2, 1, (6, 16, 24, 3), None), 3);
        let part = |first, count| {
            let part = BatchPart { first, count, of };
            DiffAugment::new(1, 2, 1, (2 * count, 16, 24, 3), Some(part)).draws
        };
        let (first, last) = (part(0, 1), part(1, 2));
        assert_eq!(*whole.draws, [first[0], last[0], last[1], first[1], last[2], last[3]]);
    }

    #[test]
    fn each_part_of_each_step_draws_its_own_and_always_the_same() {
        let of = |step, part| {
            let x = pictures(1, 0.0, 1.0);
            let augmented = DiffAugment::new(1, step, part, SHAPE, None).apply(&x).unwrap();
            augmented.flatten_all().unwrap().to_vec1::<f32>().unwrap()
        };
        assert_eq!(of(3, 1), of(3, 1));
        assert_ne!(of(3, 1), of(3, 2));
        assert_ne!(of(3, 1), of(4, 1));
        assert!(of(0, 0).iter().all(|v| v.is_finite() && (-2.0..3.0).contains(v)));
    }

    #[test]
    fn half_of_a_side_is_cut_out_and_an_eighth_is_moved_at_most() {
        let (n, size) = (400, 16);
        let augment = DiffAugment::new(0, 0, 0, (n, size, size, 3), None);
        let mut whole = 0;
        for draw in augment.draws.iter() {
            assert!(draw.shift.iter().all(|s| s.abs() <= 2), "{draw:?}");
            let mut kept = 0;
            AugmentationDraw { shift: [0, 0], ..*draw }.kept(size * size * 3, size, |_, _| kept += 1);
            assert!((size * size - 64..=size * size - 16).contains(&kept), "{draw:?}: {kept}");
            whole += usize::from(kept == size * size - 64);
            assert!((0.5..1.5).contains(&draw.contrast) && (0.0..2.0).contains(&draw.saturation));
        }
        assert!(whole > 50, "squares that lie inside are a quarter or more: {whole}");
    }
}
