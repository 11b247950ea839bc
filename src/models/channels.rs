//! Colours of pictures at the ends of a network: what is outside of training is in red, green and blue, also of a
//! model whose pictures are grey.

use candle_core::{Result, Tensor};

use crate::image_buf::LUMA;

/// (n, height, width, 3), or as many channels as are wanted already, to (n, height, width, channels).
pub(super) fn to_channels(images: &Tensor, channels: usize) -> Result<Tensor> {
    match (channels, images.dim(3)?) {
        (1, 3) => {
            let weights = Tensor::new(&LUMA, images.device())?.to_dtype(images.dtype())?;
            images.broadcast_mul(&weights)?.sum_keepdim(3)
        }
        _ => Ok(images.clone()),
    }
}

/// (n, height, width, 1 or 3) to (n, height, width, 3).
pub(super) fn to_rgb(images: &Tensor) -> Result<Tensor> {
    let (n, height, width, channels) = images.dims4()?;
    match channels {
        1 => images.broadcast_as((n, height, width, 3))?.contiguous(),
        _ => Ok(images.clone()),
    }
}
