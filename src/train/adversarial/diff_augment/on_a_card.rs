//! Augmentation made of candle's operations, for a graphics card: matrix products and passes over all elements.
//! Pictures are moved by products with matrices of zeros and ones; gathering would have a slow way back.

use candle_core::{Result, Tensor};

use super::draw::AugmentationDraw;

/// Augments pictures as [`super::DiffAugment::apply`] does.
pub fn apply(draws: &[AugmentationDraw], pictures: &Tensor) -> Result<Tensor> {
    let (n, height, width, _) = pictures.dims4()?;
    let tensor = |values: Vec<f32>, shape: (usize, usize, usize)| {
        Tensor::from_vec(values, shape, pictures.device())?.to_dtype(pictures.dtype())
    };
    let each = |value: fn(&AugmentationDraw) -> f32| tensor(draws.iter().map(value).collect(), (n, 1, 1));
    let x = pictures.reshape((n, height * width, 3))?;
    let mean = (x.reshape((n, height * width * 3))?.sum(1)? / (height * width * 3) as f64)?;
    // Saturation and contrast of each pixel, which leave a grey of it as bright as it was, and what the picture's
    // mean and the brightness add.
    let mix = tensor(draws.iter().flat_map(mix_channels).collect(), (n, 3, 3))?;
    let rest = each(|draw| 1.0 - draw.contrast)?.mul(&mean.reshape((n, 1, 1))?)?;
    let added = (rest + each(|draw| 0.5 * draw.brightness)?)?;
    let y = x.matmul(&mix)?.broadcast_add(&added)?;
    let rows =
        tensor(draws.iter().flat_map(|draw| moves(height, draw.shift[0])).collect(), (n, height, height))?;
    let columns =
        tensor(draws.iter().flat_map(|draw| moves(width, draw.shift[1])).collect(), (n, width, width))?;
    let y = rows.matmul(&y.reshape((n, height, width * 3))?)?.reshape((n, height, width, 3))?;
    let y = columns.matmul(&y.transpose(1, 2)?.reshape((n, width, height * 3))?)?;
    let y = y.reshape((n, width, height, 3))?.transpose(1, 2)?;
    let kept = draws.iter().flat_map(|draw| kept(draw, height, width)).collect();
    let kept =
        tensor(kept, (n, height, width))?.unsqueeze(3)?.broadcast_as((n, height, width, 3))?.contiguous()?;
    let grey = kept.affine(-0.5, 0.5)?;
    y.contiguous()?.mul(&kept)? + grey
}

/// Shares of each channel that go into each.
fn mix_channels(draw: &AugmentationDraw) -> [f32; 9] {
    std::array::from_fn(|at| {
        let own = if at % 4 == 0 { draw.saturation } else { 0.0 };
        draw.contrast * (own + (1.0 - draw.saturation) / 3.0)
    })
}

/// The matrix that moves `length` rows by `shift`; what comes in is 0.
fn moves(length: usize, shift: isize) -> Vec<f32> {
    let mut matrix = vec![0.0; length * length];
    for to in 0..length {
        if let Some(from) = to.checked_add_signed(-shift).filter(|from| *from < length) {
            matrix[to * length + from] = 1.0;
        }
    }
    matrix
}

/// 1 where a pixel comes through and 0 where it is made grey.
fn kept(draw: &AugmentationDraw, height: usize, width: usize) -> Vec<f32> {
    let mut kept = vec![0.0; height * width];
    draw.kept(height * width * 3, width, |_, to| kept[to / 3] = 1.0);
    kept
}
