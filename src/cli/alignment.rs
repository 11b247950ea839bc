//! Options of the commands that take photos, and of those that take folders of them.

use super::output::print_error;
use crate::config::{Alignment, DataSource};
use crate::report::NO_FACE;
use crate::worker::protocol::{Crop, PhotoInfo};

/// Options for photos.
#[derive(clap::Args, Clone, Copy)]
pub struct PhotoOptions {
    /// Find the face in each photo and cut it as FFHQ's pictures are, turned upright; none takes the middle square, as
    /// is done where no face is found
    #[arg(long, value_enum, default_value = "face")]
    pub align: Alignment,
    /// Part of each photo that the model sees, in place of what is found: the centre in parts of width and height, the
    /// side in parts of the shorter one, and degrees clockwise if it is turned
    #[arg(long, value_name = "X,Y,SIZE[,ANGLE]")]
    pub crop: Option<Crop>,
}

impl PhotoOptions {
    /// Whether faces are to be sought.
    pub fn finds_faces(&self) -> bool {
        self.align == Alignment::Face && self.crop.is_none()
    }

    /// The part of an open photo that the model sees. Where a face was sought and none found, that is said.
    pub fn crop_of(&self, photo: &PhotoInfo) -> Crop {
        if let Some(crop) = self.crop {
            return crop;
        }
        match photo.faces.iter().flatten().next() {
            Some(face) => face.crop,
            None => {
                if self.finds_faces() {
                    print_error(&format!("{}: {NO_FACE}", photo.name));
                }
                Crop::default()
            }
        }
    }
}

/// Options for folders of photos.
#[derive(clap::Args, Clone, Copy)]
pub struct DataOptions {
    /// Of each photo take its largest face, found and cut as FFHQ's pictures are, instead of the middle square (face);
    /// photos without a face are left out. --data aligned:DIR says the same
    #[arg(long, value_enum, value_name = "face|none", hide_possible_values = true)]
    pub align: Option<Alignment>,
}

impl DataOptions {
    /// The data set as these options have it.
    pub fn of(self, data: DataSource) -> DataSource {
        match self.align {
            Some(alignment) => data.aligned(alignment),
            None => data,
        }
    }
}
