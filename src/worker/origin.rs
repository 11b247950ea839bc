//! Origins of what is open: where a model or a photo that is not in memory is read again.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use candle_core::Device;
use xxhash_rust::xxh3::xxh3_64;

use super::protocol::ModelSource;
use super::sidecar::Sidecar;
use crate::data::cache;
use crate::error::{Error, Result};
use crate::image_buf::ImageBuf;
use crate::models::shipped;
use crate::run::TrainedModel;
use crate::run::checkpoint::{Checkpoint, CheckpointSource};
use crate::run::file_kind::is_imported;

/// Origin of something, from which it is read again.
pub trait Origin {
    /// The thing that comes from there.
    type Item;

    /// Reads it again.
    ///
    /// # Errors
    /// Content that can no longer be read.
    fn read(&self) -> Result<Self::Item>;

    /// Whether it can be read again; else it stays in memory.
    fn is_readable(&self) -> bool {
        true
    }
}

/// The checkpoint that a model was opened from.
pub struct ModelOrigin {
    /// For messages.
    path: PathBuf,
    content: ModelContent,
}

enum ModelContent {
    Shipped(&'static [u8]),
    /// Held open, because the next save of a run puts another file in its place.
    File {
        file: Mutex<File>,
        length: usize,
        hash: u64,
    },
    /// A model of another program, which may be in several files: it stays in memory.
    Imported,
}

impl ModelOrigin {
    /// Opens a model, and says where it can be read again.
    ///
    /// # Errors
    /// A file that cannot be read or is no checkpoint of ours.
    pub fn open(source: &ModelSource) -> Result<(Self, TrainedModel)> {
        match source {
            ModelSource::Shipped(name) => {
                let unknown = || Error::Invalid(format!("'{name}': there is no {}", shipped::unknown(name)));
                let bytes = shipped::bytes(name).ok_or_else(unknown)?;
                Self::of(name.into(), bytes, ModelContent::Shipped(bytes))
            }
            ModelSource::File(path) if is_imported(path) => {
                let model = TrainedModel::open(path, &Device::Cpu)?;
                Ok((ModelOrigin { path: path.clone(), content: ModelContent::Imported }, model))
            }
            ModelSource::File(path) => match Checkpoint::source(path)? {
                CheckpointSource::Shipped(bytes) => {
                    Self::of(path.clone(), bytes, ModelContent::Shipped(bytes))
                }
                CheckpointSource::File(bytes, file) => {
                    let (length, hash) = (bytes.len(), xxh3_64(&bytes));
                    let content = ModelContent::File { file: Mutex::new(file), length, hash };
                    Self::of(path.clone(), &bytes, content)
                }
            },
        }
    }

    /// Place of the model's directions.
    pub fn sidecar(&self) -> Sidecar {
        match &self.content {
            ModelContent::Shipped(_) => Sidecar::OfShipped(self.path.to_string_lossy().into_owned()),
            ModelContent::File { .. } | ModelContent::Imported => Sidecar::Beside(self.path.clone()),
        }
    }

    fn of(path: PathBuf, bytes: &[u8], content: ModelContent) -> Result<(Self, TrainedModel)> {
        let model = TrainedModel::from_bytes(bytes, &path, &Device::Cpu)?;
        Ok((ModelOrigin { path, content }, model))
    }
}

impl Origin for ModelOrigin {
    type Item = TrainedModel;

    fn is_readable(&self) -> bool {
        !matches!(self.content, ModelContent::Imported)
    }

    fn read(&self) -> Result<TrainedModel> {
        let mut bytes = Vec::new();
        let bytes = match &self.content {
            ModelContent::Imported => return TrainedModel::open(&self.path, &Device::Cpu),
            ModelContent::Shipped(bytes) => bytes,
            ModelContent::File { file, length, hash } => {
                let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
                let whole = file.seek(SeekFrom::Start(0)).and_then(|_| {
                    let mut file = (&*file).take(*length as u64);
                    file.read_to_end(&mut bytes)
                });
                whole.map_err(Error::io("read the checkpoint", &self.path))?;
                if xxh3_64(&bytes) != *hash {
                    let reason = "the file has been overwritten since it was opened; open it again";
                    return Err(Error::file(&self.path, reason));
                }
                &bytes[..]
            }
        };
        TrainedModel::from_bytes(bytes, &self.path, &Device::Cpu)
    }
}

/// A photo's pixels in a file that has no name and goes with the program: where it came from, a card or the
/// clipboard, may not be there any more.
pub struct PhotoCopy {
    width: usize,
    height: usize,
    /// None where the disk has no room for it.
    file: Option<Mutex<File>>,
}

impl PhotoCopy {
    /// Writes the copy.
    pub fn of(image: &ImageBuf) -> Self {
        // The folder for caches lies on a disk; that for temporary files lies in memory on many systems.
        let file = cache::folder().and_then(|folder| tempfile::tempfile_in(folder).ok());
        let file = file.or_else(|| tempfile::tempfile().ok());
        let file = file.and_then(|mut file| file.write_all(image.pixels()).ok().map(|()| Mutex::new(file)));
        PhotoCopy { width: image.width(), height: image.height(), file }
    }
}

impl Origin for PhotoCopy {
    type Item = ImageBuf;

    fn is_readable(&self) -> bool {
        self.file.is_some()
    }

    fn read(&self) -> Result<ImageBuf> {
        let lost = || Error::Invalid("the copy of a photo is lost; open the photo again".into());
        let mut file = self.file.as_ref().ok_or_else(lost)?.lock().unwrap_or_else(PoisonError::into_inner);
        let mut pixels = vec![0; self.width * self.height * 3];
        file.seek(SeekFrom::Start(0)).and_then(|_| file.read_exact(&mut pixels)).map_err(|_| lost())?;
        ImageBuf::new(self.width, self.height, pixels).ok_or_else(lost)
    }
}
