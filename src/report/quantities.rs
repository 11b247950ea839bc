//! Quantities that are measured of images: one table for pairs of images, one for sets of them. Every table of
//! results is made from these, in the window, on the command line and in files; a metric that is added here is in
//! all of them.

use super::{CopyCheck, EvaluationRow, PixelMetrics, SampleRow, SetMetrics, SmoothnessRow};
use crate::table::{Digits, Measure, Quantity};

/// Mean squared error.
pub const RE: Quantity = Quantity::new(
    "re",
    "RE",
    "Reconstruction error, the mean squared error per pixel and channel with values in [0, 1].",
)
.down()
.digits(5, 4);

/// Peak signal-to-noise ratio.
pub const PSNR: Quantity = Quantity::new(
    "psnr",
    "PSNR",
    "Peak signal-to-noise ratio, 10·log10 of 1 over the squared error of an image, mean over images.",
)
.unit("dB")
.up()
.digits(2, 2);

/// Structural similarity.
pub const SSIM: Quantity = Quantity::new(
    "ssim",
    "SSIM",
    "Structural similarity (Wang et al. 2004), Gaussian window of 11 × 11, mean over images. At most 1.",
)
.up()
.digits(4, 3);

/// Agreement of images with their reconstructions.
pub const PIXELS: &[Measure<PixelMetrics>] = &[
    Measure::new(RE, |m| m.re.into()),
    Measure::new(PSNR, |m| m.psnr.into()),
    Measure::new(SSIM, |m| m.ssim.into()),
];

/// Numbers of images.
pub const PIXEL_COUNTS: &[Measure<PixelMetrics>] = &[
    Measure::new(Quantity::count("n", "images", "Images measured."), |m| m.n.into()),
    Measure::new(
        Quantity::count(
            "identical",
            "identical",
            "Images that equal their partner, which have no finite PSNR and are not in its mean.",
        ),
        |m| Some(m.identical).filter(|n| *n > 0).into(),
    ),
];

/// Properties of a model and its codes.
pub const CODES: &[Measure<EvaluationRow>] = &[
    Measure::new(
        Quantity::new(
            "kl",
            "KL",
            "Kullback-Leibler divergence of q(z|x) from the prior, summed over dimensions, mean over images: \
             what the codes carry. Neither direction is better by itself.",
        )
        .unit("nats")
        .digits(2, 2),
        |row| row.kl.into(),
    ),
    Measure::new(
        Quantity::new(
            "nelbo",
            "−ELBO",
            "Negative evidence lower bound of pixels that are black or white: KL and reconstruction in nats (Kingma and \
             Welling 2014).",
        )
        .unit("nats")
        .digits(2, 2)
        .down(),
        |row| row.likelihood.map(|l| l.nelbo).into(),
    ),
    Measure::new(
        Quantity::new(
            "nll",
            "NLL",
            "Importance-weighted bound on the negative log-likelihood (Burda et al. 2016): tighter than the negative \
             ELBO, the more so the more codes are drawn for an image.",
        )
        .unit("nats")
        .digits(2, 2)
        .down(),
        |row| row.likelihood.map(|l| l.nll).into(),
    ),
    Measure::new(
        Quantity::new("mean_activity", "activity", "Activity of a sparse code, mean over images and units.")
            .digits(3, 3),
        |row| row.sparsity.map(|s| s.mean_activity).into(),
    ),
    Measure::new(
        Quantity::new(
            "inactive_share",
            "inactive",
            "Units of a sparse code that are inactive on an image, mean over images.",
        )
        .unit("%")
        .digits(1, 0),
        |row| row.sparsity.map(|s| s.inactive_share * 100.0).into(),
    ),
    Measure::new(TRAINED_ON, |row| row.trained_on.filter(|n| *n > 0).into()),
];

/// Properties of a model that draws.
pub const KNOWN: &[Measure<SampleRow>] =
    &[Measure::new(TRAINED_ON, |row| row.trained_on.filter(|n| *n > 0).into())];

/// Number of the images that were training images.
const TRAINED_ON: Quantity = Quantity::count(
    "trained_on",
    "trained on",
    "How many of these images the model was trained on, as far as its checkpoint remembers. Numbers of images that a \
     model knows say little about new ones.",
);

