//! Survey of a folder or an archive, without its images being read.

use std::ops::ControlFlow;

use super::identity::identities;
use super::source::Source;
use super::split::split_of;
use crate::config::{DataSource, Split};
use crate::error::Result;
use crate::faces::set;
use crate::report::{Progress, Survey};

/// Counts the images of a data set and their splits without reading them. `observer` is told how far it is.
///
/// # Errors
/// If the folder or archive cannot be read or holds no image; [`Error::Cancelled`](crate::Error::Cancelled)
/// when the observer broke.
pub fn survey(source: &DataSource, observer: &mut dyn FnMut(Progress) -> ControlFlow<()>) -> Result<Survey> {
    let mut survey = Survey::default();
    let identities: Vec<String> = match source {
        DataSource::Folder(path) | DataSource::AlignedFolder(path) => {
            let source = Source::open(path, observer)?;
            survey.passed_over = source.passed_over().to_vec();
            identities(source.images().iter().map(|image| image.name.as_str()))
        }
        DataSource::BuiltinFaces => (0..set::LEN).map(set::name).collect(),
    };
    for identity in identities {
        survey.images += 1;
        match split_of(&identity) {
            Split::Validation => survey.validation += 1,
            Split::Test => survey.test += 1,
            Split::Train | Split::All => survey.train += 1,
        }
    }
    Ok(survey)
}
