//! What a folder or an archive holds, by its file names alone.

use std::path::Path;

use super::report::Survey;
use super::source::Source;
use super::split::split_of;
use crate::config::Split;
use crate::error::Result;

/// Counts the images of a folder or zip archive and their splits without reading them.
///
/// # Errors
/// If it cannot be read or holds no image.
pub fn survey(dir: &Path) -> Result<Survey> {
    let mut survey = Survey::default();
    for image in Source::open(dir)?.images() {
        survey.images += 1;
        match split_of(&image.name) {
            Split::Validation => survey.validation += 1,
            Split::Test => survey.test += 1,
            Split::Train | Split::All => survey.train += 1,
        }
    }
    Ok(survey)
}
