//! Sizes of a convolution and its transpose.

use candle_core::{Result, bail};

/// The movement of a square kernel over an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConvConfig {
    /// Side of the kernel in pixels.
    pub kernel: usize,
    /// Pixels between two positions.
    pub stride: usize,
    /// Zeros around the image on each side, in pixels.
    pub padding: usize,
}

/// One geometry serves both directions: `big` is the input of a convolution and the output of the
/// transposed one, `small` the other side. Seen as matrices for one image,
/// col(big) is rows × patch, small is rows × small_channels, the weight small_channels × patch.
#[derive(Clone, Copy, Debug)]
pub struct Geometry {
    pub height: usize,
    pub width: usize,
    pub channels: usize,
    pub small_height: usize,
    pub small_width: usize,
    pub small_channels: usize,
    pub kernel: usize,
    pub stride: usize,
    pub padding: usize,
}

impl Geometry {
    /// Sizes of a convolution: NHWC input `x` (batch, height, width, channels), weight (out, in, k, k).
    pub fn of_conv(x: &[usize], weight: &[usize], cfg: ConvConfig) -> Result<Self> {
        let (&[_, height, width, channels], &[small_channels, expected, ..]) = (x, weight) else {
            bail!("a convolution needs a (batch, height, width, channels) input, not {x:?}");
        };
        check(x, channels, expected, cfg)?;
        let side =
            |len: usize| (len + 2 * cfg.padding).checked_sub(cfg.kernel).map(|room| room / cfg.stride + 1);
        let (Some(small_height), Some(small_width)) = (side(height), side(width)) else {
            bail!("a {0}×{0} kernel does not fit a {height}×{width} image", cfg.kernel);
        };
        Ok(Self::of_sides([height, width, channels], [small_height, small_width, small_channels], cfg))
    }

    /// Sizes of a transposed convolution: NHWC input `x` (batch, height, width, in), weight (in, out, k, k).
    pub fn of_transposed(x: &[usize], weight: &[usize], cfg: ConvConfig) -> Result<Self> {
        let (&[_, small_height, small_width, small_channels], &[expected, channels, ..]) = (x, weight) else {
            bail!("a transposed convolution needs a (batch, height, width, channels) input, not {x:?}");
        };
        check(x, small_channels, expected, cfg)?;
        let side = |len: usize| {
            let wide = len.checked_sub(1)? * cfg.stride + cfg.kernel;
            wide.checked_sub(2 * cfg.padding).filter(|side| *side > 0)
        };
        let (Some(height), Some(width)) = (side(small_height), side(small_width)) else {
            bail!("padding {} leaves nothing of the {small_height}×{small_width} image", cfg.padding);
        };
        Ok(Self::of_sides([height, width, channels], [small_height, small_width, small_channels], cfg))
    }

    fn of_sides(
        [height, width, channels]: [usize; 3],
        [small_height, small_width, small_channels]: [usize; 3],
        ConvConfig { kernel, stride, padding }: ConvConfig,
    ) -> Self {
        Self { height, width, channels, small_height, small_width, small_channels, kernel, stride, padding }
    }

    /// Floats of one image on the big side.
    pub fn big(&self) -> usize {
        self.height * self.width * self.channels
    }

    /// Floats of one image on the small side.
    pub fn small(&self) -> usize {
        self.rows() * self.small_channels
    }

    /// Positions of the kernel in one image.
    pub fn rows(&self) -> usize {
        self.small_height * self.small_width
    }

    /// Floats under the kernel at one position.
    pub fn patch(&self) -> usize {
        self.kernel * self.kernel * self.channels
    }

    /// The shape of the weight: small_channels, channels and the side of the kernel.
    pub fn weight(&self) -> [usize; 3] {
        [self.small_channels, self.channels, self.kernel]
    }

    /// Images handled at once: enough rows for a well-shaped product, few enough to stay in L2.
    pub fn group(&self, batch: usize) -> usize {
        let by_rows = 256usize.div_ceil(self.rows());
        let per_thread = batch.div_ceil(rayon::current_num_threads()).max(1);
        by_rows.clamp(1, per_thread)
    }
}

fn check(x: &[usize], channels: usize, expected: usize, cfg: ConvConfig) -> Result<()> {
    if channels != expected {
        bail!("this layer takes {expected} channels in NHWC order; its input is {x:?}");
    }
    if cfg.kernel == 0 || cfg.stride == 0 || x.contains(&0) {
        bail!("a convolution of {x:?} with kernel {} and stride {} is empty", cfg.kernel, cfg.stride);
    }
    Ok(())
}
