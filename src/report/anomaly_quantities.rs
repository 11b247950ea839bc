//! Quantities of the test of anomalies.

use crate::table::{Digits, Quantity};

/// Model that gives the score.
pub const MODEL: Quantity = words("name", "model", "The model, or of distances the features.");
/// Case.
pub const CASE: Quantity = words("case", "new images", "The new images that are to be told from known ones.");
/// Score.
pub const SCORE: Quantity = words(
    "score",
    "score",
    "What images are ranked by, higher for what is less like known ones. RE: mean squared error of the reconstruction. \
     −ELBO: in nats, of a Gaussian decoder. RE / PCA: over the error of a PCA of training images with a code of the same \
     size. RE / PNG: over the bits that the image takes as PNG, per number. −ELBO − PNG: in bits, less those of the PNG \
     (input complexity, Serrà et al. 2020). Features: distance to the nearest training image (Bergman et al. 2020).",
);
/// AUROC.
pub const AUROC: Quantity = Quantity::new(
    "auroc",
    "AUROC",
    "Area under the ROC curve: how often a new image has a higher score than a known one of the test split. 1 tells \
     them apart, 0.5 is chance, below that new ones pass for more familiar than known ones.",
)
.up()
.digits(3, 2);
/// Threshold.
pub const THRESHOLD: Quantity = Quantity::new(
    "threshold",
    "threshold",
    "The score above which an image is flagged, so that no more than the wanted share of the validation split is.",
)
.digits(5, 4);
/// False positives.
pub const FALSE_POSITIVES: Quantity = Quantity::new(
    "false_positive_rate",
    "false positives",
    "Share of the known images of the test split that the threshold flags. It was not set on them.",
)
.down()
.digits(3, 2);
/// True positives.
pub const TRUE_POSITIVES: Quantity =
    Quantity::new("true_positive_rate", "found", "Share of the new images that the threshold flags.")
        .up()
        .digits(3, 2);
/// Flagged images of a folder of which it is not known which are new.
pub const FLAGGED_SHARE: Quantity =
    Quantity::new("flagged_share", "flagged", "Share of the ranked images that the threshold flags.")
        .digits(3, 2);
/// Known images.
pub const KNOWN: Quantity = Quantity::count("n_known", "known", "Known images of the test split.");
/// New images.
pub const NEW: Quantity = Quantity::count("n_new", "new", "New images.");
/// Image.
pub const IMAGE: Quantity = words("name", "image", "The image.");
/// Set.
pub const SET: Quantity = words("set", "set", "The known images of the test split, or the case of new ones.");
/// Flagged.
pub const FLAGGED: Quantity =
    words("flagged", "flagged", "Whether the score that images are ranked by is above its threshold.");

const fn words(column: &'static str, label: &'static str, definition: &'static str) -> Quantity {
    Quantity { digits: Digits::Words, ..Quantity::new(column, label, definition) }
}
