//! Quantities of the test of features.

use crate::table::{Digits, Quantity};

/// Features.
pub const FEATURES: Quantity =
    words("name", "features", "What the probe looks at: the codes of a model, or other numbers.");
/// Kind.
pub const KIND: Quantity = words("kind", "kind", "Kind of the model, or of the other numbers.");
/// Numbers.
pub const NUMBERS: Quantity = Quantity::count("numbers", "numbers", "Numbers of each image.");
/// Attribute.
pub const ATTRIBUTE: Quantity = words("attribute", "attribute", "What is told of an image.");
/// Area under the curve.
pub const AUC: Quantity = Quantity::new(
    "auc",
    "AUC",
    "Area under the ROC curve of a logistic regression on images that it was not fitted to, mean over folds: 0.5 by \
     chance, at best 1.",
)
.up()
.digits(3, 2);
/// Explained variance.
pub const R2: Quantity = Quantity::new(
    "r2",
    "R²",
    "Part of the variance that a ridge regression explains on images that it was not fitted to, mean over folds: 0 by \
     chance, at best 1.",
)
.up()
.digits(3, 2);
/// Spread.
pub const SPREAD: Quantity =
    Quantity::new("spread", "spread", "Standard deviation over the folds.").digits(3, 2);
/// Images.
pub const IMAGES: Quantity = Quantity::count("n", "images", "Images of which the attribute is known.");

const fn words(column: &'static str, label: &'static str, definition: &'static str) -> Quantity {
    Quantity { digits: Digits::Words, ..Quantity::new(column, label, definition) }
}