/// Continuity and completeness of a code space.
pub const SMOOTHNESS: &[Measure<SmoothnessRow>] = &[
    Measure::new(
        Quantity::new(
            "path_length",
            "path length",
            "Perceptual path length (Karras et al. 2019): squared distance in features between the pictures at t and \
             t + ε of a walk, over ε² with ε 1e-4, mean over places of all walks. A model that keeps more of a face \
             also has a longer path.",
        )
        .down(),
        |row| row.path_length.into(),
    ),
    Measure::new(
        Quantity::new(
            "change",
            "change",
            "Mean squared difference from each picture of a walk to the next, per pixel and channel.",
        )
        .digits(5, 4),
        |row| row.change.into(),
    ),
    Measure::new(
        Quantity::new(
            "variation",
            "variation",
            "Standard deviation over mean of the distances in features from picture to picture of a walk, mean over \
             walks: 0 for an even one.",
        )
        .down()
        .digits(3, 2),
        |row| row.variation.into(),
    ),
    Measure::new(
        Quantity::new(
            "largest",
            "largest step",
            "The largest of these distances over their mean, mean over walks: 1 for an even one.",
        )
        .unit("×")
        .down()
        .digits(2, 1),
        |row| row.largest.into(),
    ),
    Measure::new(
        Quantity::new(
            "unlike",
            "unlike any face",
            "Share of the draws whose distance in features to the nearest real face is beyond that of 99 in 100 \
             held-out faces.",
        )
        .unit("%")
        .down()
        .digits(1, 0),
        |row| (row.unlike * 100.0).into(),
    ),
    Measure::new(
        Quantity::new("nearest", "nearest face", "Median distance in features of a draw to the nearest real face.")
            .down()
            .digits(2, 1),
        |row| row.nearest.into(),
    ),
    Measure::new(Quantity::count("walks", "walks", "Walks between pairs of held-out faces."), |row| row.walks.into()),
    Measure::new(Quantity::count("n", "draws", "Draws."), |row| row.n.into()),
];

/// Agreement of a set of real and a set of generated images.
pub const SETS: &[Measure<SetMetrics>] = &[
    Measure::new(
        Quantity::new(
            "fid",
            "Fréchet distance",
            "Distance between Gaussians fitted to the features of both sets (Heusel et al. 2017). It is the \
             FID only with the features of the Inception network.",
        )
        .short("Fréchet")
        .down()
        .digits(3, 1),
        |m| m.fid.into(),
    ),
    Measure::new(
        Quantity::new(
            "kid",
            "kernel distance",
            "Squared maximum mean discrepancy of the features with the kernel (x·y / d + 1)³, unbiased, mean over \
             100 pairs of subsets of up to 1,000 images (Bińkowski et al. 2018). It is the KID only with the \
             features of the Inception network, and can be a little below 0.",
        )
        .short("kernel")
        .down()
        .digits(5, 3),
        |m| m.kid.into(),
    ),
    Measure::new(
        Quantity::new(
            "kid_std",
            "kernel deviation",
            "Standard deviation of the kernel distance over the pairs of subsets.",
        )
        .short("±")
        .digits(5, 3),
        |m| m.kid_std.into(),
    ),
    Measure::new(
        Quantity::new(
            "precision",
            "precision",
            "Share of the draws on the manifold of the real images (Kynkäänniemi et al. 2019): how many look \
             real.",
        )
        .up()
        .digits(4, 3),
        |m| m.precision.into(),
    ),
    Measure::new(
        Quantity::new(
            "recall",
            "recall",
            "Share of the real images on the manifold of the draws (Kynkäänniemi et al. 2019): how much of \
             the variety is drawn.",
        )
        .up()
        .digits(4, 3),
        |m| m.recall.into(),
    ),
    Measure::new(
        Quantity::new(
            "density",
            "density",
            "Balls around real images that a draw lies in, over k (Naeem et al. 2020). Real images have 1.",
        )
        .up()
        .digits(4, 3),
        |m| m.density.into(),
    ),
    Measure::new(
        Quantity::new(
            "coverage",
            "coverage",
            "Share of the real images with a draw in their ball (Naeem et al. 2020).",
        )
        .up()
        .digits(4, 3),
        |m| m.coverage.into(),
    ),
];

