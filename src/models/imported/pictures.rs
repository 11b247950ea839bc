//! Pictures as arrays of other programs: the order, channels and range of their numbers.

use candle_core::{Result, Tensor, bail};

use crate::config::{ImportedConfig, PictureLayout, ValueRange};
use crate::models::channels::{to_channels, to_rgb};

/// Mean and standard deviation of ImageNet's red, green and blue.
const IMAGE_NET: [[f32; 3]; 2] = [[0.485, 0.456, 0.406], [0.229, 0.224, 0.225]];

/// Images as the model sees them, still as (n, height, width, 3) in [0, 1]: of squares the middle of its shape, in grey
/// if it knows no colours.
pub fn frame(images: &Tensor, config: &ImportedConfig) -> Result<Tensor> {
    let (_, height, width, _) = images.dims4()?;
    if height < config.height || width < config.width {
        bail!(
            "pictures of {width}×{height} pixels are too small for a model of {}×{}",
            config.width,
            config.height
        );
    }
    let mut images = images.clone();
    if height > config.height {
        images = images.narrow(1, (height - config.height) / 2, config.height)?;
    }
    if width > config.width {
        images = images.narrow(2, (width - config.width) / 2, config.width)?;
    }
    match config.channels {
        1 => to_rgb(&to_channels(&images, 1)?),
        _ => images.contiguous(),
    }
}

/// Framed images as an array with the batch in front.
pub fn to_array(images: &Tensor, config: &ImportedConfig, range: ValueRange) -> Result<Tensor> {
    let values = match config.channels {
        1 => images.narrow(3, 0, 1)?,
        _ => images.clone(),
    };
    let values = match range {
        ValueRange::Unit | ValueRange::Logits => values,
        ValueRange::Signed => values.affine(2.0, -1.0)?,
        ValueRange::Bytes => values.affine(255.0, 0.0)?,
        ValueRange::ImageNet => {
            let [mean, deviation] = image_net(config.channels, &values)?;
            values.broadcast_sub(&mean)?.broadcast_div(&deviation)?
        }
    };
    match config.layout {
        PictureLayout::ChannelsLast => values.contiguous(),
        PictureLayout::ChannelsFirst => values.permute((0, 3, 1, 2))?.contiguous(),
        PictureLayout::Flat => values.permute((0, 3, 1, 2))?.contiguous()?.flatten_from(1),
    }
}

/// An array with the batch in front as pictures: (n, height, width, 3) in [0, 1].
pub fn from_array(array: &Tensor, config: &ImportedConfig, range: ValueRange) -> Result<Tensor> {
    let n = array.dim(0)?;
    let &ImportedConfig { width, height, channels, .. } = config;
    let values = match config.layout {
        PictureLayout::ChannelsLast => array.reshape((n, height, width, channels))?,
        PictureLayout::ChannelsFirst | PictureLayout::Flat => {
            array.reshape((n, channels, height, width))?.permute((0, 2, 3, 1))?
        }
    };
    let values = match range {
        ValueRange::Unit => values,
        ValueRange::Signed => values.affine(0.5, 0.5)?,
        ValueRange::Bytes => values.affine(1.0 / 255.0, 0.0)?,
        ValueRange::Logits => candle_nn::ops::sigmoid(&values)?,
        ValueRange::ImageNet => {
            let [mean, deviation] = image_net(channels, &values)?;
            values.broadcast_mul(&deviation)?.broadcast_add(&mean)?
        }
    };
    to_rgb(&values.clamp(0f32, 1f32)?)?.contiguous()
}

fn image_net(channels: usize, like: &Tensor) -> Result<[Tensor; 2]> {
    let [mean, deviation] = IMAGE_NET.map(|row| Tensor::new(&row[..channels], like.device()));
    Ok([mean?, deviation?])
}

#[cfg(test)]
mod tests {
    use candle_core::Device;

    use super::*;

    fn config(width: usize, height: usize, channels: usize, layout: PictureLayout) -> ImportedConfig {
        ImportedConfig { width, height, channels, layout, encoder: None, decoder: None }
    }

    fn images(n: usize, side: usize) -> Tensor {
        let values: Vec<f32> = (0..n * side * side * 3).map(|i| (i % 97) as f32 / 97.0).collect();
        Tensor::from_vec(values, (n, side, side, 3), &Device::Cpu).unwrap()
    }

    #[test]
    fn pictures_come_back_from_arrays_of_every_order_and_range() {
        for layout in PictureLayout::ALL {
            for range in ValueRange::OF_INPUTS {
                for channels in [1, 3] {
                    let config = config(5, 7, channels, layout);
                    let framed = frame(&images(2, 7), &config).unwrap();
                    assert_eq!(framed.dims(), [2, 7, 5, 3]);
                    let array = to_array(&framed, &config, range).unwrap();
                    assert_eq!(array.elem_count(), 2 * config.picture_numbers());
                    let back = from_array(&array, &config, range).unwrap();
                    let off = (back - &framed).unwrap().abs().unwrap().max_all().unwrap();
                    assert!(off.to_scalar::<f32>().unwrap() < 1e-5, "{layout:?} {range:?} {channels}");
                }
            }
        }
    }

    #[test]
    fn the_first_number_of_each_channel_is_where_the_layout_says() {
        let framed = images(1, 4);
        let array = |layout| {
            let array = to_array(&framed, &config(4, 4, 3, layout), ValueRange::Unit).unwrap();
            array.flatten_all().unwrap().to_vec1::<f32>().unwrap()
        };
        let last = array(PictureLayout::ChannelsLast);
        for layout in [PictureLayout::ChannelsFirst, PictureLayout::Flat] {
            let first = array(layout);
            assert_eq!([first[0], first[16], first[32]], [last[0], last[1], last[2]]);
        }
    }

    #[test]
    fn logits_are_pictures_behind_a_sigmoid_and_nothing_leaves_the_range() {
        let config = config(1, 1, 1, PictureLayout::Flat);
        let array = Tensor::new(&[[-40f32], [0.0], [40.0]], &Device::Cpu).unwrap();
        let of = |range| {
            from_array(&array, &config, range).unwrap().flatten_all().unwrap().to_vec1::<f32>().unwrap()
        };
        let logits = of(ValueRange::Logits);
        assert!(logits[0] < 1e-6 && (logits[3] - 0.5).abs() < 1e-6 && logits[6] > 1.0 - 1e-6);
        assert_eq!([of(ValueRange::Signed)[0], of(ValueRange::Signed)[6]], [0.0, 1.0]);
    }
}
