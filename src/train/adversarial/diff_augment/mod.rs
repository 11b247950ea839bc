//! Differentiable augmentation (Zhao et al. 2020, "Differentiable Augmentation for Data-Efficient GAN
//! Training", <https://arxiv.org/abs/2006.10738>): what the discriminator sees, real or generated, changes in
//! colour, is moved and has a part cut out, so that it cannot learn few pictures by heart; the generator's
//! gradient goes through. Policy and numbers are those of the paper's "color, translation, cutout".

mod on_a_card;

use std::sync::Arc;

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor, bail};
use rayon::prelude::*;

use crate::{nn, random};

/// The draws never meet those of other purposes, whose streams begin elsewhere.
const STREAM: u64 = 1 << 60;
/// Parts of an update that may draw.
const PARTS: u64 = 4;
/// Numbers drawn for a picture.
const DRAWS: usize = 7;

/// Draws for the pictures of a batch.
#[derive(Clone)]
pub struct DiffAugment {
    draws: Arc<Vec<Draw>>,
    size: [usize; 2],
}

/// What is done to one picture with values in [−1, 1], in this order.
#[derive(Clone, Copy, Debug)]
struct Draw {
    /// Added to each value, in [−½, ½).
    brightness: f32,
    /// Times the distance of each channel from the pixel's mean, in [0, 2).
    saturation: f32,
    /// Times the distance of each value from the picture's mean, in [½, 1½).
    contrast: f32,
    /// Down and to the right, up to an eighth of the side; what comes in is grey.
    shift: [isize; 2],
    /// First row and column of the square that is made grey, half the side long; it may stick out.
    cut: [isize; 2],
}

/// Which way through the operation.
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
    /// pictures get the first of the same draws.
    pub fn new(
        seed: u64,
        step: usize,
        part: u64,
        (n, height, width, _): (usize, usize, usize, usize),
    ) -> Self {
        let uniform = random::uniform(seed, STREAM | (step as u64 * PARTS + part), n * DRAWS);
        let (rows, _) = uniform.as_chunks::<DRAWS>();
        let whole = |u: f32, choices: usize| (u * choices as f32) as isize;
        let draw = |&[a, b, c, down, right, top, left]: &[f32; DRAWS]| {
            let shift = |u: f32, side: usize| whole(u, 2 * (side / 8) + 1) - (side / 8) as isize;
            let cut = |u: f32, side: usize| whole(u, side + 1) - (side / 4) as isize;
            Draw {
                brightness: a - 0.5,
                saturation: 2.0 * b,
                contrast: c + 0.5,
                shift: [shift(down, height), shift(right, width)],
                cut: [cut(top, height), cut(left, width)],
            }
        };
        Self { draws: Arc::new(rows.iter().map(draw).collect()), size: [height, width] }
    }

    /// (n, height, width, 3) in [0, 1] to the same shape; values may leave [0, 1].
    pub fn apply(&self, pictures: &Tensor) -> Result<Tensor> {
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

impl Draw {
    /// Calls `each` with the indices of every pixel that comes through and where it goes.
    fn kept(&self, len: usize, width: usize, mut each: impl FnMut(usize, usize)) {
        let (rows, columns) = ((len / (3 * width)) as isize, width as isize);
        let side = [rows / 2, columns / 2];
        for y in 0..rows {
            for x in 0..columns {
                let is_cut =
                    (0..side[0]).contains(&(y - self.cut[0])) && (0..side[1]).contains(&(x - self.cut[1]));
                let (from_y, from_x) = (y - self.shift[0], x - self.shift[1]);
                if !is_cut && (0..rows).contains(&from_y) && (0..columns).contains(&from_x) {
                    each((from_y * columns + from_x) as usize * 3, (y * columns + x) as usize * 3);
                }
            }
        }
    }

    fn forward(&self, picture: &[f32], result: &mut [f32], width: usize) {
        // In [−1, 1], where grey is 0, and back: of that only the brightness and the grey are seen here.
        let mean = picture.iter().map(|v| f64::from(*v)).sum::<f64>() / picture.len().max(1) as f64;
        let mean = mean as f32 + 0.5 * self.brightness;
        result.fill(0.5);
        self.kept(picture.len(), width, |from, to| {
            let pixel: [f32; 3] = std::array::from_fn(|c| picture[from + c] + 0.5 * self.brightness);
            let grey = (pixel[0] + pixel[1] + pixel[2]) / 3.0;
            for (c, value) in pixel.into_iter().enumerate() {
                let saturated = grey + self.saturation * (value - grey);
                result[to + c] = mean + self.contrast * (saturated - mean);
            }
        });
    }

    fn adjoint(&self, gradient: &[f32], result: &mut [f32], width: usize) {
        let mut sum = 0.0f64;
        self.kept(gradient.len(), width, |from, to| {
            let pixel: [f32; 3] = std::array::from_fn(|c| gradient[to + c]);
            sum += pixel.iter().map(|g| f64::from(*g)).sum::<f64>();
            let grey = (pixel[0] + pixel[1] + pixel[2]) / 3.0;
            for (c, value) in pixel.into_iter().enumerate() {
                result[from + c] = self.contrast * (grey + self.saturation * (value - grey));
            }
        });
        // Every value has a part in the mean.
        let through_mean = (1.0 - self.contrast) * (sum / gradient.len().max(1) as f64) as f32;
        result.iter_mut().for_each(|value| *value += through_mean);
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
            let augment = DiffAugment::new(1, step, 0, SHAPE);
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
            let augment = DiffAugment::new(1, step, 0, SHAPE);
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
            DiffAugment::new(1, 0, 0, SHAPE).apply(&pictures(1, 0.0, 1.0).narrow(1, 0, 8).unwrap()).is_err()
        );
    }

    #[test]
    fn each_part_of_each_step_draws_its_own_and_always_the_same() {
        let of = |step, part| {
            let x = pictures(1, 0.0, 1.0);
            let augmented = DiffAugment::new(1, step, part, SHAPE).apply(&x).unwrap();
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
        let augment = DiffAugment::new(0, 0, 0, (n, size, size, 3));
        let mut whole = 0;
        for draw in augment.draws.iter() {
            assert!(draw.shift.iter().all(|s| s.abs() <= 2), "{draw:?}");
            let mut kept = 0;
            Draw { shift: [0, 0], ..*draw }.kept(size * size * 3, size, |_, _| kept += 1);
            assert!((size * size - 64..=size * size - 16).contains(&kept), "{draw:?}: {kept}");
            whole += usize::from(kept == size * size - 64);
            assert!((0.5..1.5).contains(&draw.contrast) && (0.0..2.0).contains(&draw.saturation));
        }
        assert!(whole > 50, "squares that lie inside are a quarter or more: {whole}");
    }
}