/// Nearness of draws to training images: the check for copies of these.
pub const COPIES: &[Measure<CopyCheck>] = &[
    Measure::new(
        Quantity::new(
            "nearest",
            "distance",
            "Distance of a draw to the nearest training image, median over the draws. By codes it is between those \
             that the model's encoder gives the pictures.",
        )
        .digits(4, 3),
        |check| check.nearest.into(),
    ),
    Measure::new(
        Quantity::new(
            "nearest_unseen",
            "distance of unseen",
            "The same of real images that the model was not trained on. Copies lie nearer.",
        )
        .short("unseen")
        .digits(4, 3),
        |check| check.nearest_unseen.into(),
    ),
    Measure::new(
        Quantity::new(
            "copied",
            "copied",
            "Share of the draws that are nearer to a training image than the nearest hundredth of the unseen images \
             (or the nearest one of fewer than a hundred). Draws that are no copies have about 0.01.",
        )
        .digits(4, 3),
        |check| check.copied.into(),
    ),
    Measure::new(
        Quantity::new(
            "copy_z",
            "Z",
            "Standard deviations by which the distances of draws are larger than those of unseen images (Meehan et \
             al. 2020, Z_U over the whole space: Mann and Whitney's test). Far below 0 draws are copies or leave out \
             what is rare, far above they lie off the data.",
        )
        .digits(2, 1),
        |check| check.copy_z.into(),
    ),
    Measure::new(Quantity::count("n_train", "trained on", "Training images."), |check| check.n_train.into()),
    Measure::new(Quantity::count("n_unseen", "unseen images", "Real images that the model was not trained on."), |check| {
        check.n_unseen.into()
    }),
];

/// Sizes of the sets, and the means of measuring them.
pub const SET_FACTS: &[Measure<SetMetrics>] = &[
    Measure::new(Quantity::count("k", "k", "The neighbour that the balls of a manifold reach to."), |m| {
        m.k.into()
    }),
    Measure::new(Quantity::count("n_real", "real", "Real images."), |m| m.n_real.into()),
    Measure::new(Quantity::count("n_generated", "generated", "Generated images.").short("drawn"), |m| {
        m.n_generated.into()
    }),
    Measure::new(
        Quantity { digits: Digits::Words, ..Quantity::new("features", "features", "What saw the images.") },
        |m| m.features.as_str().into(),
    ),
];

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;

    use serde_json::{Value, json};

    use super::*;
    use crate::metrics::copying::copy_check;
    use crate::metrics::features::Features;
    use crate::metrics::sets::RealSet;
    use crate::report::CopySpace;
    use crate::table::Cell;

    /// Each number of a report stands in its JSON under the name of its column.
    fn same_as_json<R: serde::Serialize>(measures: &[Measure<R>], report: &R) {
        let object = serde_json::to_value(report).unwrap();
        for Measure { quantity, read } in measures {
            let value = match &object[quantity.column] {
                Value::Number(number) => number.as_f64().map_or(Cell::Empty, Cell::from),
                Value::String(text) => text.as_str().into(),
                _ => Cell::Empty,
            };
            assert_eq!(read(report), value, "{}", quantity.column);
            assert!(value != Cell::Empty && quantity.definition.ends_with('.'), "{quantity:?}");
        }
    }

    #[test]
    fn columns_are_the_keys_of_json() {
        let pixels: PixelMetrics =
            serde_json::from_value(json!({ "re": 0.01, "psnr": 20.5, "ssim": 0.5, "n": 7, "identical": 2 }))
                .unwrap();
        same_as_json(PIXELS, &pixels);
        same_as_json(PIXEL_COUNTS, &pixels);
        let line = |n: u16| Features::from_f32((0..n).map(f32::from).collect(), 1).unwrap();
        let mut go_on = |_| ControlFlow::Continue(());
        let (real, generated) = (line(4), line(5));
        let real = RealSet::new(&real, "numbers", 2, &mut go_on).unwrap();
        let sets = real.measure(&generated, &mut go_on).unwrap();
        same_as_json(SETS, &sets);
        same_as_json(SET_FACTS, &sets);
        let mut go_on = |_| ControlFlow::Continue(());
        let (train, unseen) = (line(9), Features::from_f32(vec![0.25, 3.5], 1).unwrap());
        let drawn = Features::from_f32(vec![4.75, 7.1, 0.2], 1).unwrap();
        same_as_json(COPIES, &copy_check(CopySpace::Codes, [&train, &unseen], &drawn, &mut go_on).unwrap());
    }
}
